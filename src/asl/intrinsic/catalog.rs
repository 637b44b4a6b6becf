//! Every intrinsic function, by name.

use std::ops::RangeInclusive;

use serde_json::Value;

use crate::asl::intrinsic::arguments::{Arguments, Wrong};
use crate::asl::intrinsic::draws::Draws;
use crate::asl::intrinsic::{array, encoding, hash, json, math, text, unique};

/// A function of the language.
#[derive(Debug)]
pub(super) struct Function {
    /// `States.Format`
    pub(super) name: &'static str,
    /// How many arguments it takes.
    pub(super) arity: RangeInclusive<usize>,
    pub(super) run: fn(&Arguments<'_>, &mut Draws) -> Result<Value, Wrong>,
}

/// How many arguments `States.Array` and `States.Format` may have: more than a definition has room for.
const ARGUMENTS_MAX: usize = 1 << 20;

pub(super) static FUNCTIONS: [Function; 18] = [
    Function { name: "States.Array", arity: 0..=ARGUMENTS_MAX, run: array::array },
    Function { name: "States.ArrayContains", arity: 2..=2, run: array::contains },
    Function { name: "States.ArrayGetItem", arity: 2..=2, run: array::get_item },
    Function { name: "States.ArrayLength", arity: 1..=1, run: array::length },
    Function { name: "States.ArrayPartition", arity: 2..=2, run: array::partition },
    Function { name: "States.ArrayRange", arity: 3..=3, run: array::range },
    Function { name: "States.ArrayUnique", arity: 1..=1, run: array::unique },
    Function { name: "States.Base64Decode", arity: 1..=1, run: encoding::decode },
    Function { name: "States.Base64Encode", arity: 1..=1, run: encoding::encode },
    Function { name: "States.Format", arity: 1..=ARGUMENTS_MAX, run: text::format },
    Function { name: "States.Hash", arity: 2..=2, run: hash::hash },
    Function { name: "States.JsonMerge", arity: 3..=3, run: json::merge },
    Function { name: "States.JsonToString", arity: 1..=1, run: json::to_string },
    Function { name: "States.MathAdd", arity: 2..=2, run: math::add },
    Function { name: "States.MathRandom", arity: 2..=3, run: math::random },
    Function { name: "States.StringSplit", arity: 2..=2, run: text::split },
    Function { name: "States.StringToJson", arity: 1..=1, run: json::parse },
    Function { name: "States.UUID", arity: 0..=0, run: unique::uuid },
];

/// The function of that name.
pub(super) fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name == name)
}
