//! A command's way through the API gateway: its flags, its key, its route, the call, and what a refusal means to it.
//!
//! Owns: `--api-key` and its companions, where the gateway is, what comes back. Must not know: any command. Start reading at
//! [`ApiArgs::read`], which is done before a store is opened, and [`Wanted::open`], which is done after.

pub(crate) mod discovery;
pub(crate) mod execution;
pub(crate) mod named;
pub(crate) mod refused;
pub(crate) mod route;

use std::fmt;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use crate::aws::api_gateway::{ApiKey as ManagedKey, Route};
use crate::cli::context::Context;
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::items;
use crate::cli::secret::SecretRef;
use crate::cli::settings::{Settings, quoted};
use crate::gateway::{Address, Answer, ApiKey, Call, Gateway, GatewayConfig, GatewayError, RefusalKind, Trust};
use crate::project::Service;

use discovery::Located;
use route::GivenRoute;

/// API Gateway takes no key that is shorter.
const KEY_CHARACTERS_MIN: usize = 20;
/// How long a throttled call waits before it is made again, at most; half of it at least.
const PAUSES: [Duration; 3] = [Duration::from_millis(250), Duration::from_millis(500), Duration::from_secs(1)];
/// How often a lost owner is looked for again before a command gives up.
const RECONNECTS_MAX: usize = 20;

/// How a command goes through the API gateway
#[derive(Clone, Default, Args)]
#[command(next_help_heading = "API gateway")]
#[expect(
    clippy::option_option,
    reason = "no flag, the flag alone, the flag with a REF: an empty REF is another thing than none"
)]
pub(crate) struct ApiArgs {
    /// Go through the API gateway with a key: env:NAME, @FILE, -, name:KEYNAME or the key itself; alone, with --local, the
    /// project's first
    #[arg(long, value_name = "REF", num_args = 0..=1)]
    pub api_key: Option<Option<String>>,
    /// Go through the gateway at this address, its stage included [env: IW102_API, not with --local]
    #[arg(long, value_name = "URL")]
    pub api: Option<String>,
}

/// Where the key comes from.
#[derive(Debug, Clone)]
enum Source {
    /// None is sent.
    None,
    /// It is read already.
    Read(ApiKey),
    /// The key of this name, which the service of the keys is asked for.
    Named(String),
    /// The project's first.
    First,
}

/// What was asked for, read and checked before a store is opened.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    source: Source,
    /// The command line with `--api-key` alone, where the key stands on this one.
    corrected: Option<String>,
    address: Option<Address>,
    trust: Option<Trust>,
}

/// A gateway that is ready to be called.
#[derive(Debug)]
pub(crate) struct Api {
    gateway: Gateway,
    key: Option<ApiKey>,
    wanted: Wanted,
    /// Whether the gateway's address is from an earlier command.
    is_remembered: bool,
    /// Its routes, once somebody asked for them.
    routes: Option<Vec<Route>>,
}

impl fmt::Debug for ApiArgs {
    /// Without the values: a key may be written out, and an address may hold a password.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { api_key, api } = self;
        let mut shown = formatter.debug_struct("ApiArgs");
        shown.field("api_key", &api_key.is_some()).field("api", &api.is_some()).finish()
    }
}

impl ApiArgs {
    /// Whether the gateway is wanted at all.
    pub(crate) fn is_given(&self) -> bool {
        self.api_key.is_some() || self.api.is_some()
    }

    /// The gateway's address that was given: by the flag, or by the environment where nothing is local.
    pub(crate) fn address(&self, settings: &Settings) -> Result<Option<Address>, Failure> {
        let (text, name) = match (&self.api, settings.gateway_of_environment()) {
            (Some(text), _) => (text.clone(), "--api"),
            (None, Some(text)) => (text.to_owned(), "IW102_API"),
            (None, None) => return Ok(None),
        };
        let address = Address::parse(&text);
        address.map(Some).map_err(|error| {
            Failure::usage(format!("{name}: {error}"))
                .hint("write it with its stage: https://ID.execute-api.REGION.amazonaws.com/dev")
        })
    }

