//! What the commands ask of AWS, and when: no call that is not needed, none that waits for another without a reason.

use std::time::Duration;

use expect_test::expect;
use serde_json::{Value, json};

use crate::harness::Iw102;
use crate::player::{Answer, Player};

const MACHINE: &str = "arn:aws:states:eu-west-1:123456789012:stateMachine:hello";
const EXECUTION: &str = "arn:aws:states:eu-west-1:123456789012:execution:hello:order-17";
/// How long an answer takes that another one must not wait for.
const DELAY: Duration = Duration::from_millis(400);

fn succeeded() -> Value {
    json!({
        "executionArn": EXECUTION, "stateMachineArn": MACHINE, "name": "order-17", "status": "SUCCEEDED",
        "startDate": 1_763_850_000.0, "stopDate": 1_763_850_001.0, "input": "{}", "output": "{}",
    })
}

/// The history of an execution of one state, as far as its first `count` events.
fn history(count: usize) -> Value {
    let events = [
        json!({ "id": 1, "type": "ExecutionStarted", "executionStartedEventDetails": { "input": "{}" } }),
        json!({ "id": 2, "type": "PassStateEntered", "stateEnteredEventDetails": { "name": "Greet", "input": "{}" } }),
        json!({ "id": 3, "type": "PassStateExited", "stateExitedEventDetails": { "name": "Greet", "output": "{}" } }),
        json!({ "id": 4, "type": "ExecutionSucceeded", "executionSucceededEventDetails": { "output": "{}" } }),
    ];
    let events = events.into_iter().take(count).map(|mut event| {
        event["timestamp"] = json!(1_763_850_000.0);
        event["previousEventId"] = json!(event["id"].as_u64().unwrap() - 1);
        event
    });
    json!({ "events": events.collect::<Vec<_>>() })
}

/// The operations that were asked for, in their order.
fn operations(player: &Player) -> Vec<String> {
    let target = |target: &str| target.rsplit('.').next().unwrap().to_owned();
    player.requests().iter().map(|request| request.header("x-amz-target").map(target).unwrap()).collect()
}

#[test]
fn a_start_by_its_arn_is_one_call() {
    let aws = Player::https();
    aws.play("StartExecution", [Answer::json(&json!({ "executionArn": EXECUTION, "startDate": 1_763_850_000.0 }))]);
    Iw102::new().on_aws(&aws).run(["start", MACHINE]).check(expect![[r#"
        arn:aws:states:eu-west-1:123456789012:execution:hello:order-17
        --- stderr
        created
        --- exit 0
    "#]]);
    assert_eq!(operations(&aws), ["StartExecution"]);
}

#[test]
fn a_status_asks_for_the_description_and_the_history_at_the_same_time() {
    let aws = Player::https();
    aws.play("DescribeExecution", [Answer::json(&succeeded()).after(DELAY)]);
    aws.play("GetExecutionHistory", [Answer::json(&history(4)).after(DELAY)]);
    let status = Iw102::new().on_aws(&aws).run(["status", EXECUTION]);
    assert!(status.stdout.contains("Final      Greet"), "{}", status.snapshot());
    let asked = aws.requests();
    assert_eq!(asked.len(), 2);
    let between = asked[0].at.max(asked[1].at) - asked[0].at.min(asked[1].at);
    assert!(between < DELAY, "the second call waited {between:?} for the first");
}

#[test]
fn an_execution_that_ends_between_the_two_answers_is_told_to_its_end() {
    let aws = Player::https();
    aws.play("DescribeExecution", [Answer::json(&succeeded())]);
    aws.play("GetExecutionHistory", [Answer::json(&history(2)), Answer::json(&history(4))]);
    let status = Iw102::new().on_aws(&aws).run(["status", EXECUTION]);
    assert!(status.stdout.contains("Final      Greet"), "{}", status.snapshot());
    assert_eq!(aws.asked("GetExecutionHistory").len(), 2);
}

#[test]
fn a_status_that_is_refused_says_what_the_description_was_refused_for() {
    let aws = Player::https();
    aws.play(
        "DescribeExecution",
        [Answer::aws_error(400, "ExecutionDoesNotExist", "Execution Does Not Exist").after(DELAY)],
    );
    aws.play("GetExecutionHistory", [Answer::aws_error(400, "InvalidArn", "Invalid Arn")]);
    let status = Iw102::new().on_aws(&aws).run(["status", EXECUTION]);
    assert_eq!(status.code, Some(10), "{}", status.snapshot());
}
