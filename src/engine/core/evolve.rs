//! What a record changes. The only place that changes an execution's state, live and when a journal is folded, so that
//! folding the journal gives the state.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::document::Document;
use super::failure::Failure;
use super::journal::Record;
use super::limits::PAYLOAD_BYTES_MAX;
use super::thread::{Forked, Phase, TaskPhase, Thread, ThreadId};
use super::{Effect, Ended, Execution};
use crate::asl::Payload;
use crate::asl::program::{StateId, StateKind};
use crate::engine::api::ExecutionStatus;
use crate::engine::clock::Timestamp;
use crate::engine::map_run::MapRunStatus;
use crate::engine::task::TaskId;

impl Execution {
    /// Applies a record that was recorded `at` then, as the event `event` (or after it, when it is no event).
    #[expect(clippy::too_many_lines, reason = "one arm a record")]
    pub(super) fn evolve(&mut self, record: Record, at: Timestamp, event: u64) {
        match record {
            Record::ExecutionStarted { input, seed } => {
                self.seed = seed;
                self.begin(input, at);
            }
            Record::ExecutionSucceeded { output } => {
                let output = Some(output.payload().clone());
                self.end(Ended { status: ExecutionStatus::Succeeded, at, output, error: None, cause: None });
            }
            Record::ExecutionFailed { failure } => {
                self.end(Ended::without_output(ExecutionStatus::Failed, at, failure));
            }
            Record::ExecutionAborted { failure } => {
                self.end(Ended::without_output(ExecutionStatus::Aborted, at, failure));
            }
            // Only the event says why: DescribeExecution shows neither error nor cause of a machine's own timeout.
            Record::ExecutionTimedOut { .. } => {
                self.end(Ended::without_output(ExecutionStatus::TimedOut, at, Failure::default()));
            }
            Record::StateEntered { thread, state, input } => self.enter(thread, state, input, at, event),
            Record::StateExited { thread, output, next, assigned } => {
                for (name, value) in assigned {
                    self.thread_mut(thread).variables.insert(name, value.payload().clone());
                }
                self.leave(thread, output, next, event);
            }
            Record::EvaluationFailed { thread, .. } => self.follow(thread, event),
            Record::TaskScheduled { thread, input, timeout_seconds, heartbeat_seconds, credentials } => {
                let task = TaskPhase {
                    event,
                    input,
                    credentials,
                    timeout_seconds,
                    timeout_at: None,
                    heartbeat_seconds,
                    heartbeat_at: None,
                    started: false,
                    submitted: false,
                };
                self.schedule(thread, task, at);
            }
            Record::TaskSubmitted { thread, .. } => {
                self.follow(thread, event);
                self.change_task(thread, |task| task.submitted = true);
            }
            Record::HeartbeatReceived { thread } => self.hear_of_task(thread, at),
            Record::TaskStarted { thread, .. } => self.begin_activity(thread, at, event),
            Record::TaskNotStarted { thread, .. }
            | Record::TaskSucceeded { thread, .. }
            | Record::TaskFailed { thread, .. }
            | Record::TaskTimedOut { thread, .. } => {
                self.follow(thread, event);
                self.set_phase(thread, Phase::Finished);
            }
            Record::ParallelFailed { thread } | Record::MapFailed { thread } => {
                self.follow(thread, event);
                let failed = std::mem::replace(&mut self.thread_mut(thread).phase, Phase::Finished);
                self.forget(thread, &failed);
                self.set_phase(thread, Phase::Failed(Box::new(failed)));
            }
            Record::ParallelStarted { thread, input } => self.fork_branches(thread, &input, event),
            Record::MapStarted { thread, items, length, concurrency } => {
                self.fork_items(thread, items, length, concurrency, event);
            }
            Record::ParallelSucceeded { thread } | Record::MapSucceeded { thread } => {
                self.set_phase(thread, Phase::Finished);
            }
            Record::IterationStarted { thread, index, input } => self.iterate(thread, index, input, event),
            Record::IterationSucceeded { thread } => self.deliver(thread, Some(event)),
            Record::IterationFailed { thread, .. } | Record::BranchFailed { thread, .. } => self.give_up(thread),
            Record::StateAborted { .. } => {}
            Record::IterationAborted { thread } | Record::BranchAborted { thread } => self.drop_thread(thread, at),
            Record::WaitScheduled { thread, until } => self.set_phase(thread, Phase::Waiting(until)),
            Record::RetryScheduled { thread, retrier, until } => self.back_off(thread, retrier as usize, until),
            Record::ExecutionRedriven { token } => self.evolve_redriven(token, at, event),
            record => self.evolve_map_run(record, at, event),
        }
    }

    fn begin(&mut self, input: Document, at: Timestamp) {
        self.started_at = at;
        self.input = input.clone();
        let scope = self.scope();
        let start = self.program.scope(scope).start_at;
        let root = self.spawn(None, start, input, 0);
        debug_assert_eq!(root, ThreadId::ROOT, "the machine's thread is the first");
        self.watch(at);
    }

