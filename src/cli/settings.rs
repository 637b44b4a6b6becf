//! Settings: flags > environment > project > default, resolved once.
//!
//! The only place that reads the environment, the home and the terminal. Start reading at [`Settings`].

mod ca;

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueEnum;
use sha2::{Digest, Sha256};

pub(crate) use self::ca::CaFile;
use crate::aws::{ConnectOptions, Connection, Listener, Sourced, without_user};
use crate::cli::args::GlobalArgs;
use crate::cli::failure::Failure;
use crate::cli::query::Query;
use crate::cli::remembered::Remembered;
use crate::engine::ClockMode;
use crate::project::{self, LoadOptions, Service};

/// The region where nobody names one, as the AWS documentation's examples have it.
const REGION_DEFAULT: &str = "us-east-1";
/// The stage where nobody names one, as the Serverless Framework has it.
const STAGE_DEFAULT: &str = "dev";
/// The account where nobody names one, as other emulators have it.
const ACCOUNT_DEFAULT: &str = "000000000000";
/// What a command for the engine of this binary is typed with.
const LOCAL: &str = " --local";
/// Variables each of which gives credentials, or says where they are: a project's profile stands behind them. It stands
/// before the profile `default` and the machine's own role, which are there without anybody having asked for them: the
/// project was deployed with its profile.
const CREDENTIALS_OF_ENVIRONMENT: [&str; 5] = [
    "AWS_PROFILE",
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];
/// The fastest `--time xN`, a million times: a day in 86 ms.
const SCALE_MAX: f64 = 1_000_000.0;

/// How stdout is written
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// The one thing that you would pipe
    Text,
    /// The whole object
    Json,
    /// One JSON object a line
    Jsonl,
    /// Names only
    Name,
}

/// What `--output` takes: the formats of all commands, and those that only `history` has
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatChoice {
    /// The one thing that you would pipe
    Text,
    /// The whole object
    Json,
    /// One JSON object a line
    Jsonl,
    /// Names only
    Name,
    /// Of a history: its text
    #[value(hide = true)]
    Table,
    /// Of a history: as the service wrote it
    #[value(hide = true)]
    Raw,
}

impl FormatChoice {
    /// Whether only `history` has it.
    pub(crate) fn is_of_histories(self) -> bool {
        matches!(self, Self::Table | Self::Raw)
    }

    /// The format of all commands that it comes closest to.
    fn format(self) -> Format {
        match self {
            Self::Text | Self::Table => Format::Text,
            Self::Json | Self::Raw => Format::Json,
            Self::Jsonl => Format::Jsonl,
            Self::Name => Format::Name,
        }
    }
}

/// When colours are used
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// `--time`
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum TimeChoice {
    Real,
    Virtual,
    Scaled(f64),
}

impl TimeChoice {
    /// Reads `real`, `virtual` or `xN`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let factor = |text: &str| text.parse::<f64>().ok().filter(|factor| *factor > 0.0 && *factor <= SCALE_MAX);
        match text {
            "real" => Ok(Self::Real),
            "virtual" => Ok(Self::Virtual),
            _ => text
                .strip_prefix('x')
                .and_then(factor)
                .map(Self::Scaled)
                .ok_or_else(|| "write real, virtual, or x10 for ten times as fast (at most x1000000)".into()),
        }
    }
}

/// What the process was given besides its words.
#[derive(Debug, Clone, Default)]
pub(crate) struct Environment {
    /// Its variables; those that are not UTF-8 are left out.
    pub variables: BTreeMap<String, String>,
    /// Where it stands.
    pub folder: PathBuf,
    /// Where short-lived files go.
    pub temporary: PathBuf,
    /// Whether stdin is a terminal.
    pub stdin_is_terminal: bool,
    /// Whether stdout is a terminal.
    pub stdout_is_terminal: bool,
    /// Whether stderr is a terminal.
    pub stderr_is_terminal: bool,
    /// How many columns the terminal at stdout has.
    pub width: Option<usize>,
}

