//! A history as a table, as lines, as JSON.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::engine::clock::Timestamp;
use crate::engine::history::HistoryEvent;
use crate::ui::printer::Paint;
use crate::ui::table::{Table, cut, one_line};

/// Details of one event are cut at this many characters in a table or a line.
const DETAIL_CHARACTERS_MAX: usize = 240;

/// Members of details whose text is a JSON document, shown as the value that it is.
const DOCUMENTS: [&str; 3] = ["input", "output", "parameters"];

/// Events as a table in the making: of an event only its row is kept.
#[derive(Debug)]
pub struct Rows(Table);

impl Rows {
    /// No rows.
    #[expect(clippy::new_without_default, reason = "a table without rows is made to be filled, not a default")]
    pub fn new() -> Self {
        Self(Table::new(&["ID", "TIME", "TYPE", "STATE", "DETAIL"]))
    }

    /// Adds an event of an execution that began at `start`.
    pub fn push(&mut self, event: &HistoryEvent, start: Timestamp) {
        self.0.row(vec![
            event.id.to_string(),
            since(start.0, event.timestamp.0),
            event.event_type.to_string(),
            state(event).to_owned(),
            detail(event),
        ]);
    }

    /// Puts the last event first.
    pub fn reverse(&mut self) {
        self.0.reverse();
    }

    /// The table's text.
    pub fn render(&self, paint: Paint, width: Option<usize>) -> String {
        self.0.render(paint, width)
    }
}

/// The state that an event is of, as far as it says so.
fn state(event: &HistoryEvent) -> &str {
    event.text("name").or_else(|| event.text("state")).unwrap_or_default()
}

/// One event as a line of a log.
pub fn line(event: &HistoryEvent) -> String {
    let mut text = format!("{}  {:>4}  {}", event.timestamp.to_rfc3339(), event.id, event.event_type);
    for part in [state(event).to_owned(), detail(event)] {
        if !part.is_empty() {
            let _ = write!(text, "  {part}");
        }
    }
    one_line(&text)
}

/// Seconds since the first event: `+1.250`.
fn since(start_milliseconds: i64, at_milliseconds: i64) -> String {
    let milliseconds = at_milliseconds.saturating_sub(start_milliseconds).max(0);
    format!("+{}.{:03}", milliseconds / 1000, milliseconds % 1000)
}

/// What matters most among the details.
fn detail(event: &HistoryEvent) -> String {
    let text = |name: &str| event.text(name).map(ToOwned::to_owned);
    let error = text("error").map(|error| text("cause").map_or(error.clone(), |cause| format!("{error}: {cause}")));
    let found = error
        .or_else(|| text("cause"))
        .or_else(|| text("output"))
        .or_else(|| text("input"))
        .or_else(|| text("parameters"))
        .or_else(|| text("resource"))
        .or_else(|| event.detail("index").map(|index| format!("index {index}")))
        .or_else(|| event.detail("length").map(|length| format!("length {length}")))
        .or_else(|| event.detail("redriveCount").map(|count| format!("redrive {count}")));
    cut(&one_line(&found.unwrap_or_default()), DETAIL_CHARACTERS_MAX)
}

/// An event with AWS's names, its time in ISO 8601, its documents as values.
pub fn to_json(event: HistoryEvent) -> Value {
    let mut object = Map::new();
    object.insert("timestamp".into(), json!(event.timestamp.to_rfc3339()));
    object.insert("type".into(), json!(event.event_type));
    object.insert("id".into(), json!(event.id));
    object.insert("previousEventId".into(), json!(event.previous_event_id));
    if let Some((member, details)) = event.details {
        let details: Map<String, Value> = details.into_iter().map(document).collect();
        object.insert(member.into_owned(), Value::Object(details));
    }
    Value::Object(object)
}

fn document((name, value): (String, Value)) -> (String, Value) {
    let parsed = || value.as_str().and_then(|text| serde_json::from_str(text).ok());
    let document = DOCUMENTS.contains(&name.as_str()).then(parsed).flatten();
    (name, document.unwrap_or(value))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn event(id: u64, kind: &'static str, details: &Value) -> HistoryEvent {
        let details = details.as_object().map(|details| (Cow::Borrowed("stateEnteredEventDetails"), details.clone()));
        let at = Timestamp(1_700_000_000_000 + i64::try_from(id).unwrap() * 250);
        HistoryEvent { id, previous_event_id: id - 1, timestamp: at, event_type: Cow::Borrowed(kind), details }
    }

    fn rows(events: &[HistoryEvent]) -> Rows {
        let mut rows = Rows::new();
        for event in events {
            rows.push(event, Timestamp(1_700_000_000_250));
        }
        rows
    }

    fn table(events: &[HistoryEvent]) -> String {
        rows(events).render(Paint::plain(), None)
    }

    #[test]
    fn a_table_starts_at_zero() {
        let events = [
            event(1, "ExecutionStarted", &json!({"input": "{\n}"})),
            event(2, "PassStateEntered", &json!({"name": "Hello", "input": "{}"})),
            event(3, "ExecutionFailed", &json!({"error": "E", "cause": "because"})),
        ];
        let failed = event(3, "EvaluationFailed", &json!({"state": "Hello", "error": "E", "cause": "because"}));
        assert!(table(&[failed]).contains("EvaluationFailed  Hello  E: because"));
        expect_test::expect![[r"
            ID  TIME    TYPE              STATE  DETAIL
            1   +0.000  ExecutionStarted         { }
            2   +0.250  PassStateEntered  Hello  {}
            3   +0.500  ExecutionFailed          E: because
        "]]
        .assert_eq(&table(&events));
        let mut rows = rows(&events[1..]);
        rows.reverse();
        expect_test::expect![[r"
            ID  TIME    TYPE              STATE  DETAIL
            3   +0.500  ExecutionFailed          E: because
            2   +0.250  PassStateEntered  Hello  {}
        "]]
        .assert_eq(&rows.render(Paint::plain(), None));
    }

    #[test]
    fn json_has_values_for_documents() {
        let value = to_json(event(1, "PassStateEntered", &json!({"name": "1", "input": "{\"a\":1}"})));
        assert_eq!(
            value,
            json!({
                "timestamp": "2023-11-14T22:13:20.250Z", "type": "PassStateEntered", "id": 1, "previousEventId": 0,
                "stateEnteredEventDetails": {"name": "1", "input": {"a": 1}}
            })
        );
    }

    #[test]
    fn a_line_stays_one_line() {
        let text = line(&event(1, "ExecutionFailed", &json!({"error": "E", "cause": "a\nb"})));
        assert_eq!(text, "2023-11-14T22:13:20.250Z     1  ExecutionFailed  E: a b");
    }
}
