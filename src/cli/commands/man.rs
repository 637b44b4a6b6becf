//! `iw102 man`

use std::fs;
use std::io;
use std::path::PathBuf;

use clap::{Args, Command, CommandFactory};
use clap_mangen::Man;

use crate::asl::diagnostic::nearest;
use crate::cli::args::Cli;
use crate::cli::failure::{Failure, FailureKind};
use crate::ui::printer::Printer;

/// Print the manual page, or write the pages of all commands
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES\n  \
    iw102 man | man -l -\n  \
    iw102 man invoke | man -l -\n  \
    iw102 man --out ~/.local/share/man/man1")]
pub(crate) struct ManArgs {
    /// The command whose page it is; else iw102's own
    #[arg(value_name = "COMMAND", conflicts_with = "out")]
    command: Option<String>,
    /// Write all pages into this folder
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

pub(crate) fn run(args: &ManArgs, printer: Printer) -> Result<(), Failure> {
    let root = Cli::command();
    let Some(folder) = &args.out else {
        let text = match &args.command {
            Some(name) => page_of(root, name)?,
            None => page(&root).map_err(Failure::from)?,
        };
        return printer.out(&text).map_err(Failure::from);
    };
    let unwritable = |error: io::Error| {
        let text = format!("cannot write to {}", folder.display());
        Failure::new(FailureKind::Unexpected, anyhow::Error::new(error).context(text))
    };
    fs::create_dir_all(folder).map_err(unwritable)?;
    for (name, text) in pages(root).map_err(unwritable)? {
        fs::write(folder.join(name), text).map_err(unwritable)?;
    }
    Ok(())
}

/// The page of one command, as [`pages`] has it.
fn page_of(root: Command, name: &str) -> Result<String, Failure> {
    let file = format!("iw102-{name}.1");
    let known: Vec<String> = root.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    let found = pages(root).map_err(Failure::from)?.into_iter().find(|(page, _)| *page == file);
    found.map(|(_, text)| text).ok_or_else(|| {
        let near = nearest(name, known.iter().map(String::as_str)).map(|near| format!("did you mean {near}?"));
        Failure::usage(format!("there is no page about `{name}`"))
            .hint(near.unwrap_or_else(|| "iw102 --help lists all commands".into()))
    })
}

/// The pages of all commands by file name, `iw102-start.1`.
fn pages(mut root: Command) -> io::Result<Vec<(String, String)>> {
    // The flags of the root are in every command after this, and every page stands for itself.
    root.build();
    let mut pages = vec![("iw102.1".to_owned(), page(&Cli::command())?)];
    for command in root.get_subcommands().filter(|command| !command.is_hide_set()) {
        let name = format!("iw102-{}", command.get_name());
        let versioned = command.clone().version(env!("CARGO_PKG_VERSION"));
        pages.push((format!("{name}.1"), page(&versioned)?));
    }
    Ok(pages)
}

fn page(command: &Command) -> io::Result<String> {
    let mut text = Vec::new();
    // Without a date of its own the page is the same whenever it is made.
    Man::new(command.clone()).date("").render(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
