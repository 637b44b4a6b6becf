//! Decides which values a filter lets through.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::{Number, Value};

use crate::asl::path::PathMiss;
use crate::asl::path::evaluate::{Evaluation, measure};
use crate::asl::path::syntax::{Filter, Operand, Operator, Query};

/// How many bytes of a compared value count as one value looked at.
const BYTES_PER_VISIT: usize = 8;

/// Adds the items of an array that pass; of an object, the object itself when it passes (as AWS's engine does).
pub(super) fn select<'a>(
    evaluation: &mut Evaluation<'a>,
    filter: &Filter,
    node: &'a Value,
    found: &mut Vec<&'a Value>,
) -> Result<(), PathMiss> {
    let candidates = match node {
        Value::Array(items) => items.as_slice(),
        Value::Object(_) => std::slice::from_ref(node),
        _ => return Ok(()),
    };
    for candidate in candidates {
        if holds(evaluation, filter, candidate)? {
            found.push(candidate);
        }
    }
    Ok(())
}

fn holds<'a>(evaluation: &mut Evaluation<'a>, filter: &Filter, current: &'a Value) -> Result<bool, PathMiss> {
    evaluation.visit(1)?;
    match filter {
        Filter::Any(filters) => {
            for filter in filters {
                if holds(evaluation, filter, current)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Filter::All(filters) => {
            for filter in filters {
                if !holds(evaluation, filter, current)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        Filter::Not(filter) => Ok(!holds(evaluation, filter, current)?),
        Filter::Exists(query) => Ok(exists(read(evaluation, query, current)?.as_deref(), query)),
        Filter::Matches { left, regex } => {
            let left = side(evaluation, left, current)?;
            let texts = match left.value() {
                Some(Value::Array(items)) => items.iter().map(|item| plain_text(Some(item))).collect(),
                value => vec![plain_text(value)],
            };
            for text in texts {
                evaluation.visit(1 + text.len() / BYTES_PER_VISIT * (1 + regex.as_str().len() / BYTES_PER_VISIT))?;
                if regex.is_match(&text) {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Filter::Compare { left: Operand::Query(query), operator: Operator::Exists, right } => {
            let there = exists(read(evaluation, query, current)?.as_deref(), query);
            Ok(side(evaluation, right, current)?.value() == Some(&Value::Bool(there)))
        }
        Filter::Compare { left, operator, right } => {
            let (left, right) = (side(evaluation, left, current)?, side(evaluation, right, current)?);
            evaluation.visit(effort(left.value(), right.value()))?;
            Ok(compare(*operator, left.value(), right.value()))
        }
    }
}

/// How many values a comparison may have to look at.
fn effort(left: Option<&Value>, right: Option<&Value>) -> usize {
    let nodes = |value: Option<&Value>| {
        value.filter(|value| value.is_array() || value.is_object()).map_or(1, |value| measure(value).bytes)
    };
    items(left).len() * items(right).len() + (nodes(left) + nodes(right)) / BYTES_PER_VISIT
}

/// An indefinite path exists when it found something.
fn exists(found: Option<&Value>, query: &Query) -> bool {
    found.is_some_and(|value| query.is_definite() || value.as_array().is_none_or(|items| !items.is_empty()))
}

/// One side of a comparison.
enum Side<'f, 'a> {
    Literal(&'f Value),
    Found(Option<Cow<'a, Value>>),
}

impl Side<'_, '_> {
    fn value(&self) -> Option<&Value> {
        match self {
            Self::Literal(value) => Some(value),
            Self::Found(found) => found.as_deref(),
        }
    }
}

fn side<'f, 'a>(
    evaluation: &mut Evaluation<'a>,
    operand: &'f Operand,
    current: &'a Value,
) -> Result<Side<'f, 'a>, PathMiss> {
    match operand {
        Operand::Value(value) => Ok(Side::Literal(value)),
        Operand::Query(query) => read(evaluation, query, current).map(Side::Found),
    }
}

/// What a path in a filter gives; `None` where it gives nothing.
fn read<'a>(
    evaluation: &mut Evaluation<'a>,
    query: &Query,
    current: &'a Value,
) -> Result<Option<Cow<'a, Value>>, PathMiss> {
    // Tells a path that selects nothing, which is an answer here, from an evaluation that is out of its bounds.
    let found = evaluation.run(query, current).ok();
    evaluation.visit(1)?;
    Ok(found)
}

fn compare(operator: Operator, left: Option<&Value>, right: Option<&Value>) -> bool {
    let has = |items: &[Value], wanted: &Value| items.iter().any(|item| equal(Some(item), Some(wanted)));
    match operator {
        Operator::Equal => equal(left, right),
        Operator::NotEqual => !equal(left, right),
        Operator::Less => order(left, right) == Some(Ordering::Less),
        Operator::LessOrEqual => matches!(order(left, right), Some(Ordering::Less | Ordering::Equal)),
        Operator::Greater => order(left, right) == Some(Ordering::Greater),
        Operator::GreaterOrEqual => matches!(order(left, right), Some(Ordering::Greater | Ordering::Equal)),
        Operator::In => left.is_some_and(|left| has(items(right), left)),
        Operator::NotIn => left.is_none_or(|left| !has(items(right), left)),
        Operator::Contains => match (left, right) {
            (Some(Value::Array(items)), Some(wanted)) => has(items, wanted),
            (Some(Value::String(text)), Some(Value::String(part))) => text.contains(part.as_str()),
            _ => false,
        },
        Operator::SubsetOf => {
            left.is_some_and(Value::is_array) && items(left).iter().all(|item| has(items(right), item))
        }
        Operator::AnyOf => items(left).iter().any(|item| has(items(right), item)),
        Operator::NoneOf => {
            left.is_some_and(Value::is_array) && !items(left).iter().any(|item| has(items(right), item))
        }
        // An object has no size here, though it has a `length()`.
        Operator::Size if left.is_some_and(Value::is_object) => false,
        Operator::Size => match (left.and_then(length), right) {
            (Some(length), Some(Value::Number(wanted))) => wanted.as_u64() == Some(length as u64),
            (left @ Some(_), Some(other)) => left == length(other),
            _ => false,
        },
        Operator::Empty => left.and_then(length).is_some_and(|length| right == Some(&Value::Bool(length == 0))),
        // A literal is always there.
        Operator::Exists => right == Some(&Value::Bool(left.is_some())),
    }
}

fn items(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn length(value: &Value) -> Option<usize> {
    match value {
        Value::Array(items) => Some(items.len()),
        Value::String(text) => Some(text.chars().count()),
        Value::Object(fields) => Some(fields.len()),
        _ => None,
    }
}

/// `=~` sees strings, numbers and booleans as text, and anything else, nothing included, as an empty one.
fn plain_text(value: Option<&Value>) -> Cow<'_, str> {
    match value {
        Some(Value::String(text)) => Cow::Borrowed(text),
        Some(Value::Number(number)) => Cow::Owned(number.to_string()),
        Some(Value::Bool(true)) => Cow::Borrowed("true"),
        Some(Value::Bool(false)) => Cow::Borrowed("false"),
        _ => Cow::Borrowed(""),
    }
}

/// Equal by value: `1` is `1.0`, and a number is the string that writes it, as in AWS's engine.
fn equal(left: Option<&Value>, right: Option<&Value>) -> bool {
    match (left, right) {
        (Some(Value::Number(left)), Some(Value::Number(right))) => number_order(left, right) == Some(Ordering::Equal),
        (Some(Value::Number(number)), Some(Value::String(text)))
        | (Some(Value::String(text)), Some(Value::Number(number))) => {
            let text: Option<Number> = text.parse().ok();
            text.is_some_and(|text| number_order(number, &text) == Some(Ordering::Equal))
        }
        (left, right) => left == right,
    }
}

fn order(left: Option<&Value>, right: Option<&Value>) -> Option<Ordering> {
    match (left?, right?) {
        (Value::Number(left), Value::Number(right)) => number_order(left, right),
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

fn number_order(left: &Number, right: &Number) -> Option<Ordering> {
    match (left.as_i128(), right.as_i128()) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}
