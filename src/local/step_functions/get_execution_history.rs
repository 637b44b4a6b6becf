//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html>

use serde_json::{Map, Value, json};

use crate::engine::PageLimit;
use crate::engine::history::HistoryEvent;
use crate::local::api_error::ApiError;
use crate::local::members::{ARN, TextRule};
use crate::local::served::Call;
use crate::local::step_functions::paging::page_size;
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
    let limit = PageLimit { events: page_size(max), bytes: PAGE_BYTES_MAX };
    let page = call.served.engine.execution_history(&arn, from, reverse, limit).await?;
    let events: Vec<Value> = page.events.into_iter().map(|event| encode(event, with_data)).collect();
    let mut answer = json!({ "events": events });
    if let Some(next) = page.next {
        answer["nextToken"] = json!(call.served.page_key.seal(&question, &next.to_string()));
    }
    Ok(answer)
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

    use super::{HistoryEvent, Map, Value, encode};
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
    fn data_stays_away_when_it_is_not_wanted() {
        let whole = encode(event(2, 1), true);
        assert_eq!(
            whole.to_string(),
            r#"{"timestamp":1763850000.123,"type":"PassStateExited","id":2,"previousEventId":1,"stateExitedEventDetails":{"name":"A","output":"x"}}"#
        );
        assert_eq!(encode(event(2, 1), false)["stateExitedEventDetails"].to_string(), r#"{"name":"A"}"#);
    }
}
