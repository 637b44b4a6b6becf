//! Step Functions' operations, one file each: decode the members, ask the engine, encode what it says.
//!
//! Here is what they share: the table, ARNs, names, the shape of times. A new operation is a file and a line in [`answer`].

mod create_activity;
mod create_state_machine;
mod create_state_machine_alias;
mod delete_activity;
mod delete_state_machine;
mod delete_state_machine_alias;
mod delete_state_machine_version;
mod describe_activity;
mod describe_execution;
mod describe_map_run;
mod describe_state_machine;
mod describe_state_machine_alias;
mod describe_state_machine_for_execution;
mod encryption;
mod get_activity_task;
mod get_execution_history;
mod list_activities;
mod list_executions;
mod list_map_runs;
mod list_state_machine_aliases;
mod list_state_machine_versions;
mod list_state_machines;
mod list_tags_for_resource;
mod logging;
mod paging;
mod publish_state_machine_version;
mod qualified;
mod redrive;
mod redrive_execution;
mod send_task_failure;
mod send_task_heartbeat;
mod send_task_success;
mod start_execution;
mod start_sync_execution;
mod stop_execution;
mod tag_resource;
mod tags;
mod test_state;
mod untag_resource;
mod update_map_run;
mod update_state_machine;
mod update_state_machine_alias;
mod validate_state_machine_definition;

pub(super) use self::redrive::add_redrive_status;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::asl::syntax::{Sources, json as syntax};
use crate::asl::{Payload, compile};
use crate::engine::{Qualified, StateMachine, Timestamp};
use crate::local::api_error::ApiError;
use crate::local::members::Members;
use crate::local::served::Call;

pub(super) use encryption::owned_key;

/// Input, output and task output are at most so long, in bytes of UTF-8.
const PAYLOAD_BYTES_MAX: usize = 262_144;

const OPERATIONS: [&str; 37] = [
    "CreateStateMachine",
    "UpdateStateMachine",
    "DeleteStateMachine",
    "DescribeStateMachine",
    "DescribeStateMachineForExecution",
    "ListStateMachines",
    "StartExecution",
    "DescribeExecution",
    "ListExecutions",
    "StopExecution",
    "GetExecutionHistory",
    "SendTaskSuccess",
    "SendTaskFailure",
    "SendTaskHeartbeat",
    "CreateActivity",
    "DeleteActivity",
    "DescribeActivity",
    "ListActivities",
    "GetActivityTask",
    "TagResource",
    "UntagResource",
    "ListTagsForResource",
    "StartSyncExecution",
    "ValidateStateMachineDefinition",
    "TestState",
    "CreateStateMachineAlias",
    "DeleteStateMachineAlias",
    "DeleteStateMachineVersion",
    "DescribeStateMachineAlias",
    "ListStateMachineAliases",
    "ListStateMachineVersions",
    "PublishStateMachineVersion",
    "UpdateStateMachineAlias",
    "DescribeMapRun",
    "ListMapRuns",
    "UpdateMapRun",
    "RedriveExecution",
];

/// Whether an operation is served.
pub(super) fn knows(operation: &str) -> bool {
    OPERATIONS.contains(&operation)
}

/// Answers an operation that [`knows`] knows.
pub(super) async fn answer(operation: &str, call: Call<'_>) -> Result<Value, ApiError> {
    match operation {
        "CreateStateMachine" => create_state_machine::answer(call).await,
        "UpdateStateMachine" => update_state_machine::answer(call).await,
        "DeleteStateMachine" => delete_state_machine::answer(call).await,
        "DescribeStateMachine" => describe_state_machine::answer(call).await,
        "DescribeStateMachineForExecution" => describe_state_machine_for_execution::answer(call).await,
        "ListStateMachines" => list_state_machines::answer(call).await,
        "StartExecution" => start_execution::answer(call).await,
        "DescribeExecution" => describe_execution::answer(call).await,
        "ListExecutions" => list_executions::answer(call).await,
        "StopExecution" => stop_execution::answer(call).await,
        "GetExecutionHistory" => get_execution_history::answer(call).await,
        "SendTaskSuccess" => send_task_success::answer(call).await,
        "SendTaskFailure" => send_task_failure::answer(call).await,
        "SendTaskHeartbeat" => send_task_heartbeat::answer(call).await,
        "CreateActivity" => create_activity::answer(call).await,
        "DeleteActivity" => delete_activity::answer(call).await,
        "DescribeActivity" => describe_activity::answer(call).await,
        "ListActivities" => list_activities::answer(call).await,
        "GetActivityTask" => get_activity_task::answer(call).await,
        "TagResource" => tag_resource::answer(call).await,
        "UntagResource" => untag_resource::answer(call).await,
        "ListTagsForResource" => list_tags_for_resource::answer(call).await,
        "StartSyncExecution" => start_sync_execution::answer(call).await,
        "ValidateStateMachineDefinition" => validate_state_machine_definition::answer(call).await,
        "TestState" => test_state::answer(call).await,
        "CreateStateMachineAlias" => create_state_machine_alias::answer(call).await,
        "DeleteStateMachineAlias" => delete_state_machine_alias::answer(call).await,
        "DeleteStateMachineVersion" => delete_state_machine_version::answer(call).await,
        "DescribeStateMachineAlias" => describe_state_machine_alias::answer(call).await,
        "ListStateMachineAliases" => list_state_machine_aliases::answer(call).await,
        "ListStateMachineVersions" => list_state_machine_versions::answer(call).await,
        "PublishStateMachineVersion" => publish_state_machine_version::answer(call).await,
        "UpdateStateMachineAlias" => update_state_machine_alias::answer(call).await,
        "DescribeMapRun" => describe_map_run::answer(call).await,
        "ListMapRuns" => list_map_runs::answer(call).await,
        "UpdateMapRun" => update_map_run::answer(call).await,
        "RedriveExecution" => redrive_execution::answer(call).await,
        _ => Err(ApiError::new("UnknownOperationException", "not served here")),
    }
}

