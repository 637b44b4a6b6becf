//! Calls to Step Functions, typed; pages are followed here.

use aws_sdk_sfn::types::ExecutionStatus;

use crate::aws::connection::Connection;
use crate::aws::error::Error;
use crate::aws::model::{
    Execution, ExecutionQuery, ExecutionSummary, Started, StateMachine, StateMachineSummary, timestamp,
};
use crate::aws::tell::{Listener, Tell};
use crate::engine::clock::Timestamp;

/// What AWS gives at most in one page.
pub(super) const PAGE_MAX: i32 = 1_000;
/// By which name the SDK's configuration knows the service.
pub(super) const SERVICE_ID: &str = "SFN";

/// A client of Step Functions. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    pub(super) sdk: aws_sdk_sfn::Client,
    connection: Connection,
}

impl Client {
    /// A client of whom a connection leads to. Nothing is sent yet. A listener is told of each request and its answer,
    /// without secrets.
    #[must_use]
    pub fn new(connection: &Connection, listener: Option<Listener>) -> Self {
        let mut sdk = aws_sdk_sfn::config::Builder::from(connection.sdk());
        if let Some(listener) = listener {
            sdk = sdk.interceptor(Tell(listener));
        }
        Self { sdk: aws_sdk_sfn::Client::from_conf(sdk.build()), connection: connection.clone() }
    }

    /// Whom it calls, and as whom.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// All state machines.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn list_state_machines(&self) -> Result<Vec<StateMachineSummary>, Error> {
        let mut machines = Vec::new();
        let mut next = None;
        loop {
            let call = self.sdk.list_state_machines().max_results(PAGE_MAX).set_next_token(next);
            let page = call.send().await.map_err(|error| self.error(&error))?;
            machines.extend(page.state_machines.into_iter().map(StateMachineSummary::from));
            next = page.next_token;
            if next.is_none() {
                return Ok(machines);
            }
        }
    }

    /// A machine by its ARN.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn describe_state_machine(&self, arn: &str) -> Result<StateMachine, Error> {
        let call = self.sdk.describe_state_machine().state_machine_arn(arn);
        call.send().await.map(StateMachine::from).map_err(|error| self.error(&error))
    }

    /// The machine of an execution, with the definition that the execution runs.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn describe_state_machine_for_execution(&self, execution_arn: &str) -> Result<StateMachine, Error> {
        let call = self.sdk.describe_state_machine_for_execution().execution_arn(execution_arn);
        call.send().await.map(StateMachine::from).map_err(|error| self.error(&error))
    }

    /// Starts an execution. Without a name the service makes one.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn start_execution(&self, arn: &str, input: &str, name: Option<&str>) -> Result<Started, Error> {
        let call = self.sdk.start_execution().state_machine_arn(arn).input(input).set_name(name.map(Into::into));
        let answer = call.send().await.map_err(|error| self.error(&error))?;
        let started = timestamp(&answer.start_date);
        Ok(Started { arn: answer.execution_arn, started })
    }

    /// An execution by its ARN.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn describe_execution(&self, arn: &str) -> Result<Execution, Error> {
        let call = self.sdk.describe_execution().execution_arn(arn);
        call.send().await.map(Execution::from).map_err(|error| self.error(&error))
    }

    /// Stops an execution; gives when it ended.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn stop_execution(
        &self,
        arn: &str,
        error: Option<&str>,
        cause: Option<&str>,
    ) -> Result<Timestamp, Error> {
        let call = self.sdk.stop_execution().execution_arn(arn);
        let call = call.set_error(error.map(Into::into)).set_cause(cause.map(Into::into));
        let answer = call.send().await.map_err(|error| self.error(&error))?;
        Ok(timestamp(&answer.stop_date))
    }

    /// Lets an execution that did not succeed go on from the state that failed; gives when it was redriven. `client_token`
    /// makes a second call the same one, for fifteen minutes.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn redrive_execution(&self, arn: &str, client_token: &str) -> Result<Timestamp, Error> {
        let call = self.sdk.redrive_execution().execution_arn(arn).client_token(client_token);
        call.send().await.map(|answer| timestamp(&answer.redrive_date)).map_err(|error| self.error(&error))
    }

    /// Executions of a machine, newest first.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn list_executions(&self, query: &ExecutionQuery) -> Result<Vec<ExecutionSummary>, Error> {
        let mut executions = Vec::new();
        let mut next = None;
        while executions.len() < query.limit {
            let page = i32::try_from(query.limit - executions.len()).unwrap_or(PAGE_MAX).min(PAGE_MAX);
            let call = self.sdk.list_executions().state_machine_arn(&query.state_machine_arn).max_results(page);
            let call = call.set_status_filter(query.status.as_deref().map(ExecutionStatus::from)).set_next_token(next);
            let answer = call.send().await.map_err(|error| self.error(&error))?;
            executions.extend(answer.executions.into_iter().map(ExecutionSummary::from));
            next = answer.next_token;
            if next.is_none() {
                break;
            }
        }
        executions.truncate(query.limit);
        Ok(executions)
    }

    /// Answers a task's token with its output, JSON text.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn send_task_success(&self, token: &str, output: &str) -> Result<(), Error> {
        let call = self.sdk.send_task_success().task_token(token).output(output);
        call.send().await.map(drop).map_err(|error| self.error(&error))
    }

    /// Answers a task's token with a failure.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn send_task_failure(&self, token: &str, error: Option<&str>, cause: Option<&str>) -> Result<(), Error> {
        let call = self.sdk.send_task_failure().task_token(token);
        let call = call.set_error(error.map(Into::into)).set_cause(cause.map(Into::into));
        call.send().await.map(drop).map_err(|error| self.error(&error))
    }

    /// Says that a task is still being worked on.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn send_task_heartbeat(&self, token: &str) -> Result<(), Error> {
        let call = self.sdk.send_task_heartbeat().task_token(token);
        call.send().await.map(drop).map_err(|error| self.error(&error))
    }

    pub(super) fn error<E>(&self, error: &aws_sdk_sfn::error::SdkError<E>) -> Error
    where
        E: aws_sdk_sfn::error::ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        self.connection.error(error, SERVICE_ID, "states")
    }
}
