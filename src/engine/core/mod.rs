//! One execution as a pure state machine: what happens outside comes in as [`Input`], what must be done goes out as
//! [`Effect`]s, what happened is appended to the [`journal`].
//!
//! Owns: the semantics of every state type, Retry and Catch, event order and ids. Must not know: async, clocks,
//! randomness, stores, what a task does. Start reading at [`Execution::handle`]: it decides what happens next and emits
//! `journal::Record`s; `evolve` alone applies them, live and when a journal is folded. What a state type does is in
//! `states/`, one file each; what becomes of an error is in `failing`.

mod context;
mod document;
mod evolve;
mod failing;
mod failure;
mod history;
pub mod journal;
pub mod limits;
mod map_run;
mod payloads;
mod redrive;
mod rest;
mod states;
mod step;
#[cfg(test)]
mod tests;
mod thread;
mod token;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use serde_json::Value;

pub use history::{Projected, Projector, history};
pub use limits::{HISTORY_EVENTS_MAX, REDRIVES_MAX, STEPS_MAX};
pub use payloads::{Payloads, payloads};
pub use rest::{Rest, RestingTask};
pub use token::TokenKey;

use self::document::Document;
use self::failure::Failure;
use self::journal::{Entries, JournalError, Record, Writer};
use self::redrive::Redrives;
use self::thread::{Phase, Thread, ThreadId};
use crate::asl::program::{Pattern, Resource, ScopeId, State, StateKind};
use crate::asl::{Payload, Program};
use crate::engine::api::{ExecutionStatus, StateMachineType};
use crate::engine::clock::Timestamp;
use crate::engine::map_run::{ChildOf, MapRun, Tolerance};
use crate::engine::published::Qualified;
use crate::engine::task::{TaskId, TaskReport, TaskRequest};

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
    /// Its type, which bounds how long it goes on.
    pub state_machine_type: StateMachineType,
    /// The version and the alias by which it was started.
    pub qualified: Qualified,
    /// Which child of a map run it is, if it is one.
    pub child_of: Option<ChildOf>,
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
    /// A worker takes the activity's task that the event scheduled.
    Take {
        /// [`TaskId::event`]
        event: u64,
        /// The name that the worker gave, for the history.
        worker_name: Option<Arc<str>>,
    },
    /// The worker that took the activity's task was given it.
    Delivered {
        /// [`TaskId::event`]
        event: u64,
    },
    /// SendTaskHeartbeat for the task that the event scheduled.
    Heartbeat {
        /// [`TaskId::event`]
        event: u64,
    },
    /// A child of a map run ended.
    ChildEnded {
        /// The event that began the map run.
        event: u64,
        /// Its place among the children.
        index: u32,
        /// How.
        ended: Ended,
    },
    /// A child of a map run cannot be redriven: it stays as it ended.
    ChildKept {
        /// The event that began the map run.
        event: u64,
        /// Its place among the children.
        index: u32,
    },
    /// UpdateMapRun.
    UpdateMapRun {
        /// The event that began the map run.
        event: u64,
        /// What it is from now on.
        tolerance: Tolerance,
    },
    /// StopExecution.
    Stop {
        /// The error that the caller gave.
        error: Option<Arc<str>>,
        /// The cause that the caller gave.
        cause: Option<Arc<str>>,
    },
    /// RedriveExecution: the one input for which the end is none. Whether it is allowed is for the caller to know.
    Redrive {
        /// The token that the caller gave.
        token: Option<Arc<str>>,
    },
}

/// What must be done once the journal is durable, in this order.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Begin a task; an activity's is to be kept for a worker.
    StartTask(Box<TaskRequest>),
    /// Nobody waits for it any longer.
    CancelTask(TaskId),
    /// Begin a child of a map run, in the same commit; after a crash, unless it was begun before.
    StartChild(Box<ChildRequest>),
    /// Stop the child with this ARN, in the same commit.
    StopChild(Arc<str>),
    /// Redrive a child that ended badly, in the same commit: one of Express is begun anew.
    RedriveChild(Box<ChildRequest>),
    /// The child with this ARN waits for its redrive, or does not any longer.
    MarkChild {
        /// Its ARN.
        arn: Arc<str>,
        /// Whether it waits.
        pending: bool,
    },
    /// More can run at once: call again with [`Input::Resume`] when others had their turn.
    More,
    /// It ended.
    Ended,
}

