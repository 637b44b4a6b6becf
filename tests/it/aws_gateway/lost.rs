//! Answers that are lost: a start is sent once, and looked for.

use std::time::Duration;

use super::{
    ENV_KEY, MACHINE, deployed, described, execution_arn, machines, not_there, project, resources, started, with_key,
};
use crate::harness::{Iw102, Ran};
use crate::player::{Answer, Player, REQUEST_ID};

const ROUTE: &str = "POST /dev/action/start";
const TIMED_OUT: (u16, &str, &str) = (504, "InternalServerErrorException", "Endpoint request timed out");

/// Starts with the key by the route of a player that is the gateway.
fn start(iw102: &Iw102, gateway: &Player) -> Ran {
    let (api, ca) = (format!("{}/dev", gateway.url), gateway.ca_file().unwrap());
    let ca = ca.to_str().unwrap();
    iw102.run(["start", "--api", &api, "--route", "POST /action/start", "--api-key", ENV_KEY, "--cacert", ca, "a=1"])
}

/// AWS with the project's machine.
fn aws() -> Player {
    let aws = Player::http();
    aws.play("ListStateMachines", [machines(&[MACHINE])]);
    aws.play("DescribeStacks", [deployed()]);
    aws
}

#[test]
fn a_lost_start_is_found_by_its_request_id_though_it_is_seen_late() {
    let timed_out = Answer::gateway_error(TIMED_OUT.0, TIMED_OUT.1, TIMED_OUT.2);
    let failed = Answer::gateway_error(500, "InternalServerErrorException", "Internal server error");
    let says_nothing = Answer::text(200, "");
    for lost in [timed_out, failed, started().cut(), says_nothing] {
        let (aws, gateway) = (aws(), Player::https());
        gateway.play(ROUTE, [lost.clone()]);
        aws.play("DescribeExecution", [not_there(), not_there(), described("RUNNING")]);
        let ran = start(&project(&aws), &gateway);
        assert_eq!(ran.code, Some(0), "{lost:?}: {}", ran.snapshot());
        assert_eq!(ran.stdout, format!("{}\n", execution_arn(REQUEST_ID)));
        assert!(ran.stderr.contains("; but it was started"), "{}", ran.snapshot());
        assert_eq!((gateway.requests().len(), aws.asked("DescribeExecution").len()), (1, 3), "{lost:?}");
        let described = &aws.asked("DescribeExecution")[0];
        assert_eq!(described.json()["executionArn"], execution_arn(REQUEST_ID));
    }
}

#[test]
fn what_is_never_seen_is_said_after_ten_seconds() {
    let (aws, gateway) = (aws(), Player::https());
    gateway.play(ROUTE, [Answer::gateway_error(TIMED_OUT.0, TIMED_OUT.1, TIMED_OUT.2)]);
    aws.play("DescribeExecution", [not_there()]);
    let ran = start(&project(&aws), &gateway);
    assert_eq!((ran.code, gateway.requests().len()), (Some(20), 1), "{}", ran.snapshot());
    let expected = "cannot be looked up here (which machine the route starts is not known); where it can: iw102 status";
    assert!(ran.stderr.contains(expected), "a route may start another machine: {}", ran.snapshot());
    let asked = aws.asked("DescribeExecution");
    let took = asked.last().unwrap().at - asked[0].at;
    assert!(took > Duration::from_secs(8) && took < Duration::from_secs(20), "{took:?}");
}

#[test]
fn what_is_never_seen_of_the_routes_own_machine_was_not_started() {
    let (aws, gateway) = (aws(), Player::http());
    aws.play("GET /restapis/q7/resources", [resources()]);
    gateway.play("POST /_aws/execute-api/q7/blue/action/start", [started().cut()]);
    aws.play("DescribeExecution", [not_there()]);
    let api = format!("{}/_aws/execute-api/q7/blue", gateway.url);
    let ran = project(&aws).run(["start", "--api", &api, "--api-key", ENV_KEY, "a=1"]);
    let expected = format!("no execution is called {REQUEST_ID}, as a start of that request would be: iw102 list");
    assert!(ran.code == Some(20) && ran.stderr.contains(&expected), "{}", ran.snapshot());
}

#[test]
fn a_connection_that_drops_says_that_it_may_have_started_and_is_not_tried_again() {
    for gateway in [Player::https(), Player::https_1()] {
        gateway.play(ROUTE, [Answer::dropped(), started()]);
        let ran = start(&with_key(), &gateway);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(20), ""), "{}", ran.snapshot());
        assert!(ran.stderr.contains("no request id came back; it may have started: iw102 list"), "{}", ran.snapshot());
        assert_eq!(gateway.requests().len(), 1);
    }
}

#[test]
fn who_cannot_ask_aws_is_told_under_which_name_it_would_be() {
    let gateway = Player::https();
    gateway.play(ROUTE, [started().cut()]);
    let ran = start(&with_key(), &gateway);
    assert_eq!((ran.code, gateway.requests().len()), (Some(20), 1), "{}", ran.snapshot());
    assert!(ran.stderr.contains(&format!("where it can: iw102 status {REQUEST_ID}")), "{}", ran.snapshot());
}

#[test]
fn the_api_s_own_route_tells_it_to_who_may_not_describe() {
    let (aws, gateway) = (aws(), Player::https());
    gateway.play(ROUTE, [started().cut()]);
    gateway.play("POST /dev/action/status", [not_there(), described("RUNNING")]);
    let denied = Answer::aws_error(403, "AccessDeniedException", "not authorized");
    aws.play("DescribeExecution", [denied.clone()]);
    aws.play("GET /restapis", [denied]);
    let ran = start(&project(&aws), &gateway);
    assert_eq!(ran.code, Some(0), "{}", ran.snapshot());
    assert_eq!(ran.stdout, format!("{}\n", execution_arn(REQUEST_ID)));
}

#[test]
fn what_is_throttled_is_sent_again_and_a_used_up_quota_is_not() {
    let throttled = Answer::gateway_error(429, "TooManyRequestsException", "Too Many Requests");
    let gateway = Player::https();
    gateway.play(ROUTE, [throttled.clone(), throttled.clone(), started()]);
    assert_eq!(start(&with_key(), &gateway).code, Some(0));
    assert_eq!(gateway.requests().len(), 3);
    gateway.play(ROUTE, [throttled]);
    let ran = start(&with_key(), &gateway);
    assert_eq!((ran.code, gateway.requests().len()), (Some(13), 7), "{}", ran.snapshot());
    gateway.play(ROUTE, [Answer::gateway_error(429, "LimitExceededException", "Limit Exceeded")]);
    let ran = start(&with_key(), &gateway);
    assert_eq!((ran.code, gateway.requests().len()), (Some(13), 8), "{}", ran.snapshot());
}

#[test]
fn a_429_that_the_gateway_did_not_name_is_sent_once_and_may_have_done_something() {
    let gateway = Player::https();
    gateway.play("POST /dev/pay", [Answer::text(429, r#"{"message":"Too Many Requests"}"#)]);
    let (api, ca) = (format!("{}/dev", gateway.url), gateway.ca_file().unwrap());
    let ran = with_key().with("AWS_CA_BUNDLE", ca.to_str().unwrap()).run(["http", "POST", "/pay", "--api", &api]);
    assert_eq!((ran.code, gateway.requests().len()), (Some(13), 1), "{}", ran.snapshot());
    assert!(ran.stderr.contains("may have been done") && !ran.stderr.contains("nothing was"), "{}", ran.snapshot());
}
