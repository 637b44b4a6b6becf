//! The player itself, as its clients see it.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use hyper::Version;
use reqwest::{Certificate, Client};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::request::Scope;
use super::{Answer, Player};
use crate::harness::{ACCESS_KEY_ID, Iw102, REGION};

const LIMIT: Duration = Duration::from_secs(10);

/// A client that believes the player's certificate.
fn client(player: &Player, is_http_2: bool) -> Client {
    let mut builder = Client::builder().no_proxy().timeout(LIMIT);
    if let Some(file) = player.ca_file() {
        builder = builder.tls_certs_only([Certificate::from_pem(&fs::read(file).unwrap()).unwrap()]);
    }
    if is_http_2 { builder } else { builder.http1_only() }.build().unwrap()
}

fn post(client: &Client, player: &Player, operation: &str, body: &Value) -> reqwest::RequestBuilder {
    client.post(&player.url).header("x-amz-target", format!("AWSStepFunctions.{operation}")).body(body.to_string())
}

/// The status and the text, or why there is none.
fn sent(runtime: &Runtime, request: reqwest::RequestBuilder) -> Result<(u16, String), reqwest::Error> {
    runtime.block_on(async {
        let answer = request.send().await?;
        Ok((answer.status().as_u16(), answer.text().await?))
    })
}

