//! `iw102 heartbeat`

use std::time::{Duration, Instant};

use clap::Args;
use serde_json::json;

use crate::cli::context::{Context, Opening};
use crate::cli::duration;
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::settings::Format;
use crate::cli::tokens::answer::{self, Meant, described, told};
use crate::cli::tokens::gone;
use crate::cli::tokens::search::{self, Found};
use crate::cli::tokens::target::TargetArgs;
use crate::cli::tokens::task::Tasks;
use crate::engine::ClockMode;

/// The shortest pause between two heartbeats.
const EVERY_MIN: Duration = Duration::from_millis(100);
/// How often it is looked whether the task has ended, between two heartbeats.
const LOOK: Duration = Duration::from_secs(1);
/// As [`LOOK`], on AWS.
const LOOK_ON_AWS: Duration = Duration::from_secs(5);

/// When the next heartbeat is sent
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Every {
    After(Duration),
    /// After a third of the state's `HeartbeatSeconds`.
    Auto,
}

impl Every {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            _ => match duration::parse(text).map_err(|reason| format!("{reason}, or auto"))? {
                every if every < EVERY_MIN => Err("at least 100ms".into()),
                every => Ok(Self::After(every)),
            },
        }
    }
}

/// Say that a waiting task is still being worked on
///
/// Without EXEC and --token it is the only token that waits. TimeoutSeconds of the state runs on all the same.
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES\n  \
    iw102 heartbeat                              once, for the only token that waits\n  \
    iw102 heartbeat order-17 --every auto        until the task ends\n  \
    iw102 heartbeat --token @token.txt --every 20s\n  \
    iw102 heartbeat --local                      of the engine inside iw102")]
pub(crate) struct HeartbeatArgs {
    /// An ARN, a name, last, or MACHINE:last; behind a / the state
    #[arg(value_name = "EXEC[/STATE]")]
    word: Option<String>,
    #[command(flatten)]
    target: TargetArgs,
    /// Again and again until the task ends; auto: after each third of the state's HeartbeatSeconds
    #[arg(long, value_name = "DUR|auto", value_parser = Every::parse)]
    every: Option<Every>,
}

pub(crate) async fn run(args: HeartbeatArgs, context: &mut Context) -> Result<(), Failure> {
    let target = args.target.read(args.word.as_deref(), context, "heartbeat").await?;
    let Some(every) = args.every else {
        let meant = answer::find(context, Opening::Looking, target).await?;
        beat(context, &meant).await?;
        // On AWS one heartbeat is one call: what it is for is not worth a search.
        let found = if context.settings.local { known(context, &meant).await } else { meant.found };
        return report(context, found.as_ref());
    };
    let mut meant = answer::find(context, Opening::Following, target).await?;
    // The first one at once: what is left of the time is not known.
    beat(context, &meant).await?;
    meant.found = known(context, &meant).await;
    let every = pause(context, every, meant.found.as_ref()).await?;
    keep_alive(context, &meant, every).await
}

/// Sends one; a failure tells what became of the task.
async fn beat(context: &mut Context, meant: &Meant) -> Result<(), Failure> {
    let token = meant.token.expose();
    match context.call(async |client| client.send_task_heartbeat(token).await).await {
        Ok(()) => Ok(()),
        Err(failure) => Err(gone::explain(context, failure, &meant.token, meant.found.as_ref()).await),
    }
}

/// The task of the token, where that is found: it makes what is said clearer, and its want is no failure.
async fn known(context: &mut Context, meant: &Meant) -> Option<Found> {
    match &meant.found {
        Some(found) => Some(found.clone()),
        None => search::of_token(context, &meant.token).await.ok().flatten().map(|(found, _)| found),
    }
}

fn report(context: &mut Context, found: Option<&Found>) -> Result<(), Failure> {
    if is_for_people(context) {
        let seconds = found.and_then(|found| found.task.heartbeat_seconds);
        let next = seconds.map(|seconds| format!("; the next is due within {seconds} s")).unwrap_or_default();
        context.printer.err_line(&format!("sent: a heartbeat for {}{next}", name(found)));
    }
    let text = described(json!({"sent": "heartbeat"}), found).render(&context.settings)?;
    context.print_later(&text);
    Ok(())
}

fn is_for_people(context: &Context) -> bool {
    matches!(context.settings.format, Format::Text | Format::Name)
}

fn name(found: Option<&Found>) -> String {
    found.map_or_else(|| "the task".into(), told)
}

