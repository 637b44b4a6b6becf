//! Who the credentials are: STS's GetCallerIdentity, which needs no permission.

use crate::aws::connection::Connection;
use crate::aws::error::Error;

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The account, 12 digits.
    pub account: String,
    /// `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`
    pub arn: String,
    /// The unique id of the user or role.
    pub user_id: String,
}

impl Connection {
    /// Who the credentials are.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn identity(&self) -> Result<Identity, Error> {
        let mut sdk = aws_sdk_sts::config::Builder::from(self.sdk());
        sdk.set_endpoint_url(self.configured_url("STS"));
        let answer = aws_sdk_sts::Client::from_conf(sdk.build()).get_caller_identity().send().await;
        let answer = answer.map_err(|error| self.error(&error, "STS", "sts"))?;
        let account = answer.account.unwrap_or_default();
        self.learn_account(&account);
        let (arn, user_id) = (answer.arn.unwrap_or_default(), answer.user_id.unwrap_or_default());
        Ok(Identity { account, arn, user_id })
    }
}
