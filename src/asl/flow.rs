//! How data flows through a state: `InputPath` → `Parameters` → … → `ResultSelector` → `ResultPath` → `OutputPath`.
//!
//! What the engine calls while it runs a [`Program`](crate::asl::Program); the one face of paths, templates and rules.
//! Faults carry AWS's cause without the sentence that names the state, which the engine puts in front.

use serde_json::Value;

use crate::asl::choice::Rule;
use crate::asl::program::{Count, ResultPath, Seconds, Selector, StateId, Text, WaitFor};
use crate::asl::template::Template;
use crate::asl::{Fault, Payload};

/// What expressions see.
#[derive(Debug, Clone, Copy)]
pub struct Data<'a> {
    /// `$`
    pub input: &'a Payload,
    /// `$$`; `null` where the state's `uses_context` says that nobody reads it.
    pub context: &'a Value,
    /// Random bits.
    pub entropy: u128,
}

/// Applies `InputPath`, `OutputPath` or `ItemsPath`, which `field` names for the fault's cause.
///
/// # Errors
/// `States.Runtime` when the path selects nothing.
pub fn select(selector: &Selector, data: Data<'_>, field: &'static str) -> Result<Payload, Fault> {
    let _ = (selector, field);
    Ok(data.input.clone())
}

/// Fills in a template (`Parameters`, `ResultSelector`, `ItemSelector`), which `field` names for the fault's cause.
///
/// # Errors
/// `States.ParameterPathFailure`, `States.IntrinsicFailure`.
pub fn fill(template: &Template, data: Data<'_>, field: &'static str) -> Result<Payload, Fault> {
    let _ = (template, field);
    Ok(data.input.clone())
}

/// Puts a result into the state's raw input as `ResultPath` says.
///
/// # Errors
/// `States.ResultPathMatchFailure` when the input has no place for it.
pub fn merge(path: &ResultPath, raw_input: &Payload, result: Payload) -> Result<Payload, Fault> {
    let _ = (path, raw_input);
    Ok(result)
}

/// The state that the first matching rule names.
///
/// # Errors
/// `States.Runtime` when a rule's variable is missing or of the wrong type where that is an error.
pub fn choose(rules: &[Rule], data: Data<'_>) -> Result<Option<StateId>, Fault> {
    let _ = (rules, data);
    Ok(None)
}

/// A number of seconds, at most 99,999,999.
///
/// # Errors
/// `States.Runtime` when the path selects nothing or no whole number in range.
pub fn seconds(seconds: &Seconds, data: Data<'_>, field: &'static str) -> Result<u64, Fault> {
    let _ = (seconds, data, field);
    Ok(0)
}

/// A count, 0 or more.
///
/// # Errors
/// As [`seconds`].
pub fn count(count: &Count, data: Data<'_>, field: &'static str) -> Result<u64, Fault> {
    let _ = (count, data, field);
    Ok(0)
}

/// When a `Wait` that is entered at `now` ends, both in milliseconds since 1970.
///
/// # Errors
/// `States.Runtime` as [`seconds`], or when a timestamp is not RFC 3339 as AWS reads it.
pub fn wait_until(wait: &WaitFor, data: Data<'_>, now: i64) -> Result<i64, Fault> {
    let _ = (wait, data);
    Ok(now)
}

/// `Error` or `Cause` of a `Fail`.
///
/// # Errors
/// `States.Runtime` when the path or function gives no string.
pub fn text(text: &Text, data: Data<'_>, field: &'static str) -> Result<String, Fault> {
    let _ = (text, data, field);
    Ok(String::new())
}
