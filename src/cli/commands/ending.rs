//! What `invoke` and `wait` share: following an execution to its end, telling it, and the exit code of it.

use std::time::{Duration, Instant};

use crate::aws::Execution;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::output::{self, Output};
use crate::cli::settings::Format;
use crate::engine::history::HistoryEvent;
use crate::ui::summary::{Summary, summarize};
use crate::ui::trace::{ErrorSeen, Step, Trace};

/// The first pause between two looks at the history; a local execution is often done by then.
const PAUSE_MIN: Duration = Duration::from_millis(2);
/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_millis(100);

/// An execution that ended.
#[derive(Debug)]
pub(crate) struct Ending {
    pub execution: Execution,
    pub summary: Summary,
    /// The name of the Lambda function whose failure ended it.
    failed_function: Option<String>,
}

/// Follows an execution to its end, showing what it does.
pub(crate) async fn follow(context: &mut Context, arn: &str) -> Result<Ending, Failure> {
    let deadline = context.settings.timeout.map(|timeout| Instant::now() + timeout);
    let mut progress = context.progress();
    let mut how_to_answer = how_to_answer(context, arn);
    let show = |step: &Step| {
        progress.step(step);
        if let Some(line) = how_to_answer.take_if(|_| matches!(step, Step::Waiting { .. })) {
            progress.say(&line);
        }
    };
    let result = to_the_end(context, arn, deadline, show).await;
    drop(progress);
    let events = result?;
    let failed_function = failed_function(&events);
    let mut summary = summarize(&events);
    let execution = described(context, arn).await?;
    summary.duration = execution.took().unwrap_or(summary.duration);
    Ok(Ending { execution, summary, failed_function })
}

/// What somebody in another terminal types when a token is waited for; nobody there finds a store that is kept in memory.
fn how_to_answer(context: &Context, arn: &str) -> Option<String> {
    let answer = || {
        let (token, flags) = (context.again("token", arn), context.settings.again_flags());
        format!("  answer it: {token} | iw102 succeed{flags} --token - key=value")
    };
    (!context.settings.memory).then(answer)
}

/// The function behind the last error, where what came before the end is the failure of a Lambda task.
fn failed_function(events: &[HistoryEvent]) -> Option<String> {
    let before = |event: &HistoryEvent| events.iter().rev().find(|one| one.id == event.previous_event_id);
    let mut event = before(events.last()?)?;
    while !event.event_type.ends_with("Scheduled") {
        if event.event_type.ends_with("StateEntered") || event.id == 1 {
            return None;
        }
        event = before(event)?;
    }
    let name = match event.text("resourceType") {
        None => event.text("resource").filter(|_| event.event_type.starts_with("Lambda"))?.to_owned(),
        Some("lambda") => {
            let parameters: serde_json::Value = serde_json::from_str(event.text("parameters")?).ok()?;
            parameters.get("FunctionName")?.as_str()?.to_owned()
        }
        Some(_) => return None,
    };
    // An ARN, with or without a qualifier, or a name.
    let name = name.split_once(":function:").map_or(name.as_str(), |(_, name)| name);
    name.split(':').next().map(ToOwned::to_owned)
}

/// All events, once one of them is the execution's end.
async fn to_the_end(
    context: &mut Context,
    arn: &str,
    deadline: Option<Instant>,
    mut show: impl FnMut(&Step),
) -> Result<Vec<HistoryEvent>, Failure> {
    let (mut events, mut trace, mut pause) = (Vec::new(), Trace::default(), PAUSE_MIN);
    loop {
        let after = trace.last_id();
        let fresh = context.call(async |client| client.execution_history_after(arn, after).await).await?;
        pause = if fresh.is_empty() { (pause * 2).min(PAUSE_MAX) } else { PAUSE_MIN };
        let mut ended = false;
        for event in fresh {
            if let Some(step) = trace.push(&event) {
                ended |= matches!(step, Step::Ended { .. });
                show(&step);
            }
            events.push(event);
        }
        if ended {
            return Ok(events);
        }
        if deadline.is_some_and(|deadline| Instant::now() + pause > deadline) {
            return Err(out_of_time(context));
        }
        tokio::time::sleep(pause).await;
    }
}

/// DescribeExecution, once it knows of the end; on AWS that can be a little after the history does.
async fn described(context: &mut Context, arn: &str) -> Result<Execution, Failure> {
    let mut pause = PAUSE_MIN;
    loop {
        let execution = context.call(async |client| client.describe_execution(arn).await).await?;
        if execution.status != "RUNNING" {
            return Ok(execution);
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSE_MAX);
    }
}

fn out_of_time(context: &Context) -> Failure {
    let goes_on = if context.way_back().is_empty() { "" } else { "; the execution is not stopped" };
    let failure = Failure::text(FailureKind::Timeout, format!("--timeout is over{goes_on}"));
    context.way_back().iter().fold(failure, |failure, hint| failure.hint(hint.clone()))
}

impl Ending {
    /// What is known of an Express execution, which has no history.
    pub(crate) fn of_express(execution: Execution) -> Self {
        let given = |text: &Option<String>| text.clone().unwrap_or_default();
        let error = ErrorSeen { error: given(&execution.error), cause: given(&execution.cause) };
        let statuses = ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"];
        let status = statuses.into_iter().find(|status| *status == execution.status);
        let duration = execution.took().unwrap_or_default();
        let summary = Summary { status, duration, error, ..Summary::default() };
        Self { execution, summary, failed_function: None }
    }

    /// Nothing more can be asked of an execution that is not kept, or that has no history.
    fn is_told_once(&self, context: &Context) -> bool {
        context.settings.memory || self.execution.arn.contains(":express:")
    }

