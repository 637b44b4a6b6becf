//! Records → bytes.

use std::sync::Arc;

use super::{Record, VERSION};
use crate::asl::program::StateId;
use crate::engine::clock::Timestamp;
use crate::engine::core::document::Document;
use crate::engine::core::failure::Failure;
use crate::engine::core::thread::ThreadId;
use crate::engine::map_run::Tolerance;

/// Appends records to a buffer that the driver takes away from time to time.
#[derive(Debug)]
pub(in crate::engine::core) struct Writer {
    bytes: Vec<u8>,
    last_at: Timestamp,
    documents: u32,
}

impl Writer {
    /// The writer of a new journal.
    pub(in crate::engine::core) fn new() -> Self {
        Self { bytes: vec![VERSION], last_at: Timestamp(0), documents: 0 }
    }

    /// The writer that goes on where a stored journal ended.
    pub(in crate::engine::core) fn resume(last_at: Timestamp, documents: u32) -> Self {
        Self { bytes: Vec::new(), last_at, documents }
    }

    /// What was appended since the last time.
    pub(in crate::engine::core) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    /// Appends a record, and numbers the document that it carries when that is new. `back` is the event's id minus its
    /// previous event's; it is not written for records that are no events.
    pub(in crate::engine::core) fn append(&mut self, record: &mut Record, at: Timestamp, back: u64) {
        self.byte(kind(record));
        self.signed(at.0 - self.last_at.0);
        self.last_at = at;
        if record.is_event() {
            self.unsigned(back);
        }
        self.fields(record);
    }

    #[expect(clippy::too_many_lines, reason = "one arm a record")]
    fn fields(&mut self, record: &mut Record) {
        match record {
            Record::ExecutionStarted { input, seed } => {
                self.unsigned(*seed);
                self.document(input);
            }
            Record::ExecutionSucceeded { output } => self.document(output),
            Record::ExecutionFailed { failure }
            | Record::ExecutionAborted { failure }
            | Record::ExecutionTimedOut { failure } => self.failure(failure),
            Record::StateEntered { thread, state, input } => {
                self.thread(*thread);
                self.unsigned(u64::from(state.0));
                self.document(input);
            }
            Record::StateExited { thread, output, next, assigned } => {
                self.thread(*thread);
                self.optional(next.map(|StateId(state)| u64::from(state)));
                self.document(output);
                self.assigned(assigned);
            }
            Record::EvaluationFailed { thread, failure, location } => {
                self.thread(*thread);
                self.failure(failure);
                self.optional_text(location.as_deref());
            }
            Record::TaskScheduled { thread, input, timeout_seconds, heartbeat_seconds, credentials } => {
                self.thread(*thread);
                self.optional(*timeout_seconds);
                self.optional(*heartbeat_seconds);
                self.document(input);
                if let Some(credentials) = credentials {
                    self.text(credentials);
                }
            }
            Record::TaskSubmitted { thread, output: document }
            | Record::TaskSucceeded { thread, output: document }
            | Record::ParallelStarted { thread, input: document } => {
                self.thread(*thread);
                self.document(document);
            }
            Record::TaskNotStarted { thread, failure }
            | Record::TaskFailed { thread, failure }
            | Record::TaskTimedOut { thread, failure }
            | Record::IterationFailed { thread, failure }
            | Record::BranchFailed { thread, failure }
            | Record::MapRunFailed { thread, failure } => {
                self.thread(*thread);
                self.failure(failure);
            }
            Record::MapStarted { thread, items, length, concurrency } => {
                self.thread(*thread);
                self.unsigned(u64::from(*length));
                self.unsigned(u64::from(*concurrency));
                self.document(items);
            }
            Record::IterationStarted { thread, index, input } => {
                self.thread(*thread);
                self.unsigned(u64::from(*index));
                self.document(input);
            }
            Record::WaitScheduled { thread, until } => {
                self.thread(*thread);
                self.signed(until.0);
            }
            Record::RetryScheduled { thread, retrier, until } => {
                self.thread(*thread);
                self.unsigned(u64::from(*retrier));
                self.signed(until.0);
            }
            Record::TaskStarted { thread, worker_name } => self.started(*thread, worker_name.as_deref()),
            Record::StateAborted { thread }
            | Record::ParallelSucceeded { thread }
            | Record::ParallelFailed { thread }
            | Record::MapSucceeded { thread }
            | Record::MapFailed { thread }
            | Record::IterationSucceeded { thread }
            | Record::IterationAborted { thread }
            | Record::HeartbeatReceived { thread }
            | Record::BranchAborted { thread }
            | Record::MapRunSucceeded { thread }
            | Record::MapRunRedriven { thread } => self.thread(*thread),
            Record::ExecutionRedriven { token } => self.optional_text(token.as_deref()),
            Record::ChildRedriven { thread, index } | Record::ChildKept { thread, index } => {
                self.thread(*thread);
                self.unsigned(u64::from(*index));
            }
            Record::DistributedMapStarted { .. }
            | Record::MapRunStarted { .. }
            | Record::MapRunAsked { .. }
            | Record::ItemsRead { .. }
            | Record::ChildStarted { .. }
            | Record::ChildEnded { .. }
            | Record::ResultsWritten { .. }
            | Record::MapRunUpdated { .. } => self.map_run(record),
        }
    }

