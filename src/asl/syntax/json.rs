//! JSON text → [`Node`], strictly as RFC 8259 has it, with the place of every value and key.
//!
//! Owns: JSON's grammar and what to say where a text leaves it. Must not know: what the document is about. Start reading at
//! [`parse`]. A text has one syntax error at most (what follows it would be guesses); duplicate keys are all reported.

mod string;

use std::cell::OnceCell;
use std::collections::HashMap;

use serde_json::Number;

use crate::asl::diagnostic::{Diagnostic, Severity};
use crate::asl::syntax::{Key, Node, NodeKind, SourceId, Sources, Span};

/// How deep arrays and objects may nest. Bounds the recursion of everything that walks a [`Node`].
pub const DEPTH_MAX: usize = 512;

/// AWS's code for a text that is not JSON.
pub const INVALID_JSON: &str = "INVALID_JSON_DESCRIPTION";

/// Parses one JSON document.
///
/// The node is missing only after a syntax error. Beside duplicate keys (errors too) the node is there, each key with its
/// first value, so that whatever else is wrong can be told in the same breath.
#[must_use]
pub fn parse(sources: &Sources, id: SourceId) -> (Option<Node>, Vec<Diagnostic>) {
    let text: &str = &sources.get(id).text;
    let mut parser = Parser { text, source: id, at: 0, line_ends: OnceCell::new(), diagnostics: Vec::new() };
    if u32::try_from(text.len()).is_err() {
        let wrong = Wrong::at(0, 0, "the text is larger than 4 GiB");
        parser.report(wrong);
        return (None, parser.diagnostics);
    }
    match parser.document() {
        Ok(node) => (Some(node), parser.diagnostics),
        Err(wrong) => {
            parser.report(wrong);
            (None, parser.diagnostics)
        }
    }
}

/// The one syntax error of a text.
#[derive(Debug)]
struct Wrong {
    start: usize,
    end: usize,
    message: String,
    help: Option<String>,
}

impl Wrong {
    fn at(start: usize, end: usize, message: impl Into<String>) -> Self {
        Self { start, end, message: message.into(), help: None }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// An array or object whose end is still to come.
struct Open {
    at: usize,
    held: Held,
}

enum Held {
    Array(Vec<Node>),
    Object { entries: Vec<(Key, Node)>, seen: HashMap<String, Span>, key: Option<Key> },
}

impl Open {
    fn new(at: usize, bracket: char) -> Self {
        let held = match bracket {
            '[' => Held::Array(Vec::new()),
            _ => Held::Object { entries: Vec::new(), seen: HashMap::new(), key: None },
        };
        Self { at, held }
    }

    fn close(&self) -> char {
        match self.held {
            Held::Array(_) => ']',
            Held::Object { .. } => '}',
        }
    }
}

struct Parser<'t> {
    text: &'t str,
    source: SourceId,
    at: usize,
    line_ends: OnceCell<Vec<usize>>,
    diagnostics: Vec<Diagnostic>,
}

impl Parser<'_> {
    fn document(&mut self) -> Result<Node, Wrong> {
        if self.text.starts_with('\u{feff}') {
            return Err(
                Wrong::at(0, 3, "the text starts with a byte order mark").help("save the file as UTF-8 without BOM")
            );
        }
        self.white_space()?;
        if self.peek().is_none() {
            return Err(Wrong::at(0, self.text.len(), "the text is empty").help("write a JSON document: {}"));
        }
        let node = self.value()?;
        self.white_space()?;
        match self.peek() {
            None => Ok(node),
            Some(found) => Err(self.after_document(found)),
        }
    }

    fn after_document(&self, found: char) -> Wrong {
        let wrong = self.here(format!("{} after the end of the document", quoted(found)));
        match found {
            '}' | ']' => wrong.help("remove it, or find where it was closed too early"),
            _ => wrong.help("a text holds one JSON document: remove what follows it"),
        }
    }

    /// One value. The open arrays and objects are a list, not calls, so that no text can exhaust the stack.
    fn value(&mut self) -> Result<Node, Wrong> {
        let mut open: Vec<Open> = Vec::new();
        loop {
            let Some(mut done) = self.begin(&mut open)? else { continue };
            loop {
                let Some(mut holder) = open.pop() else { return Ok(done) };
                self.put(&mut holder, done);
                let (at, close) = (holder.at, holder.close());
                if self.goes_on(at, close)? {
                    if let Held::Object { key, .. } = &mut holder.held {
                        *key = Some(self.key(at)?);
                    }
                    open.push(holder);
                    break;
                }
                done = self.finish(holder);
            }
        }
    }

