//! One call in AWS JSON 1.1, for services of which we use too little to carry their SDK.

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::Request;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

use crate::aws::error::{Detail, Error};

/// An answer is at most so long: 10,000 log events of 1 MiB in all, written as JSON.
const ANSWER_BYTES_MAX: usize = 16 << 20;

/// Calls `target` (`Logs_20140328.FilterLogEvents`) at a plain HTTP endpoint.
pub(super) async fn call(endpoint: &str, target: &str, input: &Value) -> Result<Value, Error> {
    let request = Request::post(endpoint)
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", target)
        .body(Full::new(Bytes::from(input.to_string())))
        .map_err(|error| network(endpoint, &error, false))?;
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let answer = client.request(request).await.map_err(|error| network(endpoint, &error, error.is_connect()))?;
    let (head, body) = answer.into_parts();
    let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
    let body = body.map_err(|error| network(endpoint, error.as_ref(), false))?.to_bytes();
    let value: Value = serde_json::from_slice(&body).unwrap_or_default();
    if head.status.is_success() {
        return Ok(value);
    }
    let request_id = head.headers.get("x-amzn-requestid").and_then(|id| id.to_str().ok()).map(ToOwned::to_owned);
    Err(Error::of(refusal(&value, head.status.as_u16(), request_id)))
}

fn refusal(value: &Value, status: u16, request_id: Option<String>) -> Detail {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let code = text("__type").and_then(|name| name.rsplit('#').next()).map_or(format!("HTTP {status}"), Into::into);
    let message = text("message").or_else(|| text("Message")).map_or_else(|| code.clone(), Into::into);
    Detail { code, message, request_id }
}

fn network(endpoint: &str, error: &(dyn std::error::Error + 'static), unsent: bool) -> Error {
    let innermost = std::iter::successors(Some(error), |error| error.source()).last();
    let cause = innermost.map(ToString::to_string).unwrap_or_default();
    Error::Network { endpoint: endpoint.to_owned(), cause, unsent }
}
