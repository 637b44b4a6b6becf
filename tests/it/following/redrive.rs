//! `redrive`: what goes on, what cannot, and following it.

use expect_test::expect;
use serde_json::json;

use super::played::{BEGAN, Played, arn, event, machine};
use crate::harness::Iw102;
use crate::player::{Answer, Player};

fn refused() -> Answer {
    Answer::aws_error(400, "ExecutionNotRedrivable", "Execution is not redrivable")
}

fn described(status: &str) -> Answer {
    Answer::json(&json!({
        "executionArn": arn("one"), "stateMachineArn": machine(), "name": "one", "status": status, "startDate": BEGAN,
        "stopDate": BEGAN, "redriveStatus": "NOT_REDRIVABLE", "redriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
    }))
}

#[test]
fn a_redriven_execution_is_told_as_a_started_one() {
    let aws = Player::http();
    aws.play("RedriveExecution", [Answer::dropped(), Answer::json(&json!({"redriveDate": BEGAN}))]);
    let iw102 = Iw102::new().on_aws(&aws);
    let ran = iw102.run(["redrive", &arn("one")]);
    assert_eq!((ran.stdout, ran.stderr.as_str(), ran.code), (arn("one") + "\n", "redriven\n", Some(0)));
    let tokens: Vec<_> =
        aws.asked("RedriveExecution").iter().map(|asked| asked.json()["clientToken"].clone()).collect();
    assert!(
        tokens.len() == 2 && tokens[0] == tokens[1] && tokens[0].is_string(),
        "a second call is the same: {tokens:?}"
    );
}

#[test]
fn what_cannot_be_redriven_says_why_and_what_helps() {
    let aws = Player::http();
    aws.play("RedriveExecution", [refused()]);
    aws.play("DescribeExecution", [described("SUCCEEDED")]);
    Iw102::new().on_aws(&aws).run(["redrive", &arn("one")]).check(expect![[r#"
        --- stderr
        error: the execution cannot be redriven: it SUCCEEDED
        hint:  only what failed, timed out or was aborted in the last 14 days can be redriven, and no Express execution
        hint:  start another one with its input: iw102 status arn:aws:states:eu-west-1:000000000000:execution:M:one -q input -o json | iw102 start M --data -
        --- exit 16
    "#]]);
    aws.play("DescribeExecution", [described("FAILED")]);
    let ran = Iw102::new().on_aws(&aws).run(["redrive", &arn("one")]);
    assert!(ran.stderr.contains(" days ago, and 14 are the most\n") && ran.code == Some(16), "{}", ran.snapshot());
}

#[test]
fn what_is_followed_after_a_redrive_is_what_came_after_it() {
    let aws = Player::http();
    let failed = json!({"error": "E", "cause": "first"});
    let before = vec![
        event(0, "ExecutionStarted", json!({"input": "{}"})),
        event(0, "PassStateEntered", json!({"name": "Before"})),
        event(0, "PassStateExited", json!({"name": "Before"})),
        event(0, "TaskStateEntered", json!({"name": "Pay"})),
        event(0, "TaskScheduled", json!({"resource": "invoke"})),
        event(0, "TaskFailed", failed.clone()),
        event(0, "ExecutionFailed", failed),
    ];
    let after = [
        event(1_000, "ExecutionRedriven", json!({"redriveCount": 1})),
        event(1_000, "TaskScheduled", json!({"resource": "invoke"})),
        event(1_200, "TaskSucceeded", json!({})),
        event(1_200, "TaskStateExited", json!({"name": "Pay"})),
        event(1_200, "ExecutionSucceeded", json!({"output": "2"})),
    ];
    Played::new([before, after.to_vec()].concat()).on(&aws);
    aws.play("RedriveExecution", [Answer::json(&json!({"redriveDate": BEGAN + 1.0}))]);
    let ran = Iw102::new().on_aws(&aws).run(["redrive", &arn("one"), "--follow"]);
    assert_eq!((ran.stdout.as_str(), ran.code), ("2\n", Some(0)), "{}", ran.snapshot());
    assert!(ran.stderr.starts_with("↻ redriven\n✓ Pay  "), "what was before is not told: {}", ran.stderr);
    assert_eq!(aws.asked("DescribeExecution").len(), 1, "the old end is none");
}

#[test]
fn a_server_without_it_is_named_as_the_reason() {
    let aws = Player::http();
    aws.play("RedriveExecution", [Answer::aws_error(400, "UnknownOperationException", "not known")]);
    let ran = Iw102::new().on_aws(&aws).run(["redrive", &arn("one")]);
    assert!(ran.stderr.starts_with("error: this server has no redrive: "), "{}", ran.snapshot());
    assert_eq!(ran.code, Some(16));
}
