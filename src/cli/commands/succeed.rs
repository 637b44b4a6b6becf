//! `iw102 succeed`

use std::path::PathBuf;

use clap::Args;

use crate::cli::context::Context;
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::input::{self, InputArgs};
use crate::cli::items;
use crate::cli::tokens::answer::{self, Answer};
use crate::cli::tokens::target::TargetArgs;

/// Answer a waiting task token with success: the task's output, {} without one
///
/// Without EXEC and --token it is the only token that waits. Where no other iw102 serves the store, the command stays until the
/// execution cannot go on without waiting.
#[derive(Debug, Args)]
#[command(
    override_usage = "iw102 succeed [OPTIONS] [EXEC[/STATE]] [ITEM]...",
    after_help = "EXAMPLES\n  \
    iw102 succeed status=success                         the only token that waits\n  \
    iw102 succeed order-17/SendWait approved:=true\n  \
    iw102 token --wait 30s | iw102 succeed --token - status=success\n  \
    iw102 succeed --token env:TOKEN -d @answer.json\n  \
    iw102 succeed --local status=success                 of the engine inside iw102"
)]
pub(crate) struct SucceedArgs {
    /// The execution and its state (left out where one token waits), then the output as ITEMs: k=text k:=json k=@file a[b]=c
    #[arg(value_name = "EXEC[/STATE]|ITEM")]
    words: Vec<String>,
    #[command(flatten)]
    target: TargetArgs,
    /// The output as JSON, as @FILE, or - for stdin
    #[arg(short, long, alias = "task-output", value_name = "JSON|@FILE|-", allow_hyphen_values = true)]
    data: Option<String>,
    /// A file that holds the output as JSON
    #[arg(short, long, value_name = "FILE", conflicts_with = "data")]
    path: Option<PathBuf>,
}

pub(crate) async fn run(mut args: SucceedArgs, context: &mut Context) -> Result<(), Failure> {
    let first = args.words.first().is_some_and(|word| !items::is_item(word));
    let word = first.then(|| args.words.remove(0));
    if let Some(word) = word.as_ref().filter(|word| word.starts_with(['{', '[', '"'])) {
        return Err(Failure::usage(format!("`{word}` is not an execution")).hint("a whole document goes to --data"));
    }
    if let Some(word) = args.words.iter().find(|word| !items::is_item(word)) {
        return Err(Failure::usage(format!("`{word}` is not an ITEM"))
            .hint("write KEY=TEXT or KEY:=JSON; a whole document goes to --data"));
    }
    let output = InputArgs { data: args.data, path: args.path };
    if args.target.reads_stdin() && output.reads_stdin() {
        return Err(Failure::usage("--token - and --data - would both read stdin").hint("give one of them as @FILE"));
    }
    let target = args.target.read(word.as_deref(), context, "succeed").await?;
    let read = tokio::task::spawn_blocking(move || input::read_output(&output, &args.words)).await;
    let output = read.map_err(|error| Failure::new(FailureKind::Unexpected, error))??;
    answer::send(context, target, Answer::Success(output)).await
}
