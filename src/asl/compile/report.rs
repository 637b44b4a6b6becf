//! How the readers complain: codes, and a place for each complaint.

use super::Compiler;
use crate::asl::diagnostic::{Diagnostic, Severity, nearest};
use crate::asl::path::ExpressionError;
use crate::asl::pointer::bounded;
use crate::asl::syntax::{Node, Span};

/// AWS's code for most mistakes.
pub(super) const SCHEMA: &str = "SCHEMA_VALIDATION_FAILED";
/// AWS's code for transitions to nowhere, and for states that no transition reaches.
pub(super) const TRANSITION: &str = "MISSING_TRANSITION_TARGET";
/// Ours: AWS runs it, this version does not.
pub(super) const NOT_SUPPORTED: &str = "NOT_SUPPORTED";

impl Compiler<'_, '_> {
    pub(super) fn error(
        &mut self,
        code: &'static str,
        span: Span,
        pointer: &str,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.complain(Severity::Error, code, span, pointer, message.into())
    }

    pub(super) fn warning(
        &mut self,
        code: &'static str,
        span: Span,
        pointer: &str,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.complain(Severity::Warning, code, span, pointer, message.into())
    }

    fn complain(
        &mut self,
        severity: Severity,
        code: &'static str,
        span: Span,
        pointer: &str,
        message: String,
    ) -> &mut Diagnostic {
        // AWS calls the document itself "/".
        let pointer = bounded(if pointer.is_empty() { "/" } else { pointer });
        let diagnostic = Diagnostic { severity, code, message, span, pointer, help: None };
        self.diagnostics.push(diagnostic);
        self.diagnostics.last_mut().expect("one was just pushed")
    }

    /// A text of the definition that is no expression: the place is within the string.
    pub(super) fn expression(&mut self, node: &Node, pointer: &str, prefix: &str, wrong: &ExpressionError) {
        let span = within(node, wrong.start, wrong.end);
        self.error(SCHEMA, span, pointer, format!("{prefix}{}", wrong.message));
    }
}

impl Diagnostic {
    pub(super) fn help(&mut self, help: impl Into<String>) {
        self.help = Some(help.into());
    }

    /// `did you mean "Next"?`, when one of `words` is near, or begins as `word` does.
    pub(super) fn did_you_mean<'a>(&mut self, word: &str, words: impl IntoIterator<Item = &'a str>) -> bool {
        let words: Vec<&str> = words.into_iter().collect();
        let near = near(word, words.iter().copied()).or_else(|| alike(word, &words));
        if let Some(near) = near {
            self.help(format!("did you mean \"{near}\"?"));
        }
        near.is_some()
    }
}

/// The longest word, in bytes, for which others are looked for.
const WORD_MAX: usize = 200;

/// How many words are looked at. The cost of a definition's mistakes is theirs times the states among which each looks.
const WORDS_MAX: usize = 500;

/// The word nearest to `word`, within bounds.
pub(super) fn near<'a>(word: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let words = words.into_iter().filter(|other| other.len() <= WORD_MAX).take(WORDS_MAX);
    if word.len() > WORD_MAX { None } else { nearest(word, words) }
}

/// How many letters must be the same for a word to be taken for the beginning of another.
const ALIKE_MIN: usize = 4;

/// The word that begins as `word` does: `TimeoutSeconds` for `Timeout`.
fn alike<'a>(word: &str, words: &[&'a str]) -> Option<&'a str> {
    let same = |other: &str| word.chars().zip(other.chars()).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count();
    let enough = ALIKE_MIN.max(word.chars().count().div_ceil(2));
    // The first of the best: `max_by_key` would take the last.
    words.iter().copied().rev().filter(|other| same(other) >= enough).max_by_key(|other| same(other))
}

/// Bytes `start..end` of a string's content, as a place in its source; the whole string where escapes moved its bytes.
fn within(node: &Node, start: usize, end: usize) -> Span {
    let content = node.as_str().map_or(0, str::len);
    let written = node.span.end.saturating_sub(node.span.start) as usize;
    let quotes = match written.checked_sub(content) {
        Some(0) => 0,
        Some(2) => 1,
        _ => return node.span,
    };
    let place = |at: usize| node.span.start + u32::try_from(quotes + at.min(content)).unwrap_or(0);
    Span { source: node.span.source, start: place(start.min(end)), end: place(end) }
}
