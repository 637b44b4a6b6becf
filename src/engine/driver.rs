//! The thread that owns all executions: takes commands, lets the core decide, persists, then acts.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::asl::Payload;
use crate::engine::api::{
    EngineError, Execution, ExecutionStatus, ExecutionSummary, NewStateMachine, StartExecution, StateMachine,
};
use crate::engine::clock::{ClockMode, Timestamp};
use crate::engine::history::HistoryEvent;
use crate::engine::task::{TaskId, TaskReport, TaskRunner};

/// What an engine is made of.
pub struct EngineConfig {
    /// How time passes.
    pub clock: ClockMode,
    /// Who does tasks.
    pub tasks: Arc<dyn TaskRunner>,
    /// The folder of the store; `None` keeps everything in memory.
    pub folder: Option<std::path::PathBuf>,
}

/// A handle to a running engine; clones are the same engine.
#[derive(Debug, Clone)]
pub struct Engine {}

/// Which executions ListExecutions shows, newest first.
#[derive(Debug, Clone, Default)]
pub struct ExecutionFilter {
    /// Only of this machine.
    pub state_machine_arn: Option<Arc<str>>,
    /// Only with this status.
    pub status: Option<ExecutionStatus>,
    /// Only with a key below this one: the next page.
    pub before: Option<i64>,
}

/// Where an engine's time stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClockView {
    /// How it passes.
    pub mode: ClockMode,
    /// What it shows.
    pub now: Timestamp,
    /// The next deadline, of any execution.
    pub next_deadline: Option<Timestamp>,
}

impl Engine {
    /// Opens the store, recovers what was running and starts the engine's thread.
    ///
    /// # Errors
    /// When the store cannot be opened: damaged, of a newer version, unreadable, full.
    pub fn open(config: EngineConfig) -> Result<Self, EngineError> {
        let _ = config;
        Err(EngineError::Closed)
    }

    /// Makes a machine. The same one twice is answered as the first time.
    ///
    /// # Errors
    /// `StateMachineAlreadyExists`, `InvalidDefinition`, `Store`.
    pub async fn create_state_machine(&self, machine: NewStateMachine) -> Result<StateMachine, EngineError> {
        let _ = machine;
        Err(EngineError::Closed)
    }

    /// Replaces a machine's definition, role and settings; running executions keep the definition that they began with.
    ///
    /// # Errors
    /// `StateMachineDoesNotExist`, `InvalidDefinition`, `Store`.
    pub async fn update_state_machine(&self, machine: NewStateMachine) -> Result<StateMachine, EngineError> {
        let _ = machine;
        Err(EngineError::Closed)
    }

    /// Deletes a machine; its executions are kept. One that does not exist is no error, as on AWS.
    ///
    /// # Errors
    /// `Store`.
    pub async fn delete_state_machine(&self, arn: &str) -> Result<(), EngineError> {
        let _ = arn;
        Err(EngineError::Closed)
    }

    /// A machine by its ARN.
    ///
    /// # Errors
    /// `StateMachineDoesNotExist`.
    pub async fn describe_state_machine(&self, arn: &str) -> Result<StateMachine, EngineError> {
        let _ = arn;
        Err(EngineError::Closed)
    }

    /// All machines, by name.
    ///
    /// # Errors
    /// `Closed`.
    pub async fn list_state_machines(&self) -> Result<Vec<StateMachine>, EngineError> {
        Err(EngineError::Closed)
    }

    /// Starts an execution. The answer is durable.
    ///
    /// # Errors
    /// `StateMachineDoesNotExist`, `ExecutionAlreadyExists`, `LimitExceeded`, `Store`.
    pub async fn start_execution(&self, start: StartExecution) -> Result<Execution, EngineError> {
        let _ = start;
        Err(EngineError::Closed)
    }

    /// An execution by its ARN.
    ///
    /// # Errors
    /// `ExecutionDoesNotExist`.
    pub async fn describe_execution(&self, arn: &str) -> Result<Execution, EngineError> {
        let _ = arn;
        Err(EngineError::Closed)
    }

