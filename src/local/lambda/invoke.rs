//! `Invoke`: runs a function once.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};

use crate::asl::Payload;
use crate::local::lambda::REQUEST_ID;
use crate::local::lambda::error::LambdaError;
use crate::local::served::Served;
use crate::local::wire;
use crate::tasks::{Answer, InvocationType, InvokeAnswer, InvokeRequest};

/// Lambda's bound of a request that waits, in bytes.
pub(in crate::local) const PAYLOAD_BYTES_MAX: usize = 6 << 20;
/// Its bound of one that does not.
const EVENT_BYTES_MAX: usize = 1 << 20;

const INVOCATION_TYPE: HeaderName = HeaderName::from_static("x-amz-invocation-type");
const LOG_TYPE: HeaderName = HeaderName::from_static("x-amz-log-type");
const LOG_RESULT: HeaderName = HeaderName::from_static("x-amz-log-result");
const FUNCTION_ERROR: HeaderName = HeaderName::from_static("x-amz-function-error");
const EXECUTED_VERSION: HeaderName = HeaderName::from_static("x-amz-executed-version");

/// Runs the function, or says why it was not run.
pub(super) async fn invoke(
    name: String,
    qualifier: Option<&str>,
    headers: &HeaderMap,
    body: Incoming,
    served: &Served,
) -> Result<Response<Full<Bytes>>, LambdaError> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let invocation_type = text(INVOCATION_TYPE).map_or(Ok(InvocationType::RequestResponse), InvocationType::parse)?;
    let log_tail = match text(LOG_TYPE) {
        None | Some("None") => false,
        Some("Tail") => true,
        Some(other) => {
            return Err(LambdaError::invalid_parameter(format!("LogType must be None or Tail, not {other:?}")));
        }
    };
    let request = InvokeRequest {
        function_name: name,
        qualifier: qualifier.map(ToOwned::to_owned),
        payload: payload(body, invocation_type).await?,
        invocation_type,
        log_tail,
    };
    // A caller that goes away does not stop the function, as it does not on Lambda.
    let tasks = Arc::clone(&served.tasks);
    let running = tokio::spawn(async move { tasks.answer(request).await });
    let answer = running.await.map_err(|error| LambdaError::service(error.to_string()))??;
    Ok(response(&answer))
}

/// The event; `{}` where none is sent.
async fn payload(body: Incoming, invocation_type: InvocationType) -> Result<Payload, LambdaError> {
    let too_large = |_| {
        LambdaError::too_large(format!(
            "Request must be smaller than {PAYLOAD_BYTES_MAX} bytes for the InvokeFunction operation"
        ))
    };
    let unreadable = |message| LambdaError::invalid_content(format!("Could not read the request body: {message}"));
    let bytes = wire::read(body, PAYLOAD_BYTES_MAX).await.map_err(|error| match error.status {
        413 => too_large(error.message),
        _ => unreadable(error.message),
    })?;
    if invocation_type == InvocationType::Event && bytes.len() > EVENT_BYTES_MAX {
        return Err(LambdaError::too_large(format!(
            "{} byte payload is too large for the Event invocation type (limit {EVENT_BYTES_MAX} bytes)",
            bytes.len()
        )));
    }
    let invalid = |why: String| {
        LambdaError::invalid_content(format!(
            "Could not parse request body into json: Could not parse payload into json: {why}"
        ))
    };
    let text = std::str::from_utf8(&bytes).map_err(|error| invalid(error.to_string()))?.trim_ascii();
    let text = if text.is_empty() { "{}" } else { text };
    Payload::parse(text).map_err(|error| invalid(error.to_string()))
}

/// Lambda's HTTP answer. Every function error is `Unhandled`: the runtimes of today say no other.
fn response(answer: &InvokeAnswer) -> Response<Full<Bytes>> {
    let (body, is_error) = match &answer.answer {
        None => (Bytes::new(), false),
        Some(Answer::Returned(payload)) => (Bytes::copy_from_slice(payload.text().as_bytes()), false),
        Some(Answer::Errored(payload)) => (Bytes::copy_from_slice(payload.as_bytes()), true),
    };
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let headers = response.headers_mut();
    if answer.answer.is_some() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(EXECUTED_VERSION, HeaderValue::from_static("$LATEST"));
    }
    if is_error {
        headers.insert(FUNCTION_ERROR, HeaderValue::from_static("Unhandled"));
    }
    let texts = [(LOG_RESULT, answer.log_result.as_deref()), (REQUEST_ID, Some(&*answer.request_id))];
    for (name, text) in texts {
        if let Some(value) = text.and_then(|text| HeaderValue::from_str(text).ok()) {
            headers.insert(name, value);
        }
    }
    response
}
