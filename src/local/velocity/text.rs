//! Methods of strings: Java's, with places counted in UTF-16 units as Java counts them.

use std::rc::Rc;

use crate::local::velocity::pattern;
use crate::local::velocity::value::{Heap, Value};

/// Calls a method of a text; nothing where strings have none of that name and those arguments.
pub(super) fn call<'t>(
    heap: &mut Heap<'t>,
    text: &Rc<str>,
    method: &str,
    arguments: &[Value<'t>],
) -> Result<Option<Value<'t>>, String> {
    heap.spend(text.len() / 256)?;
    let value = match (method, arguments) {
        ("length", []) => integer(length(text)),
        ("isEmpty", []) => Value::Bool(text.is_empty()),
        ("isBlank", []) => Value::Bool(text.trim().is_empty()),
        ("toString" | "intern", []) => Value::Text(Rc::clone(text)),
        ("toLowerCase", []) => heap.text(&text.to_lowercase())?,
        ("toUpperCase", []) => heap.text(&text.to_uppercase())?,
        ("trim", []) => heap.text(text.trim_matches(|next| next <= ' '))?,
        ("strip", []) => heap.text(text.trim())?,
        ("hashCode", []) => Value::Integer(hash(text)),
        ("equals", [other]) => Value::Bool(matches!(other, Value::Text(other) if other == text)),
        ("charAt" | "substring" | "repeat", [Value::Integer(from)]) => numbered(heap, text, method, *from)?,
        ("substring", [Value::Integer(from), Value::Integer(to)]) => substring(heap, text, *from, *to)?,
        (_, [Value::Text(other)]) => return with_text(heap, text, method, other),
        ("indexOf", [Value::Text(other), Value::Integer(from)]) => integer_or_minus(index(text, other, *from)),
        ("split", [Value::Text(expression), Value::Integer(limit)]) => split(heap, text, expression, *limit)?,
        ("replace", [Value::Text(old), Value::Text(new)]) => {
            let grown = text.matches(&**old).count().saturating_mul(new.len());
            heap.spend_bytes(grown)?;
            heap.text(&text.replace(&**old, new))?
        }
        ("replaceAll" | "replaceFirst", [Value::Text(expression), Value::Text(new)]) => {
            let replaced = pattern::replace(heap, text, expression, new, method == "replaceFirst")?;
            heap.text(&replaced)?
        }
        _ => return Ok(None),
    };
    Ok(Some(value))
}

/// Methods that take one text.
fn with_text<'t>(heap: &mut Heap<'t>, text: &Rc<str>, method: &str, other: &str) -> Result<Option<Value<'t>>, String> {
    let value = match method {
        "contains" => Value::Bool(text.contains(other)),
        "startsWith" => Value::Bool(text.starts_with(other)),
        "endsWith" => Value::Bool(text.ends_with(other)),
        "equalsIgnoreCase" => Value::Bool(text.to_lowercase() == other.to_lowercase()),
        "indexOf" => integer_or_minus(text.find(other).map(|at| length(&text[..at]))),
        "lastIndexOf" => integer_or_minus(text.rfind(other).map(|at| length(&text[..at]))),
        "compareTo" => Value::Integer(compare(text, other)),
        "concat" => {
            heap.spend_bytes(text.len())?;
            heap.text(&format!("{text}{other}"))?
        }
        "matches" => {
            let whole = format!("^(?:{other})$");
            Value::Bool(pattern::compile(heap, &whole, text)?.is_match(text))
        }
        "split" => split(heap, text, other, 0)?,
        _ => return Ok(None),
    };
    Ok(Some(value))
}

fn length(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

pub(super) fn integer<'t>(number: usize) -> Value<'t> {
    Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

pub(super) fn integer_or_minus<'t>(number: Option<usize>) -> Value<'t> {
    number.map_or(Value::Integer(-1), integer)
}

fn index(text: &str, other: &str, from: i64) -> Option<usize> {
    let start = byte(text, usize::try_from(from).unwrap_or_default())?;
    text[start..].find(other).map(|at| length(&text[..start + at]))
}

/// The byte at which a UTF-16 unit stands; the end for the unit after the last one.
fn byte(text: &str, unit: usize) -> Option<usize> {
    let mut units = 0;
    for (at, next) in text.char_indices() {
        if units >= unit {
            return Some(at);
        }
        units += next.len_utf16();
    }
    (units >= unit).then_some(text.len())
}

fn numbered<'t>(heap: &mut Heap<'t>, text: &str, method: &str, number: i64) -> Result<Value<'t>, String> {
    match method {
        "charAt" => substring(heap, text, number, number.saturating_add(1)),
        "substring" => substring(heap, text, number, i64::try_from(length(text)).unwrap_or(i64::MAX)),
        _ => {
            let times = usize::try_from(number).map_err(|_| format!("a text cannot be repeated {number} times"))?;
            heap.spend_bytes(text.len().saturating_mul(times))?;
            heap.text(&text.repeat(times))
        }
    }
}

fn substring<'t>(heap: &mut Heap<'t>, text: &str, from: i64, to: i64) -> Result<Value<'t>, String> {
    let place = |unit: i64| byte(text, usize::try_from(unit).ok()?);
    match (place(from), place(to)) {
        (Some(start), Some(end)) if from <= to && start <= end => heap.text(&text[start..end]),
        _ => Err(format!("there is no text from {from} to {to} in one of length {}", length(text))),
    }
}

fn compare(text: &str, other: &str) -> i64 {
    let (mut left, mut right) = (text.encode_utf16(), other.encode_utf16());
    loop {
        match (left.next(), right.next()) {
            (Some(left), Some(right)) if left == right => {}
            (Some(left), Some(right)) => return i64::from(left) - i64::from(right),
            _ => {
                let count = |text: &str| i64::try_from(length(text)).unwrap_or(i64::MAX);
                return count(text) - count(other);
            }
        }
    }
}

fn hash(text: &str) -> i64 {
    i64::from(text.encode_utf16().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit))))
}

fn split<'t>(heap: &mut Heap<'t>, text: &str, expression: &str, limit: i64) -> Result<Value<'t>, String> {
    let parts = pattern::split(heap, text, expression, limit)?;
    let parts = parts.into_iter().map(|part| heap.text(part)).collect::<Result<_, _>>()?;
    heap.new_list(parts)
}
