//! On AWS, as a script plays it: how few calls a command makes, and what it says to what AWS refuses or never answers.

use std::time::Duration;

use expect_test::expect;
use serde_json::{Value, json};

use crate::harness::{ACCESS_KEY_ID, Iw102, REGION};
use crate::player::{Answer, Player};

const MACHINE: &str = "arn:aws:states:eu-west-1:123456789012:stateMachine:OrderStepFunctionsStateMachine-Kq3VtYw8ZbNd";
const EXECUTION: &str =
    "arn:aws:states:eu-west-1:123456789012:execution:OrderStepFunctionsStateMachine-Kq3VtYw8ZbNd:one";
const PROJECT: &str = "
service: shop
provider: { name: aws, region: eu-west-1 }
stepFunctions:
  stateMachines:
    order:
      definition: {StartAt: Hold, States: {Hold: {Type: Wait, Seconds: 3600, End: true}}}
";

fn machines() -> Answer {
    let name = MACHINE.rsplit(':').next();
    let machine = json!({ "stateMachineArn": MACHINE, "name": name, "type": "STANDARD", "creationDate": 1.5e9 });
    Answer::json(&json!({ "stateMachines": [machine] }))
}

/// What DescribeStateMachine says of the machine: that a start may be sent again.
fn machine() -> Answer {
    Answer::json(&json!({
        "stateMachineArn": MACHINE, "name": "M", "type": "STANDARD", "definition": "{}", "roleArn": "arn:role",
        "creationDate": 1.5e9,
    }))
}

fn started() -> Answer {
    Answer::json(&json!({ "executionArn": EXECUTION, "startDate": 1.5e9 }))
}

fn described() -> Value {
    json!({ "executionArn": EXECUTION, "stateMachineArn": MACHINE, "name": "one", "status": "SUCCEEDED", "startDate": 1.5e9,
            "stopDate": 1.5e9, "input": "{}", "output": "{}" })
}

/// A history that is over.
fn history() -> Answer {
    Answer::json(&json!({ "events": [
        { "id": 2, "previousEventId": 1, "type": "ExecutionSucceeded", "timestamp": 1.5e9,
          "executionSucceededEventDetails": { "output": "{}" } },
        { "id": 1, "previousEventId": 0, "type": "ExecutionStarted", "timestamp": 1.5e9,
          "executionStartedEventDetails": { "input": "{}" } },
    ] }))
}

/// What AWS says to `iw102 status ARN`.
fn status(answers: impl IntoIterator<Item = Answer>) -> (Player, crate::harness::Ran) {
    let aws = Player::http();
    aws.play("DescribeExecution", answers);
    aws.play("GetExecutionHistory", [history()]);
    let ran = Iw102::new().on_aws(&aws).run(["status", EXECUTION]);
    (aws, ran)
}

#[test]
fn a_projects_machine_is_looked_up_once_and_then_known() {
    let aws = Player::https();
    aws.play("ListStateMachines", [machines()]);
    aws.play("DescribeStacks", [Answer::stack("shop-dev", &[("OrderStepFunctionsStateMachineArn", MACHINE)])]);
    aws.play("StartExecution", [started()]);
    let iw102 = Iw102::new().on_aws(&aws);
    iw102.write("serverless.yml", PROJECT);
    for _ in 0..2 {
        let ran = iw102.run(["start"]);
        assert_eq!((ran.stdout.trim_end(), ran.code), (EXECUTION, Some(0)), "{}", ran.snapshot());
    }
    let called: Vec<_> = aws.requests().iter().map(ToString::to_string).collect();
    assert_eq!(aws.asked("ListStateMachines").len(), 1, "{called:#?}");
    assert_eq!(aws.requests().len(), 4, "the stack is asked once: {called:#?}");
    let sent = &aws.asked("StartExecution")[0];
    let scope = sent.scope().unwrap();
    assert_eq!(
        (scope.access_key_id.as_str(), scope.region.as_str(), scope.service.as_str()),
        (ACCESS_KEY_ID, REGION, "states")
    );
    assert_eq!(sent.json()["stateMachineArn"], MACHINE);
    // Without a name a retry would start twice.
    assert!(sent.json()["name"].as_str().is_some_and(|name| !name.is_empty()), "{sent}");
}

#[test]
fn an_arn_needs_one_call_on_one_connection() {
    let aws = Player::https();
    aws.play_once("StartExecution", [started()]);
    let ran = Iw102::new().on_aws(&aws).run(["start", MACHINE]);
    assert_eq!((ran.stdout.trim_end(), ran.code), (EXECUTION, Some(0)), "{}", ran.snapshot());
    assert_eq!(aws.requests().len(), 1);
}

