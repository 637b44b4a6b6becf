//! The functions that AWS adds to JSONata's, and those that keep JSONata's own within bounds.
//!
//! A function that is called by `$map` and the like gets up to three arguments (value, index, array), whatever it takes:
//! the ones that it does not know are ignored, as JSONata does with its own.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use jsonata_core::evaluator::{Evaluator, EvaluatorError, HostFnResult};
use jsonata_core::value::JValue;

use crate::asl::intrinsic::draws::Draws;
use crate::asl::intrinsic::hex_digest;
use crate::asl::jsonata::value::{Large, size_within};

/// The code of the error that stands for too much memory; JSONata has none.
pub(super) const TOO_LARGE: &str = "X0001";

/// What passes its argument on, when it is no larger than a text may be. No expression can write the name.
pub(super) const BOUNDED: &str = "#bounded";

/// `BOUNDED` for a number that says how long a text becomes.
pub(super) const LENGTH: &str = "#length";

/// How large a text may become, in bytes, within an expression: AWS takes 2^22 characters, and refuses 2^23.
pub(super) const TEXT_BYTES_MAX: usize = 1 << 22;

/// How much text one evaluation may make, in bytes, however little of it is kept.
const MADE_BYTES_MAX: usize = 512 << 20;

/// How many items `$range` and `$partition` give, and a sequence has, at most, as AWS has it.
pub(super) const ITEMS_MAX: usize = 873_782;

/// Teaches an evaluator all of them.
pub(super) fn register(evaluator: &mut Evaluator, draws: &Rc<RefCell<Draws>>, now: i64) -> Result<(), EvaluatorError> {
    let made = Rc::new(Cell::new(0));
    let total = Rc::clone(&made);
    evaluator.register_fn(BOUNDED, move |arguments: &[JValue]| bounded(arguments, &total))?;
    evaluator.register_fn(LENGTH, move |arguments: &[JValue]| length(arguments, &made))?;
    evaluator.register_fn("partition", partition)?;
    evaluator.register_fn("range", range)?;
    evaluator.register_fn("hash", hash)?;
    evaluator.register_fn("parse", parse)?;
    let sequence = Rc::clone(draws);
    evaluator.register_fn("uuid", move |_: &[JValue]| Ok(JValue::string(sequence.borrow_mut().uuid())))?;
    let sequence = Rc::clone(draws);
    evaluator.register_fn_override("random", move |arguments: &[JValue]| {
        Ok(JValue::Number(match arguments {
            [JValue::Number(seed), ..] => java_random(*seed),
            _ => sequence.borrow_mut().fraction(),
        }))
    })?;
    #[expect(clippy::cast_precision_loss, reason = "times are far below 2^53 milliseconds")]
    evaluator.register_fn_override("millis", move |_: &[JValue]| Ok(JValue::Number(now as f64)))?;
    evaluator.register_fn_override("eval", |_: &[JValue]| error("T1006: Attempted to invoke a non-function"))
}

fn error(message: impl Into<String>) -> HostFnResult {
    Err(EvaluatorError::EvaluationError(message.into()))
}

fn too_large() -> HostFnResult {
    error(format!("{TOO_LARGE}: too large"))
}

/// An argument of another type, or none where one is needed.
fn mismatch(place: usize, function: &str) -> EvaluatorError {
    EvaluatorError::EvaluationError(format!(
        "T0410: Argument {place} of function \"{function}\" does not match function signature"
    ))
}

fn bounded(arguments: &[JValue], made: &Cell<usize>) -> HostFnResult {
    let Some(value) = arguments.first() else { return Ok(JValue::Undefined) };
    match size_within(value, TEXT_BYTES_MAX) {
        Some(size) if makes(size, made) => Ok(value.clone()),
        _ => too_large(),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is positive, and what is too large stays so"
)]
fn length(arguments: &[JValue], made: &Cell<usize>) -> HostFnResult {
    match arguments.first() {
        Some(JValue::Number(length)) => {
            let size = length.abs() as usize;
            if size <= TEXT_BYTES_MAX && makes(size, made) { Ok(JValue::Number(*length)) } else { too_large() }
        }
        Some(value) => Ok(value.clone()),
        None => Ok(JValue::Undefined),
    }
}

/// Counts what is about to be made; whether it may be.
fn makes(size: usize, made: &Cell<usize>) -> bool {
    made.set(made.get().saturating_add(size));
    made.get() <= MADE_BYTES_MAX
}

