//! `iw102 logs`

use std::collections::HashSet;
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::{Value, json};

use crate::asl::diagnostic::nearest;
use crate::aws::logs::{LogEvent, LogQuery, group_of};
use crate::cli::context::{Context, Opening};
use crate::cli::duration;
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::output::{self, Output};
use crate::cli::settings::{Format, Settings};
use crate::engine::Timestamp;
use crate::ui::table::one_line;

/// How often a followed log of this machine's engine is looked at.
const LOCAL_PAUSE: Duration = Duration::from_millis(200);
/// How often one on AWS is looked at while lines come, and at last when none do.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(5));
/// FilterLogEvents may be called five times a second, by all of an account in a region.
const BETWEEN_CALLS: Duration = Duration::from_millis(200);
/// Without --since, so much of a log on AWS is read, as `aws logs tail` does: a whole log may take hours.
const SINCE_DEFAULT: Duration = Duration::from_mins(10);
/// On AWS a line may arrive after a later one: a look begins so much before the newest line.
const LATE: i64 = 10_000;
/// Who reads so many pages is told that it goes on.
const PAGES_SILENT: usize = 25;
/// Names that are listed where one is not found.
const NAMES_MAX: usize = 10;

/// Show what a Lambda function printed
///
/// On AWS the last 10 minutes, unless --since says otherwise.
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES\n  \
    iw102 logs greet -f                      lines as they come, from CloudWatch Logs\n  \
    iw102 logs greet --since 2h --filter ERROR\n  \
    iw102 logs greet --local -f --since 5m\n  \
    iw102 logs greet --local -o jsonl")]
pub(crate) struct LogsArgs {
    /// The function: its name in serverless.yml, or its whole name
    #[arg(value_name = "FUNCTION")]
    function: String,
    /// Print lines as they come
    #[arg(short, long)]
    follow: bool,
    /// Only what was printed in the last DUR [default: all; on AWS 10m]
    #[arg(long, value_name = "DUR", value_parser = duration::parse)]
    since: Option<Duration>,
    /// Only lines that this filter pattern of CloudWatch Logs matches: ERROR, "a phrase", { $.level = "error" }
    #[arg(long, value_name = "TEXT", alias = "filter-pattern")]
    filter: Option<String>,
}

pub(crate) async fn run(args: LogsArgs, context: &mut Context) -> Result<(), Failure> {
    // Who follows stays, and is the owner of others meanwhile: their tasks must be done.
    context.open(if args.follow { Opening::Following } else { Opening::Looking }).await?;
    let since = args.since.or_else(|| (!context.settings.local).then_some(SINCE_DEFAULT));
    let query = LogQuery {
        group: group_of(&physical_name(context, &args.function)),
        since: since.map(|since| {
            let milliseconds = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
            Timestamp(Timestamp::now().0.saturating_sub(milliseconds))
        }),
        filter: args.filter.clone(),
    };
    let deadline = context.settings.timeout.map(|timeout| Instant::now() + timeout);
    let mut reader = Reader::new(query, if context.settings.local { 0 } else { LATE });
    if args.follow {
        return follow(&args, reader, deadline, context).await;
    }
    let mut events = Vec::new();
    loop {
        let page = reader.page(context).await;
        let page = match page {
            Err(failure) if failure.kind == FailureKind::NotFound => {
                return Err(not_found(context, &args, failure).await);
            }
            page => page?,
        };
        events.extend(page);
        if !reader.has_more() {
            break;
        }
        reader.say_so(events.len(), context);
        reader.pace(deadline, context).await?;
    }
    let text = whole(&context.settings, &events)?;
    context.print_later(&text);
    if events.is_empty() && context.settings.format == Format::Text {
        context.printer.err_line(nothing(&args, context.settings.local));
    }
    Ok(())
}

fn nothing(args: &LogsArgs, is_local: bool) -> &'static str {
    match (args.since, is_local) {
        (None, false) => "no lines in the last 10 minutes; more: --since 2h",
        (None, true) => "no lines",
        (Some(_), _) => "no lines since then",
    }
}

