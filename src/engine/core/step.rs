//! What runs next: due deadlines, answers, and one step of a thread at a time.
//!
//! A step records what AWS would record at once, and no more: branches and iterations take turns event by event, which is
//! the order of AWS's histories.

use std::sync::Arc;

use serde_json::Value;

use super::context::Sight;
use super::document::Document;
use super::failure::Failure;
use super::journal::Record;
use super::limits::{PAYLOAD_BYTES_MAX, STEPS_MAX, VARIABLES_BYTES_MAX};
use super::thread::{Phase, ThreadId};
use super::{Effect, Execution};
use crate::asl::flow;
use crate::asl::flow::steps::{self, Basis, Shape};
use crate::asl::program::{Next, StateId, StateKind};
use crate::asl::{Fault, JSON_DEPTH_MAX, Payload};
use crate::engine::clock::Timestamp;
use crate::engine::task::TaskReport;

impl Execution {
    /// Lets runnable threads take turns until none is left, or the turn of this execution is over.
    pub(super) fn run(&mut self, now: Timestamp) {
        for _ in 0..STEPS_MAX {
            let Some(id) = self.runnable.pop_front() else { return };
            self.step(id, now);
            if self.ended.is_some() {
                return;
            }
        }
        if !self.runnable.is_empty() {
            self.effects.push(Effect::More);
        }
    }

    /// One step. The queue may name a thread twice, or one that has ended: those have no step to take.
    fn step(&mut self, id: ThreadId, now: Timestamp) {
        let Some(Some(thread)) = self.threads.get(id.0 as usize) else { return };
        match &thread.phase {
            Phase::Ready => {
                let record = Record::StateEntered { thread: id, state: thread.state, input: thread.input.clone() };
                self.emit(record, now);
            }
            Phase::Entered => {
                if let Err(failure) = self.perform(id, now) {
                    self.fail(id, failure, now);
                }
            }
            Phase::Forked(forked) if forked.is_complete() || forked.has_room() => {
                if let Err(failure) = self.go_on(id, now) {
                    self.fail(id, failure, now);
                }
            }
            Phase::MapRun(run) if run.rests => {
                if let Err(failure) = self.resume_map_run(id, now) {
                    self.fail(id, failure, now);
                }
            }
            Phase::MapRun(run) if run.is_runnable() => {
                if let Err(failure) = self.go_on_with_map_run(id, now) {
                    self.fail(id, failure, now);
                }
            }
            _ => {}
        }
    }

    /// Does what the state that a thread has entered does.
    fn perform(&mut self, id: ThreadId, now: Timestamp) -> Result<(), Failure> {
        match self.state_of(id).kind {
            StateKind::Pass { .. } => self.pass(id, now),
            StateKind::Task(_) => self.schedule_task(id, now),
            StateKind::Choice { .. } => self.choose(id, now),
            StateKind::Wait(_) => self.wait(id, now),
            StateKind::Succeed => self.succeed(id, now),
            StateKind::Fail { .. } => self.fail_state(id, now),
            StateKind::Parallel(_) => self.start_parallel(id, now),
            StateKind::Map(ref map) if map.distributed.is_some() => self.start_map_run(id, now),
            StateKind::Map(_) => self.start_map(id, now),
        }
    }

    /// Branches or iterations: their end, or another iteration.
    fn go_on(&mut self, id: ThreadId, now: Timestamp) -> Result<(), Failure> {
        match self.state_of(id).kind {
            StateKind::Parallel(_) => self.finish_parallel(id, now),
            StateKind::Map(_) => self.go_on_with_map(id, now),
            _ => Ok(()),
        }
    }

    /// Fires every deadline up to `now`, in order.
    pub(super) fn fire(&mut self, now: Timestamp) {
        while let Some((at, id)) = self.deadlines.first().copied()
            && at <= now
            && self.ended.is_none()
        {
            self.deadlines.pop_first();
            if id == ThreadId::EXECUTION {
                self.emit(Record::ExecutionTimedOut { failure: Failure::timeout(false) }, now);
                return;
            }
            match &self.thread(id).phase {
                Phase::Waiting(_) => {
                    if let Err(failure) = self.finish_wait(id, now) {
                        self.fail(id, failure, now);
                    }
                }
                // Needs no record: a fold that ends before the next record finds the pause over as well.
                Phase::Backoff(_) => self.set_phase(id, Phase::Entered),
                Phase::Task(_) => self.time_out_task(id, now),
                _ => {}
            }
        }
    }

    /// Takes a report or an answer to a token; one that comes late is swallowed.
    pub(super) fn answer(&mut self, event: u64, report: TaskReport, now: Timestamp) {
        let Some(id) = self.thread_of_task(event) else { return };
        let finished = match &self.thread(id).phase {
            Phase::MapRun(_) => self.hear_of_map_run(id, report, now),
            _ => self.finish_task(id, report, now),
        };
        if let Err(failure) = finished {
            self.fail(id, failure, now);
        }
    }

    /// SendTaskHeartbeat. Without `HeartbeatSeconds`, or before a worker took the activity's task, it changes nothing, so
    /// nothing is recorded.
    pub(super) fn beat(&mut self, event: u64, now: Timestamp) {
        if let Some(id) = self.thread_of_task(event)
            && matches!(&self.thread(id).phase, Phase::Task(task) if task.heartbeat_at.is_some())
        {
            self.emit(Record::HeartbeatReceived { thread: id }, now);
        }
    }

