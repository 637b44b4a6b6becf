//! `DescribeLogStreams`: one for each process that a function had, or for each machine.
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogStreams.html>

use serde_json::{Value, json};

use crate::local::api_error::ApiError;
use crate::local::cloudwatch_logs::describe_log_groups::page;
use crate::local::cloudwatch_logs::group::{self, Named};
use crate::local::cloudwatch_logs::{blocking, invalid};
use crate::local::members::TextRule;
use crate::local::served::Call;

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let members = &mut call.members;
    let group = Named::read(members);
    let prefix = members.optional("logStreamNamePrefix", TextRule::filled(512));
    let by_time = members.one_of("orderBy", &["LogStreamName", "LastEventTime"]) == Some("LastEventTime");
    let descending = members.boolean("descending").unwrap_or_default();
    let (limit, token) = page(members);
    call.members.finish()?;
    if by_time && prefix.is_some() {
        return Err(invalid("Cannot order by LastEventTime with a logStreamNamePrefix."));
    }
    let group = group.find(call.served).await?;
    let question = json!(["DescribeLogStreams", group.name, prefix, by_time, descending]).to_string();
    let key = &call.served.page_key;
    let after = token.map(|token| {
        let place = key.open(&question, &token).ok().and_then(|text| {
            let (time, name) = text.split_once(' ')?;
            Some((time.parse::<i64>().ok()?, name.to_owned()))
        });
        place.ok_or_else(|| invalid("The specified nextToken is invalid."))
    });
    let after = after.transpose()?;
    let arn = group::arn(&group.name, &call.identity);
    let streams = blocking(move || group.logs.streams(&group.log)).await?;
    // In the order of names the time says nothing, so that it is the same for all.
    let place = |time: i64, name: &str| (if by_time { time } else { 0 }, name.to_owned());
    let mut rows: Vec<_> = streams
        .into_iter()
        .filter(|stream| prefix.as_ref().is_none_or(|prefix| stream.name.starts_with(prefix.as_str())))
        .map(|stream| (place(stream.last_ms, &stream.name), stream))
        .collect();
    rows.sort_by(|(left, _), (right, _)| if descending { right.cmp(left) } else { left.cmp(right) });
    rows.retain(|(place, _)| match &after {
        None => true,
        Some(after) if descending => place < after,
        Some(after) => place > after,
    });
    let shown = &rows[..rows.len().min(limit)];
    let encoded = shown.iter().map(|(_, stream)| {
        json!({
            "logStreamName": stream.name,
            "creationTime": stream.first_ms,
            "firstEventTimestamp": stream.first_ms,
            "lastEventTimestamp": stream.last_ms,
            "lastIngestionTime": stream.last_ms,
            "arn": format!("{arn}:log-stream:{}", stream.name),
            "storedBytes": 0,
        })
    });
    let mut answer = json!({ "logStreams": encoded.collect::<Vec<_>>() });
    if let Some(((time, name), _)) = shown.last().filter(|_| shown.len() < rows.len()) {
        answer["nextToken"] = json!(key.seal(&question, &format!("{time} {name}")));
    }
    Ok(answer)
}
