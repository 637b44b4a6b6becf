//! The command line: from words to a command, from a failure to an exit code.
//!
//! Owns: the clap tree ([`args`]), settings ([`settings`]), failures and exit codes ([`failure`]), one file per command
//! ([`commands`]). Must not know: how a request is sent. Start reading at [`main`]; `--version`, `completions`, `man` and
//! `help` end there before anything is loaded.

pub(crate) mod args;
pub(crate) mod commands;
pub(crate) mod context;
pub(crate) mod duration;
pub mod failure;
pub(crate) mod input;
pub(crate) mod items;
pub(crate) mod output;
pub(crate) mod query;
pub(crate) mod settings;
pub(crate) mod signals;
pub(crate) mod word;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use crate::cli::args::{Cli, Command};
use crate::cli::commands::{
    check, clock, completions, help, history, invoke, list, logs, man, start, status, stop, wait,
};
use crate::cli::context::Context;
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::settings::{Environment, Format, Settings};
use crate::ui::printer::Printer;

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    let environment = Environment::of_process();
    let code = match Cli::try_parse_from(&words) {
        Ok(cli) => run(cli, environment),
        Err(error) => not_parsed(&error, &words, &environment),
    };
    ExitCode::from(code)
}

fn run(cli: Cli, environment: Environment) -> u8 {
    let plain = environment.printer(cli.global.color);
    let as_json = environment.wants_json(cli.global.output);
    let result = match cli.command {
        Command::Help(args) => help::run(&args, plain),
        Command::Completions(args) => completions::run(&args, plain),
        Command::Man(args) => man::run(&args, plain),
        command => Settings::resolve(&cli.global, environment).and_then(|settings| with_settings(command, settings)),
    };
    result.map_or_else(|failure| failure.print(plain, as_json), |()| 0)
}

fn with_settings(command: Command, settings: Settings) -> Result<(), Failure> {
    let context = Context::new(settings);
    match command {
        Command::Check(args) => check::run(&args, &context),
        command => {
            context.settings.require_local(command.name())?;
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            let runtime = runtime.map_err(|error| Failure::new(FailureKind::Unexpected, error))?;
            runtime.block_on(until_signal(command, context))
        }
    }
}

/// Runs a command until it ends or a signal asks for its end; either way the store is left in order.
async fn until_signal(command: Command, mut context: Context) -> Result<(), Failure> {
    let result = tokio::select! {
        // In this order: input is read before anything is begun, and until then a signal simply ends the process. Were it
        // listened for already, the end of stdin would have to come before it is heard.
        biased;
        result = dispatch(command, &mut context) => result,
        kind = signals::wait() => Err(context.interrupted(kind)),
    };
    context.close(result).await
}

async fn dispatch(command: Command, context: &mut Context) -> Result<(), Failure> {
    match command {
        Command::Invoke(args) => invoke::run(args, context).await,
        Command::Start(args) => start::run(args, context).await,
        Command::Status(args) => status::run(args, context).await,
        Command::Stop(args) => stop::run(args, context).await,
        Command::Wait(args) => wait::run(args, context).await,
        Command::List(args) => list::run(args, context).await,
        Command::History(args) => history::run(args, context).await,
        Command::Logs(args) => logs::run(args, context).await,
        Command::Clock(args) => clock::run(args, context).await,
        Command::Check(_) | Command::Help(_) | Command::Completions(_) | Command::Man(_) => Ok(()),
    }
}

/// What clap says: help and version on stdout, a mistake on stderr.
fn not_parsed(error: &clap::Error, words: &[OsString], environment: &Environment) -> u8 {
    let printer = environment.printer(settings::ColorChoice::Auto);
    let text = error.render();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let text = if printer.paint_out().is_colored() { text.ansi().to_string() } else { text.to_string() };
            printer.out(&text).map_or_else(|error| Failure::from(error).print(printer, false), |()| 0)
        }
        _ if asks_for_json(words, environment) => {
            let text = text.to_string();
            Failure::usage(text.trim_start_matches("error: ").trim_end()).print(printer, true)
        }
        _ => {
            printer.err(&if printer.paint_err().is_colored() { text.ansi().to_string() } else { text.to_string() });
            FailureKind::Usage.exit_code()
        }
    }
}

/// Whether words that could not be parsed hold `-o json`.
fn asks_for_json(words: &[OsString], environment: &Environment) -> bool {
    let words: Vec<&str> = words.iter().filter_map(|word| word.to_str()).collect();
    let joined = words.iter().any(|word| matches!(*word, "-ojson" | "--output=json" | "-o=json" | "-ojsonl"));
    let pair = words.windows(2).any(|pair| matches!(pair, ["-o" | "--output", "json" | "jsonl"]));
    joined || pair || environment.wants_json(None::<Format>)
}

/// A printer for what is said before settings exist.
impl Environment {
    fn printer(&self, choice: settings::ColorChoice) -> Printer {
        Printer::new(self.color(choice, self.stdout_is_terminal), self.color(choice, self.stderr_is_terminal))
    }
}
