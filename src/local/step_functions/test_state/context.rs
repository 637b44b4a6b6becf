//! The context object of a state under test.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html>

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::asl::Payload;
use crate::asl::program::{Pattern, Resource, State, StateKind};
use crate::engine::Timestamp;
use crate::local::api_error::ApiError;
use crate::local::step_functions::test_state::definition::STATE_NAME;
use crate::project::Identity;

/// The type of a member.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Text,
    Number,
    Any,
}

/// What a context object may hold.
const MEMBERS: [(&str, &[(&str, Kind)]); 4] = [
    (
        "Execution",
        &[
            ("Id", Kind::Text),
            ("Input", Kind::Any),
            ("Name", Kind::Text),
            ("RoleArn", Kind::Text),
            ("StartTime", Kind::Text),
            ("RedriveCount", Kind::Number),
            ("RedriveTime", Kind::Text),
        ],
    ),
    ("State", &[("EnteredTime", Kind::Text), ("Name", Kind::Text), ("RetryCount", Kind::Number)]),
    ("StateMachine", &[("Id", Kind::Text), ("Name", Kind::Text)]),
    ("Task", &[("Token", Kind::Text)]),
];

/// That of an execution which there is not. `entered` is when, after how many retries.
pub(super) fn made(
    identity: &Identity,
    role_arn: Option<&str>,
    state: &State,
    input: &Payload,
    (entered, retries): (Timestamp, u32),
) -> Value {
    let [machine, execution] = [Uuid::new_v4(), Uuid::new_v4()].map(|id| id.to_string());
    let prefix = format!("arn:aws:states:{}:{}", identity.region, identity.account);
    let now = entered.to_rfc3339();
    let mut context = json!({
        "Execution": {
            "Id": format!("{prefix}:express:{machine}:{execution}"),
            "Input": input.value(),
            "Name": execution,
            "RoleArn": role_arn,
            "StartTime": now,
        },
        "StateMachine": { "Id": format!("{prefix}:stateMachine:{machine}"), "Name": machine },
        "State": { "Name": STATE_NAME, "EnteredTime": now },
    });
    if matches!(state.kind, StateKind::Task(_) | StateKind::Parallel(_) | StateKind::Map(_)) {
        context["State"]["RetryCount"] = retries.into();
    }
    if has_token(&state.kind) {
        context["Task"] = json!({ "Token": Uuid::new_v4().to_string() });
    }
    context
}

fn has_token(kind: &StateKind) -> bool {
    let StateKind::Task(task) = kind else { return false };
    match &task.resource {
        Resource::Activity { .. } => true,
        Resource::Integration { pattern, .. } => *pattern == Pattern::WaitForTaskToken,
        Resource::Lambda { .. } => false,
    }
}

/// The caller's own.
///
/// # Errors
/// `ValidationException` for what no context object has.
pub(super) fn read(text: &str) -> Result<Value, ApiError> {
    let refuse = |why: String| ApiError::validation(format!("Invalid Context object provided: {why}"));
    let context = Payload::parse(text).map_err(|error| refuse(error.to_string()))?.value().clone();
    let given = context.as_object().ok_or_else(|| refuse("must be a JSON object".to_owned()))?;
    check(given).map_err(refuse)?;
    Ok(context)
}

fn check(given: &Map<String, Value>) -> Result<(), String> {
    for (name, value) in given {
        if name == "Map" {
            return Err("'Map' field is not supported when mocking a Context object".to_owned());
        }
        let Some((_, members)) = MEMBERS.iter().find(|(known, _)| known == name) else { return Err(not_allowed(name)) };
        let Value::Object(value) = value else { return Err(must_be(name, "an object")) };
        for (name, value) in value {
            let Some((_, kind)) = members.iter().find(|(known, _)| known == name) else {
                return Err(not_allowed(name));
            };
            match kind {
                Kind::Text if !value.is_string() => return Err(must_be(name, "a string")),
                Kind::Number if !value.is_number() => return Err(must_be(name, "a number")),
                _ => {}
            }
        }
    }
    Ok(())
}

fn not_allowed(name: &str) -> String {
    format!("Field '{name}' is not allowed")
}

fn must_be(name: &str, what: &str) -> String {
    format!("Field '{name}' must be {what}")
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn only_what_a_context_object_has_is_taken() {
        for (text, expected) in [
            (r#"{"Pokedex": {}}"#, "Field 'Pokedex' is not allowed"),
            (r#"{"Execution": {"pokemon": 1}}"#, "Field 'pokemon' is not allowed"),
            (r#"{"State": {"Id": ""}}"#, "Field 'Id' is not allowed"),
            (r#"{"Map": {}}"#, "'Map' field is not supported when mocking a Context object"),
            (r#"{"Execution": 1}"#, "Field 'Execution' must be an object"),
            (r#"{"Execution": {"Id": 1}}"#, "Field 'Id' must be a string"),
            (r#"{"State": {"RetryCount": "1"}}"#, "Field 'RetryCount' must be a number"),
            ("[]", "must be a JSON object"),
        ] {
            let error = read(text).unwrap_err();
            let expected = format!("Invalid Context object provided: {expected}");
            assert_eq!((error.name, error.message), ("ValidationException", expected));
        }
        assert!(read(r#"{"Execution": {"Input": [1]}, "Task": {"Token": "t"}}"#).is_ok());
        assert_eq!(read("{").unwrap_err().name, "ValidationException");
    }
}
