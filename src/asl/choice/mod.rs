//! Choice rules: their model and how they are decided.
//!
//! Owns: what each comparison means. Must not know: how a definition is read (`compile` builds the rules), which state comes
//! next for other reasons than a rule. Start reading at [`first_match`]; `operator` has the names of the comparisons.

mod glob;
pub(crate) mod operator;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::{Number, Value};

use crate::asl::flow::Data;
use crate::asl::path::Path;
use crate::asl::program::StateId;
use crate::asl::timestamp;
use crate::asl::{Fault, Filling, filling, jsonata};

pub(crate) use glob::Glob;

/// One entry of `Choices`.
#[derive(Debug)]
pub struct Rule {
    /// What must hold.
    pub condition: Condition,
    /// Where to go then.
    pub next: StateId,
    /// `Assign`
    pub assign: Option<Filling>,
    /// `Output` (JSONata).
    pub output: Option<Filling>,
}

/// A comparison, or `And`, `Or`, `Not` of such.
#[derive(Debug)]
pub enum Condition {
    /// All hold; the first that does not hold decides.
    And(Vec<Self>),
    /// One holds; the first that holds decides.
    Or(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>),
    /// A test of one value.
    Compare(Box<Comparison>),
    /// `Condition`: a JSONata expression, or true or false.
    Jsonata(jsonata::Template),
}

/// A test of the value that a path selects.
#[derive(Debug)]
pub struct Comparison {
    /// `Variable`
    pub(crate) variable: Path,
    /// `Variable` as written.
    pub(crate) name: Box<str>,
    /// What is asked of it.
    pub(crate) test: Test,
}

/// What a comparison asks.
#[derive(Debug)]
pub(crate) enum Test {
    String(Relation, Operand<Box<str>>),
    Matches(Glob),
    Numeric(Relation, Operand<Number>),
    Boolean(Operand<bool>),
    /// In milliseconds since 1970.
    Timestamp(Relation, Operand<i64>),
    /// `IsNull` and its like, and the answer that is asked for.
    Is(Kind, bool),
    /// `IsPresent`, and the answer that is asked for.
    Present(bool),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relation {
    Equals,
    LessThan,
    GreaterThan,
    LessThanEquals,
    GreaterThanEquals,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Numeric,
    String,
    Boolean,
    Timestamp,
}

/// What a value is compared with: written in the rule, or selected when it is decided.
#[derive(Debug)]
pub(crate) enum Operand<T> {
    Fixed(T),
    At { path: Path, name: Box<str> },
}

/// The first rule that matches; rules behind it are not looked at.
///
/// # Errors
/// `States.Runtime` when a path of a rule selects nothing (`IsPresent` aside). A value of another type than the comparison's
/// is no error: it does not match, as recorded on AWS.
pub fn first_match<'r>(rules: &'r [Rule], data: Data<'_>) -> Result<Option<&'r Rule>, Fault> {
    for rule in rules {
        if rule.condition.holds(data)? {
            return Ok(Some(rule));
        }
    }
    Ok(None)
}

impl Condition {
    fn holds(&self, data: Data<'_>) -> Result<bool, Fault> {
        match self {
            Self::And(conditions) => every(conditions, data, true),
            Self::Or(conditions) => every(conditions, data, false).map(|none| !none),
            Self::Not(condition) => condition.holds(data).map(|holds| !holds),
            Self::Compare(comparison) => comparison.holds(data),
            Self::Jsonata(condition) => filling::boolean(condition, data, "Condition"),
        }
    }
}

/// Whether each condition is `expected`; the first that is not decides.
fn every(conditions: &[Condition], data: Data<'_>, expected: bool) -> Result<bool, Fault> {
    for condition in conditions {
        if condition.holds(data)? != expected {
            return Ok(false);
        }
    }
    Ok(true)
}

impl Comparison {
    fn holds(&self, data: Data<'_>) -> Result<bool, Fault> {
        if let Test::Present(asked) = &self.test {
            return Ok(self.variable.evaluate(data).is_ok() == *asked);
        }
        let value = select(&self.variable, &self.name, data)?;
        Ok(match &self.test {
            Test::Present(asked) => *asked,
            Test::Is(kind, asked) => kind.is(&value) == *asked,
            Test::Matches(glob) => value.as_str().is_some_and(|text| glob.matches(text)),
            Test::String(relation, operand) => {
                let other = operand.get(data, string)?;
                relation.of(string(&value).zip(other).map(|(left, right)| utf16(&left, &right)))
            }
            Test::Numeric(relation, operand) => {
                let other = operand.get(data, number)?;
                relation.of(number(&value).zip(other).and_then(|(left, right)| numeric(&left, &right)))
            }
            Test::Timestamp(relation, operand) => {
                let other = operand.get(data, instant)?;
                relation.of(instant(&value).zip(other).map(|(left, right)| left.cmp(&right)))
            }
            Test::Boolean(operand) => {
                let other = operand.get(data, Value::as_bool)?;
                other.is_some() && value.as_bool() == other
            }
        })
    }
}

impl<T: Clone> Operand<T> {
    /// The operand, where it is of the comparison's type.
    fn get(&self, data: Data<'_>, read: fn(&Value) -> Option<T>) -> Result<Option<T>, Fault> {
        match self {
            Self::Fixed(value) => Ok(Some(value.clone())),
            Self::At { path, name } => select(path, name, data).map(|value| read(&value)),
        }
    }
}

fn select<'a>(path: &Path, name: &str, data: Data<'a>) -> Result<Cow<'a, Value>, Fault> {
    path.evaluate(data).map_err(|_| {
        Fault::runtime(format!("Invalid path '{name}': The choice state's condition path references an invalid value."))
    })
}

impl Relation {
    /// Whether an order is the one that is asked for; what has no order is not.
    fn of(self, order: Option<Ordering>) -> bool {
        order.is_some_and(|order| match self {
            Self::Equals => order.is_eq(),
            Self::LessThan => order.is_lt(),
            Self::GreaterThan => order.is_gt(),
            Self::LessThanEquals => order.is_le(),
            Self::GreaterThanEquals => order.is_ge(),
        })
    }
}

impl Kind {
    fn is(self, value: &Value) -> bool {
        match self {
            Self::Null => value.is_null(),
            Self::Numeric => value.is_number(),
            Self::String => value.is_string(),
            Self::Boolean => value.is_boolean(),
            Self::Timestamp => instant(value).is_some(),
        }
    }
}

fn string(value: &Value) -> Option<Box<str>> {
    value.as_str().map(Box::from)
}

fn number(value: &Value) -> Option<Number> {
    value.as_number().cloned()
}

fn instant(value: &Value) -> Option<i64> {
    value.as_str().and_then(timestamp::parse)
}

/// The order of UTF-16 code units, which is the order of strings on the JVM that AWS runs.
fn utf16(left: &str, right: &str) -> Ordering {
    left.encode_utf16().cmp(right.encode_utf16())
}

fn numeric(left: &Number, right: &Number) -> Option<Ordering> {
    match (whole(left), whole(right)) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}

fn whole(number: &Number) -> Option<i128> {
    number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from))
}
