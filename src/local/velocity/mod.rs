//! API Gateway's mapping templates: Apache Velocity as API Gateway evaluates it, over one request.
//!
//! Owns: the template language ([`Template::parse`]), its evaluation ([`Template::render`]) and every bound on both.
//! Must not know: HTTP, routes, keys; it is text in, text out, without time, chance or IO. Start reading at [`Template`]:
//! `parse` and `expression` make the tree in `syntax`, `render` walks it, `methods` and `functions` are what a template
//! may call.
//!
//! The language is that of Velocity 1.7 (its user guide and its grammar), `-` in names and its treatment of blank lines
//! and of `#set` to null included; variables and functions are those of AWS's "API Gateway mapping template and access
//! logging variable reference". Two things are API Gateway's own: a reference into something that exists (`$context.x`,
//! `$input.path('$').x`) prints nothing where it leads nowhere, as AWS's own pass-through template shows with
//! `"user": ""`, while a variable that nobody set prints itself as written; and an array that was read from JSON prints
//! as JSON, while an object prints as Java does, `{a=1}`.

mod expression;
mod functions;
mod methods;
mod operators;
mod parse;
mod pattern;
mod render;
mod syntax;
mod text;
mod value;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::local::velocity::parse::Parser;
use crate::local::velocity::render::Renderer;
use crate::local::velocity::syntax::Node;

/// Bytes of a template; API Gateway's own quota is 300 KB.
const TEMPLATE_BYTES_MAX: usize = 300 * 1024;
/// How deep directives, expressions and strings with references may stand in each other in a template.
const NESTING_MAX: usize = 64;
/// Operators that may follow each other without parentheses: each one is a level of the tree.
const OPERATORS_MAX: usize = 100;
/// How deep evaluation may go, blocks of `#define` that print each other included.
const RECURSION_MAX: usize = 200;
/// Rounds of one `#foreach`, as API Gateway has it, and numbers of one range.
const LOOP_ROUNDS_MAX: usize = 1_000;
/// Directives, references, operators and values that one rendering may cost.
const STEPS_MAX: usize = 2_000_000;
/// Bytes of all texts that one rendering may make on its way.
const TEXT_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Bytes of the result: the payload that API Gateway takes at most.
const OUTPUT_BYTES_MAX: usize = 10 * 1024 * 1024;
/// How deep lists and maps may stand in each other where they are printed or compared.
const VALUE_DEPTH_MAX: usize = 512;

/// A template that was parsed: what it means, without any request.
#[derive(Debug)]
pub struct Template {
    text: Box<str>,
    nodes: Vec<Node>,
}

/// What a template reads of a request.
#[derive(Debug, Clone, Copy)]
pub struct Request<'r> {
    /// `$input.body`, and the document of `$input.json` and `$input.path`.
    pub body: &'r str,
    /// `$input.params().path`
    pub path: &'r BTreeMap<String, String>,
    /// `$input.params().querystring`
    pub querystring: &'r BTreeMap<String, String>,
    /// `$input.params().header`
    pub header: &'r BTreeMap<String, String>,
    /// `$context`, an object.
    pub context: &'r serde_json::Value,
    /// `$stageVariables`
    pub stage_variables: &'r BTreeMap<String, String>,
}

/// What is wrong with a template, or with what it did to a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct Error {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// Lower case, no full stop.
    pub message: String,
}

/// An error before its byte is turned into line and column.
#[derive(Debug)]
struct Fault {
    at: usize,
    message: String,
}

impl Template {
    /// Parses a whole template.
    ///
    /// # Errors
    /// When it is not in the language, uses a directive that API Gateway does not have, or passes a bound.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.len() > TEMPLATE_BYTES_MAX {
            let message = format!("a mapping template has at most {TEMPLATE_BYTES_MAX} bytes, not {}", text.len());
            return Err(Error { line: 1, column: 1, message });
        }
        match Parser::new(text).template() {
            Ok(nodes) => Ok(Self { text: text.into(), nodes }),
            Err(fault) => Err(placed(text, fault)),
        }
    }

    /// What the template makes of a request.
    ///
    /// # Errors
    /// When the body is asked for as JSON and is none, a method of Java's would throw, or a bound is passed.
    pub fn render(&self, request: &Request<'_>) -> Result<String, Error> {
        Renderer::new(request).run(&self.nodes).map_err(|fault| placed(&self.text, fault))
    }
}

fn placed(text: &str, fault: Fault) -> Error {
    let before = text.get(..fault.at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let column = before[line_start..].chars().count() + 1;
    Error { line: before.matches('\n').count() + 1, column, message: fault.message }
}
