//! `iw102 help`

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
}

/// All of them.
pub(crate) const TOPICS: [Topic; 1] = [Topic { name: EXIT_CODES, about: "what each exit code means" }];

const EXIT_CODES: &str = "exit-codes";

/// Show the help of a command, or of a topic: exit-codes
#[derive(Debug, Args)]
pub(crate) struct HelpArgs {
    /// A command (clock advance: and what it does), or exit-codes
    #[arg(value_name = "COMMAND|TOPIC")]
    topic: Vec<String>,
}

pub(crate) fn run(args: &HelpArgs, printer: Printer) -> Result<(), Failure> {
    let topic: Vec<&str> = args.topic.iter().map(String::as_str).collect();
    let text = match topic.as_slice() {
        [EXIT_CODES] => exit_codes_text(),
        topic => {
            let help = command_help(topic)?;
            if printer.paint_out().is_colored() { help.ansi().to_string() } else { help.to_string() }
        }
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
    let topics = command.get_subcommands().map(Command::get_name).chain(is_first.then_some(EXIT_CODES));
    let hint = match nearest(word, topics) {
        Some(near) => format!("did you mean {near}?"),
        None => "iw102 --help lists all commands".into(),
    };
    Failure::usage(format!("there is no help about `{}`", topic.join(" "))).hint(hint)
}
