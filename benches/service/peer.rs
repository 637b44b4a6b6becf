//! Somebody else's server, for the ratio: moto, which runs state machines in one Python process and keeps nothing on disk.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::client::{Client, load};
use crate::{ROLE, five_states, latencies, map_of_two, ms, report, run_map};

/// It answers in its own account.
const MACHINE: &str = "arn:aws:states:us-east-1:123456789012:stateMachine:bench";

struct Peer {
    child: Child,
    port: u16,
    answered: Duration,
}

pub(crate) async fn all() {
    let Some(peer) = Peer::start().await else {
        return println!("no moto: set IW102_PYTHON to a Python that has it");
    };
    report("moto: first answer", &ms(peer.answered), "");
    peer.make("bench", &five_states()).await;
    let seen = load(peer.port, 16, 400, "StartExecution", body).await;
    let took = peer.drain(seen.took).await;
    report("moto: executions, 16 connections", &format!("{:.0}/s", 400.0 / took.as_secs_f64()), &latencies(&seen));
    peer.remake(&map_of_two()).await;
    let time = run_map(&mut peer.client().await, MACHINE, 40).await;
    report("moto: a Map of 40 items", &ms(time), &format!("{} an item", ms(time / 40)));
    peer.remake(&json!({ "StartAt": "W", "States": { "W": { "Type": "Wait", "Seconds": 600, "End": true } } })).await;
    let before = peer.memory();
    load(peer.port, 16, 400, "StartExecution", waiting_body).await;
    report("moto: an execution that waits", &format!("{} B", (peer.memory() - before) / 400), "");
}

/// It makes no names itself.
fn body(number: u32) -> String {
    json!({ "stateMachineArn": MACHINE, "name": format!("e{number}"), "input": r#"{"n":0}"# }).to_string()
}

fn waiting_body(number: u32) -> String {
    json!({ "stateMachineArn": MACHINE, "name": format!("w{number}") }).to_string()
}

impl Peer {
    /// `None` where there is no moto.
    async fn start() -> Option<Self> {
        let python = std::env::var("IW102_PYTHON").unwrap_or("target/interop/python/bin/python".to_owned());
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let began = Instant::now();
        let mut command = Command::new(python);
        command.args(["-m", "moto.server", "-p", &port.to_string()]).stdin(Stdio::null());
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
        let mut peer = Self { child, port, answered: Duration::ZERO };
        while peer.answered.is_zero() {
            if let Ok(mut client) = Client::new(port).await
                && client.call("ListStateMachines", "{}").await.is_ok()
            {
                peer.answered = began.elapsed();
            } else if peer.child.try_wait().unwrap().is_some() {
                return None;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // Without this it only says that executions run.
        let settings = r#"{"stepfunctions":{"execute_state_machine":true}}"#;
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let request = format!(
            "POST /moto-api/config HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{settings}",
            settings.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.contains(" 201 "), "{answer}");
        Some(peer)
    }

    async fn client(&self) -> Client {
        Client::new(self.port).await.unwrap()
    }

    async fn make(&self, name: &str, definition: &Value) {
        let machine = json!({ "name": name, "definition": definition.to_string(), "roleArn": ROLE });
        self.client().await.json("CreateStateMachine", &machine).await;
    }

    async fn remake(&self, definition: &Value) {
        let update = json!({ "stateMachineArn": MACHINE, "definition": definition.to_string() });
        self.client().await.json("UpdateStateMachine", &update).await;
    }

    /// Until nothing runs; how long it took with what was before.
    async fn drain(&self, before: Duration) -> Duration {
        let began = Instant::now();
        let running = json!({ "stateMachineArn": MACHINE, "statusFilter": "RUNNING", "maxResults": 1 });
        let mut client = self.client().await;
        while !client.json("ListExecutions", &running).await["executions"].as_array().unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        before + began.elapsed()
    }

    fn memory(&self) -> u64 {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.split_whitespace().next().unwrap().parse::<u64>().unwrap() * 1024
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
