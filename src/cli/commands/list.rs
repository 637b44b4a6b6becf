//! `iw102 list`

use std::slice;

use clap::{Args, ValueEnum};
use serde_json::json;

use crate::aws::{ExecutionSummary, StateMachineSummary};
use crate::cli::context::{Context, Opening};
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::output::{self, Output};
use crate::cli::settings::Format;
use crate::cli::word;
use crate::project::Service;
use crate::ui::summary::seconds;
use crate::ui::table::Table;

/// Looking at more machines than this takes a while on AWS.
const MANY: usize = 25;

/// A status to filter by
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Status {
    Running,
    Succeeded,
    Failed,
    #[value(alias = "timed_out")]
    TimedOut,
    Aborted,
    #[value(alias = "pending_redrive")]
    PendingRedrive,
}

/// List executions, the newest first
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES\n  \
    iw102 list                                            of the project's machines, on AWS\n  \
    iw102 list hello --status failed --limit 5\n  \
    iw102 list --local                                    of the engine inside iw102\n  \
    iw102 stop $(iw102 list hello --status running -q 'executions[].executionArn' -o name)")]
pub(crate) struct ListArgs {
    /// Only of this state machine
    #[arg(value_name = "MACHINE")]
    word: Option<String>,
    /// The state machine, as a flag
    #[arg(long, value_name = "MACHINE", conflicts_with = "word")]
    machine: Option<String>,
    /// Only with this status
    #[arg(long, value_name = "STATUS", ignore_case = true)]
    status: Option<Status>,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    limit: u32,
}

pub(crate) async fn run(args: ListArgs, context: &mut Context) -> Result<(), Failure> {
    let word = args.word.or(args.machine).as_deref().map(word::machine).transpose().map_err(Failure::usage)?;
    context.open(Opening::Looking).await?;
    let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let executions = executions(context, word.as_deref(), args.status.map(Status::as_api), limit).await?;
    if executions.is_empty() && context.settings.format == Format::Text {
        context.printer.err_line("no executions");
    }
    let items: Vec<_> = executions.iter().map(output::execution_item).collect();
    let text = Output {
        document: json!({ "executions": items }),
        items: Some("executions"),
        text: table(&executions, context.service.as_ref()).render(context.printer.paint_out(), context.settings.width),
        names: output::lines(executions.iter().map(|execution| execution.name.as_str())),
    };
    let text = text.render(&context.settings)?;
    context.print_later(&text);
    Ok(())
}

/// The executions of a machine, or of all.
async fn executions(
    context: &mut Context,
    word: Option<&str>,
    status: Option<&str>,
    limit: usize,
) -> Result<Vec<ExecutionSummary>, Failure> {
    let list = async |context: &mut Context, machines: &[String]| {
        context.call(async |client| client.list_executions_of(machines, status, limit).await).await
    };
    let Some(word) = word else {
        let machines = context.machines_here().await?;
        let standard = machines.into_iter().filter(|machine| machine.machine_type != "EXPRESS");
        let arns: Vec<String> = standard.map(|machine| machine.arn).collect();
        if arns.len() > MANY && context.settings.progress && context.settings.format == Format::Text {
            context.printer.err_line(&format!("looking at {} state machines; MACHINE names one", arns.len()));
        }
        return list(context, &arns).await;
    };
    let of_one =
        async |context: &mut Context, machine: &StateMachineSummary| list(context, slice::from_ref(&machine.arn)).await;
    match context.of_machine(Some(word), of_one).await {
        // The project's machines come into the store with their first start.
        Err(failure)
            if context.settings.local && failure.kind == FailureKind::NotFound && context.is_in_project(word) =>
        {
            Ok(Vec::new())
        }
        result => result,
    }
}

fn table(executions: &[ExecutionSummary], service: Option<&Service>) -> Table {
    let mut table = Table::new(&["NAME", "STATUS", "STARTED", "TOOK", "MACHINE"]);
    for execution in executions {
        table.row(vec![
            execution.name.clone(),
            execution.status.clone(),
            execution.started.to_rfc3339(),
            execution.took().map_or_else(|| "-".into(), seconds),
            output::machine_name(service, &execution.state_machine_arn),
        ]);
    }
    table
}

impl Status {
    fn as_api(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::TimedOut => "TIMED_OUT",
            Self::Aborted => "ABORTED",
            Self::PendingRedrive => "PENDING_REDRIVE",
        }
    }
}
