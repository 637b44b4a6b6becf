//! Why a state failed, as Retry and Catch see it.

use std::sync::Arc;

use serde_json::json;

use super::limits::{CAUSE_CHARACTERS_MAX, ERROR_CHARACTERS_MAX};
use crate::asl::flow::recovery::is_meant;
use crate::asl::{Evaluation, Fault, Payload};

/// An error's name and cause, each of which may be absent (a `Fail` state needs neither).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Failure {
    /// The error's name.
    pub(super) error: Option<Arc<str>>,
    /// What happened.
    pub(super) cause: Option<Arc<str>>,
    /// Whether a missed heartbeat was the reason: recorded as `States.Timeout`, matched by `States.HeartbeatTimeout` too.
    pub(super) heartbeat: bool,
    /// Set until the history has the event that tells of it: a JSONata state could not evaluate a field.
    pub(super) evaluation: Option<Evaluation>,
}

/// What the history calls both kinds of timeout.
const TIMEOUT: &str = "States.Timeout";

impl Failure {
    /// A failure with texts from outside, cut to what AWS keeps.
    pub(super) fn new(error: Option<&str>, cause: Option<&str>) -> Self {
        Self {
            error: error.map(|text| cut(text, ERROR_CHARACTERS_MAX).into()),
            cause: cause.map(|text| cut(text, CAUSE_CHARACTERS_MAX).into()),
            heartbeat: false,
            evaluation: None,
        }
    }

    /// A task that took too long (`heartbeat`: that was silent for too long).
    pub(super) fn timeout(heartbeat: bool) -> Self {
        Self { error: Some(TIMEOUT.into()), cause: None, heartbeat, evaluation: None }
    }

    /// Whether a retrier or catcher with these `ErrorEquals` is meant.
    pub(super) fn matches(&self, error_equals: &[Box<str>]) -> bool {
        is_meant(error_equals, self.error.as_deref().unwrap_or_default(), self.heartbeat)
    }

    /// What a catcher hands on: `{"Error": …, "Cause": …}`. Both are always there, as texts.
    pub(super) fn to_payload(&self) -> Payload {
        let text = |text: &Option<Arc<str>>| text.as_deref().unwrap_or_default().to_owned();
        Payload::from(json!({ "Error": text(&self.error), "Cause": text(&self.cause) }))
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        // SendTaskFailure may leave both out; an empty text stands for that.
        Self::new(given(&fault.error), given(&fault.cause))
    }
}

fn given(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

fn cut(text: &str, characters: usize) -> &str {
    match text.char_indices().nth(characters) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}
