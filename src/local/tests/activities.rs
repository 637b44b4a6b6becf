//! Activities and tags, as workers and callers see them.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{ACCOUNT, Fixture, PASS, REGION, create, machine_arn, sfn};

/// How long a test waits for what should come at once; shorter than a long poll.
const PATIENCE: Duration = Duration::from_secs(50);

fn activity_arn(name: &str) -> String {
    format!("arn:aws:states:{REGION}:{ACCOUNT}:activity:{name}")
}

/// An activity, a machine that waits for it, and an execution of that.
async fn started(fixture: &Fixture, activity: &str) -> String {
    let definition = json!({ "StartAt": "A", "States": {
        "A": { "Type": "Task", "Resource": activity_arn(activity), "TimeoutSeconds": 600, "End": true } } });
    let machine = create(&fixture.owner.endpoint, activity, &definition.to_string()).await;
    fixture.client.start_execution(&machine, r#"{"n":1}"#, None).await.unwrap().arn
}

async fn make(fixture: &Fixture, name: &str) -> Value {
    let (status, made) = sfn(&fixture.owner.endpoint, "CreateActivity", &json!({ "name": name })).await;
    assert_eq!((status, made["activityArn"].as_str()), (200, Some(activity_arn(name).as_str())), "{made}");
    made
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_takes_a_task_and_answers_it() {
    let fixture = Fixture::begin().await;
    let endpoint = &fixture.owner.endpoint;
    let made = make(&fixture, "work").await;
    assert_eq!(make(&fixture, "work").await, made);
    let (_, shown) = sfn(endpoint, "DescribeActivity", &json!({ "activityArn": activity_arn("work") })).await;
    assert_eq!(
        shown,
        json!({ "activityArn": activity_arn("work"), "name": "work", "creationDate": made["creationDate"],
            "encryptionConfiguration": { "type": "AWS_OWNED_KEY" } })
    );

    let poll = json!({ "activityArn": activity_arn("work"), "workerName": "w 1" });
    let waiting = sfn(endpoint, "GetActivityTask", &poll);
    let (execution, (status, task)) = tokio::join!(started(&fixture, "work"), waiting);
    assert_eq!((status, task["input"].as_str()), (200, Some(r#"{"n":1}"#)), "{task}");
    let token = &task["taskToken"];
    assert_eq!(sfn(endpoint, "SendTaskHeartbeat", &json!({ "taskToken": token })).await, (200, json!({})));
    let answer = json!({ "taskToken": token, "output": "[1]" });
    let (_, refused) =
        sfn(endpoint, "SendTaskSuccess", &json!({ "taskToken": answer["taskToken"], "output": "nope" })).await;
    assert_eq!(refused["message"], "Invalid Output: 'expected ident at line 1 column 2'");
    assert_eq!(sfn(endpoint, "SendTaskSuccess", &answer).await, (200, json!({})));
    let (_, late) = sfn(endpoint, "SendTaskSuccess", &answer).await;
    assert_eq!(late["message"], "Task Timed Out: 'Provided task does not exist anymore'");

    let history = fixture.client.execution_history(&execution).await.unwrap();
    let types: Vec<&str> = history.iter().map(|event| &*event.event_type).collect();
    assert_eq!(types[2..5], ["ActivityScheduled", "ActivityStarted", "ActivitySucceeded"]);
    assert_eq!(history[3].text("workerName"), Some("w 1"));
    assert_eq!(history[2].text("resource"), Some(activity_arn("work").as_str()));
    fixture.owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poll_ends_when_its_caller_or_the_server_leaves() {
    let fixture = Fixture::begin().await;
    let endpoint = fixture.owner.endpoint.clone();
    make(&fixture, "work").await;
    let body = json!({ "activityArn": activity_arn("work") });
    let text = body.to_string();
    let mut gone = TcpStream::connect(endpoint.strip_prefix("http://").unwrap()).await.unwrap();
    let head =
        "POST / HTTP/1.1\r\nhost: 127.0.0.1\r\nx-amz-target: AWSStepFunctions.GetActivityTask\r\nconnection: close\r\n";
    gone.write_all(format!("{head}content-length: {}\r\n\r\n{text}", text.len()).as_bytes()).await.unwrap();
    // To the server, a caller that is gone and one that only has nothing more to say look alike.
    gone.shutdown().await.unwrap();
    let mut answer = String::new();
    tokio::time::timeout(PATIENCE, gone.read_to_string(&mut answer)).await.expect("long before the minute").unwrap();
    assert!(answer.ends_with(r#"{"taskToken":null,"input":null}"#), "{answer}");

    started(&fixture, "work").await;
    let (_, task) = sfn(&endpoint, "GetActivityTask", &body).await;
    assert!(task["taskToken"].is_string(), "nobody swallowed it: {task}");

    let mut waiting = TcpStream::connect(endpoint.strip_prefix("http://").unwrap()).await.unwrap();
    waiting.write_all(format!("{head}content-length: {}\r\n\r\n{text}", text.len()).as_bytes()).await.unwrap();
    // Asked on connections that are accepted later, so that the poll has arrived.
    for _ in 0..3 {
        sfn(&endpoint, "ListActivities", &json!({})).await;
    }
    let mut answer = String::new();
    let both = async { tokio::join!(waiting.read_to_string(&mut answer), fixture.owner.release()).0.unwrap() };
    tokio::time::timeout(PATIENCE, both).await.expect("the server does not wait for it");
    assert!(answer.ends_with(r#"{"taskToken":null,"input":null}"#), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn activities_come_in_pages_by_name() {
    let fixture = Fixture::begin().await;
    let endpoint = &fixture.owner.endpoint;
    for name in ["b", "a", "c"] {
        make(&fixture, name).await;
    }
    let names = |page: &Value| -> Vec<String> {
        let activities = page["activities"].as_array().unwrap();
        activities.iter().map(|activity| activity["name"].as_str().unwrap().to_owned()).collect()
    };
    let (_, first) = sfn(endpoint, "ListActivities", &json!({ "maxResults": 2 })).await;
    let next = json!({ "maxResults": 2, "nextToken": first["nextToken"] });
    let (_, second) = sfn(endpoint, "ListActivities", &next).await;
    assert_eq!((names(&first), names(&second)), (vec!["a".into(), "b".into()], vec!["c".into()]));
    assert!(second.get("nextToken").is_none());
    let arn = json!({ "activityArn": activity_arn("b") });
    for _ in 0..2 {
        assert_eq!(sfn(endpoint, "DeleteActivity", &arn).await, (200, json!({})));
    }
    let (_, rest) = sfn(endpoint, "ListActivities", &json!({ "maxResults": 0 })).await;
    assert_eq!(names(&rest), ["a", "c"]);
    fixture.owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn activities_are_refused_in_the_words_of_aws() {
    let fixture = Fixture::begin().await;
    make(&fixture, "a").await;
    let missing = activity_arn("nope");
    let does_not_exist = format!("Activity Does Not Exist: '{missing}'");
    let machine = machine_arn("m");
    let wrong_kind = "Invalid Arn: 'Resource type not valid in this context: stateMachine'".to_owned();
    let key = json!({ "type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "k" });
    let encrypted = json!({ "name": "a", "encryptionConfiguration": key });
    for (operation, body, name, message) in [
        ("CreateActivity", json!({ "name": "a b" }), "InvalidName", "Invalid Name: 'a b'".to_owned()),
        (
            "CreateActivity",
            encrypted,
            "ActivityAlreadyExists",
            format!("Activity Already Exists: '{}'", activity_arn("a")),
        ),
        ("DescribeActivity", json!({ "activityArn": missing }), "ActivityDoesNotExist", does_not_exist.clone()),
        (
            "DescribeActivity",
            json!({ "activityArn": "no" }),
            "InvalidArn",
            "Invalid Arn: 'Invalid ARN prefix: no'".to_owned(),
        ),
        ("GetActivityTask", json!({ "activityArn": missing }), "ActivityDoesNotExist", does_not_exist),
        ("GetActivityTask", json!({ "activityArn": machine }), "InvalidArn", wrong_kind.clone()),
        ("DeleteActivity", json!({ "activityArn": machine }), "InvalidArn", wrong_kind),
        ("ListActivities", json!({ "nextToken": "x" }), "InvalidToken", "Invalid Token: 'Invalid token'".to_owned()),
        (
            "TagResource",
            json!({ "resourceArn": missing, "tags": [] }),
            "ResourceNotFound",
            format!("Resource not found: '{missing}'"),
        ),
        (
            "UntagResource",
            json!({ "resourceArn": machine, "tagKeys": [] }),
            "ResourceNotFound",
            format!("Resource not found: '{machine}'"),
        ),
        (
            "ListTagsForResource",
            json!({ "resourceArn": machine }),
            "ResourceNotFound",
            format!("Resource not found: '{machine}'"),
        ),
        (
            "TagResource",
            json!({ "resourceArn": "no", "tags": [] }),
            "InvalidArn",
            "Invalid Arn: 'Invalid ARN prefix: no'".to_owned(),
        ),
    ] {
        let (status, answer) = sfn(&fixture.owner.endpoint, operation, &body).await;
        let found = answer["__type"].as_str().and_then(|name| name.rsplit('#').next());
        assert_eq!(
            (status, found, answer["message"].as_str()),
            (400, Some(name), Some(message.as_str())),
            "{operation} {body}"
        );
    }
    fixture.owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_of_machines_and_activities_are_told_again() {
    let fixture = Fixture::begin().await;
    let endpoint = &fixture.owner.endpoint;
    make(&fixture, "a").await;
    let machine = create(endpoint, "m", PASS).await;
    for arn in [machine, activity_arn("a")] {
        let tags = json!([{ "key": "b", "value": "1" }, { "key": "a", "value": "" }, { "key": "c", "value": "3" }]);
        assert_eq!(sfn(endpoint, "TagResource", &json!({ "resourceArn": arn, "tags": tags })).await.0, 200);
        assert_eq!(sfn(endpoint, "UntagResource", &json!({ "resourceArn": arn, "tagKeys": ["c", "d"] })).await.0, 200);
        let (_, listed) = sfn(endpoint, "ListTagsForResource", &json!({ "resourceArn": arn })).await;
        assert_eq!(listed, json!({ "tags": [{ "key": "a", "value": "" }, { "key": "b", "value": "1" }] }));
        let many: Vec<Value> = (0..50).map(|key| json!({ "key": key.to_string(), "value": "" })).collect();
        let (_, refused) = sfn(endpoint, "TagResource", &json!({ "resourceArn": arn, "tags": many })).await;
        assert_eq!(refused["__type"], "com.amazonaws.swf.service.v2.model#TooManyTags", "{refused}");
    }
    fixture.owner.release().await;
}
