//! `redrive` of executions of the engine inside: they go on where they were, in this process or in a later one.

use expect_test::expect;

use crate::harness::{Iw102, Ran};

/// A function that refuses as long as there is a file.
const PAY: &str = "pay=cat > /dev/null; if [ -e broken ]; then echo refused >&2; exit 1; fi; echo '\"paid\"'";
const SHOP: &str = r#"{"StartAt": "Before", "States": {
    "Before": {"Type": "Pass", "Next": "Both"},
    "Both": {"Type": "Parallel", "Next": "Done", "Branches": [
        {"StartAt": "Good", "States": {"Good": {"Type": "Pass", "Result": 1, "End": true}}},
        {"StartAt": "Pay", "States": {
            "Pay": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:000000000000:function:pay", "End": true}}}]},
    "Done": {"Type": "Pass", "End": true}}}"#;

fn shop() -> Iw102 {
    let iw102 = Iw102::new();
    iw102.write("shop.asl.json", SHOP);
    iw102.write("broken", "");
    iw102
}

fn run(iw102: &Iw102, words: &[&str]) -> Ran {
    iw102.run([words, &["--local", "-c", "shop.asl.json", "--function", PAY]].concat())
}

#[test]
fn an_execution_goes_on_where_it_failed() {
    let iw102 = shop();
    assert_eq!(run(&iw102, &["invoke", "--name", "one"]).code, Some(3));
    let again = run(&iw102, &["redrive", "one", "--follow"]);
    assert_eq!(again.code, Some(3), "what is broken fails again: {}", again.snapshot());
    std::fs::remove_file(iw102.work().join("broken")).unwrap();
    let ran = run(&iw102, &["redrive", "one", "--follow"]);
    assert_eq!((ran.stdout.as_str(), ran.code), ("[1,\"paid\"]\n", Some(0)), "{}", ran.snapshot());
    let told: Vec<&str> =
        ran.stderr.lines().filter_map(|line| line.split("  ").find(|word| !word.is_empty())).collect();
    assert_eq!(told, ["↻ redriven", "✓ Pay", "✓ Both", "✓ Done", "SUCCEEDED"], "{}", ran.stderr);

    let history = run(&iw102, &["history", "one"]).stdout;
    assert_eq!(history.matches("ParallelStateStarted").count(), 1, "{history}");
    let redrives: Vec<&str> = history.lines().filter(|line| line.contains("ExecutionRedriven")).collect();
    assert!(redrives.len() == 2 && redrives[1].ends_with("redrive 2"), "{history}");
    let status = run(&iw102, &["status", "one"]).stdout;
    assert!(status.contains("Status     SUCCEEDED\n") && status.contains("Redriven   2 times\n"), "{status}");
    run(&iw102, &["redrive", "one"]).check(expect![[r#"
        --- stderr
        error: the execution cannot be redriven: it SUCCEEDED
        hint:  start another one with its input: iw102 status one --local --file shop.asl.json -q input -o json | iw102 start shop --local --file shop.asl.json --data -
        --- exit 16
    "#]]);
}

#[test]
fn a_redrive_that_nobody_follows_goes_on_with_the_next_command() {
    let iw102 = shop();
    assert_eq!(run(&iw102, &["invoke", "--name", "one"]).code, Some(3));
    std::fs::remove_file(iw102.work().join("broken")).unwrap();
    let ran = run(&iw102, &["redrive", "one"]);
    let arn = "arn:aws:states:us-east-1:000000000000:execution:shop:one\n";
    assert_eq!((ran.stdout.as_str(), ran.code), (arn, Some(0)), "{}", ran.snapshot());
    assert!(ran.stderr.starts_with("redriven\n"), "{}", ran.stderr);
    assert_eq!(run(&iw102, &["wait", "one"]).stdout, "[1,\"paid\"]\n");
}

#[test]
fn it_never_guesses_which_execution_is_meant() {
    assert_eq!(run(&shop(), &["redrive"]).code, Some(2));
}
