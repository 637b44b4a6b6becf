//! `iw102 stop`

use clap::Args;
use serde_json::json;

use crate::cli::commands::by_route::ByRouteArgs;
use crate::cli::context::{Context, Opening};
use crate::cli::failure::Failure;
use crate::cli::output::{self, Output};
use crate::cli::settings::Format;
use crate::cli::word;

/// Stop executions; they end ABORTED
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES\n  \
    iw102 stop order-17\n  \
    iw102 stop last --error Cancelled --cause 'the customer left'\n  \
    iw102 stop last --api-key           through the API gateway, with the project's key\n  \
    iw102 stop last --local             of the engine inside iw102")]
pub(crate) struct StopArgs {
    /// ARNs, names, last, or MACHINE:last; on AWS last is one that was started from here
    #[arg(value_name = "EXEC", required_unless_present = "exec")]
    words: Vec<String>,
    /// An execution, as a flag; may be given more than once
    #[arg(long, value_name = "EXEC")]
    exec: Vec<String>,
    /// The error's name
    #[arg(long, value_name = "NAME")]
    error: Option<String>,
    /// The error's cause
    #[arg(long, value_name = "TEXT")]
    cause: Option<String>,
    #[command(flatten)]
    by_route: ByRouteArgs,
}

pub(crate) async fn run(args: StopArgs, context: &mut Context) -> Result<(), Failure> {
    let checked: Result<Vec<String>, String> =
        args.words.iter().chain(&args.exec).map(|text| word::execution(Some(text))).collect();
    let words = checked.map_err(Failure::usage)?;
    let by_route = args.by_route.read(context, "iw102 stop EXEC").await?;
    match &by_route {
        Some(_) => context.open_for_gateway(Opening::Registering).await?,
        None => context.open(Opening::Looking).await?,
    }
    // All words are understood before the first execution is stopped.
    let mut found = Vec::new();
    for word in &words {
        found.push(match &by_route {
            Some(wanted) => wanted.execution_arn_to_change(context, word).await?,
            None => context.execution_arn_to_change(word).await?,
        });
    }
    let mut by_route = match by_route {
        Some(wanted) => Some(wanted.open(context).await?),
        None => None,
    };
    let (mut stopped, mut names) = (Vec::new(), Vec::new());
    for arn in found {
        let (error, cause) = (args.error.as_deref(), args.cause.as_deref());
        let (before, at) = if let Some(by_route) = &mut by_route {
            (by_route.look(context, &arn).await?, by_route.stop(context, &arn, error, cause).await?)
        } else {
            // For the sentence only: who may stop need not be allowed to look, and what was just started is not seen at once.
            let before = match context.call(async |client| client.describe_execution(&arn).await).await {
                Ok(before) => Some(before),
                // Nobody answered, so nobody will answer the next call.
                Err(failure) if failure.code.is_none() => return Err(failure),
                Err(_) => None,
            };
            (before, context.call(async |client| client.stop_execution(&arn, error, cause).await).await?)
        };
        let name = arn.rsplit(':').next().unwrap_or_default().to_owned();
        let status = before.map(|execution| execution.status);
        context.say(&match status.as_deref() {
            None | Some("RUNNING") => format!("stopped {name}"),
            Some(status) => format!("{name} had ended before: {status}"),
        });
        let was_running = status.map(|status| status == "RUNNING");
        names.push(name);
        stopped.push(json!({"executionArn": arn, "stopDate": at.to_rfc3339(), "wasRunning": was_running}));
    }
    tell_what_is_left(context, names.last()).await?;
    let document = json!({ "executions": stopped });
    let names = output::lines(names.iter().map(String::as_str));
    let text = Output { document, items: Some("executions"), text: String::new(), names }.render(&context.settings)?;
    context.print_later(&text);
    Ok(())
}

/// A command that only looks runs no function, hence tells no target of the status that it brought about.
async fn tell_what_is_left(context: &Context, name: Option<&String>) -> Result<(), Failure> {
    let text_is_read = matches!(context.settings.format, Format::Text);
    let left = context.leaves_notifications().await?;
    if let Some(name) = name.filter(|_| text_is_read && left) {
        let wait = context.again("wait", name);
        context
            .printer
            .err_line(&format!("hint:  no command delivers notifications now; the next one that does tasks: {wait}"));
    }
    Ok(())
}
