//! A map run that is redriven: which children wait for theirs, and what is left as it is.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/redrive-map-run.html>

use super::{Child, MapRun};
use crate::engine::api::ExecutionStatus;
use crate::engine::clock::Timestamp;
use crate::engine::core::journal::Record;
use crate::engine::core::{Effect, Execution};
use crate::engine::map_run::MapRunStatus;

impl MapRun {
    /// Whether its redrive is another run, and this one is left as it is: what it was given cannot be worked on.
    pub(in crate::engine::core) fn is_spoilt(&self) -> bool {
        matches!(self.error.as_deref(), Some("States.DataLimitExceeded" | "States.Runtime"))
    }

    /// Whatever it did is over; it waits for its own redrive.
    pub(in crate::engine::core) fn rest(&mut self) {
        self.rests = true;
        self.asked = None;
        for index in std::mem::take(&mut self.running) {
            // What went on was stopped.
            if let Some(child) = self.children.get_mut(index as usize) {
                child.status = ExecutionStatus::Aborted;
            }
        }
        self.pending.clear();
    }

    /// It goes on: what did not succeed is to be done again. Items of which no child was started are read again, for the
    /// reader may have been what failed.
    fn begin_redrive(&mut self, event: u64, at: Timestamp, reads: bool) {
        self.rests = false;
        (self.status, self.error, self.written) = (MapRunStatus::Running, None, None);
        (self.attempt, self.redriven) = (event, Some(at));
        self.redrives += 1;
        let unsuccessful = (0..).zip(&self.children).filter(|(_, child)| child.is_to_be_redriven());
        self.pending = unsuccessful.map(|(index, _)| index).collect();
        if reads && self.children.is_empty() {
            (self.items, self.length, self.next) = (None, 0, 0);
        }
    }

    fn redrive_child(&mut self, index: u32) {
        self.pending.remove(&index);
        self.running.insert(index);
        if let Some(child) = self.children.get_mut(index as usize) {
            child.redrives += 1;
            child.was = Some(std::mem::replace(&mut child.status, ExecutionStatus::Running));
        }
    }

    fn keep_child(&mut self, index: u32) {
        self.running.remove(&index);
        if let Some(child) = self.children.get_mut(index as usize) {
            child.redrives = child.redrives.saturating_sub(1);
            child.status = child.was.take().unwrap_or(ExecutionStatus::Failed);
            child.is_final = true;
        }
    }
}

impl Child {
    fn is_to_be_redriven(&self) -> bool {
        self.status != ExecutionStatus::Succeeded && !self.is_final
    }
}

impl Execution {
    /// Tells that the children that are to be redriven wait for it, or do not any longer.
    pub(super) fn mark_children(&mut self, run: &MapRun, pending: bool) {
        for index in &run.pending {
            self.effects.push(Effect::MarkChild { arn: self.child_arn(run, *index), pending });
        }
    }

    /// What a record of a redrive changes.
    pub(super) fn evolve_map_run_redriven(&mut self, record: &Record, at: Timestamp, event: u64) {
        match *record {
            Record::MapRunRedriven { thread } => {
                self.follow(thread, event);
                let reads = self.reads_items(thread);
                self.change_map_run(thread, at, |run| run.begin_redrive(event, at, reads));
                if let Some(run) = self.map_run(thread).cloned() {
                    self.mark_children(&run, true);
                }
            }
            Record::ChildRedriven { thread, index } => {
                self.change_map_run(thread, at, |run| run.redrive_child(index));
            }
            Record::ChildKept { thread, index } => self.change_map_run(thread, at, |run| run.keep_child(index)),
            _ => {}
        }
    }
}
