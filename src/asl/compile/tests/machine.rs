//! Mistakes of the machine as a whole, and what may never happen.

use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{compiled, report};
use crate::asl::compile::check_express;
use crate::asl::diagnostic::Severity;
use crate::asl::syntax::{Sources, json as text};

fn say(definition: &Value, expected: &Expect) {
    expected.assert_eq(&report(&definition.to_string()));
}

#[test]
fn what_a_definition_lacks() {
    say(&json!({}), &expect![[""]]);
    say(&json!([]), &expect![[""]]);
    say(&json!({"StartAt": "A", "States": {}}), &expect![[""]]);
    say(&json!({"StartAt": 1, "States": []}), &expect![[""]]);
}

#[test]
fn fields_of_the_machine() {
    say(
        &json!({
            "StartAt": "a", "Comment": 1, "Version": "2.0", "TimeoutSeconds": 0, "Timeout": 1, "QueryLanguage": "JsonPath",
            "States": {"A": {"Type": "Succeed"}},
        }),
        &expect![[""]],
    );
}

#[test]
fn names() {
    let long = "x".repeat(81);
    say(
        &json!({"StartAt": "", "States": {
            "": {"Type": "Pass", "Next": long},
            long.clone(): {"Type": "Parallel", "End": true, "Branches": [
                {"StartAt": "Twice", "States": {"Twice": {"Type": "Succeed"}}},
                {"StartAt": "Twice", "States": {"Twice": {"Type": "Succeed"}}},
            ]},
        }}),
        &expect![[""]],
    );
}

#[test]
fn eighty_characters_are_not_eighty_bytes() {
    let name = "ż".repeat(80);
    say(&json!({"StartAt": name, "States": {name.clone(): {"Type": "Succeed"}}}), &expect![[""]]);
}

#[test]
fn unreachable_states_and_unknown_targets() {
    say(
        &json!({"StartAt": "pass1", "States": {
            "pass1": {"Type": "Pass", "Next": "pass3"},
            "pass2": {"Type": "Pass", "End": true},
        }}),
        &expect![[""]],
    );
}

#[test]
fn scopes_are_closed() {
    say(
        &json!({"StartAt": "Each", "States": {
            "Each": {"Type": "Map", "Next": "Done", "ItemProcessor": {
                "StartAt": "Inner", "States": {"Inner": {"Type": "Pass", "Next": "Done"}, "Other": {"Type": "Succeed"}},
            }},
            "Done": {"Type": "Pass", "Next": "Inner"},
        }}),
        &expect![[""]],
    );
}

#[test]
fn a_scope_without_an_end() {
    say(
        &json!({"StartAt": "A", "States": {
            "A": {"Type": "Pass", "Next": "B"},
            "B": {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsNull": true, "Next": "A"}]},
        }}),
        &expect![[""]],
    );
}

#[test]
fn a_jsonata_machine_is_told_once() {
    say(
        &json!({"QueryLanguage": "JSONata", "StartAt": "A", "States": {
            "A": {"Type": "Task", "Arguments": {}, "Assign": {}, "Next": "B", "Catch": [{"ErrorEquals": ["E"], "Next": "C"}]},
            "B": {"Type": "Pass", "Output": "{% 1 %}", "End": true},
            "C": {"Type": "Choice", "Choices": [{"Condition": "{% true %}", "Next": "D"}]},
            "D": {"Type": "Wait", "QueryLanguage": "JSONPath", "Seconds": 1, "End": true},
        }}),
        &expect![[""]],
    );
}

#[test]
fn express_has_no_callbacks() {
    let task = |resource: &str, next: Value| json!({"Type": "Task", "Resource": resource, "Next": next});
    let definition = json!({"StartAt": "A", "States": {
        "A": task("arn:aws:states:::sqs:sendMessage.waitForTaskToken", json!("B")),
        "B": task("arn:aws:states:::states:startExecution.sync:2", json!("C")),
        "C": task("arn:aws:states:eu-west-1:123456789012:activity:a", json!("D")),
        "D": task("arn:aws:states:::sqs:sendMessage", json!("E")),
    }})
    .to_string();
    let mut sources = Sources::default();
    let id = sources.add("test", definition.as_str());
    let node = text::parse(&sources, id).0.expect("JSON");
    let lines: String = check_express(&node).iter().map(|wrong| super::line(&definition, wrong)).collect();
    expect![[""]].assert_eq(&lines);
}

#[test]
fn places_within_strings_with_escapes_are_the_string() {
    let definition = r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "InputPath": "\u0061.b", "End": true}}}"#;
    let said = report(definition);
    assert!(said.contains(r#"`"\u0061.b"`"#), "{said}");
}

/// Values as definitions have them: real field names, with right and wrong things in them.
fn shaped() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i8>().prop_map(Value::from),
        any::<f32>().prop_map(|number| json!(number)),
        prop::sample::select(vec![
            "A",
            "B",
            "Pass",
            "Task",
            "Choice",
            "Wait",
            "Succeed",
            "Fail",
            "Parallel",
            "Map",
            "$",
            "$.a[0]",
            "$$.Execution.Id",
            "$..a",
            "$.",
            "States.ALL",
            "States.Format('{}', $.a)",
            "JSONata",
            "DISTRIBUTED",
            "arn:aws:states:::sqs:sendMessage",
            "arn:aws:lambda:eu-west-1:1:function:f",
            "2016-03-14T01:59:00Z",
            "ąż\"\\",
        ])
        .prop_map(Value::from),
    ];
    let name = prop::sample::select(vec![
        "A",
        "B",
        "StartAt",
        "States",
        "Type",
        "Next",
        "End",
        "Resource",
        "Parameters",
        "Result",
        "ResultPath",
        "InputPath",
        "Choices",
        "Default",
        "Variable",
        "StringEquals",
        "NumericLessThanPath",
        "And",
        "Or",
        "Not",
        "Seconds",
        "Timestamp",
        "Branches",
        "ItemProcessor",
        "Iterator",
        "ItemsPath",
        "MaxConcurrency",
        "Retry",
        "Catch",
        "ErrorEquals",
        "BackoffRate",
        "ErrorPath",
        "QueryLanguage",
        "ProcessorConfig",
        "Mode",
        "a.$",
        "Assign",
    ]);
    leaf.prop_recursive(8, 96, 8, move |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            4 => prop::collection::vec((name.clone(), inner), 0..8)
                .prop_map(|entries| entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

proptest! {
    #[test]
    fn compile_never_panics(states in prop::collection::vec(shaped(), 1..4), any in shaped()) {
        let states: serde_json::Map<String, Value> = "ABC".chars().map(String::from).zip(states).collect();
        for definition in [json!({"StartAt": "A", "States": states}), any] {
            let (program, diagnostics) = compiled(&definition.to_string());
            let wrong = diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
            prop_assert_eq!(program.is_some(), !wrong, "{}", definition);
        }
    }
}
