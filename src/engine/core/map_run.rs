//! A distributed Map's run: what is known of its items and of the executions that are its children, and who they are called.

mod redrive;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::document::Document;
use super::failing::mixed;
use super::failure::Failure;
use super::journal::Record;
use super::limits::MAP_RUN_CONCURRENCY_MAX;
use super::thread::{Phase, ThreadId};
use super::{ChildRequest, Effect, Execution, Subject};
use crate::engine::api::ExecutionStatus;
use crate::engine::clock::Timestamp;
use crate::engine::map_run::{ChildOf, Counts, MapRun as Shown, MapRunStatus, Tolerance};

/// A map run that goes on, or whose end is not yet its state's.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct MapRun {
    /// The event `MapRunStarted`.
    pub(super) event: u64,
    /// The event that this one follows.
    pub(super) before: u64,
    /// The event of its last redrive, or of its start: by it the outside knows what it is asked.
    pub(super) attempt: u64,
    pub(super) label: Arc<str>,
    pub(super) id: Arc<str>,
    pub(super) started: Timestamp,
    pub(super) status: MapRunStatus,
    pub(super) tolerance: Tolerance,
    /// What the reader of items or the writer of results was asked, until it answers.
    pub(super) asked: Option<Document>,
    /// The items, once they are known.
    pub(super) items: Option<Document>,
    pub(super) length: u32,
    /// The first item that no child was given.
    pub(super) next: u32,
    /// In the order of their starts.
    pub(super) children: Vec<Child>,
    /// Those that go on.
    pub(super) running: BTreeSet<u32>,
    /// What the writer answered.
    pub(super) written: Option<Document>,
    /// Children that are to be redriven, when there is room for them.
    pub(super) pending: BTreeSet<u32>,
    /// Whether its execution was redriven and it was not yet.
    pub(super) rests: bool,
    /// How often it was redriven, and when it last was.
    pub(super) redrives: u32,
    pub(super) redriven: Option<Timestamp>,
    /// The error's name, when it failed.
    pub(super) error: Option<Arc<str>>,
}

/// An execution of a map run.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Child {
    pub(super) status: ExecutionStatus,
    /// How many items it was given.
    pub(super) items: u32,
    pub(super) input: Document,
    pub(super) started: Timestamp,
    pub(super) stopped: Option<Timestamp>,
    pub(super) output: Option<Document>,
    pub(super) failure: Failure,
    /// How it had ended, while it is being redriven.
    pub(super) was: Option<ExecutionStatus>,
    /// How often it was redriven.
    pub(super) redrives: u32,
    /// Whether it can never be redriven: what it ended with is its last word.
    pub(super) is_final: bool,
}

impl MapRun {
    /// Whether another child may be started.
    pub(super) fn has_room(&self) -> bool {
        let most = match self.tolerance.max_concurrency {
            0 => MAP_RUN_CONCURRENCY_MAX,
            given => given.min(MAP_RUN_CONCURRENCY_MAX),
        };
        let waits = self.next < self.length || !self.pending.is_empty();
        waits && self.running.len() < most as usize
    }

    /// Whether every item was given to a child, and all of them have ended.
    pub(super) fn is_complete(&self) -> bool {
        self.items.is_some() && self.next >= self.length && self.running.is_empty() && self.pending.is_empty()
    }

    /// The children that go on.
    pub(super) fn going_on(&self) -> Vec<u32> {
        if self.status == MapRunStatus::Running { self.running.iter().copied().collect() } else { Vec::new() }
    }

    /// Whether something can be done at once.
    pub(super) fn is_runnable(&self) -> bool {
        let waits = self.asked.is_some() || self.status != MapRunStatus::Running;
        self.rests || !waits && (self.has_room() || self.is_complete() || self.is_exceeded())
    }

    /// Whether more items failed than may.
    pub(super) fn is_exceeded(&self) -> bool {
        let items = self.item_counts();
        let failed = items.failed + items.timed_out + items.aborted;
        let Tolerance { failures, percentage, .. } = self.tolerance;
        match (failures, percentage) {
            (None, None) => failed > 0,
            (failures, percentage) => {
                failures.is_some_and(|most| failed > most)
                    || percentage.is_some_and(|most| failed > 0 && share(failed, u64::from(self.length)) > most)
            }
        }
    }

    fn begin_child(&mut self, items: u32, input: Document, at: Timestamp) {
        self.running.insert(u32::try_from(self.children.len()).unwrap_or(u32::MAX));
        self.children.push(Child {
            status: ExecutionStatus::Running,
            items,
            input,
            started: at,
            stopped: None,
            output: None,
            failure: Failure::default(),
            was: None,
            redrives: 0,
            is_final: false,
        });
    }