/// How long to wait between two heartbeats, in our own time.
async fn pause(context: &Context, every: Every, found: Option<&Found>) -> Result<Duration, Failure> {
    if let Every::After(every) = every {
        return Ok(every);
    }
    let Some(found) = found else {
        return Err(Failure::usage(
            "--every auto needs the state's HeartbeatSeconds, and the token's task was not found",
        )
        .hint("name the execution, or write how often: --every 20s"));
    };
    let Some(seconds) = found.task.heartbeat_seconds else {
        return Err(Failure::usage(format!("{} has no HeartbeatSeconds, so it needs no heartbeat", found.task.state))
            .hint("to send some all the same: --every 20s"));
    };
    // A local server's time may be faster than ours.
    let speed = match context.owner().ok() {
        Some(owner) => match owner.clock().await.map(|view| view.mode) {
            Ok(ClockMode::Scaled(factor)) => factor,
            _ => 1.0,
        },
        None => 1.0,
    };
    let third = Duration::from_secs(seconds) / 3;
    Ok(Duration::try_from_secs_f64(third.as_secs_f64() / speed).unwrap_or(third).max(EVERY_MIN))
}

/// Sends heartbeats until the task ends, however it does.
async fn keep_alive(context: &mut Context, meant: &Meant, every: Duration) -> Result<(), Failure> {
    let deadline = context.settings.timeout.map(|timeout| Instant::now() + timeout);
    let says = context.settings.progress && is_for_people(context);
    let mut sent = 1_u64;
    loop {
        if says {
            let plural = if sent == 1 { "heartbeat" } else { "heartbeats" };
            context.printer.err_line(&format!(
                "{}: {sent} {plural}, the next in {}",
                name(meant.found.as_ref()),
                gone::told(i64::try_from(every.as_millis()).unwrap_or(i64::MAX))
            ));
        }
        if let Some(end) = rest(context, meant.found.as_ref(), every, deadline).await? {
            return ended(context, meant.found.as_ref(), &end, sent);
        }
        match beat(context, meant).await {
            Ok(()) => sent += 1,
            Err(failure) if failure.kind == FailureKind::TokenGone => {
                let end = match &meant.found {
                    Some(found) => end_of(context, found, &mut Tasks::default()).await?,
                    None => None,
                };
                return ended(context, meant.found.as_ref(), &end.unwrap_or_else(|| failure.message()), sent);
            }
            Err(failure) => return Err(failure),
        }
    }
}

/// Waits for the next heartbeat's time; gives how the task ended, where that was seen meanwhile.
async fn rest(
    context: &mut Context,
    found: Option<&Found>,
    every: Duration,
    deadline: Option<Instant>,
) -> Result<Option<String>, Failure> {
    let (next, mut tasks) = (Instant::now() + every, Tasks::default());
    let look = if context.settings.local { LOOK } else { LOOK_ON_AWS };
    loop {
        let left = next.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(None);
        }
        let pause = left.min(look);
        if deadline.is_some_and(|deadline| Instant::now() + pause > deadline) {
            return Err(Failure::text(FailureKind::Timeout, "--timeout is over; no more heartbeats are sent"));
        }
        tokio::time::sleep(pause).await;
        if let Some(found) = found
            && let Some(end) = end_of(context, found, &mut tasks).await?
        {
            return Ok(Some(end));
        }
    }
}

/// How a task ended, if it has. `tasks` is what was read of the history before.
async fn end_of(context: &mut Context, found: &Found, tasks: &mut Tasks) -> Result<Option<String>, Failure> {
    let (arn, after) = (&found.execution_arn, tasks.last_id());
    tasks.extend(&context.call(async |client| client.execution_history_after(arn, after).await).await?);
    let task = tasks.scheduled_by(found.task.event);
    Ok(task.and_then(|task| Some(gone::outcome(task, &tasks.end(task)?))))
}

/// That the task ended is what heartbeats are sent for.
fn ended(context: &mut Context, found: Option<&Found>, how: &str, sent: u64) -> Result<(), Failure> {
    if is_for_people(context) {
        let plural = if sent == 1 { "heartbeat" } else { "heartbeats" };
        context.printer.err_line(&format!("{} ended after {sent} {plural}: {how}", name(found)));
    }
    let text = described(json!({"sent": "heartbeat", "count": sent, "ended": how}), found).render(&context.settings)?;
    context.print_later(&text);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_a_duration_or_auto() {
        assert_eq!(Every::parse("auto"), Ok(Every::Auto));
        assert_eq!(Every::parse("20s"), Ok(Every::After(Duration::from_secs(20))));
        assert_eq!(Every::parse("1ms"), Err("at least 100ms".into()));
        assert!(Every::parse("often").unwrap_err().ends_with("or auto"));
    }
}
