//! YAML text → [`Node`], with the traps of YAML handled on purpose.
//!
//! Owns: what a YAML document means (js-yaml's default schema, which the Serverless Framework reads files with),
//! duplicate keys, anchors, merge keys, CloudFormation's short tags. Must not know: what the document is for.
//! Start reading at [`parse`]; `tree` builds the nodes, `scalar` types the plain words.

mod scalar;
mod tag;
mod tree;

#[cfg(test)]
mod tests;

use saphyr_parser::{Event, Parser, ScanError};

use crate::asl::diagnostic::{Diagnostic, Severity, diagnostic};
use crate::asl::syntax::yaml::tree::Tree;
use crate::asl::syntax::{Node, SourceId, Sources, Span};

/// Collections in collections; a definition that AWS accepts stays far below.
pub const DEPTH_MAX: usize = 256;
/// Nodes that aliases may add to a document: more is an expansion attack, not a definition.
pub const ALIAS_NODES_MAX: usize = 100_000;
/// Complaints about one document; what follows is the same mistake again.
pub const DIAGNOSTICS_MAX: usize = 1_000;

/// Reads one YAML document (JSON is YAML too).
///
/// The node is there unless the syntax is broken; duplicate keys and unknown tags come as errors beside it.
#[must_use]
pub fn parse(sources: &Sources, id: SourceId) -> (Option<Node>, Vec<Diagnostic>) {
    let text = &*sources.get(id).text;
    let places = Places::new(id, text);
    let mut tree = Tree::new(&places);
    let mut documents = 0;
    for event in Parser::new_from_str(places.body()) {
        let (event, span) = match event {
            Ok(next) => next,
            Err(error) => {
                tree.report(syntax_error(&places, &error));
                return (None, tree.finish().1);
            }
        };
        let span = places.span(span);
        match event {
            Event::DocumentStart(_) => {
                documents += 1;
                if documents > 1 {
                    tree.report(several_documents(span));
                    break;
                }
            }
            event => {
                if tree.take(event, span).is_err() {
                    return (None, tree.finish().1);
                }
            }
        }
    }
    let (root, mut diagnostics) = tree.finish();
    if root.is_none() && diagnostics.is_empty() {
        diagnostics.push(diagnostic(Severity::Error, "YAML_EMPTY", "the file is empty", places.at(0), None));
    }
    (root, diagnostics)
}

fn several_documents(span: Span) -> Diagnostic {
    let help = "keep one document: `---` starts another one".to_owned();
    diagnostic(Severity::Error, "YAML_SEVERAL_DOCUMENTS", "the file holds several documents", span, Some(help))
}

fn syntax_error(places: &Places<'_>, error: &ScanError) -> Diagnostic {
    let span = places.at(error.marker().index());
    if let Some(span) = places.tab_indentation(span, error.info().contains("tab")) {
        let help = "YAML indents with spaces: replace the tab".to_owned();
        return diagnostic(Severity::Error, "YAML_TAB", "a tab indents this line", span, Some(help));
    }
    let info = error.info();
    let help = hint(info).map(str::to_owned);
    diagnostic(Severity::Error, "YAML_SYNTAX", format!("this is not YAML: {}", info.trim_end_matches('.')), span, help)
}

/// What usually lies behind a message of the scanner.
fn hint(info: &str) -> Option<&'static str> {
    if info.contains("mapping values are not allowed") {
        Some("a text that holds `: ` needs quotes, and a key must stand under its neighbours")
    } else if info.contains("unexpected character") || info.contains("cannot start any token") {
        Some("a text that starts with @, ` or % needs quotes")
    } else if info.contains("unknown anchor") {
        Some("define it first with `&name`; a text that starts with * needs quotes")
    } else if info.contains("simple key expect") || info.contains("could not find expected ':'") {
        Some("a key is followed by `: `")
    } else if info.contains("quoted scalar") {
        Some("close the quote; inside '…' a quote is written twice, inside \"…\" as \\\"")
    } else if info.contains("flow sequence") || info.contains("flow mapping") {
        Some("close the bracket, and put commas between its items")
    } else if info.contains("recursion limit") {
        Some("at most 255 brackets may be open at once")
    } else {
        None
    }
}

/// Translates the parser's character counts to bytes of the source.
pub(super) struct Places<'a> {
    source: SourceId,
    text: &'a str,
    /// Bytes of a byte order mark, which the parser never sees.
    skipped: usize,
    /// The byte of every character; empty when all are one byte long.
    bytes: Vec<u32>,
}

impl<'a> Places<'a> {
    fn new(source: SourceId, text: &'a str) -> Self {
        let skipped = text.len() - text.trim_start_matches('\u{feff}').len();
        let body = &text[skipped..];
        let bytes =
            if body.is_ascii() { Vec::new() } else { body.char_indices().map(|(byte, _)| short(byte)).collect() };
        Self { source, text, skipped, bytes }
    }

    fn body(&self) -> &'a str {
        &self.text[self.skipped..]
    }

    fn byte(&self, index: usize) -> usize {
        let length = self.text.len() - self.skipped;
        let byte = if self.bytes.is_empty() {
            index.min(length)
        } else {
            self.bytes.get(index).map_or(length, |byte| *byte as usize)
        };
        self.skipped + byte
    }

    fn span(&self, span: saphyr_parser::Span) -> Span {
        let (start, end) = (self.byte(span.start.index()), self.byte(span.end.index()));
        Span { source: self.source, start: short(start), end: short(end.max(start)) }
    }

    /// The character at a character count.
    fn at(&self, index: usize) -> Span {
        let start = self.byte(index);
        let width = self.text[start..].chars().next().map_or(0, char::len_utf8);
        Span { source: self.source, start: short(start), end: short(start + width) }
    }

    /// The bytes of a span.
    pub(super) fn slice(&self, span: Span) -> &'a str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// The line of a byte, counted from 1.
    pub(super) fn line(&self, byte: u32) -> usize {
        1 + self.text[..byte as usize].matches('\n').count()
    }

    /// The tab that indents the line of a place, the line before it or, when the parser met a tab, the line after it.
    fn tab_indentation(&self, place: Span, met: bool) -> Option<Span> {
        let place = place.start as usize;
        let start = self.line_start(place);
        let before = self.line_start(start.saturating_sub(1));
        let after = self.text[place..].find('\n').filter(|_| met).map(|newline| place + newline + 1);
        [Some(start), Some(before), after].into_iter().flatten().find_map(|line| {
            let indent = self.text[line..].bytes().take_while(|byte| matches!(byte, b' ' | b'\t'));
            let tab = line + indent.into_iter().position(|byte| byte == b'\t')?;
            Some(Span { source: self.source, start: short(tab), end: short(tab + 1) })
        })
    }

    fn line_start(&self, byte: usize) -> usize {
        self.text.as_bytes()[..byte].iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1)
    }
}

/// A byte offset as spans keep it; a text of 4 GiB is refused long before.
fn short(byte: usize) -> u32 {
    u32::try_from(byte).unwrap_or(u32::MAX)
}