    fn map_run(&mut self, record: &mut Record) {
        if let Some(thread) = record.thread() {
            self.thread(thread);
        }
        match record {
            Record::DistributedMapStarted { length, .. } => self.unsigned(u64::from(*length)),
            Record::MapRunStarted { label, id, tolerance, .. } => {
                self.text(label);
                self.text(id);
                self.tolerance(tolerance);
            }
            Record::MapRunAsked { request: document, .. } | Record::ResultsWritten { output: document, .. } => {
                self.document(document);
            }
            Record::ItemsRead { items: document, length: number, .. }
            | Record::ChildStarted { input: document, items: number, .. } => {
                self.unsigned(u64::from(*number));
                self.document(document);
            }
            Record::ChildEnded { index, status, output, failure, .. } => {
                self.unsigned(u64::from(*index));
                self.text(status.as_str());
                self.failure(failure);
                self.byte(u8::from(output.is_some()));
                if let Some(output) = output {
                    self.document(output);
                }
            }
            Record::MapRunUpdated { tolerance, .. } => self.tolerance(tolerance),
            _ => {}
        }
    }

    /// The percentage as its bits.
    fn tolerance(&mut self, tolerance: &Tolerance) {
        self.unsigned(u64::from(tolerance.max_concurrency));
        self.optional(tolerance.failures);
        self.optional(tolerance.percentage.map(f64::to_bits));
    }

    fn started(&mut self, thread: ThreadId, worker_name: Option<&str>) {
        self.thread(thread);
        if let Some(worker_name) = worker_name {
            self.text(worker_name);
        }
    }

    /// How many, then names and values; nothing where there is none, which the kind says.
    fn assigned(&mut self, assigned: &mut [(Arc<str>, Document)]) {
        if assigned.is_empty() {
            return;
        }
        self.unsigned(assigned.len() as u64);
        for (name, value) in assigned {
            self.text(name);
            self.document(value);
        }
    }

    /// 0 for none, else 1 and the text.
    fn optional_text(&mut self, text: Option<&str>) {
        self.byte(u8::from(text.is_some()));
        if let Some(text) = text {
            self.text(text);
        }
    }

    fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    fn unsigned(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push(u8::try_from(number & 0x7f).expect("seven bits fit a byte") | 0x80);
            number >>= 7;
        }
        self.bytes.push(u8::try_from(number).expect("seven bits fit a byte"));
    }

    fn signed(&mut self, number: i64) {
        self.unsigned(((number << 1) ^ (number >> 63)).cast_unsigned());
    }

    /// 0 for none, else the number plus one.
    fn optional(&mut self, number: Option<u64>) {
        self.unsigned(number.map_or(0, |number| number.saturating_add(1)));
    }

    fn thread(&mut self, ThreadId(thread): ThreadId) {
        self.unsigned(u64::from(thread));
    }

    fn text(&mut self, text: &str) {
        self.unsigned(text.len() as u64);
        self.bytes.extend_from_slice(text.as_bytes());
    }

    fn document(&mut self, document: &mut Document) {
        if document.number() > 0 {
            return self.unsigned(u64::from(document.number()) + 1);
        }
        self.documents += 1;
        document.set_number(self.documents);
        self.unsigned(1);
        self.text(document.payload().text());
    }

    /// A byte that says which texts follow, then they.
    fn failure(&mut self, failure: &Failure) {
        let has = |text: &Option<_>, bit: u8| if text.is_some() { bit } else { 0 };
        self.byte(has(&failure.error, 1) | has(&failure.cause, 2) | if failure.heartbeat { 4 } else { 0 });
        for text in [&failure.error, &failure.cause].into_iter().flatten() {
            self.text(text);
        }
    }
}

/// The byte that stands for a record. Never reused, never renumbered.
fn kind(record: &Record) -> u8 {
    match record {
        Record::ExecutionStarted { .. } => 1,
        Record::ExecutionSucceeded { .. } => 2,
        Record::ExecutionFailed { .. } => 3,
        Record::ExecutionAborted { .. } => 4,
        Record::ExecutionTimedOut { .. } => 5,
        Record::StateEntered { .. } => 6,
        Record::StateExited { assigned, .. } if assigned.is_empty() => 7,
        Record::StateExited { .. } => 32,
        Record::EvaluationFailed { .. } => 33,
        Record::StateAborted { .. } => 8,
        Record::TaskScheduled { credentials: None, .. } => 9,
        Record::TaskScheduled { credentials: Some(_), .. } => 34,
        Record::TaskNotStarted { .. } => 10,
        Record::TaskStarted { worker_name: None, .. } => 11,
        Record::TaskStarted { worker_name: Some(_), .. } => 31,
        Record::TaskSubmitted { .. } => 12,
        Record::TaskSucceeded { .. } => 13,
        Record::TaskFailed { .. } => 14,
        Record::TaskTimedOut { .. } => 15,
        Record::ParallelStarted { .. } => 16,
        Record::ParallelSucceeded { .. } => 17,
        Record::ParallelFailed { .. } => 18,
        Record::MapStarted { .. } => 19,
        Record::MapSucceeded { .. } => 20,
        Record::MapFailed { .. } => 21,
        Record::IterationStarted { .. } => 22,
        Record::IterationSucceeded { .. } => 23,
        Record::IterationFailed { .. } => 24,
        Record::IterationAborted { .. } => 25,
        Record::WaitScheduled { .. } => 26,
        Record::RetryScheduled { .. } => 27,
        Record::HeartbeatReceived { .. } => 28,
        Record::BranchFailed { .. } => 29,
        Record::BranchAborted { .. } => 30,
        Record::DistributedMapStarted { .. } => 40,
        Record::MapRunStarted { .. } => 41,
        Record::MapRunSucceeded { .. } => 42,
        Record::MapRunFailed { .. } => 43,
        Record::MapRunAsked { .. } => 44,
        Record::ItemsRead { .. } => 45,
        Record::ChildStarted { .. } => 46,
        Record::ChildEnded { .. } => 47,
        Record::ResultsWritten { .. } => 48,
        Record::MapRunUpdated { .. } => 49,
        Record::ExecutionRedriven { .. } => 50,
        Record::MapRunRedriven { .. } => 51,
        Record::ChildRedriven { .. } => 52,
        Record::ChildKept { .. } => 53,
    }
}