#[test]
fn a_name_that_we_made_is_taken_by_the_start_whose_answer_was_lost() {
    let aws = Player::http();
    let taken = || Answer::aws_error(400, "ExecutionAlreadyExists", "Execution Already Exists");
    let unseen = Answer::aws_error(400, "ExecutionDoesNotExist", "Execution Does Not Exist");
    for (described, date) in [(Answer::json(&described()), "2017-07-14T02:40:00"), (unseen, "20")] {
        aws.play("StartExecution", [Answer::dropped(), taken()]);
        aws.play("DescribeStateMachine", [machine()]);
        aws.play("DescribeExecution", [described]);
        let ran = Iw102::new().on_aws(&aws).run(["start", MACHINE, "-o", "json"]);
        let name = aws.asked("StartExecution").last().unwrap().json()["name"].as_str().unwrap().to_owned();
        assert_eq!(ran.code, Some(0), "{}", ran.snapshot());
        let told: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(told["executionArn"], EXECUTION.replace(":one", &format!(":{name}")));
        assert!(told["startDate"].as_str().is_some_and(|at| at.starts_with(date)), "{told}");
    }
    aws.play("StartExecution", [taken()]);
    let ran = Iw102::new().on_aws(&aws).run(["start", MACHINE, "--name", "one"]);
    assert_eq!(ran.code, Some(16), "a chosen name is somebody's: {}", ran.snapshot());
}

#[test]
fn who_may_stop_need_not_be_allowed_to_look() {
    for refusal in [
        Answer::aws_error(403, "AccessDeniedException", "not authorized to perform: states:DescribeExecution"),
        Answer::aws_error(400, "ExecutionDoesNotExist", "Execution Does Not Exist"),
    ] {
        let aws = Player::http();
        aws.play("DescribeExecution", [refusal]);
        aws.play("StopExecution", [Answer::json(&json!({ "stopDate": 1.5e9 }))]);
        let ran = Iw102::new().on_aws(&aws).run(["stop", EXECUTION]);
        assert_eq!((ran.stderr.as_str(), ran.code), ("stopped one\n", Some(0)), "{}", ran.snapshot());
    }
}

#[test]
fn what_is_throttled_is_asked_again_until_it_is_said() {
    let throttled = || Answer::aws_error(400, "ThrottlingException", "Rate exceeded");
    let (aws, ran) = status([throttled(), Answer::json(&described())]);
    assert_eq!((aws.asked("DescribeExecution").len(), ran.code), (2, Some(0)), "{}", ran.snapshot());
    let (aws, ran) = status([throttled()]);
    assert!((2..=5).contains(&aws.asked("DescribeExecution").len()));
    assert_eq!(ran.code, Some(13), "{}", ran.snapshot());
    assert!(ran.stderr.starts_with("error: Rate exceeded"), "{}", ran.stderr);
}

#[test]
fn what_credentials_cannot_do_is_not_asked_again() {
    for (code, message) in [
        ("ExpiredTokenException", "The security token included in the request is expired"),
        ("UnrecognizedClientException", "The security token included in the request is invalid."),
        (
            "AccessDeniedException",
            "User: arn:aws:iam::123456789012:user/ada is not authorized to perform: states:DescribeExecution",
        ),
    ] {
        let (aws, ran) = status([Answer::aws_error(400, code, message)]);
        assert_eq!((aws.asked("DescribeExecution").len(), ran.code), (1, Some(11)), "{}", ran.snapshot());
        assert!(ran.stderr.contains(message) && ran.stderr.contains("hint:"), "{}", ran.stderr);
    }
}

#[test]
fn an_answer_that_breaks_off_is_read_again() {
    let (aws, ran) = status([Answer::json(&described()).cut(), Answer::json(&described())]);
    assert_eq!((aws.asked("DescribeExecution").len(), ran.code), (2, Some(0)), "{}", ran.snapshot());
}

#[test]
fn whoever_is_not_believed_is_not_spoken_to() {
    let aws = Player::https();
    let ran = Iw102::new().on_aws_at(&aws.url).run(["status", EXECUTION]);
    ran.check(expect![[r#"
        --- stderr
        error: cannot reach https://127.0.0.1:[PORT]: invalid peer certificate: UnknownIssuer
        hint:  its certificate is by a CA that is not trusted here: where that is a proxy's or your own server's, --cacert FILE (or AWS_CA_BUNDLE) names it
        --- exit 20
    "#]]);
    assert!(aws.requests().is_empty());
}

#[test]
fn patience_ends_although_aws_does_not_answer() {
    for command in ["status", "wait", "history"] {
        let (aws, late) = (Player::http(), Duration::from_mins(1));
        aws.play("DescribeExecution", [Answer::json(&described()).after(late)]);
        aws.play("GetExecutionHistory", [history().after(late)]);
        let ran = Iw102::new().on_aws(&aws).run([command, EXECUTION, "--timeout", "500ms"]);
        assert_eq!(ran.code, Some(124), "{}", ran.snapshot());
        assert!(ran.stderr.starts_with("error: --timeout is over"), "{}", ran.stderr);
    }
}

#[test]
fn a_start_of_an_express_machine_is_sent_once() {
    let aws = Player::http();
    let arn = "arn:aws:states:eu-west-1:123456789012:stateMachine:Quick";
    let quick = json!({ "stateMachineArn": arn, "name": "Quick", "type": "EXPRESS", "creationDate": 1.6e9 });
    aws.play("ListStateMachines", [Answer::json(&json!({ "stateMachines": [quick] }))]);
    aws.play("StartExecution", [Answer::aws_error(500, "InternalServerError", "try again")]);
    let ran = Iw102::new().on_aws(&aws).run(["start", "Quick"]);
    assert_eq!((ran.code != Some(0), aws.asked("StartExecution").len()), (true, 1), "{}", ran.snapshot());
}
