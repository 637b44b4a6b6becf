//! `iw102 status`

use std::fmt::Write as _;

use clap::Args;

use crate::aws::{Client, Execution};
use crate::cli::commands::by_route::ByRouteArgs;
use crate::cli::context::{Context, Opening};
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::following::patience::{PAUSE_MIN, may_be_unknown_for};
use crate::cli::output::{self, Output};
use crate::cli::settings::Format;
use crate::cli::word;
use crate::engine::Timestamp;
use crate::ui::printer::Paint;
use crate::ui::summary::{Summary, seconds, summarize};
use crate::ui::table::{cut, one_line};

/// A document is cut at this many characters; `-o json` has all of it.
const DOCUMENT_CHARACTERS_MAX: usize = 500;

/// Describe an execution: status, state, errors that were caught, output
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES\n  \
    iw102 status                    the last execution that was started from here\n  \
    iw102 status hello:last         the newest one of a machine\n  \
    iw102 status order-17 -o json   the whole object\n  \
    iw102 status -q output          a part of it\n  \
    iw102 status --api-key          through the API gateway, with the project's key\n  \
    iw102 status --local            of the engine inside iw102")]
pub(crate) struct StatusArgs {
    /// An ARN, a name, last, or MACHINE:last
    #[arg(value_name = "EXEC")]
    word: Option<String>,
    /// The execution, as a flag
    #[arg(long, value_name = "EXEC", conflicts_with = "word")]
    exec: Option<String>,
    /// End with the exit code of the status: 7 running, 3 FAILED, 4 TIMED_OUT, 5 ABORTED
    #[arg(long)]
    exit_status: bool,
    #[command(flatten)]
    by_route: ByRouteArgs,
}

pub(crate) async fn run(args: StatusArgs, context: &mut Context) -> Result<(), Failure> {
    let word = word::execution(args.word.or(args.exec).as_deref()).map_err(Failure::usage)?;
    let by_route = args.by_route.read(context, "iw102 status EXEC").await?;
    let arn = if let Some(wanted) = &by_route {
        context.open_for_gateway(Opening::Registering).await?;
        wanted.execution_arn(context, &word).await?
    } else {
        context.open(Opening::Looking).await?;
        context.execution_arn(&word).await?
    };
    let (execution, summary) = if let Some(wanted) = by_route {
        // An API has no route to a history.
        (wanted.open(context).await?.describe(context, &arn).await?, None)
    } else {
        let (execution, summary) = described(context, &arn).await?;
        (execution, Some(summary))
    };
    let machine = output::machine_name(context.service.as_ref(), &execution.state_machine_arn);
    let text = Output {
        document: match &summary {
            Some(summary) => output::execution(&execution, summary),
            None => output::description(&execution).into(),
        },
        items: None,
        text: describe(&execution, &machine, &summary.unwrap_or_default(), context.printer.paint_out()),
        names: format!("{}\n", execution.name),
    };
    let text = text.render(&context.settings)?;
    context.print_later(&text);
    let text_is_read = matches!(context.settings.format, Format::Text);
    if text_is_read && execution.status == "RUNNING" && context.is_served_here() {
        let wait = context.again("wait", &execution.arn);
        context.printer.err_line(&format!("hint:  no command runs it now; it goes on with: {wait}"));
    }
    if args.exit_status { exit_status(&execution) } else { Ok(()) }
}

/// As [`described_once`], again while AWS may not know yet what was started from here seconds ago.
async fn described(context: &mut Context, arn: &str) -> Result<(Execution, Summary), Failure> {
    let mut left = may_be_unknown_for(context, arn, Timestamp::now());
    let mut pause = PAUSE_MIN;
    loop {
        match described_once(context, arn).await {
            Err(failure) if failure.code.as_deref() == Some("ExecutionDoesNotExist") && !left.is_zero() => {
                let rest = pause.min(left);
                tokio::time::sleep(rest).await;
                (left, pause) = (left.saturating_sub(rest), pause * 2);
            }
            result => return result,
        }
    }
}

/// The execution, and what its history says.
async fn described_once(context: &mut Context, arn: &str) -> Result<(Execution, Summary), Failure> {
    // At the same time: neither needs the other's answer. What is wrong with both is told of the first.
    let look = context.call(async |client: &Client| {
        let (execution, events) = tokio::join!(client.describe_execution(arn), client.execution_history(arn));
        Ok((execution?, events?))
    });
    let (execution, events) = look.await?;
    let mut summary = summarize(&events);
    if execution.stopped.is_some() && summary.status.is_none() {
        // It ended after its history was read.
        summary = summarize(&context.call(async |client| client.execution_history(arn).await).await?);
    }
    summary.duration = execution.took().unwrap_or(summary.duration);
    Ok((execution, summary))
}

