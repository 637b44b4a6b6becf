//! The command line: from words to a command, from a failure to an exit code.
//!
//! Owns: the clap tree (`args`), settings (`settings`), failures and exit codes ([`failure`]), one file per command
//! (`commands`). Must not know: how a request is sent. Start reading at [`main`]; `--version`, `completions`, `man` and
//! `help` end there before anything is loaded.

pub(crate) mod api;
pub(crate) mod args;
pub(crate) mod commands;
pub(crate) mod completion;
pub(crate) mod context;
pub(crate) mod duration;
pub mod failure;
pub(crate) mod following;
pub(crate) mod input;
pub(crate) mod items;
pub(crate) mod output;
pub(crate) mod query;
pub(crate) mod remembered;
pub(crate) mod secret;
pub(crate) mod settings;
pub(crate) mod signals;
pub(crate) mod tokens;
pub(crate) mod word;

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use clap::error::{ContextKind, ErrorKind};
use clap::{Parser, ValueEnum};
use tokio::runtime::{Builder, Runtime};

use crate::cli::api::API_KEY_TOOK_A_WORD;
use crate::cli::args::{Cli, Command, GlobalArgs};
use crate::cli::commands::{
    check, clock, complete, completions, dev, endpoints, fail, heartbeat, help, history, http, invoke, keys, list,
    logs, man, open, redrive, start, status, stop, succeed, token, wait, whoami,
};
use crate::cli::context::Context;
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::settings::{ColorChoice, Environment, FormatChoice, Settings};
use crate::ui::printer::Printer;

/// A command that keeps to `--timeout` itself says more; it has so long for that.
const NOTICES_MAX: Duration = Duration::from_millis(250);

/// How many threads the engine of this binary has for what is asynchronous.
const WORKER_THREADS: usize = 2;

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    let environment = Environment::of_process();
    let code = match Cli::try_parse_from(&words) {
        Ok(cli) => run(cli, &words, environment),
        Err(error) => not_parsed(&error, &words, &environment),
    };
    ExitCode::from(code)
}

fn run(cli: Cli, words: &[OsString], environment: Environment) -> u8 {
    let plain = environment.printer(cli.global.color);
    let formats = check_format(&cli);
    // A format that the command does not have is no wish for JSON.
    let as_json = formats.is_ok() && environment.wants_json(cli.global.output);
    let result = match cli.command {
        Command::Help(args) => help::run(&args, plain),
        Command::Complete(args) => complete::run(args, environment, plain),
        Command::Completions(args) => completions::run(&args, plain),
        Command::Man(args) => man::run(&args, plain),
        command => formats.and_then(|()| {
            let global = GlobalArgs { local: cli.global.local || command.is_local(), ..cli.global };
            let settings = Settings::resolve(&global, environment);
            settings.and_then(|settings| with_settings(command, settings.with_words(words)))
        }),
    };
    result.map_or_else(|failure| failure.print(plain, as_json), |()| 0)
}

/// Refuses a format that only a history has.
fn check_format(cli: &Cli) -> Result<(), Failure> {
    let is_of_histories = cli.global.output.is_some_and(FormatChoice::is_of_histories);
    if !is_of_histories || matches!(cli.command, Command::History(_)) {
        return Ok(());
    }
    Err(Failure::usage("-o table and -o raw are formats of iw102 history only")
        .hint("here -o is one of text, json, jsonl, name"))
}

fn with_settings(command: Command, settings: Settings) -> Result<(), Failure> {
    let context = Context::new(settings);
    match command {
        Command::Check(args) => check::run(&args, &context),
        command => {
            context.settings.refuse_local_flags()?;
            let runtime = runtime(context.settings.local)?;
            let result = runtime.block_on(until_signal(command, context));
            // A thread that waits for stdin would be waited for.
            runtime.shutdown_background();
            result
        }
    }
}

