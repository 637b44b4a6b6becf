//! What the process was given besides its words: its variables, its folders, its terminal.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::PathBuf;

use clap::ValueEnum;

use crate::cli::failure::Failure;
use crate::cli::settings::choices::{ColorChoice, Format, FormatChoice};

/// The account where nobody names one, as other emulators have it.
pub(super) const ACCOUNT_DEFAULT: &str = "000000000000";

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
    pub(super) fn get(&self, name: &str) -> Option<&str> {
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

    pub(super) fn format(&self, flag: Option<FormatChoice>) -> Result<Format, Failure> {
        match (flag, self.get("IW102_OUTPUT")) {
            (Some(choice), _) => Ok(choice.format()),
            (None, None) => Ok(Format::Text),
            (None, Some(name)) => Format::from_str(name, true)
                .map_err(|_| Failure::usage(format!("IW102_OUTPUT is `{name}`")).hint("text, json, jsonl or name")),
        }
    }

    /// `IW102_HOME`, else iw102's folder under `XDG_STATE_HOME`, else under `~/.local/state`.
    pub(super) fn home(&self) -> Result<PathBuf, Failure> {
        let path = |name: &str| self.get(name).map(PathBuf::from);
        path("IW102_HOME")
            .or_else(|| path("XDG_STATE_HOME").filter(|path| path.is_absolute()).map(|path| path.join("iw102")))
            .or_else(|| path("HOME").map(|path| path.join(".local/state/iw102")))
            .map(|path| self.folder.join(path))
            .ok_or_else(|| Failure::usage("there is no folder for iw102's state").hint("set IW102_HOME to a folder"))
    }

    /// A file of AWS's own: where a variable says, in which `~` is the user's home, else there.
    pub(super) fn aws_file(&self, name: &str, usual: &str) -> Option<PathBuf> {
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
    pub(super) fn account(&self) -> Result<String, Failure> {
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