impl Environment {
    /// That of this process.
    pub(crate) fn of_process() -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        let stdout_is_terminal = std::io::stdout().is_terminal();
        let columns = || rustix::termios::tcgetwinsize(std::io::stdout()).ok().map(|size| usize::from(size.ws_col));
        Self {
            variables: std::env::vars_os().filter_map(text).collect(),
            folder: std::env::current_dir().unwrap_or_default(),
            temporary: std::env::temp_dir(),
            stdin_is_terminal: std::io::stdin().is_terminal(),
            stdout_is_terminal,
            stderr_is_terminal: std::io::stderr().is_terminal(),
            width: stdout_is_terminal.then(columns).flatten().filter(|columns| *columns > 0),
        }
    }

    /// A variable that is set and not empty.
    fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Whether a stream gets colours: the flag, then `NO_COLOR`, then `CLICOLOR_FORCE`, then whether it is a terminal.
    pub(crate) fn color(&self, choice: ColorChoice, is_terminal: bool) -> bool {
        match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if self.get("NO_COLOR").is_some() => false,
            ColorChoice::Auto if self.get("CLICOLOR_FORCE").is_some_and(|value| value != "0") => true,
            ColorChoice::Auto => is_terminal && self.get("TERM") != Some("dumb"),
        }
    }

    /// Whether errors are to be JSON; a wrong `IW102_OUTPUT` is complained about elsewhere.
    pub(crate) fn wants_json(&self, flag: Option<FormatChoice>) -> bool {
        matches!(self.format(flag), Ok(Format::Json | Format::Jsonl))
    }

    fn format(&self, flag: Option<FormatChoice>) -> Result<Format, Failure> {
        match (flag, self.get("IW102_OUTPUT")) {
            (Some(choice), _) => Ok(choice.format()),
            (None, None) => Ok(Format::Text),
            (None, Some(name)) => Format::from_str(name, true)
                .map_err(|_| Failure::usage(format!("IW102_OUTPUT is `{name}`")).hint("text, json, jsonl or name")),
        }
    }

    /// `IW102_HOME`, else iw102's folder under `XDG_STATE_HOME`, else under `~/.local/state`.
    fn home(&self) -> Result<PathBuf, Failure> {
        let path = |name: &str| self.get(name).map(PathBuf::from);
        path("IW102_HOME")
            .or_else(|| path("XDG_STATE_HOME").filter(|path| path.is_absolute()).map(|path| path.join("iw102")))
            .or_else(|| path("HOME").map(|path| path.join(".local/state/iw102")))
            .map(|path| self.folder.join(path))
            .ok_or_else(|| Failure::usage("there is no folder for iw102's state").hint("set IW102_HOME to a folder"))
    }

    /// A file of AWS's own: where a variable says, in which `~` is the user's home, else there.
    fn aws_file(&self, name: &str, usual: &str) -> Option<PathBuf> {
        let home = self.get("HOME").map(PathBuf::from);
        match self.get(name) {
            Some(path) => match path.strip_prefix("~/") {
                Some(rest) => home.map(|home| home.join(rest)),
                None => Some(self.folder.join(path)),
            },
            None => home.map(|home| home.join(usual)),
        }
    }

    /// `AWS_ACCOUNT_ID`, else an access key id that is an account, as other emulators have it.
    fn account(&self) -> Result<String, Failure> {
        let is_account = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
        match (self.get("AWS_ACCOUNT_ID"), self.get("AWS_ACCESS_KEY_ID")) {
            (Some(account), _) if is_account(account) => Ok(account.to_owned()),
            (Some(other), _) => {
                Err(Failure::usage(format!("AWS_ACCOUNT_ID is `{other}`")).hint("an account has 12 digits"))
            }
            (None, Some(key)) if is_account(key) => Ok(key.to_owned()),
            _ => Ok(ACCOUNT_DEFAULT.to_owned()),
        }
    }
}