/// The engine of this binary serves and works beside the command that asks it. Who asks AWS only waits for answers, and needs
/// no thread to do it.
fn runtime(is_local: bool) -> Result<Runtime, Failure> {
    let mut threads = if is_local { Builder::new_multi_thread() } else { Builder::new_current_thread() };
    let runtime = threads.worker_threads(WORKER_THREADS).enable_all().build();
    runtime.map_err(|error| Failure::new(FailureKind::Unexpected, error))
}

/// Runs a command until it ends or a signal asks for its end; either way the store is left in order.
async fn until_signal(command: Command, mut context: Context) -> Result<(), Failure> {
    if let Command::Dev(args) = command {
        // A signal is its usual end, and the command that runs against it ends first.
        let result = dev::run(args, &mut context).await;
        return context.close(result).await;
    }
    let out_of_patience = out_of_patience(&context.settings);
    let result = tokio::select! {
        // Signals first: they are listened to before the command begins.
        biased;
        kind = signals::wait() => Err(context.interrupted(kind)),
        () = out_of_patience => Err(context.interrupted(FailureKind::Timeout)),
        result = dispatch(command, &mut context) => result,
    };
    context.close(result).await
}

/// Returns when `--timeout` is over and the command has not noticed, because AWS does not answer; never without one. A store
/// of this machine answers, and what it runs for a command is bounded there.
fn out_of_patience(settings: &Settings) -> impl Future<Output = ()> + use<> {
    let limit = settings.timeout.filter(|_| !settings.local).map(|timeout| timeout.saturating_add(NOTICES_MAX));
    async move {
        match limit {
            Some(limit) => tokio::time::sleep(limit).await,
            None => std::future::pending().await,
        }
    }
}

async fn dispatch(command: Command, context: &mut Context) -> Result<(), Failure> {
    match command {
        Command::Invoke(args) => invoke::run(args, context).await,
        Command::Start(args) => start::run(args, context).await,
        Command::Status(args) => status::run(args, context).await,
        Command::Stop(args) => stop::run(args, context).await,
        Command::Redrive(args) => redrive::run(args, context).await,
        Command::Wait(args) => wait::run(args, context).await,
        Command::Token(args) => token::run(args, context).await,
        Command::Heartbeat(args) => heartbeat::run(args, context).await,
        Command::Succeed(args) => succeed::run(args, context).await,
        Command::Fail(args) => fail::run(args, context).await,
        Command::List(args) => list::run(args, context).await,
        Command::History(args) => history::run(args, context).await,
        Command::Logs(args) => logs::run(args, context).await,
        Command::Clock(args) => clock::run(args, context).await,
        Command::Keys(args) => keys::run(args, context).await,
        Command::Endpoints(args) => endpoints::run(args, context).await,
        Command::Http(args) => http::run(args, context).await,
        Command::Open(args) => open::run(args, context).await,
        Command::Whoami(args) => whoami::run(args, context).await,
        Command::Check(_)
        | Command::Dev(_)
        | Command::Help(_)
        | Command::Complete(_)
        | Command::Completions(_)
        | Command::Man(_) => Ok(()),
    }
}

/// What clap says: help and version on stdout, a mistake on stderr.
fn not_parsed(error: &clap::Error, words: &[OsString], environment: &Environment) -> u8 {
    let printer = environment.printer(asks_for_color(words));
    let as_json = asks_for_json(words, environment);
    let text = error.render();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let text = if printer.paint_out().is_colored() { text.ansi().to_string() } else { text.to_string() };
            printer.out(&text).map_or_else(|error| Failure::from(error).print(printer, false), |()| 0)
        }
        kind => {
            let swallowed = kind == ErrorKind::MissingRequiredArgument && api_key_took_a_word(words);
            let hint = if swallowed { Some(API_KEY_TOOK_A_WORD) } else { formats_of_histories(error, words) };
            if as_json {
                let failure = usage_in_short(&text.to_string());
                return hint.into_iter().fold(failure, Failure::hint).print(printer, true);
            }
            printer.err(&if printer.paint_err().is_colored() { text.ansi().to_string() } else { text.to_string() });
            hint.into_iter().fold(Failure::usage("").told(), Failure::hint).print(printer, false)
        }
    }
}