    /// Checks the flags and reads the key, stdin included. `corrected` is the command line with `--api-key` alone, for
    /// whoever let it swallow another word.
    pub(crate) async fn read(&self, context: &Context, corrected: &str) -> Result<Wanted, Failure> {
        let settings = &context.settings;
        let corrected = format!("{corrected}{} --api-key", settings.again_flags());
        let mut is_literal = false;
        let source = match &self.api_key {
            None => Source::None,
            Some(None) => self.alone(settings).await?,
            Some(Some(text)) => {
                let reference = reference(text, &corrected)?;
                is_literal = matches!(reference, SecretRef::Literal(_));
                reference.warning("--api-key").inspect(|warning| context.printer.err_line(warning));
                read(reference, settings).await?
            }
        };
        let address = self.address(settings)?;
        let trust = trust(settings, address.is_some())?;
        Ok(Wanted { source, corrected: is_literal.then_some(corrected), address, trust })
    }

    /// The bare flag: the environment's key, else the project's first. With `--local` the environment's keys are AWS's, so
    /// they are not read.
    async fn alone(&self, settings: &Settings) -> Result<Source, Failure> {
        let of_environment = SecretRef::of_environment(settings.variables(), "IW102_API_KEY");
        match of_environment.filter(|_| !settings.local) {
            Some(reference) => read(reference, settings).await,
            None => Ok(Source::First),
        }
    }

    /// Whether stdin is read for the key.
    pub(crate) fn reads_stdin(&self) -> bool {
        matches!(&self.api_key, Some(Some(text)) if text == "-")
    }
}

async fn read(reference: SecretRef, settings: &Settings) -> Result<Source, Failure> {
    if let SecretRef::Named(name) = reference {
        return Ok(Source::Named(name));
    }
    let secret = reference.read_aside(settings.variables()).await?;
    ApiKey::new(secret.expose()).map(Source::Read).map_err(Failure::from)
}

/// A REF. A word that cannot be a key was meant for something else; it is not repeated, for it may be a part of a secret.
fn reference(text: &str, corrected: &str) -> Result<SecretRef, Failure> {
    let Ok(reference) = SecretRef::api_key(text);
    let is_short = text.chars().count() < KEY_CHARACTERS_MIN;
    // A key may end with `=`, as base64 does; an ITEM has it in its middle.
    let is_item = items::is_item(text.trim_end_matches('='));
    match reference {
        SecretRef::Literal(_) if is_short || is_item => {
            let text = format!("what follows --api-key is no key: a key has at least {KEY_CHARACTERS_MIN} characters");
            let text = if is_short { text } else { "what follows --api-key is no key but an ITEM".to_owned() };
            Err(Failure::usage(text).hint(format!("write --api-key last, or with a REF: {corrected}")))
        }
        reference => Ok(reference),
    }
}

/// `--cacert`, else `AWS_CA_BUNDLE`, as the AWS CLI has it; but the local gateway's CA is known.
fn trust(settings: &Settings, is_given: bool) -> Result<Option<Trust>, Failure> {
    let reads_bundle = is_given || !settings.local;
    let bundle = || settings.ca_bundle_of_environment().filter(|_| reads_bundle).map(|file| (file, "AWS_CA_BUNDLE"));
    let flag = settings.cacert.clone().map(|file| (file, "--cacert"));
    let Some((file, name)) = flag.or_else(bundle) else { return Ok(None) };
    let pem = fs::read(&file).map_err(|error| {
        Failure::usage(format!("{name}: cannot read {}: {error}", settings.shown(&file).display()))
            .hint("name a file of CA certificates in PEM form")
    })?;
    Ok(Some(Trust::Only(pem)))
}

