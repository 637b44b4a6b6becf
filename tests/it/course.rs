//! Every machine of the course's examples, with its exact output. Time is virtual, except for the one run that newcomers
//! see first.

use std::path::PathBuf;

use crate::harness::{Iw102, Ran};

fn example(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/course").join(name);
    path.to_str().unwrap().to_owned()
}

/// Invokes a file's machine in virtual time.
fn invoke(file: &str, more: &[&str]) -> Ran {
    let file = example(file);
    let words = ["invoke", "--local", "--time", "virtual", "-c", &file];
    Iw102::new().run(words.iter().chain(more))
}

fn check(file: &str, more: &[&str], code: i32, output: &str) -> Ran {
    let ran = invoke(file, more);
    assert_eq!((ran.code, ran.stdout.trim_end()), (Some(code), output), "{}", ran.snapshot());
    ran
}

#[test]
fn the_starter_in_real_time() {
    let file = example("serverless.yml");
    let ran = Iw102::new().run(["invoke", "iw102StarterMachine", "thekey=thevalue", "--local", "--file", &file]);
    assert_eq!(ran.stdout, "{\"thekey\":\"thevalue\",\"taskresult\":\"Hello 102 Class\"}\n", "{}", ran.snapshot());
    assert_eq!(ran.code, Some(0));
    for line in ["✓ FirstState  ", "✓ SecondState  ", "✓ ThirdState  ", "SUCCEEDED  ", "  final state ThirdState"]
    {
        assert!(ran.stderr.contains(line), "{}", ran.stderr);
    }
}

#[test]
fn the_starter_in_virtual_time() {
    check(
        "serverless.yml",
        &["iw102StarterMachine", "thekey=thevalue"],
        0,
        r#"{"thekey":"thevalue","taskresult":"Hello 102 Class"}"#,
    );
}

#[test]
fn the_callback_that_nobody_answers() {
    let ran = check("callback.yml", &["--expire"], 0, r#"{"Error":"States.Timeout","Cause":""}"#);
    assert!(ran.stderr.contains("caught States.Timeout in SendWait, went on to TimeoutState"), "{}", ran.stderr);
    check(
        "callback.yml",
        &["--expire", "--expect-state", "SuccessState"],
        6,
        r#"{"Error":"States.Timeout","Cause":""}"#,
    );
}

#[test]
fn both_maps() {
    check(
        "map.yml",
        &[r#"basket:={"items": ["bread", "milk", "tea"]}"#],
        0,
        r#"{"basket":{"items":["bread","milk","tea"]},"taskresult":["bread","milk","tea"]}"#,
    );
    let order = r#"basket:={"platform": "web", "ordernumber": 102, "items": [{"sku": "bread"}, {"sku": "milk"}]}"#;
    check(
        "map-order.yml",
        &[order],
        0,
        r#"{"basket":{"platform":"web","ordernumber":102,"items":[{"sku":"bread"},{"sku":"milk"}]},"taskresult":[{"processed":true,"item":{"sku":"bread"},"ordernumber":102,"platform":"web"},{"processed":true,"item":{"sku":"milk"},"ordernumber":102,"platform":"web"}]}"#,
    );
}

#[test]
fn the_machine_with_notifications() {
    check("notification.yml", &["number:=95"], 0, r#""95 is above 90""#);
    let ran = check("notification.yml", &["number:=12"], 3, "");
    assert!(ran.stderr.contains("error  NumberTooSmall"), "{}", ran.stderr);
}

#[test]
fn waits() {
    let ran = check("wait.yml", &[], 0, "{}");
    assert!(ran.stderr.contains("✓ FirstState  10.0 s"), "{}", ran.stderr);
}

#[test]
fn hello() {
    check("hello.yml", &["thekey=thevalue"], 0, r#"{"thekey":"thevalue","taskresult":"Hello 101 Class"}"#);
}

#[test]
fn the_flakey_one_is_retried_and_caught() {
    let output = r#"{"number":95,"helloresult":"Hello 101 Class","flakeyresult":"95 is above 90"}"#;
    check("flakey.yml", &["number:=95"], 0, output);
    let ran = check("flakey.yml", &["number:=12"], 3, "");
    assert_eq!(ran.stderr.matches("tried again after NumberTooSmall").count(), 5, "{}", ran.stderr);
    assert!(ran.stderr.contains("caught NumberTooSmall in ThirdState, went on to FailState"), "{}", ran.stderr);
}

#[test]
fn parallel_branches() {
    check("parallel.yml", &[], 0, r#"[{"helloresult":"Hello 101 Class"},{"helloresult2":"Hello 101 Class"}]"#);
}

#[test]
fn choices() {
    check("choice.yml", &["inputNum:=7", "--expect-state", "FourthState"], 0, r#"{"inputNum":7}"#);
    check("choice.yml", &["inputNum:=7", "--expect-state", "ThirdState"], 6, r#"{"inputNum":7}"#);
}
