//! `iw102 history`

mod sieve;

use clap::Args;
use serde_json::{Value, json};

use crate::aws::{HistoryCursor, RecordedEvent};
use crate::cli::commands::history::sieve::Sieve;
use crate::cli::context::{Context, Opening};
use crate::cli::failure::Failure;
use crate::cli::following::execution::Followed;
use crate::cli::following::patience::Known;
use crate::cli::following::watch::Watch;
use crate::cli::output;
use crate::cli::settings::{Format, Settings};
use crate::cli::word;
use crate::engine::Timestamp;
use crate::ui::history::{self, Rows};
use crate::ui::printer::Printer;

/// Show what an execution did, event by event
///
/// -o table is the default; -o jsonl gives one event a line; -o raw gives the events as the service wrote them, times as
/// numbers and documents as text.
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES\n  \
    iw102 history                        the newest execution\n  \
    iw102 history order-17 -f            events as they come\n  \
    iw102 history order-17 --state Pay   events of one state\n  \
    iw102 history --grep 'Failed|Error'  events that hold a text\n  \
    iw102 history -o json                times and documents in full\n  \
    iw102 history -o raw                 as GetExecutionHistory returns it\n  \
    iw102 history -q 'events[].type'\n  \
    iw102 history --local                on the engine inside iw102")]
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
    /// Only the events of this state, at any depth, with what happened within it
    #[arg(long, value_name = "STATE")]
    state: Option<String>,
    /// Only events whose type, state or details hold this regular expression or text
    #[arg(long, value_name = "REGEX|TEXT")]
    grep: Option<String>,
}

pub(crate) async fn run(args: HistoryArgs, context: &mut Context) -> Result<(), Failure> {
    let word = word::execution(args.word.as_deref().or(args.exec.as_deref())).map_err(Failure::usage)?;
    if context.settings.raw && context.settings.query.is_some() {
        return Err(Failure::usage("-o raw is as the service wrote it; --query asks a document of ours")
            .hint("leave one of the two out; -o json has the same events for --query"));
    }
    context.open(if args.follow { Opening::Following } else { Opening::Looking }).await?;
    let arn = context.execution_arn(&word).await?;
    let watch = Watch::new(context, Known::of(context, &word, &arn));
    let mut sieve = Sieve::new(args.state, args.grep);
    if args.follow {
        follow(context, watch, &mut sieve, arn).await?;
    } else {
        whole(context, watch, &mut sieve, &arn, args.reverse).await?;
    }
    if let Some(text) = sieve.found_nothing() {
        context.say(&text);
    }
    Ok(())
}

/// All of it, page by page. Lines leave as they come where no store has to be closed before stdout is written.
async fn whole(
    context: &mut Context,
    mut watch: Watch,
    sieve: &mut Sieve,
    arn: &str,
    reverse: bool,
) -> Result<(), Failure> {
    let (mut cursor, mut sheet) = (HistoryCursor::default(), Sheet::new(&context.settings));
    let is_streamed = !reverse && !context.settings.local && matches!(sheet.kind, Kind::Lines);
    while !cursor.is_at_end() {
        let (page, next) = watch.call(context, async |client| client.next_history(arn, &cursor).await).await?;
        cursor = next;
        for recorded in page {
            sheet.take(recorded, sieve);
        }
        if is_streamed {
            context.printer.out(&sheet.drain())?;
        }
    }
    let text = sheet.finish(reverse, &context.settings, context.printer)?;
    context.print_later(&text);
    Ok(())
}

/// A history on its way to stdout. Of an event only what is printed is kept.
struct Sheet {
    kind: Kind,
    raw: bool,
    format: Format,
    /// When the execution began.
    start: Option<Timestamp>,
    rows: Rows,
    lines: Vec<String>,
    values: Vec<Value>,
}

/// What an event becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A row of the table.
    Row,
    /// A line.
    Lines,
    /// A member of a document that is printed.
    Document,
    /// A member of a document that is asked.
    Asked,
}

impl Sheet {
    fn new(settings: &Settings) -> Self {
        let kind = match (&settings.query, settings.format) {
            (Some(_), _) => Kind::Asked,
            (None, Format::Text) => Kind::Row,
            (None, Format::Name | Format::Jsonl) => Kind::Lines,
            (None, Format::Json) => Kind::Document,
        };
        let (raw, format) = (settings.raw, settings.format);
        Self { kind, raw, format, start: None, rows: Rows::new(), lines: Vec::new(), values: Vec::new() }
    }

