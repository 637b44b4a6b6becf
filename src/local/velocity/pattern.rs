//! Regular expressions as Java's methods of strings take them.

use regex_lite::{Regex, RegexBuilder};

use crate::local::velocity::value::Heap;

/// Work per step that a search may cost: bytes searched times bytes of the expression.
const WORK_PER_STEP: usize = 64;
/// Bytes of a compiled expression: `(a{1000}){1000}` is short and would search for ever.
const COMPILED_BYTES_MAX: usize = 64 << 10;

/// Compiles an expression and pays for searching `text` with it once.
pub(super) fn compile(heap: &mut Heap<'_>, expression: &str, text: &str) -> Result<Regex, String> {
    heap.spend(1 + text.len().saturating_add(64).saturating_mul(expression.len() + 1) / WORK_PER_STEP)?;
    let compiled = RegexBuilder::new(expression).size_limit(COMPILED_BYTES_MAX).build();
    compiled.map_err(|error| format!("the regular expression '{expression}' is not understood: {error}"))
}

/// `replaceAll` and `replaceFirst`: `$1` is a group and a backslash takes the next character as it is.
pub(super) fn replace(
    heap: &mut Heap<'_>,
    text: &str,
    expression: &str,
    replacement: &str,
    is_first_only: bool,
) -> Result<String, String> {
    let regex = compile(heap, expression, text)?;
    let mut replaced = String::new();
    let mut copied = 0;
    for captures in regex.captures_iter(text) {
        let Some(found) = captures.get(0) else { break };
        heap.spend(1)?;
        let before = replaced.len();
        replaced.push_str(&text[copied..found.start()]);
        expand(&captures, replacement, &mut replaced)?;
        heap.spend_bytes(replaced.len() - before)?;
        copied = found.end();
        if is_first_only {
            break;
        }
    }
    replaced.push_str(&text[copied..]);
    Ok(replaced)
}

fn expand(captures: &regex_lite::Captures<'_>, replacement: &str, into: &mut String) -> Result<(), String> {
    let mut rest = replacement.chars().peekable();
    while let Some(next) = rest.next() {
        match next {
            '\\' => {
                into.push(
                    rest.next().ok_or_else(|| format!("'{replacement}' ends with a backslash: write '\\\\\\\\'"))?,
                );
            }
            '$' => {
                let digit = rest.next().and_then(|digit| digit.to_digit(10));
                let group = digit.and_then(|digit| usize::try_from(digit).ok()).filter(|group| *group < captures.len());
                let group = group.ok_or_else(|| format!("'$' in '{replacement}' names no group: write '\\$'"))?;
                into.push_str(captures.get(group).map_or("", |found| found.as_str()));
            }
            other => into.push(other),
        }
    }
    Ok(())
}

/// `split`: without a limit, empty texts at the end are dropped.
pub(super) fn split<'x>(
    heap: &mut Heap<'_>,
    text: &'x str,
    expression: &str,
    limit: i64,
) -> Result<Vec<&'x str>, String> {
    let regex = compile(heap, expression, text)?;
    let mut parts = Vec::new();
    let mut from = 0;
    for found in regex.find_iter(text) {
        heap.spend(1)?;
        if usize::try_from(limit).is_ok_and(|limit| limit > 0 && parts.len() + 1 >= limit) {
            break;
        }
        // Nothing is found in front of the first character: Java makes no empty text of it.
        if found.end() == 0 {
            continue;
        }
        // Nor behind the last one, when nothing is what was searched for.
        if found.is_empty() && found.start() == text.len() {
            break;
        }
        parts.push(&text[from..found.start()]);
        from = found.end();
    }
    parts.push(&text[from..]);
    while limit == 0 && parts.len() > 1 && parts.last().is_some_and(|last| last.is_empty()) {
        parts.pop();
    }
    if limit == 0 && parts.len() == 1 && parts[0].is_empty() && !text.is_empty() {
        parts.pop();
    }
    Ok(parts)
}
