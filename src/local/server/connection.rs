//! One connection: its requests one after the other, within time.

use std::convert::Infallible;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{oneshot, watch};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::local::server::guarded::Guarded;
use crate::local::server::places::Place;
use crate::local::server::{HEADER_BYTES_MAX, Timeouts, leave};

/// Shakes hands, within time and as long as it is its turn.
pub(super) async fn handshake(
    tls: TlsAcceptor,
    stream: TcpStream,
    turn: oneshot::Receiver<()>,
    timeouts: Timeouts,
) -> Option<TlsStream<TcpStream>> {
    tokio::select! {
        accepted = tokio::time::timeout(timeouts.handshake, tls.accept(stream)) => accepted.ok()?.ok(),
        _ = turn => None,
    }
}

/// Answers the requests of a stream until it ends, or the one in flight when the server leaves, or none when it is to give way.
pub(super) async fn serve<S, A, F>(
    stream: S,
    timeouts: Timeouts,
    mut leaving: watch::Receiver<bool>,
    place: &Place,
    answer: A,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    A: Fn(Request<Incoming>) -> F,
    F: Future<Output = Result<Response<Full<Bytes>>, Infallible>>,
{
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(timeouts.head).max_header_size(HEADER_BYTES_MAX);
    builder.max_buf_size(2 * HEADER_BYTES_MAX).half_close(true);
    let guarded = Guarded::new(stream, timeouts);
    let answer = |request| {
        place.is_busy_from_now();
        let answered = answer(request);
        async {
            let answered = answered.await;
            place.is_idle_from_now();
            answered
        }
    };
    let connection = builder.serve_connection(TokioIo::new(guarded), service_fn(answer));
    tokio::pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => return,
        () = leave(&mut leaving) => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
            return;
        }
        () = place.gives_way() => connection.as_mut().graceful_shutdown(),
    }
    // The last answer may be on its way, or a request may just have come.
    while tokio::time::timeout(timeouts.linger, connection.as_mut()).await.is_err() {
        if !place.is_busy() {
            return;
        }
    }
}

/// Tells a client that there is no place, and waits a little until it has read it.
pub(super) async fn refuse<S: AsyncRead + AsyncWrite + Unpin>(stream: S, timeouts: Timeouts, answer: &[u8]) {
    let mut stream = Guarded::refusing(stream, timeouts);
    if stream.write_all(answer).await.is_ok() {
        let _ = stream.shutdown().await;
    }
}

#[cfg(test)]
mod tests;
