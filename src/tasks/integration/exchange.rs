//! HTTP requests that states describe themselves: to an API of API Gateway, to anybody's API.
//!
//! Owns: URL, query, headers and body of a state's fields, the result object, what an answer that is no success says. Must
//! not know: what an integration calls its errors, credentials.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, StatusCode};
use serde_json::{Map, Value, json};

use crate::asl::Fault;
use crate::tasks::answer::bounded_fault;
use crate::tasks::outside::{Outside, OutsideError, Response};
use crate::tasks::signature::encode;

/// Step Functions waits no longer for an API.
const ANSWER_TIMEOUT: Duration = Duration::from_mins(1);
/// An answer is read so far; past 256 KiB it is too large for a result.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// A request, ready but for its credentials.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Exchange {
    pub(super) method: String,
    pub(super) url: String,
    /// Encoded names and values.
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Exchange {
    /// Adds what `QueryParameters` has: texts, or lists of texts.
    pub(super) fn add_query(&mut self, parameters: &Value) {
        for (name, value) in parameters.as_object().into_iter().flatten() {
            self.query.extend(each(value).into_iter().map(|value| (encode(name), encode(&value))));
        }
    }

    /// Adds what `Headers` has: texts, or lists of texts.
    pub(super) fn add_headers(&mut self, headers: &Value) {
        for (name, value) in headers.as_object().into_iter().flatten() {
            self.headers.push((name.clone(), each(value).join(", ")));
        }
    }

    /// Sets a header that was not given.
    pub(super) fn default_header(&mut self, name: &str, value: &str) {
        if self.header(name).is_none() {
            self.headers.push((name.to_owned(), value.to_owned()));
        }
    }

    /// A header's value, whatever the case of its name.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The URL with its query.
    pub(super) fn full_url(&self) -> String {
        let query: Vec<String> = self.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mark = match (query.is_empty(), self.url.contains('?')) {
            (true, _) => "",
            (false, true) => "&",
            (false, false) => "?",
        };
        format!("{}{mark}{}", self.url, query.join("&"))
    }

    /// Sends it.
    ///
    /// # Errors
    /// When it could not be made, or nothing was answered.
    pub(super) async fn send(self, outside: &Outside) -> Result<Response, OutsideError> {
        let mut request = Request::builder().method(self.method.as_str()).uri(self.full_url());
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(Bytes::from(self.body)));
        let request =
            request.map_err(|error| OutsideError::Unusable(format!("the request cannot be made: {error}")))?;
        outside.fetch(request, ANSWER_TIMEOUT, ANSWER_BYTES_MAX).await
    }
}

fn each(value: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match value {
        Value::Array(items) => items.iter().map(text).collect(),
        Value::Null => vec![String::new()],
        value => vec![text(value)],
    }
}

/// Whether a URL is AWS's own, which nothing here calls.
pub(super) fn is_aws(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', ':', '?']).next().unwrap_or_default().to_ascii_lowercase();
    host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn") || host.ends_with(".on.aws")
}

/// The result: headers as lists, the body as JSON where it is JSON.
fn result(response: &Response) -> Value {
    let mut headers = Map::new();
    for name in response.headers.keys() {
        let values = response.headers.get_all(name).iter();
        let values: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
        headers.insert(name.as_str().to_owned(), json!(values));
    }
    let text = String::from_utf8_lossy(&response.body);
    let body = serde_json::from_str::<Value>(&text).unwrap_or_else(|_| text.into());
    json!({
        "Headers": headers,
        "ResponseBody": body,
        "StatusCode": response.status,
        "StatusText": status_text(response.status),
    })
}

/// What an answer gives: the result.
///
/// # Errors
/// `PREFIX.STATUS` with the body for a cause, of an answer that is no success.
pub(super) fn judged(response: &Response, prefix: &str) -> Result<Value, Fault> {
    if (200..300).contains(&response.status) {
        return Ok(result(response));
    }
    let body = String::from_utf8_lossy(&response.body).into_owned();
    let cause = if body.is_empty() { status_text(response.status).to_owned() } else { body };
    Err(bounded_fault(format!("{prefix}.{}", response.status), cause))
}

/// A field that has to be there, and to be a text.
///
/// # Errors
/// When it is not.
pub(super) fn required<'p>(parameters: &'p Value, name: &str) -> Result<&'p str, String> {
    parameters[name].as_str().ok_or_else(|| format!("The field '{name}' is required but was missing"))
}

/// `Not Found`
pub(super) fn status_text(status: u16) -> &'static str {
    StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use hyper::header::{HeaderMap, HeaderValue};

    use super::*;

    #[test]
    fn fields_become_a_request() {
        let mut exchange = Exchange::default();
        exchange.add_query(&json!({"q": ["a b", "c"], "n": 1}));
        exchange.add_headers(&json!({"X-A": ["1", "2"], "X-B": "3"}));
        exchange.default_header("x-b", "4");
        let owned = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        assert_eq!(exchange.query, owned(&[("q", "a%20b"), ("q", "c"), ("n", "1")]));
        assert_eq!(exchange.headers, owned(&[("X-A", "1, 2"), ("X-B", "3")]));
    }

    #[test]
    fn results_have_lists_of_headers_and_bodies_as_they_are() {
        let headers =
            HeaderMap::from_iter([(hyper::header::CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        let mut response = Response { status: 200, headers, body: b"{\"a\":1}".to_vec() };
        assert_eq!(
            result(&response),
            json!({
                "Headers": {"content-type": ["application/json"]},
                "ResponseBody": {"a": 1},
                "StatusCode": 200,
                "StatusText": "OK",
            })
        );
        response.body = b"plain".to_vec();
        assert_eq!(result(&response)["ResponseBody"], json!("plain"));
    }

    #[test]
    fn aws_is_known() {
        for url in ["https://a.execute-api.eu-west-1.amazonaws.com/dev", "a.execute-api.eu-west-1.AMAZONAWS.com"] {
            assert!(is_aws(url), "{url}");
        }
        for url in ["http://127.0.0.1:4566/x.amazonaws.com", "https://api.example.com"] {
            assert!(!is_aws(url), "{url}");
        }
    }
}
