//! TestState: one state, with its work or with a mock.

use serde_json::{Value, json};

use super::{Fixture, sfn};

/// What TestState says of a state, given further members.
async fn tested(fixture: &Fixture, state: Value, mut members: Value) -> Value {
    members["definition"] = state.to_string().into();
    members["inspectionLevel"] = "DEBUG".into();
    sfn(&fixture.owner.endpoint, "TestState", &members).await.1
}

#[tokio::test(flavor = "multi_thread")]
async fn each_step_of_a_state_is_shown() {
    let fixture = Fixture::begin().await;
    let state = json!({"Type": "Pass", "InputPath": "$.in", "Result": {"r": 1}, "ResultPath": "$.out",
        "Assign": {"v.$": "$.r"}, "Next": "After"});
    let answer = tested(&fixture, state, json!({"input": r#"{"in": [1, 2]}"#})).await;
    assert_eq!((&answer["status"], &answer["nextState"]), (&json!("SUCCEEDED"), &json!("After")));
    assert_eq!(answer["output"], r#"{"in":[1,2],"out":{"r":1}}"#);
    let shown = &answer["inspectionData"];
    assert_eq!((&shown["afterInputPath"], &shown["afterResultSelector"]), (&json!("[1, 2]"), &json!(r#"{"r":1}"#)));
    assert_eq!((&shown["afterResultPath"], &shown["variables"]), (&answer["output"], &json!(r#"{"v":1}"#)));
    fixture.owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mocked_error_is_retried_caught_or_fails() {
    let fixture = Fixture::begin().await;
    let state = json!({"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f"}, "End": true,
        "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 3, "MaxAttempts": 2}],
        "Catch": [{"ErrorEquals": ["Busy"], "Next": "Rescue"}]});
    let fails = |error: &str, retries: u32| json!({"mock": {"errorOutput": {"error": error, "cause": "c"}}, "stateConfiguration": {"retrierRetryCount": retries}});
    let again = tested(&fixture, state.clone(), fails("Busy", 1)).await;
    assert_eq!((&again["status"], &again["error"]), (&json!("RETRIABLE"), &json!("Busy")));
    let details = json!({"retryIndex": 0, "retryBackoffIntervalSeconds": 6});
    assert_eq!(again["inspectionData"]["errorDetails"], details);
    let caught = tested(&fixture, state.clone(), fails("Busy", 2)).await;
    assert_eq!((&caught["status"], &caught["nextState"]), (&json!("CAUGHT_ERROR"), &json!("Rescue")));
    assert_eq!(caught["output"], r#"{"Error":"Busy","Cause":"c"}"#);
    let failed = tested(&fixture, state, fails("Other", 0)).await;
    assert_eq!((&failed["status"], failed.get("output")), (&json!("FAILED"), None));
    fixture.owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_tested_so_is_refused() {
    let fixture = Fixture::begin().await;
    let inner = json!({"StartAt": "I", "States": {"I": {"Type": "Pass", "End": true}}});
    let parallel = json!({"Type": "Parallel", "Branches": [inner], "End": true});
    let start = json!({"Type": "Task", "Resource": "arn:aws:states:::states:startExecution", "Parameters": {"StateMachineArn": "m"}, "End": true});
    let only_one = "A test mock should have only one of the following fields: [result, errorOutput].";
    for (state, members, message) in [
        (&parallel, json!({}), "State type 'Parallel' is not supported when a mock is not specified"),
        (&parallel, json!({"mock": {"result": "{}"}}), "Mocked result must be an array."),
        (
            &parallel,
            json!({"mock": {"result": "[]"}}),
            "Mocked result must contain the same number of items as number of Parallel branches.",
        ),
        (&parallel, json!({"mock": {}}), only_one),
        (
            &start,
            json!({"mock": {"result": "{}"}}),
            "Mock result schema validation error: Required field 'ExecutionArn' is missing",
        ),
    ] {
        let refused = tested(&fixture, state.clone(), members).await;
        assert_eq!(
            (&refused["__type"], &refused["message"]),
            (&json!("com.amazon.coral.validate#ValidationException"), &json!(message))
        );
    }
    fixture.owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_iterations_of_a_map_get_is_shown_step_by_step() {
    let fixture = Fixture::begin().await;
    let processor = json!({"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}, "StartAt": "I",
        "States": {"I": {"Type": "Pass", "End": true}}});
    let map = |fields: Value| {
        let mut state = json!({"Type": "Map", "ItemProcessor": processor, "End": true});
        state.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        state
    };
    let state = map(json!({"ItemsPath": "$.list", "ItemSelector": {"i.$": "$$.Map.Item.Value"},
        "ItemBatcher": {"MaxItemsPerBatch": 2, "BatchInput": {"of.$": "$.name"}}}));
    let answer =
        tested(&fixture, state, json!({"input": r#"{"list": [1, 2, 3], "name": "n"}"#, "mock": {"result": "[]"}}))
            .await;
    let shown = &answer["inspectionData"];
    assert_eq!(shown["afterItemsPath"], "[1, 2, 3]", "{answer}");
    assert_eq!(shown["afterItemSelector"], r#"[{"i":1},{"i":2},{"i":3}]"#);
    let batch = |items: &str| format!(r#"{{"BatchInput":{{"of":"n"}},"Items":[{items}]}}"#);
    assert_eq!(shown["afterItemBatcher"], format!("[{},{}]", batch(r#"{"i":1},{"i":2}"#), batch(r#"{"i":3}"#)));

    let state = map(
        json!({"ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "k"},
        "ReaderConfig": {"InputType": "JSON", "ItemsPointer": "/in/list"}}}),
    );
    let read = json!({"mapItemReaderData": r#"{"in": {"list": [4,  5]}}"#});
    let answer = tested(&fixture, state, json!({"stateConfiguration": read, "mock": {"result": "[]"}})).await;
    assert_eq!(answer["inspectionData"]["afterItemsPointer"], "[4,  5]", "{answer}");
    assert_eq!(answer["inspectionData"].get("afterItemBatcher"), None);
    fixture.owner.release().await;
}
