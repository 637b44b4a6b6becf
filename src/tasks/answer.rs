//! What a function's invocation came to, in Lambda's words and in those of Step Functions.
//!
//! Owns: [`Answer`] (what the function said, or what Lambda says for it) and [`Refused`] (what Lambda's Invoke says before a
//! function runs), and how both become the fault that Step Functions records. Must not know: processes.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::asl::{Fault, Payload};

/// Lambda's own bound of a response: 6 MB and a little, in bytes.
pub const RESPONSE_BYTES_MAX: usize = 6_291_556;
/// Step Functions' bound of an error's name, in characters.
const ERROR_CHARACTERS_MAX: usize = 256;
/// Step Functions' bound of an error's cause, in characters.
const CAUSE_CHARACTERS_MAX: usize = 32_768;

/// What became of an invocation that Lambda accepted.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// The function's result.
    Returned(Payload),
    /// The payload of a function error: the function's own JSON, or Lambda's where the function could not speak. It need not
    /// be JSON when the function's runtime sends something else.
    Errored(String),
}

impl Answer {
    /// Takes what a function sent as its result. Nothing at all is `null`, as callers of Lambda see it.
    pub(super) fn from_result(bytes: Vec<u8>) -> Self {
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => return Self::errored("Runtime.MarshalError", &format!("the result is not UTF-8: {error}")),
        };
        if text.trim_ascii().is_empty() {
            return Self::Returned(Payload::from(Value::Null));
        }
        match Payload::parse(text.trim_ascii()) {
            Ok(payload) => Self::Returned(payload),
            Err(error) => Self::errored(
                "Runtime.MarshalError",
                &format!("the result is not JSON: {error}; it begins with: {}", beginning(text.trim_ascii(), 200)),
            ),
        }
    }

    /// An error in the form in which Lambda itself words one.
    pub(super) fn errored(error_type: &str, message: &str) -> Self {
        Self::Errored(json!({"errorType": error_type, "errorMessage": message}).to_string())
    }

    /// The process ended without an answer.
    pub(super) fn exited(request_id: &str, how: &str) -> Self {
        Self::errored("Runtime.ExitError", &format!("RequestId: {request_id} Error: {how}"))
    }

    /// The function's `timeout` ran out. Lambda's runtimes of today name this `Sandbox.Timedout`; it was `Lambda.Unknown`.
    /// <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html>
    pub(super) fn timed_out(request_id: &str, seconds: u64) -> Self {
        let message = format!("RequestId: {request_id} Error: Task timed out after {seconds}.00 seconds");
        Self::errored("Sandbox.Timedout", &message)
    }

    /// The result has more than [`RESPONSE_BYTES_MAX`] bytes.
    pub(super) fn too_large() -> Self {
        let message =
            format!("Response payload size exceeded maximum allowed payload size ({RESPONSE_BYTES_MAX} bytes).");
        Self::errored("Function.ResponseSizeTooLarge", &message)
    }

    /// Nothing that could be run was found.
    pub(super) fn no_program(message: &str) -> Self {
        Self::errored("Runtime.InvalidEntrypoint", message)
    }

    /// With the payload of a function error as the Lambda integration writes it: read as JSON and written without blanks.
    pub(super) fn without_blanks(self) -> Self {
        match self {
            Self::Errored(payload) => {
                Self::Errored(serde_json::from_str::<Value>(&payload).map_or(payload, |value| value.to_string()))
            }
            returned @ Self::Returned(_) => returned,
        }
    }

    /// The result, or the fault that Step Functions records for a function error: the payload's `errorType` with the payload
    /// as its cause.
    ///
    /// # Errors
    /// The fault.
    pub fn into_result(self) -> Result<Payload, Fault> {
        let payload = match self {
            Self::Returned(payload) => return Ok(payload),
            Self::Errored(payload) => payload,
        };
        let error_type = serde_json::from_str::<Value>(&payload)
            .ok()
            .and_then(|value| value.get("errorType")?.as_str().map(str::to_owned))
            .filter(|name| !name.is_empty());
        Err(match error_type {
            Some(name) => bounded_fault(name, payload),
            None => bounded_fault(
                "Lambda.Unknown".to_owned(),
                format!(
                    "The cause could not be determined because Lambda did not return an error type. Returned payload: {payload}"
                ),
            ),
        })
    }
}

/// Why Lambda's Invoke did not run a function.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No function is registered under this ARN.
    #[error("Function not found: {arn}")]
    NotFound {
        /// With its qualifier.
        arn: Arc<str>,
        /// A registered function that was probably meant, and how to name it.
        advice: Option<String>,
    },
    /// As many processes run, and as many invocations wait, as may.
    #[error("Rate Exceeded.")]
    TooManyRequests,
    /// A parameter of the request has a value that Invoke does not take.
    #[error("{0}")]
    InvalidParameter(String),
    /// The machine could not run the program: no process, no socket.
    #[error("{0}")]
    Service(String),
}

