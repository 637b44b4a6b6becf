//! Connections: accepts them, bounds them, and lets each finish its request when the server ends.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

use crate::local::hangup::Hangup;
use crate::local::listen::Listen;
use crate::local::served::Served;
use crate::local::wire;

/// So many connections are open at once; one more is answered with a throttling error and closed.
pub(super) const CONNECTIONS_MAX: usize = 256;

/// The head of a request is at most so long.
pub(super) const HEADER_BYTES_MAX: usize = 64 << 10;

/// A request's head must have arrived after this; an idle connection is closed.
const HEADER_TIMEOUT: Duration = Duration::from_mins(1);

/// How long requests in flight are waited for when the server ends.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

const THROTTLED: &[u8] = b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: 83\r\n\
    connection: close\r\n\r\n{\"__type\":\"com.amazon.coral.service#ThrottlingException\",\"message\":\"Rate exceeded\"}";

/// A bound listener.
pub(super) struct Server {
    listener: TcpListener,
    pub(super) address: SocketAddr,
}

impl Server {
    /// Binds a port.
    pub(super) async fn bind(listen: Listen) -> std::io::Result<Self> {
        let listener = listen.bind().await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    /// Serves until `leaving` turns true (or its sender is gone); returns when the requests in flight are answered.
    pub(super) async fn serve(self, served: Arc<Served>, mut leaving: watch::Receiver<bool>) {
        let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let mut connections = JoinSet::new();
        let left = leaving.clone();
        loop {
            tokio::select! {
                () = leave(&mut leaving) => break,
                Some(_) = connections.join_next() => {}
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        let place = Arc::clone(&places).try_acquire_owned().ok();
                        connections.spawn(connection(stream, place, Arc::clone(&served), left.clone()));
                    }
                    // Out of descriptors, or the peer was gone at once: neither is helped by spinning.
                    Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
                },
            }
        }
        // From here on a new connection is refused, which is how clients learn that the owner has left.
        drop(self.listener);
        let drained = async { while connections.join_next().await.is_some() {} };
        // What is not answered by then is cut off with the set; its client asks the next owner.
        let _ = tokio::time::timeout(DRAIN_TIMEOUT, drained).await;
    }
}

async fn connection(
    stream: TcpStream,
    place: Option<OwnedSemaphorePermit>,
    served: Arc<Served>,
    mut leaving: watch::Receiver<bool>,
) {
    let Some(_place) = place else { return refuse(stream).await };
    // Answers are small and waited for.
    let _ = stream.set_nodelay(true);
    let hangup = Hangup::of(&stream);
    let service = service_fn(move |mut request| {
        request.extensions_mut().insert(hangup.clone());
        wire::answer(request, Arc::clone(&served))
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT).max_header_size(HEADER_BYTES_MAX);
    builder.max_buf_size(2 * HEADER_BYTES_MAX).half_close(true);
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => return,
        () = leave(&mut leaving) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

/// Returns when the flag turns true, or nobody can turn it any more.
pub(super) async fn leave(leaving: &mut watch::Receiver<bool>) {
    // What it gives is a guard of the flag, which no task may hold while it waits.
    drop(leaving.wait_for(|leaving| *leaving).await);
}

async fn refuse(mut stream: TcpStream) {
    let answered = async {
        stream.write_all(THROTTLED).await?;
        stream.shutdown().await
    };
    let _ = tokio::time::timeout(Duration::from_secs(1), answered).await;
}

#[cfg(test)]
mod tests {
    use super::THROTTLED;

    #[test]
    fn the_throttling_answer_states_its_length() {
        let text = std::str::from_utf8(THROTTLED).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}\r\n", body.len())), "{}", body.len());
    }
}
