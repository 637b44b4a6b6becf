//! JSONPath as AWS's engine (Jayway) reads it.

use std::borrow::Cow;

use serde_json::Value;

use crate::asl::flow::Data;

/// A path that reads: `$.a[0].b`, `$$.Execution.Id`, `$..x`.
#[derive(Debug, Clone)]
pub struct Path {
    context: bool,
    steps: Vec<String>,
}

/// A path that can also be written to: names and indexes only.
#[derive(Debug, Clone)]
pub struct ReferencePath {}

/// Why a text is no path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpressionError {
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// First byte of the mistake.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
}

/// The path selected nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathMiss {
    /// AWS's words for it.
    pub cause: String,
}

impl Path {
    /// Parses.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        let wrong = |start, message: &str| ExpressionError { message: message.into(), start, end: text.len() };
        let rest = text.strip_prefix('$').ok_or_else(|| wrong(0, "a path starts with $"))?;
        let (context, rest) = rest.strip_prefix('$').map_or((false, rest), |rest| (true, rest));
        if rest.is_empty() {
            return Ok(Self { context, steps: Vec::new() });
        }
        if !rest.starts_with(['.', '[']) || rest.ends_with('.') {
            return Err(wrong(text.len() - rest.len(), "a path goes on with . or ["));
        }
        let steps = rest.split(['.', '[']).filter(|s| !s.is_empty());
        Ok(Self { context, steps: steps.map(|s| s.trim_end_matches(']').trim_matches('\'').to_owned()).collect() })
    }

    /// Whether it reads `$$`.
    pub fn uses_context(&self) -> bool {
        self.context
    }

    /// Whether it is `$`.
    pub fn is_whole(&self) -> bool {
        !self.context && self.steps.is_empty()
    }

    /// What it selects.
    pub fn evaluate<'a>(&self, data: Data<'a>) -> Result<Cow<'a, Value>, PathMiss> {
        let mut value = if self.context { data.context } else { data.input.value() };
        for step in &self.steps {
            let next = match value {
                Value::Array(items) => step.parse::<usize>().ok().and_then(|i| items.get(i)),
                other => other.get(step),
            };
            value = next.ok_or_else(|| PathMiss { cause: "nothing there".into() })?;
        }
        Ok(Cow::Borrowed(value))
    }
}

impl ReferencePath {
    /// Parses.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        Path::parse(text)?;
        match text.find(['*', '?', ',', ':']) {
            Some(at) => {
                Err(ExpressionError { message: "a reference path names one place".into(), start: at, end: at + 1 })
            }
            None => Ok(Self {}),
        }
    }
}
