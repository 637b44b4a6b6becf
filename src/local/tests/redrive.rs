//! RedriveExecution and what the other operations show of it, as AWS answers.

use serde_json::{Value, json};

use super::{ACCOUNT, Fixture, PASS, REGION, create, sfn};

fn execution_arn(name: &str) -> String {
    format!("arn:aws:states:{REGION}:{ACCOUNT}:execution:m:{name}")
}

/// An execution that has failed.
async fn failed(fixture: &Fixture, definition: &Value) -> String {
    let machine = create(&fixture.owner.endpoint, "m", &definition.to_string()).await;
    let arn = fixture.client.start_execution(&machine, "{}", Some("e")).await.unwrap().arn;
    described(fixture, &arn, "FAILED").await;
    arn
}

async fn described(fixture: &Fixture, arn: &str, status: &str) -> Value {
    for _ in 0..2_000 {
        let (_, answer) = sfn(&fixture.owner.endpoint, "DescribeExecution", &json!({ "executionArn": arn })).await;
        if answer["status"] == status {
            return answer;
        }
        tokio::task::yield_now().await;
    }
    panic!("{arn} is never {status}");
}

async fn ask(fixture: &Fixture, operation: &str, body: Value) -> (String, Value) {
    let (_, answer) = sfn(&fixture.owner.endpoint, operation, &body).await;
    let name = answer["__type"].as_str().and_then(|name| name.rsplit('#').next()).unwrap_or_default();
    (name.to_owned(), answer)
}

fn fails() -> Value {
    json!({ "StartAt": "F", "States": { "F": { "Type": "Fail", "Error": "E", "Cause": "because" } } })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_execution_is_redriven_and_described_so() {
    let fixture = Fixture::begin().await;
    let arn = failed(&fixture, &fails()).await;
    let before = described(&fixture, &arn, "FAILED").await;
    assert_eq!((&before["redriveCount"], &before["redriveStatus"]), (&json!(0), &json!("REDRIVABLE")));
    assert!(before.get("redriveDate").is_none() && before.get("redriveStatusReason").is_none(), "{before}");

    let (_, answer) = ask(&fixture, "RedriveExecution", json!({ "executionArn": arn, "clientToken": "t" })).await;
    assert!(answer["redriveDate"].is_number(), "{answer}");
    let (_, again) = ask(&fixture, "RedriveExecution", json!({ "executionArn": arn, "clientToken": "t" })).await;
    assert_eq!(again, answer, "the same token is the same redrive");
    let after = described(&fixture, &arn, "FAILED").await;
    assert_eq!((&after["redriveCount"], &after["redriveDate"]), (&json!(1), &answer["redriveDate"]));
    assert_eq!((&after["startDate"], &after["error"]), (&before["startDate"], &json!("E")));

    let (_, history) = ask(&fixture, "GetExecutionHistory", json!({ "executionArn": arn })).await;
    let redriven = &history["events"][3];
    assert_eq!((&redriven["type"], &redriven["previousEventId"]), (&json!("ExecutionRedriven"), &json!(3)));
    assert_eq!(redriven["executionRedrivenEventDetails"], json!({ "redriveCount": 1 }));
    let (_, listed) = ask(&fixture, "ListExecutions", json!({ "stateMachineArn": super::machine_arn("m") })).await;
    let item = &listed["executions"][0];
    assert_eq!((&item["redriveCount"], &item["redriveDate"]), (&json!(1), &answer["redriveDate"]));
    fixture.owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_refused_in_awss_words() {
    let fixture = Fixture::begin().await;
    let machine = create(&fixture.owner.endpoint, "m", PASS).await;
    let arn = fixture.client.start_execution(&machine, "{}", Some("e")).await.unwrap().arn;
    described(&fixture, &arn, "SUCCEEDED").await;
    let redrive = |body: Value| ask(&fixture, "RedriveExecution", body);
    for (body, name, message) in [
        (
            json!({ "executionArn": arn }),
            "ExecutionNotRedrivable",
            format!("Execution {arn} invalid for redrive as: Execution is SUCCEEDED and cannot be redriven"),
        ),
        (
            json!({ "executionArn": execution_arn("none") }),
            "ExecutionDoesNotExist",
            format!("Execution Does Not Exist: '{}'", execution_arn("none")),
        ),
        (
            json!({ "executionArn": arn.replace(":execution:", ":express:") }),
            "InvalidArn",
            "Invalid Arn: 'Resource type not valid in this context: express'".to_owned(),
        ),
        (
            json!({ "executionArn": arn, "clientToken": "a b" }),
            "ValidationException",
            "1 validation error detected: Value 'a b' at 'clientToken' failed to satisfy constraint: Member must satisfy \
             regular expression pattern: [!-~]+"
                .to_owned(),
        ),
    ] {
        let (found, answer) = redrive(body).await;
        assert_eq!((found.as_str(), &answer["message"]), (name, &json!(message)));
    }
    let (name, answer) =
        ask(&fixture, "ListExecutions", json!({ "stateMachineArn": machine, "redriveFilter": "REDRIVEN" })).await;
    let message = "RedriveFilter cannot be applied to ListExecutions call with StateMachine ARN";
    assert_eq!((name.as_str(), &answer["message"]), ("ValidationException", &json!(message)));
    fixture.owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_map_run_shows_its_redrives() {
    let fixture = Fixture::begin().await;
    let processor = json!({
        "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" },
        "StartAt": "F",
        "States": { "F": { "Type": "Fail", "Error": "E" } },
    });
    let map = json!({ "Type": "Map", "Label": "L", "ItemProcessor": processor, "Items": [1], "End": true });
    let definition = json!({ "QueryLanguage": "JSONata", "StartAt": "M", "States": { "M": map } });
    let arn = failed(&fixture, &definition).await;
    let (_, runs) = ask(&fixture, "ListMapRuns", json!({ "executionArn": arn })).await;
    let run = runs["mapRuns"][0]["mapRunArn"].clone();
    let (_, before) = ask(&fixture, "DescribeMapRun", json!({ "mapRunArn": run })).await;
    assert_eq!((before.get("redriveCount"), before.get("redriveDate")), (None, None), "{before}");
    let child = |listed: &Value| listed["executions"][0]["executionArn"].as_str().unwrap().to_owned();
    let (_, children) = ask(&fixture, "ListExecutions", json!({ "mapRunArn": run })).await;
    let shown = described(&fixture, &child(&children), "FAILED").await;
    assert_eq!(shown["redriveStatus"], "REDRIVABLE_BY_MAP_RUN");
    let list = |filter: &str| ask(&fixture, "ListExecutions", json!({ "mapRunArn": run, "redriveFilter": filter }));
    assert_eq!(list("REDRIVEN").await.1["executions"], json!([]));

    ask(&fixture, "RedriveExecution", json!({ "executionArn": arn })).await;
    described(&fixture, &arn, "FAILED").await;
    let (_, after) = ask(&fixture, "DescribeMapRun", json!({ "mapRunArn": run })).await;
    assert_eq!((&after["redriveCount"], &after["status"]), (&json!(1), &json!("FAILED")));
    assert!(after["redriveDate"].is_number(), "{after}");
    let counts = &after["executionCounts"];
    assert_eq!((&counts["pendingRedrive"], &counts["failuresNotRedrivable"]), (&json!(0), &json!(0)));
    let (_, redriven) = list("REDRIVEN").await;
    assert_eq!((child(&redriven), &redriven["executions"][0]["redriveCount"]), (child(&children), &json!(1)));
    assert_eq!(list("NOT_REDRIVEN").await.1["executions"], json!([]));
    fixture.owner.release().await;
}
