//! What the engine shows of executions' histories while they grow, and to whom.

use std::sync::Arc;

use crate::engine::api::NewStateMachine;
use crate::engine::history::HistoryEvent;

/// Is shown the histories of executions as they grow.
///
/// Best effort: an event is shown after it is durable, once, in the order of its execution. What was recorded and not shown
/// when the process was killed never is; an execution that goes on with the next engine of the store is shown from there on.
pub trait HistoryListener: Send + Sync + 'static {
    /// Whether it wants the histories of the executions that begin with this machine. Asked at the start of each and when a
    /// former one is gone on with, on the engine's thread.
    fn wants(&self, machine: &NewStateMachine) -> bool;

    /// Shows the next events of an execution, how often it was redriven before the first of them, and the machine as it was
    /// when the execution began. Called on a thread of its
    /// own: what is recorded while it takes its time stays in the store.
    fn recorded(&self, execution_arn: &str, machine: &NewStateMachine, redrives: u32, events: &[HistoryEvent]);

    /// An execution is not shown: too many others wait for it.
    fn missed(&self, execution_arn: &str);
}

/// Who listens: the driver asks it, and its reading thread shows it what came.
pub(super) type Listener = Arc<dyn HistoryListener>;
