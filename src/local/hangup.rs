//! Whether the other end of a connection is gone, while a request of it is being answered.
//!
//! hyper does not look: it lets a caller close its half of the connection and read the answer all the same. That is right for
//! every request but one that waits for something which only one caller can have.

use std::io::ErrorKind;
use std::os::fd::AsFd;
use std::sync::Arc;

use tokio::io::Interest;
use tokio::net::TcpStream;

/// Watches a connection. The default watches none, and never sees an end.
#[derive(Debug, Clone, Default)]
pub(super) struct Hangup(Option<Arc<TcpStream>>);

impl Hangup {
    /// Watches a connection through a descriptor of its own, so that nothing that is to be read is taken away. Without one
    /// to spare the connection is not watched.
    pub(super) fn of(stream: &TcpStream) -> Self {
        let second = stream.as_fd().try_clone_to_owned().ok();
        Self(second.and_then(|second| TcpStream::from_std(second.into()).ok()).map(Arc::new))
    }

    /// Returns when the other end will send nothing more: it has closed the connection, or its half of it.
    pub(super) async fn happened(&self) {
        let Some(stream) = &self.0 else { return std::future::pending().await };
        while let Ok(ready) = stream.ready(Interest::READABLE).await {
            if ready.is_read_closed() {
                return;
            }
            // A further request has arrived. To say that it is not there makes the next call wait for what comes after it.
            let _ = stream.try_io(Interest::READABLE, || Err::<(), _>(ErrorKind::WouldBlock.into()));
        }
    }
}
