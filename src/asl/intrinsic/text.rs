//! `States.Format`, `States.StringSplit`

use std::collections::HashSet;

use serde_json::Value;

use crate::asl::intrinsic::arguments::{Arguments, Wrong};
use crate::asl::intrinsic::draws::Draws;
use crate::asl::path::java;

/// Each `{}` of the template is replaced by the next argument as Java prints it; `\{`, `\}`, `\'` and `\\` stand for
/// themselves.
pub(super) fn format(arguments: &Arguments<'_>, _: &mut Draws) -> Result<Value, Wrong> {
    const COUNT: Wrong = Wrong::Arguments(Some("number of arguments do not match the occurrences of {}."));
    let template = arguments.template.map_or_else(|| arguments.text(0), Ok)?;
    let mut values = arguments.values.iter().skip(1);
    let mut text = String::new();
    let mut characters = template.chars();
    while let Some(next) = characters.next() {
        match next {
            '\\' => escaped(characters.next(), &mut text),
            '{' if characters.next() == Some('}') => text.push_str(&java::text(values.next().ok_or(COUNT)?)),
            '{' => return Err(Wrong::Template("matching '}' not found for '{'.")),
            '}' => return Err(Wrong::Template("matching '{' not found for '}'.")),
            other => text.push(other),
        }
    }
    if values.next().is_some() { Err(COUNT) } else { Ok(text.into()) }
}

/// What a backslash and the character after it stand for; the backslash stays before a character that needs none.
pub(super) fn escaped(next: Option<char>, into: &mut String) {
    match next {
        Some(special @ ('\'' | '{' | '}' | '\\')) => into.push(special),
        other => into.extend(['\\'].into_iter().chain(other)),
    }
}

/// Splits at every character of the second argument and drops empty parts, as recorded on AWS.
pub(super) fn split(arguments: &Arguments<'_>, _: &mut Draws) -> Result<Value, Wrong> {
    let (text, separators) = (arguments.text(0)?, arguments.text(1)?);
    let separators: HashSet<char> = separators.chars().collect();
    let parts = text.split(|next| separators.contains(&next));
    Ok(parts.filter(|part| !part.is_empty()).map(|part| Value::String(part.to_owned())).collect())
}
