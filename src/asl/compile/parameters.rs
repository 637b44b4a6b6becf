//! What service integrations need in `Parameters`.

use super::Compiler;
use super::fields::{Field, Fields};
use super::report::{SCHEMA, near};
use crate::asl::program::{Pattern, QueryLanguage, Resource};
use crate::asl::syntax::{Node, NodeKind};

/// Parameters without which a call cannot succeed. AWS refuses them when a machine is created; its words are from memory.
const REQUIRED: [(&str, &str, &[&str]); 9] = [
    ("dynamodb", "deleteItem", &["TableName", "Key"]),
    ("dynamodb", "getItem", &["TableName", "Key"]),
    ("dynamodb", "putItem", &["TableName", "Item"]),
    ("dynamodb", "updateItem", &["TableName", "Key"]),
    ("events", "putEvents", &["Entries"]),
    ("lambda", "invoke", &["FunctionName"]),
    ("sns", "publish", &["Message"]),
    ("sqs", "sendMessage", &["QueueUrl", "MessageBody"]),
    ("states", "startExecution", &["StateMachineArn"]),
];

/// What the field is called in the state's language.
pub(super) fn name(c: &Compiler) -> &'static str {
    match c.language {
        QueryLanguage::JsonPath => "Parameters",
        QueryLanguage::Jsonata => "Arguments",
    }
}

/// Complains about what is missing. Without `Parameters` the state's input is what is sent: nothing is known of it.
pub(super) fn check(resource: &Resource, fields: &Fields, c: &mut Compiler) {
    let Resource::Integration { service, action, pattern } = resource else { return };
    let Some(parameters) = fields.get(name(c)) else { return };
    let Some(entries) = parameters.node.entries() else { return };
    let action = action.split_once('.').map_or(&**action, |(name, _)| name);
    let required =
        REQUIRED.iter().find(|known| (known.0, known.1) == (&**service, action)).map_or(&[][..], |known| known.2);
    for name in required {
        let given = entries.iter().any(|(key, _)| key.name.strip_suffix(".$").unwrap_or(&key.name) == *name);
        if !given {
            let message = format!("The field \"{name}\" is required but was missing");
            let names = entries.iter().map(|(key, _)| key.name.as_str());
            let wrong = c.error(SCHEMA, parameters.key.span, &parameters.pointer, message);
            if let Some(near) = near(name, names) {
                wrong.help(format!("\"{near}\" looks like it: write \"{name}\""));
            }
        }
    }
    if *pattern == Pattern::WaitForTaskToken {
        hands_out_token(&parameters, c);
    }
}

fn hands_out_token(parameters: &Field, c: &mut Compiler) {
    if !reads_token(parameters.node) {
        let message = "the task's token is handed to nobody: no answer can come";
        let language = c.language;
        c.warning("TOKEN_NOT_PASSED", parameters.key.span, &parameters.pointer, message).help(match language {
            QueryLanguage::JsonPath => "pass it on: \"token.$\": \"$$.Task.Token\"",
            QueryLanguage::Jsonata => "pass it on: \"token\": \"{% $states.context.Task.Token %}\"",
        });
    }
}

/// Whether any expression in it reads the token, or an object around it.
fn reads_token(node: &Node) -> bool {
    match &node.kind {
        NodeKind::String(text) => {
            let paths = text.contains("$$.Task") || text.contains("$$[") || text.contains("$$..") || text == "$$";
            paths || (text.starts_with("{%") && text.contains("$states"))
        }
        NodeKind::Array(items) => items.iter().any(reads_token),
        NodeKind::Object(entries) => entries.iter().any(|(_, value)| reads_token(value)),
        _ => false,
    }
}
