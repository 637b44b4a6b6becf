//! Text → [`Query`].

use crate::asl::path::ExpressionError;
use crate::asl::path::cursor::Cursor;
use crate::asl::path::filter_parse;
pub(in crate::asl) use crate::asl::path::filter_parse::number;
use crate::asl::path::syntax::{Call, Function, Operand, Query, Root, Step};

/// What a path stands in, which says where an unquoted name ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::asl) enum Surroundings {
    /// Nothing: the path is the whole text.
    None,
    /// The arguments of a function.
    Arguments,
    /// A filter.
    Filter,
}

impl Surroundings {
    fn ends_name(self, next: char) -> bool {
        match next {
            '.' | '[' | '(' => true,
            ',' | ')' => self != Self::None,
            '<' | '>' | '=' | '~' | '!' | '&' | '|' => self == Self::Filter,
            other => other.is_whitespace(),
        }
    }
}

/// Parses the path that starts at the cursor with `$`, `$$` or (in a filter) `@`.
pub(super) fn query(cursor: &mut Cursor<'_>, around: Surroundings) -> Result<Query, ExpressionError> {
    cursor.enter()?;
    let mut query = Query { root: root(cursor, around)?, steps: Vec::new(), call: None };
    while query.call.is_none() && matches!(cursor.peek(), Some('.' | '[')) {
        step(cursor, around, &mut query)?;
    }
    cursor.leave();
    Ok(query)
}

fn root(cursor: &mut Cursor<'_>, around: Surroundings) -> Result<Root, ExpressionError> {
    let start = cursor.at();
    if around == Surroundings::Filter && cursor.eat("@") {
        return Ok(Root::Current);
    }
    if !cursor.eat("$") {
        return Err(cursor.error(format!("a path starts with '$'{}", cursor.found())));
    }
    let root = if around != Surroundings::Filter && cursor.eat("$") { Root::Context } else { Root::Input };
    let name = cursor.take_while(|next| next.is_alphanumeric() || next == '_');
    if name.is_empty() {
        return Ok(root);
    }
    if root == Root::Input && around != Surroundings::Filter && !name.starts_with(char::is_numeric) {
        return Ok(Root::Variable(name.into()));
    }
    let meant = if root == Root::Context { "$$" } else { "$" };
    let written = format!("'{meant}{name}' is no path: a field is written '{meant}.{name}'");
    Err(cursor.error_since(start, written))
}

fn step(cursor: &mut Cursor<'_>, around: Surroundings, query: &mut Query) -> Result<(), ExpressionError> {
    if cursor.eat("..") {
        query.steps.push(Step::Descend);
    } else if cursor.peek() == Some('.') {
        cursor.next();
    }
    if cursor.peek() == Some('[') {
        query.steps.push(bracket(cursor)?);
        return Ok(());
    }
    if cursor.eat("*") {
        query.steps.push(Step::Wildcard);
        return Ok(());
    }
    let start = cursor.at();
    let name = cursor.take_while(|next| !around.ends_name(next));
    if name.is_empty() {
        return Err(cursor.error(format!("expected a name after '.'{}", cursor.found())));
    }
    if cursor.peek() == Some('(') {
        query.call = Some(call(cursor, name, start)?);
    } else {
        query.steps.push(Step::Name(name.into()));
    }
    Ok(())
}

fn call(cursor: &mut Cursor<'_>, name: &str, start: usize) -> Result<Call, ExpressionError> {
    let function = function(name).ok_or_else(|| {
        cursor
            .error_since(start, format!("there is no path function '{name}()': a name with '(' is written ['{name}']"))
    })?;
    cursor.expect("(")?;
    cursor.skip_space();
    let mut arguments = Vec::new();
    while !cursor.eat(")") {
        if !arguments.is_empty() {
            cursor.expect(",")?;
            cursor.skip_space();
        }
        arguments.push(argument(cursor)?);
        cursor.skip_space();
    }
    if function == Function::Index && arguments.len() != 1 {
        return Err(cursor.error_since(start, "'index' takes one number"));
    }
    Ok(Call { function, arguments })
}

