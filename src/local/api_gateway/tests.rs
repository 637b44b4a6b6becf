//! The API over real connections.

mod integration;
mod keys;
mod management;
mod project;
mod routes;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::engine::{NewStateMachine, StateMachineType};
use crate::local::api_gateway::fixtures::route;
use crate::local::api_gateway::model::{Api, Key, Plan, Route};
use crate::local::secret::Secret;
use crate::local::served::Served;
use crate::local::server::Front;
use crate::local::tests::options;
use crate::local::{Owner, attach};

/// The value of the key that [`api`] has.
const KEY: &str = "s1HR9a43llolcatslikeiamdoingthat7YEIvns8";

/// An API `dev-shop` with one key and a plan without bounds.
fn api(routes: Vec<Route>) -> Api {
    let value = Some(Secret::from(KEY));
    Api {
        id: "llb348ist9".to_owned(),
        service: "shop".to_owned(),
        stage: "dev".to_owned(),
        region: "eu-west-1".to_owned(),
        account: "123456789012".to_owned(),
        routes,
        keys: vec![Key { name: "dev-myFirstKey".to_owned(), value, enabled: true }],
        plan: Some(Plan::default()),
    }
}

/// A route that wants a key.
fn private(text: &str) -> Route {
    Route { private: true, ..route(text) }
}

/// A gateway behind a plain loopback port, with a machine `m` that passes its input on.
struct Fixture {
    owner: Owner,
    served: Arc<Served>,
    address: String,
    _connections: JoinSet<()>,
    _scratch: tempfile::TempDir,
}

/// An answer, its parts apart.
#[derive(Debug)]
struct Answered {
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

impl Fixture {
    async fn begin(api: &Api) -> Self {
        Self::begin_in(None, api).await
    }

    /// As [`Fixture::begin`], on the store in a folder.
    async fn begin_in(folder: Option<&Path>, api: &Api) -> Self {
        let scratch = tempfile::tempdir().unwrap();
        let owner = attach(options(folder, scratch.path())).await.unwrap();
        let served = owner.served().unwrap();
        served.engine.create_state_machine(machine()).await.unwrap();
        served.api.apply(api, &served.engine).await.unwrap();
        Self::of(owner, scratch).await
    }

    /// Puts the port before an owner.
    async fn of(owner: Owner, scratch: tempfile::TempDir) -> Self {
        let served = Arc::clone(owner.served().unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let mut connections = JoinSet::new();
        connections.spawn(accept(listener, Arc::clone(&served)));
        Self { owner, served, address, _connections: connections, _scratch: scratch }
    }

    /// Ends as a process that is killed: nothing more is written.
    async fn kill(self) {
        self.served.engine.shutdown().await;
    }

    /// Sends a request: its first line's method and path, its headers and its body.
    async fn ask(&self, line: &str, headers: &[&str], body: &str) -> Answered {
        let headers: String = headers.iter().flat_map(|header| [header, "\r\n"]).collect();
        let length = if body.is_empty() { String::new() } else { format!("content-length: {}\r\n", body.len()) };
        let request =
            format!("{line} HTTP/1.1\r\nhost: localhost:1\r\nconnection: close\r\n{headers}{length}\r\n{body}");
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        // The server may answer and close before it has read all.
        let _ = stream.write_all(request.as_bytes()).await;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        Answered::read(&answer)
    }
}

impl Answered {
    fn read(answer: &str) -> Self {
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let (line, headers) = head.split_once("\r\n").unwrap();
        let pair = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned())).unwrap();
        Self {
            status: line.split(' ').nth(1).unwrap().parse().unwrap(),
            headers: headers.lines().map(pair).collect(),
            body: body.to_owned(),
        }
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The status, the error's type and the body in one line.
    fn shown(&self) -> String {
        format!("{} {} {}", self.status, self.header("x-amzn-errortype"), self.body)
    }
}

fn machine() -> NewStateMachine {
    NewStateMachine {
        arn: Arc::from(route("GET a").state_machine_arn.as_str()),
        definition: Arc::from(r#"{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}"#),
        role_arn: Arc::from("a-role"),
        machine_type: StateMachineType::Standard,
        settings: serde_json::json!({}),
        tags: BTreeMap::new(),
    }
}

async fn accept(listener: TcpListener, served: Arc<Served>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let served = Arc::clone(&served);
        let service =
            service_fn(move |request| Front::Gateway.answer(request, Arc::clone(&served), Ipv4Addr::LOCALHOST.into()));
        connections.spawn(async move {
            let _ = http1::Builder::new().half_close(true).serve_connection(TokioIo::new(stream), service).await;
        });
    }
}
