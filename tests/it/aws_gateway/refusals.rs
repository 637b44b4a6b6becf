//! What a gateway answers, on the real binary: exit code, what happened, why probably, the next command, the request's id.

use serde_json::Value;

use super::{ENV_KEY, execution_arn, with_key};
use crate::player::{Answer, Player, REQUEST_ID};

const SERVICE: &str = "com.amazonaws.swf.service.v2.model#";

/// What a route of Step Functions gives back of an error of the service.
fn of_service(status: u16, name: &str, message: &str) -> Answer {
    let body = serde_json::json!({ "__type": format!("{SERVICE}{name}"), "message": message }).to_string();
    Answer::text(status, &body).header("content-type", "application/json")
}

/// A refusal of the gateway, its exit code, and what is told of it.
struct Case {
    answer: Answer,
    exit_code: i64,
    code: &'static str,
    /// In the message.
    says: &'static str,
    /// In the hint: why, and the next command.
    helps: &'static [&'static str],
}

fn case(
    answer: Answer,
    exit_code: i64,
    code: &'static str,
    says: &'static str,
    helps: &'static [&'static str],
) -> Case {
    Case { answer, exit_code, code, says, helps }
}

#[expect(clippy::too_many_lines, reason = "a table: an answer, and what is said of it")]
fn gateway_cases() -> Vec<Case> {
    let of = Answer::gateway_error;
    let customised = Answer::text(403, "<p>Go away</p>").header("content-type", "text/html");
    vec![
        case(
            of(403, "ForbiddenException", "Forbidden"),
            12,
            "ForbiddenException",
            "refused the API key",
            &["some seconds to spread", "iw102 keys list"],
        ),
        case(
            of(403, "MissingAuthenticationTokenException", "Missing Authentication Token"),
            10,
            "MissingAuthenticationTokenException",
            "no route POST /action/status",
            &["iw102 endpoints"],
        ),
        case(
            of(415, "BadRequestException", "Unsupported Media Type"),
            2,
            "BadRequestException",
            "takes no JSON",
            &["another Content-Type", "iw102 http POST /action/status --offline"],
        ),
        case(
            of(429, "TooManyRequestsException", "Too Many Requests"),
            13,
            "TooManyRequestsException",
            "throttled",
            &["nothing was done", "iw102 keys usage"],
        ),
        case(
            of(429, "LimitExceededException", "Limit Exceeded"),
            13,
            "LimitExceededException",
            "quota",
            &["comes back", "iw102 keys usage"],
        ),
        case(
            of(504, "InternalServerErrorException", "Endpoint request timed out"),
            20,
            "InternalServerErrorException",
            "may have been done",
            &["iw102 list"],
        ),
        case(
            of(500, "InternalServerErrorException", "Internal server error"),
            1,
            "InternalServerErrorException",
            "500: Internal server error",
            &["mapping template or its role", "iw102 list"],
        ),
        case(
            of(403, "AccessDeniedException", "User is not authorized to access this resource"),
            11,
            "AccessDeniedException",
            "not authorized",
            &["authorizer", "iw102 endpoints"],
        ),
        // Bodies can be customised; the header says what it is.
        case(
            customised.clone().header("x-amzn-ErrorType", "ForbiddenException"),
            12,
            "ForbiddenException",
            "refused the API key",
            &["iw102 keys list"],
        ),
        case(
            customised.header("x-amzn-ErrorType", "MissingAuthenticationTokenException"),
            10,
            "MissingAuthenticationTokenException",
            "no route",
            &["iw102 endpoints"],
        ),
    ]
}

