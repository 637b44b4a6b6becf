//! `iw102 keys`
//!
//! Owns: the words, and what a key is told as, which is never its value. `known` finds keys and their plans, one file for each
//! action. Must not know: how a request goes through the gateway, but for `doctor`.

mod doctor;
mod known;
mod list;
mod show;
mod usage;

use std::fmt::Write as _;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::aws::api_gateway::{ApiKey, UsagePlan};
use crate::cli::context::{Context, Opening};
use crate::cli::failure::Failure;

/// Bytes of a key's digest that are shown: enough to tell two keys apart.
const DIGEST_BYTES: usize = 6;

/// List the API keys of the project, show one, what it has used, or why it is refused
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES\n  \
    iw102 keys list\n  \
    (umask 077; iw102 keys show dev-myFirstKey --reveal > key.txt)    for --api-key @key.txt\n  \
    iw102 keys usage --local\n  \
    iw102 keys doctor dev-myFirstKey                                  why 403, why 429\n  \
    IW102_API_KEY=$(iw102 keys show dev-myFirstKey --reveal) iw102 http GET /hello --api-key")]
pub(crate) struct KeysArgs {
    #[command(subcommand)]
    action: Action,
}

/// What is done with the keys.
#[derive(Debug, Subcommand)]
enum Action {
    List(list::ListArgs),
    Show(show::ShowArgs),
    Usage(usage::UsageArgs),
    Doctor(Box<doctor::DoctorArgs>),
}

pub(crate) async fn run(args: KeysArgs, context: &mut Context) -> Result<(), Failure> {
    if let Action::Doctor(args) = args.action {
        return doctor::run(*args, context).await;
    }
    context.open(Opening::Registering).await?;
    let text = match &args.action {
        Action::List(args) => list::run(args, context).await?,
        Action::Show(args) => show::run(args, context).await?,
        Action::Usage(args) => usage::run(args, context).await?,
        Action::Doctor(_) => String::new(),
    };
    context.print_later(&text);
    Ok(())
}

/// `APIID/STAGE` of each stage that plans open.
fn stages(plans: &[UsagePlan]) -> Vec<String> {
    plans.iter().flat_map(|plan| &plan.stages).map(|stage| format!("{}/{}", stage.api_id, stage.stage)).collect()
}

/// What tells keys apart without showing them.
fn digest(key: &ApiKey) -> String {
    let Some(value) = &key.value else { return "-".into() };
    let mut text = "sha256:".to_owned();
    for byte in Sha256::digest(value.as_bytes()).iter().take(DIGEST_BYTES) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn item(key: &ApiKey, plans: &[UsagePlan]) -> Value {
    json!({
        "name": key.name,
        "id": key.id,
        "enabled": key.enabled,
        "stages": stages(plans),
        "digest": digest(key),
        "createdDate": key.created.map(crate::engine::Timestamp::to_rfc3339),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_not_the_key() {
        let value = "0123456789abcdefghij";
        let key = ApiKey {
            id: "i".into(),
            name: "n".into(),
            value: Some(value.into()),
            enabled: true,
            stage_keys: Vec::new(),
            created: None,
        };
        assert_eq!(digest(&key), "sha256:6bc14bdc4517".to_owned());
        assert!(!item(&key, &[]).to_string().contains(value));
    }
}
