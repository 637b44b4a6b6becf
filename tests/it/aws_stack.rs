//! What the project's stack says of its machines: asked once, believed, and not guessed at where it cannot be asked.

use std::collections::BTreeSet;

use expect_test::expect;
use serde_json::{Value, json};

use crate::harness::{Iw102, Ran};
use crate::player::{Answer, Player, Request};

const ACCOUNT: &str = "arn:aws:states:eu-west-1:123456789012";
const PROJECT: &str = "
service: shop
provider: { name: aws, region: eu-west-1 }
stepFunctions:
  stateMachines:
    order:
      definition: {StartAt: Done, States: {Done: {Type: Succeed}}}
    refund:
      definition: {StartAt: Done, States: {Done: {Type: Succeed}}}
";

fn arn(machine: &str, end: &str) -> String {
    format!("{ACCOUNT}:stateMachine:{machine}StepFunctionsStateMachine-{end}")
}

/// An account with these machines.
fn account(machines: &[String]) -> Player {
    let aws = Player::http();
    let machine = |arn: &String| json!({ "stateMachineArn": arn, "name": arn.rsplit(':').next(), "type": "STANDARD", "creationDate": 1.5e9 });
    let machines: Vec<Value> = machines.iter().map(machine).collect();
    aws.play("ListStateMachines", [Answer::json(&json!({ "stateMachines": machines }))]);
    aws.play("ListExecutions", [Answer::json(&json!({ "executions": [] }))]);
    let execution = format!("{ACCOUNT}:execution:M:one");
    aws.play("StartExecution", [Answer::json(&json!({ "executionArn": execution, "startDate": 1.5e9 }))]);
    aws
}

fn run(aws: &Player, words: &[&str]) -> Ran {
    let iw102 = Iw102::new().on_aws(aws).with("AWS_MAX_ATTEMPTS", "1");
    iw102.write("serverless.yml", PROJECT);
    iw102.run(words)
}

fn refusal(status: u16, code: &str) -> Answer {
    let text =
        format!("<ErrorResponse><Error><Code>{code}</Code><Message>their words</Message></Error></ErrorResponse>");
    Answer::xml(status, &text)
}

#[test]
fn the_stack_is_asked_once_for_all_machines() {
    let machines = [arn("Order", "a"), arn("Order", "b"), arn("Refund", "c")];
    let aws = account(&machines);
    let outputs = [
        ("OrderStepFunctionsStateMachineArn", machines[1].as_str()),
        ("RefundStepFunctionsStateMachineArn", machines[2].as_str()),
    ];
    aws.play("DescribeStacks", [Answer::stack("shop-dev", &outputs)]);
    let ran = run(&aws, &["list"]);
    assert_eq!((ran.code, aws.asked("DescribeStacks").len()), (Some(0), 1), "{}", ran.snapshot());
    let arn = |one: &Request| one.json()["stateMachineArn"].as_str().unwrap_or_default().to_owned();
    // They are asked at the same time.
    let asked: BTreeSet<String> = aws.asked("ListExecutions").iter().map(arn).collect();
    assert_eq!(asked, BTreeSet::from([machines[1].clone(), machines[2].clone()]));
}

#[test]
fn a_stack_that_does_not_answer_is_no_leave_to_take_what_is_there() {
    for (answer, code) in
        [(refusal(400, "Throttling"), 13), (refusal(403, "ExpiredToken"), 11), (Answer::dropped(), 20)]
    {
        // The only one of the name, or one of two: neither is taken.
        for machines in [&[arn("Order", "a")][..], &[arn("Order", "a"), arn("Order", "b")]] {
            let aws = account(machines);
            aws.play("DescribeStacks", [answer.clone()]);
            let ran = run(&aws, &["start", "order"]);
            assert_eq!((ran.code, aws.asked("StartExecution").len()), (Some(code), 0), "{}", ran.snapshot());
            assert!(
                ran.stderr.starts_with("error: the stack shop-dev does not say what it deployed: "),
                "{}",
                ran.stderr
            );
            assert!(
                ran.stderr.contains("hint:  a machine's whole name, or its ARN, is understood without the stack\n")
            );
        }
    }
    let aws = account(&[arn("Order", "a")]);
    let ran = run(&aws, &["start", "OrderStepFunctionsStateMachine-a"]);
    assert_eq!(ran.code, Some(0), "{}", ran.snapshot());
}

#[test]
fn who_may_not_ask_and_what_has_no_stacks_go_by_the_name() {
    for answer in [refusal(403, "AccessDenied"), Answer::text(501, "no such service"), refusal(400, "InvalidAction")] {
        let aws = account(&[arn("Order", "a")]);
        aws.play("DescribeStacks", [answer]);
        run(&aws, &["start", "order", "-q", "name"]).check(expect![[r#"
            [UUID]
            --- stderr
            warning: OrderStepFunctionsStateMachine-a is taken for this stage's: the stack shop-dev does not tell it
            created
            --- exit 0
        "#]]);
    }
}

#[test]
fn what_is_taken_by_its_name_is_told_once_for_each_deployment() {
    let (first, second) = (account(&[arn("Order", "a")]), account(&[arn("Order", "b")]));
    let iw102 = Iw102::new().on_aws(&first);
    iw102.write("serverless.yml", PROJECT);
    let warnings = |aws: &Player, words: &[&str]| {
        aws.play("DescribeStacks", [refusal(403, "AccessDenied")]);
        let ran = iw102.run(words);
        assert_eq!(ran.code, Some(0), "{}", ran.snapshot());
        ran.stderr.matches("is taken for this stage's").count()
    };
    assert_eq!(warnings(&first, &["start", "order"]), 1);
    assert_eq!((warnings(&first, &["start", "order"]), warnings(&first, &["list"])), (0, 0));
    // Made anew.
    let machine = json!({ "stateMachineArn": arn("Order", "b"), "name": "OrderStepFunctionsStateMachine-b",
        "type": "STANDARD", "creationDate": 1.5e9 });
    first.play("ListStateMachines", [Answer::json(&json!({ "stateMachines": [machine] }))]);
    assert_eq!(warnings(&first, &["list"]), 1);
    // Elsewhere it is another one.
    assert_eq!(warnings(&second, &["list", "--endpoint-url", &second.url]), 1);
}

#[test]
fn an_emulators_machines_are_not_looked_for_at_aws() {
    let aws = account(&[arn("Order", "a")]);
    let iw102 = Iw102::new().on_aws_at("").without("AWS_ENDPOINT_URL").with("AWS_ENDPOINT_URL_SFN", &aws.url);
    // Whoever goes there goes to nobody.
    let iw102 = iw102.with("HTTPS_PROXY", "http://127.0.0.1:9");
    iw102.write("serverless.yml", PROJECT);
    let ran = iw102.run(["start", "order"]);
    assert_eq!(ran.code, Some(0), "{}", ran.snapshot());
    assert!(ran.stderr.contains("is taken for this stage's"), "{}", ran.stderr);
}
