//! TLS of the listeners: certificates for loopback's names, signed by the local CA.
//!
//! Owns: the CA's files, the certificates of this process. Must not know: requests, the engine. Start reading at
//! [`server_config`]; the CA is in `authority`.

mod authority;
mod validity;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use rustls::ServerConfig;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

pub(super) use authority::Authority;
pub use authority::AuthorityError;
use authority::{LEAF_RENEWAL, Leaf};

/// TLS 1.2 and 1.3 with certificates of the CA, for HTTP/1.1.
///
/// # Errors
/// When the CA cannot sign.
pub(super) fn server_config(authority: Authority) -> Result<Arc<ServerConfig>, AuthorityError> {
    let leaf = Mutex::new(authority.issue(SystemTime::now())?);
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| AuthorityError::Make(error.to_string()))?;
    let mut config = config.with_no_client_auth().with_cert_resolver(Arc::new(Leaves { authority, leaf }));
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// The certificate of the day: a `dev` that runs for weeks, or sleeps with its laptop, never shows an expired one.
#[derive(Debug)]
struct Leaves {
    authority: Authority,
    leaf: Mutex<Leaf>,
}

impl Leaves {
    fn at(&self, now: SystemTime) -> Arc<CertifiedKey> {
        let mut leaf = self.leaf.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back makes the certificate one of the future.
        let is_fresh = now.duration_since(leaf.issued).is_ok_and(|age| age < LEAF_RENEWAL);
        if !is_fresh && let Ok(renewed) = self.authority.issue(now) {
            *leaf = renewed;
        }
        Arc::clone(&leaf.key)
    }
}

impl ResolvesServerCert for Leaves {
    /// Whatever name the client asks for: it checks the certificate's names itself.
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.at(SystemTime::now()))
    }
}

#[cfg(test)]
mod tests;