    /// A whole value, or nothing when an array or object was opened whose first value comes next.
    fn begin(&mut self, open: &mut Vec<Open>) -> Result<Option<Node>, Wrong> {
        let start = self.at;
        let kind = match self.peek() {
            Some(bracket @ ('{' | '[')) => return self.open(bracket, open),
            Some('"') => NodeKind::String(self.string()?),
            Some('-' | '+' | '.' | '0'..='9') => NodeKind::Number(self.number()?),
            Some(first) if is_word(first) => self.word()?,
            Some(other) => return Err(self.no_value(other)),
            None => return Err(self.truncated("a value")),
        };
        Ok(Some(Node { kind, span: self.span(start, self.at), tag: None }))
    }

    fn open(&mut self, bracket: char, open: &mut Vec<Open>) -> Result<Option<Node>, Wrong> {
        if open.len() == DEPTH_MAX {
            return Err(self.here(format!("the document is nested deeper than {DEPTH_MAX} levels")));
        }
        let mut holder = Open::new(self.at, bracket);
        self.at += 1;
        self.white_space()?;
        if self.eat(holder.close()) {
            return Ok(Some(self.finish(holder)));
        }
        if let Held::Object { key, .. } = &mut holder.held {
            *key = Some(self.key(holder.at)?);
        }
        open.push(holder);
        Ok(None)
    }

    fn put(&mut self, holder: &mut Open, value: Node) {
        match &mut holder.held {
            Held::Array(items) => items.push(value),
            Held::Object { entries, seen, key } => {
                let Some(key) = key.take() else { return };
                if let Some(first) = seen.get(&key.name) {
                    self.duplicate(&key, *first);
                } else {
                    seen.insert(key.name.clone(), key.span);
                    entries.push((key, value));
                }
            }
        }
    }

    fn finish(&self, holder: Open) -> Node {
        let kind = match holder.held {
            Held::Array(items) => NodeKind::Array(items),
            Held::Object { entries, .. } => NodeKind::Object(entries),
        };
        Node { kind, span: self.span(holder.at, self.at), tag: None }
    }

    fn no_value(&self, found: char) -> Wrong {
        let wrong = self.here(format!("a value is missing before {}", quoted(found)));
        match found {
            '\'' | '`' | '“' | '”' | '‘' | '’' => {
                self.here(format!("{} does not start a JSON string", quoted(found))).help("use double quotes: \"…\"")
            }
            ',' => wrong.help("write the value, or remove the comma"),
            '}' | ']' => wrong.help("write the value"),
            _ => self.here(format!("{} does not start a JSON value", quoted(found))),
        }
    }

    /// A key, its colon, and the white space up to the value.
    fn key(&mut self, open: usize) -> Result<Key, Wrong> {
        let start = self.at;
        match self.peek() {
            Some('"') => {}
            Some(found) => return Err(self.no_key(found)),
            None => return Err(self.unclosed(open, '}')),
        }
        let name = self.string()?;
        let span = self.span(start, self.at);
        self.white_space()?;
        match self.peek() {
            Some(':') => self.at += 1,
            Some(found) => {
                let wrong = self.here(format!("a colon is missing before {}", quoted(found)));
                return Err(wrong.help(format!("write {}: …", &self.text[start..span.end as usize])));
            }
            None => return Err(self.truncated("a colon")),
        }
        self.white_space()?;
        Ok(Key { name, span })
    }

    fn no_key(&self, found: char) -> Wrong {
        if is_word(found) {
            let end = self.word_end();
            let word = &self.text[self.at..end];
            return Wrong::at(self.at, end, format!("the key {word} has no quotes"))
                .help(format!("write \"{word}\": keys are strings in double quotes"));
        }
        let wrong = self.here(format!("{} does not start a key", quoted(found)));
        match found {
            '\'' | '`' | '“' | '”' | '‘' | '’' => wrong.help("use double quotes: \"…\""),
            ',' => wrong.help("remove the comma"),
            _ => wrong.help("a key is a string in double quotes"),
        }
    }

