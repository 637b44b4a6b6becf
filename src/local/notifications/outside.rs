//! AWS's services where the caller's environment says that they are: `AWS_ENDPOINT_URL_SQS`, else `AWS_ENDPOINT_URL`.
//!
//! Owns: endpoints, the signed request, what an answer means for another try. Must not know: events. Nothing is sent to AWS
//! itself unless somebody names it as the endpoint.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>

use std::collections::BTreeMap;
use std::fmt::Display;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::header::HeaderValue;
use hyper::{Request, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jiff::Timestamp;

use crate::local::notifications::courier::Undelivered;
use crate::local::notifications::signature::{Credentials, Scope, authorization};

/// How long a service may take for its answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// A service's answer is read so far.
const ANSWER_BYTES_MAX: usize = 64 << 10;
/// Characters of a refusal that a person is told.
const REFUSAL_CHARACTERS_MAX: usize = 300;
/// Refusals with status 400 that another try may get past.
const THROTTLED: [&str; 4] = ["Throttl", "LimitExceeded", "ProvisionedThroughputExceeded", "ServiceUnavailable"];

/// A service that targets belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    Lambda,
    StepFunctions,
    Sns,
    Sqs,
    Kinesis,
    Firehose,
}

impl Service {
    /// As signatures name it.
    fn signing_name(self) -> &'static str {
        match self {
            Self::Lambda => "lambda",
            Self::StepFunctions => "states",
            Self::Sns => "sns",
            Self::Sqs => "sqs",
            Self::Kinesis => "kinesis",
            Self::Firehose => "firehose",
        }
    }

    /// The environment's variable that says where it is.
    fn variable(self) -> &'static str {
        match self {
            Self::Lambda => "AWS_ENDPOINT_URL_LAMBDA",
            Self::StepFunctions => "AWS_ENDPOINT_URL_SFN",
            Self::Sns => "AWS_ENDPOINT_URL_SNS",
            Self::Sqs => "AWS_ENDPOINT_URL_SQS",
            Self::Kinesis => "AWS_ENDPOINT_URL_KINESIS",
            Self::Firehose => "AWS_ENDPOINT_URL_FIREHOSE",
        }
    }
}

/// The parts of `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arn<'a> {
    pub(super) region: &'a str,
    pub(super) account: &'a str,
    pub(super) resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Reads an ARN of a region and an account.
    pub(super) fn parse(arn: &'a str) -> Result<Self, Undelivered> {
        match arn.splitn(6, ':').collect::<Vec<_>>().as_slice() {
            ["arn", _, _, region, account, resource] if !region.is_empty() && !resource.is_empty() => {
                Ok(Self { region, account, resource })
            }
            _ => Err(Undelivered::ForGood(format!("{arn:?} is not the ARN of a target"))),
        }
    }
}

/// One request of a service.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) service: Service,
    /// Whom it is for: says the region, and the account of who has no credentials.
    pub(super) arn: Arn<'a>,
    /// Below the endpoint, percent-encoded.
    pub(super) path: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

impl<'a> Call<'a> {
    /// A request of one of AWS's JSON protocols: `1.0` or `1.1`.
    pub(super) fn json(service: Service, arn: Arn<'a>, version: &str, target: &str, body: &serde_json::Value) -> Self {
        let headers =
            vec![("content-type", format!("application/x-amz-json-{version}")), ("x-amz-target", target.to_owned())];
        Self { service, arn, path: "/".to_owned(), headers, body: body.to_string() }
    }
}

/// The way to the services.
#[derive(Debug)]
pub(super) struct Outside {
    /// `AWS_ENDPOINT_URL` and those of services, by variable.
    endpoints: BTreeMap<String, String>,
    credentials: Option<Credentials>,
    plain: Client<HttpConnector, Full<Bytes>>,
}

