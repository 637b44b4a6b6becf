//! One event of a history as a line of a log.
//!
//! The members are AWS's: texts all of them, but for the details, which are those of the history.

use serde_json::{Map, Value, json};

use crate::engine::{HistoryEvent, Timestamp};

/// An input or an output is cut where it would be longer than this in the line, escaped.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-payload>
const ESCAPED_BYTES_MAX: usize = 248 * 1_024;
/// The documents among an event's details, and what says of each whether it was cut.
const DOCUMENTS: [(&str, Option<&str>); 3] =
    [("input", Some("inputDetails")), ("output", Some("outputDetails")), ("parameters", None)];
/// CloudWatch Logs takes no event of the far past: one of a virtual clock's is logged as if it were so old.
const AGE_MAX_MS: i64 = 60 * 60 * 1_000;

/// An event of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) timestamp_ms: i64,
    pub(super) message: String,
}

/// Writes an event, after so many redrives, its own if it is one. Of the events of an execution, none is older than the one before it.
pub(super) fn write(execution_arn: &str, event: &HistoryEvent, redrives: u32, with_data: bool, now: Timestamp) -> Line {
    let details = event.details.as_ref().map(|(_, details)| details.clone()).unwrap_or_default();
    let message = json!({
        "id": event.id.to_string(),
        "type": event.event_type,
        "details": if with_data { cut(details) } else { without_data(details) },
        "previous_event_id": event.previous_event_id.to_string(),
        "event_timestamp": event.timestamp.0.to_string(),
        "execution_arn": execution_arn,
        "redrive_count": redrives.to_string(),
    });
    // Nor one of the future.
    let timestamp_ms = event.timestamp.0.clamp(now.0 - AGE_MAX_MS, now.0);
    Line { timestamp_ms, message: message.to_string() }
}

fn without_data(mut details: Map<String, Value>) -> Map<String, Value> {
    details.retain(|name, _| {
        DOCUMENTS.iter().all(|(document, says)| name != document && says.is_none_or(|says| name != says))
    });
    details
}

fn cut(mut details: Map<String, Value>) -> Map<String, Value> {
    for (document, says) in DOCUMENTS {
        let Some(text) = details.get(document).and_then(Value::as_str) else { continue };
        let Some(short) = shortened(text) else { continue };
        details.insert(document.to_owned(), Value::from(short));
        if let Some(says) = says {
            details.insert(says.to_owned(), json!({ "truncated": true }));
        }
    }
    details
}

/// As much of a text as there is room for; `None` when that is all of it.
fn shortened(text: &str) -> Option<&str> {
    let mut bytes = 0;
    let end = text.char_indices().find(|(_, character)| {
        bytes += match character {
            '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
            '\0'..='\u{1f}' => 6,
            other => other.len_utf8(),
        };
        bytes > ESCAPED_BYTES_MAX
    });
    end.map(|(end, _)| &text[..end])
}
