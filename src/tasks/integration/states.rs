//! `states:startExecution`: an execution inside an execution, on this same server.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html>

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::asl::Fault;
use crate::asl::program::Pattern;
use crate::engine::task::TaskId;
use crate::tasks::integration::optimised::{STATES, job_failed};
use crate::tasks::integration::polling::until_over;
use crate::tasks::integration::sdk::Caller;

/// Starts it. `execution` and `task` are those of the caller.
///
/// # Errors
/// The fault that Step Functions records.
pub(super) async fn start(
    caller: &Caller<'_>,
    (execution, task): (&str, TaskId),
    parameters: &Value,
) -> Result<Value, Fault> {
    let mut parameters = parameters.clone();
    if let Value::Object(parameters) = &mut parameters {
        if parameters.get("Name").is_none_or(Value::is_null) {
            parameters.insert("Name".to_owned(), name(execution, task).into());
        }
        // "If you don't include any JSON input data, you still must include the two braces."
        if parameters.get("Input").is_none_or(Value::is_null) {
            parameters.insert("Input".to_owned(), json!({}));
        }
    }
    STATES.call(caller, "startExecution", &parameters).await
}

/// The same for the same attempt of a task: begun again after a crash, it finds the execution that it started.
fn name(execution: &str, task: TaskId) -> String {
    let hash = Sha256::digest(format!("{execution}#{}", task.event));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

/// Waits for its end.
///
/// # Errors
/// `States.TaskFailed` with all that DescribeExecution says, of an execution that did not succeed.
pub(super) async fn ended(caller: &Caller<'_>, pattern: Pattern, started: &Value) -> Result<Value, Fault> {
    let asked = json!({ "ExecutionArn": started["ExecutionArn"] });
    until_over((STATES, caller), ("describeExecution", &asked), |described| judged(described, pattern)).await
}

fn judged(mut described: Value, pattern: Pattern) -> Option<Result<Value, Fault>> {
    if pattern == Pattern::Sync2 {
        as_json(&mut described);
    }
    match described["Status"].as_str() {
        Some("RUNNING" | "PENDING_REDRIVE") | None => None,
        Some("SUCCEEDED") => Some(Ok(described)),
        Some(_) => Some(Err(job_failed(&described))),
    }
}

/// `.sync:2` has input and output as JSON, not as text.
fn as_json(described: &mut Value) {
    for name in ["Input", "Output"] {
        let read = described[name].as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
        if let Some(value) = read {
            described[name] = value;
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_task_that_begins_again_names_the_same_execution() {
        let task = |event| TaskId { execution: 1, event };
        let first = name("arn:e", task(3));
        assert_eq!(first, name("arn:e", TaskId { execution: 2, event: 3 }));
        assert_ne!(first, name("arn:e", task(4)));
        assert_ne!(first, name("arn:f", task(3)));
        assert!(Uuid::parse_str(&first).is_ok_and(|uuid| uuid.get_version_num() == 4));
    }

    #[test]
    fn sync_has_texts_and_sync_2_has_json() {
        let described = json!({"Status": "SUCCEEDED", "Input": "{}", "Output": "{\"a\":1}"});
        let text = judged(described.clone(), Pattern::Sync).unwrap().unwrap();
        assert_eq!(text, described);
        let json = judged(described, Pattern::Sync2).unwrap().unwrap();
        assert_eq!(json["Output"], json!({"a": 1}));
    }

    #[test]
    fn an_execution_that_does_not_succeed_fails_the_task() {
        for status in ["FAILED", "TIMED_OUT", "ABORTED"] {
            let described = json!({"Status": status, "Error": "E"});
            let fault = judged(described.clone(), Pattern::Sync).unwrap().unwrap_err();
            assert_eq!((&*fault.error, fault.cause), ("States.TaskFailed", described.to_string()));
        }
        assert!(judged(json!({"Status": "RUNNING"}), Pattern::Sync).is_none());
    }
}
