//! Which events of a history are shown, and what is said where that is none of them. Pure.

use crate::engine::history::HistoryEvent;
use crate::ui::selection::Selection;
use crate::ui::table::one_line;

/// So many states are told where none has the name.
const STATES_MAX: usize = 10;

/// What is asked of a history, and what became of it so far.
pub(super) struct Sieve {
    selection: Selection,
    state: Option<String>,
    grep: Option<String>,
    events: usize,
    taken: usize,
    /// The states that were entered, each once, where one is asked for.
    entered: Vec<String>,
}

impl Sieve {
    /// `--state` and `--grep`
    pub(super) fn new(state: Option<String>, grep: Option<String>) -> Self {
        let selection = Selection::new(state.clone(), grep.as_deref());
        Self { selection, state, grep, events: 0, taken: 0, entered: Vec::new() }
    }

    /// Whether an event is wanted. All events are to be asked for, in the order of their ids.
    pub(super) fn takes(&mut self, event: &HistoryEvent) -> bool {
        self.events += 1;
        if self.state.is_some() && event.event_type.ends_with("StateEntered") {
            self.enter(event.text("name").unwrap_or_default());
        }
        let takes = self.selection.takes(event);
        self.taken += usize::from(takes);
        takes
    }

    fn enter(&mut self, state: &str) {
        if self.entered.len() <= STATES_MAX && !self.entered.iter().any(|known| known == state) {
            self.entered.push(state.to_owned());
        }
    }

    /// That no event was wanted although there are some: an empty table does not tell a typo from a quiet execution.
    pub(super) fn found_nothing(&self) -> Option<String> {
        if self.taken > 0 || self.events == 0 {
            return None;
        }
        let grep = self.grep.as_ref().map(|grep| format!("holds `{}`", one_line(grep)));
        let state = self.state.as_ref().map(|state| format!("is of the state {}", one_line(state)));
        let asked = [state, grep].into_iter().flatten().collect::<Vec<_>>().join(" and ");
        let events = self.events;
        Some(format!("none of the {events} events {asked}{}", self.known_states()))
    }

    /// The states that could have been meant, where the one that is asked for was not entered.
    fn known_states(&self) -> String {
        let Some(state) = self.state.as_ref().filter(|state| !self.entered.contains(state)) else {
            return String::new();
        };
        if self.entered.is_empty() {
            return format!("; {} was not entered, nor was any other", one_line(state));
        }
        let more = if self.entered.len() > STATES_MAX { ", …" } else { "" };
        let shown: Vec<_> = self.entered.iter().take(STATES_MAX).map(|state| one_line(state)).collect();
        format!("; entered were: {}{more}", shown.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use serde_json::json;

    use super::*;
    use crate::engine::Timestamp;

    fn found_nothing(state: Option<&str>, grep: Option<&str>, states: &[&str]) -> Option<String> {
        let mut sieve = Sieve::new(state.map(Into::into), grep.map(Into::into));
        let mut events = vec![("ExecutionStarted", json!({}))];
        events.extend(states.iter().map(|state| ("PassStateEntered", json!({ "name": state }))));
        for (id, (kind, details)) in (1..).zip(events) {
            sieve.takes(&HistoryEvent {
                id,
                previous_event_id: id - 1,
                timestamp: Timestamp(0),
                event_type: Cow::Borrowed(kind),
                details: details.as_object().map(|details| (Cow::Borrowed("details"), details.clone())),
            });
        }
        sieve.found_nothing()
    }

    #[test]
    fn nothing_that_is_found_is_told_with_what_there_was() {
        for (state, grep, states, expected) in [
            (Some("Pay"), None, &["Pay"][..], None),
            (None, Some("Pay"), &["Pay"], None),
            (None, None, &[], None),
            (
                Some("Pya"),
                None,
                &["Pay", "Ship", "Pay"],
                Some("none of the 4 events is of the state Pya; entered were: Pay, Ship"),
            ),
            (
                Some("Pay"),
                None,
                &[],
                Some("none of the 1 events is of the state Pay; Pay was not entered, nor was any other"),
            ),
            (None, Some("a b"), &["Pay"], Some("none of the 2 events holds `a b`")),
            (Some("Pay"), Some("x{9}"), &["Pay"], Some("none of the 2 events is of the state Pay and holds `x{9}`")),
        ] {
            assert_eq!(found_nothing(state, grep, states).as_deref(), expected, "{state:?} {grep:?}");
        }
        let many: Vec<String> = (0..12).map(|number| format!("S{number}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(found_nothing(Some("T"), None, &many).is_some_and(|text| text.ends_with(", S9, …")));
    }
}
