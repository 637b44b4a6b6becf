//! What passes is waited out; what does not is told with the way back.

use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::played::{Played, arn, machine, one_state};
use crate::harness::{Iw102, REGION};
use crate::player::{Answer, Player};

/// Refuses the first calls of GetExecutionHistory with what `trouble` says, then answers.
fn troubled(aws: &Player, played: Played, times: u32, trouble: impl Fn() -> Answer + Send + Sync + 'static) {
    let played = played.on(aws);
    let met = AtomicU32::new(0);
    aws.compute("GetExecutionHistory", move |request| {
        if met.fetch_add(1, Ordering::SeqCst) < times { trouble() } else { played.page(request) }
    });
}

#[test]
fn an_execution_that_was_just_started_may_be_unknown_for_a_while() {
    let aws = Player::http();
    let unknown = || Answer::aws_error(400, "ExecutionDoesNotExist", "Execution Does Not Exist");
    troubled(&aws, Played::new(one_state(0)), 2, unknown);
    let ran = Iw102::new().on_aws(&aws).run(["invoke", &machine()]);
    assert_eq!((ran.stdout.as_str(), ran.code), ("{\"a\":1}\n", Some(0)), "{}", ran.snapshot());
}

#[test]
fn an_arn_that_somebody_wrote_and_that_nobody_knows_is_not_waited_for() {
    let aws = Player::http();
    aws.play("GetExecutionHistory", [Answer::aws_error(400, "ExecutionDoesNotExist", "Execution Does Not Exist")]);
    let ran = Iw102::new().on_aws(&aws).run(["wait", &arn("typo")]);
    assert_eq!(ran.code, Some(10), "{}", ran.snapshot());
    assert_eq!(aws.asked("GetExecutionHistory").len(), 1);
}

#[test]
fn an_arn_that_start_has_just_printed_is_waited_for() {
    let aws = Player::http();
    let unknown = || Answer::aws_error(400, "ExecutionDoesNotExist", "Execution Does Not Exist");
    troubled(&aws, Played::new(one_state(0)), 1, unknown);
    let iw102 = Iw102::new().on_aws(&aws);
    let started = iw102.run(["start", &machine()]);
    let ran = iw102.run(["wait", started.stdout.trim()]);
    assert_eq!((ran.stdout.as_str(), ran.code), ("{\"a\":1}\n", Some(0)), "{}", ran.snapshot());
}

