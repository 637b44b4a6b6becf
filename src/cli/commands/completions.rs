//! `iw102 completions`

use clap::{Args, CommandFactory};

use crate::cli::args::Cli;
use crate::cli::completion::{self, Shell};
use crate::cli::failure::Failure;
use crate::ui::printer::Printer;

/// Print the script that completes iw102's words in a shell
#[derive(Debug, Args)]
#[command(after_help = "INSTALL\n  \
    bash         echo 'source <(iw102 completions bash)' >> ~/.bashrc\n  \
    zsh          iw102 completions zsh > \"${fpath[1]}/_iw102\", then start a new zsh\n               \
                 or behind compinit in ~/.zshrc: source <(iw102 completions zsh)\n  \
    fish         iw102 completions fish > ~/.config/fish/completions/iw102.fish\n  \
    elvish       iw102 completions elvish >> ~/.config/elvish/rc.elv\n  \
    PowerShell   iw102 completions powershell >> $PROFILE\n\n\
    The script asks iw102 at each Tab: for commands and flags, and for the names of machines, executions, states, functions,\n\
    API keys, stages and profiles. They come from the project's file, from what iw102 has seen, and with --local from a server\n\
    that runs; nothing is sent to AWS, and no secret is shown.")]
pub(crate) struct CompletionsArgs {
    /// The shell
    shell: Shell,
    /// Print a script that knows commands and flags only and never runs iw102
    #[arg(long = "static")]
    fixed: bool,
}

pub(crate) fn run(args: &CompletionsArgs, printer: Printer) -> Result<(), Failure> {
    if !args.fixed {
        return printer.out(completion::script(args.shell)).map_err(Failure::from);
    }
    let shell = match args.shell {
        Shell::Bash => clap_complete::Shell::Bash,
        Shell::Elvish => clap_complete::Shell::Elvish,
        Shell::Fish => clap_complete::Shell::Fish,
        Shell::Powershell => clap_complete::Shell::PowerShell,
        Shell::Zsh => clap_complete::Shell::Zsh,
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "iw102", &mut script);
    printer.out(&String::from_utf8_lossy(&script)).map_err(Failure::from)
}
