//! Retry and Catch.

use expect_test::expect;
use serde_json::{Value, json};

use super::{Run, task};
use crate::engine::core::Input;

fn with_states(machine: Value, states: Value) -> Value {
    let mut machine = machine;
    if let (Value::Object(into), Value::Object(states)) = (&mut machine["States"], states) {
        into.extend(states);
    }
    machine
}

#[test]
fn retries_pause_longer_each_time_and_then_give_up() {
    let retry = json!([{ "ErrorEquals": ["E"], "IntervalSeconds": 2, "BackoffRate": 3.0, "MaxAttempts": 2 }]);
    let mut run = Run::start(&task(json!({ "Retry": retry })), "{}");
    run.fail("T", "E", "1");
    run.pass(2);
    run.fail("T", "E", "2");
    run.pass(6);
    run.fail("T", "E", "3");
    expect![[r#"
        0s 1 <- 0 ExecutionStarted input={}
        0s 2 <- 0 TaskStateEntered name=T input={}
        0s 3 <- 2 LambdaFunctionScheduled resource=arn:aws:lambda:us-east-1:000000000000:function:f input={}
        0s 4 <- 3 LambdaFunctionStarted
        0s 5 <- 4 LambdaFunctionFailed error=E cause=1
        2s 6 <- 5 LambdaFunctionScheduled resource=arn:aws:lambda:us-east-1:000000000000:function:f input={}
        2s 7 <- 6 LambdaFunctionStarted
        2s 8 <- 7 LambdaFunctionFailed error=E cause=2
        8s 9 <- 8 LambdaFunctionScheduled resource=arn:aws:lambda:us-east-1:000000000000:function:f input={}
        8s 10 <- 9 LambdaFunctionStarted
        8s 11 <- 10 LambdaFunctionFailed error=E cause=3
        8s 12 <- 11 ExecutionFailed error=E cause=3
    "#]]
    .assert_eq(&run.history());
}

#[test]
fn each_retrier_counts_for_itself_and_a_new_visit_counts_anew() {
    let retry = json!([
        { "ErrorEquals": ["A"], "MaxAttempts": 1 },
        { "ErrorEquals": ["States.ALL"], "MaxAttempts": 1, "MaxDelaySeconds": 5, "IntervalSeconds": 100 },
    ]);
    let mut run = Run::start(&task(json!({ "Retry": retry })), "{}");
    run.fail("T", "A", "");
    run.pass(1);
    run.fail("T", "B", "");
    assert_eq!(run.execution.next_deadline(), Some(run.now.plus_seconds(5)), "the delay is bounded");
    run.pass(5);
    run.fail("T", "A", "");
    assert_eq!(run.error(), "A", "the first matching retrier is spent, later ones are not asked");
}

#[test]
fn an_overdue_heartbeat_is_still_a_missed_heartbeat() {
    let machine = task(json!({ "TimeoutSeconds": 300, "HeartbeatSeconds": 60, "Catch": [
        { "ErrorEquals": ["States.HeartbeatTimeout"], "Next": "Yes" },
        { "ErrorEquals": ["States.ALL"], "Next": "No" },
    ] }));
    let no = json!({ "Type": "Fail" });
    let mut run = Run::start(&with_states(machine, json!({ "Yes": { "Type": "Succeed" }, "No": no })), "{}");
    run.now = run.now.plus_seconds(1_000);
    run.handle(Input::Tick);
    assert_eq!(run.output(), r#"{"Error":"States.Timeout","Cause":""}"#);
}

#[test]
fn full_jitter_stays_within_the_delay_and_replays_the_same() {
    let retry = json!([{ "ErrorEquals": ["E"], "IntervalSeconds": 1000, "JitterStrategy": "FULL" }]);
    let deadline = || {
        let mut run = Run::start(&task(json!({ "Retry": retry.clone() })), "{}");
        run.fail("T", "E", "");
        run.execution.next_deadline().unwrap()
    };
    assert!(deadline() < super::BEGINNING.plus_seconds(1000));
    assert_eq!(deadline(), deadline());
}

#[test]
fn a_catcher_puts_the_error_into_the_input() {
    let machine = task(json!({ "Catch": [
        { "ErrorEquals": ["Other"], "Next": "No" },
        { "ErrorEquals": ["States.TaskFailed"], "ResultPath": "$.e", "Next": "Yes" },
    ] }));
    let machine = with_states(machine, json!({ "Yes": { "Type": "Succeed" }, "No": { "Type": "Succeed" } }));
    let mut run = Run::start(&machine, r#"{"a":1}"#);
    run.fail("T", "E", "because");
    assert_eq!(run.output(), r#"{"a":1,"e":{"Error":"E","Cause":"because"}}"#);
}

/// Which of a list of error names catches what a task ends with.
fn caught_by(error_equals: &str, end: impl Fn(&mut Run)) -> bool {
    let machine = task(json!({ "TimeoutSeconds": 5, "HeartbeatSeconds": 3,
        "Catch": [{ "ErrorEquals": [error_equals], "Next": "Yes" }] }));
    let mut run = Run::start(&with_states(machine, json!({ "Yes": { "Type": "Succeed" } })), "{}");
    end(&mut run);
    !run.output().is_empty()
}

#[test]
fn names_match_as_aws_matches_them() {
    let missed_heartbeat = |run: &mut Run| run.pass(3);
    let failed = |run: &mut Run| run.fail("T", "E", "");
    let runtime = |run: &mut Run| run.fail("T", "States.Runtime", "");
    assert!(caught_by("States.ALL", missed_heartbeat) && caught_by("States.ALL", failed));
    assert!(caught_by("States.Timeout", missed_heartbeat) && !caught_by("States.Timeout", failed));
    assert!(caught_by("States.HeartbeatTimeout", missed_heartbeat));
    assert!(!caught_by("States.TaskFailed", missed_heartbeat) && caught_by("States.TaskFailed", failed));
    assert!(caught_by("E", failed) && !caught_by("F", failed));
    assert!(!caught_by("States.ALL", runtime), "nobody catches States.Runtime");
}
