//! One execution as a pure state machine: what happens outside comes in as [`Input`], what must be done goes out as
//! [`Effect`]s, what happened is appended to the [`journal`].
//!
//! Owns: the semantics of every state type, Retry and Catch, event order and ids. Must not know: async, clocks,
//! randomness, stores, what a task does. Start reading at [`Execution::handle`].

pub mod journal;

use std::sync::Arc;

use crate::asl::{Payload, Program};
use crate::engine::api::ExecutionStatus;
use crate::engine::clock::Timestamp;
use crate::engine::history::HistoryEvent;
use crate::engine::task::{TaskId, TaskReport, TaskRequest, TaskToken};

/// What an execution is of.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The store's key.
    pub key: i64,
    /// The execution's ARN.
    pub arn: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// The machine's ARN.
    pub state_machine_arn: Arc<str>,
    /// The machine's name.
    pub state_machine_name: Arc<str>,
    /// The machine's role.
    pub role_arn: Arc<str>,
    /// The region, for the history.
    pub region: Arc<str>,
    /// What signs task tokens: the store's.
    pub token_key: TokenKey,
}

/// What happened outside, or what time it is.
#[derive(Debug, Clone)]
pub enum Input {
    /// Go on with what can run: after [`Execution::start`], after [`Execution::fold`], and for [`Effect::More`].
    Resume,
    /// Deadlines up to now are due.
    Tick,
    /// What became of the task that the event scheduled.
    Report {
        /// [`TaskId::event`]
        event: u64,
        /// What became of it.
        report: TaskReport,
    },
    /// SendTaskHeartbeat for the task that the event scheduled.
    Heartbeat {
        /// [`TaskId::event`]
        event: u64,
    },
    /// StopExecution.
    Stop {
        /// The error that the caller gave.
        error: Option<Arc<str>>,
        /// The cause that the caller gave.
        cause: Option<Arc<str>>,
    },
}

/// What must be done once the journal is durable, in this order.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Begin a task.
    StartTask(Box<TaskRequest>),
    /// Nobody waits for it any longer.
    CancelTask(TaskId),
    /// More can run at once: call again with [`Input::Resume`] when others had their turn.
    More,
    /// It ended.
    Ended,
}

/// How an execution ended.
#[derive(Debug, Clone)]
pub struct Ended {
    /// Not `Running`.
    pub status: ExecutionStatus,
    /// When.
    pub at: Timestamp,
    /// Its output, when it succeeded.
    pub output: Option<Payload>,
    /// The error's name, when it did not and there is one.
    pub error: Option<Arc<str>>,
    /// The error's cause, when it did not and there is one.
    pub cause: Option<Arc<str>>,
}

/// What a task's token answers to a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The task was waiting; it is answered now.
    Accepted,
    /// The task is no longer (or never was) waiting.
    Gone,
}

/// What signs task tokens.
#[derive(Clone)]
pub struct TokenKey([u8; 32]);

impl TokenKey {
    /// A key of 32 random bytes, which the store keeps.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The task that a token was made for; `None` when it was not made with this key.
    #[must_use]
    pub fn open(&self, token: &TaskToken) -> Option<TaskId> {
        let _ = token;
        None
    }
}

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenKey(…)")
    }
}

/// One execution.
#[derive(Debug)]
pub struct Execution {}

impl Execution {
    /// Begins an execution: its journal has its first record. `seed` is what it draws random numbers from.
    #[must_use]
    pub fn start(subject: Arc<Subject>, program: Arc<Program>, input: Payload, seed: u64, now: Timestamp) -> Self {
        let _ = (subject, program, input, seed, now);
        Self {}
    }

    /// An execution as its journal left it; follow with [`Execution::restart`].
    ///
    /// # Errors
    /// When the journal is damaged or of a newer version.
    pub fn fold(subject: Arc<Subject>, program: Arc<Program>, bytes: &[u8]) -> Result<Self, journal::JournalError> {
        let _ = (subject, program, bytes);
        Ok(Self {})
    }

    /// After a fold: the effects that a crash may have swallowed (tasks that were scheduled and not answered begin again,
    /// except those that were submitted and wait for their token).
    pub fn restart(&mut self) -> Vec<Effect> {
        Vec::new()
    }

    /// Takes one input at `now` and runs what can run, at most [`STEPS_MAX`] steps.
    pub fn handle(&mut self, input: Input, now: Timestamp) -> Vec<Effect> {
        let _ = (input, now);
        Vec::new()
    }

    /// Whether the task that an event scheduled still waits for an answer: what decides between success and
    /// `TaskTimedOut` for SendTask*.
    #[must_use]
    pub fn awaits(&self, event: u64) -> bool {
        let _ = event;
        false
    }

    /// The earliest instant at which [`Input::Tick`] has something to do.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        None
    }

    /// Whether something outside that is no task of ours is awaited: a token or an activity. It holds a virtual clock.
    #[must_use]
    pub fn awaits_outside(&self) -> bool {
        false
    }

    /// What was appended to the journal since the last call; empty when nothing.
    pub fn take_journal(&mut self) -> Vec<u8> {
        Vec::new()
    }

    /// How it ended, if it did.
    #[must_use]
    pub fn ended(&self) -> Option<&Ended> {
        None
    }
}

/// The history of a journal (its chunks joined), AWS's events only.
///
/// # Errors
/// When the journal is damaged.
pub fn history(subject: &Subject, program: &Program, bytes: &[u8]) -> Result<Vec<HistoryEvent>, journal::JournalError> {
    let _ = (subject, program, bytes);
    Ok(Vec::new())
}

/// What one call of [`Execution::handle`] does at most.
pub const STEPS_MAX: u32 = 1_000;
