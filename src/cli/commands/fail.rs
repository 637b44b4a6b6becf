//! `iw102 fail`

use clap::Args;

use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::tokens::answer::{self, Answer};
use crate::cli::tokens::target::TargetArgs;

/// AWS's bound of an error's name.
const ERROR_CHARACTERS_MAX: usize = 256;
/// AWS's bound of a cause.
const CAUSE_CHARACTERS_MAX: usize = 32_768;

/// Answer a waiting task token with a failure, for Retry and Catch of the state
///
/// Without EXEC and --token it is the only token that waits.
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES\n  \
    iw102 fail --error Refused --cause 'the price is too high'\n  \
    iw102 fail order-17/SendWait\n  \
    iw102 token | iw102 fail --token - --error Refused\n  \
    iw102 fail --local --error Refused                   of the engine inside iw102")]
pub(crate) struct FailArgs {
    /// An ARN, a name, last, or MACHINE:last; behind a / the state
    #[arg(value_name = "EXEC[/STATE]")]
    word: Option<String>,
    #[command(flatten)]
    target: TargetArgs,
    /// The error's name, which Retry and Catch match
    #[arg(long, value_name = "NAME")]
    error: Option<String>,
    /// The error's cause
    #[arg(long, value_name = "TEXT")]
    cause: Option<String>,
}

pub(crate) async fn run(args: FailArgs, context: &mut Context) -> Result<(), Failure> {
    bounded("--error", args.error.as_deref(), ERROR_CHARACTERS_MAX)?;
    bounded("--cause", args.cause.as_deref(), CAUSE_CHARACTERS_MAX)?;
    let target = args.target.read(args.word.as_deref(), context, "fail").await?;
    answer::send(context, target, Answer::Failure(args.error, args.cause)).await
}

fn bounded(flag: &str, text: Option<&str>, characters_max: usize) -> Result<(), Failure> {
    match text.map(|text| text.chars().count()) {
        Some(length) if length > characters_max => {
            Err(Failure::usage(format!("{flag} has {length} characters; it has at most {characters_max}")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_are_awss() {
        assert!(bounded("--error", Some(&"ä".repeat(256)), ERROR_CHARACTERS_MAX).is_ok());
        let failure = bounded("--error", Some(&"ä".repeat(257)), ERROR_CHARACTERS_MAX).unwrap_err();
        assert_eq!(failure.message(), "--error has 257 characters; it has at most 256");
        assert!(bounded("--cause", None, CAUSE_CHARACTERS_MAX).is_ok());
    }
}