/// Everything a command needs to know before it begins.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that is set or not, apart from the others")]
pub(crate) struct Settings {
    /// `--local`
    pub local: bool,
    /// How stdout is written.
    pub format: Format,
    /// Whether a history is written as the service wrote it.
    pub raw: bool,
    /// `--query`
    pub query: Option<Query>,
    /// `--timeout`
    pub timeout: Option<Duration>,
    /// Whether anything is said while waiting.
    pub progress: bool,
    /// Whether that may move: stderr is a terminal, and nobody watches from a CI.
    pub spinners: bool,
    /// Whether stdin is a terminal.
    pub stdin_is_terminal: bool,
    /// `-v`
    pub verbose: bool,
    /// Colours on stdout.
    pub color_out: bool,
    /// Colours on stderr.
    pub color_err: bool,
    /// How wide a table may be.
    pub width: Option<usize>,
    /// `--memory`, also where time is virtual.
    pub memory: bool,
    /// `--time`; a command may add `expire`.
    pub clock: ClockMode,
    /// `--function`
    pub functions: Vec<(String, String)>,
    /// `--cacert`
    pub cacert: Option<PathBuf>,
    /// The project's file, if there is one.
    pub file: Option<PathBuf>,
    /// The flag's or the environment's region.
    region: Option<Sourced>,
    /// `--profile`
    profile: Option<String>,
    /// `--endpoint-url`
    endpoint_url: Option<String>,
    /// The account of what is made locally.
    pub account: String,
    /// `--stage` or `IW102_STAGE`.
    stage: Option<Sourced>,
    params: BTreeMap<String, String>,
    /// The flags that lead another command to the same store, as they were typed.
    again: String,
    environment: Environment,
}

impl Settings {
    /// Resolves everything that does not need the project's content.
    pub(crate) fn resolve(flags: &GlobalArgs, environment: Environment) -> Result<Self, Failure> {
        let file = flags.file.as_ref().map(|file| environment.folder.join(file));
        let of = |name: &str| environment.get(name).map(|value| Sourced::new(value, name));
        let given = flags.region.as_ref().map(|region| Sourced::new(region, "--region"));
        let region = given.or_else(|| of("AWS_REGION")).or_else(|| of("AWS_DEFAULT_REGION"));
        flags.endpoint_url.as_deref().map_or(Ok(()), check_url)?;
        let given = flags.stage.as_ref().map(|stage| Sourced::new(stage, "--stage"));
        let stage = given.or_else(|| of("IW102_STAGE"));
        let time = flags.time.unwrap_or(TimeChoice::Real);
        Ok(Self {
            local: flags.local,
            format: environment.format(flags.output)?,
            raw: flags.output == Some(FormatChoice::Raw),
            query: flags.query.as_deref().map(Query::parse).transpose()?,
            timeout: flags.timeout,
            progress: !flags.no_progress,
            spinners: environment.stderr_is_terminal
                && environment.get("CI").is_none()
                && environment.get("TERM") != Some("dumb"),
            stdin_is_terminal: environment.stdin_is_terminal,
            verbose: flags.verbose,
            color_out: environment.color(flags.color, environment.stdout_is_terminal),
            color_err: environment.color(flags.color, environment.stderr_is_terminal),
            width: environment.width,
            memory: flags.memory || time == TimeChoice::Virtual,
            clock: match time {
                TimeChoice::Real => ClockMode::Real,
                TimeChoice::Virtual => ClockMode::Virtual { expire: false },
                TimeChoice::Scaled(factor) => ClockMode::Scaled(factor),
            },
            functions: flags.functions.clone(),
            cacert: flags.cacert.as_ref().map(|file| environment.folder.join(file)),
            file: file.or_else(|| project::find_upwards(&environment.folder)),
            region,
            profile: flags.profile.clone(),
            endpoint_url: flags.endpoint_url.clone(),
            account: environment.account()?,
            params: flags.params.iter().cloned().collect(),
            again: again(flags, stage.as_ref().map(|stage| stage.value.as_str())),
            stage,
            environment,
        })
    }

