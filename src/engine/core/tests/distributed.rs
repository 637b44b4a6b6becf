//! Distributed Map: what the parent records, what its children are given, what is tolerated.

use expect_test::expect;
use serde_json::{Value, json};

use super::{Run, check};
use crate::engine::api::ExecutionStatus::{Failed, Succeeded, TimedOut};

fn map(fields: &Value) -> Value {
    let mut state = json!({ "Type": "Map", "Label": "L", "End": true, "ItemProcessor": {
        "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" },
        "StartAt": "I", "States": { "I": { "Type": "Pass", "End": true } } } });
    if let (Value::Object(state), Value::Object(fields)) = (&mut state, fields.clone()) {
        state.extend(fields);
    }
    json!({ "StartAt": "M", "States": { "M": state } })
}

fn s3(action: &str) -> Value {
    json!({ "Resource": format!("arn:aws:states:::s3:{action}"), "Parameters": { "Bucket.$": "$.b", "Key": "k" } })
}

fn inputs(run: &Run) -> Vec<String> {
    run.children.iter().map(|child| child.input.text().to_owned()).collect()
}

#[test]
fn every_item_is_an_execution_and_the_parent_tells_of_the_run_alone() {
    let mut run =
        Run::start(&map(&json!({ "ItemSelector": { "v.$": "$$.Map.Item.Value" }, "MaxConcurrency": 1 })), "[1,2]");
    assert_eq!(inputs(&run), [r#"{"v":1}"#]);
    assert!(run.children[0].arn.starts_with("arn:aws:states:us-east-1:000000000000:execution:M/L:"));
    assert_eq!(&*run.children[0].state_machine_arn, "arn:aws:states:us-east-1:000000000000:stateMachine:M/L");
    run.end_child(Succeeded);
    assert_eq!(inputs(&run), [r#"{"v":2}"#]);
    run.end_child(Succeeded);
    expect![[r#"
        0s 1 <- 0 ExecutionStarted input=[1,2]
        0s 2 <- 0 MapStateEntered name=M input=[1,2]
        0s 3 <- 2 MapStateStarted length=2
        0s 4 <- 3 MapRunStarted
        0s 5 <- 4 MapRunSucceeded
        0s 6 <- 5 MapStateSucceeded
        0s 7 <- 5 MapStateExited name=M output=[{"v":1},{"v":2}]
        0s 8 <- 7 ExecutionSucceeded output=[{"v":1},{"v":2}]
    "#]]
    .assert_eq(&run.history());
}

#[test]
fn more_failures_than_are_tolerated_end_the_run() {
    for (fields, failures, fails) in [
        (json!({}), 1, true),
        (json!({ "ToleratedFailureCount": 1 }), 1, false),
        (json!({ "ToleratedFailureCount": 1 }), 2, true),
        (json!({ "ToleratedFailurePercentage": 50 }), 2, false),
        (json!({ "ToleratedFailurePercentage": 49.5 }), 2, true),
    ] {
        let mut run = Run::start(&map(&fields), "[1,2,3,4]");
        for number in 0..4 {
            run.end_child(if number < failures { TimedOut } else { Succeeded });
        }
        let expected = if fails { "States.ExceedToleratedFailureThreshold" } else { "" };
        assert_eq!(run.error(), expected, "{fields} {failures}");
        assert!(run.execution.ended().is_some() && run.children.is_empty());
    }
}

#[test]
fn a_run_that_failed_is_told_before_its_state() {
    let mut run = Run::start(&map(&json!({})), "[1,2]");
    run.end_child(Failed);
    let history = run.history();
    expect![[r#"
        0s 4 <- 3 MapRunStarted
        0s 5 <- 4 MapRunFailed error=States.ExceedToleratedFailureThreshold cause=The specified tolerated failure threshold was exceeded
        0s 6 <- 5 MapStateFailed
        0s 7 <- 6 ExecutionFailed error=States.ExceedToleratedFailureThreshold cause=The specified tolerated failure threshold was exceeded"#]]
    .assert_eq(&history.lines().skip(3).collect::<Vec<_>>().join("\n"));
}

#[test]
fn wrong_bounds_fail_the_state_after_its_start() {
    for (fields, input, expected) in [
        ("ToleratedFailureCountPath", "-1", "ToleratedFailureCount cannot be negative."),
        ("ToleratedFailurePercentagePath", "-1", "ToleratedFailurePercentage must be between 0 and 100."),
        ("ToleratedFailurePercentagePath", "100.1", "ToleratedFailurePercentage must be between 0 and 100."),
        (
            "ToleratedFailurePercentagePath",
            "{}",
            "The ToleratedFailurePercentagePath field refers to value \"{}\" which is not a valid float: $.t",
        ),
    ] {
        let run =
            Run::start(&map(&json!({ fields: "$.t", "ItemsPath": "$.i" })), &format!("{{\"i\":[0],\"t\":{input}}}"));
        let history = run.history();
        let lines: Vec<&str> = history.lines().skip(2).collect();
        let sentence = "An error occurred while executing the state 'M' (entered at the event id #2).";
        assert_eq!(lines[0], "0s 3 <- 2 MapStateStarted length=1");
        assert_eq!(lines[1], format!("0s 4 <- 3 ExecutionFailed error=States.Runtime cause={sentence} {expected}"));
    }
}

#[test]
fn items_are_read_and_results_written_outside() {
    let fields = json!({ "ItemReader": s3("getObject"), "ResultWriter": s3("putObject") });
    let mut run = Run::start(&map(&fields), r#"{"b":"bucket"}"#);
    let request = run.task("getObject").input.value().clone();
    assert_eq!(request, json!({ "Parameters": { "Bucket": "bucket", "Key": "k" }, "ReaderConfig": {}, "MaxItems": 0 }));
    run.succeed("getObject", "[1]");
    run.crash();
    run.end_child(Succeeded);
    let request = run.task("putObject").input.value().clone();
    assert_eq!(request["SUCCEEDED"][0]["Output"], "1");
    run.crash();
    run.succeed("putObject", r#"{"Bucket":"bucket","Key":"manifest.json"}"#);
    let output: Value = serde_json::from_str(run.output()).unwrap();
    assert_eq!(output["ResultWriterDetails"], json!({ "Bucket": "bucket", "Key": "manifest.json" }));
}

#[test]
fn items_that_cannot_be_read_fail_the_run() {
    let mut run = Run::start(&map(&json!({ "ItemReader": s3("getObject") })), r#"{"b":"bucket"}"#);
    run.fail("getObject", "States.ItemReaderFailed", "because");
    let history = run.history();
    expect![[r#"
        0s 3 <- 2 MapStateStarted length=0
        0s 4 <- 3 MapRunStarted
        0s 5 <- 4 MapRunFailed error=States.ItemReaderFailed cause=because
        0s 6 <- 5 MapStateFailed
        0s 7 <- 6 ExecutionFailed error=States.ItemReaderFailed cause=because"#]]
    .assert_eq(&history.lines().skip(2).collect::<Vec<_>>().join("\n"));
}

#[test]
fn max_items_by_a_path() {
    let mut reader = s3("getObject");
    reader["ReaderConfig"] = json!({ "InputType": "JSON", "MaxItemsPath": "$.n" });
    let start = |n: &str| Run::start(&map(&json!({ "ItemReader": reader })), &format!(r#"{{"b":"bucket","n":{n}}}"#));
    assert_eq!(start("\"2\"").task("getObject").input.value()["MaxItems"], 2);
    assert!(start("-1").history().contains("MapRunFailed error=States.ItemReaderFailed cause=field MaxItems must be"));
    assert!(!start("1.5").history().contains("MapRun"));
}

#[test]
fn batches_are_bounded_by_items_and_by_bytes() {
    let batcher = |fields: Value| inputs(&Run::start(&map(&json!({ "ItemBatcher": fields })), "[1,2,3]"));
    assert_eq!(
        batcher(json!({ "MaxItemsPerBatch": 2, "BatchInput": { "first.$": "$[0]" } })),
        [r#"{"BatchInput":{"first":1},"Items":[1,2]}"#, r#"{"BatchInput":{"first":1},"Items":[3]}"#]
    );
    assert_eq!(batcher(json!({ "MaxInputBytesPerBatch": 1 })).len(), 3);
    assert_eq!(batcher(json!({ "MaxInputBytesPerBatch": 100_000 })), [r#"{"Items":[1,2,3]}"#]);
}

#[test]
fn children_are_asked_for_again_after_a_crash_and_stopped_with_their_parent() {
    let mut run = Run::start(&map(&json!({})), "[1,2,3]");
    let names = |run: &Run| run.children.iter().map(|child| child.arn.clone()).collect::<Vec<_>>();
    let before = names(&run);
    run.crash();
    assert_eq!(names(&run), before);
    run.end_child(Succeeded);
    run.crash();
    assert_eq!(names(&run), before[1..]);
    run.handle(super::Input::Stop { error: None, cause: None });
    assert!(run.children.is_empty());
}

#[test]
fn nothing_to_do_is_done_at_once() {
    check(
        &map(&json!({})),
        "[]",
        expect![[r#"
            0s 1 <- 0 ExecutionStarted input=[]
            0s 2 <- 0 MapStateEntered name=M input=[]
            0s 3 <- 2 MapStateStarted length=0
            0s 4 <- 3 MapRunStarted
            0s 5 <- 4 MapRunSucceeded
            0s 6 <- 5 MapStateSucceeded
            0s 7 <- 5 MapStateExited name=M output=[]
            0s 8 <- 7 ExecutionSucceeded output=[]
        "#]],
    );
}
