//! Who calls: AWS's chain of credentials, as the SDK has it, with a profile that was asked for before the environment, as the
//! AWS CLI has it.
//!
//! Found when the first call needs them, once for all clients, and again before they expire. Who is on this machine or a hop
//! away (its metadata service, its container's) is asked past any proxy and not waited for long.

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::imds;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::web_identity_token::WebIdentityTokenCredentialsProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};
use aws_types::os_shim_internal::{Env, Fs};
use tokio::sync::Mutex;

use crate::aws::connection::ConnectOptions;
use crate::aws::error::{Error, innermost};
use crate::aws::http::{self, Http};
use crate::aws::tell::Listener;

/// How long an answer of this machine's metadata service may take: where there is one, it is a hop away.
const METADATA_TIMEOUT: Duration = Duration::from_secs(1);
/// How long all of its answers, or those of a container's, may take together.
pub(super) const MACHINE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long credentials may take: a process that gives them may wait for a person.
pub(super) const CREDENTIALS_TIMEOUT: Duration = Duration::from_mins(5);
/// Who looks for credentials longer than this says so.
const SILENT_MAX: Duration = Duration::from_secs(1);
/// Credentials that end sooner are asked for again.
const REMAINING_MIN: Duration = Duration::from_mins(1);
/// Credentials that do not say when they end are taken for so long, as the SDK does: a file may have been written anew.
const WITHOUT_END: Duration = Duration::from_mins(15);

/// Refuses a profile that no file has: what follows in the chain would be somebody else.
///
/// # Errors
/// [`Error::Configuration`]
#[expect(deprecated, reason = "the new name of ProfileFiles is in a crate of which nothing else is needed here")]
pub(super) async fn require_profile(name: &str) -> Result<(), Error> {
    let wrong = |message| Error::Configuration { message };
    let (fs, env) = (Fs::real(), Env::real());
    let files = aws_config::profile::profile_file::ProfileFiles::default();
    let loaded = aws_config::profile::load(&fs, &env, &files, Some(name.to_owned().into())).await;
    let profiles =
        loaded.map_err(|error| wrong(format!("AWS's configuration cannot be read: {}", innermost(&error))))?;
    if profiles.get_profile(name).is_some() {
        return Ok(());
    }
    let mut known: Vec<&str> = profiles.profiles().collect();
    known.sort_unstable();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    Err(wrong(format!("there is no profile {name} in AWS's configuration files; there is: {known}")))
}

/// The chain, for what a configuration says besides.
pub(super) fn provider(options: &ConnectOptions, sdk: &SdkConfig, http: &Http) -> SharedCredentialsProvider {
    let mut config = ProviderConfig::without_region()
        .with_region(sdk.region().cloned())
        .with_use_fips(sdk.use_fips())
        .with_use_dual_stack(sdk.use_dual_stack());
    if let Some(retry) = sdk.retry_config() {
        config = config.with_retry_config(retry.clone());
    }
    if let Some(timeouts) = sdk.timeout_config() {
        config = config.with_timeout_config(timeouts.clone());
    }
    let beside = config.clone().with_http_client(http.direct());
    let config = config.with_http_client(http.client());

    let metadata = || Bounded(ImdsCredentialsProvider::builder().imds_client(metadata_client()).build());
    let container = || Bounded(EcsCredentialsProvider::builder().configure(&beside).build());
    let mut profile = ProfileFileCredentialsProvider::builder()
        .configure(&config)
        .with_custom_provider("Ec2InstanceMetadata", metadata())
        .with_custom_provider("EcsContainer", container());
    if let Some(given) = &options.profile {
        profile = profile.profile_name(&given.value);
    }
    let profile = profile.build();
    let chain = match &options.profile {
        Some(_) => CredentialsProviderChain::first_try("Profile", profile),
        None => CredentialsProviderChain::first_try("Environment", EnvironmentVariableCredentialsProvider::new())
            .or_else("Profile", profile)
            .or_else("WebIdentityToken", WebIdentityTokenCredentialsProvider::builder().configure(&config).build()),
    };
    let chain = chain.or_else("EcsContainer", container()).or_else("Ec2InstanceMetadata", OfMachine(metadata()));
    SharedCredentialsProvider::new(Patient { inner: chain, notes: options.notes.clone(), found: Mutex::default() })
}

/// One attempt, in a second, past any proxy: elsewhere than on EC2 nobody answers.
pub(super) fn metadata_client() -> imds::Client {
    imds::Client::builder()
        .configure(&ProviderConfig::without_region().with_http_client(http::plain()))
        .max_attempts(1)
        .connect_timeout(METADATA_TIMEOUT)
        .read_timeout(METADATA_TIMEOUT)
        .build()
}

/// Gives up where nobody answers in time.
#[derive(Debug)]
struct Bounded<P>(P);

impl<P: ProvideCredentials> ProvideCredentials for Bounded<P> {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let found = tokio::time::timeout(MACHINE_TIMEOUT, self.0.provide_credentials()).await;
            found.unwrap_or_else(|_| Err(CredentialsError::provider_timed_out(MACHINE_TIMEOUT)))
        })
    }
}

/// The machine's own role, which nobody asked for: where it cannot be had there is none, as elsewhere than on EC2.
#[derive(Debug)]
struct OfMachine(Bounded<ImdsCredentialsProvider>);

impl ProvideCredentials for OfMachine {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            self.0.provide_credentials().await.map_err(CredentialsError::not_loaded)
        })
    }
}

/// Keeps what it found, and says so where that takes long: a login that waits, a role, a metadata service that is not there.
struct Patient<P> {
    inner: P,
    notes: Option<Listener>,
    found: Mutex<Option<Found>>,
}

/// Credentials, and until when they are good.
struct Found {
    credentials: Credentials,
    until: SystemTime,
}

impl<P> fmt::Debug for Patient<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Patient(…)")
    }
}

impl<P: ProvideCredentials> Patient<P> {
    async fn provide(&self) -> provider::Result {
        let mut found = self.found.lock().await;
        let now = SystemTime::now();
        if let Some(found) = found.as_ref().filter(|found| found.until > now) {
            return Ok(found.credentials.clone());
        }
        let credentials = self.look().await?;
        let until = credentials.expiry().map_or(now + WITHOUT_END, |end| end.checked_sub(REMAINING_MIN).unwrap_or(now));
        *found = Some(Found { credentials: credentials.clone(), until });
        Ok(credentials)
    }

    async fn look(&self) -> provider::Result {
        let mut found = std::pin::pin!(self.inner.provide_credentials());
        if let Ok(found) = tokio::time::timeout(SILENT_MAX, &mut found).await {
            return found;
        }
        if let Some(tell) = &self.notes {
            tell("still looking for AWS credentials");
        }
        found.await
    }
}

impl<P: ProvideCredentials> ProvideCredentials for Patient<P> {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.provide())
    }
}
