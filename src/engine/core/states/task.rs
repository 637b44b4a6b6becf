//! `Task`: one unit of work, done outside.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html>

use std::sync::Arc;

use crate::asl::flow::steps::{self, Asked, Basis};
use crate::asl::program::{Pattern, Resource, ResultPath, StateKind, Task};
use crate::asl::{Fault, Filling, Payload};
use crate::engine::clock::Timestamp;
use crate::engine::core::context::Sight;
use crate::engine::core::failure::Failure;
use crate::engine::core::journal::Record;
use crate::engine::core::limits::PAYLOAD_BYTES_MAX;
use crate::engine::core::thread::{Phase, ThreadId};
use crate::engine::core::{Effect, Execution};
use crate::engine::task::{TaskId, TaskReport, TaskRequest, TaskToken};

impl Execution {
    /// Evaluates what the task is given and hands it out.
    pub(in crate::engine::core) fn schedule_task(&mut self, id: ThreadId, now: Timestamp) -> Result<(), Failure> {
        let program = self.program.clone();
        let StateKind::Task(task) = &program.state(self.thread(id).state).kind else { return Ok(()) };
        if let Resource::Activity { arn } = &task.resource
            && !self.activities.contains(arn)
        {
            // As recorded: the execution fails before anything is scheduled.
            return Err(self.blamed(id, &Fault::runtime(format!("The activity {arn} does not exist."))));
        }
        let selected = self.effective_input(id)?;
        let token = self.token(task, self.next_event);
        let sight = Sight::Task(token.as_ref());
        let Asked { input, timeout_seconds, heartbeat_seconds, role_arn: credentials } =
            self.evaluate(id, sight, &selected, |data| steps::ask(task, data))?;
        self.check_size(id, &input)?;
        let input = self.document(id, input);
        let scheduled = Record::TaskScheduled { thread: id, input, timeout_seconds, heartbeat_seconds, credentials };
        self.emit(scheduled, now);
        if !matches!(task.resource, Resource::Activity { .. }) {
            self.emit(Record::TaskStarted { thread: id, worker_name: None }, now);
        }
        self.start_task(id);
        Ok(())
    }

    /// Asks the outside to do the task that a thread has scheduled.
    pub(in crate::engine::core) fn start_task(&mut self, id: ThreadId) {
        if self.ended.is_none()
            && let Some(request) = self.request(id)
        {
            self.effects.push(Effect::StartTask(Box::new(request)));
        }
    }

    /// The task that an event scheduled, as it is asked for, while it waits for its answer.
    #[must_use]
    pub fn task_request(&self, event: u64) -> Option<TaskRequest> {
        self.request(self.thread_of_task(event)?)
    }

    fn request(&self, id: ThreadId) -> Option<TaskRequest> {
        let thread = self.thread(id);
        let state = self.program.state(thread.state);
        let (Phase::Task(phase), StateKind::Task(task)) = (&thread.phase, &state.kind) else { return None };
        Some(TaskRequest {
            id: TaskId { execution: self.subject.key, event: phase.event },
            execution_arn: self.subject.arn.clone(),
            state_name: state.name.clone(),
            resource: task.resource.clone(),
            input: phase.input.payload().clone(),
            token: self.token(task, phase.event),
            credentials: phase.credentials.clone(),
        })
    }

    /// The token of the task that an event schedules, where its kind has one.
    fn token(&self, task: &Task, event: u64) -> Option<TaskToken> {
        let has_one = match &task.resource {
            Resource::Activity { .. } => true,
            Resource::Integration { pattern, .. } => *pattern == Pattern::WaitForTaskToken,
            Resource::Lambda { .. } => false,
        };
        has_one.then(|| self.subject.token_key.mint(TaskId { execution: self.subject.key, event }))
    }

