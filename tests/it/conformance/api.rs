//! The calls of a case in their order, sent to a server, and the answers compared key by key.
//!
//! The recordings leave out calls that only looked (Describe, List, GetExecutionHistory while something was waited for), so
//! between two calls everything is looked at that can be, and a recorded answer must be among what is seen. Which histories
//! come of which machines is the business of `pure` and `lambda`; here are the cases that recorded anything else.

use iw102::engine::ClockMode;
use iw102::local::{AttachOptions, Listen, Owner, Tell, Wish, attach};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::cases::{Case, cases};
use super::compare::Comparison;

/// What is not as recorded, and why.
const KNOWN: &[(&str, &str)] = &[
    (
        "test_sfn_api_express.py::TestSfnApiExpress::test_start_async_describe_history_execution",
        "Express executions are not logged to log groups",
    ),
    ("test_sfn_api_logs.py::TestSnfApiLogs::test_deleted_log_group", "which log groups exist is not known"),
];

/// Operations that no version before this one had, or that are not served.
const NOT_SERVED: &[&str] = &["MapRun", "TestState"];

/// Members of what only looks.
const LOOKED_AT: &[&str] = &[
    "events",
    "executions",
    "stateMachines",
    "stateMachineVersions",
    "stateMachineAliases",
    "activities",
    "status",
    "routingConfiguration",
    "updateDate",
    "Error",
    "exception_typename",
];

/// Members that some recordings leave out of their comparison, so that they tell no answers apart.
const APART: &[&str] = &["tracing", "encryption", "billing", "redrive"];

/// So long a case takes at most, in seconds.
const CASE_SECONDS_MAX: u64 = 60;

/// A server whose waits take no time, for one case.
struct Replay<'a> {
    owner: Owner,
    case: &'a Case,
    comparison: Comparison,
    machines: Vec<String>,
    qualified: Vec<String>,
    executions: Vec<String>,
    _scratch: tempfile::TempDir,
}

/// Some answer in the forms in which recordings have it.
type Shown = Vec<Value>;

impl<'a> Replay<'a> {
    async fn begin(case: &'a Case) -> Self {
        let scratch = tempfile::tempdir().unwrap();
        let options = AttachOptions {
            runs_tasks: true,
            environment: std::env::vars().collect(),
            folder: None,
            scratch: scratch.path().to_owned(),
            clock: ClockMode::Virtual { expire: false },
            file: None,
            only_environments: false,
            functions: Vec::new(),
            region: "us-east-1".to_owned(),
            account: "000000000000".to_owned(),
            ca_folder: scratch.path().join("ca"),
            listen: Listen::default(),
            wish: Wish::Either,
            tell: Tell::default(),
            requests: Tell::default(),
        };
        let owner = attach(options).await.unwrap();
        let comparison = Comparison::of(case, &[]);
        Self {
            owner,
            case,
            comparison,
            machines: Vec::new(),
            qualified: Vec::new(),
            executions: Vec::new(),
            _scratch: scratch,
        }
    }

    /// The first recorded answer that nothing agreed with, or nothing.
    async fn run(&mut self) -> Option<String> {
        let all = self.case.json["calls"].as_array().unwrap().iter();
        let mut calls = all.filter(|call| call["service"] == "stepfunctions");
        let mut last: Option<Shown> = None;
        for (key, recorded) in self.case.recorded().filter(|(_, recorded)| !is_of_the_client(recorded)) {
            if matches!(last.take(), Some(shown) if self.agrees(&shown, recorded)) {
                continue;
            }
            while !self.sees(recorded).await {
                let Some(call) = calls.next() else { return Some(format!("{key}: nothing agrees with\n  {recorded}")) };
                let shown = self.call(call).await;
                if self.agrees(&shown, recorded) {
                    break;
                }
                last = Some(shown);
            }
        }
        None
    }

    fn agrees(&self, shown: &[Value], recorded: &Value) -> bool {
        shown
            .iter()
            .filter(|ours| are_alike(ours, recorded))
            .any(|ours| self.comparison.of_answers(ours.clone(), recorded).is_none())
    }

