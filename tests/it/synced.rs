//! What is acknowledged is on the disk: the system calls of a real server, in their order. A kill cannot show a sync that is
//! missing, for the kernel still has what was written; here every answer to an operation that writes must come after a sync
//! of the log, and after all that was written to the log.
#![cfg(target_os = "linux")]

use std::path::PathBuf;
use std::{fs, thread, time::Duration};

use serde_json::{Value, json};

use crate::harness::{Dev, Iw102, eventually, is_there};

const ARN: &str = "arn:aws:states:us-east-1:000000000000:";
const ROLE: &str = "arn:aws:iam::000000000000:role/r";
const CALLS: &str = "trace=pwrite64,pwritev,fsync,fdatasync,write,writev,sendto,sendmsg";

/// A system call that is over, or as far as the tracer told it.
enum Call {
    Write,
    Sync,
    Answer,
}

/// The calls of a trace that matter, in the order in which they were over. An answer counts from when it began.
fn calls(trace: &str) -> Vec<Call> {
    let mut begun = std::collections::BTreeMap::new();
    let mut calls = Vec::new();
    for line in trace.lines() {
        let Some((thread, rest)) = line.split_once(' ') else { continue };
        let rest = rest.trim_start();
        let (text, is_over) = if let Some(head) = rest.strip_suffix("<unfinished ...>") {
            begun.insert(thread, head);
            (head, false)
        } else if rest.starts_with("<...") {
            let Some(head) = begun.remove(thread) else { continue };
            assert!(!head.contains("sync(") || rest.ends_with("= 0"), "{head} {rest}");
            (head, true)
        } else {
            assert!(!rest.contains("sync(") || rest.ends_with("= 0"), "{rest}");
            (rest, true)
        };
        let is_resumed = rest.starts_with("<...");
        if text.contains("\"HTTP/1.1 200") {
            if !is_resumed {
                calls.push(Call::Answer);
            }
        } else if text.contains("-wal>") {
            match text.starts_with("pwrite") {
                // What is on its way is not on the disk, whenever it began.
                true => calls.push(Call::Write),
                false if is_over => calls.push(Call::Sync),
                false => {}
            }
        }
    }
    calls
}

/// A server under the tracer: the program that `IW102_STRACE` names, or `strace` as the PATH has it.
struct Traced<'a> {
    dev: Dev<'a>,
    trace: PathBuf,
}

impl Traced<'_> {
    /// Calls the operation, which may not be answered before what it wrote is synced. Gives what was answered.
    fn synced(&self, operation: &str, input: &Value) -> Value {
        let (answer, calls) = self.call(operation, input);
        let until = calls.iter().position(|call| matches!(call, Call::Answer)).unwrap();
        let synced = calls[..until].iter().rposition(|call| matches!(call, Call::Sync));
        let written = calls[..until].iter().rposition(|call| matches!(call, Call::Write));
        assert!(written.is_some(), "{operation} wrote nothing before it was answered");
        assert!(synced > written, "{operation} was answered before what it wrote was synced");
        answer
    }

    /// Calls the operation, which is answered well, and gives the calls of the server up to then.
    fn call(&self, operation: &str, input: &Value) -> (Value, Vec<Call>) {
        // What the last one left to be done is done.
        thread::sleep(Duration::from_millis(150));
        let before = fs::metadata(&self.trace).unwrap().len();
        let answer = self.dev.call(operation, input);
        assert!(answer["__type"].is_null(), "{operation}: {answer}");
        let calls = eventually("the answer in the trace", || {
            let trace = fs::read_to_string(&self.trace).unwrap();
            let calls = calls(&trace[usize::try_from(before).unwrap()..]);
            calls.iter().any(|call| matches!(call, Call::Answer)).then_some(calls)
        });
        (answer, calls)
    }

    /// A task of the activity, which a started execution put there.
    fn task(&self) -> Value {
        self.synced("GetActivityTask", &json!({ "activityArn": format!("{ARN}activity:a") }))["taskToken"].clone()
    }

    fn ends(&self, execution: &Value, status: &str) {
        eventually(status, || {
            let found = self.dev.call("DescribeExecution", &json!({ "executionArn": execution }));
            (found["status"] == status).then_some(())
        });
    }
}

