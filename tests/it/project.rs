//! Commands of a project: what they find again of it, and what an error in its file still lets them do.

use std::io::Write;
use std::process::{Command, Stdio};

use expect_test::expect;

use crate::harness::{Iw102, Ran, eventually};

/// Waits, then calls a function with two variables, one of them the shell's.
const SHOP: &str = r"
service: shop
provider: {name: aws, runtime: provided.al2023, environment: {FROM: '${env:SHELL_SAYS}'}}
functions:
  f: {handler: bin/f, environment: {TABLE: orders}}
stepFunctions:
  stateMachines:
    order:
      definition:
        StartAt: Nap
        States:
          Nap: {Type: Wait, SecondsPath: $.nap, Next: Call}
          Call: {Type: Task, Resource: {Fn::GetAtt: [f, Arn]}, End: true}
";

/// The function's command.
const PRINTS: &str = r#"f=cat >/dev/null; printf '"%s %s"' "$TABLE" "$FROM""#;

fn shop() -> Iw102 {
    let iw102 = Iw102::new();
    iw102.write("serverless.yml", SHOP);
    iw102
}

/// With the variable that the file reads.
fn run(iw102: &Iw102, words: &[&str]) -> Ran {
    iw102.finish(iw102.command(words).env("SHELL_SAYS", "hi").spawn().unwrap())
}

#[test]
fn who_waits_brings_the_environments_of_functions_and_nothing_else() {
    let iw102 = shop();
    let ran = run(&iw102, &["start", "--local", "--name", "one", "nap:=1", "--function", PRINTS]);
    assert_eq!(ran.code, Some(0), "{}", ran.snapshot());
    // The command that was given to `start` stays, though the file names a program that is not there.
    let ran = run(&iw102, &["wait", "one", "--local"]);
    assert_eq!((ran.stdout.as_str(), ran.code), ("\"orders hi\"\n", Some(0)), "{}", ran.snapshot());
    assert!(!ran.stderr.contains("warning"), "{}", ran.snapshot());
}