    fn end_child(
        &mut self,
        index: u32,
        status: ExecutionStatus,
        output: Option<Document>,
        failure: Failure,
        at: Timestamp,
    ) {
        self.running.remove(&index);
        if let Some(child) = self.children.get_mut(index as usize) {
            (child.status, child.output, child.failure, child.stopped) = (status, output, failure, Some(at));
        }
    }

    pub(super) fn item_counts(&self) -> Counts {
        let mut counts = self.counts(|child| u64::from(child.items));
        counts.pending = u64::from(self.length.saturating_sub(self.next));
        counts
    }

    fn counts(&self, weight: impl Fn(&Child) -> u64) -> Counts {
        let mut counts = Counts::default();
        let over = self.status != MapRunStatus::Running;
        for (index, child) in (0..).zip(&self.children) {
            if child.is_final {
                counts.failures_not_redrivable += weight(child);
            }
            let count = match child.status {
                _ if !over && self.pending.contains(&index) => &mut counts.pending_redrive,
                // What goes on when its run ends is stopped.
                ExecutionStatus::Running if over => &mut counts.aborted,
                ExecutionStatus::Running => &mut counts.running,
                ExecutionStatus::Succeeded => &mut counts.succeeded,
                ExecutionStatus::Failed => &mut counts.failed,
                ExecutionStatus::TimedOut => &mut counts.timed_out,
                ExecutionStatus::Aborted => &mut counts.aborted,
            };
            *count += weight(child);
        }
        if self.status == MapRunStatus::Succeeded {
            counts.results_written = counts.succeeded;
        }
        counts
    }

    /// Under what its results are kept: each redrive has a place of its own.
    pub(super) fn place_of_results(&self) -> String {
        if self.redrives == 0 { self.id.to_string() } else { format!("{}/Redrive-{}", self.id, self.redrives) }
    }

    /// Its ARN.
    pub(super) fn arn(&self, subject: &Subject) -> Arc<str> {
        arn(subject, &self.label, &self.id)
    }

    /// The ARN that stands for the machine of its children.
    pub(super) fn state_machine_arn(&self, subject: &Subject) -> Arc<str> {
        format!("{}/{}", subject.state_machine_arn, self.label).into()
    }

    /// As DescribeMapRun shows it.
    pub(super) fn shown(&self, subject: &Subject, stopped: Option<Timestamp>) -> Shown {
        Shown {
            arn: self.arn(subject),
            execution: subject.key,
            execution_arn: Arc::clone(&subject.arn),
            state_machine_arn: self.state_machine_arn(subject),
            event: self.event,
            status: self.status,
            started: self.started,
            stopped,
            redrives: self.redrives,
            redriven: self.redriven,
            tolerance: self.tolerance,
            items: self.item_counts(),
            executions: self.counts(|_| 1),
        }
    }
}

/// The ARN of a run.
pub(super) fn arn(subject: &Subject, label: &str, id: &str) -> Arc<str> {
    let base = subject.state_machine_arn.replacen(":stateMachine:", ":mapRun:", 1);
    format!("{base}/{label}:{id}").into()
}

#[expect(clippy::cast_precision_loss, reason = "no dataset has 2^52 items")]
fn share(part: u64, whole: u64) -> f64 {
    part as f64 * 100.0 / whole.max(1) as f64
}

impl Execution {
    pub(super) fn map_run(&self, id: ThreadId) -> Option<&MapRun> {
        if let Phase::MapRun(run) = &self.thread(id).phase { Some(run) } else { None }
    }

    /// Changes a map run, and notes it for the store.
    pub(super) fn change_map_run(&mut self, id: ThreadId, at: Timestamp, change: impl FnOnce(&mut MapRun)) {
        let phase = std::mem::replace(&mut self.thread_mut(id).phase, Phase::Entered);
        self.forget(id, &phase);
        let Phase::MapRun(mut run) = phase else { return self.set_phase(id, phase) };
        change(&mut run);
        self.note_map_run(&run, at);
        self.set_phase(id, Phase::MapRun(run));
    }

    /// Keeps what the store shall know of a map run.
    pub(super) fn note_map_run(&mut self, run: &MapRun, at: Timestamp) {
        let stopped = (run.status != MapRunStatus::Running).then_some(at);
        self.map_runs.insert(run.event, run.shown(&self.subject, stopped));
    }

