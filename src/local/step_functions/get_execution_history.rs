//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html>

use serde_json::{Map, Value, json};

use crate::engine::history::HistoryEvent;
use crate::local::api_error::ApiError;
use crate::local::members::{ARN, TextRule};
use crate::local::served::Call;
use crate::local::step_functions::list_state_machines::page_size;
use crate::local::step_functions::{check_execution_arn, time};

/// A page ends early when its events' data reaches this: a thousand events of 256 KiB would be 250 MiB.
const PAGE_BYTES_MAX: usize = 4 << 20;

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let members = &mut call.members;
    let arn = members.required("executionArn", ARN);
    let max = members.integer("maxResults", 0, 1_000);
    let reverse = members.boolean("reverseOrder").unwrap_or(false);
    let with_data = members.boolean("includeExecutionData").unwrap_or(true);
    let token = members.optional("nextToken", TextRule::filled(1_024));
    call.members.finish()?;
    check_execution_arn(&arn)?;

    let question = format!("GetExecutionHistory|{arn}|{reverse}");
    let position = token.map(|token| call.served.page_key.open(&question, &token)).transpose()?;
    let from = position.and_then(|position| position.parse().ok());
    let limit = page_size(max);
    // One more than the page has tells whether another one follows.
    let events = call.served.engine.execution_history(&arn, from, reverse, limit + 1).await?;
    let end = page_end(&events, limit);
    let next = events.get(end).map(|event| event.id);
    let page: Vec<Value> = events.into_iter().take(end).map(|event| encode(event, with_data)).collect();
    let mut answer = json!({ "events": page });
    if let Some(next) = next {
        answer["nextToken"] = json!(call.served.page_key.seal(&question, &next.to_string()));
    }
    Ok(answer)
}

/// How many events are a page: at most `limit`, at least one, and not much more data than the bound.
fn page_end(events: &[HistoryEvent], limit: usize) -> usize {
    let mut bytes = 0;
    let fits = |event: &&HistoryEvent| {
        let before = bytes;
        bytes += data_bytes(event);
        before < PAGE_BYTES_MAX
    };
    events.iter().take(limit).take_while(fits).count()
}

fn data_bytes(event: &HistoryEvent) -> usize {
    let details = event.details.iter().flat_map(|(_, details)| details.values());
    details.filter_map(Value::as_str).map(str::len).sum()
}

fn encode(event: HistoryEvent, with_data: bool) -> Value {
    let mut answer = Map::new();
    answer.insert("timestamp".into(), time(event.timestamp));
    answer.insert("type".into(), event.event_type.into());
    answer.insert("id".into(), event.id.into());
    answer.insert("previousEventId".into(), event.previous_event_id.into());
    if let Some((name, mut details)) = event.details {
        if !with_data {
            details.retain(|name, _| !matches!(name.as_str(), "input" | "output" | "inputDetails" | "outputDetails"));
        }
        answer.insert(name.into_owned(), Value::Object(details));
    }
    Value::Object(answer)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::{HistoryEvent, Map, Value, encode, page_end};
    use crate::engine::Timestamp;

    fn event(id: u64, bytes: usize) -> HistoryEvent {
        let details = Map::from_iter([
            ("name".to_owned(), Value::from("A")),
            ("output".to_owned(), Value::from("x".repeat(bytes))),
        ]);
        HistoryEvent {
            id,
            previous_event_id: id - 1,
            timestamp: Timestamp(1_763_850_000_123),
            event_type: Cow::Borrowed("PassStateExited"),
            details: Some((Cow::Borrowed("stateExitedEventDetails"), details)),
        }
    }

    #[test]
    fn a_page_ends_at_its_limit_or_at_its_bytes_and_is_never_empty() {
        let small: Vec<_> = (1..=11).map(|id| event(id, 10)).collect();
        assert_eq!(page_end(&small, 10), 10);
        assert_eq!(page_end(&small[..3], 10), 3);
        let large: Vec<_> = (1..=11).map(|id| event(id, 3 << 20)).collect();
        assert_eq!(page_end(&large, 10), 2);
        assert_eq!(page_end(&[event(1, 9 << 20)], 10), 1);
        assert_eq!(page_end(&[], 10), 0);
    }

    #[test]
    fn data_stays_away_when_it_is_not_wanted() {
        let whole = encode(event(2, 1), true);
        assert_eq!(
            whole.to_string(),
            r#"{"timestamp":1763850000.123,"type":"PassStateExited","id":2,"previousEventId":1,"stateExitedEventDetails":{"name":"A","output":"x"}}"#
        );
        assert_eq!(encode(event(2, 1), false)["stateExitedEventDetails"].to_string(), r#"{"name":"A"}"#);
    }
}
