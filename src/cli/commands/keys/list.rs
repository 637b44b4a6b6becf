//! `iw102 keys list`

use clap::Args;
use serde_json::json;

use super::known::Known;
use super::{digest, item, stages};
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::output::{self, Output};
use crate::cli::settings::Format;
use crate::ui::table::Table;

/// List the keys: a digest stands for the value
///
/// With a project its own keys: those that its file names, and those of its usage plan.
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES\n  \
    iw102 keys list\n  \
    iw102 keys list --all      those of other projects too\n  \
    iw102 keys list --local -o name")]
pub(super) struct ListArgs {
    /// All keys of the account and the region
    #[arg(long)]
    all: bool,
}

pub(super) async fn run(args: &ListArgs, context: &Context) -> Result<String, Failure> {
    let known = Known::ask(context, &context.api_client()?, args.all).await?;
    tell_of_none(&known, context);
    let mut table = Table::new(&["NAME", "ID", "ENABLED", "STAGES", "DIGEST"]);
    for (key, plans) in &known.keys {
        let enabled = if key.enabled { "yes" } else { "no" };
        let stages = stages(plans).join(", ");
        table.row(vec![key.name.clone(), key.id.clone(), enabled.into(), stages, digest(key)]);
    }
    let items: Vec<_> = known.keys.iter().map(|(key, plans)| item(key, plans)).collect();
    Output {
        document: json!({ "keys": items }),
        items: Some("keys"),
        text: table.render(context.printer.paint_out(), context.settings.width),
        names: output::lines(known.keys.iter().map(|(key, _)| key.name.as_str())),
    }
    .render(&context.settings)
}

/// Says where the keys are that somebody misses.
pub(super) fn tell_of_none(known: &Known, context: &Context) {
    if !known.keys.is_empty() || context.settings.format != Format::Text {
        return;
    }
    context.printer.err_line(&match known.others {
        0 => "no API keys".to_owned(),
        others => format!("the project has no API key; the account has {others}: --all"),
    });
}