impl Outside {
    pub(super) fn new(environment: &BTreeMap<String, String>) -> Self {
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
    pub(super) fn endpoint(&self, service: Service) -> Result<&str, Undelivered> {
        let variable = service.variable();
        let found = self.endpoints.get(variable).or_else(|| self.endpoints.get("AWS_ENDPOINT_URL"));
        let missing = || Undelivered::Nowhere(format!("set {variable} or AWS_ENDPOINT_URL to the URL of its service"));
        found.map(|url| url.trim_end_matches('/')).ok_or_else(missing)
    }

    /// Makes a request, signed.
    ///
    /// # Errors
    /// When it did not arrive or was refused.
    pub(super) async fn call(&self, call: &Call<'_>) -> Result<(), Undelivered> {
        let endpoint = self.endpoint(call.service)?;
        let request = self.request(endpoint, call)?;
        let answer = tokio::time::timeout(ANSWER_TIMEOUT, self.send(request)).await;
        let late = |_| failed(endpoint, &format!("no answer within {} s", ANSWER_TIMEOUT.as_secs()));
        let (status, body) = answer.map_err(late)?.map_err(|why| failed(endpoint, &why))?;
        judge(endpoint, status, &body)
    }

    fn request(&self, endpoint: &str, call: &Call<'_>) -> Result<Request<Full<Bytes>>, Undelivered> {
        let unusable =
            |why: &dyn Display| Undelivered::ForGood(format!("{endpoint:?} is not the URL of a service: {why}"));
        let uri: Uri = format!("{endpoint}{}", call.path).parse().map_err(|error| unusable(&error))?;
        let host = uri.authority().ok_or_else(|| unusable(&"it names no host"))?.to_string();
        if host.contains('@') {
            let variable = call.service.variable();
            // Not shown, for it may hold a password.
            return Err(Undelivered::ForGood(format!(
                "the URL of {variable} or AWS_ENDPOINT_URL must not name a user"
            )));
        }
        let time = Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
        let credentials = self.credentials(call.arn.account);
        let mut headers: BTreeMap<&str, String> = call.headers.iter().cloned().collect();
        headers.extend([("host", host), ("x-amz-date", time.clone())]);
        headers.extend(credentials.session_token.clone().map(|token| ("x-amz-security-token", token)));
        let scope = Scope { service: call.service.signing_name(), region: call.arn.region, time: &time };
        let signed = authorization(&credentials, scope, uri.path(), &headers, call.body.as_bytes());
        headers.insert("authorization", signed);
        let mut request = Request::post(uri);
        for (name, value) in headers {
            let value = HeaderValue::from_str(&value)
                .map_err(|_| Undelivered::ForGood(format!("the header {name} of the request would not be sound")))?;
            request = request.header(name, value);
        }
        request.body(Full::new(Bytes::from(call.body.clone()))).map_err(|error| unusable(&error))
    }

    /// Those of the environment; without them the account's number, which local servers take for the account.
    fn credentials(&self, account: &str) -> Credentials {
        self.credentials.clone().unwrap_or_else(|| Credentials {
            access_key_id: account.to_owned(),
            secret_access_key: "local".to_owned(),
            session_token: None,
        })
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> Result<(u16, Bytes), String> {
        if request.uri().scheme_str() == Some("https") {
            return send_securely(request).await;
        }
        let answer = self.plain.request(request).await.map_err(|error| with_source(&error))?;
        let status = answer.status().as_u16();
        let body = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await;
        // What it says beyond the bound changes nothing.
        Ok((status, body.map(http_body_util::Collected::to_bytes).unwrap_or_default()))
    }
}

async fn send_securely(request: Request<Full<Bytes>>) -> Result<(u16, Bytes), String> {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build();
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_or_else(|never| match never {}, http_body_util::Collected::to_bytes);
    let request = reqwest::Request::try_from(Request::from_parts(parts, body)).map_err(|error| with_source(&error))?;
    let mut answer =
        client.map_err(|error| with_source(&error))?.execute(request).await.map_err(|error| with_source(&error))?;
    let status = answer.status().as_u16();
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = answer.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > ANSWER_BYTES_MAX {
            break;
        }
    }
    Ok((status, Bytes::from(body)))
}

fn judge(endpoint: &str, status: u16, body: &[u8]) -> Result<(), Undelivered> {
    let text = String::from_utf8_lossy(body);
    let said: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let said: String = said.chars().take(REFUSAL_CHARACTERS_MAX).collect();
    let refused = format!("{endpoint} refused it with {status}: {said}");
    match status {
        200..=299 => Ok(()),
        429 | 500..=599 => Err(Undelivered::ForNow(refused)),
        _ if THROTTLED.iter().any(|word| text.contains(word)) => Err(Undelivered::ForNow(refused)),
        _ => Err(Undelivered::ForGood(refused)),
    }
}

fn failed(endpoint: &str, why: &str) -> Undelivered {
    Undelivered::ForNow(format!("{endpoint}: {why}"))
}

/// An error and what is behind it, in one line.
fn with_source(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
