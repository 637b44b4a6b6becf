//! Mistakes of the machine as a whole, and what may never happen.

use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{LAMBDA, compiled, report};
use crate::asl::compile::{check_express, compile};
use crate::asl::diagnostic::Severity;
use crate::asl::syntax::{Sources, json as text, yaml};

fn say(definition: &Value, expected: &Expect) {
    expected.assert_eq(&report(&definition.to_string()));
}

#[test]
fn what_a_definition_lacks() {
    say(
        &json!({}),
        &expect![[r"
        SCHEMA_VALIDATION_FAILED / `{`: These fields are required: [States, StartAt]
    "]],
    );
    say(
        &json!([]),
        &expect![[r"
        SCHEMA_VALIDATION_FAILED / `[]`: the definition must be an object, not an array
    "]],
    );
    say(
        &json!({"StartAt": "A", "States": {}}),
        &expect![[r#"
        MISSING_TRANSITION_TARGET /StartAt `"A"`: Missing 'StartAt' target: A
        SCHEMA_VALIDATION_FAILED /States `{}`: 'States' has no state
    "#]],
    );
    say(
        &json!({"StartAt": 1, "States": []}),
        &expect![[r"
        SCHEMA_VALIDATION_FAILED /StartAt `1`: 'StartAt' must be a string, not a number
        SCHEMA_VALIDATION_FAILED /States `[]`: 'States' must be an object, not an array
    "]],
    );
}

#[test]
fn fields_of_the_machine() {
    say(
        &json!({
            "StartAt": "a", "Comment": 1, "Version": "2.0", "TimeoutSeconds": 0, "Timeout": 1, "QueryLanguage": "JsonPath",
            "States": {"A": {"Type": "Succeed"}},
        }),
        &expect![[r#"
            MISSING_TRANSITION_TARGET /StartAt `"a"`: Missing 'StartAt' target: a (did you mean "A"?)
            SCHEMA_VALIDATION_FAILED /Comment `1`: 'Comment' must be a string, not a number
            SCHEMA_VALIDATION_FAILED /Version `"2.0"`: the only 'Version' is "1.0"
            SCHEMA_VALIDATION_FAILED /TimeoutSeconds `0`: 'TimeoutSeconds' must be a whole number from 1 to 99999999, not 0
            SCHEMA_VALIDATION_FAILED / `"Timeout"`: Field 'Timeout' is not supported (did you mean "TimeoutSeconds"?)
            SCHEMA_VALIDATION_FAILED /QueryLanguage `"JsonPath"`: The field 'QueryLanguage' should have one of these values: [JSONPath, JSONata] (did you mean "JSONPath"?)
        "#]],
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
        &expect![[r#"
            INVALID_STATE_NAME /States/ `""`: the state's name is empty
            INVALID_STATE_NAME /States/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx… `"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"`: the state's name has 81 characters: 80 is the most
            DUPLICATE_STATE_NAME /States/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…/Branches[1]/States/Twice `"Twice"`: Duplicate State name: Twice (/States/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…/Branches[0]/States/Twice has this name already: a name is used once in a machine)
        "#]],
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
        &expect![[r#"
            MISSING_TRANSITION_TARGET /States/pass1/Next `"pass3"`: Missing 'Next' target: pass3 (did you mean "pass1"?)
            MISSING_TRANSITION_TARGET /States/pass2 `"pass2"`: State "pass2" is not reachable. (no 'Next', 'Default' or 'Catch' on the way from 'StartAt' leads here: add one, or remove the state)
        "#]],
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
        &expect![[r#"
            MISSING_TRANSITION_TARGET /States/Each/ItemProcessor/States/Inner/Next `"Done"`: Missing 'Next' target: Done ("Done" stands in the machine's own States: transitions stay among the states of one States object)
            MISSING_TRANSITION_TARGET /States/Each/ItemProcessor/States/Other `"Other"`: State "Other" is not reachable. (no 'Next', 'Default' or 'Catch' on the way from 'StartAt' leads here: add one, or remove the state)
            MISSING_TRANSITION_TARGET /States/Done/Next `"Inner"`: Missing 'Next' target: Inner ("Inner" stands within "Each": transitions stay among the states of one States object)
            MISSING_END_STATE  `"States"`: Workflow has no terminal state (give one state "End": true, or add a Succeed or Fail state)
        "#]],
    );
}

#[test]
fn a_scope_without_an_end() {
    say(
        &json!({"StartAt": "A", "States": {
            "A": {"Type": "Pass", "Next": "B"},
            "B": {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsNull": true, "Next": "A"}]},
        }}),
        &expect![[r#"
            MISSING_END_STATE  `"States"`: Workflow has no terminal state (give one state "End": true, or add a Succeed or Fail state)
        "#]],
    );
}

#[test]
fn without_an_end_nothing_is_unreachable() {
    let inner = json!({"StartAt": "In", "States": {"In": {"Type": "Pass", "Next": "In"}}});
    say(
        &json!({"StartAt": "A", "States": {
            "A": {"Type": "Pass", "Next": "NOPE"},
            "B": {"Type": "Map", "ItemProcessor": inner, "Next": "A"},
        }}),
        &expect![[r#"
            MISSING_TRANSITION_TARGET /States/A/Next `"NOPE"`: Missing 'Next' target: NOPE (the states here are "A", "B")
            MISSING_END_STATE  `"States"`: Workflow has no terminal state (give one state "End": true, or add a Succeed or Fail state)
            warning MISSING_END_STATE /States/B/ItemProcessor `"States"`: no state ends: this would never stop (give one state "End": true, or add a Succeed or Fail state)
        "#]],
    );
}

#[test]
fn the_languages_are_not_mixed_within_a_state() {
    say(
        &json!({"QueryLanguage": "JSONata", "StartAt": "A", "States": {
            "A": {"Type": "Task", "Resource": LAMBDA, "Parameters": {}, "InputPath": "$.a", "ResultPath": null, "Next": "B",
                "Catch": [{"ErrorEquals": ["E"], "ResultPath": "$.e", "Next": "C"}]},
            "B": {"Type": "Pass", "Output": "{% 1 + %}", "Result": 1, "End": true},
            "C": {"Type": "Choice", "Default": "D", "Choices": [
                {"Condition": "{% true %}", "Next": "D"},
                {"Condition": "yes", "Next": "D"},
                {"Variable": "$.a", "IsNull": true, "Next": "D"},
            ]},
            "D": {"Type": "Wait", "QueryLanguage": "JSONPath", "Seconds": 1, "End": true},
        }}),
        &expect![[r#"
            SCHEMA_VALIDATION_FAILED /States/A `"Parameters"`: The QueryLanguage is set to 'JSONata', but field 'Parameters' is only supported for the 'JSONPath' QueryLanguage (in JSONata it is 'Arguments')
            SCHEMA_VALIDATION_FAILED /States/A `"InputPath"`: The QueryLanguage is set to 'JSONata', but field 'InputPath' is only supported for the 'JSONPath' QueryLanguage (in JSONata the output is shaped by 'Output')
            SCHEMA_VALIDATION_FAILED /States/A `"ResultPath"`: The QueryLanguage is set to 'JSONata', but field 'ResultPath' is only supported for the 'JSONPath' QueryLanguage (in JSONata the output is shaped by 'Output')
            SCHEMA_VALIDATION_FAILED /States/A/Catch[0] `"ResultPath"`: The QueryLanguage is set to 'JSONata', but field 'ResultPath' is only supported for the 'JSONPath' QueryLanguage (in JSONata the output is shaped by 'Output')
            INVALID_JSONATA_EXPRESSION /States/B/Output `1 +`: Unexpected end of expression
            SCHEMA_VALIDATION_FAILED /States/B `"Result"`: The QueryLanguage is set to 'JSONata', but field 'Result' is only supported for the 'JSONPath' QueryLanguage (in JSONata the output is shaped by 'Output')
            SCHEMA_VALIDATION_FAILED /States/C/Choices[1]/Condition `"yes"`: 'Condition' must be true or false, not a string
            SCHEMA_VALIDATION_FAILED /States/C/Choices[2] `{`: These fields are required: [Condition]
            SCHEMA_VALIDATION_FAILED /States/C/Choices[2] `"Variable"`: The QueryLanguage is set to 'JSONata', but field 'Variable' is only supported for the 'JSONPath' QueryLanguage (in JSONata a rule has a 'Condition')
            SCHEMA_VALIDATION_FAILED /States/C/Choices[2] `"IsNull"`: The QueryLanguage is set to 'JSONata', but field 'IsNull' is only supported for the 'JSONPath' QueryLanguage (in JSONata a 'Condition' compares)
            SCHEMA_VALIDATION_FAILED /States/D `"JSONPath"`: 'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine (leave QueryLanguage away at the top and set it per state)
        "#]],
    );
}

#[test]
fn variables_have_names() {
    let names = json!({"a_1": 1, "é.$": "$.x", "1a": 1, "a-b": 1, "": 1, "states": 1, "x".repeat(81): 1});
    say(
        &json!({"StartAt": "A", "States": {
            "A": {"Type": "Pass", "Assign": names, "Next": "B"},
            "B": {"Type": "Pass", "Assign": 1, "Next": "C"},
            "C": {"Type": "Succeed", "Assign": {}},
        }}),
        &expect![[r#"
            SCHEMA_VALIDATION_FAILED /States/A/Assign `"1a"`: the variable name '1a' must begin with a letter
            SCHEMA_VALIDATION_FAILED /States/A/Assign `"a-b"`: the variable name 'a-b' may have letters, digits and underscores only
            SCHEMA_VALIDATION_FAILED /States/A/Assign `""`: the variable name '' must begin with a letter
            SCHEMA_VALIDATION_FAILED /States/A/Assign `"states"`: the variable name 'states' is reserved: $states is what a state reads
            SCHEMA_VALIDATION_FAILED /States/A/Assign `"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"`: the variable name 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' has more than 80 characters
            SCHEMA_VALIDATION_FAILED /States/B/Assign `1`: 'Assign' must be an object, not a number
            SCHEMA_VALIDATION_FAILED /States/C `"Assign"`: Field 'Assign' is not supported (a Succeed state has none; it is a field of Task, Wait, Pass, Choice, Parallel, Map)
        "#]],
    );
}

#[test]
fn express_has_nothing_that_outlives_it() {
    let task = |resource: &str, next: Value| json!({"Type": "Task", "Resource": resource, "Next": next});
    let map = |processor: &str, mode: &str, states: Value| json!({"Type": "Map", "End": true, processor: {"ProcessorConfig": {"Mode": mode}, "States": states}});
    let definition = json!({"StartAt": "A", "States": {
        "A": task("arn:aws:states:::sqs:sendMessage.waitForTaskToken", json!("B")),
        "B": task("arn:aws:states:::states:startExecution.sync:2", json!("C")),
        "C": task("arn:aws:states:eu-west-1:123456789012:activity:a", json!("D")),
        "D": task("arn:aws:states:::sqs:sendMessage", json!("P")),
        "P": {"Type": "Parallel", "End": true, "Branches": [{"StartAt": "I", "States": {
            "I": map("ItemProcessor", "INLINE", json!({"M": map("Iterator", "DISTRIBUTED", json!({}))})),
        }}]},
    }})
    .to_string();
    let mut sources = Sources::default();
    let id = sources.add("test", definition.as_str());
    let node = text::parse(&sources, id).0.expect("JSON");
    let lines: String = check_express(&node).iter().map(|wrong| super::line(&definition, wrong)).collect();
    expect![[r#"
        SCHEMA_VALIDATION_FAILED /States/A/Resource `"arn:aws:states:::sqs:sendMessage.waitForTaskToken"`: Express state machine does not support '.waitForTaskToken' service integration  (use a STANDARD state machine)
        SCHEMA_VALIDATION_FAILED /States/B/Resource `"arn:aws:states:::states:startExecution.sync:2"`: Express state machine does not support '.sync' service integration (use a STANDARD state machine)
        SCHEMA_VALIDATION_FAILED /States/C/Resource `"arn:aws:states:eu-west-1:123456789012:activity:a"`: Express state machine does not support Activity ARN (use a STANDARD state machine)
        SCHEMA_VALIDATION_FAILED /States/P/Branches[0]/States/I/ItemProcessor/States/M/Iterator/ProcessorConfig/Mode `"DISTRIBUTED"`: Express state machine does not support Map states with mode DISTRIBUTED (use a STANDARD state machine)
    "#]].assert_eq(&lines);
}

#[test]
fn places_within_strings_with_escapes_are_the_string() {
    let definition = r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "InputPath": "\u0061.b", "End": true}}}"#;
    let said = report(definition);
    assert!(said.contains(r#"`"\u0061.b"`"#), "{said}");
}

#[test]
fn depth_does_not_exhaust_the_stack() {
    let rule = |depth: usize| {
        let inner = r#"{"Not":"#.repeat(depth) + r#"{"Variable":"$.x","IsPresent":true}"# + &"}".repeat(depth);
        let rule = format!(r#"{{"Next":"B","Not":{inner}}}"#);
        format!(r#"{{"StartAt":"A","States":{{"A":{{"Type":"Choice","Choices":[{rule}]}},"B":{{"Type":"Succeed"}}}}}}"#)
    };
    assert_eq!(report(&rule(text::DEPTH_MAX - 7)), "");
    let mut machine = r#"{"StartAt":"S","States":{"S":{"Type":"Succeed"}}}"#.to_owned();
    for level in 0..(text::DEPTH_MAX - 3) / 4 {
        let state = format!(r#"{{"Type":"Parallel","End":true,"Branches":[{machine}]}}"#);
        machine = format!(r#"{{"StartAt":"S{level}","States":{{"S{level}":{state}}}}}"#);
    }
    assert_eq!(report(&machine), "");
    let deep = "[".repeat(text::DEPTH_MAX - 4) + &"]".repeat(text::DEPTH_MAX - 4);
    let pass = format!(r#"{{"Type":"Pass","Parameters":{{"a":{deep}}},"Result":{deep},"End":true}}"#);
    assert_eq!(report(&format!(r#"{{"StartAt":"P","States":{{"P":{pass}}}}}"#)), "");
}

/// What stands in definitions, rightly or wrongly.
const WORDS: &str = "A B Pass Task Choice Wait Succeed Fail Parallel Map $ $.a[0] $$.Execution.Id $..a $. $x States.ALL \
    States.UUID() JSONata DISTRIBUTED arn:aws:states:::sqs:sendMessage arn:aws:lambda:eu-west-1:1:function:f arn:aws:states::: \
    2016-03-14T01:59:00Z ąż\"\\ StartAt States Type Next End Resource Parameters Result ResultPath InputPath Choices Default \
    Variable StringEquals NumericLessThanPath And Or Not Seconds Timestamp Branches ItemProcessor Iterator ItemsPath \
    MaxConcurrency Retry Catch ErrorEquals BackoffRate ErrorPath QueryLanguage ProcessorConfig Mode a.$ Assign";

fn words() -> impl Strategy<Value = String> + Clone {
    prop::sample::select(WORDS.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
}

/// Values of such words.
fn shaped() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        1 => any::<i8>().prop_map(Value::from),
        1 => any::<f32>().prop_map(|number| json!(number)),
        4 => words().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 48, 6, |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            3 => prop::collection::vec((words(), inner), 0..6).prop_map(|entries| entries.into_iter().collect()),
        ]
    })
}

/// A definition with one of everything.
fn everything() -> Value {
    let inner = json!({"StartAt": "In", "States": {"In": {"Type": "Pass", "Result": {"a": 1}, "End": true}}});
    json!({"StartAt": "A", "Comment": "c", "TimeoutSeconds": 5, "States": {
        "A": {"Type": "Choice", "Default": "B", "Choices": [
            {"And": [{"Variable": "$.a", "IsNull": true}, {"Not": {"Variable": "$.b", "StringEqualsPath": "$.c"}}], "Next": "C"},
        ]},
        "B": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "HeartbeatSeconds": 5, "Next": "D",
            "Parameters": {"QueueUrl": "q", "MessageBody": {"t.$": "$$.Task.Token"}}, "ResultSelector": {"x.$": "States.UUID()"}, "ResultPath": "$.r",
            "Retry": [{"ErrorEquals": ["E"], "MaxAttempts": 2, "BackoffRate": 1.5, "JitterStrategy": "FULL"}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "E", "ResultPath": null}]},
        "C": {"Type": "Wait", "Timestamp": "2016-03-14T01:59:00Z", "Next": "D"},
        "D": {"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 2, "ItemProcessor": inner, "End": true},
        "E": {"Type": "Fail", "ErrorPath": "$.e", "Cause": "c"},
    }})
}

/// Replaces the value at the `place`th step of a walk, or a key where `word` says so.
fn change(value: &mut Value, place: &mut usize, other: &Value, word: &str) {
    if *place == 0 {
        *place = usize::MAX;
        *value = other.clone();
        return;
    }
    *place -= 1;
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| change(item, place, other, word)),
        Value::Object(entries) => {
            let key = (*place == 1).then(|| entries.keys().next().cloned()).flatten();
            if let Some(old) = key.and_then(|key| entries.shift_remove(&key)) {
                entries.insert(word.to_owned(), old);
            }
            entries.values_mut().for_each(|entry| change(entry, place, other, word));
        }
        _ => {}
    }
}

/// A program exactly where nothing is an error, and no panic on the way.
fn holds_together(definition: &Value) -> Result<(), TestCaseError> {
    let (program, diagnostics) = compiled(&definition.to_string());
    let wrong = diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    prop_assert_eq!(program.is_some(), !wrong, "{}", definition);
    Ok(())
}

#[test]
fn what_lacks_something_is_pointed_at_by_whole_letters() {
    for (yaml, place) in [
        ("é:", "é"),
        ("StartAt: A\nStates: { A: { Type: Choice, Choices: [é] } }", "é"),
        ("a:", "a"),
        ("'é': 1", "'é'"),
    ] {
        let mut sources = Sources::default();
        let id = sources.add("test", yaml);
        let (_, diagnostics) = compile(&yaml::parse(&sources, id).0.unwrap());
        let pieces: Vec<_> =
            diagnostics.iter().map(|one| yaml.get(one.span.start as usize..one.span.end as usize)).collect();
        assert!(pieces.contains(&Some(place)) && !pieces.contains(&None), "{yaml}: {pieces:?}");
    }
}

#[test]
fn everything_is_right() {
    assert_eq!(report(&everything().to_string()), "");
}

proptest! {
    #[test]
    fn any_shape_compiles_or_is_told(states in prop::collection::vec(shaped(), 1..4), any in shaped()) {
        let states: serde_json::Map<String, Value> = "ABC".chars().map(String::from).zip(states).collect();
        holds_together(&json!({"StartAt": "A", "States": states}))?;
        holds_together(&any)?;
    }

    #[test]
    fn any_change_compiles_or_is_told(mut place in 0_usize..110, other in shaped(), word in words()) {
        let mut definition = everything();
        change(&mut definition, &mut place, &other, &word);
        holds_together(&definition)?;
    }
}
