//! What each kind of target is sent, by a server on loopback that keeps it; and how often, and what is said of it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use expect_test::{Expect, expect};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::asl::Payload;
use crate::engine::driver::ExecutionFilter;
use crate::engine::{ClockMode, Engine, EngineConfig, ExecutionStatus, NewStateMachine, StateMachineType};
use crate::local::notifications::courier::Courier;
use crate::local::notifications::event::Event;
use crate::local::notifications::target::Target;
use crate::local::tell::Tell;
use crate::tasks::{FunctionSpec, Program, Tasks, TasksConfig};

/// One request that a service got.
#[derive(Debug, Clone)]
struct Got {
    head: String,
    body: String,
}

/// A service that keeps what it gets and answers with the statuses that it was given, then with 200.
#[derive(Clone)]
struct Service {
    url: String,
    got: Arc<Mutex<Vec<Got>>>,
}

impl Service {
    async fn answering(answers: &[(u16, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let service = Self { url, got: Arc::default() };
        let mut answers: VecDeque<_> = answers.iter().map(|(status, body)| (*status, (*body).to_owned())).collect();
        let got = Arc::clone(&service.got);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let request = read(&mut stream).await;
                got.lock().unwrap().push(request);
                let (status, body) = answers.pop_front().unwrap_or((200, "{}".to_owned()));
                let length = body.len();
                let answer =
                    format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}");
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        service
    }

    fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }
}

async fn read(stream: &mut TcpStream) -> Got {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Got { head: head.to_owned(), body: body.to_owned() };
            }
        }
        assert_ne!(stream.read_buf(&mut bytes).await.unwrap(), 0, "the request breaks off: {text}");
    }
}

/// A courier without pauses, in a world where `variables` say where services are.
struct House {
    courier: Courier,
    engine: Engine,
    tasks: Arc<Tasks>,
    said: Arc<Mutex<Vec<String>>>,
    folder: tempfile::TempDir,
}

impl House {
    fn new(variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tasks = Tasks::new(TasksConfig {
            logs: folder.path().join("logs"),
            processes_max: 2,
            region: "eu-west-1".into(),
            account: "123456789012".into(),
            environment: std::env::vars().collect(),
        });
        let store = Some(folder.path().join("store"));
        let config =
            EngineConfig { clock: ClockMode::Real, tasks: None, listener: None, histories: None, folder: store };
        let said: Arc<Mutex<Vec<String>>> = Arc::default();
        let heard = Arc::clone(&said);
        let tell = Tell::to(move |line| heard.lock().unwrap().push(line.to_owned()));
        let environment: BTreeMap<String, String> =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let courier = Courier::new(Arc::clone(&tasks), &environment, tell).without_pauses();
        Self { courier, engine: Engine::open(config).unwrap(), tasks, said, folder }
    }

    /// Whether it is done with.
    async fn deliver(&self, target: &Target) -> bool {
        let event = event();
        let delivered = self.courier.deliver(target, &event, &self.engine);
        tokio::time::timeout(Duration::from_mins(1), delivered).await.unwrap()
    }

    fn said(&self) -> Vec<String> {
        self.said.lock().unwrap().clone()
    }
}

fn event() -> Event {
    let payload = json!({ "id": "an-id", "detail": { "name": "one & only", "status": "FAILED" } });
    Event {
        id: "an-id".into(),
        execution: "one".into(),
        status: ExecutionStatus::Failed,
        at_seconds: 1_551_225_271,
        payload: Payload::from(payload),
    }
}

fn arn(service: &str, resource: &str) -> String {
    format!("arn:aws:{service}:eu-west-1:123456789012:{resource}")
}

/// What the service of a target is sent: the first line, the headers of the request, the body.
async fn sent(variable: &str, target: Target) -> (String, Got) {
    let service = Service::answering(&[]).await;
    let house = House::new(&[(variable, &service.url), ("AWS_ACCESS_KEY_ID", "AKID"), ("AWS_SECRET_ACCESS_KEY", "s")]);
    house.deliver(&target).await;
    assert_eq!(house.said(), Vec::<String>::new());
    let mut got = service.got();
    assert_eq!(got.len(), 1);
    let got = got.remove(0);
    assert!(got.head.contains("authorization: AWS4-HMAC-SHA256 Credential=AKID/2"), "{}", got.head);
    assert!(!got.head.contains("x-amz-security-token"), "{}", got.head);
    (service.url, got)
}

