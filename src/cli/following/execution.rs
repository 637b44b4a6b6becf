//! One execution that is followed: what is new in its history, and whether it has ended.
//!
//! The history and DescribeExecution are each eventually consistent, and an execution that failed can be redriven: then its
//! history goes on behind the event that ended it. So it has ended when the history's end and DescribeExecution agree.

use std::time::{Duration, Instant};

use crate::aws::{Execution, RecordedEvent};
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::following::functions::Functions;
use crate::cli::following::pace::LAG_MAX;
use crate::cli::following::watch::Watch;
use crate::engine::Timestamp;
use crate::engine::history::HistoryEvent;
use crate::ui::summary::{Fold, Summary};
use crate::ui::trace::Step;

/// Events of the first page of a look, which mostly finds nothing.
const PAGE_SMALL: i32 = 20;
/// The same while much happens.
const PAGE_LARGE: i32 = 200;
/// A child of a Distributed Map that failed, and will go on when its parent is redriven.
const PENDING_REDRIVE: &str = "PENDING_REDRIVE";

/// An event, and what it means to somebody who follows.
#[derive(Debug)]
pub(crate) struct Seen {
    pub recorded: RecordedEvent,
    pub step: Option<Step>,
}

/// An execution that is followed.
#[derive(Debug)]
pub(crate) struct Followed {
    /// Its ARN.
    pub arn: String,
    /// Whose steps they are, where several executions are followed; else empty.
    whose: String,
    /// Said once, when a token is waited for.
    how_to_answer: Option<String>,
    fold: Fold,
    functions: Functions,
    page: i32,
    /// What came before this was seen before.
    since: Option<Timestamp>,
    /// The event that ended it, while nothing undoes it.
    end: Option<End>,
    ended: Option<Box<Execution>>,
}

/// An end that the history tells.
#[derive(Debug)]
struct End {
    event: HistoryEvent,
    status: &'static str,
    seen: Instant,
    /// How often DescribeExecution was asked whether it knows.
    asked: u32,
    /// The status that was said to be no end.
    said: Option<String>,
}

impl Followed {
    /// The only execution that is followed.
    pub(crate) fn new(arn: impl Into<String>) -> Self {
        Self {
            arn: arn.into(),
            whose: String::new(),
            how_to_answer: None,
            fold: Fold::default(),
            functions: Functions::default(),
            page: PAGE_SMALL,
            since: None,
            end: None,
            ended: None,
        }
    }

    /// One of several, whose steps are told with its name.
    pub(crate) fn named(self) -> Self {
        Self { whose: self.name().to_owned(), ..self }
    }

    /// Shows nothing of, and takes no end from, what was recorded before.
    pub(crate) fn since(self, since: Timestamp) -> Self {
        Self { since: Some(since), ..self }
    }

    /// With what is said when a token is waited for.
    pub(crate) fn with_answer(self, how_to_answer: Option<String>) -> Self {
        Self { how_to_answer, ..self }
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        self.arn.rsplit(':').next().unwrap_or(&self.arn)
    }

    /// With which name its steps are told; empty where it is the only one.
    pub(crate) fn whose(&self) -> &str {
        &self.whose
    }

    /// What is known of it so far.
    pub(crate) fn fold(&self) -> &Fold {
        &self.fold
    }

    /// DescribeExecution's answer, once it has ended.
    pub(crate) fn ended(&self) -> Option<&Execution> {
        self.ended.as_deref()
    }

    /// What it came to.
    pub(crate) fn summary(&self) -> Summary {
        let mut summary = self.fold.summary();
        if let Some(execution) = &self.ended {
            summary.status = Some(execution.status.clone().into());
            summary.duration = execution.took().unwrap_or(summary.duration);
        }
        summary
    }

    /// The name of the Lambda function whose failure ended it.
    pub(crate) fn failed_function(&self) -> Option<&str> {
        self.functions.of(self.end.as_ref()?.event.previous_event_id)
    }