#[test]
fn an_error_in_the_file_locks_nobody_out_of_what_runs() {
    let iw102 = shop();
    run(&iw102, &["start", "--local", "--name", "one", "nap:=1", "--function", PRINTS]);
    for words in [&["status", "one"][..], &["list"], &["history", "one"], &["clock"]] {
        let ran = iw102.run(words.iter().chain(&["--local"]));
        let warning = "warning: serverless.yml has 1 error; to see what is wrong: iw102 check\n";
        let told = ran.stderr.lines().filter(|line| !line.starts_with("hint:")).map(|line| format!("{line}\n"));
        assert_eq!((told.collect::<String>().as_str(), ran.code), (warning, Some(0)), "{words:?}: {}", ran.snapshot());
    }
    iw102.run(["wait", "one", "--local"]).check(expect![[r#"
        " "
        --- stderr
        warning: serverless.yml has 1 error; to see what is wrong: iw102 check
        warning: the function shop-dev-f runs without its environment (FROM, TABLE): its project was not loaded
        ✓ Nap  [TOOK]
        ✓ Call  [TOOK]
        SUCCEEDED  [TOOK]  final state Call
        --- exit 0
    "#]]);
    assert_eq!(iw102.run(["start", "--local"]).code, Some(2));
}

#[test]
fn a_service_that_is_not_known_is_not_guessed() {
    let iw102 = Iw102::new();
    for (from, to) in [("service: shop", "service: '${env:NOPE}'"), ("name: aws", "name: aws, stage: '${env:NOPE}'")] {
        iw102.write("serverless.yml", &SHOP.replace(from, to));
        assert_eq!(run(&iw102, &["list", "--local"]).code, Some(2), "{to}");
        let ran = run(&iw102, &["list", "--local", "--stage", "test"]);
        assert_eq!(ran.code, Some(if to.contains("stage") { 0 } else { 2 }), "{}", ran.snapshot());
    }
}

#[test]
fn what_is_wrong_is_told_in_one_form_for_programs_and_in_one_for_people() {
    let iw102 = shop();
    iw102.run(["check", "-o", "name"]).check(expect![[r#"
        --- stderr
        error[VARIABLE_MISSING]: the environment has no `SHELL_SAYS`
         --> serverless.yml:3:70
          |
        3 | provider: {name: aws, runtime: provided.al2023, environment: {FROM: '${env:SHELL_SAYS}'}}
          |                                                                      ^^^^^^^^^^^^^^^^^
          |
          = help: set it: export SHELL_SAYS=…, or give a default: ${env:SHELL_SAYS, 'VALUE'}

        serverless.yml: 1 error
        --- exit 2
    "#]]);
    iw102.run(["start", "--local"]).check(expect![[r#"
        --- stderr
        error[VARIABLE_MISSING]: the environment has no `SHELL_SAYS`
         --> serverless.yml:3:70
          |
        3 | provider: {name: aws, runtime: provided.al2023, environment: {FROM: '${env:SHELL_SAYS}'}}
          |                                                                      ^^^^^^^^^^^^^^^^^
          |
          = help: set it: export SHELL_SAYS=…, or give a default: ${env:SHELL_SAYS, 'VALUE'}

        error: serverless.yml has 1 error
        --- exit 2
    "#]]);
    iw102.run(["start", "--local", "-o", "json"]).check(expect![[r#"
        --- stderr
        {"error":{"code":"InvalidDefinition","message":"serverless.yml has 1 error","hint":null,"exitCode":2,"requestId":null,"diagnostics":[{"severity":"ERROR","code":"VARIABLE_MISSING","message":"the environment has no `SHELL_SAYS`","location":"","file":"serverless.yml","line":3,"column":70,"help":"set it: export SHELL_SAYS=…, or give a default: ${env:SHELL_SAYS, 'VALUE'}"}]}}
        --- exit 2
    "#]]);
}

#[test]
fn several_files_are_checked_and_so_is_stdin() {
    let iw102 = Iw102::new();
    let good = r#"{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}"#;
    iw102.write("good.asl.json", good);
    iw102.write("bad.asl.yml", "StartAt: B\nStates:\n  A: {Type: Succeed}\n");
    let ran = iw102.run(["check", "good.asl.json", "bad.asl.yml"]);
    assert_eq!(ran.code, Some(2), "{}", ran.snapshot());
    assert!(ran.stderr.contains("good.asl.json: 1 state machine, nothing wrong\n"), "{}", ran.stderr);
    assert!(ran.stderr.contains(" --> bad.asl.yml:1:10\n"), "{}", ran.stderr);
    let ran = iw102.run(["check", "none.asl.json", "bad.asl.yml", "-o", "json"]);
    // What cannot be read does not keep the others from being looked at.
    assert!(ran.stderr.contains("none.asl.json") && ran.stdout.contains("bad.asl.yml"), "{}", ran.snapshot());
    assert_eq!(ran.code, Some(2));
    let ran = iw102.run(["check", "good.asl.json", "bad.asl.yml", "-o", "json", "-q", "diagnostics[0].file"]);
    assert_eq!(ran.stdout.trim(), "\"bad.asl.yml\"", "{}", ran.snapshot());
    let ran = iw102.run_with_stdin(["check", "-"], good);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), "stdin: 1 state machine, nothing wrong\n"));
    let ran = iw102.run_with_stdin(["check", "good.asl.json", "-"], &good.replace("\"A\",", "\"B\","));
    assert!(ran.code == Some(2) && ran.stderr.contains(" --> stdin:1:"), "{}", ran.snapshot());
    assert_eq!(iw102.run_with_stdin(["check", "-", "-"], good).code, Some(2));
}

#[test]
fn a_hint_leads_to_the_same_place() {
    let iw102 = Iw102::new().with("IW102_STAGE", "test").with("AWS_ACCOUNT_ID", "123456789012");
    iw102.write("serverless.yml", &SHOP.replace("${env:SHELL_SAYS}", "${param:who}"));
    let words = ["start", "--local", "--name", "one", "nap:=3600", "--param", "who=a b", "--region", "eu-west-1"];
    assert_eq!(iw102.run(words).code, Some(0));
    iw102.run(words.iter().map(|word| if *word == "nap:=3600" { "nap:=1" } else { word })).check(expect![[r#"
        --- stderr
        error: Execution Already Exists: 'arn:aws:states:eu-west-1:123456789012:execution:OrderStepFunctionsStateMachine-EUIA0TRJP39E:one'
        hint:  choose another --name, or look at the one that has it: iw102 status arn:aws:states:eu-west-1:123456789012:execution:OrderStepFunctionsStateMachine-EUIA0TRJP39E:one --local --stage test --region eu-west-1 --param 'who=a b'
        --- exit 16
    "#]]);
}

#[test]
fn an_expected_state_that_the_machine_lacks_is_refused_before_the_start() {
    let iw102 = shop();
    run(&iw102, &["invoke", "--local", "--expect-state", "Cal", "nap:=0"]).check(expect![[r#"
        --- stderr
        error: order has no state Cal
        hint:  did you mean Call?
        --- exit 2
    "#]]);
    assert_eq!(run(&iw102, &["list", "--local", "-o", "name"]).stdout, "");
}

#[test]
fn a_store_that_is_none_is_told_with_its_path_and_the_way_out() {
    let iw102 = shop();
    assert_eq!(run(&iw102, &["list", "--local"]).code, Some(0));
    let stores = iw102.work().parent().unwrap().join("home/iw102/local");
    let store = std::fs::read_dir(stores).unwrap().next().unwrap().unwrap().path();
    std::fs::write(
        store.join("store.sqlite3"),
        "this is no database, and it is long enough to be looked at".repeat(99),
    )
    .unwrap();
    let ran = run(&iw102, &["list", "--local"]);
    let (file, broken) = (store.join("store.sqlite3"), format!("{}.broken", store.display()));
    for part in [format!("{} cannot be read as a store", file.display()), format!("mv {} {broken}", store.display())] {
        assert!(ran.stderr.contains(&part), "{part}: {}", ran.snapshot());
    }
    assert_eq!(ran.code, Some(1));
}

#[test]
fn ctrl_c_works_while_stdin_is_read() {
    let iw102 = shop();
    for _ in 0..4 {
        let mut child = iw102.command(["start", "--local", "-d", "-"]).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // More than a pipe holds: when it is written, the command reads.
        stdin.write_all(" ".repeat(200_000).as_bytes()).unwrap();
        assert!(Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status().unwrap().success());
        let status = eventually("the command ends", || child.try_wait().unwrap());
        assert_eq!(status.code(), Some(130));
    }
}
