//! The course from its first command to its last, in the order of its text, on one machine: the API with its keys over TLS,
//! the callback machine answered from another process, both maps, the notifications.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::harness::{Dev, Iw102, Ran, eventually, is_there};

/// A world that holds a copy of the course's examples, each with a plan of its own where the test needs one.
fn course(file: &str, change: impl Fn(String) -> String) -> Iw102 {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/course");
    let iw102 = Iw102::new();
    iw102.write("serverless.yml", &change(fs::read_to_string(examples.join(file)).unwrap()));
    fs::create_dir(iw102.work().join("functions")).unwrap();
    for script in fs::read_dir(examples.join("functions")).unwrap() {
        let script = script.unwrap();
        fs::copy(script.path(), iw102.work().join("functions").join(script.file_name())).unwrap();
    }
    iw102
}

fn ok(iw102: &Iw102, words: &[&str]) -> String {
    let ran = iw102.run(words);
    assert_eq!(ran.code, Some(0), "{words:?}: {}", ran.snapshot());
    ran.stdout
}

fn refused(iw102: &Iw102, words: &[&str], code: i32, said: &str) -> Ran {
    let ran = iw102.run(words);
    assert_eq!(ran.code, Some(code), "{words:?}: {}", ran.snapshot());
    assert!(ran.stdout.contains(said) || ran.stderr.contains(said), "{words:?}: {}", ran.snapshot());
    ran
}

/// Moves a virtual clock.
fn advance(iw102: &Iw102, by: &str) {
    ok(iw102, &["clock", "advance", by, "--local"]);
}

/// Starts through the gateway and gives the execution's name.
fn start_with_key(iw102: &Iw102, more: &[&str]) -> String {
    let words: Vec<&str> = ["start", "--local"].iter().chain(more).chain(&["--api-key"]).copied().collect();
    let arn = ok(iw102, &words);
    arn.trim_end().rsplit(':').next().unwrap().to_owned()
}

fn status_is(iw102: &Iw102, name: &str, status: &str) {
    eventually(status, || {
        let ran = iw102.run(["status", name, "--local", "-q", "status"]);
        (ran.stdout.trim_end() == status).then_some(())
    });
}

