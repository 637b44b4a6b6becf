//! Text → nodes: plain text, references, directives, comments, escapes.
//!
//! Blank space is treated as Velocity 1.7 does: a directive's line end goes with it, `#set` also takes the blanks before it
//! unless other text stands in front of them.

use crate::local::velocity::syntax::{Expression, Node, Reference, Step};
use crate::local::velocity::{Fault, NESTING_MAX};

/// Directives that Velocity knows, which is what an escape is for.
const DIRECTIVES: &[&str] = &["if", "elseif", "else", "end", "stop", "set", "foreach", "define", "break"];
/// Directives of Velocity that are refused here: the first two are refused by API Gateway itself.
const REFUSED: &[&str] = &["include", "parse", "evaluate", "macro"];

/// Reads a text once, from left to right.
pub(super) struct Parser<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
    /// Where a fault lies when `text` is not the template itself but a string in it.
    place: Option<usize>,
    depth: usize,
}

/// What ended a run of nodes: the text's end, `#end`, `#else`, `#elseif`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Text,
    Directive,
    Else,
    ElseIf,
}

/// The nodes of a block while it is read.
#[derive(Default)]
struct Block {
    nodes: Vec<Node>,
    text: String,
    /// Where in `text` the run of plain text began that `#set` may take the blanks of.
    run: usize,
}

