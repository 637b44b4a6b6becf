//! How data flows through a state: `InputPath` → `Parameters` → … → `ResultSelector` → `ResultPath` → `OutputPath`.
//!
//! What the engine calls while it runs a [`Program`](crate::asl::Program); the one face of paths, templates and rules.
//! Faults carry AWS's cause without the sentence that names the state, which the engine puts in front. They are worded as
//! recorded or reported from AWS; only a number of seconds out of range, a negative count, a count whose path selects
//! nothing and a `Fail` whose text is no string have a wording of ours, in the style of the others.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::asl::choice::{Rule, first_match};
use crate::asl::distributed::Percentage;
use crate::asl::path::{Path, java, measure};
use crate::asl::program::{Count, Items, ResultPath, Seconds, Selector, Text, WaitFor};
use crate::asl::{Fault, Filling, JSON_DEPTH_MAX, NO_VARIABLES, Payload, Variables, filling, timestamp};

pub mod batches;
pub mod recovery;
pub mod steps;
#[cfg(test)]
mod tests;

/// The longest time that a state may wait, in seconds, as AWS has it; and the most of whatever else a definition counts,
/// attempts and iterations at once.
pub const SECONDS_MAX: u64 = 99_999_999;

/// What expressions see.
#[derive(Debug, Clone, Copy)]
pub struct Data<'a> {
    /// `$`; in JSONata `$states.input`, the state's raw input.
    pub input: &'a Payload,
    /// `$$`; `null` where the state's `uses_context` says that nobody reads it.
    pub context: &'a Value,
    /// `$name`: the variables of the state's scope and of those around it.
    pub variables: &'a Variables,
    /// 128 random bits for `States.UUID` and `States.MathRandom`, drawn by the engine when the state is entered, and
    /// journaled, so that a replay gives the same values. Every value of the state is a function of these bits, of the
    /// field that is filled in and of its place among the field's draws.
    pub entropy: u128,
    /// The time that `$now()` gives, in milliseconds since 1970.
    pub now: i64,
    /// What the state made, for the fields of JSONata that shape it.
    pub outcome: Option<Outcome<'a>>,
}

