//! What a redrive does, by the kind of the state in which the execution ended. Order, ids and what is not entered again are
//! as recorded on AWS.

use expect_test::expect;
use serde_json::{Value, json};

use super::{ACTIVITY, FUNCTION, Run, task};
use crate::engine::api::ExecutionStatus;
use crate::engine::core::Input;

/// What a redrive added to the history.
fn added(run: &Run) -> String {
    let history = run.history();
    let lines: Vec<&str> = history.lines().collect();
    let from = lines.iter().rposition(|line| line.contains(" ExecutionRedriven")).expect("it was redriven");
    lines[from..].join("\n") + "\n"
}

#[test]
fn a_task_is_scheduled_again_after_its_states_entry() {
    let mut run = Run::start(&task(json!({})), "{}");
    run.fail(FUNCTION, "E", "because");
    assert_eq!(run.error(), "E");
    run.pass(5);
    run.redrive();
    run.succeed(FUNCTION, "1");
    expect![[r#"
        0s 1 <- 0 ExecutionStarted input={}
        0s 2 <- 0 TaskStateEntered name=T input={}
        0s 3 <- 2 LambdaFunctionScheduled resource=arn:aws:lambda:us-east-1:000000000000:function:f input={}
        0s 4 <- 3 LambdaFunctionStarted
        0s 5 <- 4 LambdaFunctionFailed error=E cause=because
        0s 6 <- 5 ExecutionFailed error=E cause=because
        5s 7 <- 6 ExecutionRedriven
        5s 8 <- 2 LambdaFunctionScheduled resource=arn:aws:lambda:us-east-1:000000000000:function:f input={}
        5s 9 <- 8 LambdaFunctionStarted
        5s 10 <- 9 LambdaFunctionSucceeded output=1
        5s 11 <- 10 TaskStateExited name=T output=1
        5s 12 <- 11 ExecutionSucceeded output=1
    "#]]
    .assert_eq(&run.history());
}

#[test]
fn what_was_stopped_or_took_too_long_goes_on_too() {
    let mut run = Run::start(&task(json!({ "Resource": ACTIVITY, "TimeoutSeconds": 100 })), "{}");
    let first = run.task("T").id.event;
    run.handle(Input::Stop { error: Some("S".into()), cause: None });
    run.redrive();
    let second = run.task("T").id.event;
    assert!(first != second && !run.execution.awaits(first), "the old token is of no use");
    run.succeed("T", "1");
    assert_eq!(run.output(), "1");

    let mut machine = task(json!({}));
    machine["TimeoutSeconds"] = json!(10);
    let mut run = Run::start(&machine, "{}");
    run.pass(30);
    assert_eq!(run.execution.ended().unwrap().status, ExecutionStatus::TimedOut);
    run.redrive();
    assert!(run.execution.ended().is_none());
    run.pass(9);
    assert!(run.execution.ended().is_none(), "the machine's timeout begins anew");
    run.pass(1);
    expect![[r#"
        30s 6 <- 5 ExecutionRedriven
        30s 7 <- 2 LambdaFunctionScheduled resource=arn:aws:lambda:us-east-1:000000000000:function:f input={}
        30s 8 <- 7 LambdaFunctionStarted
        40s 9 <- 0 ExecutionTimedOut error=States.Timeout
    "#]]
    .assert_eq(&added(&run));
}

#[test]
fn retries_are_counted_from_the_start_and_the_context_tells_of_the_redrive() {
    let parameters = json!({ "count.$": "$$.State.RetryCount", "entered.$": "$$.State.EnteredTime",
        "execution.$": "$$.Execution" });
    let retry = json!([{ "ErrorEquals": ["E"], "IntervalSeconds": 1, "MaxAttempts": 1 }]);
    let mut run = Run::start(&task(json!({ "Retry": retry, "Parameters": parameters })), "{}");
    let seen = |run: &Run| {
        let input = run.task("T").input.value().clone();
        let execution = &input["execution"];
        assert_eq!(input["entered"], "2026-01-01T00:00:00.000Z");
        assert_eq!(execution["StartTime"], "2026-01-01T00:00:00.000Z");
        (input["count"].clone(), execution["RedriveCount"].clone(), execution["RedriveTime"].clone())
    };
    for (redrive, at) in [(0, Value::Null), (1, json!("2026-01-01T00:00:01.000Z"))] {
        assert_eq!(seen(&run), (json!(0), json!(redrive), at.clone()));
        run.fail("T", "E", "");
        run.pass(1);
        assert_eq!(seen(&run), (json!(1), json!(redrive), at));
        run.fail("T", "E", "");
        assert!(run.execution.ended().is_some());
        run.redrive();
    }
}

#[test]
fn a_token_is_known_again_for_a_while() {
    let mut run = Run::start(&task(json!({})), "{}");
    let mut ask = |token: &str| {
        run.fail("T", "E", "");
        run.handle(Input::Redrive { token: Some(token.into()) });
        run.pass(60);
    };
    ask("a");
    ask("b");
    let (first, now) = (super::BEGINNING, run.now);
    assert_eq!(run.execution.redriven_with("a", now), Some(first));
    assert_eq!(run.execution.redriven_with("b", now), Some(first.plus_seconds(60)));
    assert_eq!(run.execution.redriven_with("c", now), None);
    assert_eq!(run.execution.redriven_with("a", first.plus_seconds(899)), Some(first));
    assert_eq!(run.execution.redriven_with("a", first.plus_seconds(900)), None);
    for number in 0..9 {
        run.fail("T", "E", "");
        run.handle(Input::Redrive { token: Some(number.to_string().into()) });
    }
    assert_eq!(run.execution.redriven_with("a", now), None, "the last ten are known");
    assert!(run.execution.redriven_with("b", now).is_some());
}

#[test]
fn a_fail_state_fails_again_and_is_not_entered() {
    let fail = json!({ "StartAt": "F", "States": { "F": { "Type": "Fail", "Error": "E", "Cause": "because" } } });
    let mut run = Run::start(&fail, "{}");
    run.redrive();
    expect![[r#"
        0s 4 <- 3 ExecutionRedriven
        0s 5 <- 4 ExecutionFailed error=E cause=because
    "#]]
    .assert_eq(&added(&run));
    assert_eq!(run.ended, 2);
}

#[test]
fn a_choice_is_made_again() {
    let choice = json!({ "Type": "Choice", "Choices": [{ "Variable": "$.a", "NumericEquals": 1, "Next": "D" }] });
    let machine = json!({ "StartAt": "C", "States": { "C": choice, "D": { "Type": "Succeed" } } });
    let mut run = Run::start(&machine, r#"{"a":2}"#);
    run.redrive();
    let history = added(&run);
    assert!(history.contains("ExecutionFailed error=States.Runtime"), "{history}");
    assert!(!history.contains("Entered"), "{history}");
}

#[test]
fn a_wait_of_seconds_begins_anew_and_a_time_that_is_past_is_over() {
    let wait = |fields: Value| {
        let mut state = json!({ "Type": "Wait", "End": true });
        state.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        json!({ "StartAt": "W", "States": { "W": state } })
    };
    let mut run = Run::start(&wait(json!({ "Seconds": 10 })), "{}");
    run.pass(4);
    run.handle(Input::Stop { error: None, cause: None });
    run.pass(30);
    run.redrive();
    run.pass(20);
    expect![[r#"
        34s 4 <- 3 ExecutionRedriven
        44s 5 <- 2 WaitStateExited name=W output={}
        44s 6 <- 5 ExecutionSucceeded output={}
    "#]]
    .assert_eq(&added(&run));
    let mut run = Run::start(&wait(json!({ "Timestamp": "2026-01-01T00:00:10Z" })), "{}");
    run.handle(Input::Stop { error: None, cause: None });
    run.pass(30);
    run.redrive();
    assert_eq!(run.output(), "{}");
}

#[test]
fn what_succeeded_or_goes_on_is_not_redriven() {
    let mut run = Run::start(&task(json!({})), "{}");
    run.redrive();
    assert_eq!(run.execution.redrive_count(), 0);
    run.succeed("T", "1");
    run.redrive();
    assert_eq!((run.execution.redrive_count(), run.output()), (0, "1"));
}

fn branch(name: &str) -> Value {
    json!({ "StartAt": name, "States": { name: { "Type": "Task", "Resource": FUNCTION, "End": true } } })
}

#[test]
fn of_a_parallel_only_what_did_not_succeed_is_done_again() {
    let machine = json!({ "StartAt": "P", "States": { "P": { "Type": "Parallel",
        "Branches": [branch("Good"), branch("Bad"), branch("Slow")], "End": true } } });
    let mut run = Run::start(&machine, "{}");
    run.succeed("Good", "1");
    run.fail("Bad", "E", "because");
    assert_eq!(run.error(), "E");
    run.redrive();
    assert_eq!(run.tasks.len(), 2);
    run.succeed("Slow", "3");
    run.succeed("Bad", "2");
    expect![[r#"
        0s 19 <- 18 ExecutionRedriven
        0s 20 <- 5 LambdaFunctionScheduled resource=arn:aws:lambda:us-east-1:000000000000:function:f input={}
        0s 21 <- 20 LambdaFunctionStarted
        0s 22 <- 6 LambdaFunctionScheduled resource=arn:aws:lambda:us-east-1:000000000000:function:f input={}
        0s 23 <- 22 LambdaFunctionStarted
        0s 24 <- 23 LambdaFunctionSucceeded output=3
        0s 25 <- 24 TaskStateExited name=Slow output=3
        0s 26 <- 21 LambdaFunctionSucceeded output=2
        0s 27 <- 26 TaskStateExited name=Bad output=2
        0s 28 <- 27 ParallelStateSucceeded
        0s 29 <- 27 ParallelStateExited name=P output=[1,2,3]
        0s 30 <- 29 ExecutionSucceeded output=[1,2,3]
    "#]]
    .assert_eq(&added(&run));
}

fn each(concurrency: u64) -> Value {
    json!({ "Type": "Map", "MaxConcurrency": concurrency, "ItemProcessor": branch("One"), "End": true })
}

#[test]
fn of_a_map_what_failed_is_done_again_and_what_was_not_begun_begins() {
    let machine = json!({ "StartAt": "M", "States": { "M": each(1) } });
    let mut run = Run::start(&machine, "[1,2,3]");
    run.succeed("One", "10");
    run.fail("One", "E", "because");
    run.redrive();
    assert_eq!(run.task("One").input.text(), "2");
    run.succeed("One", "20");
    run.succeed("One", "30");
    assert_eq!(run.output(), "[10,20,30]");
    let history = added(&run);
    let indexes: Vec<&str> = history.lines().filter(|line| line.contains("MapIterationStarted")).collect();
    assert_eq!(indexes.len(), 1, "{history}");
    assert!(indexes[0].contains("index=2"), "{history}");
    assert_eq!(history.matches("MapStateStarted").count(), 0, "{history}");
}

#[test]
fn branches_within_iterations_come_back_where_they_were() {
    let parallel = json!({ "Type": "Parallel", "Branches": [branch("A"), branch("B")], "End": true });
    let processor = json!({ "StartAt": "P", "States": { "P": parallel } });
    let map = json!({ "Type": "Map", "ItemProcessor": processor, "End": true });
    let mut run = Run::start(&json!({ "StartAt": "M", "States": { "M": map } }), "[1,2]");
    run.succeed("A", "11");
    run.fail("B", "E", "");
    assert_eq!(run.error(), "E");
    for _ in 0..2 {
        run.redrive();
        assert_eq!(run.tasks.len(), 3, "one of the four has its result");
        run.handle(Input::Stop { error: None, cause: None });
    }
    run.redrive();
    run.succeed("B", "12");
    run.succeed("A", "21");
    run.succeed("B", "22");
    assert_eq!(run.output(), "[[11,12],[21,22]]");
}

#[test]
fn variables_are_what_they_were() {
    let pass = json!({ "Type": "Pass", "Assign": { "a": 7 }, "Next": "T" });
    let work = json!({ "Type": "Task", "Resource": FUNCTION, "Parameters": { "a.$": "$a" }, "End": true });
    let mut run = Run::start(&json!({ "StartAt": "P", "States": { "P": pass, "T": work } }), "{}");
    run.fail("T", "E", "");
    run.redrive();
    assert_eq!(run.task("T").input.text(), r#"{"a":7}"#);
}

#[test]
fn outputs_that_are_too_large_together_are_made_again() {
    let machine = json!({ "StartAt": "P", "States": { "P": { "Type": "Parallel",
        "Branches": [branch("A"), branch("B")], "End": true } } });
    let mut run = Run::start(&machine, "{}");
    let large = format!("{:?}", "x".repeat(200_000));
    run.succeed("A", &large);
    run.succeed("B", &large);
    assert_eq!(run.error(), "States.DataLimitExceeded");
    run.redrive();
    run.succeed("A", "1");
    run.succeed("B", "2");
    assert_eq!(run.output(), "[1,2]");
}

#[test]
fn a_pause_before_a_retry_is_not_kept() {
    let retry = json!([{ "ErrorEquals": ["E"], "IntervalSeconds": 60, "MaxAttempts": 1 }]);
    let mut run = Run::start(&task(json!({ "Retry": retry })), "{}");
    run.fail("T", "E", "");
    run.handle(Input::Stop { error: None, cause: None });
    run.redrive();
    run.fail("T", "E", "");
    assert!(run.execution.ended().is_none(), "the one retry is there again");
}

/// A distributed Map over `$`.
fn spread(fields: &Value) -> Value {
    let processor = json!({ "ProcessorConfig": { "Mode": "DISTRIBUTED" }, "StartAt": "A",
        "States": { "A": { "Type": "Pass", "End": true } } });
    let mut state =
        json!({ "Type": "Map", "Label": "L", "MaxConcurrency": 2, "ItemProcessor": processor, "End": true });
    state.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    json!({ "StartAt": "M", "States": { "M": state } })
}

fn counts(run: &mut Run) -> Value {
    run.execution.take_map_runs().pop().map_or(Value::Null, |run| run.items.to_json())
}

#[test]
fn a_map_run_is_redriven_with_the_children_that_did_not_succeed() {
    let mut run = Run::start(&spread(&json!({})), "[1,2,3,4]");
    run.end_child(ExecutionStatus::Succeeded);
    run.end_child(ExecutionStatus::Failed);
    assert_eq!((run.error(), run.children.len()), ("States.ExceedToleratedFailureThreshold", 0));
    run.redrive();
    let asked: Vec<(u32, String)> =
        run.children.iter().map(|child| (child.child_of.index, child.input.text().to_owned())).collect();
    assert_eq!(asked, [(1, "2".to_owned()), (2, "3".to_owned())]);
    let shown = counts(&mut run);
    assert_eq!((&shown["running"], &shown["succeeded"], &shown["pending"]), (&json!(2), &json!(1), &json!(1)));
    for _ in 0..3 {
        run.end_child(ExecutionStatus::Succeeded);
    }
    assert_eq!(run.output(), "[1,2,3,4]");
    expect![[r#"
        0s 8 <- 7 ExecutionRedriven
        0s 9 <- 3 MapRunRedriven
        0s 10 <- 9 MapRunSucceeded
        0s 11 <- 10 MapStateSucceeded
        0s 12 <- 10 MapStateExited name=M output=[1,2,3,4]
        0s 13 <- 12 ExecutionSucceeded output=[1,2,3,4]
    "#]]
    .assert_eq(&added(&run));
}

#[test]
fn children_wait_for_their_redrive_when_there_is_no_room() {
    let mut run = Run::start(&spread(&json!({ "MaxConcurrency": 3 })), "[1,2,3]");
    run.handle(Input::Stop { error: None, cause: None });
    let event = run.events().iter().find(|event| event.event_type == "MapRunStarted").unwrap().id;
    run.redrive();
    let tolerance = crate::engine::map_run::Tolerance { max_concurrency: 1, failures: Some(9), percentage: None };
    assert_eq!(run.children.len(), 3);
    run.handle(Input::UpdateMapRun { event, tolerance });
    run.handle(Input::Stop { error: None, cause: None });
    run.redrive();
    assert_eq!((run.children.len(), run.pending.len()), (1, 2));
    assert_eq!(counts(&mut run)["pendingRedrive"], 2);
    // One that cannot be redriven stays failed, and counts as that.
    let child = run.children.remove(0);
    run.handle(Input::ChildKept { event, index: child.child_of.index });
    let shown = counts(&mut run);
    assert_eq!(
        (&shown["failuresNotRedrivable"], &shown["aborted"], &shown["total"]),
        (&json!(1), &json!(1), &json!(3))
    );
    run.handle(Input::Stop { error: None, cause: None });
    assert!(run.pending.is_empty(), "nobody waits for a run that is over");
    assert_eq!(counts(&mut run)["pendingRedrive"], 0);
    run.redrive();
    run.end_child(ExecutionStatus::Succeeded);
    run.end_child(ExecutionStatus::Succeeded);
    assert_eq!(run.output(), "[2,3]");
}

#[test]
fn items_of_which_nothing_was_begun_are_read_again() {
    let reader = json!({ "Resource": "arn:aws:states:::s3:getObject", "Parameters": {} });
    let machine = spread(&json!({ "ItemReader": reader }));
    let mut run = Run::start(&machine, "{}");
    run.fail("M", "States.ItemReaderFailed", "no");
    run.redrive();
    let asked = run.task("M").id;
    run.handle(Input::Stop { error: None, cause: None });
    run.redrive();
    assert_ne!(run.task("M").id, asked, "an answer to the first one is none to the second");
    run.succeed("M", "[5]");
    run.end_child(ExecutionStatus::Failed);
    run.redrive();
    assert!(run.tasks.is_empty(), "what was read is kept");
    run.end_child(ExecutionStatus::Succeeded);
    assert_eq!(run.output(), "[5]");
    assert_eq!(run.history().matches("MapRunRedriven").count(), 3);
}

#[test]
fn results_of_a_redrive_have_a_place_of_their_own() {
    let writer = json!({ "Resource": "arn:aws:states:::s3:putObject", "Parameters": {} });
    let mut run = Run::start(&spread(&json!({ "ResultWriter": writer })), "[1]");
    run.end_child(ExecutionStatus::Succeeded);
    let place = |run: &Run| run.task("M").input.value()["Id"].as_str().unwrap().to_owned();
    let first = place(&run);
    run.fail("M", "States.ResultWriterFailed", "no");
    run.redrive();
    assert!(run.children.is_empty(), "what succeeded is not done again");
    assert_eq!(place(&run), format!("{first}/Redrive-1"));
}

#[test]
fn a_run_that_could_not_work_on_its_data_is_another_one() {
    let machine = spread(&json!({ "ItemSelector": { "a.$": "$.missing" } }));
    let mut run = Run::start(&machine, "[1]");
    assert!(run.execution.ended().is_some());
    run.redrive();
    let history = added(&run);
    assert!(history.contains("MapRunStarted") && !history.contains("MapRunRedriven"), "{history}");
}
