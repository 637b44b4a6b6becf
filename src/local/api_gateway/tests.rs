//! The API over real connections.

mod integration;
mod keys;
mod routes;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, watch};
use tokio::task::JoinSet;

use crate::engine::{ClockMode, Engine, EngineConfig, NewStateMachine, StateMachineType};
use crate::local::api_gateway::fixtures::route;
use crate::local::api_gateway::keys::Secret;
use crate::local::api_gateway::model::{Api, Key, Plan, Route};
use crate::local::api_gateway::{self, Gateway};
use crate::local::served::Served;
use crate::project::Identity;
use crate::tasks::{Tasks, TasksConfig};

/// The value of the key that [`api`] has.
const KEY: &str = "s1HR9a43llolcatslikeiamdoingthat7YEIvns8";

/// An API `dev-shop` with one key and a plan without bounds.
fn api(routes: Vec<Route>) -> Api {
    let value = Some(Secret::new(KEY.to_owned()));
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
    served: Arc<Served>,
    address: String,
    _connections: JoinSet<()>,
    _leave: watch::Sender<bool>,
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
        let (leave, leaving) = watch::channel(false);
        let config = EngineConfig { clock: ClockMode::Real, tasks: None, folder: folder.map(ToOwned::to_owned) };
        let engine = Engine::open(config).unwrap();
        let tasks = Tasks::new(TasksConfig {
            logs: scratch.path().to_owned(),
            processes_max: 1,
            region: Arc::from("eu-west-1"),
            account: Arc::from("123456789012"),
            environment: BTreeMap::new(),
        });
        let served = Arc::new(Served {
            page_key: Served::page_key(&engine).await.unwrap(),
            api: Gateway::open(&engine, folder).await.unwrap(),
            engine,
            tasks,
            identity: Identity { region: "eu-west-1".to_owned(), account: "123456789012".to_owned() },
            secret: String::new(),
            bare: std::sync::Mutex::default(),
            changing: Mutex::new(()),
            leaving,
        });
        served.engine.create_state_machine(machine()).await.unwrap();
        served.api.apply(api, &served.engine).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let mut connections = JoinSet::new();
        connections.spawn(accept(listener, Arc::clone(&served)));
        Self { served, address, _connections: connections, _leave: leave, _scratch: scratch }
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
        let service = service_fn(move |request| api_gateway::answer(request, Arc::clone(&served)));
        connections.spawn(async move {
            let _ = http1::Builder::new().half_close(true).serve_connection(TokioIo::new(stream), service).await;
        });
    }
}
