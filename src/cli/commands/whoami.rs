//! `iw102 whoami`

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use crate::aws::{Connection, Error as AwsError, FoundCredentials, Identity, Sourced};
use crate::cli::context::{Context, Opening};
use crate::cli::failure::Failure;
use crate::cli::output::Output;
use crate::cli::settings::Settings;
use crate::engine::Timestamp;

/// The profile of AWS's configuration files where nobody names one.
const PROFILE_DEFAULT: &str = "default";

/// Show which account, region, stage and endpoint are used, and where each was found
///
/// Asks STS for the account and the ARN, once. Of the credentials it says where they came from and when they end.
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES\n  \
    iw102 whoami\n  \
    iw102 whoami -o name               the account\n  \
    iw102 whoami --profile dev -q arn\n  \
    iw102 whoami --local               the engine inside iw102\n\n\
    Ends with 11 where there are no credentials, with 2 where there is no region, and still says the rest.")]
pub(crate) struct WhoamiArgs {}

/// Everything that is told.
#[derive(Debug, Default)]
struct Told {
    identity: Option<Identity>,
    /// Where the account is from, where STS was not asked.
    account: Option<Sourced>,
    credentials: Option<FoundCredentials>,
    /// Where credentials were looked for, where there are none.
    looked_at: Vec<String>,
    region: Option<Sourced>,
    profile: Option<Sourced>,
    service: Option<Sourced>,
    stage: Option<Sourced>,
    endpoint: Option<Sourced>,
    /// The folder of the engine's store.
    store: Option<PathBuf>,
    local: bool,
}

pub(crate) async fn run(_args: WhoamiArgs, context: &mut Context) -> Result<(), Failure> {
    let (told, result) = match context.open(Opening::Looking).await {
        Ok(()) => {
            let connection = context.client()?.connection().clone();
            if context.settings.local {
                (of_engine(context, &connection)?, Ok(()))
            } else {
                let (told, result) = of_aws(context, &connection).await;
                (told, result.map_err(|error| context.aws_failure(error)))
            }
        }
        Err(failure) if failure.error.downcast_ref().is_some_and(AwsError::is_want_of_region) => {
            (of_nowhere(context).await?, Err(failure))
        }
        Err(failure) => return Err(failure),
    };
    let text = render(&told, context)?;
    context.print_later(&text);
    result
}

fn of_engine(context: &Context, connection: &Connection) -> Result<Told, Failure> {
    let (settings, service) = (&context.settings, context.service.as_ref());
    let is_named = |name: &&str| settings.variables().get(*name) == Some(&settings.account);
    let source = ["AWS_ACCOUNT_ID", "AWS_ACCESS_KEY_ID"].into_iter().find(is_named).unwrap_or("the default");
    let server = if context.is_served_here() { "served by this command" } else { "the process that serves the store" };
    Ok(Told {
        account: Some(Sourced::new(&settings.account, source)),
        region: Some(settings.region_sourced(service)),
        endpoint: Some(Sourced::new(connection.server("SFN", "states"), server)),
        store: settings.store(service)?,
        local: true,
        ..project(context)
    })
}

/// Without a region nobody is asked, but there are credentials, or none, all the same.
async fn of_nowhere(context: &Context) -> Result<Told, Failure> {
    let connection = context.connection_without_region().await?;
    let told = match connection.endpoint_url("SFN") {
        Some(_) => Told { endpoint: Some(context.settings.endpoint_sourced(&connection)), ..project(context) },
        None => project(context),
    };
    let (told, _) = with_credentials(context, &connection, told).await;
    Ok(told)
}

/// What is known without credentials is told without them too.
async fn of_aws(context: &Context, connection: &Connection) -> (Told, Result<(), AwsError>) {
    let settings = &context.settings;
    let told = Told {
        region: Some(connection.region().clone()),
        endpoint: Some(settings.endpoint_sourced(connection)),
        ..project(context)
    };
    match with_credentials(context, connection, told).await {
        (told, Ok(())) => match connection.identity(context.listener()).await {
            Ok(identity) => (Told { identity: Some(identity), ..told }, Ok(())),
            Err(error) => (told, Err(error)),
        },
        (told, none) => (told, none),
    }
}

/// Adds the credentials, or where they were looked for.
async fn with_credentials(context: &Context, connection: &Connection, told: Told) -> (Told, Result<(), AwsError>) {
    let settings = &context.settings;
    match connection.credentials().await {
        Ok(credentials) => {
            let profile = profile(settings, connection, Some(&credentials));
            (Told { credentials: Some(credentials), profile, ..told }, Ok(()))
        }
        Err(error) => {
            let profile = profile(settings, connection, None);
            let looked_at = looked_at(settings, profile.as_ref());
            (Told { looked_at, profile, ..told }, Err(error))
        }
    }
}

fn project(context: &Context) -> Told {
    let service = context.service.as_ref();
    Told {
        service: service.map(|service| Sourced::new(&service.name, context.settings.file_shown())),
        stage: context.settings.stage_sourced(service),
        ..Told::default()
    }
}

/// The profile of the flag or the project, else `AWS_PROFILE`; the default one where it gave the credentials.
fn profile(settings: &Settings, connection: &Connection, found: Option<&FoundCredentials>) -> Option<Sourced> {
    let named = settings.variables().get("AWS_PROFILE").filter(|name| !name.is_empty());
    let of_environment = || named.map(|name| Sourced::new(name, "AWS_PROFILE"));
    let is_default = found.is_some_and(FoundCredentials::is_of_profile);
    let default = || is_default.then(|| Sourced::new(PROFILE_DEFAULT, "the SDK's default"));
    connection.profile().cloned().or_else(of_environment).or_else(default)
}

