//! Telling why there is no token to answer, and what helps.

use std::time::Duration;

use crate::cli::context::Context;
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::output;
use crate::cli::secret::Secret;
use crate::cli::settings::quoted;
use crate::cli::tokens::search::{self, Found, Instead, LISTED_MAX, Search, name_of};
use crate::cli::tokens::task::{End, EndKind, Tasks, TokenTask};
use crate::engine::Timestamp;
use crate::ui::summary::seconds;
use crate::ui::table::one_line;

/// Why several tasks are no answer: never a guess between two.
pub(crate) fn several(context: &Context, found: &[Found]) -> Failure {
    let names: Vec<String> = found.iter().map(Found::name).collect();
    let in_map = found.iter().any(|one| one.task.iteration().is_some());
    let how = if in_map { "name EXEC/STATE and --iteration N" } else { "name EXEC/STATE" };
    let first = &found[0];
    let iteration = first.task.iteration().map_or_else(String::new, |index| format!(" --iteration {index}"));
    let word = format!("{}/{}", name_of(&first.execution_arn), first.task.state);
    let example = format!("iw102 token {}{iteration}{}", quoted(&word), context.settings.again_flags());
    Failure::usage(format!("{} tokens wait: {}", names.len(), listed(&names))).hint(format!("{how}, as in: {example}"))
}

/// Why there is none.
pub(crate) fn none(context: &Context, search: &Search, instead: &Instead) -> Failure {
    let flags = context.settings.again_flags();
    let wait = format!("to wait for one: iw102 token --wait 30s{flags}");
    let (text, hint) = match instead {
        Instead::NoSuchExecution(text, hints) => (text.clone(), hints.join("; ")),
        Instead::NothingRuns => {
            ("no token waits: no execution runs".to_owned(), format!("start one: iw102 start{flags}"))
        }
        Instead::Running(busy) => (format!("no token waits: {}", doing(busy)), wait),
        Instead::Ended(name, status) => {
            let status_command = search.execution().map(|arn| context.again("status", arn)).unwrap_or_default();
            (format!("no token waits: the execution {name} is {status}"), status_command)
        }
        Instead::Activities(places) => (
            format!("the token of an activity is not in the history: {}", listed(places)),
            "its worker has the token, from GetActivityTask; pass it on with --token".to_owned(),
        ),
        Instead::Elsewhere(places) => {
            (format!("no token waits there, but: {}", listed(places)), format!("name that one, or {wait}"))
        }
    };
    Failure::text(FailureKind::NotFound, text).hint(hint)
}

/// What runs instead, in a few words.
pub(crate) fn doing(busy: &[(String, Vec<String>)]) -> String {
    let one = |(name, states): &(String, Vec<String>)| match states.as_slice() {
        [] => format!("{name} has not entered a state"),
        states => format!("{name} is in {}", one_line(&states.join(", "))),
    };
    listed(&busy.iter().map(one).collect::<Vec<_>>())
}

