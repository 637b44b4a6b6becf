//! `history`: pages, filters and formats, here and on AWS.

use expect_test::expect;
use serde_json::{Value, json};

use super::played::{Event, Played, arn, event};
use crate::harness::Iw102;
use crate::player::{Answer, Player, Request};

/// A long history: so many states, two events each.
fn long(states: usize) -> Vec<Event> {
    let mut events = vec![event(0, "ExecutionStarted", json!({"input": "{}"}))];
    for _ in 0..states {
        events.push(event(0, "PassStateEntered", json!({"name": "Again"})));
        events.push(event(0, "PassStateExited", json!({"name": "Again"})));
    }
    events.push(event(0, "ExecutionSucceeded", json!({"output": "{}"})));
    events
}

/// Ids of events, a line each.
fn ids(stdout: &str) -> Vec<u64> {
    stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].as_u64().unwrap()).collect()
}

#[test]
fn a_history_of_many_pages_has_each_event_once_though_a_token_expires() {
    let aws = Player::http();
    let played = Played::new(long(1_250)).on(&aws);
    aws.compute("GetExecutionHistory", move |request| {
        let asked = request.json();
        let has_expired = asked["nextToken"] == "2000" && asked["reverseOrder"] != true;
        if has_expired {
            Answer::aws_error(400, "InvalidToken", "Invalid Token: 'Invalid token'")
        } else {
            played.page(request)
        }
    });
    let iw102 = Iw102::new().on_aws(&aws);
    let ran = iw102.run(["history", &arn("one"), "-o", "jsonl"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(ids(&ran.stdout), (1..=2_502).collect::<Vec<_>>());
    let sizes: Vec<Value> =
        aws.asked("GetExecutionHistory").iter().map(|asked| asked.json()["maxResults"].clone()).collect();
    assert_eq!(sizes, [1_000, 1_000, 1_000, 1_000], "the last page was begun again at the known id");
}

#[test]
fn following_a_long_history_asks_for_what_is_missing_only() {
    let aws = Player::http();
    Played::new(long(600)).on(&aws);
    let ran = Iw102::new().on_aws(&aws).run(["history", &arn("one"), "-f", "-o", "raw"]);
    assert_eq!(ids(&ran.stdout), (1..=1_202).collect::<Vec<_>>(), "{}", ran.stderr);
    assert!(
        ran.stdout.starts_with(r#"{"timestamp":1763850000.0,"type":"ExecutionStarted","id":1,"#),
        "as it was written"
    );
    let asked: Vec<Value> = aws.asked("GetExecutionHistory").iter().map(Request::json).collect();
    let sizes: Vec<(&Value, bool)> =
        asked.iter().map(|asked| (&asked["maxResults"], asked["nextToken"].is_string())).collect();
    // A token goes with the size that it was given for.
    assert_eq!(sizes, [(&json!(20), false), (&json!(1_000), false), (&json!(1_000), true)]);
}

const NAP: &str = r#"{"StartAt": "Hello", "States": {
    "Hello": {"Type": "Pass", "Result": {"greeting": "moin"}, "Next": "Nap"},
    "Nap": {"Type": "Wait", "Seconds": 0, "End": true}
}}"#;

#[test]
fn formats_and_filters_of_a_local_history() {
    let iw102 = Iw102::new();
    iw102.write("nap.asl.json", NAP);
    let run = |words: &[&str]| iw102.run(words.iter().chain(&["--local", "-c", "nap.asl.json"]));
    assert_eq!(run(&["invoke", "--name", "one"]).code, Some(0));
    run(&["history", "one", "-o", "table", "--state", "Hello"]).check(expect![[r#"
        ID  TIME    TYPE              STATE  DETAIL
        2   +[TOOK]  PassStateEntered  Hello  {}
        3   +[TOOK]  PassStateExited   Hello  {"greeting":"moin"}
        --- stderr
        --- exit 0
    "#]]);
    assert_eq!(
        run(&["history", "one", "--grep", "moin", "--reverse", "-o", "name"]).stdout.lines().collect::<Vec<_>>(),
        ["ExecutionSucceeded", "WaitStateExited", "WaitStateEntered", "PassStateExited"]
    );
    let raw = run(&["history", "one", "-o", "raw"]).stdout;
    let document: Value = serde_json::from_str(&raw).unwrap();
    let (event, details) = (&document["events"][2], "stateExitedEventDetails");
    assert!(event["timestamp"].is_f64(), "{event}");
    assert_eq!(event[details]["output"], "{\"greeting\":\"moin\"}", "documents are texts");
    let lines = run(&["history", "one", "-o", "raw", "-f"]).stdout;
    assert_eq!(lines.lines().count(), document["events"].as_array().unwrap().len());
    let json: Value = serde_json::from_str(&run(&["history", "one", "-o", "json"]).stdout).unwrap();
    assert_eq!(json["events"][2][details]["output"], json!({"greeting": "moin"}));
    assert_eq!(run(&["history", "one", "-q", "length(events)", "--state", "Nap"]).stdout, "2\n");
    for follow in [&[][..], &["-f"]] {
        let ran = run(&[&["history", "one", "--state", "Nope"], follow].concat());
        assert_eq!(ran.code, Some(0));
        assert!(ran.stderr.contains("events is of the state Nope; entered were: "), "{}", ran.snapshot());
        assert!(
            run(&[&["history", "one", "--grep", "no such"], follow].concat()).stderr.contains("events holds `no such`")
        );
        assert_eq!(run(&[&["history", "one", "--grep", "no such", "-o", "json"], follow].concat()).stderr, "");
    }
}

#[test]
fn formats_of_histories_are_those_of_no_other_command() {
    let iw102 = Iw102::new();
    for format in ["raw", "table"] {
        let ran = iw102.run(["status", "--local", "-o", format]);
        assert_eq!(ran.code, Some(2), "{}", ran.snapshot());
        assert!(ran.stderr.contains("-o table and -o raw are formats of iw102 history only"), "{}", ran.stderr);
    }
    let ran = iw102.run(["history", "--local", "-o", "raw", "-q", "events"]);
    assert_eq!(ran.code, Some(2), "{}", ran.snapshot());
}
