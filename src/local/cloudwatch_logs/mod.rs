//! CloudWatch Logs, as far as reading the logs of functions and of machines goes.
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/Welcome.html>
//!
//! A log group is `/aws/lambda/` and a function's name, its streams are what each process printed; or it is what machines
//! name in their `loggingConfiguration`, with a stream for each of them. An event's id is its
//! place in the log, so a reader that follows a log by time knows an event again. Start reading at [`answer`]; an operation
//! is a file.

mod describe_log_groups;
mod describe_log_streams;
mod filter_log_events;
mod get_log_events;
mod group;
mod pattern;

use serde_json::Value;

use crate::local::api_error::ApiError;
use crate::local::served::Call;

/// Whether an operation is served.
pub(super) fn knows(operation: &str) -> bool {
    ["DescribeLogGroups", "DescribeLogStreams", "FilterLogEvents", "GetLogEvents"].contains(&operation)
}

/// Answers an operation that [`knows`] knows.
pub(super) async fn answer(operation: &str, call: Call<'_>) -> Result<Value, ApiError> {
    let answered = match operation {
        "DescribeLogGroups" => describe_log_groups::answer(call).await,
        "DescribeLogStreams" => describe_log_streams::answer(call).await,
        "FilterLogEvents" => filter_log_events::answer(call).await,
        _ => get_log_events::answer(call).await,
    };
    // This API has another name for it than the others.
    answered.map_err(|error| match error.name {
        "ValidationException" => ApiError { name: "InvalidParameterException", ..error },
        _ => error,
    })
}

/// A parameter with a value that it cannot have.
fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidParameterException", message)
}

/// Does what reads files off the threads that answer.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, crate::tasks::logs::LogsError> + Send + 'static,
) -> Result<T, ApiError> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|error| ApiError::internal(error.to_string()))?;
    done.map_err(|error| ApiError::internal(error.to_string()))
}
