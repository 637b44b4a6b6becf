//! `iw102 start`

use std::pin::pin;
use std::time::Duration;

use clap::Args;
use serde_json::json;

use crate::cli::commands::by_route::ByRouteArgs;
use crate::cli::commands::starting::StartingArgs;
use crate::cli::context::{Context, Opening};
use crate::cli::failure::Failure;
use crate::cli::output::Output;

/// A command that stays longer says why.
const SILENT_MAX: Duration = Duration::from_secs(1);

/// Start an execution, print its ARN
///
/// With --local, where no other iw102 serves the store, the command stays until nothing can go on without waiting; what waits
/// goes on at the next command.
#[derive(Debug, Args)]
#[command(
    override_usage = "iw102 start [OPTIONS] [MACHINE] [ITEM]...",
    after_help = "EXAMPLES\n  \
    iw102 start hello name=Ada                            on AWS\n  \
    iw102 start hello@LIVE --name order-17 --data @order.json\n  \
    iw102 wait \"$(iw102 start hello)\"\n  \
    iw102 start hello --local name=Ada                    on the engine inside iw102\n  \
    iw102 start hello --api-key                           through the API gateway, with the project's key\n  \
    iw102 start --api https://ID.execute-api.REGION.amazonaws.com/dev --route 'POST /action/start' --api-key env:KEY"
)]
pub(crate) struct StartArgs {
    #[command(flatten)]
    starting: StartingArgs,
    #[command(flatten)]
    by_route: ByRouteArgs,
}

pub(crate) async fn run(args: StartArgs, context: &mut Context) -> Result<(), Failure> {
    if args.by_route.reads_stdin() && args.starting.reads_stdin() {
        return Err(Failure::usage("stdin cannot be both the key and the input").hint("write --api-key @FILE"));
    }
    let by_route = args.by_route.read(context, "iw102 start MACHINE").await?;
    let starting = args.starting.read_aside(false).await?;
    if by_route.is_some() && starting.is_named() {
        return Err(Failure::usage(
            "--name cannot go through the gateway: its routes name executions by the request's id",
        )
        .hint("leave --name out, or --api-key"));
    }
    let started = if let Some(wanted) = by_route {
        context.open_for_gateway(Opening::Project).await?;
        // Before MACHINE is looked for, which may be what the key swallowed.
        let by_route = wanted.open(context).await?;
        starting.start_by(by_route, context).await?
    } else {
        context.open(Opening::Project).await?;
        starting.start(context).await?
    };
    context.say(if started.joined { "joined: it was started before" } else { "created" });
    let document = json!({
        "executionArn": started.arn,
        "startDate": started.started.to_rfc3339(),
        "name": started.name,
        "joined": started.joined,
    });
    let (text, names) = (format!("{}\n", started.arn), format!("{}\n", started.name));
    let text = Output { document, items: None, text, names }.render(&context.settings)?;
    context.print_later(&text);
    settle(context).await
}

/// Waits until nothing can go on without waiting, and says so where that takes a while.
pub(crate) async fn settle(context: &mut Context) -> Result<(), Failure> {
    let (printer, says) = (context.printer, context.settings.progress && context.is_for_people());
    let mut settled = pin!(context.settle());
    if let Ok(result) = tokio::time::timeout(SILENT_MAX, &mut settled).await {
        return result;
    }
    if says {
        printer.err_line("runs until it waits; Ctrl-C leaves it in the store");
    }
    settled.await
}
