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

const SAY: &str = r#"{"StartAt": "Say", "States": {
    "Say": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:000000000000:function:say", "End": true}
}}"#;

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
fn a_function_that_is_missing_or_fails_says_what_helps() {
    let iw102 = Iw102::new();
    iw102.write("say.asl.json", SAY);
    let words = ["invoke", "--local", "-c", "say.asl.json", "--name"];
    let ran = iw102.run(words.iter().chain(&["missing"]));
    assert_eq!(ran.code, Some(3), "{}", ran.snapshot());
    assert!(ran.stderr.contains("hint:  give it: --function say=CMD"), "{}", ran.snapshot());
    let ran = iw102.run(words.iter().chain(&["failing", "--function", "say=echo broken >&2; exit 1"]));
    assert_eq!(ran.code, Some(3), "{}", ran.snapshot());
    assert!(ran.stderr.contains("hint:  iw102 logs say --local"), "{}", ran.snapshot());
    let cause = ran.stderr.lines().find(|line| line.starts_with("  cause")).unwrap();
    assert!(!cause.contains('{'), "{}", ran.snapshot());
}

#[test]
fn a_start_that_takes_long_says_why() {
    let iw102 = Iw102::new();
    iw102.write("say.asl.json", SAY);
    let ran = iw102.run(["start", "--local", "-c", "say.asl.json", "--function", "say=sleep 1.5; cat"]);
    assert_eq!(ran.stderr, "created\nruns until it waits; Ctrl-C leaves it in the store\n");
}

#[test]
fn an_empty_list_says_so() {
    let ran = with_machines().run(["list", "--local", "-c", "plain.asl.json"]);
    assert_eq!((ran.stderr.as_str(), ran.code), ("no executions\n", Some(0)));
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
              "currentStates": [],
              "caught": [],
              "retries": 0,
              "redrives": 0,
              "waiting": [],
              "durationSeconds": [TOOK]
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
        hint:  no command runs it now; it goes on with: iw102 wait one --local --file hello.asl.json
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
    let listed = run(&["list"]);
    let rows: Vec<Vec<&str>> = listed.stdout.lines().map(|row| row.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["NAME", "STATUS", "STARTED", "TOOK", "MACHINE"]);
    assert_eq!((&rows[1][..2], rows[1].last()), (&["one", "ABORTED"][..], Some(&"hello")));
    assert_eq!((rows.len(), listed.code), (2, Some(0)), "{}", listed.snapshot());
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
fn what_runs_has_no_final_state_yet() {
    let iw102 = with_machines();
    let run = |words: &[&str]| iw102.run(words.iter().chain(&["--local", "-c", "hello.asl.json"]));
    run(&["start", "--name", "one"]);
    let ran = run(&["status", "-q", "[finalState, currentStates, durationSeconds]"]);
    assert_eq!(ran.stdout, "[null,[\"Nap\"],null]\n");
    assert_eq!(run(&["list", "-q", "executions[].keys(@) | [] | contains(@, 'stopDate')"]).stdout, "false\n");
}

#[test]
fn machine_and_exec_always_work_as_flags() {
    let iw102 = with_machines();
    let run = |words: &[&str]| iw102.run(words.iter().chain(&["--local", "-c", "hello.asl.json"]));
    run(&["start", "--name", "one"]);
    assert_eq!(run(&["stop", "--exec", "one"]).stderr, "stopped one\n");
    assert_eq!(run(&["wait", "--exec", "one", "--exec", "last", "--for", "done"]).code, Some(0));
    assert_eq!(run(&["list", "--machine", "hello", "-o", "name"]).stdout, "one\n");
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
fn the_beginning_of_one_name_stands_for_it_and_that_is_told() {
    let iw102 = with_machines();
    for word in ["h", "HELL", "Hello"] {
        let ran = iw102.run(["start", word, "--local", "-c", "hello.asl.json"]);
        assert_eq!(ran.code, Some(0), "{}", ran.snapshot());
        assert!(ran.stderr.contains(&format!("note: {word} stands for hello\n")), "{}", ran.snapshot());
    }
}

#[test]
fn a_start_says_that_there_are_warnings_and_a_look_does_not() {
    let iw102 = Iw102::new();
    iw102.write("m.asl.json", PLAIN);
    let service = "service: s\nprovder: {}\nstepFunctions: {stateMachines: {m: {definition: '${file(m.asl.json)}'}}}\n";
    iw102.write("serverless.yml", service);
    let warning = "warning: serverless.yml has 1 warning: iw102 check\n";
    let ran = iw102.run(["start", "--local", "--name", "one"]);
    assert!(ran.stderr.starts_with(warning), "{}", ran.snapshot());
    let ran = iw102.run(["list", "--local"]);
    assert_eq!(ran.stderr, "");
    assert!(ran.stdout.ends_with("  m\n"), "the logical name: {}", ran.snapshot());
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
fn what_follows_ends_when_its_reader_goes() {
    let iw102 = with_machines();
    iw102.write("say.asl.json", SAY);
    let say = ["--local", "-c", "say.asl.json", "--function", "say=echo hi >&2; cat"];
    let ran = iw102.run(["invoke"].iter().chain(&say));
    assert_eq!(ran.code, Some(0), "{}", ran.snapshot());
    iw102.run(["start", "--local", "-c", "hello.asl.json"]);
    for words in [["logs", "say", "-f", "-c", "say.asl.json"], ["history", "last", "-f", "-c", "hello.asl.json"]] {
        let mut child = iw102.command(words.iter().chain(&["--local"])).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ran = iw102.finish(child);
        assert_eq!((ran.stderr.as_str(), ran.code), ("", Some(0)), "after {line}");
    }
}

#[test]
fn logs_as_json_are_one_object_and_streams_have_one_name_each() {
    let iw102 = Iw102::new();
    iw102.write("say.asl.json", SAY);
    let run = |words: &[&str]| iw102.run(words.iter().chain(&["--local", "-c", "say.asl.json"]));
    let ran = run(&["invoke", "--function", "say=echo one >&2; echo two >&2; cat"]);
    assert_eq!(ran.code, Some(0), "{}", ran.snapshot());
    let ran = run(&["logs", "say", "-q", "events[].message | [?@ == 'one' || @ == 'two']"]);
    assert_eq!(ran.stdout, "[\"one\",\"two\"]\n", "{}", ran.snapshot());
    let json = run(&["logs", "say", "-o", "json"]).stdout;
    let events = serde_json::from_str::<serde_json::Value>(&json).unwrap()["events"].as_array().unwrap().len();
    assert_eq!(run(&["logs", "say", "-o", "jsonl"]).stdout.lines().count(), events);
    assert_eq!(run(&["logs", "say", "-o", "name"]).stdout.lines().count(), 1);
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

#[test]
fn several_executions_are_told_by_name() {
    let iw102 = with_machines();
    for name in ["one", "two"] {
        iw102.run(["start", "--local", "-c", "plain.asl.json", "--name", name]);
    }
    let ran = iw102.run(["wait", "one", "two", "--local", "-c", "plain.asl.json"]);
    for name in ["one", "two"] {
        assert!(ran.stderr.contains(&format!("{name}:\nSUCCEEDED  ")), "{}", ran.snapshot());
    }
    assert_eq!(ran.code, Some(0));
}
