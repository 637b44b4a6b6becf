//! Settings: flags > environment > project > default, resolved once.
//!
//! The only place that reads the environment, the home and the terminal: `environment` has them as they are, `choices` what
//! flags can say, `aws` whom a command means on AWS, `store` where a store of this machine is, `again` how another command
//! comes to the same. Start reading at [`Settings`].

mod again;
mod aws;
mod ca;
mod choices;
mod environment;
mod store;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) use self::again::quoted;
pub(crate) use self::ca::CaFile;
pub(crate) use self::choices::{ColorChoice, Format, FormatChoice, TimeChoice};
pub(crate) use self::environment::Environment;
use crate::aws::Sourced;
use crate::aws::names::region_of;
use crate::cli::args::GlobalArgs;
use crate::cli::failure::Failure;
use crate::cli::query::Query;
use crate::engine::ClockMode;
use crate::project::{self, LoadOptions, Service};

/// The region where nobody names one, as the AWS documentation's examples have it.
const REGION_DEFAULT: &str = "us-east-1";

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
    /// The region of an ARN among the words, for where nobody names one.
    region_of_arn: Option<Sourced>,
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
        flags.endpoint_url.as_deref().map_or(Ok(()), |url| aws::check_url("--endpoint-url", url))?;
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
            region_of_arn: None,
            profile: flags.profile.clone(),
            endpoint_url: flags.endpoint_url.clone(),
            account: environment.account()?,
            params: flags.params.iter().cloned().collect(),
            again: again::flags(flags, stage.as_ref().map(|stage| stage.value.as_str())),
            stage,
            environment,
        })
    }

    /// With the words that were typed: an ARN among them tells its region.
    pub(crate) fn with_words(self, words: &[OsString]) -> Self {
        let arn = words.iter().filter_map(|word| word.to_str()).find_map(|word| {
            let service = word.split(':').nth(2).filter(|service| *service == "states");
            service.and_then(|_| region_of(word))
        });
        Self { region_of_arn: arn.map(|region| Sourced::new(region, "the ARN")), ..self }
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
            let source = if service.stage_is_default { "the default".to_owned() } else { self.file_shown() };
            Sourced::new(&service.stage, source)
        };
        self.stage.clone().or_else(|| service.map(of_project))
    }

    /// The project's file as a person here calls it; empty without one.
    pub(crate) fn file_shown(&self) -> String {
        self.file.as_deref().map(|file| self.shown(file).display().to_string()).unwrap_or_default()
    }

    /// Whether stdout is a terminal.
    pub(crate) fn stdout_is_terminal(&self) -> bool {
        self.environment.stdout_is_terminal
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

#[cfg(test)]
mod tests;
