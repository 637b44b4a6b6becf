//! Sending an answer: finding the task, sending it, telling what became of it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::aws::{Attempts, Sending};
use crate::cli::commands::start;
use crate::cli::context::{Context, Opening};
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::output::Output;
use crate::cli::secret::Secret;
use crate::cli::settings::Format;
use crate::cli::tokens::gone;
use crate::cli::tokens::search::{self, Found, Search, Seen, name_of};
use crate::cli::tokens::target::{Place, Target};
use crate::cli::tokens::task::{EndKind, Tasks};

/// Before each further look for the end of a task on AWS: its history is eventually consistent.
const LAG_PAUSES: [Duration; 3] = [Duration::from_millis(250), Duration::from_millis(500), Duration::from_secs(1)];

/// What a task is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Its output, JSON text.
    Success(String),
    /// An error's name and a cause.
    Failure(Option<String>, Option<String>),
}

/// A token, and the task that it is of where that is known.
#[derive(Debug)]
pub(crate) struct Meant {
    pub token: Secret,
    pub found: Option<Found>,
}

/// Opens the store and finds the token that is meant.
pub(crate) async fn find(context: &mut Context, opening: Opening, target: Target) -> Result<Meant, Failure> {
    context.open(opening).await?;
    match target {
        Target::Token(token) => Ok(Meant { token, found: None }),
        Target::Place(place) => {
            // What is overdue comes first: it may be what gives the token out, or what takes it away.
            start::settle(context).await?;
            let found = only(context, place).await?;
            Ok(Meant { token: found.token(context).await?, found: Some(found) })
        }
    }
}

/// The only task that waits at a place. Where one waited before, the failure tells what became of it.
async fn only(context: &mut Context, place: Place) -> Result<Found, Failure> {
    let mut search = Search::to_change(place.clone());
    match search.look(context).await? {
        Seen::One(found) => Ok(*found),
        Seen::Several(found) => Err(gone::several(context, &found)),
        Seen::None(instead) => {
            let arn = search.execution().map(ToOwned::to_owned);
            let last = arn.and_then(|arn| last_of(&arn, search.tasks(&arn)?, &place));
            match last {
                Some(found) => {
                    let failure = Failure::text(FailureKind::TokenGone, "the token is gone");
                    Err(gone::explain(context, failure, &Secret::new(""), Some(&found)).await)
                }
                None => Err(gone::none(context, &search, &instead)),
            }
        }
    }
}

/// The task with a token that a place had last.
fn last_of(arn: &str, tasks: &Tasks, place: &Place) -> Option<Found> {
    let is_meant = |state: &str| place.state.as_deref().is_none_or(|wanted| wanted == state);
    let mut ended = tasks.all().iter().rev().filter(|task| tasks.end(task).is_some() && !task.is_activity);
    let task = ended.find(|task| is_meant(&task.state))?.clone();
    Some(Found { execution_arn: arn.to_owned(), task })
}

/// Finds the token, answers it, and lets the execution go on as far as it can.
pub(crate) async fn send(context: &mut Context, target: Target, answer: Answer) -> Result<(), Failure> {
    let Meant { token, found } = find(context, Opening::Following, target).await?;
    deliver(context, &token, found.as_ref(), &answer).await?;
    let found = match found {
        Some(found) => Some(found),
        // For the sentence only: it is no failure of the answer that its task is not found. On AWS it is not worth a search.
        None if context.settings.local => {
            search::of_token(context, &token).await.ok().flatten().map(|(found, _)| found)
        }
        None => None,
    };
    if matches!(context.settings.format, Format::Text | Format::Name) {
        context.printer.err_line(&format!("sent: {}", answer.report(found.as_ref())));
    }
    let text = answer.output(found.as_ref()).render(&context.settings)?;
    context.print_later(&text);
    start::settle(context).await
}

/// Sends the answer; a failure tells what became of the task. An attempt whose reply was lost may have been taken: then the
/// next one finds the token gone, and the history tells that this was us.
async fn deliver(context: &mut Context, token: &Secret, found: Option<&Found>, answer: &Answer) -> Result<(), Failure> {
    let attempts = Attempts::default();
    let text = token.expose();
    let sent = context.call(async |client| {
        let client = client.watched(&attempts, Sending::Again);
        match answer {
            Answer::Success(output) => client.send_task_success(text, output).await,
            Answer::Failure(error, cause) => client.send_task_failure(text, error.as_deref(), cause.as_deref()).await,
        }
    });
    let Err(failure) = sent.await else { return Ok(()) };
    if failure.kind == FailureKind::TokenGone && attempts.one_is_lost() {
        match told_of(context, token, found, answer).await {
            Told::Ours => return Ok(()),
            Told::Nothing(arn) => return Err(gone::probably_delivered(context, failure, arn.as_deref())),
            Told::AnotherEnd => {}
        }
    }
    Err(gone::explain(context, failure, token, found).await)
}

