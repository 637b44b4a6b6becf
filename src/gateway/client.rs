//! The HTTPS client.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderName;
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Method, Response};

use crate::gateway::address::Address;
use crate::gateway::answer::{Answer, RefusalKind};
use crate::gateway::call::{Call, KEY_HEADER};
use crate::gateway::error::GatewayError;
use crate::gateway::transcript;

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an answer may take: a route answers within 29 s, or longer where its owner has asked AWS for that.
const ANSWER_TIMEOUT: Duration = Duration::from_mins(2);
/// The largest answer that a gateway gives.
const ANSWER_BYTES_MAX: usize = 10 * 1024 * 1024;

/// Who is told, a line at a time.
pub type Listener = Arc<dyn Fn(&str) + Send + Sync>;

/// Which certificates are believed. There is no way to believe all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// Those that the operating system believes.
    Platform,
    /// Those of these CAs, PEM text, and no other.
    Only(Vec<u8>),
}

/// Which gateway, and whom to believe that it is it.
#[derive(Clone)]
pub struct GatewayConfig {
    /// Where it is.
    pub address: Address,
    /// Whose certificates are believed.
    pub trust: Trust,
    /// Who is told of each request and answer, without keys.
    pub listener: Option<Listener>,
}

impl fmt::Debug for GatewayConfig {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("GatewayConfig").field("address", &self.address).finish_non_exhaustive()
    }
}

/// A client of one gateway.
#[derive(Debug, Clone)]
pub struct Gateway {
    config: GatewayConfig,
    http: Client,
}

impl Gateway {
    /// A client; nothing is sent yet. Proxies are the environment's (`HTTPS_PROXY`, `NO_PROXY`), never for this machine.
    ///
    /// # Errors
    /// [`GatewayError::Ca`]
    pub fn new(config: GatewayConfig) -> Result<Self, GatewayError> {
        let ca = |error: reqwest::Error| GatewayError::Ca { reason: innermost(&error) };
        // A redirect could carry the key to another origin, and a start that is sent twice starts twice.
        let mut http = Client::builder()
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(ANSWER_TIMEOUT);
        if config.address.is_loopback() {
            http = http.no_proxy();
        }
        if let Trust::Only(pem) = &config.trust {
            let certificates = Certificate::from_pem_bundle(pem).map_err(ca)?;
            if certificates.is_empty() {
                return Err(GatewayError::Ca { reason: "it holds no certificate in PEM form".to_owned() });
            }
            http = http.tls_certs_only(certificates);
        }
        Ok(Self { http: http.build().map_err(ca)?, config })
    }

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.config.address
    }

    /// Sends a call once and gives the answer, whatever its status.
    ///
    /// # Errors
    /// See [`GatewayError`].
    pub async fn send(&self, call: &Call) -> Result<Answer, GatewayError> {
        let request = self.request(call)?;
        self.tell("> ", || transcript::told_request(call));
        let sent = self.http.execute(request).await;
        let response = sent.map_err(|error| GatewayError::of(&error, &call.url, None))?;
        let answer = read(response, call).await?;
        self.tell("< ", || transcript::told_answer(call, &answer));
        Ok(answer)
    }

    /// As [`Gateway::send`], and again after each pause as long as the gateway itself says that it is throttled. It says
    /// so before it calls what is behind it, so that nothing is done twice; a quota that is used up is not asked again.
    ///
    /// # Errors
    /// See [`GatewayError`].
    pub async fn send_patiently(
        &self,
        call: &Call,
        pauses: impl IntoIterator<Item = Duration>,
    ) -> Result<Answer, GatewayError> {
        let mut answer = self.send(call).await?;
        for pause in pauses {
            if answer.refusal().is_none_or(|refusal| refusal.kind != RefusalKind::Throttled) {
                break;
            }
            tokio::time::sleep(pause).await;
            answer = self.send(call).await?;
        }
        Ok(answer)
    }

    fn request(&self, call: &Call) -> Result<reqwest::Request, GatewayError> {
        let unsendable = |what: &str| GatewayError::Unsendable(what.to_owned());
        if call.body.is_some() && matches!(call.method.as_str(), "GET" | "HEAD") {
            return Err(GatewayError::BodyOnGet(call.method.clone()));
        }
        let method = Method::from_bytes(call.method.as_bytes()).map_err(|_| unsendable("the method"))?;
        let mut request = self.http.request(method, call.url.clone());
        for (name, value) in call.all_headers() {
            let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unsendable("the header's name"))?;
            request = request.header(header, value);
        }
        if let Some(key) = &call.key {
            request = request.header(KEY_HEADER, key.header().ok_or(GatewayError::Key)?);
        }
        if let Some(body) = &call.body {
            request = request.body(body.clone());
        }
        request.build().map_err(|_| unsendable("a header's value"))
    }

    fn tell(&self, mark: &str, text: impl FnOnce() -> String) {
        if let Some(listener) = &self.config.listener {
            for line in text().trim_end().lines() {
                listener(format!("{mark}{line}").trim_end());
            }
        }
    }
}

async fn read(mut response: Response, call: &Call) -> Result<Answer, GatewayError> {
    let headers: Vec<(String, String)> = response
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    let header = |name: &str| headers.iter().find(|(given, _)| given == name).map(|(_, value)| value.clone());
    // `AccessDeniedException:http://internal.amazon.com/coral/…`
    let error_type =
        header("x-amzn-errortype").map(|name| name.split([':', ',']).next().unwrap_or_default().to_owned());
    let request_id = header("x-amzn-requestid");
    let (status, version) = (response.status().as_u16(), format!("{:?}", response.version()));
    let mut body = Vec::new();
    loop {
        let chunk = response.chunk().await.map_err(|error| GatewayError::of(&error, &call.url, request_id.clone()))?;
        let Some(chunk) = chunk else { break };
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            let origin = call.url.origin().ascii_serialization();
            return Err(GatewayError::AnswerTooLarge { origin, bytes_max: ANSWER_BYTES_MAX, request_id });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, version, headers, body, request_id, error_type })
}

fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let last = std::iter::successors(Some(error), |error| error.source()).last();
    last.map(ToString::to_string).unwrap_or_default()
}
