//! AWS's services where the caller's environment says that they are: `AWS_ENDPOINT_URL_SQS`, else `AWS_ENDPOINT_URL`.
//!
//! Owns: endpoints, the signed request, its bounds. Must not know: what is asked, what an answer means. Nothing is sent to AWS
//! itself unless somebody names it as the endpoint.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>

use std::collections::BTreeMap;
use std::fmt::Display;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::{HeaderMap, HeaderValue};
use hyper::{Request, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jiff::Timestamp;

use crate::tasks::signature::{Credentials, Scope, authorization};

/// A service of AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Service {
    /// As signatures name it.
    pub signing_name: &'static str,
    /// The environment's variable that says where it is.
    pub variable: &'static str,
}

impl Service {
    /// Lambda.
    pub const LAMBDA: Self = Self { signing_name: "lambda", variable: "AWS_ENDPOINT_URL_LAMBDA" };
}

/// One request of a service.
#[derive(Debug)]
pub struct Post<'a> {
    /// Whose it is.
    pub service: Service,
    /// The region that the signature names.
    pub region: &'a str,
    /// Who signs where the environment has no credentials: local servers take a number for the account.
    pub account: &'a str,
    /// Below the endpoint, percent-encoded.
    pub path: &'a str,
    /// Names in small letters.
    pub headers: &'a [(&'static str, String)],
    /// As it is sent.
    pub body: &'a str,
    /// How long the answer may take.
    pub timeout: Duration,
    /// The answer is read so far and one byte more.
    pub answer_bytes_max: usize,
}

/// What a service answered.
#[derive(Debug)]
pub struct Response {
    /// HTTP's.
    pub status: u16,
    /// HTTP's.
    pub headers: HeaderMap,
    /// One byte longer than its bound where the service said more.
    pub body: Vec<u8>,
}

/// Why a service did not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutsideError {
    /// Nobody said where it is.
    #[error("set {0} or AWS_ENDPOINT_URL to the URL of its service")]
    Nowhere(&'static str),
    /// The request cannot be made, today or another day.
    #[error("{0}")]
    Unusable(String),
    /// No connection, no answer, or none in time.
    #[error("{0}")]
    Unreachable(String),
}

/// The way to the services.
#[derive(Debug)]
pub struct Outside {
    /// `AWS_ENDPOINT_URL` and those of services, by variable.
    endpoints: BTreeMap<String, String>,
    credentials: Option<Credentials>,
    plain: Client<HttpConnector, Full<Bytes>>,
}

