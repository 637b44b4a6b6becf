//! Holds tasks back until their functions are known.
//!
//! Opening the engine goes on with what a crash left, and that asks for tasks at once; but which functions there are is
//! read from the store that is being opened. So tasks wait behind a gate, which opens once functions are registered.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::engine::task::{Reporter, TaskId, TaskRequest, TaskRunner};

/// A runner behind a gate.
pub(super) struct Gate {
    runner: Arc<dyn TaskRunner>,
    /// What waits, in its order; `None` once the gate is open.
    waiting: Mutex<Option<Vec<(TaskRequest, Reporter)>>>,
}

impl Gate {
    /// A closed gate before a runner.
    pub(super) fn closed(runner: Arc<dyn TaskRunner>) -> Arc<Self> {
        Arc::new(Self { runner, waiting: Mutex::new(Some(Vec::new())) })
    }

    /// Lets everything through, from now on too.
    pub(super) fn open(&self) {
        // The lock is held meanwhile, so that a task that comes now stays behind those that waited.
        let mut waiting = self.waiting();
        for (request, reporter) in waiting.take().into_iter().flatten() {
            self.runner.start(request, reporter);
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Option<Vec<(TaskRequest, Reporter)>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TaskRunner for Gate {
    fn start(&self, request: TaskRequest, reporter: Reporter) {
        match &mut *self.waiting() {
            Some(waiting) => waiting.push((request, reporter)),
            None => self.runner.start(request, reporter),
        }
    }

    fn cancel(&self, id: TaskId) {
        match &mut *self.waiting() {
            Some(waiting) => waiting.retain(|(request, _)| request.id != id),
            None => self.runner.cancel(id),
        }
    }
}
