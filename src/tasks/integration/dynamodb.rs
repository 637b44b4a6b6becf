//! `dynamodb:getItem`, `putItem`, `updateItem` and `deleteItem`.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/connect-ddb.html>

use serde_json::Value;

use crate::asl::Fault;
use crate::tasks::integration::optimised::DYNAMODB;
use crate::tasks::integration::sdk::Caller;

/// Calls the action.
///
/// # Errors
/// The fault that Step Functions records.
pub(super) async fn perform(caller: &Caller<'_>, action: &str, parameters: &Value) -> Result<Value, Fault> {
    DYNAMODB.call(caller, action, parameters).await
}
