//! The executions that go on: who can run, who waits until when, who waits for somebody outside, and who rests.
//!
//! Those that rest are not in memory but for their deadlines: a million may wait for a token. The last [`LIVE_MAX`] that
//! were heard of stay, for they are most likely to be heard of again.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::engine::clock::Timestamp;
use crate::engine::core::{Activities, Effect, Ended, Execution, Input, Rest};
use crate::engine::map_run::{ChildOf, MapRun};
use crate::engine::store::Write;
use crate::engine::task::TaskRequest;

/// So many executions stay in memory though they rest; hardly any in tests, so that all of them try it.
const LIVE_MAX: usize = if cfg!(test) { 1 } else { 1_024 };

/// One execution in memory.
struct Live {
    execution: Execution,
    deadline: Option<Timestamp>,
    outside: bool,
    queued: bool,
    /// Whether the store may have its rest.
    rest_is_kept: bool,
    turn: Turn,
}

/// Where an execution stands among those that are looked at for their rest.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// Not among them.
    None,
    /// In the queue.
    Queued,
    /// In the queue, and heard of since: it may stay for another turn.
    Heard,
}

/// One execution that rests. Its deadline is among all others.
struct Resting {
    deadline: Option<Timestamp>,
    /// The event of the one task that it waits for; 0 for none or for several.
    task: u64,
    outside: bool,
}

/// All executions that go on, by their keys, and what the driver asks about all of them at once.
#[derive(Default)]
pub(super) struct Executions {
    live: BTreeMap<i64, Live>,
    resting: BTreeMap<i64, Resting>,
    /// Executions in memory, in the order in which they are looked at for their rest.
    turns: VecDeque<i64>,
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

    /// Takes a new execution in.
    pub(super) fn insert(&mut self, key: i64, execution: Execution) {
        self.take_in(key, execution, false);
    }

    /// Takes an execution in that the store has.
    pub(super) fn insert_stored(&mut self, key: i64, execution: Execution) {
        self.take_in(key, execution, true);
    }

    fn take_in(&mut self, key: i64, execution: Execution, rest_is_kept: bool) {
        self.lost.remove(&key);
        self.forget_resting(key);
        let live = Live { execution, deadline: None, outside: false, queued: false, rest_is_kept, turn: Turn::None };
        self.live.insert(key, live);
        self.refresh(key);
    }

    /// An execution that goes on and is not in memory rests.
    pub(super) fn rests(&mut self, key: i64, rest: &Rest) {
        self.lost.remove(&key);
        let task = if let [task] = rest.tasks.as_slice() { task.event } else { 0 };
        self.resting.insert(key, Resting { deadline: rest.deadline, task, outside: rest.is_outside() });
        rest.deadline.map(|deadline| self.deadlines.insert((deadline, key)));
        self.outside += usize::from(rest.is_outside());
    }

    fn forget_resting(&mut self, key: i64) {
        if let Some(resting) = self.resting.remove(&key) {
            resting.deadline.map(|deadline| self.deadlines.remove(&(deadline, key)));
            self.outside -= usize::from(resting.outside);
        }
    }

    /// What the store is to keep of the rest of an execution whose journal grew; `None` when nothing of it changes.
    pub(super) fn rest_to_keep(&mut self, key: i64) -> Option<Write> {
        let live = self.live.get_mut(&key)?;
        let rest = live.execution.rest().map(|rest| rest.to_bytes());
        let was_kept = std::mem::replace(&mut live.rest_is_kept, rest.is_some());
        (was_kept || rest.is_some()).then_some(Write::Rest { execution: key, rest })
    }

    /// An execution was heard of: it stays in memory for a while.
    pub(super) fn heard_of(&mut self, key: i64) {
        let Some(live) = self.live.get_mut(&key) else { return };
        live.turn = match live.turn {
            Turn::None => {
                self.turns.push_back(key);
                Turn::Queued
            }
            Turn::Queued | Turn::Heard => Turn::Heard,
        };
    }

    /// Looks at one execution, when too many are in memory: lets it go when it rests. Returns it then.
    pub(super) fn put_to_rest(&mut self) -> Option<(i64, Option<Rest>)> {
        if self.live.len() <= LIVE_MAX {
            return None;
        }
        let key = self.turns.pop_front()?;
        // Those that ended since are still in the queue.
        let Some(live) = self.live.get_mut(&key) else { return Some((key, None)) };
        if live.turn == Turn::Queued
            && let Some(rest) = live.execution.rest()
        {
            self.remove(key);
            self.rests(key, &rest);
            return Some((key, Some(rest)));
        }
        live.turn = Turn::Queued;
        self.turns.push_back(key);
        Some((key, None))
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
        self.forget_resting(key);
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

    pub(super) fn is_resting(&self, key: i64) -> bool {
        self.resting.contains_key(&key)
    }

    /// How many go on.
    pub(super) fn count(&self) -> usize {
        self.live.len() + self.lost.len() + self.resting.len()
    }

    /// How many are in memory, or must be read into it.
    pub(super) fn count_live(&self) -> usize {
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

    /// Whether an execution may still wait for the task that an event scheduled, as far as is known without reading it.
    pub(super) fn may_await(&self, key: i64, event: u64) -> bool {
        let resting = self.resting.get(&key).is_some_and(|resting| resting.task == 0 || resting.task == event);
        resting || self.is_lost(key) || self.awaits(key, event)
    }

    /// A task that an execution waits for, as it is asked for.
    pub(super) fn task_request(&self, key: i64, event: u64) -> Option<TaskRequest> {
        self.live.get(&key)?.execution.task_request(event)
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
