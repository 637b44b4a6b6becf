//! `?(…)` → [`Filter`].

use regex_lite::RegexBuilder;
use serde_json::{Map, Value};

use crate::asl::path::ExpressionError;
use crate::asl::path::cursor::Cursor;
use crate::asl::path::parse::{Surroundings, query};
use crate::asl::path::syntax::{Filter, Operand, Operator};

/// What a regular expression may need once it is compiled, in bytes.
const REGEX_BYTES_MAX: usize = 1 << 15;

/// Longest first, so that `<` does not hide `<=`.
const SYMBOLS: [(&str, Operator); 8] = [
    ("===", Operator::Equal),
    ("!==", Operator::NotEqual),
    ("==", Operator::Equal),
    ("!=", Operator::NotEqual),
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("<", Operator::Less),
    (">", Operator::Greater),
];

const WORDS: [(&str, Operator); 9] = [
    ("in", Operator::In),
    ("nin", Operator::NotIn),
    ("contains", Operator::Contains),
    ("subsetof", Operator::SubsetOf),
    ("anyof", Operator::AnyOf),
    ("noneof", Operator::NoneOf),
    ("size", Operator::Size),
    ("empty", Operator::Empty),
    ("exists", Operator::Exists),
];

/// `?(…)`
pub(super) fn filter(cursor: &mut Cursor<'_>) -> Result<Filter, ExpressionError> {
    cursor.expect("?")?;
    cursor.skip_space();
    if cursor.peek() != Some('(') {
        return Err(cursor.error(format!("a filter is written [?(…)]{}", cursor.found())));
    }
    group(cursor)
}

fn group(cursor: &mut Cursor<'_>) -> Result<Filter, ExpressionError> {
    cursor.expect("(")?;
    cursor.enter()?;
    let filter = any(cursor)?;
    cursor.leave();
    cursor.skip_space();
    cursor.expect(")")?;
    Ok(filter)
}

fn any(cursor: &mut Cursor<'_>) -> Result<Filter, ExpressionError> {
    let mut filters = vec![all(cursor)?];
    cursor.skip_space();
    while cursor.eat("||") {
        filters.push(all(cursor)?);
        cursor.skip_space();
    }
    Ok(if filters.len() == 1 { filters.remove(0) } else { Filter::Any(filters) })
}

fn all(cursor: &mut Cursor<'_>) -> Result<Filter, ExpressionError> {
    let mut filters = vec![one(cursor)?];
    cursor.skip_space();
    while cursor.eat("&&") {
        filters.push(one(cursor)?);
        cursor.skip_space();
    }
    Ok(if filters.len() == 1 { filters.remove(0) } else { Filter::All(filters) })
}

fn one(cursor: &mut Cursor<'_>) -> Result<Filter, ExpressionError> {
    cursor.skip_space();
    match cursor.peek() {
        Some('!') => {
            cursor.next();
            cursor.enter()?;
            let filter = one(cursor)?;
            cursor.leave();
            Ok(Filter::Not(Box::new(filter)))
        }
        Some('(') => group(cursor),
        _ => comparison(cursor),
    }
}

fn comparison(cursor: &mut Cursor<'_>) -> Result<Filter, ExpressionError> {
    let start = cursor.at();
    let left = operand(cursor)?;
    cursor.skip_space();
    if cursor.eat("=~") {
        cursor.skip_space();
        return Ok(Filter::Matches { left, regex: regex(cursor)? });
    }
    match (operator(cursor)?, left) {
        (Some(operator), left) => {
            cursor.skip_space();
            Ok(Filter::Compare { left, operator, right: operand(cursor)? })
        }
        (None, Operand::Query(query)) => Ok(Filter::Exists(query)),
        (None, Operand::Value(_)) => Err(cursor.error_since(start, "a filter compares a path: [?(@.a == 1)]")),
    }
}

fn operator(cursor: &mut Cursor<'_>) -> Result<Option<Operator>, ExpressionError> {
    if let Some((_, operator)) = SYMBOLS.iter().find(|(symbol, _)| cursor.eat(symbol)) {
        return Ok(Some(*operator));
    }
    let start = cursor.at();
    let word = cursor.take_while(|next| next.is_ascii_alphabetic());
    let known = WORDS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
    match known {
        Some((_, operator)) => Ok(Some(*operator)),
        None if word.is_empty() && matches!(cursor.peek(), Some(')' | '&' | '|') | None) => Ok(None),
        None if word.is_empty() => Err(cursor.error(format!("expected an operator{}", cursor.found()))),
        None => Err(cursor.error_since(start, format!("there is no operator '{word}'"))),
    }
}

