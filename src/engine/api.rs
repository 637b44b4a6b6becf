//! The words in which servers speak to the engine.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;

use crate::asl::Payload;
use crate::asl::diagnostic::Diagnostic;
use crate::engine::clock::Timestamp;
use crate::engine::map_run::ChildOf;
use crate::engine::published::Qualified;
use crate::engine::redrive::{Judged, Redriven, is_express};

/// Why the engine refused.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EngineError {
    /// No machine has this ARN.
    #[error("state machine does not exist: {0}")]
    StateMachineDoesNotExist(String),
    /// Another machine has this name, with another definition, role or type.
    #[error("state machine already exists: {0}")]
    StateMachineAlreadyExists(String),
    /// Something else was asked for meanwhile, or stands in the way; this says what.
    #[error("{0}")]
    Conflict(String),
    /// A machine has as many versions or aliases as it may.
    #[error("limit exceeded: {0}")]
    QuotaExceeded(String),
    /// The definition has errors.
    #[error("invalid definition")]
    InvalidDefinition(Vec<Diagnostic>),
    /// No execution has this ARN.
    #[error("execution does not exist: {0}")]
    ExecutionDoesNotExist(String),
    /// The name is taken by an execution that is closed or has another input; this is its ARN.
    #[error("execution already exists: {0}")]
    ExecutionAlreadyExists(String),
    /// This execution cannot be redriven, for the reason that follows.
    #[error("execution {0} cannot be redriven: {1}")]
    ExecutionNotRedrivable(String, String),
    /// The token was never given out here, or is damaged.
    #[error("invalid token")]
    InvalidToken,
    /// The token's task has ended: answered, timed out, or its execution is closed.
    #[error("task timed out: provided task does not exist anymore")]
    TaskTimedOut,
    /// No activity has this ARN.
    #[error("activity does not exist: {0}")]
    ActivityDoesNotExist(String),
    /// An activity has this name, with another encryption.
    #[error("activity already exists: {0}")]
    ActivityAlreadyExists(String),
    /// There are as many activities as there may be.
    #[error("limit exceeded: {0}")]
    ActivityLimitExceeded(String),
    /// As many workers wait for an activity's tasks as may.
    #[error("limit exceeded: {0}")]
    ActivityWorkerLimitExceeded(String),
    /// Neither a machine nor an activity has this ARN.
    #[error("resource not found: {0}")]
    ResourceNotFound(String),
    /// The map run has ended, so that nothing of it can be changed.
    #[error("map run is over: {0}")]
    MapRunOver(String),
    /// A resource would have more tags than it may.
    #[error("too many tags: {0}")]
    TooManyTags(String),
    /// The clock cannot be moved by hand.
    #[error("the clock of this engine is real")]
    ClockIsReal,
    /// A bound of DESIGN's was reached (`ExecutionLimitExceeded`).
    #[error("limit exceeded: {0}")]
    LimitExceeded(String),
    /// The store could not write or read. What was not answered was not kept.
    #[error("store: {0}")]
    Store(String),
    /// The store's file is damaged, or something else than a store.
    #[error("{file} cannot be read as a store: {reason}", file = file.display())]
    StoreUnreadable {
        /// The store's folder.
        folder: PathBuf,
        /// The file in it.
        file: PathBuf,
        /// SQLite's own reason.
        reason: String,
    },
    /// The engine is shutting down; nothing was done.
    #[error("the engine is shutting down")]
    Closed,
}

/// `STANDARD` or `EXPRESS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateMachineType {
    /// Exactly once, up to a year, with history.
    Standard,
    /// At least once, up to five minutes.
    Express,
}

impl StateMachineType {
    /// As the API writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "STANDARD",
            Self::Express => "EXPRESS",
        }
    }

    /// How long an execution goes on at most, in seconds: a year, or five minutes.
    /// <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>
    #[must_use]
    pub fn execution_seconds_max(self) -> u64 {
        match self {
            Self::Standard => 31_536_000,
            Self::Express => 300,
        }
    }
}