    /// The threads stay, for a redrive goes on with them.
    fn end(&mut self, ended: Ended) {
        for index in 0..self.threads.len() {
            let id = ThreadId(u32::try_from(index).expect("threads are numbered by u32"));
            self.cancel_task(id);
            self.end_map_run(id, ended.at, MapRunStatus::Aborted);
        }
        self.deadlines.clear();
        self.tasks.clear();
        self.runnable.clear();
        self.ended = Some(ended);
    }

    fn enter(&mut self, id: ThreadId, state: StateId, input: Document, at: Timestamp, event: u64) {
        let thread = self.thread_mut(id);
        thread.state = state;
        thread.input = input;
        thread.before_entered = thread.last_event;
        thread.last_event = event;
        thread.entered_event = event;
        (thread.entered_at, thread.since) = (at, at);
        thread.retries.clear();
        self.set_phase(id, Phase::Entered);
    }

    fn leave(&mut self, id: ThreadId, output: Document, next: Option<StateId>, event: u64) {
        let thread = self.thread_mut(id);
        thread.input = output;
        thread.last_event = event;
        if let Some(next) = next {
            thread.state = next;
            return self.set_phase(id, Phase::Ready);
        }
        self.set_phase(id, Phase::Finished);
        if let Some((parent, _)) = self.thread(id).parent
            && matches!(self.state_of(parent).kind, StateKind::Parallel(_))
        {
            self.deliver(id, None);
        }
    }

    fn fork_branches(&mut self, id: ThreadId, input: &Document, event: u64) {
        self.follow(id, event);
        let program = self.program.clone();
        let StateKind::Parallel(parallel) = &program.state(self.thread(id).state).kind else { return };
        let count = u32::try_from(parallel.branches.len()).unwrap_or(u32::MAX);
        let forked = Forked {
            results: vec![None; parallel.branches.len()],
            completed: 0,
            next: count,
            running: count,
            concurrency: count,
            items: None,
            last_inner: None,
            result_bytes: 0,
            children: BTreeSet::new(),
            stopped: BTreeMap::new(),
        };
        self.set_phase(id, Phase::Forked(Box::new(forked)));
        for (slot, branch) in (0..count).zip(&parallel.branches) {
            let start = self.program.scope(*branch).start_at;
            self.spawn(Some((id, slot)), start, input.clone(), event);
        }
    }

    fn fork_items(&mut self, id: ThreadId, items: Document, length: u32, concurrency: u32, event: u64) {
        self.follow(id, event);
        let forked = Forked {
            results: vec![None; length as usize],
            completed: 0,
            next: 0,
            running: 0,
            concurrency,
            items: Some(items),
            last_inner: None,
            result_bytes: 0,
            children: BTreeSet::new(),
            stopped: BTreeMap::new(),
        };
        self.set_phase(id, Phase::Forked(Box::new(forked)));
    }

    fn iterate(&mut self, parent: ThreadId, index: u32, input: Document, event: u64) {
        let StateKind::Map(map) = &self.state_of(parent).kind else { return };
        let start = self.program.scope(map.processor).start_at;
        if let Phase::Forked(forked) = &mut self.thread_mut(parent).phase {
            forked.next = index + 1;
            forked.running += 1;
        }
        self.spawn(Some((parent, index)), start, input, event);
        self.wake(parent);
    }

    /// Hands a finished thread's output to its parent. `event` is the event that says so, where there is one.
    fn deliver(&mut self, id: ThreadId, event: Option<u64>) {
        let Some(child) = self.release(id) else { return };
        let Some((parent, slot)) = child.parent else { return };
        let thread = self.thread_mut(parent);
        thread.last_event = event.unwrap_or(child.last_event);
        if let Phase::Forked(forked) = &mut thread.phase {
            forked.result_bytes = forked.result_bytes.saturating_add(child.input.payload().text().len() + 1);
            // Too much together fails the state in the end; until then it is not held in memory.
            let kept = forked.result_bytes <= PAYLOAD_BYTES_MAX;
            let result = if kept { child.input } else { Document::new(Payload::from(Value::Null)) };
            forked.results[slot as usize] = Some(result);
            forked.completed += 1;
            forked.running -= 1;
            forked.last_inner = Some(child.last_event);
        }
        self.wake(parent);
    }

    /// A branch or iteration failed: its thread ends, and its parent's next event follows its last one.
    fn give_up(&mut self, id: ThreadId) {
        let Some(child) = self.release(id) else { return };
        if let Some((parent, _)) = child.parent {
            self.thread_mut(parent).last_event = child.last_event;
        }
        self.lay_aside(child);
    }

    /// Keeps a thread that failed or was aborted for a redrive.
    fn lay_aside(&mut self, child: Thread) {
        if let Some((parent, slot)) = child.parent
            && let Some(Some(parent)) = self.threads.get_mut(parent.0 as usize)
            && let Phase::Forked(forked) = &mut parent.phase
        {
            forked.stopped.insert(slot, Box::new(child));
        }
    }

