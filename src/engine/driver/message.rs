//! What the driver's thread is told. Everything that changes an execution comes this way, one after the other.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::oneshot;

use crate::asl::Payload;
use crate::engine::api::{EngineError, Execution, NewStateMachine, StartExecution, TagChange};
use crate::engine::clock::Timestamp;
use crate::engine::driver::ClockView;
use crate::engine::driver::activities::ActivityMessage;
use crate::engine::driver::map_runs::MapRunChange;
use crate::engine::driver::programs::Definition;
use crate::engine::driver::published::Change;
use crate::engine::published::{Made, Publish};
use crate::engine::task::{TaskId, TaskReport};

/// Where a caller waits.
pub(super) type Answer<T> = oneshot::Sender<Result<T, EngineError>>;

/// One thing that the driver is told.
pub(super) enum Message {
    CreateMachine {
        machine: NewStateMachine,
        publish: Option<Publish>,
        definition: Definition,
        answer: Answer<Made>,
    },
    UpdateMachine {
        machine: NewStateMachine,
        publish: Option<Publish>,
        definition: Definition,
        answer: Answer<Made>,
    },
    DeleteMachine {
        arn: Arc<str>,
        answer: Answer<()>,
    },
    Change(Change),
    Start {
        start: StartExecution,
        answer: Answer<Execution>,
    },
    AwaitEnd {
        key: i64,
        answer: Answer<()>,
    },
    Stop {
        arn: Arc<str>,
        error: Option<Arc<str>>,
        cause: Option<Arc<str>>,
        answer: Answer<Timestamp>,
    },
    Redrive {
        arn: Arc<str>,
        /// The client's.
        token: Option<Arc<str>>,
        answer: Answer<Timestamp>,
    },
    SendTask {
        token: Arc<str>,
        sent: Sent,
        answer: Answer<()>,
    },
    Activity(ActivityMessage),
    UpdateMapRun {
        arn: Arc<str>,
        change: MapRunChange,
        answer: Answer<()>,
    },
    ChangeTags {
        arn: Arc<str>,
        change: TagChange,
        answer: Answer<()>,
    },
    Register {
        kind: &'static str,
        name: String,
        value: Value,
        answer: Answer<()>,
    },
    Report {
        id: TaskId,
        report: TaskReport,
    },
    /// The listener gave the receipt of a status change back, or let it go.
    Told {
        change: i64,
        done: bool,
    },
    /// Answered when there is no status change left to be told.
    AllTold {
        answer: Answer<()>,
    },
    /// Answered with the number of status changes that are to be told, here or by the next engine.
    Untold {
        answer: Answer<usize>,
    },
    Clock {
        answer: Answer<ClockView>,
    },
    AdvanceClock {
        by: Option<Duration>,
        answer: Answer<ClockView>,
    },
    /// The write-ahead log is in the database file, but for what was committed meanwhile.
    Checkpointed,
    /// Go on with what a former process left running.
    Resume,
    Quiesce {
        answer: Answer<()>,
    },
    /// Answered when the thread has let go of the store.
    Shutdown {
        done: oneshot::Sender<()>,
    },
}

/// What a token's holder sends.
pub(super) enum Sent {
    Success(Payload),
    Failure {
        error: Option<String>,
        cause: Option<String>,
    },
    Heartbeat,
    /// Nothing: only whether the token would be taken is asked.
    Look,
}
