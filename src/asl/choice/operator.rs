//! The names of the comparisons, and what each expects.

use serde_json::Value;

use super::{Glob, Kind, Operand, Relation, Test};
use crate::asl::path::Path;
use crate::asl::timestamp;

/// A comparison by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    /// `StringEquals`, … ; `true` for the variant whose operand is a path.
    String(Relation, bool),
    Numeric(Relation, bool),
    Timestamp(Relation, bool),
    Boolean(bool),
    Matches,
    Is(Kind),
    Present,
}

use Relation::{Equals, GreaterThan, GreaterThanEquals, LessThan, LessThanEquals};

const RELATIONS: [(&str, Relation); 5] = [
    ("Equals", Equals),
    ("LessThanEquals", LessThanEquals),
    ("GreaterThanEquals", GreaterThanEquals),
    ("LessThan", LessThan),
    ("GreaterThan", GreaterThan),
];

/// Every comparison there is.
#[rustfmt::skip]
const NAMES: [&str; 39] = [
    "StringEquals", "StringLessThan", "StringGreaterThan", "StringLessThanEquals", "StringGreaterThanEquals",
    "StringEqualsPath", "StringLessThanPath", "StringGreaterThanPath", "StringLessThanEqualsPath",
    "StringGreaterThanEqualsPath", "StringMatches",
    "NumericEquals", "NumericLessThan", "NumericGreaterThan", "NumericLessThanEquals", "NumericGreaterThanEquals",
    "NumericEqualsPath", "NumericLessThanPath", "NumericGreaterThanPath", "NumericLessThanEqualsPath",
    "NumericGreaterThanEqualsPath",
    "BooleanEquals", "BooleanEqualsPath",
    "TimestampEquals", "TimestampLessThan", "TimestampGreaterThan", "TimestampLessThanEquals",
    "TimestampGreaterThanEquals", "TimestampEqualsPath", "TimestampLessThanPath", "TimestampGreaterThanPath",
    "TimestampLessThanEqualsPath", "TimestampGreaterThanEqualsPath",
    "IsNull", "IsPresent", "IsNumeric", "IsString", "IsBoolean", "IsTimestamp",
];

pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    NAMES.into_iter()
}

/// The comparison called `name`.
pub(crate) fn find(name: &str) -> Option<Operator> {
    match name {
        "StringMatches" => return Some(Operator::Matches),
        "BooleanEquals" => return Some(Operator::Boolean(false)),
        "BooleanEqualsPath" => return Some(Operator::Boolean(true)),
        "IsPresent" => return Some(Operator::Present),
        "IsNull" => return Some(Operator::Is(Kind::Null)),
        "IsNumeric" => return Some(Operator::Is(Kind::Numeric)),
        "IsString" => return Some(Operator::Is(Kind::String)),
        "IsBoolean" => return Some(Operator::Is(Kind::Boolean)),
        "IsTimestamp" => return Some(Operator::Is(Kind::Timestamp)),
        _ => {}
    }
    let (of, rest): (fn(Relation, bool) -> Operator, _) = if let Some(rest) = name.strip_prefix("String") {
        (Operator::String, rest)
    } else if let Some(rest) = name.strip_prefix("Numeric") {
        (Operator::Numeric, rest)
    } else {
        (Operator::Timestamp, name.strip_prefix("Timestamp")?)
    };
    let (relation, path) = rest.strip_suffix("Path").map_or((rest, false), |relation| (relation, true));
    RELATIONS.iter().find(|(known, _)| *known == relation).map(|(_, relation)| of(*relation, path))
}

impl Operator {
    /// Whether its operand is a path.
    pub(crate) fn is_path(self) -> bool {
        matches!(self, Self::String(_, true) | Self::Numeric(_, true) | Self::Timestamp(_, true) | Self::Boolean(true))
    }

    /// Whether it compares timestamps.
    pub(crate) fn is_timestamp(self) -> bool {
        matches!(self, Self::Timestamp(..))
    }

    /// What its literal must be, with the article.
    pub(crate) fn expects(self) -> &'static str {
        match self {
            Self::String(..) | Self::Matches => "a string",
            Self::Numeric(..) => "a number",
            Self::Timestamp(..) => "a timestamp",
            Self::Boolean(_) | Self::Is(_) | Self::Present => "true or false",
        }
    }

    /// The test against a literal, where that is of the right type.
    pub(crate) fn with_literal(self, literal: &Value) -> Option<Test> {
        Some(match self {
            Self::String(relation, _) => Test::String(relation, Operand::Fixed(literal.as_str()?.into())),
            Self::Numeric(relation, _) => Test::Numeric(relation, Operand::Fixed(literal.as_number()?.clone())),
            Self::Timestamp(relation, _) => {
                Test::Timestamp(relation, Operand::Fixed(timestamp::parse(literal.as_str()?)?))
            }
            Self::Boolean(_) => Test::Boolean(Operand::Fixed(literal.as_bool()?)),
            Self::Matches => Test::Matches(Glob::new(literal.as_str()?)),
            Self::Is(kind) => Test::Is(kind, literal.as_bool()?),
            Self::Present => Test::Present(literal.as_bool()?),
        })
    }

    /// The test against what `path`, written as `name`, selects; nothing for a comparison without such a variant.
    pub(crate) fn with_path(self, path: Path, name: &str) -> Option<Test> {
        let name = name.into();
        Some(match self {
            Self::String(relation, _) => Test::String(relation, Operand::At { path, name }),
            Self::Numeric(relation, _) => Test::Numeric(relation, Operand::At { path, name }),
            Self::Timestamp(relation, _) => Test::Timestamp(relation, Operand::At { path, name }),
            Self::Boolean(_) => Test::Boolean(Operand::At { path, name }),
            Self::Matches | Self::Is(_) | Self::Present => return None,
        })
    }
}
