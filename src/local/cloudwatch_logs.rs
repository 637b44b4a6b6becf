//! CloudWatch Logs, as far as reading functions' logs goes: `FilterLogEvents`.
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html>

use serde_json::Value;

use crate::local::api_error::ApiError;
use crate::local::served::Call;

/// Whether an operation is served.
pub(super) fn knows(operation: &str) -> bool {
    operation == "FilterLogEvents"
}

/// Answers an operation that [`knows`] knows.
pub(super) async fn answer(_operation: &str, call: Call<'_>) -> Result<Value, ApiError> {
    call.members.finish()?;
    Err(ApiError::new("ResourceNotFoundException", "The specified log group does not exist."))
}
