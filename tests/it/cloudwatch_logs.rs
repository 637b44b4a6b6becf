//! `logs` against CloudWatch Logs as it is documented.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use expect_test::expect;
use serde_json::{Value, json};

use crate::harness::{Iw102, signal};
use crate::player::{Answer, Player, Request};

const PROJECT: &str = "\
service: shop
provider: {name: aws, runtime: provided.al2023}
functions:
  greet: {handler: bootstrap}
stepFunctions: {}
";

fn milliseconds() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

fn page(lines: &[&str], next: Option<&str>) -> Answer {
    let event = |line: &&str| json!({ "eventId": line, "timestamp": milliseconds(), "message": format!("{line}\n"), "logStreamName": "s" });
    let mut page = json!({ "events": lines.iter().map(event).collect::<Vec<Value>>() });
    if let Some(next) = next {
        page["nextToken"] = json!(next);
    }
    Answer::json(&page)
}

fn project(aws: &Player) -> Iw102 {
    let iw102 = Iw102::new().on_aws(aws);
    iw102.write("serverless.yml", PROJECT);
    iw102
}

#[test]
fn empty_pages_are_followed_to_the_end() {
    let aws = Player::http();
    aws.play_once("FilterLogEvents", [page(&["one"], Some("a")), page(&[], Some("b")), page(&["two"], None)]);
    project(&aws).run(["logs", "greet", "--filter", "ERROR"]).check(expect![[r#"
        [TIME]  one
        [TIME]  two
        --- stderr
        --- exit 0
    "#]]);
    let asked: Vec<Value> = aws.asked("FilterLogEvents").iter().map(Request::json).collect();
    let since = asked[0]["startTime"].as_u64().unwrap();
    let ago = milliseconds() - since;
    assert!((600_000..660_000).contains(&ago), "the last ten minutes, not {ago} ms");
    assert_eq!(asked[0]["logGroupName"], "/aws/lambda/shop-dev-greet");
    assert_eq!((&asked[0]["filterPattern"], &asked[2]["nextToken"]), (&json!("ERROR"), &json!("b")));
    let until = asked[0]["endTime"].as_u64().unwrap();
    assert!((600_000..=620_000).contains(&(until - since)), "no end of lines that come meanwhile: {until}");
    let has_same_bounds = |request: &Value| request["startTime"] == since && request["endTime"] == until;
    assert!(asked.iter().all(has_same_bounds), "all pages of a look have the same bounds");
}

#[test]
fn a_page_is_printed_before_the_next_one_is_read() {
    let denied = || Answer::aws_error(400, "AccessDeniedException", "not authorized");
    for (format, lines) in [("text", 1), ("jsonl", 1), ("name", 1), ("json", 0)] {
        let aws = Player::http();
        aws.play_once("FilterLogEvents", [page(&["one"], Some("a")), denied()]);
        let ran = project(&aws).run(["logs", "greet", "-o", format]);
        assert_eq!((ran.stdout.lines().count(), ran.code), (lines, Some(11)), "{format}: {}", ran.snapshot());
    }
}

#[test]
fn the_name_of_a_log_group_is_a_functions_too() {
    let aws = Player::http();
    aws.play("FilterLogEvents", [page(&["one"], None)]);
    for (word, group) in [("/aws/lambda/other-prod-pay", "/aws/lambda/other-prod-pay"), ("pay", "/aws/lambda/pay")] {
        let ran = project(&aws).run(["logs", word, "-o", "name"]);
        assert_eq!((ran.stdout.as_str(), ran.code), ("s\n", Some(0)), "{}", ran.snapshot());
        assert_eq!(aws.asked("FilterLogEvents").last().unwrap().json()["logGroupName"], group);
    }
}

#[test]
fn who_follows_a_log_waits_out_what_passes() {
    let aws = Player::http();
    let expired =
        Answer::aws_error(400, "ExpiredTokenException", "The security token included in the request is expired");
    let [one, two, three] = ["one", "two", "three"].map(|line| page(&[line], None));
    let (lost, failed) = (Answer::dropped(), Answer::aws_error(500, "InternalFailure", "try again"));
    // Three attempts are one call.
    let answers = [one, expired, two, lost.clone(), lost.clone(), lost, failed.clone(), failed.clone(), failed, three];
    aws.play("FilterLogEvents", answers);
    let iw102 = project(&aws);
    let child = iw102.command(["logs", "greet", "-f"]).spawn().unwrap();
    crate::harness::eventually("all answers", || (aws.asked("FilterLogEvents").len() >= 11).then_some(()));
    signal(&child, rustix::process::Signal::INT);
    let ran = iw102.finish(child);
    assert_eq!(ran.code, Some(130), "{}", ran.snapshot());
    let lines: Vec<&str> = ran.stdout.lines().filter_map(|line| line.rsplit(' ').next()).collect();
    assert_eq!(lines, ["one", "two", "three"], "{}", ran.snapshot());
    let notes =
        ["credentials have expired; reading", "new credentials are good", "trying again for a minute", "reached again"];
    assert!(notes.iter().all(|note| ran.stderr.contains(note)), "{}", ran.snapshot());
    assert!(aws.asked("FilterLogEvents").iter().all(|asked| asked.json()["endTime"].is_null()), "it has no end");
}

#[test]
fn pages_are_asked_for_no_faster_than_aws_allows() {
    let aws = Player::http();
    let pages = (0..6).map(|at| page(&[], (at < 5).then_some("more")));
    aws.play_once("FilterLogEvents", pages);
    let ran = project(&aws).run(["logs", "greet"]);
    assert_eq!(ran.stderr, "no lines in the last 10 minutes; more: --since 2h\n", "{}", ran.snapshot());
    let asked = aws.asked("FilterLogEvents");
    let took = asked[5].at - asked[0].at;
    assert!(took >= Duration::from_secs(1), "{took:?} for 5 more calls");
}

#[test]
fn a_group_that_is_missing_is_told_with_the_nearest_ones() {
    let aws = Player::http();
    aws.play(
        "FilterLogEvents",
        [Answer::aws_error(400, "ResourceNotFoundException", "The specified log group does not exist.")],
    );
    let groups = json!({ "logGroups": [{ "logGroupName": "/aws/lambda/shop-dev-great" }, { "logGroupName": "/aws/lambda/shop-dev-pay" }] });
    aws.play("DescribeLogGroups", [Answer::json(&groups)]);
    project(&aws).run(["logs", "greet"]).check(expect![[r#"
        --- stderr
        error: there is no log group /aws/lambda/shop-dev-greet in eu-west-1
        hint:  did you mean shop-dev-great?
        hint:  logs are of: shop-dev-great, shop-dev-pay
        --- exit 10
    "#]]);
    assert_eq!(aws.asked("DescribeLogGroups")[0].json()["logGroupNamePrefix"], "/aws/lambda/shop-dev-");
}

#[test]
fn a_followed_log_shows_a_line_once_and_ends_with_ctrl_c() {
    let aws = Player::http();
    let throttled = Answer::aws_error(400, "ThrottlingException", "Rate exceeded");
    aws.play(
        "FilterLogEvents",
        [
            page(&["one"], None),
            throttled,
            page(&["one", "two"], None),
            page(&["two", "three"], None),
            page(&["three"], None),
        ],
    );
    let iw102 = project(&aws);
    let child = iw102.command(["logs", "greet", "-f"]).spawn().unwrap();
    crate::harness::eventually("five looks", || (aws.asked("FilterLogEvents").len() >= 5).then_some(()));
    signal(&child, rustix::process::Signal::INT);
    let ran = iw102.finish(child);
    assert_eq!(ran.code, Some(130), "{}", ran.snapshot());
    let lines: Vec<&str> = ran.stdout.lines().filter_map(|line| line.rsplit(' ').next()).collect();
    assert_eq!(lines, ["one", "two", "three"], "{}", ran.snapshot());
    let asked = aws.asked("FilterLogEvents");
    assert!(asked[4].at - asked[3].at >= Duration::from_secs(1), "a look a second at most");
}

#[test]
fn a_call_is_told_with_v_and_a_wrong_clock_is_known() {
    let aws = Player::http();
    aws.play_once("FilterLogEvents", [page(&["one"], None)]);
    let ran = project(&aws).run(["logs", "greet", "-v"]);
    assert!(ran.stderr.contains("> FilterLogEvents {") && ran.stderr.contains("< 200 "), "{}", ran.snapshot());
    let expired = "Signature expired: 20261123T170000Z is now earlier than 20261123T175500Z";
    aws.play("FilterLogEvents", [Answer::aws_error(400, "InvalidSignatureException", expired)]);
    let ran = project(&aws).run(["logs", "greet"]);
    assert!(ran.stderr.contains("this machine's clock is"), "{}", ran.snapshot());
}
