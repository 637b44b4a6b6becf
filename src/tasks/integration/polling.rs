//! Asking after a job until it is over: `.sync`.

use std::time::Duration;

use serde_json::Value;

use crate::asl::Fault;
use crate::tasks::integration::optimised::Service;
use crate::tasks::integration::sdk::Caller;

/// The first pause.
const PAUSE_MIN: Duration = Duration::from_millis(50);
/// Pauses grow to this.
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// Asks a service after a job until `judge` says how it ended. The task's own TimeoutSeconds ends a job that never does.
///
/// # Errors
/// The fault of a job that failed, or of a question that was refused.
pub(super) async fn until_over(
    (service, caller): (Service, &Caller<'_>),
    (action, asked): (&str, &Value),
    judge: impl Fn(Value) -> Option<Result<Value, Fault>>,
) -> Result<Value, Fault> {
    let mut pause = PAUSE_MIN;
    loop {
        if let Some(end) = judge(service.read(caller, action, asked).await?) {
            return end;
        }
        tokio::time::sleep(pause).await;
        pause = longer(pause);
    }
}

fn longer(pause: Duration) -> Duration {
    (pause * 3 / 2).min(PAUSE_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_are_bounded() {
        assert_eq!(longer(PAUSE_MIN), Duration::from_millis(75));
        assert_eq!((0..20).fold(PAUSE_MIN, |pause, _| longer(pause)), PAUSE_MAX);
    }
}
