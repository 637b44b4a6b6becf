//! `iw102 history`

use std::time::{Duration, Instant};

use clap::Args;
use serde_json::{Value, json};

use crate::cli::context::{Context, Opening};
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::output::{self, Output};
use crate::cli::settings::Format;
use crate::cli::word;
use crate::engine::history::HistoryEvent;
use crate::ui::history;

/// How often a followed history is looked at.
const PAUSE: Duration = Duration::from_millis(100);

/// Show what an execution did, event by event
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES\n  \
    iw102 history --local                       the newest execution\n  \
    iw102 history order-17 --local -f           events as they come\n  \
    iw102 history --local -o json               as GetExecutionHistory returns it\n  \
    iw102 history --local -q 'events[].type'")]
pub(crate) struct HistoryArgs {
    /// An ARN, a name, last, or MACHINE:last
    #[arg(value_name = "EXEC")]
    word: Option<String>,
    /// The execution, as a flag
    #[arg(long, value_name = "EXEC", conflicts_with = "word")]
    exec: Option<String>,
    /// The newest event first
    #[arg(long, conflicts_with = "follow")]
    reverse: bool,
    /// Print events as they come, until the execution ends
    #[arg(short, long)]
    follow: bool,
}

pub(crate) async fn run(args: HistoryArgs, context: &mut Context) -> Result<(), Failure> {
    let word = word::execution(args.word.or(args.exec).as_deref()).map_err(Failure::usage)?;
    if args.follow {
        context.open(Opening::Following).await?;
        let arn = context.execution_arn(&word).await?;
        return follow(context, &arn).await;
    }
    context.open(Opening::Looking).await?;
    let arn = context.execution_arn(&word).await?;
    let mut events = context.call(async |client| client.execution_history(&arn).await).await?;
    if args.reverse {
        events.reverse();
    }
    let text = whole(context, &events)?;
    context.print_later(&text);
    Ok(())
}

fn whole(context: &Context, events: &[HistoryEvent]) -> Result<String, Failure> {
    let documents: Vec<Value> = events.iter().map(history::to_json).collect();
    Output {
        document: json!({ "events": documents }),
        items: Some("events"),
        text: history::table(events, context.printer.paint_out(), context.settings.width),
        names: output::lines(events.iter().map(|event| event.event_type.as_ref())),
    }
    .render(&context.settings)
}

/// Lines as they come. They are written while the store is open: a stream is not a value that waits for the end.
async fn follow(context: &mut Context, arn: &str) -> Result<(), Failure> {
    let deadline = context.settings.timeout.map(|timeout| Instant::now() + timeout);
    let mut last = 0;
    loop {
        let events = context.call(async |client| client.execution_history_after(arn, last).await).await?;
        let mut ended = false;
        for event in &events {
            last = event.id;
            ended |= is_end(event);
            context.printer.out(&followed(context, event)?)?;
        }
        if ended {
            return Ok(());
        }
        if deadline.is_some_and(|deadline| Instant::now() + PAUSE > deadline) {
            return Err(Failure::text(FailureKind::Timeout, "--timeout is over; the execution is not stopped"));
        }
        context.printer.check_out()?;
        tokio::time::sleep(PAUSE).await;
    }
}

fn followed(context: &Context, event: &HistoryEvent) -> Result<String, Failure> {
    let settings = &context.settings;
    match (&settings.query, settings.format) {
        (Some(query), format) => {
            let format = if format == Format::Json { Format::Jsonl } else { format };
            Ok(output::value(&query.search(&history::to_json(event))?, format))
        }
        (None, Format::Text) => Ok(history::line(event) + "\n"),
        (None, Format::Name) => Ok(format!("{}\n", event.event_type)),
        (None, Format::Json | Format::Jsonl) => Ok(format!("{}\n", history::to_json(event))),
    }
}

fn is_end(event: &HistoryEvent) -> bool {
    let kind = event.event_type.as_ref();
    matches!(kind, "ExecutionSucceeded" | "ExecutionFailed" | "ExecutionTimedOut" | "ExecutionAborted")
}
