//! A state machine: an execution of it begins, with the event as its input.

use std::sync::Arc;

use crate::engine::{Engine, EngineError, StartExecution};
use crate::local::notifications::courier::Undelivered;
use crate::local::notifications::event::Event;

/// Starts an execution in this store. It is named after the event, so that one that is told twice starts one.
pub(super) async fn deliver(arn: &str, event: &Event, engine: &Engine) -> Result<(), Undelivered> {
    let start =
        StartExecution { state_machine_arn: Arc::from(arn), name: Arc::clone(&event.id), input: event.payload.clone() };
    match engine.start_execution(start).await {
        Ok(_) | Err(EngineError::ExecutionAlreadyExists(_)) => Ok(()),
        Err(EngineError::StateMachineDoesNotExist(_)) => {
            Err(Undelivered::Nowhere("the store has no such state machine".to_owned()))
        }
        Err(error) => Err(Undelivered::ForNow(error.to_string())),
    }
}
