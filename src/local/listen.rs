//! Where a server listens.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

/// So many ports above a default one are tried.
const PORTS_TRIED_MAX: u16 = 100;

/// An address and a port to bind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listen {
    /// The address; loopback unless somebody asked for another.
    pub host: IpAddr,
    /// The port.
    pub port: PortChoice,
}

/// Which port to bind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PortChoice {
    /// Any free one.
    Free,
    /// This one or none.
    Exactly(u16),
    /// This one, or the next free one above it.
    From(u16),
}

impl Default for Listen {
    /// Any free port of loopback.
    fn default() -> Self {
        Self { host: IpAddr::V4(Ipv4Addr::LOCALHOST), port: PortChoice::Free }
    }
}

impl Listen {
    pub(super) async fn bind(self) -> std::io::Result<TcpListener> {
        let (first, last) = match self.port {
            PortChoice::Free => (0, 0),
            PortChoice::Exactly(port) => (port, port),
            PortChoice::From(port) => (port, port.saturating_add(PORTS_TRIED_MAX)),
        };
        let mut taken = std::io::Error::from(std::io::ErrorKind::AddrInUse);
        for port in first..=last {
            match TcpListener::bind((self.host, port)).await {
                Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => taken = error,
                bound => return bound,
            }
        }
        Err(taken)
    }
}

/// Where this machine's programs reach a bound address: one that stands for all addresses is reached on loopback, whose
/// names certificates are for.
pub(super) fn reachable(bound: SocketAddr) -> SocketAddr {
    let host = match bound.ip() {
        IpAddr::V4(host) if host.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(host) if host.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        host => host,
    };
    SocketAddr::new(host, bound.port())
}

#[cfg(test)]
mod tests {
    use super::{Listen, PortChoice, reachable};

    #[test]
    fn an_address_for_all_is_reached_on_loopback() {
        for (bound, expected) in [
            ("0.0.0.0:1", "127.0.0.1:1"),
            ("[::]:1", "[::1]:1"),
            ("127.0.0.1:1", "127.0.0.1:1"),
            ("192.168.1.5:1", "192.168.1.5:1"),
        ] {
            assert_eq!(reachable(bound.parse().unwrap()).to_string(), expected);
        }
    }

    #[tokio::test]
    async fn a_taken_port_is_an_error_or_the_next_one_is_taken() {
        let first = Listen::default().bind().await.unwrap().into_std().unwrap();
        let port = first.local_addr().unwrap().port();
        let listen = |port| Listen { port, ..Listen::default() };
        let refused = listen(PortChoice::Exactly(port)).bind().await.unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::AddrInUse);
        let next = listen(PortChoice::From(port)).bind().await.unwrap();
        assert!(next.local_addr().unwrap().port() > port);
    }
}
