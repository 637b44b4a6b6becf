//! Listeners: accept connections, bound them, and let each finish its request when the server ends.
//!
//! There are two, and they share everything here: AWS's APIs without TLS, and the project's API with it (see [`Front`]). A
//! connection's way is: handshake where there is TLS (bounded in number and time, apart from all else), a place among the
//! connections, then requests one after the other.

mod connection;
mod framing;
mod front;
mod guarded;
mod places;
mod told;

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use crate::local::hangup::Hangup;
use crate::local::listen::Listen;
use crate::local::served::Served;
pub(super) use front::Front;
use places::{Place, Places};

/// So many connections are open at once where AWS's APIs are: as many as may wait for an activity's tasks, with others beside
/// them. For one more, one that is idle gives way; where none is, it is answered with AWS's throttling error and closed.
pub(super) const CONNECTIONS_MAX: usize = 1_536;

/// The same of the project's API, whose requests may be ten times as long.
pub(super) const GATEWAY_CONNECTIONS_MAX: usize = 512;

/// So many more are told so at once; what comes on top of them is closed without a word.
const REFUSALS_MAX: usize = 64;

/// So many handshakes go on at once. The oldest one gives way to one more: it is the slowest, and whoever opens
/// connections to be slow on them cannot keep out who is not.
const HANDSHAKES_MAX: usize = 256;

/// The head of a request is at most so long.
pub(super) const HEADER_BYTES_MAX: usize = 64 << 10;

/// How long requests in flight are waited for when the server ends.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a client may take for what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timeouts {
    /// A TLS handshake.
    pub(super) handshake: Duration,
    /// The head of a request; an idle connection is closed.
    pub(super) head: Duration,
    /// The rest of a request.
    pub(super) body: Duration,
    /// Taking any part of an answer.
    pub(super) write: Duration,
    /// Closing its end after we closed ours while it was still sending.
    pub(super) linger: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(10),
            head: Duration::from_mins(1),
            body: Duration::from_mins(1),
            write: Duration::from_mins(1),
            linger: Duration::from_secs(1),
        }
    }
}

/// A bound listener.
pub(super) struct Server {
    listener: TcpListener,
    pub(super) address: SocketAddr,
    front: Front,
    tls: Option<TlsAcceptor>,
    timeouts: Timeouts,
}

impl Server {
    /// Binds a port for AWS's APIs.
    pub(super) async fn bind(listen: Listen) -> std::io::Result<Self> {
        Self::bind_front(listen, Front::Api, None).await
    }

    /// Binds a port for the project's API.
    pub(super) async fn bind_gateway(listen: Listen, tls: Arc<ServerConfig>) -> std::io::Result<Self> {
        Self::bind_front(listen, Front::Gateway, Some(tls.into())).await
    }

    async fn bind_front(listen: Listen, front: Front, tls: Option<TlsAcceptor>) -> std::io::Result<Self> {
        let listener = listen.bind().await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address, front, tls, timeouts: Timeouts::default() })
    }

    /// Serves until `leaving` turns true (or its sender is gone); what it gives ends when the requests in flight are answered.
    pub(super) fn start(self, served: Arc<Served>, leaving: watch::Receiver<bool>) -> JoinHandle<()> {
        tokio::spawn(self.serve(served, leaving))
    }

    async fn serve(self, served: Arc<Served>, mut leaving: watch::Receiver<bool>) {
        let Self { listener, front, tls, timeouts, address } = self;
        let places = Places::new(match front {
            Front::Api => CONNECTIONS_MAX,
            Front::Gateway => GATEWAY_CONNECTIONS_MAX,
        });
        let refusals = Semaphore::new(REFUSALS_MAX);
        let serving = Arc::new(Serving {
            served,
            front,
            host: address.ip(),
            timeouts,
            leaving: leaving.clone(),
            places,
            refusals,
        });
        let mut handshakes = Handshakes::default();
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                () = leave(&mut leaving) => break,
                Some(_) = connections.join_next() => {}
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        // Answers are small and waited for.
                        let _ = stream.set_nodelay(true);
                        let serving = Arc::clone(&serving);
                        match &tls {
                            None => {
                                // Here and not in the task: tasks begin in any order, and who came first is served.
                                let (place, hangup) = (serving.places.enter(), Hangup::of(&stream));
                                connections.spawn(serving.connection(stream, place, hangup))
                            }
                            Some(tls) => {
                                let (tls, turn) = (tls.clone(), handshakes.enter());
                                connections.spawn(serving.handshake(tls, stream, turn))
                            }
                        };
                    }
                    // Out of descriptors, or the peer was gone at once: neither is helped by spinning.
                    Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
                },
            }
        }
        // From here on a new connection is refused, which is how clients learn that the owner has left.
        drop(listener);
        let drained = async { while connections.join_next().await.is_some() {} };
        // What is not answered by then is cut off with the set; its client asks the next owner.
        let _ = tokio::time::timeout(DRAIN_TIMEOUT, drained).await;
    }
}

/// The handshakes that go on, the oldest first. Dropping a sender ends its handshake.
#[derive(Default)]
struct Handshakes(VecDeque<oneshot::Sender<()>>);

impl Handshakes {
    /// A turn, which ends when it is needed for another.
    fn enter(&mut self) -> oneshot::Receiver<()> {
        if self.0.len() >= HANDSHAKES_MAX {
            self.0.retain(|turn| !turn.is_closed());
        }
        if self.0.len() >= HANDSHAKES_MAX {
            self.0.pop_front();
        }
        let (sender, turn) = oneshot::channel();
        self.0.push_back(sender);
        turn
    }
}

/// What all connections of a listener share.
struct Serving {
    served: Arc<Served>,
    front: Front,
    /// The address that was bound.
    host: IpAddr,
    timeouts: Timeouts,
    leaving: watch::Receiver<bool>,
    places: Arc<Places>,
    refusals: Semaphore,
}

impl Serving {
    async fn handshake(self: Arc<Self>, tls: TlsAcceptor, stream: TcpStream, turn: oneshot::Receiver<()>) {
        let mut leaving = self.leaving.clone();
        let shaken = tokio::select! {
            shaken = connection::handshake(tls, stream, turn, self.timeouts) => shaken,
            () = leave(&mut leaving) => None,
        };
        if let Some(stream) = shaken {
            let place = self.places.enter();
            // Nothing that the gateway serves waits for what only one caller can have.
            self.connection(stream, place, Hangup::default()).await;
        }
    }

    async fn connection<S>(self: Arc<Self>, stream: S, place: Option<Place>, hangup: Hangup)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (timeouts, leaving) = (self.timeouts, self.leaving.clone());
        if let Some(place) = place {
            let answer = |mut request: Request<Incoming>| {
                request.extensions_mut().insert(hangup.clone());
                self.front.answer(request, Arc::clone(&self.served), self.host)
            };
            return connection::serve(stream, timeouts, leaving, &place, answer).await;
        }
        if let Ok(_place) = self.refusals.try_acquire() {
            connection::refuse(stream, timeouts, self.front.throttled()).await;
        }
    }
}

/// Returns when the flag turns true, or nobody can turn it any more.
pub(super) async fn leave(leaving: &mut watch::Receiver<bool>) {
    // What it gives is a guard of the flag, which no task may hold while it waits.
    drop(leaving.wait_for(|leaving| *leaving).await);
}