impl Wanted {
    /// Makes the client, with the key. Nothing is sent yet; a local store is open.
    pub(crate) async fn open(self, context: &mut Context) -> Result<Api, Failure> {
        self.refuse_machine(context.service.as_ref())?;
        let (gateway, is_remembered) = self.gateway(context).await?;
        let key = match &self.source {
            Source::None => None,
            Source::Read(key) => Some(key.clone()),
            Source::Named(name) => Some(key(context, Some(name)).await?),
            Source::First => Some(key(context, None).await?),
        };
        Ok(Api { gateway, key, wanted: self, is_remembered, routes: None })
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
    async fn gateway(&self, context: &mut Context) -> Result<(Gateway, bool), Failure> {
        let located = match &self.address {
            Some(address) => Located { address: address.clone(), trust: Trust::Platform, is_remembered: false },
            None => discovery::find(context).await?,
        };
        Ok((self.client(context, located.address, located.trust)?, located.is_remembered))
    }

    fn client(&self, context: &Context, address: Address, trust: Trust) -> Result<Gateway, Failure> {
        let printer = context.printer;
        let tell = move |line: &str| printer.err_line(line);
        let listener = context.settings.verbose.then(|| Arc::new(tell) as crate::gateway::Listener);
        let trust = self.trust.clone().unwrap_or(trust);
        Gateway::new(GatewayConfig { address, trust, listener }).map_err(Failure::from)
    }
}

/// The value of a key, by its name; without one of the project's first, or of the only one that opens anything.
async fn key(context: &mut Context, name: Option<&str>) -> Result<ApiKey, Failure> {
    let first = || Some(context.service.as_ref()?.api_keys.first()?.name.clone());
    let name = name.map(ToOwned::to_owned).or_else(first);
    context.connect().await?;
    let keys = context.api_keys(true).await.map_err(|failure| {
        let of_aws = !context.settings.local && failure.kind == FailureKind::Credentials;
        if of_aws { failure.hint("a key that you have needs no AWS: --api-key env:NAME") } else { failure }
    })?;
    let found = match &name {
        Some(name) => named::only(name, &keys)?,
        None if context.settings.local => keys.first(),
        None => only_enabled(&keys)?,
    };
    match found.and_then(|key| key.value.as_deref()) {
        Some(value) => ApiKey::new(value).map_err(Failure::from),
        None => Err(no_key(context, name.as_deref(), keys.iter().map(|key| key.name.as_str()))),
    }
}

/// The key that is meant where none is named: an account has the keys of all its services.
fn only_enabled(keys: &[ManagedKey]) -> Result<Option<&ManagedKey>, Failure> {
    let enabled: Vec<_> = keys.iter().filter(|key| key.enabled).collect();
    if enabled.len() < 2 {
        return Ok(enabled.first().copied());
    }
    let names: Vec<&str> = enabled.iter().map(|key| key.name.as_str()).collect();
    Err(Failure::usage(format!("--api-key alone could mean any of these keys: {}", names.join(", ")))
        .hint("name the one that you mean: --api-key name:NAME"))
}

/// There is no key of a name, or none at all.
pub(crate) fn no_key<'a>(context: &Context, name: Option<&str>, known: impl Iterator<Item = &'a str>) -> Failure {
    let known: Vec<&str> = known.collect();
    let text = match name {
        Some(name) if !known.is_empty() => format!("there is no API key {name}"),
        _ => "the project has no API key".to_owned(),
    };
    let failure = Failure::text(FailureKind::NotFound, text);
    if known.is_empty() {
        return failure.hint("a project has keys by `provider: {apiGateway: {apiKeys: [NAME]}}` in serverless.yml");
    }
    failure.hint(format!("there are: {} (iw102 keys list{})", known.join(", "), context.settings.again_flags()))
}

impl Api {
    /// Where the gateway is.
    pub(crate) fn address(&self) -> &Address {
        self.gateway.address()
    }