/// What a state made: `$states.result` or `$states.errorOutput`.
#[derive(Debug, Clone, Copy)]
pub enum Outcome<'a> {
    /// Its result.
    Result(&'a Payload),
    /// Its error, as a catcher sees it.
    Error(&'a Payload),
}

impl<'a> Data<'a> {
    /// A document and a context object; no variables, nothing random.
    #[must_use]
    pub fn new(input: &'a Payload, context: &'a Value) -> Self {
        Self { input, context, variables: &NO_VARIABLES, entropy: 0, now: 0, outcome: None }
    }
}

/// Applies `InputPath`, `OutputPath` or `ItemsPath`, which `field` names for the fault's cause.
///
/// The whole is handed on as the same allocation. What `ItemsPath` selects is an array.
///
/// # Errors
/// `States.Runtime` when the path selects nothing, or `ItemsPath` no array.
pub fn select(selector: &Selector, data: Data<'_>, field: &'static str) -> Result<Payload, Fault> {
    let selected = match selector {
        Selector::Whole => data.input.clone(),
        Selector::Empty => Value::Object(Map::new()).into(),
        Selector::Path(path) if path.is_whole() => data.input.clone(),
        Selector::Path(path) => {
            if path.uses_input() {
                refuse_null(data.input.value())?;
            } else if path.uses_context() {
                refuse_null(data.context)?;
            }
            let value =
                path.evaluate(data).map_err(|miss| Fault::runtime(format!("Invalid path '{path}' : {miss}")))?;
            value.into_owned().into()
        }
    };
    if field == "ItemsPath" && !selected.value().is_array() {
        let path: &dyn std::fmt::Display = if let Selector::Path(path) = selector { path } else { &"$" };
        return Err(Fault::runtime(format!("Reference path \"{path}\" must point to array.")));
    }
    Ok(selected)
}

/// What a `Map` iterates over: an array.
///
/// # Errors
/// `States.Runtime` or `States.QueryEvaluationError` when it is none.
pub fn items(items: &Items, data: Data<'_>) -> Result<Payload, Fault> {
    match items {
        Items::Path(selector) => select(selector, data, "ItemsPath"),
        Items::Jsonata(Some(template)) => filling::array(template, data, "Items").map(Payload::from),
        Items::Jsonata(None) if data.input.value().is_array() => Ok(data.input.clone()),
        Items::Jsonata(None) => {
            let cause = format!("Map state input must be an array but was: {}", data.input.text());
            Err(Fault::evaluation(filling::ERROR, cause, None))
        }
    }
}

/// Fills in a template (`Parameters`, `ResultSelector`, `ItemSelector`), which `field` names to keep apart what it
/// draws.
///
/// # Errors
/// `States.Runtime` when a path selects nothing or an intrinsic function does not take its arguments: AWS documents
/// `States.ParameterPathFailure` and `States.IntrinsicFailure`, and records this.
pub fn fill(filling: &Filling, data: Data<'_>, field: &'static str) -> Result<Payload, Fault> {
    if let Filling::Paths(template) = filling
        && template.uses_input()
    {
        refuse_null(data.input.value())?;
    }
    filling.fill(data, field)
}

fn refuse_null(document: &Value) -> Result<(), Fault> {
    if document.is_null() {
        return Err(Fault::runtime("Unable to apply Path transformation to null or empty input."));
    }
    Ok(())
}

/// Puts a result into the state's raw input as `ResultPath` says.
///
/// # Errors
/// `States.ResultPathMatchFailure` when the input has no place for it.
pub fn merge(path: &ResultPath, raw_input: &Payload, result: Payload) -> Result<Payload, Fault> {
    let path = match path {
        ResultPath::Whole => return Ok(result),
        ResultPath::Discard => return Ok(raw_input.clone()),
        ResultPath::At(path) => path,
    };
    if path.depth() + measure(result.value()).depth > JSON_DEPTH_MAX {
        let cause = format!("The result at ResultPath {path} is nested deeper than {JSON_DEPTH_MAX} levels.");
        return Err(Fault::runtime(cause));
    }
    let mut merged = raw_input.value().clone();
    match path.write(&mut merged, result.value().clone()) {
        Some(()) => Ok(merged.into()),
        None => Err(Fault::new(
            "States.ResultPathMatchFailure",
            format!("Unable to apply ReferencePath {path} to input {}", raw_input.text()),
        )),
    }
}

/// The first rule that matches.
///
/// # Errors
/// `States.Runtime` when a rule's variable is missing or of the wrong type where that is an error.
pub fn choose<'r>(rules: &'r [Rule], data: Data<'_>) -> Result<Option<&'r Rule>, Fault> {
    first_match(rules, data)
}

/// A number of seconds, at most [`SECONDS_MAX`].
///
/// # Errors
/// `States.Runtime` when the path selects nothing or no whole number in range.
pub fn seconds(seconds: &Seconds, data: Data<'_>, field: &'static str) -> Result<u64, Fault> {
    let path = match seconds {
        Seconds::Fixed(seconds) => return Ok(*seconds),
        Seconds::Jsonata(template) => return filling::whole(template, data, field.trim_end_matches("Path")),
        Seconds::Path(path) => path,
    };
    let value = referenced(path, data, field)?;
    let because =
        |what: &str| Fault::runtime(format!("The {field} parameter {what}: {path} == {}", java::text(&value)));
    let Value::Number(number) = &*value else { return Err(because("cannot be parsed as a long value")) };
    match (number.as_u64(), number.as_i64()) {
        (Some(seconds), _) if seconds <= SECONDS_MAX => Ok(seconds),
        (Some(_), _) => Err(because(&format!("references a value above {SECONDS_MAX}"))),
        (None, Some(_)) => Err(because("references a negative value")),
        (None, None) => Err(because("cannot be parsed as a long value")),
    }
}

/// A count, 0 or more.
///
/// # Errors
/// As [`seconds`].
pub fn count(count: &Count, data: Data<'_>, field: &'static str) -> Result<u64, Fault> {
    let path = match count {
        Count::Fixed(count) => return Ok(*count),
        Count::Jsonata(template) => return filling::whole(template, data, field.trim_end_matches("Path")),
        Count::Path(path) => path,
    };
    let value = referenced(path, data, field)?;
    match (value.as_u64(), value.as_i64()) {
        (Some(count), _) => Ok(count),
        (None, Some(_)) => Err(Fault::runtime(format!("{} cannot be negative.", field.trim_end_matches("Path")))),
        (None, None) => Err(Fault::runtime(format!(
            "The {field} field refers to value \"{}\" which is not a valid integer: {path}",
            java::text(&value)
        ))),
    }
}

/// `ToleratedFailurePercentage`, from 0 to 100.
///
/// # Errors
/// `States.Runtime` when the path selects nothing or no number in range.
pub fn percentage(percentage: &Percentage, data: Data<'_>) -> Result<f64, Fault> {
    const FIELD: &str = "ToleratedFailurePercentagePath";
    let found = match percentage {
        Percentage::Fixed(percentage) => *percentage,
        Percentage::Jsonata(template) => filling::number(template, data, FIELD.trim_end_matches("Path"))?,
        Percentage::Path(path) => {
            let value = referenced(path, data, FIELD)?;
            let number = value.as_f64().or_else(|| value.as_str()?.parse().ok());
            number.ok_or_else(|| {
                let text = java::text(&value);
                Fault::runtime(format!(
                    "The {FIELD} field refers to value \"{text}\" which is not a valid float: {path}"
                ))
            })?
        }
    };
    if (0.0..=100.0).contains(&found) {
        return Ok(found);
    }
    Err(Fault::runtime("ToleratedFailurePercentage must be between 0 and 100."))
}

/// `MaxItems` of an `ItemReader`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MaxItems {
    /// So many; 0 is no bound.
    Bound(u64),
    /// Less than 0.
    Negative,
    /// No whole number, and AWS's words for that.
    NoInteger(String),
}

