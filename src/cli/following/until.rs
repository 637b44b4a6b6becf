//! `--for`: until when an execution is waited for. Pure.

use std::fmt;

use crate::ui::summary::Fold;

/// What is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Until {
    /// The end, whatever it is.
    Done,
    /// The end, which must be SUCCEEDED.
    Succeeded,
    /// A task token that waits, in this state where one is named.
    Waiting(Option<String>),
    /// The state of this name was entered.
    State(String),
}

impl Until {
    /// Reads `done`, `succeeded`, `waiting`, `waiting=STATE` or `state=NAME`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            None if text == "done" => Ok(Self::Done),
            None if text == "succeeded" => Ok(Self::Succeeded),
            None if text == "waiting" => Ok(Self::Waiting(None)),
            Some(("waiting", state)) if !state.is_empty() => Ok(Self::Waiting(Some(state.to_owned()))),
            Some(("state", name)) if !name.is_empty() => Ok(Self::State(name.to_owned())),
            _ => Err("write done, succeeded, waiting, waiting=STATE or state=NAME".to_owned()),
        }
    }

    /// Whether only the end can tell.
    pub(crate) fn is_end(&self) -> bool {
        matches!(self, Self::Done | Self::Succeeded)
    }

    /// The state that it names.
    pub(crate) fn state(&self) -> Option<&str> {
        match self {
            Self::Waiting(state) => state.as_deref(),
            Self::State(name) => Some(name),
            Self::Done | Self::Succeeded => None,
        }
    }

    /// What is so of an execution that goes on, in words, once that is what is waited for.
    pub(crate) fn met(&self, fold: &Fold) -> Option<String> {
        match self {
            Self::Waiting(wanted) => {
                let state = fold.waiting().find(|state| wanted.as_deref().is_none_or(|wanted| wanted == *state))?;
                Some(format!("waits for its task token in {state}"))
            }
            Self::State(name) if fold.has_entered(name) => Some(format!("was in {name}")),
            Self::State(_) | Self::Done | Self::Succeeded => None,
        }
    }

    /// What was never so of an execution that has ended.
    pub(crate) fn missed(&self) -> String {
        match self {
            Self::Waiting(None) => "no task token waits".to_owned(),
            Self::Waiting(Some(state)) => format!("no task token waits in {state}"),
            Self::State(name) => format!("it never was in {name}"),
            Self::Done | Self::Succeeded => "it did not end so".to_owned(),
        }
    }
}

/// As it is typed.
impl fmt::Display for Until {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => formatter.write_str("done"),
            Self::Succeeded => formatter.write_str("succeeded"),
            Self::Waiting(None) => formatter.write_str("waiting"),
            Self::Waiting(Some(state)) => write!(formatter, "waiting={state}"),
            Self::State(name) => write!(formatter, "state={name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use serde_json::{Value, json};

    use super::*;
    use crate::engine::Timestamp;
    use crate::engine::history::HistoryEvent;

    fn push(fold: &mut Fold, id: u64, kind: &'static str, details: &Value) {
        fold.push(&HistoryEvent {
            id,
            previous_event_id: id - 1,
            timestamp: Timestamp(0),
            event_type: Cow::Borrowed(kind),
            details: details.as_object().map(|details| (Cow::Borrowed("details"), details.clone())),
        });
    }

    #[test]
    fn what_can_be_waited_for_is_read() {
        assert_eq!(Until::parse("done"), Ok(Until::Done));
        assert_eq!(Until::parse("waiting"), Ok(Until::Waiting(None)));
        assert_eq!(Until::parse("waiting=A=B"), Ok(Until::Waiting(Some("A=B".into()))));
        assert_eq!(Until::parse("state=A B"), Ok(Until::State("A B".into())));
        for text in ["done", "succeeded", "waiting", "waiting=A=B", "state=A B"] {
            assert_eq!(Until::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "state", "state=", "waiting=", "failed", "done=1"] {
            assert!(Until::parse(text).unwrap_err().starts_with("write done"), "{text}");
        }
    }

    #[test]
    fn a_token_waits_until_it_is_answered() {
        let (any, there, elsewhere) =
            (Until::Waiting(None), Until::Waiting(Some("Ask".into())), Until::Waiting(Some("Other".into())));
        let mut fold = Fold::default();
        push(&mut fold, 1, "ExecutionStarted", &Value::Null);
        push(&mut fold, 2, "TaskStateEntered", &json!({"name": "Ask"}));
        push(&mut fold, 3, "TaskScheduled", &json!({"resource": "invoke.waitForTaskToken"}));
        assert_eq!(any.met(&fold), None);
        push(&mut fold, 4, "TaskSubmitted", &Value::Null);
        assert_eq!(any.met(&fold).as_deref(), Some("waits for its task token in Ask"));
        assert_eq!(there.met(&fold), any.met(&fold));
        assert_eq!(elsewhere.met(&fold), None);
        push(&mut fold, 5, "TaskSucceeded", &Value::Null);
        push(&mut fold, 6, "TaskStateExited", &json!({"name": "Ask"}));
        assert_eq!(any.met(&fold), None);
    }

    #[test]
    fn a_state_was_entered_though_nobody_looked_meanwhile() {
        let until = Until::State("Ask".into());
        let mut fold = Fold::default();
        push(&mut fold, 1, "ExecutionStarted", &Value::Null);
        assert_eq!(until.met(&fold), None);
        push(&mut fold, 2, "PassStateEntered", &json!({"name": "Ask"}));
        assert_eq!(until.met(&fold).as_deref(), Some("was in Ask"), "it may have left when this is read");
        push(&mut fold, 3, "PassStateExited", &json!({"name": "Ask"}));
        assert_eq!(until.met(&fold).as_deref(), Some("was in Ask"));
    }
}