    /// What became of the task.
    pub(in crate::engine::core) fn finish_task(
        &mut self,
        id: ThreadId,
        report: TaskReport,
        now: Timestamp,
    ) -> Result<(), Failure> {
        match report {
            TaskReport::Submitted(output) => {
                self.submit(id, output, now);
                Ok(())
            }
            TaskReport::Succeeded(result) => self.finish_well(id, &result, now),
            TaskReport::Failed(failure) => {
                let failure = Failure::from(failure);
                self.emit(Record::TaskFailed { thread: id, failure: failure.clone() }, now);
                Err(failure)
            }
            TaskReport::NotStarted(fault) => {
                let failure = Failure::from(fault);
                self.emit(Record::TaskNotStarted { thread: id, failure: failure.clone() }, now);
                Err(failure)
            }
        }
    }

    /// A second submission, as after a restart, is no event.
    fn submit(&mut self, id: ThreadId, output: Payload, now: Timestamp) {
        if matches!(&self.thread(id).phase, Phase::Task(task) if !task.submitted) {
            let output = self.document(id, output);
            self.emit(Record::TaskSubmitted { thread: id, output }, now);
        }
    }

    fn finish_well(&mut self, id: ThreadId, result: &Payload, now: Timestamp) -> Result<(), Failure> {
        let program = self.program.clone();
        let StateKind::Task(task) = &program.state(self.thread(id).state).kind else { return Ok(()) };
        if result.text().len() > PAYLOAD_BYTES_MAX {
            // As recorded on AWS, which names the service, not the state.
            let failure = Failure::from(Fault::too_large(task.resource.service()));
            self.emit(Record::TaskFailed { thread: id, failure: failure.clone() }, now);
            return Err(failure);
        }
        let output = self.document(id, result.clone());
        self.emit(Record::TaskSucceeded { thread: id, output }, now);
        self.finish_with(id, result, task.result_selector.as_ref(), &task.result_path, now)
    }

    /// A worker takes an activity's task. One that is handed out again, because the answer did not reach the worker, was
    /// started before.
    pub(in crate::engine::core) fn hand_over(&mut self, event: u64, worker_name: Option<Arc<str>>, now: Timestamp) {
        let Some(id) = self.thread_of_task(event) else { return };
        if self.is_activity(id) && matches!(&self.thread(id).phase, Phase::Task(task) if !task.started) {
            self.emit(Record::TaskStarted { thread: id, worker_name }, now);
        }
    }

    /// The worker was given what it took: from here on the task is its own, also after a restart.
    pub(in crate::engine::core) fn delivered(&mut self, event: u64, now: Timestamp) {
        let Some(id) = self.thread_of_task(event) else { return };
        if self.is_activity(id)
            && matches!(&self.thread(id).phase, Phase::Task(task) if task.started && !task.submitted)
        {
            self.emit(Record::HeartbeatReceived { thread: id }, now);
        }
    }

    /// `ResultSelector`, `ResultPath`, `OutputPath`, or `Output`: the same for Task, Parallel and Map.
    pub(in crate::engine::core) fn finish_with(
        &mut self,
        id: ThreadId,
        result: &Payload,
        selector: Option<&Filling>,
        path: &ResultPath,
        now: Timestamp,
    ) -> Result<(), Failure> {
        // A branch's or iteration's output is within the limits; the array of them may not be.
        self.check_size(id, result)?;
        let raw = self.thread(id).input.payload().clone();
        let finished = self.evaluate(id, Sight::State, result, |data| steps::finish(selector, path, &raw, data))?;
        self.exit(id, &finished.output, Basis::Result(result), now)
    }

    /// `TimeoutSeconds` or `HeartbeatSeconds` is over.
    pub(in crate::engine::core) fn time_out_task(&mut self, id: ThreadId, now: Timestamp) {
        let Phase::Task(task) = &self.thread(id).phase else { return };
        // By their deadlines and not by `now`: an overdue tick finds both past.
        let heartbeat = task.heartbeat_at.is_some_and(|beat| task.timeout_at.is_none_or(|at| beat < at));
        self.effects.push(Effect::CancelTask(TaskId { execution: self.subject.key, event: task.event }));
        let failure = Failure::timeout(heartbeat);
        self.emit(Record::TaskTimedOut { thread: id, failure: failure.clone() }, now);
        self.fail(id, failure, now);
    }
}
