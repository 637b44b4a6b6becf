//! CloudWatch Logs over HTTP: what functions printed, in every way to ask for it.

use serde_json::{Value, json};

use super::lambda::{invoke, with};
use super::{ACCOUNT, REGION, post};
use crate::local::Owner;

const GROUP: &str = "/aws/lambda/says";

async fn logs(owner: &Owner, operation: &str, body: &Value) -> (u16, Value) {
    post(&owner.endpoint, &format!("Logs_20140328.{operation}"), &body.to_string()).await
}

/// The answer, which must be a good one.
async fn told(owner: &Owner, operation: &str, body: Value) -> Value {
    let (status, answer) = logs(owner, operation, &body).await;
    assert_eq!(status, 200, "{operation} {body}: {answer}");
    answer
}

/// Name and text of an error.
async fn refused(owner: &Owner, operation: &str, body: Value) -> (String, String) {
    let (status, answer) = logs(owner, operation, &body).await;
    assert_eq!(status, 400, "{operation} {body}: {answer}");
    let name = answer["__type"].as_str().unwrap().rsplit('#').next().unwrap().to_owned();
    (name, answer["message"].as_str().unwrap().to_owned())
}

fn messages(page: &Value) -> Vec<&str> {
    let said = page["events"].as_array().unwrap().iter().map(|event| event["message"].as_str().unwrap());
    // Lambda's own lines hold the ids of requests.
    said.filter(|line| line.starts_with("line ")).collect()
}

/// A function that prints its event's lines, called twice: two processes, two streams. The other one never ran.
async fn owner() -> (Owner, tempfile::TempDir) {
    let command = r#"tr -d '"' | tr ';' '\n' >&2; echo {}"#;
    let (owner, scratch) = with(&[("says", command), ("silent", "cat")]).await;
    for event in ["line 1 ERROR;line 2;line 3 WARN", "line 4;line 5 ERROR disk full;line 6"] {
        assert_eq!(invoke(&owner, "says", "", &format!("\"{event}\"")).await.status, 200);
    }
    (owner, scratch)
}

