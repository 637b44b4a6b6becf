//! A token as it was typed, piped or pasted: what copying did to it is mended, and a damaged one is refused before it is
//! sent.

use serde_json::Value;

use crate::cli::failure::{Failure, FailureKind};
use crate::cli::secret::Secret;

/// AWS's bound of a token.
const CHARACTERS_MAX: usize = 2_048;
/// What logs, URLs and JSON write for the signs of base64.
const ESCAPES: [(&str, &str); 7] =
    [("%2b", "+"), ("%2f", "/"), ("%3d", "="), ("\\u002b", "+"), ("\\u002f", "/"), ("\\u003d", "="), ("\\/", "/")];

/// The token that is meant.
///
/// # Errors
/// When it cannot be one: then it was cut off or is something else. The text itself is not shown.
pub(crate) fn token(pasted: &Secret) -> Result<Secret, Failure> {
    let token = mended(&member(pasted.expose()));
    match wrong(&token) {
        None => Ok(Secret::new(token)),
        Some(reason) => Err(Failure::text(FailureKind::TokenInvalid, reason)),
    }
}

/// A function's event or the object that `token -o json` prints: the token is its member.
fn member(text: &str) -> String {
    let object: Option<Value> = text.trim_start().starts_with('{').then(|| serde_json::from_str(text).ok()).flatten();
    let names = ["token", "taskToken", "TaskToken", "Token"];
    let found = object.as_ref().and_then(|object| names.into_iter().find_map(|name| object.get(name)?.as_str()));
    found.unwrap_or(text).to_owned()
}

fn mended(text: &str) -> String {
    let mut rest = text;
    let mut token = String::with_capacity(text.len());
    while let Some(next) = rest.chars().next() {
        let escape = ESCAPES.iter().find(|(escape, _)| {
            rest.as_bytes().get(..escape.len()).is_some_and(|start| start.eq_ignore_ascii_case(escape.as_bytes()))
        });
        let length = escape.map_or(next.len_utf8(), |(escape, _)| escape.len());
        match escape {
            Some((_, sign)) => token.push_str(sign),
            None if is_wrapping(next) => {}
            None => token.push(next),
        }
        rest = &rest[length..];
    }
    token
}

/// What terminals, editors and shells put around or into a long word.
fn is_wrapping(letter: char) -> bool {
    letter.is_whitespace() || "\"'`\\\u{201c}\u{201d}\u{2018}\u{2019}\u{200b}\u{feff}".contains(letter)
}

/// Why a text is no token. Tokens are base64, ours and AWS's; moto's and LocalStack's are UUIDs.
fn wrong(token: &str) -> Option<String> {
    if is_uuid(token) {
        return None;
    }
    let body = token.trim_end_matches('=');
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '+' | '/');
    let length = token.chars().count();
    if body.is_empty() {
        return Some("the token is empty".into());
    }
    if length > CHARACTERS_MAX {
        return Some(format!("the token has {length} characters; a token has at most {CHARACTERS_MAX}"));
    }
    if let Some(letter) = body.chars().find(|letter| !is_letter(*letter)) {
        return Some(format!("this is no task token: it holds {letter:?}"));
    }
    if !length.is_multiple_of(4) || length - body.len() > 2 {
        return Some(format!("the token is not whole: of {length} characters, some are missing or too many"));
    }
    None
}

/// Whether this is a whole UUID as emulators write one: 8-4-4-4-12.
fn is_uuid(token: &str) -> bool {
    token.len() == uuid::fmt::Hyphenated::LENGTH && token.contains('-') && uuid::Uuid::try_parse(token).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "AQEAAAAAAAAAAwAAAAAAAABw/xq+m0l5Yk3mVQ1pXw==";

    #[test]
    fn what_copying_did_is_mended() {
        for pasted in [
            TOKEN.to_owned(),
            format!("  {TOKEN}\n"),
            format!("\"{TOKEN}\""),
            format!("'{TOKEN}'"),
            format!("\u{201c}{TOKEN}\u{201d}"),
            format!("{}\n  {}", &TOKEN[..20], &TOKEN[20..]),
            format!("{}\\\r\n{}", &TOKEN[..20], &TOKEN[20..]),
            TOKEN.replace('+', "%2B").replace('/', "%2f").replace('=', "%3D"),
            TOKEN.replace('+', "\\u002b").replace('=', "\\u003D").replace('/', "\\/"),
            format!("{{\"token\": \"{TOKEN}\", \"stateName\": \"S\"}}"),
            format!("{{\"TaskToken\": \"{TOKEN}\"}}"),
        ] {
            assert_eq!(token(&Secret::new(pasted.as_str())).unwrap().expose(), TOKEN, "{pasted}");
        }
    }

    #[test]
    fn a_token_of_an_emulator_is_taken_if_it_is_whole() {
        let emulated = "53dfa482-b5e6-4ed3-8834-98aae1322846";
        assert_eq!(token(&Secret::new(format!(" {emulated}\n").as_str())).unwrap().expose(), emulated);
        assert!(token(&Secret::new(&emulated[..32])).is_err());
    }

    #[test]
    fn what_cannot_be_a_token_is_refused_without_being_shown() {
        for (pasted, expected) in [
            (String::new(), "is empty"),
            ("\"\"".into(), "is empty"),
            (TOKEN[..42].into(), "is not whole: of 42 characters"),
            (TOKEN[..41].into(), "is not whole: of 41 characters"),
            (format!("{}===", &TOKEN[..41]), "is not whole"),
            (TOKEN.replace('+', "-"), "it holds '-'"),
            ("$.token".into(), "it holds '$'"),
            ("{\"other\": 1}".into(), "it holds '{'"),
            ("ä".into(), "it holds 'ä'"),
            ("A".repeat(2_052), "has 2052 characters; a token has at most 2048"),
        ] {
            let failure = token(&Secret::new(pasted.as_str())).unwrap_err();
            assert!(failure.message().contains(expected), "{pasted}: {}", failure.message());
            assert!(pasted.len() < 10 || !failure.message().contains(&pasted));
            assert_eq!(failure.kind.exit_code(), 15);
        }
    }
}
