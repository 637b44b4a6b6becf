//! JSON with expressions in it: `Output`, `Arguments`, `Assign`, `ItemSelector`, …

use std::borrow::Cow;
use std::fmt::{self, Write};

use serde_json::{Map, Value};

use crate::asl::JSON_DEPTH_MAX;
use crate::asl::diagnostic::{Diagnostic, Severity};
use crate::asl::flow::Data;
use crate::asl::jsonata::{Expression, ExpressionError, evaluate_all};
use crate::asl::path::measure;
use crate::asl::pointer::{Pointer, bounded};
use crate::asl::syntax::{Key, Node, NodeKind, Span};

/// How many bytes of JSON one template may give: four times what a payload may.
const OUTPUT_BYTES_MAX: usize = 1 << 20;

/// The longest value that a cause shows, in bytes. Of a longer one the beginning is shown.
const SHOWN_BYTES_MAX: usize = 10_000;

/// A compiled template: any JSON in which a text that is `{% … %}`, at any depth, is an expression. Keys are not.
#[derive(Debug, Clone)]
pub struct Template {
    root: Part,
    /// All of them, in the order of the text.
    expressions: Vec<Expression>,
}

#[derive(Debug, Clone)]
enum Part {
    /// Nothing in it is an expression.
    Literal(Value),
    /// Its place among the template's expressions.
    Expression(usize),
    Array(Vec<Self>),
    Object(Vec<(Box<str>, Self)>),
}

/// The type that a field's value must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// `array`
    Array,
    /// `boolean`
    Boolean,
    /// `integer`: a number without a fraction.
    Integer,
    /// `number`
    Number,
    /// `object`
    Object,
    /// `string`
    String,
}

/// Why a template cannot be filled in, as a state's `EvaluationFailed` says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvaluationFailed {
    /// `States.QueryEvaluationError`, or `States.DataLimitExceeded` for too much of it.
    pub error: Cow<'static, str>,
    /// What happened, in AWS's words, without the sentence that names the state.
    pub cause: String,
    /// The place in the state: `Output`, `Assign/result`, `Arguments/a/b[0]`.
    pub location: Option<String>,
}

impl EvaluationFailed {
    fn query(cause: String, location: String) -> Self {
        Self { error: "States.QueryEvaluationError".into(), cause, location: Some(location) }
    }
}

impl Template {
    /// Compiles a field's value. What is no expression goes to `diagnostics`, its `pointer` starting with that of the field;
    /// so does what names one of the fields `absent` of `$states`.
    #[must_use]
    pub fn compile(node: &Node, pointer: &str, absent: &[&str], diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut compiler = Compiler { diagnostics, absent, expressions: Vec::new() };
        let root = compiler.part(node, Pointer::field(pointer), 0);
        Self { root, expressions: compiler.expressions }
    }

    /// Whether any expression in it reads the field of this name in `$states`, or may.
    pub fn uses_field(&self, field: &str) -> bool {
        self.expressions.iter().any(|expression| expression.uses_field(field))
    }

    /// The expressions in it, in the order of the text.
    pub fn expressions(&self) -> impl Iterator<Item = &Expression> {
        self.expressions.iter()
    }

    /// The value with every expression replaced by what it gives. `field` is what the cause calls the template: `Output`,
    /// `Choices[0]/Condition`.
    ///
    /// # Errors
    /// When an expression throws, gives nothing, or too much.
    pub fn fill(&self, data: Data<'_>, field: &str) -> Result<Value, EvaluationFailed> {
        if let Part::Literal(value) = &self.root {
            return Ok(value.clone());
        }
        let values = evaluate_all(&self.expressions, data, field).map_err(|failure| {
            let location = self.location(failure.place, field);
            let source = self.expressions[failure.place].source();
            let stop = failure.stop;
            let cause =
                format!("The JSONata expression '{source}' specified for the field '{location}' threw an {stop}");
            EvaluationFailed::query(cause, location)
        })?;
        if let Some(place) = values.iter().position(Option::is_none) {
            let location = self.location(place, field);
            let source = self.expressions[place].source();
            let cause = format!(
                "The JSONata expression '{source}' specified for the field '{location}' returned nothing (undefined)."
            );
            return Err(EvaluationFailed::query(cause, location));
        }
        Filler { values, bytes_left: OUTPUT_BYTES_MAX }.part(&self.root, 0).map_err(|error| error.named(field))
    }