/// Whether `--api-key` has a word behind it, which it takes for the key; METHOD and EXEC are missed then.
fn api_key_took_a_word(words: &[OsString]) -> bool {
    let is_word = |word: &OsString| word.to_str().is_some_and(|word| !word.starts_with('-'));
    words.windows(2).any(|pair| pair[0] == "--api-key" && is_word(&pair[1]))
}

/// The formats that clap does not list, for all commands but one lack them.
fn formats_of_histories(error: &clap::Error, words: &[OsString]) -> Option<&'static str> {
    let mut about = error.context();
    let is_of_output =
        about.any(|(kind, value)| kind == ContextKind::InvalidArg && value.to_string().contains("--output"));
    let is_history = words.iter().any(|word| word == "history");
    (is_of_output && is_history).then_some("a history has two more formats: table and raw")
}

/// clap's paragraphs: the first is the message; its tips are hints; usage and the way to the help are for people.
fn usage_in_short(text: &str) -> Failure {
    let first: Vec<&str> = text.lines().take_while(|line| !line.is_empty()).map(str::trim).collect();
    let first = first.join(" ");
    let failure = Failure::usage(first.strip_prefix("error: ").unwrap_or(&first));
    let tips = text.lines().filter_map(|line| line.trim().strip_prefix("tip: "));
    tips.fold(failure, Failure::hint)
}

/// The `--color` of words that could not be parsed.
fn asks_for_color(words: &[OsString]) -> ColorChoice {
    let words: Vec<&str> = words.iter().filter_map(|word| word.to_str()).collect();
    let pairs = words.windows(2).filter(|pair| pair[0] == "--color").map(|pair| pair[1]);
    let mut choices = words.iter().filter_map(|word| word.strip_prefix("--color=")).chain(pairs);
    choices.find_map(|choice| ColorChoice::from_str(choice, true).ok()).unwrap_or_default()
}

/// Whether words that could not be parsed hold `-o json`.
fn asks_for_json(words: &[OsString], environment: &Environment) -> bool {
    let words: Vec<&str> = words.iter().filter_map(|word| word.to_str()).collect();
    let joined = words.iter().any(|word| matches!(*word, "-ojson" | "--output=json" | "-o=json" | "-ojsonl"));
    let pair = words.windows(2).any(|pair| matches!(pair, ["-o" | "--output", "json" | "jsonl"]));
    joined || pair || environment.wants_json(None::<FormatChoice>)
}

/// A printer for what is said before settings exist.
impl Environment {
    fn printer(&self, choice: ColorChoice) -> Printer {
        Printer::new(self.color(choice, self.stdout_is_terminal), self.color(choice, self.stderr_is_terminal))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_colour_is_read_from_words_that_could_not_be_parsed() {
        let choice = |words: &[&str]| asks_for_color(&words.iter().map(OsString::from).collect::<Vec<_>>());
        assert_eq!(choice(&["iw102", "--color", "never", "x"]), ColorChoice::Never);
        assert_eq!(choice(&["iw102", "x", "--color=always"]), ColorChoice::Always);
        assert_eq!(choice(&["iw102", "--color", "blue"]), ColorChoice::Auto);
        assert_eq!(choice(&["iw102", "--color"]), ColorChoice::Auto);
    }

    #[test]
    fn what_clap_says_is_one_line_and_its_tips_are_hints() {
        let failure = usage_in_short("error: these are missing:\n  <EXEC>\n\n  tip: try this\n\nUsage: iw102\n");
        assert_eq!(failure.message(), "these are missing: <EXEC>");
        assert_eq!(failure.hints, ["try this"]);
    }
}
