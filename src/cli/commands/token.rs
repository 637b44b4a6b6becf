//! `iw102 token`

use std::time::{Duration, Instant};

use clap::Args;
use serde_json::{Value, json};

use crate::cli::context::{Context, Opening};
use crate::cli::duration;
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::output::Output;
use crate::cli::secret::Secret;
use crate::cli::settings::Format;
use crate::cli::tokens::answer::told;
use crate::cli::tokens::gone;
use crate::cli::tokens::search::{self, Found, Instead, Search, Seen};
use crate::cli::tokens::target::{Place, PlaceArgs};
use crate::cli::tokens::task::TokenTask;
use crate::engine::Timestamp;

/// The first and the longest pause between two looks.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(1));
/// As [`PAUSES`], on AWS.
const PAUSES_ON_AWS: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(5));
/// What each history that a look reads adds to the pause on AWS, which gives out 20 a second.
const PAUSE_PER_HISTORY: Duration = Duration::from_millis(100);

/// Find the task token that somebody must answer, print it
///
/// The token is read from the execution's history, where the definition says it is. Without EXEC it is the only one that waits in
/// all running executions.
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES\n  \
    iw102 token                                  the only one that waits\n  \
    iw102 token order-17/SendWait                of one state\n  \
    iw102 token --wait 30s                       124 when none comes\n  \
    iw102 token | iw102 succeed --token - status=success\n  \
    iw102 token -o json -q heartbeatDeadline\n  \
    iw102 token --local                          of the engine inside iw102")]
pub(crate) struct TokenArgs {
    /// An ARN, a name, last, or MACHINE:last; behind a / the state
    #[arg(value_name = "EXEC[/STATE]")]
    word: Option<String>,
    #[command(flatten)]
    place: PlaceArgs,
    /// Wait until a token comes, at most so long
    #[arg(long, value_name = "DUR", num_args = 0..=1, default_missing_value = "", value_parser = Limit::parse)]
    wait: Option<Limit>,
}

/// How long is waited, `None` without end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Limit(Option<Duration>);

impl Limit {
    /// Reads DUR; clap gives an empty text where none was written.
    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() { Ok(Self(None)) } else { duration::parse(text).map(|limit| Self(Some(limit))) }
    }
}

pub(crate) async fn run(args: TokenArgs, context: &mut Context) -> Result<(), Failure> {
    let place = args.place.read(args.word.as_deref())?;
    let found = if let Some(Limit(limit)) = args.wait {
        // Who waits may be the one that runs what is waited for.
        context.open(Opening::Following).await?;
        wait(context, place, limit).await?
    } else {
        context.open(Opening::Looking).await?;
        look(context, place).await?
    };
    let token = found.token(context).await?;
    if matches!(context.settings.format, Format::Text | Format::Name) {
        let now = search::now(context).await;
        context.printer.err_line(&format!("{} waits; {}", told(&found), deadlines(&found.task, now)));
    }
    let text = output(&found, &token).render(&context.settings)?;
    context.print_later(&text);
    Ok(())
}

async fn look(context: &mut Context, place: Place) -> Result<Found, Failure> {
    let state = place.state.clone();
    let mut search = Search::new(place);
    match search.look(context).await? {
        Seen::One(found) => Ok(*found),
        Seen::Several(found) => Err(gone::several(context, &found)),
        Seen::None(instead) => {
            require_state(context, &search, state.as_deref())?;
            Err(gone::none(context, &search, &instead))
        }
    }
}

/// Looks until a token waits. That of an execution that ended will not come, and of several none is taken.
async fn wait(context: &mut Context, place: Place, limit: Option<Duration>) -> Result<Found, Failure> {
    let given = limit.into_iter().chain(context.settings.timeout).min();
    let deadline = given.map(|limit| Instant::now() + limit);
    let state = place.state.clone();
    let pauses = if context.settings.local { PAUSES } else { PAUSES_ON_AWS };
    let (mut search, mut said, mut pause) = (Search::new(place), String::new(), pauses.0);
    loop {
        let instead = match search.look(context).await? {
            Seen::One(found) => return Ok(*found),
            Seen::Several(found) => return Err(gone::several(context, &found)),
            Seen::None(instead) => instead,
        };
        require_state(context, &search, state.as_deref())?;
        if matches!(instead, Instead::Ended(..)) {
            return Err(gone::none(context, &search, &instead));
        }
        let news = waits_for(&instead);
        if news != said && context.settings.progress && matches!(context.settings.format, Format::Text | Format::Name) {
            context.printer.err_line(&news);
            said = news;
            pause = pauses.0;
        }
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        if left == Some(Duration::ZERO) {
            return Err(out_of_time(context, &search, &instead, given));
        }
        tokio::time::sleep(left.map_or(pause, |left| left.min(pause))).await;
        pause = (pause * 3 / 2).min(pauses.1).max(pause_for(search.breadth(), context));
    }
}

