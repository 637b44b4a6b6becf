//! What the engine tells of executions' statuses, and to whom.

use std::sync::Arc;

use crate::engine::api::{Execution, ExecutionStatus};
use crate::engine::driver::Engine;

/// A status that an execution got.
#[derive(Debug, Clone)]
pub struct StatusChange {
    /// A UUID: the same one each time that this change is told, and no other change's.
    pub id: Arc<str>,
    /// The execution as the change left it: one that began has no end here, even when it has ended since.
    pub execution: Execution,
}

/// Is told when an execution gets a status.
///
/// A change is told once it is durable, and again by the next engine of the store when this one ended before it had its
/// [`Receipt`] back: at least once. Of one execution, a change is told when the one before it is done.
pub trait StatusListener: Send + Sync + 'static {
    /// Whether it wants to be told when an execution of a machine gets a status. Asked at every change, on the engine's
    /// thread; a change that nobody wants is not kept.
    fn wants(&self, state_machine_arn: &str, status: ExecutionStatus) -> bool;

    /// Tells of a change and returns at once. Until the receipt is given back the engine counts it as a task that runs.
    fn changed(&self, change: StatusChange, receipt: Receipt);
}

/// Says that a change need not be told again. One that is dropped leaves the change to the next engine of the store.
/// May be used from any thread.
#[derive(Debug)]
pub struct Receipt {
    engine: Engine,
    change: i64,
    told: bool,
}

impl Receipt {
    pub(crate) fn new(engine: Engine, change: i64) -> Self {
        Self { engine, change, told: false }
    }

    /// The engine that tells, for a listener that acts on it.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Everybody was told, or never will be.
    pub fn done(mut self) {
        self.told = true;
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        self.engine.told(self.change, self.told);
    }
}