#[test]
fn the_starter_machine_its_api_and_its_keys() {
    let iw102 = course("serverless.yml", |text| text);
    let dev = iw102.dev(&["--memory", "--time", "virtual"]);

    // First Step Machine: it runs to its end and its output is printed.
    let output = ok(
        &iw102,
        &["invoke", "stepf", "--name", "iw102StarterMachine", "--data", r#"{"thekey":"thevalue"}"#, "--local"],
    );
    assert_eq!(output, "{\"thekey\":\"thevalue\",\"taskresult\":\"Hello 102 Class\"}\n");

    // Add APIs, more secure: what the deploy lists, and nobody gets in without the key.
    let endpoints = ok(&iw102, &["endpoints", "--local"]);
    for route in ["/hello", "/action/start", "/action/status", "/action/stop"] {
        assert!(endpoints.contains(&format!("{}{route}", dev.api)), "{endpoints}");
    }
    refused(&iw102, &["http", "GET", "/hello", "--local"], 12, r#"{"message":"Forbidden"}"#);
    refused(&iw102, &["http", "GET", "/nothing", "--local", "--api-key"], 10, "Missing Authentication Token");

    // The key is shown when it is asked for, and gets in.
    let key = ok(&iw102, &["keys", "show", "dev-myFirstKey", "--reveal", "--local"]);
    assert_eq!(key.trim_end().len(), 40);
    assert!(!ok(&iw102, &["keys", "list", "--local"]).contains(key.trim_end()));
    let started = ok(&iw102, &["http", "GET", "/hello", "--local", "--api-key"]);
    assert!(started.starts_with(r#"{"executionArn":"arn:aws:states:"#), "{started}");

    // Status, through the gateway and beside it.
    let name = start_with_key(&iw102, &["thekey=thevalue"]);
    status_is(&iw102, &name, "SUCCEEDED");
    let through = ok(&iw102, &["status", &name, "--local", "--api-key"]);
    assert!(through.contains("SUCCEEDED") && through.contains("Hello 102 Class"), "{through}");
}

/// What the course has one paste into `openssl s_client`, the key apart.
fn paste(key: &str) -> String {
    format!(
        "GET /dev/hello HTTP/1.1\nhost: llb348ist9.execute-api.eu-west-1.amazonaws.com\nX-API-Key: {key}\n\
         connection: close\n\n"
    )
}

#[test]
fn the_request_of_the_course_by_openssl_and_by_curl() {
    if !is_there("openssl", &["version"]) || !is_there("curl", &["--version"]) {
        return;
    }
    let iw102 = course("serverless.yml", |text| text);
    let dev = iw102.dev(&["--memory", "--time", "virtual"]);
    let key = ok(&iw102, &["keys", "show", "dev-myFirstKey", "--reveal", "--local"]).trim_end().to_owned();
    let address = dev.api.strip_prefix("https://").and_then(|url| url.strip_suffix("/dev")).unwrap();

    let ca_file = dev.ca_file.to_str().unwrap();
    let words = ["s_client", "-quiet", "-verify_return_error", "-CAfile", ca_file, "-connect", address];
    let answer = by("openssl", &words, &paste(&key));
    for line in ["HTTP/1.1 200 OK", "Content-Type: application/json", "Connection: close", "x-amzn-RequestId: "] {
        assert!(answer.to_lowercase().contains(&line.to_lowercase()), "{line}: {answer}");
    }
    let body: serde_json::Value = serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    let arn = body["executionArn"].as_str().unwrap();
    assert!(arn.starts_with("arn:aws:states:eu-west-1:000000000000:execution:Iw102StarterMachine"), "{arn}");
    // Epoch seconds as the course shows them: 1.573573209347E9.
    assert!(answer.contains("E9}"), "{answer}");
    let wrong = by("openssl", &words, &paste("s1HR9a43llolcatslikeiamdoingthat7YEIvns8"));
    assert!(wrong.contains(r#"{"message":"Forbidden"}"#), "{wrong}");

    let (url, header) = (format!("{}/action/status", dev.api), format!("x-api-key: {key}"));
    let body = serde_json::json!({ "executionArn": arn }).to_string();
    let words = ["-sS", "--cacert", ca_file, "-H", &header, "-H", "content-type: application/json", "-d", &body, &url];
    let status: serde_json::Value = serde_json::from_str(&by("curl", &words, "")).unwrap();
    assert_eq!(status["executionArn"], arn);
}

/// What a program answers to its stdin.
fn by(program: &str, words: &[&str], stdin: &str) -> String {
    let mut command = Command::new(program);
    command.args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    // openssl reads until the answer ends; what it was told stays open until then.
    let mut input = child.stdin.take().unwrap();
    input.write_all(stdin.as_bytes()).unwrap();
    let mut output = String::new();
    child.stdout.take().unwrap().read_to_string(&mut output).unwrap();
    drop(input);
    child.wait().unwrap();
    output
}

#[test]
fn stop_through_the_gateway() {
    let iw102 = course("serverless.yml", |text| text);
    let _dev = iw102.dev(&["--memory"]);
    let name = start_with_key(&iw102, &[]);
    ok(&iw102, &["stop", &name, "--local", "--api-key", "--error", "Enough", "--cause", "the lesson is over"]);
    let status = iw102.run(["status", &name, "--local", "--api-key", "--exit-status"]);
    assert_eq!(status.code, Some(5), "{}", status.snapshot());
    assert!(status.stdout.contains("the lesson is over"), "{}", status.stdout);
}

#[test]
fn who_asks_too_fast_and_who_asks_too_often() {
    let plan = |limit: &'static str, burst: &'static str, rate: &'static str| {
        move |text: String| {
            let text = text.replace("limit: 5000", &format!("limit: {limit}")).replace("offset: 2", "offset: 0");
            text.replace("burstLimit: 200", &format!("burstLimit: {burst}"))
                .replace("rateLimit: 100", &format!("rateLimit: {rate}"))
        }
    };
    let call = ["http", "GET", "/hello", "--local", "--api-key"];

    let fast = course("serverless.yml", plan("5000", "2", "0.001"));
    let _dev = fast.dev(&[]);
    ok(&fast, &call);
    ok(&fast, &call);
    refused(&fast, &call, 13, "Too Many Requests");

    let often = course("serverless.yml", plan("3", "200", "100"));
    let dev = often.dev(&[]);
    ok(&often, &call);
    ok(&often, &call);
    dev.kill();
    // What was used is counted over a restart, also one that nobody announced.
    let dev = often.dev(&[]);
    ok(&often, &call);
    refused(&often, &call, 13, "Limit Exceeded");
    dev.interrupt();
    let _dev = often.dev(&[]);
    refused(&often, &call, 13, "Limit Exceeded");
    let usage = ok(&often, &["keys", "usage", "--local"]);
    assert!(usage.contains("dev-myFirstKey"), "{usage}");
}

/// Waits for the token of an execution.
fn token(iw102: &Iw102, name: &str) -> String {
    ok(iw102, &["token", name, "--local", "--wait", "20s"])
}

fn callback() -> Iw102 {
    course("callback.yml", |text| text)
}

/// A `dev` with a clock that is moved by hand, and an execution that waits for its token.
fn waiting(iw102: &Iw102) -> (Dev<'_>, String, String) {
    let dev = iw102.dev(&["--memory", "--time", "virtual"]);
    let name = start_with_key(iw102, &["--route", "GET /action/start"]);
    let token = token(iw102, &name);
    (dev, name, token)
}

#[test]
fn the_callback_succeeds_and_a_second_answer_comes_too_late() {
    let iw102 = callback();
    let (_dev, name, token) = waiting(&iw102);
    let answered = iw102.run_with_stdin(["succeed", "--local", "--token", "-", "status=success"], &token);
    assert_eq!(answered.code, Some(0), "{}", answered.snapshot());
    status_is(&iw102, &name, "SUCCEEDED");
    let output = ok(&iw102, &["status", &name, "--local", "-q", "output.taskresult.status"]);
    assert_eq!(output, "success\n");
    let again = iw102.run_with_stdin(["fail", "--local", "--token", "-"], &token);
    assert_eq!(again.code, Some(14), "{}", again.snapshot());
    assert!(again.stderr.contains("already answered"), "{}", again.stderr);
}

#[test]
fn the_callback_fails() {
    let iw102 = callback();
    let (_dev, name, _) = waiting(&iw102);
    ok(&iw102, &["fail", &name, "--local", "--error", "Refused", "--cause", "not today"]);
    status_is(&iw102, &name, "FAILED");
    let told = ok(&iw102, &["status", &name, "--local"]);
    assert!(told.contains("FailState") && told.contains("Refused"), "{told}");
}

#[test]
fn the_callback_times_out_when_no_heartbeat_comes() {
    let iw102 = callback();
    let (_dev, name, token) = waiting(&iw102);
    advance(&iw102, "61s");
    status_is(&iw102, &name, "SUCCEEDED");
    let told = ok(&iw102, &["status", &name, "--local"]);
    assert!(told.contains("TimeoutState") && told.contains("States.Timeout"), "{told}");
    let late = iw102.run_with_stdin(["succeed", "--local", "--token", "-"], &token);
    assert_eq!(late.code, Some(14), "{}", late.snapshot());
}

#[test]
fn heartbeats_keep_the_callback_waiting_past_its_minute() {
    let iw102 = callback();
    let (_dev, name, token) = waiting(&iw102);
    for _ in 0..3 {
        advance(&iw102, "45s");
        let beat = iw102.run_with_stdin(["heartbeat", "--local", "--token", "-"], &token);
        assert_eq!(beat.code, Some(0), "{}", beat.snapshot());
    }
    status_is(&iw102, &name, "RUNNING");
    ok(&iw102, &["succeed", &name, "--local"]);
    status_is(&iw102, &name, "SUCCEEDED");
    let told = ok(&iw102, &["status", &name, "--local"]);
    assert!(told.contains("SuccessState"), "{told}");
}

#[test]
fn both_maps_through_the_gateway() {
    for (file, input, output) in [
        ("map.yml", r#"basket:={"items": ["bread", "milk"]}"#, r#"["bread","milk"]"#),
        (
            "map-order.yml",
            r#"basket:={"platform": "web", "ordernumber": 102, "items": [{"sku": "bread"}]}"#,
            r#"[{"processed":true,"item":{"sku":"bread"},"ordernumber":102,"platform":"web"}]"#,
        ),
    ] {
        let iw102 = course(file, |text| text);
        let _dev = iw102.dev(&["--memory", "--time", "virtual"]);
        let name = start_with_key(&iw102, &[input]);
        status_is(&iw102, &name, "SUCCEEDED");
        let result: serde_json::Value =
            serde_json::from_str(&ok(&iw102, &["status", &name, "--local", "-q", "output.taskresult"])).unwrap();
        assert_eq!(result, serde_json::from_str::<serde_json::Value>(output).unwrap());
    }
}

#[test]
fn whoever_wants_to_know_is_told() {
    let iw102 = course("notification.yml", |text| text);
    let _dev = iw102.dev(&["--memory"]);
    let name = start_with_key(&iw102, &["number:=95"]);
    let told = |status: &str| {
        eventually(status, || {
            let log = ok(&iw102, &["logs", "monitor", "--local"]);
            log.contains(&format!("execution is {status}")).then_some(())
        });
    };
    told("RUNNING");
    ok(&iw102, &["stop", &name, "--local", "--api-key"]);
    told("ABORTED");
    start_with_key(&iw102, &["number:=95"]);
    told("SUCCEEDED");
    start_with_key(&iw102, &["number:=12"]);
    told("FAILED");
}
