//! What a JSONata expression makes of the token, as far as that can be told without evaluating it: the token itself, an
//! object around it, or a text that is joined with `&`.

use serde_json::Value;

use super::cut::{Piece, cut, plausible};
use super::{PLACE, is_around, within};

/// Whether an expression reads the token or something around it.
pub(super) fn reads_token(text: &str) -> bool {
    inside(text).is_some_and(|expression| expression.contains("$states.context"))
}

/// The token in what an expression gave; `None` where that cannot be told.
pub(super) fn token_in(text: &str, filled: &Value) -> Option<String> {
    let terms = terms(inside(text)?)?;
    if let [Term::Context(names)] = terms.as_slice() {
        return within(names, filled);
    }
    let pieces: Vec<Piece> = terms.into_iter().map(Term::into_piece).collect();
    cut(&pieces, filled.as_str()?, &plausible)
}

/// `{% … %}`
fn inside(text: &str) -> Option<&str> {
    Some(text.trim().strip_prefix("{%")?.strip_suffix("%}")?.trim())
}

/// One side of a `&`.
#[derive(Debug, PartialEq, Eq)]
enum Term<'a> {
    Text(String),
    /// The names behind `$states.context`.
    Context(Vec<&'a str>),
    Other,
}

impl Term<'_> {
    fn into_piece(self) -> Piece {
        match self {
            Self::Text(text) => Piece::Fixed(text),
            Self::Context(names) if names == PLACE => Piece::Token,
            _ => Piece::Hole,
        }
    }
}

/// The terms that `&` joins at the top level.
fn terms(expression: &str) -> Option<Vec<Term<'_>>> {
    let (mut terms, mut start, mut depth, mut quote, mut escaped) = (Vec::new(), 0, 0_usize, None, false);
    for (at, letter) in expression.char_indices() {
        match (letter, quote) {
            _ if escaped => escaped = false,
            ('\\', Some(_)) => escaped = true,
            (_, Some(open)) if letter == open => quote = None,
            ('"' | '\'' | '`', None) => quote = Some(letter),
            ('(' | '[' | '{', None) => depth += 1,
            (')' | ']' | '}', None) => depth = depth.checked_sub(1)?,
            ('&', None) if depth == 0 => {
                terms.push(term(&expression[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    terms.push(term(&expression[start..]));
    Some(terms)
}

fn term(text: &str) -> Term<'_> {
    let text = text.trim();
    if let Some(names) = text.strip_prefix("$states.context") {
        let names: Vec<&str> = names.split('.').skip(1).map(str::trim).collect();
        return if is_around(&names) { Term::Context(names) } else { Term::Other };
    }
    literal(text).map_or(Term::Other, Term::Text)
}

/// A whole text in quotes. JSONata's escapes are JSON's, in either quotes.
fn literal(text: &str) -> Option<String> {
    let quote = text.chars().next().filter(|first| matches!(first, '"' | '\''))?;
    let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
    let mut escaped = false;
    let ends_within = inner.chars().any(|letter| {
        let ends = letter == quote && !escaped;
        escaped = letter == '\\' && !escaped;
        ends
    });
    let json = if quote == '\'' { inner.replace(r"\'", "'").replace('"', "\\\"") } else { inner.to_owned() };
    (!ends_within).then(|| serde_json::from_str(&format!("\"{json}\"")).ok())?
}
