//! Calls to AWS whose answers are lost, though they may have been done: what is sent again, and what is said of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use expect_test::expect;
use serde_json::{Value, json};

use crate::harness::Iw102;
use crate::player::{Answer, Player};

const MACHINE: &str = "arn:aws:states:eu-west-1:123456789012:stateMachine:M";
const EXECUTION: &str = "arn:aws:states:eu-west-1:123456789012:execution:M:one";
const TASK_TOKEN: &str = "AQCEAAAAKgAAAAMAAAAAAAAAAXtheneverseentokenofatask0123456789ABCDEFGHIJ==";
const DEFINITION: &str = r#"{"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "End": true,
    "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
    "Parameters": {"FunctionName": "f", "Payload": {"token.$": "$$.Task.Token"}}}}}"#;

/// What AWS says, or does not say, of a call that it may have done.
fn lost() -> [Answer; 2] {
    [Answer::aws_error(500, "InternalServerError", "try again"), Answer::dropped()]
}

fn machine(kind: &str) -> Answer {
    Answer::json(&json!({
        "stateMachineArn": MACHINE, "name": "M", "type": kind, "definition": DEFINITION, "roleArn": "arn:role",
        "creationDate": 1.6e9,
    }))
}

fn started() -> Answer {
    Answer::json(&json!({ "executionArn": EXECUTION, "startDate": 1.6e9 }))
}

fn described(input: &str) -> Answer {
    Answer::json(&json!({
        "executionArn": EXECUTION, "stateMachineArn": MACHINE, "name": "one", "status": "SUCCEEDED", "startDate": 1.6e9,
        "stopDate": 1.6e9, "input": input,
    }))
}

fn not_there() -> Answer {
    Answer::aws_error(400, "ExecutionDoesNotExist", "Execution Does Not Exist")
}

#[test]
fn a_start_that_may_have_started_an_express_execution_is_not_sent_again() {
    for lost in lost() {
        let denied = Answer::aws_error(400, "AccessDeniedException", "not authorized");
        for kind in [machine("EXPRESS"), denied] {
            let aws = Player::http();
            aws.play("StartExecution", [lost.clone(), started()]);
            aws.play("DescribeStateMachine", [kind]);
            let ran = Iw102::new().on_aws(&aws).run(["start", MACHINE]);
            assert_eq!((ran.code != Some(0), aws.asked("StartExecution").len()), (true, 1), "{}", ran.snapshot());
            assert!(
                ran.stderr.contains("hint:  it may have started all the same: iw102 status arn:"),
                "{}",
                ran.stderr
            );
            assert!(!ran.stderr.contains("try again in a moment"), "{}", ran.stderr);
        }
    }
}

#[test]
fn a_start_of_a_standard_machine_is_sent_again_with_its_name() {
    for lost in lost() {
        let aws = Player::http();
        aws.play("StartExecution", [lost, started()]);
        aws.play("DescribeStateMachine", [machine("STANDARD")]);
        let ran = Iw102::new().on_aws(&aws).run(["start", MACHINE]);
        assert_eq!((ran.stdout.trim_end(), ran.code), (EXECUTION, Some(0)), "{}", ran.snapshot());
        let names: Vec<_> = aws.asked("StartExecution").iter().map(|sent| sent.json()["name"].clone()).collect();
        assert!(names.len() == 2 && names[0] == names[1] && names[0].is_string(), "{names:?}");
    }
}

#[test]
fn what_was_surely_not_done_is_sent_again_to_every_machine() {
    for (words, operation) in [("start", "StartExecution"), ("invoke", "StartSyncExecution")] {
        let aws = Player::http();
        let ended = json!({
            "executionArn": EXECUTION, "startDate": 1.6e9, "stopDate": 1.6e9, "status": "SUCCEEDED", "output": "{}",
        });
        aws.play(operation, [Answer::aws_error(400, "ThrottlingException", "Rate exceeded"), Answer::json(&ended)]);
        aws.play("DescribeStateMachine", [machine("EXPRESS")]);
        let ran = Iw102::new().on_aws(&aws).run([words, MACHINE]);
        assert_eq!((ran.code, aws.asked(operation).len()), (Some(0), 2), "{}", ran.snapshot());
    }
}

#[test]
fn a_chosen_name_that_a_lost_start_of_ours_has_taken_is_ours() {
    let taken = || Answer::aws_error(400, "ExecutionAlreadyExists", "Execution Already Exists");
    let [failed, _] = lost();
    for (answers, before, input, code) in [
        (vec![failed.clone(), taken()], not_there(), "{ \"a\": \"1\" }", 0),
        (vec![failed.clone(), taken()], not_there(), "{}", 16),
        (vec![failed, taken()], described("{\"a\":\"1\"}"), "{\"a\":\"1\"}", 16),
        (vec![taken()], not_there(), "{\"a\":\"1\"}", 16),
    ] {
        let aws = Player::http();
        aws.play("StartExecution", answers);
        aws.play("DescribeStateMachine", [machine("STANDARD")]);
        aws.play("DescribeExecution", [before, described(input)]);
        let ran = Iw102::new().on_aws(&aws).run(["start", MACHINE, "--name", "one", "a=1"]);
        assert_eq!(ran.code, Some(code), "{}", ran.snapshot());
    }
}

