//! What was asked: a request as it arrived, and what AWS's protocols say in it.

use std::fmt;
use std::time::Instant;

use bytes::Bytes;
use hyper::http::request::Parts;
use hyper::{HeaderMap, Version};
use reqwest::Url;
use serde_json::Value;

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// `POST`
    pub(crate) method: String,
    /// As it was sent, escapes and all, without the query.
    pub(crate) path: String,
    /// Without the question mark; empty where there is none.
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// `HTTP/1.1` or `HTTP/2.0`
    pub(crate) version: Version,
    /// When its body was there.
    pub(crate) at: Instant,
}

/// What an `Authorization` of Signature Version 4 says of who signed and for what.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) access_key_id: String,
    pub(crate) region: String,
    /// The name that the service is signed for, `states`.
    pub(crate) service: String,
}

impl Request {
    pub(super) fn new(head: Parts, body: Bytes) -> Self {
        Self {
            method: head.method.to_string(),
            path: head.uri.path().to_owned(),
            query: head.uri.query().unwrap_or_default().to_owned(),
            headers: head.headers,
            body,
            version: head.version,
            at: Instant::now(),
        }
    }

    /// A header's text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body's JSON; `null` where it is not JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// A member of the form in the body, or of the query.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let is_form = self.header("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form"));
        let form = if is_form { String::from_utf8_lossy(&self.body).into_owned() } else { self.query.clone() };
        let url = Url::parse(&format!("http://localhost/?{form}")).ok()?;
        url.query_pairs().find(|(other, _)| other == name).map(|(_, value)| value.into_owned())
    }

    /// Who signed it, for what; `None` for what is not signed.
    pub(crate) fn scope(&self) -> Option<Scope> {
        let credential = self.header("authorization")?.strip_prefix("AWS4-HMAC-SHA256 Credential=")?;
        let mut parts = credential.split(',').next()?.split('/').map(ToOwned::to_owned);
        let (access_key_id, _date) = (parts.next()?, parts.next()?);
        Some(Scope { access_key_id, region: parts.next()?, service: parts.next()? })
    }

    /// `StartExecution`: what the header says, or a form's `Action`.
    fn operation(&self) -> Option<String> {
        let target = self.header("x-amz-target").and_then(|target| target.rsplit('.').next());
        target.map(ToOwned::to_owned).or_else(|| self.parameter("Action"))
    }

    /// What a script may call it, the more exact first.
    pub(super) fn names(&self) -> Vec<String> {
        self.operation().into_iter().chain([format!("{} {}", self.method, self.path)]).collect()
    }

    /// Whether it is for this operation or route.
    pub(super) fn is(&self, what: &str) -> bool {
        self.names().iter().any(|name| name == what)
    }
}

impl fmt::Display for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let query = if self.query.is_empty() { String::new() } else { format!("?{}", self.query) };
        let operation = self.operation().map(|operation| format!(" {operation}")).unwrap_or_default();
        let body = String::from_utf8_lossy(&self.body);
        write!(formatter, "{} {}{query}{operation} {body}", self.method, self.path)
    }
}
