//! Which part of a task's parameters is its token: the definition says so.
//!
//! A history shows what a task was given, the token among it, but not where. Owns: finding the state in the definition,
//! walking its template beside what it was filled with, taking the token out of what expressions made of it. Must not
//! know: histories, who asks. The definition is read as it is, not compiled: what a service runs may use more of the
//! language than is run here. Start reading at [`find`].

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::asl::task_token::cut::runs;
use crate::asl::template::Template;

pub(in crate::asl) mod cut;
mod jsonata;
#[cfg(test)]
mod tests;

/// Where the token stands in the context object.
const PLACE: [&str; 2] = ["Task", "Token"];

/// Why a token is not found in a task's parameters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The definition has no such state, or is no definition.
    #[error("the definition has no state {state}")]
    NoState {
        /// What was looked for.
        state: String,
    },
    /// No field of the state's template reads the token.
    #[error("{state} hands its token to nobody: none of its fields reads {}", if *.jsonata { "$states.context.Task.Token" } else { "$$.Task.Token" })]
    NotPassed {
        /// The state.
        state: String,
        /// Whether its expressions are JSONata.
        jsonata: bool,
    },
    /// The expression that reads the token mixes it with other data, so that it cannot be told where it begins.
    #[error("the token of {state} cannot be cut out of its parameters: {expression} mixes it with other data")]
    Mixed {
        /// The state.
        state: String,
        /// As the definition has it.
        expression: String,
    },
}

/// The token that a state's task was given.
///
/// `definition` is the text of the machine's definition, `parameters` what the history says that the task was given.
///
/// # Errors
/// See [`TokenError`].
pub fn find(definition: &str, state: &str, parameters: &Value) -> Result<String, TokenError> {
    let machine: Value = serde_json::from_str(definition).unwrap_or_default();
    let no_state = || TokenError::NoState { state: state.to_owned() };
    let found = state_named(&machine, state).ok_or_else(no_state)?;
    let language = found.get("QueryLanguage").or_else(|| machine.get("QueryLanguage"));
    let jsonata = language.and_then(Value::as_str) == Some("JSONata");
    let mut walk = Walk::default();
    match found.get(if jsonata { "Arguments" } else { "Parameters" }) {
        Some(template) if jsonata => walk.jsonata(template, parameters),
        Some(template) => walk.json_path(template, parameters),
        None => {}
    }
    let state = state.to_owned();
    match (walk.token, walk.unclear) {
        (Some(token), _) => Ok(token),
        (None, Some(expression)) => only_plausible(parameters).ok_or(TokenError::Mixed { state, expression }),
        (None, None) => Err(TokenError::NotPassed { state, jsonata }),
    }
}

/// The state of that name, at any depth: names are unique in a machine.
fn state_named<'a>(scope: &'a Value, name: &str) -> Option<&'a Value> {
    let states = scope.get("States")?.as_object()?;
    if let Some(state) = states.get(name) {
        return Some(state);
    }
    states.values().find_map(|state| {
        let branches = state.get("Branches").and_then(Value::as_array).into_iter().flatten();
        let processors = ["ItemProcessor", "Iterator"].into_iter().filter_map(|field| state.get(field));
        branches.chain(processors).find_map(|scope| state_named(scope, name))
    })
}

/// A template beside what it was filled with. The first expression that gives the token away decides.
#[derive(Debug, Default)]
struct Walk {
    token: Option<String>,
    /// An expression that reads the token, and of which it is not told how.
    unclear: Option<String>,
}

impl Walk {
    fn json_path(&mut self, template: &Value, filled: &Value) {
        match template {
            Value::Object(fields) => fields.iter().for_each(|(key, value)| match (key.strip_suffix(".$"), value) {
                (Some(name), Value::String(text)) => self.expression(text, member(filled, name)),
                _ => self.json_path(value, member(filled, key)),
            }),
            Value::Array(items) => {
                for (place, item) in items.iter().enumerate() {
                    self.json_path(item, filled.get(place).unwrap_or(&Value::Null));
                }
            }
            _ => {}
        }
    }

    fn expression(&mut self, text: &str, filled: &Value) {
        let Ok(expression) = Template::expression(text) else { return };
        match expression.token_in(filled) {
            Some(token) => self.found(token),
            None if expression.reads_token() => self.unclear(text),
            None => {}
        }
    }

    fn jsonata(&mut self, template: &Value, filled: &Value) {
        match template {
            Value::Object(fields) => fields.iter().for_each(|(key, value)| self.jsonata(value, member(filled, key))),
            Value::Array(items) => {
                for (place, item) in items.iter().enumerate() {
                    self.jsonata(item, filled.get(place).unwrap_or(&Value::Null));
                }
            }
            Value::String(text) => match jsonata::token_in(text, filled) {
                Some(token) => self.found(token),
                None if jsonata::reads_token(text) => self.unclear(text),
                None => {}
            },
            _ => {}
        }
    }

    fn found(&mut self, token: String) {
        self.token.get_or_insert(token);
    }

    fn unclear(&mut self, expression: &str) {
        self.unclear.get_or_insert_with(|| expression.to_owned());
    }
}

fn member<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.as_object().and_then(|fields: &Map<String, Value>| fields.get(name)).unwrap_or(&Value::Null)
}

/// The token in what a path into the context object gave: `names` are the path's steps.
pub(in crate::asl) fn within(names: &[&str], value: &Value) -> Option<String> {
    let below = PLACE.strip_prefix(names)?;
    let value = below.iter().try_fold(value, |value, name| value.get(name))?;
    value.as_str().map(ToOwned::to_owned)
}

/// Whether a path into the context object leads to the token, or to something around it.
pub(in crate::asl) fn is_around(names: &[&str]) -> bool {
    PLACE.starts_with(names)
}

/// The only text in it that looks like a token, where the definition says that one is there.
fn only_plausible(parameters: &Value) -> Option<String> {
    let mut found = HashSet::new();
    let mut open = vec![parameters];
    while let Some(value) = open.pop() {
        match value {
            Value::String(text) => found.extend(runs(text)),
            Value::Array(items) => open.extend(items),
            Value::Object(fields) => open.extend(fields.values()),
            _ => {}
        }
    }
    let mut found = found.into_iter();
    found.next().filter(|_| found.next().is_none()).map(ToOwned::to_owned)
}
