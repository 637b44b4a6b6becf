//! What `wait` says when it gives up: one command that goes on with all that is open.

use expect_test::expect;
use serde_json::json;

use crate::harness::Iw102;
use crate::player::{Answer, Player};

const EXECUTION: &str = "arn:aws:states:eu-west-1:123456789012:execution:m";

/// An account in which the execution `done` has ended, and all others run.
fn account() -> Player {
    let aws = Player::http();
    aws.compute("GetExecutionHistory", |request| {
        let mut events = vec![json!({ "id": 1, "previousEventId": 0, "type": "ExecutionStarted", "timestamp": 1.6e9,
            "executionStartedEventDetails": { "input": "{}" } })];
        if request.json()["executionArn"].as_str().unwrap().ends_with(":done") {
            events.insert(
                0,
                json!({ "id": 2, "previousEventId": 1, "type": "ExecutionSucceeded", "timestamp": 1.6e9,
                "executionSucceededEventDetails": { "output": "{}" } }),
            );
        }
        Answer::json(&json!({ "events": events }))
    });
    aws.compute("DescribeExecution", |request| {
        Answer::json(&json!({ "executionArn": request.json()["executionArn"], "name": "done", "status": "SUCCEEDED",
            "stateMachineArn": "arn:aws:states:eu-west-1:123456789012:stateMachine:m", "startDate": 1.6e9,
            "stopDate": 1.6e9, "output": "{}" }))
    });
    aws
}

#[test]
fn who_gives_up_on_several_is_told_one_command_for_all_that_are_open() {
    let aws = account();
    let iw102 = Iw102::new().on_aws(&aws);
    let [done, one, two] = ["done", "one", "two"].map(|name| format!("{EXECUTION}:{name}"));
    let hints = |words: &[&str]| {
        let ran = iw102.run([&["wait"], words, &["--timeout", "2s"]].concat());
        assert_eq!(ran.code, Some(124), "{}", ran.snapshot());
        let at = ran.stderr.find("error: ").unwrap();
        ran.stderr[at..].to_owned()
    };
    expect![[r#"
        error: --timeout is over; the executions are not stopped
        hint:  iw102 wait arn:aws:states:eu-west-1:123456789012:execution:m:one arn:aws:states:eu-west-1:123456789012:execution:m:two --all --for done
    "#]]
    .assert_eq(&hints(&[&done, &one, &two, "--all", "--for", "done"]));
    expect![[r#"
        error: --timeout is over; the executions are not stopped
        hint:  iw102 wait arn:aws:states:eu-west-1:123456789012:execution:m:one arn:aws:states:eu-west-1:123456789012:execution:m:two --any --for state=Next
    "#]]
    .assert_eq(&hints(&[&one, &two, "--any", "--for", "state=Next"]));
    expect![[r#"
        error: --timeout is over; the execution is not stopped
        hint:  iw102 wait arn:aws:states:eu-west-1:123456789012:execution:m:two
        hint:  iw102 status arn:aws:states:eu-west-1:123456789012:execution:m:two
    "#]]
    .assert_eq(&hints(&[&done, &two]));
}
