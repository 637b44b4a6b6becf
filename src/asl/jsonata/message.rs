//! Why an expression stopped, in AWS's words.

use std::fmt;

use jsonata_core::evaluator::{EvaluatorError, error_code_prefix};

use crate::asl::jsonata::functions::TOO_LARGE;

/// What ends an evaluation early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stop {
    /// An error of JSONata's, with its code: `T2001: The left side of …`
    Error(String),
    /// More values, or larger ones, than the evaluation may make.
    Size,
    /// Calls within calls, or values within values.
    Depth,
    /// It takes too long.
    Time,
    /// It cannot be evaluated, by no fault of its own.
    Internal,
}

impl fmt::Display for Stop {
    /// What follows `threw an`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Error(message) => return write!(formatter, "error during evaluation. {message}"),
            Self::Size => {
                "error during evaluation: Expression evaluation memory limit exceeded: Check for excessive memory usage"
            }
            Self::Depth => {
                "error during evaluation: Stack overflow error: Check for non-terminating recursive function. Consider \
                 rewriting as tail-recursive."
            }
            Self::Time => "error during evaluation: Expression evaluation timeout: Check for infinite loop",
            Self::Internal => "internal error during evaluation.",
        })
    }
}

impl Stop {
    /// What stopped an expression that calls these functions of JSONata's.
    pub(super) fn of(error: &EvaluatorError, functions: &[String]) -> Self {
        match parts(error.message()) {
            (Some("D1011" | "U1001"), _) => Self::Depth,
            (Some("D1012" | "U1003"), _) => Self::Time,
            (Some("D2014" | "D2015" | TOO_LARGE), _) => Self::Size,
            (Some(code), text) => Self::Error(format!("{code}: {}", wording(code, text, functions))),
            (None, text) => Self::Error(text.to_owned()),
        }
    }
}

/// What stops an expression whose value is no finite number.
pub(super) fn out_of_range(number: f64) -> Stop {
    Stop::Error(format!("D1001: {}", wording("D1001", &number.to_string(), &[])))
}

/// JSONata's own text where the evaluator shortens or changes it.
fn wording(code: &str, text: &str, functions: &[String]) -> String {
    match code {
        "D1001" => format!("Number out of range: {}Infinity", if text.ends_with("-inf") { "-" } else { "" }),
        "T2001" | "T2002" => quoted_after(text, "side of the ", " operator"),
        "T0410" | "T0411" | "T0412" => arguments(code, text, functions),
        _ => FIXED.iter().find(|(known, _)| *known == code).map_or(text, |(_, fixed)| *fixed).to_owned(),
    }
}

/// Errors whose texts are fixed.
const FIXED: &[(&str, &str)] = &[
    ("D1002", "Cannot negate a non-numeric value"),
    ("D3001", "Attempting to invoke string function on Infinity or NaN"),
    ("D3010", "Second argument of replace function cannot be an empty string"),
    ("D3020", "Third argument of split function must evaluate to a positive number"),
    ("D3080", "The picture string must only contain a maximum of two sub-pictures"),
    ("D3081", "The sub-picture must not contain more than one instance of the 'decimal-separator' character"),
    ("D3082", "The sub-picture must not contain more than one instance of the 'percent' character"),
    ("D3083", "The sub-picture must not contain more than one instance of the 'per-mille' character"),
    ("D3084", "The sub-picture must not contain both a 'percent' and a 'per-mille' character"),
    (
        "D3085",
        "The mantissa part of a sub-picture must contain at least one character that is either an 'optional digit \
         character' or a member of the 'decimal digit family'",
    ),
    (
        "D3086",
        "The sub-picture must not contain a passive character that is preceded by an active character and that is \
         followed by another active character",
    ),
    (
        "D3087",
        "The sub-picture must not contain a 'grouping-separator' character that appears adjacent to a \
         'decimal-separator' character",
    ),
    ("D3088", "The sub-picture must not contain a 'grouping-separator' at the end of the integer part"),
    ("D3089", "The sub-picture must not contain two adjacent instances of the 'grouping-separator' character"),
    (
        "D3090",
        "The integer part of the sub-picture must not contain a member of the 'decimal digit family' that is followed \
         by an instance of the 'optional digit character'",
    ),
    (
        "D3091",
        "The fractional part of the sub-picture must not contain an instance of the 'optional digit character' that is \
         followed by a member of the 'decimal digit family'",
    ),
    (
        "D3092",
        "A sub-picture that contains a 'percent' or 'per-mille' character must not contain a character treated as an \
         'exponent-separator'",
    ),
    (
        "D3093",
        "The exponent part of the sub-picture must comprise only of one or more characters that are members of the \
         'decimal digit family'",
    ),
    ("T1006", "Attempted to invoke a non-function"),
    ("T2003", "The left side of the range operator (..) must evaluate to an integer"),
    ("T2004", "The right side of the range operator (..) must evaluate to an integer"),
];