/// `$partition(array, size)`: `States.ArrayPartition`.
fn partition(arguments: &[JValue]) -> HostFnResult {
    let items = match arguments.first() {
        Some(JValue::Array(items)) => items.to_vec(),
        Some(JValue::Undefined) | None => return Ok(JValue::Undefined),
        Some(_) => return Err(mismatch(1, "partition")),
    };
    let size = whole(arguments, 1, "partition")?;
    let size = usize::try_from(size).ok().filter(|size| *size > 0).ok_or_else(|| mismatch(2, "partition"))?;
    Ok(JValue::array(items.chunks(size).map(|chunk| JValue::array(chunk.to_vec())).collect()))
}

/// `$range(first, last, step)`: `States.ArrayRange`; the last is included when a step ends on it. It is a sequence: one item is
/// given without its array.
fn range(arguments: &[JValue]) -> HostFnResult {
    let number = |place| match arguments.get(place) {
        Some(JValue::Number(number)) if number.is_finite() => Ok(*number),
        _ => Err(mismatch(place + 1, "range")),
    };
    let (first, last, step) = (number(0)?, number(1)?, number(2)?);
    if step == 0.0 {
        return Err(mismatch(3, "range"));
    }
    let mut items = Vec::new();
    let mut next = first;
    while if step > 0.0 { next <= last } else { next >= last } {
        if items.len() >= ITEMS_MAX {
            return too_large();
        }
        items.push(JValue::Number(next));
        #[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^53 items")]
        let count = items.len() as f64;
        next = count.mul_add(step, first);
    }
    // A sequence of one is that one, as recorded.
    if items.len() == 1 {
        return Ok(items.remove(0));
    }
    Ok(JValue::array(items))
}

/// `$hash(text, algorithm)`: `States.Hash`.
fn hash(arguments: &[JValue]) -> HostFnResult {
    let text = match arguments.first() {
        Some(JValue::String(text)) => text,
        Some(JValue::Undefined) | None => return Ok(JValue::Undefined),
        Some(_) => return Err(mismatch(1, "hash")),
    };
    let Some(JValue::String(algorithm)) = arguments.get(1) else { return Err(mismatch(2, "hash")) };
    hex_digest(algorithm, text).map(JValue::string).ok_or_else(|| mismatch(2, "hash"))
}

/// `$parse(text)`: JSON, which `$eval` would be used for elsewhere.
fn parse(arguments: &[JValue]) -> HostFnResult {
    let text = match arguments.first() {
        Some(JValue::String(text)) => text,
        Some(JValue::Undefined) | None => return Ok(JValue::Undefined),
        Some(_) => return Err(mismatch(1, "parse")),
    };
    match crate::asl::Payload::parse(&**text) {
        Ok(payload) => Ok(Large::default().import(payload.value())),
        Err(problem) => error(format!("D3120: Syntax error in expression passed to function parse: {problem}")),
    }
}

fn whole(arguments: &[JValue], place: usize, function: &str) -> Result<i64, EvaluatorError> {
    match arguments.get(place) {
        #[expect(clippy::cast_possible_truncation, reason = "it is integral and below 2^53")]
        Some(JValue::Number(number)) if number.fract() == 0.0 && number.abs() < 9e15 => Ok(*number as i64),
        _ => Err(mismatch(place + 1, function)),
    }
}

/// The first `nextDouble` of a `java.util.Random` with this seed, which is what AWS gives.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the seed is a Java long, its bits matter")]
#[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
fn java_random(seed: f64) -> f64 {
    const MULTIPLIER: u64 = 0x5_DEEC_E66D;
    const MASK: u64 = (1 << 48) - 1;
    let mut state = (seed as i64 as u64 ^ MULTIPLIER) & MASK;
    let mut next = |bits: u32| {
        state = state.wrapping_mul(MULTIPLIER).wrapping_add(0xB) & MASK;
        state >> (48 - bits)
    };
    let high = next(26) << 27;
    (high + next(27)) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use jsonata_core::value::JValue;

    use super::{MADE_BYTES_MAX, TEXT_BYTES_MAX, bounded, length};

    #[test]
    fn texts_are_counted_together() {
        let made = Cell::new(0);
        #[expect(clippy::cast_precision_loss, reason = "a bound of 2^22 is exact")]
        let longest = [JValue::Number(TEXT_BYTES_MAX as f64)];
        for _ in 0..MADE_BYTES_MAX / TEXT_BYTES_MAX {
            assert!(length(&longest, &made).is_ok());
        }
        assert!(length(&longest, &made).is_err());
        assert!(bounded(&[JValue::string("x")], &made).is_err());
        assert!(bounded(&[JValue::string("x")], &Cell::new(0)).is_ok());
    }
}
