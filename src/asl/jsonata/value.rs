//! JSON to the evaluator's values and back, without losing what its numbers, all of them doubles, cannot hold.

use std::collections::HashMap;

use jsonata_core::value::{JValue, with_stack};
use serde_json::{Map, Number, Value};

use crate::asl::JSON_DEPTH_MAX;
use crate::asl::jsonata::message::{self, Stop};

/// How many bytes of JSON one expression may give, about: four times what a payload may.
const RESULT_BYTES_MAX: usize = 1 << 20;

/// From here on doubles are further apart than integers.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

/// The integers that a double cannot hold, by the double that stands for them. `None` for a double that stands for two.
#[derive(Debug, Default)]
pub(super) struct Large(HashMap<u64, Option<Number>>);

impl Large {
    /// The evaluator's value; what it cannot hold is remembered.
    pub(super) fn import(&mut self, value: &Value) -> JValue {
        match value {
            Value::Null => JValue::Null,
            Value::Bool(flag) => JValue::Bool(*flag),
            Value::Number(number) => JValue::Number(self.number(number)),
            Value::String(text) => JValue::string(text.as_str()),
            Value::Array(items) => with_stack(|| JValue::array(items.iter().map(|item| self.import(item)).collect())),
            Value::Object(fields) => with_stack(|| {
                JValue::object(fields.iter().map(|(name, value)| (name.clone(), self.import(value))).collect())
            }),
        }
    }

    fn number(&mut self, number: &Number) -> f64 {
        let double = number.as_f64().unwrap_or_default();
        if double.abs() >= EXACT_MAX && !number.is_f64() {
            let known = self.0.entry(double.to_bits()).or_insert_with(|| Some(number.clone()));
            if known.as_ref().is_some_and(|known| known != number) {
                *known = None;
            }
        }
        double
    }

    /// The JSON of a result; `None` where it is undefined, or a function.
    pub(super) fn export(&self, value: &JValue) -> Result<Option<Value>, Stop> {
        Export { large: self, bytes_left: RESULT_BYTES_MAX }.value(value, 0)
    }

    fn json(&self, double: f64) -> Value {
        if let Some(Some(number)) = self.0.get(&double.to_bits()) {
            return Value::Number(number.clone());
        }
        if double.fract() == 0.0 && double.abs() < EXACT_MAX {
            #[expect(clippy::cast_possible_truncation, reason = "it is integral and within 2^53")]
            return Value::from(double as i64);
        }
        Number::from_f64(double).map_or(Value::Null, Value::Number)
    }
}

struct Export<'a> {
    large: &'a Large,
    bytes_left: usize,
}

impl Export<'_> {
    fn value(&mut self, value: &JValue, depth: usize) -> Result<Option<Value>, Stop> {
        // Counted while it is written: a value may hold one of its parts many times.
        let own = match value {
            JValue::String(text) => text.len() + 2,
            _ => 4,
        };
        self.bytes_left = self.bytes_left.checked_sub(own).ok_or(Stop::Size)?;
        if depth > JSON_DEPTH_MAX {
            return Err(Stop::Depth);
        }
        Ok(Some(match value {
            JValue::Null => Value::Null,
            JValue::Bool(flag) => Value::Bool(*flag),
            // What is no number is nothing; what is larger than any is refused, by its first use or here.
            JValue::Number(double) if double.is_nan() => return Ok(None),
            JValue::Number(double) if double.is_infinite() => return Err(message::out_of_range(*double)),
            JValue::Number(double) => self.large.json(*double),
            JValue::String(text) => Value::String(text.to_string()),
            JValue::Array(items) => with_stack(|| {
                let mut list = Vec::new();
                for item in items {
                    list.push(self.value(item, depth + 1)?.unwrap_or_default());
                }
                Ok::<_, Stop>(Value::Array(list))
            })?,
            JValue::Object(fields) => with_stack(|| {
                let mut object = Map::new();
                for (name, value) in fields.iter() {
                    self.bytes_left = self.bytes_left.checked_sub(name.len() + 3).ok_or(Stop::Size)?;
                    if let Some(value) = self.value(value, depth + 1)? {
                        object.insert(name.clone(), value);
                    }
                }
                Ok::<_, Stop>(Value::Object(object))
            })?,
            JValue::Undefined | JValue::Lambda(_) | JValue::Builtin { .. } | JValue::Regex { .. } => return Ok(None),
        }))
    }
}

/// What a value takes, at least, as JSON; counting stops above `most`. A value may hold one of its parts many times, so
/// that its size may be exponential in that of the memory it takes.
pub(super) fn size_within(value: &JValue, most: usize) -> Option<usize> {
    match value {
        JValue::String(text) => Some(text.len() + 2),
        JValue::Array(items) => with_stack(|| {
            items.iter().try_fold(2, |size, item| sum(size, size_within(item, most.checked_sub(size)?)?, most))
        }),
        JValue::Object(fields) => with_stack(|| {
            fields.iter().try_fold(2, |size, (name, value)| {
                let size = sum(size, name.len() + 3, most)?;
                sum(size, size_within(value, most.checked_sub(size)?)?, most)
            })
        }),
        _ => Some(4),
    }
    .filter(|size| *size <= most)
}

fn sum(left: usize, right: usize, most: usize) -> Option<usize> {
    left.checked_add(right).filter(|size| *size <= most)
}
