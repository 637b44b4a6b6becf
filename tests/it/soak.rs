//! Many clients at once, for as long as is asked for: no wrong answer, nothing that grows, nothing left behind.
//!
//! `IW102_SOAK_SECONDS=60 cargo test --locked --test it -- soak --nocapture` keeps two hundred clients at it for a minute and
//! prints what it measured; without the variable a few clients are at it for two seconds. Half of them call the project's
//! API over HTTPS with its key, half call Step Functions; each has a connection of its own, which it keeps.
//!
//! Start reading at [`many_clients_at_once_get_right_answers_and_nothing_is_left`]; a client's rounds are below.

#![expect(clippy::print_stdout, reason = "what was measured is for people to read")]

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{Dev, Iw102, eventually};

/// Without the variable.
const SECONDS: u64 = 2;
const CLIENTS: usize = 12;
/// With it.
const SOAK_CLIENTS: usize = 200;
/// What a client waits for one answer, and for the end of one execution.
const PATIENCE: Duration = Duration::from_secs(30);
/// What the server's memory may grow by in the second half of a run: its store's caches are full by then.
const GROWTH_BYTES_MAX: u64 = 48 << 20;
/// Files that may be open afterwards beyond those that were open before: a connection of the store that was not needed yet.
const FILES_MORE_MAX: usize = 4;
/// The usage plan's rate and burst: one that is soon reached, and one that is out of the way of what is measured.
const LIMIT: u64 = 40;
const SOAK_LIMIT: u64 = 2_000;
/// How long a client leaves the API alone that told it that it is too fast.
const BACKOFF: Duration = Duration::from_millis(50);
const KEY: &str = "soak-key-0123456789abcdefghij";
const ACCOUNT: &str = "arn:aws:states:us-east-1:000000000000";

const PROJECT: &str = r#"
service: soak
provider:
  name: aws
  runtime: provided.al2023
  stage: dev
  apiGateway:
    apiKeys: [{ name: soak, value: KEY }]
    usagePlan: { throttle: { rateLimit: LIMIT, burstLimit: LIMIT }, quota: { limit: 1000000000, period: DAY } }
functions:
  ask: { handler: ask, timeout: 30 }
custom:
  iw102:
    functions:
      ask: { command: 'cat' }
stepFunctions:
  stateMachines:
    echo:
      name: echo
      events:
        - http: { path: echo/start, method: POST, private: true }
        - http: { path: action/status, method: POST, action: DescribeExecution, private: true }
        - http: { path: action/stop, method: POST, action: StopExecution, private: true }
      definition:
        StartAt: Both
        States:
          Both:
            Type: Parallel
            Branches:
              - { StartAt: N, States: { N: { Type: Pass, InputPath: $.n, End: true } } }
              - { StartAt: Text, States: { Text: { Type: Pass, InputPath: $.text, End: true } } }
            Next: Done
          Done: { Type: Succeed }
    sleeper:
      name: sleeper
      events:
        - http: { path: sleeper/start, method: POST, private: true }
      definition:
        StartAt: Sleep
        States: { Sleep: { Type: Wait, Seconds: 600, End: true } }
    asker:
      name: asker
      definition:
        StartAt: Ask
        States:
          Ask:
            Type: Task
            Resource: arn:aws:states:::lambda:invoke.waitForTaskToken
            HeartbeatSeconds: 60
            Parameters:
              FunctionName: soak-dev-ask
              Payload: { token.$: $$.Task.Token }
            Catch: [{ ErrorEquals: [Refused], Next: Refused }]
            End: true
          Refused: { Type: Pass, End: true }
"#;

/// How long an answer took, in microseconds, by what was asked.
type Times = BTreeMap<&'static str, Vec<u64>>;

/// What all clients share.
struct Shared {
    endpoint: String,
    api: String,
    ca: reqwest::Certificate,
    ends: Instant,
    plan: Arc<Plan>,
    next: AtomicU64,
}

