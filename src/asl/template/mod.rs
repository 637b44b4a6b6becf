//! Payload templates: `Parameters`, `ResultSelector`, `ItemSelector`, with `"key.$"` fields and intrinsic functions.
//!
//! Owns: compiling a template, filling it in. Must not know: which field of which state it is; `flow` says that in
//! faults. Start reading at [`Template::compile`].

use std::fmt;

use serde_json::{Map, Value};

use crate::asl::Fault;
use crate::asl::JSON_DEPTH_MAX;
use crate::asl::diagnostic::{Diagnostic, Severity};
use crate::asl::flow::Data;
use crate::asl::intrinsic::draws::Draws;
use crate::asl::path::{ExpressionError, Path, measure};
use crate::asl::pointer::{Pointer, bounded};
use crate::asl::syntax::{Key, Node, NodeKind, Span};
use crate::asl::template::expression::Expression;

mod expression;
mod order;
#[cfg(test)]
mod tests;

pub use order::bucket;

/// How many bytes of JSON one template may give: four times what a payload may. Without it, a thousand `"$"` fields
/// would multiply their input.
const OUTPUT_BYTES_MAX: usize = 1 << 20;

/// A compiled template.
#[derive(Debug, Clone)]
pub struct Template {
    root: Part,
    uses_context: bool,
    uses_input: bool,
}

#[derive(Debug, Clone)]
enum Part {
    /// Nothing in it is an expression.
    Literal(Value),
    Expression(Expression),
    Array(Vec<Self>),
    Object(Vec<Field>),
}

#[derive(Debug, Clone)]
struct Field {
    /// As written, `.$` included.
    key: Box<str>,
    /// As filled in.
    name: Box<str>,
    part: Part,
}

impl Field {
    fn is_computed(&self) -> bool {
        self.key != self.name
    }
}

impl Template {
    /// Compiles a whole template value: in its objects, at any depth, a key that ends in `.$` has a path or an
    /// intrinsic function as its value.
    ///
    /// What is malformed goes to `diagnostics`, its `pointer` starting with that of the template.
    #[must_use]
    pub fn compile(node: &Node, pointer: &str, diagnostics: &mut Vec<Diagnostic>) -> Self {
        Compiler { diagnostics }.part(node, Pointer::field(pointer), 0).into()
    }

    /// Compiles one path or intrinsic function.
    ///
    /// # Errors
    /// When it is neither; the error names the place.
    pub fn expression(text: &str) -> Result<Self, ExpressionError> {
        Expression::parse(text).map(|expression| Part::Expression(expression).into())
    }

    /// Whether any expression in it reads the context object (`$$`).
    pub fn uses_context(&self) -> bool {
        self.uses_context
    }

    /// Calls `each` with every path in it.
    pub fn paths(&self, each: &mut dyn FnMut(&Path)) {
        self.root.paths(each);
    }

    /// Whether any expression in it reads the state's input (`$`).
    pub(in crate::asl) fn uses_input(&self) -> bool {
        self.uses_input
    }

    /// The task token in what the template, one expression, was filled in with; `None` where that cannot be told.
    pub(in crate::asl) fn token_in(&self, filled: &Value) -> Option<String> {
        if let Part::Expression(expression) = &self.root { expression.token_in(filled) } else { None }
    }

    /// Whether any expression in it reads the task token, or an object around it.
    pub(in crate::asl) fn reads_token(&self) -> bool {
        self.root.any(&Expression::reads_token)
    }

    /// The value with every expression replaced by what it gives. `field` is what a fault calls an expression that has
    /// no key of its own.
    pub(in crate::asl) fn fill(&self, data: Data<'_>, field: &'static str) -> Result<Value, Fault> {
        let draws = Draws::new(data.entropy, field);
        Filler { data, draws, bytes_left: OUTPUT_BYTES_MAX }.part(&self.root, field, 0)
    }
}

impl From<Part> for Template {
    fn from(root: Part) -> Self {
        let uses_context = root.any(&Expression::uses_context);
        let uses_input = root.any(&Expression::uses_input);
        Self { root, uses_context, uses_input }
    }
}

/// A template that is one expression as it was written; any other by what it is.
impl fmt::Display for Template {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.root {
            Part::Expression(expression) => expression.fmt(formatter),
            _ => formatter.write_str("<template>"),
        }
    }
}

impl Part {
    fn any(&self, holds: &dyn Fn(&Expression) -> bool) -> bool {
        match self {
            Self::Literal(_) => false,
            Self::Expression(expression) => holds(expression),
            Self::Array(parts) => parts.iter().any(|part| part.any(holds)),
            Self::Object(fields) => fields.iter().any(|field| field.part.any(holds)),
        }
    }
}

impl Part {
    fn paths(&self, each: &mut dyn FnMut(&Path)) {
        match self {
            Self::Literal(_) => {}
            Self::Expression(expression) => expression.paths(each),
            Self::Array(parts) => parts.iter().for_each(|part| part.paths(each)),
            Self::Object(fields) => fields.iter().for_each(|field| field.part.paths(each)),
        }
    }
}

struct Compiler<'d> {
    diagnostics: &'d mut Vec<Diagnostic>,
}

