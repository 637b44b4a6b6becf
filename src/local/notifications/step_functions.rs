//! A state machine: an execution of it begins, with the event as its input. One of this store begins here, any other where
//! Step Functions is. <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html>

use std::sync::Arc;

use serde_json::json;

use crate::engine::{Engine, EngineError, StartExecution};
use crate::local::notifications::courier::Undelivered;
use crate::local::notifications::event::Event;
use crate::local::notifications::outside::{Arn, Call, Outside, Service};

/// Starts an execution that is named after the event, so that one that is told twice starts one.
pub(super) async fn deliver(outside: &Outside, arn: &str, event: &Event, engine: &Engine) -> Result<(), Undelivered> {
    let start =
        StartExecution { state_machine_arn: Arc::from(arn), name: Arc::clone(&event.id), input: event.payload.clone() };
    match engine.start_execution(start).await {
        Ok(_) | Err(EngineError::ExecutionAlreadyExists(_)) => Ok(()),
        Err(EngineError::StateMachineDoesNotExist(_)) => start_outside(outside, arn, event).await,
        Err(error @ (EngineError::Store(_) | EngineError::Closed)) => Err(Undelivered::Here(error.to_string())),
        // A bound that is reached is for now: the changes that are still to be told may be the bound.
        Err(error) => Err(Undelivered::ForNow(error.to_string())),
    }
}

async fn start_outside(outside: &Outside, arn: &str, event: &Event) -> Result<(), Undelivered> {
    let start = json!({ "stateMachineArn": arn, "name": event.id, "input": event.payload.text() });
    let call = Call::json(Service::StepFunctions, Arn::parse(arn)?, "1.0", "AWSStepFunctions.StartExecution", &start);
    match outside.call(&call).await {
        Err(Undelivered::Nowhere(how)) => {
            Err(Undelivered::Nowhere(format!("this store has no such state machine; {how}")))
        }
        Err(Undelivered::ForGood(why)) if why.contains("ExecutionAlreadyExists") => Ok(()),
        delivered => delivered,
    }
}
