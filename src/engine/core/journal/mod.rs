//! The journal: everything that ever happened to an execution, in a compact, versioned binary form.
//!
//! A superset of AWS's history (heartbeats, chosen retriers, absolute deadlines), of which the history is a pure
//! projection (`history`). Folding it gives the execution's state again
//! ([`Execution::fold`](super::Execution::fold)). Start reading at `Record`.
//!
//! Form: the version in one byte, then records: kind, milliseconds since the record before (signed), event id minus
//! previous event id (only where AWS has an event), then the fields. Integers are LEB128, signed ones zigzag. A document
//! is its number plus one, or 1 and its text when it is new; numbers ascend from 1.

mod decode;
mod encode;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use decode::JournalError;
pub(super) use decode::{Entries, Entry};
pub(super) use encode::Writer;

use super::document::Document;
use super::failure::Failure;
use super::thread::ThreadId;
use crate::asl::program::StateId;
use crate::engine::api::ExecutionStatus;
use crate::engine::clock::Timestamp;
use crate::engine::map_run::Tolerance;

/// The form that this program writes. It reads this and every older one.
///
/// A journal that an older program began goes on in today's form under the version that it has. What keeps that program away
/// from it, and from every kind of record that it does not know, is the version of the store, which rises with each new kind.
pub const VERSION: u8 = 1;

/// One thing that happened; the fields are those of the events that the variants are named after. What AWS has no event
/// for comes last.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Record {
    ExecutionStarted {
        input: Document,
        seed: u64,
    },
    ExecutionSucceeded {
        output: Document,
    },
    ExecutionFailed {
        failure: Failure,
    },
    ExecutionAborted {
        failure: Failure,
    },
    ExecutionTimedOut {
        failure: Failure,
    },
    StateEntered {
        thread: ThreadId,
        state: StateId,
        input: Document,
    },
    StateExited {
        thread: ThreadId,
        output: Document,
        next: Option<StateId>,
        /// Variables, by name.
        assigned: Vec<(Arc<str>, Document)>,
    },
    EvaluationFailed {
        thread: ThreadId,
        failure: Failure,
        location: Option<Box<str>>,
    },
    StateAborted {
        thread: ThreadId,
    },
    TaskScheduled {
        thread: ThreadId,
        input: Document,
        timeout_seconds: Option<u64>,
        heartbeat_seconds: Option<u64>,
        /// The role of `Credentials`.
        credentials: Option<Arc<str>>,
    },
    TaskNotStarted {
        thread: ThreadId,
        failure: Failure,
    },
    /// With a name when an activity's worker gave one.
    TaskStarted {
        thread: ThreadId,
        worker_name: Option<Arc<str>>,
    },
    TaskSubmitted {
        thread: ThreadId,
        output: Document,
    },
    TaskSucceeded {
        thread: ThreadId,
        output: Document,
    },
    TaskFailed {
        thread: ThreadId,
        failure: Failure,
    },
    TaskTimedOut {
        thread: ThreadId,
        failure: Failure,
    },
    ParallelStarted {
        thread: ThreadId,
        input: Document,
    },
    ParallelSucceeded {
        thread: ThreadId,
    },
    ParallelFailed {
        thread: ThreadId,
    },
    MapStarted {
        thread: ThreadId,
        items: Document,
        length: u32,
        concurrency: u32,
    },
    MapSucceeded {
        thread: ThreadId,
    },
    MapFailed {
        thread: ThreadId,
    },
    IterationStarted {
        thread: ThreadId,
        index: u32,
        input: Document,
    },
    IterationSucceeded {
        thread: ThreadId,
    },
    IterationFailed {
        thread: ThreadId,
        failure: Failure,
    },
    IterationAborted {
        thread: ThreadId,
    },
    WaitScheduled {
        thread: ThreadId,
        until: Timestamp,
    },
    RetryScheduled {
        thread: ThreadId,
        retrier: u32,
        until: Timestamp,
    },
    /// Also what says that an activity's worker was given its task: it was heard of.
    HeartbeatReceived {
        thread: ThreadId,
    },
    BranchFailed {
        thread: ThreadId,
        failure: Failure,
    },
    BranchAborted {
        thread: ThreadId,
    },
    /// `MapStateStarted` of a distributed Map; 0 where its items are still to be read.
    DistributedMapStarted {
        thread: ThreadId,
        length: u32,
    },
    MapRunStarted {
        thread: ThreadId,
        label: Arc<str>,
        id: Arc<str>,
        tolerance: Tolerance,
    },
    MapRunSucceeded {
        thread: ThreadId,
    },
    MapRunFailed {
        thread: ThreadId,
        failure: Failure,
    },
    /// The reader of items or the writer of results is asked.
    MapRunAsked {
        thread: ThreadId,
        request: Document,
    },
    ItemsRead {
        thread: ThreadId,
        items: Document,
        length: u32,
    },
    ChildStarted {
        thread: ThreadId,
        items: u32,
        input: Document,
    },
    /// With an output when it succeeded.
    ChildEnded {
        thread: ThreadId,
        index: u32,
        status: ExecutionStatus,
        output: Option<Document>,
        failure: Failure,
    },
    ResultsWritten {
        thread: ThreadId,
        output: Document,
    },
    MapRunUpdated {
        thread: ThreadId,
        tolerance: Tolerance,
    },
    ExecutionRedriven {
        /// The client's.
        token: Option<Arc<str>>,
    },
    MapRunRedriven {
        thread: ThreadId,
    },
    ChildRedriven {
        thread: ThreadId,
        index: u32,
    },
    /// It could not be redriven, and stays as it ended.
    ChildKept {
        thread: ThreadId,
        index: u32,
    },
}

