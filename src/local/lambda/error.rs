//! Lambda's errors: a name in a header, the text in the body.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Method, Response, StatusCode};
use serde_json::json;

use crate::local::lambda;
use crate::tasks::Refused;

const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// An exception of Lambda's API.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors>
#[derive(Debug)]
pub(super) struct LambdaError {
    name: &'static str,
    status: StatusCode,
    message: String,
}

impl LambdaError {
    /// A body that is no JSON, or cannot be read.
    pub(super) fn invalid_content(message: impl Into<String>) -> Self {
        Self { name: "InvalidRequestContentException", status: StatusCode::BAD_REQUEST, message: message.into() }
    }

    /// A body that is too long.
    pub(super) fn too_large(message: impl Into<String>) -> Self {
        Self { name: "RequestTooLargeException", status: StatusCode::PAYLOAD_TOO_LARGE, message: message.into() }
    }

    /// A parameter with a value that it cannot have.
    pub(super) fn invalid_parameter(message: impl Into<String>) -> Self {
        Self { name: "InvalidParameterValueException", status: StatusCode::BAD_REQUEST, message: message.into() }
    }

    /// Not the caller's fault.
    pub(super) fn service(message: impl Into<String>) -> Self {
        Self { name: "ServiceException", status: StatusCode::INTERNAL_SERVER_ERROR, message: message.into() }
    }

    /// An operation that is not served.
    pub(super) fn unknown_operation(method: &Method, path: &str) -> Self {
        let message = format!(
            "{method} {path} is not served here: of Lambda's API there are Invoke, ListFunctions, GetFunction and \
             GetFunctionConfiguration"
        );
        Self { name: "UnknownOperationException", status: StatusCode::NOT_FOUND, message }
    }

    /// As it is sent.
    pub(super) fn response(&self) -> Response<Full<Bytes>> {
        let kind = if self.status.is_server_error() { "Service" } else { "User" };
        // The API's model has both spellings, one for each exception.
        let text = match self.name {
            "ResourceNotFoundException" | "ServiceException" => "Message",
            _ => "message",
        };
        let mut response = lambda::json(self.status, &json!({ "Type": kind, text: self.message }));
        response.headers_mut().insert(ERROR_TYPE, HeaderValue::from_static(self.name));
        response
    }
}

impl From<Refused> for LambdaError {
    fn from(refused: Refused) -> Self {
        let status = StatusCode::from_u16(refused.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let message = match &refused {
            Refused::NotFound { advice: Some(advice), .. } => format!("{refused}. {advice}"),
            _ => refused.to_string(),
        };
        match refused {
            // Step Functions calls it AWSLambdaException.
            Refused::Service(_) => Self::service(message),
            other => Self { name: other.code(), status, message },
        }
    }
}
