//! Executions that the store has and the memory has not: after an opening, and after a commit that failed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::engine::api::{EngineError, ExecutionStatus};
use crate::engine::core::{Execution, Rest};
use crate::engine::driver::following::Followed;
use crate::engine::driver::subject::subject;
use crate::engine::driver::thread::Driver;
use crate::engine::store::{StoreError, StoredExecution, StoredMachine};
use crate::engine::task::{TaskId, TaskReport};

/// So long after the first failed commit due work is tried again; twice as long after each further one.
const RETRY_FIRST: Duration = Duration::from_millis(100);

/// The longest pause between two tries.
const RETRY_MAX: Duration = Duration::from_secs(5);

/// What is to be tried again, and when.
#[derive(Debug, Default)]
pub(super) struct Recovery {
    /// Reports of tasks whose commit failed. Their runner will not send them again.
    pub(super) undelivered: Vec<(TaskId, TaskReport)>,
    /// Status changes that were told, whose commit failed.
    pub(super) told: Vec<i64>,
    /// Whether the engine may go on with what it did not begin itself.
    resumed: bool,
    at: Option<Instant>,
    failures: u32,
}

impl Recovery {
    /// Commits work again.
    pub(super) fn commits_work(&mut self) {
        self.failures = 0;
    }

    /// Tries again after a pause; a paused engine, when it is resumed.
    pub(super) fn later(&mut self, now: Instant) {
        if !self.resumed {
            return;
        }
        let pause = RETRY_FIRST.saturating_mul(1 << self.failures.min(10)).min(RETRY_MAX);
        self.failures = self.failures.saturating_add(1);
        self.at = Some(now + pause);
    }

    /// How long until the next try; `None` when nothing is to be tried.
    pub(super) fn patience(&self, now: Instant) -> Option<Duration> {
        self.at.map(|at| at.saturating_duration_since(now))
    }

    /// Whether the engine goes on with what it did not begin itself.
    pub(super) fn is_resumed(&self) -> bool {
        self.resumed
    }

    pub(super) fn pending(&self) -> bool {
        self.at.is_some()
    }
}

impl Driver {
    /// Goes on with executions that were dropped when a commit failed, once their pause is over.
    pub(super) fn recover_when_time(&mut self) {
        if self.recovery.patience(self.clock.instant()) == Some(Duration::ZERO) {
            self.recover_now();
        }
    }

    /// Reads every lost execution and lets it go on.
    pub(super) fn recover_now(&mut self) {
        let first = !std::mem::replace(&mut self.recovery.resumed, true);
        self.recovery.at = None;
        if first {
            // What cannot be recalled is read for itself, and tells what is wrong.
            drop(self.recall_rests());
        }
        for key in self.executions.lost() {
            if let Err(error) = self.revive(key) {
                self.pause_or_give_up(key, error);
            }
        }
        for (id, report) in std::mem::take(&mut self.recovery.undelivered) {
            self.report(id, report);
        }
        for change in std::mem::take(&mut self.recovery.told) {
            self.told(change, true);
        }
        self.tell();
    }

    /// What SQLite refuses now it may allow later. What cannot be read never gets better by itself: the execution stays
    /// as it is in the store, and whoever asks for it by name is told why.
    fn pause_or_give_up(&mut self, key: i64, error: ReviveError) {
        match error {
            ReviveError::Store(StoreError::Sqlite(_)) => self.recovery.later(self.clock.instant()),
            error => {
                self.executions.give_up(key);
                self.waiting.refuse_end(key, &error.into());
            }
        }
    }

    /// Of what a former process left, that which rests need not be read: the store says what it waits for.
    fn recall_rests(&mut self) -> Result<(), StoreError> {
        let (executions, activities) = (&mut self.executions, &mut self.activities);
        self.store.running(&mut |key, rest| {
            let Some(rest) = rest.and_then(Rest::from_bytes).filter(|_| executions.is_lost(key)) else { return };
            executions.rests(key, &rest);
            for task in rest.tasks {
                if let Some(arn) = task.activity {
                    activities.queue(arn, TaskId { execution: key, event: task.event });
                }
            }
        })
    }

