//! The values that a function is called with, as the types that it wants.

use std::borrow::Cow;

use serde_json::{Map, Value};

/// The values of a call; as many as the function's arity allows, which the parser saw to.
pub(super) struct Arguments<'a> {
    pub(super) values: Vec<Cow<'a, Value>>,
    /// The first argument as it stands between its quotes, where it is a string literal.
    pub(super) template: Option<&'a str>,
}

/// Why a function does not take its arguments.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// `Invalid arguments in …`
    Arguments(Option<&'static str>),
    /// `Invalid template in …`
    Template(&'static str),
}

/// Of no use to the function, and AWS says no more than that.
pub(super) const INVALID: Wrong = Wrong::Arguments(None);

impl Arguments<'_> {
    pub(super) fn value(&self, place: usize) -> Result<&Value, Wrong> {
        self.values.get(place).map(|value| &**value).ok_or(INVALID)
    }

    pub(super) fn array(&self, place: usize) -> Result<&[Value], Wrong> {
        self.value(place)?.as_array().map(Vec::as_slice).ok_or(INVALID)
    }

    pub(super) fn object(&self, place: usize) -> Result<&Map<String, Value>, Wrong> {
        self.value(place)?.as_object().ok_or(INVALID)
    }

    pub(super) fn text(&self, place: usize) -> Result<&str, Wrong> {
        self.value(place)?.as_str().ok_or(INVALID)
    }

    /// A text of at most `characters_max` characters.
    pub(super) fn short_text(&self, place: usize, characters_max: usize) -> Result<&str, Wrong> {
        let text = self.text(place)?;
        if text.chars().count() > characters_max { Err(INVALID) } else { Ok(text) }
    }

    /// A number, its fraction cut off: AWS says that it rounds here, and does not.
    pub(super) fn whole(&self, place: usize) -> Result<i64, Wrong> {
        self.integer(place, f64::trunc)
    }

    /// A number, rounded to the nearest whole one, halves upwards.
    pub(super) fn rounded(&self, place: usize) -> Result<i64, Wrong> {
        self.integer(place, |number| (number + 0.5).floor())
    }

    #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
    fn integer(&self, place: usize, round: fn(f64) -> f64) -> Result<i64, Wrong> {
        /// 2^53: up to there a double holds every whole number.
        const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
        let Value::Number(number) = self.value(place)? else { return Err(INVALID) };
        if let Some(whole) = number.as_i64() {
            return Ok(whole);
        }
        let rounded = number.as_f64().map(round).ok_or(INVALID)?;
        if rounded.abs() > EXACT_MAX { Err(INVALID) } else { Ok(rounded as i64) }
    }
}
