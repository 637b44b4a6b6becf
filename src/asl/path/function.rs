//! The functions at a path's end: `.length()`, `.max()`, …

use serde_json::{Number, Value};

use crate::asl::path::PathMiss;
use crate::asl::path::java;
use crate::asl::path::syntax::Function;

/// Applies a function to what the path before it found. The arithmetic ones answer with a decimal (`6.0`), as AWS's
/// engine does.
pub(super) fn apply(function: Function, found: &Value, arguments: &[Value]) -> Result<Value, PathMiss> {
    match function {
        Function::Length => Ok(length(found)),
        Function::Keys => Ok(keys(found)),
        Function::Min => numbers(found, arguments)?.into_iter().reduce(f64::min).map_or_else(nothing, decimal),
        Function::Max => numbers(found, arguments)?.into_iter().reduce(f64::max).map_or_else(nothing, decimal),
        Function::Sum => decimal(numbers(found, arguments)?.into_iter().sum()),
        Function::Avg => decimal(mean(&numbers(found, arguments)?)),
        Function::StdDev => decimal(deviation(&numbers(found, arguments)?)),
        Function::Concat => Ok(Value::String(texts(found, arguments))),
        Function::Append => Ok(append(found, arguments)),
        Function::First => item(found, 0),
        Function::Last => item(found, -1),
        Function::Index => item(found, arguments.first().and_then(Value::as_i64).unwrap_or_default()),
    }
}

fn length(found: &Value) -> Value {
    match found {
        Value::Array(items) => items.len().into(),
        Value::Object(fields) => fields.len().into(),
        _ => Value::Null,
    }
}

fn keys(found: &Value) -> Value {
    found.as_object().map_or(Value::Null, |fields| fields.keys().cloned().map(Value::String).collect())
}

/// The numbers among the items and the arguments; anything else is passed over.
fn numbers(found: &Value, arguments: &[Value]) -> Result<Vec<f64>, PathMiss> {
    let items = found.as_array().map(Vec::as_slice).unwrap_or_default();
    let spread =
        arguments.iter().flat_map(|argument| argument.as_array().map_or(std::slice::from_ref(argument), |a| a));
    let numbers: Vec<f64> = items.iter().chain(spread).filter_map(Value::as_f64).collect();
    if numbers.is_empty() { nothing().map(|_| numbers) } else { Ok(numbers) }
}

fn nothing() -> Result<Value, PathMiss> {
    Err(PathMiss { cause: "Aggregation function attempted to calculate value using empty array".to_owned() })
}

fn decimal(number: f64) -> Result<Value, PathMiss> {
    Number::from_f64(number).map_or_else(nothing, |number| Ok(Value::Number(number)))
}

#[expect(clippy::cast_precision_loss, reason = "an array has far fewer items than a double has integers")]
fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len() as f64
}

/// Of the whole population.
fn deviation(numbers: &[f64]) -> f64 {
    let middle = mean(numbers);
    let squares: Vec<f64> = numbers.iter().map(|number| (number - middle).powi(2)).collect();
    mean(&squares).sqrt()
}

/// Strings one after the other; numbers and other values among the arguments as their text.
fn texts(found: &Value, arguments: &[Value]) -> String {
    let items = found.as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().filter(|item| item.is_string()).chain(arguments).map(java::text).collect()
}

fn append(found: &Value, arguments: &[Value]) -> Value {
    match found {
        Value::Array(items) => items.iter().chain(arguments).cloned().collect(),
        other => other.clone(),
    }
}

fn item(found: &Value, index: i64) -> Result<Value, PathMiss> {
    let items = found.as_array().map(Vec::as_slice).unwrap_or_default();
    let place = if index < 0 {
        items.len().checked_sub(usize::try_from(index.unsigned_abs()).unwrap_or(usize::MAX))
    } else {
        usize::try_from(index).ok()
    };
    match place.and_then(|place| items.get(place)) {
        Some(item) => Ok(item.clone()),
        None => nothing(),
    }
}
