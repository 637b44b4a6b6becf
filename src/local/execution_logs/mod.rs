//! Executions' logs: the histories of machines with a `loggingConfiguration`, sent to CloudWatch Logs where an endpoint is set,
//! else kept in log groups of our own.
//!
//! Owns: which machine logs what and where, how long an event waits. Must not know: how histories are read (the engine shows
//! them), who reads logs. Start reading at [`ExecutionLogs`], which the engine knows as its [`HistoryListener`]; an event's way
//! is `destination` (is it logged?) → `line` → `delivery`, and from there to the service or to `own`. Best effort, as on AWS: an endpoint that does not answer
//! costs events and no execution. <https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html>

mod delivery;
mod destination;
mod line;
mod own;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::engine::{HistoryEvent, HistoryListener, NewStateMachine, Timestamp};
use crate::local::api_error::ApiError;
use crate::local::execution_logs::delivery::Delivery;
use crate::local::execution_logs::destination::{Destination, Stream};
use crate::local::tell::Tell;
pub(super) use own::{OwnGroups, log_of};

/// How long an owner that leaves waits for events that are still to be sent.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(3);
/// AWS's name of the stream that it makes to see whether it may.
const VALIDATION_STREAM: &str = "log_stream_created_by_aws_to_validate_log_delivery_subscriptions";

/// The logs of the executions of a store. Must be made within a tokio runtime, on which it sends.
#[derive(Debug)]
pub(super) struct ExecutionLogs {
    delivery: Arc<Delivery>,
}

impl ExecutionLogs {
    /// `environment` is the caller's, which says where CloudWatch Logs is; without, `own` has the groups.
    pub(super) fn new(environment: &BTreeMap<String, String>, own: OwnGroups, tell: Tell) -> Self {
        Self { delivery: Arc::new(Delivery::new(environment, own, tell)) }
    }

    /// The groups of this server, for those who read.
    pub(super) fn own(&self) -> &OwnGroups {
        &self.delivery.own
    }

    /// Makes the log group of a configuration where this server has it.
    pub(super) fn prepare(&self, configuration: &Value) {
        if let Some(destination) = Destination::of(configuration) {
            self.delivery.prepare(&destination.group);
        }
    }

    /// Refuses a configuration whose log group does not exist. What cannot be asked is taken: the machine works without. A
    /// group of this server exists from now on.
    ///
    /// # Errors
    /// `InvalidLoggingConfiguration`.
    pub(super) async fn check(&self, configuration: &Value) -> Result<(), ApiError> {
        let Some(destination) = Destination::of(configuration) else { return Ok(()) };
        self.delivery.prepare(&destination.group);
        let stream = Stream { group: destination.group, name: VALIDATION_STREAM.to_owned() };
        if self.delivery.is_group_missing(&stream).await {
            let message = "Invalid Logging Configuration: Log Destination not found.";
            return Err(ApiError::new("InvalidLoggingConfiguration", message));
        }
        Ok(())
    }

    /// Sends what waits, within bounds. To be called when the engine has ended.
    pub(super) async fn end(&self) {
        self.delivery.end(FLUSH_TIMEOUT).await;
    }
}

impl HistoryListener for ExecutionLogs {
    fn wants(&self, machine: &NewStateMachine) -> bool {
        Destination::of(&machine.settings["loggingConfiguration"]).is_some()
    }

    fn recorded(&self, execution_arn: &str, machine: &NewStateMachine, redrives: u32, events: &[HistoryEvent]) {
        let Some(destination) = Destination::of(&machine.settings["loggingConfiguration"]) else { return };
        let now = Timestamp(jiff::Timestamp::now().as_millisecond());
        let (mut redrives, mut lines) = (redrives, Vec::new());
        for event in events {
            redrives += u32::from(event.event_type == "ExecutionRedriven");
            if destination.logs(&event.event_type) {
                lines.push(line::write(execution_arn, event, redrives, destination.with_data, now));
            }
        }
        if !lines.is_empty() {
            self.delivery.queue(destination.stream(&machine.arn), lines);
        }
    }

    fn missed(&self, execution_arn: &str) {
        self.delivery.lost(&format!("{execution_arn} is not logged: too many executions wait for it"));
    }
}
