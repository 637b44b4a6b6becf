//! What the engine asks of the outside, and what the outside reports.

use std::sync::Arc;

use crate::asl::program::Resource;
use crate::asl::{Fault, Payload};
use crate::engine::driver::Engine;

/// One attempt of one task: the event that scheduled it, in its execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskId {
    /// The store's key of the execution.
    pub execution: i64,
    /// The id of the event that scheduled the task.
    pub event: u64,
}

/// The token by which the outside answers a task.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TaskToken(pub Arc<str>);

/// One attempt of a task, to be done.
#[derive(Debug, Clone)]
pub struct TaskRequest {
    /// Which attempt. After a crash the same id may be asked for again.
    pub id: TaskId,
    /// The execution that asks.
    pub execution_arn: Arc<str>,
    /// The state that asks.
    pub state_name: Arc<str>,
    /// What to call.
    pub resource: Resource,
    /// The effective input: what `Parameters` made of the state's input.
    pub input: Payload,
    /// The token, where the pattern or the resource (an activity) has one.
    pub token: Option<TaskToken>,
    /// The role of the state's `Credentials`, an ARN.
    pub credentials: Option<Arc<str>>,
}

/// What became of a task.
#[derive(Debug, Clone)]
pub enum TaskReport {
    /// The service took a `.sync` or `.waitForTaskToken` request and answered so; the task goes on.
    Submitted(Payload),
    /// It is done.
    Succeeded(Payload),
    /// It failed. The fault is what Retry and Catch see.
    Failed(Fault),
    /// It could not even be asked for (`LambdaFunctionScheduleFailed`, `TaskSubmitFailed`).
    NotStarted(Fault),
}

/// Does tasks. Implemented by [`tasks`](crate::tasks).
pub trait TaskRunner: Send + Sync + 'static {
    /// Begins a task and returns at once. Every task ends with exactly one `Succeeded`, `Failed` or `NotStarted`
    /// report, unless it is cancelled; a `.waitForTaskToken` task ends with `Submitted` as far as the runner goes.
    fn start(&self, request: TaskRequest, reporter: Reporter);

    /// Nobody waits for this task any longer: end what runs for it. Reports that come late are ignored.
    fn cancel(&self, id: TaskId);
}

/// The way back of one task. May be used from any thread.
#[derive(Debug, Clone)]
pub struct Reporter {
    engine: Engine,
    id: TaskId,
}

impl Reporter {
    pub(crate) fn new(engine: Engine, id: TaskId) -> Self {
        Self { engine, id }
    }

    /// Tells the engine.
    pub fn report(&self, report: TaskReport) {
        self.engine.report(self.id, report);
    }
}
