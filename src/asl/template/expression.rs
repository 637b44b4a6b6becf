//! One value that is computed: a path or an intrinsic function.

use std::borrow::Cow;
use std::fmt;

use serde_json::Value;

use crate::asl::Fault;
use crate::asl::flow::Data;
use crate::asl::intrinsic::Call;
use crate::asl::intrinsic::draws::Draws;
use crate::asl::path::{ExpressionError, Path};

#[derive(Debug, Clone)]
pub(super) enum Expression {
    Path(Path),
    Call(Call),
}

impl Expression {
    pub(super) fn parse(text: &str) -> Result<Self, ExpressionError> {
        if text.starts_with('$') {
            return Path::parse(text).map(Self::Path);
        }
        if text.starts_with("States.") {
            return Call::parse(text).map(Self::Call);
        }
        let message = "expected a path ('$.a') or an intrinsic function ('States.Format(…)')".to_owned();
        Err(ExpressionError { message, start: 0, end: text.len() })
    }

    pub(super) fn uses_context(&self) -> bool {
        match self {
            Self::Path(path) => path.uses_context(),
            Self::Call(call) => call.uses_context(),
        }
    }

    pub(super) fn uses_input(&self) -> bool {
        match self {
            Self::Path(path) => path.uses_input(),
            Self::Call(call) => call.uses_input(),
        }
    }

    /// Calls `each` with every path in it.
    pub(super) fn paths(&self, each: &mut dyn FnMut(&Path)) {
        match self {
            Self::Path(path) => each(path),
            Self::Call(call) => call.paths(each),
        }
    }

    /// The task token in what it gave, where it can be told.
    pub(super) fn token_in(&self, filled: &Value) -> Option<String> {
        match self {
            Self::Path(path) => path.token_in(filled),
            Self::Call(call) => call.token_in(filled),
        }
    }

    pub(super) fn reads_token(&self) -> bool {
        match self {
            Self::Path(path) => path.reads_token(),
            Self::Call(call) => call.reads_token(),
        }
    }

    /// Its value; `field` is the key under which it stands, for the cause of a fault.
    pub(super) fn evaluate<'a>(&self, data: Data<'a>, draws: &mut Draws, field: &str) -> Result<Cow<'a, Value>, Fault> {
        match self {
            Self::Path(path) => path.evaluate(data).map_err(|_| missing(path, data, field)),
            Self::Call(call) => call.evaluate(data, draws).map(Cow::Owned),
        }
    }
}

/// As recorded on AWS, the input as the very text that came in.
fn missing(path: &Path, data: Data<'_>, field: &str) -> Fault {
    let document = if path.uses_context() { data.context.to_string().into() } else { Cow::Borrowed(data.input.text()) };
    Fault::runtime(format!(
        "The JSONPath '{path}' specified for the field '{field}' could not be found in the input '{document}'"
    ))
}

/// As it was written.
impl fmt::Display for Expression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => path.fmt(formatter),
            Self::Call(call) => call.fmt(formatter),
        }
    }
}