impl Compiler<'_> {
    fn part(&mut self, node: &Node, pointer: Pointer<'_>, depth: usize) -> Part {
        if depth > JSON_DEPTH_MAX {
            self.complain(node.span, pointer, format!("more than {JSON_DEPTH_MAX} levels stand in each other"));
            return Part::Literal(Value::Null);
        }
        match &node.kind {
            NodeKind::Array(items) => self.array(items, pointer, depth),
            NodeKind::Object(entries) => self.object(entries, pointer, depth),
            _ => Part::Literal(node.to_value()),
        }
    }

    // Plain loops: adapters would take several frames of the stack for each level of the template.
    fn array(&mut self, items: &[Node], pointer: Pointer<'_>, depth: usize) -> Part {
        let mut parts = Vec::with_capacity(items.len());
        for (place, item) in items.iter().enumerate() {
            parts.push(self.part(item, pointer.item(place), depth + 1));
        }
        array(parts)
    }

    fn object(&mut self, entries: &[(Key, Node)], pointer: Pointer<'_>, depth: usize) -> Part {
        let mut fields = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let key = key.name.as_str();
            let pointer = pointer.name(key);
            let (name, part) = match key.strip_suffix(".$") {
                Some(name) => (name, self.expression(key, value, pointer)),
                None => (key, self.part(value, pointer, depth + 1)),
            };
            fields.push(Field { key: key.into(), name: name.into(), part });
        }
        object(fields)
    }

    fn expression(&mut self, key: &str, node: &Node, pointer: Pointer<'_>) -> Part {
        const WANTED: &str = "must be a valid JSONPath or a valid intrinsic function call";
        let (span, detail) = match node.as_str().map(|text| (text, Expression::parse(text))) {
            Some((_, Ok(expression))) => return Part::Expression(expression),
            Some((text, Err(error))) => (within(node.span, text, &error), error.message),
            None => (node.span, format!("it is {}", node.kind_name())),
        };
        self.complain(span, pointer, format!("the value for the field '{key}' {WANTED}: {detail}"));
        Part::Literal(Value::Null)
    }

    fn complain(&mut self, span: Span, pointer: Pointer<'_>, message: String) {
        self.diagnostics.push(Diagnostic {
            severity: Severity::Error,
            code: "SCHEMA_VALIDATION_FAILED",
            message,
            span,
            pointer: bounded(&pointer.to_string()),
            help: None,
        });
    }
}

/// The place of an error inside the string, when the string stands in its file as it is (with quotes or without): with
/// escapes in it, bytes of the value are not bytes of the file, and the whole string is to blame.
fn within(span: Span, text: &str, error: &ExpressionError) -> Span {
    let length = (span.end - span.start) as usize;
    let quotes = match length.checked_sub(text.len()) {
        Some(2) => 1,
        Some(0) => 0,
        _ => return span,
    };
    let place = |at: usize| u32::try_from(at).map_or(span.end, |at| (span.start + quotes + at).min(span.end));
    Span { source: span.source, start: place(error.start), end: place(error.end) }
}

fn array(parts: Vec<Part>) -> Part {
    if !parts.iter().all(|part| matches!(part, Part::Literal(_))) {
        return Part::Array(parts);
    }
    Part::Literal(parts.into_iter().filter_map(Part::into_literal).collect())
}

fn object(mut fields: Vec<Field>) -> Part {
    if !fields.iter().all(|field| matches!(field.part, Part::Literal(_))) {
        let count = fields.iter().filter(|field| field.is_computed()).count();
        fields.sort_by_key(|field| field.is_computed().then(|| order::bucket(&field.name, count)));
        return Part::Object(fields);
    }
    let fields = fields.into_iter();
    Part::Literal(Value::Object(
        fields.filter_map(|field| Some((field.name.into(), field.part.into_literal()?))).collect(),
    ))
}

impl Part {
    fn into_literal(self) -> Option<Value> {
        match self {
            Self::Literal(value) => Some(value),
            _ => None,
        }
    }
}

struct Filler<'a> {
    data: Data<'a>,
    draws: Draws,
    bytes_left: usize,
}

impl Filler<'_> {
    fn part(&mut self, part: &Part, field: &str, depth: usize) -> Result<Value, Fault> {
        match part {
            Part::Literal(value) => Ok(value.clone()),
            Part::Expression(expression) => self.expression(expression, field, depth),
            Part::Array(parts) => {
                let mut items = Vec::with_capacity(parts.len());
                for part in parts {
                    items.push(self.part(part, field, depth + 1)?);
                }
                Ok(Value::Array(items))
            }
            Part::Object(fields) => {
                let mut object = Map::with_capacity(fields.len());
                for field in fields {
                    object.insert((*field.name).to_owned(), self.part(&field.part, &field.key, depth + 1)?);
                }
                Ok(Value::Object(object))
            }
        }
    }

    fn expression(&mut self, expression: &Expression, field: &str, depth: usize) -> Result<Value, Fault> {
        let value = expression.evaluate(self.data, &mut self.draws, field)?;
        let size = measure(&value);
        let bytes_left = self.bytes_left.checked_sub(size.bytes);
        self.bytes_left = bytes_left.unwrap_or_default();
        if bytes_left.is_none() {
            let cause = "The template gives a result with a size exceeding the maximum number of bytes service limit.";
            return Err(Fault::new("States.DataLimitExceeded", cause));
        }
        if depth + size.depth > JSON_DEPTH_MAX {
            return Err(Fault::runtime(format!(
                "The value of the field '{field}' is nested deeper than {JSON_DEPTH_MAX} levels."
            )));
        }
        Ok(value.into_owned())
    }
}