    fn back_off(&mut self, id: ThreadId, retrier: usize, until: Timestamp) {
        let thread = self.thread_mut(id);
        if thread.retries.len() <= retrier {
            thread.retries.resize(retrier + 1, 0);
        }
        thread.retries[retrier] += 1;
        self.set_phase(id, Phase::Backoff(until));
    }

    /// The clocks of an activity's task wait for its worker:
    /// <https://docs.aws.amazon.com/step-functions/latest/dg/troubleshooting-activities.html>
    fn schedule(&mut self, id: ThreadId, mut task: TaskPhase, at: Timestamp) {
        if !self.is_activity(id) {
            task.begin(at);
        }
        self.follow(id, task.event);
        self.set_phase(id, Phase::Task(Box::new(task)));
    }

    fn begin_activity(&mut self, id: ThreadId, at: Timestamp, event: u64) {
        self.follow(id, event);
        if self.is_activity(id) {
            self.change_task(id, |task| {
                task.started = true;
                task.begin(at);
            });
        }
    }

    fn hear_of_task(&mut self, id: ThreadId, at: Timestamp) {
        let is_activity = self.is_activity(id);
        self.change_task(id, |task| {
            task.heartbeat_at = task.heartbeat_seconds.map(|seconds| at.plus_seconds(seconds));
            task.submitted |= is_activity;
        });
    }

    pub(super) fn follow(&mut self, id: ThreadId, event: u64) {
        self.thread_mut(id).last_event = event;
    }

    fn change_task(&mut self, id: ThreadId, change: impl FnOnce(&mut TaskPhase)) {
        let mut phase = self.thread(id).phase.clone();
        if let Phase::Task(task) = &mut phase {
            change(task);
        }
        self.set_phase(id, phase);
    }

    /// Changes what a thread does, with its deadline, its task and its place in the queue.
    pub(super) fn set_phase(&mut self, id: ThreadId, phase: Phase) {
        let before = std::mem::replace(&mut self.thread_mut(id).phase, phase);
        self.forget(id, &before);
        let thread = self.thread(id);
        let (deadline, task) = (thread.phase.deadline(), thread.phase.task_event());
        if let Some(deadline) = deadline {
            self.deadlines.insert((deadline, id));
        }
        if let Some(event) = task {
            self.tasks.insert(event, id);
        }
        self.wake(id);
    }

    /// Takes what a thread did out of what is looked up by deadline and by task.
    pub(super) fn forget(&mut self, id: ThreadId, phase: &Phase) {
        if let Some(deadline) = phase.deadline() {
            self.deadlines.remove(&(deadline, id));
        }
        if let Some(event) = phase.task_event() {
            self.tasks.remove(&event);
        }
    }

    fn wake(&mut self, id: ThreadId) {
        if self.thread(id).phase.is_runnable() {
            self.runnable.push_back(id);
        }
    }

    fn spawn(&mut self, parent: Option<(ThreadId, u32)>, state: StateId, input: Document, last_event: u64) -> ThreadId {
        let variables = parent.map(|(parent, _)| self.thread(parent).variables.clone()).unwrap_or_default();
        let thread = Thread {
            variables,
            parent,
            state,
            input,
            last_event,
            entered_event: 0,
            before_entered: 0,
            entered_at: Timestamp(0),
            since: Timestamp(0),
            retries: Vec::new(),
            phase: Phase::Ready,
        };
        let id = self.place(thread);
        self.runnable.push_back(id);
        id
    }

    /// Gives a thread its place, here and among its siblings.
    pub(super) fn place(&mut self, thread: Thread) -> ThreadId {
        let parent = thread.parent;
        let id = if let Some(id) = self.free.pop() {
            self.threads[id.0 as usize] = Some(thread);
            id
        } else {
            self.threads.push(Some(thread));
            ThreadId(u32::try_from(self.threads.len() - 1).expect("threads are numbered by u32"))
        };
        if let Some((parent, _)) = parent
            && let Phase::Forked(forked) = &mut self.thread_mut(parent).phase
        {
            forked.children.insert(id);
        }
        id
    }

    /// Ends a thread in the middle of whatever it does. What ran below it has ended before.
    fn drop_thread(&mut self, id: ThreadId, at: Timestamp) {
        self.cancel_task(id);
        self.end_map_run(id, at, MapRunStatus::Aborted);
        if let Some(child) = self.release(id) {
            self.lay_aside(child);
        }
    }

    pub(super) fn cancel_task(&mut self, id: ThreadId) {
        if let Some(Some(thread)) = self.threads.get(id.0 as usize)
            && let Some(event) = thread.phase.task_event()
        {
            let task = TaskId { execution: self.subject.key, event };
            self.effects.push(Effect::CancelTask(task));
        }
    }

    fn release(&mut self, id: ThreadId) -> Option<Thread> {
        let thread = self.threads.get_mut(id.0 as usize)?.take()?;
        self.forget(id, &thread.phase);
        if let Some((parent, _)) = thread.parent
            && let Some(Some(parent)) = self.threads.get_mut(parent.0 as usize)
            && let Phase::Forked(forked) = &mut parent.phase
        {
            forked.children.remove(&id);
        }
        self.free.push(id);
        Some(thread)
    }
}
