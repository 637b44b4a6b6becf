//! Servers in this process, called through the SDK and by raw bytes.

mod activities;
mod express;
mod lambda;
mod logs;
mod notifications;
mod operations;
mod owners;
mod projects;
pub(super) mod raw;
mod redrive;
mod test_state;
mod tls;

use std::path::Path;

use crate::aws::{Client, Connection, LocalServer};
use crate::engine::ClockMode;
use crate::local::{AttachOptions, Owner, attach};

const REGION: &str = "eu-west-1";
const ACCOUNT: &str = "123456789012";

pub(super) fn options(folder: Option<&Path>, scratch: &Path) -> AttachOptions {
    AttachOptions {
        runs_tasks: true,
        environment: std::env::vars().collect(),
        folder: folder.map(ToOwned::to_owned),
        scratch: scratch.to_owned(),
        wish: crate::local::Wish::Either,
        clock: ClockMode::Real,
        file: None,
        only_environments: false,
        functions: Vec::new(),
        region: REGION.to_owned(),
        account: ACCOUNT.to_owned(),
        ca_folder: scratch.join("ca"),
        listen: crate::local::Listen::default(),
        tell: crate::local::Tell::default(),
        requests: crate::local::Tell::default(),
    }
}

/// A server in memory, with its folder of logs.
struct Fixture {
    owner: Owner,
    client: Client,
    _scratch: tempfile::TempDir,
}

impl Fixture {
    async fn begin() -> Self {
        let scratch = tempfile::tempdir().unwrap();
        let owner = attach(options(None, scratch.path())).await.unwrap();
        let client = client(&owner);
        Self { owner, client, _scratch: scratch }
    }
}

fn client(owner: &Owner) -> Client {
    let server =
        LocalServer { endpoint: owner.endpoint.clone(), region: REGION.to_owned(), account: ACCOUNT.to_owned() };
    Client::new(&Connection::local(&server), None)
}

/// Calls an operation with plain HTTP: the status and the body's JSON.
async fn post(endpoint: &str, target: &str, body: &str) -> (u16, serde_json::Value) {
    let head = format!("POST / HTTP/1.1\r\nhost: 127.0.0.1\r\nx-amz-target: {target}\r\nconnection: close\r\n");
    let request = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
    let answer = raw::exchange(endpoint, request.as_bytes()).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap())
}

async fn sfn(endpoint: &str, operation: &str, body: &serde_json::Value) -> (u16, serde_json::Value) {
    post(endpoint, &format!("AWSStepFunctions.{operation}"), &body.to_string()).await
}

/// An ARN in the server's own account and region.
fn machine_arn(name: &str) -> String {
    format!("arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{name}")
}

const PASS: &str = r#"{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}"#;

async fn create(endpoint: &str, name: &str, definition: &str) -> String {
    let body = serde_json::json!({ "name": name, "definition": definition, "roleArn": "a-role" });
    let (status, answer) = sfn(endpoint, "CreateStateMachine", &body).await;
    assert_eq!(status, 200, "{answer}");
    answer["stateMachineArn"].as_str().unwrap().to_owned()
}
