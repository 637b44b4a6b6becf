//! Bytes → records.

use super::{Record, VERSION};
use std::sync::Arc;

use crate::asl::Payload;
use crate::asl::program::StateId;
use crate::engine::api::ExecutionStatus;
use crate::engine::clock::Timestamp;
use crate::engine::core::document::Document;
use crate::engine::core::failure::Failure;
use crate::engine::core::thread::ThreadId;
use crate::engine::map_run::Tolerance;

/// Why a journal could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// Written by a newer program.
    #[error("the journal has version {0}, this program reads up to {VERSION}")]
    Newer(u8),
    /// The bytes are no journal.
    #[error("the journal is damaged at byte {0}")]
    Damaged(usize),
}

/// One record with its time and its place in AWS's history.
#[derive(Debug, Clone)]
pub(in crate::engine::core) struct Entry {
    /// What happened.
    pub(in crate::engine::core) record: Record,
    /// When it was recorded.
    pub(in crate::engine::core) at: Timestamp,
    /// The event's id; for a record that is no event, that of the event before it.
    pub(in crate::engine::core) event_id: u64,
    /// The event's `previousEventId`.
    pub(in crate::engine::core) previous_event_id: u64,
}

/// The entries of a journal, in order.
#[derive(Debug)]
pub(in crate::engine::core) struct Entries<'a> {
    bytes: &'a [u8],
    position: usize,
    documents: Vec<Payload>,
    at: Timestamp,
    event_id: u64,
}

impl<'a> Entries<'a> {
    /// Begins to read. An empty journal has no entries.
    pub(in crate::engine::core) fn new(bytes: &'a [u8]) -> Result<Self, JournalError> {
        match bytes.first() {
            Some(0) => Err(JournalError::Damaged(0)),
            Some(&version) if version > VERSION => Err(JournalError::Newer(version)),
            _ => Ok(Self { bytes, position: 1, documents: Vec::new(), at: Timestamp(0), event_id: 0 }),
        }
    }