fn operand(cursor: &mut Cursor<'_>) -> Result<Operand, ExpressionError> {
    match cursor.peek() {
        Some('@' | '$') => query(cursor, Surroundings::Filter).map(Operand::Query),
        _ => literal(cursor).map(Operand::Value),
    }
}

/// A string, number, `true`, `false`, `null`, array or object; strings in either quotes.
pub(super) fn literal(cursor: &mut Cursor<'_>) -> Result<Value, ExpressionError> {
    match cursor.peek() {
        Some('\'' | '"') => cursor.quoted().map(Value::String),
        Some('[') => array(cursor),
        Some('{') => object(cursor),
        Some('0'..='9' | '-' | '.') => number(cursor),
        _ => word(cursor),
    }
}

fn array(cursor: &mut Cursor<'_>) -> Result<Value, ExpressionError> {
    cursor.expect("[")?;
    cursor.enter()?;
    cursor.skip_space();
    let mut items = Vec::new();
    while !cursor.eat("]") {
        if !items.is_empty() {
            cursor.expect(",")?;
            cursor.skip_space();
        }
        items.push(literal(cursor)?);
        cursor.skip_space();
    }
    cursor.leave();
    Ok(Value::Array(items))
}

fn object(cursor: &mut Cursor<'_>) -> Result<Value, ExpressionError> {
    cursor.expect("{")?;
    cursor.enter()?;
    cursor.skip_space();
    let mut fields = Map::new();
    while !cursor.eat("}") {
        if !fields.is_empty() {
            cursor.expect(",")?;
            cursor.skip_space();
        }
        if !matches!(cursor.peek(), Some('\'' | '"')) {
            return Err(cursor.error(format!("expected a name in quotes{}", cursor.found())));
        }
        let name = cursor.quoted()?;
        cursor.skip_space();
        cursor.expect(":")?;
        cursor.skip_space();
        fields.insert(name, literal(cursor)?);
        cursor.skip_space();
    }
    cursor.leave();
    Ok(Value::Object(fields))
}

/// A JSON number.
pub(in crate::asl) fn number(cursor: &mut Cursor<'_>) -> Result<Value, ExpressionError> {
    let start = cursor.at();
    let text = cursor.take_while(|next| next.is_ascii_alphanumeric() || matches!(next, '+' | '-' | '.'));
    match serde_json::from_str(text) {
        Ok(value @ Value::Number(_)) => Ok(value),
        _ => Err(cursor.error_since(start, format!("'{text}' is not a number"))),
    }
}

fn word(cursor: &mut Cursor<'_>) -> Result<Value, ExpressionError> {
    let start = cursor.at();
    match cursor.take_while(|next| next.is_ascii_alphanumeric() || next == '_') {
        "true" => Ok(Value::Bool(true)),
        "false" => Ok(Value::Bool(false)),
        "null" => Ok(Value::Null),
        "" => Err(cursor.error(format!("expected a path or a value{}", cursor.found()))),
        other => Err(cursor.error_since(start, format!("'{other}' is no value: a string stands in quotes"))),
    }
}

/// `/…/i`. It has to match the whole text, as AWS's engine wants it.
fn regex(cursor: &mut Cursor<'_>) -> Result<regex_lite::Regex, ExpressionError> {
    let start = cursor.at();
    cursor.expect("/")?;
    let mut pattern = String::new();
    loop {
        match cursor.next() {
            None => return Err(cursor.error_since(start, "the regular expression has no end")),
            Some('/') => break,
            Some('\\') if cursor.eat("/") => pattern.push('/'),
            Some('\\') => pattern.extend(['\\'].into_iter().chain(cursor.next())),
            Some(other) => pattern.push(other),
        }
    }
    let flags = cursor.take_while(|next| next.is_ascii_alphabetic());
    if flags.contains('x') {
        // Ends a comment, which would otherwise swallow what follows the pattern.
        pattern.push('\n');
    }
    RegexBuilder::new(&format!(r"\A(?:{pattern})\z"))
        .case_insensitive(flags.contains('i'))
        .multi_line(flags.contains('m'))
        .dot_matches_new_line(flags.contains('s'))
        .ignore_whitespace(flags.contains('x'))
        .size_limit(REGEX_BYTES_MAX)
        .build()
        .map_err(|error| cursor.error_since(start, format!("not a regular expression: {error}")))
}