/// What the usage plan allows its key, and what came of it.
struct Plan {
    limit: u64,
    began: Instant,
    accepted: AtomicU64,
    refused: AtomicU64,
}

impl Plan {
    /// The key was let through as often as its plan allows, and never refused before its burst was used up.
    fn check(&self, callers: usize) {
        let (accepted, refused) = (self.accepted.load(Ordering::Relaxed), self.refused.load(Ordering::Relaxed));
        let seconds = self.began.elapsed().as_secs() + 1;
        assert!(accepted <= self.limit * (1 + seconds), "{accepted} requests in {seconds} s");
        // Answers may have been on their way when the first refusal was seen.
        let accepted_at_most = accepted + u64::try_from(callers).unwrap();
        assert!(refused == 0 || accepted_at_most >= self.limit, "{refused} refused, and {accepted} accepted");
        println!("usage plan: {accepted} requests accepted, {refused} refused");
    }
}

#[test]
fn many_clients_at_once_get_right_answers_and_nothing_is_left() {
    let asked = std::env::var("IW102_SOAK_SECONDS").ok().map(|seconds| seconds.parse().unwrap());
    let clients = if asked.is_some() { SOAK_CLIENTS } else { CLIENTS };
    let length = Duration::from_secs(asked.unwrap_or(SECONDS));
    let limit = if asked.is_some() { SOAK_LIMIT } else { LIMIT };
    let iw102 = Iw102::new();
    iw102.write("serverless.yml", &PROJECT.replace("KEY", KEY).replace("LIMIT", &limit.to_string()));
    let dev = iw102.dev(&[]);
    let (accepted, refused) = (AtomicU64::new(0), AtomicU64::new(0));
    let plan = Arc::new(Plan { limit, began: Instant::now(), accepted, refused });
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();

    // What is opened once, on first use, is open before anything is counted.
    runtime.block_on(all(&dev, &plan, 2, Duration::ZERO));
    let files = open_files(dev.id());
    let (times, memory) = runtime.block_on(all(&dev, &plan, clients, length));
    report(&times, length, clients, &memory);
    plan.check(clients);

    if let [.., middle, end] = memory[..] {
        assert!(end < middle + GROWTH_BYTES_MAX, "memory grew from {middle} to {end} bytes in the second half");
    }
    if let Some(files) = files {
        let after = eventually("the server closes what its clients closed", || {
            open_files(dev.id()).filter(|after| *after <= files + FILES_MORE_MAX)
        });
        println!("open files: {files} before, {after} after");
    }
    runtime.block_on(all(&dev, &plan, 2, Duration::ZERO));
    assert_eq!(dev.interrupt().code, Some(130));
}

/// Runs clients of both kinds until the time is over, each at least once, and looks at the memory in the middle and at the
/// end.
async fn all(dev: &Dev<'_>, plan: &Arc<Plan>, clients: usize, length: Duration) -> (Times, Vec<u64>) {
    let began = Instant::now();
    let shared = Arc::new(Shared {
        endpoint: dev.endpoint.clone(),
        api: dev.api.clone(),
        ca: reqwest::Certificate::from_pem(&fs::read(&dev.ca_file).unwrap()).unwrap(),
        ends: began + length,
        plan: Arc::clone(plan),
        next: AtomicU64::new(0),
    });
    let tasks: Vec<_> = (0..clients)
        .map(|number| {
            let client = Client::new(Arc::clone(&shared), number);
            tokio::spawn(async move {
                if number % 2 == 0 { client.through_the_gateway().await } else { client.at_the_api().await }
            })
        })
        .collect();
    let mut memory = Vec::new();
    for part in [length / 2, length] {
        tokio::time::sleep_until((began + part).into()).await;
        memory.extend(resident_bytes(dev.id()));
    }
    let mut times = Times::new();
    for task in tasks {
        for (kind, mut taken) in task.await.unwrap() {
            times.entry(kind).or_default().append(&mut taken);
        }
    }
    (times, memory)
}