    fn duplicate(&mut self, key: &Key, first: Span) {
        let line = self.line(first.start as usize);
        self.diagnostics.push(Diagnostic {
            severity: Severity::Error,
            code: INVALID_JSON,
            message: format!("the key \"{}\" is here twice", key.name),
            span: key.span,
            pointer: String::new(),
            help: Some(format!("it stands in line {line} already: remove one of the two")),
        });
    }

    /// After an item: `true` at a comma with another item behind it, `false` at the end.
    fn goes_on(&mut self, open: usize, close: char) -> Result<bool, Wrong> {
        self.white_space()?;
        if self.eat(close) {
            return Ok(false);
        }
        match self.peek() {
            Some(',') => {}
            Some(found @ ('}' | ']')) => return Err(self.mismatched(open, close, found)),
            Some(found) => {
                let wrong = self.here(format!("a comma is missing before {}", quoted(found)));
                return Err(wrong.help(format!("write a comma between entries, or {close} at their end")));
            }
            None => return Err(self.unclosed(open, close)),
        }
        let comma = self.at;
        self.at += 1;
        self.white_space()?;
        match self.peek() {
            Some('}' | ']') => Err(Wrong::at(comma, comma + 1, "a comma has no entry behind it")
                .help("JSON has no trailing commas: remove it")),
            None => Err(self.unclosed(open, close)),
            Some(_) => Ok(true),
        }
    }

    fn mismatched(&self, open: usize, close: char, found: char) -> Wrong {
        self.here(format!("{} closes the {} of line {}", quoted(found), &self.text[open..=open], self.line(open)))
            .help(format!("write {close}"))
    }

    fn unclosed(&self, open: usize, close: char) -> Wrong {
        let opened = &self.text[open..=open];
        Wrong::at(open, open + 1, format!("this {opened} is never closed: the text ends first"))
            .help(format!("write the missing {close}, or complete the text if it was cut off"))
    }

    fn truncated(&self, expected: &str) -> Wrong {
        Wrong::at(self.text.len(), self.text.len(), format!("the text ends where {expected} is missing"))
            .help("complete the text: it was cut off")
    }

    fn word(&mut self) -> Result<NodeKind, Wrong> {
        let (start, end) = (self.at, self.word_end());
        let word = &self.text[start..end];
        self.at = end;
        let wrong = Wrong::at(start, end, format!("{word} is no JSON value"));
        match word {
            "null" => return Ok(NodeKind::Null),
            "true" => return Ok(NodeKind::Bool(true)),
            "false" => return Ok(NodeKind::Bool(false)),
            _ => {}
        }
        Err(match word.to_lowercase().as_str() {
            "nan" | "inf" | "infinity" => wrong.help("JSON has finite numbers only: use null or a string"),
            "none" | "nil" | "undefined" | "null" => wrong.help("write null"),
            "true" | "yes" | "on" => wrong.help("write true"),
            "false" | "no" | "off" => wrong.help("write false"),
            _ => wrong.help(format!("a text needs double quotes: \"{word}\"")),
        })
    }

    fn word_end(&self) -> usize {
        let rest = &self.text[self.at..];
        self.at + rest.find(|c: char| !is_word(c) && !c.is_ascii_digit()).unwrap_or(rest.len())
    }

