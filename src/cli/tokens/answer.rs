//! Sending an answer: finding the task, sending once, telling what became of it.

use serde_json::{Value, json};

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
    let mut search = Search::new(place.clone());
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
    if let Err(failure) = deliver(context, &token, found.as_ref(), &answer).await {
        return Err(gone::explain(context, failure, &token, found.as_ref()).await);
    }
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

/// Sends the answer. A server that left before it could reply may have taken it: then a second attempt finds the token
/// gone, and the history tells that this was us.
async fn deliver(context: &mut Context, token: &Secret, found: Option<&Found>, answer: &Answer) -> Result<(), Failure> {
    let attempts = std::cell::Cell::new(0_u32);
    let token_text = token.expose();
    let sent = context.call(async |client| {
        attempts.set(attempts.get() + 1);
        match answer {
            Answer::Success(output) => client.send_task_success(token_text, output).await,
            Answer::Failure(error, cause) => {
                client.send_task_failure(token_text, error.as_deref(), cause.as_deref()).await
            }
        }
    });
    match sent.await {
        Err(failure) if failure.kind == FailureKind::TokenGone && attempts.get() > 1 => {
            if was_taken(context, token, found, answer).await { Ok(()) } else { Err(failure) }
        }
        sent => sent,
    }
}

/// Whether the history has this very answer.
async fn was_taken(context: &mut Context, token: &Secret, found: Option<&Found>, answer: &Answer) -> bool {
    let located = match found {
        Some(found) => search::history(context, &found.execution_arn).await.ok().map(|tasks| (found.clone(), tasks)),
        None => search::of_token(context, token).await.ok().flatten(),
    };
    let end = located.and_then(|(found, tasks)| tasks.end(tasks.scheduled_by(found.task.event)?));
    end.is_some_and(|end| answer.is_told_by(&end.kind))
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
