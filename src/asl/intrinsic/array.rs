//! `States.Array`, `States.Array…`

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use crate::asl::intrinsic::arguments::{Arguments, INVALID, Wrong};
use crate::asl::intrinsic::draws::Draws;

/// How many items `States.ArrayRange` makes, as AWS has it.
const RANGE_ITEMS_MAX: usize = 1000;

#[expect(clippy::unnecessary_wraps, reason = "the functions of the catalog have one signature")]
pub(super) fn array(arguments: &Arguments<'_>, _: &mut Draws) -> Result<Value, Wrong> {
    Ok(arguments.values.iter().map(|value| value.clone().into_owned()).collect())
}

pub(super) fn contains(arguments: &Arguments<'_>, _: &mut Draws) -> Result<Value, Wrong> {
    Ok(arguments.array(0)?.contains(arguments.value(1)?).into())
}

pub(super) fn get_item(arguments: &Arguments<'_>, _: &mut Draws) -> Result<Value, Wrong> {
    let place = usize::try_from(arguments.whole(1)?).map_err(|_| INVALID)?;
    arguments.array(0)?.get(place).cloned().ok_or(INVALID)
}

pub(super) fn length(arguments: &Arguments<'_>, _: &mut Draws) -> Result<Value, Wrong> {
    Ok(arguments.array(0)?.len().into())
}

pub(super) fn partition(arguments: &Arguments<'_>, _: &mut Draws) -> Result<Value, Wrong> {
    let size = usize::try_from(arguments.whole(1)?).ok().filter(|size| *size > 0).ok_or(INVALID)?;
    Ok(arguments.array(0)?.chunks(size).map(|chunk| Value::Array(chunk.to_vec())).collect())
}

/// From the first to the second, both included, by the third.
pub(super) fn range(arguments: &Arguments<'_>, _: &mut Draws) -> Result<Value, Wrong> {
    let (first, last, step) = (arguments.whole(0)?, arguments.whole(1)?, arguments.whole(2)?);
    if step == 0 {
        return Err(INVALID);
    }
    let within = |next: &i64| if step > 0 { *next <= last } else { *next >= last };
    let items = std::iter::successors(Some(first), |next| next.checked_add(step)).take_while(within);
    let items: Vec<Value> = items.take(RANGE_ITEMS_MAX + 1).map(Value::from).collect();
    if items.len() > RANGE_ITEMS_MAX { Err(INVALID) } else { Ok(Value::Array(items)) }
}

/// The items without repetitions, each where it stood first.
pub(super) fn unique(arguments: &Arguments<'_>, _: &mut Draws) -> Result<Value, Wrong> {
    let mut seen = HashSet::new();
    Ok(arguments.array(0)?.iter().filter(|item| seen.insert(sorted(item).to_string())).cloned().collect())
}

/// The same value with the fields of every object in one order, so that equal values have equal texts.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(sorted).collect(),
        Value::Object(fields) => {
            let fields: BTreeMap<&String, Value> = fields.iter().map(|(name, field)| (name, sorted(field))).collect();
            Value::Object(fields.into_iter().map(|(name, field)| (name.clone(), field)).collect())
        }
        scalar => scalar.clone(),
    }
}
