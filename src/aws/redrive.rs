//! RedriveExecution, and why it is refused.

use crate::aws::client::Client;
use crate::aws::error::Error;
use crate::aws::model::{Execution, timestamp};
use crate::engine::clock::Timestamp;

/// An execution, and whether it can be redriven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redrivable {
    /// The execution itself.
    pub execution: Execution,
    /// Why it cannot, in the service's words; `None` where it can, or where the service does not say.
    pub reason: Option<String>,
}

impl Client {
    /// Lets an execution that did not succeed go on from the state that failed; gives when it was redriven. `client_token`
    /// makes a second call the same one, for fifteen minutes.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn redrive_execution(&self, arn: &str, client_token: &str) -> Result<Timestamp, Error> {
        let call = self.sdk.redrive_execution().execution_arn(arn).client_token(client_token);
        call.send().await.map(|answer| timestamp(&answer.redrive_date)).map_err(|error| self.error(&error))
    }

    /// Whether an execution can be redriven.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn redrivable(&self, arn: &str) -> Result<Redrivable, Error> {
        let call = self.sdk.describe_execution().execution_arn(arn);
        let answer = call.send().await.map_err(|error| self.error(&error))?;
        let reason = answer.redrive_status_reason.clone();
        Ok(Redrivable { execution: Execution::from(answer), reason })
    }
}
