//! Values between a task's parameters or result and JSON on the wire.
//!
//! Owns: members' names, blobs, times, what is no value of its type. Must not know: HTTP, XML.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::table::{Kind, Member, Service, TimeFormat};
use super::{names, time};

/// How an answer's members are named, and its times written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tasks) enum Naming {
    /// `aws-sdk`: `Md5OfBody`, times in ISO 8601.
    Sdk,
    /// The optimised integrations: `MD5OfBody`, times in milliseconds since 1970.
    Optimised,
}

impl Naming {
    pub(super) fn of(self, member: &Member) -> String {
        match self {
            Self::Sdk => names::member(member.name),
            Self::Optimised => names::capitalised(member.name),
        }
    }

    pub(super) fn time(self, time: Timestamp) -> Value {
        match self {
            Self::Sdk => time::iso(time).into(),
            Self::Optimised => time.as_millisecond().into(),
        }
    }
}

/// The members that a structure's parameters mean, in the parameters' order. What is null is not sent.
///
/// # Errors
/// A sentence, in AWS's words, about the parameters.
pub(super) fn members<'a>(
    service: &'a Service,
    structure: usize,
    parameters: &'a Value,
    field: &str,
) -> Result<Vec<(&'a Member, &'a Value)>, String> {
    let Value::Object(parameters) = parameters else { return Err(must_be(field, "an OBJECT")) };
    let known = service.members(structure);
    let mut meant = Vec::with_capacity(parameters.len());
    for (name, value) in parameters.iter().filter(|(_, value)| !value.is_null()) {
        let exact = known.iter().find(|member| names::capitalised(member.name) == *name);
        let member = exact.or_else(|| known.iter().find(|member| names::means(name, member.name)));
        meant.push((member.ok_or_else(|| format!("The field \"{name}\" is not supported by Step Functions"))?, value));
    }
    Ok(meant)
}

fn must_be(field: &str, what: &str) -> String {
    format!("The value for the field '{field}' must be {what}")
}

/// A parameter's value as JSON on the wire.
///
/// # Errors
/// A sentence, in AWS's words, about the parameter.
pub(super) fn to_json(service: &Service, kind: &Kind, value: &Value, field: &str) -> Result<Value, String> {
    Ok(match kind {
        Kind::Text => Value::String(text(value)),
        Kind::Boolean | Kind::Number => value.clone(),
        Kind::Bytes => STANDARD.encode(bytes(value)).into(),
        Kind::Time(format) => match (moment(value), format) {
            (None, _) => return Err(must_be(field, "a TIMESTAMP")),
            (Some(moment), TimeFormat::Usual | TimeFormat::Seconds) => time::seconds(moment),
            (Some(moment), format) => time::text(moment, *format, TimeFormat::Iso).into(),
        },
        Kind::Structure(structure) => {
            let mut object = Map::new();
            for (member, value) in members(service, *structure, value, field)? {
                object.insert(member.wire.to_owned(), to_json(service, &member.kind, value, member.name)?);
            }
            object.into()
        }
        Kind::List { of, .. } => {
            let items = value.as_array().ok_or_else(|| must_be(field, "a LIST"))?;
            items.iter().map(|item| to_json(service, of, item, field)).collect::<Result<Vec<_>, _>>()?.into()
        }
        Kind::Map { of, .. } => {
            let entries = value.as_object().ok_or_else(|| must_be(field, "a MAP"))?;
            let entry = |(name, value): (&String, &Value)| Ok((name.clone(), to_json(service, of, value, field)?));
            entries.iter().map(entry).collect::<Result<Map<_, _>, String>>()?.into()
        }
    })
}

/// A text; what is none becomes its JSON, as Step Functions has it.
pub(super) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The bytes of a blob: the value's JSON, also of a text, which therefore arrives with its quotes.
pub(super) fn bytes(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

/// A parameter that is a time.
pub(super) fn moment(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => time::parse(text),
        Value::Number(seconds) => time::from_seconds(seconds.as_f64()?),
        _ => None,
    }
}

/// A value of an answer in JSON. What the model does not know is left out, as the SDK leaves it out.
pub(super) fn from_json(service: &Service, kind: &Kind, value: &Value, naming: Naming) -> Value {
    match (kind, value) {
        (Kind::Bytes, Value::String(text)) => blob(text),
        (Kind::Time(_), value) => moment(value).map_or_else(|| value.clone(), |time| naming.time(time)),
        (Kind::Structure(structure), Value::Object(object)) => {
            let known = service.members(*structure).iter();
            let given = known.filter_map(|member| Some((member, object.get(member.wire).filter(|it| !it.is_null())?)));
            let read = |(member, value): (&Member, &Value)| {
                (naming.of(member), from_json(service, &member.kind, value, naming))
            };
            Value::Object(given.map(read).collect())
        }
        (Kind::List { of, .. }, Value::Array(items)) => {
            items.iter().map(|item| from_json(service, of, item, naming)).collect()
        }
        (Kind::Map { of, .. }, Value::Object(entries)) => {
            let read = |(name, value): (&String, &Value)| (name.clone(), from_json(service, of, value, naming));
            Value::Object(entries.iter().map(read).collect())
        }
        (_, value) => value.clone(),
    }
}

