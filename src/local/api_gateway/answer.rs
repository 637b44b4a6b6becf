//! Answers and their headers: of the edge, of API Gateway itself, and of what it integrates.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::asl::path::java;
use crate::engine::Timestamp;
use crate::local::admission;
use crate::local::api_error::ApiError;

/// What is sent back.
pub(super) type Answer = Response<Full<Bytes>>;

/// What tells one request from another.
#[derive(Debug, Clone)]
pub(super) struct RequestIds {
    /// `x-amzn-RequestId`, `$context.requestId`: a start's execution has it as its name.
    pub(super) request: String,
    /// `x-amz-apigw-id`, `$context.extendedRequestId`
    pub(super) extended: String,
    /// `X-Amzn-Trace-Id`
    trace: String,
}

/// Why a request was not passed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// A page of another origin, for which no `cors` opens the route. On AWS there is no such refusal.
    Page,
    /// The edge refuses a GET with a body.
    Edge,
    /// A body whose framing is broken.
    Unreadable,
    /// A body that does not arrive in time.
    TooSlow,
    /// What stands before API Gateway refuses a body that is too long.
    TooLong,
    /// No such path, stage or method.
    MissingAuthenticationToken,
    /// No key that opens this.
    Forbidden,
    /// The key's bucket is empty.
    TooManyRequests,
    /// The key's quota is used up.
    LimitExceeded,
    /// No template for the content type.
    UnsupportedMediaType,
    /// The template wants JSON, and the body is none.
    NoJson(String),
    /// What is integrated took too long.
    TimedOut,
    /// A template failed. Which one and where, for whoever serves; not why, which may hold what was sent.
    Template(String),
    /// The store failed.
    Internal,
}

impl RequestIds {
    pub(super) fn new(now: Timestamp) -> Self {
        let random = Uuid::new_v4().simple().to_string();
        // Eleven bytes are fifteen letters and a `=`.
        let extended = base64(&Uuid::new_v4().as_bytes()[..11]);
        Self {
            request: Uuid::new_v4().to_string(),
            extended,
            trace: format!("Root=1-{:08x}-{}", now.0 / 1_000, &random[..24]),
        }
    }
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE.encode(bytes)
}

/// An answer of what is integrated.
pub(super) fn integrated(ids: &RequestIds, status: StatusCode, body: String) -> Answer {
    let mut answer = of_the_gateway(ids, status, body);
    insert(&mut answer, "x-amzn-trace-id", &ids.trace);
    answer
}

/// An answer that API Gateway gives by itself.
pub(super) fn of_the_gateway(ids: &RequestIds, status: StatusCode, body: String) -> Answer {
    let mut answer = plain(status, "application/json", body);
    insert(&mut answer, "x-amzn-requestid", &ids.request);
    insert(&mut answer, "x-amz-apigw-id", &ids.extended);
    answer
}

impl Refusal {
    /// A body that was to be JSON, and why it is none.
    pub(super) fn no_json(why: &str) -> Self {
        Self::NoJson(format!("Could not parse request body into json: {why}"))
    }

    /// Why a body could not be read.
    pub(super) fn of_body(error: &ApiError) -> Self {
        match error.status {
            413 => Self::TooLong,
            408 => Self::TooSlow,
            _ => Self::Unreadable,
        }
    }

    /// The answer that says so.
    pub(super) fn answer(&self, ids: &RequestIds) -> Answer {
        let page = admission::Refusal::Page.to_string();
        let (status, error_type, message) = match self {
            Self::Page => (403, "AccessDeniedException", page.as_str()),
            Self::Edge => return edge_refusal(ids, StatusCode::FORBIDDEN, "A GET with a body does not pass the edge."),
            Self::Unreadable => return edge_refusal(ids, StatusCode::BAD_REQUEST, "The body's framing is broken."),
            Self::TooSlow => return edge_refusal(ids, StatusCode::REQUEST_TIMEOUT, "The body did not arrive in time."),
            Self::TooLong => return too_long(),
            Self::MissingAuthenticationToken => {
                (403, "MissingAuthenticationTokenException", "Missing Authentication Token")
            }
            Self::Forbidden => (403, "ForbiddenException", "Forbidden"),
            Self::TooManyRequests => (429, "TooManyRequestsException", "Too Many Requests"),
            Self::LimitExceeded => (429, "LimitExceededException", "Limit Exceeded"),
            Self::UnsupportedMediaType => (415, "BadRequestException", "Unsupported Media Type"),
            Self::NoJson(why) => (400, "BadRequestException", why.as_str()),
            Self::TimedOut => (504, "InternalServerErrorException", "Endpoint request timed out"),
            Self::Template(_) | Self::Internal => (500, "InternalServerErrorException", "Internal server error"),
        };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut answer = of_the_gateway(ids, status, json!({ "message": message }).to_string());
        insert(&mut answer, "x-amzn-errortype", error_type);
        answer
    }
}

