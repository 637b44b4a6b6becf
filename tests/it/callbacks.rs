//! Task tokens on the command line: found, answered, refused, with and without a process that serves the store.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use expect_test::expect;
use regex_lite::Regex;

use crate::harness::{Iw102, Ran, eventually};

/// A state that waits for its token at once, and one behind it that shows whether the execution went on.
const WAITS: &str = r#"{"StartAt": "SendWait", "States": {
    "SendWait": {
        "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "HeartbeatSeconds": HEARTBEAT,
        "Parameters": {"FunctionName": "f", "Payload": {"link.$": "States.Format('https://x/{}?t={}', $$.Execution.Name, $$.Task.Token)"}},
        "Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "TimeoutState"}, {"ErrorEquals": ["States.ALL"], "Next": "FailState"}],
        "Next": "SuccessState"
    },
    "SuccessState": {"Type": "Succeed"}, "TimeoutState": {"Type": "Succeed"},
    "FailState": {"Type": "Fail", "Error": "Refused", "Cause": "somebody answered with a failure"}
}}"#;

/// Two branches, one of them a Map of two items, all of which wait.
const MANY: &str = r#"{"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "End": true, "Branches": [
    {"StartAt": "Left", "States": {"Left": WAIT}},
    {"StartAt": "Orders", "States": {"Orders": {"Type": "Map", "ItemsPath": "$.items", "End": true,
        "ItemProcessor": {"StartAt": "Approve", "States": {"Approve": WAIT}}}}}
]}}}"#;
const WAIT: &str = r#"{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "TimeoutSeconds": 300,
    "Parameters": {"FunctionName": "f", "Payload": {"token.$": "$$.Task.Token"}}, "End": true}"#;

/// Words of a command about the machine in `m.asl.json`, whose function answers at once.
fn words<'a>(words: &[&'a str]) -> Vec<&'a str> {
    [words, &["--local", "-c", "m.asl.json", "--function", "f=cat"]].concat()
}

/// A machine whose heartbeat may be missing for so many seconds.
fn waits(heartbeat_seconds: u32) -> Iw102 {
    let iw102 = Iw102::new();
    iw102.write("m.asl.json", &WAITS.replace("HEARTBEAT", &heartbeat_seconds.to_string()));
    iw102
}

fn run(iw102: &Iw102, command: &[&str]) -> Ran {
    iw102.run(words(command))
}

/// Runs a command that must end so.
fn done(iw102: &Iw102, command: &[&str], code: i32) -> Ran {
    let ran = run(iw102, command);
    assert_eq!(ran.code, Some(code), "{command:?}: {}", ran.snapshot());
    ran
}

fn start(iw102: &Iw102, name: &str) {
    done(iw102, &["start", "--name", name], 0);
}

/// The token of the only task that waits.
fn token(iw102: &Iw102) -> String {
    done(iw102, &["token"], 0).stdout.trim_end().to_owned()
}

/// A process that serves the store until its execution ends, once its token is waited for.
fn serving(iw102: &Iw102, name: &str) -> Child {
    let child = iw102.command(words(&["invoke", "--name", name])).spawn().unwrap();
    // Until the store is there, looking for the token would take it.
    let lock = || Command::new("sh").arg("-c").arg(format!("ls {}/*/owner.json", store(iw102).display())).output();
    eventually("the owner", || lock().unwrap().status.success().then_some(()));
    done(iw102, &["token", name, "--wait", "20s"], 0);
    child
}

fn store(iw102: &Iw102) -> PathBuf {
    iw102.work().parent().unwrap().join("home/iw102/local")
}

fn final_state(iw102: &Iw102, name: &str) -> String {
    done(iw102, &["status", name, "-o", "json", "-q", "finalState"], 0).stdout.trim().trim_matches('"').to_owned()
}