    /// The machine of an execution, with the definition that the execution runs.
    ///
    /// # Errors
    /// `ExecutionDoesNotExist`.
    pub async fn describe_state_machine_for_execution(&self, arn: &str) -> Result<StateMachine, EngineError> {
        let _ = arn;
        Err(EngineError::Closed)
    }

    /// At most `limit` executions, newest first.
    ///
    /// # Errors
    /// `Store`.
    pub async fn list_executions(
        &self,
        filter: ExecutionFilter,
        limit: usize,
    ) -> Result<Vec<ExecutionSummary>, EngineError> {
        let _ = (filter, limit);
        Err(EngineError::Closed)
    }

    /// At most `limit` events: from id `from` upwards, or from `from` downwards when `reverse`.
    ///
    /// # Errors
    /// `ExecutionDoesNotExist`, `Store`.
    pub async fn execution_history(
        &self,
        arn: &str,
        from: Option<u64>,
        reverse: bool,
        limit: usize,
    ) -> Result<Vec<HistoryEvent>, EngineError> {
        let _ = (arn, from, reverse, limit);
        Err(EngineError::Closed)
    }

    /// Keeps what a server wants to find again after a restart, under a kind and a name: the registered programs of
    /// functions. The last one wins.
    ///
    /// # Errors
    /// `Store`.
    pub async fn put_registration(&self, kind: &'static str, name: &str, value: Value) -> Result<(), EngineError> {
        let _ = (kind, name, value);
        Err(EngineError::Closed)
    }

    /// Everything that was kept under a kind, by name.
    ///
    /// # Errors
    /// `Store`.
    pub async fn registrations(&self, kind: &'static str) -> Result<Vec<(String, Value)>, EngineError> {
        let _ = kind;
        Err(EngineError::Closed)
    }

    /// Ends an execution as ABORTED; returns when it ended. One that is closed already stays as it is.
    ///
    /// # Errors
    /// `ExecutionDoesNotExist`, `Store`.
    pub async fn stop_execution(
        &self,
        arn: &str,
        error: Option<String>,
        cause: Option<String>,
    ) -> Result<Timestamp, EngineError> {
        let _ = (arn, error, cause);
        Err(EngineError::Closed)
    }

    /// SendTaskSuccess.
    ///
    /// # Errors
    /// `InvalidToken`, `TaskTimedOut`, `Store`.
    pub async fn send_task_success(&self, token: &str, output: Payload) -> Result<(), EngineError> {
        let _ = (token, output);
        Err(EngineError::Closed)
    }

    /// SendTaskFailure.
    ///
    /// # Errors
    /// `InvalidToken`, `TaskTimedOut`, `Store`.
    pub async fn send_task_failure(
        &self,
        token: &str,
        error: Option<String>,
        cause: Option<String>,
    ) -> Result<(), EngineError> {
        let _ = (token, error, cause);
        Err(EngineError::Closed)
    }

    /// SendTaskHeartbeat.
    ///
    /// # Errors
    /// `InvalidToken`, `TaskTimedOut`, `Store`.
    pub async fn send_task_heartbeat(&self, token: &str) -> Result<(), EngineError> {
        let _ = token;
        Err(EngineError::Closed)
    }

    /// Where time stands.
    ///
    /// # Errors
    /// `Closed`.
    pub async fn clock(&self) -> Result<ClockView, EngineError> {
        Err(EngineError::Closed)
    }

    /// Moves a virtual clock by so much, or to the next deadline, firing what is due in order.
    ///
    /// # Errors
    /// `ClockIsReal`.
    pub async fn advance_clock(&self, by: Option<Duration>) -> Result<ClockView, EngineError> {
        let _ = by;
        Err(EngineError::Closed)
    }

    /// Returns when no execution can go on without waiting: nothing is runnable and no task is being done.
    ///
    /// # Errors
    /// `Closed`.
    pub async fn quiesce(&self) -> Result<(), EngineError> {
        Err(EngineError::Closed)
    }

    /// Finishes what is in flight, makes it durable and ends the engine's thread. Later calls get `Closed`.
    pub async fn shutdown(&self) {}

    /// What a task's runner found out.
    pub(crate) fn report(&self, id: TaskId, report: TaskReport) {
        let _ = (id, report);
    }
}
