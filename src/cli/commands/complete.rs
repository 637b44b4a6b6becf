//! `iw102 complete`: what the scripts of `iw102 completions` ask. Nobody types it.

use clap::Args;

use crate::cli::completion::{self, Shell};
use crate::cli::failure::Failure;
use crate::cli::settings::Environment;
use crate::ui::printer::Printer;

/// Print what can stand at the cursor, for the script of a shell
#[derive(Debug, Args)]
pub(crate) struct CompleteArgs {
    /// The shell
    shell: Shell,
    /// bash's COMP_WORDBREAKS
    #[arg(long, value_name = "TEXT", default_value = "", allow_hyphen_values = true)]
    breaks: String,
    /// What stands before the cursor, the program's name included
    #[arg(last = true, value_name = "WORD")]
    words: Vec<String>,
}

pub(crate) fn run(args: CompleteArgs, environment: Environment, printer: Printer) -> Result<(), Failure> {
    printer.out(&completion::answer(args.shell, &args.breaks, args.words, environment)).map_err(Failure::from)
}