    /// StopExecution.
    pub(super) fn stop(&mut self, error: Option<&str>, cause: Option<&str>, now: Timestamp) {
        self.emit(Record::ExecutionAborted { failure: Failure::new(error, cause) }, now);
    }

    /// The state's effective input: what `InputPath` selects.
    pub(super) fn effective_input(&mut self, id: ThreadId) -> Result<Payload, Failure> {
        let program = self.program.clone();
        let path = &program.state(self.thread(id).state).input_path;
        let raw = self.thread(id).input.payload().clone();
        self.evaluate(id, Sight::State, &raw, |data| flow::select(path, data, "InputPath"))
    }

    /// A fault of evaluating an expression, in the words in which AWS records it.
    pub(super) fn blame<T>(&self, id: ThreadId, result: Result<T, Fault>) -> Result<T, Failure> {
        result.map_err(|fault| self.blamed(id, &fault))
    }

    /// A fault with the sentence that names the state.
    pub(super) fn blamed(&self, id: ThreadId, fault: &Fault) -> Failure {
        let evaluation = fault.evaluation.clone();
        let cause = format!(
            "An error occurred while executing the state '{}' (entered at the event id #{}). {}",
            self.state_of(id).name,
            self.thread(id).entered_event,
            fault.cause
        );
        Failure { evaluation, ..Failure::new(Some(&fault.error), Some(&cause)) }
    }

    /// Leaves a state with what `OutputPath` or `Output` makes of `output`, and the scope where the state is its last.
    pub(super) fn exit(
        &mut self,
        id: ThreadId,
        output: &Payload,
        basis: Basis<'_>,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let program = self.program.clone();
        let state = program.state(self.thread(id).state);
        let next = match state.next {
            Next::State(next) => Some(next),
            Next::End | Next::NoChoiceMatched => None,
        };
        self.exit_as(id, output, basis, Shape::of(state), now, next)
    }

    /// Leaves a state for `next`, with the `Assign` and `Output` of the state, of a rule or of a catcher.
    pub(super) fn exit_as(
        &mut self,
        id: ThreadId,
        output: &Payload,
        basis: Basis<'_>,
        shape: Shape<'_>,
        now: Timestamp,
        next: Option<StateId>,
    ) -> Result<(), Failure> {
        let program = self.program.clone();
        let state = program.state(self.thread(id).state);
        let raw = self.thread(id).input.payload().clone();
        let left = self.evaluate(id, Sight::State, &raw, |data| steps::leave(state, shape, basis, output, data))?;
        let assigned = left.assigned.map_or_else(|| Ok(Vec::new()), |values| self.assigned(id, &values))?;
        let output = left.output;
        self.check_size(id, &output)?;
        let output = self.thread(id).input.or_new(output);
        self.emit(Record::StateExited { thread: id, output, next, assigned }, now);
        if next.is_none() {
            self.end_scope(id, now);
        }
        Ok(())
    }

    /// What `Assign` sets, within the limits.
    /// <https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html#variables-limits>
    fn assigned(&self, id: ThreadId, values: &Payload) -> Result<Vec<(Arc<str>, Document)>, Failure> {
        if values.text().len() > PAYLOAD_BYTES_MAX
            || values.text().len() + self.thread(id).variables.bytes() > VARIABLES_BYTES_MAX
        {
            return Err(self.too_large(id));
        }
        let fields = values.value().as_object();
        let value = |value: &Value| Document::new(Payload::from(value.clone()));
        Ok(fields.into_iter().flatten().map(|(name, field)| (name.as_str().into(), value(field))).collect())
    }

    /// What a scope's end means to what is around it. A branch's end was told by its last state's exit.
    pub(super) fn end_scope(&mut self, id: ThreadId, now: Timestamp) {
        if self.ended.is_some() {
            return;
        }
        let Some(Some(thread)) = self.threads.get(id.0 as usize) else { return };
        match thread.parent {
            None => {
                let output = thread.input.clone();
                self.emit(Record::ExecutionSucceeded { output }, now);
            }
            Some((parent, _)) if matches!(self.state_of(parent).kind, StateKind::Map(_)) => {
                self.emit(Record::IterationSucceeded { thread: id }, now);
            }
            Some(_) => {}
        }
    }

    /// Refuses an input or output of a state that AWS would refuse.
    pub(super) fn check_size(&self, id: ThreadId, output: &Payload) -> Result<(), Failure> {
        let name = &self.state_of(id).name;
        if output.depth() > JSON_DEPTH_MAX {
            let cause = format!("The output of the state '{name}' is nested deeper than {JSON_DEPTH_MAX} levels.");
            return Err(Failure::new(Some("States.Runtime"), Some(&cause)));
        }
        if output.text().len() > PAYLOAD_BYTES_MAX { Err(self.too_large(id)) } else { Ok(()) }
    }

    /// What AWS says of a state's data above its limit.
    pub(super) fn too_large(&self, id: ThreadId) -> Failure {
        Fault::too_large(&self.state_of(id).name).into()
    }

    /// A payload of this thread as a document, stored once.
    pub(super) fn document(&self, id: ThreadId, payload: Payload) -> Document {
        self.thread(id).input.or_new(payload)
    }
}
