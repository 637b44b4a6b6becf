//! Whom to call and as whom: a server on this machine, or AWS as the SDK's own configuration says it.
//!
//! Credentials are found when the first call needs them; a region is found here, or the failure says where it was looked for.

use std::fmt;
use std::future::Future as _;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_config::imds::region::ImdsRegionProvider;
use aws_config::meta::region::ProvideRegion as _;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_sfn::config::endpoint::{DefaultResolver, Params, ResolveEndpoint as _};
use aws_sdk_sfn::error::{ProvideErrorMetadata, SdkError};
use aws_types::service_config::ServiceConfigKey;

use crate::aws::credentials::{self, CREDENTIALS_TIMEOUT, MACHINE_TIMEOUT, metadata_client};
use crate::aws::error::{Error, Server};
use crate::aws::http::{self, Http};
use crate::aws::tell::Listener;
use crate::aws::url::{is_address, is_aws, without_user};

/// How long an answer of this machine's server may take. It answers at once, unless it was stopped.
const LOCAL_READ_TIMEOUT: Duration = Duration::from_secs(30);

/// A value, and where it was found: `--region`, `AWS_REGION`, `serverless.yml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sourced {
    /// The value.
    pub value: String,
    /// Where it was found, in words.
    pub source: String,
}

impl Sourced {
    /// A value with its source.
    pub fn new(value: impl Into<String>, source: impl Into<String>) -> Self {
        Self { value: value.into(), source: source.into() }
    }
}

/// What a command knows before AWS's own configuration is read.
#[derive(Clone, Default)]
pub struct ConnectOptions {
    /// The profile whose credentials are taken whatever the environment has; `None` leaves it to the SDK (`AWS_PROFILE`,
    /// credentials in the environment, `default`).
    pub profile: Option<Sourced>,
    /// The profile that the SDK will take by itself, where nothing in the environment stands before it.
    pub profile_of_environment: Option<String>,
    /// The region of the flag, the environment or the project.
    pub region: Option<Sourced>,
    /// The region where the profile has none either.
    pub region_default: Option<Sourced>,
    /// `--endpoint-url`, for all services; else the SDK looks in the environment and the profile.
    pub endpoint_url: Option<String>,
    /// CA certificates in PEM form, instead of the platform's.
    pub ca: Option<Vec<u8>>,
    /// Whether this machine's metadata service is asked for a region where nobody names one.
    pub asks_metadata: bool,
    /// Who is told what takes long.
    pub notes: Option<Listener>,
}

impl fmt::Debug for ConnectOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("ConnectOptions");
        shown.field("profile", &self.profile).field("region", &self.region).field("endpoint_url", &self.endpoint_url);
        shown.finish_non_exhaustive()
    }
}

/// A server on this machine that does not check signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalServer {
    /// `http://127.0.0.1:PORT`
    pub endpoint: String,
    /// The region that requests are signed for.
    pub region: String,
    /// The account, 12 digits: it is the access key id, which emulators take for the account.
    pub account: String,
}

/// What the clients of all services share. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Connection(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    sdk: SdkConfig,
    http: Option<Http>,
    region: Sourced,
    profile: Option<Sourced>,
    /// Known at once of a local server, of AWS once somebody asked.
    account: OnceLock<String>,
    is_local: bool,
}

impl Connection {
    /// To a server on this machine. Calls are made once: whoever serves a store may leave at any time, and then the endpoint
    /// changes, which a second attempt at the same one cannot know.
    #[must_use]
    pub fn local(server: &LocalServer) -> Self {
        let credentials = Credentials::new(&server.account, "local", None, None, "local");
        let sdk = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(server.region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .endpoint_url(&server.endpoint)
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::builder().read_timeout(LOCAL_READ_TIMEOUT).build())
            .http_client(http::plain())
            .build();
        Self(Arc::new(Inner {
            sdk,
            http: None,
            region: Sourced::new(&server.region, "--local"),
            profile: None,
            account: OnceLock::from(server.account.clone()),
            is_local: true,
        }))
    }

