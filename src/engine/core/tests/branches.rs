//! Parallel and Map: the order of their events, and what ends when one of them fails.

use expect_test::expect;
use serde_json::{Value, json};

use super::{FUNCTION, Run, check};
use crate::engine::api::ExecutionStatus;

fn pass(result: &str) -> Value {
    json!({ "StartAt": result, "States": { result: { "Type": "Pass", "Result": result, "End": true } } })
}

fn function(name: &str) -> Value {
    let resource = format!("{}{name}", FUNCTION.strip_suffix("f").unwrap());
    json!({ "StartAt": name, "States": { name: { "Type": "Task", "Resource": resource, "End": true } } })
}

fn parallel(branches: &Value, fields: &Value) -> Value {
    let mut state = json!({ "Type": "Parallel", "Branches": branches, "End": true });
    if let (Value::Object(state), Value::Object(fields)) = (&mut state, fields.clone()) {
        state.extend(fields);
    }
    json!({ "StartAt": "P", "States": { "P": state } })
}

#[test]
fn branches_take_turns_and_their_outputs_keep_their_order() {
    check(
        &parallel(&json!([pass("a"), pass("b")]), &json!({})),
        "{}",
        expect![[r#"
            0s 1 <- 0 ExecutionStarted input={}
            0s 2 <- 0 ParallelStateEntered name=P input={}
            0s 3 <- 2 ParallelStateStarted
            0s 4 <- 3 PassStateEntered name=a input={}
            0s 5 <- 3 PassStateEntered name=b input={}
            0s 6 <- 4 PassStateExited name=a output="a"
            0s 7 <- 5 PassStateExited name=b output="b"
            0s 8 <- 7 ParallelStateSucceeded
            0s 9 <- 7 ParallelStateExited name=P output=["a","b"]
            0s 10 <- 9 ExecutionSucceeded output=["a","b"]
        "#]],
    );
}

#[test]
fn a_branch_that_fails_ends_its_siblings() {
    let mut run = Run::start(&parallel(&json!([function("x"), function("y")]), &json!({})), "{}");
    run.fail("function:y", "E", "because");
    assert!(run.tasks.is_empty(), "the sibling's task is cancelled");
    let history = run.history();
    let end: Vec<&str> = history.lines().skip(8).collect();
    expect![[r#"
        0s 9 <- 8 LambdaFunctionStarted
        0s 10 <- 9 LambdaFunctionFailed error=E cause=because
        0s 11 <- 7 TaskStateAborted
        0s 12 <- 10 ParallelStateFailed
        0s 13 <- 12 ExecutionFailed error=E cause=because"#]]
    .assert_eq(&end.join("\n"));
}

#[test]
fn a_parallel_state_is_retried_and_caught_as_one() {
    let retry = json!([{ "ErrorEquals": ["States.ALL"], "MaxAttempts": 1 }]);
    let mut run = Run::start(&parallel(&json!([function("x"), pass("b")]), &json!({ "Retry": retry })), "{}");
    run.fail("function:x", "E", "");
    run.pass(1);
    run.succeed("function:x", "1");
    assert_eq!(run.output(), r#"[1,"b"]"#);
}

fn map(fields: &Value, processor: &Value) -> Value {
    let mut state = json!({ "Type": "Map", "ItemProcessor": processor, "End": true });
    if let (Value::Object(state), Value::Object(fields)) = (&mut state, fields.clone()) {
        state.extend(fields);
    }
    json!({ "StartAt": "M", "States": { "M": state } })
}

#[test]
fn one_iteration_after_the_other() {
    let definition = map(
        &json!({ "MaxConcurrency": 1 }),
        &json!({ "StartAt": "I", "States": { "I": { "Type": "Pass", "End": true } } }),
    );
    check(
        &definition,
        "[1, 2]",
        expect![[r#"
            0s 1 <- 0 ExecutionStarted input=[1, 2]
            0s 2 <- 0 MapStateEntered name=M input=[1, 2]
            0s 3 <- 2 MapStateStarted length=2
            0s 4 <- 3 MapIterationStarted name=M index=0
            0s 5 <- 4 PassStateEntered name=I input=1
            0s 6 <- 5 PassStateExited name=I output=1
            0s 7 <- 6 MapIterationSucceeded name=M index=0
            0s 8 <- 6 MapIterationStarted name=M index=1
            0s 9 <- 8 PassStateEntered name=I input=2
            0s 10 <- 9 PassStateExited name=I output=2
            0s 11 <- 10 MapIterationSucceeded name=M index=1
            0s 12 <- 11 MapStateSucceeded
            0s 13 <- 11 MapStateExited name=M output=[1,2]
            0s 14 <- 13 ExecutionSucceeded output=[1,2]
        "#]],
    );
}

#[test]
fn concurrency_is_bounded() {
    let items = format!("{:?}", (0..100).collect::<Vec<_>>());
    for (fields, expected) in
        [(json!({}), 40), (json!({ "MaxConcurrency": 3 }), 3), (json!({ "MaxConcurrency": 99 }), 40)]
    {
        let mut run = Run::start(&map(&fields, &function("x")), &items);
        assert_eq!(run.tasks.len(), expected);
        run.succeed("function:x", "1");
        assert_eq!(run.tasks.len(), expected, "another one takes the place");
    }
}

#[test]
fn items_are_selected_with_their_index_and_value() {
    let fields = json!({ "ItemsPath": "$.items", "ItemSelector": {
        "i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value", "all.$": "$.k" } });
    let pass = json!({ "StartAt": "I", "States": { "I": { "Type": "Pass", "End": true } } });
    let run = Run::start(&map(&fields, &pass), r#"{"k":"v","items":["a"]}"#);
    assert_eq!(run.output(), r#"[{"all":"v","v":"a","i":0}]"#);
}

#[test]
fn no_items_no_iterations() {
    let run = Run::start(&map(&json!({}), &function("x")), "[]");
    assert_eq!(run.output(), "[]");
}

#[test]
fn an_input_that_is_no_array_fails() {
    let run = Run::start(&map(&json!({}), &function("x")), r#"{"a":1}"#);
    let cause = run.execution.ended().unwrap().cause.clone().unwrap();
    assert!(cause.ends_with(r#"Reference path "$" must point to array."#), "{cause}");
}

#[test]
fn an_iteration_that_fails_ends_the_others() {
    let mut run = Run::start(&map(&json!({}), &function("x")), "[1,2,3]");
    run.fail("function:x", "E", "because");
    assert!(run.tasks.is_empty());
    let history = run.history();
    let names: Vec<_> = history.lines().skip(15).map(|line| line.split_whitespace().nth(4).unwrap()).collect();
    let expected = [
        "LambdaFunctionFailed",
        "MapIterationFailed",
        "TaskStateAborted",
        "MapIterationAborted",
        "TaskStateAborted",
        "MapIterationAborted",
        "MapStateFailed",
        "ExecutionFailed",
    ];
    assert_eq!(names, expected, "{history}");
}

#[test]
fn branches_nest() {
    let inner = map(
        &json!({ "ItemsPath": "$.items" }),
        &json!({ "StartAt": "I", "States": { "I": { "Type": "Pass", "End": true } } }),
    );
    let run = Run::start(
        &parallel(&json!([inner, pass("b")]), &json!({ "ResultSelector": { "first.$": "$[0]" }, "ResultPath": "$.r" })),
        r#"{"items":[1,2]}"#,
    );
    assert_eq!(run.output(), r#"{"items":[1,2],"r":{"first":[1,2]}}"#);
}

#[test]
fn results_that_are_too_large_together_fail_the_state() {
    let items = format!("[{}]", ["1"; 5].join(","));
    let mut run = Run::start(&map(&json!({}), &function("x")), &items);
    for _ in 0..5 {
        run.succeed("function:x", &format!("\"{}\"", "x".repeat(60_000)));
    }
    assert_eq!(run.error(), "States.DataLimitExceeded");
    assert!(run.history().contains("MapStateFailed"));
}

#[test]
fn many_items_that_read_the_context_take_one_context() {
    // Quadratic in the items, this would take minutes.
    let items = format!("[{}]", vec!["{\"a\":\"0123456789\"}"; 3_000].join(","));
    let pass = json!({ "StartAt": "I", "States": { "I": { "Type": "Pass", "Parameters": {
        "n.$": "$$.Execution.Name", "v.$": "$$.Map.Item.Value.a" }, "End": true } } });
    let selector = json!({ "ItemSelector": { "v.$": "$$.Map.Item.Value" }, "ResultPath": null });
    let run = Run::start_without_folding(&map(&selector, &pass), &items);
    assert_eq!(run.execution.ended().unwrap().status, ExecutionStatus::Succeeded);
}
