//! Cutting a token out of a text, by what stands around it.
//!
//! Tokens are base64, ours and AWS's, which tells where one ends and what cannot be one.

/// No token that was ever seen is shorter; a word, a number or an id mostly is.
const CHARACTERS_MIN: usize = 40;
/// How many places are looked at on either side: a `/` may stand anywhere.
const PLACES_MAX: usize = 4_096;
/// How many of them are tried together with each of the other side.
const TRIED_MAX: usize = 64;

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::asl) enum Piece {
    /// As the template has it.
    Fixed(String),
    /// Anything.
    Hole,
    /// What is looked for.
    Token,
}

/// What stands in the place of the first [`Piece::Token`], as `accept` reads it; the longest that fits, since a `/` of the
/// template may also be one of the token. `None` where nothing fixed parts it from other data.
pub(in crate::asl) fn cut(pieces: &[Piece], text: &str, accept: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let at = pieces.iter().position(|piece| *piece == Piece::Token)?;
    let (before, after) = (&pieces[..at], &pieces[at + 1..]);
    let starts = match before.last() {
        None => vec![0],
        Some(Piece::Fixed(fixed)) => {
            text.match_indices(fixed).take(PLACES_MAX).map(|(place, _)| place + fixed.len()).collect()
        }
        Some(_) => return None,
    };
    let ends: Vec<usize> = match after.first() {
        None => vec![text.len()],
        Some(Piece::Fixed(fixed)) => text.rmatch_indices(fixed).take(PLACES_MAX).map(|(place, _)| place).collect(),
        Some(_) => return None,
    };
    let starts = starts.into_iter().filter(|start| matches(before, &text[..*start])).take(TRIED_MAX);
    let ends: Vec<usize> = ends.into_iter().filter(|end| matches(after, &text[*end..])).take(TRIED_MAX).collect();
    let spans =
        starts.flat_map(|start| ends.iter().filter(move |end| start < **end).map(move |end| &text[start..*end]));
    let fitting = spans.filter_map(|span| accept(span).map(|found| (span.len(), found)));
    fitting.max_by_key(|(length, _)| *length).map(|(_, found)| found)
}

/// Whether a text can be made of the pieces.
fn matches(pieces: &[Piece], text: &str) -> bool {
    let (mut rest, mut follows) = (text, true);
    for (place, piece) in pieces.iter().enumerate() {
        let Piece::Fixed(fixed) = piece else {
            follows = false;
            continue;
        };
        let found = match follows {
            true => rest.starts_with(fixed.as_str()).then_some(0),
            false if place + 1 == pieces.len() => rest.ends_with(fixed.as_str()).then(|| rest.len() - fixed.len()),
            false => rest.find(fixed.as_str()),
        };
        let Some(found) = found else { return false };
        (rest, follows) = (&rest[found + fixed.len()..], true);
    }
    !follows || rest.is_empty()
}

/// A text that can be a whole token.
pub(in crate::asl) fn plausible(text: &str) -> Option<String> {
    let body = text.trim_end_matches('=');
    let is_base64 = !body.is_empty() && text.len().is_multiple_of(4) && text.len() - body.len() <= 2;
    (is_base64 && body.bytes().all(is_letter)).then(|| text.to_owned())
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

/// Everything in a text that looks like a token by itself.
pub(super) fn runs(text: &str) -> impl Iterator<Item = &str> {
    let runs = text.split(|letter: char| !letter.is_ascii() || !(is_letter(letter as u8) || letter == '='));
    runs.filter(|run| run.len() >= CHARACTERS_MIN && plausible(run).is_some())
}
