//! One signed call, for services of which we use too little to carry their SDK.
//!
//! Only for calls that change nothing: what may have been lost is sent again.

use std::time::{Duration, Instant, SystemTime};

use aws_credential_types::provider::ProvideCredentials as _;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::http::{HttpConnector as _, HttpConnectorSettings};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use bytes::BytesMut;
use serde_json::Value;

use crate::aws::connection::Connection;
use crate::aws::error::{Detail, Error, innermost, of_credentials, unexplained, was_never_sent};
use crate::aws::tell::{Tell, tell_answer, tell_request, without_token};
use crate::aws::{http, query};

/// An answer is at most so long: 10,000 log events of 1 MiB in all, written as JSON.
const ANSWER_BYTES_MAX: usize = 16 << 20;
/// Before the second and the third attempt.
const PAUSES: [Duration; 2] = [Duration::from_millis(300), Duration::from_secs(1)];

/// A service as it is called here.
#[derive(Debug, Clone, Copy)]
pub(super) struct Service {
    /// By which name the SDK's configuration knows it, `CloudWatch Logs`.
    pub id: &'static str,
    /// The first part of its host, which signatures name too.
    pub host: &'static str,
}

/// Whom a call goes to, and who is told of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caller<'a> {
    /// Where, and as whom.
    pub connection: &'a Connection,
    /// Which service.
    pub service: Service,
    /// Who is told of each request and its answer.
    pub tell: Option<&'a Tell>,
}

/// What is posted.
#[derive(Clone, Copy)]
struct Post<'a> {
    /// The operation's name, `DescribeStacks`.
    operation: &'a str,
    headers: &'a [(&'static str, &'a str)],
    body: &'a str,
}

/// What an answer held, its request's id, and when it was made.
struct Answer {
    status: u16,
    request_id: Option<String>,
    date: Option<String>,
    body: Vec<u8>,
}

/// Calls an operation in AWS JSON 1.1 (`Logs_20140328.FilterLogEvents`).
pub(super) async fn json(caller: Caller<'_>, target: &str, input: &Value) -> Result<Value, Error> {
    let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target)];
    let operation = target.rsplit('.').next().unwrap_or(target);
    let answer = call(caller, Post { operation, headers: &headers, body: &input.to_string() }).await?;
    let value: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    if (200..300).contains(&answer.status) {
        return Ok(value);
    }
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let refusal = text("__type").and_then(|name| name.rsplit('#').next()).map(|code| {
        let message = text("message").or_else(|| text("Message")).unwrap_or(code).to_owned();
        (code.to_owned(), message)
    });
    Err(refused_with(caller, answer, refusal))
}

/// Calls an operation of the Query protocol: `Action`, `Version` and its parameters go as a form, XML comes back.
pub(super) async fn query(
    caller: Caller<'_>,
    operation: &str,
    version: &str,
    parameters: &[(&str, &str)],
) -> Result<String, Error> {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("Action", operation).append_pair("Version", version).extend_pairs(parameters);
    let headers = [("content-type", "application/x-www-form-urlencoded; charset=utf-8")];
    let answer = call(caller, Post { operation, headers: &headers, body: &form.finish() }).await?;
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    if (200..300).contains(&answer.status) {
        return Ok(text);
    }
    Err(refused_with(caller, answer, query::refusal(&text)))
}

/// The error of an answer that refuses, by the exception's name and the message where it has them.
fn refused_with(caller: Caller<'_>, answer: Answer, refusal: Option<(String, String)>) -> Error {
    let Some((code, message)) = refusal else {
        let endpoint = caller.connection.server(caller.service.id, caller.service.host);
        return Error::of(unexplained(answer.status, &endpoint, answer.request_id));
    };
    Error::of_answer(Detail { code, message, request_id: answer.request_id }, answer.date.as_deref())
}

/// Posts a body, again where the service is throttled or was not reached.
async fn call(caller: Caller<'_>, post: Post<'_>) -> Result<Answer, Error> {
    let pauses = if caller.connection.is_local() { &[][..] } else { &PAUSES[..] };
    for pause in pauses {
        match attempt(caller, post).await {
            Ok(answer) if answer.status == 429 || answer.status >= 500 || is_throttled(&answer) => {}
            Err(Error::Network { .. }) => {}
            result => return result,
        }
        tokio::time::sleep(*pause).await;
    }
    attempt(caller, post).await
}

