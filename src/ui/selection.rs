//! Which events of a history are shown: those of one state, those that hold a text. A fold without IO.

use regex_lite::Regex;
use serde_json::Value;

use crate::engine::history::HistoryEvent;
use crate::ui::trace::Trace;

/// The events that are wanted; all of them where nothing is asked for.
#[derive(Debug, Default)]
pub struct Selection {
    state: Option<String>,
    pattern: Option<Regex>,
    trace: Trace,
}

impl Selection {
    /// Events of a state's visits, with all that happened within, and events that hold a pattern. A text that is no regular
    /// expression stands for itself.
    pub fn new(state: Option<String>, pattern: Option<&str>) -> Self {
        let plain = |text: &str| Regex::new(&regex_lite::escape(text)).ok();
        let pattern = pattern.and_then(|text| Regex::new(text).ok().or_else(|| plain(text)));
        Self { state, pattern, trace: Trace::default() }
    }

    /// Whether an event is wanted. All events are to be asked for, in the order of their ids.
    pub fn takes(&mut self, event: &HistoryEvent) -> bool {
        if self.state.is_some() {
            self.trace.push(event);
        }
        self.is_of_state(event) && self.pattern.as_ref().is_none_or(|pattern| holds(event, pattern))
    }

    fn is_of_state(&self, event: &HistoryEvent) -> bool {
        let Some(state) = &self.state else { return true };
        // The end of an execution follows a state's event, and is not of that state.
        if event.event_type.starts_with("Execution") {
            return false;
        }
        let is_border = event.event_type.ends_with("StateEntered") || event.event_type.ends_with("StateExited");
        (is_border && event.text("name") == Some(state)) || self.trace.is_within(event.id, state)
    }
}

/// Whether an event's type, or a text or value among its details, holds a pattern.
fn holds(event: &HistoryEvent, pattern: &Regex) -> bool {
    let details = event.details.iter().flat_map(|(_, details)| details.values());
    pattern.is_match(&event.event_type) || details.into_iter().any(|value| value_holds(value, pattern))
}

fn value_holds(value: &Value, pattern: &Regex) -> bool {
    match value {
        Value::String(text) => pattern.is_match(text),
        value => pattern.is_match(&value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use serde_json::json;

    use super::*;
    use crate::engine::clock::Timestamp;

    /// An execution with a Map whose only item waits, and a task behind it that fails.
    fn events() -> Vec<HistoryEvent> {
        let events = [
            (1, 0, "ExecutionStarted", json!({"input": "{\"order\":17}"})),
            (2, 0, "MapStateEntered", json!({"name": "Each"})),
            (3, 2, "MapStateStarted", json!({"length": 1})),
            (4, 3, "MapIterationStarted", json!({"name": "Each", "index": 0})),
            (5, 4, "WaitStateEntered", json!({"name": "Nap"})),
            (6, 5, "WaitStateExited", json!({"name": "Nap"})),
            (7, 6, "MapIterationSucceeded", json!({"name": "Each", "index": 0})),
            (8, 7, "MapStateSucceeded", Value::Null),
            (9, 8, "MapStateExited", json!({"name": "Each"})),
            (10, 9, "TaskStateEntered", json!({"name": "Pay"})),
            (11, 10, "TaskScheduled", json!({"resource": "invoke"})),
            (12, 11, "TaskFailed", json!({"error": "Card.Declined", "cause": "17 (a+b"})),
            (13, 12, "ExecutionFailed", json!({"error": "Card.Declined"})),
        ];
        let event = |(id, previous_event_id, kind, details): (u64, u64, &'static str, Value)| HistoryEvent {
            id,
            previous_event_id,
            timestamp: Timestamp(0),
            event_type: Cow::Borrowed(kind),
            details: details.as_object().map(|details| (Cow::Borrowed("details"), details.clone())),
        };
        events.into_iter().map(event).collect()
    }

    fn selected(state: Option<&str>, pattern: Option<&str>) -> Vec<u64> {
        let mut selection = Selection::new(state.map(ToOwned::to_owned), pattern);
        events().into_iter().filter(|event| selection.takes(event)).map(|event| event.id).collect()
    }

    #[test]
    fn a_state_has_its_events_at_any_depth_with_what_happens_within() {
        assert_eq!(selected(Some("Nap"), None), [5, 6]);
        assert_eq!(selected(Some("Each"), None), [2, 3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(selected(Some("Pay"), None), [10, 11, 12], "its task's events too, and not the execution's end");
        assert_eq!(selected(Some("Nobody"), None), Vec::<u64>::new());
    }

    #[test]
    fn a_pattern_is_looked_for_in_types_names_and_details() {
        assert_eq!(selected(None, None).len(), 13);
        assert_eq!(selected(None, Some("^Wait|Scheduled$")), [5, 6, 11]);
        assert_eq!(selected(None, Some("Pay")), [10]);
        assert_eq!(selected(None, Some("\"order\":17")), [1], "in the document as it was written");
        assert_eq!(selected(None, Some("17 (a+b")), [12], "no regular expression, but a text");
        assert_eq!(selected(Some("Pay"), Some("Card")), [12]);
    }
}
