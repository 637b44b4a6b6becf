//! What is sent.

use std::fmt;

use reqwest::Url;
use reqwest::header::HeaderValue;

use crate::gateway::error::GatewayError;

/// The header in which a key travels.
pub(super) const KEY_HEADER: &str = "x-api-key";

/// An API key. It is never printed: `Debug` leaves it out, and nothing else shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// A key, the white space around it taken away: a file ends with a line end.
    ///
    /// # Errors
    /// [`GatewayError::Key`] where a header cannot hold it.
    pub fn new(value: &str) -> Result<Self, GatewayError> {
        let value = value.trim();
        let fits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_graphic());
        if fits { Ok(Self(value.to_owned())) } else { Err(GatewayError::Key) }
    }

    /// The key, to be compared or printed where somebody asks for it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    pub(super) fn header(&self) -> Option<HeaderValue> {
        let mut value = HeaderValue::from_str(&self.0).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ApiKey(…)")
    }
}

/// A request.
#[derive(Debug, Clone)]
pub struct Call {
    /// In capitals: `POST`.
    pub method: String,
    /// The whole URL, see [`crate::gateway::Address::join`].
    pub url: Url,
    /// Beside `Accept`, `Content-Type: application/json` and `User-Agent`, which every call has: StartExecution routes
    /// refuse a type that they have no template for, on GET too.
    pub headers: Vec<(String, String)>,
    /// JSON text. Never on GET: CloudFront, in front of AWS's gateways, answers 403 to it.
    pub body: Option<String>,
    /// The key, where one is sent.
    pub key: Option<ApiKey>,
}

impl Call {
    /// A call without body and key.
    #[must_use]
    pub fn new(method: &str, url: Url) -> Self {
        Self { method: method.to_owned(), url, headers: Vec::new(), body: None, key: None }
    }

    /// Its headers as they are sent, `Host`, `Content-Length` and the key apart.
    #[must_use]
    pub fn all_headers(&self) -> Vec<(String, String)> {
        let agent = concat!("iw102/", env!("CARGO_PKG_VERSION"));
        let always = [("accept", "application/json"), ("content-type", "application/json"), ("user-agent", agent)];
        let has = |name: &str| self.headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name));
        let missing = always.into_iter().filter(|(name, _)| !has(name));
        let missing = missing.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let given = self.headers.iter().map(|(name, value)| (name.to_lowercase(), value.clone()));
        missing.chain(given).collect()
    }
}
