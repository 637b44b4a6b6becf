//! A client that costs little: it shares the processors with what it measures.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::LocalSet;

/// What servers tell by that it is Step Functions that is asked, and whom. None of those that are measured looks at the signature.
const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/states/aws4_request, \
                             SignedHeaders=host, Signature=0";

/// A connection that is kept.
pub(crate) struct Client {
    stream: TcpStream,
    read: Vec<u8>,
    request: Vec<u8>,
}

impl Client {
    pub(crate) async fn new(port: u16) -> std::io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, read: Vec::new(), request: Vec::new() })
    }

    /// The body of the answer; the status must be 200.
    pub(crate) async fn call(&mut self, operation: &str, body: &str) -> std::io::Result<String> {
        self.request.clear();
        let head = format!(
            "POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/x-amz-json-1.0\r\n\
             x-amz-target: AWSStepFunctions.{operation}\r\nauthorization: {AUTHORIZATION}\r\n\
             content-length: {}\r\n\r\n",
            body.len()
        );
        self.request.extend_from_slice(head.as_bytes());
        self.request.extend_from_slice(body.as_bytes());
        self.stream.write_all(&self.request).await?;
        self.read.clear();
        loop {
            if self.stream.read_buf(&mut self.read).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            if let Some((status, body)) = answer(&self.read) {
                assert_eq!(status, "200", "{operation}: {body}");
                return Ok(body.to_owned());
            }
        }
    }

    pub(crate) async fn json(&mut self, operation: &str, body: &Value) -> Value {
        let answer = self.call(operation, &body.to_string()).await.unwrap();
        serde_json::from_str(&answer).unwrap()
    }
}

/// The status and the body, once all of it is there.
fn answer(read: &[u8]) -> Option<(&str, &str)> {
    let text = std::str::from_utf8(read).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?;
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().unwrap())
    });
    (body.len() >= length.unwrap_or(0)).then_some((status, body))
}

/// What many clients saw.
pub(crate) struct Load {
    pub(crate) calls: u32,
    pub(crate) took: Duration,
    /// In ascending order.
    pub(crate) latencies: Vec<Duration>,
}

impl Load {
    pub(crate) fn rate(&self) -> f64 {
        f64::from(self.calls) / self.took.as_secs_f64()
    }

    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        self.latencies[(self.latencies.len() * percent / 100).min(self.latencies.len() - 1)]
    }
}

/// So many clients, each with a connection that it keeps, call one after the other until all `calls` are done. `body` makes
/// the body of the call with a number.
pub(crate) async fn load(
    port: u16,
    clients: u32,
    calls: u32,
    operation: &'static str,
    body: fn(u32) -> String,
) -> Load {
    let next = Rc::new(Cell::new(0));
    let local = LocalSet::new();
    let began = Instant::now();
    let workers = (0..clients).map(|_| {
        let next = Rc::clone(&next);
        local.spawn_local(async move {
            let mut client = Client::new(port).await.unwrap();
            let mut latencies = Vec::new();
            while next.get() < calls {
                let number = next.replace(next.get() + 1);
                let body = body(number);
                let sent = Instant::now();
                client.call(operation, &body).await.unwrap();
                latencies.push(sent.elapsed());
            }
            latencies
        })
    });
    let workers: Vec<_> = workers.collect();
    let mut latencies = Vec::new();
    local
        .run_until(async {
            for worker in workers {
                latencies.extend(worker.await.unwrap());
            }
        })
        .await;
    let took = began.elapsed();
    latencies.sort();
    Load { calls, took, latencies }
}
