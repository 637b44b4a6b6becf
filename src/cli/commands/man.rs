//! `iw102 man`

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use crate::asl::diagnostic::nearest;
use crate::cli::args::Cli;
use crate::cli::commands::help::{TOPICS, Topic};
use crate::cli::failure::{Failure, FailureKind};
use crate::ui::printer::Printer;

/// Print the manual page, or write the pages of all commands and topics
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES\n  \
    iw102 man | man -l -\n  \
    iw102 man invoke | man -l -\n  \
    iw102 man environment | man -l -\n  \
    iw102 man --out ~/.local/share/man")]
pub(crate) struct ManArgs {
    /// The command or topic (environment, exit-codes, secrets) whose page it is; else iw102's own
    #[arg(value_name = "COMMAND|TOPIC", conflicts_with = "out")]
    command: Option<String>,
    /// Write all pages into this folder: commands into its man1, topics into its man7
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
    write(folder, &pages(root).map_err(unwritable)?).map_err(unwritable)
}

/// Where `man` looks for them, below a folder of manual pages.
fn write(folder: &Path, pages: &[(String, String)]) -> io::Result<()> {
    for (name, text) in pages {
        let section = folder.join(format!("man{}", name.rsplit('.').next().unwrap_or_default()));
        fs::create_dir_all(&section)?;
        fs::write(section.join(name), text)?;
    }
    Ok(())
}

/// The page of one command or topic, as [`pages`] has it.
fn page_of(root: Command, name: &str) -> Result<String, Failure> {
    let files = [format!("iw102-{name}.1"), format!("iw102-{name}.7")];
    let commands = root.get_subcommands().filter(|command| !command.is_hide_set()).map(Command::get_name);
    let known: Vec<String> = commands.chain(TOPICS.iter().map(|topic| topic.name)).map(str::to_owned).collect();
    let found = pages(root).map_err(Failure::from)?.into_iter().find(|(page, _)| files.contains(page));
    found.map(|(_, text)| text).ok_or_else(|| {
        let near = nearest(name, known.iter().map(String::as_str)).map(|near| format!("did you mean {near}?"));
        Failure::usage(format!("there is no page about `{name}`"))
            .hint(near.unwrap_or_else(|| "iw102 --help lists all commands".into()))
    })
}

/// The pages of all commands and topics by file name, `iw102-start.1`, `iw102-secrets.7`.
fn pages(mut root: Command) -> io::Result<Vec<(String, String)>> {
    // The flags of the root are in every command after this, and every page stands for itself.
    root.build();
    let mut pages = vec![("iw102.1".to_owned(), page(&Cli::command())?)];
    for command in root.get_subcommands().filter(|command| !command.is_hide_set()) {
        let name = format!("iw102-{}", command.get_name());
        let versioned = command.clone().version(env!("CARGO_PKG_VERSION"));
        pages.push((format!("{name}.1"), page(&versioned)?));
    }
    pages.extend(TOPICS.iter().map(|topic| (format!("iw102-{}.7", topic.name), topic_page(topic))));
    Ok(pages)
}

/// The page of a topic: its text as `help` prints it, but its title.
fn topic_page(topic: &Topic) -> String {
    let (name, version) = (format!("iw102-{}", topic.name), concat!("iw102 ", env!("CARGO_PKG_VERSION")));
    let text = topic.text();
    let mut page = Roff::new();
    page.control("TH", [name.as_str(), "7", "", version]);
    page.control("SH", ["NAME"]).text([roman(format!("{name} - {}", topic.about))]);
    page.control("SH", ["DESCRIPTION"]).control("nf", []);
    for line in text.lines().skip(2) {
        page.text([roman(line)]);
    }
    page.control("fi", []).control("SH", ["SEE ALSO"]).text([roman("iw102(1)")]);
    page.to_roff()
}

fn page(command: &Command) -> io::Result<String> {
    let mut text = Vec::new();
    // Without a date of its own the page is the same whenever it is made.
    Man::new(command.clone()).date("").render(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
