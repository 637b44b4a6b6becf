//! What a plain word of YAML is: null, boolean, number or text, by the default schema of js-yaml 4.

use serde_json::Number;

use crate::asl::syntax::NodeKind;

/// The type of a plain scalar, and what people regret about it.
#[derive(Debug, PartialEq)]
pub(super) struct Typed {
    pub(super) kind: NodeKind,
    pub(super) trap: Option<Trap>,
}

/// A word that another reader of YAML takes for something else, or that loses something.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Trap {
    /// `yes`, `no`, `on`, `off`: booleans in YAML 1.1, text here.
    BooleanWord(bool),
    /// `010`: 10 here, 8 in YAML 1.1.
    LeadingZero,
    /// `1_000`: 1000, underscores gone.
    Underscore,
    /// A whole number that a double cannot hold exactly.
    Inexact,
    /// `.inf`, `.nan`: JSON has no such number.
    NotJson,
}

/// The largest whole number that every reader of JSON keeps exactly: 2^53.
const EXACT_MAX: u64 = 1 << 53;

/// Types a plain scalar.
pub(super) fn resolve(word: &str) -> Typed {
    let plain = |kind| Typed { kind, trap: None };
    match word {
        "" | "~" | "null" | "Null" | "NULL" => plain(NodeKind::Null),
        "true" | "True" | "TRUE" => plain(NodeKind::Bool(true)),
        "false" | "False" | "FALSE" => plain(NodeKind::Bool(false)),
        _ => integer(word).or_else(|| float(word)).unwrap_or_else(|| text(word)),
    }
}

fn text(word: &str) -> Typed {
    let trap = match word.to_ascii_lowercase().as_str() {
        "yes" | "on" => Some(Trap::BooleanWord(true)),
        "no" | "off" => Some(Trap::BooleanWord(false)),
        ".inf" | "-.inf" | "+.inf" | ".nan" if not_json(word) => Some(Trap::NotJson),
        _ => None,
    };
    Typed { kind: NodeKind::String(word.to_owned()), trap }
}

/// `.inf`, `.Inf`, `.INF` and the like, but no other mixture of letters.
fn not_json(word: &str) -> bool {
    let name = word.trim_start_matches(['+', '-']);
    matches!(name, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN")
}

/// A whole number: decimal, `0x…`, `0o…`, `0b…`, underscores between its digits.
fn integer(word: &str) -> Option<Typed> {
    let (negative, digits) = split_sign(word);
    let (base, digits) = match digits.get(..2) {
        Some("0x") => (16, &digits[2..]),
        Some("0o") => (8, &digits[2..]),
        Some("0b") => (2, &digits[2..]),
        _ => (10, digits),
    };
    let digits_only: String = digits.chars().filter(|c| *c != '_').collect();
    if digits_only.is_empty()
        || digits.starts_with('_')
        || digits.ends_with('_')
        || !digits_only.chars().all(|c| c.is_digit(base))
    {
        return None;
    }
    let trap = if base == 10 && digits_only.len() > 1 && digits_only.starts_with('0') {
        Some(Trap::LeadingZero)
    } else {
        (digits_only != digits).then_some(Trap::Underscore)
    };
    Some(whole(negative, &digits_only, base, trap))
}

fn whole(negative: bool, digits: &str, base: u32, trap: Option<Trap>) -> Typed {
    let number = match u64::from_str_radix(digits, base) {
        Ok(value) if !negative => Some(Number::from(value)),
        Ok(value) => i64::try_from(-i128::from(value)).ok().map(Number::from),
        Err(_) => None,
    };
    let exact = u64::from_str_radix(digits, base).is_ok_and(|value| value <= EXACT_MAX);
    let number = number.or_else(|| {
        let size = match base {
            10 => digits.parse().unwrap_or(f64::INFINITY),
            _ => digits.chars().fold(0.0, |sum, c| sum * f64::from(base) + c.to_digit(base).map_or(0.0, f64::from)),
        };
        Number::from_f64(if negative { -size } else { size })
    });
    let trap = trap.or((!exact).then_some(Trap::Inexact));
    match number {
        Some(number) => Typed { kind: NodeKind::Number(number), trap },
        None => Typed { kind: NodeKind::String(digits.to_owned()), trap: Some(Trap::NotJson) },
    }
}

/// A number with a fraction or an exponent; whole ones are written without `.0`, as JavaScript does.
fn float(word: &str) -> Option<Typed> {
    let (negative, size) = split_sign(word);
    if !is_float(size) || (size.starts_with('.') && word != size && word.starts_with('+')) {
        return None;
    }
    let bare: String = size.chars().filter(|c| *c != '_').collect();
    let value: f64 = bare.parse().ok()?;
    let value = if negative { -value } else { value };
    let trap = (bare != size).then_some(Trap::Underscore);
    let Some(number) = Number::from_f64(value) else {
        return Some(Typed { kind: NodeKind::String(word.to_owned()), trap: Some(Trap::NotJson) });
    };
    let whole = (value.fract() == 0.0 && value.abs() <= EXACT_AS_FLOAT).then(|| format!("{value:.0}"));
    let number = whole.and_then(|text| text.parse::<i64>().ok()).map_or(number, Number::from);
    Some(Typed { kind: NodeKind::Number(number), trap })
}

/// [`EXACT_MAX`] as a double, which holds it exactly.
const EXACT_AS_FLOAT: f64 = 9_007_199_254_740_992.0;

/// `1.`, `1.5`, `.5`, `1e3`, `1.5e-3`.
fn is_float(size: &str) -> bool {
    let (mantissa, exponent) = match size.find(['e', 'E']) {
        Some(at) => (&size[..at], Some(&size[at + 1..])),
        None => (size, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let starts = |part: &str| part.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
    let exponent_fits = exponent.is_none_or(|exponent| {
        let (_, power) = split_sign(exponent);
        !power.is_empty() && power.bytes().all(|byte| byte.is_ascii_digit())
    });
    digits(whole)
        && digits(fraction)
        && !size.ends_with('_')
        && (starts(whole) || (whole.is_empty() && starts(fraction)))
        && exponent_fits
}

fn split_sign(word: &str) -> (bool, &str) {
    match word.as_bytes().first() {
        Some(b'-') => (true, &word[1..]),
        Some(b'+') => (false, &word[1..]),
        _ => (false, word),
    }
}
