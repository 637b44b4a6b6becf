//! `iw102 start`

use clap::Args;
use serde_json::json;

use crate::cli::commands::starting::StartingArgs;
use crate::cli::context::{Context, Opening};
use crate::cli::failure::Failure;
use crate::cli::output::Output;

/// Start an execution, print its ARN
///
/// Where no other iw102 serves the store, the command stays until nothing can go on without waiting; what waits goes on
/// at the next command.
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES\n  \
    iw102 start hello --local name=Ada\n  \
    iw102 start hello --local --name order-17 --data @order.json\n  \
    iw102 start --local -o name\n  \
    iw102 wait \"$(iw102 start hello --local)\" --local")]
pub(crate) struct StartArgs {
    #[command(flatten)]
    starting: StartingArgs,
}

pub(crate) async fn run(args: StartArgs, context: &mut Context) -> Result<(), Failure> {
    let starting = args.starting.read_aside(false).await?;
    context.open(Opening::Project).await?;
    let machine = starting.machine_arn(context).await?;
    let started = starting.start(context, &machine).await?;
    context.printer.err_line(if started.joined { "joined: it was started before" } else { "created" });
    let document = json!({
        "executionArn": started.arn,
        "startDate": started.started.to_rfc3339(),
        "name": started.name,
        "joined": started.joined,
    });
    let (text, names) = (format!("{}\n", started.arn), format!("{}\n", started.name));
    let text = Output { document, items: None, text, names }.render(&context.settings)?;
    context.print_later(&text);
    context.settle().await
}
