//! What the targets share: inputs in parts, places of diagnostics, and an execution whose outside is a row of bytes.

pub mod run;

use iw102::asl::diagnostic::{Diagnostic, Severity};
use iw102::asl::syntax::Sources;

/// What parts the parts of an input, so that a person can write one.
const BETWEEN: &[u8] = b"\n---\n";

/// The parts of an input, at most `N`; those that are missing are empty.
#[must_use]
pub fn parts<const N: usize>(input: &[u8]) -> [&[u8]; N] {
    let mut rest = Some(input);
    std::array::from_fn(|part| {
        let all = rest.take().unwrap_or_default();
        let end = all.windows(BETWEEN.len()).position(|window| window == BETWEEN);
        match end.filter(|_| part + 1 < N) {
            Some(end) => {
                rest = Some(&all[end + BETWEEN.len()..]);
                &all[..end]
            }
            None => all,
        }
    })
}

/// Every diagnostic says something, and is about a piece of a text that is there and has no half letters.
pub fn check_places(sources: &Sources, diagnostics: &[Diagnostic]) {
    for diagnostic in diagnostics {
        assert!(!diagnostic.message.is_empty() && !diagnostic.code.is_empty(), "{diagnostic:?}");
        let text = &sources.get(diagnostic.span.source).text;
        check_place(text, diagnostic.span.start as usize, diagnostic.span.end as usize);
    }
}

/// Bytes `start..end` are a piece of the text.
pub fn check_place(text: &str, start: usize, end: usize) {
    assert!(text.get(start..end).is_some(), "{start}..{end} is no piece of {text:?}");
}

/// Whether any of them is an error.
#[must_use]
pub fn any_error(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}
