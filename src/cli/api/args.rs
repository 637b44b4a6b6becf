//! The flags, read and checked before a store is opened.

use std::fmt;

use clap::Args;

use crate::cli::api::wanted::{Source, Wanted};
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::items;
use crate::cli::secret::SecretRef;
use crate::cli::settings::{CaFile, Settings};
use crate::gateway::{Address, ApiKey, Trust};

/// API Gateway takes no key that is shorter.
const KEY_CHARACTERS_MIN: usize = 20;

/// The hint for who let `--api-key` swallow a word.
pub(crate) const API_KEY_TOOK_A_WORD: &str =
    "--api-key takes the word behind it for the key: write --api-key last, or --api-key=REF";

/// How a command goes through the API gateway
#[derive(Clone, Default, Args)]
#[command(next_help_heading = "API gateway")]
#[expect(
    clippy::option_option,
    reason = "no flag, the flag alone, the flag with a REF: an empty REF is another thing than none"
)]
pub(crate) struct ApiArgs {
    /// Go through the API gateway with a key: env:NAME, @FILE, -, name:KEYNAME or the key itself; alone, with --local, the
    /// project's first
    #[arg(long, value_name = "REF", num_args = 0..=1)]
    pub api_key: Option<Option<String>>,
    /// Go through the gateway at this address, its stage included [env: IW102_API, not with --local]
    #[arg(long, value_name = "URL")]
    pub api: Option<String>,
}

impl fmt::Debug for ApiArgs {
    /// Without the values: a key may be written out, and an address may hold a password.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { api_key, api } = self;
        let mut shown = formatter.debug_struct("ApiArgs");
        shown.field("api_key", &api_key.is_some()).field("api", &api.is_some()).finish()
    }
}

impl ApiArgs {
    /// Whether the gateway is wanted at all.
    pub(crate) fn is_given(&self) -> bool {
        self.api_key.is_some() || self.api.is_some()
    }

    /// The gateway's address that was given: by the flag, or by the environment where nothing is local.
    pub(crate) fn address(&self, settings: &Settings) -> Result<Option<Address>, Failure> {
        let (text, name) = match (&self.api, settings.gateway_of_environment()) {
            (Some(text), _) => (text.clone(), "--api"),
            (None, Some(text)) => (text.to_owned(), "IW102_API"),
            (None, None) => return Ok(None),
        };
        let address = Address::parse(&text);
        address.map(Some).map_err(|error| {
            Failure::usage(format!("{name}: {error}"))
                .hint("write it with its stage: https://ID.execute-api.REGION.amazonaws.com/dev")
        })
    }

    /// Checks the flags and reads the key, stdin included. `corrected` is the command line with `--api-key` alone, for
    /// whoever let it swallow another word.
    pub(crate) async fn read(&self, context: &Context, corrected: &str) -> Result<Wanted, Failure> {
        let settings = &context.settings;
        let corrected = format!("{corrected}{} --api-key", settings.again_flags());
        let mut is_literal = false;
        let source = match &self.api_key {
            None => Source::None,
            Some(None) => self.alone(settings).await?,
            Some(Some(text)) => {
                let reference = reference(text, &corrected)?;
                is_literal = matches!(reference, SecretRef::Literal(_));
                reference.warning("--api-key").inspect(|warning| context.printer.err_line(warning));
                read(reference, settings).await?
            }
        };
        let address = self.address(settings)?;
        let ca_file = ca_file(settings, address.is_some());
        let trust = ca_file.as_ref().map(|file| file.read(settings).map(Trust::Only)).transpose()?;
        Ok(Wanted { source, corrected: is_literal.then_some(corrected), address, ca_file, trust })
    }

    /// The bare flag: the environment's key, else the project's first. With `--local` the environment's keys are AWS's, so
    /// they are not read.
    async fn alone(&self, settings: &Settings) -> Result<Source, Failure> {
        let of_environment = SecretRef::of_environment(settings.variables(), "IW102_API_KEY");
        match of_environment.filter(|_| !settings.local) {
            Some(reference) => read(reference, settings).await,
            None => Ok(Source::First),
        }
    }

    /// Whether stdin is read for the key.
    pub(crate) fn reads_stdin(&self) -> bool {
        matches!(&self.api_key, Some(Some(text)) if text == "-")
    }
}

async fn read(reference: SecretRef, settings: &Settings) -> Result<Source, Failure> {
    if let SecretRef::Named(name) = reference {
        return Ok(Source::Named(name));
    }
    let secret = reference.read_aside(settings.variables()).await?;
    ApiKey::new(secret.expose()).map(Source::Read).map_err(Failure::from)
}

/// A REF. A word that cannot be a key was meant for something else; it is not repeated, for it may be a part of a secret.
fn reference(text: &str, corrected: &str) -> Result<SecretRef, Failure> {
    let Ok(reference) = SecretRef::api_key(text);
    let is_short = text.chars().count() < KEY_CHARACTERS_MIN;
    // A key may end with `=`, as base64 does; an ITEM has it in its middle.
    let is_item = items::is_item(text.trim_end_matches('='));
    match reference {
        SecretRef::Literal(_) if is_short || is_item => {
            let text = format!("what follows --api-key is no key: a key has at least {KEY_CHARACTERS_MIN} characters");
            let text = if is_short { text } else { "what follows --api-key is no key but an ITEM".to_owned() };
            Err(Failure::usage(text).hint(format!("write --api-key last, or with a REF: {corrected}")))
        }
        reference => Ok(reference),
    }
}

/// The file of CAs that is named. The local gateway's CA is known, so that the environment's is not for it.
fn ca_file(settings: &Settings, is_given: bool) -> Option<CaFile> {
    if is_given || !settings.local { settings.ca_file() } else { settings.ca_file_of_flag() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_cannot_be_a_key_is_not_repeated() {
        for word in ["iw102StarterMachine", "s3cret", "name=Ada Lovelace, Countess", "a[b]:={\"long\": \"enough\"}"] {
            let failure = reference(word, "iw102 start MACHINE --local --api-key").unwrap_err();
            assert_eq!(failure.kind.exit_code(), 2, "{word}");
            assert!(failure.hints[0].ends_with("iw102 start MACHINE --local --api-key"), "{:?}", failure.hints);
            assert!(!format!("{failure:?}").contains(word), "{failure:?}");
        }
        let args = ApiArgs { api_key: Some(Some("0123456789abcdefghij".into())), api: Some("https://a:pw@b".into()) };
        assert_eq!(format!("{args:?}"), "ApiArgs { api_key: true, api: true }");
        for word in ["env:K", "@k", "-", "name:k", "0123456789abcdefghij", "MDEyMzQ1Njc4OWFiY2RlZmdoaWo="] {
            assert!(reference(word, "").is_ok(), "{word}");
        }
    }
}
