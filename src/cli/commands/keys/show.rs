//! `iw102 keys show`

use std::fmt::Write as _;

use clap::Args;
use serde_json::json;

use super::known::one;
use super::{digest, item, stages};
use crate::aws::api_gateway::{ApiKey, UsagePlan};
use crate::cli::context::Context;
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::output::Output;
use crate::cli::settings::quoted;

/// Show a key
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES\n  \
    iw102 keys show dev-myFirstKey\n  \
    iw102 keys show dev-myFirstKey --reveal --local    the value and nothing else")]
pub(super) struct ShowArgs {
    /// Its name, or its id
    #[arg(value_name = "NAME")]
    name: String,
    /// Print the value and only that
    #[arg(long)]
    reveal: bool,
    /// Do not print the value, which is the default
    #[arg(long, conflicts_with = "reveal")]
    conceal: bool,
}

pub(super) async fn run(args: &ShowArgs, context: &Context) -> Result<String, Failure> {
    let client = context.api_client()?;
    let key = one(context, &client, &args.name).await?;
    let plans = client.usage_plans(Some(&key.id)).await.map_err(|error| context.aws_failure(error))?;
    let mut document = item(&key, &plans);
    let text = match &key.value {
        Some(value) if args.reveal => {
            document["value"] = json!(value);
            format!("{value}\n")
        }
        None if args.reveal => {
            let text = format!("the value of {} is not given out", key.name);
            return Err(Failure::text(FailureKind::Credentials, text));
        }
        _ => described(&key, &plans, context),
    };
    Output { document, items: None, text, names: format!("{}\n", key.name) }.render(&context.settings)
}

fn described(key: &ApiKey, plans: &[UsagePlan], context: &Context) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "{} {value}", context.printer.paint_out().dim(format!("{name:<8}")));
    };
    line("Name", &key.name);
    line("Id", &key.id);
    line("Enabled", if key.enabled { "yes" } else { "no" });
    line("Stages", &stages(plans).join(", "));
    line("Digest", &digest(key));
    line("Value", &format!("iw102 keys show {} --reveal{}", quoted(&key.name), context.settings.again_flags()));
    text
}
