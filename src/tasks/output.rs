//! From what a process prints to its log.
//!
//! Owns: a process's log stream with the lines that Lambda itself writes (START, END, REPORT), and the tail that Invoke gives
//! back. Must not know: where logs are kept. Start reading at [`LogStream`].

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::io::{AsyncRead, AsyncReadExt};
use uuid::Uuid;

use crate::tasks::logs::{LOG_LINE_BYTES_MAX, Logs};

/// The bytes of the log that Invoke gives back with `LogType: Tail`.
const TAIL_BYTES: usize = 4 * 1024;
/// How much is read at once.
const CHUNK_BYTES: usize = 16 * 1024;

/// The log of one process.
#[derive(Debug)]
pub(super) struct LogStream {
    logs: Logs,
    function: Arc<str>,
    name: String,
    tail: Mutex<Tail>,
}

#[derive(Debug, Default)]
struct Tail {
    bytes: VecDeque<u8>,
    last_error_line: String,
}

/// Which pipe a line came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Stdout,
    Stderr,
}

/// What one invocation took.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measure {
    /// Of the handler.
    pub(super) duration: Duration,
    /// From the process's start to its first request for an invocation.
    pub(super) init: Option<Duration>,
    pub(super) memory_mb: u64,
}

impl LogStream {
    /// A new stream, named as Lambda names one: the day and 32 hexadecimal digits.
    pub(super) fn new(logs: Logs, function: Arc<str>) -> Arc<Self> {
        let day = Timestamp::now().strftime("%Y/%m/%d");
        let name = format!("{day}/[$LATEST]{}", Uuid::new_v4().simple());
        Arc::new(Self { logs, function, name, tail: Mutex::default() })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Logs lines of the function's own or of Lambda's.
    pub(super) fn write(&self, text: &str) {
        self.with_tail(|tail| {
            tail.bytes.extend(text.as_bytes());
            tail.bytes.push_back(b'\n');
            let excess = tail.bytes.len().saturating_sub(TAIL_BYTES);
            tail.bytes.drain(..excess);
        });
        // A log that cannot be written (a full disk) must not fail the function, as on Lambda.
        let _ = self.logs.write(&self.function, &self.name, text);
    }

    pub(super) fn start(&self, request_id: &str) {
        self.with_tail(|tail| *tail = Tail::default());
        self.write(&format!("START RequestId: {request_id} Version: $LATEST"));
    }

    pub(super) fn end(&self, request_id: &str, measure: Measure) {
        let (duration_ms, init_ms) = (millis(measure.duration), measure.init.map(millis));
        let billed_ms = (duration_ms + init_ms.unwrap_or_default()).ceil();
        let mut report = format!(
            "REPORT RequestId: {request_id}\tDuration: {duration_ms:.2} ms\tBilled Duration: {billed_ms} ms\tMemory Size: {} MB",
            measure.memory_mb
        );
        if let Some(init_ms) = init_ms {
            report = format!("{report}\tInit Duration: {init_ms:.2} ms");
        }
        self.write(&format!("END RequestId: {request_id}\n{report}"));
    }

    /// What Lambda logs when a function's timeout runs out.
    pub(super) fn timed_out(&self, request_id: &str, seconds: u64) {
        let now = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%3fZ");
        self.write(&format!("{now} {request_id} Task timed out after {seconds}.00 seconds"));
    }

    /// The newest lines since START.
    pub(super) fn tail(&self) -> Vec<u8> {
        self.with_tail(|tail| tail.bytes.iter().copied().collect())
    }

    /// The last line on stderr that says something.
    pub(super) fn last_error_line(&self) -> String {
        self.with_tail(|tail| tail.last_error_line.clone())
    }

    fn with_tail<T>(&self, work: impl FnOnce(&mut Tail) -> T) -> T {
        // A tail is whole after every step, so a panic elsewhere does not spoil it.
        work(&mut self.tail.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Logs what a pipe brings until it closes, in whole lines.
    pub(super) async fn pump(self: Arc<Self>, mut pipe: impl AsyncRead + Unpin, source: Source) {
        let mut waiting = Vec::new();
        let mut chunk = vec![0; CHUNK_BYTES];
        while let Ok(bytes @ 1..) = pipe.read(&mut chunk).await {
            waiting.extend_from_slice(&chunk[..bytes]);
            let whole = match waiting.iter().rposition(|byte| *byte == b'\n') {
                Some(end) => end + 1,
                None if waiting.len() >= LOG_LINE_BYTES_MAX => waiting.len(),
                None => continue,
            };
            self.write_from(source, &waiting[..whole]);
            waiting.drain(..whole);
        }
        if !waiting.is_empty() {
            self.write_from(source, &waiting);
        }
    }

    fn write_from(&self, source: Source, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let text = text.strip_suffix('\n').unwrap_or(&text);
        if source == Source::Stderr
            && let Some(line) = text.lines().rev().find(|line| !line.trim().is_empty())
        {
            self.with_tail(|tail| line.clone_into(&mut tail.last_error_line));
        }
        self.write(if text.is_empty() { "\n" } else { text });
    }
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