    /// To AWS, as flags, environment, project and AWS's own files say. Nothing is sent yet, unless nobody names a region: then
    /// this machine's metadata service is asked, and that is said.
    ///
    /// # Errors
    /// [`Error::Configuration`] where no region is known, the profile is in no file, or the CA certificates are none.
    pub async fn aws(options: ConnectOptions) -> Result<Self, Error> {
        let http = Http::new(options.ca.as_deref())?;
        let profile = options.profile.as_ref().map(|profile| &profile.value);
        if let Some(profile) = profile.or(options.profile_of_environment.as_ref()) {
            credentials::require_profile(profile).await?;
        }
        let region = match options.region.clone() {
            Some(region) => region,
            None => region(&options).await?,
        };
        if !is_region(&region.value) {
            return Err(Error::no_such_region(&region));
        }
        let timeouts =
            TimeoutConfig::builder().connect_timeout(http::CONNECT_TIMEOUT).read_timeout(http::READ_TIMEOUT).build();
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(region.value.clone()))
            .http_client(http.client())
            .timeout_config(timeouts)
            .identity_cache(IdentityCache::lazy().load_timeout(CREDENTIALS_TIMEOUT).build())
            .no_credentials();
        if let Some(profile) = &options.profile {
            loader = loader.profile_name(&profile.value);
        }
        if let Some(url) = &options.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        let sdk = loader.load().await;
        let credentials = credentials::provider(&options, &sdk, &http);
        let sdk = sdk.into_builder().credentials_provider(credentials).build();
        let (profile, account) = (options.profile, OnceLock::new());
        Ok(Self(Arc::new(Inner { sdk, http: Some(http), region, profile, account, is_local: false })))
    }

    /// Whether it is a server of this machine's own engine.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.0.is_local
    }

    /// The region that is called, and where it was found.
    #[must_use]
    pub fn region(&self) -> &Sourced {
        &self.0.region
    }

    /// The profile that was asked for; `None` leaves it to the environment.
    #[must_use]
    pub fn profile(&self) -> Option<&Sourced> {
        self.0.profile.as_ref()
    }

    /// The endpoint that stands in the way of AWS's own for a service (its id, `SFN`), as the SDK's clients find it: the
    /// flag, `AWS_ENDPOINT_URL_SFN`, the profile's services, `AWS_ENDPOINT_URL`, the profile's `endpoint_url`.
    /// Without a user and a password, which AWS takes by no URL and a message would show.
    #[must_use]
    pub fn endpoint_url(&self, service_id: &str) -> Option<String> {
        self.configured_url(service_id).map(|url| without_user(&url))
    }

    /// As [`Connection::endpoint_url`], whole. One that is empty is none: the SDK would panic.
    pub(super) fn configured_url(&self, service_id: &str) -> Option<String> {
        let sdk = &self.0.sdk;
        let general = || sdk.endpoint_url().map(ToOwned::to_owned).filter(|url| !url.is_empty());
        if sdk.get_origin("endpoint_url").is_client_config() {
            return general();
        }
        let key = ServiceConfigKey::builder().service_id(service_id).env("AWS_ENDPOINT_URL").profile("endpoint_url");
        let own = key.build().ok().and_then(|key| sdk.service_config()?.load_config(key));
        own.filter(|url: &String| !url.is_empty()).or_else(general)
    }

    /// The endpoint of a service (its id) that was named and is no host of AWS: an emulator's.
    #[must_use]
    pub fn emulator_url(&self, service_id: &str) -> Option<String> {
        self.endpoint_url(service_id).filter(|url| !is_aws(url))
    }

    /// Whether a service (its id) is at a server that is no host of AWS: one named by its address, or this machine.
    #[must_use]
    pub fn is_beside_aws(&self, service_id: &str) -> bool {
        self.endpoint_url(service_id).is_some_and(|url| is_address(&url))
    }

    /// Where calls of a service (its id and the first part of its host) go.
    #[must_use]
    pub fn server(&self, service_id: &str, host: &str) -> String {
        self.endpoint_url(service_id).unwrap_or_else(|| {
            let sdk = &self.0.sdk;
            let (fips, dual) = (sdk.use_fips().unwrap_or_default(), sdk.use_dual_stack().unwrap_or_default());
            aws_endpoint(host, &self.0.region.value, fips, dual)
        })
    }

    /// What became of a call of a service (its id and the first part of its host).
    pub(super) fn error<E>(&self, error: &SdkError<E>, service_id: &str, host: &str) -> Error
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let (is_local, is_beside_aws) = (self.0.is_local, self.is_beside_aws(service_id));
        Error::from_sdk(error, Server { endpoint: self.server(service_id, host), is_local, is_beside_aws })
    }

    /// The account, where it is known without asking.
    #[must_use]
    pub fn known_account(&self) -> Option<&str> {
        self.0.account.get().map(String::as_str)
    }

    /// Remembers the account that an answer told.
    pub(super) fn learn_account(&self, account: &str) {
        self.0.account.get_or_init(|| account.to_owned());
    }

    pub(super) fn sdk(&self) -> &SdkConfig {
        &self.0.sdk
    }

    pub(super) fn http(&self) -> Option<&Http> {
        self.0.http.as_ref()
    }
}