/// What the history tells of an answer that may have been taken.
enum Told {
    /// It was.
    Ours,
    /// The task ended otherwise.
    AnotherEnd,
    /// The task is not found, or its end is not there; the ARN of its execution, where it was found.
    Nothing(Option<String>),
}

/// Looks for an answer in the history, which may lag behind the end of a task.
async fn told_of(context: &mut Context, token: &Secret, found: Option<&Found>, answer: &Answer) -> Told {
    let mut pauses = if context.settings.local { &[][..] } else { &LAG_PAUSES[..] }.iter();
    let mut located = match found {
        Some(found) => search::history(context, &found.execution_arn).await.ok().map(|tasks| (found.clone(), tasks)),
        None => search::of_token(context, token).await.ok().flatten(),
    };
    while let Some((found, tasks)) = &located {
        let end = tasks.scheduled_by(found.task.event).and_then(|task| tasks.end(task));
        match (end, pauses.next()) {
            (Some(end), _) if answer.is_told_by(&end.kind) => return Told::Ours,
            (Some(_), _) => return Told::AnotherEnd,
            (None, None) => break,
            (None, Some(pause)) => {
                tokio::time::sleep(*pause).await;
                let found = found.clone();
                let tasks = search::history(context, &found.execution_arn).await;
                located = tasks.ok().map(|tasks| (found, tasks));
            }
        }
    }
    let found = located.as_ref().map(|(found, _)| found).or(found);
    Told::Nothing(found.map(|found| found.execution_arn.clone()))
}

impl Answer {
    fn is_told_by(&self, kind: &EndKind) -> bool {
        let document = |text: &str| serde_json::from_str::<Value>(text).ok();
        match (self, kind) {
            (Self::Success(sent), EndKind::Succeeded(recorded)) => document(sent) == document(recorded),
            (Self::Failure(error, cause), EndKind::Failed(recorded_error, recorded_cause)) => {
                error.as_deref().unwrap_or_default() == recorded_error
                    && cause.as_deref().unwrap_or_default() == recorded_cause
            }
            _ => false,
        }
    }

    /// `SendWait of order-17 succeeded`
    fn report(&self, found: Option<&Found>) -> String {
        let task = found.map_or_else(|| "the task".to_owned(), told);
        match self {
            Self::Success(_) => format!("{task} succeeded"),
            Self::Failure(Some(error), _) => format!("{task} failed with {error}"),
            Self::Failure(None, _) => format!("{task} failed"),
        }
    }

    fn output(&self, found: Option<&Found>) -> Output<'static> {
        let sent = match self {
            Self::Success(output) => {
                json!({"sent": "success", "output": serde_json::from_str::<Value>(output).unwrap_or_default()})
            }
            Self::Failure(error, cause) => json!({"sent": "failure", "error": error, "cause": cause}),
        };
        described(sent, found)
    }
}

/// What stdout gets of something that was sent: nothing but for programs.
pub(crate) fn described(mut sent: Value, found: Option<&Found>) -> Output<'static> {
    sent["executionArn"] = json!(found.map(|found| &found.execution_arn));
    sent["stateName"] = json!(found.map(|found| &found.task.state));
    Output { document: sent, items: None, text: String::new(), names: String::new() }
}

/// `SendWait of order-17`
pub(crate) fn told(found: &Found) -> String {
    format!("{} of {}", found.task.place(), name_of(&found.execution_arn))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_knows_itself_in_the_history() {
        let success = Answer::Success("{\"a\": 1}".into());
        assert!(success.is_told_by(&EndKind::Succeeded("{\"a\":1}".into())));
        assert!(!success.is_told_by(&EndKind::Succeeded("{\"a\":2}".into())));
        assert!(!success.is_told_by(&EndKind::TimedOut));
        let failure = Answer::Failure(Some("E".into()), None);
        assert!(failure.is_told_by(&EndKind::Failed("E".into(), String::new())));
        assert!(!failure.is_told_by(&EndKind::Failed("E".into(), "why".into())));
    }

    #[test]
    fn a_report_is_a_sentence() {
        assert_eq!(Answer::Success("{}".into()).report(None), "the task succeeded");
        assert_eq!(Answer::Failure(Some("E".into()), None).report(None), "the task failed with E");
        assert_eq!(Answer::Failure(None, Some("c".into())).report(None), "the task failed");
    }
}