/// What a command says, with what passes by the way replaced.
fn said(ran: &Ran) -> String {
    let text = Regex::new(r"\b\d+ s\b").unwrap().replace_all(&ran.snapshot(), "[SECONDS]").into_owned();
    Regex::new(r"[A-Za-z0-9+/]{44}").unwrap().replace_all(&text, "[TOKEN]").into_owned()
}

#[test]
fn a_token_is_cut_out_and_answered_without_another_process() {
    let iw102 = waits(60);
    start(&iw102, "order-17");
    expect![[r#"
        [TOKEN]
        --- stderr
        SendWait of order-17 waits; the heartbeat runs out in [SECONDS] (at [TIME])
        --- exit 0
    "#]]
    .assert_eq(&said(&run(&iw102, &["token"])));
    assert_eq!(done(&iw102, &["token", "-o", "name"], 0).stdout, "order-17/SendWait\n");
    expect![[r#"
        --- stderr
        sent: SendWait of order-17 succeeded
        --- exit 0
    "#]]
    .assert_eq(&said(&run(&iw102, &["succeed", "order-17/SendWait", "status=success", "n:=1"])));
    assert_eq!(final_state(&iw102, "order-17"), "SuccessState");
    let output = done(&iw102, &["status", "order-17", "-o", "json", "-q", "output"], 0).stdout;
    let output: serde_json::Value = serde_json::from_str(&output).unwrap();
    assert_eq!(output, serde_json::json!({"status": "success", "n": 1}));
}

#[test]
fn a_failure_goes_to_catch_and_an_empty_success_is_an_object() {
    let iw102 = waits(60);
    start(&iw102, "one");
    let failed = done(&iw102, &["fail", "--error", "Refused", "--cause", "too dear", "-o", "json"], 0);
    let sent: serde_json::Value = serde_json::from_str(&failed.stdout).unwrap();
    assert_eq!(
        (&sent["sent"], &sent["error"], &sent["stateName"]),
        (&"failure".into(), &"Refused".into(), &"SendWait".into())
    );
    assert_eq!(final_state(&iw102, "one"), "FailState");
    start(&iw102, "two");
    let answer = token(&iw102);
    iw102.write("token", &answer);
    done(&iw102, &["send-task-success", "--task-token", &answer], 0);
    assert_eq!(done(&iw102, &["wait", "two"], 0).stdout, "{}\n");
}

#[test]
fn a_pipe_works_without_and_with_another_process() {
    let iw102 = waits(60);
    start(&iw102, "alone");
    let pipe = |name: &str| {
        let script = format!(
            "\"$1\" token {name} --wait 20s --local -c m.asl.json --function f=cat \
             | \"$1\" succeed --token - status=success --local -c m.asl.json --function f=cat"
        );
        let piped = iw102.finish(iw102.command_in(&script, [] as [&str; 0]).spawn().unwrap());
        assert_eq!(piped.code, Some(0), "{}", piped.snapshot());
        assert!(piped.stderr.contains(&format!("sent: SendWait of {name} succeeded")), "{}", piped.snapshot());
    };
    pipe("alone");
    assert_eq!(final_state(&iw102, "alone"), "SuccessState");
    let child = serving(&iw102, "served");
    pipe("served");
    let served = iw102.finish(child);
    assert_eq!((served.code, served.stdout.as_str()), (Some(0), "{\"status\":\"success\"}\n"), "{}", served.snapshot());
    assert!(
        served.stderr.contains("answer it: iw102 token served --local --file m.asl.json | iw102 succeed"),
        "{}",
        served.stderr
    );
}

#[test]
fn a_token_is_answered_once() {
    let iw102 = waits(60);
    start(&iw102, "one");
    let first = token(&iw102);
    iw102.write("token", &format!("\"{}\"\n", first.replace('+', "%2B")));
    fs::set_permissions(iw102.work().join("token"), fs::Permissions::from_mode(0o600)).unwrap();
    done(&iw102, &["succeed", "--token", "@token"], 0);
    let again = run(&iw102, &["succeed", "--token", "@token"]);
    expect![[r#"
        --- stderr
        error: the token of SendWait was already answered (success, [TOOK] ago)
        hint:  start another execution: iw102 start m --local --file m.asl.json
        --- exit 14
    "#]]
    .assert_eq(&said(&again).replace("[SECONDS]", "[TOOK]"));
    assert_eq!(done(&iw102, &["fail", "one"], 14).stdout, "");
    assert!(done(&iw102, &["heartbeat", "one/SendWait"], 14).stderr.contains("already answered (success"));
    // A failure, and an execution that ended with its token.
    start(&iw102, "two");
    done(&iw102, &["fail", "two", "--error", "E"], 0);
    assert!(done(&iw102, &["succeed", "two"], 14).stderr.contains("already answered (failure E"));
    start(&iw102, "three");
    done(&iw102, &["stop", "three"], 0);
    let closed = done(&iw102, &["succeed", "three"], 14).stderr;
    assert!(closed.contains("the token of SendWait is gone: the execution three is ABORTED"), "{closed}");
}

#[test]
fn who_answers_twice_is_told_what_became_of_the_execution() {
    let iw102 = Iw102::new();
    iw102.write("m.asl.json", &MANY.replace("WAIT", WAIT));
    done(&iw102, &["start", "--name", "one", "-d", r#"{"items": [0]}"#], 0);
    done(&iw102, &["succeed", "one/Left"], 0);
    let again = done(&iw102, &["succeed", "one/Left"], 14);
    let hint = "hint:  the execution goes on: iw102 status one --local --file m.asl.json\n";
    assert!(again.stderr.contains("already answered (success") && again.stderr.contains(hint), "{}", again.snapshot());
}

#[test]
fn a_token_that_timed_out_says_so() {
    let iw102 = waits(1);
    start(&iw102, "one");
    let kept = token(&iw102);
    eventually("the timeout", || (run(&iw102, &["token", "one"]).code == Some(10)).then_some(()));
    for command in [["succeed", "one"], ["fail", "one"], ["heartbeat", "one"]] {
        let late = done(&iw102, &command, 14).stderr;
        assert!(late.contains("error: the token of SendWait timed out, "), "{late}");
        assert!(late.contains(" ago: no heartbeat for 1 s\n"), "{late}");
    }
    let late = iw102.run_with_stdin(words(&["succeed", "--token", "-"]), &kept);
    assert!(late.code == Some(14) && late.stderr.contains("timed out, "), "{}", late.snapshot());
    assert_eq!(final_state(&iw102, "one"), "TimeoutState");
}

#[test]
fn what_is_no_token_of_this_store_is_refused() {
    let iw102 = waits(60);
    start(&iw102, "one");
    let right = token(&iw102);
    let send = |text: &str| iw102.run_with_stdin(words(&["succeed", "--token", "-"]), text);
    for (text, expected) in [
        (right[..40].to_owned(), "error: the token was never given out here"),
        (format!("AAAA{}", &right[4..]), "error: the token was never given out here"),
        (right[..41].to_owned(), "error: the token is not whole: of 41 characters"),
        ("$.token".to_owned(), "error: this is no task token: it holds '$'"),
        ("A".repeat(2_052), "error: the token has 2052 characters"),
    ] {
        let refused = send(&text);
        assert_eq!(refused.code, Some(15), "{}", refused.snapshot());
        assert!(refused.stderr.contains(expected) && refused.stderr.contains("hint:"), "{}", refused.snapshot());
        assert!(!refused.stderr.contains(&text), "the token is shown: {}", refused.stderr);
    }
    assert_eq!(send("").code, Some(2));
    // What stdin holds is looked at before the store is: none is made for a token that cannot be one.
    let other = waits(60);
    assert_eq!(other.run_with_stdin(words(&["fail", "--token", "-"]), "AAA").code, Some(15));
    assert!(!store(&other).exists());
}

#[test]
fn a_ref_keeps_the_token_from_others() {
    let iw102 = waits(60);
    start(&iw102, "one");
    let secret = token(&iw102);
    let path = iw102.write("token", &secret);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let open = done(&iw102, &["heartbeat", "--token", "@token"], 2).stderr;
    assert!(open.contains("error: token holds a secret and can be read by others\nhint:  "), "{open}");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let literal = done(&iw102, &["heartbeat", "--token", &secret, "-v"], 0).stderr;
    assert!(literal.contains("warning: --token shows in the list of processes"), "{literal}");
    assert!(!literal.contains(&secret), "{literal}");
    for (name, value) in [("IW102_TOKEN", secret.as_str()), ("IW102_TOKEN_FILE", "token")] {
        let mut command = iw102.command(words(&["heartbeat"]));
        command.env(name, value);
        let sent = iw102.finish(command.spawn().unwrap());
        expect![[r#"
            --- stderr
            sent: a heartbeat for SendWait of one; the next is due within 60 s
            --- exit 0
        "#]]
        .assert_eq(&sent.snapshot());
    }
    let mut command = iw102.command(words(&["heartbeat", "--token", "env:MINE"]));
    let sent = iw102.finish(command.env("MINE", &secret).spawn().unwrap());
    assert_eq!(sent.code, Some(0), "{}", sent.snapshot());
    assert_eq!(done(&iw102, &["heartbeat", "--token", "env:NONE"], 2).stdout, "");
}

#[test]
fn of_several_none_is_taken() {
    let iw102 = Iw102::new();
    iw102.write("m.asl.json", &MANY.replace("WAIT", WAIT));
    done(&iw102, &["start", "--name", "one", "items:=[1,2]"], 0);
    let listed = run(&iw102, &["token"]);
    expect![[r#"
        --- stderr
        error: 3 tokens wait: one/Left, one/Approve (Both > Orders[0] > Approve), one/Approve (Both > Orders[1] > Approve)
        hint:  name EXEC/STATE and --iteration N, as in: iw102 token one/Left --local --file m.asl.json
        --- exit 2
    "#]]
    .assert_eq(&listed.snapshot());
    assert_eq!(done(&iw102, &["succeed", "one/Approve"], 2).stdout, "");
    assert_eq!(done(&iw102, &["token", "one/Nowhere"], 2).stdout, "");
    done(&iw102, &["succeed", "one/Left", "branch=left"], 0);
    done(&iw102, &["succeed", "one", "--state", "Approve", "--iteration", "1", "-d", "\"second\""], 0);
    let document = done(&iw102, &["token", "-o", "json"], 0).stdout;
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    assert_eq!((&document["stateName"], &document["iteration"]), (&"Approve".into(), &0.into()));
    assert_eq!((&document["timeoutSeconds"], &document["heartbeatSeconds"]), (&300.into(), &serde_json::Value::Null));
    done(&iw102, &["succeed", "--task-output", "\"first\""], 0);
    assert_eq!(done(&iw102, &["wait", "one"], 0).stdout, "[{\"branch\":\"left\"},[\"first\",\"second\"]]\n");
    let elsewhere = done(&iw102, &["token", "one"], 10).stderr;
    assert!(elsewhere.contains("no token waits: the execution one is SUCCEEDED"), "{elsewhere}");
}

#[test]
fn without_a_token_it_is_said_what_there_is() {
    let iw102 = waits(60);
    assert!(done(&iw102, &["token"], 10).stderr.contains("error: no token waits: no execution runs\nhint:  start one"));
    assert!(done(&iw102, &["succeed"], 10).stderr.contains("no execution runs"));
    assert!(done(&iw102, &["token", "nobody"], 10).stderr.contains("no execution is called nobody"));
    let timed_out = done(&iw102, &["token", "--wait", "200ms"], 124).stderr;
    assert!(timed_out.contains("error: no token came within 200 ms: no token waits: no execution runs"), "{timed_out}");
    iw102.write(
        "m.asl.json",
        r#"{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 300, "Next": "A"},
            "A": {"Type": "Task", "Resource": "arn:aws:states:us-east-1:000000000000:activity:work", "End": true}}}"#,
    );
    start(&iw102, "one");
    assert!(done(&iw102, &["token"], 10).stderr.contains("error: no token waits: one is in W\n"));
}

#[test]
fn a_workers_token_is_nobody_elses() {
    let iw102 = Iw102::new();
    iw102.write(
        "serverless.yml",
        r#"
service: works
provider: { name: aws, runtime: provided.al2023 }
stepFunctions:
  activities: [work]
  stateMachines:
    m:
      definition:
        StartAt: A
        States:
          A: { Type: Task, Resource: "arn:aws:states:us-east-1:000000000000:activity:work", End: true }
"#,
    );
    assert_eq!(iw102.run(["start", "--local", "--name", "two"]).code, Some(0));
    let ran = iw102.run(["token", "two", "--local"]);
    assert_eq!(ran.code, Some(10), "{}", ran.snapshot());
    assert!(ran.stderr.contains("the token of an activity is not in the history: two/A"), "{}", ran.stderr);
}

#[test]
fn what_is_sent_is_checked_before() {
    let iw102 = waits(60);
    for command in [
        &["succeed", "one", "-d", "{"][..],
        &["succeed", "one", "a=b", "c"],
        &["succeed", "{}"],
        &["succeed", "one/"],
        &["succeed", "--token", "-", "-d", "-"],
        &["succeed", "one", "--token", "AAAA"],
        &["fail", "one", "--error", &"x".repeat(257)],
        &["heartbeat", "one", "--every", "1ms"],
        &["token", "one", "--wait", "soon"],
    ] {
        done(&iw102, command, 2);
    }
    let large = iw102.run_with_stdin(words(&["succeed", "one", "-d", "-"]), &"1".repeat(262_145));
    assert!(large.code == Some(2) && large.stderr.contains("an output has at most 262144"), "{}", large.snapshot());
    assert!(!store(&iw102).exists());
}

#[test]
fn heartbeats_keep_a_task_alive_until_it_is_answered() {
    let iw102 = waits(2);
    let child = serving(&iw102, "one");
    let beats = iw102.command(words(&["heartbeat", "one", "--every", "auto"])).spawn().unwrap();
    let age = || {
        let view = done(&iw102, &["token", "one", "-o", "json"], 0).stdout;
        serde_json::from_str::<serde_json::Value>(&view).unwrap()["heartbeatDeadline"].as_str().unwrap().to_owned()
    };
    // Once the first deadline is over, only heartbeats can have kept it.
    let first = age();
    eventually("the first deadline", || {
        let now = done(&iw102, &["clock", "-o", "name"], 0).stdout;
        (now.trim_end() > first.as_str()).then_some(())
    });
    assert!(done(&iw102, &["token"], 0).stderr.contains("SendWait of one waits; heartbeats keep it alive"));
    done(&iw102, &["succeed", "one"], 0);
    let beats = iw102.finish(beats);
    assert_eq!(beats.code, Some(0), "{}", beats.snapshot());
    assert!(beats.stderr.starts_with("SendWait of one: 1 heartbeat, the next in 666 ms\n"), "{}", beats.stderr);
    let end = Regex::new(r"SendWait of one ended after \d+ heartbeats?: answered \(success\)\n").unwrap();
    assert!(end.is_match(&beats.stderr), "{}", beats.stderr);
    assert_eq!(iw102.finish(child).code, Some(0));
    assert_eq!(final_state(&iw102, "one"), "SuccessState");
}

#[test]
fn heartbeats_end_by_a_signal_and_by_their_timeout() {
    let iw102 = waits(60);
    start(&iw102, "one");
    let timed_out = done(&iw102, &["heartbeat", "--every", "100ms", "--timeout", "350ms"], 124);
    assert!(timed_out.stderr.starts_with("SendWait of one: 1 heartbeat, the next in 100 ms\n"), "{}", timed_out.stderr);
    let mut child = iw102.command(words(&["heartbeat", "--every", "auto"])).spawn().unwrap();
    let mut line = [0; 1];
    std::io::Read::read_exact(child.stderr.as_mut().unwrap(), &mut line).unwrap();
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert_eq!(iw102.finish(child).code, Some(130));
}

/// As [`waits`], after a state that waits by itself.
fn waits_later(seconds: u32) -> Iw102 {
    let iw102 = Iw102::new();
    let before = format!(r#""States": {{"Before": {{"Type": "Wait", "Seconds": {seconds}, "Next": "SendWait"}},"#);
    let machine = WAITS.replace("HEARTBEAT", "60").replacen("\"States\": {", &before, 1);
    iw102.write("m.asl.json", &machine.replacen("\"StartAt\": \"SendWait\"", "\"StartAt\": \"Before\"", 1));
    iw102
}

#[test]
fn what_is_overdue_comes_before_the_answer() {
    let iw102 = waits_later(1);
    start(&iw102, "one");
    let started = done(&iw102, &["status", "one", "-o", "json", "-q", "startDate"], 0).stdout;
    let started: jiff::Timestamp = started.trim().trim_matches('"').parse().unwrap();
    // Nobody serves the store meanwhile: the next command is the one that leaves the first state.
    eventually("the end of the first state", || {
        (jiff::Timestamp::now().as_millisecond() > started.as_millisecond() + 1_000).then_some(())
    });
    done(&iw102, &["succeed", "one"], 0);
    assert_eq!(final_state(&iw102, "one"), "SuccessState");
}

#[test]
fn waiting_for_a_token_outlives_the_owner() {
    let iw102 = waits_later(2);
    let mut owner = iw102.command(words(&["invoke", "--name", "one"])).spawn().unwrap();
    eventually("the execution", || {
        let list = run(&iw102, &["list", "-o", "name"]).stdout;
        (list == "one\n").then_some(())
    });
    let mut waits = iw102.command(words(&["token", "--wait", "20s"]));
    let mut waits = waits.stderr(Stdio::piped()).spawn().unwrap();
    let mut line = [0; 1];
    std::io::Read::read_exact(waits.stderr.as_mut().unwrap(), &mut line).unwrap();
    owner.kill().unwrap();
    owner.wait().unwrap();
    let found = iw102.finish(waits);
    assert_eq!(found.code, Some(0), "{}", found.snapshot());
    let sent = iw102.run_with_stdin(words(&["succeed", "--token", "-"]), &found.stdout);
    assert_eq!(sent.code, Some(0), "{}", sent.snapshot());
    assert_eq!(final_state(&iw102, "one"), "SuccessState");
}

#[test]
fn the_callback_of_the_course() {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/course/callback.yml");
    let file = file.to_str().unwrap();
    let iw102 = Iw102::new();
    let local = |command: &[&str]| iw102.run([command, &["--local", "-c", file]].concat());
    let started = local(&["start"]);
    assert_eq!(started.code, Some(0), "{}", started.snapshot());
    // Nobody serves the store: who waits for the token runs the machine meanwhile.
    let found = local(&["token", "--wait", "20s"]);
    assert_eq!(found.code, Some(0), "{}", found.snapshot());
    assert!(found.stderr.starts_with("waiting for a token: "), "{}", found.stderr);
    let answer = ["succeed", "--token", "-", "status=success", "--local", "-c", file];
    let sent = iw102.run_with_stdin(answer, &found.stdout);
    assert_eq!(sent.code, Some(0), "{}", sent.snapshot());
    let ended = local(&["wait", "last", "--expect-state", "SuccessState"]);
    assert_eq!(ended.code, Some(0), "{}", ended.snapshot());
    assert_eq!(ended.stdout, "{\"taskresult\":{\"status\":\"success\"}}\n");
}
