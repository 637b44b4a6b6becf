//! States that decide by themselves: Pass, Choice, Wait, Succeed, Fail.

use expect_test::expect;
use serde_json::json;

use super::{Run, check};
use crate::engine::api::ExecutionStatus;
use crate::engine::core::Input;
use crate::engine::core::limits::HISTORY_EVENTS_MAX;

#[test]
fn pass_hands_on_the_text_that_it_was_given() {
    let definition = json!({ "StartAt": "A", "States": {
        "A": { "Type": "Pass", "Next": "B" },
        "B": { "Type": "Pass", "Result": { "b": 1 }, "ResultPath": "$.r", "End": true },
    } });
    check(
        &definition,
        r#"{ "a" : 1 }"#,
        expect![[r#"
            0s 1 <- 0 ExecutionStarted input={ "a" : 1 }
            0s 2 <- 0 PassStateEntered name=A input={ "a" : 1 }
            0s 3 <- 2 PassStateExited name=A output={ "a" : 1 }
            0s 4 <- 3 PassStateEntered name=B input={ "a" : 1 }
            0s 5 <- 4 PassStateExited name=B output={"a":1,"r":{"b":1}}
            0s 6 <- 5 ExecutionSucceeded output={"a":1,"r":{"b":1}}
        "#]],
    );
}

#[test]
fn choice_goes_where_a_rule_points_or_fails() {
    let definition = json!({ "StartAt": "C", "States": {
        "C": { "Type": "Choice", "Choices": [{ "Variable": "$.n", "NumericEquals": 1, "Next": "One" }] },
        "One": { "Type": "Succeed" },
    } });
    check(
        &definition,
        r#"{"n":1}"#,
        expect![[r#"
            0s 1 <- 0 ExecutionStarted input={"n":1}
            0s 2 <- 0 ChoiceStateEntered name=C input={"n":1}
            0s 3 <- 2 ChoiceStateExited name=C output={"n":1}
            0s 4 <- 3 SucceedStateEntered name=One input={"n":1}
            0s 5 <- 4 SucceedStateExited name=One output={"n":1}
            0s 6 <- 5 ExecutionSucceeded output={"n":1}
        "#]],
    );
    assert_eq!(Run::start(&definition, r#"{"n":2}"#).error(), "States.Runtime");
}

#[test]
fn wait_ends_when_its_time_has_come_and_not_before() {
    let definition = json!({ "StartAt": "W", "States": { "W": { "Type": "Wait", "Seconds": 3, "End": true } } });
    let mut run = Run::start(&definition, "{}");
    run.now = run.now.plus_seconds(2);
    run.handle(Input::Tick);
    assert_eq!(run.execution.ended(), None);
    run.pass(1);
    expect![[r#"
        0s 1 <- 0 ExecutionStarted input={}
        0s 2 <- 0 WaitStateEntered name=W input={}
        3s 3 <- 2 WaitStateExited name=W output={}
        3s 4 <- 3 ExecutionSucceeded output={}
    "#]]
    .assert_eq(&run.history());
}

#[test]
fn fail_ends_with_what_it_says_and_is_not_exited() {
    let state = json!({ "Type": "Fail", "Error": "E", "Cause": "because" });
    check(
        &json!({ "StartAt": "F", "States": { "F": state } }),
        "{}",
        expect![[r#"
            0s 1 <- 0 ExecutionStarted input={}
            0s 2 <- 0 FailStateEntered name=F input={}
            0s 3 <- 2 ExecutionFailed error=E cause=because
        "#]],
    );
}

#[test]
fn a_fault_names_its_state_and_event() {
    let state = json!({ "Type": "Pass", "Parameters": { "x.$": "$.gone" }, "End": true });
    let run = Run::start(&json!({ "StartAt": "P", "States": { "P": state } }), "{}");
    let cause = run.execution.ended().unwrap().cause.clone().unwrap();
    let sentence = "An error occurred while executing the state 'P' (entered at the event id #2). ";
    assert!(cause.starts_with(sentence), "{cause}");
}

#[test]
fn the_machines_own_timeout_ends_it() {
    let definition = json!({ "StartAt": "W", "TimeoutSeconds": 5, "States": {
        "W": { "Type": "Wait", "Seconds": 9, "End": true } } });
    let mut run = Run::start(&definition, "{}");
    run.pass(9);
    assert_eq!(run.execution.ended().unwrap().status, ExecutionStatus::TimedOut);
    assert_eq!(run.execution.ended().unwrap().at, super::BEGINNING.plus_seconds(5));
    assert_eq!(run.error(), "", "DescribeExecution tells the status alone");
    assert!(run.history().contains("ExecutionTimedOut error=States.Timeout"), "{}", run.history());
}

#[test]
fn no_execution_outlives_a_year() {
    let definition =
        json!({ "StartAt": "W", "States": { "W": { "Type": "Wait", "Seconds": 99_999_999, "End": true } } });
    let mut run = Run::start(&definition, "{}");
    run.pass(99_999_999);
    let ended = run.execution.ended().unwrap();
    assert_eq!((ended.status, ended.at), (ExecutionStatus::TimedOut, super::BEGINNING.plus_seconds(31_536_000)));
}

#[test]
fn stop_ends_with_what_the_caller_said() {
    let definition = json!({ "StartAt": "W", "States": { "W": { "Type": "Wait", "Seconds": 9, "End": true } } });
    let mut run = Run::start(&definition, "{}");
    run.handle(Input::Stop { error: Some("E".into()), cause: None });
    expect![[r#"
        0s 1 <- 0 ExecutionStarted input={}
        0s 2 <- 0 WaitStateEntered name=W input={}
        0s 3 <- 0 ExecutionAborted error=E
    "#]]
    .assert_eq(&run.history());
    assert_eq!((run.execution.next_deadline(), run.ended), (None, 1));
}

#[test]
fn a_definition_that_loops_ends_with_its_25000th_event() {
    let definition = json!({ "StartAt": "A", "States": { "A": { "Type": "Pass", "Next": "B" },
        "B": { "Type": "Pass", "Next": "C" }, "C": { "Type": "Choice",
        "Choices": [{ "Variable": "$.on", "BooleanEquals": true, "Next": "A" }], "Default": "D" },
        "D": { "Type": "Succeed" } } });
    let run = Run::start(&definition, r#"{"on":true}"#);
    let events = run.events();
    assert_eq!(events.len() as u64, HISTORY_EVENTS_MAX);
    assert_eq!(events.last().unwrap().event_type, "ExecutionFailed");
    assert_eq!(run.error(), "States.Runtime");
}

#[test]
fn an_output_that_is_too_large_fails_the_state() {
    let text = "x".repeat(200_000);
    let state = json!({ "Type": "Pass", "Parameters": { "a.$": "$", "b.$": "$" }, "End": true });
    let run = Run::start(&json!({ "StartAt": "P", "States": { "P": state } }), &format!("\"{text}\""));
    assert_eq!(run.error(), "States.DataLimitExceeded");
}

#[test]
fn the_context_object_is_what_the_state_is_in() {
    let parameters = json!({ "e.$": "$$.Execution.Name", "i.$": "$$.Execution.Input.k", "s.$": "$$.State.Name",
        "m.$": "$$.StateMachine.Name", "t.$": "$$.Execution.StartTime" });
    let state = json!({ "Type": "Pass", "Parameters": parameters, "End": true });
    let run = Run::start(&json!({ "StartAt": "P", "States": { "P": state } }), r#"{"k":"v"}"#);
    assert_eq!(run.output(), r#"{"s":"P","t":"2026-01-01T00:00:00.000Z","e":"e","i":"v","m":"M"}"#);
}