/// The least pause behind a look at so many histories.
fn pause_for(histories: usize, context: &Context) -> Duration {
    if context.settings.local {
        return Duration::ZERO;
    }
    PAUSE_PER_HISTORY * u32::try_from(histories).unwrap_or(u32::MAX)
}

/// A state that the machine does not have would be waited for in vain.
fn require_state(context: &Context, search: &Search, state: Option<&str>) -> Result<(), Failure> {
    let (Some(arn), Some(state)) = (search.execution(), state) else { return Ok(()) };
    context.require_state(arn.split(':').nth(6).unwrap_or_default(), state)
}

fn waits_for(instead: &Instead) -> String {
    match instead {
        Instead::NoSuchExecution(text, _) => format!("waiting for a token: {text}"),
        Instead::NothingRuns => "waiting for a token: no execution runs".into(),
        Instead::Running(busy) => format!("waiting for a token: {}", gone::doing(busy)),
        Instead::Ended(name, status) => format!("waiting for a token: {name} is {status}"),
        Instead::Activities(_) => "waiting for a token: only workers of activities are waited for".into(),
        Instead::Elsewhere(_) => "waiting for a token: others wait".into(),
    }
}

fn out_of_time(context: &Context, search: &Search, instead: &Instead, limit: Option<Duration>) -> Failure {
    let after = limit.map_or_else(String::new, |limit| {
        format!(" within {}", gone::told(i64::try_from(limit.as_millis()).unwrap_or(i64::MAX)))
    });
    let Failure { error, hints, .. } = gone::none(context, search, instead);
    let failure = Failure::text(FailureKind::Timeout, format!("no token came{after}: {error}"));
    hints.into_iter().filter(|hint| !hint.contains("--wait")).fold(failure, Failure::hint)
}

/// Until when it can be answered.
fn deadlines(task: &TokenTask, now: Timestamp) -> String {
    let heartbeat = match (task.heartbeat_seconds, task.heartbeat_deadline()) {
        (Some(_), Some(at)) if at > now => {
            Some(format!("the heartbeat runs out in {} (at {})", gone::told(at.0 - now.0), at.to_rfc3339()))
        }
        // Heartbeats leave no event: that it still waits is the proof of them.
        (Some(seconds), Some(_)) => Some(format!("heartbeats keep it alive, at least one in {seconds} s")),
        _ => None,
    };
    let timeout = task.timeout_deadline().filter(|at| *at > now);
    let timeout = timeout.map(|at| format!("it times out in {} (at {})", gone::told(at.0 - now.0), at.to_rfc3339()));
    match (heartbeat, timeout) {
        (Some(heartbeat), Some(timeout)) => format!("{heartbeat}; {timeout}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => "it has neither a heartbeat nor a timeout".into(),
    }
}

fn output(found: &Found, token: &Secret) -> Output<'static> {
    let Found { execution_arn, task } = found;
    let time = |at: Option<Timestamp>| at.map(Timestamp::to_rfc3339);
    let around = |(state, index): &(String, Option<u64>)| json!({"name": state, "iteration": index});
    let deadline = task.heartbeat_deadline().into_iter().chain(task.timeout_deadline()).min();
    let document = json!({
        "token": token.expose(),
        "executionArn": execution_arn,
        "stateName": task.state,
        "path": task.path.iter().map(around).collect::<Vec<Value>>(),
        "iteration": task.iteration(),
        "scheduled": task.scheduled.to_rfc3339(),
        "heartbeatSeconds": task.heartbeat_seconds,
        "timeoutSeconds": task.timeout_seconds,
        "heartbeatDeadline": time(task.heartbeat_deadline()),
        "timeoutDeadline": time(task.timeout_deadline()),
        "deadline": time(deadline),
    });
    let names = format!("{}/{}\n", search::name_of(execution_arn), task.state);
    Output { document, items: None, text: format!("{}\n", token.expose()), names }
}
