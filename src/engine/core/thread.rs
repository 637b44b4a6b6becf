//! A thread of control: the machine's own, one per Parallel branch, one per Map iteration.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::document::Document;
use super::map_run::MapRun;
use crate::asl::Variables;
use crate::asl::program::StateId;
use crate::engine::clock::Timestamp;
use crate::engine::map_run::MapRunStatus;

/// The place of a thread in its execution. Places are used again when a thread has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ThreadId(pub(super) u32);

impl ThreadId {
    /// The machine's own thread.
    pub(super) const ROOT: Self = Self(0);
    /// No thread: stands for the execution's own deadline.
    pub(super) const EXECUTION: Self = Self(u32::MAX);
}

/// Where a thread stands. Only [`evolve`](super::evolve) changes one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Thread {
    /// The Parallel or Map thread that started it, and its branch or iteration.
    pub(super) parent: Option<(ThreadId, u32)>,
    /// The state that it is in or, when [`Phase::Ready`], will enter.
    pub(super) state: StateId,
    /// That state's raw input; the thread's output when [`Phase::Finished`].
    pub(super) input: Document,
    /// The event that the thread's next event follows.
    pub(super) last_event: u64,
    /// The event that entered the state.
    pub(super) entered_event: u64,
    /// The event that this one follows.
    pub(super) before_entered: u64,
    /// When the state was entered.
    pub(super) entered_at: Timestamp,
    /// When it began to do what the state does: when it was entered, or when the execution was redriven since.
    pub(super) since: Timestamp,
    /// The variables that the thread sees: those around it when it was started, and what it assigned since.
    pub(super) variables: Variables,
    /// How often each of the state's retriers was used. Empty until one was.
    pub(super) retries: Vec<u32>,
    /// What it does there.
    pub(super) phase: Phase,
}

/// What a thread does in its state.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Phase {
    /// It is about to enter `state`.
    Ready,
    /// It is about to do what the state does.
    Entered,
    /// A Wait state, until then.
    Waiting(Timestamp),
    /// A Retry's pause, until then.
    Backoff(Timestamp),
    /// A task, until something is reported.
    Task(Box<TaskPhase>),
    /// Branches or iterations.
    Forked(Box<Forked>),
    /// A distributed Map's run.
    MapRun(Box<MapRun>),
    /// Its Parallel or Map failed while it did this; a redrive goes on with it.
    Failed(Box<Phase>),
    /// It has left its last state.
    Finished,
}

/// A task that is being done.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TaskPhase {
    /// The event that scheduled it.
    pub(super) event: u64,
    /// What it was given.
    pub(super) input: Document,
    /// The role of its `Credentials`.
    pub(super) credentials: Option<Arc<str>>,
    /// `TimeoutSeconds`, as given.
    pub(super) timeout_seconds: Option<u64>,
    /// When `TimeoutSeconds` is over; `None`, too, for an activity's task that no worker has taken.
    pub(super) timeout_at: Option<Timestamp>,
    /// `HeartbeatSeconds`.
    pub(super) heartbeat_seconds: Option<u64>,
    /// When the next heartbeat is overdue.
    pub(super) heartbeat_at: Option<Timestamp>,
    /// Whether a worker took the activity's task. It may not have got it.
    pub(super) started: bool,
    /// Whether the service took the request (`.sync`, `.waitForTaskToken`) or a worker was given the activity's task: nothing
    /// runs for it here any longer.
    pub(super) submitted: bool,
}

impl TaskPhase {
    /// Both clocks run from `at` on.
    pub(super) fn begin(&mut self, at: Timestamp) {
        self.timeout_at = self.timeout_seconds.map(|seconds| at.plus_seconds(seconds));
        self.heartbeat_at = self.heartbeat_seconds.map(|seconds| at.plus_seconds(seconds));
    }
}

/// Branches or iterations that are being run.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Forked {
    /// The outputs, by branch or iteration.
    pub(super) results: Vec<Option<Document>>,
    /// Bytes of the outputs together. Above the limit of a payload no more are kept: the state will fail.
    pub(super) result_bytes: usize,
    /// Its threads.
    pub(super) children: BTreeSet<ThreadId>,
    /// The threads that failed or were aborted, by branch or iteration, as they were then.
    pub(super) stopped: BTreeMap<u32, Box<Thread>>,
    /// How many outputs are there.
    pub(super) completed: usize,
    /// The first iteration that was not started. Branches are all started at once.
    pub(super) next: u32,
    /// How many run.
    pub(super) running: u32,
    /// How many may.
    pub(super) concurrency: u32,
    /// A Map's items.
    pub(super) items: Option<Document>,
    /// The last event inside the iteration that ended last: what the next `MapIterationStarted` follows.
    pub(super) last_inner: Option<u64>,
}

impl Forked {
    /// Whether every branch or iteration has its output.
    pub(super) fn is_complete(&self) -> bool {
        self.completed == self.results.len()
    }

    /// Whether another iteration may start.
    pub(super) fn has_room(&self) -> bool {
        self.running < self.concurrency && (self.next as usize) < self.results.len()
    }
}

impl Phase {
    /// When something happens to the thread by itself.
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        match self {
            Self::Waiting(until) | Self::Backoff(until) => Some(*until),
            Self::Task(task) => match (task.timeout_at, task.heartbeat_at) {
                (Some(timeout), Some(heartbeat)) => Some(timeout.min(heartbeat)),
                (timeout, heartbeat) => timeout.or(heartbeat),
            },
            _ => None,
        }
    }

    /// The event that scheduled the task that is being done, or began the run that waits for its items or results.
    pub(super) fn task_event(&self) -> Option<u64> {
        match self {
            Self::Task(task) => Some(task.event),
            Self::MapRun(run) if run.status == MapRunStatus::Running && run.asked.is_some() => Some(run.attempt),
            _ => None,
        }
    }

    /// Whether the thread can go on at once.
    pub(super) fn is_runnable(&self) -> bool {
        match self {
            Self::Ready | Self::Entered => true,
            Self::Forked(forked) => forked.is_complete() || forked.has_room(),
            Self::MapRun(run) => run.is_runnable(),
            _ => false,
        }
    }
}