    /// Makes sure that a running execution is in memory.
    pub(super) fn ensure_live(&mut self, key: i64) -> Result<(), EngineError> {
        if self.executions.is_live(key) {
            Ok(())
        } else if self.executions.is_resting(key) {
            Ok(self.wake(key)?)
        } else {
            Ok(self.revive(key)?)
        }
    }

    /// Whether an execution is in memory, or could be read into it; one that cannot be read now is read later.
    pub(super) fn is_here(&mut self, key: i64) -> bool {
        if !self.executions.is_resting(key) {
            return self.executions.is_live(key);
        }
        match self.wake(key) {
            Ok(()) => true,
            Err(error) => {
                self.executions.lose(key);
                self.pause_or_give_up(key, error);
                false
            }
        }
    }

    /// Reads an execution that rests. It goes on as if it had stayed in memory.
    fn wake(&mut self, key: i64) -> Result<(), ReviveError> {
        let stored = self.store.execution_at(key)?;
        let stored = stored.ok_or_else(|| StoreError::Damaged(format!("execution {key} is missing")))?;
        let Read { execution, followed } = self.read(&stored)?;
        let Some(rest) = execution.rest() else { return self.revive(key) };
        self.batch.followed.extend(followed.map(|followed| (key, followed)));
        for task in rest.tasks {
            self.assigned.insert_outside(TaskId { execution: key, event: task.event });
        }
        self.executions.insert_stored(key, execution);
        self.executions.heard_of(key);
        Ok(())
    }

    /// Reads an execution from the store, with the effects that were lost on the way.
    fn revive(&mut self, key: i64) -> Result<(), ReviveError> {
        let stored = self.store.execution_at(key)?;
        let Some(stored) = stored.filter(|stored| stored.summary.status == ExecutionStatus::Running) else {
            self.executions.give_up(key);
            self.waiting.tell_end(key);
            return Ok(());
        };
        let Read { mut execution, followed } = self.read(&stored)?;
        self.batch.followed.extend(followed.map(|followed| (key, followed)));
        let effects = execution.restart();
        self.executions.insert_stored(key, execution);
        self.keep(key, effects);
        self.executions.make_runnable(key);
        self.tell_relatives();
        Ok(())
    }

    /// Reads an execution from the store, whether it goes on or has ended.
    pub(super) fn read(&mut self, stored: &StoredExecution) -> Result<Read, ReviveError> {
        let machine = self.store.revision(stored.revision)?;
        let machine = machine.ok_or_else(|| StoreError::Damaged(format!("revision {} is missing", stored.revision)))?;
        let journal = self.store.journal(stored.summary.key)?;
        let subject = Arc::new(subject(&stored.summary, &machine, &self.token_key));
        let spec = Arc::clone(&machine.spec);
        let program = self.programs.get(&StoredMachine { machine, revision: stored.revision })?;
        let execution = Execution::fold(Arc::clone(&subject), Arc::clone(&program), &journal)
            .map_err(|error| StoreError::Damaged(format!("{}: {error}", stored.summary.arn)))?;
        let followed = self.following.of(&subject, &program, &spec, execution.last_event());
        Ok(Read { execution, followed })
    }
}

/// An execution as the store has it.
pub(super) struct Read {
    pub(super) execution: Execution,
    /// What is to be followed of it from here on.
    pub(super) followed: Option<Followed>,
}

/// Why an execution cannot go on.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReviveError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl From<ReviveError> for EngineError {
    fn from(error: ReviveError) -> Self {
        match error {
            ReviveError::Store(error) => error.into(),
            ReviveError::Engine(error) => error,
        }
    }
}
