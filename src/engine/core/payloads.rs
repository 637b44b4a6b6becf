//! With what an execution began and ended, read from its journal alone: no program is needed for it.

use super::Ended;
use super::failure::Failure;
use super::journal::{Entries, JournalError, Record};
use crate::asl::Payload;
use crate::engine::api::ExecutionStatus;

/// What DescribeExecution shows of a journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Payloads {
    /// With what it began.
    pub input: Payload,
    /// How it ended, unless it goes on.
    pub ended: Option<Ended>,
}

/// The payloads of a journal, or of its first chunk: the input is in the first record.
///
/// # Errors
/// When the journal is damaged, of a newer version, or has no beginning.
pub fn payloads(bytes: &[u8]) -> Result<Payloads, JournalError> {
    let (mut input, mut ended) = (None, None);
    for entry in Entries::new(bytes)? {
        let entry = entry?;
        let without_output = |status, failure| Some(Ended::without_output(status, entry.at, failure));
        ended = match entry.record {
            Record::ExecutionStarted { input: document, .. } => {
                input = Some(document.payload().clone());
                None
            }
            Record::ExecutionSucceeded { output } => {
                let (status, output) = (ExecutionStatus::Succeeded, Some(output.payload().clone()));
                Some(Ended { status, at: entry.at, output, error: None, cause: None })
            }
            Record::ExecutionFailed { failure } => without_output(ExecutionStatus::Failed, failure),
            Record::ExecutionAborted { failure } => without_output(ExecutionStatus::Aborted, failure),
            // Only the event says why.
            Record::ExecutionTimedOut { .. } => without_output(ExecutionStatus::TimedOut, Failure::default()),
            Record::ExecutionRedriven { .. } => None,
            _ => ended,
        };
    }
    Ok(Payloads { input: input.ok_or(JournalError::Damaged(bytes.len()))?, ended })
}
