//! Where on the command line the cursor is: behind which command, in which word, for the value of what.

use std::path::PathBuf;

use clap::{Arg, ArgAction, Command};

use crate::cli::args::{GlobalArgs, pair};
use crate::cli::completion::offer::Kind;

/// What the word at the cursor is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place<'a> {
    /// A command's name, or the value of this positional argument.
    Word(Option<&'a Arg>),
    /// A flag's name.
    Flag,
    /// The value of this flag.
    Value(&'a Arg),
    /// Behind `--`: another program's.
    Elsewhere,
}

/// The place of the cursor on a line.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    /// The innermost command that is named.
    pub(super) command: &'a Command,
    /// What the word at the cursor is.
    pub(super) place: Place<'a>,
    /// `--flag=` where the value is in the same word.
    pub(super) before: String,
    /// What is typed of it.
    pub(super) word: String,
    /// The arguments that were typed before it, with their values.
    given: Vec<(&'a Arg, String)>,
}

/// A line as far as it was walked.
struct Walk<'a> {
    command: &'a Command,
    given: Vec<(&'a Arg, String)>,
    /// The flag whose value comes next.
    pending: Option<&'a Arg>,
    /// How many positional words there were.
    words: usize,
    /// Whether `--` was there.
    escaped: bool,
}

impl<'a> Cursor<'a> {
    /// The cursor behind the last of the words, the first of which is the program.
    pub(super) fn find(root: &'a Command, words: &[String]) -> Option<Self> {
        let (current, before) = words.get(1..)?.split_last()?;
        let mut walk = Walk { command: root, given: Vec::new(), pending: None, words: 0, escaped: false };
        for word in before {
            walk.step(word);
        }
        Some(walk.end(current))
    }

    /// Whether a flag was typed that can be typed only once.
    pub(super) fn has(&self, arg: &Arg) -> bool {
        let repeats = matches!(arg.get_action(), ArgAction::Append | ArgAction::Count);
        !repeats && self.given.iter().any(|(given, _)| given.get_id() == arg.get_id())
    }

    /// How many values a positional argument has already.
    pub(super) fn values(&self, arg: &Arg) -> usize {
        self.given.iter().filter(|(given, _)| given.get_id() == arg.get_id()).count()
    }

    /// The machine that the line names.
    pub(super) fn machine(&self) -> Option<String> {
        let mut named = self.given.iter().filter(|(arg, _)| Kind::of(self.command, arg) == Kind::Machine);
        named.next().map(|(_, value)| value.clone())
    }

    /// The flags of every command, as far as names depend on them; one that is not right counts as not typed.
    pub(super) fn globals(&self) -> GlobalArgs {
        let value = |id: &str| {
            let mut given = self.given.iter().filter(move |(arg, _)| arg.get_id() == id).map(|(_, value)| value);
            given.next().filter(|value| !value.is_empty()).cloned()
        };
        let params = self.given.iter().filter(|(arg, _)| arg.get_id() == "params");
        GlobalArgs {
            local: self.given.iter().any(|(arg, _)| arg.get_id() == "local"),
            stage: value("stage"),
            file: value("file").map(PathBuf::from),
            params: params.filter_map(|(_, text)| pair(text).ok()).collect(),
            region: value("region"),
            profile: value("profile"),
            endpoint_url: value("endpoint_url"),
            ..GlobalArgs::default()
        }
    }
}

impl<'a> Walk<'a> {
    fn step(&mut self, word: &str) {
        if let Some(arg) = self.pending.take()
            && !(is_optional(arg) && word.starts_with('-'))
        {
            self.given.push((arg, word.to_owned()));
        } else if self.escaped {
            self.words += 1;
        } else if word == "--" {
            self.escaped = true;
        } else if let Some(long) = word.strip_prefix("--") {
            self.long(long);
        } else if let Some(shorts) = word.strip_prefix('-').filter(|shorts| !shorts.is_empty()) {
            self.shorts(shorts);
        } else if let Some(command) = self.command.find_subcommand(word).filter(|_| self.words == 0) {
            self.command = command;
        } else {
            let positional = self.positional();
            self.given.extend(positional.map(|arg| (arg, word.to_owned())));
            self.words += 1;
        }
    }

    fn long(&mut self, long: &str) {
        let (name, value) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
        let Some(arg) = long_flag(self.command, name) else { return };
        match value {
            None if takes_value(arg) => {
                self.pending = Some(arg);
                // Typed with its default, unless a value follows.
                self.given.extend(is_optional(arg).then(|| (arg, String::new())));
            }
            value => self.given.push((arg, value.unwrap_or_default().to_owned())),
        }
    }

    /// `-vo json`, `-ojson`
    fn shorts(&mut self, shorts: &str) {
        for (at, short) in shorts.char_indices() {
            let mut arguments = self.command.get_arguments();
            let Some(arg) = arguments.find(|arg| arg.get_short() == Some(short)) else { return };
            let rest = &shorts[at + short.len_utf8()..];
            match (takes_value(arg), rest) {
                (false, _) => self.given.push((arg, String::new())),
                (true, "") => self.pending = Some(arg),
                (true, rest) => return self.given.push((arg, rest.strip_prefix('=').unwrap_or(rest).to_owned())),
            }
        }
    }

    /// The positional argument that the next word is for.
    fn positional(&self) -> Option<&'a Arg> {
        let mut left = self.words;
        for arg in self.command.get_positionals().filter(|arg| !arg.is_last_set()) {
            let values_max = arg.get_num_args().map_or(1, |range| range.max_values());
            if left < values_max {
                return Some(arg);
            }
            left -= values_max;
        }
        None
    }

    fn end(self, current: &str) -> Cursor<'a> {
        let is_flag = current.starts_with('-') && !self.escaped;
        let pending = self.pending.filter(|arg| !(is_optional(arg) && is_flag));
        let assigned = current.strip_prefix("--").filter(|_| is_flag && pending.is_none());
        let assigned = assigned.and_then(|long| long.split_once('='));
        let assigned = assigned.and_then(|(name, value)| Some((long_flag(self.command, name)?, name, value)));
        let (place, before, word) = match (assigned, pending) {
            (Some((arg, name, value)), _) => (Place::Value(arg), format!("--{name}="), value),
            (None, Some(arg)) => (Place::Value(arg), String::new(), current),
            (None, None) if self.escaped => (Place::Elsewhere, String::new(), current),
            (None, None) if is_flag => (Place::Flag, String::new(), current),
            (None, None) => (Place::Word(self.positional()), String::new(), current),
        };
        Cursor { command: self.command, place, before, word: word.to_owned(), given: self.given }
    }
}

/// Whether a flag is complete without its value.
fn is_optional(arg: &Arg) -> bool {
    arg.get_num_args().is_some_and(|range| range.min_values() == 0)
}

fn takes_value(arg: &Arg) -> bool {
    arg.get_num_args().is_some_and(|range| range.takes_values())
}

fn long_flag<'a>(command: &'a Command, name: &str) -> Option<&'a Arg> {
    let is_named = |arg: &&Arg| {
        arg.get_long() == Some(name) || arg.get_all_aliases().is_some_and(|aliases| aliases.contains(&name))
    };
    command.get_arguments().find(is_named)
}
