//! What is said of each request for `-v`: the operation and what was asked, then the status, size and time of the answer.
//!
//! Answers are told by their size, for a history may hold task tokens; of requests, the token is left out.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_sdk_sfn::config::interceptors::{
    AfterDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_sdk_sfn::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_sfn::error::BoxError;
use aws_smithy_types::config_bag::{Storable, StoreReplace};
use serde_json::Value;

/// Who is told, a line at a time.
pub type Listener = Arc<dyn Fn(&str) + Send + Sync>;

/// Characters of a request's body that are told.
const BODY_CHARACTERS_MAX: usize = 1_000;

/// Tells a listener.
#[derive(Clone)]
pub(super) struct Tell(pub(super) Listener);

impl fmt::Debug for Tell {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Tell(…)")
    }
}

/// When a request was sent: one interceptor serves all calls, so this travels with the call.
#[derive(Debug)]
struct Sent(Instant);

impl Storable for Sent {
    type Storer = StoreReplace<Self>;
}

impl Intercept for Tell {
    fn name(&self) -> &'static str {
        "tell"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request();
        let body = request.body().bytes().map(without_token).unwrap_or_default();
        match request.headers().get("x-amz-target") {
            Some(target) => tell_request(&self.0, target.rsplit('.').next().unwrap_or(target), &body),
            // A REST API has its operation in the method and the path.
            None => tell_request(&self.0, &format!("{} {}", request.method(), path(request.uri())), &body),
        }
        config.interceptor_state().store_put(Sent(Instant::now()));
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        let took = config.load::<Sent>().map_or(Duration::ZERO, |Sent(at)| at.elapsed());
        let bytes = response.body().bytes().map_or(0, <[u8]>::len);
        let request_id = response.headers().get("x-amzn-requestid");
        tell_answer(&self.0, response.status().as_u16(), took, bytes, request_id);
        Ok(())
    }
}

/// Tells the operation that is asked for, and what of it.
pub(super) fn tell_request(listener: &Listener, operation: &str, body: &str) {
    listener(format!("> {operation} {body}").trim_end());
}

/// Tells that an answer came.
pub(super) fn tell_answer(listener: &Listener, status: u16, took: Duration, bytes: usize, request_id: Option<&str>) {
    let (took, request_id) = (took.as_millis(), request_id.unwrap_or("-"));
    listener(&format!("< {status} {took} ms, {bytes} bytes, request {request_id}"));
}

/// A URL without its scheme and host.
fn path(url: &str) -> &str {
    let behind_scheme = url.find("://").map_or(0, |at| at + 3);
    url[behind_scheme..].find('/').map_or("/", |at| &url[behind_scheme + at..])
}

/// A request's body as it is told.
pub(super) fn without_token(body: &[u8]) -> String {
    let text = match serde_json::from_slice::<Value>(body) {
        Ok(Value::Object(mut members)) => {
            if let Some(token) = members.get_mut("taskToken") {
                *token = Value::from("[redacted]");
            }
            Value::Object(members).to_string()
        }
        _ => String::from_utf8_lossy(body).into_owned(),
    };
    match text.char_indices().nth(BODY_CHARACTERS_MAX) {
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], body.len()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::{path, without_token};

    #[test]
    fn tokens_are_not_told_and_long_bodies_are_cut() {
        assert_eq!(
            without_token(br#"{"taskToken":"secret","output":"{}"}"#),
            r#"{"taskToken":"[redacted]","output":"{}"}"#
        );
        let long = format!(r#"{{"input":"{}"}}"#, "x".repeat(2_000));
        assert!(without_token(long.as_bytes()).ends_with("… (2012 bytes)"));
    }

    #[test]
    fn a_rest_call_is_told_by_its_path() {
        assert_eq!(path("http://127.0.0.1:1/apikeys?includeValues=true"), "/apikeys?includeValues=true");
        assert_eq!(path("http://127.0.0.1:1"), "/");
        assert_eq!(path("/restapis"), "/restapis");
    }
}