fn listed(names: &[String]) -> String {
    let shown = names[..names.len().min(LISTED_MAX)].join(", ");
    match names.len().saturating_sub(LISTED_MAX) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// A refusal of the service, told as what became of the task. `known` is the task, where it was found before.
pub(crate) async fn explain(context: &mut Context, failure: Failure, token: &Secret, known: Option<&Found>) -> Failure {
    let flags = context.settings.again_flags();
    match failure.kind {
        FailureKind::TokenGone => {}
        FailureKind::TokenInvalid => {
            let hint =
                format!("it is damaged, or of another store or account; to see the one that waits: iw102 token{flags}");
            return reworded(failure, "the token was never given out here", hint);
        }
        _ => return failure,
    }
    let located = match known {
        Some(found) => search::history(context, &found.execution_arn).await.ok().map(|tasks| (found.clone(), tasks)),
        None => search::of_token(context, token).await.ok().flatten(),
    };
    let ended = located.and_then(|(found, tasks)| {
        let end = tasks.end(tasks.scheduled_by(found.task.event)?)?;
        Some((found, tasks, end))
    });
    let Some((found, tasks, end)) = ended else {
        let hint = format!("to see what runs: iw102 list --status running{}", context.settings.again_flags());
        return reworded(failure, "the token's task has ended: answered, timed out, or its execution is closed", hint);
    };
    let text = sentence(&found, &end, search::now(context).await);
    let hint = next_command(context, &found, &tasks);
    reworded(failure, &text, hint)
}

/// A refusal that is probably our own answer's work, though nothing tells so. The ARN is that of its execution, where that was
/// found.
pub(crate) fn probably_delivered(context: &Context, failure: Failure, execution_arn: Option<&str>) -> Failure {
    let text = "the answer was probably delivered: the reply to it was lost, and then the token was gone";
    let look = match execution_arn {
        Some(arn) => context.again("history", arn),
        None => format!("iw102 list{}", context.settings.again_flags()),
    };
    reworded(failure, text, format!("to see what became of it: {look}"))
}

/// The failure in other words; its kind, code and request stay.
fn reworded(failure: Failure, text: &str, hint: String) -> Failure {
    Failure { error: anyhow::Error::msg(text.to_owned()), hints: vec![hint], ..failure }
}

/// The execution, while it runs; else how to start another one.
fn next_command(context: &Context, found: &Found, tasks: &Tasks) -> String {
    if tasks.status().is_none() {
        return format!("the execution goes on: {}", context.again("status", &found.execution_arn));
    }
    let machine = found.execution_arn.split(':').nth(6).unwrap_or_default();
    let machine = output::machine_name(context.service.as_ref(), machine);
    format!("start another execution: iw102 start {machine}{}", context.settings.again_flags())
}

/// Why the token of a task is gone, and since when.
fn sentence(found: &Found, end: &End, now: Timestamp) -> String {
    let (place, name) = (found.task.place(), name_of(&found.execution_arn));
    // A clock that ran faster than ours recorded times that are yet to come.
    let since = end.at.filter(|at| *at <= now);
    let ago = since.map_or_else(String::new, |at| format!(", {} ago", told(now.0 - at.0)));
    match &end.kind {
        EndKind::Succeeded(_) => format!("the token of {place} was already answered (success{ago})"),
        EndKind::Failed(error, _) => format!("the token of {place} was already answered ({}{ago})", failure_of(error)),
        EndKind::NotSubmitted(error) => {
            format!("the token of {place} is gone: its task failed before it waited ({}{ago})", named(error))
        }
        EndKind::TimedOut => format!("the token of {place} timed out{ago}: {}", missed(&found.task, end.at)),
        EndKind::Closed(status) => format!("the token of {place} is gone: the execution {name} is {status}{ago}"),
        EndKind::CutOff => format!("the token of {place} is gone: the state around it ended"),
    }
}

/// How a task ended, for somebody who kept it alive.
pub(crate) fn outcome(task: &TokenTask, end: &End) -> String {
    match &end.kind {
        EndKind::Succeeded(_) => "answered (success)".into(),
        EndKind::Failed(error, _) => format!("answered ({})", failure_of(error)),
        EndKind::NotSubmitted(error) => format!("failed ({})", named(error)),
        EndKind::TimedOut => format!("timed out: {}", missed(task, end.at)),
        EndKind::Closed(status) => format!("the execution is {status}"),
        EndKind::CutOff => "the state around it ended".into(),
    }
}

fn failure_of(error: &str) -> String {
    if error.is_empty() { "failure".into() } else { format!("failure {}", one_line(error)) }
}

fn named(error: &str) -> String {
    if error.is_empty() { "no error's name".into() } else { one_line(error) }
}

/// Which of the two deadlines was missed: the history says `States.Timeout` for both.
fn missed(task: &TokenTask, at: Option<Timestamp>) -> String {
    let in_time = task.timeout_deadline().is_none_or(|deadline| at.is_some_and(|at| at < deadline));
    match (task.heartbeat_seconds, task.timeout_seconds) {
        (Some(limit), _) if in_time => format!("no heartbeat for {limit} s"),
        (_, Some(limit)) => format!("TimeoutSeconds is {limit}"),
        (_, None) => "no answer came".into(),
    }
}

/// Milliseconds as people say them: `6 s`, `2 min 5 s`.
pub(crate) fn told(milliseconds: i64) -> String {
    let duration = Duration::from_millis(u64::try_from(milliseconds).unwrap_or(0));
    match duration.as_secs() {
        whole @ 1..60 => format!("{whole} s"),
        _ => seconds(duration),
    }
}
