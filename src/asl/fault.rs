//! Errors *of* an interpreted program: values that Retry and Catch route, never errors of ours.

use std::borrow::Cow;

/// An error name and its cause, as an execution's history records them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The error name: `States.Runtime`, `Lambda.Unknown`, a function's own error type, … At most 256 characters.
    pub error: Cow<'static, str>,
    /// What happened, in AWS's words. At most 32,768 characters.
    pub cause: String,
    /// Set where a JSONata state could not evaluate a field: the history then has an event of its own.
    pub evaluation: Option<Evaluation>,
}

/// What an `EvaluationFailed` event tells beside error and cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// The field, and the way to the value within it: `Assign/result`. Absent where no field is to blame.
    pub location: Option<Box<str>>,
}

impl Fault {
    /// The error that ends an execution whatever Retry and Catch say.
    #[must_use]
    pub fn runtime(cause: impl Into<String>) -> Self {
        Self::new("States.Runtime", cause)
    }

    /// A fault with a name that is known when this program is written.
    #[must_use]
    pub fn new(error: impl Into<Cow<'static, str>>, cause: impl Into<String>) -> Self {
        Self { error: error.into(), cause: cause.into(), evaluation: None }
    }

    /// What AWS says of a state's data above its limit.
    #[must_use]
    pub fn too_large(state_name: &str) -> Self {
        let cause = format!(
            "The state/task '{state_name}' returned a result with a size exceeding the maximum number of bytes service limit."
        );
        Self::new("States.DataLimitExceeded", cause)
    }

    /// What a JSONata state could not evaluate.
    #[must_use]
    pub fn evaluation(error: impl Into<Cow<'static, str>>, cause: String, location: Option<String>) -> Self {
        let evaluation = Some(Evaluation { location: location.map(Into::into) });
        Self { error: error.into(), cause, evaluation }
    }
}
