//! Hand-made histories, shaped as AWS records them.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::*;
use crate::engine::clock::Timestamp;

/// Events from `(id, previous, type, details)`, half a second apart.
fn history(events: &[(u64, u64, &'static str, Value)]) -> Vec<HistoryEvent> {
    let event = |(id, previous, kind, details): &(u64, u64, &'static str, Value)| HistoryEvent {
        id: *id,
        previous_event_id: *previous,
        timestamp: Timestamp(i64::try_from(*id).unwrap() * 500),
        event_type: Cow::Borrowed(kind),
        details: details.as_object().map(|details: &Map<String, Value>| (Cow::Borrowed("details"), details.clone())),
    };
    events.iter().map(event).collect()
}

fn name(state: &str) -> Value {
    json!({ "name": state })
}

fn failed(error: &str) -> Value {
    json!({ "error": error, "cause": format!("why {error}") })
}

#[test]
fn an_execution_that_runs_has_no_status() {
    let events = history(&[(1, 0, "ExecutionStarted", Value::Null), (2, 0, "PassStateEntered", name("Hello"))]);
    let summary = summarize(&events);
    assert_eq!(summary.status, None);
    assert_eq!(summary.current_states, ["Hello"]);
    let json = summary.to_json();
    assert_eq!((&json["finalState"], json.get("durationSeconds")), (&Value::Null, None));
}

#[test]
fn a_timeout_that_was_caught_is_told_though_the_execution_succeeded() {
    let events = history(&[
        (1, 0, "ExecutionStarted", Value::Null),
        (2, 0, "TaskStateEntered", name("SendWait")),
        (3, 2, "TaskScheduled", json!({"resource": "invoke.waitForTaskToken"})),
        (4, 3, "TaskStarted", Value::Null),
        (5, 4, "TaskSubmitted", Value::Null),
        (6, 5, "TaskTimedOut", failed("States.Timeout")),
        (7, 6, "TaskStateExited", name("SendWait")),
        (8, 7, "SucceedStateEntered", name("TimeoutState")),
        (9, 8, "SucceedStateExited", name("TimeoutState")),
        (10, 9, "ExecutionSucceeded", Value::Null),
    ]);
    expect_test::expect![[r"
        SUCCEEDED  4.5 s  final state TimeoutState
          caught States.Timeout in SendWait, went on to TimeoutState
    "]]
    .assert_eq(&summarize(&events).render(Paint::plain()));
    let waiting = summarize(&events[..5]);
    assert_eq!(waiting.waiting, ["SendWait"]);
    assert_eq!(summarize(&events[..6]).waiting, Vec::<String>::new(), "a token whose task failed is gone");
    assert_eq!(summarize(&events[..7]).waiting, Vec::<String>::new());
}

#[test]
fn retries_are_counted_and_the_last_error_ends_it() {
    let events = history(&[
        (1, 0, "ExecutionStarted", Value::Null),
        (2, 0, "TaskStateEntered", name("Flaky")),
        (3, 2, "LambdaFunctionScheduled", Value::Null),
        (4, 3, "LambdaFunctionStarted", Value::Null),
        (5, 4, "LambdaFunctionFailed", failed("Oops")),
        (6, 5, "LambdaFunctionScheduled", Value::Null),
        (7, 6, "LambdaFunctionStarted", Value::Null),
        (8, 7, "LambdaFunctionFailed", failed("Worse")),
        (9, 8, "ExecutionFailed", failed("Worse")),
    ]);
    let summary = summarize(&events);
    assert_eq!((summary.retries, summary.caught.len()), (1, 0));
    expect_test::expect![[r"
        FAILED  4.0 s  final state Flaky
          error  Worse
          cause  why Worse
    "]]
    .assert_eq(&summary.render(Paint::plain()));
}

#[test]
fn the_final_state_is_a_state_of_the_top() {
    let events = history(&[
        (1, 0, "ExecutionStarted", Value::Null),
        (2, 0, "ParallelStateEntered", name("Both")),
        (3, 2, "ParallelStateStarted", Value::Null),
        (4, 3, "PassStateEntered", name("Left")),
        (5, 3, "PassStateEntered", name("Right")),
        (6, 4, "PassStateExited", name("Left")),
        (7, 5, "FailStateEntered", name("Right")),
        (8, 7, "ParallelStateFailed", failed("Broken")),
        (9, 8, "ParallelStateExited", name("Both")),
        (10, 9, "PassStateEntered", name("Repair")),
    ]);
    let summary = summarize(&events);
    assert_eq!(summary.current_states, ["Repair"]);
    assert_eq!(summarize(&events[..8]).current_states, ["Both"], "a branch that failed is over, and so are all others");
    assert_eq!(summarize(&events[..6]).current_states, ["Both", "Right"]);
    assert_eq!(summary.caught.len(), 1);
    assert_eq!(summary.caught[0].describe(), "Broken in Both, went on to Repair");
    let ended = history(&[(11, 10, "PassStateExited", name("Repair")), (12, 11, "ExecutionSucceeded", Value::Null)]);
    let summary = summarize(&[events, ended].concat());
    assert_eq!((summary.final_state.as_deref(), summary.current_states.len()), (Some("Repair"), 0));
}

/// Two visits of one state, as two items of a Map make them: one waits, the other is tried again.
#[test]
fn a_retry_of_one_item_forgets_no_token_of_another() {
    let token = || json!({"resource": "invoke.waitForTaskToken"});
    let events = history(&[
        (1, 0, "ExecutionStarted", Value::Null),
        (2, 0, "MapStateEntered", name("Each")),
        (3, 2, "MapStateStarted", json!({"length": 2})),
        (4, 3, "MapIterationStarted", json!({"name": "Each", "index": 0})),
        (5, 4, "TaskStateEntered", name("Ask")),
        (6, 5, "TaskScheduled", token()),
        (7, 6, "TaskSubmitted", Value::Null),
        (8, 3, "MapIterationStarted", json!({"name": "Each", "index": 1})),
        (9, 8, "TaskStateEntered", name("Ask")),
        (10, 9, "TaskScheduled", token()),
        (11, 10, "TaskFailed", failed("Oops")),
        (12, 11, "TaskScheduled", token()),
    ]);
    let summary = summarize(&events);
    assert_eq!((summary.waiting, summary.retries), (vec!["Ask".to_owned()], 1));
}

#[test]
fn a_catch_went_to_the_state_that_follows_it_and_not_to_one_of_another_branch() {
    let events = history(&[
        (1, 0, "ExecutionStarted", Value::Null),
        (2, 0, "ParallelStateEntered", name("Both")),
        (3, 2, "ParallelStateStarted", Value::Null),
        (4, 3, "TaskStateEntered", name("Left")),
        (5, 3, "PassStateEntered", name("Right")),
        (6, 4, "TaskFailed", failed("Oops")),
        (7, 6, "TaskStateExited", name("Left")),
        (8, 5, "PassStateExited", name("Right")),
        (9, 8, "PassStateEntered", name("RightAgain")),
        (10, 7, "PassStateEntered", name("Repair")),
    ]);
    assert_eq!(summarize(&events).caught[0].describe(), "Oops in Left, went on to Repair");
}

#[test]
fn what_steers_a_terminal_is_not_printed() {
    let error = ErrorSeen { error: "\u{1b}[2JE".into(), cause: "\u{7}".into() };
    let caught = vec![Caught { state: "\u{1b}A".into(), error: error.clone(), next: Some("\u{1b}B".into()) }];
    let summary = Summary { final_state: Some("\u{1b}]C".into()), caught, error, ..Summary::default() };
    assert!(!summary.render(Paint::plain()).contains(|letter: char| letter.is_control() && letter != '\n'));
}

#[test]
fn a_cause_is_told_without_its_wrapping() {
    for (cause, told) in [
        (r#"{"errorMessage":"no stock","errorType":"E","trace":["a"]}"#, "no stock"),
        (r#"{"errorMessage":"E: no stock"}"#, "no stock"),
        (r#"{"other":1}"#, r#"{"other":1}"#),
        ("E: plain", "E: plain"),
        ("", ""),
    ] {
        let error = ErrorSeen { error: "E".into(), cause: cause.into() };
        assert_eq!(error.told_cause(), told);
    }
}

#[test]
fn a_map_passes_on_the_error_of_its_item() {
    let events = history(&[
        (1, 0, "ExecutionStarted", Value::Null),
        (2, 0, "MapStateEntered", name("Each")),
        (3, 2, "MapStateStarted", json!({"length": 1})),
        (4, 3, "MapIterationStarted", json!({"name": "Each", "index": 0})),
        (5, 4, "FailStateEntered", name("Item")),
        (6, 5, "MapIterationFailed", json!({"name": "Each", "index": 0})),
        (7, 6, "MapStateFailed", failed("Bad")),
        (8, 7, "MapStateExited", name("Each")),
        (9, 8, "PassStateEntered", name("After")),
        (10, 9, "PassStateExited", name("After")),
        (11, 10, "ExecutionSucceeded", Value::Null),
    ]);
    let summary = summarize(&events);
    assert_eq!(summary.final_state.as_deref(), Some("After"));
    assert_eq!(summary.caught[0].describe(), "Bad in Each, went on to After");
    assert_eq!(summary.error, ErrorSeen::default());
}

#[test]
fn durations_are_read_easily() {
    for (milliseconds, text) in [
        (0, "0 ms"),
        (340, "340 ms"),
        (1_250, "1.2 s"),
        (125_000, "2 min 5 s"),
        (11_040_000, "3 h 4 min"),
        (90_000_000, "1 d 1 h"),
    ] {
        assert_eq!(seconds(Duration::from_millis(milliseconds)), text);
    }
}

/// A task that failed, and what comes after the redrive.
fn redriven(after: &[(u64, u64, &'static str, Value)]) -> Vec<HistoryEvent> {
    let before = [
        (1, 0, "ExecutionStarted", Value::Null),
        (2, 0, "TaskStateEntered", name("Pay")),
        (3, 2, "TaskScheduled", json!({"resource": "invoke.waitForTaskToken"})),
        (4, 3, "TaskFailed", failed("Declined")),
        (5, 4, "ExecutionFailed", failed("Declined")),
    ];
    history(&[&before, after].concat())
}

#[test]
fn a_redriven_execution_runs_again() {
    let before = summarize(&redriven(&[]));
    assert_eq!((before.status.as_deref(), before.error.error.as_str()), (Some("FAILED"), "Declined"));
    let again = [
        (6, 5, "ExecutionRedriven", json!({"redriveCount": 1})),
        (7, 6, "TaskScheduled", json!({"resource": "invoke.waitForTaskToken"})),
        (8, 7, "TaskSubmitted", Value::Null),
        (9, 8, "TaskSucceeded", Value::Null),
        (10, 9, "TaskStateExited", name("Pay")),
        (11, 10, "ExecutionSucceeded", Value::Null),
    ];
    let runs = summarize(&redriven(&again[..3]));
    assert_eq!((runs.status, runs.error), (None, ErrorSeen::default()));
    assert_eq!((runs.current_states, runs.waiting), (vec!["Pay".to_owned()], vec!["Pay".to_owned()]));
    let ended = summarize(&redriven(&again));
    assert_eq!((ended.status.as_deref(), ended.final_state.as_deref()), (Some("SUCCEEDED"), Some("Pay")));
    assert_eq!((ended.retries, ended.caught.len()), (0, 0), "a redrive is no Retry, and no Catch");
}

#[test]
fn a_redrive_may_enter_the_state_again_and_follow_nothing() {
    let again = [
        (6, 0, "ExecutionRedriven", json!({"redriveCount": 1})),
        (7, 6, "TaskStateEntered", name("Pay")),
        (8, 7, "TaskScheduled", json!({"resource": "invoke"})),
    ];
    assert_eq!(summarize(&redriven(&again)).current_states, ["Pay"]);
    let exited = (9, 8, "TaskStateExited", name("Pay"));
    let summary = summarize(&redriven(&[&again[..], &[exited]].concat()));
    assert_eq!((summary.current_states.len(), summary.final_state), (0, None), "the first visit is over too");
}

#[test]
fn branches_go_on_after_a_redrive_as_aws_records_it() {
    let parallel = [
        (1, 0, "ExecutionStarted", Value::Null),
        (2, 0, "ParallelStateEntered", name("Both")),
        (3, 2, "ParallelStateStarted", Value::Null),
        (4, 3, "TaskStateEntered", name("Good")),
        (5, 3, "TaskStateEntered", name("Bad")),
        (6, 4, "TaskStateExited", name("Good")),
        (7, 5, "TaskScheduled", json!({"resource": "invoke"})),
        (8, 7, "TaskFailed", failed("Declined")),
        (9, 8, "ParallelStateFailed", Value::Null),
        (10, 9, "ExecutionFailed", failed("Declined")),
        (11, 10, "ExecutionRedriven", json!({"redriveCount": 1})),
        // After the entry of its state, which was before.
        (12, 5, "TaskScheduled", json!({"resource": "invoke"})),
        (13, 12, "TaskSucceeded", Value::Null),
        (14, 13, "TaskStateExited", name("Bad")),
        (15, 14, "ParallelStateSucceeded", Value::Null),
        (16, 14, "ParallelStateExited", name("Both")),
        (17, 16, "ExecutionSucceeded", Value::Null),
    ];
    let runs = summarize(&history(&parallel[..12]));
    assert_eq!(runs.current_states, ["Both", "Bad"]);
    let ended = summarize(&history(&parallel));
    assert_eq!((ended.status.as_deref(), ended.final_state.as_deref()), (Some("SUCCEEDED"), Some("Both")));
    assert_eq!((ended.redrives, ended.retries, ended.caught.len()), (1, 0, 0));
    let mut trace = crate::ui::trace::Trace::default();
    let steps: Vec<_> = history(&parallel).iter().filter_map(|event| trace.push(event)).collect();
    let left: Vec<_> = steps.iter().filter(|step| matches!(step, Step::Exited { .. })).map(Step::state).collect();
    assert_eq!(left, [Some("Good"), Some("Bad"), Some("Both")]);
}
