//! What AWS's own configuration does not say: which account, region and server a command means, and what is remembered of them.

use std::path::PathBuf;

use crate::aws::{ConnectOptions, Connection, Listener, Sourced, is_of_server, without_user};
use crate::cli::failure::Failure;
use crate::cli::remembered::Remembered;
use crate::cli::settings::{REGION_DEFAULT, Settings, store};
use crate::project::Service;

/// Variables each of which gives credentials, or says where they are: a project's profile stands behind them. It stands
/// before the profile `default` and the machine's own role, which are there without anybody having asked for them: the
/// project was deployed with its profile.
pub(super) const CREDENTIALS_OF_ENVIRONMENT: [&str; 5] = [
    "AWS_PROFILE",
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];

/// Variables beside the profile and the key that say whose credentials are found: the same profile of another file is another
/// account's perhaps.
const WHOSE: [&str; 3] = ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_ROLE_ARN"];
/// Variables that say where the services are that commands call.
const ENDPOINTS: [&str; 6] = [
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_SFN",
    "AWS_ENDPOINT_URL_API_GATEWAY",
    "AWS_ENDPOINT_URL_CLOUDFORMATION",
    "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS",
    "AWS_ENDPOINT_URL_STS",
];
/// How the ids of temporary access keys begin. They are others after some hours.
const TEMPORARY_KEY: &str = "ASIA";

impl Settings {
    /// What AWS's own configuration does not say: flags, environment and project. `notes` is told what takes long.
    pub(crate) fn connect_options(
        &self,
        service: Option<&Service>,
        notes: Listener,
    ) -> Result<ConnectOptions, Failure> {
        self.check_endpoints()?;
        let project = self.region_of_project(service);
        let has_credentials = self.has_credentials_of_environment();
        let of_project = || service.and_then(|service| service.profile.clone()).filter(|_| !has_credentials);
        let flag = self.profile.as_ref().map(|name| Sourced::new(name, "--profile"));
        let ca = self.ca_file().map(|file| file.read(self)).transpose()?;
        Ok(ConnectOptions {
            profile: flag.or_else(|| of_project().map(|name| Sourced::new(name, self.file_shown()))),
            region: self.region.clone().or(project),
            profile_of_environment: self
                .environment
                .get("AWS_PROFILE")
                .filter(|_| self.profile.is_none() && self.environment.get("AWS_ACCESS_KEY_ID").is_none())
                .map(str::to_owned),
            region_default: self
                .region_of_arn
                .clone()
                .or_else(|| service.map(|_| Sourced::new(REGION_DEFAULT, "the Serverless Framework's default"))),
            endpoint_url: self.endpoint_url.clone(),
            ca,
            asks_metadata: !self
                .environment
                .get("AWS_EC2_METADATA_DISABLED")
                .is_some_and(|value| value.eq_ignore_ascii_case("true")),
            notes: Some(notes),
        })
    }

    /// Refuses a variable that is no URL, unless the flag stands before it, or another variable makes it nothing.
    fn check_endpoints(&self) -> Result<(), Failure> {
        let is_true = |value: &str| value.eq_ignore_ascii_case("true");
        let are_ignored = self.environment.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").is_some_and(is_true);
        if self.endpoint_url.is_some() || are_ignored {
            return Ok(());
        }
        let mut set = ENDPOINTS.iter().filter_map(|name| Some((name, self.environment.get(name)?)));
        set.try_for_each(|(name, url)| check_url(name, url))
    }

    /// `--profile`
    pub(crate) fn profile_flag(&self) -> Option<&str> {
        self.profile.as_deref()
    }

    /// The endpoint that Step Functions is called at, and where it was found.
    pub(crate) fn endpoint_sourced(&self, connection: &Connection) -> Sourced {
        let server = connection.server("SFN", "states");
        let named = ["AWS_ENDPOINT_URL_SFN", "AWS_ENDPOINT_URL"];
        let of_environment =
            || named.into_iter().find(|name| self.environment.get(name).is_some_and(|url| without_user(url) == server));
        let source = match connection.endpoint_url("SFN") {
            None => "AWS's own",
            Some(_) if self.endpoint_url.is_some() => "--endpoint-url",
            Some(_) => of_environment().unwrap_or("the AWS configuration file"),
        };
        Sourced::new(server, source)
    }

    /// What was remembered about AWS for this command's region, credentials, endpoint and project; `None` without a home.
    pub(crate) fn remembered(&self, service: Option<&Service>, connection: &Connection) -> Option<Remembered> {
        let text = |name: &str| self.environment.get(name).unwrap_or_default();
        let profile = connection.profile().map_or_else(|| text("AWS_PROFILE"), |profile| &profile.value);
        let project = service.map_or_else(|| "default".to_owned(), store::name);
        let endpoint = connection.endpoint_url("SFN").unwrap_or_default();
        // A key that stands before the profile is another account's perhaps.
        let key = if connection.profile().is_some() { "" } else { text("AWS_ACCESS_KEY_ID") };
        let (lasting, temporary) = if key.starts_with(TEMPORARY_KEY) { ("", key) } else { (key, "") };
        let [config, credentials, role] = WHOSE.map(text);
        let region = connection.region().value.as_str();
        let scope = [region, profile, lasting, config, credentials, role, &endpoint, &project].join("|");
        Some(Remembered::new(self.environment.home().ok()?, &scope).for_temporary_key(temporary))
    }

    /// Whether the environment or AWS's own files give credentials, or say where they are.
    pub(crate) fn has_credentials(&self) -> bool {
        let files = [self.profiles_file(), self.credentials_file()];
        self.has_credentials_of_environment() || files.into_iter().flatten().any(|file| file.is_file())
    }

    fn has_credentials_of_environment(&self) -> bool {
        CREDENTIALS_OF_ENVIRONMENT.iter().any(|name| self.environment.get(name).is_some())
    }

    /// AWS's file of profiles.
    pub(crate) fn profiles_file(&self) -> Option<PathBuf> {
        self.environment.aws_file("AWS_CONFIG_FILE", ".aws/config")
    }

    /// AWS's file of credentials, whose headings are profiles too.
    pub(crate) fn credentials_file(&self) -> Option<PathBuf> {
        self.environment.aws_file("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials")
    }
}

/// Refuses what is not `http://HOST` or `https://HOST`. It may hold a password, so it is not repeated; a flag's parser would.
/// `name` is the flag or the variable.
pub(super) fn check_url(name: &str, text: &str) -> Result<(), Failure> {
    if is_of_server(text) {
        return Ok(());
    }
    Err(Failure::usage(format!("{name} is not the URL of a server")).hint("write http://HOST:PORT or https://HOST"))
}
