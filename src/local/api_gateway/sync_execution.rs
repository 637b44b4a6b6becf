//! StartSyncExecution behind a route: starts an EXPRESS machine and waits for its end.
//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html>

use std::time::Duration;

use serde_json::{Value, json};

use crate::engine::{EngineError, StateMachineType};
use crate::local::api_error::ApiError;
use crate::local::members::Members;
use crate::local::served::{Call, Served};
use crate::local::step_functions;
use crate::project::Identity;

/// How long the end is waited for before it is asked for again: most of these executions take a moment.
const POLL: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(100));
/// What AWS bills at least, and in steps of how many milliseconds.
const BILLED: (u64, u64) = (64, 100);

/// Starts and waits, as long as its caller lets it.
pub(super) async fn answer(request: &[u8], identity: &Identity, served: &Served) -> Result<Value, ApiError> {
    let call = |members| Call { served, identity: identity.clone(), members };
    let members = Members::parse(request)?;
    let given: Value = serde_json::from_slice(request).unwrap_or_default();
    if let Some(arn) = given["stateMachineArn"].as_str() {
        refuse_standard(arn, served).await?;
    }
    let started = step_functions::answer("StartExecution", call(members)).await?;
    let described = json!({ "executionArn": started["executionArn"] }).to_string();
    let (mut pause, longest) = POLL;
    loop {
        let members = Members::parse(described.as_bytes())?;
        let mut execution = step_functions::answer("DescribeExecution", call(members)).await?;
        if execution["status"] != "RUNNING" {
            finish(&mut execution);
            return Ok(execution);
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(longest);
    }
}

async fn refuse_standard(arn: &str, served: &Served) -> Result<(), ApiError> {
    match served.engine.describe_state_machine(arn).await {
        Ok(machine) if machine.spec.machine_type == StateMachineType::Standard => {
            let why = "This operation is not supported by this type of state machine";
            Err(ApiError::new("StateMachineTypeNotSupported", why))
        }
        // The start says it in its own words.
        Ok(_) | Err(EngineError::StateMachineDoesNotExist(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Makes of what DescribeExecution says what StartSyncExecution says.
fn finish(execution: &mut Value) {
    let seconds = |name: &str| execution[name].as_f64().unwrap_or_default();
    let duration = Duration::try_from_secs_f64(seconds("stopDate") - seconds("startDate")).unwrap_or_default();
    let (megabytes, step) = BILLED;
    let milliseconds =
        u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).max(1).div_ceil(step).saturating_mul(step);
    if let Some(members) = execution.as_object_mut() {
        members.retain(|name, _| !name.starts_with("redrive"));
    }
    execution["billingDetails"] =
        json!({ "billedMemoryUsedInMB": megabytes, "billedDurationInMilliseconds": milliseconds });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::finish;

    #[test]
    fn time_is_billed_in_steps_and_nothing_is_said_of_redrives() {
        for (stop, billed) in [(10.0, 100), (10.001, 100), (10.1, 100), (10.101, 200)] {
            let mut execution = json!({ "startDate": 10.0, "stopDate": stop, "redriveCount": 0 });
            finish(&mut execution);
            let billing = json!({ "billedMemoryUsedInMB": 64, "billedDurationInMilliseconds": billed });
            assert_eq!(execution, json!({ "startDate": 10.0, "stopDate": stop, "billingDetails": billing }));
        }
    }
}