/// One connection, and what it measured.
struct Client {
    http: reqwest::Client,
    shared: Arc<Shared>,
    number: usize,
    times: Times,
}

impl Client {
    fn new(shared: Arc<Shared>, number: usize) -> Self {
        let builder = reqwest::Client::builder().no_proxy().http1_only().timeout(PATIENCE).pool_max_idle_per_host(1);
        let http = builder.tls_certs_only([shared.ca.clone()]).build().unwrap();
        Self { http, shared, number, times: Times::new() }
    }

    fn goes_on(&self) -> bool {
        Instant::now() < self.shared.ends
    }

    /// An input like no other, with characters that have to be escaped.
    fn input(&self) -> Value {
        let n = self.shared.next.fetch_add(1, Ordering::Relaxed);
        json!({"n": n, "text": format!("it's \"{n}\" \\ / é 😀\n{}", self.number)})
    }

    /// Sends, measures, and reads the answer.
    async fn send(&mut self, kind: &'static str, request: reqwest::RequestBuilder) -> (u16, String, Value) {
        let began = Instant::now();
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let error = response.headers().get("x-amzn-errortype").map(|name| name.to_str().unwrap().to_owned());
        let text = response.text().await.unwrap();
        let micros = u64::try_from(began.elapsed().as_micros()).unwrap();
        self.times.entry(kind).or_default().push(micros);
        let body = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{kind}: {status} {text}"));
        (status, error.unwrap_or_default(), body)
    }

    /// Calls a route with the key. Too fast is no failure: it is what the plan says.
    async fn route(&mut self, kind: &'static str, path: &str, body: &Value) -> Value {
        loop {
            let url = format!("{}/{path}", self.shared.api);
            let request = self.http.post(url).header("content-type", "application/json").header("x-api-key", KEY);
            let (status, error, answer) = self.send(kind, request.body(body.to_string())).await;
            if status == 200 {
                self.shared.plan.accepted.fetch_add(1, Ordering::Relaxed);
                return answer;
            }
            assert_eq!((status, error.as_str()), (429, "TooManyRequestsException"), "{kind}: {answer}");
            assert_eq!(answer["message"], "Too Many Requests");
            self.shared.plan.refused.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(BACKOFF).await;
        }
    }

    /// Calls an operation of Step Functions that must succeed.
    async fn call(&mut self, operation: &'static str, input: Value) -> Value {
        let request = self.http.post(&self.shared.endpoint).header("content-type", "application/x-amz-json-1.0");
        let request = request.header("x-amz-target", format!("AWSStepFunctions.{operation}"));
        let (status, _, answer) = self.send(operation, request.body(input.to_string())).await;
        assert_eq!(status, 200, "{operation}: {answer}");
        answer
    }

    /// Start, status, stop, over HTTPS with a key; and a wrong key now and then.
    async fn through_the_gateway(mut self) -> Times {
        loop {
            let input = self.input();
            let started = self.route("route echo/start", "echo/start", &input).await;
            let arn = json!({"executionArn": started["executionArn"]});
            let ended = self.status_after("RUNNING", &arn).await;
            assert_echoed(&ended, &input);

            let started = self.route("route sleeper/start", "sleeper/start", &input).await;
            let arn = json!({"executionArn": started["executionArn"]});
            let mut stop = arn.clone();
            stop["cause"] = input["text"].clone();
            let stopped = self.route("route action/stop", "action/stop", &stop).await;
            assert!(stopped["stopDate"].is_number(), "{stopped}");
            let ended = self.status_after("RUNNING", &arn).await;
            assert_eq!((&ended["status"], &ended["cause"]), (&json!("ABORTED"), &input["text"]));

            self.refused_without_the_key(&input).await;
            if !self.goes_on() {
                return self.times;
            }
        }
    }