/// Prints lines as they come, until somebody interrupts.
async fn follow(
    args: &LogsArgs,
    mut reader: Reader,
    deadline: Option<Instant>,
    context: &mut Context,
) -> Result<(), Failure> {
    let (mut streams, mut pause, mut is_missing) = (HashSet::new(), pauses(context).0, false);
    loop {
        let page = match reader.page(context).await {
            // The function has not run yet, or its name is wrong: it is said once.
            Err(failure) if failure.kind == FailureKind::NotFound => {
                if !is_missing && !context.settings.local {
                    let failure = not_found(context, args, failure).await;
                    context.printer.err_line(&format!("note: {}; waiting for it", failure.message()));
                    failure.hints.iter().for_each(|hint| context.printer.err_line(&format!("hint:  {hint}")));
                }
                is_missing = true;
                Vec::new()
            }
            // Others of the account call too; who follows has time.
            Err(failure) if failure.kind == FailureKind::Throttled && !context.settings.local => {
                pause = pauses(context).1;
                Vec::new()
            }
            page => page?,
        };
        if !page.is_empty() {
            pause = pauses(context).0;
        }
        for event in page {
            context.printer.out(&followed(&context.settings, &mut streams, &event)?)?;
        }
        if reader.has_more() {
            reader.pace(deadline, context).await?;
            continue;
        }
        if deadline.is_some_and(|deadline| Instant::now() + pause > deadline) {
            return Err(over());
        }
        context.printer.check_out()?;
        tokio::time::sleep(pause).await;
        pause = pause.mul_f64(1.5).min(pauses(context).1);
    }
}

/// Between two looks: at first, and at most.
fn pauses(context: &Context) -> (Duration, Duration) {
    if context.settings.local { (LOCAL_PAUSE, LOCAL_PAUSE) } else { PAUSES }
}

fn over() -> Failure {
    Failure::text(FailureKind::Timeout, "--timeout is over")
}

/// Where a reader of a log stands.
struct Reader {
    query: LogQuery,
    /// How many milliseconds after a later line a line may arrive.
    late: i64,
    /// The ids and times of events that the next look finds again.
    seen: HashSet<(String, Timestamp)>,
    /// The newest event of all looks.
    newest: Option<Timestamp>,
    /// How to go on with the look that runs.
    token: Option<String>,
    pages: usize,
}

impl Reader {
    fn new(query: LogQuery, late: i64) -> Self {
        Self { query, late, seen: HashSet::new(), newest: None, token: None, pages: 0 }
    }

    /// The events of the next page that were not read before. A page may have none and not be the last.
    async fn page(&mut self, context: &mut Context) -> Result<Vec<LogEvent>, Failure> {
        let (query, token) = (&self.query, self.token.take());
        let page = context.call(async |client| client.filter_log_events(query, token.as_deref()).await).await?;
        self.pages += 1;
        self.token = page.next_token;
        Ok(self.fresh(page.events))
    }

    /// Whether the look that runs has another page.
    fn has_more(&self) -> bool {
        self.token.is_some()
    }

    /// Takes what was read before away, and remembers the rest as long as another look can find it.
    fn fresh(&mut self, mut events: Vec<LogEvent>) -> Vec<LogEvent> {
        events.retain(|event| self.seen.insert((event.id.clone(), event.timestamp)));
        self.newest = events.iter().map(|event| event.timestamp).chain(self.newest).max();
        // The next page of a look goes on with the same bounds.
        if let Some(newest) = self.newest.filter(|_| self.token.is_none()) {
            let from = Timestamp(newest.0.saturating_sub(self.late));
            let since = self.query.since.map_or(from, |since| since.max(from));
            self.query.since = Some(since);
            self.seen.retain(|(_, at)| *at >= since);
        }
        events
    }

    /// Says that a long log is still being read.
    fn say_so(&self, lines: usize, context: &Context) {
        if self.pages.is_multiple_of(PAGES_SILENT) && context.settings.format == Format::Text {
            let pages = self.pages;
            context
                .printer
                .err_line(&format!("note: {lines} lines in {pages} pages so far; a smaller --since reads less"));
        }
    }

    /// Waits between two pages, as AWS asks of its callers.
    async fn pace(&self, deadline: Option<Instant>, context: &Context) -> Result<(), Failure> {
        if deadline.is_some_and(|deadline| Instant::now() > deadline) {
            return Err(over());
        }
        if !context.settings.local {
            tokio::time::sleep(BETWEEN_CALLS).await;
        }
        Ok(())
    }
}

fn physical_name(context: &Context, word: &str) -> String {
    let functions = context.service.iter().flat_map(|service| &service.functions);
    let mut named = functions.filter(|function| function.logical_id == word);
    named.next().map_or_else(|| word.to_owned(), |function| function.name.clone())
}

