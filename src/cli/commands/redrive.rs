//! `iw102 redrive`

use std::time::Duration;

use clap::Args;
use serde_json::json;

use crate::aws::Redrivable;
use crate::cli::commands::{ending, start};
use crate::cli::context::{Context, Opening};
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::following::execution::Followed;
use crate::cli::following::patience::Known;
use crate::cli::following::watch::Watch;
use crate::cli::output::{self, Output};
use crate::cli::settings::quoted;
use crate::cli::word;
use crate::engine::Timestamp;

/// How long after its end an execution can be redriven.
const REDRIVABLE_MAX: Duration = Duration::from_hours(14 * 24);
/// A history of so many events has no room to go on.
const EVENTS_MAX: u64 = 24_999;

/// Let an execution that failed go on from the state that failed
///
/// The execution keeps its ARN, its input and its definition; what succeeded is not done again. For Standard executions
/// that FAILED, TIMED_OUT or were ABORTED in the last 14 days. --follow ends as invoke does, with the output and the exit
/// code of the status.
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES\n  \
    iw102 redrive order-17\n  \
    iw102 redrive order-17 --follow   and print its output")]
pub(crate) struct RedriveArgs {
    /// An ARN, a name, last, or MACHINE:last; on AWS last is one that was started from here
    #[arg(value_name = "EXEC", required_unless_present = "exec")]
    word: Option<String>,
    /// The execution, as a flag
    #[arg(long, value_name = "EXEC", conflicts_with = "word")]
    exec: Option<String>,
    /// Follow it to its end, print its output
    #[arg(short, long)]
    follow: bool,
}

pub(crate) async fn run(args: RedriveArgs, context: &mut Context) -> Result<(), Failure> {
    let word = word::execution(args.word.as_deref().or(args.exec.as_deref())).map_err(Failure::usage)?;
    context.open(Opening::Following).await?;
    let arn = context.execution_arn_to_change(&word).await?;
    let redriven = redrive(context, &arn).await?;
    context.set_way_back(vec![context.again("wait", &arn), context.again("status", &arn)]);
    if args.follow {
        let answer = ending::how_to_answer(context, &arn);
        let followed = Followed::new(arn).since(redriven).with_answer(answer);
        let ending = ending::follow(context, Watch::new(context, Known::Exists), followed).await?;
        ending.tell(context)?;
        return ending.verdict(context, None);
    }
    context.say("redriven");
    let name = arn.rsplit(':').next().unwrap_or_default();
    let document = json!({"executionArn": arn, "redriveDate": redriven.to_rfc3339(), "name": name});
    let (text, names) = (format!("{arn}\n"), format!("{name}\n"));
    let text = Output { document, items: None, text, names }.render(&context.settings)?;
    context.print_later(&text);
    start::settle(context).await
}

/// Redrives; gives when. With a token of our own a call that has to be made again is the same one.
async fn redrive(context: &mut Context, arn: &str) -> Result<Timestamp, Failure> {
    let token = uuid::Uuid::new_v4().to_string();
    let failure = match context.call(async |client| client.redrive_execution(arn, &token).await).await {
        Ok(redriven) => return Ok(redriven),
        Err(failure) => failure,
    };
    match failure.code.as_deref() {
        Some("ExecutionNotRedrivable") => Err(not_redrivable(context, arn, failure).await),
        Some("UnknownOperationException" | "HTTP 501") => {
            let text = format!("this server has no redrive: {}", failure.message());
            let failure = Failure { kind: FailureKind::Conflict, error: anyhow::Error::msg(text), ..failure };
            Err(failure.hint(start_again(context, arn)))
        }
        _ => Err(failure),
    }
}

/// Why, and what helps instead. The refusal itself says little, so the execution is asked.
async fn not_redrivable(context: &mut Context, arn: &str, failure: Failure) -> Failure {
    let failure = Failure { kind: FailureKind::Conflict, ..failure };
    let Ok(found) = context.call(async |client| client.redrivable(arn).await).await else {
        return failure.hint(start_again(context, arn));
    };
    if found.execution.status == "RUNNING" {
        let wait = context.again("wait", arn);
        return because(failure, "it still runs").hint(format!("wait for its end: {wait}"));
    }
    let is_full = async |context: &mut Context| {
        let newest = context.call(async |client| client.history_after(arn, EVENTS_MAX - 1, 1).await).await;
        newest.is_ok_and(|news| !news.events.is_empty())
    };
    let failure = match reason(&found, Timestamp::now()) {
        Some(reason) => because(failure, &reason),
        None if is_full(context).await => because(failure, "its history has 24,999 events or more"),
        None => failure,
    };
    failure.hint(start_again(context, arn))
}

fn because(failure: Failure, reason: &str) -> Failure {
    let error = anyhow::anyhow!("the execution cannot be redriven: {reason}");
    Failure { error, ..failure }
}

/// What the description of an execution tells against a redrive.
fn reason(found: &Redrivable, now: Timestamp) -> Option<String> {
    let execution = &found.execution;
    let since_end = execution.stopped.and_then(|at| u64::try_from(now.0 - at.0).ok()).map(Duration::from_millis);
    match since_end {
        _ if execution.arn.contains(":express:") => Some("only STANDARD executions can".to_owned()),
        _ if execution.status == "SUCCEEDED" => Some("it SUCCEEDED".to_owned()),
        Some(since) if since > REDRIVABLE_MAX => {
            Some(format!("it ended {} days ago, and 14 are the most", since.as_secs() / 86_400))
        }
        _ => found.reason.clone(),
    }
}

/// The commands that start another execution with the same input.
fn start_again(context: &Context, arn: &str) -> String {
    let machine = arn.split(':').nth(6).unwrap_or_default();
    let machine = output::machine_name(context.service.as_ref(), machine);
    let (status, flags) = (context.again("status", arn), context.settings.again_flags());
    let machine = quoted(&machine);
    format!("start another one with its input: {status} -q input -o json | iw102 start {machine}{flags} --data -")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::Execution;

    fn found(status: &str, stopped: Option<i64>, reason: Option<&str>) -> Redrivable {
        let execution = Execution {
            arn: "arn:aws:states:us-east-1:000000000000:execution:M:one".into(),
            state_machine_arn: "machine".into(),
            name: "one".into(),
            status: status.into(),
            started: Timestamp(0),
            stopped: stopped.map(Timestamp),
            input: None,
            output: None,
            error: None,
            cause: None,
        };
        Redrivable { execution, reason: reason.map(Into::into) }
    }

    #[test]
    fn the_reason_is_read_off_the_execution_before_the_service_is_quoted() {
        let day = 86_400_000;
        let at = |found: Redrivable| reason(&found, Timestamp(20 * day));
        assert_eq!(at(found("SUCCEEDED", Some(19 * day), None)).as_deref(), Some("it SUCCEEDED"));
        let old = at(found("FAILED", Some(4 * day), Some("Execution history event limit exceeded")));
        assert_eq!(old.as_deref(), Some("it ended 16 days ago, and 14 are the most"));
        assert_eq!(at(found("FAILED", Some(19 * day), Some("their words"))).as_deref(), Some("their words"));
        assert_eq!(at(found("FAILED", Some(19 * day), None)), None);
        let mut express = found("FAILED", Some(19 * day), None);
        express.execution.arn = "arn:aws:states:us-east-1:000000000000:express:M:one:1".into();
        assert_eq!(at(express).as_deref(), Some("only STANDARD executions can"));
    }
}
