//! The listener of the project's API: opened when somebody asks for it, once.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use crate::local::listen::{Listen, reachable};
use crate::local::owner::LocalError;
use crate::local::served::Served;
use crate::local::server::Server;
use crate::local::tls::{self, Authority};

/// Where a project's API is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GatewayAddress {
    /// `https://127.0.0.1:PORT`; the stage follows as the first part of a path.
    pub url: String,
    /// The certificate that a client must trust: `curl --cacert`, `openssl s_client -CAfile`, `AWS_CA_BUNDLE`.
    pub ca_file: PathBuf,
    /// Whether the CA was made for this address: on first use, or because the one before was about to expire. No trust store
    /// knows it yet.
    pub ca_is_new: bool,
}

/// The listener, if it was asked for.
#[derive(Debug, Default)]
pub(super) struct GatewayListener(Mutex<Option<Opened>>);

#[derive(Debug)]
struct Opened {
    address: GatewayAddress,
    /// Ends when the last request is answered.
    ends: JoinHandle<()>,
}

impl GatewayListener {
    /// Opens the listener. One that is open stays where it is, wherever it is asked for.
    ///
    /// # Errors
    /// When there is no local CA, or no port.
    pub(super) async fn open(&self, listen: Listen, served: &Arc<Served>) -> Result<GatewayAddress, LocalError> {
        let mut opened = self.0.lock().await;
        if let Some(opened) = &*opened {
            return Ok(opened.address.clone());
        }
        let folder = served.ca_folder.clone();
        let opening = tokio::task::spawn_blocking(move || Authority::open(&folder, SystemTime::now()));
        let authority = opening.await.map_err(|error| LocalError::Owner(error.to_string()))??;
        let (ca_file, ca_is_new) = (authority.file.clone(), authority.is_new);
        let config = tls::server_config(authority)?;
        let bound = Server::bind_gateway(listen, config).await;
        let bound = bound.map_err(|source| LocalError::Listen { listen, source })?;
        let address = GatewayAddress { url: format!("https://{}", reachable(bound.address)), ca_file, ca_is_new };
        let ends = bound.start(Arc::clone(served), served.leaving.clone());
        *opened = Some(Opened { address: address.clone(), ends });
        Ok(address)
    }

    /// Returns when a listener that is leaving has answered its last request.
    pub(super) async fn ended(&self) {
        if let Some(opened) = self.0.lock().await.take() {
            // It ends by itself, bounded; a panic in it has nothing left to save.
            let _ = opened.ends.await;
        }
    }
}