    /// Ends what a map run has going on: its children, and what was asked for it.
    pub(super) fn end_map_run(&mut self, id: ThreadId, at: Timestamp, status: MapRunStatus) {
        let Some(Some(thread)) = self.threads.get(id.0 as usize) else { return };
        let Phase::MapRun(run) = &thread.phase else { return };
        if run.status != MapRunStatus::Running {
            return;
        }
        let mut run = run.clone();
        run.status = status;
        for index in &run.running {
            self.effects.push(Effect::StopChild(self.child_arn(&run, *index)));
        }
        self.mark_children(&run, false);
        self.note_map_run(&run, at);
    }

    /// The child's name: the same whenever this execution is replayed.
    pub(super) fn child_name(&self, run: &MapRun, index: u32) -> String {
        self.unique(run.event, u64::from(index) + 1)
    }

    /// The child's ARN.
    pub(super) fn child_arn(&self, run: &MapRun, index: u32) -> Arc<str> {
        let base = run.state_machine_arn(&self.subject).replacen(":stateMachine:", ":execution:", 1);
        format!("{base}:{}", self.child_name(run, index)).into()
    }

    /// What is needed to start a child, for the first time or after a crash.
    pub(super) fn child_request(&self, run: &MapRun, scope: u32, express: bool, index: u32) -> Option<ChildRequest> {
        let child = run.children.get(index as usize)?;
        Some(ChildRequest {
            arn: self.child_arn(run, index),
            name: self.child_name(run, index).into(),
            state_machine_arn: run.state_machine_arn(&self.subject),
            child_of: ChildOf {
                map_run_arn: run.arn(&self.subject),
                parent: self.subject.key,
                event: run.event,
                index,
                scope,
                items: child.items,
                express,
            },
            input: child.input.payload().clone(),
        })
    }

    /// What a record of a map run changes.
    pub(super) fn evolve_map_run(&mut self, record: Record, at: Timestamp, event: u64) {
        match record {
            Record::DistributedMapStarted { thread, .. } => self.follow(thread, event),
            Record::MapRunStarted { thread, label, id, tolerance } => {
                let before = self.thread(thread).last_event;
                self.follow(thread, event);
                let run = MapRun {
                    event,
                    before,
                    attempt: event,
                    label,
                    id,
                    started: at,
                    status: MapRunStatus::Running,
                    tolerance,
                    asked: None,
                    items: None,
                    length: 0,
                    next: 0,
                    children: Vec::new(),
                    running: BTreeSet::new(),
                    written: None,
                    pending: BTreeSet::new(),
                    rests: false,
                    redrives: 0,
                    redriven: None,
                    error: None,
                };
                self.note_map_run(&run, at);
                self.set_phase(thread, Phase::MapRun(Box::new(run)));
            }
            Record::MapRunAsked { thread, request } => {
                self.change_map_run(thread, at, |run| run.asked = Some(request));
            }
            Record::ItemsRead { thread, items, length } => self.change_map_run(thread, at, |run| {
                run.asked = None;
                run.items = Some(items);
                run.length = length;
            }),
            Record::ChildStarted { thread, items, input } => self.change_map_run(thread, at, |run| {
                run.next += items;
                run.begin_child(items, input, at);
            }),
            Record::ChildEnded { thread, index, status, output, failure } => {
                self.change_map_run(thread, at, |run| run.end_child(index, status, output, failure, at));
            }
            Record::ResultsWritten { thread, output } => self.change_map_run(thread, at, |run| {
                run.asked = None;
                run.written = Some(output);
            }),
            Record::MapRunUpdated { thread, tolerance } => {
                self.change_map_run(thread, at, |run| run.tolerance = tolerance);
            }
            Record::MapRunSucceeded { thread } => {
                self.follow(thread, event);
                self.change_map_run(thread, at, |run| run.status = MapRunStatus::Succeeded);
            }
            Record::MapRunFailed { thread, failure } => {
                self.follow(thread, event);
                self.cancel_task(thread);
                self.end_map_run(thread, at, MapRunStatus::Failed);
                self.change_map_run(thread, at, |run| {
                    (run.status, run.error) = (MapRunStatus::Failed, failure.error);
                });
            }
            record => self.evolve_map_run_redriven(&record, at, event),
        }
    }

    /// A UUID that is the same whenever this execution is replayed.
    pub(super) fn unique(&self, event: u64, round: u64) -> String {
        let draw = |salt: u64| mixed(self.seed ^ mixed(event.rotate_left(32) ^ round) ^ salt);
        let (high, low) = (draw(0x6d61_7072_756e), draw(0x6368_696c_6472));
        let (high, low) = ((high & !0xf000) | 0x4000, (low & !(0b11 << 62)) | (0b10 << 62));
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xffff,
            low >> 48,
            low & 0xffff_ffff_ffff
        )
    }
}