/// A child of a map run, to be begun.
#[derive(Debug, Clone)]
pub struct ChildRequest {
    /// Its ARN: the same whenever it is asked for.
    pub arn: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// What stands for its machine's ARN.
    pub state_machine_arn: Arc<str>,
    /// Which child it is.
    pub child_of: ChildOf,
    /// Its input.
    pub input: Payload,
}

/// How an execution ended.
#[derive(Debug, Clone, PartialEq)]
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

impl Ended {
    fn without_output(status: ExecutionStatus, at: Timestamp, failure: Failure) -> Self {
        Self { status, at, output: None, error: failure.error, cause: failure.cause }
    }
}

/// The ARNs of activities.
pub type Activities = Arc<BTreeSet<Arc<str>>>;

/// One execution.
#[derive(Debug)]
pub struct Execution {
    subject: Arc<Subject>,
    program: Arc<Program>,
    /// By [`ThreadId`]; the places that are free are in `free`.
    threads: Vec<Option<Thread>>,
    free: Vec<ThreadId>,
    /// Threads that may be able to go on, in the order of their turns.
    runnable: VecDeque<ThreadId>,
    deadlines: BTreeSet<(Timestamp, ThreadId)>,
    /// The threads whose tasks are being done, by the event that scheduled them.
    tasks: BTreeMap<u64, ThreadId>,
    writer: Writer,
    /// The id of the next event, from 1.
    next_event: u64,
    started_at: Timestamp,
    /// When the last record was made: time does not run backwards here, whatever the clock does.
    last_at: Timestamp,
    input: Document,
    seed: u64,
    ended: Option<Ended>,
    redrives: Redrives,
    effects: Vec<Effect>,
    /// The map runs that changed since they were taken, by the event that began them.
    map_runs: BTreeMap<u64, MapRun>,
    /// The ARNs of the activities that exist, see [`Execution::tell_activities`].
    activities: Activities,
    /// The context object, while a call lasts; null when it is to be built.
    context: Value,
}

impl Execution {
    /// Begins an execution: its journal has its first record. `seed` is what it draws random numbers from.
    #[must_use]
    pub fn start(subject: Arc<Subject>, program: Arc<Program>, input: Payload, seed: u64, now: Timestamp) -> Self {
        let mut execution = Self::blank(subject, program);
        execution.emit(Record::ExecutionStarted { input: Document::new(input), seed }, now);
        execution
    }

    /// An execution as its journal left it; follow with [`Execution::restart`].
    ///
    /// # Errors
    /// When the journal is damaged or of a newer version.
    pub fn fold(subject: Arc<Subject>, program: Arc<Program>, bytes: &[u8]) -> Result<Self, JournalError> {
        let mut execution = Self::blank(subject, program);
        let mut entries = Entries::new(bytes)?;
        for entry in entries.by_ref() {
            let entry = entry?;
            if !execution.fits(&entry.record) {
                return Err(JournalError::Damaged(bytes.len()));
            }
            execution.last_at = entry.at;
            execution.next_event = entry.event_id + 1;
            execution.evolve(entry.record, entry.at, entry.event_id);
        }
        if execution.next_event == 1 {
            // What never began could be stopped, and what that writes would not be read again.
            return Err(JournalError::Damaged(bytes.len()));
        }
        execution.writer = Writer::resume(entries.last_at(), entries.document_count());
        execution.settle();
        execution.effects.clear();
        execution.map_runs.clear();
        if execution.ended.is_none() {
            execution.runnable = execution.ids().filter(|id| execution.thread(*id).phase.is_runnable()).collect();
        }
        Ok(execution)
    }

    fn blank(subject: Arc<Subject>, program: Arc<Program>) -> Self {
        Self {
            subject,
            program,
            threads: Vec::new(),
            free: Vec::new(),
            runnable: VecDeque::new(),
            deadlines: BTreeSet::new(),
            tasks: BTreeMap::new(),
            writer: Writer::new(),
            next_event: 1,
            started_at: Timestamp(0),
            last_at: Timestamp(0),
            input: Document::new(Payload::from(serde_json::Value::Null)),
            seed: 0,
            ended: None,
            redrives: Redrives::default(),
            effects: Vec::new(),
            map_runs: BTreeMap::new(),
            activities: Activities::default(),
            context: Value::Null,
        }
    }

