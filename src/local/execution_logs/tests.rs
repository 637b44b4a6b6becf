//! Which events are logged, how a line is written, and what the service is sent, by a server on loopback that keeps it.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::engine::{HistoryEvent, HistoryListener, NewStateMachine, StateMachineType, Timestamp};
use crate::local::execution_logs::destination::Destination;
use crate::local::execution_logs::{ExecutionLogs, OwnGroups, line};
use crate::local::tell::Tell;

const ARN: &str = "arn:aws:states:eu-west-1:123456789012:execution:m:one";
const NOW: Timestamp = Timestamp(1_718_026_515_000);

fn configuration(level: &str, with_data: bool) -> Value {
    let arn = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/vendedlogs/states/g:*";
    let group = json!({ "cloudWatchLogsLogGroup": { "logGroupArn": arn } });
    json!({ "level": level, "includeExecutionData": with_data, "destinations": [group] })
}

fn machine(level: &str, with_data: bool) -> NewStateMachine {
    NewStateMachine {
        arn: "arn:aws:states:eu-west-1:123456789012:stateMachine:m".into(),
        definition: "{}".into(),
        role_arn: "r".into(),
        machine_type: StateMachineType::Standard,
        settings: json!({ "loggingConfiguration": configuration(level, with_data) }),
        tags: BTreeMap::new(),
    }
}

fn event(id: u64, event_type: &'static str, details: &Value) -> HistoryEvent {
    let details = details.as_object().cloned().map(|details| ("eventDetails".into(), details));
    HistoryEvent { id, previous_event_id: id - 1, timestamp: NOW, event_type: event_type.into(), details }
}

fn entered() -> HistoryEvent {
    let details = json!({ "input": "{}", "inputDetails": { "truncated": false }, "name": "S" });
    event(2, "PassStateEntered", &details)
}

fn message(event: &HistoryEvent, with_data: bool) -> Value {
    serde_json::from_str(&line::write(ARN, event, 0, with_data, NOW).message).unwrap()
}

#[test]
fn a_level_logs_what_awss_table_says() {
    // Type, and how many of FATAL, ERROR and ALL log it.
    let table = [
        ("ExecutionStarted", 1),
        ("ExecutionSucceeded", 1),
        ("ExecutionFailed", 3),
        ("ExecutionAborted", 3),
        ("ExecutionTimedOut", 3),
        ("FailStateEntered", 2),
        ("PassStateEntered", 1),
        ("LambdaFunctionFailed", 2),
        ("LambdaFunctionStartFailed", 2),
        ("LambdaFunctionTimedOut", 2),
        ("LambdaFunctionStarted", 1),
        ("TaskSubmitFailed", 2),
        ("TaskStateAborted", 2),
        ("TaskSubmitted", 1),
        ("MapIterationFailed", 2),
        ("ParallelStateSucceeded", 1),
    ];
    for (event_type, expected) in table {
        let logs = |level: &&str| Destination::of(&configuration(level, true)).unwrap().logs(event_type);
        assert_eq!(["FATAL", "ERROR", "ALL"].iter().filter(|level| logs(level)).count(), expected, "{event_type}");
    }
    for nothing in [configuration("OFF", true), json!({ "level": "ALL", "destinations": [{}] }), json!(null)] {
        assert_eq!(Destination::of(&nothing), None);
    }
}

#[test]
fn a_line_has_awss_members() {
    let expected = json!({
        "id": "2",
        "type": "PassStateEntered",
        "details": { "input": "{}", "inputDetails": { "truncated": false }, "name": "S" },
        "previous_event_id": "1",
        "event_timestamp": "1718026515000",
        "execution_arn": ARN,
        "redrive_count": "0",
    });
    assert_eq!(message(&entered(), true), expected);
    assert_eq!(message(&entered(), false)["details"], json!({ "name": "S" }));
    assert_eq!(message(&event(3, "MapStateSucceeded", &json!(null)), true)["details"], json!({}));
    let failed = event(3, "ExecutionFailed", &json!({ "error": "E", "cause": "because" }));
    assert_eq!(message(&failed, false)["details"], json!({ "error": "E", "cause": "because" }));
    let scheduled = event(3, "TaskScheduled", &json!({ "resource": "invoke", "parameters": "{}" }));
    assert_eq!(message(&scheduled, false)["details"], json!({ "resource": "invoke" }));
}