fn exit_status(execution: &Execution) -> Result<(), Failure> {
    let kind = match execution.status.as_str() {
        "SUCCEEDED" => return Ok(()),
        "FAILED" => FailureKind::ExecutionFailed,
        "TIMED_OUT" => FailureKind::ExecutionTimedOut,
        "ABORTED" => FailureKind::ExecutionAborted,
        _ => FailureKind::StillRunning,
    };
    Err(Failure::text(kind, format!("the execution {} is {}", execution.name, execution.status)))
}

/// The short description.
fn describe(execution: &Execution, machine: &str, summary: &Summary, paint: Paint) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "{} {value}", paint.dim(format!("{name:<10}")));
    };
    line("Name", &execution.name);
    line("Machine", machine);
    line("Status", &paint.status(&execution.status));
    line("Started", &execution.started.to_rfc3339());
    if let (Some(stopped), Some(took)) = (execution.stopped, execution.took()) {
        line("Ended", &format!("{} (after {})", stopped.to_rfc3339(), seconds(took)));
    }
    if let Some(state) = &summary.final_state {
        line("Final", &one_line(state));
    }
    if !summary.current_states.is_empty() {
        line("State", &one_line(&summary.current_states.join(", ")));
    }
    for state in &summary.waiting {
        line("Waiting", &format!("{} waits for its task token", one_line(state)));
    }
    if summary.redrives > 0 {
        let times = if summary.redrives == 1 { "time" } else { "times" };
        line("Redriven", &format!("{} {times}", summary.redrives));
    }
    if summary.retries > 0 {
        line("Retries", &summary.retries.to_string());
    }
    for caught in &summary.caught {
        line("Caught", &caught.describe());
    }
    let documents = [
        ("Error", &execution.error),
        ("Cause", &execution.cause),
        ("Input", &execution.input),
        ("Output", &execution.output),
    ];
    for (name, value) in documents {
        if let Some(value) = value {
            line(name, &cut(&one_line(value), DOCUMENT_CHARACTERS_MAX));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::summary::Caught;
    use crate::ui::trace::ErrorSeen;

    fn execution(status: &str) -> Execution {
        Execution {
            arn: "arn:aws:states:us-east-1:000000000000:execution:M:one".into(),
            state_machine_arn: "arn:aws:states:us-east-1:000000000000:stateMachine:M".into(),
            name: "one".into(),
            status: status.into(),
            started: Timestamp(1_700_000_000_000),
            stopped: (status != "RUNNING").then_some(Timestamp(1_700_000_001_250)),
            input: Some("{}".into()),
            output: (status == "SUCCEEDED").then(|| "{\"a\":\n1}".into()),
            error: None,
            cause: None,
        }
    }

    #[test]
    fn a_description_is_short_and_tells_what_was_caught() {
        let error = ErrorSeen { error: "States.Timeout".into(), cause: String::new() };
        let summary = Summary {
            final_state: Some("TimeoutState".into()),
            caught: vec![Caught { state: "SendWait".into(), error, next: Some("TimeoutState".into()) }],
            ..Summary::default()
        };
        expect_test::expect![[r#"
            Name       one
            Machine    M
            Status     SUCCEEDED
            Started    2023-11-14T22:13:20.000Z
            Ended      2023-11-14T22:13:21.250Z (after 1.2 s)
            Final      TimeoutState
            Caught     States.Timeout in SendWait, went on to TimeoutState
            Input      {}
            Output     {"a": 1}
        "#]]
        .assert_eq(&describe(&execution("SUCCEEDED"), "M", &summary, Paint::plain()));
    }

    #[test]
    fn the_exit_status_is_that_of_the_execution() {
        for (status, code) in [("RUNNING", 7), ("FAILED", 3), ("TIMED_OUT", 4), ("ABORTED", 5), ("PENDING_REDRIVE", 7)]
        {
            assert_eq!(exit_status(&execution(status)).unwrap_err().kind.exit_code(), code, "{status}");
        }
        assert!(exit_status(&execution("SUCCEEDED")).is_ok());
    }
}
