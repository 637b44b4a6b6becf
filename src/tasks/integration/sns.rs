//! `sns:publish`: an object for a message is sent as its JSON.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/connect-sns.html>

use serde_json::Value;

use crate::asl::Fault;
use crate::tasks::integration::optimised::SNS;
use crate::tasks::integration::sdk::Caller;

/// Publishes the message.
///
/// # Errors
/// The fault that Step Functions records.
pub(super) async fn publish(caller: &Caller<'_>, parameters: &Value) -> Result<Value, Fault> {
    SNS.call(caller, "publish", parameters).await
}
