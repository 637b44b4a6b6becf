//! Diagnostics as text: the line of the file, the place in it, what to write instead.

#[cfg(test)]
mod tests;

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use crate::asl::diagnostic::{Diagnostic, Severity};
use crate::asl::syntax::{Sources, Span};

/// Diagnostics that are shown; what follows is counted.
pub const SHOWN_MAX: usize = 100;
/// Columns of a line that are shown around the place.
const LINE_MAX: usize = 140;
/// Bytes of a line that are given to the renderer after a place: a file may be one line of a megabyte.
const EXCERPT_MAX: usize = 4_096;

/// Diagnostics in their order, one block each with file, line and column, and an empty line after each. At most
/// [`SHOWN_MAX`] of them, then `… and N more`. Ends with a line break, or is empty.
#[must_use]
pub fn render(sources: &Sources, diagnostics: &[Diagnostic], color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() }.term_width(LINE_MAX);
    let mut text = String::new();
    for diagnostic in diagnostics.iter().take(SHOWN_MAX) {
        text += &block(&renderer, sources, diagnostic);
        text += "\n\n";
    }
    let more = diagnostics.len().saturating_sub(SHOWN_MAX);
    if more > 0 {
        text.extend(["… and ", &more.to_string(), " more\n\n"]);
    }
    text
}

/// `2 errors, 1 warning`; `no problems` when there are none.
#[must_use]
pub fn summary(diagnostics: &[Diagnostic]) -> String {
    let count = |severity| diagnostics.iter().filter(|one| one.severity == severity).count();
    let kinds = [(count(Severity::Error), "error"), (count(Severity::Warning), "warning")];
    let said = kinds.into_iter().filter(|(count, _)| *count > 0);
    let said: Vec<String> =
        said.map(|(count, kind)| format!("{count} {kind}{}", if count == 1 { "" } else { "s" })).collect();
    if said.is_empty() { "no problems".to_owned() } else { said.join(", ") }
}

fn block(renderer: &Renderer, sources: &Sources, diagnostic: &Diagnostic) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let source = sources.get(diagnostic.span.source);
    let excerpt = Excerpt::new(&source.text, diagnostic.span);
    // A message may quote a file, and a file may hold escape sequences.
    let message = printable(&diagnostic.message);
    let annotation = AnnotationKind::Primary.span(excerpt.place.clone());
    let line = printable_line(excerpt.text);
    let snippet = Snippet::source(line.as_str()).path(&*source.name).line_start(excerpt.line).annotation(annotation);
    let mut group = level.primary_title(message.as_str()).id(diagnostic.code).element(snippet);
    let pointer = format!("at {}", printable(&diagnostic.pointer));
    if !diagnostic.pointer.is_empty() {
        group = group.element(Level::NOTE.message(pointer.as_str()));
    }
    let help = diagnostic.help.as_deref().map(printable);
    if let Some(help) = &help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    renderer.render(&[group])
}

/// The line of a place, cut where it is long, and the place in it.
struct Excerpt<'a> {
    text: &'a str,
    place: Range<usize>,
    /// Counted from 1.
    line: usize,
}

impl<'a> Excerpt<'a> {
    fn new(text: &'a str, span: Span) -> Self {
        let floor = |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let (start, end) = (floor(span.start as usize), floor(span.end as usize));
        let first = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let last = text[start..].find('\n').map_or(text.len(), |newline| start + newline);
        let stop = floor(last.min(start + EXCERPT_MAX));
        let line = text[first..stop].trim_end_matches('\r');
        // A place at the end of its line (an empty value, the end of the file) is shown as one column there.
        let place = (start - first).min(line.len())..(end.max(start) - first).min(line.len());
        let number = 1 + text[..first].matches('\n').count();
        Self { text: line, place, line: number }
    }
}

/// A text on one line without control characters.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// A line as the file has it: control characters other than tabs become signs of the same length in bytes.
fn printable_line(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    for c in line.chars() {
        if c.is_control() && c != '\t' {
            shown.extend(std::iter::repeat_n('?', c.len_utf8()));
        } else {
            shown.push(c);
        }
    }
    shown
}
