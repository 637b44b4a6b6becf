//! Calls to Step Functions, typed; pages are followed here.

use std::cmp::Reverse;

use aws_sdk_sfn::types::ExecutionStatus;
use tokio::task::{JoinError, JoinSet};

use crate::aws::attempts::{Attempts, Sending};
use crate::aws::connection::Connection;
use crate::aws::error::{Detail, Error};
use crate::aws::model::{
    Execution, ExecutionQuery, ExecutionSummary, Started, StateMachine, StateMachineSummary, timestamp,
};
use crate::aws::tell::{Listener, Tell};
use crate::engine::clock::Timestamp;

/// What AWS gives at most in one page.
pub(super) const PAGE_MAX: i32 = 1_000;
/// How many machines' executions are listed at the same time: AWS bears some more, for a short while.
const LISTS_AT_ONCE: usize = 8;
/// By which name the SDK's configuration knows the service.
pub(super) const SERVICE_ID: &str = "SFN";

/// A client of Step Functions. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    pub(super) sdk: aws_sdk_sfn::Client,
    /// For what is called beside the SDK.
    pub(super) tell: Option<Tell>,
    connection: Connection,
}

impl Client {
    /// A client of whom a connection leads to. Nothing is sent yet. A listener is told of each request and its answer,
    /// without secrets.
    #[must_use]
    pub fn new(connection: &Connection, listener: Option<Listener>) -> Self {
        let mut sdk = aws_sdk_sfn::config::Builder::from(connection.sdk());
        sdk.set_endpoint_url(connection.configured_url(SERVICE_ID));
        let tell = listener.map(Tell);
        if let Some(tell) = &tell {
            sdk = sdk.interceptor(tell.clone());
        }
        Self { sdk: aws_sdk_sfn::Client::from_conf(sdk.build()), tell, connection: connection.clone() }
    }

    /// A client whose calls are these attempts, and are sent so.
    #[must_use]
    pub fn watched(&self, attempts: &Attempts, sending: Sending) -> Self {
        let sdk = self.sdk.config().to_builder().retry_classifier(attempts.watch(sending)).build();
        Self { sdk: aws_sdk_sfn::Client::from_conf(sdk), ..self.clone() }
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

    /// Starts an execution. Without a name the service makes one. Of a Standard machine one that is sent again with the same
    /// name is the same one; of an Express machine each that arrives is another one, whatever its name.
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

    /// Executions of several machines (their ARNs), newest first, a few machines at a time.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn list_executions_of(
        &self,
        machines: &[String],
        status: Option<&str>,
        limit: usize,
    ) -> Result<Vec<ExecutionSummary>, Error> {
        let (mut found, mut calls) = (Vec::new(), JoinSet::new());
        for arn in machines {
            if calls.len() >= LISTS_AT_ONCE {
                found.extend(joined(calls.join_next().await)?);
            }
            let query = ExecutionQuery { state_machine_arn: arn.clone(), status: status.map(ToOwned::to_owned), limit };
            let client = self.clone();
            calls.spawn(async move { client.list_executions(&query).await });
        }
        while let Some(listed) = calls.join_next().await {
            found.extend(joined(Some(listed))?);
        }
        found.sort_by_key(|execution| Reverse(execution.started));
        found.truncate(limit);
        Ok(found)
    }

    /// Executions of a machine, newest first.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn list_executions(&self, query: &ExecutionQuery) -> Result<Vec<ExecutionSummary>, Error> {
        let mut executions = Vec::new();
        let mut next = None;
        // All pages of a token have the same size, as AWS asks.
        let page = i32::try_from(query.limit).unwrap_or(PAGE_MAX).min(PAGE_MAX);
        while executions.len() < query.limit {
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

/// What a call of a set came to. Nobody stops one, so it is missing only where it panicked.
fn joined<T>(call: Option<Result<Result<Vec<T>, Error>, JoinError>>) -> Result<Vec<T>, Error> {
    match call {
        Some(Ok(listed)) => listed,
        Some(Err(error)) => {
            let (code, message) = ("CallFailed".to_owned(), error.to_string());
            Err(Error::Other(Detail { code, message, request_id: None }))
        }
        None => Ok(Vec::new()),
    }
}