    async fn status_after(&mut self, status: &str, arn: &Value) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer = self.route("route action/status", "action/status", arn).await;
            if answer["status"] != status {
                return answer;
            }
            assert!(Instant::now() < deadline, "still {status}: {answer}");
        }
    }

    async fn refused_without_the_key(&mut self, input: &Value) {
        let request = self.http.post(format!("{}/echo/start", self.shared.api));
        let request = request.header("content-type", "application/json").header("x-api-key", "not-the-key");
        let (status, error, _) = self.send("route without the key", request.body(input.to_string())).await;
        assert_eq!((status, error.as_str()), (403, "ForbiddenException"));
    }

    /// Start, describe, history, list; a task's token answered either way; stop.
    async fn at_the_api(mut self) -> Times {
        loop {
            let input = self.input();
            let arn = self.start("echo", &input).await;
            let ended = self.end_of(&arn).await;
            assert_echoed(&ended, &input);
            self.check_history(&arn, &input, &ended).await;
            self.check_list().await;
            self.answer_a_token().await;

            let arn = self.start("sleeper", &input).await;
            self.call("StopExecution", json!({"executionArn": arn, "error": "Enough"})).await;
            let ended = self.end_of(&arn).await;
            assert_eq!((&ended["status"], &ended["error"]), (&json!("ABORTED"), &json!("Enough")));
            if !self.goes_on() {
                return self.times;
            }
        }
    }

    /// Starts an execution, and again by the same name: it is the same one.
    async fn start(&mut self, machine: &str, input: &Value) -> Value {
        let name = format!("{machine}-{}-{}", input["n"], uuid::Uuid::new_v4());
        let start = json!({"stateMachineArn": format!("{ACCOUNT}:stateMachine:{machine}"), "name": name, "input": input.to_string()});
        let started = self.call("StartExecution", start.clone()).await;
        assert_eq!(started["executionArn"], format!("{ACCOUNT}:execution:{machine}:{name}"));
        if machine == "sleeper" {
            let again = self.call("StartExecution", start).await;
            assert_eq!(again, started);
        }
        started["executionArn"].clone()
    }

    async fn end_of(&mut self, arn: &Value) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer = self.call("DescribeExecution", json!({"executionArn": arn})).await;
            if answer["status"] != "RUNNING" {
                return answer;
            }
            assert!(Instant::now() < deadline, "still running: {answer}");
        }
    }

    /// The whole history, in pages: no event is missing or twice, each comes after its cause, the ends carry the data.
    async fn check_history(&mut self, arn: &Value, input: &Value, ended: &Value) {
        let mut events = Vec::new();
        let mut page = json!({"executionArn": arn, "maxResults": 4});
        loop {
            let mut answer = self.call("GetExecutionHistory", page.clone()).await;
            let Value::Array(mut found) = answer["events"].take() else { panic!("{answer}") };
            events.append(&mut found);
            match answer["nextToken"].take() {
                Value::Null => break,
                token => page["nextToken"] = token,
            }
        }
        for (place, event) in events.iter().enumerate() {
            let id = u64::try_from(place).unwrap() + 1;
            assert_eq!(event["id"], id, "{arn}");
            assert!(event["previousEventId"].as_u64().unwrap() < id, "{event}");
        }
        let (first, last) = (events.first().unwrap(), events.last().unwrap());
        assert_eq!(first["executionStartedEventDetails"]["input"], input.to_string());
        assert_eq!(last["executionSucceededEventDetails"]["output"], ended["output"]);
    }

    /// Two pages of what has succeeded: nothing else, and nothing twice.
    async fn check_list(&mut self) {
        let machine = format!("{ACCOUNT}:stateMachine:echo");
        let mut page = json!({"stateMachineArn": machine, "statusFilter": "SUCCEEDED", "maxResults": 3});
        let mut seen = Vec::new();
        for _ in 0..2 {
            let answer = self.call("ListExecutions", page.clone()).await;
            for execution in answer["executions"].as_array().unwrap() {
                assert_eq!(
                    (&execution["status"], &execution["stateMachineArn"]),
                    (&json!("SUCCEEDED"), &json!(machine))
                );
                assert!(!seen.contains(&execution["executionArn"]), "{execution} is listed twice");
                seen.push(execution["executionArn"].clone());
            }
            if answer["nextToken"].is_null() {
                break;
            }
            page["nextToken"] = answer["nextToken"].clone();
        }
        assert!(!seen.is_empty());
    }

    /// Finds a task's token in the history, beats for it, and answers it: with an output, or with an error that is caught.
    async fn answer_a_token(&mut self) {
        let input = self.input();
        let arn = self.start("asker", &input).await;
        let token = self.token(&arn).await;
        self.call("SendTaskHeartbeat", json!({"taskToken": token})).await;
        let succeeds = input["n"].as_u64().unwrap().is_multiple_of(2);
        if succeeds {
            self.call("SendTaskSuccess", json!({"taskToken": token, "output": input.to_string()})).await;
        } else {
            let failure = json!({"taskToken": token, "error": "Refused", "cause": input["text"]});
            self.call("SendTaskFailure", failure).await;
        }
        let ended = self.end_of(&arn).await;
        let output: Value = serde_json::from_str(ended["output"].as_str().unwrap()).unwrap();
        let expected = if succeeds { input } else { json!({"Error": "Refused", "Cause": input["text"]}) };
        assert_eq!((&ended["status"], output), (&json!("SUCCEEDED"), expected));
    }

    async fn token(&mut self, arn: &Value) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer = self.call("GetExecutionHistory", json!({"executionArn": arn})).await;
            let events = answer["events"].as_array().unwrap();
            let of = |kind: &str| events.iter().find(|event| event["type"] == kind);
            if of("TaskSubmitted").is_some() {
                let parameters =
                    of("TaskScheduled").unwrap()["taskScheduledEventDetails"]["parameters"].as_str().unwrap();
                let parameters: Value = serde_json::from_str(parameters).unwrap();
                return parameters["Payload"]["token"].clone();
            }
            assert!(Instant::now() < deadline, "no token: {answer}");
        }
    }
}

