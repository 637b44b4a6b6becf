//! What was asked for, and the gateway that it leads to.

use std::path::Path;
use std::sync::Arc;

use crate::cli::api::calls::Api;
use crate::cli::api::discovery::{self, Located};
use crate::cli::api::key;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::settings::{CaFile, quoted};
use crate::gateway::{Address, ApiKey, Gateway, GatewayConfig, Listener, Trust};
use crate::project::Service;

/// What was asked for, read and checked before a store is opened.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(super) source: Source,
    /// The command line with `--api-key` alone, where the key stands on this one.
    pub(super) corrected: Option<String>,
    pub(super) address: Option<Address>,
    /// The file of CAs that was named, and what is in it.
    pub(super) ca_file: Option<CaFile>,
    pub(super) trust: Option<Trust>,
}

/// Where the key comes from.
#[derive(Debug, Clone)]
pub(super) enum Source {
    /// None is sent.
    None,
    /// It is read already.
    Read(ApiKey),
    /// The key of this name, which the service of the keys is asked for.
    Named(String),
    /// The project's first.
    First,
}

impl Wanted {
    /// Makes the client, with the key. Nothing is sent yet; a local store is open.
    pub(crate) async fn open(self, context: &mut Context) -> Result<Api, Failure> {
        self.refuse_machine(context.service.as_ref())?;
        let (gateway, is_remembered) = self.gateway(context).await?;
        let key = match &self.source {
            Source::None => None,
            Source::Read(key) => Some(key.clone()),
            Source::Named(name) => Some(key::find(context, Some(name)).await?),
            Source::First => Some(key::find(context, None).await?),
        };
        Ok(Api::new(gateway, key, self, is_remembered))
    }

    /// As [`Wanted::open`], for a request that is only shown: the key is not looked up, for nothing shows it.
    pub(crate) async fn address(&self, context: &mut Context) -> Result<Address, Failure> {
        match &self.address {
            Some(address) => Ok(address.clone()),
            None => Ok(discovery::find(context).await?.address),
        }
    }

    /// Refuses the name of a machine as a key: a long one could be one, and was meant for MACHINE.
    fn refuse_machine(&self, service: Option<&Service>) -> Result<(), Failure> {
        let (Source::Read(key), Some(corrected)) = (&self.source, &self.corrected) else { return Ok(()) };
        let is_meant = |name: &str| name == key.reveal();
        let mut machines = service.iter().flat_map(|service| &service.machines);
        let Some(machine) = machines.find(|machine| is_meant(&machine.logical_id) || is_meant(&machine.name)) else {
            return Ok(());
        };
        let corrected = corrected.replacen("MACHINE", &quoted(&machine.logical_id), 1);
        Err(Failure::usage("what follows --api-key is no key but a state machine")
            .hint(format!("write --api-key last, or with a REF: {corrected}")))
    }

    /// Whether a key is sent.
    pub(crate) fn has_key(&self) -> bool {
        !matches!(self.source, Source::None)
    }

    /// The key that was given as a value.
    pub(crate) fn given_key(&self) -> Option<&ApiKey> {
        if let Source::Read(key) = &self.source { Some(key) } else { None }
    }

    /// The name of the key that was asked for by its name.
    pub(crate) fn key_name(&self) -> Option<&str> {
        if let Source::Named(name) = &self.source { Some(name) } else { None }
    }

    /// The file of CAs that was named.
    pub(crate) fn ca_file(&self) -> Option<&Path> {
        self.ca_file.as_ref().map(CaFile::path)
    }

    /// Whether a URL that was written out says by itself where to go: nobody named another gateway, and the key was given as a
    /// value or there is none, so that none of the project's keys leaves for a place that is not the project's.
    pub(crate) fn goes_where_a_url_says(&self, context: &Context) -> bool {
        let is_own_key = matches!(self.source, Source::None | Source::Read(_));
        self.address.is_none() && !context.settings.local && (is_own_key || context.service.is_none())
    }

    /// The same at an address.
    pub(crate) fn at(self, address: Address) -> Self {
        Self { address: Some(address), ..self }
    }

    /// The same gateway without a key.
    pub(crate) fn without_key(self) -> Self {
        Self { source: Source::None, ..self }
    }

    /// Whether the gateway's address was not given, but is found: the open store's, or on AWS.
    pub(crate) fn is_found(&self) -> bool {
        self.address.is_none()
    }

    /// What stands for the key where a request is only shown, which leaves it out.
    pub(crate) fn placeholder(&self) -> Option<ApiKey> {
        ApiKey::new("stands-for-the-key-of-a-request-that-is-shown").ok().filter(|_| self.has_key())
    }

    /// The client, and whether its address is remembered.
    pub(super) async fn gateway(&self, context: &mut Context) -> Result<(Gateway, bool), Failure> {
        let located = match &self.address {
            Some(address) => Located { address: address.clone(), trust: Trust::Platform, is_remembered: false },
            None => discovery::find(context).await?,
        };
        Ok((self.client(context, located.address, located.trust)?, located.is_remembered))
    }

    pub(super) fn client(&self, context: &Context, address: Address, trust: Trust) -> Result<Gateway, Failure> {
        let printer = context.printer;
        let tell = move |line: &str| printer.err_line(line);
        let listener = context.settings.verbose.then(|| Arc::new(tell) as Listener);
        let trust = self.trust.clone().unwrap_or(trust);
        Gateway::new(GatewayConfig { address, trust, listener }).map_err(Failure::from)
    }
}
