//! Text → [`Call`].

use serde_json::Value;

use crate::asl::diagnostic::nearest;
use crate::asl::intrinsic::catalog::{FUNCTIONS, Function, find};
use crate::asl::intrinsic::{Argument, Body, Call, NESTING_MAX, text};
use crate::asl::path::cursor::Cursor;
use crate::asl::path::parse::{Surroundings, number};
use crate::asl::path::{ExpressionError, Path};

impl Call {
    /// Parses a whole text as a call: `States.Format('{}', $.a)`.
    ///
    /// # Errors
    /// When it is none, names no function of the language, or has too many or too few arguments.
    pub(in crate::asl) fn parse(text: &str) -> Result<Self, ExpressionError> {
        let mut cursor = Cursor::new(text);
        let body = call(&mut cursor, 1)?;
        cursor.skip_space();
        match cursor.peek() {
            None => Ok(Self { text: text.into(), body }),
            Some(_) => Err(cursor.error(format!("expected the end{}", cursor.found()))),
        }
    }
}

fn call(cursor: &mut Cursor<'_>, depth: usize) -> Result<Body, ExpressionError> {
    let start = cursor.at();
    let name = cursor.take_while(|next| next.is_ascii_alphanumeric() || matches!(next, '.' | '_'));
    let function = find(name).ok_or_else(|| unknown(cursor, start, name))?;
    if depth > NESTING_MAX {
        return Err(cursor.error_since(start, format!("at most {NESTING_MAX} functions stand in each other")));
    }
    cursor.skip_space();
    cursor.expect("(")?;
    cursor.skip_space();
    let mut arguments = Vec::new();
    while !cursor.eat(")") {
        if !arguments.is_empty() {
            cursor.expect(",")?;
            cursor.skip_space();
        }
        arguments.push(argument(cursor, depth)?);
        cursor.skip_space();
    }
    count(cursor, start, function, arguments.len())?;
    Ok(Body { function, arguments })
}

fn unknown(cursor: &Cursor<'_>, start: usize, name: &str) -> ExpressionError {
    if name.is_empty() {
        return cursor.error(format!("expected a function, a path or a value{}", cursor.found()));
    }
    let names = FUNCTIONS.iter().map(|function| function.name);
    let meant = nearest(name, names).map(|meant| format!(", did you mean '{meant}'?")).unwrap_or_default();
    cursor.error_since(start, format!("there is no intrinsic function '{name}'{meant}"))
}

fn count(cursor: &Cursor<'_>, start: usize, function: &Function, count: usize) -> Result<(), ExpressionError> {
    let (least, most) = (*function.arity.start(), *function.arity.end());
    let wanted = match (least, most) {
        _ if function.arity.contains(&count) => return Ok(()),
        (least, most) if least == most => least.to_string(),
        (least, _) if count < least => format!("at least {least}"),
        (_, most) => format!("at most {most}"),
    };
    Err(cursor.error_since(start, format!("'{}' takes {wanted} arguments, not {count}", function.name)))
}

fn argument(cursor: &mut Cursor<'_>, depth: usize) -> Result<Argument, ExpressionError> {
    match cursor.peek() {
        Some('$') => Path::parse_at(cursor, Surroundings::Arguments).map(Argument::Path),
        Some('\'') => string(cursor),
        Some('0'..='9' | '-') => number(cursor).map(Argument::Value),
        Some('"') => Err(cursor.error("a string stands in single quotes")),
        _ => word(cursor, depth),
    }
}

fn word(cursor: &mut Cursor<'_>, depth: usize) -> Result<Argument, ExpressionError> {
    let word = cursor.clone().take_while(char::is_alphanumeric).to_owned();
    let value = match word.as_str() {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        "null" => Value::Null,
        _ => return call(cursor, depth + 1).map(Argument::Call),
    };
    cursor.eat(&word);
    Ok(Argument::Value(value))
}

fn string(cursor: &mut Cursor<'_>) -> Result<Argument, ExpressionError> {
    let start = cursor.at();
    cursor.expect("'")?;
    let inside = cursor.at();
    let mut value = String::new();
    loop {
        let raw = cursor.since(inside);
        match cursor.next() {
            None => return Err(cursor.error_since(start, "the string has no end")),
            Some('\'') => return Ok(Argument::Text { raw: raw.into(), value: Value::String(value) }),
            Some('\\') => text::escaped(cursor.next(), &mut value),
            Some(other) => value.push(other),
        }
    }
}
