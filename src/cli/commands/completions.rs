//! `iw102 completions`

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::cli::args::Cli;
use crate::cli::failure::Failure;
use crate::ui::printer::Printer;

/// Print the completions of a shell
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES\n  \
    source <(iw102 completions bash)\n  \
    iw102 completions zsh > \"${fpath[1]}/_iw102\"\n  \
    iw102 completions fish > ~/.config/fish/completions/iw102.fish")]
pub(crate) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(args: &CompletionsArgs, printer: &Printer) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "iw102", &mut script);
    printer.out(&String::from_utf8_lossy(&script)).map_err(Failure::from)
}
