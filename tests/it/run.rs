//! Executions on the engine inside the binary, as one runs them by hand. Few: what a command makes of the engine.

use std::io::{BufRead, BufReader};
use std::process::Command;

use expect_test::expect;

use crate::harness::{Iw102, eventually};

const HELLO: &str = r#"{"StartAt": "Hello", "States": {
    "Hello": {"Type": "Pass", "Next": "Nap"},
    "Nap": {"Type": "Wait", "Seconds": 3600, "Next": "Done"},
    "Done": {"Type": "Succeed"}
}}"#;

const BOOM: &str =
    r#"{"StartAt": "Boom", "States": {"Boom": {"Type": "Fail", "Error": "Custom", "Cause": "it broke"}}}"#;

const PLAIN: &str = r#"{"StartAt": "Plain", "States": {"Plain": {"Type": "Pass", "End": true}}}"#;

/// A folder with these definitions.
fn with_machines() -> Iw102 {
    let iw102 = Iw102::new();
    iw102.write("hello.asl.json", HELLO);
    iw102.write("boom.asl.json", BOOM);
    iw102.write("plain.asl.json", PLAIN);
    iw102
}

#[test]
fn invoke_prints_the_output_and_nothing_else() {
    with_machines()
        .run(["invoke", "--local", "-c", "hello.asl.json", "--time", "virtual", "name=Ada", "age:=36"])
        .check(expect![[r#"
            {"name":"Ada","age":36}
            --- stderr
            ✓ Hello  [TOOK]
            ✓ Nap  1 h 0 min
            ✓ Done  [TOOK]
            SUCCEEDED  1 h 0 min  final state Done
            --- exit 0
        "#]]);
}

#[test]
fn the_input_is_kept_to_the_byte() {
    let ran =
        with_machines().run_with_stdin(["invoke", "--local", "-c", "plain.asl.json", "-d", "-"], "{ \"a\" : 1.0 }");
    assert_eq!(ran.stdout, "{ \"a\" : 1.0 }\n", "{}", ran.snapshot());
}

#[test]
fn a_failed_execution_ends_with_3() {
    with_machines().run(["invoke", "--local", "--memory", "-c", "boom.asl.json"]).check(expect![[r#"
        --- stderr
        FAILED  [TOOK]  final state Boom
          error  Custom
          cause  it broke
        --- exit 3
    "#]]);
}

#[test]
fn as_json_it_is_the_whole_object() {
    with_machines()
        .run(["invoke", "--local", "--memory", "-c", "boom.asl.json", "--name", "one", "-o", "json"])
        .check(expect![[r#"
            {
              "executionArn": "arn:aws:states:us-east-1:000000000000:execution:boom:one",
              "stateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:boom",
              "name": "one",
              "status": "FAILED",
              "startDate": "[TIME]",
              "stopDate": "[TIME]",
              "input": {},
              "error": "Custom",
              "cause": "it broke",
              "finalState": "Boom",
              "durationSeconds": [TOOK],
              "caught": [],
              "retries": 0,
              "waiting": []
            }
            --- stderr
            {"error":{"code":"ExecutionFailed","message":"the execution one is FAILED: Custom: it broke","hint":null,"exitCode":3,"requestId":null}}
            --- exit 3
        "#]]);
}

#[test]
fn another_final_state_ends_with_6() {
    let words = ["invoke", "--local", "--time", "virtual", "-c", "hello.asl.json", "--expect-state", "Nap"];
    with_machines().run(words).check(expect![[r#"
        {}
        --- stderr
        ✓ Hello  [TOOK]
        ✓ Nap  1 h 0 min
        ✓ Done  [TOOK]
        SUCCEEDED  1 h 0 min  final state Done
        error: the execution ended in Done, not in Nap (SUCCEEDED)
        --- exit 6
    "#]]);
}

#[test]
fn a_query_takes_a_part_of_the_output() {
    let iw102 = with_machines();
    let ran = iw102.run(["invoke", "--local", "-c", "plain.asl.json", "a[b]=c", "-q", "a.b"]);
    assert_eq!((ran.stdout.as_str(), ran.code), ("c\n", Some(0)), "{}", ran.snapshot());
    let ran = iw102.run(["status", "--local", "-c", "plain.asl.json", "-q", "output.a"]);
    assert_eq!(ran.stdout, "{\"b\":\"c\"}\n", "{}", ran.snapshot());
}

#[test]
fn an_execution_is_started_seen_stopped_and_found_again() {
    let iw102 = with_machines();
    let run = |words: &[&str]| iw102.run(words.iter().chain(&["--local", "-c", "hello.asl.json"]));
    run(&["start", "--name", "one"]).check(expect![[r#"
        arn:aws:states:us-east-1:000000000000:execution:hello:one
        --- stderr
        created
        --- exit 0
    "#]]);
    run(&["start", "--name", "one"]).check(expect![[r#"
        arn:aws:states:us-east-1:000000000000:execution:hello:one
        --- stderr
        joined: it was started before
        --- exit 0
    "#]]);
    run(&["status"]).check(expect![[r#"
        Name       one
        Machine    hello
        Status     RUNNING
        Started    [TIME]
        State      Nap
        Input      {}
        --- stderr
        --- exit 0
    "#]]);
    run(&["wait", "one", "--timeout", "50ms"]).check(expect![[r#"
        --- stderr
        ✓ Hello  [TOOK]
        error: --timeout is over; the execution is not stopped
        hint:  iw102 wait one --local --file hello.asl.json
        hint:  iw102 status one --local --file hello.asl.json
        --- exit 124
    "#]]);
    run(&["stop", "one", "--error", "Cancelled", "--cause", "enough"]).check(expect![[r#"
        --- stderr
        stopped one
        --- exit 0
    "#]]);
    run(&["wait", "one"]).check(expect![[r#"
        --- stderr
        ✓ Hello  [TOOK]
        ABORTED  [TOOK]  final state Nap
          error  Cancelled
          cause  enough
        hint:  iw102 history one --local --file hello.asl.json
        --- exit 5
    "#]]);
    run(&["list"]).check(expect![[r#"
        NAME  STATUS   STARTED                   TOOK    MACHINE
        one   ABORTED  [TIME]  [TOOK]  hello
        --- stderr
        --- exit 0
    "#]]);
    run(&["history", "one"]).check(expect![[r#"
        ID  TIME    TYPE              STATE  DETAIL
        1   +[TOOK]  ExecutionStarted         {}
        2   +[TOOK]  PassStateEntered  Hello  {}
        3   +[TOOK]  PassStateExited   Hello  {}
        4   +[TOOK]  WaitStateEntered  Nap    {}
        5   +[TOOK]  ExecutionAborted         Cancelled: enough
        --- stderr
        --- exit 0
    "#]]);
    run(&["start", "--name", "one", "other=input"]).check(expect![[r#"
        --- stderr
        error: Execution Already Exists: 'arn:aws:states:us-east-1:000000000000:execution:hello:one'
        hint:  choose another --name, or look at the one that has it: iw102 status one --local --file hello.asl.json
        --- exit 16
    "#]]);
}

#[test]
fn what_does_not_exist_ends_with_10() {
    let iw102 = with_machines();
    iw102.run(["status", "nobody", "--local", "-c", "hello.asl.json"]).check(expect![[r#"
        --- stderr
        error: no execution is called nobody (region us-east-1, account 000000000000)
        hint:  to see what there is: iw102 list --local --file hello.asl.json
        --- exit 10
    "#]]);
    iw102.run(["list", "Helo", "--local", "-c", "hello.asl.json"]).check(expect![[r#"
        --- stderr
        error: no state machine is called Helo (region us-east-1, account 000000000000)
        hint:  did you mean hello?
        --- exit 10
    "#]]);
    iw102.run(["status", "--local"]).check(expect![[r#"
        --- stderr
        error: there is no execution yet (region us-east-1, account 000000000000)
        hint:  start one: iw102 start --local
        --- exit 10
    "#]]);
}

#[test]
fn a_wrong_definition_is_refused_with_its_places() {
    let iw102 = Iw102::new();
    iw102.write("m.asl.json", &HELLO.replace("\"Next\": \"Done\"", "\"Next\": \"Dnoe\""));
    iw102.run(["check", "m.asl.json"]).check(expect![[r#"
        --- stderr
        error[MISSING_TRANSITION_TARGET]: Missing 'Next' target: Dnoe
         --> m.asl.json:3:54
          |
        3 |     "Nap": {"Type": "Wait", "Seconds": 3600, "Next": "Dnoe"},
          |                                                      ^^^^^^
          |
          = note: at /States/Nap/Next
          = help: did you mean "Done"?

        error[MISSING_TRANSITION_TARGET]: State "Done" is not reachable.
         --> m.asl.json:4:5
          |
        4 |     "Done": {"Type": "Succeed"}
          |     ^^^^^^
          |
          = note: at /States/Done
          = help: no 'Next', 'Default' or 'Catch' on the way from 'StartAt' leads here: add one, or remove the state

        m.asl.json: 2 errors
        --- exit 2
    "#]]);
    let ran = iw102.run(["invoke", "--local", "-c", "m.asl.json"]);
    assert_eq!(ran.code, Some(2), "{}", ran.snapshot());
    assert!(ran.stderr.contains("Dnoe"), "{}", ran.snapshot());
}

#[test]
fn a_signal_leaves_the_execution_running() {
    let iw102 = with_machines();
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let words = ["invoke", "--local", "-c", "hello.asl.json", "--name", signal];
        let mut child = iw102.command(words).spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        assert!(line.starts_with("✓ Hello"), "{line}");
        assert!(Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap().success());
        let status = eventually("the command ends", || child.try_wait().unwrap());
        let rest: Vec<String> = stderr.lines().map(Result::unwrap).collect();
        assert_eq!(status.code(), Some(code), "{rest:?}");
        assert!(rest.iter().any(|line| line.contains(&format!("iw102 wait {signal} --local"))), "{rest:?}");
        let ran = iw102.run(["status", signal, "--local", "-c", "hello.asl.json", "-q", "status"]);
        assert_eq!(ran.stdout, "RUNNING\n", "{}", ran.snapshot());
    }
}

#[test]
fn two_commands_share_a_store() {
    let iw102 = with_machines();
    let mut child = iw102.command(["invoke", "--local", "-c", "hello.asl.json", "--name", "one"]).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    let ran = iw102.run(["stop", "one", "--local", "-c", "hello.asl.json"]);
    assert_eq!(ran.code, Some(0), "{}", ran.snapshot());
    let status = eventually("the command that was followed ends", || child.try_wait().unwrap());
    assert_eq!(status.code(), Some(5));
}

#[test]
fn a_closed_pipe_is_quiet() {
    let iw102 = with_machines();
    let mut child = iw102.command(["completions", "bash"]).spawn().unwrap();
    drop(child.stdout.take());
    let ran = iw102.finish(child);
    assert_eq!((ran.stderr.as_str(), ran.code), ("", Some(0)));
}

#[test]
fn verbose_shows_what_is_asked_and_answered() {
    let ran = with_machines().run(["invoke", "-v", "--local", "--memory", "-c", "plain.asl.json", "a=1"]);
    for part in
        ["store: http://127.0.0.1:", "> StartExecution {", r#""input":"{\"a\":\"1\"}"}"#, "< 200 ", " bytes, request "]
    {
        assert!(ran.stderr.contains(part), "{part}: {}", ran.snapshot());
    }
}