async fn not_found(context: &Context, args: &LogsArgs, failure: Failure) -> Failure {
    let functions = context.service.iter().flat_map(|service| &service.functions);
    let names: Vec<&str> = functions.map(|function| function.logical_id.as_str()).collect();
    let text = format!("there is no log of a function {}", args.function);
    let is_of_project = names.contains(&args.function.as_str());
    if !context.settings.local {
        return not_found_on_aws(context, args, is_of_project, Failure { error: anyhow::Error::msg(text), ..failure })
            .await;
    }
    let hint = match nearest(&args.function, names.iter().copied()) {
        Some(name) if name == args.function => "it has not run yet".to_owned(),
        Some(name) => format!("did you mean {name}?"),
        None if names.is_empty() => "a function's log begins when it first runs".to_owned(),
        None => format!("the project has: {}", names.join(", ")),
    };
    Failure { error: anyhow::Error::msg(text), ..failure }.hint(hint)
}

/// A log on AWS begins with the first run; else the name, the stage or the region is another one.
async fn not_found_on_aws(context: &Context, args: &LogsArgs, is_of_project: bool, failure: Failure) -> Failure {
    let name = physical_name(context, &args.function);
    let Ok(client) = context.client() else { return failure };
    let region = &client.connection().region().value;
    let text = format!("there is no log group {} in {region}", group_of(&name));
    let failure = Failure { error: anyhow::Error::msg(text), ..failure };
    // Those of the project's stage, else those that begin alike.
    let stage = context.service.as_ref().map(|service| format!("{}-{}-", service.name, service.stage));
    let beginning = stage.filter(|stage| name.starts_with(stage.as_str()));
    let beginning = beginning.unwrap_or_else(|| name.split('-').next().unwrap_or_default().to_owned());
    let logged = client.logged_functions(&beginning).await.unwrap_or_default();
    let failure = match nearest(&name, logged.iter().map(String::as_str)) {
        Some(near) => failure.hint(format!("did you mean {near}?")),
        None if is_of_project => {
            failure.hint("it has not run yet, or the stage or the region is another one (--stage, --region)")
        }
        None => failure.hint("a function's log begins when it first runs; is the region right (--region)?"),
    };
    if logged.is_empty() {
        return failure;
    }
    let more = if logged.len() > NAMES_MAX { ", …" } else { "" };
    let names: Vec<&str> = logged.iter().take(NAMES_MAX).map(String::as_str).collect();
    failure.hint(format!("logs are of: {}{more}", names.join(", ")))
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

    fn reader(late: i64) -> Reader {
        Reader::new(LogQuery { group: "g".into(), since: None, filter: None }, late)
    }

    fn ids(events: &[LogEvent]) -> String {
        events.iter().map(|event| event.id.as_str()).collect()
    }

    #[test]
    fn a_look_begins_at_the_newest_event_and_repeats_none() {
        let mut reader = reader(0);
        assert_eq!(ids(&reader.fresh(vec![event("a", 1), event("b", 2), event("c", 2)])), "abc");
        assert_eq!((reader.query.since, reader.seen.len()), (Some(Timestamp(2)), 2));
        assert_eq!(ids(&reader.fresh(vec![event("b", 2), event("c", 2), event("d", 2)])), "d");
        assert_eq!(ids(&reader.fresh(Vec::new())), "");
        assert_eq!(ids(&reader.fresh(vec![event("d", 2), event("e", 3)])), "e");
        assert_eq!(reader.seen.len(), 1, "only what the next look finds again is kept");
    }

    #[test]
    fn a_line_that_arrives_late_is_found() {
        let mut reader = reader(10);
        assert_eq!(ids(&reader.fresh(vec![event("a", 100)])), "a");
        assert_eq!(reader.query.since, Some(Timestamp(90)));
        assert_eq!(ids(&reader.fresh(vec![event("l", 95), event("a", 100)])), "l");
    }

    #[test]
    fn the_pages_of_a_look_have_the_same_bounds() {
        let mut reader = reader(0);
        reader.token = Some("more".into());
        reader.fresh(vec![event("a", 5)]);
        assert_eq!(reader.query.since, None);
        reader.token = None;
        assert_eq!(ids(&reader.fresh(vec![event("a", 5), event("b", 4)])), "b");
        assert_eq!(reader.query.since, Some(Timestamp(5)));
    }
}