/// `MaxItems` of an `ItemReader`, which a path may give as a text.
///
/// # Errors
/// `States.Runtime` when the path selects nothing.
pub fn max_items(max_items: &Count, data: Data<'_>) -> Result<MaxItems, Fault> {
    let Count::Path(path) = max_items else { return count(max_items, data, "MaxItems").map(MaxItems::Bound) };
    let value = referenced(path, data, "MaxItemsPath")?;
    let number = value.as_i64().or_else(|| value.as_str()?.parse().ok());
    let Some(number) = number else {
        let text = java::text(&value);
        let cause = format!("The MaxItemsPath field refers to value \"{text}\" which is not a valid integer: {path}");
        return Ok(MaxItems::NoInteger(cause));
    };
    Ok(u64::try_from(number).map_or(MaxItems::Negative, MaxItems::Bound))
}

/// What the path of a number or a time selects.
fn referenced<'a>(path: &Path, data: Data<'a>, field: &'static str) -> Result<Cow<'a, Value>, Fault> {
    let missing = |_| Fault::runtime(format!("The {field} parameter does not reference an input value: {path}"));
    path.evaluate(data).map_err(missing)
}

/// When a `Wait` that is entered at `now` ends, both in milliseconds since 1970.
///
/// # Errors
/// `States.Runtime` as [`seconds`], or when a timestamp is not RFC 3339 as AWS reads it.
pub fn wait_until(wait: &WaitFor, data: Data<'_>, now: i64) -> Result<i64, Fault> {
    match wait {
        WaitFor::Seconds(wait) => {
            let seconds = seconds(wait, data, "SecondsPath")?;
            Ok(now.saturating_add(i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1000)))
        }
        WaitFor::Timestamp(end) => Ok(*end),
        WaitFor::TimestampJsonata(template) => filling::timestamp(template, data, "Timestamp"),
        WaitFor::TimestampPath(path) => {
            let value = referenced(path, data, "TimestampPath")?;
            value.as_str().and_then(timestamp::parse).ok_or_else(|| {
                Fault::runtime(format!(
                    "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time \
                     format string: {path} == {}",
                    java::text(&value)
                ))
            })
        }
    }
}

/// `Error` or `Cause` of a `Fail`.
///
/// # Errors
/// `States.Runtime` when the path or function gives no string.
pub fn text(text: &Text, data: Data<'_>, field: &'static str) -> Result<String, Fault> {
    let expression = match text {
        Text::Literal(text) => return Ok(text.clone()),
        Text::Jsonata(template) => return filling::text(template, data, field.trim_end_matches("Path")),
        Text::Computed(expression) => expression,
    };
    match expression.fill(data, field)? {
        Value::String(text) => Ok(text),
        other => Err(Fault::runtime(format!(
            "The {field} parameter does not reference a string value: {expression} == {}",
            java::text(&other)
        ))),
    }
}
