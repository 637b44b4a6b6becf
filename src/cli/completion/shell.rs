//! The shells: the script of each, how it hands the line over, how it wants to be answered.

use clap::ValueEnum;

use crate::cli::completion::Candidate;
use crate::cli::completion::line::Line;

/// A shell
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    /// 3.2 or newer
    Bash,
    /// 0.18 or newer
    Elvish,
    /// 3.1 or newer
    Fish,
    /// 5.1 or newer
    Powershell,
    /// 5.3 or newer
    Zsh,
}

/// The line that asks the shell to complete files itself. No candidate begins so.
pub(super) const FILES: &str = ":files\n";
/// The line that asks the shell to complete folders itself.
pub(super) const FOLDERS: &str = ":folders\n";

/// The script that makes a shell ask `iw102 complete`: the file that is shipped for it.
pub(crate) fn script(shell: Shell) -> &'static str {
    match shell {
        Shell::Bash => include_str!("../../../completions/iw102.bash"),
        Shell::Elvish => include_str!("../../../completions/iw102.elv"),
        Shell::Fish => include_str!("../../../completions/iw102.fish"),
        Shell::Powershell => include_str!("../../../completions/_iw102.ps1"),
        Shell::Zsh => include_str!("../../../completions/_iw102"),
    }
}

impl Shell {
    /// What a script handed over: bash its line, the others their words.
    pub(super) fn read(self, words: Vec<String>, breaks: &str) -> Line {
        if self == Self::Bash { Line::read(&words.concat(), breaks) } else { Line::of(words) }
    }

    /// A candidate a line: for bash what is to be inserted, for the others the word, a tab, and what it is.
    pub(super) fn write(self, candidates: &[Candidate], line: &Line) -> String {
        let mut text = String::new();
        for candidate in candidates {
            if self == Self::Bash {
                text.push_str(&line.rest_of(&candidate.text));
                // bash closes an open quote itself.
                text.push_str(if candidate.goes_on() || line.quote.is_some() { "" } else { " " });
            } else {
                text.extend([&candidate.text, "\t", &candidate.about]);
            }
            text.push('\n');
        }
        text
    }
}
