//! Status changes of which somebody is still to be told: kept with the change itself, told after the commit, forgotten once
//! the listener gave its receipt back.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use uuid::Uuid;

use crate::engine::api::{EngineError, Execution, ExecutionStatus};
use crate::engine::driver::Engine;
use crate::engine::driver::reads::whole;
use crate::engine::driver::thread::Driver;
use crate::engine::status::{Receipt, StatusChange, StatusListener};
use crate::engine::store::{StoredChange, Write};

/// At most so many changes are told at once; the others wait for a receipt.
const TOLD_MAX: usize = 64;

/// So many changes may wait before no more executions begin.
pub(super) const CHANGES_MAX: usize = 20_000;

/// The changes that the store has, in the order of each execution.
#[derive(Default)]
pub(super) struct Outbox {
    pub(super) listener: Option<Arc<dyn StatusListener>>,
    /// By execution, those that are being told among them.
    waiting: BTreeMap<i64, VecDeque<StoredChange>>,
    /// Executions whose first change can be told.
    ready: BTreeSet<i64>,
    /// The changes that the listener has, and their executions.
    telling: BTreeMap<i64, i64>,
    /// Executions of which nothing more is told here: what comes would overtake what was left.
    left: BTreeSet<i64>,
    count: usize,
}

impl Outbox {
    pub(super) fn new(listener: Option<Arc<dyn StatusListener>>, kept: Vec<StoredChange>) -> Self {
        let mut outbox = Self { listener, ..Self::default() };
        // Without a listener the changes stay for an engine that has one.
        if outbox.listener.is_some() {
            for change in kept {
                outbox.push(change);
            }
        }
        outbox
    }

    fn wants(&self, state_machine_arn: &str, status: ExecutionStatus) -> bool {
        self.listener.as_ref().is_some_and(|listener| listener.wants(state_machine_arn, status))
    }

    /// How many changes are to be told.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Takes a change that the store has.
    fn push(&mut self, change: StoredChange) {
        let execution = change.execution;
        if self.left.contains(&execution) {
            return;
        }
        self.count += 1;
        let changes = self.waiting.entry(execution).or_default();
        changes.push_back(change);
        if changes.len() == 1 {
            self.ready.insert(execution);
        }
    }

    /// The next change to be told, which is being told from now on.
    fn next(&mut self) -> Option<StoredChange> {
        if self.telling.len() >= TOLD_MAX {
            return None;
        }
        let execution = self.ready.pop_first()?;
        let change = self.waiting.get(&execution)?.front()?.clone();
        self.telling.insert(change.key, execution);
        Some(change)
    }

    /// The store has forgotten a change: the next one of its execution follows.
    fn forget(&mut self, change: i64) {
        let Some(execution) = self.telling.remove(&change) else { return };
        let Some(changes) = self.waiting.get_mut(&execution) else { return };
        changes.pop_front();
        self.count -= 1;
        if changes.is_empty() {
            self.waiting.remove(&execution);
        } else {
            self.ready.insert(execution);
        }
    }

    /// Leaves a change, and those that follow it, to the next engine of the store.
    fn leave(&mut self, change: i64) {
        if let Some(execution) = self.telling.remove(&change) {
            self.left.insert(execution);
            self.count -= self.waiting.remove(&execution).map_or(0, |changes| changes.len());
        }
    }
}

impl Driver {
    /// The change to keep when an execution gets a status; `None`, and nothing is written, where nobody wants to be told.
    pub(super) fn status_change(
        &mut self,
        execution: i64,
        state_machine_arn: &str,
        status: ExecutionStatus,
    ) -> Option<StoredChange> {
        if !self.outbox.wants(state_machine_arn, status) {
            return None;
        }
        self.keys.change += 1;
        let id = Arc::from(Uuid::new_v4().to_string());
        Some(StoredChange { key: self.keys.change, id, execution, status })
    }

    /// Whether changes are told here: an engine that does no tasks leaves them to the next one, as it leaves tasks.
    fn tells(&self) -> bool {
        self.runner.is_some() && self.recovery.is_resumed()
    }

    /// Whether a change is being told, or will be.
    pub(super) fn is_telling(&self) -> bool {
        self.tells() && !self.outbox.is_empty()
    }

    /// Tells what can be told.
    pub(super) fn tell(&mut self) {
        if !self.tells() {
            return;
        }
        let Some(listener) = self.outbox.listener.clone() else { return };
        while let Some(change) = self.outbox.next() {
            match (self.whole_change(&change), self.engine.upgrade()) {
                (Ok(Some(told)), Some(shared)) => {
                    listener.changed(told, Receipt::new(Engine { shared }, change.key));
                }
                // Its execution is gone, and its name another's: 90 days are over.
                (Ok(None), _) => self.batch.told.push(change.key),
                // Nobody could give a receipt back, or the store cannot be read now: the next engine tells it.
                (Ok(Some(_)), None) | (Err(_), _) => self.outbox.leave(change.key),
            }
        }
    }

    fn whole_change(&self, change: &StoredChange) -> Result<Option<StatusChange>, EngineError> {
        let Some(stored) = self.store.execution_at(change.execution)? else { return Ok(None) };
        let execution = whole(&self.store, stored)?;
        let execution = match change.status {
            ExecutionStatus::Running => Execution {
                status: ExecutionStatus::Running,
                stopped: None,
                output: None,
                error: None,
                cause: None,
                ..execution
            },
            status => Execution { status, ..execution },
        };
        Ok(Some(StatusChange { id: Arc::clone(&change.id), execution }))
    }

    /// The listener is through with a change, or leaves it to the next engine.
    pub(super) fn told(&mut self, change: i64, done: bool) {
        if !self.outbox.telling.contains_key(&change) {
            return;
        }
        if done {
            self.batch.told.push(change);
        } else {
            self.outbox.leave(change);
        }
    }

    /// The changes of a batch are durable.
    pub(super) fn post(&mut self, changes: Vec<StoredChange>, told: &[i64]) {
        for change in told {
            self.outbox.forget(*change);
        }
        for change in changes {
            self.outbox.push(change);
        }
        self.tell();
    }
}

/// What a batch writes of changes.
pub(super) fn writes(changes: &[StoredChange], told: &[i64]) -> Vec<Write> {
    let fresh = changes.iter().cloned().map(Write::ChangeStatus);
    fresh.chain(told.iter().map(|change| Write::Told { change: *change })).collect()
}