#[test]
fn every_operation_that_writes_is_answered_after_its_sync() {
    let strace = std::env::var("IW102_STRACE").unwrap_or_else(|_| "strace".to_owned());
    if !is_there(&strace, &["-f", "true"]) {
        return;
    }
    let iw102 = Iw102::new();
    let trace = iw102.write("trace", "");
    // The tracer is the child's child (`-D`), so that what the harness ends is the server.
    let script = format!("exec {strace} -D -f -y -s 32 -e {CALLS} -o '{}' \"$@\"", trace.display());
    let traced = Traced { dev: iw102.dev_in(&script, &[]), trace };

    let definition = |timeout: u32| {
        let task =
            json!({ "Type": "Task", "Resource": format!("{ARN}activity:a"), "TimeoutSeconds": timeout, "End": true });
        json!({ "StartAt": "T", "States": { "T": task } }).to_string()
    };
    let machine = format!("{ARN}stateMachine:m");
    traced.synced("CreateActivity", &json!({ "name": "a" }));
    traced.synced("CreateStateMachine", &json!({ "name": "m", "definition": definition(600), "roleArn": ROLE }));
    traced.synced("UpdateStateMachine", &json!({ "stateMachineArn": machine, "definition": definition(900) }));
    traced.synced("TagResource", &json!({ "resourceArn": machine, "tags": [{ "key": "k", "value": "v" }] }));
    traced.synced("UntagResource", &json!({ "resourceArn": machine, "tagKeys": ["k"] }));
    traced.synced("PublishStateMachineVersion", &json!({ "stateMachineArn": machine }));
    let route = json!([{ "stateMachineVersionArn": format!("{machine}:1"), "weight": 100 }]);
    traced.synced("CreateStateMachineAlias", &json!({ "name": "live", "routingConfiguration": route }));
    let alias = format!("{machine}:live");
    traced.synced("UpdateStateMachineAlias", &json!({ "stateMachineAliasArn": alias, "description": "d" }));
    traced.synced("DeleteStateMachineAlias", &json!({ "stateMachineAliasArn": alias }));
    traced.synced("DeleteStateMachineVersion", &json!({ "stateMachineVersionArn": format!("{machine}:1") }));

    let start = |name: &str| {
        let started = traced.synced("StartExecution", &json!({ "stateMachineArn": machine, "name": name }));
        started["executionArn"].clone()
    };
    let succeeds = start("succeeds");
    traced.synced("SendTaskSuccess", &json!({ "taskToken": traced.task(), "output": "1" }));
    traced.ends(&succeeds, "SUCCEEDED");
    let fails = start("fails");
    traced.synced("SendTaskFailure", &json!({ "taskToken": traced.task(), "error": "E" }));
    traced.ends(&fails, "FAILED");
    traced.synced("RedriveExecution", &json!({ "executionArn": fails }));
    traced.synced("StopExecution", &json!({ "executionArn": fails }));
    let map = json!({ "StartAt": "M", "States": { "M": { "Type": "Map", "End": true, "Label": "l", "ItemProcessor": {
        "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" }, "StartAt": "W", "States": {
            "W": { "Type": "Wait", "Seconds": 600, "End": true } } } } } });
    traced.synced("CreateStateMachine", &json!({ "name": "map", "definition": map.to_string(), "roleArn": ROLE }));
    let input = json!({ "stateMachineArn": format!("{ARN}stateMachine:map"), "input": "[1,2]" });
    let parent = traced.synced("StartExecution", &input)["executionArn"].clone();
    let run = eventually("the map run", || {
        let runs = traced.dev.call("ListMapRuns", &json!({ "executionArn": parent }));
        runs["mapRuns"][0]["mapRunArn"].as_str().map(str::to_owned)
    });
    traced.synced("UpdateMapRun", &json!({ "mapRunArn": run, "maxConcurrency": 1 }));
    traced.synced("StopExecution", &json!({ "executionArn": parent }));

    traced.synced("DeleteStateMachine", &json!({ "stateMachineArn": machine }));
    traced.synced("DeleteActivity", &json!({ "activityArn": format!("{ARN}activity:a") }));
    // What only looks writes nothing: the trace tells the one from the other.
    let (_, calls) = traced.call("ListStateMachines", &json!({}));
    assert!(!calls.iter().any(|call| matches!(call, Call::Write)), "a list wrote");
}