fn argument(cursor: &mut Cursor<'_>) -> Result<Operand, ExpressionError> {
    match cursor.peek() {
        Some('$') => query(cursor, Surroundings::Arguments).and_then(|query| match query.root {
            Root::Context | Root::Variable(_) => {
                Err(cursor.error("an argument of a path function reads the path's own document, as '$'"))
            }
            _ => Ok(Operand::Query(query)),
        }),
        _ => filter_parse::literal(cursor).map(Operand::Value),
    }
}

fn function(name: &str) -> Option<Function> {
    Some(match name {
        "length" | "size" => Function::Length,
        "keys" => Function::Keys,
        "min" => Function::Min,
        "max" => Function::Max,
        "avg" => Function::Avg,
        "sum" => Function::Sum,
        "stddev" => Function::StdDev,
        "concat" => Function::Concat,
        "append" => Function::Append,
        "first" => Function::First,
        "last" => Function::Last,
        "index" => Function::Index,
        _ => return None,
    })
}

/// `[…]`
pub(super) fn bracket(cursor: &mut Cursor<'_>) -> Result<Step, ExpressionError> {
    cursor.expect("[")?;
    cursor.skip_space();
    let step = match cursor.peek() {
        Some('\'' | '"') => names(cursor)?,
        Some('*') => {
            cursor.next();
            Step::Wildcard
        }
        Some('?') => Step::Filter(filter_parse::filter(cursor)?),
        Some('0'..='9' | '-' | ':') => indexes(cursor)?,
        _ => return Err(cursor.error(format!("expected a name in quotes, an index, '*' or '?('{}", cursor.found()))),
    };
    cursor.skip_space();
    cursor.expect("]")?;
    Ok(step)
}

fn names(cursor: &mut Cursor<'_>) -> Result<Step, ExpressionError> {
    let mut names: Vec<Box<str>> = Vec::new();
    loop {
        cursor.skip_space();
        if !matches!(cursor.peek(), Some('\'' | '"')) {
            return Err(cursor.error(format!("expected a name in quotes{}", cursor.found())));
        }
        names.push(cursor.quoted()?.into());
        cursor.skip_space();
        if !cursor.eat(",") {
            break;
        }
    }
    Ok(if names.len() == 1 { Step::Name(names.remove(0)) } else { Step::Pick(names) })
}

fn indexes(cursor: &mut Cursor<'_>) -> Result<Step, ExpressionError> {
    let from = if cursor.peek() == Some(':') { None } else { Some(index(cursor)?) };
    cursor.skip_space();
    match (from, cursor.peek()) {
        (from, Some(':')) => slice(cursor, from),
        (Some(first), Some(',')) => {
            let mut indexes = vec![first];
            while cursor.eat(",") {
                cursor.skip_space();
                indexes.push(index(cursor)?);
                cursor.skip_space();
            }
            Ok(Step::Indexes(indexes))
        }
        (Some(index), _) => Ok(Step::Index(index)),
        (None, _) => Err(cursor.error(format!("expected an index{}", cursor.found()))),
    }
}

fn slice(cursor: &mut Cursor<'_>, from: Option<i64>) -> Result<Step, ExpressionError> {
    let start = cursor.at();
    cursor.expect(":")?;
    cursor.skip_space();
    let to = if matches!(cursor.peek(), Some('0'..='9' | '-')) { Some(index(cursor)?) } else { None };
    cursor.skip_space();
    if cursor.peek() == Some(':') {
        // The engine that AWS uses reads it and ignores it, which nobody who writes one expects.
        return Err(cursor.error("a slice has no step: write [from:to]"));
    }
    if from.is_none() && to.is_none() {
        return Err(cursor.error_since(start, "a slice needs a start or an end: for all items write [*]"));
    }
    Ok(Step::Slice { from, to })
}

fn index(cursor: &mut Cursor<'_>) -> Result<i64, ExpressionError> {
    let start = cursor.at();
    cursor.eat("-");
    cursor.take_while(|next| next.is_ascii_digit());
    let digits = cursor.since(start);
    let index: Result<i32, _> = digits.parse();
    index.map(i64::from).map_err(|_| match digits {
        "" | "-" => cursor.error(format!("expected an index{}", cursor.found())),
        _ => cursor.error_since(start, format!("an index is at most {}", i32::MAX)),
    })
}
