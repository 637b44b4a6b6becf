//! `wait --for`, `--any` and several executions, here and on AWS.

use expect_test::expect;
use serde_json::json;

use super::played::{Played, arn, event, one_state};
use crate::harness::Iw102;
use crate::player::Player;

/// Asks, and waits for an answer; then naps.
const ASKS: &str = r#"{"StartAt": "Hello", "States": {
    "Hello": {"Type": "Pass", "Next": "Ask"},
    "Ask": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": {"FunctionName": "f", "Payload": {"token.$": "$$.Task.Token"}}, "Next": "Nap"},
    "Nap": {"Type": "Wait", "Seconds": 0, "End": true}
}}"#;

fn asks() -> Iw102 {
    let iw102 = Iw102::new();
    iw102.write("asks.asl.json", ASKS);
    iw102
}

fn words<'a>(words: &[&'a str]) -> Vec<&'a str> {
    [words, &["--local", "-c", "asks.asl.json", "--function", "f=cat"]].concat()
}

#[test]
fn a_token_and_a_state_are_waited_for() {
    let iw102 = asks();
    let run = |command: &[&str]| iw102.run(words(command));
    assert_eq!(run(&["start", "--name", "one"]).code, Some(0));
    let ran = run(&["wait", "one", "--for", "waiting", "--no-progress"]);
    assert_eq!(
        (ran.stdout.as_str(), ran.stderr.as_str(), ran.code),
        ("", "one waits for its task token in Ask\n", Some(0))
    );
    let ran = run(&["wait", "one", "--for", "waiting=Ask", "-o", "json", "-q", "[status, waiting]"]);
    assert_eq!(ran.stdout, "[\n  \"RUNNING\",\n  [\n    \"Ask\"\n  ]\n]\n", "{}", ran.snapshot());
    assert_eq!(run(&["wait", "one", "--for", "state=Ask", "-o", "name"]).stdout, "one\n");
    assert_eq!(run(&["wait", "one", "--for", "state=Hello", "--no-progress"]).stderr, "one was in Hello\n");
    let ran = run(&["wait", "one", "--for", "state=Nap", "--timeout", "100ms"]);
    assert_eq!(ran.code, Some(124), "{}", ran.snapshot());
    assert!(
        ran.stderr.contains("hint:  iw102 wait one --local --file asks.asl.json --for state=Nap\n"),
        "{}",
        ran.stderr
    );
    assert_eq!(run(&["wait", "one", "--for", "state=Ask", "--expect-state", "Nap"]).code, Some(2));
    assert_eq!(run(&["stop", "one"]).code, Some(0));
    run(&["wait", "one", "--for", "waiting=Ask", "--no-progress"]).check(expect![[r#"
        --- stderr
        ABORTED  [TOOK]  final state Ask
        error: the execution one ended ABORTED: no task token waits in Ask
        hint:  iw102 history one --local --file asks.asl.json
        --- exit 6
    "#]]);
    let ran = run(&["wait", "one", "--for", "state=Nap"]);
    assert!(ran.stderr.contains("ended ABORTED: it never was in Nap\n") && ran.code == Some(6), "{}", ran.snapshot());
    assert_eq!(run(&["wait", "one", "--for", "state=Ask"]).code, Some(0), "it was there");
}

#[test]
fn a_state_that_the_machine_does_not_have_is_not_waited_for() {
    let iw102 = asks();
    assert_eq!(iw102.run(words(&["start", "--name", "one"])).code, Some(0));
    let ran = iw102.run(words(&["wait", "one", "--for", "state=Asks"]));
    assert_eq!(ran.code, Some(2), "{}", ran.snapshot());
    assert!(ran.stderr.contains("did you mean Ask?"), "{}", ran.stderr);
}

#[test]
fn of_several_the_first_that_is_so_is_enough() {
    let iw102 = asks();
    let run = |command: &[&str]| iw102.run(words(command));
    for name in ["one", "two", "three"] {
        assert_eq!(run(&["start", "--name", name]).code, Some(0));
    }
    assert_eq!(run(&["stop", "two"]).code, Some(0));
    let ran = run(&["wait", "one", "two", "--any", "--for", "done", "-o", "name"]);
    assert_eq!((ran.stdout.as_str(), ran.code), ("two\n", Some(0)), "{}", ran.snapshot());
    let ran = run(&["wait", "two", "three", "--any", "--timeout", "200ms"]);
    assert_eq!(ran.code, Some(124), "two ended, but not well: {}", ran.snapshot());
    let ran = run(&["wait", "two", "--any"]);
    assert_eq!(ran.code, Some(5), "none can be so any more: {}", ran.snapshot());
}

#[test]
fn several_are_looked_at_in_turns() {
    let aws = Player::http();
    Played::new(one_state(500)).on(&aws);
    let iw102 = Iw102::new().on_aws(&aws);
    let (one, two) = (arn("one"), arn("two"));
    let ran = iw102.run(["wait", &one, &two]);
    assert_eq!((ran.stdout.as_str(), ran.code), ("{\"a\":1}\n{\"a\":1}\n", Some(0)), "{}", ran.snapshot());
    assert!(ran.stderr.contains("one: ✓ Nap  ") && ran.stderr.contains("two: ✓ Nap  "), "{}", ran.stderr);
    let looks = aws.asked("GetExecutionHistory");
    assert_eq!(looks[0].json()["executionArn"], one.as_str());
    assert_eq!(looks[1].json()["executionArn"], two.as_str());
    assert!(looks.len() <= 16, "{}", looks.len());
}

#[test]
fn a_token_is_waited_for_on_aws() {
    let aws = Player::http();
    Played::new(vec![
        event(0, "ExecutionStarted", json!({"input": "{}"})),
        event(0, "TaskStateEntered", json!({"name": "Ask"})),
        event(0, "TaskScheduled", json!({"resource": "invoke.waitForTaskToken", "resourceType": "lambda"})),
        event(0, "TaskStarted", json!({})),
        event(200, "TaskSubmitted", json!({})),
    ])
    .on(&aws);
    let ran = Iw102::new().on_aws(&aws).run(["wait", &arn("one"), "--for", "waiting"]);
    assert_eq!((ran.stdout.as_str(), ran.code), ("", Some(0)), "{}", ran.snapshot());
    assert!(ran.stderr.ends_with("one waits for its task token in Ask\n"), "{}", ran.stderr);
    assert!(aws.asked("DescribeExecution").is_empty(), "nobody asked for the object");
}