    fn take(&mut self, recorded: RecordedEvent, sieve: &mut Sieve) {
        let start = *self.start.get_or_insert(recorded.event.timestamp);
        if !sieve.takes(&recorded.event) {
            return;
        }
        match self.kind {
            Kind::Row => self.rows.push(&recorded.event, start),
            Kind::Lines if self.format == Format::Name => self.lines.push(recorded.event.event_type.into_owned()),
            Kind::Lines => self.lines.push(history::to_json(recorded.event).to_string()),
            Kind::Document if self.raw => self.lines.push(recorded.raw.get().to_owned()),
            Kind::Document => self.lines.push(format!("{:#}", history::to_json(recorded.event))),
            Kind::Asked => self.values.push(history::to_json(recorded.event)),
        }
    }

    /// The lines that are there, which are forgotten.
    fn drain(&mut self) -> String {
        self.lines.drain(..).fold(String::new(), |text, line| text + &line + "\n")
    }

    /// The bytes for stdout.
    fn finish(mut self, reverse: bool, settings: &Settings, printer: Printer) -> Result<String, Failure> {
        if reverse {
            self.rows.reverse();
            self.lines.reverse();
            self.values.reverse();
        }
        Ok(match (self.kind, &settings.query) {
            (Kind::Row, _) => self.rows.render(printer.paint_out(), settings.width),
            (Kind::Lines, _) => self.drain(),
            (Kind::Asked, Some(query)) => {
                output::value(&query.search(&json!({ "events": self.values }))?, settings.format)
            }
            (Kind::Document | Kind::Asked, _) => document(&self.lines),
        })
    }
}

/// `{"events":[…]}` around events that are JSON already, indented as `-o json` is.
fn document(events: &[String]) -> String {
    if events.is_empty() {
        return "{\n  \"events\": []\n}\n".to_owned();
    }
    let mut text = String::from("{\n  \"events\": [");
    for (at, event) in events.iter().enumerate() {
        text += if at == 0 { "\n" } else { ",\n" };
        for (line, part) in event.lines().enumerate() {
            text += if line == 0 { "    " } else { "\n    " };
            text += part;
        }
    }
    text + "\n  ]\n}\n"
}

/// Lines as they come. They are written while the store is open: a stream is not a value that waits for the end.
async fn follow(context: &mut Context, mut watch: Watch, sieve: &mut Sieve, arn: String) -> Result<(), Failure> {
    context.set_way_back(vec![context.again("history -f", &arn)]);
    let mut followed = Followed::new(arn);
    loop {
        let news = followed.look(context, &mut watch).await?;
        let is_news = !news.is_empty();
        for seen in news {
            if sieve.takes(&seen.recorded.event) {
                context.printer.out(&line(&context.settings, seen.recorded)?)?;
            }
        }
        if followed.ended().is_some() {
            return Ok(());
        }
        context.printer.check_out()?;
        let hurry = followed.hurry(&watch);
        watch.pause(context, 1, is_news, hurry).await?;
    }
}

fn line(settings: &Settings, recorded: RecordedEvent) -> Result<String, Failure> {
    let event = recorded.event;
    match (&settings.query, settings.format) {
        (Some(query), format) => {
            let format = if format == Format::Json { Format::Jsonl } else { format };
            Ok(output::value(&query.search(&history::to_json(event))?, format))
        }
        (None, Format::Text) => Ok(history::line(&event) + "\n"),
        (None, Format::Name) => Ok(format!("{}\n", event.event_type)),
        (None, Format::Json) if settings.raw => Ok(format!("{}\n", recorded.raw)),
        (None, Format::Json | Format::Jsonl) => Ok(format!("{}\n", history::to_json(event))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_as_any_other_json_of_ours() {
        let events = [json!({"id": 1, "details": {"name": "A\nB"}}), json!({"id": 2})];
        let texts: Vec<String> = events.iter().map(|event| format!("{event:#}")).collect();
        assert_eq!(document(&texts), format!("{:#}\n", json!({ "events": events })));
        assert_eq!(document(&[]), format!("{:#}\n", json!({"events": []})));
    }
}
