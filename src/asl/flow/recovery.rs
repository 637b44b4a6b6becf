//! Which retrier or catcher an error has, and how long a retry waits.

use crate::asl::program::Retrier;

/// Errors by AWS's names of them.
const TIMEOUT: &str = "States.Timeout";
const HEARTBEAT_TIMEOUT: &str = "States.HeartbeatTimeout";
const RUNTIME: &str = "States.Runtime";

/// Whether a retrier or catcher with these `ErrorEquals` is meant by an error; `heartbeat`: that a missed heartbeat was.
///
/// `States.Runtime` is nobody's: AWS ends the execution whatever the definition says.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html>
#[must_use]
pub fn is_meant(error_equals: &[Box<str>], error: &str, heartbeat: bool) -> bool {
    error != RUNTIME
        && error_equals.iter().any(|name| match &**name {
            "States.ALL" => true,
            "States.TaskFailed" => error != TIMEOUT,
            HEARTBEAT_TIMEOUT if heartbeat => true,
            name => name == error,
        })
}

/// How long the `used + 1`st retry waits, in milliseconds; `draw` spreads it over `0..=delay` (`JitterStrategy: FULL`).
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "clamped, and a millisecond is no matter"
)]
#[must_use]
pub fn delay_milliseconds(retrier: &Retrier, used: u32, draw: Option<u64>) -> i64 {
    let seconds = retrier.interval_seconds as f64 * retrier.backoff_rate.powf(f64::from(used));
    let bound = retrier.max_delay_seconds.map_or(YEAR_SECONDS, |bound| (bound as f64).min(YEAR_SECONDS));
    let milliseconds = (seconds.min(bound) * 1000.0).round() as i64;
    match draw {
        Some(draw) => (draw % (milliseconds.unsigned_abs() + 1)).cast_signed(),
        None => milliseconds,
    }
}

/// No pause is longer: an execution lives a year at most.
const YEAR_SECONDS: f64 = 31_536_000.0;
