//! The Lambda Runtime API, as one process of one function sees it.
//!
//! Owns: a listener on loopback, its four routes, the order in which a runtime client may use them, their error answers. Must
//! not know: processes. Start reading at [`RuntimeApi`]; the contract is
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>.
//!
//! Every process has a listener of its own, so a process can only see invocations that are its own. A request with an `Origin`
//! or another `Host` is a browser's, and is refused.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use hyper::header::{HOST, HeaderMap, HeaderValue, ORIGIN};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};

use crate::asl::Payload;
use crate::tasks::answer::{Answer, RESPONSE_BYTES_MAX};

/// Connections of one process at once; a runtime client has one or two.
const CONNECTIONS_MAX: usize = 32;
/// How long accepting pauses after it failed (no descriptors left).
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
const VERSION: &str = "/2018-06-01/runtime/";
/// A field that a streaming runtime sends after the body, when its handler failed on the way.
const ERROR_TYPE: &str = "lambda-runtime-function-error-type";
const ERROR_BODY: &str = "lambda-runtime-function-error-body";

/// One invocation, on its way to a function.
#[derive(Debug, Clone)]
pub(super) struct Invocation {
    pub(super) request_id: Arc<str>,
    pub(super) function_arn: Arc<str>,
    pub(super) event: Payload,
    pub(super) timeout: Duration,
}

/// What a runtime client did.
#[derive(Debug)]
pub(super) enum Signal {
    /// It took the invocation.
    Delivered,
    /// It answered the invocation.
    Answered(Answer),
    /// It gave up before it asked for its first invocation.
    InitFailed(Answer),
}

/// The server of one process. Dropping it closes the listener and every connection.
#[derive(Debug)]
pub(super) struct RuntimeApi {
    address: SocketAddr,
    work: mpsc::Sender<Invocation>,
    signals: mpsc::UnboundedReceiver<Signal>,
    server: AbortHandle,
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl RuntimeApi {
    pub(super) async fn open() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (work, queue) = mpsc::channel(1);
        let (tell, signals) = mpsc::unbounded_channel();
        let phase = Mutex::new(Phase::Starting);
        let desk = Arc::new(Desk { host: address.to_string(), phase, queue: queue.into(), tell });
        let server = tokio::spawn(accept(listener, desk)).abort_handle();
        Ok(Self { address, work, signals, server })
    }

    /// The value of `AWS_LAMBDA_RUNTIME_API`.
    pub(super) fn address(&self) -> String {
        self.address.to_string()
    }

    /// Offers an invocation to the next request for one. There may be only one at a time; a second is dropped.
    pub(super) fn offer(&self, invocation: Invocation) {
        let _ = self.work.try_send(invocation);
    }

    /// What the client does next; pending for ever when it does nothing. May be dropped and asked for again.
    pub(super) async fn signal(&mut self) -> Signal {
        match self.signals.recv().await {
            Some(signal) => signal,
            None => std::future::pending().await,
        }
    }
}

/// Where a runtime client stands.
#[derive(Debug)]
enum Phase {
    /// It has not asked for an invocation yet.
    Starting,
    /// It has this invocation.
    Running(Arc<str>),
    /// It has answered this invocation.
    Answered(Arc<str>),
}

#[derive(Debug)]
struct Desk {
    host: String,
    phase: Mutex<Phase>,
    queue: tokio::sync::Mutex<mpsc::Receiver<Invocation>>,
    tell: mpsc::UnboundedSender<Signal>,
}

type Reply = Response<Full<Bytes>>;

/// What a client did wrong.
struct Problem {
    status: StatusCode,
    error_type: &'static str,
    message: String,
}

impl Problem {
    fn into_reply(self) -> Reply {
        reply(self.status, json!({"errorMessage": self.message, "errorType": self.error_type}).to_string())
    }
}

