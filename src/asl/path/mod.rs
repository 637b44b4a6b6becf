//! `JSONPath` as the engine behind AWS Step Functions (Jayway's) reads it.
//!
//! Owns: parsing, evaluation and its bounds, reference paths and writing through them. Must not know: states,
//! templates. Start reading at [`Path::evaluate`]; `parse` makes what it runs, `evaluate` runs it.
//!
//! An *indefinite* path (`*`, `..`, slices, several indexes, filters) gives an array of what it finds, `[]` for
//! nothing, even where a name before it is missing, as recorded on AWS; any other path gives one value or a
//! [`PathMiss`].

use std::borrow::Cow;
use std::fmt;

use serde_json::Value;

use crate::asl::flow::Data;
use crate::asl::path::cursor::Cursor;
use crate::asl::path::evaluate::Evaluation;
use crate::asl::path::parse::Surroundings;
use crate::asl::path::syntax::{Query, Root, Step};
use crate::asl::task_token;

pub(in crate::asl) mod cursor;
mod evaluate;
mod filter;
mod filter_parse;
mod function;
pub mod java;
pub(in crate::asl) mod parse;
mod reference;
mod syntax;
#[cfg(test)]
mod tests;

pub(in crate::asl) use evaluate::measure;
pub use reference::ReferencePath;

/// A path that reads: `$.a[0].b`, `$$.Execution.Id`, `$..x`, `$variable.x`.
#[derive(Debug, Clone)]
pub struct Path {
    text: Box<str>,
    query: Query,
}

/// A path or function that cannot be parsed. Bytes `start..end` of its text are to blame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExpressionError {
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// A path that selects nothing, or more than the bounds of evaluation allow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{cause}")]
pub struct PathMiss {
    /// Why, in the words of AWS's engine: `No results for path: $['a']`.
    pub cause: String,
}

impl Path {
    /// Parses a whole text as a path.
    ///
    /// # Errors
    /// When it is none; the error names the place.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        let mut cursor = Cursor::new(text);
        let path = Self::parse_at(&mut cursor, Surroundings::None)?;
        cursor.skip_space();
        match cursor.peek() {
            None => Ok(Self { text: text.into(), ..path }),
            Some(_) => Err(cursor.error(format!("expected '.' or '['{}", cursor.found()))),
        }
    }

    /// Parses a path that stands at `cursor` among other text.
    pub(in crate::asl) fn parse_at(cursor: &mut Cursor<'_>, around: Surroundings) -> Result<Self, ExpressionError> {
        let start = cursor.at();
        let query = parse::query(cursor, around)?;
        Ok(Self { text: cursor.since(start).into(), query })
    }

    /// Whether it reads the context object (`$$`).
    pub fn uses_context(&self) -> bool {
        self.query.root == Root::Context
    }

    /// Whether it reads the state's input (`$`).
    pub fn uses_input(&self) -> bool {
        self.query.root == Root::Input
    }

    /// The variable that it reads, if it does.
    pub fn variable(&self) -> Option<&str> {
        if let Root::Variable(name) = &self.query.root { Some(name) } else { None }
    }

    /// Whether it is exactly `$`.
    pub fn is_whole(&self) -> bool {
        self.query.root == Root::Input && self.query.steps.is_empty() && self.query.call.is_none()
    }

    /// Whether it selects the task token, or may select something around it.
    pub(in crate::asl) fn reads_token(&self) -> bool {
        self.uses_context() && self.names().is_none_or(|names| task_token::is_around(&names))
    }

    /// The task token in what it selected; `None` for paths that select something else or more than one value.
    pub(in crate::asl) fn token_in(&self, selected: &Value) -> Option<String> {
        let names = self.names().filter(|_| self.uses_context())?;
        task_token::within(&names, selected)
    }

    /// The names of its steps, where it has no others.
    fn names(&self) -> Option<Vec<&str>> {
        let mut names = Vec::with_capacity(self.query.steps.len());
        for step in &self.query.steps {
            let Step::Name(name) = step else { return None };
            names.push(&**name);
        }
        self.query.call.is_none().then_some(names)
    }

    /// What it selects.
    ///
    /// # Errors
    /// When a definite path selects nothing, and when a bound of evaluation is passed.
    pub fn evaluate<'a>(&self, data: Data<'a>) -> Result<Cow<'a, Value>, PathMiss> {
        let document = match &self.query.root {
            Root::Context => data.context,
            Root::Variable(name) => match data.variables.get(name) {
                Some(variable) => variable.value(),
                None => return Err(PathMiss { cause: format!("The variable '{name}' is not defined") }),
            },
            Root::Input | Root::Current => data.input.value(),
        };
        Evaluation::new(document).run(&self.query, document)
    }
}

/// The path as it was written.
impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}