#[test]
fn answers_come_one_after_the_other_and_the_last_one_again() {
    let (runtime, player) = (Runtime::new().unwrap(), Player::http());
    let throttled = Answer::aws_error(400, "ThrottlingException", "Rate exceeded");
    player.play("DescribeExecution", [throttled, Answer::json(&json!({ "status": "RUNNING" }))]);
    player.play("GET /apikeys", [Answer::gateway_error(403, "ForbiddenException", "Forbidden")]);
    player.play("GetCallerIdentity", [Answer::xml(200, "<Account>123456789012</Account>")]);
    player.compute("StartExecution", |request| Answer::json(&json!({ "started": request.json()["name"] })));
    let http = client(&player, false);
    let describe = || sent(&runtime, post(&http, &player, "DescribeExecution", &json!({}))).unwrap();
    assert_eq!(describe(), (400, r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#.to_owned()));
    for _ in 0..2 {
        assert_eq!(describe(), (200, r#"{"status":"RUNNING"}"#.to_owned()));
    }
    let start = sent(&runtime, post(&http, &player, "StartExecution", &json!({ "name": "n-1" }))).unwrap();
    assert_eq!(start.1, r#"{"started":"n-1"}"#);
    let keys = sent(&runtime, http.get(format!("{}/apikeys?position=2&limit=5", player.url))).unwrap();
    assert_eq!(keys, (403, r#"{"message":"Forbidden"}"#.to_owned()));
    let form = http.post(&player.url).header("content-type", "application/x-www-form-urlencoded");
    let identity = sent(&runtime, form.body("Action=GetCallerIdentity&Version=2011-06-15")).unwrap();
    assert_eq!(identity.1, "<Account>123456789012</Account>");

    let asked = player.asked("DescribeExecution");
    assert!(asked.len() == 3 && asked.is_sorted_by_key(|request| request.at), "{asked:?}");
    assert_eq!(player.asked("GET /apikeys")[0].parameter("position").as_deref(), Some("2"));
    assert_eq!(player.asked("GetCallerIdentity")[0].parameter("Version").as_deref(), Some("2011-06-15"));
    assert_eq!(player.requests().len(), 6);
}

#[test]
fn tls_speaks_both_versions_of_http_for_whoever_believes_it() {
    let (runtime, player) = (Runtime::new().unwrap(), Player::https());
    player.play("StopExecution", [Answer::json(&json!({})).header("x-amzn-RequestId", "an-id")]);
    for (is_http_2, version) in [(true, Version::HTTP_2), (false, Version::HTTP_11)] {
        let http = client(&player, is_http_2);
        let request = post(&http, &player, "StopExecution", &json!({}));
        let answer = runtime.block_on(async { request.send().await }).unwrap();
        assert_eq!((answer.version(), answer.headers()["x-amzn-requestid"].to_str().unwrap()), (version, "an-id"));
        assert_eq!(player.requests().last().unwrap().version, version);
    }
    let stranger = Client::builder().no_proxy().timeout(LIMIT).build().unwrap();
    assert!(sent(&runtime, post(&stranger, &player, "StopExecution", &json!({}))).unwrap_err().is_connect());
}

#[test]
fn a_connection_drops_before_an_answer_in_its_middle_and_after_a_while() {
    let runtime = Runtime::new().unwrap();
    let while_ = Duration::from_millis(100);
    for (player, is_http_2) in [(Player::http(), false), (Player::https(), false), (Player::https(), true)] {
        player.play(
            "StartExecution",
            [Answer::dropped(), Answer::dropped().after(while_), Answer::text(200, "late").after(while_)],
        );
        player.play("DescribeExecution", [Answer::json(&json!({ "output": "x".repeat(1_000) })).cut()]);
        // A connection each, so that none of them is tried again on a fresh one.
        let call = |operation| {
            let http = client(&player, is_http_2);
            let begun = Instant::now();
            (sent(&runtime, post(&http, &player, operation, &json!({}))), begun.elapsed())
        };
        let (dropped, _) = call("StartExecution");
        assert!(dropped.unwrap_err().is_request());
        let (dropped, took) = call("StartExecution");
        assert!(dropped.unwrap_err().is_request() && took >= while_, "{took:?}");
        let (late, took) = call("StartExecution");
        assert!(late.unwrap().1 == "late" && took >= while_, "{took:?}");
        let (cut, _) = call("DescribeExecution");
        let error = cut.unwrap_err();
        assert!(error.is_body() || error.is_decode(), "{error:?}");
        assert_eq!(player.requests().len(), 4);
    }
}

#[test]
fn a_call_that_no_script_expects_fails_the_test() {
    let runtime = Runtime::new().unwrap();
    let player = Player::http();
    player.play_once("StartExecution", [Answer::json(&json!({}))]);
    let http = client(&player, false);
    let stop = sent(&runtime, post(&http, &player, "StopExecution", &json!({ "a": 1 }))).unwrap();
    assert!(stop.0 == 400 && stop.1.contains("NotInTheScript"), "{stop:?}");
    for status in [200, 400] {
        assert_eq!(sent(&runtime, post(&http, &player, "StartExecution", &json!({}))).unwrap().0, status);
    }
    let failed = catch_unwind(AssertUnwindSafe(|| drop(player))).unwrap_err();
    let expected = "nobody expects `POST / StopExecution {\"a\":1}`: scripts are for [StartExecution]\n\
                    nobody expects `POST / StartExecution {}`: its script has no answer left";
    assert_eq!(failed.downcast_ref::<String>().unwrap(), expected);
}

#[test]
fn the_real_binary_signs_what_it_sends_to_a_player() {
    let player = Player::http();
    let function =
        "POST /2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A000000000000%3Afunction%3Aelsewhere/invocations";
    player.play(function, [Answer::text(200, r#"{"from":"the player"}"#)]);
    let iw102 = Iw102::new().on_aws(&player);
    let definition = json!({ "StartAt": "F", "States": { "F": {
        "Type": "Task",
        "Resource": format!("arn:aws:lambda:{REGION}:000000000000:function:elsewhere"),
        "End": true,
    } } });
    iw102.write("f.asl.json", &definition.to_string());
    // Every status of an execution is an event of EventBridge.
    player.play("PutEvents", [Answer::json(&json!({ "FailedEntryCount": 0, "Entries": [] }))]);
    let ran = iw102.run(["invoke", "--local", "--memory", "-c", "f.asl.json", "-v"]);
    assert_eq!((ran.stdout.as_str(), ran.code), ("{\"from\":\"the player\"}\n", Some(0)), "{}", ran.snapshot());
    let [asked] = &player.asked(function)[..] else { panic!("{:?}", player.requests()) };
    let scope = Scope { access_key_id: ACCESS_KEY_ID.into(), region: REGION.into(), service: "lambda".into() };
    assert_eq!(asked.scope(), Some(scope));
}

#[test]
fn a_secret_that_a_command_shows_or_leaves_fails_the_test() {
    let shows = Iw102::new().with_secret("SECRET", "an-elephant-here");
    let failed = catch_unwind(AssertUnwindSafe(|| shows.run(["an-elephant-here"]))).unwrap_err();
    assert!(failed.downcast_ref::<String>().unwrap().contains("shows a secret"), "{failed:?}");
    let leaves = Iw102::new().with_secret("SECRET", "an-elephant-here");
    leaves.write_home("iw102/note", "it is an-elephant-here");
    let failed = catch_unwind(AssertUnwindSafe(|| drop(leaves))).unwrap_err();
    assert!(failed.downcast_ref::<String>().unwrap().contains("iw102/note"), "{failed:?}");
}
