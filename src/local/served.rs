//! What requests work on.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::{Mutex, watch};

use crate::engine::{Engine, EngineError};
use crate::local::api_gateway::Gateway;
use crate::local::execution_logs::ExecutionLogs;
use crate::local::gateway_listener::GatewayListener;
use crate::local::hangup::Hangup;
use crate::local::members::Members;
use crate::local::notifications::Notifications;
use crate::local::page_token::PageKey;
use crate::local::register::BareFunction;
use crate::local::secret::Secret;
use crate::local::tell::Tell;
use crate::project::Identity;
use crate::tasks::Tasks;

/// Everything that is behind one endpoint.
pub(super) struct Served {
    pub(super) engine: Engine,
    pub(super) tasks: Arc<Tasks>,
    /// The project's API.
    pub(super) api: Gateway,
    /// Who is told of statuses.
    pub(super) notifications: Arc<Notifications>,
    /// Where executions are logged.
    pub(super) execution_logs: Arc<ExecutionLogs>,
    /// Whose requests are that do not say it.
    pub(super) identity: Identity,
    pub(super) page_key: PageKey,
    /// What the control paths want to be told.
    pub(super) secret: Secret,
    /// Functions of earlier loads that run without their environments until a load brings them.
    pub(super) bare: std::sync::Mutex<BTreeMap<String, BareFunction>>,
    /// Held while machines change: an update reads what it does not replace.
    pub(super) changing: Mutex<()>,
    /// Where the local CA is kept.
    pub(super) ca_folder: PathBuf,
    /// The listener of the project's API, if it was asked for.
    pub(super) gateway_listener: GatewayListener,
    /// Who hears of what a person should know.
    pub(super) tell: Tell,
    /// Who hears of each request that was answered.
    pub(super) requests: Tell,
    /// Turns true when the owner leaves; requests that only wait end then.
    pub(super) leaving: watch::Receiver<bool>,
}

impl std::fmt::Debug for Served {
    /// Without the environments that tasks have.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = formatter.debug_struct("Served");
        shown.field("identity", &self.identity).field("secret", &self.secret);
        shown.field("gateway_listener", &self.gateway_listener).finish_non_exhaustive()
    }
}

/// One request of an operation.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) served: &'a Served,
    /// Account and region in which the request acts.
    pub(super) identity: Identity,
    pub(super) members: Members,
    /// When the caller goes away.
    pub(super) hangup: Hangup,
}

impl Served {
    /// The store's key of page tokens, made on first use.
    pub(super) async fn page_key(engine: &Engine) -> Result<PageKey, EngineError> {
        let kept = engine.registrations("page-key").await?;
        let kept = kept.iter().find_map(|(_, key)| PageKey::from_text(key.as_str()?));
        if let Some(key) = kept {
            return Ok(key);
        }
        let key = PageKey::random();
        engine.put_registration("page-key", "1", Value::String(key.to_text())).await?;
        Ok(key)
    }
}

/// An answer without members.
pub(super) fn empty() -> Value {
    json!({})
}