    fn number(&mut self) -> Result<Number, Wrong> {
        let start = self.at;
        let rest = &self.text[start..];
        let length = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | '_')))
            .unwrap_or(rest.len());
        let literal = &rest[..length];
        self.at += length;
        let wrong = |message: String| Wrong::at(start, start + length, message);
        if let Some((message, help)) = number_mistake(literal) {
            return Err(wrong(format!("{literal} is no JSON number: {message}")).help(help));
        }
        exact(literal).ok_or_else(|| {
            wrong(format!("{literal} is too large for a number")).help("numbers end at 1.8e308: use a string")
        })
    }

    /// Skips white space; a comment is an error of its own.
    fn white_space(&mut self) -> Result<(), Wrong> {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
        let rest = &self.text[self.at..];
        let length = match rest.as_bytes() {
            [b'/', b'*', ..] => rest.find("*/").map_or(rest.len(), |end| end + 2),
            [b'/', b'/', ..] | [b'#', ..] => rest.find('\n').unwrap_or(rest.len()),
            _ => return self.odd_space(),
        };
        Err(Wrong::at(self.at, self.at + length, "this is a comment").help("JSON has no comments: remove it"))
    }

    /// White space that only looks like JSON's.
    fn odd_space(&self) -> Result<(), Wrong> {
        match self.peek() {
            Some(found) if found.is_whitespace() || matches!(found, '\u{feff}' | '\u{200b}') => Err(self
                .here(format!("U+{:04X} is no JSON white space", u32::from(found)))
                .help("use plain spaces, tabs and line ends")),
            _ => Ok(()),
        }
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn eat(&mut self, expected: char) -> bool {
        let here = self.peek() == Some(expected);
        if here {
            self.at += expected.len_utf8();
        }
        here
    }

    /// A mistake at the next character.
    fn here(&self, message: impl Into<String>) -> Wrong {
        Wrong::at(self.at, self.at + self.peek().map_or(0, char::len_utf8), message)
    }

    /// The line of a byte, from 1. Line ends are counted once, however many duplicate keys ask.
    fn line(&self, at: usize) -> usize {
        let ends = self.line_ends.get_or_init(|| self.text.match_indices('\n').map(|(end, _)| end).collect());
        1 + ends.partition_point(|end| *end < at)
    }

    fn span(&self, start: usize, end: usize) -> Span {
        let place = |at: usize| u32::try_from(at).expect("parse refuses texts of 4 GiB");
        Span { source: self.source, start: place(start), end: place(end) }
    }

    fn report(&mut self, wrong: Wrong) {
        let span = self.span(wrong.start, wrong.end);
        self.diagnostics.push(Diagnostic {
            severity: Severity::Error,
            code: INVALID_JSON,
            message: wrong.message,
            span,
            pointer: String::new(),
            help: wrong.help,
        });
    }
}

/// A checked literal's number: exact where 64 bits hold it, else the nearest double, as AWS does.
fn exact(literal: &str) -> Option<Number> {
    if literal != "-0" {
        if let Ok(whole) = literal.parse::<i64>() {
            return Some(whole.into());
        }
        if let Ok(whole) = literal.parse::<u64>() {
            return Some(whole.into());
        }
    }
    literal.parse().ok().and_then(Number::from_f64)
}

/// Why a run of number-like characters is no JSON number, and what to write.
fn number_mistake(literal: &str) -> Option<(&'static str, String)> {
    let (sign, body) = literal.strip_prefix('-').map_or(("", literal), |body| ("-", body));
    let digits = |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if let Some(rest) = literal.strip_prefix('+') {
        return Some(("it has a plus sign", format!("write {rest}")));
    }
    let whole = digits(body);
    if body.starts_with("0x") || body.starts_with("0X") {
        return Some(("it is hexadecimal", "write it as a decimal number, or as a string".into()));
    }
    if whole == 0 && body.len() > 1 && body.starts_with('.') {
        return Some(("a digit is missing before the point", format!("write {sign}0{body}")));
    }
    if whole == 0 {
        return Some(("it has no digits", "write a number, or a string in double quotes".into()));
    }
    if whole > 1 && body.starts_with('0') {
        let bare = body.trim_start_matches('0');
        let zero = if bare.starts_with(|c: char| c.is_ascii_digit()) { "" } else { "0" };
        return Some(("it has a leading zero", format!("write {sign}{zero}{bare}, or \"{literal}\" for a text")));
    }
    let mut rest = &body[whole..];
    if let Some(fraction) = rest.strip_prefix('.') {
        let count = digits(fraction);
        if count == 0 {
            return Some(("digits are missing after the point", format!("write {sign}{}.0", &body[..whole])));
        }
        rest = &fraction[count..];
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        rest = &exponent[digits(exponent)..];
        if digits(exponent) == 0 {
            return Some(("digits are missing in the exponent", "write it as in 1e9".into()));
        }
    }
    (!rest.is_empty())
        .then(|| ("it goes on after its last digit", format!("a text needs double quotes: \"{literal}\"")))
}

fn is_word(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '_' | '$')
}

/// A character as a message shows it.
fn quoted(c: char) -> String {
    if c.is_control() { format!("the control character U+{:04X}", u32::from(c)) } else { format!("'{c}'") }
}

#[cfg(test)]
mod tests;
