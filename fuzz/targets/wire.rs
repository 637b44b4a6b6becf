//! Any requests to a server in memory.
//!
//! Input: up to six requests. The first line of each names an operation and what follows is its body; after `RAW` come the
//! bytes of whatever is sent.

#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use iw102::engine::ClockMode;
use iw102::local::{AttachOptions, Listen, Tell, Wish, attach};
use iw102_fuzz::parts;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::time::timeout;

/// Within this a request is answered, on a machine that does other things.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
/// What may wait for something is not waited for.
const PATIENCE: Duration = Duration::from_millis(100);
const WAITING: [&str; 3] = ["GetActivityTask", "StartSyncExecution", "TestState"];

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime"));
static SCRATCH: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("iw102-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    folder
});

fuzz_target!(|data: &[u8]| {
    let requests: [&[u8]; 6] = parts(data);
    RUNTIME.block_on(async {
        let owner = attach(options()).await.expect("a store in memory");
        let address = owner.endpoint.strip_prefix("http://").expect("an endpoint without TLS").to_owned();
        for request in requests.into_iter().filter(|request| !request.is_empty()) {
            let end = request.iter().position(|byte| *byte == b'\n').unwrap_or(request.len());
            let (line, rest) = (&request[..end], request.get(end + 1..).unwrap_or_default());
            if line == b"RAW" {
                raw(&address, rest).await;
            } else if line.iter().all(u8::is_ascii_alphanumeric) {
                operation(&address, &String::from_utf8_lossy(line), rest).await;
            }
        }
        owner.release_at_once().await;
    });
});

fn options() -> AttachOptions {
    AttachOptions {
        // Nothing outside is begun, whatever a definition asks for.
        runs_tasks: false,
        environment: [].into(),
        folder: None,
        scratch: SCRATCH.clone(),
        wish: Wish::Either,
        clock: ClockMode::Virtual { expire: true },
        file: None,
        only_environments: false,
        functions: Vec::new(),
        region: "us-east-1".to_owned(),
        account: "000000000000".to_owned(),
        ca_folder: SCRATCH.join("ca"),
        listen: Listen::default(),
        tell: Tell::default(),
        requests: Tell::default(),
    }
}

/// Sends bytes, and reads what comes until the other end closes.
async fn exchange(address: &str, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    let mut answer = Vec::new();
    // Bytes that are refused may be refused before all of them are sent.
    let sent = stream.write_all(bytes).await.is_ok() && stream.shutdown().await.is_ok();
    let read = stream.read_to_end(&mut answer).await.is_ok();
    // A reset may overtake an answer to what was not read to its end.
    if sent && read { answer } else { Vec::new() }
}

/// Whatever is sent, what comes back is HTTP, the connection is closed in time, and nothing is our fault.
async fn raw(address: &str, bytes: &[u8]) {
    let Ok(answer) = timeout(ANSWER_TIMEOUT, exchange(address, bytes)).await else {
        // A request that may wait for something waits.
        let text = String::from_utf8_lossy(bytes);
        assert!(WAITING.iter().any(|name| text.contains(name)), "no end: {text:?}");
        return;
    };
    if !answer.is_empty() {
        let text = String::from_utf8_lossy(&answer);
        assert!(text.starts_with("HTTP/1."), "{text:?}");
        assert!(!text.starts_with("HTTP/1.1 500") && !text.starts_with("HTTP/1.0 500"), "{text}");
    }
}

/// An operation is answered with JSON: its result, or an error with a name that is not ours to blame.
async fn operation(address: &str, name: &str, body: &[u8]) {
    let head = format!(
        "POST / HTTP/1.1\r\nhost: {address}\r\nx-amz-target: AWSStepFunctions.{name}\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    let request = [head.as_bytes(), body].concat();
    let patience = if WAITING.contains(&name) { PATIENCE } else { ANSWER_TIMEOUT };
    let Ok(answer) = timeout(patience, exchange(address, &request)).await else {
        assert!(WAITING.contains(&name), "{name} is not answered");
        return;
    };
    let text = String::from_utf8(answer).expect("an answer is a text");
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{name}: {text:?}"));
    let status = head.split(' ').nth(1).unwrap_or_default();
    assert!(matches!(status, "200" | "400" | "404" | "413"), "{name}: {text}");
    let body: Value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{name}: {error}: {body}"));
    assert_eq!(body["__type"].is_string(), status != "200", "{name}: {text}");
}
