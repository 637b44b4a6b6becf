//! What a path is made of, once it is parsed.

use regex_lite::Regex;
use serde_json::Value;

/// A whole path: where it starts, the steps from there, and the function at its end.
#[derive(Debug, Clone)]
pub(in crate::asl) struct Query {
    pub(super) root: Root,
    pub(super) steps: Vec<Step>,
    pub(super) call: Option<Call>,
}

/// Where a path starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::asl) enum Root {
    /// `$`; inside a filter the document that the outer path reads.
    Input,
    /// `$$`
    Context,
    /// `$name`
    Variable(Box<str>),
    /// `@`, the value that a filter looks at.
    Current,
}

#[derive(Debug, Clone)]
pub(super) enum Step {
    /// `.a`, `['a']`
    Name(Box<str>),
    /// `['a','b']`: at the end of a path an object of those fields, before the end each of them.
    Pick(Vec<Box<str>>),
    /// `[0]`, `[-1]`
    Index(i64),
    /// `[0,1]`
    Indexes(Vec<i64>),
    /// `[from:to]`
    Slice { from: Option<i64>, to: Option<i64> },
    /// `.*`, `[*]`
    Wildcard,
    /// `[?(…)]`
    Filter(Filter),
    /// `..`: the value and everything in it, outer before inner.
    Descend,
}

#[derive(Debug, Clone)]
pub(super) enum Filter {
    Any(Vec<Self>),
    All(Vec<Self>),
    Not(Box<Self>),
    Exists(Query),
    Compare { left: Operand, operator: Operator, right: Operand },
    Matches { left: Operand, regex: Regex },
}

#[derive(Debug, Clone)]
pub(super) enum Operand {
    Query(Query),
    Value(Value),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
    Contains,
    SubsetOf,
    AnyOf,
    NoneOf,
    Size,
    Empty,
    Exists,
}

/// `.length()`, `.index(1)`
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) function: Function,
    pub(super) arguments: Vec<Operand>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Length,
    Keys,
    Min,
    Max,
    Avg,
    Sum,
    StdDev,
    Concat,
    Append,
    First,
    Last,
    Index,
}

impl Query {
    /// Whether it selects one value or fails, and never gives an array of what it found.
    pub(super) fn is_definite(&self) -> bool {
        self.call.is_some() || self.leads_to_one()
    }

    /// Whether the steps alone, without the function, lead to at most one value.
    pub(super) fn leads_to_one(&self) -> bool {
        let last = self.steps.len().saturating_sub(1);
        self.steps.iter().enumerate().all(|(place, step)| match step {
            Step::Name(_) | Step::Index(_) => true,
            Step::Pick(_) => place == last,
            _ => false,
        })
    }
}