#[expect(clippy::needless_pass_by_value, reason = "`expect![…]` is written where it is used")]
fn check(url: &str, got: &Got, expected: Expect) {
    let shown = |line: &&str| {
        ["POST", "content-type", "x-amz-target", "x-amz-invocation-type"].iter().any(|word| line.starts_with(word))
    };
    let scope = got.head.split_once("/eu-west-1/").and_then(|(_, rest)| rest.split('/').next()).unwrap();
    let head: Vec<&str> = got.head.lines().filter(shown).collect();
    let text = format!("{}\nsigned for {scope}\n{}", head.join("\n"), got.body).replace(url, "[URL]");
    expected.assert_eq(&text);
}

#[tokio::test]
async fn a_topic_gets_the_event_as_its_message() {
    let (url, got) = sent("AWS_ENDPOINT_URL_SNS", Target::Sns { arn: arn("sns", "topic") }).await;
    check(
        &url,
        &got,
        expect![[r#"
        POST / HTTP/1.1
        content-type: application/x-www-form-urlencoded
        signed for sns
        Action=Publish&Version=2010-03-31&TopicArn=arn%3Aaws%3Asns%3Aeu-west-1%3A123456789012%3Atopic&Message=%7B%22id%22%3A%22an-id%22%2C%22detail%22%3A%7B%22name%22%3A%22one%20%26%20only%22%2C%22status%22%3A%22FAILED%22%7D%7D"#]],
    );
}

#[tokio::test]
async fn a_queue_gets_the_event_as_a_body_and_a_fifo_one_its_group() {
    let target = Target::Sqs { arn: arn("sqs", "queue"), message_group_id: None };
    let (url, got) = sent("AWS_ENDPOINT_URL_SQS", target).await;
    check(
        &url,
        &got,
        expect![[r#"
        POST / HTTP/1.1
        content-type: application/x-amz-json-1.0
        x-amz-target: AmazonSQS.SendMessage
        signed for sqs
        {"QueueUrl":"[URL]/123456789012/queue","MessageBody":"{\"id\":\"an-id\",\"detail\":{\"name\":\"one & only\",\"status\":\"FAILED\"}}"}"#]],
    );
    let target = Target::Sqs { arn: arn("sqs", "queue.fifo"), message_group_id: Some("group".to_owned()) };
    let (_, got) = sent("AWS_ENDPOINT_URL", target).await;
    let body: Value = serde_json::from_str(&got.body).unwrap();
    assert_eq!(body["MessageGroupId"], "group");
    assert!(body.get("MessageDeduplicationId").is_none());
}

#[tokio::test]
async fn streams_get_the_event_as_a_record() {
    let path = Some("$.detail.name".to_owned());
    let target = Target::Kinesis { arn: arn("kinesis", "stream/s"), partition_key_path: path };
    let (url, got) = sent("AWS_ENDPOINT_URL_KINESIS", target).await;
    let data = STANDARD.encode(event().payload.text());
    let without_data = |got: Got| Got { body: got.body.replace(&data, "[DATA]"), ..got };
    check(
        &url,
        &without_data(got),
        expect![[r#"
        POST / HTTP/1.1
        content-type: application/x-amz-json-1.1
        x-amz-target: Kinesis_20131202.PutRecord
        signed for kinesis
        {"StreamARN":"arn:aws:kinesis:eu-west-1:123456789012:stream/s","StreamName":"s","Data":"[DATA]","PartitionKey":"one & only"}"#]],
    );
    let (url, firehose) =
        sent("AWS_ENDPOINT_URL_FIREHOSE", Target::Firehose { arn: arn("firehose", "deliverystream/d") }).await;
    check(
        &url,
        &without_data(firehose),
        expect![[r#"
        POST / HTTP/1.1
        content-type: application/x-amz-json-1.1
        x-amz-target: Firehose_20150804.PutRecord
        signed for firehose
        {"DeliveryStreamName":"d","Record":{"Data":"[DATA]"}}"#]],
    );
}

#[tokio::test]
async fn functions_and_machines_of_elsewhere_are_called_there() {
    let (url, got) = sent("AWS_ENDPOINT_URL_LAMBDA", Target::Lambda { arn: arn("lambda", "function:f") }).await;
    check(
        &url,
        &got,
        expect![[r#"
        POST /2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Af/invocations HTTP/1.1
        content-type: application/json
        x-amz-invocation-type: Event
        signed for lambda
        {"id":"an-id","detail":{"name":"one & only","status":"FAILED"}}"#]],
    );
    let target = Target::StepFunctions { arn: arn("states", "stateMachine:m") };
    let (url, got) = sent("AWS_ENDPOINT_URL_SFN", target).await;
    check(
        &url,
        &got,
        expect![[r#"
        POST / HTTP/1.1
        content-type: application/x-amz-json-1.0
        x-amz-target: AWSStepFunctions.StartExecution
        signed for states
        {"stateMachineArn":"arn:aws:states:eu-west-1:123456789012:stateMachine:m","name":"an-id","input":"{\"id\":\"an-id\",\"detail\":{\"name\":\"one & only\",\"status\":\"FAILED\"}}"}"#]],
    );
}

#[tokio::test]
async fn who_has_no_credentials_signs_as_the_account_and_a_session_is_sent_along() {
    let service = Service::answering(&[]).await;
    House::new(&[("AWS_ENDPOINT_URL", &service.url)]).deliver(&Target::Sns { arn: arn("sns", "t") }).await;
    let session = [
        ("AWS_ENDPOINT_URL", service.url.as_str()),
        ("AWS_ACCESS_KEY_ID", "AKID"),
        ("AWS_SECRET_ACCESS_KEY", "s"),
        ("AWS_SESSION_TOKEN", "token"),
    ];
    House::new(&session).deliver(&Target::Sns { arn: arn("sns", "t") }).await;
    let [without, with] = service.got().try_into().unwrap();
    assert!(without.head.contains("Credential=123456789012/"), "{}", without.head);
    assert!(with.head.contains("x-amz-security-token: token"), "{}", with.head);
    assert!(with.head.contains("host;x-amz-date;x-amz-security-token,"), "{}", with.head);
}

#[tokio::test]
async fn secrets_are_not_shown() {
    let variables = [
        ("AWS_ENDPOINT_URL", "http://user:hunter2@127.0.0.1:9"),
        ("AWS_ACCESS_KEY_ID", "AKID"),
        ("AWS_SECRET_ACCESS_KEY", "hunter2"),
        ("AWS_SESSION_TOKEN", "hunter2"),
    ];
    let house = House::new(&variables);
    house.deliver(&Target::Sns { arn: arn("sns", "topic") }).await;
    let said = house.said().remove(0);
    assert!(said.ends_with("the URL of AWS_ENDPOINT_URL_SNS or AWS_ENDPOINT_URL must not name a user"), "{said}");
    let house = House::new(&variables[1..]);
    assert!(!format!("{:?}", house.courier).contains("hunter2"));
}

#[tokio::test]
async fn what_fails_is_tried_three_times_and_what_is_refused_once() {
    let target = Target::Sqs { arn: arn("sqs", "queue"), message_group_id: None };
    let throttled = (400, r#"{"__type":"com.amazonaws.sqs#ThrottlingException"}"#);
    let refused = (400, r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist"}"#);
    let ends = [
        (vec![(503, "busy"), throttled], 3, None),
        (vec![(500, "a"), (500, "b"), (500, "c\n d")], 3, Some("refused it with 500: c d; it was tried 3 times")),
        (vec![refused], 1, Some(r#"refused it with 400: {"__type":"com.amazonaws.sqs#QueueDoesNotExist"}"#)),
    ];
    for (answers, tries, said) in ends {
        let service = Service::answering(&answers).await;
        let house = House::new(&[("AWS_ENDPOINT_URL_SQS", &service.url)]);
        assert!(house.deliver(&target).await);
        assert_eq!(service.got().len(), tries, "{answers:?}");
        let said =
            said.map(|why| format!("the notification FAILED of one to {} failed: {} {why}", target.arn(), service.url));
        assert_eq!(house.said(), said.into_iter().collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn an_endpoint_where_nobody_listens_is_named() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let url = format!("http://{nobody}/");
    let house = House::new(&[("AWS_ENDPOINT_URL", &url)]);
    house.deliver(&Target::Sns { arn: arn("sns", "topic") }).await;
    let said = house.said().remove(0);
    assert!(
        said.contains(url.trim_end_matches('/')) && said.contains("refused") && said.ends_with("3 times"),
        "{said}"
    );
}

#[tokio::test]
async fn a_target_without_an_endpoint_is_named_once_with_what_to_set() {
    let house = House::new(&[("AWS_ENDPOINT_URL_SQS", "")]);
    let queue = Target::Sqs { arn: arn("sqs", "queue"), message_group_id: None };
    for target in [&queue, &queue, &Target::Sns { arn: arn("sns", "topic") }] {
        house.deliver(target).await;
    }
    house.deliver(&Target::StepFunctions { arn: arn("states", "stateMachine:m") }).await;
    expect![[r#"
        notifications to arn:aws:sqs:eu-west-1:123456789012:queue are not delivered: set AWS_ENDPOINT_URL_SQS or AWS_ENDPOINT_URL to the URL of its service
        notifications to arn:aws:sns:eu-west-1:123456789012:topic are not delivered: set AWS_ENDPOINT_URL_SNS or AWS_ENDPOINT_URL to the URL of its service
        notifications to arn:aws:states:eu-west-1:123456789012:stateMachine:m are not delivered: this store has no such state machine; set AWS_ENDPOINT_URL_SFN or AWS_ENDPOINT_URL to the URL of its service"#]].assert_eq(&house.said().join("\n"));
}

#[tokio::test]
async fn what_is_no_endpoint_or_no_arn_is_said_and_not_tried() {
    let house = House::new(&[("AWS_ENDPOINT_URL", "no url")]);
    house.deliver(&Target::Sns { arn: arn("sns", "topic") }).await;
    house.deliver(&Target::Firehose { arn: "${Stream.Arn}".to_owned() }).await;
    let said = house.said();
    assert!(said[0].contains(r#""no url" is not the URL of a service"#), "{said:?}");
    assert!(said[1].ends_with(r#""${Stream.Arn}" is not the ARN of a target"#), "{said:?}");
}

#[tokio::test]
async fn a_function_that_fails_is_invoked_three_times() {
    let house = House::new(&[]);
    house.tasks.register(vec![FunctionSpec {
        name: "f".into(),
        logical_id: None,
        folder: house.folder.path().to_owned(),
        program: Program::Command("echo >> times; cat >/dev/null; exit 3".to_owned()),
        timeout_seconds: 30,
        memory_mb: 128,
        environment: BTreeMap::new(),
    }]);
    house.deliver(&Target::Lambda { arn: arn("lambda", "function:f") }).await;
    let times = std::fs::read_to_string(house.folder.path().join("times")).unwrap();
    assert_eq!(times.len(), 3);
    let said = house.said().remove(0);
    assert!(said.contains("function:f failed: the function failed: {"), "{said}");
    assert!(said.ends_with("; it was tried 3 times"), "{said}");
}

#[tokio::test]
async fn what_a_full_disk_refuses_is_not_given_up() {
    let house = House::new(&[]);
    let target = Target::StepFunctions { arn: arn("states", "stateMachine:m") };
    let machine = NewStateMachine {
        arn: target.arn().into(),
        definition: r#"{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}"#.into(),
        role_arn: arn("iam", "role/r").into(),
        machine_type: StateMachineType::Standard,
        settings: json!({}),
        tags: BTreeMap::new(),
    };
    house.engine.create_state_machine(machine).await.unwrap();
    let disk = rusqlite::Connection::open(house.folder.path().join("store/store.sqlite3")).unwrap();
    disk.busy_timeout(Duration::from_mins(2)).unwrap();
    let fail = "BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END";
    disk.execute_batch(&format!("CREATE TRIGGER full BEFORE INSERT ON executions {fail}")).unwrap();
    assert!(!house.deliver(&target).await);
    let said = house.said().remove(0);
    assert!(said.contains("waits for the next command that does tasks: store: database or disk is full"), "{said}");
    disk.execute_batch("DROP TRIGGER full").unwrap();
    assert!(house.deliver(&target).await);
    let begun = house.engine.list_executions(ExecutionFilter::default(), 9).await.unwrap();
    assert_eq!((begun.len(), &*begun[0].name), (1, "an-id"));
}
