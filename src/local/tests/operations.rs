//! Step Functions' operations, through the SDK where it can say what is tested.

use serde_json::{Value, json};

use super::{ACCOUNT, Fixture, PASS, REGION, create, machine_arn, sfn};
use crate::aws::{Client, Error, ExecutionQuery};

const WAITS: &str = r#"{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":3600,"End":true}}}"#;

/// Runs until an execution has ended: bounded, because a broken engine must not hang the tests.
async fn ended(client: &Client, arn: &str) -> crate::aws::Execution {
    for _ in 0..2_000 {
        let execution = client.describe_execution(arn).await.unwrap();
        if execution.status != "RUNNING" {
            return execution;
        }
        tokio::task::yield_now().await;
    }
    panic!("{arn} does not end");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_execution_runs_and_is_described_and_told() {
    let fixture = Fixture::begin().await;
    let arn = create(&fixture.owner.endpoint, "m", PASS).await;
    assert_eq!(arn, machine_arn("m"));
    let client = &fixture.client;
    let started = client.start_execution(&arn, r#"{"a": 1}"#, Some("e")).await.unwrap();
    assert_eq!(started.arn, format!("arn:aws:states:{REGION}:{ACCOUNT}:execution:m:e"));
    let execution = ended(client, &started.arn).await;
    assert_eq!((execution.status.as_str(), execution.output.as_deref()), ("SUCCEEDED", Some(r#"{"a": 1}"#)));
    assert_eq!(execution.started, started.started);

    let history = client.execution_history(&started.arn).await.unwrap();
    let types: Vec<&str> = history.iter().map(|event| &*event.event_type).collect();
    assert_eq!(types, ["ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"]);
    assert_eq!(history[0].text("roleArn"), Some("a-role"));
    assert_eq!(history[1].text("name"), Some("A"));
    let newer = client.execution_history_after(&started.arn, 2).await.unwrap();
    assert_eq!(newer, history[2..]);
    assert_eq!(client.execution_history_after(&started.arn, 4).await.unwrap(), []);
    let machine = client.describe_state_machine_for_execution(&started.arn).await.unwrap();
    assert_eq!((machine.definition.as_str(), machine.role_arn.as_str()), (PASS, "a-role"));
    fixture.owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn describe_has_the_members_that_aws_gives() {
    let fixture = Fixture::begin().await;
    let endpoint = &fixture.owner.endpoint;
    let arn = create(endpoint, "m", PASS).await;
    let (_, machine) = sfn(endpoint, "DescribeStateMachine", &json!({ "stateMachineArn": arn })).await;
    assert_eq!(machine["loggingConfiguration"], json!({ "includeExecutionData": false, "level": "OFF" }));
    assert_eq!(machine["tracingConfiguration"], json!({ "enabled": false }));
    assert_eq!((&machine["status"], &machine["type"]), (&json!("ACTIVE"), &json!("STANDARD")));
    assert!(machine.get("revisionId").is_none());

    let started = fixture.client.start_execution(&arn, "{}", None).await.unwrap();
    ended(&fixture.client, &started.arn).await;
    let (_, mut execution) = sfn(endpoint, "DescribeExecution", &json!({ "executionArn": started.arn })).await;
    for time in ["startDate", "stopDate"] {
        let at = execution[time].take().as_f64().unwrap();
        assert!(at > 1.7e9 && at < 1e11, "epoch seconds: {at}");
    }
    assert_eq!(
        execution,
        json!({
            "executionArn": started.arn,
            "stateMachineArn": arn,
            "name": started.arn.rsplit(':').next(),
            "status": "SUCCEEDED",
            "startDate": null,
            "stopDate": null,
            "input": "{}",
            "inputDetails": { "included": true },
            "output": "{}",
            "outputDetails": { "included": true },
            "redriveCount": 0,
            "redriveStatus": "NOT_REDRIVABLE",
            "redriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
        })
    );
    fixture.owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_is_made_once_changed_and_deleted() {
    let fixture = Fixture::begin().await;
    let endpoint = &fixture.owner.endpoint;
    let arn = create(endpoint, "m", PASS).await;
    create(endpoint, "m", PASS).await;
    let other = json!({ "name": "m", "definition": WAITS, "roleArn": "a-role" });
    let (status, answer) = sfn(endpoint, "CreateStateMachine", &other).await;
    assert_eq!(status, 400);
    assert_eq!(
        answer,
        json!({
            "__type": "com.amazonaws.swf.service.v2.model#StateMachineAlreadyExists",
            "message": format!("State Machine Already Exists: '{arn}'"),
        })
    );
    let (_, updated) =
        sfn(endpoint, "UpdateStateMachine", &json!({ "stateMachineArn": arn, "definition": WAITS })).await;
    assert!(updated["updateDate"].is_number() && updated["revisionId"].is_string(), "{updated}");
    let (_, machine) = sfn(endpoint, "DescribeStateMachine", &json!({ "stateMachineArn": arn })).await;
    assert_eq!((&machine["definition"], &machine["revisionId"]), (&json!(WAITS), &updated["revisionId"]));
    assert_eq!(machine["roleArn"], "a-role");
    for _ in 0..2 {
        let deleted = sfn(endpoint, "DeleteStateMachine", &json!({ "stateMachineArn": arn })).await;
        assert_eq!(deleted, (200, json!({})));
    }
    let error = fixture.client.describe_state_machine(&arn).await.unwrap_err();
    assert!(matches!(&error, Error::NotFound(detail) if detail.code == "StateMachineDoesNotExist"), "{error:?}");
    fixture.owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_have_the_names_and_words_of_aws() {
    let fixture = Fixture::begin().await;
    let endpoint = &fixture.owner.endpoint;
    let arn = create(endpoint, "m", PASS).await;
    let missing = machine_arn("nope");
    let execution = format!("arn:aws:states:{REGION}:{ACCOUNT}:execution:m:nope");
    let express = format!("arn:aws:states:{REGION}:{ACCOUNT}:express:m:nope:id");
    let table = [
        ("DescribeStateMachine", json!({ "stateMachineArn": missing }), "StateMachineDoesNotExist", format!("State Machine Does Not Exist: '{missing}'")),
        ("DescribeStateMachine", json!({ "stateMachineArn": "not_a_valid_arn" }), "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: not_a_valid_arn'".into()),
        ("StartExecution", json!({ "stateMachineArn": missing }), "StateMachineDoesNotExist", format!("State Machine Does Not Exist: '{missing}'")),
        ("StartExecution", json!({ "stateMachineArn": arn, "name": "a b" }), "InvalidName", "Invalid Name: 'a b'".into()),
        ("StartExecution", json!({ "stateMachineArn": arn, "input": "{" }), "InvalidExecutionInput", "Invalid State Machine Execution Input: 'EOF while parsing an object at line 1 column 1'".into()),
        ("DescribeExecution", json!({ "executionArn": execution }), "ExecutionDoesNotExist", format!("Execution Does Not Exist: '{execution}'")),
        ("DescribeExecution", json!({ "executionArn": "invalid" }), "ExecutionDoesNotExist", "Execution Does Not Exist: 'invalid'".into()),
        ("StopExecution", json!({ "executionArn": express }), "InvalidArn", "Invalid Arn: 'Resource type not valid in this context: express'".into()),
        ("GetExecutionHistory", json!({ "executionArn": execution, "nextToken": "abc" }), "InvalidToken", "Invalid Token: 'Invalid token'".into()),
        ("ListExecutions", json!({ "stateMachineArn": missing }), "StateMachineDoesNotExist", format!("State Machine Does Not Exist: '{missing}'")),
        ("SendTaskSuccess", json!({ "taskToken": "x", "output": "{}" }), "InvalidToken", "Invalid Token: 'Invalid token'".into()),
        ("SendTaskHeartbeat", json!({ "taskToken": "x" }), "InvalidToken", "Invalid Token: 'Invalid token'".into()),
        ("SendTaskSuccess", json!({ "taskToken": "x", "output": "nope" }), "InvalidToken", "Invalid Token: 'Invalid token'".into()),
        ("UpdateStateMachine", json!({ "stateMachineArn": arn }), "MissingRequiredParameter", "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified".into()),
    ];
    for (operation, body, name, message) in table {
        let (status, answer) = sfn(endpoint, operation, &body).await;
        assert_eq!(status, 400, "{operation} {body}");
        let found = answer["__type"].as_str().and_then(|name| name.rsplit('#').next());
        assert_eq!((found, answer["message"].as_str()), (Some(name), Some(message.as_str())), "{operation} {body}");
    }
    fixture.owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_definition_is_told_with_its_place() {
    let fixture = Fixture::begin().await;
    let definition = r#"{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"}}}"#;
    let body = json!({ "name": "m", "definition": definition, "roleArn": "r" });
    let (status, answer) = sfn(&fixture.owner.endpoint, "CreateStateMachine", &body).await;
    assert_eq!(status, 400);
    let message = answer["message"].as_str().unwrap();
    assert!(message.starts_with("Invalid State Machine Definition: '"), "{message}");
    assert!(message.contains("/States/A/Next"), "{message}");
    let not_json = json!({ "name": "m", "definition": "{", "roleArn": "r" });
    let (_, answer) = sfn(&fixture.owner.endpoint, "CreateStateMachine", &not_json).await;
    assert_eq!(answer["__type"], "com.amazonaws.swf.service.v2.model#InvalidDefinition", "{answer}");
    fixture.owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn input_is_bounded_in_bytes() {
    let fixture = Fixture::begin().await;
    let arn = create(&fixture.owner.endpoint, "m", PASS).await;
    let fits = format!("\"{}\"", "x".repeat(262_142));
    assert!(fixture.client.start_execution(&arn, &fits, None).await.is_ok());
    // 131,072 letters, each of two bytes: few enough characters, too many bytes.
    let long = format!("\"{}\"", "ü".repeat(131_072));
    let error = fixture.client.start_execution(&arn, &long, None).await.unwrap_err();
    assert!(matches!(&error, Error::InvalidInput(detail) if detail.code == "InvalidExecutionInput"), "{error:?}");
    fixture.owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn starts_are_idempotent_while_the_execution_runs() {
    let fixture = Fixture::begin().await;
    let arn = create(&fixture.owner.endpoint, "m", WAITS).await;
    let client = &fixture.client;
    let first = client.start_execution(&arn, "{}", Some("e")).await.unwrap();
    assert_eq!(client.start_execution(&arn, "{}", Some("e")).await.unwrap(), first);
    let taken =
        |error: Error| matches!(&error, Error::AlreadyExists(detail) if detail.code == "ExecutionAlreadyExists");
    assert!(taken(client.start_execution(&arn, "[]", Some("e")).await.unwrap_err()));
    client.stop_execution(&first.arn, Some("Mine"), Some("because")).await.unwrap();
    let stopped = client.describe_execution(&first.arn).await.unwrap();
    assert_eq!(
        (stopped.status.as_str(), stopped.error.as_deref(), stopped.cause.as_deref()),
        ("ABORTED", Some("Mine"), Some("because"))
    );
    assert!(taken(client.start_execution(&arn, "{}", Some("e")).await.unwrap_err()));
    fixture.owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_come_in_pages_newest_first_and_filtered() {
    let fixture = Fixture::begin().await;
    let (endpoint, client) = (&fixture.owner.endpoint, &fixture.client);
    for name in ["b", "a", "c"] {
        create(endpoint, name, WAITS).await;
    }
    let (_, first) = sfn(endpoint, "ListStateMachines", &json!({ "maxResults": 2 })).await;
    let next = json!({ "maxResults": 2, "nextToken": first["nextToken"] });
    let (_, second) = sfn(endpoint, "ListStateMachines", &next).await;
    let names = |page: &Value| -> Vec<String> {
        let machines = page["stateMachines"].as_array().unwrap();
        machines.iter().map(|machine| machine["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!((names(&first), names(&second)), (vec!["a".into(), "b".into()], vec!["c".into()]));
    assert!(second.get("nextToken").is_none());

    let arn = machine_arn("a");
    for name in ["1", "2", "3"] {
        client.start_execution(&arn, "{}", Some(name)).await.unwrap();
    }
    client.stop_execution(&format!("{}:2", arn.replace(":stateMachine:", ":execution:")), None, None).await.unwrap();
    let list = async |status: Option<&str>, limit| {
        let query = ExecutionQuery { state_machine_arn: arn.clone(), status: status.map(Into::into), limit };
        let found = client.list_executions(&query).await.unwrap();
        found.into_iter().map(|execution| execution.name).collect::<Vec<_>>()
    };
    assert_eq!(list(None, 10).await, ["3", "2", "1"]);
    assert_eq!(list(Some("RUNNING"), 10).await, ["3", "1"]);
    assert_eq!(list(None, 1).await, ["3"]);
    let page = json!({ "stateMachineArn": arn, "maxResults": 1 });
    let (_, first) = sfn(endpoint, "ListExecutions", &page).await;
    let of_another = json!({ "stateMachineArn": machine_arn("b"), "nextToken": first["nextToken"] });
    let (_, refused) = sfn(endpoint, "ListExecutions", &of_another).await;
    assert_eq!(refused["__type"], "com.amazonaws.swf.service.v2.model#InvalidToken");
    let (_, second) = sfn(
        endpoint,
        "ListExecutions",
        &json!({ "stateMachineArn": arn, "maxResults": 1, "nextToken": first["nextToken"] }),
    )
    .await;
    assert_eq!(second["executions"][0]["name"], "2");
    fixture.owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn history_comes_in_pages_in_both_directions() {
    let fixture = Fixture::begin().await;
    let arn = create(&fixture.owner.endpoint, "m", PASS).await;
    let started = fixture.client.start_execution(&arn, r#"{"secret":1}"#, None).await.unwrap();
    ended(&fixture.client, &started.arn).await;
    for (reverse, expected) in [(false, [1, 2, 3, 4]), (true, [4, 3, 2, 1])] {
        let mut ids = Vec::new();
        let mut body = json!({ "executionArn": started.arn, "maxResults": 3, "reverseOrder": reverse });
        loop {
            let (_, page) = sfn(&fixture.owner.endpoint, "GetExecutionHistory", &body).await;
            ids.extend(page["events"].as_array().unwrap().iter().map(|event| event["id"].as_u64().unwrap()));
            let Some(token) = page.get("nextToken") else { break };
            body["nextToken"] = token.clone();
        }
        assert_eq!(ids, expected);
    }
    let body = json!({ "executionArn": started.arn, "includeExecutionData": false });
    let (_, page) = sfn(&fixture.owner.endpoint, "GetExecutionHistory", &body).await;
    assert!(!page.to_string().contains("secret"), "{page}");
    fixture.owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn words_name_machines_and_executions() {
    use crate::aws::names::NameError;
    let fixture = Fixture::begin().await;
    let client = &fixture.client;
    assert!(matches!(client.newest_execution(&[]).await, Err(NameError::NoExecution { .. })));
    let first = create(&fixture.owner.endpoint, "FirstStepFunctionsStateMachine-AAAAAAAAAAAA", PASS).await;
    let second = create(&fixture.owner.endpoint, "second", PASS).await;
    let machines = client.list_state_machines().await.unwrap();
    let chosen = async |word| client.choose_machine(word, &machines).await.map(|machine| machine.arn);
    assert_eq!(chosen("first").await.unwrap(), first);
    assert_eq!(chosen("second").await.unwrap(), second);
    assert_eq!(chosen("second@LIVE").await.unwrap(), format!("{second}:LIVE"));
    let NameError::MachineNotFound { known, place, .. } = chosen("third").await.unwrap_err() else { panic!() };
    assert_eq!((known.len(), place.to_string()), (2, format!("region {REGION}, account {ACCOUNT}")));
    let one = client.start_execution(&first, "{}", Some("one")).await.unwrap().arn;
    let both = client.start_execution(&first, "{}", Some("both")).await.unwrap().arn;
    // Times are in milliseconds; `last` needs a later one.
    let newest = loop {
        let started = client.start_execution(&second, "{}", None).await.unwrap();
        if started.started > client.describe_execution(&both).await.unwrap().started {
            break started.arn;
        }
    };
    client.start_execution(&second, "{}", Some("both")).await.unwrap();
    let of_first = client.newest_execution(&machines[..1]).await.unwrap();
    assert_eq!((of_first.arn, of_first.state_machine_arn), (both, first));
    let named = async |name| client.execution_named(name, name, &machines).await;
    assert_eq!(named("one").await.unwrap(), one);
    assert!(client.newest_execution(&machines).await.unwrap().arn.contains(":second:"), "{newest}");
    assert!(matches!(named("both").await, Err(NameError::ExecutionAmbiguous { .. })));
    assert!(matches!(named("none").await, Err(NameError::ExecutionNotFound { .. })));
    fixture.owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_a_network_error_and_nothing_was_sent() {
    let fixture = Fixture::begin().await;
    fixture.owner.release().await;
    let error = fixture.client.list_state_machines().await.unwrap_err();
    assert!(matches!(&error, Error::Network { unsent: true, .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customers_key_is_kept_and_shown_until_it_is_taken_back() {
    let fixture = Fixture::begin().await;
    let endpoint = &fixture.owner.endpoint;
    let key = json!({ "type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "alias/k" });
    let owned = json!({ "type": "AWS_OWNED_KEY" });
    let new = |encryption: &Value| json!({ "name": "m", "definition": PASS, "roleArn": "a-role", "encryptionConfiguration": encryption });
    assert_eq!(sfn(endpoint, "CreateStateMachine", &new(&key)).await.0, 200);
    // Another key is another machine to AWS, too.
    let (_, answer) = sfn(endpoint, "CreateStateMachine", &new(&owned)).await;
    assert!(answer["__type"].as_str().unwrap().ends_with("#StateMachineAlreadyExists"), "{answer}");
    let arn = machine_arn("m");
    let described = async || sfn(endpoint, "DescribeStateMachine", &json!({ "stateMachineArn": arn })).await.1;
    assert_eq!(described().await["encryptionConfiguration"], key);
    let change = json!({ "stateMachineArn": arn, "encryptionConfiguration": owned });
    assert_eq!(sfn(endpoint, "UpdateStateMachine", &change).await.0, 200);
    assert_eq!(described().await.get("encryptionConfiguration"), None);
    let wrong = json!({ "stateMachineArn": arn, "tracingConfiguration": { "enabled": "yes" } });
    let (status, answer) = sfn(endpoint, "UpdateStateMachine", &wrong).await;
    assert_eq!(
        (status, &answer["message"]),
        (400, &json!("STRING_VALUE can not be converted to a Boolean at 'tracingConfiguration.enabled'"))
    );
    fixture.owner.release().await;
}
