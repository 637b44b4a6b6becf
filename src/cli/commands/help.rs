//! `iw102 help`

mod environment;
mod secrets;

use clap::{Args, Command, CommandFactory};

use crate::asl::diagnostic::nearest;
use crate::cli::args::Cli;
use crate::cli::failure::{Failure, exit_codes_text};
use crate::ui::printer::Printer;

/// A topic that is no command.
pub(crate) struct Topic {
    /// Its word.
    pub name: &'static str,
    /// One line.
    pub about: &'static str,
    text: fn() -> String,
}

impl Topic {
    /// What is to be said about it.
    pub(crate) fn text(&self) -> String {
        (self.text)()
    }
}

/// All of them.
pub(crate) const TOPICS: [Topic; 3] = [
    Topic { name: "environment", about: "the variables that iw102 reads", text: environment::text },
    Topic { name: "exit-codes", about: "what the exit codes mean", text: exit_codes_text },
    Topic {
        name: "secrets",
        about: "how API keys and task tokens are given and kept",
        text: || secrets::TEXT.to_owned(),
    },
];

/// The topic of this name.
fn topic(name: &str) -> Option<&'static Topic> {
    TOPICS.iter().find(|topic| topic.name == name)
}

/// Show the help of a command, or of a topic: environment, exit-codes, secrets
#[derive(Debug, Args)]
pub(crate) struct HelpArgs {
    /// A command (clock advance: and what it does), or environment, exit-codes, secrets
    #[arg(value_name = "COMMAND|TOPIC")]
    topic: Vec<String>,
}

pub(crate) fn run(args: &HelpArgs, printer: Printer) -> Result<(), Failure> {
    let words: Vec<&str> = args.topic.iter().map(String::as_str).collect();
    let found = if let [word] = words.as_slice() { topic(word) } else { None };
    let text = if let Some(topic) = found {
        topic.text()
    } else {
        let help = command_help(&words)?;
        if printer.paint_out().is_colored() { help.ansi().to_string() } else { help.to_string() }
    };
    printer.out(&text).map_err(Failure::from)
}

fn command_help(topic: &[&str]) -> Result<clap::builder::StyledStr, Failure> {
    let mut root = Cli::command();
    root.build();
    let mut command = &mut root;
    for (depth, word) in topic.iter().enumerate() {
        // Made before it is known to be needed: what is found keeps the command borrowed.
        let missing = unknown(&topic[..=depth], command);
        command = command.find_subcommand_mut(word).ok_or(missing)?;
    }
    Ok(command.render_long_help())
}

fn unknown(topic: &[&str], command: &Command) -> Failure {
    let (word, is_first) = (topic.last().copied().unwrap_or_default(), topic.len() == 1);
    let topics = TOPICS.iter().filter(|_| is_first).map(|topic| topic.name);
    let shown = command.get_subcommands().filter(|command| !command.is_hide_set());
    let topics = shown.map(Command::get_name).chain(topics);
    let hint = match nearest(word, topics) {
        Some(near) => format!("did you mean {near}?"),
        None => "iw102 --help lists all commands".into(),
    };
    Failure::usage(format!("there is no help about `{}`", topic.join(" "))).hint(hint)
}
