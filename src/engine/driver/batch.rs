//! What one turn of the driver wants to make durable, and what must wait until it is.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::engine::api::{EngineError, Execution};
use crate::engine::driver::following::Followed;
use crate::engine::driver::message::Answer;
use crate::engine::store::{StoredChange, Write};
use crate::engine::task::{TaskId, TaskReport, TaskRequest};

/// Tells a caller its answer, or why nothing was done.
type Release = Box<dyn FnOnce(Result<(), EngineError>) + Send>;

/// What is done outside once the commit holds.
#[derive(Debug)]
pub(super) enum Action {
    Start(Box<TaskRequest>),
    Cancel(TaskId),
}

/// The changes of one turn. Nobody outside sees anything of it before its commit.
#[derive(Default)]
pub(super) struct Batch {
    /// Changes other than those that the executions' journals bring.
    pub(super) writes: Vec<Write>,
    /// Whether a machine changes, so that the store does not have the current one yet.
    pub(super) changes_machines: bool,
    /// Executions that took an input.
    pub(super) touched: BTreeSet<i64>,
    /// Executions that begin here, which the store does not have yet.
    pub(super) started: HashMap<Arc<str>, Execution>,
    /// Tasks' reports that were taken. Nobody would send them again, so they are kept should the commit fail.
    pub(super) reports: Vec<(TaskId, TaskReport)>,
    /// Executions whose histories somebody wants to be shown from here on.
    pub(super) followed: Vec<(i64, Followed)>,
    /// Statuses that somebody wants to be told of.
    pub(super) changes: Vec<StoredChange>,
    /// Changes that need not be told again, by key.
    pub(super) told: Vec<i64>,
    /// Tasks that the holders of their tokens answered.
    pub(super) answered: Vec<TaskId>,
    /// What to do afterwards, in order.
    pub(super) actions: Vec<Action>,
    answers: Vec<Release>,
}

impl Batch {
    /// Keeps an answer back until the commit. A refusal waits too: it may rest on what is not durable yet.
    pub(super) fn hold<T: Send + 'static>(&mut self, answer: Answer<T>, result: Result<T, EngineError>) {
        // A caller who went away wants no answer; what was asked for is done all the same.
        self.answers.push(Box::new(move |committed| drop(answer.send(committed.and(result)))));
    }

    /// Whether there is nothing to write, to do or to say.
    pub(super) fn is_empty(&self) -> bool {
        self.writes.is_empty()
            && self.touched.is_empty()
            && self.told.is_empty()
            && self.actions.is_empty()
            && self.answers.is_empty()
    }

    /// Tells everybody who waits.
    pub(super) fn release(answers: Vec<Release>, result: &Result<(), EngineError>) {
        for answer in answers {
            answer(result.clone());
        }
    }

    /// Takes the callers who wait.
    pub(super) fn take_answers(&mut self) -> Vec<Release> {
        std::mem::take(&mut self.answers)
    }
}
