//! A command's way through the API gateway: its flags, its key, its route, the call, and what a refusal means to it.
//!
//! Owns: `--api-key` and its companions, where the gateway is, what comes back. Must not know: any command. Start reading at
//! [`ApiArgs::read`], which is done before a store is opened, and [`Wanted::open`], which is done after.

pub(crate) mod execution;
pub(crate) mod refused;
pub(crate) mod route;

use std::fmt;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use crate::aws::api_gateway::{ApiClient, Route};
use crate::cli::context::Context;
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::items;
use crate::cli::secret::SecretRef;
use crate::cli::settings::{Settings, quoted};
use crate::gateway::{Address, Answer, ApiKey, Call, Gateway, GatewayConfig, GatewayError, Trust};
use crate::project::Service;

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

/// `--cacert`, else, for a gateway that was given, `AWS_CA_BUNDLE`, as the AWS CLI has it.
fn trust(settings: &Settings, is_given: bool) -> Result<Option<Trust>, Failure> {
    let bundle = || settings.ca_bundle_of_environment().filter(|_| is_given).map(|file| (file, "AWS_CA_BUNDLE"));
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
        let gateway = self.gateway(context).await?;
        let key = match &self.source {
            Source::None => None,
            Source::Read(key) => Some(key.clone()),
            Source::Named(name) => Some(key(context, Some(name)).await?),
            Source::First => Some(key(context, None).await?),
        };
        Ok(Api { gateway, key, wanted: self })
    }

    /// As [`Wanted::open`], for a request that is only shown: the key is not looked up, for nothing shows it.
    pub(crate) async fn address(&self, context: &mut Context) -> Result<Address, Failure> {
        match &self.address {
            Some(address) => Ok(address.clone()),
            None => Ok(find(context).await?.0),
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

    /// Whether the gateway's address was not given, but is found: the open store's, or on AWS.
    pub(crate) fn is_found(&self) -> bool {
        self.address.is_none()
    }

    /// Whether AWS must be asked for the address or, unless the request is only shown, for the key.
    pub(crate) fn needs_aws(&self, is_shown: bool) -> bool {
        let key = matches!(self.source, Source::Named(_) | Source::First);
        self.is_found() || (key && !is_shown)
    }

    /// What stands for the key where a request is only shown, which leaves it out.
    pub(crate) fn placeholder(&self) -> Option<ApiKey> {
        ApiKey::new("stands-for-the-key-of-a-request-that-is-shown").ok().filter(|_| self.has_key())
    }

    async fn gateway(&self, context: &mut Context) -> Result<Gateway, Failure> {
        let (address, trust) = match &self.address {
            Some(address) => (address.clone(), Trust::Platform),
            None => find(context).await?,
        };
        let printer = context.printer;
        let tell = move |line: &str| printer.err_line(line);
        let listener = context.settings.verbose.then(|| Arc::new(tell) as crate::gateway::Listener);
        let trust = self.trust.clone().unwrap_or(trust);
        Gateway::new(GatewayConfig { address, trust, listener }).map_err(Failure::from)
    }
}

/// The project's gateway with its stage, and whose certificate it has.
pub(crate) async fn find(context: &mut Context) -> Result<(Address, Trust), Failure> {
    if context.settings.local {
        return local(context).await;
    }
    let api = context.api_client()?;
    let id = api_id(&api, context.service.as_ref()).await?;
    let stage = match &context.service {
        Some(service) => service.stage.clone(),
        None => {
            let stages = api.stages(&id).await.map_err(|error| context.aws_failure(error))?;
            stages.into_iter().next().map(|stage| stage.name).ok_or_else(no_api)?
        }
    };
    Ok((Address::parse(&api.invoke_url(&id, &stage))?, Trust::Platform))
}

/// The local gateway with its stage, and the CA that vouches for it.
async fn local(context: &mut Context) -> Result<(Address, Trust), Failure> {
    let opened = context.open_gateway().await?;
    let client = context.api_client()?;
    let stage = if let Some(service) = &context.service {
        service.stage.clone()
    } else {
        let api = api_id(&client, None).await?;
        let stages = client.stages(&api).await?;
        stages.into_iter().next().map(|stage| stage.name).ok_or_else(no_api)?
    };
    let ca = fs::read(&opened.ca_file).map_err(|error| {
        let text = format!("cannot read the local CA {}", opened.ca_file.display());
        Failure::new(FailureKind::Network, anyhow::Error::new(error).context(text))
    })?;
    let address = Address::parse(&format!("{}/{stage}", opened.url))?;
    Ok((address, Trust::Only(ca)))
}

/// The id of the project's API: `STAGE-SERVICE`, as the Serverless Framework names it; of the only one where there is no
/// project.
pub(crate) async fn api_id(client: &ApiClient, service: Option<&Service>) -> Result<String, Failure> {
    let mut apis = client.rest_apis().await?;
    if let Some(service) = service {
        let name = format!("{}-{}", service.stage, service.name);
        apis.retain(|api| api.name == name);
    }
    match apis.as_slice() {
        [] => Err(no_api()),
        [api] => Ok(api.id.clone()),
        _ => {
            let names: Vec<String> = apis.into_iter().map(|api| api.name).collect();
            Err(Failure::usage(format!("there is more than one API: {}", names.join(", ")))
                .hint("go to the folder of the serverless.yml that you mean, or name it: --file serverless.yml"))
        }
    }
}

fn no_api() -> Failure {
    Failure::text(FailureKind::NotFound, "the project has no API")
        .hint("a machine gets a route by `events: [{http: {path: action/start, method: POST}}]` in serverless.yml")
}

/// The value of a key, by its name; of the project's first without one.
async fn key(context: &mut Context, name: Option<&str>) -> Result<ApiKey, Failure> {
    let first = || Some(context.service.as_ref()?.api_keys.first()?.name.clone());
    let name = name.map(ToOwned::to_owned).or_else(first);
    let keys = context.api_keys(true).await?;
    let found = match &name {
        Some(name) => keys.iter().find(|key| key.name == *name),
        None => keys.first(),
    };
    match found.and_then(|key| key.value.as_deref()) {
        Some(value) => ApiKey::new(value).map_err(Failure::from),
        None => Err(no_key(context, name.as_deref(), keys.iter().map(|key| key.name.as_str()))),
    }
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

    /// Sends a call, again after a while where it is throttled, and again where the process that serves the store has
    /// left before it was received. The answer may be a refusal.
    pub(crate) async fn send(&mut self, context: &mut Context, call: &Call) -> Result<Answer, GatewayOrFailure> {
        let mut call = call.clone();
        for _ in 0..RECONNECTS_MAX {
            match self.gateway.send_patiently(&call, PAUSES.map(jittered)).await {
                Err(error @ GatewayError::Unreachable { unsent: true, .. }) if self.wanted.address.is_none() => {
                    if !context.is_served_elsewhere() {
                        return Err(error.into());
                    }
                    context.reconnect().await?;
                    self.gateway = self.wanted.gateway(context).await?;
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

    /// The route that an action goes by: the one that was given, else the project's.
    pub(crate) async fn route(
        &self,
        context: &mut Context,
        given: Option<&GivenRoute>,
        action: &str,
        machine: Option<&str>,
    ) -> Result<GivenRoute, Failure> {
        if let Some(given) = given {
            return Ok(given.clone());
        }
        let routes = routes(context).await?;
        route::choose(&routes, action, machine).ok_or_else(|| route::none(context, &routes, action, machine))
    }
}

/// The project's routes.
pub(crate) async fn routes(context: &mut Context) -> Result<Vec<Route>, Failure> {
    let client = context.api_client()?;
    let api = api_id(&client, context.service.as_ref()).await?;
    Ok(client.routes(&api).await?)
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
