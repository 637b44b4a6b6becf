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

/// What passes its argument on and counts what a copy of it takes.
pub(super) const COPIED: &str = "#copied";

/// What passes a separator on, when the texts of the list after it, joined with it, are no larger than a text may be.
pub(super) const SEPARATOR: &str = "#separator";

/// How often what it is given may take the place of something: as often as its second argument says, but only until what
/// comes of it is too large anyhow.
pub(super) const LIMIT: &str = "#limit";

/// As many matches as its argument says, but no more than are too many anyhow.
pub(super) const MATCHES: &str = "#matches";

/// What passes a picture of a time on, when its numbers have no more digits than a year can have.
pub(super) const PICTURE: &str = "#picture";

/// Whether its argument is a function.
pub(super) const CALLABLE: &str = "#callable";

/// What a reference to a value takes, about, in bytes.
const ITEM_BYTES: usize = 16;

/// How many digits a number in a picture may ask for; the evaluator reckons with powers of ten in 64 bits.
const PICTURE_DIGITS_MAX: usize = 18;

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
    let copies = Rc::clone(&made);
    evaluator.register_fn(COPIED, move |arguments: &[JValue]| copied(arguments, &copies))?;
    evaluator.register_fn(LENGTH, move |arguments: &[JValue]| length(arguments, &made))?;
    evaluator.register_fn(SEPARATOR, separator)?;
    evaluator.register_fn(LIMIT, |arguments: &[JValue]| Ok(limit(arguments)))?;
    evaluator.register_fn(MATCHES, |arguments: &[JValue]| Ok(least(arguments.first(), ITEMS_MAX)))?;
    evaluator.register_fn(PICTURE, picture)?;
    evaluator.register_fn(CALLABLE, |arguments: &[JValue]| {
        Ok(JValue::Bool(matches!(arguments.first(), Some(JValue::Lambda(_) | JValue::Builtin { .. }))))
    })?;
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

fn copied(arguments: &[JValue], made: &Cell<usize>) -> HostFnResult {
    let Some(value) = arguments.first() else { return Ok(JValue::Undefined) };
    let items = match value {
        JValue::Array(items) => items.len(),
        _ => 1,
    };
    if makes(items.saturating_mul(ITEM_BYTES), made) { Ok(value.clone()) } else { too_large() }
}

fn separator(arguments: &[JValue]) -> HostFnResult {
    let separator = arguments.first().unwrap_or(&JValue::Undefined);
    if let (JValue::String(separator), Some(JValue::Array(items))) = (separator, arguments.get(1)) {
        let between = separator.len().saturating_mul(items.len().saturating_sub(1));
        if between > TEXT_BYTES_MAX || size_within(&arguments[1], TEXT_BYTES_MAX).is_none() {
            return too_large();
        }
    }
    Ok(separator.clone())
}

fn limit(arguments: &[JValue]) -> JValue {
    let most = match arguments.first() {
        Some(JValue::String(replacement)) => TEXT_BYTES_MAX / replacement.len().max(1),
        _ => TEXT_BYTES_MAX,
    };
    // With as many, it is too large: no more are needed, and no fewer end anything that is within its bounds.
    least(arguments.get(1), most + 2)
}

/// A number, but at most `most`; `most` where there is none. What is no number is for the evaluator to refuse.
#[expect(clippy::cast_precision_loss, reason = "bounds are far below 2^53")]
fn least(given: Option<&JValue>, most: usize) -> JValue {
    match given {
        Some(JValue::Number(number)) => JValue::Number(number.min(most as f64)),
        Some(JValue::Undefined) | None => JValue::Number(most as f64),
        Some(other) => other.clone(),
    }
}

/// Every number in a marker, be it drawn (`[Y0001]`) or told (`[Y,*-4]`), is one of few digits.
fn picture(arguments: &[JValue]) -> HostFnResult {
    let Some(JValue::String(picture)) = arguments.first() else {
        return Ok(arguments.first().cloned().unwrap_or(JValue::Undefined));
    };
    let is_short = |marker: &str| {
        let (drawn, told) = marker.rsplit_once(',').unwrap_or((marker, ""));
        let digits = drawn.chars().filter(|next| next.is_numeric() || *next == '#').count();
        let mut widths = told.split('-').filter(|width| width.trim().starts_with(|next: char| next.is_numeric()));
        digits <= PICTURE_DIGITS_MAX
            && widths.all(|width| width.trim().parse::<usize>().is_ok_and(|width| width <= PICTURE_DIGITS_MAX))
    };
    let markers = picture.split('[').skip(1).map(|rest| rest.split(']').next().unwrap_or(rest));
    if markers.into_iter().all(is_short) { Ok(JValue::String(picture.clone())) } else { too_large() }
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