#[test]
fn an_answer_that_does_not_come_is_not_waited_for_longer_than_the_timeout() {
    let aws = Player::http();
    let late = || Answer::dropped().after(Duration::from_secs(20));
    troubled(&aws, Played::new(one_state(0)), u32::MAX, late);
    let begun = Instant::now();
    let ran = Iw102::new().on_aws(&aws).run(["invoke", &machine(), "--timeout", "400ms"]);
    assert_eq!(ran.code, Some(124), "{}", ran.snapshot());
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

#[test]
fn throttling_is_waited_out_and_said_once() {
    let aws = Player::http();
    // The SDK tries three times before it gives up.
    let throttled = || Answer::aws_error(400, "ThrottlingException", "Rate exceeded");
    troubled(&aws, Played::new(one_state(0)), 4, throttled);
    let ran = Iw102::new().on_aws(&aws).run(["invoke", &machine()]);
    assert_eq!((ran.stdout.as_str(), ran.code), ("{\"a\":1}\n", Some(0)), "{}", ran.snapshot());
    assert_eq!(ran.stderr.matches("note: AWS throttles the calls; looking less often\n").count(), 1, "{}", ran.stderr);
}

#[test]
fn a_connection_that_drops_in_the_middle_is_made_again() {
    let aws = Player::https();
    troubled(&aws, Played::new(one_state(0)), 4, Answer::dropped);
    let ran = Iw102::new().on_aws(&aws).run(["invoke", &machine()]);
    assert_eq!((ran.stdout.as_str(), ran.code), ("{\"a\":1}\n", Some(0)), "{}", ran.snapshot());
    assert_eq!(ran.stderr.matches("trying again for a minute\n").count(), 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("note: reached again\n"), "{}", ran.stderr);
}

/// Credentials from a file, which can be written anew.
fn with_file(aws: &Player) -> (Iw102, std::path::PathBuf) {
    let iw102 = Iw102::new();
    let file = iw102.write("credentials", &credentials("OLD"));
    let iw102 = iw102
        .with("AWS_ENDPOINT_URL", &aws.url)
        .with("AWS_REGION", REGION)
        .with("AWS_EC2_METADATA_DISABLED", "true")
        .with("AWS_SHARED_CREDENTIALS_FILE", file.to_str().unwrap());
    (iw102, file)
}

fn credentials(id: &str) -> String {
    format!("[default]\naws_access_key_id = AKIA{id}\naws_secret_access_key = secret-{id}\n")
}

fn expired() -> Answer {
    Answer::aws_error(400, "ExpiredTokenException", "The security token included in the request is expired")
}

#[test]
fn credentials_that_expire_are_read_again() {
    let aws = Player::http();
    let (iw102, file) = with_file(&aws);
    let played = Played::new(one_state(0)).on(&aws);
    aws.compute("GetExecutionHistory", move |request| {
        if request.scope().is_some_and(|scope| scope.access_key_id == "AKIANEW") {
            return played.page(request);
        }
        // Somebody logs in again.
        fs::write(&file, credentials("NEW")).unwrap();
        expired()
    });
    let ran = iw102.run(["invoke", &machine()]);
    assert_eq!((ran.stdout.as_str(), ran.code), ("{\"a\":1}\n", Some(0)), "{}", ran.snapshot());
    assert!(
        ran.stderr.starts_with(
            "note: the credentials have expired; reading them again\nnote: the new credentials are good\n"
        ),
        "{}",
        ran.stderr
    );
}

#[test]
fn credentials_that_stay_expired_leave_the_execution_and_say_how_to_come_back() {
    let aws = Player::http();
    let (iw102, _) = with_file(&aws);
    troubled(&aws, Played::new(one_state(0)), u32::MAX, expired);
    let ran = iw102.run(["invoke", &machine(), "--name", "one"]);
    assert_eq!((ran.stdout.as_str(), ran.code), ("", Some(11)), "{}", ran.snapshot());
    let back = format!("hint:  the execution goes on; to come back to it: iw102 wait {}\n", arn("one"));
    let expired = "error: The security token included in the request is expired (ExpiredTokenException, request ";
    assert!(ran.stderr.contains(expired), "{}", ran.stderr);
    assert!(ran.stderr.contains(&back), "{}", ran.stderr);
    assert_eq!(aws.asked("GetExecutionHistory").len(), 2, "once with what was there, once with what is read again");
}

#[test]
fn a_clock_that_is_wrong_is_told_with_the_difference() {
    let aws = Player::http();
    let date = "Mon, 23 Nov 2020 18:00:00 GMT";
    let text = "Signature not yet current: 20261123T180000Z is still later than 20201123T180500Z";
    let skewed = move || Answer::aws_error(403, "InvalidSignatureException", text).header("date", date);
    troubled(&aws, Played::new(one_state(0)), u32::MAX, skewed);
    let ran = Iw102::new().on_aws(&aws).run(["invoke", &machine()]);
    assert_eq!(ran.code, Some(11), "{}", ran.snapshot());
    assert!(ran.stderr.starts_with("error: this machine's clock is "), "{}", ran.stderr);
    assert!(ran.stderr.contains(" ahead of that of AWS: Signature not yet current"), "{}", ran.stderr);
    assert!(ran.stderr.contains("hint:  set the clock"), "{}", ran.stderr);
}

#[test]
fn a_timeout_of_ours_leaves_the_execution() {
    let aws = Player::http();
    Played::new(one_state(60_000)).on(&aws);
    let ran = Iw102::new().on_aws(&aws).run(["invoke", &machine(), "--name", "one", "--timeout", "300ms"]);
    assert_eq!(ran.code, Some(124), "{}", ran.snapshot());
    assert!(ran.stderr.contains(&format!("hint:  iw102 wait {}\n", arn("one"))), "{}", ran.stderr);
}