impl Block {
    fn plain(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Text that is a token of its own: no blanks before it go with a later `#set`.
    fn apart(&mut self, text: &str) {
        self.text.push_str(text);
        self.run = self.text.len();
    }

    fn push(&mut self, node: Node) {
        if !self.text.is_empty() {
            self.nodes.push(Node::Text(std::mem::take(&mut self.text).into()));
        }
        self.run = 0;
        self.nodes.push(node);
    }

    fn drop_blanks(&mut self) {
        if self.text[self.run..].chars().all(|next| next == ' ' || next == '\t') {
            self.text.truncate(self.run);
        }
    }

    fn finish(mut self) -> Vec<Node> {
        if !self.text.is_empty() {
            self.nodes.push(Node::Text(self.text.into()));
        }
        self.nodes
    }
}

impl<'t> Parser<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0, place: None, depth: 0 }
    }

    /// A parser of the string that starts at `place`.
    pub(super) fn within<'s>(&self, text: &'s str, place: usize) -> Parser<'s> {
        Parser { text, at: 0, place: Some(self.place(place)), depth: self.depth }
    }

    pub(super) fn template(&mut self) -> Result<Vec<Node>, Fault> {
        let start = self.at;
        let (nodes, end) = self.block()?;
        match end {
            End::Text => Ok(nodes),
            _ => Err(self.fault(start.max(self.at), "a '#end', '#else' or '#elseif' that no directive began")),
        }
    }

    pub(super) fn fault(&self, at: usize, message: impl Into<String>) -> Fault {
        Fault { at: self.place.unwrap_or(at), message: message.into() }
    }

    /// The place of a byte in the template.
    pub(super) fn place(&self, at: usize) -> usize {
        self.place.unwrap_or(at)
    }

    pub(super) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn eat(&mut self, expected: &str) -> bool {
        let found = self.rest().starts_with(expected);
        if found {
            self.at += expected.len();
        }
        found
    }

    pub(super) fn expect(&mut self, expected: &str) -> Result<(), Fault> {
        if self.eat(expected) { Ok(()) } else { Err(self.fault(self.at, self.wanted(&format!("'{expected}'")))) }
    }

    /// `expected X, found 'y'`
    pub(super) fn wanted(&self, what: &str) -> String {
        match self.peek() {
            Some(next) => format!("expected {what}, found '{}'", next.escape_debug()),
            None => format!("expected {what}, found the end of the text"),
        }
    }

    pub(super) fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let length = rest.find(|next| !belongs(next)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    pub(super) fn skip_space(&mut self) {
        self.take_while(|next| matches!(next, ' ' | '\t' | '\n' | '\r'));
    }

    /// One level deeper; the caller leaves it with [`Self::leave`].
    pub(super) fn enter(&mut self) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth > NESTING_MAX {
            return Err(self.fault(self.at, format!("more than {NESTING_MAX} levels stand in each other")));
        }
        Ok(())
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    fn block(&mut self) -> Result<(Vec<Node>, End), Fault> {
        self.enter()?;
        let mut block = Block::default();
        let end = loop {
            match self.peek() {
                None => break End::Text,
                Some('\\') => self.escape(&mut block)?,
                Some('$') => self.dollar(&mut block, 0)?,
                Some('#') => {
                    if let Some(end) = self.hash(&mut block)? {
                        break end;
                    }
                }
                Some(_) => block.plain(self.take_while(|next| !matches!(next, '\\' | '$' | '#'))),
            }
        };
        self.leave();
        Ok((block.finish(), end))
    }

    /// Backslashes: they mean something only in front of a directive or of a reference.
    fn escape(&mut self, block: &mut Block) -> Result<(), Fault> {
        let run = self.take_while(|next| next == '\\');
        match self.peek() {
            Some('$') => self.dollar(block, run.len()),
            Some('#') => {
                let start = self.at;
                let is_directive = self.word().is_some_and(|word| DIRECTIVES.contains(&word));
                if !is_directive {
                    self.at = start;
                    block.apart(run);
                    return Ok(());
                }
                block.apart(&run[..run.len() / 2]);
                if run.len() % 2 == 1 {
                    block.apart(&self.text[start..self.at]);
                } else {
                    self.at = start;
                }
                Ok(())
            }
            _ => {
                block.apart(run);
                Ok(())
            }
        }
    }

    fn dollar(&mut self, block: &mut Block, escapes: usize) -> Result<(), Fault> {
        if let Some(reference) = self.reference()? {
            block.push(Node::Reference { escapes, reference });
            return Ok(());
        }
        self.at += 1;
        block.apart(&"\\".repeat(escapes));
        block.apart("$");
        Ok(())
    }

    /// What stands at a `$`; nothing where it is only a dollar sign.
    pub(super) fn reference(&mut self) -> Result<Option<Reference>, Fault> {
        let start = self.at;
        self.expect("$")?;
        let is_quiet = self.eat("!");
        let has_braces = self.eat("{");
        let Some(name) = self.identifier() else {
            self.at = start;
            return Ok(None);
        };
        let mut steps = Vec::new();
        while let Some(step) = self.step()? {
            steps.push(step);
        }
        if has_braces {
            self.expect("}")?;
        }
        let written = self.text[start..self.at].into();
        Ok(Some(Reference { name: name.into(), is_quiet, steps, written, at: self.place(start) }))
    }

    fn identifier(&mut self) -> Option<&'t str> {
        let is_start = self.peek().is_some_and(|next| next.is_ascii_alphabetic() || next == '_');
        is_start.then(|| self.take_while(|next| next.is_ascii_alphanumeric() || next == '_' || next == '-'))
    }

    fn step(&mut self) -> Result<Option<Step>, Fault> {
        if self.eat("[") {
            let index = self.expression()?;
            self.expect("]")?;
            return Ok(Some(Step::Index(index)));
        }
        let mut ahead = self.rest().chars();
        if ahead.next() != Some('.') || !ahead.next().is_some_and(|next| next.is_ascii_alphabetic()) {
            return Ok(None);
        }
        self.at += 1;
        let name = self.identifier().unwrap_or_default().into();
        if !self.eat("(") {
            return Ok(Some(Step::Property(name)));
        }
        let arguments = self.listed(")")?;
        Ok(Some(Step::Call { method: name, arguments }))
    }

    /// `name` or `{name}` after a `#`.
    fn word(&mut self) -> Option<&'t str> {
        self.at += 1;
        let has_braces = self.eat("{");
        let is_start = self.peek().is_some_and(|next| next.is_ascii_alphabetic() || next == '_');
        let word =
            is_start.then(|| self.take_while(|next| next.is_ascii_alphanumeric() || matches!(next, '_' | '@')))?;
        (!has_braces || self.eat("}")).then_some(word)
    }

    /// What stands at a `#`; the end of the block where it is one.
    fn hash(&mut self, block: &mut Block) -> Result<Option<End>, Fault> {
        let start = self.at;
        if self.eat("##") {
            self.take_while(|next| next != '\n' && next != '\r');
            self.line_end();
            block.run = block.text.len();
        } else if self.eat("#*") {
            self.until("*#", start, "a comment")?;
            block.run = block.text.len();
        } else if self.eat("#[[") {
            block.apart(self.until("]]#", start, "a text '#[['")?);
        } else {
            let word = self.word();
            match word {
                Some(word) if DIRECTIVES.contains(&word) => return self.directive(word, start, block),
                Some(word) if REFUSED.contains(&word) && self.rest().trim_start().starts_with('(') => {
                    return Err(self.fault(start, format!("'#{word}' is not available in mapping templates")));
                }
                _ => {
                    self.at = start + 1;
                    block.apart("#");
                }
            }
        }
        Ok(None)
    }

    fn until(&mut self, close: &str, start: usize, what: &str) -> Result<&'t str, Fault> {
        let rest = self.rest();
        let Some(length) = rest.find(close) else {
            return Err(self.fault(start, format!("{what} that '{close}' does not end")));
        };
        self.at += length + close.len();
        Ok(&rest[..length])
    }

    fn line_end(&mut self) {
        let _ = self.eat("\r\n") || self.eat("\n") || self.eat("\r");
    }

    /// Takes the rest of the line where it is blank.
    fn blank_line_end(&mut self) {
        let start = self.at;
        self.take_while(|next| next == ' ' || next == '\t');
        let blanks_end = self.at;
        self.line_end();
        if self.at == blanks_end {
            self.at = start;
        }
    }

    fn directive(&mut self, word: &str, start: usize, block: &mut Block) -> Result<Option<End>, Fault> {
        match word {
            "end" | "else" => {
                self.blank_line_end();
                return Ok(Some(if word == "end" { End::Directive } else { End::Else }));
            }
            "elseif" => return Ok(Some(End::ElseIf)),
            "stop" => block.push(Node::Stop),
            "break" => block.push(Node::Break),
            "set" => {
                let after = self.at;
                self.take_while(|next| next == ' ' || next == '\t');
                if !self.eat("(") {
                    self.at = after;
                    block.apart(&self.text[start..after]);
                    return Ok(None);
                }
                block.drop_blanks();
                let node = self.set()?;
                block.push(node);
            }
            "if" => {
                let node = self.conditional(start)?;
                block.push(node);
            }
            "foreach" => {
                let node = self.foreach(start)?;
                block.push(node);
            }
            _ => {
                let node = self.define(start)?;
                block.push(node);
            }
        }
        Ok(None)
    }

    fn open(&mut self) -> Result<(), Fault> {
        self.skip_space();
        self.expect("(")?;
        self.skip_space();
        Ok(())
    }

    fn close(&mut self) -> Result<(), Fault> {
        self.skip_space();
        self.expect(")")?;
        self.blank_line_end();
        Ok(())
    }

    /// A reference in a directive, where a `$` cannot be anything else.
    fn variable(&mut self) -> Result<Reference, Fault> {
        self.skip_space();
        if self.peek() != Some('$') {
            return Err(self.fault(self.at, self.wanted("a variable, '$name'")));
        }
        let start = self.at;
        self.reference()?.ok_or_else(|| self.fault(start, "expected a variable, '$name', found '$'"))
    }

    fn name(&mut self) -> Result<Box<str>, Fault> {
        let reference = self.variable()?;
        if reference.steps.is_empty() {
            return Ok(reference.name);
        }
        Err(self.fault(reference.at, format!("expected a variable, found '{}'", reference.written)))
    }

    fn set(&mut self) -> Result<Node, Fault> {
        let target = self.variable()?;
        if let Some(Step::Call { .. }) = target.steps.last() {
            return Err(self.fault(target.at, format!("'{}' cannot be set", target.written)));
        }
        self.skip_space();
        self.expect("=")?;
        let value = self.expression()?;
        self.close()?;
        Ok(Node::Set { target, value })
    }

    fn condition(&mut self) -> Result<Expression, Fault> {
        self.open()?;
        let condition = self.expression()?;
        self.close()?;
        Ok(condition)
    }

    fn conditional(&mut self, start: usize) -> Result<Node, Fault> {
        let mut branches = Vec::new();
        let mut otherwise = Vec::new();
        let mut end = End::ElseIf;
        while end == End::ElseIf {
            let condition = self.condition()?;
            let (nodes, ended) = self.block()?;
            branches.push((condition, nodes));
            end = ended;
        }
        if end == End::Else {
            (otherwise, end) = self.block()?;
        }
        self.ended(end, "#if", start)?;
        Ok(Node::If { branches, otherwise })
    }

    fn ended(&self, end: End, directive: &str, start: usize) -> Result<(), Fault> {
        match end {
            End::Directive => Ok(()),
            End::Text => Err(self.fault(start, format!("'{directive}' without '#end'"))),
            End::Else | End::ElseIf => {
                Err(self.fault(self.at, format!("'#else' or '#elseif' where '{directive}' expects '#end'")))
            }
        }
    }

    fn foreach(&mut self, start: usize) -> Result<Node, Fault> {
        self.open()?;
        let name = self.name()?;
        self.skip_space();
        self.expect("in")?;
        let items = self.expression()?;
        self.close()?;
        let (body, end) = self.block()?;
        self.ended(end, "#foreach", start)?;
        Ok(Node::Foreach { name, items, body, at: self.place(start) })
    }

    fn define(&mut self, start: usize) -> Result<Node, Fault> {
        self.open()?;
        let name = self.name()?;
        self.close()?;
        let (body, end) = self.block()?;
        self.ended(end, "#define", start)?;
        Ok(Node::Define { name, body })
    }
}
