//! Express machines: one call that waits for the end, and nothing that can be asked of their executions afterwards.

use serde_json::{Value, json};

use super::{ACCOUNT, Fixture, PASS, REGION, client, create, options, sfn};
use crate::engine::ClockMode;
use crate::local::{AttachOptions, Owner, attach};

async fn express(endpoint: &str, name: &str, definition: &str) -> String {
    let body = json!({ "name": name, "definition": definition, "roleArn": "a-role", "type": "EXPRESS" });
    let (status, answer) = sfn(endpoint, "CreateStateMachine", &body).await;
    assert_eq!(status, 200, "{answer}");
    answer["stateMachineArn"].as_str().unwrap().to_owned()
}

/// A server whose waits take no time.
async fn hasty(scratch: &std::path::Path) -> Owner {
    let clock = ClockMode::Virtual { expire: false };
    attach(AttachOptions { clock, ..options(None, scratch) }).await.unwrap()
}

fn name_of(answer: &Value) -> Option<&str> {
    answer["__type"].as_str().and_then(|name| name.rsplit('#').next())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_express_execution_is_answered_with_its_end() {
    let scratch = tempfile::tempdir().unwrap();
    let owner = hasty(scratch.path()).await;
    let endpoint = &owner.endpoint;
    let waits = json!({ "StartAt": "W", "States": { "W": { "Type": "Wait", "Seconds": 7, "End": true } } }).to_string();
    let arn = express(endpoint, "m", &waits).await;
    let body = json!({ "stateMachineArn": arn, "name": "n", "input": "[1]", "traceHeader": "Root=1" });
    let (status, mut answer) = sfn(endpoint, "StartSyncExecution", &body).await;
    let id = answer["executionArn"].take();
    let begin = format!("arn:aws:states:{REGION}:{ACCOUNT}:express:m:n:");
    assert_eq!(id.as_str().and_then(|id| id.strip_prefix(&begin)).map(str::len), Some(36), "{id}");
    let (started, stopped) =
        (answer["startDate"].take().as_f64().unwrap(), answer["stopDate"].take().as_f64().unwrap());
    assert!(stopped >= started + 7.0, "{started} {stopped}");
    assert!(answer["billingDetails"]["billedDurationInMilliseconds"].take().as_u64().unwrap() >= 7_000);
    assert_eq!(status, 200);
    assert_eq!(
        answer,
        json!({
            "executionArn": null, "stateMachineArn": arn, "name": "n", "startDate": null, "stopDate": null,
            "status": "SUCCEEDED", "input": "[1]", "inputDetails": { "included": true }, "output": "[1]",
            "outputDetails": { "included": true }, "traceHeader": "Root=1",
            "billingDetails": { "billedMemoryUsedInMB": 64, "billedDurationInMilliseconds": null },
        })
    );
    // Names are not taken, and data may be left out.
    let body = json!({ "stateMachineArn": arn, "name": "n", "includedData": "METADATA_ONLY" });
    let (_, again) = sfn(endpoint, "StartSyncExecution", &body).await;
    assert_eq!((&again["outputDetails"]["included"], again.get("output")), (&json!(false), None));
    assert_ne!(again["executionArn"], id);
    owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_without_success_is_an_answer_too() {
    let scratch = tempfile::tempdir().unwrap();
    let owner = hasty(scratch.path()).await;
    let fails = json!({ "StartAt": "F", "States": { "F": { "Type": "Fail", "Error": "E", "Cause": "C" } } });
    let waits = json!({ "StartAt": "W", "TimeoutSeconds": 5, "States": { "W": { "Type": "Wait", "Seconds": 7, "End": true } } });
    for (name, definition, expected) in [
        ("f", fails.to_string(), json!(["FAILED", "E", "C"])),
        ("t", waits.to_string(), json!(["TIMED_OUT", null, null])),
    ] {
        let arn = express(&owner.endpoint, name, &definition).await;
        let (status, answer) = sfn(&owner.endpoint, "StartSyncExecution", &json!({ "stateMachineArn": arn })).await;
        assert_eq!((status, json!([answer["status"], answer["error"], answer["cause"]])), (200, expected), "{answer}");
        assert!(answer.get("output").is_none() && answer["billingDetails"].is_object());
    }
    owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_asked_of_an_express_execution() {
    let fixture = Fixture::begin().await;
    let endpoint = &fixture.owner.endpoint;
    let machine = express(endpoint, "m", PASS).await;
    let (_, started) = sfn(endpoint, "StartExecution", &json!({ "stateMachineArn": machine, "name": "n" })).await;
    let (_, again) = sfn(endpoint, "StartExecution", &json!({ "stateMachineArn": machine, "name": "n" })).await;
    assert_ne!(started["executionArn"], again["executionArn"], "names are not taken");
    let execution = json!({ "executionArn": started["executionArn"] });
    for operation in ["DescribeExecution", "StopExecution", "GetExecutionHistory", "DescribeStateMachineForExecution"] {
        let (status, answer) = sfn(endpoint, operation, &execution).await;
        let expected =
            (400, Some("InvalidArn"), json!("Invalid Arn: 'Resource type not valid in this context: express'"));
        assert_eq!((status, name_of(&answer), answer["message"].clone()), expected, "{operation}");
    }
    let standard = create(endpoint, "s", PASS).await;
    for (operation, arn) in [("ListExecutions", &machine), ("StartSyncExecution", &standard)] {
        let (_, answer) = sfn(endpoint, operation, &json!({ "stateMachineArn": arn })).await;
        assert_eq!(name_of(&answer), Some("StateMachineTypeNotSupported"), "{operation}");
        assert_eq!(answer["message"], "This operation is not supported by this type of state machine");
    }
    fixture.owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_runs_an_express_machine() {
    let fixture = Fixture::begin().await;
    let arn = express(&fixture.owner.endpoint, "m", PASS).await;
    let execution = client(&fixture.owner).run_execution(&arn, "[2]", Some("n")).await.unwrap();
    assert_eq!((execution.status.as_str(), execution.output.as_deref()), ("SUCCEEDED", Some("[2]")));
    fixture.owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn definitions_are_validated_without_being_kept() {
    let fixture = Fixture::begin().await;
    let validate = async |body: Value| {
        let (status, answer) = sfn(&fixture.owner.endpoint, "ValidateStateMachineDefinition", &body).await;
        assert_eq!(status, 200, "{answer}");
        answer
    };
    assert_eq!(
        validate(json!({ "definition": PASS })).await,
        json!({ "result": "OK", "diagnostics": [], "truncated": false })
    );
    let empty = validate(json!({ "definition": "{}" })).await;
    let message = "These fields are required: [States, StartAt]";
    assert_eq!(
        empty["diagnostics"],
        json!([{ "severity": "ERROR", "code": "SCHEMA_VALIDATION_FAILED", "message": message, "location": "/" }])
    );
    let waits = json!({ "StartAt": "A", "States": { "A": { "Type": "Task", "End": true,
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "Parameters": { "QueueUrl": "q", "MessageBody.$": "$$.Task.Token" } } } });
    let waits = waits.to_string();
    let standard = validate(json!({ "definition": waits, "severity": "WARNING" })).await;
    assert_eq!((&standard["result"], &standard["diagnostics"][0]["severity"]), (&json!("OK"), &json!("WARNING")));
    assert_eq!(validate(json!({ "definition": waits })).await["diagnostics"], json!([]));
    let express =
        validate(json!({ "definition": waits, "type": "EXPRESS", "severity": "WARNING", "maxResults": 1 })).await;
    assert_eq!((&express["result"], &express["truncated"]), (&json!("FAIL"), &json!(true)));
    assert_eq!(express["diagnostics"].as_array().unwrap().len(), 1);
    assert_eq!(validate(json!({ "definition": "{" })).await["result"], "FAIL");
    fixture.owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_outlives_an_express_execution_is_refused() {
    let fixture = Fixture::begin().await;
    let endpoint = &fixture.owner.endpoint;
    let kept = express(endpoint, "m", PASS).await;
    let map = json!({ "StartAt": "M", "States": { "M": { "Type": "Map", "End": true, "ItemProcessor": {
        "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS" },
        "StartAt": "P", "States": { "P": { "Type": "Pass", "End": true } } } } } });
    let job = json!({ "StartAt": "P", "States": { "P": { "Type": "Parallel", "End": true, "Branches": [{ "StartAt": "J",
        "States": { "J": { "Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "End": true } } }] } } });
    for (definition, what, place) in [
        (&map, "Map states with mode DISTRIBUTED", "/States/M/ItemProcessor/ProcessorConfig/Mode"),
        (&job, "'.sync' service integration", "/States/P/Branches[0]/States/J/Resource"),
    ] {
        let why = format!("SCHEMA_VALIDATION_FAILED: Express state machine does not support {what} at {place}");
        let expected = json!(format!("Invalid State Machine Definition: '{why}'"));
        let definition = definition.to_string();
        let update = json!({ "stateMachineArn": kept, "definition": definition });
        let create = json!({ "name": "x", "definition": definition, "roleArn": "a-role", "type": "EXPRESS" });
        for (operation, body) in [("UpdateStateMachine", &update), ("CreateStateMachine", &create)] {
            let (status, answer) = sfn(endpoint, operation, body).await;
            let told = (status, name_of(&answer), &answer["message"]);
            assert_eq!(told, (400, Some("InvalidDefinition"), &expected), "{operation}");
        }
    }
    create(endpoint, "standard", &map.to_string()).await;
    fixture.owner.release().await;
}