    /// Within which time it is to be looked at again: soon, where only DescribeExecution is waited for.
    pub(crate) fn hurry(&self, watch: &Watch) -> Option<Duration> {
        let end = self.end.as_ref().filter(|end| self.ended.is_none() && end.said.is_none())?;
        Some(watch.pace.confirming(end.asked))
    }

    /// Looks once: what is new, the end among it once it is confirmed.
    pub(crate) async fn look(&mut self, context: &mut Context, watch: &mut Watch) -> Result<Vec<Seen>, Failure> {
        let mut news = Vec::new();
        if self.ended.is_some() {
            return Ok(news);
        }
        let is_stale = self.end.as_ref().is_some_and(End::is_stale);
        if self.end.is_none() || is_stale {
            news = self.read(context, watch).await?;
        }
        if self.end.is_some() {
            self.confirm(context, watch, is_stale && news.is_empty()).await?;
        }
        Ok(news)
    }

    /// Shows steps as progress.
    pub(crate) fn show(&mut self, watch: &mut Watch, news: &[Seen]) {
        for step in news.iter().filter_map(|seen| seen.step.as_ref()) {
            watch.progress.step(&self.whose, step);
        }
        // A token that was answered in the same page of the history is told no more.
        let waits = self.end.is_none() && self.fold.waiting().next().is_some();
        if let Some(line) = self.how_to_answer.take_if(|_| waits && !news.is_empty()) {
            watch.progress.say(&line);
        }
    }

    async fn read(&mut self, context: &mut Context, watch: &mut Watch) -> Result<Vec<Seen>, Failure> {
        let (arn, after, page) = (self.arn.as_str(), self.fold.last_id(), self.page);
        let news = watch.call(context, async |client| client.history_after(arn, after, page).await).await?;
        watch.count_more(news.calls.saturating_sub(1));
        let is_much = news.events.len() > usize::try_from(PAGE_SMALL).unwrap_or_default();
        self.page = if is_much { PAGE_LARGE } else { PAGE_SMALL };
        let seen = news.events.into_iter().map(|recorded| self.take(recorded));
        let seen: Vec<Seen> = seen.collect();
        let is_new = |seen: &Seen| self.since.is_none_or(|since| seen.recorded.event.timestamp >= since);
        Ok(seen.into_iter().filter(is_new).collect())
    }

    fn take(&mut self, recorded: RecordedEvent) -> Seen {
        let event = &recorded.event;
        self.functions.push(event);
        let step = self.fold.push(event);
        match &step {
            Some(Step::Ended { status, .. }) if self.since.is_none_or(|since| event.timestamp >= since) => {
                self.end = Some(End::of(event.clone(), status));
            }
            Some(Step::Redriven) => self.end = None,
            _ => {}
        }
        Seen { recorded, step }
    }

    /// Asks DescribeExecution whether it has ended. An answer that lags is waited for until `is_last`.
    async fn confirm(&mut self, context: &mut Context, watch: &mut Watch, is_last: bool) -> Result<(), Failure> {
        let arn = self.arn.as_str();
        let execution = watch.call(context, async |client| client.describe_execution(arn).await).await?;
        let Some(end) = &mut self.end else { return Ok(()) };
        end.asked += 1;
        match end.judge(&execution) {
            Judgement::Ended => self.ended = Some(Box::new(end.complete(execution))),
            Judgement::GoesOn => {
                if end.said.as_ref() != Some(&execution.status) {
                    watch.progress.say(&format!("note: the execution is {}; following on", execution.status));
                    end.said = Some(execution.status);
                }
            }
            Judgement::Lags if !is_last => {}
            Judgement::Lags => {
                watch.progress.say("note: DescribeExecution does not tell the end yet; this is what the history says");
                let status = end.status.to_owned();
                self.ended = Some(Box::new(Execution { status, ..end.complete(execution) }));
            }
        }
        Ok(())
    }
}

/// What DescribeExecution's answer says of an end that the history tells.
#[derive(Debug, PartialEq, Eq)]
enum Judgement {
    /// They agree.
    Ended,
    /// The answer is older than the history.
    Lags,
    /// The end was not one: the status is neither RUNNING nor an end.
    GoesOn,
}

