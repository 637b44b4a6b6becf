//! `FilterLogEvents`: the events of a group, of all its streams in the order of writing.
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html>

use serde_json::{Value, json};

use crate::local::api_error::ApiError;
use crate::local::cloudwatch_logs::group::Named;
use crate::local::cloudwatch_logs::pattern::Pattern;
use crate::local::cloudwatch_logs::{blocking, invalid};
use crate::local::members::{Members, TextRule};
use crate::local::served::Call;
use crate::tasks::logs::{LogEvent, Position, Selection};

/// AWS's bounds of one page.
pub(super) const EVENTS_MAX: i64 = 10_000;
/// AWS's bound of `logStreamNames`.
const STREAMS_MAX: usize = 100;

/// What is asked for besides the group and the page.
struct Filter {
    start: Option<i64>,
    end: Option<i64>,
    streams: Option<Vec<String>>,
    prefix: Option<String>,
    pattern: String,
}

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let members = &mut call.members;
    let group = Named::read(members);
    let streams = members.list("logStreamNames");
    let filter = Filter {
        start: members.integer("startTime", 0, i64::MAX),
        end: members.integer("endTime", 0, i64::MAX),
        streams: streams.map(texts).transpose()?,
        prefix: members.optional("logStreamNamePrefix", TextRule::filled(512)),
        pattern: members.optional("filterPattern", TextRule::sensitive(1_024)).unwrap_or_default(),
    };
    let (limit, token) = page(members);
    call.members.finish()?;
    if filter.streams.is_some() && filter.prefix.is_some() {
        return Err(invalid("logStreamNames and logStreamNamePrefix can not both be given"));
    }
    let pattern = Pattern::parse(&filter.pattern).map_err(invalid)?;
    let group = group.find(call.served).await?;
    let question = filter.question(&group.name);
    let key = &call.served.page_key;
    let after = token.map(|token| {
        let position = key.open(&question, &token).ok().and_then(|text| text.parse::<Position>().ok());
        position.ok_or_else(|| invalid("The specified nextToken is invalid."))
    });
    let after = after.transpose()?;
    let page = blocking(move || {
        let keep = |stream: &str, text: &str| filter.takes(stream) && pattern.matches(text);
        // The end is the last time that counts, and not the first that does not.
        let end_ms = filter.end.map(|end| end.saturating_add(1));
        group.logs.select(&group.log, Selection { after, start_ms: filter.start, end_ms, limit, keep: &keep })
    });
    let page = page.await?;
    let events: Vec<Value> = page.events.iter().map(encode).collect();
    let mut answer = json!({ "events": events, "searchedLogStreams": [] });
    if let Some(position) = page.position.filter(|_| page.more) {
        answer["nextToken"] = json!(key.seal(&question, &position.to_string()));
    }
    Ok(answer)
}

/// `limit` and `nextToken`.
pub(super) fn page(members: &mut Members) -> (usize, Option<String>) {
    let limit = members.integer("limit", 1, EVENTS_MAX).unwrap_or(EVENTS_MAX);
    (usize::try_from(limit).unwrap_or_default(), members.optional("nextToken", TextRule::filled(2_048)))
}

fn texts(names: Vec<Value>) -> Result<Vec<String>, ApiError> {
    let count = names.len();
    let texts = names.into_iter().filter_map(|name| name.as_str().map(ToOwned::to_owned));
    let texts: Vec<String> = texts.collect();
    if texts.len() != count || !(1..=STREAMS_MAX).contains(&count) {
        return Err(invalid(format!("logStreamNames must have from 1 to {STREAMS_MAX} names")));
    }
    Ok(texts)
}

impl Filter {
    fn takes(&self, stream: &str) -> bool {
        self.streams.as_ref().is_none_or(|streams| streams.iter().any(|name| name == stream))
            && self.prefix.as_ref().is_none_or(|prefix| stream.starts_with(prefix.as_str()))
    }

    /// What a page token holds for.
    fn question(&self, group: &str) -> String {
        json!(["FilterLogEvents", group, self.start, self.end, self.streams, self.prefix, self.pattern]).to_string()
    }
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
