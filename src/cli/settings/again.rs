//! The command line of another command that means the same project, store or account.

use crate::aws::without_user;
use crate::cli::args::GlobalArgs;
use crate::cli::settings::Settings;
use crate::cli::settings::environment::ACCOUNT_DEFAULT;

/// What a command for the engine of this binary is typed with.
const LOCAL: &str = " --local";

impl Settings {
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
}

/// The flags that lead another command to the same store or account, as they were typed.
pub(super) fn flags(flags: &GlobalArgs, stage: Option<&str>) -> String {
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