    /// As [`Template::fill`], for a field whose value must have a type.
    ///
    /// # Errors
    /// And when it has another.
    pub fn fill_as(&self, data: Data<'_>, field: &str, expected: Expected) -> Result<Value, EvaluationFailed> {
        let value = self.fill(data, field)?;
        if expected.takes(&value) {
            return Ok(value);
        }
        let what = match (&self.root, self.expressions.first()) {
            (Part::Expression(_), Some(expression)) => {
                format!("The JSONata expression '{}' specified for the field '{field}' returned", expression.source())
            }
            _ => format!("The value specified for the field '{field}' has"),
        };
        let mut text = value.to_string();
        if text.len() > SHOWN_BYTES_MAX {
            text.truncate(text.floor_char_boundary(SHOWN_BYTES_MAX));
            text.push('…');
        }
        let found = type_name(&value);
        let cause =
            format!("{what} an unexpected result type. Expected '{expected}', but was '{found}' for value: {text}");
        Err(EvaluationFailed::query(cause, field.to_owned()))
    }

    /// Where an expression stands: `Assign/result`, `Arguments/a/b[0]`.
    fn location(&self, expression: usize, field: &str) -> String {
        let mut location = field.to_owned();
        find(&self.root, expression, &mut location);
        location
    }
}

/// Whether the expression stands in this part; its way is appended then.
fn find(part: &Part, expression: usize, location: &mut String) -> bool {
    let before = location.len();
    match part {
        Part::Literal(_) => false,
        Part::Expression(place) => *place == expression,
        Part::Array(parts) => parts.iter().enumerate().any(|(place, part)| {
            let _ = write!(location, "[{place}]");
            find(part, expression, location) || {
                location.truncate(before);
                false
            }
        }),
        Part::Object(fields) => fields.iter().any(|(name, part)| {
            let _ = write!(location, "/{name}");
            find(part, expression, location) || {
                location.truncate(before);
                false
            }
        }),
    }
}

impl Expected {
    fn takes(self, value: &Value) -> bool {
        match self {
            Self::Array => value.is_array(),
            Self::Boolean => value.is_boolean(),
            Self::Integer => {
                value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0)
            }
            Self::Number => value.is_number(),
            Self::Object => value.is_object(),
            Self::String => value.is_string(),
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Array => "array",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Object => "object",
            Self::String => "string",
        })
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

struct Compiler<'d> {
    diagnostics: &'d mut Vec<Diagnostic>,
    absent: &'d [&'d str],
    expressions: Vec<Expression>,
}

impl Compiler<'_> {
    fn part(&mut self, node: &Node, pointer: Pointer<'_>, depth: usize) -> Part {
        if depth > JSON_DEPTH_MAX {
            let message = format!("more than {JSON_DEPTH_MAX} levels stand in each other");
            self.complain("SCHEMA_VALIDATION_FAILED", node.span, pointer, message);
            return Part::Literal(Value::Null);
        }
        match &node.kind {
            NodeKind::Array(items) => self.array(items, pointer, depth),
            NodeKind::Object(entries) => self.object(entries, pointer, depth),
            NodeKind::String(text) => self.text(text, node, pointer),
            _ => Part::Literal(node.to_value()),
        }
    }

    // Plain loops: adapters would take several frames of the stack for each level of the template.
    fn array(&mut self, items: &[Node], pointer: Pointer<'_>, depth: usize) -> Part {
        let mut parts = Vec::with_capacity(items.len());
        for (place, item) in items.iter().enumerate() {
            parts.push(self.part(item, pointer.item(place), depth + 1));
        }
        if parts.iter().all(|part| matches!(part, Part::Literal(_))) {
            return Part::Literal(parts.into_iter().filter_map(Part::into_literal).collect());
        }
        Part::Array(parts)
    }

    fn object(&mut self, entries: &[(Key, Node)], pointer: Pointer<'_>, depth: usize) -> Part {
        let mut fields: Vec<(Box<str>, Part)> = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            fields.push((key.name.as_str().into(), self.part(value, pointer.name(&key.name), depth + 1)));
        }
        if fields.iter().all(|(_, part)| matches!(part, Part::Literal(_))) {
            let fields = fields.into_iter();
            return Part::Literal(Value::Object(
                fields.filter_map(|(name, part)| Some((name.into(), part.into_literal()?))).collect(),
            ));
        }
        Part::Object(fields)
    }

    fn text(&mut self, text: &str, node: &Node, pointer: Pointer<'_>) -> Part {
        let Some(inside) = inside(text) else { return Part::Literal(text.into()) };
        match Expression::parse(inside) {
            Ok(expression) => {
                if let Some(name) = self.absent.iter().find(|name| expression.names_field(name)) {
                    self.absent_field(name, inside, node, pointer);
                }
                self.expressions.push(expression);
                Part::Expression(self.expressions.len() - 1)
            }
            Err(error) => {
                let span = within(node.span, text, &error);
                self.complain(error.code, span, pointer, error.message);
                Part::Literal(Value::Null)
            }
        }
    }

    /// AWS refuses what a field's `$states` does not have when a machine is made; the words follow those for other names.
    /// <https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html>
    fn absent_field(&mut self, name: &str, inside: &str, node: &Node, pointer: Pointer<'_>) {
        let written = format!("$states.{name}");
        let start = inside.find(&written);
        let (start, end) = start.map_or((0, inside.len()), |start| (start, start + written.len()));
        let message = format!("Reference to '{written}' is not supported in this field.");
        let error = ExpressionError { code: "UNSUPPORTED_JSONATA_EXPRESSION", message, start, end };
        let span = within(node.span, node.as_str().unwrap_or_default(), &error);
        self.complain(error.code, span, pointer, error.message);
        let whose = if name == "result" { "a Task, Parallel or Map state" } else { "an entry of 'Catch'" };
        if let Some(said) = self.diagnostics.last_mut() {
            said.help = Some(format!("only 'Output' and 'Assign' of {whose} have it"));
        }
    }

    fn complain(&mut self, code: &'static str, span: Span, pointer: Pointer<'_>, message: String) {
        self.diagnostics.push(Diagnostic {
            severity: Severity::Error,
            code,
            message,
            span,
            pointer: bounded(&pointer.to_string()),
            help: None,
        });
    }
}