async fn accept(listener: TcpListener, desk: Arc<Desk>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        while connections.try_join_next().is_some() {}
        if connections.len() >= CONNECTIONS_MAX {
            continue;
        }
        let desk = Arc::clone(&desk);
        connections.spawn(async move {
            let service = service_fn(|request| desk.serve(request));
            // A connection that breaks is the client's affair: it asks again, or its process has ended.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

impl Desk {
    async fn serve(&self, request: Request<Incoming>) -> Result<Reply, Infallible> {
        Ok(self.route(request).await.unwrap_or_else(Problem::into_reply))
    }

    async fn route(&self, request: Request<Incoming>) -> Result<Reply, Problem> {
        let headers = request.headers();
        if headers.contains_key(ORIGIN) || headers.get(HOST).is_none_or(|host| host != self.host.as_str()) {
            return Err(error(StatusCode::FORBIDDEN, "AccessDenied", "This API is its function's alone"));
        }
        let path = request.uri().path().to_owned();
        let parts: Vec<&str> = path.strip_prefix(VERSION).unwrap_or_default().split('/').collect();
        match (request.method().clone(), parts.as_slice()) {
            (Method::GET, ["invocation", "next"]) => self.next().await,
            (Method::POST, ["invocation", id, "response"]) => self.response(id, request).await,
            (Method::POST, ["invocation", id, "error"]) => self.function_error(id, request).await,
            (Method::POST, ["init", "error"]) => self.init_error(request).await,
            _ => Err(error(StatusCode::NOT_FOUND, "NotFound", &format!("{} {path} is not known", request.method()))),
        }
    }

    async fn next(&self) -> Result<Reply, Problem> {
        if matches!(*self.phase(), Phase::Running(_)) {
            return Err(wrong_order("Running", "Ready"));
        }
        let invocation = self.queue.lock().await.recv().await;
        let Some(invocation) = invocation else {
            return Err(error(StatusCode::GONE, "Runtime.Shutdown", "The function is shut down"));
        };
        *self.phase() = Phase::Running(Arc::clone(&invocation.request_id));
        self.signal(Signal::Delivered);
        Ok(deliver(&invocation))
    }

    async fn response(&self, id: &str, request: Request<Incoming>) -> Result<Reply, Problem> {
        self.expect_running(id)?;
        match read(request).await {
            Ok((body, trailers)) => {
                let answer = failed_on_the_way(&trailers).unwrap_or_else(|| Answer::from_result(body));
                self.settle(id, answer)
            }
            Err(Unread::TooLarge) => {
                self.settle(id, Answer::too_large())?;
                let message = format!("Exceeded maximum allowed payload size ({RESPONSE_BYTES_MAX} bytes).");
                Err(error(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", &message))
            }
            Err(Unread::Broken) => Err(broken()),
        }
    }

    async fn function_error(&self, id: &str, request: Request<Incoming>) -> Result<Reply, Problem> {
        self.expect_running(id)?;
        let answer = read_error(request).await?;
        self.settle(id, answer)
    }

    async fn init_error(&self, request: Request<Incoming>) -> Result<Reply, Problem> {
        if !matches!(*self.phase(), Phase::Starting) {
            return Err(wrong_order("Ready", "InitError"));
        }
        let answer = read_error(request).await?;
        self.signal(Signal::InitFailed(answer));
        Ok(accepted())
    }

    fn expect_running(&self, id: &str) -> Result<(), Problem> {
        match &*self.phase() {
            Phase::Running(running) if **running == *id => Ok(()),
            Phase::Answered(answered) if **answered == *id => Err(wrong_order("Responded", "Responded")),
            _ => Err(error(StatusCode::BAD_REQUEST, "InvalidRequestID", "Invalid request ID")),
        }
    }

    /// The first answer counts, also of two that were sent at once.
    fn settle(&self, id: &str, answer: Answer) -> Result<Reply, Problem> {
        let mut phase = self.phase();
        match &*phase {
            Phase::Running(running) if **running == *id => *phase = Phase::Answered(Arc::clone(running)),
            _ => return Err(wrong_order("Responded", "Responded")),
        }
        drop(phase);
        self.signal(Signal::Answered(answer));
        Ok(accepted())
    }

    fn signal(&self, signal: Signal) {
        // Nobody listens only when the process is being ended.
        let _ = self.tell.send(signal);
    }

    fn phase(&self) -> MutexGuard<'_, Phase> {
        // A phase is replaced whole, so a panic elsewhere cannot leave half of one.
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn deliver(invocation: &Invocation) -> Reply {
    let now_ms = Timestamp::now().as_millisecond();
    let timeout_ms = i64::try_from(invocation.timeout.as_millis()).unwrap_or(i64::MAX);
    let deadline_ms = now_ms.saturating_add(timeout_ms).to_string();
    let root = uuid::Uuid::new_v4().simple().to_string();
    let trace = format!("Root=1-{:08x}-{};Parent={};Sampled=0", now_ms / 1000, &root[..24], &root[16..]);
    let mut reply = reply(StatusCode::OK, invocation.event.text().to_owned());
    for (name, value) in [
        ("lambda-runtime-aws-request-id", &*invocation.request_id),
        ("lambda-runtime-deadline-ms", &deadline_ms),
        ("lambda-runtime-invoked-function-arn", &invocation.function_arn),
        ("lambda-runtime-trace-id", &trace),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            reply.headers_mut().insert(name, value);
        }
    }
    reply
}

enum Unread {
    TooLarge,
    Broken,
}

/// The whole body, with or without a length, and what follows it.
async fn read(request: Request<Incoming>) -> Result<(Vec<u8>, HeaderMap), Unread> {
    if request.body().size_hint().lower() > RESPONSE_BYTES_MAX as u64 {
        return Err(Unread::TooLarge);
    }
    let body = Limited::new(request.into_body(), RESPONSE_BYTES_MAX).collect().await;
    let body = body.map_err(|error| if error.is::<LengthLimitError>() { Unread::TooLarge } else { Unread::Broken })?;
    let trailers = body.trailers().cloned().unwrap_or_default();
    Ok((body.to_bytes().to_vec(), trailers))
}

async fn read_error(request: Request<Incoming>) -> Result<Answer, Problem> {
    match read(request).await {
        Ok((body, _)) => Ok(Answer::Errored(String::from_utf8_lossy(&body).into_owned())),
        Err(Unread::TooLarge) => Ok(Answer::too_large()),
        Err(Unread::Broken) => Err(broken()),
    }
}

fn failed_on_the_way(trailers: &HeaderMap) -> Option<Answer> {
    let error_type = trailers.get(ERROR_TYPE)?.to_str().ok()?;
    let body = trailers.get(ERROR_BODY).and_then(|body| STANDARD.decode(body).ok());
    let text = body.and_then(|body| String::from_utf8(body).ok());
    Some(text.map_or_else(|| Answer::errored(error_type, "The stream of the result ended early"), Answer::Errored))
}

fn reply(status: StatusCode, body: String) -> Reply {
    let mut reply = Response::new(Full::from(body));
    *reply.status_mut() = status;
    reply.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
    reply
}

fn accepted() -> Reply {
    reply(StatusCode::ACCEPTED, "{\"status\":\"OK\"}\n".to_owned())
}

fn error(status: StatusCode, error_type: &'static str, message: &str) -> Problem {
    Problem { status, error_type, message: message.to_owned() }
}

fn wrong_order(from: &str, to: &str) -> Problem {
    let message =
        format!("State transition from {from} to {to} failed for runtime. Error: State transition is not allowed");
    error(StatusCode::FORBIDDEN, "InvalidStateTransition", &message)
}

fn broken() -> Problem {
    error(StatusCode::BAD_REQUEST, "InvalidRequest", "The body ended early")
}

#[cfg(test)]
mod tests;