/// AWS's own endpoint of a service in a region: that of Step Functions by the SDK's rules, which know the partitions, with the
/// service's host.
pub(super) fn aws_endpoint(host: &str, region: &str, fips: bool, dual_stack: bool) -> String {
    let params = Params::builder().region(region).use_fips(fips).use_dual_stack(dual_stack).build();
    let resolved = params.ok().and_then(|params| {
        let resolver = DefaultResolver::new();
        let found = std::pin::pin!(resolver.resolve_endpoint(&params));
        // The rules are tables: nothing is waited for.
        match found.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(endpoint) => endpoint.ok().map(|endpoint| endpoint.url().to_owned()),
            Poll::Pending => None,
        }
    });
    let url = resolved.unwrap_or_else(|| format!("https://states.{region}.amazonaws.com"));
    url.replacen("://states", &format!("://{host}"), 1)
}

/// Whether it can be the name of a region, which is a part of hosts.
fn is_region(name: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    !name.is_empty() && !name.starts_with('-') && name.bytes().all(is_part)
}

/// The profile's region, the default's, or that of the machine.
async fn region(options: &ConnectOptions) -> Result<Sourced, Error> {
    let mut profile = ProfileFileRegionProvider::builder();
    if let Some(given) = &options.profile {
        profile = profile.profile_name(&given.value);
    }
    if let Some(region) = profile.build().region().await {
        return Ok(Sourced::new(region.to_string(), "the AWS configuration file"));
    }
    if let Some(region) = &options.region_default {
        return Ok(region.clone());
    }
    if !options.asks_metadata {
        return Err(Error::no_region());
    }
    if let Some(tell) = &options.notes {
        tell("no region is set; asking this machine's metadata service (--region or AWS_REGION would spare that)");
    }
    let machine = ImdsRegionProvider::builder().imds_client(metadata_client()).build();
    let found = tokio::time::timeout(MACHINE_TIMEOUT, machine.region()).await.ok().flatten();
    found.map(|region| Sourced::new(region.to_string(), "this machine's metadata service")).ok_or_else(Error::no_region)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_endpoint_follows_the_region_and_what_it_must_be() {
        for (region, fips, dual, expected) in [
            ("eu-west-1", false, false, "https://logs.eu-west-1.amazonaws.com"),
            ("us-east-1", true, false, "https://logs-fips.us-east-1.amazonaws.com"),
            ("us-gov-west-1", true, false, "https://logs.us-gov-west-1.amazonaws.com"),
            ("eusc-de-east-1", false, false, "https://logs.eusc-de-east-1.amazonaws.eu"),
            ("eu-west-1", false, true, "https://logs.eu-west-1.api.aws"),
            ("cn-north-1", false, false, "https://logs.cn-north-1.amazonaws.com.cn"),
            ("cn-north-1", false, true, "https://logs.cn-north-1.api.amazonwebservices.com.cn"),
        ] {
            assert_eq!(aws_endpoint("logs", region, fips, dual), expected);
        }
    }
}
