//! Variables, and states whose expressions are JSONata.

use expect_test::expect;
use serde_json::json;

use super::{Run, check, task};
use crate::engine::core::limits::PAYLOAD_BYTES_MAX;

#[test]
fn what_is_assigned_is_seen_from_the_next_state_on_and_inside() {
    let definition = json!({ "StartAt": "A", "States": {
        "A": { "Type": "Pass", "Result": { "n": [1, 2] }, "Assign": { "n.$": "$.n", "who": "A" }, "Next": "B" },
        "B": { "Type": "Pass", "InputPath": "$n", "OutputPath": "$who", "Assign": { "who": "B", "before.$": "$who" },
            "Next": "M" },
        "M": { "Type": "Map", "ItemsPath": "$n", "MaxConcurrency": 1, "End": true,
            "ItemSelector": { "of.$": "States.Format('{} of {}', $$.Map.Item.Value, $before)" },
            "ItemProcessor": { "StartAt": "I", "States": {
                "I": { "Type": "Pass", "Assign": { "own.$": "$.of" }, "Next": "J" },
                "J": { "Type": "Pass", "Parameters": { "own.$": "$own", "who.$": "$who" }, "End": true } } } },
    } });
    let run = Run::start(&definition, "{}");
    assert_eq!(run.output(), r#"[{"own":"1 of A","who":"B"},{"own":"2 of A","who":"B"}]"#);
    let exited = run.events().into_iter().find(|event| event.detail("name") == Some(&json!("B")) && event.id == 5);
    let exited = exited.unwrap();
    assert_eq!(exited.detail("assignedVariables"), Some(&json!({ "before": "\"A\"", "who": "\"B\"" })));
    assert_eq!(exited.detail("output"), Some(&json!("\"A\"")));
}

#[test]
fn a_variable_that_nobody_set_is_an_error() {
    let definition =
        json!({ "StartAt": "A", "States": { "A": { "Type": "Pass", "InputPath": "$gone", "End": true } } });
    assert_eq!(Run::start(&definition, "{}").error(), "States.Runtime");
}

#[test]
fn variables_have_a_size() {
    let large = "x".repeat(PAYLOAD_BYTES_MAX / 2);
    let assign = |names: &[&str]| {
        let names: serde_json::Map<_, _> = names.iter().map(|name| (format!("{name}.$"), json!("$"))).collect();
        json!({ "StartAt": "A", "States": { "A": { "Type": "Pass", "Assign": names, "End": true } } })
    };
    let input = json!(large).to_string();
    assert_eq!(Run::start(&assign(&["a"]), &input).error(), "");
    assert_eq!(Run::start(&assign(&["a", "b"]), &input).error(), "States.DataLimitExceeded");
}

#[test]
fn jsonata_shapes_what_a_task_gets_and_gives() {
    let mut definition = task(json!({
        "Arguments": { "n": "{% $states.input.n + 1 %}" },
        "Assign": { "got": "{% $states.result.m %}" },
        "Output": { "in": "{% $states.input %}", "out": "{% $states.result %}" },
        "Next": "Last",
    }));
    definition["QueryLanguage"] = json!("JSONata");
    definition["States"]["T"].as_object_mut().unwrap().remove("End");
    definition["States"]["Last"] = json!({ "Type": "Succeed", "Output": "{% [$got, $states.input.out.m] %}" });
    let mut run = Run::start(&definition, r#"{"n":1}"#);
    assert_eq!(run.task("T").input.text(), r#"{"n":2}"#);
    run.succeed("T", r#"{"m":3}"#);
    assert_eq!(run.output(), "[3,3]");
}

#[test]
fn jsonata_chooses_iterates_and_waits() {
    let definition = json!({ "QueryLanguage": "JSONata", "StartAt": "C", "States": {
        "C": { "Type": "Choice", "Default": "F", "Assign": { "by": "default" }, "Choices": [
            { "Condition": "{% $states.input.n > 5 %}", "Next": "F" },
            { "Condition": "{% $states.input.n > 1 %}", "Next": "M", "Assign": { "by": "rule" },
                "Output": { "all": "{% [1..$states.input.n] %}" } },
        ] },
        "M": { "Type": "Map", "Items": "{% $states.input.all %}", "MaxConcurrency": "{% 1 %}", "Next": "W",
            "ItemSelector": { "v": "{% $states.context.Map.Item.Value * 10 %}", "by": "{% $by %}" },
            "ItemProcessor": { "StartAt": "I", "States": { "I": { "Type": "Pass", "End": true } } } },
        "W": { "Type": "Wait", "Seconds": "{% $count($states.input) %}", "End": true },
        "F": { "Type": "Fail", "Error": "{% 'E' & $states.input.n %}", "Cause": "{% $by %}" },
    } });
    let mut run = Run::start(&definition, r#"{"n":2}"#);
    run.pass(2);
    assert_eq!(run.output(), r#"[{"v":10,"by":"rule"},{"v":20,"by":"rule"}]"#);
    let failed = Run::start(&definition, r#"{"n":0}"#);
    let ended = failed.execution.ended().unwrap();
    assert_eq!((ended.error.as_deref(), ended.cause.as_deref()), (Some("E0"), Some("default")));
}

#[test]
fn what_cannot_be_evaluated_has_an_event_and_can_be_caught() {
    let definition = json!({ "QueryLanguage": "JSONata", "StartAt": "P", "States": {
        "P": { "Type": "Parallel", "Arguments": "{% $states.input.gone %}", "Branches": [
                { "StartAt": "B", "States": { "B": { "Type": "Succeed" } } }],
            "Catch": [{ "ErrorEquals": ["States.QueryEvaluationError"], "Next": "Q",
                "Assign": { "error": "{% $states.errorOutput.Error %}" }, "Output": "{% $states.input %}" }],
            "End": true },
        "Q": { "Type": "Pass", "Output": "{% $error & $gone %}", "Next": "R" },
        "R": { "Type": "Pass", "Output": "{% $error + 1 %}", "End": true },
    } });
    check(
        &definition,
        r#"{"a":1}"#,
        expect![[r#"
        0s 1 <- 0 ExecutionStarted input={"a":1}
        0s 2 <- 0 ParallelStateEntered name=P input={"a":1}
        0s 3 <- 0 EvaluationFailed error=States.QueryEvaluationError cause=An error occurred while executing the state 'P' (entered at the event id #2). The JSONata expression '$states.input.gone' specified for the field 'Arguments' returned nothing (undefined).
        0s 4 <- 3 ParallelStateFailed
        0s 5 <- 4 ParallelStateExited name=P output={"a":1}
        0s 6 <- 5 PassStateEntered name=Q input={"a":1}
        0s 7 <- 6 PassStateExited name=Q output="States.QueryEvaluationError"
        0s 8 <- 7 PassStateEntered name=R input="States.QueryEvaluationError"
        0s 9 <- 7 EvaluationFailed error=States.QueryEvaluationError cause=An error occurred while executing the state 'R' (entered at the event id #8). The JSONata expression '$error + 1' specified for the field 'Output' threw an error during evaluation. T2001: The left side of the "+" operator must evaluate to a number
        0s 10 <- 9 ExecutionFailed error=States.QueryEvaluationError cause=An error occurred while executing the state 'R' (entered at the event id #8). The JSONata expression '$error + 1' specified for the field 'Output' threw an error during evaluation. T2001: The left side of the "+" operator must evaluate to a number
    "#]],
    );
}

#[test]
fn a_catcher_without_output_hands_on_the_error() {
    let mut definition = task(json!({
        "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "C" }],
    }));
    definition["QueryLanguage"] = json!("JSONata");
    definition["States"]["C"] = json!({ "Type": "Pass", "End": true });
    let mut run = Run::start(&definition, "{}");
    run.fail("T", "E", "c");
    assert_eq!(run.output(), r#"{"Error":"E","Cause":"c"}"#);
}
