//! Through the API gateway with a key, over TLS: `--api-key`, `http`, `keys`, `endpoints`.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::sync::mpsc;
use std::thread;

use expect_test::expect;
use serde_json::Value;

use crate::harness::{Iw102, Ran, is_there};
use crate::shop;

/// A machine that waits, two keys and this usage plan.
fn yaml(plan: &str) -> String {
    let keys = "[dev-first, {name: dev-second, value: secondsecondsecondsecond, enabled: false}]";
    shop::yaml(
        &format!("apiKeys: {keys}, usagePlan: {plan}"),
        "{StartAt: Hold, States: {Hold: {Type: Wait, Seconds: 3600, End: true}}}",
    )
}

fn with_plan(plan: &str) -> Iw102 {
    let iw102 = Iw102::new();
    iw102.write("serverless.yml", &yaml(plan));
    iw102
}

fn project() -> Iw102 {
    with_plan("{quota: {limit: 100, period: MONTH}, throttle: {rateLimit: 100, burstLimit: 50}}")
}

fn local(iw102: &Iw102, words: &[&str]) -> Ran {
    iw102.run(words.iter().chain(&["--local"]))
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.snapshot()))
}

fn the_key(iw102: &Iw102) -> String {
    let ran = local(iw102, &["keys", "show", "dev-first", "--reveal"]);
    let key = ran.stdout.trim().to_owned();
    assert_eq!((key.len(), ran.code), (40, Some(0)), "{}", ran.snapshot());
    key
}