    /// What AWS's own configuration does not say: flags, environment and project. `notes` is told what takes long.
    pub(crate) fn connect_options(
        &self,
        service: Option<&Service>,
        notes: Listener,
    ) -> Result<ConnectOptions, Failure> {
        let project = self.region_of_project(service);
        let has_credentials = CREDENTIALS_OF_ENVIRONMENT.iter().any(|name| self.environment.get(name).is_some());
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
            region_default: service.map(|_| Sourced::new(REGION_DEFAULT, "the Serverless Framework's default")),
            endpoint_url: self.endpoint_url.clone(),
            ca,
            asks_metadata: !self
                .environment
                .get("AWS_EC2_METADATA_DISABLED")
                .is_some_and(|value| value.eq_ignore_ascii_case("true")),
            notes: Some(notes),
        })
    }

    /// Refuses flags that only mean something to the engine of this binary.
    pub(crate) fn refuse_local_flags(&self) -> Result<(), Failure> {
        let given = [
            ("--memory", self.memory && self.clock == ClockMode::Real),
            ("--time", self.clock != ClockMode::Real),
            ("--function", !self.functions.is_empty()),
        ];
        match given.into_iter().find(|(_, is_given)| *is_given) {
            Some((flag, _)) if !self.local => {
                Err(Failure::usage(format!("{flag} is for the engine inside iw102")).hint("add --local"))
            }
            _ => Ok(()),
        }
    }

    /// `IW102_API`: a gateway on AWS, which `--local` does not mean.
    pub(crate) fn gateway_of_environment(&self) -> Option<&str> {
        self.environment.get("IW102_API").filter(|_| !self.local)
    }

    /// The stage of the flag or the environment.
    pub(crate) fn stage(&self) -> Option<&str> {
        self.stage.as_ref().map(|stage| stage.value.as_str())
    }

    /// `--profile`
    pub(crate) fn profile_flag(&self) -> Option<&str> {
        self.profile.as_deref()
    }

    /// The environment's variables.
    pub(crate) fn variables(&self) -> &BTreeMap<String, String> {
        &self.environment.variables
    }

    /// What a load of the project depends on.
    pub(crate) fn load_options(&self) -> LoadOptions {
        LoadOptions {
            stage: self.stage.as_ref().map(|stage| stage.value.clone()),
            region: self.region.as_ref().map(|region| region.value.clone()),
            params: self.params.clone(),
            environment: self.environment.variables.clone(),
            account: self.account.clone(),
        }
    }

    /// The region: the flag's, the environment's, the project's, or us-east-1.
    pub(crate) fn region(&self, service: Option<&Service>) -> String {
        self.region_sourced(service).value
    }

    /// As [`Settings::region`], and where it was found.
    pub(crate) fn region_sourced(&self, service: Option<&Service>) -> Sourced {
        let region = self.region.clone().or_else(|| self.region_of_project(service));
        region.unwrap_or_else(|| Sourced::new(REGION_DEFAULT, "the default"))
    }

    fn region_of_project(&self, service: Option<&Service>) -> Option<Sourced> {
        service.and_then(|service| service.region.clone()).map(|region| Sourced::new(region, self.file_shown()))
    }

    /// The stage, and where it was found; `None` without a project.
    pub(crate) fn stage_sourced(&self, service: Option<&Service>) -> Option<Sourced> {
        let of_project = |service: &Service| {
            let file = self.file_shown();
            // A file that says it and one that leaves it away are the same to who reads the service.
            let source = if service.stage == STAGE_DEFAULT { format!("{file}, or the default") } else { file };
            Sourced::new(&service.stage, source)
        };
        self.stage.clone().or_else(|| service.map(of_project))
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

    /// The project's file as a person here calls it; empty without one.
    pub(crate) fn file_shown(&self) -> String {
        self.file.as_deref().map(|file| self.shown(file).display().to_string()).unwrap_or_default()
    }

    /// Whether stdout is a terminal.
    pub(crate) fn stdout_is_terminal(&self) -> bool {
        self.environment.stdout_is_terminal
    }

    /// The folder of the store; `None` keeps nothing.
    pub(crate) fn store(&self, service: Option<&Service>) -> Result<Option<PathBuf>, Failure> {
        if self.memory { Ok(None) } else { self.store_folder(service).map(Some) }
    }

    /// The folder at which the processes of a project and stage find each other.
    pub(crate) fn store_folder(&self, service: Option<&Service>) -> Result<PathBuf, Failure> {
        Ok(Self::store_folder_in(&self.environment.home()?, service))
    }

    /// As [`Settings::store_folder`], in another home.
    pub(crate) fn store_folder_in(home: &Path, service: Option<&Service>) -> PathBuf {
        let name = service.map_or_else(|| "default".to_owned(), store_name);
        home.join("local").join(name)
    }

    /// What was remembered about AWS for this command's region, credentials, endpoint and project; `None` without a home.
    pub(crate) fn remembered(&self, service: Option<&Service>, connection: &Connection) -> Option<Remembered> {
        let text = |name: &str| self.environment.get(name).unwrap_or_default().to_owned();
        let profile = connection.profile().map_or_else(|| text("AWS_PROFILE"), |profile| profile.value.clone());
        let project = service.map_or_else(|| "default".to_owned(), store_name);
        let endpoint = connection.endpoint_url("SFN").unwrap_or_default();
        // A key that stands before the profile is another account's perhaps.
        let key = if connection.profile().is_some() { String::new() } else { text("AWS_ACCESS_KEY_ID") };
        let scope = [connection.region().value.as_str(), &profile, &key, &endpoint, &project].join("|");
        Some(Remembered::new(self.environment.home().ok()?, &scope))
    }

    /// Where the local CA is kept.
    pub(crate) fn ca_folder(&self) -> Result<PathBuf, Failure> {
        Ok(self.environment.home()?.join("ca"))
    }

    /// AWS's file of profiles.
    pub(crate) fn profiles_file(&self) -> Option<PathBuf> {
        self.environment.aws_file("AWS_CONFIG_FILE", ".aws/config")
    }

    /// AWS's file of credentials, whose headings are profiles too.
    pub(crate) fn credentials_file(&self) -> Option<PathBuf> {
        self.environment.aws_file("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials")
    }

    /// A folder for what must not outlive this process; the caller makes and removes it.
    pub(crate) fn scratch(&self) -> PathBuf {
        self.environment.temporary.join(format!("iw102-{}", uuid::Uuid::new_v4().simple()))
    }

    /// ` --local` where it was typed, and what else a hint's command needs to find the same store.
    pub(crate) fn again_flags(&self) -> &str {
        &self.again
    }

    /// Whether the account is the one that every command has that is told nothing.
    pub(crate) fn has_default_account(&self) -> bool {
        self.account == ACCOUNT_DEFAULT
    }

    /// The command that tells what is wrong with the same project.
    pub(crate) fn check_command(&self) -> String {
        format!("iw102 check{}", self.again.strip_prefix(LOCAL).unwrap_or(&self.again))
    }

    /// A file as a person here calls it: without the folder that they stand in.
    pub(crate) fn shown(&self, file: &Path) -> PathBuf {
        file.strip_prefix(&self.environment.folder).unwrap_or(file).to_owned()
    }

    /// Where relative paths begin.
    pub(crate) fn folder(&self) -> &Path {
        &self.environment.folder
    }
}

