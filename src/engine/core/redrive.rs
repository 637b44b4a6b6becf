//! Redrive: an execution that ended badly goes on where it was, in the same history.
//!
//! What is needed for it is what the threads were when the execution ended. A branch or an iteration that failed or was
//! aborted ends before its execution does, so its parent keeps it ([`Forked::stopped`](super::thread::Forked::stopped)),
//! and a Parallel or Map that failed keeps what it did ([`Phase::Failed`]).
//! <https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html>

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::Execution;
use super::journal::Record;
use super::limits::{HISTORY_EVENTS_MAX, PAYLOAD_BYTES_MAX, REDRIVE_TOKEN_SECONDS, REDRIVE_TOKENS_MAX};
use super::thread::{Forked, Phase, Thread, ThreadId};
use crate::asl::program::ScopeId;
use crate::engine::api::ExecutionStatus;
use crate::engine::clock::Timestamp;

/// What is known of an execution's redrives.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Redrives {
    /// How many there were.
    pub(super) count: u32,
    /// When the last one was.
    pub(super) at: Option<Timestamp>,
    /// Its event; 0 before the first.
    pub(super) event: u64,
    /// The last tokens by which it was redriven, oldest first, and when.
    tokens: VecDeque<(Arc<str>, Timestamp)>,
}

impl Execution {
    /// How often it was redriven.
    #[must_use]
    pub fn redrive_count(&self) -> u32 {
        self.redrives.count
    }

    /// When it last was.
    #[must_use]
    pub fn redriven_at(&self) -> Option<Timestamp> {
        self.redrives.at
    }

    /// When a client's token redrove this execution, if that is to be answered again: a token is good for fifteen minutes,
    /// whatever became of the execution since.
    #[must_use]
    pub fn redriven_with(&self, token: &str, now: Timestamp) -> Option<Timestamp> {
        let used = self.redrives.tokens.iter().rev().find(|(used, _)| **used == *token);
        used.map(|(_, at)| *at).filter(|at| now < at.plus_seconds(REDRIVE_TOKEN_SECONDS))
    }

    /// Whether it has ended, and not well.
    pub(super) fn ended_badly(&self) -> bool {
        self.ended.as_ref().is_some_and(|ended| ended.status != ExecutionStatus::Succeeded)
    }

    /// RedriveExecution. One that succeeded, or goes on, stays as it is.
    pub(super) fn redrive(&mut self, token: Option<Arc<str>>, now: Timestamp) {
        if self.ended_badly() && self.next_event < HISTORY_EVENTS_MAX {
            self.emit(Record::ExecutionRedriven { token }, now);
        }
    }

    /// Applies the record: everything that was not done is to be done again, with new deadlines.
    pub(super) fn evolve_redriven(&mut self, token: Option<Arc<str>>, at: Timestamp, event: u64) {
        self.ended = None;
        let redrives = &mut self.redrives;
        (redrives.count, redrives.at, redrives.event) = (redrives.count + 1, Some(at), event);
        if let Some(token) = token {
            redrives.tokens.push_back((token, at));
            if redrives.tokens.len() > REDRIVE_TOKENS_MAX {
                redrives.tokens.pop_front();
            }
        }
        self.revive(ThreadId::ROOT, at);
        self.watch(at);
    }

    /// Sets when the execution takes too long: the machine's timeout begins anew, the year in which an execution must end
    /// does not.
    pub(super) fn watch(&mut self, at: Timestamp) {
        let last = self.started_at.plus_seconds(self.subject.state_machine_type.execution_seconds_max());
        // A map run's child is no machine: it has no timeout of its own.
        let timeout = self.program.timeout_seconds.filter(|_| self.scope() == ScopeId::MACHINE);
        let deadline = timeout.map_or(last, |seconds| at.plus_seconds(seconds).min(last));
        self.deadlines.insert((deadline, ThreadId::EXECUTION));
    }

    /// Lets a thread, and those below it, do again what they did when the execution ended, in the order of branches and
    /// iterations. A state that was entered is not entered again.
    fn revive(&mut self, id: ThreadId, at: Timestamp) {
        let phase = std::mem::replace(&mut self.thread_mut(id).phase, Phase::Finished);
        let (phase, stopped) = phase.revived();
        let thread = self.thread_mut(id);
        thread.retries.clear();
        thread.since = at;
        if phase == Phase::Entered {
            thread.last_event = thread.entered_event;
        }
        self.set_phase(id, phase);
        let below = self.children(id).into_iter();
        let mut below: BTreeMap<u32, ThreadId> =
            below.filter_map(|child| Some((self.thread(child).parent?.1, child))).collect();
        for (slot, child) in stopped {
            below.insert(slot, self.place(Thread { parent: Some((id, slot)), ..*child }));
        }
        for child in below.into_values() {
            self.revive(child, at);
        }
    }
}

impl Phase {
    /// What a thread does after a redrive, and the threads below it that come back.
    fn revived(self) -> (Self, BTreeMap<u32, Box<Thread>>) {
        match self {
            Self::Failed(failed) => failed.revived(),
            Self::Ready => (Self::Ready, BTreeMap::new()),
            Self::Forked(mut forked) if !forked.is_spoilt() => {
                let stopped = std::mem::take(&mut forked.stopped);
                let running = forked.children.len() + stopped.len();
                forked.running = u32::try_from(running).unwrap_or(u32::MAX);
                (Self::Forked(forked), stopped)
            }
            Self::MapRun(mut run) if !run.is_spoilt() => {
                run.rest();
                (Self::MapRun(run), BTreeMap::new())
            }
            _ => (Self::Entered, BTreeMap::new()),
        }
    }
}

impl Forked {
    /// Whether nothing of it can be used: the outputs, all of them, were too large together, and so dropped.
    fn is_spoilt(&self) -> bool {
        self.is_complete() && self.result_bytes > PAYLOAD_BYTES_MAX
    }
}
