//! What a route answers, and what stands before it.

use serde_json::json;

use super::{Answered, Fixture, KEY, api, private};
use crate::local::api_gateway::fixtures::{passing, route};
use crate::local::api_gateway::model::{Action, Route};

const JSON: &str = "content-type: application/json";

fn key() -> String {
    format!("X-API-Key: {KEY}")
}

fn describe(text: &str) -> Route {
    passing(Action::Describe, text)
}

/// The input of the execution that an answer started.
async fn input(fixture: &Fixture, answer: &Answered) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let arn = answer.json()["executionArn"].as_str().unwrap().to_owned();
    fixture.served.engine.describe_execution(&arn).await.unwrap().input.text().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_answers_as_the_course_recorded_it() {
    let fixture = Fixture::begin(&api(vec![private("GET hello")])).await;
    let answer = fixture.ask("GET /dev/hello", &[&key()], "").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let id = answer.header("x-amzn-requestid");
    let arn = format!("arn:aws:states:eu-west-1:123456789012:execution:m:{id}");
    assert_eq!(answer.json()["executionArn"], arn);
    let date = answer.body.split_once(r#","startDate":"#).unwrap().1.trim_end_matches('}');
    assert!(date.starts_with("1.") && date.ends_with("E9") && date.parse::<f64>().unwrap() > 1.7e9, "{date}");
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("content-length"), answer.body.len().to_string());
    assert!(answer.header("x-amz-apigw-id").ends_with('='), "{answer:?}");
    assert!(answer.header("x-amzn-trace-id").starts_with("Root=1-"), "{answer:?}");
    assert!(answer.header("date").ends_with(" GMT"), "{answer:?}");
    assert_eq!(input(&fixture, &answer).await, "{}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_becomes_the_input() {
    let fixture = Fixture::begin(&api(vec![route("POST start")])).await;
    let form = "content-type: application/x-www-form-urlencoded";
    for (headers, body, expected) in [
        (&[JSON][..], r#"{ "a" : [1, 2.50, "x \" y\u00fc\\"] }"#, r#"{"a":[1,2.50,"x \" y\u00fc\\"]}"#),
        (&[JSON], "", "{}"),
        (&[JSON], " \r\n ", "{}"),
        (&[JSON], "\"it's\"", "\"it's\""),
        (&[JSON], "[12345678901234567890123]", "[12345678901234567890123]"),
        (&[], r#"{"a":1}"#, r#"{"a":1}"#),
        (&["Content-Type: APPLICATION/JSON; charset=utf-8"], "7", "7"),
        (&[form], r#"{"curl": "-d"}"#, r#"{"curl":"-d"}"#),
        (&[form], "a=1&b=2", r#""a=1&b=2""#),
        (&[form], "", "{}"),
        (&[JSON], "hello", r#""hello""#),
    ] {
        let answer = fixture.ask("POST /dev/start", headers, body).await;
        assert_eq!(input(&fixture, &answer).await, expected, "{headers:?} {body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_have_awss_status_type_and_body() {
    let fixture = Fixture::begin(&api(vec![private("POST start"), route("GET open"), describe("POST status")])).await;
    let (key, other) = (key(), key().to_ascii_lowercase());
    let (key, other) = (key.as_str(), other.as_str());
    let missing = r#"403 MissingAuthenticationTokenException {"message":"Missing Authentication Token"}"#;
    let forbidden = r#"403 ForbiddenException {"message":"Forbidden"}"#;
    let media = r#"415 BadRequestException {"message":"Unsupported Media Type"}"#;
    for (line, headers, body, expected) in [
        ("GET /", &[][..], "", missing),
        ("GET /dev", &[], "", missing),
        ("GET /prod/open", &[], "", missing),
        ("GET /devopen", &[], "", missing),
        ("GET /dev/nothing", &[], "", missing),
        ("GET /dev/start", &[key], "", missing),
        ("OPTIONS /dev/open", &[], "", missing),
        ("POST /dev/start", &[], "{}", forbidden),
        ("POST /dev/start", &["X-API-Key: "], "{}", forbidden),
        ("POST /dev/start", &[other], "{}", forbidden),
        ("POST /dev/start", &[key, "content-type: text/plain"], "{}", media),
        ("POST /dev/start", &[key, "content-type: "], "{}", media),
        ("POST /dev/start", &["content-type: text/plain"], "{}", forbidden),
    ] {
        let answer = fixture.ask(line, headers, body).await;
        assert_eq!(answer.shown(), expected, "{line} {headers:?}");
        assert_eq!(answer.header("content-type"), "application/json");
        assert!(answer.header("x-amzn-requestid").len() == 36 && answer.header("x-amz-apigw-id").len() == 16);
        assert_eq!(answer.header("x-amzn-trace-id"), "", "only what is integrated is traced");
    }
    let head = fixture.ask("HEAD /dev/open", &[], "").await;
    assert_eq!(head.shown(), "403 MissingAuthenticationTokenException ");
    let broken = fixture.ask("POST /dev/start", &[key], "{\"a\":").await;
    assert_eq!((broken.status, broken.header("x-amzn-errortype")), (400, "BadRequestException"));
    assert!(broken.body.starts_with(r#"{"message":"Could not parse request body into json: "#), "{}", broken.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_edge_refuses_a_get_with_a_body_and_what_is_too_long() {
    let fixture = Fixture::begin(&api(vec![route("GET open"), private("POST start")])).await;
    let answer = fixture.ask("GET /dev/open", &[JSON], "{}").await;
    assert_eq!((answer.status, answer.header("x-cache")), (403, "Error from cloudfront"));
    assert_eq!((answer.header("content-type"), answer.header("server")), ("text/html", "CloudFront"));
    assert!(answer.body.contains("The request could not be satisfied"), "{}", answer.body);
    assert_eq!(answer.header("x-amzn-requestid"), "");
    let chunked = fixture.ask("GET /dev/open", &["transfer-encoding: chunked"], "").await;
    assert_eq!(chunked.header("x-cache"), "Error from cloudfront");

    let long = "x".repeat(super::super::BODY_BYTES_MAX + 1);
    let answer = fixture.ask("POST /dev/start", &[], &long).await;
    assert_eq!(answer.shown(), "413  HTTP content length exceeded 10485760 bytes.");
    assert_eq!(answer.header("x-amzn-requestid"), "");
    let answer = fixture.ask("POST /dev/start", &[], &long[1..]).await;
    assert_eq!(answer.status, 403, "the key, not the length");
}

#[tokio::test(flavor = "multi_thread")]
async fn describe_and_stop_pass_the_body_on() {
    let stop = passing(Action::Stop, "POST stop");
    let fixture = Fixture::begin(&api(vec![route("POST start"), describe("POST status"), stop])).await;
    let started = fixture.ask("POST /dev/start", &[JSON], r#"{"thekey":"thevalue"}"#).await.json();
    let body = json!({ "executionArn": started["executionArn"] }).to_string();
    // No template, so any content type passes.
    for headers in [&[JSON][..], &[], &["content-type: text/plain"]] {
        let answer = fixture.ask("POST /dev/status", headers, &body).await;
        assert_eq!((answer.status, &answer.json()["input"]), (200, &json!(r#"{"thekey":"thevalue"}"#)), "{headers:?}");
        assert!(
            answer.body.contains("E9,") && answer.header("x-amzn-trace-id").starts_with("Root=1-"),
            "{}",
            answer.body
        );
    }
    let answer = fixture.ask("POST /dev/stop", &[JSON], &body).await;
    assert!(answer.status == 200 && answer.body.starts_with(r#"{"stopDate":1."#), "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_of_the_service_are_400_with_their_type() {
    let gone = Route {
        state_machine_arn: "arn:aws:states:eu-west-1:123456789012:stateMachine:gone".to_owned(),
        ..route("POST gone")
    };
    let fixture = Fixture::begin(&api(vec![gone, describe("POST status")])).await;
    for (line, body, name) in [
        ("POST /dev/gone", "{}", "com.amazonaws.swf.service.v2.model#StateMachineDoesNotExist"),
        ("POST /dev/status", "", "com.amazon.coral.validate#ValidationException"),
        ("POST /dev/status", "[", "com.amazon.coral.service#SerializationException"),
        (
            "POST /dev/status",
            r#"{"executionArn":"arn:aws:states:eu-west-1:123456789012:execution:m:x"}"#,
            "com.amazonaws.swf.service.v2.model#ExecutionDoesNotExist",
        ),
    ] {
        let answer = fixture.ask(line, &[], body).await;
        let json = answer.json();
        assert_eq!((answer.status, json["__type"].as_str()), (400, Some(name)), "{line}");
        assert!(json["message"].is_string() && answer.header("x-amzn-errortype").is_empty(), "{line}");
    }
    // Its own fault: the integration maps 400 only.
    fixture.served.engine.shutdown().await;
    let answer = fixture
        .ask("POST /dev/status", &[], r#"{"executionArn":"arn:aws:states:eu-west-1:123456789012:execution:m:x"}"#)
        .await;
    assert_eq!(
        (answer.status, &answer.json()["__type"]),
        (200, &json!("com.amazonaws.swf.service.v2.model#ServiceUnavailable"))
    );
}
