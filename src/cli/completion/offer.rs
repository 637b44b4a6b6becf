//! What can stand at the cursor: commands and flags, which the clap tree knows, or names of a kind.

use clap::{Arg, Command, CommandFactory};

use crate::cli::args::Cli;
use crate::cli::commands::help;
use crate::cli::completion::Candidate;
use crate::cli::completion::cursor::{Cursor, Place};

/// What a value names. The value's name in the help says it, so that `[EXEC]` of a new command completes by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// MACHINE
    Machine,
    /// EXEC
    Execution,
    /// `EXEC[/STATE]`
    ExecutionState,
    /// STATE
    State,
    /// What `wait` waits for.
    Until,
    /// FUNCTION
    Function,
    /// `NAME=CMD`
    FunctionProgram,
    /// The name of an API key.
    ApiKey,
    /// The REF of an API key.
    ApiKeyRef,
    /// The REF of a token.
    TokenRef,
    /// STAGE
    Stage,
    /// REGION
    Region,
    /// PROFILE
    Profile,
    /// A command, or a topic of `help`.
    Topic,
    /// METHOD
    Method,
    /// FILE
    File,
    /// FOLDER
    Folder,
    /// A text of the user's own.
    Text,
}

impl Kind {
    /// What the value of an argument names.
    pub(super) fn of(command: &Command, arg: &Arg) -> Self {
        match (value_name(arg), command.get_name()) {
            ("MACHINE" | "MACHINE|ITEM", _) => Self::Machine,
            ("EXEC" | "EXEC|MACHINE", _) => Self::Execution,
            ("EXEC[/STATE]" | "EXEC[/STATE]|ITEM", _) => Self::ExecutionState,
            ("STATE", _) => Self::State,
            ("WHAT", "wait") => Self::Until,
            ("FUNCTION", _) => Self::Function,
            ("NAME=CMD", _) => Self::FunctionProgram,
            ("NAME", "show" | "usage" | "doctor") => Self::ApiKey,
            ("REF", _) if arg.get_id() == "api_key" => Self::ApiKeyRef,
            ("REF", _) => Self::TokenRef,
            ("STAGE", _) => Self::Stage,
            ("REGION", _) => Self::Region,
            ("PROFILE", _) => Self::Profile,

            ("COMMAND|TOPIC", _) => Self::Topic,
            ("METHOD", _) => Self::Method,
            ("FILE", _) => Self::File,
            ("FOLDER", _) => Self::Folder,
            _ => Self::Text,
        }
    }
}

/// The name of a value in the help.
fn value_name(arg: &Arg) -> &str {
    arg.get_value_names().and_then(|names| names.first()).map_or("", |name| name.as_str())
}

/// What a shell is told.
#[derive(Debug)]
pub(super) enum Offer {
    /// The shell itself completes files.
    Files,
    /// The shell itself completes folders.
    Folders,
    /// These.
    Words(Vec<Candidate>),
    /// Names of a kind, which somebody has to be asked for.
    Names(Kind),
}

impl Offer {
    /// What can stand at the cursor.
    pub(super) fn at(cursor: &Cursor) -> Self {
        match cursor.place {
            Place::Elsewhere => Self::Files,
            Place::Word(_) if cursor.command.has_subcommands() => Self::Words(commands(cursor.command)),
            Place::Word(Some(arg)) if is_only_an_item(cursor, arg) => Self::Words(Vec::new()),
            Place::Value(arg) | Place::Word(Some(arg)) => Self::value(cursor, arg),
            Place::Flag | Place::Word(None) => Self::Words(flags(cursor)),
        }
    }

    fn value(cursor: &Cursor, arg: &Arg) -> Self {
        let choices: Vec<Candidate> = arg
            .get_possible_values()
            .iter()
            .filter(|choice| !choice.is_hide_set())
            .map(|choice| Candidate::new(choice.get_name(), choice.get_help().map(first_line).unwrap_or_default()))
            .collect();
        if !choices.is_empty() {
            return Self::Words(choices);
        }
        match Kind::of(cursor.command, arg) {
            Kind::File => Self::Files,
            Kind::Folder => Self::Folders,
            Kind::Method => Self::Words(plain(&["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])),
            Kind::TokenRef => Self::Words(references()),
            Kind::Topic if cursor.values(arg) == 0 => Self::Words(topics()),
            Kind::Topic | Kind::Text => Self::Words(Vec::new()),
            kind => Self::Names(kind),
        }
    }
}

/// Whether the first word, which may be a machine or an execution, was there already: what follows builds the input.
fn is_only_an_item(cursor: &Cursor, arg: &Arg) -> bool {
    value_name(arg).ends_with("|ITEM") && (cursor.values(arg) > 0 || cursor.word.contains('='))
}

fn plain(words: &[&str]) -> Vec<Candidate> {
    words.iter().map(|word| Candidate::new(*word, "")).collect()
}

/// The forms of a REF but the literal, which shows in `ps`.
pub(super) fn references() -> Vec<Candidate> {
    vec![
        Candidate::new("env:", "a variable"),
        Candidate::new("@", "a file that only you can read"),
        Candidate::new("-", "stdin"),
    ]
}

fn commands(command: &Command) -> Vec<Candidate> {
    let shown = command.get_subcommands().filter(|command| !command.is_hide_set());
    shown
        .map(|command| Candidate::new(command.get_name(), command.get_about().map(first_line).unwrap_or_default()))
        .collect()
}

fn topics() -> Vec<Candidate> {
    let mut found = commands(&Cli::command());
    found.extend(help::TOPICS.iter().map(|topic| Candidate::new(topic.name, topic.about)));
    found
}

fn flags(cursor: &Cursor) -> Vec<Candidate> {
    let shown = cursor.command.get_arguments().filter(|arg| !arg.is_hide_set() && !cursor.has(arg));
    shown
        .filter_map(|arg| Some((arg.get_long()?, arg)))
        .map(|(long, arg)| Candidate::new(format!("--{long}"), arg.get_help().map(first_line).unwrap_or_default()))
        .collect()
}

fn first_line(text: &clap::builder::StyledStr) -> String {
    text.to_string().lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Cli, Command, CommandFactory, Kind, value_name};

    /// Values that nobody can know but the user.
    const FREE: [&str; 21] = [
        "REGEX|TEXT",
        "",
        "ADDRESS",
        "CMD",
        "DUR",
        "DUR|auto",
        "DUR|next",
        "ITEM",
        "JMESPATH",
        "JSON|@FILE|-",
        "K=V",
        "METHOD PATH",
        "N",
        "NAME",
        "PATH",
        "PORT",
        "PORT|off",
        "TEXT",
        "URL",
        "real|virtual|xN",
        "WORD",
    ];

    #[test]
    fn every_value_has_a_kind_or_is_free_on_purpose() {
        fn look(command: &Command) {
            for arg in command.get_arguments().filter(|arg| arg.get_possible_values().is_empty()) {
                let takes_value = arg.get_num_args().is_some_and(|range| range.takes_values());
                if takes_value && Kind::of(command, arg) == Kind::Text {
                    let name = value_name(arg);
                    assert!(FREE.contains(&name), "{} {}: is {name} a kind?", command.get_name(), arg.get_id());
                }
            }
            command.get_subcommands().for_each(look);
        }
        let mut root = Cli::command();
        root.build();
        look(&root);
    }
}
