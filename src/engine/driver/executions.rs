//! Executions: start, stop, and what the holders of their tokens and the runner of their tasks say.

use std::sync::Arc;

use uuid::Uuid;

use crate::asl::{Fault, Payload, Program};
use crate::engine::api::{EngineError, Execution, ExecutionStatus, ExecutionSummary, StartExecution, StateMachineType};
use crate::engine::clock::Timestamp;
use crate::engine::core::{Execution as Run, Input};
use crate::engine::driver::message::Sent;
use crate::engine::driver::outbox::CHANGES_MAX;
use crate::engine::driver::published::Target;
use crate::engine::driver::reads::whole;
use crate::engine::driver::subject::{execution_arn, express_arn, subject};
use crate::engine::driver::thread::Driver;
use crate::engine::published::Qualified;
use crate::engine::redrive::Redriven;
use crate::engine::store::{StoredExecution, StoredMachine, Write};
use crate::engine::task::{TaskId, TaskReport, TaskToken};

/// At most so many executions go on at once, as on AWS:
/// <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>
const RUNNING_MAX: usize = 1_000_000;

/// At most so many of them do not rest: they run, or something runs for them here, and they are in this process's memory.
const BUSY_MAX: usize = 10_000;

/// So long after its end an execution keeps its name: 90 days.
const NAME_KEPT_SECONDS: u64 = 90 * 24 * 60 * 60;

impl Driver {
    pub(super) fn start(&mut self, start: StartExecution) -> Result<Execution, EngineError> {
        let Target { machine, qualified } = self.target(&start.state_machine_arn)?;
        let start = StartExecution { state_machine_arn: Arc::clone(&machine.machine.spec.arn), ..start };
        if machine.machine.spec.machine_type == StateMachineType::Express {
            let arn = express_arn(&start.state_machine_arn, &start.name);
            return self.begin(arn, start, &machine, qualified);
        }
        let arn = execution_arn(&start.state_machine_arn, &start.name);
        if let Some(existing) = self.existing(&arn)? {
            return self.start_again(existing, start, &machine, qualified);
        }
        self.begin(arn, start, &machine, qualified)
    }

    /// The name is taken. A running execution with the same input is the one that was asked for.
    fn start_again(
        &mut self,
        existing: Execution,
        start: StartExecution,
        machine: &StoredMachine,
        qualified: Qualified,
    ) -> Result<Execution, EngineError> {
        if existing.status == ExecutionStatus::Running && existing.input == start.input {
            return Ok(existing);
        }
        let free_from = existing.stopped.map(|stopped| stopped.plus_seconds(NAME_KEPT_SECONDS));
        if free_from.is_none_or(|free_from| self.clock.now() < free_from) {
            return Err(EngineError::ExecutionAlreadyExists(existing.arn.to_string()));
        }
        let place = self.batch.writes.len();
        let begun = self.begin(existing.arn, start, machine, qualified)?;
        // Before the start, for there is one execution of a name; but not when the start is refused.
        self.batch.writes.insert(place, Write::Forget { execution: existing.key });
        Ok(begun)
    }

    fn begin(
        &mut self,
        arn: Arc<str>,
        start: StartExecution,
        machine: &StoredMachine,
        qualified: Qualified,
    ) -> Result<Execution, EngineError> {
        self.check_room()?;
        let program = self.programs.get(machine)?;
        self.keys.execution += 1;
        let summary = ExecutionSummary {
            key: self.keys.execution,
            arn,
            state_machine_arn: start.state_machine_arn,
            name: start.name,
            status: ExecutionStatus::Running,
            started: self.clock.now(),
            stopped: None,
            qualified,
            child_of: None,
            redriven: Redriven::default(),
        };
        Ok(self.enlist(summary, start.input, program, machine))
    }

    /// Refuses another execution when too many go on, or too much of others is still to be told.
    pub(super) fn check_room(&self) -> Result<(), EngineError> {
        if self.executions.count() >= RUNNING_MAX {
            return Err(EngineError::LimitExceeded(format!("at most {RUNNING_MAX} executions go on at once")));
        }
        if self.executions.count_live() >= BUSY_MAX {
            let limit = format!("at most {BUSY_MAX} executions that do not only wait go on at once");
            return Err(EngineError::LimitExceeded(limit));
        }
        if self.outbox.count() >= CHANGES_MAX {
            return Err(EngineError::LimitExceeded(format!("{CHANGES_MAX} status changes are still to be told")));
        }
        Ok(())
    }