    /// Sends a call of the case; executions get the names that they had when it was recorded.
    async fn call(&mut self, call: &Value) -> Shown {
        let (operation, mut parameters) = (call["operation"].as_str().unwrap(), call["params"].clone());
        let part = match operation {
            "StartExecution" => "ExecArnPart_",
            "StartSyncExecution" => "SyncExecArn_Part1_",
            _ => "",
        };
        if !part.is_empty() && parameters["name"].is_null() {
            let name = self.case.value_behind(&format!("<{part}{}idx>", self.executions.len()));
            parameters["name"] = json!(name.unwrap_or("execution"));
        }
        let (status, answer) = self.post(operation, &parameters).await;
        if let Some(arn) = answer["stateMachineArn"].as_str().filter(|_| operation == "CreateStateMachine") {
            self.machines.push(arn.to_owned());
        }
        for member in ["stateMachineVersionArn", "stateMachineAliasArn"] {
            self.qualified.extend(answer[member].as_str().map(str::to_owned));
        }
        if let Some(arn) = answer["executionArn"].as_str() {
            self.executions.push(arn.to_owned());
            if operation == "StartSyncExecution" {
                let id = arn.rsplit(':').next().unwrap_or_default();
                self.comparison = Comparison::of(self.case, &[(id, "<SyncExecArn_Part2_0idx>")]);
            }
        }
        shown(operation, status, answer)
    }

    /// Whether anything that can be looked at is as recorded.
    async fn sees(&self, recorded: &Value) -> bool {
        if !LOOKED_AT.iter().any(|key| recorded.get(key).is_some()) && !recorded.is_array() {
            return false;
        }
        self.owner.quiesce().await.unwrap();
        let mut looks = vec![("ListStateMachines", json!({})), ("ListActivities", json!({}))];
        looks.push(("DescribeExecution", json!({ "executionArn": "invalid_execution_arn" })));
        let first = json!({ "maxResults": 10 });
        let next = self.post("ListStateMachines", &first).await.1["nextToken"].clone();
        let second = json!({ "maxResults": 10, "nextToken": next });
        for page in [first, second, json!({ "maxResults": 1_001 }), json!({ "nextToken": "x".repeat(1_025) })] {
            looks.push(("ListStateMachines", page));
        }
        for arn in &self.machines {
            let list = |filter: Value| ("ListExecutions", json!({ "stateMachineArn": arn, "statusFilter": filter }));
            looks.push(("DescribeStateMachine", json!({ "stateMachineArn": arn })));
            for operation in ["ListStateMachineVersions", "ListStateMachineAliases", "ListExecutions"] {
                for size in [0, 1, 5, 10, 1_001] {
                    looks.push((operation, json!({ "stateMachineArn": arn, "maxResults": size })));
                    let first = self.post(operation, &json!({ "stateMachineArn": arn, "maxResults": size })).await.1;
                    if first["nextToken"].is_string() {
                        let next = json!({ "stateMachineArn": arn, "nextToken": first["nextToken"] });
                        looks.push((operation, next));
                    }
                }
                looks.push((operation, json!({ "stateMachineArn": arn, "nextToken": "x".repeat(3_097) })));
            }
            looks.extend([json!(null), json!("SUCCEEDED"), json!("RUNNING"), json!("succeeded")].map(list));
        }
        for arn in &self.qualified {
            looks.push(("DescribeStateMachine", json!({ "stateMachineArn": arn })));
            looks.push(("DescribeStateMachineAlias", json!({ "stateMachineAliasArn": arn })));
            looks.push(("ListExecutions", json!({ "stateMachineArn": arn })));
        }
        for arn in &self.executions {
            looks.push(("DescribeStateMachineForExecution", json!({ "executionArn": arn })));
            looks.push(("DescribeExecution", json!({ "executionArn": arn })));
            looks.push(("StopExecution", json!({ "executionArn": arn })));
            for reverse in [false, true] {
                looks.push(("GetExecutionHistory", json!({ "executionArn": arn, "reverseOrder": reverse })));
            }
        }
        for (operation, parameters) in looks {
            let (status, answer) = self.post(operation, &parameters).await;
            if self.agrees(&shown(operation, status, answer), recorded) {
                return true;
            }
        }
        false
    }

