//! `events:putEvents`: an object for a detail is sent as its JSON, the execution and its machine are named among the
//! resources, and one entry that failed fails the task.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html>

use serde_json::{Value, json};

use crate::asl::Fault;
use crate::tasks::answer::bounded_fault;
use crate::tasks::integration::optimised::EVENTS;
use crate::tasks::integration::sdk::Caller;

/// Puts the events.
///
/// # Errors
/// The fault that Step Functions records.
pub(super) async fn put_events(caller: &Caller<'_>, execution: &str, parameters: &Value) -> Result<Value, Fault> {
    let result = EVENTS.call(caller, "putEvents", &with_resources(parameters.clone(), execution)).await?;
    match result["FailedEntryCount"].as_u64() {
        None | Some(0) => Ok(result),
        Some(count) => {
            let cause = json!({ "Entries": result["Entries"], "FailedEntryCount": count });
            Err(bounded_fault("EventBridge.FailedEntry".to_owned(), cause.to_string()))
        }
    }
}

fn with_resources(mut parameters: Value, execution: &str) -> Value {
    let entries = parameters.get_mut("Entries").and_then(Value::as_array_mut);
    for entry in entries.into_iter().flatten().filter_map(Value::as_object_mut) {
        let resources = entry.entry("Resources").or_insert_with(|| json!([]));
        if let Value::Array(resources) = resources {
            resources.extend(machine_of(execution).map(Value::String));
            resources.push(execution.into());
        }
    }
    parameters
}

/// `arn:…:execution:MACHINE:NAME`, `arn:…:express:MACHINE:NAME:ID` → `arn:…:stateMachine:MACHINE`.
fn machine_of(execution: &str) -> Option<String> {
    let parts: Vec<&str> = execution.split(':').collect();
    let [arn, partition, states, region, account, _, machine, ..] = parts[..] else { return None };
    Some(format!("{arn}:{partition}:{states}:{region}:{account}:stateMachine:{machine}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_names_the_machine_and_the_execution() {
        let execution = "arn:aws:states:eu-west-1:123456789012:execution:m:e";
        let parameters = json!({"Entries": [{"Source": "s"}, {"Resources": ["r"]}]});
        let machine = "arn:aws:states:eu-west-1:123456789012:stateMachine:m";
        assert_eq!(
            with_resources(parameters, execution),
            json!({"Entries": [
                {"Source": "s", "Resources": [machine, execution]},
                {"Resources": ["r", machine, execution]},
            ]})
        );
    }
}