/// Refuses what is not `http://HOST` or `https://HOST`. It may hold a password, so it is not repeated; a flag's parser would.
fn check_url(text: &str) -> Result<(), Failure> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match host {
        Some(host) if !host.is_empty() && !host.contains(char::is_whitespace) => Ok(()),
        _ => {
            Err(Failure::usage("--endpoint-url is not the URL of a server")
                .hint("write http://HOST:PORT or https://HOST"))
        }
    }
}

fn again(flags: &GlobalArgs, stage: Option<&str>) -> String {
    let mut text = if flags.local { LOCAL.to_owned() } else { String::new() };
    let mut add = |flag: &str, value: &str| text.extend([" ", flag, " ", &quoted(value)]);
    if let Some(stage) = stage {
        add("--stage", stage);
    }
    if let Some(region) = &flags.region {
        add("--region", region);
    }
    if let Some(profile) = flags.profile.as_ref().filter(|_| !flags.local) {
        add("--profile", profile);
    }
    if let Some(url) = &flags.endpoint_url {
        add("--endpoint-url", &without_user(url));
    }
    for (name, value) in &flags.params {
        add("--param", &format!("{name}={value}"));
    }
    if let Some(file) = &flags.file {
        add("--file", &file.display().to_string());
    }
    text
}

/// A word that a shell takes as one.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "-_./:=@%+,".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// `SERVICE-STAGE-<8 hex digits>`: two checkouts of a project do not share a store.
fn store_name(service: &Service) -> String {
    let folder = service.folder.canonicalize().unwrap_or_else(|_| service.folder.clone());
    let hash = Sha256::digest(folder.as_os_str().as_encoded_bytes());
    let first = u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]);
    let plain = |text: &str| -> String {
        text.chars().map(|letter| if letter.is_ascii_alphanumeric() || letter == '_' { letter } else { '-' }).collect()
    };
    format!("{}-{}-{first:08x}", plain(&service.name), plain(&service.stage))
}

#[cfg(test)]
mod tests;