    /// The call of a route, with the key.
    pub(crate) fn call(&self, route: &GivenRoute, body: Option<String>) -> Call {
        let mut call = Call::new(&route.method, self.gateway.address().join(&route.path, &[]));
        call.body = body;
        call.key.clone_from(&self.key);
        call
    }

    /// A call to a path with a query.
    pub(crate) fn call_with_query(&self, route: &GivenRoute, query: &[(String, String)], body: Option<String>) -> Call {
        let mut call = self.call(route, body);
        call.url = self.gateway.address().join(&route.path, query);
        call
    }

    /// Sends a call, again where nothing was done: after a while where it is throttled, and once more where the gateway is
    /// not any more where it was remembered, for it was removed and made again, which is another address. The answer may be a
    /// refusal.
    pub(crate) async fn send(&mut self, context: &mut Context, call: &Call) -> Result<Answer, GatewayOrFailure> {
        self.send_or_find(context, call, &PAUSES).await
    }

    /// As [`Api::send`], but what is throttled is not sent again.
    pub(crate) async fn send_once(&mut self, context: &mut Context, call: &Call) -> Result<Answer, GatewayOrFailure> {
        self.send_or_find(context, call, &[]).await
    }

    async fn send_or_find(
        &mut self,
        context: &mut Context,
        call: &Call,
        pauses: &[Duration],
    ) -> Result<Answer, GatewayOrFailure> {
        let result = self.send_here(context, call, pauses).await;
        if !self.is_remembered || !is_of_nobody(&result) {
            return result;
        }
        self.is_remembered = false;
        let before = self.gateway.address().clone();
        if let Some(remembered) = context.remembered() {
            remembered.forget_gateway();
        }
        // Where it cannot be found out, what the old address said is all there is.
        let Ok(located) = discovery::look(context).await else { return result };
        let Some(path) = before.below(call.url.as_str()).filter(|_| located.address != before) else { return result };
        self.gateway = self.wanted.client(context, located.address, located.trust)?;
        let call = Call { url: self.gateway.address().join(&path, &[]), ..call.clone() };
        self.send_here(context, &call, pauses).await
    }

    /// Sends a call, again after each pause where it is throttled, and again where the process that serves the store has
    /// left before it was received.
    async fn send_here(
        &mut self,
        context: &mut Context,
        call: &Call,
        pauses: &[Duration],
    ) -> Result<Answer, GatewayOrFailure> {
        let mut call = call.clone();
        for _ in 0..RECONNECTS_MAX {
            match self.gateway.send_patiently(&call, pauses.iter().copied().map(jittered)).await {
                Err(error @ GatewayError::Unreachable { unsent: true, .. }) if self.wanted.address.is_none() => {
                    if !context.is_served_elsewhere() {
                        return Err(error.into());
                    }
                    context.reconnect().await?;
                    (self.gateway, _) = self.wanted.gateway(context).await?;
                    let at = self.gateway.address().join("", &[]);
                    // Another owner listens on another port; the path is the same.
                    let _ = call.url.set_port(at.port());
                }
                result => return result.map_err(GatewayOrFailure::from),
            }
        }
        self.gateway.send(&call).await.map_err(GatewayOrFailure::from)
    }

    /// Whether a key is sent.
    pub(crate) fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// The route that an action goes by: the one that was given, else the API's own; where AWS cannot be asked for those, the
    /// project's file has them.
    pub(crate) async fn route(
        &mut self,
        context: &mut Context,
        given: Option<&GivenRoute>,
        action: &str,
        machine: Option<&str>,
    ) -> Result<GivenRoute, Failure> {
        if let Some(given) = given {
            return Ok(given.clone());
        }
        let routes = match self.routes.take() {
            Some(routes) => routes,
            None => match routes(context, self.gateway.address()).await {
                Ok(routes) => routes,
                Err(failure) => route::of_project(context, machine, failure)?,
            },
        };
        let chosen = route::choose(&routes, action, machine);
        let chosen = chosen.ok_or_else(|| route::none(context, &routes, action, machine));
        self.routes = Some(routes);
        chosen
    }