    /// Whether it is told on stderr for people; who asks for JSON gets all of it on stdout.
    fn is_for_people(context: &Context) -> bool {
        matches!(context.settings.format, Format::Text | Format::Name)
    }

    /// Tells the end on stderr and keeps the output for stdout.
    pub(crate) fn tell(&self, context: &mut Context) -> Result<(), Failure> {
        if Self::is_for_people(context) {
            let summary = self.with_described_error();
            context.printer.err(&summary.render(context.printer.paint_err()));
        }
        let text = self.stdout(context).map_err(|failure| self.still_there(context, failure))?;
        context.print_later(&text);
        Ok(())
    }

    /// A query that failed leaves the output where it is.
    fn still_there(&self, context: &Context, failure: Failure) -> Failure {
        if self.is_told_once(context) {
            return failure;
        }
        failure.hint(format!("the execution ended; all of it: {}", context.again("status", &self.execution.arn)))
    }

    /// The output's own bytes; the whole object for `-o json`.
    fn stdout(&self, context: &Context) -> Result<String, Failure> {
        let settings = &context.settings;
        let output = self.execution.output.as_deref();
        match (&settings.query, settings.format, output) {
            (Some(query), Format::Text, Some(text)) => {
                Ok(output::value(&query.search(&output::document(text))?, Format::Text))
            }
            (None, Format::Text, Some(text)) => Ok(format!("{text}\n")),
            (_, Format::Text, None) => Ok(String::new()),
            _ => {
                let document = output::execution(&self.execution, &self.summary);
                let names = format!("{}\n", self.execution.name);
                Output { document, items: None, text: String::new(), names }.render(settings)
            }
        }
    }

    /// An ABORTED or TIMED_OUT execution can have its error in the description only.
    fn with_described_error(&self) -> Summary {
        let mut summary = self.summary.clone();
        let given = |text: &Option<String>| text.clone().unwrap_or_default();
        if summary.error.error.is_empty() && summary.error.cause.is_empty() {
            summary.error.error = given(&self.execution.error);
            summary.error.cause = given(&self.execution.cause);
        }
        summary
    }

    /// The failure that the end stands for: of `--expect-state`, else of its status.
    pub(crate) fn verdict(&self, context: &Context, expected: Option<&str>) -> Result<(), Failure> {
        if let Some(failure) = self.elsewhere(expected) {
            return Err(failure);
        }
        let kind = match self.execution.status.as_str() {
            "SUCCEEDED" => return Ok(()),
            "TIMED_OUT" => FailureKind::ExecutionTimedOut,
            "ABORTED" => FailureKind::ExecutionAborted,
            _ => FailureKind::ExecutionFailed,
        };
        let failure = Failure::text(kind, self.sentence());
        let failure = if self.is_told_once(context) {
            failure
        } else {
            failure.hint(context.again("history", &self.execution.arn))
        };
        let failure = self.function_hint(context).into_iter().fold(failure, Failure::hint);
        Err(if Self::is_for_people(context) { failure.told() } else { failure })
    }

    /// What helps where a Lambda function was the reason: to give it, or to read what it printed.
    fn function_hint(&self, context: &Context) -> Option<String> {
        let physical = self.failed_function.as_deref()?;
        let mut functions = context.service.iter().flat_map(|service| &service.functions);
        let known = functions.find(|function| function.name == physical);
        let name = known.map_or(physical, |function| &function.logical_id);
        match self.summary.error.error.as_str() {
            "Lambda.ResourceNotFoundException" => Some(format!(
                "give it: --function {name}=CMD, where CMD reads the event and prints the result; or set \
                     AWS_ENDPOINT_URL_LAMBDA to where it is"
            )),
            _ if context.settings.memory => None,
            _ => Some(context.again("logs", name)),
        }
    }

    fn elsewhere(&self, expected: Option<&str>) -> Option<Failure> {
        let expected = expected?;
        let ended = self.summary.final_state.as_deref().unwrap_or("no state");
        let failure = || {
            let text = format!("the execution ended in {ended}, not in {expected} ({})", self.execution.status);
            Failure::text(FailureKind::OtherState, text)
        };
        (ended != expected).then(failure)
    }

    /// The end in one line, for `-o json`.
    fn sentence(&self) -> String {
        let summary = self.with_described_error();
        let mut text = format!("the execution {} is {}", self.execution.name, self.execution.status);
        for part in [&summary.error.error, &summary.error.cause] {
            if !part.is_empty() {
                text += ": ";
                text += part;
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Timestamp;

    fn ending(status: &str, state: &str) -> Ending {
        let execution = Execution {
            arn: "arn".into(),
            state_machine_arn: "machine".into(),
            name: "one".into(),
            status: status.into(),
            started: Timestamp(0),
            stopped: None,
            input: None,
            output: None,
            error: Some("E".into()),
            cause: None,
        };
        Ending {
            execution,
            summary: Summary { final_state: Some(state.into()), ..Summary::default() },
            failed_function: None,
        }
    }

    #[test]
    fn an_expected_state_decides_first() {
        assert!(ending("SUCCEEDED", "Done").elsewhere(Some("Done")).is_none());
        assert!(ending("SUCCEEDED", "Done").elsewhere(None).is_none());
        let failure = ending("SUCCEEDED", "TimeoutState").elsewhere(Some("Done")).unwrap();
        assert_eq!(failure.kind.exit_code(), 6);
        assert_eq!(failure.message(), "the execution ended in TimeoutState, not in Done (SUCCEEDED)");
    }

    #[test]
    fn the_sentence_has_the_described_error() {
        assert_eq!(ending("ABORTED", "Wait").sentence(), "the execution one is ABORTED: E");
    }
}