    /// Goes on with the bytes that were appended after those that were read to their end.
    pub(in crate::engine::core) fn continued(self, bytes: &[u8]) -> Entries<'_> {
        Entries { bytes, position: 0, documents: self.documents, at: self.at, event_id: self.event_id }
    }

    /// When the last entry that was read was recorded.
    pub(in crate::engine::core) fn last_at(&self) -> Timestamp {
        self.at
    }

    /// How many documents were seen so far.
    pub(in crate::engine::core) fn document_count(&self) -> u32 {
        u32::try_from(self.documents.len()).expect("the writer numbers documents by u32")
    }

    fn entry(&mut self) -> Option<Entry> {
        let kind = self.byte()?;
        let later = self.signed()?;
        // Time does not run backwards, and an event follows an earlier one: damage would go into the history.
        if later < 0 && self.event_id > 0 {
            return None;
        }
        self.at = Timestamp(self.at.0.checked_add(later)?);
        let back = if is_event(kind) { Some(self.unsigned().filter(|back| *back > 0)?) } else { None };
        let record = self.record(kind)?;
        self.event_id += u64::from(back.is_some());
        let previous_event_id = self.event_id.checked_sub(back.unwrap_or(0))?;
        Some(Entry { record, at: self.at, event_id: self.event_id, previous_event_id })
    }

    fn record(&mut self, kind: u8) -> Option<Record> {
        Some(match kind {
            1 => Record::ExecutionStarted { seed: self.unsigned()?, input: self.document()? },
            2 => Record::ExecutionSucceeded { output: self.document()? },
            3 => Record::ExecutionFailed { failure: self.failure()? },
            4 => Record::ExecutionAborted { failure: self.failure()? },
            5 => Record::ExecutionTimedOut { failure: self.failure()? },
            50 => {
                let token = if self.byte()? == 0 { None } else { Some(self.text()?.into()) };
                Record::ExecutionRedriven { token }
            }
            _ => {
                let thread = ThreadId(self.number()?);
                return self.record_of_thread(kind, thread);
            }
        })
    }

    fn record_of_thread(&mut self, kind: u8, thread: ThreadId) -> Option<Record> {
        Some(match kind {
            6 => Record::StateEntered { thread, state: StateId(self.number()?), input: self.document()? },
            7 => {
                let next = self.optional()?.map(u32::try_from).transpose().ok()?.map(StateId);
                Record::StateExited { thread, next, output: self.document()?, assigned: Vec::new() }
            }
            8 => Record::StateAborted { thread },
            9 => {
                let (timeout_seconds, heartbeat_seconds) = (self.optional()?, self.optional()?);
                let input = self.document()?;
                Record::TaskScheduled { thread, timeout_seconds, heartbeat_seconds, input, credentials: None }
            }
            10 => Record::TaskNotStarted { thread, failure: self.failure()? },
            11 => Record::TaskStarted { thread, worker_name: None },
            12 => Record::TaskSubmitted { thread, output: self.document()? },
            13 => Record::TaskSucceeded { thread, output: self.document()? },
            14 => Record::TaskFailed { thread, failure: self.failure()? },
            15 => Record::TaskTimedOut { thread, failure: self.failure()? },
            16 => Record::ParallelStarted { thread, input: self.document()? },
            17 => Record::ParallelSucceeded { thread },
            18 => Record::ParallelFailed { thread },
            19 => {
                let (length, concurrency) = (self.number()?, self.number()?);
                Record::MapStarted { thread, length, concurrency, items: self.document()? }
            }
            20 => Record::MapSucceeded { thread },
            21 => Record::MapFailed { thread },
            22 => Record::IterationStarted { thread, index: self.number()?, input: self.document()? },
            23 => Record::IterationSucceeded { thread },
            24 => Record::IterationFailed { thread, failure: self.failure()? },
            25 => Record::IterationAborted { thread },
            26 => Record::WaitScheduled { thread, until: Timestamp(self.signed()?) },
            27 => Record::RetryScheduled { thread, retrier: self.number()?, until: Timestamp(self.signed()?) },
            28 => Record::HeartbeatReceived { thread },
            29 => Record::BranchFailed { thread, failure: self.failure()? },
            30 => Record::BranchAborted { thread },
            32 => {
                let next = self.optional()?.map(u32::try_from).transpose().ok()?.map(StateId);
                let output = self.document()?;
                Record::StateExited { thread, next, output, assigned: self.assigned()? }
            }
            33 => {
                let failure = self.failure()?;
                let location = if self.byte()? == 0 { None } else { Some(self.text()?.into()) };
                Record::EvaluationFailed { thread, failure, location }
            }
            34 => {
                let (timeout_seconds, heartbeat_seconds) = (self.optional()?, self.optional()?);
                let (input, credentials) = (self.document()?, Some(self.text()?.into()));
                Record::TaskScheduled { thread, timeout_seconds, heartbeat_seconds, input, credentials }
            }
            40..=49 | 51..=53 => return self.record_of_map_run(kind, thread),
            31 => Record::TaskStarted { thread, worker_name: Some(self.text()?.into()) },
            _ => return None,
        })
    }

    fn record_of_map_run(&mut self, kind: u8, thread: ThreadId) -> Option<Record> {
        Some(match kind {
            40 => Record::DistributedMapStarted { thread, length: self.number()? },
            41 => {
                let (label, id) = (self.text()?.into(), self.text()?.into());
                Record::MapRunStarted { thread, label, id, tolerance: self.tolerance()? }
            }
            42 => Record::MapRunSucceeded { thread },
            43 => Record::MapRunFailed { thread, failure: self.failure()? },
            44 => Record::MapRunAsked { thread, request: self.document()? },
            45 => Record::ItemsRead { thread, length: self.number()?, items: self.document()? },
            46 => Record::ChildStarted { thread, items: self.number()?, input: self.document()? },
            47 => {
                let (index, status) = (self.number()?, ExecutionStatus::parse(self.text()?)?);
                let failure = self.failure()?;
                let output = if self.byte()? == 0 { None } else { Some(self.document()?) };
                Record::ChildEnded { thread, index, status, output, failure }
            }
            48 => Record::ResultsWritten { thread, output: self.document()? },
            49 => Record::MapRunUpdated { thread, tolerance: self.tolerance()? },
            51 => Record::MapRunRedriven { thread },
            52 => Record::ChildRedriven { thread, index: self.number()? },
            53 => Record::ChildKept { thread, index: self.number()? },
            _ => return None,
        })
    }

    fn tolerance(&mut self) -> Option<Tolerance> {
        let (max_concurrency, failures, percentage) = (self.number()?, self.optional()?, self.optional()?);
        Some(Tolerance { max_concurrency, failures, percentage: percentage.map(f64::from_bits) })
    }

    fn assigned(&mut self) -> Option<Vec<(Arc<str>, Document)>> {
        (0..self.number()?).map(|_| Some((self.text()?.into(), self.document()?))).collect()
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.position)?;
        self.position += 1;
        Some(byte)
    }

    fn unsigned(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn signed(&mut self) -> Option<i64> {
        let number = self.unsigned()?;
        Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    fn number(&mut self) -> Option<u32> {
        u32::try_from(self.unsigned()?).ok()
    }

    /// The outer `None` is a damaged journal, the inner one an absent number.
    #[expect(clippy::option_option, reason = "the two absences are told apart by `?` at once")]
    fn optional(&mut self) -> Option<Option<u64>> {
        Some(self.unsigned()?.checked_sub(1))
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = usize::try_from(self.unsigned()?).ok()?;
        let text = self.bytes.get(self.position..self.position.checked_add(length)?)?;
        self.position += length;
        std::str::from_utf8(text).ok()
    }

    fn document(&mut self) -> Option<Document> {
        match self.unsigned()? {
            0 => None,
            1 => {
                let payload = Payload::from_checked_text(self.text()?);
                self.documents.push(payload.clone());
                Some(Document::numbered(payload, self.document_count()))
            }
            known => {
                let number = u32::try_from(known - 1).ok()?;
                let payload = self.documents.get(number as usize - 1)?;
                Some(Document::numbered(payload.clone(), number))
            }
        }
    }

    fn failure(&mut self) -> Option<Failure> {
        let has = self.byte()?;
        let error = if has & 1 == 0 { None } else { Some(self.text()?.into()) };
        let cause = if has & 2 == 0 { None } else { Some(self.text()?.into()) };
        Some(Failure { error, cause, heartbeat: has & 4 != 0, evaluation: None })
    }
}

impl Iterator for Entries<'_> {
    type Item = Result<Entry, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.position >= self.bytes.len() {
            return None;
        }
        let entry = self.entry();
        if entry.is_none() {
            let damaged = self.position;
            self.position = self.bytes.len();
            return Some(Err(JournalError::Damaged(damaged)));
        }
        entry.map(Ok)
    }
}

/// Whether a kind of record has an event of AWS's history, hence an id. Kinds are never renumbered; a new one is added.
fn is_event(kind: u8) -> bool {
    (1..=25).contains(&kind) || (31..=34).contains(&kind) || (40..=43).contains(&kind) || matches!(kind, 50 | 51)
}
