//! `iw102 logs`

use std::collections::HashSet;
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::{Value, json};

use crate::asl::diagnostic::nearest;
use crate::aws::logs::{LogEvent, group_of};
use crate::cli::context::{Context, Opening};
use crate::cli::duration;
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::output::{self, Output};
use crate::cli::settings::{Format, Settings};
use crate::engine::Timestamp;
use crate::ui::table::one_line;

/// How often a followed log is looked at.
const PAUSE: Duration = Duration::from_millis(200);

/// Show what a Lambda function printed
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES\n  \
    iw102 logs greet --local\n  \
    iw102 logs greet --local -f --since 5m\n  \
    iw102 logs greet --local -o jsonl")]
pub(crate) struct LogsArgs {
    /// The function: its name in serverless.yml, or its whole name
    #[arg(value_name = "FUNCTION")]
    function: String,
    /// Print lines as they come
    #[arg(short, long)]
    follow: bool,
    /// Only what was printed in the last DUR
    #[arg(long, value_name = "DUR", value_parser = duration::parse)]
    since: Option<Duration>,
}

pub(crate) async fn run(args: LogsArgs, context: &mut Context) -> Result<(), Failure> {
    // Who follows stays, and is the owner of others meanwhile: their tasks must be done.
    context.open(if args.follow { Opening::Following } else { Opening::Looking }).await?;
    let group = group_of(&physical_name(context, &args.function));
    let since = args.since.map(|since| {
        let milliseconds = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        Timestamp(Timestamp::now().0.saturating_sub(milliseconds))
    });
    let deadline = context.settings.timeout.map(|timeout| Instant::now() + timeout);
    let mut streams = HashSet::new();
    let mut reader = Reader { group, since, seen: HashSet::new() };
    loop {
        let events = reader.read(context, args.follow).await.map_err(|failure| not_found(context, &args, failure))?;
        if !args.follow {
            let text = whole(&context.settings, &events)?;
            context.print_later(&text);
            if events.is_empty() && context.settings.format == Format::Text {
                context.printer.err_line(if since.is_some() { "no lines since then" } else { "no lines" });
            }
            return Ok(());
        }
        for event in events {
            context.printer.out(&followed(&context.settings, &mut streams, &event)?)?;
        }
        if deadline.is_some_and(|deadline| Instant::now() + PAUSE > deadline) {
            return Err(Failure::text(FailureKind::Timeout, "--timeout is over"));
        }
        context.printer.check_out()?;
        tokio::time::sleep(PAUSE).await;
    }
}

/// Where a reader of a log stands.
struct Reader {
    group: String,
    since: Option<Timestamp>,
    /// The ids of events at `since`, which the next look finds again.
    seen: HashSet<String>,
}

impl Reader {
    /// All events that were not read before. A followed group may come to be later.
    async fn read(&mut self, context: &mut Context, follow: bool) -> Result<Vec<LogEvent>, Failure> {
        let (mut fresh, mut token) = (Vec::new(), None::<String>);
        loop {
            let (group, since) = (&self.group, self.since);
            let page =
                context.call(async |client| client.filter_log_events(group, since, token.as_deref()).await).await;
            let page = match page {
                Err(failure) if follow && failure.kind == FailureKind::NotFound => return Ok(fresh),
                page => page?,
            };
            fresh.extend(page.events.into_iter().filter(|event| !self.seen.contains(&event.id)));
            token = page.next_token;
            if token.is_none() {
                self.remember(&fresh);
                return Ok(fresh);
            }
        }
    }

    fn remember(&mut self, events: &[LogEvent]) {
        let Some(newest) = events.iter().map(|event| event.timestamp).max() else { return };
        if self.since != Some(newest) {
            self.seen.clear();
        }
        self.since = Some(newest);
        self.seen.extend(events.iter().filter(|event| event.timestamp == newest).map(|event| event.id.clone()));
    }
}

fn physical_name(context: &Context, word: &str) -> String {
    let functions = context.service.iter().flat_map(|service| &service.functions);
    let mut named = functions.filter(|function| function.logical_id == word);
    named.next().map_or_else(|| word.to_owned(), |function| function.name.clone())
}

fn not_found(context: &Context, args: &LogsArgs, failure: Failure) -> Failure {
    if failure.kind != FailureKind::NotFound {
        return failure;
    }
    let functions = context.service.iter().flat_map(|service| &service.functions);
    let names: Vec<&str> = functions.map(|function| function.logical_id.as_str()).collect();
    let text = format!("there is no log of a function {}", args.function);
    let hint = match nearest(&args.function, names.iter().copied()) {
        Some(name) if name == args.function => "it has not run yet".to_owned(),
        Some(name) => format!("did you mean {name}?"),
        None if names.is_empty() => "a function's log begins when it first runs".to_owned(),
        None => format!("the project has: {}", names.join(", ")),
    };
    Failure { error: anyhow::Error::msg(text), ..failure }.hint(hint)
}

fn whole(settings: &Settings, events: &[LogEvent]) -> Result<String, Failure> {
    let mut seen = HashSet::new();
    let streams = events.iter().map(|event| event.stream.as_str()).filter(|stream| seen.insert(*stream));
    Output {
        document: json!({ "events": events.iter().map(document).collect::<Vec<_>>() }),
        items: Some("events"),
        text: events.iter().map(line).collect(),
        names: output::lines(streams),
    }
    .render(settings)
}

/// An event of a log that is followed; of a stream that was named before, `-o name` says nothing.
fn followed(settings: &Settings, streams: &mut HashSet<String>, event: &LogEvent) -> Result<String, Failure> {
    match (&settings.query, settings.format) {
        (Some(query), format) => {
            let format = if format == Format::Json { Format::Jsonl } else { format };
            Ok(output::value(&query.search(&document(event))?, format))
        }
        (None, Format::Text) => Ok(line(event)),
        (None, Format::Name) if streams.insert(event.stream.clone()) => Ok(format!("{}\n", event.stream)),
        (None, Format::Name) => Ok(String::new()),
        (None, Format::Json | Format::Jsonl) => Ok(format!("{}\n", document(event))),
    }
}

fn line(event: &LogEvent) -> String {
    format!("{}  {}\n", event.timestamp.to_rfc3339(), one_line(&event.message))
}

fn document(event: &LogEvent) -> Value {
    json!({
        "eventId": event.id,
        "timestamp": event.timestamp.to_rfc3339(),
        "message": event.message,
        "logStreamName": event.stream,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: &str, at: i64) -> LogEvent {
        LogEvent { id: id.into(), timestamp: Timestamp(at), message: "m".into(), stream: "s".into() }
    }

    #[test]
    fn only_events_of_the_newest_instant_are_remembered() {
        let mut reader = Reader { group: "g".into(), since: None, seen: HashSet::new() };
        reader.remember(&[event("a", 1), event("b", 2), event("c", 2)]);
        assert_eq!(reader.since, Some(Timestamp(2)));
        assert_eq!(reader.seen, HashSet::from(["b".to_owned(), "c".to_owned()]));
        reader.remember(&[event("d", 2)]);
        assert_eq!(reader.seen.len(), 3);
        reader.remember(&[]);
        assert_eq!(reader.seen.len(), 3);
        reader.remember(&[event("e", 3)]);
        assert_eq!(reader.seen, HashSet::from(["e".to_owned()]));
    }
}