impl End {
    fn of(event: HistoryEvent, status: &'static str) -> Self {
        Self { event, status, seen: Instant::now(), asked: 0, said: None }
    }

    /// Whether the history is to be read again: it has an end that nothing confirms.
    fn is_stale(&self) -> bool {
        self.said.is_some() || self.seen.elapsed() >= LAG_MAX
    }

    fn judge(&self, execution: &Execution) -> Judgement {
        match execution.status.as_str() {
            status if status == self.status => Judgement::Ended,
            "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED" => Judgement::Lags,
            // A status that AWS adds one day.
            status if status != PENDING_REDRIVE && execution.stopped.is_some() => Judgement::Ended,
            _ => Judgement::GoesOn,
        }
    }

    /// An answer that has less than the history, with what that tells of the end. It may lag; and of an execution that was
    /// stopped not every service has the error and the cause in its answer, however long one waits.
    fn complete(&self, execution: Execution) -> Execution {
        let text = |name: &str| self.event.text(name).map(ToOwned::to_owned);
        Execution {
            stopped: execution.stopped.or(Some(self.event.timestamp)),
            output: execution.output.or_else(|| text("output")),
            error: execution.error.or_else(|| text("error")),
            cause: execution.cause.or_else(|| text("cause")),
            ..execution
        }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use serde_json::{Value, json};

    use super::*;

    fn end(kind: &'static str, status: &'static str, details: &Value) -> End {
        let details = details.as_object().map(|details| (Cow::Borrowed("details"), details.clone()));
        let event = HistoryEvent {
            id: 9,
            previous_event_id: 8,
            timestamp: Timestamp(2_000),
            event_type: Cow::Borrowed(kind),
            details,
        };
        End::of(event, status)
    }

    fn execution(status: &str, output: Option<&str>, stopped: bool) -> Execution {
        Execution {
            arn: "arn:one".into(),
            state_machine_arn: "machine".into(),
            name: "one".into(),
            status: status.into(),
            started: Timestamp(0),
            stopped: stopped.then_some(Timestamp(1_000)),
            input: None,
            output: output.map(Into::into),
            error: None,
            cause: None,
        }
    }

    #[test]
    fn an_end_is_one_when_both_tell_it() {
        let succeeded = end("ExecutionSucceeded", "SUCCEEDED", &json!({"output": "{}"}));
        assert_eq!(succeeded.judge(&execution("SUCCEEDED", Some("{}"), true)), Judgement::Ended);
        assert_eq!(
            succeeded.judge(&execution("SUCCEEDED", None, true)),
            Judgement::Ended,
            "the history has the output"
        );
        assert_eq!(succeeded.judge(&execution("RUNNING", None, false)), Judgement::Lags);
        assert_eq!(succeeded.judge(&execution("FAILED", None, true)), Judgement::Lags, "from before a redrive");
        let failed = end("ExecutionFailed", "FAILED", &Value::Null);
        assert_eq!(failed.judge(&execution("FAILED", None, true)), Judgement::Ended, "a Fail state can have no error");
    }

    #[test]
    fn a_status_that_is_new_is_taken_at_its_word() {
        let failed = end("ExecutionFailed", "FAILED", &Value::Null);
        assert_eq!(failed.judge(&execution("PENDING_REDRIVE", None, true)), Judgement::GoesOn);
        assert_eq!(failed.judge(&execution("HIBERNATING", None, false)), Judgement::GoesOn);
        assert_eq!(failed.judge(&execution("DISSOLVED", None, true)), Judgement::Ended);
    }

    #[test]
    fn the_history_completes_an_answer_that_lags() {
        let failed = end("ExecutionFailed", "FAILED", &json!({"error": "E", "cause": "because"}));
        let told = failed.complete(execution("FAILED", None, false));
        assert_eq!(told.stopped, Some(Timestamp(2_000)));
        assert_eq!((told.error.as_deref(), told.cause.as_deref()), (Some("E"), Some("because")));
    }
}