    /// The route of a machine's start where AWS cannot be asked what the word for it means: by the project's file alone.
    pub(crate) fn route_of_project(
        &mut self,
        context: &Context,
        machine: &str,
        failure: Failure,
    ) -> Result<GivenRoute, Failure> {
        let routes = route::of_project(context, Some(machine), failure)?;
        let chosen = route::choose(&routes, "StartExecution", Some(machine));
        let chosen = chosen.ok_or_else(|| route::none(context, &routes, "StartExecution", Some(machine)));
        self.routes = Some(routes);
        chosen
    }
}

/// Whether the answer, or that there is none, is what an API gives that was removed.
fn is_of_nobody(result: &Result<Answer, GatewayOrFailure>) -> bool {
    match result {
        Ok(answer) => answer.refusal().is_some_and(|refusal| {
            matches!(refusal.kind, RefusalKind::WrongRoute | RefusalKind::KeyRefused | RefusalKind::Edge)
        }),
        Err(GatewayOrFailure::Gateway(error)) => error.is_unsent(),
        Err(GatewayOrFailure::Failure(_)) => false,
    }
}

/// The routes of the API at an address, as the service that manages them has them.
pub(crate) async fn routes(context: &mut Context, address: &Address) -> Result<Vec<Route>, Failure> {
    context.connect().await?;
    let client = context.api_client()?;
    let api = match address.api_id() {
        Some(id) => id.to_owned(),
        None => discovery::api_id(context, &client).await?,
    };
    client.routes(&api).await.map_err(|error| context.aws_failure(error))
}

/// Between a half of a pause and all of it, so that those who were throttled together do not come back together.
fn jittered(pause: Duration) -> Duration {
    let half = pause / 2;
    let [chance, ..] = uuid::Uuid::new_v4().into_bytes();
    half + half.mul_f64(f64::from(chance) / f64::from(u8::MAX))
}

/// Why no answer came: the gateway's side, which may have done what was asked, or ours.
#[derive(Debug)]
pub(crate) enum GatewayOrFailure {
    Gateway(GatewayError),
    Failure(Failure),
}

impl From<GatewayError> for GatewayOrFailure {
    fn from(error: GatewayError) -> Self {
        Self::Gateway(error)
    }
}

impl From<Failure> for GatewayOrFailure {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<GatewayOrFailure> for Failure {
    fn from(error: GatewayOrFailure) -> Self {
        match error {
            GatewayOrFailure::Gateway(error) => error.into(),
            GatewayOrFailure::Failure(failure) => failure,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_cannot_be_a_key_is_not_repeated() {
        for word in ["iw102StarterMachine", "s3cret", "name=Ada Lovelace, Countess", "a[b]:={\"long\": \"enough\"}"] {
            let failure = reference(word, "iw102 start MACHINE --local --api-key").unwrap_err();
            assert_eq!(failure.kind.exit_code(), 2, "{word}");
            assert!(failure.hints[0].ends_with("iw102 start MACHINE --local --api-key"), "{:?}", failure.hints);
            assert!(!format!("{failure:?}").contains(word), "{failure:?}");
        }
        let args = ApiArgs { api_key: Some(Some("0123456789abcdefghij".into())), api: Some("https://a:pw@b".into()) };
        assert_eq!(format!("{args:?}"), "ApiArgs { api_key: true, api: true }");
        for word in ["env:K", "@k", "-", "name:k", "0123456789abcdefghij", "MDEyMzQ1Njc4OWFiY2RlZmdoaWo="] {
            assert!(reference(word, "").is_ok(), "{word}");
        }
    }

    #[test]
    fn a_pause_is_half_of_itself_at_least() {
        for _ in 0..100 {
            let pause = jittered(PAUSES[0]);
            assert!(pause >= PAUSES[0] / 2 && pause <= PAUSES[0], "{pause:?}");
        }
    }
}
