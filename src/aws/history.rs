//! GetExecutionHistory's answers as history events, from the answer's own JSON.
//!
//! The SDK types each of some sixty kinds of details; a reader of histories wants them by the names of the API, and the
//! kinds that AWS adds after this SDK too. So the raw text is taken on its way through the SDK.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_sfn::config::interceptors::AfterDeserializationInterceptorContextRef;
use aws_sdk_sfn::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_sfn::error::BoxError;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::engine::clock::Timestamp;
use crate::engine::history::HistoryEvent;

/// Keeps the body of the last answer of one call.
#[derive(Debug, Clone, Default)]
pub(super) struct RawAnswer(Arc<Mutex<Bytes>>);

impl RawAnswer {
    /// What the answer said, once the call has returned.
    pub(super) fn take(&self) -> Bytes {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Intercept for RawAnswer {
    fn name(&self) -> &'static str {
        "raw answer"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(body) = context.response().body().bytes() {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Bytes::copy_from_slice(body);
        }
        Ok(())
    }
}

/// An event of a history, and the service's own text of it.
#[derive(Debug, Clone)]
pub struct RecordedEvent {
    /// What it says.
    pub event: HistoryEvent,
    /// The JSON object as it came: epoch times, details and members in the service's own writing.
    pub raw: Box<RawValue>,
}

/// GetExecutionHistory's answer.
#[derive(Deserialize)]
struct Answer {
    events: Vec<Box<RawValue>>,
}

/// The events of an answer; `None` when it is not one of GetExecutionHistory's.
pub(super) fn events(body: &[u8]) -> Option<Vec<RecordedEvent>> {
    let answer: Answer = serde_json::from_slice(body).ok()?;
    answer.events.into_iter().map(recorded).collect()
}

fn recorded(raw: Box<RawValue>) -> Option<RecordedEvent> {
    let Value::Object(mut members) = serde_json::from_str(raw.get()).ok()? else { return None };
    let id = members.get("id")?.as_u64()?;
    let previous_event_id = members.get("previousEventId").and_then(Value::as_u64).unwrap_or_default();
    let timestamp = milliseconds(members.get("timestamp")?.as_f64()?);
    let event_type = Cow::Owned(members.get("type")?.as_str()?.to_owned());
    let event = HistoryEvent { id, previous_event_id, timestamp, event_type, details: details(&mut members) };
    Some(RecordedEvent { event, raw })
}

fn details(members: &mut Map<String, Value>) -> Option<(Cow<'static, str>, Map<String, Value>)> {
    let name = members.keys().find(|name| name.ends_with("EventDetails"))?.clone();
    match members.remove(&name)? {
        Value::Object(details) => Some((Cow::Owned(name), details)),
        _ => None,
    }
}

/// The protocol's epoch seconds, to the millisecond. Rounded: 1763850000.123 has no exact double.
#[expect(clippy::cast_possible_truncation, reason = "a float's cast saturates, and no time is near the bounds")]
fn milliseconds(epoch_seconds: f64) -> Timestamp {
    Timestamp((epoch_seconds * 1000.0).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::events;
    use crate::engine::clock::Timestamp;

    #[test]
    fn details_are_found_by_their_suffix_and_times_keep_their_milliseconds() {
        let body = br#"{"events":[{"id":2,"previousEventId":0,"timestamp":1.573573209347E9,"type":"NewKindOfEvent",
            "newKindOfEventDetails":{"name":"A"}},{"id":3,"timestamp":1763850000.123,"type":"TaskStateAborted"}]}"#;
        let recorded = events(body).unwrap();
        assert!(recorded[0].raw.get().starts_with(r#"{"id":2,"previousEventId":0,"timestamp":1.573573209347E9,"#));
        let events: Vec<_> = recorded.into_iter().map(|recorded| recorded.event).collect();
        assert_eq!(events[0].text("name"), Some("A"));
        assert_eq!(events[0].timestamp, Timestamp(1_573_573_209_347));
        assert_eq!(events[1].timestamp, Timestamp(1_763_850_000_123));
        assert_eq!((events[1].previous_event_id, &events[1].details), (0, &None));
    }

    #[test]
    fn other_answers_are_not_histories() {
        for body in [&b"null"[..], b"{}", b"{\"events\":3}", b"{\"events\":[{}]}", b"<html>"] {
            assert!(events(body).is_none());
        }
    }
}