/// An execution of `echo` ended with what it was started with.
#[track_caller]
fn assert_echoed(ended: &Value, input: &Value) {
    assert_eq!(ended["status"], "SUCCEEDED", "{ended}");
    let output: Value = serde_json::from_str(ended["output"].as_str().unwrap()).unwrap();
    assert_eq!(output, json!([input["n"], input["text"]]));
    let echoed: Value = serde_json::from_str(ended["input"].as_str().unwrap()).unwrap();
    assert_eq!(&echoed, input);
}

/// Open file descriptors of a process; nothing where the system does not tell.
fn open_files(id: u32) -> Option<usize> {
    fs::read_dir(format!("/proc/{id}/fd")).ok().map(Iterator::count)
}

/// Memory of a process that is not swapped out, in bytes; nothing where the system does not tell.
fn resident_bytes(id: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok().map(|kibibytes: u64| kibibytes << 10)
}

/// Prints what was measured, which `--nocapture` shows.
fn report(times: &Times, length: Duration, clients: usize, memory: &[u64]) {
    println!("{clients} clients for {} s", length.as_secs());
    println!("{:<24} {:>8} {:>8} {:>10} {:>10}", "", "requests", "/s", "p50 ms", "p99 ms");
    for (kind, taken) in times {
        let mut taken = taken.clone();
        taken.sort_unstable();
        let at = |percent: usize| {
            let micros = taken[(taken.len() - 1) * percent / 100];
            format!("{}.{:01}", micros / 1_000, micros % 1_000 / 100)
        };
        let count = u64::try_from(taken.len()).unwrap();
        println!("{kind:<24} {count:>8} {:>8} {:>10} {:>10}", count / length.as_secs().max(1), at(50), at(99));
    }
    for (name, bytes) in ["middle", "end"].iter().zip(memory) {
        println!("memory at the {name}: {} MiB", bytes >> 20);
    }
}
