//! What a client of `iw102 dev` sees: `cargo bench --bench service`; words after `--` run the groups that are named so.
//!
//! The server is the binary as this profile built it, a process of its own on the same processors as the client. Rates are of
//! a machine and of who else uses it: the disk's own time is measured in the same minute, and stands beside.
//!
//! | group | what |
//! | --- | --- |
//! | `executions` | StartExecution of five states (Pass, Choice, Pass, Parallel of two, Succeed), over connections that are kept |
//! | `map` | a Map of two states: Standard with 4,000 items, Express by StartSyncExecution with 10,000 and 40,000 |
//! | `waiting` | executions that wait for an activity: memory of each, a restart, and their completion |
//! | `timers` | 100,000 timers, of which 1,000 are due over 10 s: how late they are seen outside |
//! | `launch` | a start until the first answer; what an idle server takes |
//! | `growth` | the rate of `executions` at 10,000 and at a million stored ones, the memory, a page of ListExecutions |
//! | `peer` | less of the same with moto, somebody else's Step Functions in memory: executions, a Map, waiting ones, the launch |
//!
//! `IW102_PYTHON` is a Python that has moto, `target/interop/python/bin/python` where it is not set: `.ci/run` makes that.
//! `IW102_BENCH_MANY=100000` takes another number than a million. Without `--bench`, which `cargo bench` adds, it does
//! nothing: `cargo test --all-targets` runs it as well.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints its table, and ends where it cannot measure"
)]

mod client;
mod peer;
mod server;

use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tokio::task::LocalSet;

use crate::client::{Load, load};
use crate::server::{Server, fdatasync};

const MACHINE: &str = "arn:aws:states:us-east-1:000000000000:stateMachine:bench";
const ACTIVITY: &str = "arn:aws:states:us-east-1:000000000000:activity:bench";
const ROLE: &str = "arn:aws:iam::000000000000:role/bench";

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if !words.iter().any(|word| word == "--bench") {
        return;
    }
    let wanted: Vec<&String> = words.iter().filter(|word| !word.starts_with('-')).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|word| name.contains(word.as_str()));
    println!("{:<66} {:>14}  beside", "", "");
    runtime.block_on(async {
        if is_wanted("executions") {
            executions().await;
        }
        if is_wanted("map") {
            map().await;
        }
        if is_wanted("waiting") {
            waiting().await;
        }
        if is_wanted("timers") {
            timers().await;
        }
        if is_wanted("launch") {
            launch().await;
        }
        if is_wanted("growth") {
            growth().await;
        }
        if is_wanted("peer") {
            peer::all().await;
        }
    });
}

/// One line.
fn report(what: &str, figure: &str, beside: &str) {
    println!("{what:<66} {figure:>14}  {beside}");
}

fn ms(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1000.0)
}