/// The arguments of JSONata's functions: types of one letter, alternatives in `()`, the type of an array's items in `<>`.
const SIGNATURES: &[(&str, &str)] = &[
    ("abs", "n"),
    ("append", "xx"),
    ("assert", "bs"),
    ("average", "a<n>"),
    ("base64decode", "s"),
    ("base64encode", "s"),
    ("ceil", "n"),
    ("contains", "s(sf)"),
    ("count", "a"),
    ("decodeUrl", "s"),
    ("decodeUrlComponent", "s"),
    ("each", "of"),
    ("encodeUrl", "s"),
    ("encodeUrlComponent", "s"),
    ("error", "s"),
    ("filter", "af"),
    ("floor", "n"),
    ("formatBase", "nn"),
    ("formatInteger", "ns"),
    ("formatNumber", "nso"),
    ("fromMillis", "nss"),
    ("join", "a<s>s"),
    ("length", "s"),
    ("lookup", "xs"),
    ("lowercase", "s"),
    ("map", "af"),
    ("match", "sfn"),
    ("max", "a<n>"),
    ("merge", "a<o>"),
    ("min", "a<n>"),
    ("number", "(nsb)"),
    ("pad", "sns"),
    ("parseInteger", "ss"),
    ("power", "nn"),
    ("reduce", "afj"),
    ("replace", "s(sf)(sf)n"),
    ("reverse", "a"),
    ("round", "nn"),
    ("shuffle", "a"),
    ("sift", "of"),
    ("single", "af"),
    ("sort", "af"),
    ("split", "s(sf)n"),
    ("sqrt", "n"),
    ("string", "xb"),
    ("substring", "snn"),
    ("substringAfter", "ss"),
    ("substringBefore", "ss"),
    ("sum", "a<n>"),
    ("toMillis", "ss"),
    ("trim", "s"),
    ("uppercase", "s"),
];

/// An error about an argument: the evaluator tells its place and type, but not always of which function. It is that of
/// the expression's which takes such an argument, the first of several.
fn arguments(code: &str, text: &str, functions: &[String]) -> String {
    if text.contains(" of function ") {
        return named_function(text);
    }
    let place = text.strip_prefix("Argument ").and_then(|rest| rest.split(' ').next()?.parse::<usize>().ok());
    let place = place.unwrap_or(1);
    let wanted = text.split("must be ").nth(1).map(|wanted| wanted.trim_start_matches("an array of "));
    let letter = wanted.and_then(letter_of);
    let takes = |name: &String| {
        let types = SIGNATURES.iter().find(|(known, _)| known == name).and_then(|(_, types)| nth_type(types, place));
        types.is_some_and(|types| letter.is_none_or(|letter| types.contains(letter)))
    };
    let function = functions.iter().find(|name| takes(name)).or(functions.first()).map_or("", String::as_str);
    match code {
        "T0412" => {
            let items = match letter {
                Some('n') => "numbers",
                Some('s') => "strings",
                Some('o') => "objects",
                _ => "values",
            };
            format!("Argument {place} of function \"{function}\" must be an array of \"{items}\"")
        }
        "T0411" => {
            format!("Context value is not a compatible type with argument {place} of function \"{function}\"")
        }
        _ => format!("Argument {place} of function \"{function}\" does not match function signature"),
    }
}

fn letter_of(wanted: &str) -> Option<char> {
    ["Number", "String", "Boolean", "Array", "Object", "Function"]
        .into_iter()
        .find(|name| wanted.starts_with(name))
        .and_then(|name| name.chars().next())
        .map(|first| first.to_ascii_lowercase())
}

/// The types that an argument, counted from 1, may have.
fn nth_type(types: &str, place: usize) -> Option<&str> {
    let mut rest = types;
    for _ in 1..place {
        rest = &rest[one_type(rest)..];
    }
    Some(&rest[..one_type(rest)]).filter(|types| !types.is_empty())
}

fn one_type(types: &str) -> usize {
    if types.starts_with('(') {
        return types.find(')').map_or(types.len(), |end| end + 1);
    }
    match types.get(1..2) {
        Some("<") => types.find('>').map_or(types.len(), |end| end + 1),
        _ => types.len().min(1),
    }
}

/// The function in quotes, without its `$`, and without what the evaluator adds in brackets.
fn named_function(text: &str) -> String {
    let text = text.split(" (expected").next().unwrap_or(text);
    quoted_after(text, " of function ", " ")
}

/// The word between two texts in quotes.
fn quoted_after(text: &str, before: &str, after: &str) -> String {
    let found = text.split_once(before).and_then(|(head, rest)| Some((head, rest.split_once(after)?)));
    match found {
        Some((head, (word, tail))) if !word.starts_with('"') => {
            format!("{head}{before}\"{}\"{after}{tail}", word.trim_start_matches('$'))
        }
        _ => text.to_owned(),
    }
}

/// An error's code, where it has one, and what follows it. The evaluator puts words of its own before some codes.
pub(super) fn parts(text: &str) -> (Option<&str>, &str) {
    let text = ["Invalid syntax: ", "Invalid number: ", "Signature validation failed: "]
        .into_iter()
        .find_map(|prefix| text.strip_prefix(prefix))
        .unwrap_or(text);
    match error_code_prefix(text) {
        Some(code) => (Some(code), text[code.len() + 1..].trim_start()),
        None if text == "Unclosed comment" => (Some("S0106"), "Comment has no closing tag"),
        None => (None, text),
    }
}

/// An error as the evaluator's other errors are: its code in front.
pub(super) fn normal(text: &str) -> String {
    match parts(text) {
        (Some(code), text) => format!("{code}: {text}"),
        (None, text) => text.to_owned(),
    }
}
