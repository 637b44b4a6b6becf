//! A refusal, as AWS's JSON protocols write it.

use serde_json::{Value, json};

use crate::asl::diagnostic::{Diagnostic, Severity};
use crate::engine::EngineError;

/// An exception of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ApiError {
    /// The exception's name, `ExecutionDoesNotExist`.
    pub(super) name: &'static str,
    /// The HTTP status; 400 for nearly everything.
    pub(super) status: u16,
    /// What happened, in AWS's words.
    pub(super) message: String,
}

impl ApiError {
    /// An exception with status 400.
    pub(super) fn new(name: &'static str, message: impl Into<String>) -> Self {
        Self { name, status: 400, message: message.into() }
    }

    /// The same with another status.
    pub(super) fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// The operation's request breaks a constraint of the API's model.
    pub(super) fn validation(message: impl Into<String>) -> Self {
        Self::new("ValidationException", message)
    }

    /// Not the caller's fault.
    pub(super) fn internal(message: impl Into<String>) -> Self {
        Self::new("InternalFailure", message).with_status(500)
    }

    /// The body: the name with the namespace that the real service gives it, which clients cut off at the `#`.
    pub(super) fn body(&self) -> Value {
        let namespace = match self.name {
            "ValidationException" => "com.amazon.coral.validate",
            "SerializationException"
            | "UnknownOperationException"
            | "InternalFailure"
            | "AccessDeniedException"
            | "ThrottlingException" => "com.amazon.coral.service",
            _ => "com.amazonaws.swf.service.v2.model",
        };
        json!({ "__type": format!("{namespace}#{}", self.name), "message": self.message })
    }
}

impl From<EngineError> for ApiError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::StateMachineDoesNotExist(arn) => {
                Self::new("StateMachineDoesNotExist", format!("State Machine Does Not Exist: '{arn}'"))
            }
            EngineError::StateMachineAlreadyExists(arn) => {
                Self::new("StateMachineAlreadyExists", format!("State Machine Already Exists: '{arn}'"))
            }
            EngineError::InvalidDefinition(diagnostics) => invalid_definition(&diagnostics),
            EngineError::Conflict(why) => Self::new("ConflictException", why),
            EngineError::QuotaExceeded(limit) => Self::new("ServiceQuotaExceededException", limit),
            EngineError::ExecutionDoesNotExist(arn) => {
                Self::new("ExecutionDoesNotExist", format!("Execution Does Not Exist: '{arn}'"))
            }
            EngineError::ExecutionAlreadyExists(arn) => {
                Self::new("ExecutionAlreadyExists", format!("Execution Already Exists: '{arn}'"))
            }
            EngineError::ExecutionNotRedrivable(arn, why) => {
                Self::new("ExecutionNotRedrivable", format!("Execution {arn} invalid for redrive as: {why}"))
            }
            EngineError::InvalidToken => Self::new("InvalidToken", "Invalid Token: 'Invalid token'"),
            EngineError::TaskTimedOut => {
                Self::new("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
            }
            EngineError::LimitExceeded(limit) => Self::new("ExecutionLimitExceeded", limit),
            EngineError::ActivityDoesNotExist(arn) => {
                Self::new("ActivityDoesNotExist", format!("Activity Does Not Exist: '{arn}'"))
            }
            EngineError::ActivityAlreadyExists(arn) => {
                Self::new("ActivityAlreadyExists", format!("Activity Already Exists: '{arn}'"))
            }
            EngineError::ActivityLimitExceeded(limit) => Self::new("ActivityLimitExceeded", limit),
            EngineError::ActivityWorkerLimitExceeded(limit) => Self::new("ActivityWorkerLimitExceeded", limit),
            EngineError::ResourceNotFound(arn) => Self::new("ResourceNotFound", format!("Resource not found: '{arn}'")),
            EngineError::MapRunOver(arn) => Self::validation(format!("Map Run is not in RUNNING status: '{arn}'")),
            EngineError::TooManyTags(arn) => Self::new("TooManyTags", format!("Too many tags: '{arn}'")),
            EngineError::ClockIsReal => Self::validation("the clock of this engine is real"),
            EngineError::Store(cause) => Self::internal(format!("the store failed: {cause}")),
            error @ EngineError::StoreUnreadable { .. } => Self::internal(error.to_string()),
            EngineError::Closed => Self::new("ServiceUnavailable", "the engine is shutting down").with_status(503),
        }
    }
}

/// Every error of a definition, in one message as AWS has it: `CODE: text at /States/A/Next`, joined by commas.
fn invalid_definition(diagnostics: &[Diagnostic]) -> ApiError {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    let texts = errors.map(|Diagnostic { code, message, pointer, .. }| match pointer.as_str() {
        "" => format!("{code}: {message}"),
        pointer => format!("{code}: {message} at {pointer}"),
    });
    let texts: Vec<String> = texts.collect();
    ApiError::new("InvalidDefinition", format!("Invalid State Machine Definition: '{}'", texts.join(", ")))
}