/// Plays a task whose token is gone when it is answered for the second time; its end is in the history from the third look on.
fn answered(end: Option<Value>) -> Player {
    let aws = Player::http();
    let gone = Answer::aws_error(400, "TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'");
    for operation in ["SendTaskSuccess", "SendTaskFailure"] {
        aws.play(operation, [lost()[0].clone(), gone.clone()]);
    }
    aws.play("DescribeStateMachineForExecution", [machine("STANDARD")]);
    let looks = Arc::new(AtomicUsize::new(0));
    aws.compute("GetExecutionHistory", move |_| {
        let parameters = json!({ "FunctionName": "f", "Payload": { "token": TASK_TOKEN } }).to_string();
        let event = |id: u64, kind: &str| json!({ "id": id, "previousEventId": id - 1, "type": kind, "timestamp": 1.6e9 });
        let mut events = vec![
            event(1, "ExecutionStarted"),
            event(2, "TaskStateEntered"),
            event(3, "TaskScheduled"),
            event(4, "TaskStarted"),
            event(5, "TaskSubmitted"),
        ];
        events[1]["stateEnteredEventDetails"] = json!({ "name": "Ask", "input": "{}" });
        events[2]["taskScheduledEventDetails"] = json!({
            "resourceType": "lambda", "resource": "invoke.waitForTaskToken", "region": "eu-west-1", "parameters": parameters,
        });
        let is_late = looks.fetch_add(1, Ordering::Relaxed) < 2;
        events.extend(end.clone().filter(|_| !is_late));
        events.reverse();
        Answer::json(&json!({ "events": events }))
    });
    aws
}

fn task_ended(kind: &str, details: &str, members: Value) -> Value {
    let mut event = json!({ "id": 6, "previousEventId": 5, "type": kind, "timestamp": 1.6e9 });
    event[details] = members;
    event
}

fn succeed(end: Option<Value>, words: &[&str]) -> crate::harness::Ran {
    let aws = answered(end);
    let ran = Iw102::new().on_aws(&aws).with_secret("T", TASK_TOKEN).run(words);
    let sent = aws.asked("SendTaskSuccess").len() + aws.asked("SendTaskFailure").len();
    assert_eq!(sent, 2, "{}", ran.snapshot());
    ran
}

#[test]
fn an_answer_whose_reply_was_lost_is_found_in_the_history() {
    let place = format!("{EXECUTION}/Ask");
    let output = json!({ "resourceType": "lambda", "resource": "invoke.waitForTaskToken", "output": "{\"a\": \"1\"}" });
    let succeeded = task_ended("TaskSucceeded", "taskSucceededEventDetails", output);
    let ran = succeed(Some(succeeded.clone()), &["succeed", &place, "a=1"]);
    assert_eq!((ran.stderr.as_str(), ran.code), ("sent: Ask of one succeeded\n", Some(0)), "{}", ran.snapshot());
    let failure =
        json!({ "resourceType": "lambda", "resource": "invoke.waitForTaskToken", "error": "E", "cause": "c" });
    let failed = task_ended("TaskFailed", "taskFailedEventDetails", failure);
    let ran = succeed(Some(failed.clone()), &["fail", &place, "--error", "E", "--cause", "c"]);
    assert_eq!((ran.stderr.as_str(), ran.code), ("sent: Ask of one failed with E\n", Some(0)), "{}", ran.snapshot());
    for (end, words) in [(&succeeded, ["succeed", &place, "a=2"]), (&failed, ["succeed", &place, "a=1"])] {
        let ran = succeed(Some(end.clone()), &words);
        assert!(ran.code == Some(14) && ran.stderr.contains("was already answered"), "another's: {}", ran.snapshot());
    }
}

#[test]
fn an_answer_that_nothing_tells_of_was_probably_delivered() {
    let place = format!("{EXECUTION}/Ask");
    let mut said = String::new();
    for words in [&["succeed", &place, "a=1"][..], &["fail", "--token", "env:T", "--error", "E"]] {
        said += &succeed(None, words).snapshot();
    }
    expect![[r#"
        --- stderr
        error: the answer was probably delivered: the reply to it was lost, and then the token was gone
        hint:  to see what became of it: iw102 history arn:aws:states:eu-west-1:123456789012:execution:M:one
        --- exit 14
        --- stderr
        error: the answer was probably delivered: the reply to it was lost, and then the token was gone
        hint:  to see what became of it: iw102 list
        --- exit 14
    "#]]
    .assert_eq(&said);
}