/// The places at which credentials are looked for, in that order, and what is there.
fn looked_at(settings: &Settings, profile: Option<&Sourced>) -> Vec<String> {
    let variables = settings.variables();
    let is_set = |name: &str| variables.get(name).is_some_and(|value| !value.is_empty());
    let state = |name: &str| format!("{name} is {}", if is_set(name) { "set" } else { "not set" });
    let name = profile.map_or(PROFILE_DEFAULT, |profile| profile.value.as_str());
    let is_off = variables.get("AWS_EC2_METADATA_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let metadata = if is_off { "AWS_EC2_METADATA_DISABLED is true" } else { "it gave none" };
    let container = ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"].map(state);
    // A profile that was asked for stands in the place of what the environment says.
    let is_asked_for = profile.is_some_and(|profile| profile.source != "AWS_PROFILE");
    let environment = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"].map(state).join(", ");
    let of_environment = |place: String| (!is_asked_for).then_some(place);
    [
        of_environment(format!("the environment: {environment}")),
        Some(format!("the profile {name}: {}", files(settings))),
        of_environment(format!("web identity: {}", state("AWS_WEB_IDENTITY_TOKEN_FILE"))),
        Some(format!("a container: {}", container.join(", "))),
        Some(format!("this machine's metadata service: {metadata}")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// AWS's two files, and whether they are there.
fn files(settings: &Settings) -> String {
    let told = |file: PathBuf| {
        let is_there = if file.is_file() { "" } else { " (not there)" };
        format!("{}{is_there}", file.display())
    };
    let files = [settings.profiles_file(), settings.credentials_file()];
    files.into_iter().flatten().map(told).collect::<Vec<_>>().join(", ")
}

impl Told {
    fn account(&self) -> Option<&str> {
        let asked = self.identity.as_ref().map(|identity| identity.account.as_str());
        asked.or_else(|| self.account.as_ref().map(|account| account.value.as_str()))
    }

    /// `SSO, ends 2026-11-23T20:00:00.000Z, key …MPLE`
    fn credentials(&self) -> Option<String> {
        let found = self.credentials.as_ref()?;
        let end = found.access_key_end();
        let key = if end.is_empty() { String::new() } else { format!(", key …{end}") };
        let expires = found.expires().map(|at| format!(", until {}", at.to_rfc3339())).unwrap_or_default();
        Some(format!("{}{key}{expires}", found.source()))
    }

    fn document(&self) -> Value {
        let value = |sourced: &Option<Sourced>| sourced.as_ref().map(|sourced| sourced.value.clone());
        let source = |sourced: &Option<Sourced>| sourced.as_ref().map(|sourced| sourced.source.clone());
        let identity = self.identity.as_ref();
        let credentials = self.credentials.as_ref().map(|found| {
            json!({
                "source": found.source(),
                "accessKeyIdEnd": found.access_key_end(),
                "expiration": found.expires().map(Timestamp::to_rfc3339),
            })
        });
        json!({
            "local": self.local,
            "account": self.account(),
            "arn": identity.map(|identity| &identity.arn),
            "userId": identity.map(|identity| &identity.user_id),
            "credentials": credentials,
            "lookedAt": self.looked_at,
            "region": value(&self.region),
            "profile": value(&self.profile),
            "service": value(&self.service),
            "stage": value(&self.stage),
            "endpoint": value(&self.endpoint),
            "store": self.store,
            "sources": {
                "account": self.account.as_ref().map_or("STS", |account| &account.source),
                "region": source(&self.region),
                "profile": source(&self.profile),
                "service": source(&self.service),
                "stage": source(&self.stage),
                "endpoint": source(&self.endpoint),
            },
        })
    }
}

fn render(told: &Told, context: &Context) -> Result<String, Failure> {
    let paint = context.printer.paint_out();
    let mut text = String::new();
    let mut line = |name: &str, value: &str, source: Option<&str>| {
        let source = source.map(|source| paint.dim(format!("  ({source})"))).unwrap_or_default();
        let _ = writeln!(text, "{} {value}{source}", paint.dim(format!("{name:<12}")));
    };
    let source = told.account.as_ref().map(|account| account.source.as_str());
    line("Account", told.account().unwrap_or("unknown"), source);
    if let Some(identity) = &told.identity {
        line("ARN", &identity.arn, None);
    }
    match told.credentials() {
        Some(credentials) => line("Credentials", &credentials, None),
        None if told.looked_at.is_empty() => {}
        None => line("Credentials", "none", None),
    }
    for place in &told.looked_at {
        line("", place, None);
    }
    let sourced = [
        ("Region", &told.region),
        ("Profile", &told.profile),
        ("Service", &told.service),
        ("Stage", &told.stage),
        ("Endpoint", &told.endpoint),
    ];
    for (name, found) in sourced {
        match found {
            Some(Sourced { value, source }) => line(name, value, Some(source)),
            None if name == "Region" => line(name, "missing", None),
            None => {}
        }
    }
    if let Some(store) = &told.store {
        line("Store", &store.display().to_string(), None);
    }
    let names = told.account().map(|account| format!("{account}\n")).unwrap_or_default();
    Output { document: told.document(), items: None, text, names }.render(&context.settings)
}
