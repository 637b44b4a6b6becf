//! The client of another owner's control paths.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::Request;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

use crate::local::control;
use crate::local::owner::LocalError;
use crate::local::store_lock::OwnerFile;

/// How long an owner may take for an answer that it need not wait for. It is silent when it was stopped (Ctrl-Z).
pub(super) const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// An owner's answer is at most so long.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// Calls a control path that is answered at once.
///
/// # Errors
/// As [`call`], and [`LocalError::Silent`].
pub(super) async fn call_soon(owner: &OwnerFile, name: &str, input: &Value) -> Result<Value, LocalError> {
    call_within(ANSWER_TIMEOUT, owner, name, input).await
}

async fn call_within(time: Duration, owner: &OwnerFile, name: &str, input: &Value) -> Result<Value, LocalError> {
    let answer = tokio::time::timeout(time, call(owner, name, input)).await;
    answer.unwrap_or(Err(LocalError::Silent { pid: owner.pid }))
}

/// Calls a control path of the owner, and waits as long as it takes.
///
/// # Errors
/// [`LocalError::Gone`] when it does not answer (any more), [`LocalError::Refused`] when it does not want to.
pub(super) async fn call(owner: &OwnerFile, name: &str, input: &Value) -> Result<Value, LocalError> {
    let gone = |error: &dyn std::fmt::Display| LocalError::Gone(format!("{}: {error}", owner.endpoint));
    let request = Request::post(format!("{}{}{name}", owner.endpoint, control::PATH))
        .header("content-type", "application/json")
        .header(control::SECRET, owner.secret.reveal())
        .body(Full::new(Bytes::from(input.to_string())))
        .map_err(|error| LocalError::Owner(error.to_string()))?;
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let answer = client.request(request).await.map_err(|error| gone(&error))?;
    let status = answer.status();
    let body = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await.map_err(|error| gone(&error))?;
    match (status.as_u16(), serde_json::from_slice(&body.to_bytes())) {
        (200, Ok(value)) => Ok(value),
        (503, _) => Err(gone(&"it is leaving")),
        // Another server took the port of an owner that was killed, or another owner did.
        (403 | 404, _) | (_, Err(_)) => Err(gone(&"it is not the owner")),
        (_, Ok(value)) => Err(refused(&value)),
    }
}

fn refused(value: &Value) -> LocalError {
    let text = |name: &str| value[name].as_str().unwrap_or_default();
    let name = text("__type").rsplit('#').next().unwrap_or_default().to_owned();
    LocalError::Refused { name, message: text("message").to_owned() }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::{Duration, LocalError, OwnerFile, Value, call, call_within};
    use crate::local::secret::Secret;

    #[tokio::test]
    async fn who_took_the_port_of_an_owner_is_none() {
        for answer in ["501 Unsupported\r\ncontent-length: 6\r\n\r\n<html>", "200 OK\r\ncontent-length: 2\r\n\r\nok"] {
            let other = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let endpoint = format!("http://{}", other.local_addr().unwrap());
            let (secret, version) = (Secret::from("s"), "0".into());
            let owner = OwnerFile { endpoint, secret, pid: 4711, version, runs_tasks: true };
            let serve = async {
                let (mut stream, _) = other.accept().await.unwrap();
                let mut request = Vec::new();
                while !request.ends_with(b"null") {
                    stream.read_buf(&mut request).await.unwrap();
                }
                stream.write_all(format!("HTTP/1.1 {answer}").as_bytes()).await.unwrap();
            };
            let (called, ()) = tokio::join!(call(&owner, "health", &Value::Null), serve);
            assert!(matches!(called, Err(LocalError::Gone(_))), "{answer}: {called:?}");
        }
    }

    #[tokio::test]
    async fn an_owner_that_was_stopped_is_silent() {
        let stopped = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", stopped.local_addr().unwrap());
        let owner = OwnerFile { endpoint, secret: Secret::from("s"), pid: 4711, version: "0".into(), runs_tasks: true };
        let answer = call_within(Duration::from_millis(20), &owner, "health", &Value::Null).await;
        assert!(matches!(answer, Err(LocalError::Silent { pid: 4711 })));
    }
}
