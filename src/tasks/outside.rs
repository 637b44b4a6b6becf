//! AWS's services where the caller's environment says that they are: `AWS_ENDPOINT_URL_SQS`, else `AWS_ENDPOINT_URL`.
//!
//! Owns: endpoints, the signed request, its bounds. Must not know: what is asked, what an answer means. Nothing is sent to AWS
//! itself unless somebody names it as the endpoint.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::{HeaderMap, HeaderValue};
use hyper::{Request, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jiff::Timestamp;

use crate::tasks::signature::{Credentials, Scope, Target, authorization, hash};

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
    /// Step Functions.
    pub const STEP_FUNCTIONS: Self = Self { signing_name: "states", variable: "AWS_ENDPOINT_URL_SFN" };
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

/// One request of a service, whatever its method.
#[derive(Debug)]
pub(super) struct Ask<'a> {
    pub(super) service: Service,
    pub(super) region: &'a str,
    pub(super) account: &'a str,
    pub(super) method: &'a str,
    /// Below the endpoint, percent-encoded.
    pub(super) path: &'a str,
    /// Percent-encoded, its parts in order; empty for none.
    pub(super) query: &'a str,
    /// Names in small letters.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    pub(super) timeout: Duration,
    pub(super) answer_bytes_max: usize,
}

impl Ask<'_> {
    fn of<'a>(post: &Post<'a>) -> Ask<'a> {
        Ask {
            service: post.service,
            region: post.region,
            account: post.account,
            method: "POST",
            path: post.path,
            query: "",
            headers: post.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
            body: post.body.as_bytes().to_vec(),
            timeout: post.timeout,
            answer_bytes_max: post.answer_bytes_max,
        }
    }
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
    /// Where this server itself answers for Step Functions.
    own: OnceLock<String>,
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
            own: OnceLock::new(),
            credentials: keys.map(|(access_key_id, secret_access_key)| Credentials {
                access_key_id,
                secret_access_key,
                session_token: of("AWS_SESSION_TOKEN"),
            }),
            plain: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// Tells where the server of these tasks answers for Step Functions; there and nowhere else executions are started.
    pub(super) fn serve_at(&self, endpoint: String) {
        // The first stays: a server does not move.
        let _ = self.own.set(endpoint);
    }

    fn own(&self, service: Service) -> Option<&str> {
        self.own.get().filter(|_| service == Service::STEP_FUNCTIONS).map(String::as_str)
    }

    /// Where a service is, without a slash at its end.
    ///
    /// # Errors
    /// `Nowhere`, with the variables that say it.
    pub fn endpoint(&self, service: Service) -> Result<&str, OutsideError> {
        if let Some(own) = self.own(service) {
            return Ok(own.trim_end_matches('/'));
        }
        let found = self.endpoints.get(service.variable).or_else(|| self.endpoints.get("AWS_ENDPOINT_URL"));
        found.map(|url| url.trim_end_matches('/')).ok_or(OutsideError::Nowhere(service.variable))
    }

    /// Makes a request, signed. Whatever is answered is an answer.
    ///
    /// # Errors
    /// When it could not be made, or nothing was answered.
    pub async fn post(&self, post: &Post<'_>) -> Result<Response, OutsideError> {
        self.ask(Ask::of(post)).await
    }

    /// Makes a request of any method, signed. Whatever is answered is an answer.
    ///
    /// # Errors
    /// When it could not be made, or nothing was answered.
    pub(super) async fn ask(&self, ask: Ask<'_>) -> Result<Response, OutsideError> {
        let (timeout, bytes_max) = (ask.timeout, ask.answer_bytes_max);
        let endpoint = self.endpoint(ask.service)?;
        let request = self.request(endpoint, ask)?;
        let answer = tokio::time::timeout(timeout, self.send(request, bytes_max)).await;
        let failed = |why: String| OutsideError::Unreachable(format!("{endpoint}: {why}"));
        let late = |_| failed(format!("no answer within {} s", timeout.as_secs()));
        answer.map_err(late)?.map_err(failed)
    }

    /// Makes a request that is not signed and that names its own address, for somebody who is no service of AWS.
    ///
    /// # Errors
    /// When it could not be made, or nothing was answered.
    pub(super) async fn fetch(
        &self,
        request: Request<Full<Bytes>>,
        timeout: Duration,
        bytes_max: usize,
    ) -> Result<Response, OutsideError> {
        let answer = tokio::time::timeout(timeout, self.send(request, bytes_max)).await;
        let late = |_| OutsideError::Unreachable(format!("no answer within {} s", timeout.as_secs()));
        answer.map_err(late)?.map_err(OutsideError::Unreachable)
    }

    fn request(&self, endpoint: &str, ask: Ask<'_>) -> Result<Request<Full<Bytes>>, OutsideError> {
        let unusable =
            |why: &dyn Display| OutsideError::Unusable(format!("{endpoint:?} is not the URL of a service: {why}"));
        let mark = if ask.query.is_empty() { "" } else { "?" };
        let uri: Uri =
            format!("{endpoint}{}{mark}{}", ask.path, ask.query).parse().map_err(|error| unusable(&error))?;
        let host = uri.authority().ok_or_else(|| unusable(&"it names no host"))?.to_string();
        if host.contains('@') {
            let variable = ask.service.variable;
            // Not shown, for it may hold a password.
            return Err(OutsideError::Unusable(format!(
                "the URL of {variable} or AWS_ENDPOINT_URL must not name a user"
            )));
        }
        let time = Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
        let credentials = match self.own(ask.service) {
            Some(_) => local_credentials(ask.account),
            None => self.credentials.clone().unwrap_or_else(|| local_credentials(ask.account)),
        };
        let named = ask.headers.iter().map(|(name, value)| (name.as_str(), value.clone()));
        let mut headers: BTreeMap<&str, String> = named.collect();
        if ask.service.signing_name == "s3" {
            headers.insert("x-amz-content-sha256", hash(&ask.body));
        }
        headers.extend([("host", host), ("x-amz-date", time.clone())]);
        headers.extend(credentials.session_token.clone().map(|token| ("x-amz-security-token", token)));
        let scope = Scope { service: ask.service.signing_name, region: ask.region, time: &time };
        let path = uri.path().to_owned();
        let target = Target { method: ask.method, path: &path, query: ask.query };
        let signed = authorization(&credentials, scope, target, &headers, &ask.body);
        headers.insert("authorization", signed);
        let mut request = Request::builder().method(ask.method).uri(uri);
        for (name, value) in headers {
            let value = HeaderValue::from_str(&value)
                .map_err(|_| OutsideError::Unusable(format!("the header {name} of the request would not be sound")))?;
            request = request.header(name, value);
        }
        request.body(Full::new(Bytes::from(ask.body))).map_err(|error| unusable(&error))
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

/// The account's number, which local servers take for the account.
fn local_credentials(account: &str) -> Credentials {
    Credentials { access_key_id: account.to_owned(), secret_access_key: "local".to_owned(), session_token: None }
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
