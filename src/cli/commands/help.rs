//! `iw102 help`

use clap::{Args, Command, CommandFactory};

use crate::asl::diagnostic::nearest;
use crate::cli::args::Cli;
use crate::cli::failure::{Failure, exit_codes_text};
use crate::ui::printer::Printer;

/// The topic that is no command.
const EXIT_CODES: &str = "exit-codes";

/// Show the help of a command, or of a topic: exit-codes
#[derive(Debug, Args)]
pub(crate) struct HelpArgs {
    /// A command, or exit-codes
    #[arg(value_name = "COMMAND|TOPIC")]
    topic: Option<String>,
}

pub(crate) fn run(args: &HelpArgs, printer: &Printer) -> Result<(), Failure> {
    let text = match args.topic.as_deref() {
        Some(EXIT_CODES) => exit_codes_text(),
        topic => {
            let help = command_help(topic)?;
            if printer.paint_out().is_colored() { help.ansi().to_string() } else { help.to_string() }
        }
    };
    printer.out(&text).map_err(Failure::from)
}

fn command_help(topic: Option<&str>) -> Result<clap::builder::StyledStr, Failure> {
    let mut root = Cli::command();
    root.build();
    let Some(topic) = topic else { return Ok(root.render_long_help()) };
    match root.find_subcommand_mut(topic) {
        Some(command) => Ok(command.render_long_help()),
        None => Err(unknown(topic, &root)),
    }
}

fn unknown(topic: &str, root: &Command) -> Failure {
    let topics = root.get_subcommands().map(Command::get_name).chain([EXIT_CODES]);
    let hint = match nearest(topic, topics) {
        Some(near) => format!("did you mean {near}?"),
        None => "iw102 --help lists all commands".into(),
    };
    Failure::usage(format!("there is no help about `{topic}`")).hint(hint)
}