impl Record {
    /// Whether AWS's history shows it, so that it has an event id.
    pub(super) fn is_event(&self) -> bool {
        !matches!(
            self,
            Self::WaitScheduled { .. }
                | Self::RetryScheduled { .. }
                | Self::HeartbeatReceived { .. }
                | Self::BranchFailed { .. }
                | Self::BranchAborted { .. }
                | Self::MapRunAsked { .. }
                | Self::ItemsRead { .. }
                | Self::ChildStarted { .. }
                | Self::ChildEnded { .. }
                | Self::ResultsWritten { .. }
                | Self::MapRunUpdated { .. }
                | Self::ChildRedriven { .. }
                | Self::ChildKept { .. }
        )
    }

    /// The thread that it is about; `None` for what is about the execution.
    pub(super) fn thread(&self) -> Option<ThreadId> {
        match self {
            Self::ExecutionStarted { .. }
            | Self::ExecutionSucceeded { .. }
            | Self::ExecutionFailed { .. }
            | Self::ExecutionAborted { .. }
            | Self::ExecutionTimedOut { .. }
            | Self::ExecutionRedriven { .. } => None,
            Self::StateEntered { thread, .. }
            | Self::StateExited { thread, .. }
            | Self::StateAborted { thread }
            | Self::EvaluationFailed { thread, .. }
            | Self::TaskScheduled { thread, .. }
            | Self::TaskNotStarted { thread, .. }
            | Self::TaskStarted { thread, .. }
            | Self::TaskSubmitted { thread, .. }
            | Self::TaskSucceeded { thread, .. }
            | Self::TaskFailed { thread, .. }
            | Self::TaskTimedOut { thread, .. }
            | Self::ParallelStarted { thread, .. }
            | Self::ParallelSucceeded { thread }
            | Self::ParallelFailed { thread }
            | Self::MapStarted { thread, .. }
            | Self::MapSucceeded { thread }
            | Self::MapFailed { thread }
            | Self::IterationStarted { thread, .. }
            | Self::IterationSucceeded { thread }
            | Self::IterationFailed { thread, .. }
            | Self::IterationAborted { thread }
            | Self::WaitScheduled { thread, .. }
            | Self::RetryScheduled { thread, .. }
            | Self::HeartbeatReceived { thread }
            | Self::BranchFailed { thread, .. }
            | Self::BranchAborted { thread }
            | Self::DistributedMapStarted { thread, .. }
            | Self::MapRunStarted { thread, .. }
            | Self::MapRunSucceeded { thread }
            | Self::MapRunFailed { thread, .. }
            | Self::MapRunAsked { thread, .. }
            | Self::ItemsRead { thread, .. }
            | Self::ChildStarted { thread, .. }
            | Self::ChildEnded { thread, .. }
            | Self::ResultsWritten { thread, .. }
            | Self::MapRunUpdated { thread, .. }
            | Self::MapRunRedriven { thread }
            | Self::ChildRedriven { thread, .. }
            | Self::ChildKept { thread, .. } => Some(*thread),
        }
    }

    /// Whether it ends the execution.
    pub(super) fn is_end(&self) -> bool {
        matches!(
            self,
            Self::ExecutionSucceeded { .. }
                | Self::ExecutionFailed { .. }
                | Self::ExecutionAborted { .. }
                | Self::ExecutionTimedOut { .. }
        )
    }
}