/// A time as the protocol writes it: epoch seconds with milliseconds.
fn time(at: Timestamp) -> Value {
    json!(at.as_epoch_seconds())
}

/// Refuses what is no machine's ARN.
fn check_state_machine_arn(arn: &str) -> Result<(), ApiError> {
    check_arn(arn, &["stateMachine"])
}

/// Refuses what is no activity's ARN.
fn check_activity_arn(arn: &str) -> Result<(), ApiError> {
    check_arn(arn, &["activity"])
}

/// Refuses what is no map run's ARN.
fn check_map_run_arn(arn: &str) -> Result<(), ApiError> {
    check_arn(arn, &["mapRun"])
}

/// Refuses ARNs of what has no tags.
fn check_taggable_arn(arn: &str) -> Result<(), ApiError> {
    check_arn(arn, &["stateMachine", "activity"])
}

/// Refuses ARNs of other things than `kinds`.
fn check_arn(arn: &str, kinds: &[&str]) -> Result<(), ApiError> {
    match resource_type(arn) {
        None => Err(invalid_arn(&format!("Invalid ARN prefix: {arn}"))),
        Some(kind) if kinds.contains(&kind) => Ok(()),
        Some(other) => Err(invalid_arn(&format!("Resource type not valid in this context: {other}"))),
    }
}

/// Refuses ARNs of other things. A text that is no ARN at all is an execution that does not exist, as recorded on AWS.
fn check_execution_arn(arn: &str) -> Result<(), ApiError> {
    match resource_type(arn) {
        None => Err(ApiError::new("ExecutionDoesNotExist", format!("Execution Does Not Exist: '{arn}'"))),
        Some("execution") => Ok(()),
        Some(other) => Err(invalid_arn(&format!("Resource type not valid in this context: {other}"))),
    }
}

/// `stateMachine` of `arn:aws:states:us-east-1:000000000000:stateMachine:name`.
fn resource_type(arn: &str) -> Option<&str> {
    let mut parts = arn.strip_prefix("arn:")?.splitn(6, ':');
    let (service, kind) = (parts.nth(1)?, parts.nth(2)?);
    (service == "states" && parts.next().is_some_and(|name| !name.is_empty())).then_some(kind)
}

/// What only machines of the other type have.
fn type_not_supported() -> ApiError {
    let message = "This operation is not supported by this type of state machine";
    ApiError::new("StateMachineTypeNotSupported", message)
}

fn invalid_arn(why: &str) -> ApiError {
    ApiError::new("InvalidArn", format!("Invalid Arn: '{why}'"))
}

/// Refuses names that the service does not take; their length was checked with the members.
/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html>
fn check_name(name: &str) -> Result<(), ApiError> {
    let refused = |c: char| c.is_whitespace() || c.is_control() || "<>{}[]?*\"#%\\^|~`$&,;:/".contains(c);
    let noncharacter = |c: char| matches!(c, '\u{FFFE}' | '\u{FFFF}');
    if name.is_empty() || name.chars().any(|c| refused(c) || noncharacter(c)) {
        return Err(ApiError::new("InvalidName", format!("Invalid Name: '{name}'")));
    }
    Ok(())
}

/// A JSON text within the bound of payloads; `refuse` makes the operation's exception of what is wrong.
fn payload(text: String, refuse: impl Fn(&str) -> ApiError) -> Result<Payload, ApiError> {
    if text.len() > PAYLOAD_BYTES_MAX {
        return Err(refuse(&format!("{} bytes are more than the {PAYLOAD_BYTES_MAX} that are allowed", text.len())));
    }
    Payload::parse(text).map_err(|error| refuse(&error.to_string()))
}

/// The name that ends an ARN.
fn name_of(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or_default()
}

/// What `tracingConfiguration` may hold. Nothing is traced here.
fn check_tracing(given: &Map<String, Value>) -> Result<(), ApiError> {
    let mut members = Members::within("tracingConfiguration", given.clone());
    members.boolean("enabled");
    members.finish()
}

