//! What the service told us, in our own types.

use std::time::Duration;

use aws_sdk_sfn::operation::describe_execution::DescribeExecutionOutput;
use aws_sdk_sfn::operation::describe_state_machine::DescribeStateMachineOutput;
use aws_sdk_sfn::operation::describe_state_machine_for_execution::DescribeStateMachineForExecutionOutput;
use aws_sdk_sfn::operation::start_sync_execution::StartSyncExecutionOutput;
use aws_sdk_sfn::types::{ExecutionListItem, StateMachineListItem};
use aws_smithy_types::DateTime;

use crate::engine::clock::Timestamp;

/// A state machine, as ListStateMachines shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateMachineSummary {
    /// Its ARN.
    pub arn: String,
    /// Its physical name.
    pub name: String,
    /// `STANDARD` or `EXPRESS`.
    pub machine_type: String,
    /// When it was made.
    pub created: Timestamp,
}

/// A state machine with its definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateMachine {
    /// Its ARN.
    pub arn: String,
    /// Its physical name.
    pub name: String,
    /// The text of its definition.
    pub definition: String,
    /// Its role.
    pub role_arn: String,
    /// `STANDARD` or `EXPRESS`; `None` where the call does not say.
    pub machine_type: Option<String>,
    /// When it was made, or last changed where the call says only that.
    pub created: Timestamp,
}

/// What StartExecution answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// The execution's ARN.
    pub arn: String,
    /// When it was started: long before the call, where a running one of the same name and input was joined.
    pub started: Timestamp,
}

/// An execution, as DescribeExecution shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Execution {
    /// Its ARN.
    pub arn: String,
    /// The machine's ARN.
    pub state_machine_arn: String,
    /// Its name.
    pub name: String,
    /// `RUNNING`, `SUCCEEDED`, …: a text, because a status that AWS adds one day is shown as it is.
    pub status: String,
    /// When it was started.
    pub started: Timestamp,
    /// When it ended.
    pub stopped: Option<Timestamp>,
    /// JSON text.
    pub input: Option<String>,
    /// JSON text, when it succeeded.
    pub output: Option<String>,
    /// The error's name, when it did not.
    pub error: Option<String>,
    /// The error's cause, when it did not.
    pub cause: Option<String>,
}

impl Execution {
    /// From its start to its end, once it has ended.
    #[must_use]
    pub fn took(&self) -> Option<Duration> {
        self.stopped.map(|stopped| between(self.started, stopped))
    }
}

/// An execution, as ListExecutions shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecutionSummary {
    /// Its ARN.
    pub arn: String,
    /// The machine's ARN.
    pub state_machine_arn: String,
    /// Its name.
    pub name: String,
    /// As in [`Execution::status`].
    pub status: String,
    /// When it was started.
    pub started: Timestamp,
    /// When it ended.
    pub stopped: Option<Timestamp>,
}

impl ExecutionSummary {
    /// From its start to its end, once it has ended.
    #[must_use]
    pub fn took(&self) -> Option<Duration> {
        self.stopped.map(|stopped| between(self.started, stopped))
    }
}

fn between(start: Timestamp, end: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(end.0.saturating_sub(start.0)).unwrap_or(0))
}

/// Which executions of which machine are listed, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExecutionQuery {
    /// The machine's ARN.
    pub state_machine_arn: String,
    /// Only with this status, `RUNNING`.
    pub status: Option<String>,
    /// At most so many.
    pub limit: usize,
}

/// To the millisecond. Rounded: the SDK reads epoch seconds as a double, and 1763850000.123 has no exact one.
pub(super) fn timestamp(at: &DateTime) -> Timestamp {
    let milliseconds = (at.as_nanos() + 500_000).div_euclid(1_000_000);
    Timestamp(i64::try_from(milliseconds).unwrap_or_default())
}

impl From<StateMachineListItem> for StateMachineSummary {
    fn from(item: StateMachineListItem) -> Self {
        Self {
            created: timestamp(&item.creation_date),
            machine_type: item.r#type.as_str().to_owned(),
            arn: item.state_machine_arn,
            name: item.name,
        }
    }
}

impl From<DescribeStateMachineOutput> for StateMachine {
    fn from(output: DescribeStateMachineOutput) -> Self {
        Self {
            created: timestamp(&output.creation_date),
            machine_type: Some(output.r#type.as_str().to_owned()),
            arn: output.state_machine_arn,
            name: output.name,
            definition: output.definition,
            role_arn: output.role_arn,
        }
    }
}

impl From<DescribeStateMachineForExecutionOutput> for StateMachine {
    fn from(output: DescribeStateMachineForExecutionOutput) -> Self {
        Self {
            created: timestamp(&output.update_date),
            machine_type: None,
            arn: output.state_machine_arn,
            name: output.name,
            definition: output.definition,
            role_arn: output.role_arn,
        }
    }
}

impl From<DescribeExecutionOutput> for Execution {
    fn from(output: DescribeExecutionOutput) -> Self {
        let name = output.name.unwrap_or_else(|| last_part(&output.execution_arn));
        Self {
            started: timestamp(&output.start_date),
            stopped: output.stop_date.as_ref().map(timestamp),
            status: output.status.as_str().to_owned(),
            arn: output.execution_arn,
            state_machine_arn: output.state_machine_arn,
            name,
            input: output.input,
            output: output.output,
            error: output.error,
            cause: output.cause,
        }
    }
}

impl From<StartSyncExecutionOutput> for Execution {
    fn from(output: StartSyncExecutionOutput) -> Self {
        let name = output.name.unwrap_or_else(|| last_part(&output.execution_arn));
        Self {
            started: timestamp(&output.start_date),
            stopped: Some(timestamp(&output.stop_date)),
            status: output.status.as_str().to_owned(),
            arn: output.execution_arn,
            state_machine_arn: output.state_machine_arn.unwrap_or_default(),
            name,
            input: output.input,
            output: output.output,
            error: output.error,
            cause: output.cause,
        }
    }
}

impl From<ExecutionListItem> for ExecutionSummary {
    fn from(item: ExecutionListItem) -> Self {
        Self {
            started: timestamp(&item.start_date),
            stopped: item.stop_date.as_ref().map(timestamp),
            status: item.status.as_str().to_owned(),
            arn: item.execution_arn,
            state_machine_arn: item.state_machine_arn,
            name: item.name,
        }
    }
}

fn last_part(arn: &str) -> String {
    arn.rsplit(':').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{DateTime, Timestamp, timestamp};

    #[test]
    fn a_time_is_rounded_to_the_millisecond_that_was_written() {
        for milliseconds in 1_795_452_730_000..1_795_452_731_000_i64 {
            let written = format!("{}.{:03}", milliseconds / 1_000, milliseconds % 1_000);
            let read = DateTime::from_secs_f64(written.parse().unwrap());
            assert_eq!(timestamp(&read), Timestamp(milliseconds), "{written}");
        }
    }
}