    /// Tells which activities exist. It is a part of every input from here on: a Task state whose activity does not exist
    /// when it is entered fails the execution.
    pub fn tell_activities(&mut self, activities: &Activities) {
        if !Arc::ptr_eq(&self.activities, activities) {
            self.activities = Arc::clone(activities);
        }
    }

    /// After a fold: the effects that a crash may have swallowed. Tasks that were scheduled and not answered begin
    /// again, except those that were submitted and wait for their token. An activity's begins again when its worker took it
    /// and was perhaps never given it.
    pub fn restart(&mut self) -> Vec<Effect> {
        if self.ended.is_some() {
            return Vec::new();
        }
        let unanswered: Vec<ThreadId> = self.tasks.values().copied().collect();
        for id in unanswered {
            let submitted = matches!(&self.thread(id).phase, Phase::Task(task) if task.submitted);
            if !(submitted && is_answered_outside(self.state_of(id))) {
                self.start_task(id);
            }
            self.ask_again(id);
        }
        let ids: Vec<ThreadId> = self.ids().collect();
        for id in ids {
            let going_on: Vec<u32> = self.map_run(id).map_or_else(Vec::new, map_run::MapRun::going_on);
            self.start_children(id, &going_on);
        }
        if !self.runnable.is_empty() {
            self.effects.push(Effect::More);
        }
        std::mem::take(&mut self.effects)
    }

    /// Takes one input at `now` and runs what can run, at most [`STEPS_MAX`] steps. An execution that has ended
    /// swallows everything but a redrive.
    pub fn handle(&mut self, input: Input, now: Timestamp) -> Vec<Effect> {
        if self.ended.is_none() || matches!(input, Input::Redrive { .. }) && self.ended_badly() {
            match input {
                Input::Resume => {}
                Input::Tick => self.fire(now),
                Input::Report { event, report } => self.answer(event, report, now),
                Input::Take { event, worker_name } => self.hand_over(event, worker_name, now),
                Input::Delivered { event } => self.delivered(event, now),
                Input::Heartbeat { event } => self.beat(event, now),
                Input::ChildEnded { event, index, ended } => self.child_ended(event, index, ended, now),
                Input::UpdateMapRun { event, tolerance } => self.update_map_run(event, tolerance, now),
                Input::ChildKept { event, index } => self.child_kept(event, index, now),
                Input::Stop { error, cause } => self.stop(error.as_deref(), cause.as_deref(), now),
                Input::Redrive { token } => self.redrive(token, now),
            }
            self.run(now);
            self.settle();
            if self.ended.is_some() {
                self.effects.push(Effect::Ended);
            }
        }
        std::mem::take(&mut self.effects)
    }

    /// What changed of map runs since the last call.
    pub fn take_map_runs(&mut self) -> Vec<MapRun> {
        std::mem::take(&mut self.map_runs).into_values().collect()
    }

    /// Which child it is, if it is one.
    #[must_use]
    pub fn child_of(&self) -> Option<&ChildOf> {
        self.subject.child_of.as_ref()
    }

    /// The scope that it runs.
    fn scope(&self) -> ScopeId {
        let scope = self.subject.child_of.as_ref().map(|child_of| child_of.scope);
        // A store that was tampered with may name one that the program has not.
        let scope = scope.filter(|scope| (*scope as usize) < self.program.scopes.len());
        scope.map_or(ScopeId::MACHINE, ScopeId)
    }

    /// The machine that it is of.
    #[must_use]
    pub fn state_machine_arn(&self) -> &Arc<str> {
        &self.subject.state_machine_arn
    }

    /// Whether the task that an event scheduled still waits for an answer: what decides between success and
    /// `TaskTimedOut` for SendTask*.
    #[must_use]
    pub fn awaits(&self, event: u64) -> bool {
        self.thread_of_task(event).is_some()
    }

    /// The earliest instant at which [`Input::Tick`] has something to do.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// Whether something outside that is no task of ours is awaited: a token or an activity. It holds a virtual clock.
    #[must_use]
    pub fn awaits_outside(&self) -> bool {
        self.tasks.values().any(|id| is_answered_outside(self.state_of(*id)))
    }