/// What Describe shows of a machine besides its definition: what was given, else what AWS sets.
pub(super) fn machine_settings(logging: Option<Value>, tracing: Option<Map<String, Value>>) -> Value {
    let logging = logging.unwrap_or_else(|| json!({ "level": "OFF", "includeExecutionData": false }));
    let tracing = tracing.map_or_else(|| json!({ "enabled": false }), Value::Object);
    json!({ "loggingConfiguration": logging, "tracingConfiguration": tracing })
}

/// The definition, or what stands for it where it is not wanted.
fn definition_of(machine: &StateMachine, included: Option<&str>) -> Value {
    if included == Some("METADATA_ONLY") { json!("{}") } else { json!(machine.spec.definition) }
}

/// Adds by which version and which alias an execution was started.
fn add_qualified(answer: &mut Value, qualified: &Qualified) {
    for (name, arn) in
        [("stateMachineVersionArn", &qualified.version_arn), ("stateMachineAliasArn", &qualified.alias_arn)]
    {
        if let Some(arn) = arn {
            answer[name] = json!(arn);
        }
    }
}

/// Adds the settings and the revision of a machine to what Describe says of it.
fn add_settings(answer: &mut Value, machine: &StateMachine) {
    if let Some(settings) = machine.spec.settings.as_object() {
        for (name, value) in settings {
            answer[name.as_str()] = value.clone();
        }
    }
    if let Some(revision) = &machine.revision_id {
        answer["revisionId"] = json!(revision);
    }
}

/// Adds which variables the states read, by state: only where any does.
async fn add_variable_references(answer: &mut Value, machine: &StateMachine) -> Result<(), ApiError> {
    let definition = machine.spec.definition.clone();
    // A large definition takes a while, and others are served meanwhile.
    let read = tokio::task::spawn_blocking(move || variable_references(&definition)).await;
    let references = read.map_err(|error| ApiError::internal(error.to_string()))?;
    if !references.is_empty() {
        answer["variableReferences"] = json!(references);
    }
    Ok(())
}

fn variable_references(definition: &str) -> BTreeMap<String, BTreeSet<Box<str>>> {
    let mut sources = Sources::default();
    let source = sources.add("<definition>", definition);
    let program = syntax::parse(&sources, source).0.and_then(|tree| compile(&tree).0);
    let states = program.into_iter().flat_map(|program| program.states);
    let states = states.filter(|state| !state.variable_references.is_empty());
    states.map(|state| (state.name.to_string(), state.variable_references)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{check_execution_arn, check_name, check_state_machine_arn, variable_references};

    #[test]
    fn variables_are_told_of_the_states_that_read_them() {
        let definition = json!({
            "StartAt": "Sets",
            "States": {
                "Sets": {"Type": "Pass", "Assign": {"a": 1, "b": [2]}, "Next": "Each"},
                "Each": {
                    "Type": "Map",
                    "ItemsPath": "$b",
                    "ItemProcessor": {
                        "StartAt": "Inner",
                        "States": {"Inner": {
                            "Type": "Pass",
                            "QueryLanguage": "JSONata",
                            "Output": "{% $a + $states.input %}",
                            "End": true,
                        }},
                    },
                    "End": true,
                },
            },
        });
        assert_eq!(json!(variable_references(&definition.to_string())), json!({"Each": ["b"], "Inner": ["a"]}));
    }

    #[test]
    fn names_are_refused_for_what_aws_refuses() {
        for name in ["a", "orders-dev", "a.b_c", "Größe", "x+y=z@w!()'"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for letter in "<>{}[]?*\"#%\\^|~`$&,;:/ \t\n\u{0}\u{7f}\u{85}\u{a0}".chars() {
            let name = format!("a{letter}b");
            let error = check_name(&name).unwrap_err();
            assert_eq!((error.name, error.message), ("InvalidName", format!("Invalid Name: '{name}'")));
        }
    }

    #[test]
    fn arns_are_of_the_right_kind() {
        let arn = |kind: &str| format!("arn:aws:states:us-east-1:000000000000:{kind}:name");
        let message = |result: Result<(), crate::local::api_error::ApiError>| {
            result.map_or_else(|error| format!("{} {}", error.name, error.message), |()| String::new())
        };
        assert_eq!(message(check_state_machine_arn(&arn("stateMachine"))), "");
        assert_eq!(message(check_execution_arn(&arn("execution"))), "");
        for (found, expected) in [
            (check_state_machine_arn("not_an_arn"), "InvalidArn Invalid Arn: 'Invalid ARN prefix: not_an_arn'"),
            (
                check_state_machine_arn(&arn("execution")),
                "InvalidArn Invalid Arn: 'Resource type not valid in this context: execution'",
            ),
            (
                check_execution_arn(&arn("express")),
                "InvalidArn Invalid Arn: 'Resource type not valid in this context: express'",
            ),
            (check_execution_arn("nothing"), "ExecutionDoesNotExist Execution Does Not Exist: 'nothing'"),
        ] {
            assert_eq!(message(found), expected);
        }
    }
}