fn is_throttled(answer: &Answer) -> bool {
    answer.status == 400 && String::from_utf8_lossy(&answer.body).contains("Throttling")
}

async fn attempt(caller: Caller<'_>, post: Post<'_>) -> Result<Answer, Error> {
    let (Caller { connection, service, tell }, Post { operation, headers, body }) = (caller, post);
    let endpoint = connection.server(service.id, service.host);
    let url = format!("{}/", endpoint.trim_end_matches('/'));
    let broken = |why: String| Error::Network { endpoint: endpoint.clone(), cause: why, unsent: true };
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method("POST").map_err(|error| broken(error.to_string()))?;
    request.set_uri(url.as_str()).map_err(|error| broken(error.to_string()))?;
    for (name, value) in headers {
        request.headers_mut().insert(*name, (*value).to_owned());
    }
    for (name, value) in signature(connection, service, &url, headers, body).await? {
        request.headers_mut().insert(name, value);
    }
    if let Some(Tell(listener)) = tell {
        tell_request(listener, operation, &without_token(body.as_bytes()));
    }
    let sent = Instant::now();
    let answered = match connection.http() {
        Some(http) => {
            let settings = HttpConnectorSettings::builder()
                .connect_timeout(http::CONNECT_TIMEOUT)
                .read_timeout(http::READ_TIMEOUT)
                .build();
            http.connector(&settings).call(request).await
        }
        None => http::plain_connector().call(request).await,
    };
    let answer = answered.map_err(|error| {
        let (cause, unsent) = (innermost(&error), was_never_sent(&error));
        Error::Network { endpoint: endpoint.clone(), cause, unsent }
    })?;
    let answer = read(answer).await.map_err(|cause| Error::Network { endpoint, cause, unsent: false })?;
    if let Some(Tell(listener)) = tell {
        let request_id = answer.request_id.as_deref();
        tell_answer(listener, answer.status, sent.elapsed(), answer.body.len(), request_id);
    }
    Ok(answer)
}

async fn read(mut answer: HttpResponse) -> Result<Answer, String> {
    let status = answer.status().as_u16();
    let header = |name: &str| answer.headers().get(name).map(ToOwned::to_owned);
    let (request_id, date) = (header("x-amzn-requestid"), header("date"));
    let mut stream = ByteStream::new(answer.take_body());
    let mut body = BytesMut::new();
    while let Some(part) = stream.try_next().await.map_err(|error| error.to_string())? {
        body.extend_from_slice(&part);
        if body.len() > ANSWER_BYTES_MAX {
            return Err(format!("the answer is longer than {} MiB", ANSWER_BYTES_MAX >> 20));
        }
    }
    Ok(Answer { status, request_id, date, body: body.to_vec() })
}

/// The headers that sign a request.
async fn signature(
    connection: &Connection,
    service: Service,
    url: &str,
    headers: &[(&'static str, &str)],
    body: &str,
) -> Result<Vec<(&'static str, String)>, Error> {
    let own = |message: String| Error::Credentials { message };
    let provider = connection.sdk().credentials_provider();
    let provider = provider.ok_or_else(|| own("there are no AWS credentials".into()))?;
    let credentials = provider.provide_credentials().await.map_err(|error| own(of_credentials(&error)))?;
    let identity = credentials.into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(&connection.region().value)
        .name(service.host)
        .time(SystemTime::now())
        .settings(SigningSettings::default())
        .build()
        .map_err(|error| own(error.to_string()))?;
    let signable = SignableRequest::new("POST", url, headers.iter().copied(), SignableBody::Bytes(body.as_bytes()));
    let signed = signable.and_then(|signable| sign(signable, &params.into()));
    let (instructions, _) = signed.map_err(|error| own(error.to_string()))?.into_parts();
    let (headers, _) = instructions.into_parts();
    Ok(headers.into_iter().map(|header| (header.name(), header.value().to_owned())).collect())
}
