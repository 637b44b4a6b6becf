//! Expressions in directives, arguments and indexes.

use crate::local::velocity::parse::Parser;
use crate::local::velocity::syntax::{Expression, Operator};
use crate::local::velocity::{Fault, OPERATORS_MAX};

/// Longer signs before their beginnings.
const SIGNS: &[(&str, Operator)] = &[
    ("||", Operator::Or),
    ("&&", Operator::And),
    ("==", Operator::Equal),
    ("!=", Operator::NotEqual),
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("<", Operator::Less),
    (">", Operator::Greater),
    ("+", Operator::Add),
    ("-", Operator::Subtract),
    ("*", Operator::Multiply),
    ("/", Operator::Divide),
    ("%", Operator::Remainder),
];

const WORDS: &[(&str, Operator)] = &[
    ("or", Operator::Or),
    ("and", Operator::And),
    ("eq", Operator::Equal),
    ("ne", Operator::NotEqual),
    ("le", Operator::LessOrEqual),
    ("ge", Operator::GreaterOrEqual),
    ("lt", Operator::Less),
    ("gt", Operator::Greater),
];

impl Parser<'_> {
    pub(super) fn expression(&mut self) -> Result<Expression, Fault> {
        self.enter()?;
        let expression = self.binary(1);
        self.leave();
        expression
    }

    /// An expression of operators that bind at least as strongly as `weakest`.
    fn binary(&mut self, weakest: u8) -> Result<Expression, Fault> {
        let mut left = self.unary()?;
        for _ in 0..=OPERATORS_MAX {
            self.skip_space();
            let start = self.at;
            let operator = self.operator().filter(|operator| operator.precedence() >= weakest);
            let Some(operator) = operator else {
                self.at = start;
                return Ok(left);
            };
            let right = Box::new(self.binary(operator.precedence() + 1)?);
            left = Expression::Binary { operator, left: Box::new(left), right, at: self.place(start) };
        }
        Err(self.fault(self.at, format!("more than {OPERATORS_MAX} operators in a row: '#set' a part of them first")))
    }

    fn operator(&mut self) -> Option<Operator> {
        let sign = SIGNS.iter().find(|(sign, _)| self.eat(sign));
        sign.or_else(|| WORDS.iter().find(|(word, _)| self.eat_word(word))).map(|(_, operator)| *operator)
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let after = self.rest().strip_prefix(word).map(|rest| rest.chars().next());
        let found = after.is_some_and(|next| !next.is_some_and(|next| next.is_ascii_alphanumeric() || next == '_'));
        if found {
            self.at += word.len();
        }
        found
    }

    fn unary(&mut self) -> Result<Expression, Fault> {
        self.skip_space();
        let is_not = !self.rest().starts_with("!=") && (self.eat("!") || self.eat_word("not"));
        if !is_not {
            return self.primary();
        }
        self.enter()?;
        let operand = self.unary();
        self.leave();
        Ok(Expression::Not(Box::new(operand?)))
    }

    fn primary(&mut self) -> Result<Expression, Fault> {
        let start = self.at;
        match self.peek() {
            Some('$') => match self.reference()? {
                Some(reference) => Ok(Expression::Reference(reference)),
                None => Err(self.fault(start, "expected a variable, '$name', found '$'")),
            },
            Some('\'') => Ok(Expression::Text(self.quoted('\'')?.into())),
            Some('"') => self.interpolated(),
            Some('[') => self.list(),
            Some('{') => self.map(),
            Some('(') => {
                self.at += 1;
                let inner = self.expression()?;
                self.skip_space();
                self.expect(")")?;
                Ok(inner)
            }
            Some(next) if next.is_ascii_digit() || next == '-' || next == '.' => self.number(),
            _ if self.eat_word("true") => Ok(Expression::Bool(true)),
            _ if self.eat_word("false") => Ok(Expression::Bool(false)),
            _ => Err(self.fault(start, self.wanted("a value"))),
        }
    }

    /// A string's text; its quote is written twice to stand in it, and a backslash is a backslash.
    fn quoted(&mut self, quote: char) -> Result<String, Fault> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            text.push_str(self.take_while(|next| next != quote));
            if self.peek().is_none() {
                return Err(self.fault(start, format!("a string that {quote} does not end")));
            }
            self.at += 1;
            if self.peek() != Some(quote) {
                return Ok(text);
            }
            self.at += 1;
            text.push(quote);
        }
    }

    fn interpolated(&mut self) -> Result<Expression, Fault> {
        let start = self.at;
        let text = self.quoted('"')?;
        if !text.contains(['$', '#']) {
            return Ok(Expression::Text(text.into()));
        }
        Ok(Expression::Interpolated(self.within(&text, start).template()?))
    }

    fn list(&mut self) -> Result<Expression, Fault> {
        let start = self.at;
        self.at += 1;
        self.skip_space();
        if self.eat("]") {
            return Ok(Expression::List(Vec::new()));
        }
        let first = self.expression()?;
        self.skip_space();
        if self.eat("..") {
            let to = Box::new(self.expression()?);
            self.skip_space();
            self.expect("]")?;
            return Ok(Expression::Range { from: Box::new(first), to, at: self.place(start) });
        }
        let mut items = vec![first];
        if !self.eat("]") {
            self.expect(",")?;
            items.extend(self.listed("]")?);
        }
        Ok(Expression::List(items))
    }

    /// Values between commas, up to `close`.
    pub(super) fn listed(&mut self, close: &str) -> Result<Vec<Expression>, Fault> {
        let mut items = Vec::new();
        self.skip_space();
        if self.eat(close) {
            return Ok(items);
        }
        loop {
            items.push(self.expression()?);
            self.skip_space();
            if self.eat(close) {
                return Ok(items);
            }
            self.expect(",")?;
        }
    }

    fn map(&mut self) -> Result<Expression, Fault> {
        self.at += 1;
        let mut entries = Vec::new();
        self.skip_space();
        if self.eat("}") {
            return Ok(Expression::Map(entries));
        }
        loop {
            let key = self.expression()?;
            self.skip_space();
            self.expect(":")?;
            entries.push((key, self.expression()?));
            self.skip_space();
            if self.eat("}") {
                return Ok(Expression::Map(entries));
            }
            self.expect(",")?;
        }
    }

    fn number(&mut self) -> Result<Expression, Fault> {
        let start = self.at;
        let _ = self.eat("-");
        let digits = |next: char| next.is_ascii_digit();
        self.take_while(digits);
        let mut is_decimal = false;
        if !self.rest().starts_with("..") && self.eat(".") {
            is_decimal = true;
            self.take_while(digits);
        }
        if self.rest().starts_with(['e', 'E']) {
            let before = self.at;
            self.at += 1;
            let _ = self.eat("-") || self.eat("+");
            if self.take_while(digits).is_empty() {
                self.at = before;
            } else {
                is_decimal = true;
            }
        }
        let written = &self.text[start..self.at];
        let number = if is_decimal {
            written.parse().ok().filter(|number: &f64| number.is_finite()).map(Expression::Decimal)
        } else {
            written.parse().ok().map(Expression::Integer)
        };
        number.ok_or_else(|| self.fault(start, format!("'{written}' is no number of 64 bits")))
    }
}
