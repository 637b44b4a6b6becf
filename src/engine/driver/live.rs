//! The executions in memory: who can run, who waits until when, who waits for somebody outside.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::engine::clock::Timestamp;
use crate::engine::core::{Activities, Effect, Ended, Execution, Input};
use crate::engine::map_run::{ChildOf, MapRun};

/// One execution that goes on.
struct Live {
    execution: Execution,
    deadline: Option<Timestamp>,
    outside: bool,
    queued: bool,
}

/// All executions that go on, by their keys, and what the driver asks about all of them at once.
#[derive(Default)]
pub(super) struct Executions {
    live: BTreeMap<i64, Live>,
    /// By deadline and then by key: the order in which what is overdue fires.
    deadlines: BTreeSet<(Timestamp, i64)>,
    runnable: VecDeque<i64>,
    outside: usize,
    /// Running according to the store, and to be read from it: since the opening, or since a commit failed.
    lost: BTreeSet<i64>,
    /// What executions are told when they are told anything.
    activities: Activities,
}

impl Executions {
    /// From here on these activities exist.
    pub(super) fn tell_activities(&mut self, activities: Activities) {
        self.activities = activities;
    }

    /// Takes an execution in.
    pub(super) fn insert(&mut self, key: i64, execution: Execution) {
        self.lost.remove(&key);
        let live = Live { execution, deadline: None, outside: false, queued: false };
        self.live.insert(key, live);
        self.refresh(key);
    }

    /// Tells an execution what happened. Nothing comes of it when there is no such execution, or it has ended.
    pub(super) fn handle(&mut self, key: i64, input: Input, now: Timestamp) -> Vec<Effect> {
        let Some(live) = self.live.get_mut(&key).filter(|live| live.execution.ended().is_none()) else {
            return Vec::new();
        };
        live.execution.tell_activities(&self.activities);
        let effects = live.execution.handle(input, now);
        self.refresh(key);
        effects
    }

    fn refresh(&mut self, key: i64) {
        let Some(live) = self.live.get_mut(&key) else { return };
        let ended = live.execution.ended().is_some();
        let deadline = if ended { None } else { live.execution.next_deadline() };
        if deadline != live.deadline {
            live.deadline.map(|old| self.deadlines.remove(&(old, key)));
            deadline.map(|new| self.deadlines.insert((new, key)));
            live.deadline = deadline;
        }
        let outside = !ended && live.execution.awaits_outside();
        self.outside = self.outside + usize::from(outside) - usize::from(live.outside);
        live.outside = outside;
    }

    /// Lets an execution go.
    pub(super) fn remove(&mut self, key: i64) {
        if let Some(live) = self.live.remove(&key) {
            live.deadline.map(|deadline| self.deadlines.remove(&(deadline, key)));
            self.outside -= usize::from(live.outside);
        }
    }

    /// Lets an execution go that must be read from the store again.
    pub(super) fn lose(&mut self, key: i64) {
        self.remove(key);
        self.lost.insert(key);
    }

    /// Gives up reading an execution; it stays as the store has it.
    pub(super) fn give_up(&mut self, key: i64) {
        self.lost.remove(&key);
    }

    /// The executions that must be read from the store, oldest first.
    pub(super) fn lost(&self) -> Vec<i64> {
        self.lost.iter().copied().collect()
    }

    pub(super) fn any_lost(&self) -> bool {
        !self.lost.is_empty()
    }

    pub(super) fn is_live(&self, key: i64) -> bool {
        self.live.contains_key(&key)
    }

    pub(super) fn is_lost(&self, key: i64) -> bool {
        self.lost.contains(&key)
    }

    /// How many go on.
    pub(super) fn count(&self) -> usize {
        self.live.len() + self.lost.len()
    }

    /// How an execution that is still here ended.
    pub(super) fn ended(&self, key: i64) -> Option<&Ended> {
        self.live.get(&key).and_then(|live| live.execution.ended())
    }

    /// What changed of an execution's map runs.
    pub(super) fn take_map_runs(&mut self, key: i64) -> Vec<MapRun> {
        self.live.get_mut(&key).map(|live| live.execution.take_map_runs()).unwrap_or_default()
    }

    /// Which child of a map run an execution is that is still here.
    pub(super) fn child_of(&self, key: i64) -> Option<&ChildOf> {
        self.live.get(&key).and_then(|live| live.execution.child_of())
    }

    /// The id of the last event of an execution that is still here; 0 of any other.
    pub(super) fn last_event(&self, key: i64) -> u64 {
        self.live.get(&key).map_or(0, |live| live.execution.last_event())
    }

    /// When a client's token redrove an execution that is still here, if that is to be answered again.
    pub(super) fn redriven_with(&self, key: i64, token: &str, now: Timestamp) -> Option<Timestamp> {
        self.live.get(&key)?.execution.redriven_with(token, now)
    }

    /// An execution that is here.
    #[cfg(test)]
    pub(super) fn look(&self, key: i64) -> Option<&Execution> {
        self.live.get(&key).map(|live| &live.execution)
    }

    /// The activities that exist.
    pub(super) fn activities(&self) -> &Activities {
        &self.activities
    }

    /// The machine of an execution that is still here.
    pub(super) fn state_machine_arn(&self, key: i64) -> Option<Arc<str>> {
        self.live.get(&key).map(|live| Arc::clone(live.execution.state_machine_arn()))
    }

    /// Whether an execution still waits for the task that an event scheduled.
    pub(super) fn awaits(&self, key: i64, event: u64) -> bool {
        self.live.get(&key).is_some_and(|live| live.execution.ended().is_none() && live.execution.awaits(event))
    }

    /// What an execution appended to its journal.
    pub(super) fn take_journal(&mut self, key: i64) -> Vec<u8> {
        self.live.get_mut(&key).map(|live| live.execution.take_journal()).unwrap_or_default()
    }

    /// Queues an execution behind the others that can run.
    pub(super) fn make_runnable(&mut self, key: i64) {
        if let Some(live) = self.live.get_mut(&key).filter(|live| !live.queued) {
            live.queued = true;
            self.runnable.push_back(key);
        }
    }

    /// The execution whose turn it is.
    pub(super) fn next_runnable(&mut self) -> Option<i64> {
        while let Some(key) = self.runnable.pop_front() {
            // Those that were let go since are still in the queue.
            if let Some(live) = self.live.get_mut(&key).filter(|live| live.queued) {
                live.queued = false;
                return Some(key);
            }
        }
        None
    }

    pub(super) fn any_runnable(&self) -> bool {
        !self.runnable.is_empty()
    }

    pub(super) fn next_deadline(&self) -> Option<Timestamp> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    /// The executions with a deadline at or before `now`, in their order.
    pub(super) fn due(&self, now: Timestamp) -> Vec<i64> {
        self.deadlines.range(..=(now, i64::MAX)).map(|(_, key)| *key).collect()
    }

    pub(super) fn any_due(&self, now: Timestamp) -> bool {
        self.next_deadline().is_some_and(|deadline| deadline <= now)
    }

    /// Whether any execution waits for a token's holder or an activity's worker.
    pub(super) fn any_outside(&self) -> bool {
        self.outside > 0
    }
}