    /// What was appended to the journal since the last call; empty when nothing.
    pub fn take_journal(&mut self) -> Vec<u8> {
        self.writer.take()
    }

    /// How it ended, if it did.
    #[must_use]
    pub fn ended(&self) -> Option<&Ended> {
        self.ended.as_ref()
    }

    /// The id of its last event; 0 before the first.
    #[must_use]
    pub fn last_event(&self) -> u64 {
        self.next_event - 1
    }

    /// Records what happened and applies it. What comes after the end is swallowed; the event that AWS has no room for
    /// is the end.
    fn emit(&mut self, record: Record, now: Timestamp) {
        if self.ended.is_some() && !matches!(record, Record::ExecutionRedriven { .. }) {
            return;
        }
        let mut record = self.within_history(record);
        self.last_at = self.last_at.max(now);
        let at = self.last_at;
        let event = if record.is_event() { self.next_event } else { self.next_event - 1 };
        let back = event - self.previous_event(&record).min(event);
        self.writer.append(&mut record, at, back);
        self.next_event = event + 1;
        self.evolve(record, at, event);
    }

    fn within_history(&self, record: Record) -> Record {
        let most = match self.subject.state_machine_type {
            StateMachineType::Standard => limits::HISTORY_EVENTS_MAX,
            StateMachineType::Express => limits::EXPRESS_EVENTS_MAX,
        };
        if self.next_event < most || !record.is_event() || record.is_end() {
            return record;
        }
        let cause = format!("The execution reached the maximum number of history events ({most}).");
        Record::ExecutionFailed { failure: Failure::new(Some("States.Runtime"), Some(&cause)) }
    }

    /// What a record's event follows, in AWS's chain of `previousEventId`.
    fn previous_event(&self, record: &Record) -> u64 {
        match record {
            Record::ExecutionStarted { .. } | Record::ExecutionAborted { .. } | Record::ExecutionTimedOut { .. } => 0,
            Record::ExecutionSucceeded { .. } | Record::ExecutionFailed { .. } => {
                self.thread(ThreadId::ROOT).last_event.max(self.redrives.event)
            }
            // It follows the end.
            Record::ExecutionRedriven { .. } => self.last_event(),
            Record::MapRunRedriven { thread } => self.map_run(*thread).map_or(0, |run| run.before),
            Record::IterationStarted { thread, .. } => match &self.thread(*thread).phase {
                Phase::Forked(forked) => forked.last_inner.unwrap_or(self.thread(*thread).last_event),
                _ => self.thread(*thread).last_event,
            },
            Record::EvaluationFailed { thread, .. } => {
                // As recorded: what could not be evaluated at once follows what the state's own event follows.
                let thread = self.thread(*thread);
                let at_once = thread.last_event == thread.entered_event;
                if at_once { thread.before_entered } else { thread.last_event }
            }
            other => other.thread().map_or(0, |thread| self.thread(thread).last_event),
        }
    }

    /// After a call the context object is not kept; after the end, nothing runs.
    fn settle(&mut self) {
        self.context = Value::Null;
        if self.ended.is_some() {
            self.runnable.clear();
        }
    }

    fn ids(&self) -> impl Iterator<Item = ThreadId> {
        let taken = self.threads.iter().zip(0..).filter(|(thread, _)| thread.is_some());
        taken.map(|(_, index)| ThreadId(index))
    }

    fn children(&self, parent: ThreadId) -> Vec<ThreadId> {
        match &self.thread(parent).phase {
            Phase::Forked(forked) => forked.children.iter().copied().collect(),
            _ => Vec::new(),
        }
    }

    fn thread(&self, id: ThreadId) -> &Thread {
        self.threads[id.0 as usize].as_ref().expect("only threads that run are named")
    }

    fn thread_mut(&mut self, id: ThreadId) -> &mut Thread {
        self.threads[id.0 as usize].as_mut().expect("only threads that run are named")
    }

    fn state_of(&self, id: ThreadId) -> &State {
        self.program.state(self.thread(id).state)
    }

    fn is_distributed(&self, id: ThreadId) -> bool {
        matches!(&self.state_of(id).kind, StateKind::Map(map) if map.distributed.is_some())
    }