impl Refused {
    /// Lambda's name of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "ResourceNotFoundException",
            Self::TooManyRequests => "TooManyRequestsException",
            Self::InvalidParameter(_) => "InvalidParameterValueException",
            Self::Service(_) => "AWSLambdaException",
        }
    }

    /// The HTTP status of Lambda's answer.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::NotFound { .. } => 404,
            Self::TooManyRequests => 429,
            Self::InvalidParameter(_) => 400,
            Self::Service(_) => 500,
        }
    }

    /// The fault that Step Functions records, worded as recorded on AWS. The advice follows AWS's own text.
    #[must_use]
    pub fn into_fault(self, request_id: &str) -> Fault {
        let (code, status) = (self.code(), self.status());
        let service = format!(
            "(Service: AWSLambda; Status Code: {status}; Error Code: {code}; Request ID: {request_id}; Proxy: null)"
        );
        let mut cause = format!("{self} {service}");
        if let Self::NotFound { advice: Some(advice), .. } = &self {
            cause = format!("{cause}. {advice}");
        }
        bounded_fault(format!("Lambda.{code}"), cause)
    }
}

/// A fault within the bounds of Step Functions.
pub(super) fn bounded_fault(error: String, cause: String) -> Fault {
    Fault::new(bounded(error, ERROR_CHARACTERS_MAX), bounded(cause, CAUSE_CHARACTERS_MAX))
}

fn bounded(mut text: String, characters_max: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(characters_max) {
        text.truncate(end);
    }
    text
}

/// At most so many characters from the start of a text.
pub(super) fn beginning(text: &str, characters_max: usize) -> &str {
    text.char_indices().nth(characters_max).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault_of(payload: &str) -> (String, String) {
        let fault = Answer::Errored(payload.to_owned()).into_result().unwrap_err();
        (fault.error.into_owned(), fault.cause)
    }

    #[test]
    fn an_error_type_is_the_error_and_the_payload_its_cause() {
        let payload = r#"{"errorMessage": "no", "errorType": "Exception"}"#;
        assert_eq!(fault_of(payload), ("Exception".into(), payload.into()));
    }

    #[test]
    fn a_payload_without_an_error_type_is_unknown() {
        for payload in [r#"{"errorMessage":"no"}"#, "no JSON", r#"{"errorType":""}"#, r#"{"errorType":3}"#] {
            let (error, cause) = fault_of(payload);
            assert_eq!(error, "Lambda.Unknown");
            assert!(cause.ends_with(&format!("Returned payload: {payload}")), "{cause}");
        }
    }

    #[test]
    fn results_are_json_or_an_error() {
        for (bytes, text) in [(&b""[..], "null"), (b" \n", "null"), (b"{\"a\": 1}\n", "{\"a\": 1}"), (b"0.0", "0.0")] {
            let Answer::Returned(payload) = Answer::from_result(bytes.to_vec()) else { panic!("{bytes:?}") };
            assert_eq!(payload.text(), text);
        }
        for bytes in [&b"hello"[..], b"{\"a\": 1} {}", b"\xff"] {
            let fault = Answer::from_result(bytes.to_vec()).into_result().unwrap_err();
            assert_eq!(fault.error, "Runtime.MarshalError");
        }
    }

    #[test]
    fn names_and_causes_are_cut_at_the_bounds_of_step_functions() {
        let payload = json!({"errorType": "ä".repeat(300), "errorMessage": "ä".repeat(40_000)}).to_string();
        let (error, cause) = fault_of(&payload);
        assert_eq!((error.chars().count(), cause.chars().count()), (256, 32_768));
    }

    #[test]
    fn refusals_are_worded_as_on_aws() {
        let arn: Arc<str> = "arn:aws:lambda:us-east-1:000000000000:function:no:$LATEST".into();
        let fault = Refused::NotFound { arn, advice: None }.into_fault("R");
        assert_eq!(fault.error, "Lambda.ResourceNotFoundException");
        assert_eq!(
            fault.cause,
            "Function not found: arn:aws:lambda:us-east-1:000000000000:function:no:$LATEST (Service: AWSLambda; Status Code: \
             404; Error Code: ResourceNotFoundException; Request ID: R; Proxy: null)"
        );
        assert_eq!(Refused::TooManyRequests.into_fault("R").error, "Lambda.TooManyRequestsException");
        assert_eq!(Refused::Service("no".into()).into_fault("R").error, "Lambda.AWSLambdaException");
    }
}
