//! `States.MathAdd`, `States.MathRandom`

use serde_json::Value;

use crate::asl::intrinsic::arguments::{Arguments, INVALID, Wrong};
use crate::asl::intrinsic::draws::{Draws, seeded};

/// Both numbers rounded, they and their sum being 32-bit integers.
pub(super) fn add(arguments: &Arguments<'_>, _: &mut Draws) -> Result<Value, Wrong> {
    let small = |place| i32::try_from(arguments.rounded(place)?).map_err(|_| INVALID);
    let (left, right): (i32, i32) = (small(0)?, small(1)?);
    left.checked_add(right).map(Value::from).ok_or(INVALID)
}

/// From the first (included) to the second (excluded). The same seed gives the same number, here as on AWS, but not the
/// number that AWS gives: how it gets from a seed to a number is not documented.
pub(super) fn random(arguments: &Arguments<'_>, draws: &mut Draws) -> Result<Value, Wrong> {
    let (start, end) = (arguments.whole(0)?, arguments.whole(1)?);
    let bits = if arguments.values.len() == 3 { seeded(arguments.whole(2)?) } else { draws.next() };
    let width = u64::try_from(i128::from(end) - i128::from(start)).ok().filter(|width| *width > 0).ok_or(INVALID)?;
    // 128 bits over at most 64: the remainder's bias is below 2^-64.
    let offset = bits % u128::from(width);
    let number = i128::from(start) + i128::try_from(offset).map_err(|_| INVALID)?;
    i64::try_from(number).map(Value::from).map_err(|_| INVALID)
}