/// What stands between `{%` and `%}`, when the text is nothing else: with white space around them it is a literal, on
/// AWS too.
pub fn inside(text: &str) -> Option<&str> {
    text.strip_prefix("{%")?.strip_suffix("%}")
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
    // Behind the quote and `{%`.
    let place = |at: usize| u32::try_from(at + 2).map_or(span.end, |at| (span.start + quotes + at).min(span.end));
    Span { source: span.source, start: place(error.start), end: place(error.end) }
}

impl Part {
    fn into_literal(self) -> Option<Value> {
        match self {
            Self::Literal(value) => Some(value),
            _ => None,
        }
    }
}

/// What makes a filled template too much.
enum TooMuch {
    Bytes,
    Depth,
}

impl TooMuch {
    fn named(&self, field: &str) -> EvaluationFailed {
        match self {
            Self::Bytes => EvaluationFailed {
                error: "States.DataLimitExceeded".into(),
                cause: "The template gives a result with a size exceeding the maximum number of bytes service limit."
                    .into(),
                location: Some(field.to_owned()),
            },
            Self::Depth => {
                let cause = format!("The value of the field '{field}' is nested deeper than {JSON_DEPTH_MAX} levels.");
                EvaluationFailed::query(cause, field.to_owned())
            }
        }
    }
}

struct Filler {
    values: Vec<Option<Value>>,
    bytes_left: usize,
}

impl Filler {
    fn part(&mut self, part: &Part, depth: usize) -> Result<Value, TooMuch> {
        match part {
            Part::Literal(value) => Ok(value.clone()),
            Part::Expression(place) => self.value(*place, depth),
            Part::Array(parts) => {
                let mut items = Vec::with_capacity(parts.len());
                for part in parts {
                    items.push(self.part(part, depth + 1)?);
                }
                Ok(Value::Array(items))
            }
            Part::Object(fields) => {
                let mut object = Map::with_capacity(fields.len());
                for (name, part) in fields {
                    object.insert(name.to_string(), self.part(part, depth + 1)?);
                }
                Ok(Value::Object(object))
            }
        }
    }

    fn value(&mut self, place: usize, depth: usize) -> Result<Value, TooMuch> {
        let value = self.values[place].take().unwrap_or_default();
        let size = measure(&value);
        self.bytes_left = self.bytes_left.checked_sub(size.bytes).ok_or(TooMuch::Bytes)?;
        if depth + size.depth > JSON_DEPTH_MAX {
            return Err(TooMuch::Depth);
        }
        Ok(value)
    }
}
