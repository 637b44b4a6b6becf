//! What a client of the server sees: an answer, a refusal, or nothing, because the server is gone.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

/// A connection to a server that may be gone at any moment.
#[derive(Debug, Clone)]
pub(super) struct Client {
    address: String,
    patience: Duration,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Silence {
    /// The server said no, with this error's name. Nothing was done.
    Refused(String),
    /// The connection broke, or was given up: it may have been done.
    Lost,
}

impl Client {
    pub(super) fn new(endpoint: &str) -> Self {
        let address = endpoint.strip_prefix("http://").unwrap().to_owned();
        Self { address, patience: Duration::from_secs(30) }
    }

    /// One that gives up after so long, and goes away.
    pub(super) fn impatient(&self, patience: Duration) -> Self {
        Self { patience, ..self.clone() }
    }

    pub(super) fn call(&self, operation: &str, input: &Value) -> Result<Value, Silence> {
        let (status, body) = self.exchange(operation, input).map_err(|_| Silence::Lost)?;
        let answer: Value = serde_json::from_str(&body).map_err(|_| Silence::Lost)?;
        if status == "200" {
            return Ok(answer);
        }
        let name = answer["__type"].as_str().unwrap_or_default();
        Err(Silence::Refused(name.rsplit('#').next().unwrap_or_default().to_owned()))
    }

    /// The status and the whole body; an error when either is cut off.
    fn exchange(&self, operation: &str, input: &Value) -> std::io::Result<(String, String)> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(self.patience))?;
        let (address, body) = (&self.address, input.to_string());
        let head = format!(
            "POST / HTTP/1.1\r\nhost: {address}\r\nx-amz-target: AWSStepFunctions.{operation}\r\ncontent-length: {}\r\n\
             connection: close\r\n\r\n",
            body.len()
        );
        stream.write_all((head + &body).as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").ok_or(std::io::ErrorKind::UnexpectedEof)?;
        let length =
            head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if length != Some(body.len()) {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        Ok((head.split(' ').nth(1).unwrap_or_default().to_owned(), body.to_owned()))
    }

    /// The whole history of an execution.
    pub(super) fn history(&self, arn: &str) -> Result<Vec<Value>, Silence> {
        let mut events = Vec::new();
        let mut request = json!({"executionArn": arn, "maxResults": 1000});
        loop {
            let mut page = self.call("GetExecutionHistory", &request)?;
            events.append(page["events"].as_array_mut().unwrap());
            match page["nextToken"].take() {
                Value::Null => return Ok(events),
                token => request["nextToken"] = token,
            }
        }
    }
}

/// Numbers from a seed: the same for the same seed.
#[derive(Debug)]
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// SplitMix64: <https://prng.di.unimi.it/splitmix64.c>
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound.max(1)).unwrap()).unwrap()
    }

    pub(super) fn pick<'a, T>(&mut self, among: &'a [T]) -> Option<&'a T> {
        among.get(self.below(among.len()))
    }
}