fn service_cases() -> Vec<Case> {
    let gone = "Execution Does Not Exist";
    vec![
        case(of_service(400, "ExecutionDoesNotExist", gone), 10, "ExecutionDoesNotExist", gone, &["iw102 list"]),
        // The integration maps 400 only: any other status of the service arrives as 200.
        case(of_service(200, "ExecutionDoesNotExist", gone), 10, "ExecutionDoesNotExist", gone, &["iw102 list"]),
        case(
            of_service(400, "StateMachineDoesNotExist", "State Machine Does Not Exist"),
            10,
            "StateMachineDoesNotExist",
            "State Machine Does Not Exist",
            &["deploy the project again", "iw102 list"],
        ),
        case(of_service(400, "InvalidArn", "Invalid Arn"), 2, "InvalidArn", "Invalid Arn", &["template"]),
        case(
            of_service(400, "AccessDeniedException", "not authorized to perform: states:DescribeExecution"),
            11,
            "AccessDeniedException",
            "states:DescribeExecution",
            &["role of the route", "--api-key"],
        ),
        case(
            of_service(200, "ThrottlingException", "Rate exceeded"),
            13,
            "ThrottlingException",
            "Rate exceeded",
            &["try again later"],
        ),
    ]
}

#[test]
fn every_refusal_has_its_exit_code_its_cause_the_next_command_and_the_request_s_id() {
    let player = Player::https();
    let (api, ca) = (format!("{}/dev", player.url), player.ca_file().unwrap());
    let iw102 = with_key().with("AWS_CA_BUNDLE", ca.to_str().unwrap());
    let arn = execution_arn("one");
    for case in gateway_cases().into_iter().chain(service_cases()) {
        player.play("POST /dev/action/status", [case.answer.clone()]);
        let route = ["status", &arn, "--route", "POST /action/status", "--api", &api, "--api-key", ENV_KEY];
        let ran = iw102.run([&route[..], &["-o", "json"]].concat());
        let told: Value = serde_json::from_str(&ran.stderr).unwrap();
        let error = &told["error"];
        let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
        assert_eq!(ran.code.map(i64::from), Some(case.exit_code), "{}", ran.snapshot());
        assert_eq!((&error["exitCode"], text("code").as_str()), (&case.exit_code.into(), case.code));
        assert_eq!(text("requestId"), REQUEST_ID, "{}", ran.snapshot());
        assert!(text("message").contains(case.says) && text("message").contains(REQUEST_ID), "{}", ran.snapshot());
        for help in case.helps {
            assert!(text("hint").contains(help), "{help}: {}", ran.snapshot());
        }
    }
}

#[test]
fn a_page_of_the_edge_is_no_word_about_a_key() {
    let player = Player::https();
    let page = "<!DOCTYPE HTML><HTML><H1>403 ERROR</H1><H2>The request could not be satisfied.</H2></HTML>";
    let edge = Answer::text(403, page).header("server", "CloudFront").header("content-type", "text/html");
    player.play("GET /dev/action/start", [edge.header("x-amz-cf-id", "cf-id-1").without("x-amzn-RequestId")]);
    let (api, ca) = (format!("{}/dev", player.url), player.ca_file().unwrap());
    let iw102 = with_key().with("AWS_CA_BUNDLE", ca.to_str().unwrap());
    let ran = iw102.run(["start", "--route", "GET /action/start", "--api", &api, "--api-key", ENV_KEY]);
    assert_eq!(ran.code, Some(1), "{}", ran.snapshot());
    assert!(
        ran.stderr.contains("CloudFront, in front of the gateway, answered 403 (request cf-id-1)"),
        "{}",
        ran.snapshot()
    );
    assert!(ran.stderr.contains("iw102 http GET /action/start --offline"), "{}", ran.snapshot());
    // A GET has no body, of which the edge would say the same.
    let sent = &player.requests()[0];
    assert!(sent.body.is_empty() && sent.header("content-type") == Some("application/json"));
}

#[test]
fn a_route_that_wants_a_key_says_so_to_who_sends_none() {
    let player = Player::https();
    player.play("POST /dev/action/start", [Answer::gateway_error(403, "ForbiddenException", "Forbidden")]);
    let (api, ca) = (format!("{}/dev", player.url), player.ca_file().unwrap());
    let iw102 = with_key().with("AWS_CA_BUNDLE", ca.to_str().unwrap());
    let ran = iw102.run(["start", "--route", "POST /action/start", "--api", &api]);
    assert!(ran.code == Some(12) && ran.stderr.contains("asks for an API key"), "{}", ran.snapshot());
    assert!(ran.stderr.contains("add --api-key"), "{}", ran.snapshot());
}
