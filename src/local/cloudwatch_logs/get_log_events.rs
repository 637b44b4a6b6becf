//! `GetLogEvents`: the events of one stream, forwards or backwards.
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html>

use serde_json::{Value, json};

use crate::local::api_error::ApiError;
use crate::local::cloudwatch_logs::filter_log_events::page;
use crate::local::cloudwatch_logs::group::Named;
use crate::local::cloudwatch_logs::{blocking, invalid};
use crate::local::members::TextRule;
use crate::local::served::Call;
use crate::tasks::logs::{LogEvent, Position, Selection};

/// Before everything in any log.
const BEGINNING: &str = "0-0";

/// Where a page lies.
#[derive(Clone, Copy)]
enum Place {
    /// The oldest events.
    Head,
    /// The newest events.
    Tail,
    /// The next ones after a position.
    After(Position),
    /// The last ones before a position.
    Before(Position),
}

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let members = &mut call.members;
    let group = Named::read(members);
    let stream = members.required("logStreamName", TextRule::filled(512));
    let (start_ms, end_ms) = (members.integer("startTime", 0, i64::MAX), members.integer("endTime", 0, i64::MAX));
    let from_head = members.boolean("startFromHead").unwrap_or_default();
    let (limit, token) = page(members);
    call.members.finish()?;
    let group = group.find(call.served).await?;
    let question = json!(["GetLogEvents", group.name, stream, start_ms, end_ms]).to_string();
    let key = &call.served.page_key;
    let opened = token.as_deref().map(|token| {
        let place = token.split_once('/').and_then(|(way, token)| {
            let position = key.open(&question, token).ok()?.parse().ok()?;
            Some(if way == "f" { Place::After(position) } else { Place::Before(position) })
        });
        place.ok_or_else(|| invalid("The specified nextToken is invalid."))
    });
    let place = opened.transpose()?.unwrap_or(if from_head { Place::Head } else { Place::Tail });
    let read = blocking(move || {
        let keep = |name: &str, _: &str| name == stream;
        let all = Selection { after: None, start_ms: None, end_ms: None, limit: 1, keep: &keep };
        let exists = !group.logs.select(&group.log, all)?.events.is_empty();
        let limit = if matches!(place, Place::Head | Place::After(_)) { limit } else { usize::MAX };
        let after = if let Place::After(position) = place { Some(position) } else { None };
        let page = group.logs.select(&group.log, Selection { after, start_ms, end_ms, limit, ..all })?;
        Ok(exists.then_some(page.events))
    });
    let missing = || ApiError::new("ResourceNotFoundException", "The specified log stream does not exist.");
    let events = read.await?.ok_or_else(missing)?;
    let events = cut(&events, place, limit);
    let (first, last) = ends(events, place);
    Ok(json!({
        "events": events.iter().map(encode).collect::<Vec<_>>(),
        "nextForwardToken": format!("f/{}", key.seal(&question, &last)),
        "nextBackwardToken": format!("b/{}", key.seal(&question, &first)),
    }))
}

/// Those of the page: of a page that ends at a place, the last ones.
fn cut(events: &[LogEvent], place: Place, limit: usize) -> &[LogEvent] {
    let events = match place {
        Place::Before(end) => &events[..events.partition_point(|event| event.position < end)],
        _ => events,
    };
    match place {
        Place::Head | Place::After(_) => &events[..events.len().min(limit)],
        Place::Tail | Place::Before(_) => &events[events.len().saturating_sub(limit)..],
    }
}

/// The positions that lead backwards and forwards from a page. An empty one leads to where it was asked for, which is how
/// callers know that they are at the end.
fn ends(events: &[LogEvent], place: Place) -> (String, String) {
    let here = match place {
        Place::After(position) | Place::Before(position) => position.to_string(),
        Place::Head | Place::Tail => BEGINNING.to_owned(),
    };
    match (events.first(), events.last()) {
        (Some(first), Some(last)) => (first.position.to_string(), last.position.to_string()),
        _ => (here.clone(), here),
    }
}

fn encode(event: &LogEvent) -> Value {
    json!({ "timestamp": event.timestamp_ms, "message": event.text, "ingestionTime": event.timestamp_ms })
}
