//! CloudWatch Logs, as far as reading functions' logs goes: `FilterLogEvents`.
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html>
//!
//! A log group is `/aws/lambda/` and a function's name. An event's id is its place in the log, so a reader that follows a
//! log by time knows an event again.

use serde_json::{Value, json};

use crate::local::api_error::ApiError;
use crate::local::members::TextRule;
use crate::local::register;
use crate::local::served::{Call, Served};
use crate::tasks::logs::{LogEvent, LogPage, Position};

const GROUP_PREFIX: &str = "/aws/lambda/";

/// AWS's bounds of one page.
const EVENTS_MAX: i64 = 10_000;

/// Whether an operation is served.
pub(super) fn knows(operation: &str) -> bool {
    operation == "FilterLogEvents"
}

/// Answers an operation that [`knows`] knows.
pub(super) async fn answer(_operation: &str, call: Call<'_>) -> Result<Value, ApiError> {
    filter_log_events(call).await
}

async fn filter_log_events(mut call: Call<'_>) -> Result<Value, ApiError> {
    let members = &mut call.members;
    let group = members.required("logGroupName", TextRule::filled(512));
    let start = members.integer("startTime", 0, i64::MAX);
    let end = members.integer("endTime", 0, i64::MAX);
    let limit = members.integer("limit", 1, EVENTS_MAX).unwrap_or(EVENTS_MAX);
    let token = members.optional("nextToken", TextRule::filled(2_048));
    let pattern = members.optional("filterPattern", TextRule::sensitive(1_024));
    call.members.finish()?;
    if pattern.is_some_and(|pattern| !pattern.is_empty()) {
        return Err(ApiError::new("InvalidParameterException", "filter patterns are not served here"));
    }
    let function = function_of(&group, call.served).await?;
    let question = format!("FilterLogEvents|{group}|{start:?}|{end:?}");
    let invalid = || ApiError::new("InvalidParameterException", "The specified nextToken is invalid.");
    let position = match token {
        Some(token) => Some(call.served.page_key.open(&question, &token).map_err(|_| invalid())?),
        None => None,
    };
    let after = position.map(|position| position.parse::<Position>().map_err(|_| invalid())).transpose()?;
    let limit = usize::try_from(limit).unwrap_or_default();
    let page = read(call.served, function, after, (start, end), limit).await?;
    let mut answer = json!({ "events": page.events.iter().map(encode).collect::<Vec<_>>(), "searchedLogStreams": [] });
    if let Some(position) = page.position.filter(|_| page.more) {
        answer["nextToken"] = json!(call.served.page_key.seal(&question, &position.to_string()));
    }
    Ok(answer)
}

/// The function of a group: a registered one, even before it logged anything, or one that once logged.
async fn function_of(group: &str, served: &Served) -> Result<String, ApiError> {
    let missing = || ApiError::new("ResourceNotFoundException", "The specified log group does not exist.");
    let function = group.strip_prefix(GROUP_PREFIX).ok_or_else(missing)?;
    let logged = served.tasks.logs().functions().map_err(|error| ApiError::internal(error.to_string()))?;
    if logged.iter().any(|name| name == function) || register::knows_function(&served.engine, function).await? {
        return Ok(function.to_owned());
    }
    Err(missing())
}

/// Files are read off the threads that answer.
async fn read(
    served: &Served,
    function: String,
    after: Option<Position>,
    (start, end): (Option<i64>, Option<i64>),
    limit: usize,
) -> Result<LogPage, ApiError> {
    let logs = served.tasks.logs().clone();
    let reading = tokio::task::spawn_blocking(move || logs.events(&function, after, start, end, limit));
    let read = reading.await.map_err(|error| ApiError::internal(error.to_string()))?;
    read.map_err(|error| ApiError::internal(error.to_string()))
}

fn encode(event: &LogEvent) -> Value {
    json!({
        "logStreamName": event.stream,
        "timestamp": event.timestamp_ms,
        "message": event.text,
        "ingestionTime": event.timestamp_ms,
        "eventId": event.position.to_string(),
    })
}
