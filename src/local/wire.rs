//! One request of AWS's JSON protocols: HTTP → operation → HTTP.
//!
//! The order of the checks matters: who may talk to this server at all (see `admission`), what is asked for (path, target),
//! then how much is sent. Signatures are not checked; what they say about region and account is used.

use std::convert::Infallible;
use std::error::Error as _;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use serde_json::Value;
use uuid::Uuid;

use crate::local::api_error::ApiError;
use crate::local::api_gateway::management;
use crate::local::hangup::Hangup;
use crate::local::members::Members;
use crate::local::served::{Call, Served};
use crate::local::{cloudwatch_logs, control, lambda, other_services, step_functions};
use crate::project::Identity;

/// Step Functions' own bound of a request.
pub(super) const REQUEST_BYTES_MAX: usize = 1 << 20;

/// What is read of a request that is too long, so that its sender gets to read the answer.
const DRAIN_BYTES_MAX: usize = 16 << 20;

/// Which protocol an answer is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Service {
    StepFunctions,
    Logs,
}

impl Service {
    fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::StepFunctions => "application/x-amz-json-1.0",
            Self::Logs => "application/x-amz-json-1.1",
        })
    }
}

/// Answers a request, whatever it is.
pub(super) async fn answer(
    request: Request<Incoming>,
    served: Arc<Served>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let service = if target.starts_with("Logs_20140328.") { Service::Logs } else { Service::StepFunctions };
    let control = request.uri().path().strip_prefix(control::PATH).map(ToOwned::to_owned);
    if control.is_none()
        && let Some(service) = other_services::other_service(request.headers())
    {
        return Ok(other_services::answer(request, &service, &served).await);
    }
    if lambda::serves(request.uri().path()) {
        return Ok(lambda::answer(request, &served).await);
    }
    if management::serves(request.uri().path()) || other_services::is_signed_for(request.headers(), "apigateway") {
        return Ok(management::answer(request, &served).await);
    }
    let outcome = match control {
        Some(name) => control::answer(&name, request, &served).await,
        None => operate(request, &served).await,
    };
    Ok(encode(service, outcome))
}

/// The answer to a request that was not looked at.
pub(super) fn refusal(error: ApiError) -> Response<Full<Bytes>> {
    encode(Service::StepFunctions, Err(error))
}

fn encode(service: Service, outcome: Result<Value, ApiError>) -> Response<Full<Bytes>> {
    let (status, body) = match outcome {
        Ok(value) => (StatusCode::OK, value),
        Err(error) => {
            let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, error.body())
        }
    };
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, service.content_type());
    if let Ok(id) = HeaderValue::from_str(&Uuid::new_v4().to_string()) {
        response.headers_mut().insert("x-amzn-requestid", id);
    }
    response
}

async fn operate(request: Request<Incoming>, served: &Served) -> Result<Value, ApiError> {
    if request.method() != Method::POST || request.uri().path() != "/" {
        return Err(unknown_operation("an operation is a POST to / with its name in X-Amz-Target").with_status(404));
    }
    let (head, body) = request.into_parts();
    let target = head.headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let body = read(body, REQUEST_BYTES_MAX).await?;
    let identity = identity(&head.headers, &served.identity);
    let hangup = head.extensions.get::<Hangup>().cloned().unwrap_or_default();
    let call = |members| Call { served, identity, members, hangup };
    match target.split_once('.') {
        Some(("AWSStepFunctions", name)) if step_functions::knows(name) => {
            step_functions::answer(name, call(Members::parse(&body)?)).await
        }
        Some(("Logs_20140328", name)) if cloudwatch_logs::knows(name) => {
            cloudwatch_logs::answer(name, call(Members::parse(&body)?)).await
        }
        _ => Err(unknown_operation(&format!("no operation {target:?} is served here"))),
    }
}

fn unknown_operation(message: &str) -> ApiError {
    ApiError::new("UnknownOperationException", message)
}

/// Reads a body of at most `max` bytes.
pub(super) async fn read(body: Incoming, max: usize) -> Result<Bytes, ApiError> {
    let mut bytes = Vec::with_capacity(usize::try_from(body.size_hint().lower()).unwrap_or(max).min(max));
    drain(body, max, |data| bytes.extend_from_slice(data)).await?;
    Ok(bytes.into())
}

/// Reads a body of at most `max` bytes to its end, so that its sender gets to read the answer, and keeps nothing of it.
pub(super) async fn discard(body: Incoming, max: usize) -> Result<(), ApiError> {
    drain(body, max, |_| {}).await
}

/// Gives the parts of a body to `keep`, as long as they are not too much.
async fn drain(mut body: Incoming, max: usize, mut keep: impl FnMut(&[u8])) -> Result<(), ApiError> {
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| unreadable(&error))?;
        let Ok(data) = frame.into_data() else { continue };
        length += data.len();
        if length <= max {
            keep(&data);
        }
        if length > max.max(DRAIN_BYTES_MAX) {
            break;
        }
    }
    if length <= max {
        return Ok(());
    }
    let message = format!("the request has more than {max} bytes");
    Err(ApiError::new("RequestEntityTooLargeException", message).with_status(413))
}

fn unreadable(error: &hyper::Error) -> ApiError {
    let cause = error.source().and_then(|cause| cause.downcast_ref::<std::io::Error>());
    if cause.is_some_and(|cause| cause.kind() == std::io::ErrorKind::TimedOut) {
        return ApiError::new("RequestTimeoutException", "the body did not arrive in time").with_status(408);
    }
    ApiError::new("SerializationException", format!("unreadable body: {error}"))
}

/// Account and region of a request: `Credential=AKID/20260131/us-east-1/states/aws4_request`. An access key id of 12 digits
/// is an account, as other emulators have it.
pub(super) fn identity(headers: &HeaderMap, default: &Identity) -> Identity {
    let authorization = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let scope = authorization.split_once("Credential=").map_or("", |(_, rest)| rest);
    let mut parts = scope.split([',', ' ']).next().unwrap_or_default().split('/');
    let account = parts.next().filter(|key| key.len() == 12 && key.bytes().all(|byte| byte.is_ascii_digit()));
    let region = parts.nth(1).filter(|region| is_region(region));
    Identity {
        account: account.unwrap_or(&default.account).to_owned(),
        region: region.unwrap_or(&default.region).to_owned(),
    }
}

fn is_region(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::{HeaderMap, HeaderValue, Identity, identity};

    #[test]
    fn region_and_account_come_from_the_signature_where_it_has_them() {
        let check = |authorization: Option<&str>, account: &str, region: &str| {
            let mut headers = HeaderMap::new();
            if let Some(authorization) = authorization {
                headers.insert("authorization", HeaderValue::from_str(authorization).unwrap());
            }
            let default = Identity { region: "us-east-1".into(), account: "000000000000".into() };
            let found = identity(&headers, &default);
            assert_eq!((found.account.as_str(), found.region.as_str()), (account, region), "{authorization:?}");
        };
        let signed = |scope: &str| format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0");
        check(None, "000000000000", "us-east-1");
        check(Some(&signed("123456789012/20260131/eu-west-1/states/aws4_request")), "123456789012", "eu-west-1");
        check(Some(&signed("AKIDEXAMPLE/20260131/eu-west-1/states/aws4_request")), "000000000000", "eu-west-1");
        check(Some(&signed("123456789012/20260131/:etc:/states/aws4_request")), "123456789012", "us-east-1");
        check(Some("Bearer x"), "000000000000", "us-east-1");
    }
}