impl Outside {
    /// `environment` is the caller's.
    #[must_use]
    pub fn new(environment: &BTreeMap<String, String>) -> Self {
        let of = |name: &str| environment.get(name).filter(|value| !value.is_empty()).cloned();
        let named = environment.keys().filter(|name| name.starts_with("AWS_ENDPOINT_URL"));
        let keys = of("AWS_ACCESS_KEY_ID").zip(of("AWS_SECRET_ACCESS_KEY"));
        Self {
            endpoints: named.filter_map(|name| Some((name.clone(), of(name)?))).collect(),
            credentials: keys.map(|(access_key_id, secret_access_key)| Credentials {
                access_key_id,
                secret_access_key,
                session_token: of("AWS_SESSION_TOKEN"),
            }),
            plain: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// Where a service is, without a slash at its end.
    ///
    /// # Errors
    /// `Nowhere`, with the variables that say it.
    pub fn endpoint(&self, service: Service) -> Result<&str, OutsideError> {
        let found = self.endpoints.get(service.variable).or_else(|| self.endpoints.get("AWS_ENDPOINT_URL"));
        found.map(|url| url.trim_end_matches('/')).ok_or(OutsideError::Nowhere(service.variable))
    }

    /// Makes a request, signed. Whatever is answered is an answer.
    ///
    /// # Errors
    /// When it could not be made, or nothing was answered.
    pub async fn post(&self, post: &Post<'_>) -> Result<Response, OutsideError> {
        let endpoint = self.endpoint(post.service)?;
        let request = self.request(endpoint, post)?;
        let answer = tokio::time::timeout(post.timeout, self.send(request, post.answer_bytes_max)).await;
        let failed = |why: String| OutsideError::Unreachable(format!("{endpoint}: {why}"));
        let late = |_| failed(format!("no answer within {} s", post.timeout.as_secs()));
        answer.map_err(late)?.map_err(failed)
    }

    fn request(&self, endpoint: &str, post: &Post<'_>) -> Result<Request<Full<Bytes>>, OutsideError> {
        let unusable =
            |why: &dyn Display| OutsideError::Unusable(format!("{endpoint:?} is not the URL of a service: {why}"));
        let uri: Uri = format!("{endpoint}{}", post.path).parse().map_err(|error| unusable(&error))?;
        let host = uri.authority().ok_or_else(|| unusable(&"it names no host"))?.to_string();
        if host.contains('@') {
            let variable = post.service.variable;
            // Not shown, for it may hold a password.
            return Err(OutsideError::Unusable(format!(
                "the URL of {variable} or AWS_ENDPOINT_URL must not name a user"
            )));
        }
        let time = Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
        let credentials = self.credentials(post.account);
        let mut headers: BTreeMap<&str, String> = post.headers.iter().cloned().collect();
        headers.extend([("host", host), ("x-amz-date", time.clone())]);
        headers.extend(credentials.session_token.clone().map(|token| ("x-amz-security-token", token)));
        let scope = Scope { service: post.service.signing_name, region: post.region, time: &time };
        let signed = authorization(&credentials, scope, uri.path(), &headers, post.body.as_bytes());
        headers.insert("authorization", signed);
        let mut request = Request::post(uri);
        for (name, value) in headers {
            let value = HeaderValue::from_str(&value)
                .map_err(|_| OutsideError::Unusable(format!("the header {name} of the request would not be sound")))?;
            request = request.header(name, value);
        }
        request.body(Full::new(Bytes::from(post.body.to_owned()))).map_err(|error| unusable(&error))
    }

    /// Those of the environment; without them the account's number, which local servers take for the account.
    fn credentials(&self, account: &str) -> Credentials {
        self.credentials.clone().unwrap_or_else(|| Credentials {
            access_key_id: account.to_owned(),
            secret_access_key: "local".to_owned(),
            session_token: None,
        })
    }

    async fn send(&self, request: Request<Full<Bytes>>, bytes_max: usize) -> Result<Response, String> {
        if request.uri().scheme_str() == Some("https") {
            return send_securely(request, bytes_max).await;
        }
        let answer = self.plain.request(request).await.map_err(|error| with_source(&error))?;
        let (head, mut incoming) = answer.into_parts();
        let mut body = Vec::new();
        while let Some(frame) = incoming.frame().await {
            if let Ok(data) = frame.map_err(|error| with_source(&error))?.into_data() {
                body.extend_from_slice(&data);
            }
            if body.len() > bytes_max {
                break;
            }
        }
        body.truncate(bytes_max.saturating_add(1));
        Ok(Response { status: head.status.as_u16(), headers: head.headers, body })
    }
}

async fn send_securely(request: Request<Full<Bytes>>, bytes_max: usize) -> Result<Response, String> {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build();
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_or_else(|never| match never {}, http_body_util::Collected::to_bytes);
    let request = reqwest::Request::try_from(Request::from_parts(parts, body)).map_err(|error| with_source(&error))?;
    let mut answer =
        client.map_err(|error| with_source(&error))?.execute(request).await.map_err(|error| with_source(&error))?;
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| with_source(&error))? {
        body.extend_from_slice(&chunk);
        if body.len() > bytes_max {
            break;
        }
    }
    body.truncate(bytes_max.saturating_add(1));
    Ok(Response { status, headers, body })
}

/// An error and what is behind it, in one line.
pub(crate) fn with_source(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
