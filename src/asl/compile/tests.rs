//! Definitions: what is said of them, and what they compile to. Here is what the tests share.

mod machine;
mod mistakes;
mod states;
mod variables;
mod warnings;

use expect_test::Expect;
use serde_json::{Value, json};

use crate::asl::Program;
use crate::asl::compile::compile;
use crate::asl::diagnostic::{Diagnostic, Severity};
use crate::asl::syntax::{Sources, json as text};

fn compiled(definition: &str) -> (Option<Program>, Vec<Diagnostic>) {
    let mut sources = Sources::default();
    let id = sources.add("test", definition);
    let (node, wrong) = text::parse(&sources, id);
    assert_eq!(wrong, [], "{definition}");
    compile(&node.expect("JSON"))
}

/// A diagnostic in one line: code, pointer, the marked text, message, help.
fn line(definition: &str, diagnostic: &Diagnostic) -> String {
    let place = &definition[diagnostic.span.start as usize..diagnostic.span.end as usize];
    let warning = if diagnostic.severity == Severity::Warning { "warning " } else { "" };
    let Diagnostic { code, pointer, message, .. } = diagnostic;
    let help = diagnostic.help.as_deref().map_or_else(String::new, |help| format!(" ({help})"));
    format!("{warning}{code} {pointer} `{place}`: {message}{help}\n")
}

/// All that is said of a definition.
fn report(definition: &str) -> String {
    let (program, diagnostics) = compiled(definition);
    let wrong = diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    assert_eq!(program.is_none(), wrong, "a program exactly where nothing is wrong: {definition}");
    diagnostics.iter().map(|diagnostic| line(definition, diagnostic)).collect()
}

/// A machine around a state `S`, which may go to `Done`.
fn around(state: &Value) -> String {
    json!({
        "StartAt": "Begin",
        "States": {
            "Begin": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.s", "IsPresent": true, "Next": "S"}],
                "Default": "Done",
            },
            "S": state,
            "Done": {"Type": "Succeed"},
        },
    })
    .to_string()
}

/// What is said of each of these states.
fn say(states: &[Value], expected: &Expect) {
    expected.assert_eq(&states.iter().map(|state| report(&around(state))).collect::<String>());
}

/// `base` with more fields; `null` takes one away.
fn with(mut base: Value, fields: Value) -> Value {
    let (Value::Object(state), Value::Object(fields)) = (&mut base, fields) else { panic!("objects") };
    for (name, value) in fields {
        match value {
            Value::String(gone) if gone == "GONE" => drop(state.shift_remove(&name)),
            value => drop(state.insert(name, value)),
        }
    }
    base
}

pub(super) const LAMBDA: &str = "arn:aws:lambda:eu-west-1:123456789012:function:hello";

fn task(fields: Value) -> Value {
    with(json!({"Type": "Task", "Resource": LAMBDA, "End": true}), fields)
}

fn pass(fields: Value) -> Value {
    with(json!({"Type": "Pass", "End": true}), fields)
}

fn wait(fields: Value) -> Value {
    with(json!({"Type": "Wait", "End": true}), fields)
}

fn map(fields: Value) -> Value {
    let processor = json!({"StartAt": "Inner", "States": {"Inner": {"Type": "Pass", "End": true}}});
    with(json!({"Type": "Map", "ItemProcessor": processor, "End": true}), fields)
}

#[expect(clippy::needless_pass_by_value, reason = "as the other makers of states")]
fn choice(rule: Value) -> Value {
    json!({"Type": "Choice", "Choices": [rule]})
}
