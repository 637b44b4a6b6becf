//! Why an expression stopped, in AWS's words.

use std::fmt;

use jsonata_core::evaluator::EvaluatorError;

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

impl From<EvaluatorError> for Stop {
    fn from(error: EvaluatorError) -> Self {
        let message = error.message();
        match error.code() {
            Some("D1011" | "U1001") => Self::Depth,
            Some("D1012" | "U1003") => Self::Time,
            Some("D2014" | "D2015") => Self::Size,
            Some(super::functions::TOO_LARGE) => Self::Size,
            Some(code) => Self::Error(format!("{code}: {}", wording(code, message[code.len() + 1..].trim_start()))),
            None => Self::Error(message.to_owned()),
        }
    }
}

/// JSONata's own text where the evaluator shortens it: it quotes functions and operators.
fn wording(code: &str, text: &str) -> String {
    match code {
        "T2001" | "T2002" => quoted_after(text, "side of the ", " operator"),
        "T0410" | "T0411" | "T0412" => quoted_after(text, " of function ", " "),
        "T1006" => "Attempted to invoke a non-function".to_owned(),
        "T2003" => "The left side of the range operator (..) must evaluate to an integer".to_owned(),
        "T2004" => "The right side of the range operator (..) must evaluate to an integer".to_owned(),
        "T2010" => "The expressions either side of operator \"<\" must evaluate to numeric or string values".to_owned(),
        _ => text.to_owned(),
    }
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

/// What a parser's error says, without its code, as AWS shows it in diagnostics.
pub(super) fn of_parser(error: &jsonata_core::parser::ParserError) -> String {
    let text = error.to_string();
    match jsonata_core::evaluator::error_code_prefix(&text) {
        Some(code) => text[code.len() + 1..].trim_start().to_owned(),
        None => text,
    }
}