#[test]
fn a_document_that_is_too_long_is_cut_and_the_details_say_so() {
    let of = |text: &str| {
        let details = json!({ "output": text, "outputDetails": { "truncated": false } });
        let written = message(&event(4, "ExecutionSucceeded", &details), true);
        let truncated = written["details"]["outputDetails"]["truncated"].as_bool().unwrap();
        (written["details"]["output"].as_str().unwrap().chars().count(), truncated)
    };
    let most = 248 * 1_024;
    assert_eq!(of(&"a".repeat(most)), (most, false));
    assert_eq!(of(&"a".repeat(most + 1)), (most, true));
    assert_eq!(of(&"\"".repeat(most)), (most / 2, true));
    assert_eq!(of(&"ä".repeat(most)), (most / 2, true));
}

#[test]
fn a_line_is_neither_of_the_future_nor_of_the_far_past() {
    let at = |timestamp| {
        let event = HistoryEvent { timestamp: Timestamp(timestamp), ..entered() };
        line::write(ARN, &event, 0, false, NOW).timestamp_ms
    };
    assert_eq!((at(NOW.0 - 5), at(NOW.0 + 5), at(0)), (NOW.0 - 5, NOW.0, NOW.0 - 3_600_000));
}

/// CloudWatch Logs: keeps what it gets and answers as it was told to, then with 200. A status of 0 is no answer.
struct Service {
    url: String,
    got: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Service {
    async fn answering(answers: &[(u16, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let mut answers: VecDeque<_> = answers.iter().map(|(status, body)| (*status, (*body).to_owned())).collect();
        let service = Self { url, got: Arc::default() };
        let got = Arc::clone(&service.got);
        tokio::spawn(async move {
            let mut silent = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut bytes = Vec::new();
                let (head, body) = loop {
                    stream.read_buf(&mut bytes).await.unwrap();
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                    if let Ok(body) = serde_json::from_str::<Value>(body) {
                        break (head.to_owned(), body);
                    }
                };
                assert!(head.contains("/eu-west-1/logs/aws4_request"), "{head}");
                let operation = head.split("Logs_20140328.").nth(1).unwrap().lines().next().unwrap();
                got.lock().unwrap().push((operation.to_owned(), body));
                let (status, body) = answers.pop_front().unwrap_or((200, "{}".to_owned()));
                if status == 0 {
                    silent.push(stream);
                    continue;
                }
                let length = body.len();
                let answer =
                    format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}");
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        service
    }

    fn operations(&self) -> Vec<String> {
        self.got.lock().unwrap().iter().map(|(operation, _)| operation.clone()).collect()
    }
}

fn logs(url: &str) -> (ExecutionLogs, Arc<Mutex<Vec<String>>>) {
    let said: Arc<Mutex<Vec<String>>> = Arc::default();
    let heard = Arc::clone(&said);
    let tell = Tell::to(move |line| heard.lock().unwrap().push(line.to_owned()));
    let environment = BTreeMap::from([("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS".to_owned(), url.to_owned())]);
    let nowhere = OwnGroups::open(Path::new("/nonexistent"));
    (ExecutionLogs::new(&environment, nowhere, tell), said)
}

#[tokio::test]
async fn the_stream_is_made_and_gets_the_events_in_order() {
    let exists = r#"{"__type":"ResourceAlreadyExistsException"}"#;
    let service = Service::answering(&[(400, exists)]).await;
    let (logs, said) = logs(&service.url);
    logs.recorded(ARN, &machine("ALL", false), 0, &[entered(), event(3, "ExecutionSucceeded", &json!({}))]);
    logs.end().await;
    assert_eq!(service.operations(), ["CreateLogStream", "PutLogEvents"]);
    let body = service.got.lock().unwrap()[1].1.clone();
    assert_eq!(body["logGroupName"], "/aws/vendedlogs/states/g");
    assert_eq!(body["logStreamName"], "states/arn:aws:states:eu-west-1:123456789012:stateMachine:m");
    let ids: Vec<String> = body["logEvents"].as_array().unwrap().iter().map(id_of).collect();
    assert_eq!((ids, said.lock().unwrap().len()), (vec!["2".to_owned(), "3".to_owned()], 0));
}

fn id_of(event: &Value) -> String {
    let message: Value = serde_json::from_str(event["message"].as_str().unwrap()).unwrap();
    message["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn nothing_is_sent_of_what_the_level_leaves_out() {
    let service = Service::answering(&[]).await;
    let (logs, _) = logs(&service.url);
    logs.recorded(ARN, &machine("FATAL", true), 0, &[entered()]);
    logs.recorded(ARN, &machine("OFF", true), 0, &[entered()]);
    logs.end().await;
    assert_eq!(service.operations(), Vec::<String>::new());
    assert!(logs.wants(&machine("FATAL", true)) && !logs.wants(&machine("OFF", true)));
}

#[tokio::test]
async fn a_request_that_fails_is_tried_again_and_a_group_that_is_gone_is_told_once() {
    let missing = r#"{"__type":"ResourceNotFoundException"}"#;
    let service = Service::answering(&[(200, "{}"), (500, "later"), (200, "{}"), (400, missing), (400, missing)]).await;
    let (logs, said) = logs(&service.url);
    logs.recorded(ARN, &machine("ALL", true), 0, &[entered()]);
    let waited = async {
        while service.operations().len() < 3 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // The answer, too.
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    tokio::time::timeout(Duration::from_secs(20), waited).await.unwrap();
    logs.recorded(ARN, &machine("ALL", true), 0, &[entered()]);
    logs.recorded(ARN, &machine("ALL", true), 0, &[entered()]);
    logs.end().await;
    let expected = ["CreateLogStream", "PutLogEvents", "PutLogEvents", "PutLogEvents", "CreateLogStream"];
    assert_eq!(service.operations()[..5], expected);
    let said = said.lock().unwrap().clone();
    assert_eq!(said, ["logs of executions are lost: /aws/vendedlogs/states/g: there is no such log group"]);
}

#[tokio::test]
async fn a_service_that_does_not_answer_holds_up_nobody_and_fills_no_memory() {
    let service = Service::answering(&[(0, ""); 50]).await;
    let (logs, said) = logs(&service.url);
    let large = json!({ "output": "a".repeat(200_000), "outputDetails": { "truncated": false } });
    let events: Vec<_> = (1..=300).map(|id| event(id, "ExecutionSucceeded", &large)).collect();
    logs.recorded(ARN, &machine("ALL", true), 0, &events);
    assert_eq!(said.lock().unwrap()[0], "logs of executions are lost: more is logged than the service takes");
    let begun = Instant::now();
    logs.end().await;
    // All that waits, tried as often as may be, would take minutes.
    assert!(begun.elapsed() < Duration::from_secs(30));
}

#[tokio::test]
async fn a_group_must_exist_as_far_as_that_can_be_known() {
    let missing = (400, r#"{"__type":"ResourceNotFoundException"}"#);
    for (answer, expected) in [(missing, true), ((200, "{}"), false), ((404, "what?"), false)] {
        let service = Service::answering(&[answer]).await;
        let refused = logs(&service.url).0.check(&configuration("ALL", true)).await.err();
        let message = refused.map(|error| format!("{}: {}", error.name, error.message));
        let text = "InvalidLoggingConfiguration: Invalid Logging Configuration: Log Destination not found.";
        assert_eq!(message.as_deref(), expected.then_some(text), "{answer:?}");
    }
    // Nothing is asked where nothing would be logged.
    let service = Service::answering(&[missing]).await;
    assert_eq!(logs(&service.url).0.check(&configuration("OFF", true)).await, Ok(()));
    assert_eq!(service.operations(), Vec::<String>::new());
}