    /// Takes a new execution in.
    pub(super) fn enlist(
        &mut self,
        summary: ExecutionSummary,
        input: Payload,
        program: Arc<Program>,
        machine: &StoredMachine,
    ) -> Execution {
        let (key, now, arn) = (summary.key, summary.started, Arc::clone(&summary.arn));
        let subject = Arc::new(subject(&summary, &machine.machine, &self.token_key));
        let followed = self.following.of(&subject, &program, &machine.machine.spec, 0);
        self.batch.followed.extend(followed.map(|followed| (key, followed)));
        let run = Run::start(subject, program, input.clone(), Uuid::new_v4().as_u64_pair().0, now);
        let stored = StoredExecution { summary, revision: machine.revision };
        let execution = begun(&stored.summary, input);
        let change = self.status_change(key, &stored.summary.state_machine_arn, ExecutionStatus::Running);
        self.batch.changes.extend(change);
        self.batch.writes.push(Write::Start { execution: stored });
        self.batch.started.insert(arn, execution.clone());
        self.executions.insert(key, run);
        // Its journal has begun, and goes with its start: a redrive or a worker's turn may commit before its first steps.
        self.batch.touched.insert(key);
        // Its first steps come in this turn, after whoever else is heard, and into the same commit.
        self.executions.make_runnable(key);
        execution
    }

    /// An execution by its ARN, with what this turn did to it.
    pub(super) fn existing(&self, arn: &str) -> Result<Option<Execution>, EngineError> {
        let existing = match self.batch.started.get(arn) {
            Some(execution) => Some(execution.clone()),
            None => match self.store.execution(arn)? {
                Some(stored) => Some(whole(&self.store, stored)?),
                None => None,
            },
        };
        Ok(existing.map(|execution| match self.executions.ended(execution.key) {
            Some(ended) => Execution { status: ended.status, stopped: Some(ended.at), ..execution },
            // The store may not have its redrive yet.
            None if self.executions.is_live(execution.key) => {
                Execution { status: ExecutionStatus::Running, stopped: None, ..execution }
            }
            None => execution,
        }))
    }

    pub(super) fn stop(
        &mut self,
        arn: &str,
        error: Option<Arc<str>>,
        cause: Option<Arc<str>>,
    ) -> Result<Timestamp, EngineError> {
        let existing = self.existing(arn)?;
        let existing = existing.ok_or_else(|| EngineError::ExecutionDoesNotExist(arn.to_owned()))?;
        if let Some(stopped) = existing.stopped {
            return Ok(stopped);
        }
        self.ensure_live(existing.key)?;
        self.feed(existing.key, Input::Stop { error, cause });
        Ok(self.executions.ended(existing.key).map_or_else(|| self.clock.now(), |ended| ended.at))
    }

    pub(super) fn send_task(&mut self, token: &str, sent: Sent) -> Result<(), EngineError> {
        let id = self.token_key.open(&TaskToken(Arc::from(token))).ok_or(EngineError::InvalidToken)?;
        if !self.executions.is_live(id.execution) {
            self.revive_for_token(id.execution)?;
        }
        if !self.executions.awaits(id.execution, id.event) {
            return Err(EngineError::TaskTimedOut);
        }
        let input = match sent {
            Sent::Look => return Ok(()),
            Sent::Heartbeat => Input::Heartbeat { event: id.event },
            Sent::Success(output) => self.answered(id, TaskReport::Succeeded(output)),
            Sent::Failure { error, cause } => {
                let fault = Fault::new(error.unwrap_or_default(), cause.unwrap_or_default());
                self.answered(id, TaskReport::Failed(fault))
            }
        };
        self.feed(id.execution, input);
        Ok(())
    }

    fn answered(&mut self, id: TaskId, report: TaskReport) -> Input {
        self.batch.answered.push(id);
        Input::Report { event: id.event, report }
    }

    /// A token of this store whose execution is not in memory: it is closed, or it must be read.
    fn revive_for_token(&mut self, key: i64) -> Result<(), EngineError> {
        let stored = self.store.execution_at(key)?.ok_or(EngineError::InvalidToken)?;
        match stored.summary.status {
            ExecutionStatus::Running => self.ensure_live(key),
            _ => Err(EngineError::TaskTimedOut),
        }
    }

    /// A task's runner has something to say. Nobody listens when the task was cancelled or answered by its token.
    pub(super) fn report(&mut self, id: TaskId, report: TaskReport) {
        if !self.assigned.has(id) {
            return;
        }
        if self.executions.is_lost(id.execution) {
            self.recovery.undelivered.push((id, report));
            return;
        }
        self.feed(id.execution, Input::Report { event: id.event, report: report.clone() });
        self.batch.reports.push((id, report));
    }
}

/// An execution as it begins.
fn begun(summary: &ExecutionSummary, input: Payload) -> Execution {
    Execution {
        key: summary.key,
        arn: Arc::clone(&summary.arn),
        state_machine_arn: Arc::clone(&summary.state_machine_arn),
        name: Arc::clone(&summary.name),
        status: summary.status,
        started: summary.started,
        stopped: None,
        qualified: summary.qualified.clone(),
        map_run_arn: summary.child_of.as_ref().map(|child_of| Arc::clone(&child_of.map_run_arn)),
        input,
        output: None,
        error: None,
        cause: None,
        redriven: summary.redriven,
    }
}