/// What CreateStateMachine is given.
#[derive(Debug, Clone)]
pub struct NewStateMachine {
    /// The whole ARN, name included; the server knows account and region.
    pub arn: Arc<str>,
    /// The definition's text.
    pub definition: Arc<str>,
    /// The role, which the engine keeps and never uses.
    pub role_arn: Arc<str>,
    /// Its type.
    pub machine_type: StateMachineType,
    /// Anything else that Describe shows again: `loggingConfiguration`, `tracingConfiguration`, …
    pub settings: Value,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

/// A state machine, as the store has it.
#[derive(Debug, Clone)]
pub struct StateMachine {
    /// What it was made of.
    pub spec: Arc<NewStateMachine>,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last changed; `created` if never.
    pub updated: Timestamp,
    /// The current revision's id; `None` before the first update.
    pub revision_id: Option<Arc<str>>,
}

/// What CreateActivity is given.
#[derive(Debug, Clone, PartialEq)]
pub struct NewActivity {
    /// The whole ARN, name included; the server knows account and region.
    pub arn: Arc<str>,
    /// `encryptionConfiguration`, which Describe shows again; nothing here is encrypted by it.
    pub encryption: Value,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

/// An activity, as the store has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Activity {
    /// What it was made of.
    pub spec: NewActivity,
    /// When it was made.
    pub created: Timestamp,
}

/// What becomes of a resource's tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TagChange {
    /// These are there afterwards.
    Set(BTreeMap<String, String>),
    /// These are not.
    Remove(Vec<String>),
}

/// What StartExecution is given.
#[derive(Debug, Clone)]
pub struct StartExecution {
    /// The ARN of a machine, of one of its versions, or of an alias.
    pub state_machine_arn: Arc<str>,
    /// The name; already checked, or made by the server.
    pub name: Arc<str>,
    /// The input; already checked.
    pub input: Payload,
}

/// `RUNNING` and what may follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExecutionStatus {
    /// It goes on.
    Running,
    /// It ended well.
    Succeeded,
    /// It ended with an error.
    Failed,
    /// The machine's own timeout ran out.
    TimedOut,
    /// Somebody stopped it.
    Aborted,
}

impl ExecutionStatus {
    /// As the API writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::TimedOut => "TIMED_OUT",
            Self::Aborted => "ABORTED",
        }
    }

    /// The status of a text of [`ExecutionStatus::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut known = [Self::Running, Self::Succeeded, Self::Failed, Self::TimedOut, Self::Aborted].into_iter();
        known.find(|known| known.as_str() == text)
    }
}

/// An execution, as DescribeExecution shows it.
#[derive(Debug, Clone)]
pub struct Execution {
    /// The store's key: ascends with the order of starts.
    pub key: i64,
    /// `arn:aws:states:REGION:ACCOUNT:execution:MACHINE:NAME`
    pub arn: Arc<str>,
    /// The machine's ARN.
    pub state_machine_arn: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// Where it stands.
    pub status: ExecutionStatus,
    /// When it was started.
    pub started: Timestamp,
    /// When it ended.
    pub stopped: Option<Timestamp>,
    /// The version and the alias by which it was started.
    pub qualified: Qualified,
    /// The map run whose child it is, if it is one.
    pub map_run_arn: Option<Arc<str>>,
    /// Its input.
    pub input: Payload,
    /// Its output, when it succeeded.
    pub output: Option<Payload>,
    /// The error's name, when it did not.
    pub error: Option<Arc<str>>,
    /// The error's cause, when it did not.
    pub cause: Option<Arc<str>>,
    /// What is known of its redrives.
    pub redriven: Redriven,
}

impl Execution {
    /// What says whether it can be redriven.
    #[must_use]
    pub fn judged(&self) -> Judged {
        Judged {
            status: self.status,
            started: self.started,
            stopped: self.stopped,
            redriven: self.redriven,
            is_child: self.map_run_arn.is_some(),
            is_express: is_express(&self.arn),
        }
    }
}

/// An execution, as ListExecutions shows it: without its payloads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecutionSummary {
    /// The store's key: ascends with the order of starts.
    pub key: i64,
    /// `arn:aws:states:REGION:ACCOUNT:execution:MACHINE:NAME`
    pub arn: Arc<str>,
    /// The machine's ARN.
    pub state_machine_arn: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// Where it stands.
    pub status: ExecutionStatus,
    /// When it was started.
    pub started: Timestamp,
    /// When it ended.
    pub stopped: Option<Timestamp>,
    /// The version and the alias by which it was started.
    pub qualified: Qualified,
    /// Which child of a map run it is, if it is one.
    pub child_of: Option<ChildOf>,
    /// What is known of its redrives.
    pub redriven: Redriven,
}

impl ExecutionSummary {
    /// What says whether it can be redriven.
    #[must_use]
    pub fn judged(&self) -> Judged {
        Judged {
            status: self.status,
            started: self.started,
            stopped: self.stopped,
            redriven: self.redriven,
            is_child: self.child_of.is_some(),
            is_express: is_express(&self.arn),
        }
    }
}
