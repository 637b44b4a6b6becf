//! Executions that are followed on AWS: how soon an end is seen and with how few calls, and what is survived meanwhile.

mod histories;
mod played;
mod redrive;
mod troubles;
mod waits;

use std::time::Duration;

use serde_json::json;

use crate::harness::Iw102;
use crate::player::{Answer, Player};
use played::{Played, event, machine, one_state};

#[test]
fn a_machine_of_one_second_is_seen_ended_at_once_and_with_few_calls() {
    let aws = Player::https();
    Played::new(one_state(1_000)).on(&aws);
    let iw102 = Iw102::new().on_aws(&aws);
    let ran = iw102.run(["invoke", &machine(), "--name", "one"]);
    assert_eq!((ran.stdout.as_str(), ran.code), ("{\"a\":1}\n", Some(0)), "{}", ran.snapshot());
    assert!(ran.stderr.starts_with("✓ Nap  1.0 s\nSUCCEEDED  1.0 s"), "{}", ran.stderr);
    let (start, looks) = (&aws.asked("StartExecution")[0], aws.asked("GetExecutionHistory"));
    let described = aws.asked("DescribeExecution").last().unwrap().at;
    let seen = described.duration_since(start.at);
    // How soon after that, `benches/compare.py` measures: a machine that is busy may take its time.
    assert!(seen >= Duration::from_secs(1), "{seen:?}");
    assert!((2..=13).contains(&looks.len()), "{}", looks.len());
    let first = looks[0].at.duration_since(start.at);
    assert!(first >= Duration::from_millis(50), "nothing has happened yet: {first:?}");
    assert!(looks.iter().all(|look| look.json()["maxResults"] == 20), "each look is a small one");
}

#[test]
fn a_description_that_lags_is_waited_for() {
    let aws = Player::http();
    Played::new(one_state(100)).lagging(Duration::from_millis(400)).on(&aws);
    let ran = Iw102::new().on_aws(&aws).run(["invoke", &machine(), "-o", "json", "-q", "[status, output]"]);
    assert_eq!((ran.stdout.as_str(), ran.code), ("[\n  \"SUCCEEDED\",\n  {\n    \"a\": 1\n  }\n]\n", Some(0)));
    let described = aws.asked("DescribeExecution").len();
    assert!((3..=5).contains(&described), "{described}");
}

#[test]
fn a_history_that_was_redriven_does_not_end_at_its_first_end() {
    let aws = Player::http();
    let failed = json!({"error": "E", "cause": "first"});
    Played::new(vec![
        event(0, "ExecutionStarted", json!({"input": "{}"})),
        event(0, "TaskStateEntered", json!({"name": "Pay"})),
        event(0, "TaskScheduled", json!({"resource": "invoke"})),
        event(0, "TaskFailed", failed.clone()),
        event(0, "ExecutionFailed", failed),
        event(0, "ExecutionRedriven", json!({"redriveCount": 1})),
        event(0, "TaskScheduled", json!({"resource": "invoke"})),
        event(300, "TaskSucceeded", json!({})),
        event(300, "TaskStateExited", json!({"name": "Pay"})),
        event(300, "ExecutionSucceeded", json!({"output": "2"})),
    ])
    .on(&aws);
    let ran = Iw102::new().on_aws(&aws).run(["wait", &played::arn("one")]);
    assert_eq!((ran.stdout.as_str(), ran.code), ("2\n", Some(0)), "{}", ran.snapshot());
    assert!(ran.stderr.contains("↻ redriven\n✓ Pay  "), "{}", ran.stderr);
    assert!(ran.stderr.contains("final state Pay\n") && !ran.stderr.contains("error"), "{}", ran.stderr);
}

#[test]
fn an_execution_that_fails_while_its_description_lags_is_told_as_failed() {
    let aws = Player::http();
    let events = vec![
        event(0, "ExecutionStarted", json!({"input": "{}"})),
        event(0, "FailStateEntered", json!({"name": "Refuse"})),
        event(0, "ExecutionFailed", json!({"error": "Refused", "cause": "no"})),
    ];
    Played::new(events).lagging(Duration::from_millis(150)).on(&aws);
    let ran = Iw102::new().on_aws(&aws).run(["invoke", &machine()]);
    assert_eq!(ran.code, Some(3), "{}", ran.snapshot());
    assert!(ran.stderr.contains("  error  Refused\n  cause  no\nhint:  iw102 history arn:"), "{}", ran.stderr);
}

#[test]
fn an_answer_that_never_tells_why_is_not_waited_for() {
    let aws = Player::http();
    let aborted = json!({"error": "Changed", "cause": "my mind"});
    let events = vec![event(0, "ExecutionStarted", json!({"input": "{}"})), event(0, "ExecutionAborted", aborted)];
    Played::new(events).on(&aws);
    aws.play(
        "DescribeExecution",
        [Answer::json(&json!({
            "executionArn": played::arn("one"), "stateMachineArn": machine(), "name": "one", "status": "ABORTED",
            "startDate": 1.5e9, "stopDate": 1.5e9, "input": "{}",
        }))],
    );
    let ran = Iw102::new().on_aws(&aws).run(["wait", &played::arn("one")]);
    assert_eq!((ran.code, aws.asked("DescribeExecution").len()), (Some(5), 1), "{}", ran.snapshot());
    assert!(ran.stderr.contains("  error  Changed\n  cause  my mind\n"), "{}", ran.stderr);
}