fn private_file(iw102: &Iw102, name: &str, text: &str) {
    let path = iw102.write(name, text);
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn start_status_and_stop_go_through_the_gateway() {
    let iw102 = project();
    let ran = local(&iw102, &["start", "order", "a=1", "--api-key"]);
    assert_eq!(ran.code, Some(0), "{}", ran.snapshot());
    assert!(ran.stdout.starts_with("arn:aws:states:eu-west-1:000000000000:execution:Order"), "{}", ran.stdout);
    let name = ran.stdout.trim().rsplit(':').next().unwrap().to_owned();
    local(&iw102, &["status", "--api-key"]).check(expect![[r#"
        Name       [UUID]
        Machine    order
        Status     RUNNING
        Started    [TIME]
        Input      {"a":"1"}
        --- stderr
        hint:  no command runs it now; it goes on with: iw102 wait [UUID] --local
        --- exit 0
    "#]]);
    let (by_route, direct) = (["status", &name, "--api-key", "-o", "json"], ["status", &name, "-o", "json"]);
    let (by_route, direct) = (json(&local(&iw102, &by_route)), json(&local(&iw102, &direct)));
    for (member, value) in by_route.as_object().unwrap() {
        assert_eq!(direct[member], *value, "{member}");
    }
    let words = ["stop", "last", "--api-key", "--error", "Cancelled", "--cause", "the customer left", "-o", "json"];
    let ran = local(&iw102, &words);
    assert_eq!(json(&ran)["executions"][0]["wasRunning"], true, "{}", ran.snapshot());
    let ran = local(&iw102, &["status", "--api-key", "--exit-status", "-q", "[status, error, cause]"]);
    assert_eq!((ran.stdout.as_str(), ran.code), ("[\"ABORTED\",\"Cancelled\",\"the customer left\"]\n", Some(5)));
    let ran = local(&iw102, &["stop", &name, "--api-key"]);
    assert_eq!(ran.stderr, format!("{name} had ended before: ABORTED\n"));
}

#[test]
fn without_a_good_key_nothing_is_started() {
    let iw102 = project();
    private_file(&iw102, "wrong.key", "0123456789012345678901234567890123456789");
    for (words, code) in [
        (&["start", "--route", "POST /action/start"][..], 12),
        (&["start", "--api-key", "@wrong.key"], 12),
        (&["start", "--api-key", "name:dev-second"], 12),
        (&["start", "--api-key", "name:absent"], 10),
        (&["start", "--api-key", "--route", "POST /action/begin"], 10),
        (&["start", "--api-key", "--route", "DELETE /action/start"], 10),
        (&["start", "a=1", "--api-key", "--route", "GET /action/start"], 2),
        (&["start", "--name", "one", "--api-key"], 2),
        (&["start", "--api-key", "--api", "http://example.com/dev"], 2),
        (&["start", "--api-key", "env:ABSENT"], 2),
    ] {
        let ran = local(&iw102, words);
        assert_eq!(ran.code, Some(code), "{words:?}: {}", ran.snapshot());
        assert!(ran.stderr.contains("hint:"), "{}", ran.snapshot());
    }
    assert_eq!(local(&iw102, &["list", "-o", "name"]).stdout, "");
    let ran = local(&iw102, &["start", "--api-key", "@wrong.key", "-o", "json"]);
    assert!(ran.stderr.contains(r#""code":"ForbiddenException""#) && ran.stderr.contains(r#""exitCode":12"#));
    fs::set_permissions(iw102.work().join("wrong.key"), fs::Permissions::from_mode(0o644)).unwrap();
    let ran = local(&iw102, &["start", "--api-key", "@wrong.key"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("chmod 600"), "{}", ran.snapshot());
}

#[test]
fn a_key_comes_from_any_reference() {
    let iw102 = project();
    let key = the_key(&iw102);
    private_file(&iw102, "good.key", &format!("{key}\n"));
    let iw102 = iw102.with("SOME_KEY", &key);
    for reference in ["@good.key", "env:SOME_KEY", "name:dev-first"] {
        let ran = local(&iw102, &["start", "--api-key", reference, "--route", "GET /action/start"]);
        assert_eq!(ran.code, Some(0), "{reference}: {}", ran.snapshot());
    }
    let ran = iw102.run_with_stdin(["start", "--local", "--api-key", "-"], &key);
    assert_eq!(ran.code, Some(0), "{}", ran.snapshot());
    let ran = local(&iw102, &["start", "--api-key", &key]);
    assert!(ran.code == Some(0) && ran.stderr.contains("shows in the list of processes"), "{}", ran.snapshot());
    // With --local the environment's key is not the project's.
    let other = iw102.with("IW102_API_KEY", "0123456789012345678901234567890123456789");
    assert_eq!(local(&other, &["start", "--api-key"]).code, Some(0));
}

#[test]
fn a_word_that_api_key_swallowed_is_given_back_without_being_repeated() {
    let iw102 = project();
    local(&iw102, &["start", "--api-key", "order"]).check(expect![[r#"
        --- stderr
        error: what follows --api-key is no key: a key has at least 20 characters
        hint:  write --api-key last, or with a REF: iw102 start MACHINE --local --api-key
        --- exit 2
    "#]]);
    let ran = local(&iw102, &["start", "--api-key", "s3cr3t-and-short", "-o", "json"]);
    assert!(ran.code == Some(2) && !ran.snapshot().contains("s3cr3t"), "{}", ran.snapshot());
}

#[test]
fn a_quota_that_is_used_up_is_told_and_not_tried_again() {
    let iw102 = with_plan("{quota: {limit: 2, period: MONTH}}");
    for _ in 0..2 {
        assert_eq!(local(&iw102, &["start", "--api-key"]).code, Some(0));
    }
    let ran = local(&iw102, &["start", "--api-key", "-o", "json"]);
    assert_eq!(ran.code, Some(13), "{}", ran.snapshot());
    assert!(ran.stderr.contains(r#""code":"LimitExceededException""#), "{}", ran.snapshot());
    let ran = local(&iw102, &["keys", "usage", "dev-first", "-q", "usage[0].[used, remaining, quota.limit]"]);
    assert_eq!(ran.stdout, "[2,0,2]\n", "{}", ran.snapshot());
}

#[test]
fn what_stays_throttled_ends_with_its_code() {
    // The bucket is the owner's, here the command itself: `stop` asks for the status first, then has nothing left.
    let iw102 = with_plan("{throttle: {rateLimit: 0.001, burstLimit: 1}}");
    assert_eq!(local(&iw102, &["start", "--api-key"]).code, Some(0));
    let ran = local(&iw102, &["stop", "last", "--api-key", "-v"]);
    assert_eq!(ran.code, Some(13), "{}", ran.snapshot());
    assert_eq!(ran.stderr.matches("> POST /dev/action/stop").count(), 4, "{}", ran.snapshot());
}

#[test]
fn no_output_of_any_command_holds_the_key() {
    let iw102 = project();
    let key = the_key(&iw102);
    let mut all = String::new();
    for words in [
        &["start", "--api-key", "a=1"][..],
        &["status", "--api-key"],
        &["http", "POST", "/action/start", "a=1", "--api-key"],
        &["http", "POST", "/action/start", "a=1", "--api-key", "--offline"],
        &["http", "POST", "/action/start", "a=1", "--api-key", "--curl"],
        &["stop", "last", "--api-key"],
        &["keys", "list"],
        &["keys", "list", "-o", "json"],
        &["keys", "show", "dev-first", "--conceal"],
        &["keys", "show", "dev-first", "-o", "json"],
        &["keys", "usage"],
        &["endpoints", "-o", "json"],
        &["start", "--api-key", "a=1", "--route", "POST /nowhere", "-o", "json"],
    ] {
        let ran = local(&iw102, &[words, &["-v"]].concat());
        all += &ran.snapshot();
    }
    assert!(all.contains("> x-api-key: [redacted]") && all.contains("x-api-key: $IW102_API_KEY"), "{all}");
    assert!(!all.contains(&key), "{}", all.replace(&key, "<<<THE KEY>>>"));
}

#[test]
fn a_certificate_by_another_ca_is_refused() {
    let iw102 = project();
    let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let other = params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
    iw102.write("other.pem", &other.pem());
    let ran = local(&iw102, &["start", "--api-key", "--cacert", "other.pem"]);
    assert_eq!(ran.code, Some(20), "{}", ran.snapshot());
    assert!(ran.stderr.contains("--cacert FILE"), "{}", ran.snapshot());
    assert_eq!(local(&iw102, &["list", "-o", "name"]).stdout, "");
    let help = iw102.run(["http", "--help"]).stdout;
    assert!(!help.contains("insecure"), "{help}");
}

#[test]
fn http_prints_the_body_and_ends_as_the_answer_says() {
    let iw102 = project();
    let ran = local(&iw102, &["http", "POST", "/action/start", "a=1", "--api-key", "-q", "executionArn"]);
    let arn = ran.stdout.trim().to_owned();
    assert!(arn.starts_with("arn:aws:states:") && ran.code == Some(0), "{}", ran.snapshot());
    let item = format!("executionArn={arn}");
    let ran = local(&iw102, &["http", "post", "action/status", &item, "--api-key", "-o", "json"]);
    assert_eq!((&json(&ran)["status"], &json(&ran)["body"]["status"]), (&200.into(), &"RUNNING".into()));
    for (words, code, body) in [
        (&["http", "POST", "/action/start"][..], 12, "{\"message\":\"Forbidden\"}\n"),
        (&["http", "POST", "/nowhere", "--api-key"], 10, "{\"message\":\"Missing Authentication Token\"}\n"),
    ] {
        let ran = local(&iw102, words);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(code), body), "{}", ran.snapshot());
    }
    let item = format!("{item}-not");
    let ran = local(&iw102, &["http", "POST", "/action/status", &item, "--api-key"]);
    assert!(ran.code == Some(10) && ran.stdout.contains("ExecutionDoesNotExist"), "{}", ran.snapshot());
    // Without --local AWS is meant, which nobody has named.
    let iw102 = iw102.with("AWS_EC2_METADATA_DISABLED", "true");
    for words in [&["http", "GET", "/action/start"][..], &["keys", "list"], &["keys", "show", "dev-first"]] {
        let ran = iw102.run(words);
        assert!(ran.code == Some(11) && ran.stderr.contains("there are no AWS credentials"), "{}", ran.snapshot());
    }
}

#[test]
fn http_takes_the_url_of_a_route_and_says_that_the_stage_is_in_it() {
    let iw102 = project();
    let dev = iw102.dev(&[]);
    let url = format!("{}/action/start", dev.api);
    let ran = local(&iw102, &["http", "POST", &url, "a=1", "--api-key", "-q", "executionArn"]);
    assert!(ran.code == Some(0) && ran.stdout.starts_with("arn:"), "{}", ran.snapshot());
    let ran = local(&iw102, &["http", "POST", &url, "--curl"]);
    assert!(ran.stdout.contains(&url), "{}", ran.snapshot());
    let ran = local(&iw102, &["http", "POST", "https://example.com/dev/action/start", "--api-key"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("not below the gateway"), "{}", ran.snapshot());
    let ran = local(&iw102, &["http", "POST", "/dev/action/start", "--api-key"]);
    let hint = "write the path below it: /action/start\n";
    assert!(ran.code == Some(10) && ran.stderr.ends_with(hint), "{}", ran.snapshot());
}

#[test]
fn a_machine_that_the_key_swallowed_is_given_back() {
    let iw102 = Iw102::new();
    let two = "    orderMachineOfTheShop:\n      definition: {StartAt: P, States: {P: {Type: Pass, End: true}}}\n";
    iw102.write("serverless.yml", &(yaml("{}") + two));
    let ran = iw102.run(["start", "--local", "--api-key", "orderMachineOfTheShop"]);
    let hint = "write --api-key last, or with a REF: iw102 start orderMachineOfTheShop --local --api-key\n";
    assert!(ran.code == Some(2) && ran.stderr.ends_with(hint), "{}", ran.snapshot());
    for words in [&["http", "--api-key", "GET", "/action/start"][..], &["stop", "--api-key", "last"]] {
        let ran = local(&iw102, words);
        let hint = "hint:  --api-key takes the word behind it for the key: write --api-key last, or --api-key=REF\n";
        assert!(ran.code == Some(2) && ran.stderr.ends_with(hint), "{}", ran.snapshot());
    }
    assert!(!local(&iw102, &["stop", "--api-key"]).stderr.contains("hint:"), "nothing was swallowed");
}

#[test]
fn the_command_of_curl_sends_the_same() {
    if !is_there("curl", &["--version"]) {
        return;
    }
    let iw102 = project();
    // It says where the store is, before anything else, and then waits in its one state.
    let mut owner = iw102.command(["invoke", "--local", "-v"]).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(owner.stderr.as_mut().unwrap()).read_line(&mut line).unwrap();
    let key = the_key(&iw102);
    let words = ["http", "POST", "/action/start", "q==a b", "note=it's", "--api-key", "--curl"];
    let script = local(&iw102, &words).stdout;
    let curl = Command::new("sh").args(["-c", &script]).env("IW102_API_KEY", &key).output().unwrap();
    let answer = String::from_utf8_lossy(&curl.stdout).into_owned();
    let ran = local(&iw102, &["status", "last", "-q", "input"]);
    owner.kill().unwrap();
    owner.wait().unwrap();
    assert!(answer.contains("executionArn"), "{script}\n{answer}{}", String::from_utf8_lossy(&curl.stderr));
    assert_eq!(ran.stdout, "{\"note\":\"it's\"}\n", "{}", ran.snapshot());
}

#[test]
fn endpoints_and_keys_are_tables() {
    let iw102 = project();
    let ran = local(&iw102, &["endpoints"]);
    let lines: Vec<Vec<&str>> = ran.stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    let told: Vec<String> = lines[1..]
        .iter()
        .map(|words| {
            format!("{} {} {} {} {}", words[0], words[1].split_once("/dev").unwrap().1, words[2], words[3], words[4])
        })
        .collect();
    assert_eq!(
        told,
        [
            "GET /action/start StartExecution order needed",
            "POST /action/start StartExecution order needed",
            "POST /action/status DescribeExecution - needed",
            "POST /action/stop StopExecution - needed",
        ]
    );
    let keys = json(&local(&iw102, &["keys", "list", "-o", "json"]));
    let told: Vec<_> =
        keys["keys"].as_array().unwrap().iter().map(|key| (key["name"].as_str().unwrap(), &key["enabled"])).collect();
    assert_eq!(told, [("dev-first", &Value::Bool(true)), ("dev-second", &Value::Bool(false))]);
    assert_eq!(local(&iw102, &["keys", "show", "absent"]).code, Some(10));
    assert_eq!(local(&iw102, &["keys", "show", "dev-second", "--reveal"]).stdout, "secondsecondsecondsecond\n");
}

/// A gateway on loopback that takes one connection after the other and answers each with `answer`; gives how many came.
fn fake(answer: &'static str) -> (String, mpsc::Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/dev", listener.local_addr().unwrap());
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut buffer = [0; 4096];
            let mut request = Vec::new();
            // The body of these starts ends with a brace.
            while !request.ends_with(b"}") {
                match stream.read(&mut buffer) {
                    Ok(read) if read > 0 => request.extend_from_slice(&buffer[..read]),
                    _ => break,
                }
            }
            sender.send(()).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    (address, receiver)
}

#[test]
fn a_start_whose_answer_is_lost_is_looked_for_and_never_sent_again() {
    let iw102 = project();
    local(&iw102, &["start", "--name", "request-1"]);
    let (address, came) = fake(
        "HTTP/1.1 504 Gateway Timeout\r\nx-amzn-errortype: InternalServerErrorException\r\nx-amzn-requestid: request-1\r\n\
         content-length: 41\r\nconnection: close\r\n\r\n{\"message\": \"Endpoint request timed out\"}",
    );
    let ran = local(&iw102, &["start", "--api", &address, "--api-key"]);
    assert!(ran.stdout.ends_with(":request-1\n") && ran.code == Some(0), "{}", ran.snapshot());
    assert!(ran.stderr.contains("but it was started"), "{}", ran.snapshot());
    assert_eq!(came.try_iter().count(), 1);
    let (address, came) = fake("");
    let ran = local(&iw102, &["start", "--api", &address, "--api-key"]);
    assert_eq!(ran.code, Some(20), "{}", ran.snapshot());
    assert!(ran.stderr.contains("it may have started: iw102 list --local"), "{}", ran.snapshot());
    assert_eq!(came.try_iter().count(), 1);
}
