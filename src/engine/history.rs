//! An execution's history as AWS shows it, whoever recorded it.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::engine::clock::Timestamp;

/// One event, as GetExecutionHistory returns it.
/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html>
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryEvent {
    /// From 1, without gaps.
    pub id: u64,
    /// The event that this one follows in its branch; 0 for none.
    pub previous_event_id: u64,
    /// When it was recorded.
    pub timestamp: Timestamp,
    /// `TaskStateEntered`, `LambdaFunctionSucceeded`, …
    pub event_type: Cow<'static, str>,
    /// The member that holds the details, `stateEnteredEventDetails`, and what is in it, in the API's own names.
    /// `None` for types without details.
    pub details: Option<(Cow<'static, str>, Map<String, Value>)>,
}

impl HistoryEvent {
    /// A field of the details.
    #[must_use]
    pub fn detail(&self, name: &str) -> Option<&Value> {
        self.details.as_ref().and_then(|(_, details)| details.get(name))
    }

    /// A text among the details: `name`, `output`, `error`, `cause`, …
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.detail(name).and_then(Value::as_str)
    }
}