#[expect(clippy::cast_precision_loss, reason = "bytes to be shown")]
fn mb(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// How many executions are many.
fn many() -> u32 {
    std::env::var("IW102_BENCH_MANY").map_or(1_000_000, |many| many.parse().unwrap())
}

/// Five states, two of which run beside each other.
fn five_states() -> Value {
    let branch = |name: &str| json!({ "StartAt": name, "States": { name: { "Type": "Pass", "End": true } } });
    json!({ "StartAt": "A", "States": {
        "A": { "Type": "Pass", "Next": "B" },
        "B": { "Type": "Choice", "Choices": [{ "Variable": "$.n", "NumericGreaterThanEquals": 0, "Next": "C" }] },
        "C": { "Type": "Pass", "Next": "D" },
        "D": { "Type": "Parallel", "Branches": [branch("L"), branch("R")], "Next": "E" },
        "E": { "Type": "Succeed" },
    } })
}

/// A Map of two Pass states.
fn map_of_two() -> Value {
    let processor = json!({ "StartAt": "P", "States": {
        "P": { "Type": "Pass", "Next": "Q" }, "Q": { "Type": "Pass", "End": true },
    } });
    json!({ "StartAt": "M", "States": { "M": { "Type": "Map", "ItemProcessor": processor, "End": true } } })
}

async fn make(server: &Server, definition: &Value, kind: &str) {
    let machine = json!({ "name": "bench", "definition": definition.to_string(), "roleArn": ROLE, "type": kind });
    server.client().await.json("CreateStateMachine", &machine).await;
}

fn start_body(number: u32) -> String {
    format!(r#"{{"stateMachineArn":"{MACHINE}","input":"{{\"n\":{number}}}"}}"#)
}

/// Waits until as many executions as `started` ended, at the least; returns nothing that runs.
async fn drain(server: &Server) {
    let running = json!({ "stateMachineArn": MACHINE, "statusFilter": "RUNNING", "maxResults": 1 });
    let mut client = server.client().await;
    while !client.json("ListExecutions", &running).await["executions"].as_array().unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let failed = json!({ "stateMachineArn": MACHINE, "statusFilter": "FAILED", "maxResults": 1 });
    assert_eq!(client.json("ListExecutions", &failed).await["executions"], json!([]));
}

fn latencies(load: &Load) -> String {
    format!("start p50 {}, p99 {}", ms(load.percentile(50)), ms(load.percentile(99)))
}

async fn executions() {
    let server = Server::start(None).await;
    make(&server, &five_states(), "STANDARD").await;
    load(server.port, 64, 5_000, "StartExecution", start_body).await;
    let seen = load(server.port, 64, 100_000, "StartExecution", start_body).await;
    drain(&server).await;
    report("executions in memory, 64 connections", &format!("{:.0}/s", seen.rate()), &latencies(&seen));
    drop(server);

    let home = tempfile::tempdir().unwrap();
    let server = Server::start(Some(home.path())).await;
    make(&server, &five_states(), "STANDARD").await;
    load(server.port, 64, 2_000, "StartExecution", start_body).await;
    for clients in [64, 256] {
        let synced = fdatasync(home.path());
        let before = server.written();
        let seen = load(server.port, clients, 20_000, "StartExecution", start_body).await;
        drain(&server).await;
        let each = (server.written() - before) / 20_000;
        let beside = format!(
            "{}, {each} B written each; fdatasync {}: {:.2} x connections / fdatasync",
            latencies(&seen),
            ms(synced),
            seen.rate() * synced.as_secs_f64() / f64::from(clients)
        );
        report(&format!("executions, durable, {clients} connections"), &format!("{:.0}/s", seen.rate()), &beside);
    }
}

async fn map() {
    let home = tempfile::tempdir().unwrap();
    for (name, folder) in [("in memory", None), ("durable", Some(home.path()))] {
        let server = Server::start(folder).await;
        make(&server, &map_of_two(), "STANDARD").await;
        let mut times = Vec::new();
        for _ in 0..9 {
            times.push(standard_map(&server).await);
        }
        times.sort();
        report(&format!("Standard Map of 4,000 items, {name}"), &ms(times[4]), "24,006 events; median of 9");
    }
    let server = Server::start(None).await;
    make(&server, &map_of_two(), "EXPRESS").await;
    let (small, large) = (express_map(&server, 10_000).await, express_map(&server, 40_000).await);
    report("Express Map of 10,000 items, StartSyncExecution", &ms(small), "median of 9");
    let ratio = large.as_secs_f64() / small.as_secs_f64();
    report("Express Map of 40,000 items, StartSyncExecution", &ms(large), &format!("{ratio:.1} x that of 10,000"));
}

fn items(count: u32) -> String {
    format!("[{}]", vec!["0"; count as usize].join(","))
}

async fn standard_map(server: &Server) -> Duration {
    run_map(&mut server.client().await, MACHINE, 4_000).await
}

/// How long a Map of so many items takes, from its start to the first answer that says that it has ended.
async fn run_map(client: &mut client::Client, machine: &str, count: u32) -> Duration {
    let name = uuid::Uuid::new_v4().to_string();
    let body = json!({ "stateMachineArn": machine, "name": name, "input": items(count) });
    let began = Instant::now();
    let started = client.json("StartExecution", &body).await;
    let describe = json!({ "executionArn": started["executionArn"], "includedData": "METADATA_ONLY" });
    loop {
        let status = client.json("DescribeExecution", &describe).await["status"].clone();
        if status != "RUNNING" {
            assert_eq!(status, "SUCCEEDED");
            return began.elapsed();
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

async fn express_map(server: &Server, count: u32) -> Duration {
    let mut client = server.client().await;
    let body = json!({ "stateMachineArn": MACHINE, "input": items(count) });
    let mut times = Vec::new();
    for _ in 0..9 {
        let began = Instant::now();
        assert_eq!(client.json("StartSyncExecution", &body).await["status"], "SUCCEEDED");
        times.push(began.elapsed());
    }
    times.sort();
    times[4]
}

/// A machine whose executions wait for an activity.
async fn make_waiting(server: &Server) {
    server.client().await.json("CreateActivity", &json!({ "name": "bench" })).await;
    let machine = json!({ "StartAt": "T", "States": {
        "T": { "Type": "Task", "Resource": ACTIVITY, "End": true },
    } });
    make(server, &machine, "STANDARD").await;
}

async fn waiting() {
    let server = Server::start(None).await;
    make_waiting(&server).await;
    per_waiting(&server, 100_000, "in memory").await;
    drop(server);

    let home = tempfile::tempdir().unwrap();
    let server = Server::start(Some(home.path())).await;
    make_waiting(&server).await;
    per_waiting(&server, many(), "durable").await;
    server.kill();
    let server = Server::start(Some(home.path())).await;
    let name = format!("restart with {} executions that wait", many());
    report(&name, &ms(server.answered), &format!("{} afterwards", mb(server.memory())));
    complete(&server, 10_000).await;
}

/// What one more execution that waits costs.
async fn per_waiting(server: &Server, count: u32, name: &str) {
    load(server.port, 256, 2_000, "StartExecution", start_body).await;
    let before = server.memory();
    // No more than a million may go on at once.
    let more = count - 2_000;
    let seen = load(server.port, 256, more, "StartExecution", start_body).await;
    let each = server.memory().saturating_sub(before) / u64::from(more);
    report(
        &format!("{count} executions wait, {name}: memory of each"),
        &format!("{each} B"),
        &format!("{:.0} starts/s", seen.rate()),
    );
}

/// Takes activity tasks and answers them.
async fn complete(server: &Server, count: u32) {
    let local = LocalSet::new();
    let began = Instant::now();
    let workers = (0..64).map(|_| {
        let port = server.port;
        local.spawn_local(async move {
            let mut client = client::Client::new(port).await.unwrap();
            let poll = json!({ "activityArn": ACTIVITY });
            for _ in 0..count / 64 {
                let task = client.json("GetActivityTask", &poll).await;
                let answer = json!({ "taskToken": task["taskToken"], "output": "{}" });
                client.json("SendTaskSuccess", &answer).await;
            }
        })
    });
    let workers: Vec<_> = workers.collect();
    local
        .run_until(async {
            for worker in workers {
                worker.await.unwrap();
            }
        })
        .await;
    let rate = f64::from(count / 64 * 64) / began.elapsed().as_secs_f64();
    report("of these, taken and answered by 64 workers", &format!("{rate:.0}/s"), "");
}

/// Each waits until its time, then asks an activity's workers, who see when.
async fn timers() {
    for (name, home) in [("in memory", None), ("durable", Some(tempfile::tempdir().unwrap()))] {
        let server = Server::start(home.as_ref().map(tempfile::TempDir::path)).await;
        timers_of(&server, name).await;
    }
}

async fn timers_of(server: &Server, name: &str) {
    server.client().await.json("CreateActivity", &json!({ "name": "bench" })).await;
    let machine = json!({ "StartAt": "W", "States": {
        "W": { "Type": "Wait", "TimestampPath": "$.at", "Next": "T" },
        "T": { "Type": "Task", "Resource": ACTIVITY, "End": true },
    } });
    make(server, &machine, "STANDARD").await;
    load(server.port, 64, 99_000, "StartExecution", |_| timer_body(epoch() + Duration::from_hours(1))).await;
    let begin = epoch() + Duration::from_secs(5);
    let mut client = server.client().await;
    for number in 0..1_000 {
        client.call("StartExecution", &timer_body(begin + Duration::from_millis(number * 10))).await.unwrap();
    }
    let local = LocalSet::new();
    let workers = (0..50).map(|_| {
        let port = server.port;
        local.spawn_local(async move {
            let mut client = client::Client::new(port).await.unwrap();
            let poll = json!({ "activityArn": ACTIVITY });
            let mut late = Vec::new();
            for _ in 0..20 {
                let task = client.json("GetActivityTask", &poll).await;
                let seen = epoch();
                let input: Value = serde_json::from_str(task["input"].as_str().unwrap()).unwrap();
                late.push(seen.saturating_sub(Duration::from_millis(input["due"].as_u64().unwrap())));
            }
            late
        })
    });
    let workers: Vec<_> = workers.collect();
    let mut late = Vec::new();
    local
        .run_until(async {
            for worker in workers {
                late.extend(worker.await.unwrap());
            }
        })
        .await;
    late.sort();
    let beside = format!("p50 {}, max {}", ms(late[500]), ms(late[999]));
    report(&format!("1,000 of 100,000 timers over 10 s, {name}: p99 late"), &ms(late[990]), &beside);
}

fn epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap()
}

fn timer_body(due: Duration) -> String {
    let millis = u64::try_from(due.as_millis()).unwrap();
    let at = iw102::engine::Timestamp(i64::try_from(millis).unwrap());
    let input = json!({ "at": at.to_rfc3339(), "due": millis });
    json!({ "stateMachineArn": MACHINE, "input": input.to_string() }).to_string()
}

async fn launch() {
    let home = tempfile::tempdir().unwrap();
    let mut first = Vec::new();
    for _ in 0..9 {
        let fresh = tempfile::tempdir().unwrap();
        first.push(Server::start(Some(fresh.path())).await.answered);
    }
    drop(Server::start(Some(home.path())).await);
    for (name, folder) in [("--memory", None), ("an existing store", Some(home.path()))] {
        let mut times = Vec::new();
        for _ in 0..9 {
            times.push(Server::start(folder).await.answered);
        }
        times.sort();
        report(&format!("first answer with {name}"), &ms(times[4]), "median of 9 starts");
    }
    first.sort();
    report("first answer with a new store", &ms(first[4]), "median of 9 starts");
    idle(home.path()).await;
}

async fn idle(home: &Path) {
    let server = Server::start(Some(home)).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = server.cpu();
    tokio::time::sleep(Duration::from_mins(1)).await;
    let took = server.cpu().saturating_sub(before);
    report("an idle minute: processor", &ms(took), &format!("{} resident", mb(server.memory())));
}

async fn growth() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::start(Some(home.path())).await;
    make(&server, &five_states(), "STANDARD").await;
    let mut stored = 0;
    let mut fewest = None;
    for goal in [10_000, many()] {
        load(server.port, 256, goal - stored, "StartExecution", start_body).await;
        let seen = load(server.port, 64, 20_000, "StartExecution", start_body).await;
        drain(&server).await;
        stored = goal + 20_000;
        let page = page_time(&server).await;
        let beside = format!("{} resident, a page of ListExecutions {}", mb(server.memory()), ms(page));
        let ratio = fewest.map_or(String::new(), |few: f64| format!(", {:.2} x that of 10,000", seen.rate() / few));
        fewest.get_or_insert(seen.rate());
        report(&format!("executions at {goal} stored"), &format!("{:.0}/s", seen.rate()), &(beside + &ratio));
    }
}

/// The median time of a page of 100, each behind another.
async fn page_time(server: &Server) -> Duration {
    let mut client = server.client().await;
    let mut ask = json!({ "stateMachineArn": MACHINE, "maxResults": 100 });
    let mut times = Vec::new();
    for _ in 0..51 {
        let began = Instant::now();
        let page = client.json("ListExecutions", &ask).await;
        times.push(began.elapsed());
        ask["nextToken"] = page["nextToken"].clone();
    }
    times.sort();
    times[25]
}