    fn is_activity(&self, id: ThreadId) -> bool {
        let StateKind::Task(task) = &self.state_of(id).kind else { return false };
        matches!(task.resource, Resource::Activity { .. })
    }

    fn thread_of_task(&self, event: u64) -> Option<ThreadId> {
        self.tasks.get(&event).copied()
    }

    /// Whether a record that was read can be applied: its threads run, its states exist.
    fn fits(&self, record: &Record) -> bool {
        let thread = record.thread().is_none_or(|ThreadId(id)| matches!(self.threads.get(id as usize), Some(Some(_))));
        let first = matches!(record, Record::ExecutionStarted { .. });
        let redriven = matches!(record, Record::ExecutionRedriven { .. });
        let after_the_end = if redriven { self.ended_badly() } else { self.ended.is_none() };
        thread && (self.next_event == 1) == first && after_the_end && self.fits_its_thread(record)
    }

    fn fits_its_thread(&self, record: &Record) -> bool {
        // Nothing is recorded of a thread while branches or iterations run below it, but that another one starts.
        let waits = record.thread().is_some_and(|thread| !self.children(thread).is_empty());
        if waits && !matches!(record, Record::IterationStarted { .. }) {
            return false;
        }
        match record {
            Record::StateEntered { state, .. } | Record::StateExited { next: Some(state), .. } => {
                (state.0 as usize) < self.program.states.len()
            }
            Record::TaskScheduled { thread, .. } => matches!(self.state_of(*thread).kind, StateKind::Task(_)),
            Record::ParallelStarted { thread, .. } => matches!(self.state_of(*thread).kind, StateKind::Parallel(_)),
            Record::MapStarted { thread, items, length, .. } => {
                let items = items.payload().value().as_array().map_or(0, Vec::len);
                matches!(self.state_of(*thread).kind, StateKind::Map(_)) && items == *length as usize
            }
            Record::IterationStarted { thread, index, .. } => match &self.thread(*thread).phase {
                Phase::Forked(forked) => forked.next == *index && (*index as usize) < forked.results.len(),
                _ => false,
            },
            Record::IterationSucceeded { thread }
            | Record::IterationFailed { thread, .. }
            | Record::IterationAborted { thread }
            | Record::BranchFailed { thread, .. }
            | Record::BranchAborted { thread } => {
                self.thread(*thread).parent.is_some_and(|(parent, _)| self.children(parent).contains(thread))
            }
            Record::MapRunStarted { thread, .. } | Record::DistributedMapStarted { thread, .. } => {
                self.is_distributed(*thread)
            }
            Record::MapRunSucceeded { thread }
            | Record::MapRunAsked { thread, .. }
            | Record::ResultsWritten { thread, .. }
            | Record::MapRunFailed { thread, .. }
            | Record::MapRunUpdated { thread, .. } => self.map_run(*thread).is_some(),
            Record::ItemsRead { thread, items, length } => {
                let items = items.payload().value().as_array().map_or(0, Vec::len);
                self.map_run(*thread).is_some_and(|run| run.items.is_none()) && items == *length as usize
            }
            Record::ChildStarted { thread, items, .. } => {
                self.map_run(*thread).is_some_and(|run| *items > 0 && *items <= run.length.saturating_sub(run.next))
            }
            Record::ChildEnded { thread, index, .. } => {
                self.map_run(*thread).is_some_and(|run| run.running.contains(index))
            }
            Record::MapRunRedriven { thread } => self.map_run(*thread).is_some_and(|run| run.rests),
            Record::ChildRedriven { thread, index } => {
                self.map_run(*thread).is_some_and(|run| run.pending.contains(index))
            }
            Record::ChildKept { thread, index } => self.map_run(*thread).is_some_and(|run| run.running.contains(index)),
            Record::RetryScheduled { thread, retrier, .. } => (*retrier as usize) < self.state_of(*thread).retry.len(),
            _ => true,
        }
    }
}

/// Whether a state's task is answered by SendTask* and not by what runs for it.
fn is_answered_outside(state: &State) -> bool {
    let StateKind::Task(task) = &state.kind else { return false };
    match &task.resource {
        Resource::Activity { .. } => true,
        Resource::Integration { pattern, .. } => *pattern == Pattern::WaitForTaskToken,
        Resource::Lambda { .. } => false,
    }
}