    async fn post(&self, operation: &str, parameters: &Value) -> (u16, Value) {
        let body = parameters.to_string();
        let mut stream = TcpStream::connect(self.owner.endpoint.strip_prefix("http://").unwrap()).await.unwrap();
        let head = format!("POST / HTTP/1.1\r\nhost: 127.0.0.1\r\nx-amz-target: AWSStepFunctions.{operation}\r\n");
        let request = format!("{head}connection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), serde_json::from_str(body).unwrap())
    }
}

/// What a client makes of an answer.
fn shown(operation: &str, status: u16, mut answer: Value) -> Shown {
    let metadata = json!({ "HTTPHeaders": {}, "HTTPStatusCode": status });
    if status == 200 {
        let fields = answer.as_object_mut().unwrap();
        fields.retain(|_, value| !value.is_null());
        // Tokens of pages differ from run to run; that they lead to the next page is seen by the next page.
        if let Some(token) = fields.get_mut("nextToken") {
            *token = json!("<next-token:1>");
        }
        // Some recordings have the list alone.
        let list = fields.values().find(|value| value.is_array()).cloned();
        answer["ResponseMetadata"] = metadata;
        return std::iter::once(answer).chain(list).map(sorted).collect();
    }
    let code = answer["__type"].as_str().and_then(|name| name.rsplit('#').next()).unwrap_or_default().to_owned();
    let message = answer["message"].as_str().unwrap_or_default();
    let sentence = format!("An error occurred ({code}) when calling the {operation} operation: {message}");
    vec![
        json!({ "Error": { "Code": code, "Message": message }, "message": message, "ResponseMetadata": metadata }),
        json!({ "exception_typename": code, "exception_value": sentence }),
    ]
}

/// The members in the order in which recordings have them; JSON that is a text keeps its own.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<(String, Value)> = members.into_iter().collect();
            members.sort_by(|left, right| left.0.cmp(&right.0));
            members.into_iter().map(|(name, value)| (name, sorted(value))).collect()
        }
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        other => other,
    }
}

/// Whether two answers may be the same, at a glance: a whole comparison takes its time.
fn are_alike(ours: &Value, recorded: &Value) -> bool {
    let keys = |value: &Value| -> Option<Vec<String>> {
        let keys = value.as_object()?.keys().filter(|key| !APART.iter().any(|word| key.starts_with(word)));
        let mut keys: Vec<String> = keys.cloned().collect();
        keys.sort();
        Some(keys)
    };
    let length = |value: &Value| value.as_array().map(Vec::len);
    let same = |member: &str| length(&ours[member]) == length(&recorded[member]);
    length(ours) == length(recorded)
        && keys(ours) == keys(recorded)
        && (!ours.is_object() || LOOKED_AT.iter().all(|member| same(member)))
        && ours["Error"]["Code"] == recorded["Error"]["Code"]
        && ours["exception_typename"] == recorded["exception_typename"]
}

/// Whether the client refused it before anything was sent.
fn is_of_the_client(recorded: &Value) -> bool {
    recorded.is_string() || recorded["exception_typename"] == "ParamValidationError"
}

fn is_served(case: &Case) -> bool {
    let calls = case.json["calls"].as_array().unwrap();
    let operations: Vec<&str> = calls.iter().filter_map(|call| call["operation"].as_str()).collect();
    // Outputs of hundreds of executions are compared by `pure`, which has no server to ask for each.
    let is_of_the_api = ["test_sfn_api", "activities/"].iter().any(|begin| case.id().starts_with(begin));
    is_of_the_api
        && case.json["comparison_off"] != true
        && !operations.iter().any(|operation| NOT_SERVED.iter().any(|word| operation.contains(word)))
        && case.is_understood_with(&[":activity:"])
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_as_recorded() {
    let (Some(mut all), Some(services)) = (cases("PURE"), cases("SERVICES")) else { return };
    all.extend(services.into_iter().filter(|case| case.id().starts_with("test_sfn_api")));
    let (mut count, mut wrong) = (0, Vec::new());
    for case in all.iter().filter(|case| is_served(case)) {
        count += 1;
        let mut replay = Replay::begin(case).await;
        let bound = std::time::Duration::from_secs(CASE_SECONDS_MAX);
        let difference = tokio::time::timeout(bound, replay.run()).await;
        let difference = difference.unwrap_or_else(|_| Some("it does not end".to_owned()));
        replay.owner.release().await;
        match (difference, KNOWN.iter().find(|(id, _)| *id == case.id())) {
            (Some(difference), None) => wrong.push(format!("{}: {difference}", case.id())),
            (None, Some(_)) => wrong.push(format!("{} is as recorded: take it off the list", case.id())),
            _ => {}
        }
    }
    assert!(count >= 60, "only {count} cases were understood");
    assert!(wrong.is_empty(), "{} of {count} differ\n{}", wrong.len(), wrong.join("\n\n"));
}