/// The names of the streams, the older one first.
async fn streams(owner: &Owner) -> Vec<String> {
    let answer = told(owner, "FilterLogEvents", json!({ "logGroupName": GROUP })).await;
    let mut names: Vec<String> = Vec::new();
    for event in answer["events"].as_array().unwrap() {
        let name = event["logStreamName"].as_str().unwrap();
        if names.last().is_none_or(|last| last != name) {
            names.push(name.to_owned());
        }
    }
    assert_eq!(names.len(), 2, "{names:?}");
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_filtered_by_pattern_stream_and_time() {
    let (owner, _scratch) = owner().await;
    let streams = streams(&owner).await;
    let all = ["line 1 ERROR", "line 2", "line 3 WARN", "line 4", "line 5 ERROR disk full", "line 6"];
    let arn = format!("arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{GROUP}:*");
    for (filter, expected) in [
        (json!({ "logGroupName": GROUP }), &all[..]),
        (json!({ "logGroupIdentifier": arn, "interleaved": true }), &all[..]),
        (json!({ "logGroupName": GROUP, "filterPattern": "line ERROR" }), &[all[0], all[4]]),
        (json!({ "logGroupName": GROUP, "filterPattern": "\"disk full\"" }), &[all[4]]),
        (json!({ "logGroupName": GROUP, "logStreamNames": [streams[1]] }), &all[3..]),
        (json!({ "logGroupName": GROUP, "logStreamNamePrefix": streams[0] }), &all[..3]),
        (json!({ "logGroupName": GROUP, "endTime": 1 }), &[]),
    ] {
        assert_eq!(messages(&told(&owner, "FilterLogEvents", filter.clone()).await), expected, "{filter}");
    }
    let events = told(&owner, "FilterLogEvents", json!({ "logGroupName": GROUP })).await;
    // Both ends of the time count.
    let time = &events["events"][0]["timestamp"];
    let within = json!({ "logGroupName": GROUP, "startTime": time, "endTime": time });
    assert!(!told(&owner, "FilterLogEvents", within).await["events"].as_array().unwrap().is_empty());
    owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn filtered_events_come_in_pages_of_one_question() {
    let (owner, _scratch) = owner().await;
    let mut question = json!({ "logGroupName": GROUP, "filterPattern": "line", "limit": 4 });
    let first = told(&owner, "FilterLogEvents", question.clone()).await;
    assert_eq!(messages(&first).len(), 4);
    question["nextToken"] = first["nextToken"].clone();
    let second = told(&owner, "FilterLogEvents", question.clone()).await;
    assert_eq!((messages(&second), second.get("nextToken")), (vec!["line 5 ERROR disk full", "line 6"], None));
    question["filterPattern"] = json!("other");
    let (name, _) = refused(&owner, "FilterLogEvents", question).await;
    assert_eq!(name, "InvalidParameterException");
    owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_stream_is_read_forwards_and_backwards() {
    let (owner, _scratch) = owner().await;
    let stream = streams(&owner).await.remove(0);
    let ask = async |members: Value| {
        let mut body = json!({ "logGroupName": GROUP, "logStreamName": stream });
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        told(&owner, "GetLogEvents", body).await
    };
    let whole = ask(json!({ "startFromHead": true })).await;
    assert_eq!(messages(&whole), ["line 1 ERROR", "line 2", "line 3 WARN"]);
    let count = whole["events"].as_array().unwrap().len();
    let at_end = ask(json!({ "nextToken": whole["nextForwardToken"] })).await;
    assert_eq!((&at_end["events"], &at_end["nextForwardToken"]), (&json!([]), &whole["nextForwardToken"]));

    let mut forwards = Vec::new();
    let mut page = ask(json!({ "startFromHead": true, "limit": 2 })).await;
    while let Some(events) = page["events"].as_array().filter(|events| !events.is_empty()) {
        assert!(events.len() <= 2);
        forwards.extend(events.clone());
        page = ask(json!({ "limit": 2, "nextToken": page["nextForwardToken"] })).await;
    }
    assert_eq!(json!(forwards), whole["events"]);

    let mut backwards = Vec::new();
    let mut page = ask(json!({ "limit": 2 })).await;
    while let Some(events) = page["events"].as_array().filter(|events| !events.is_empty()) {
        backwards.splice(0..0, events.clone());
        page = ask(json!({ "limit": 2, "nextToken": page["nextBackwardToken"] })).await;
    }
    assert_eq!((json!(backwards), backwards.len()), (whole["events"].clone(), count));
    owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_and_streams_are_described_in_pages() {
    let (owner, _scratch) = owner().await;
    let groups = told(&owner, "DescribeLogGroups", json!({})).await;
    let found: Vec<&Value> = groups["logGroups"].as_array().unwrap().iter().map(|one| &one["logGroupName"]).collect();
    assert_eq!(found, [GROUP, "/aws/lambda/silent"]);
    let says = &groups["logGroups"][0];
    assert_eq!(says["logGroupArn"], format!("arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{GROUP}"));
    assert!(says["storedBytes"].as_u64() > Some(0) && says["creationTime"].as_u64() > Some(1_700_000_000_000));
    assert_eq!(groups["logGroups"][1].get("creationTime"), None);
    let first = told(&owner, "DescribeLogGroups", json!({ "limit": 1 })).await;
    let second = told(&owner, "DescribeLogGroups", json!({ "limit": 1, "nextToken": first["nextToken"] })).await;
    assert_eq!((&second["logGroups"][0], second.get("nextToken")), (&groups["logGroups"][1], None));
    for filter in [json!({ "logGroupNamePrefix": "/aws/lambda/si" }), json!({ "logGroupNamePattern": "SILE" })] {
        let found = told(&owner, "DescribeLogGroups", filter).await;
        assert_eq!(found["logGroups"], json!([groups["logGroups"][1]]));
    }

    let streams = streams(&owner).await;
    let named = |answer: &Value| {
        let streams = answer["logStreams"].as_array().unwrap();
        streams.iter().map(|one| one["logStreamName"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let mut sorted = streams.clone();
    sorted.sort();
    let ask = async |members: Value| {
        let mut body = json!({ "logGroupName": GROUP });
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        told(&owner, "DescribeLogStreams", body).await
    };
    assert_eq!(named(&ask(json!({})).await), sorted);
    sorted.reverse();
    let newest = json!({ "descending": true, "limit": 1 });
    let first = ask(newest).await;
    let second = ask(json!({ "descending": true, "limit": 1, "nextToken": first["nextToken"] })).await;
    assert_eq!([named(&first), named(&second)].concat(), sorted);
    assert_eq!(second.get("nextToken"), None);
    let by_time = ask(json!({ "orderBy": "LastEventTime", "descending": true })).await;
    let times: Vec<_> =
        by_time["logStreams"].as_array().unwrap().iter().map(|one| one["lastEventTimestamp"].as_u64()).collect();
    assert!(times.len() == 2 && times[0] >= times[1] && times[1].is_some(), "{times:?}");
    assert_eq!(named(&ask(json!({ "logStreamNamePrefix": streams[0] })).await), streams[..1]);
    owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_refused_in_the_words_of_this_api() {
    let (owner, _scratch) = owner().await;
    let missing = "ResourceNotFoundException";
    let invalid = "InvalidParameterException";
    for (operation, body, expected) in [
        ("FilterLogEvents", json!({ "logGroupName": "/aws/lambda/nope" }), missing),
        ("FilterLogEvents", json!({ "logGroupName": "says" }), missing),
        ("FilterLogEvents", json!({}), invalid),
        ("FilterLogEvents", json!({ "logGroupName": GROUP, "logGroupIdentifier": GROUP }), invalid),
        ("FilterLogEvents", json!({ "logGroupName": GROUP, "limit": 0 }), invalid),
        ("FilterLogEvents", json!({ "logGroupName": GROUP, "nextToken": "made-up" }), invalid),
        ("FilterLogEvents", json!({ "logGroupName": GROUP, "filterPattern": "{ $.a = 1 }" }), invalid),
        ("FilterLogEvents", json!({ "logGroupName": GROUP, "logStreamNames": [1] }), invalid),
        ("GetLogEvents", json!({ "logGroupName": GROUP }), invalid),
        ("GetLogEvents", json!({ "logGroupName": GROUP, "logStreamName": "nope" }), missing),
        ("GetLogEvents", json!({ "logGroupName": GROUP, "logStreamName": "x", "nextToken": "f/made-up" }), invalid),
        ("DescribeLogGroups", json!({ "limit": 51 }), invalid),
        ("DescribeLogGroups", json!({ "logGroupNamePrefix": "a", "logGroupNamePattern": "b" }), invalid),
        ("DescribeLogStreams", json!({ "logGroupName": "/aws/lambda/nope" }), missing),
        ("DescribeLogStreams", json!({ "logGroupName": GROUP, "orderBy": "Size" }), invalid),
        (
            "DescribeLogStreams",
            json!({ "logGroupName": GROUP, "orderBy": "LastEventTime", "logStreamNamePrefix": "a" }),
            invalid,
        ),
        ("DescribeLogStreams", json!({ "logGroupName": "/aws/lambda/silent", "nextToken": "x" }), invalid),
    ] {
        let (name, message) = refused(&owner, operation, body.clone()).await;
        assert_eq!(name, expected, "{operation} {body}: {message}");
    }
    owner.release().await;
}

/// The messages of a group once there are so many.
async fn logged(owner: &Owner, group: &str, count: usize) -> Vec<Value> {
    for _ in 0..200 {
        let page = told(owner, "FilterLogEvents", json!({ "logGroupName": group })).await;
        let events = page["events"].as_array().unwrap();
        if events.len() >= count {
            return events
                .iter()
                .map(|event| serde_json::from_str(event["message"].as_str().unwrap()).unwrap())
                .collect();
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("{group} has fewer events than {count}");
}

fn types(messages: &[Value]) -> Vec<&str> {
    messages.iter().map(|message| message["type"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn executions_are_logged_here_where_nobody_names_an_endpoint() {
    let fixture = super::Fixture::begin().await;
    let (owner, group) = (&fixture.owner, "/aws/vendedlogs/states/own");
    let destination = format!("arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:*");
    let logging = json!({ "level": "ALL", "includeExecutionData": true,
        "destinations": [{ "cloudWatchLogsLogGroup": { "logGroupArn": destination } }] });
    let machine = json!({ "name": "own", "definition": super::PASS, "roleArn": "r", "loggingConfiguration": logging });
    let (status, answer) = super::sfn(&owner.endpoint, "CreateStateMachine", &machine).await;
    assert_eq!(status, 200, "{answer}");
    let groups = told(owner, "DescribeLogGroups", json!({ "logGroupNamePrefix": "/aws/vendedlogs" })).await;
    assert_eq!((&groups["logGroups"][0]["logGroupName"], &groups["logGroups"][1]), (&json!(group), &Value::Null));
    let arn = super::machine_arn("own");
    fixture.client.start_execution(&arn, r#"{"n":1}"#, None).await.unwrap();
    let messages = logged(owner, group, 4).await;
    let expected = ["ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"];
    assert_eq!((types(&messages).as_slice(), &messages[0]["details"]["input"]), (&expected[..], &json!(r#"{"n":1}"#)));
    let streams = told(owner, "DescribeLogStreams", json!({ "logGroupName": group })).await;
    let stream = format!("states/{arn}");
    assert_eq!(streams["logStreams"][0]["logStreamName"], stream);
    let read = json!({ "logGroupIdentifier": destination, "logStreamName": stream, "startFromHead": true });
    assert_eq!(told(owner, "GetLogEvents", read).await["events"].as_array().unwrap().len(), 4);
    fixture.owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_projects_machine_is_logged_as_its_file_says_and_no_more_once_it_does_not() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("serverless.yml");
    let text = |level: &str| {
        format!(
            "service: shop\nprovider: {{name: aws, region: eu-west-1}}\nstepFunctions:\n  stateMachines:\n    order:\n      \
             name: order\n      loggingConfig: {{level: {level}, destinations: [!GetAtt Events.Arn]}}\n      \
             definition: {{StartAt: A, States: {{A: {{Type: Fail, Error: E}}}}}}\nresources:\n  Resources:\n    \
             Events: {{Type: AWS::Logs::LogGroup, Properties: {{LogGroupName: !Sub '/own/${{AWS::Region}}'}}}}\n"
        )
    };
    let attached = async |level: &str| {
        std::fs::write(&file, text(level)).unwrap();
        let load = crate::project::LoadOptions { account: ACCOUNT.to_owned(), ..Default::default() };
        let options = super::options(Some(&home.path().join("store")), &home.path().join("scratch"));
        let owner = crate::local::attach(crate::local::AttachOptions { file: Some((file.clone(), load)), ..options });
        let owner = owner.await.unwrap();
        let started = super::client(&owner).start_execution(&super::machine_arn("order"), "{}", None).await.unwrap();
        owner.quiesce().await.unwrap();
        (owner, started.arn)
    };
    let (owner, first) = attached("ERROR").await;
    let messages = logged(&owner, "/own/eu-west-1", 2).await;
    assert_eq!(types(&messages), ["FailStateEntered", "ExecutionFailed"]);
    assert_eq!((&messages[0]["execution_arn"], messages[0]["details"].get("input")), (&json!(first), None));
    let described = json!({ "stateMachineArn": super::machine_arn("order") });
    let (_, described) = super::sfn(&owner.endpoint, "DescribeStateMachine", &described).await;
    assert_eq!(described["loggingConfiguration"]["level"], "ERROR");
    owner.release().await;

    let (owner, _) = attached("'OFF'").await;
    assert_eq!(logged(&owner, "/own/eu-west-1", 2).await.len(), 2);
    owner.release().await;
}
