//! A place in an expression's text: what the parsers of paths, filters and intrinsic functions read from.
//!
//! Owns: position, look-ahead, quoted strings. Must not know: what is being parsed.

use crate::asl::path::ExpressionError;

/// How deep filters, parentheses and nested paths may stand in each other: far above what people write, and a bound on
/// the parsers' recursion.
pub(in crate::asl) const NESTING_MAX: usize = 32;

/// Reads a text once, from left to right.
#[derive(Debug, Clone)]
pub(in crate::asl) struct Cursor<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

impl<'t> Cursor<'t> {
    pub(in crate::asl) fn new(text: &'t str) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    /// The byte at which the next character stands.
    pub(in crate::asl) fn at(&self) -> usize {
        self.at
    }

    /// What was read since byte `start`.
    pub(in crate::asl) fn since(&self, start: usize) -> &'t str {
        &self.text[start..self.at]
    }

    pub(in crate::asl) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    pub(in crate::asl) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(in crate::asl) fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// Reads `expected` when it stands here.
    pub(in crate::asl) fn eat(&mut self, expected: &str) -> bool {
        let found = self.rest().starts_with(expected);
        if found {
            self.at += expected.len();
        }
        found
    }

    pub(in crate::asl) fn expect(&mut self, expected: &str) -> Result<(), ExpressionError> {
        if self.eat(expected) { Ok(()) } else { Err(self.error(format!("expected '{expected}'{}", self.found()))) }
    }

    pub(in crate::asl) fn skip_space(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.next();
        }
    }

    /// Reads characters while `belongs` says so.
    pub(in crate::asl) fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> &'t str {
        let start = self.at;
        while self.peek().is_some_and(&belongs) {
            self.next();
        }
        self.since(start)
    }

    /// `, found 'x'`, or nothing at the end of the text.
    pub(in crate::asl) fn found(&self) -> String {
        self.peek().map_or_else(|| ", found the end".to_owned(), |found| format!(", found '{found}'"))
    }

    /// An error about the next character.
    pub(in crate::asl) fn error(&self, message: impl Into<String>) -> ExpressionError {
        let end = self.at + self.peek().map_or(0, char::len_utf8);
        ExpressionError { message: message.into(), start: self.at, end }
    }

    /// An error about what was read since byte `start`.
    pub(in crate::asl) fn error_since(&self, start: usize, message: impl Into<String>) -> ExpressionError {
        ExpressionError { message: message.into(), start, end: self.at }
    }

    /// Goes one level deeper; [`Cursor::leave`] comes back.
    pub(in crate::asl) fn enter(&mut self) -> Result<(), ExpressionError> {
        if self.depth == NESTING_MAX {
            return Err(self.error(format!("more than {NESTING_MAX} levels stand in each other")));
        }
        self.depth += 1;
        Ok(())
    }

    pub(in crate::asl) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Reads a string in the quotes that stand here, with JSON's escapes; a backslash before any other character gives
    /// that character.
    pub(in crate::asl) fn quoted(&mut self) -> Result<String, ExpressionError> {
        let start = self.at;
        let quote = self.next();
        let mut text = String::new();
        loop {
            match self.next() {
                None => return Err(self.error_since(start, "the string has no end")),
                next if next == quote => return Ok(text),
                Some('\\') => text.push(self.escape()?),
                Some(other) => text.push(other),
            }
        }
    }

    fn escape(&mut self) -> Result<char, ExpressionError> {
        let start = self.at;
        Ok(match self.next() {
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => return self.unicode(start),
            Some(other) => other,
            None => return Err(self.error_since(start, "the string has no end")),
        })
    }

    fn unicode(&mut self, start: usize) -> Result<char, ExpressionError> {
        let high = self.four_digits(start)?;
        let low = if (0xd800..0xdc00).contains(&high) && self.eat("\\u") { self.four_digits(start)? } else { 0 };
        let code = match (high, low) {
            (high @ 0xd800..0xdc00, low @ 0xdc00..0xe000) => 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00),
            (high, _) => high,
        };
        char::from_u32(code).ok_or_else(|| self.error_since(start, "half of a surrogate pair is no character"))
    }

    fn four_digits(&mut self, start: usize) -> Result<u32, ExpressionError> {
        let digits = self.rest().get(..4).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let Some(code) = code else { return Err(self.error_since(start, "'\\u' needs four hexadecimal digits")) };
        self.at += 4;
        Ok(code)
    }
}