/// CloudFront's page: its title and its headers are what tells it from an answer of the API.
fn edge_refusal(ids: &RequestIds, status: StatusCode, why: &str) -> Answer {
    let page = format!(
        "<!DOCTYPE HTML>\n<HTML><HEAD><TITLE>ERROR: The request could not be satisfied</TITLE></HEAD><BODY>\n\
         <H1>{} ERROR</H1>\n<H2>The request could not be satisfied.</H2>\n<HR>\nBad request. {why}\n\
         <PRE>\nRequest ID: {}\n</PRE>\n</BODY></HTML>\n",
        status.as_u16(),
        ids.extended
    );
    let mut answer = plain(status, "text/html", page);
    insert(&mut answer, "server", "CloudFront");
    insert(&mut answer, "x-cache", "Error from cloudfront");
    insert(&mut answer, "x-amz-cf-id", &ids.extended);
    answer
}

/// No JSON and none of API Gateway's headers, as was recorded.
fn too_long() -> Answer {
    let text = "HTTP content length exceeded 10485760 bytes.".to_owned();
    let mut answer = plain(StatusCode::PAYLOAD_TOO_LARGE, "text; charset=utf-8", text);
    insert(&mut answer, "x-cache", "Error from cloudfront");
    answer
}

fn plain(status: StatusCode, content_type: &'static str, body: String) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer
}

fn insert(answer: &mut Answer, name: &'static str, value: &str) {
    // All of them are made of visible ASCII.
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
}

/// A service's answer as text: times as Java prints them, which the course recorded: `1.573573209347E9`.
pub(super) fn encode(value: &Value) -> String {
    let Some(members) = value.as_object() else { return scalar(value) };
    let member = |(name, value): (&String, &Value)| format!("{}:{}", Value::from(name.as_str()), scalar(value));
    let members: Vec<String> = members.iter().map(member).collect();
    format!("{{{}}}", members.join(","))
}

fn scalar(value: &Value) -> String {
    match value {
        Value::Number(number) => java::number(number),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{ApiError, Refusal, RequestIds, Timestamp, encode};

    #[test]
    fn a_body_that_cannot_be_read_is_told_why() {
        let ids = RequestIds::new(Timestamp(0));
        for status in [400, 408, 413] {
            let refusal = Refusal::of_body(&ApiError::new("Some", "why").with_status(status));
            assert_eq!(refusal.answer(&ids).status(), status);
        }
    }

    #[test]
    fn numbers_are_as_java_prints_them() {
        for (number, text) in [(1_573_573_209.347, "1.573573209347E9"), (1_573_573_209.0, "1.573573209E9")] {
            assert_eq!(encode(&json!(number)), text);
        }
        let answer =
            json!({ "executionArn": "a\"b", "startDate": 1_573_573_209.347, "redriveCount": 0, "d": {"x": 1.5} });
        assert_eq!(
            encode(&answer),
            r#"{"executionArn":"a\"b","startDate":1.573573209347E9,"redriveCount":0,"d":{"x":1.5}}"#
        );
    }

    #[test]
    fn ids_have_the_form_of_awss() {
        let ids = RequestIds::new(Timestamp(1_573_573_209_347));
        assert_eq!(ids.request.len(), 36);
        assert!(ids.extended.len() == 16 && ids.extended.ends_with('='), "{}", ids.extended);
        assert!(ids.trace.starts_with("Root=1-5dcad259-") && ids.trace.len() == 40, "{}", ids.trace);
    }
}
