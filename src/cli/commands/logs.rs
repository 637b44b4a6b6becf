//! `iw102 logs`

use std::collections::HashSet;
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};

use crate::asl::diagnostic::nearest;
use crate::aws::logs::{LogEvent, LogQuery, function_of, group_of};
use crate::cli::context::{Context, Opening};
use crate::cli::duration;
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::following::log::Reader;
use crate::cli::following::patience::Known;
use crate::cli::following::watch::Watch;
use crate::cli::output::{self, Output};
use crate::cli::settings::{Format, Settings};
use crate::engine::Timestamp;
use crate::ui::table::one_line;

/// How often a followed log of this machine's engine is looked at.
const LOCAL_PAUSE: Duration = Duration::from_millis(200);
/// How often one on AWS is looked at while lines come, and at last when none do.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(5));
/// Without --since, so much of a log on AWS is read, as `aws logs tail` does: a whole log may take hours.
const SINCE_DEFAULT: Duration = Duration::from_mins(10);
/// On AWS a line may arrive after a later one, and clocks differ: a look begins so many milliseconds before the newest line, and
/// one that has an end goes on so long after now.
const LATE: i64 = 10_000;
/// Who reads so many pages in which nothing is found is told that it goes on.
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

pub(crate) async fn run(mut args: LogsArgs, context: &mut Context) -> Result<(), Failure> {
    // The name of a log group is what one copies from the console.
    if let Some(function) = function_of(&args.function) {
        args.function = function.to_owned();
    }
    // Who follows stays, and is the owner of others meanwhile: their tasks must be done.
    context.open(if args.follow { Opening::Following } else { Opening::Looking }).await?;
    let (is_local, now) = (context.settings.local, Timestamp::now());
    let since = args.since.or_else(|| (!is_local).then_some(SINCE_DEFAULT));
    let query = LogQuery {
        group: group_of(&physical_name(context, &args.function)),
        since: since.map(|since| {
            let milliseconds = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
            Timestamp(now.0.saturating_sub(milliseconds))
        }),
        // Lines that come while one reads have no end. AWS's clock need not be ours; a store's is another one altogether.
        until: (!args.follow && !is_local).then(|| Timestamp(now.0.saturating_add(LATE))),
        filter: args.filter.clone(),
    };
    let reader = Reader::new(query, if is_local { 0 } else { LATE });
    let watch = Watch::new(context, Known::Named);
    if args.follow { follow(&args, reader, watch, context).await } else { print(&args, reader, watch, context).await }
}

/// Prints what there is, page by page where a page can stand alone.
async fn print(args: &LogsArgs, mut reader: Reader, mut watch: Watch, context: &mut Context) -> Result<(), Failure> {
    let is_one_document = context.settings.query.is_some() || context.settings.format == Format::Json;
    let (mut events, mut streams, mut is_empty, mut silent) = (Vec::new(), HashSet::new(), true, 0);
    loop {
        let page = match reader.page(context, &mut watch).await {
            Err(failure) if failure.kind == FailureKind::NotFound => {
                return Err(not_found(context, args, failure).await);
            }
            page => page?,
        };
        is_empty &= page.is_empty();
        silent = if page.is_empty() { silent + 1 } else { 0 };
        if is_one_document {
            events.extend(page);
        } else {
            let lines: Result<String, Failure> =
                page.iter().map(|event| followed(&context.settings, &mut streams, event)).collect();
            print_page(context, &lines?)?;
        }
        if !reader.has_more() {
            break;
        }
        say_so(silent, context);
        reader.pace(context, &watch).await?;
    }
    if is_one_document {
        let text = whole(&context.settings, &events)?;
        context.print_later(&text);
    } else if is_empty && context.settings.format == Format::Text {
        context.printer.err_line(nothing(args, context.settings.local));
    }
    Ok(())
}

/// Prints at once what is read on AWS; a store has to be free for whoever reads stdout.
fn print_page(context: &mut Context, lines: &str) -> Result<(), Failure> {
    if context.settings.local {
        context.print_later(lines);
    } else if !lines.is_empty() {
        context.printer.out(lines)?;
    }
    Ok(())
}

/// Says that a log in which nothing is found is still being read.
fn say_so(silent: usize, context: &Context) {
    if silent > 0 && silent.is_multiple_of(PAGES_SILENT) && context.settings.format == Format::Text {
        context.printer.err_line(&format!("note: no line in {silent} pages; a smaller --since reads less"));
    }
}

fn nothing(args: &LogsArgs, is_local: bool) -> &'static str {
    match (args.since, is_local) {
        (None, false) => "no lines in the last 10 minutes; more: --since 2h",
        (None, true) => "no lines",
        (Some(_), _) => "no lines since then",
    }
}

/// Prints lines as they come, until somebody interrupts.
async fn follow(args: &LogsArgs, mut reader: Reader, mut watch: Watch, context: &mut Context) -> Result<(), Failure> {
    let (mut streams, mut pause, mut is_missing) = (HashSet::new(), pauses(context).0, false);
    loop {
        let page = match reader.page(context, &mut watch).await {
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
            page => page?,
        };
        if !page.is_empty() {
            pause = pauses(context).0;
        }
        for event in page {
            context.printer.out(&followed(&context.settings, &mut streams, &event)?)?;
        }
        if reader.has_more() {
            reader.pace(context, &watch).await?;
            continue;
        }
        context.printer.check_out()?;
        // Others of the account call too; who follows has time.
        watch.rest(context, if watch.pace.is_throttled() { pauses(context).1 } else { pause }).await?;
        pause = pause.mul_f64(1.5).min(pauses(context).1);
    }
}

/// Between two looks: at first, and at most.
fn pauses(context: &Context) -> (Duration, Duration) {
    if context.settings.local { (LOCAL_PAUSE, LOCAL_PAUSE) } else { PAUSES }
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
    let (document, items) = (json!({ "events": events.iter().map(document).collect::<Vec<_>>() }), Some("events"));
    Output { document, items, text: String::new(), names: String::new() }.render(settings)
}

/// An event that is printed by itself; of a stream that was named before, `-o name` says nothing.
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
