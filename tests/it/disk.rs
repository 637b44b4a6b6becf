//! A disk that gets full while `dev` serves: no file may grow past a bound (`ulimit -f`), which is taken away again. What a
//! process may not write that the system would end for it, it is told of instead.
#![cfg(target_os = "linux")]

use rustix::process::{Pid, Resource, Rlimit, prlimit};
use serde_json::{Value, json};

use crate::harness::{Iw102, eventually};

/// 4 MiB in the blocks of 512 bytes in which shells count.
const BLOCKS: u32 = 8_192;

fn start(number: u32) -> Value {
    json!({ "stateMachineArn": ARN, "name": format!("n{number}"), "input": format!("{:?}", "x".repeat(100_000)) })
}

const ARN: &str = "arn:aws:states:us-east-1:000000000000:stateMachine:m";

#[test]
fn writes_are_refused_reads_go_on_and_room_helps() {
    let iw102 = Iw102::new();
    let dev = iw102.dev_in(&format!("ulimit -S -f {BLOCKS}; exec \"$@\""), &[]);
    let definition = json!({ "StartAt": "P", "States": { "P": { "Type": "Pass", "End": true } } }).to_string();
    let role = "arn:aws:iam::000000000000:role/r";
    dev.call("CreateStateMachine", &json!({ "name": "m", "definition": definition, "roleArn": role }));

    let mut acknowledged = Vec::new();
    let refusal = (0..200).find_map(|number| {
        let answer = dev.call("StartExecution", &start(number));
        match answer["executionArn"].as_str() {
            Some(arn) => acknowledged.push(arn.to_owned()),
            None => return Some(answer),
        }
        None
    });
    let refusal = refusal.expect("4 MiB do not hold 20 MB");
    assert!(!acknowledged.is_empty());
    let message = refusal["message"].as_str().unwrap_or_default();
    assert!(message.contains("Make room"), "{refusal}");

    let describe = |arn: &str| dev.call("DescribeExecution", &json!({ "executionArn": arn }));
    assert_eq!(describe(&acknowledged[0])["status"], "SUCCEEDED");
    let listed = dev.call("ListExecutions", &json!({ "stateMachineArn": ARN }));
    assert_eq!(listed["executions"].as_array().unwrap().len(), acknowledged.len());

    let pid = Pid::from_raw(i32::try_from(dev.id()).unwrap());
    prlimit(pid, Resource::Fsize, Rlimit { current: None, maximum: None }).unwrap();
    let answer = dev.call("StartExecution", &start(1_000));
    acknowledged.push(answer["executionArn"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned());
    for arn in &acknowledged {
        eventually("its end", || (describe(arn)["status"] == "SUCCEEDED").then_some(()));
    }
    // A kill now loses nothing of it either.
    dev.kill();
    let dev = iw102.dev(&[]);
    for arn in &acknowledged {
        let found = dev.call("DescribeExecution", &json!({ "executionArn": arn }));
        assert_eq!(found["status"], "SUCCEEDED", "{found}");
    }
}