/// A blob of an answer as text; what is no text stays as it came.
pub(super) fn blob(text: &str) -> Value {
    let decoded = STANDARD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.unwrap_or_else(|| text.to_owned()).into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::tasks::integration::sdk::table::service;

    fn sent(name: &str, action: &str, parameters: &Value) -> Result<Value, String> {
        let service = service(name).unwrap();
        to_json(service, &Kind::Structure(service.action(action).unwrap().input.unwrap()), parameters, "Parameters")
    }

    fn read(name: &str, action: &str, answer: &Value, naming: Naming) -> Value {
        let service = service(name).unwrap();
        from_json(service, &Kind::Structure(service.action(action).unwrap().output.unwrap()), answer, naming)
    }

    #[test]
    fn parameters_become_what_the_service_calls_them() {
        for (name, action, parameters, expected) in [
            (
                "sfn",
                "startExecution",
                json!({"StateMachineArn": "a", "Input": {"b": 1}, "Name": null}),
                json!({"stateMachineArn": "a", "input": "{\"b\":1}"}),
            ),
            // A map's keys are the caller's own.
            (
                "dynamodb",
                "putItem",
                json!({"TableName": "t", "Item": {"lower": {"S": "x"}, "flag": {"Bool": true}, "n": {"Nul": true}}}),
                json!({"TableName": "t", "Item": {"lower": {"S": "x"}, "flag": {"BOOL": true}, "n": {"NULL": true}}}),
            ),
            (
                "ecs",
                "runTask",
                json!({"TaskDefinition": "t", "Overrides": {"ContainerOverrides": [{"Name": "c", "Environment": []}]}}),
                json!({"taskDefinition": "t", "overrides": {"containerOverrides": [{"name": "c", "environment": []}]}}),
            ),
            (
                "kinesis",
                "putRecord",
                json!({"Data": {"a": 1}, "PartitionKey": "p"}),
                json!({"Data": "eyJhIjoxfQ==", "PartitionKey": "p"}),
            ),
            (
                "eventbridge",
                "putEvents",
                json!({"Entries": [{"Time": "2015-08-30T12:36:00Z"}]}),
                json!({"Entries": [{"Time": 1_440_938_160}]}),
            ),
        ] {
            assert_eq!(sent(name, action, &parameters), Ok(expected), "{name}");
        }
    }

    #[test]
    fn wrong_parameters_are_told() {
        for (parameters, said) in [
            (json!({"TableNam": "t"}), "The field \"TableNam\" is not supported by Step Functions"),
            (json!({"Item": []}), "The value for the field 'Item' must be a MAP"),
            (json!([]), "The value for the field 'Parameters' must be an OBJECT"),
            (json!({"Item": {"a": 1}}), "The value for the field 'Item' must be an OBJECT"),
        ] {
            assert_eq!(sent("dynamodb", "putItem", &parameters).unwrap_err(), said);
        }
    }

    #[test]
    fn answers_are_named_and_timed_as_each_kind_of_integration_has_them() {
        let answer = json!({"executionArn": "a", "startDate": 1_440_938_160.5, "unknown": 1});
        assert_eq!(
            read("sfn", "startExecution", &answer, Naming::Sdk),
            json!({"ExecutionArn": "a", "StartDate": "2015-08-30T12:36:00.5Z"})
        );
        assert_eq!(
            read("sfn", "startExecution", &answer, Naming::Optimised),
            json!({"ExecutionArn": "a", "StartDate": 1_440_938_160_500_i64})
        );
        let sent = json!({"MD5OfMessageBody": "m", "MessageId": null});
        assert_eq!(read("sqs", "sendMessage", &sent, Naming::Sdk), json!({"Md5OfMessageBody": "m"}));
        assert_eq!(read("sqs", "sendMessage", &sent, Naming::Optimised), json!({"MD5OfMessageBody": "m"}));
        let secret = json!({"SecretBinary": "aGk=", "Name": "n"});
        assert_eq!(
            read("secretsmanager", "getSecretValue", &secret, Naming::Sdk),
            json!({"Name": "n", "SecretBinary": "hi"})
        );
    }
}
