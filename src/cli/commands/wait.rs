//! `iw102 wait`

use clap::{Args, ValueEnum};

use crate::cli::commands::ending;
use crate::cli::context::{Context, Opening};
use crate::cli::failure::Failure;
use crate::cli::settings::Format;
use crate::cli::word;

/// What is waited for
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Until {
    /// The end, whatever it is
    Done,
    /// The end, which must be SUCCEEDED
    Succeeded,
}

/// Wait for the end of executions, print their output
///
/// --query asks the output, with -o json the whole object.
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES\n  \
    iw102 wait --local                          the newest execution\n  \
    iw102 wait order-17 order-18 --local        one output a line\n  \
    iw102 wait last --local --timeout 30s       124 when it takes longer\n  \
    iw102 wait last --local --for done          0 however it ends")]
pub(crate) struct WaitArgs {
    /// ARNs, names, last, or MACHINE:last
    #[arg(value_name = "EXEC")]
    words: Vec<String>,
    /// An execution, as a flag; may be given more than once
    #[arg(long, value_name = "EXEC")]
    exec: Vec<String>,
    /// What to wait for
    #[arg(long = "for", value_name = "WHAT", default_value = "succeeded")]
    until: Until,
    /// End with 6 when the final state is another one
    #[arg(long, value_name = "STATE")]
    expect_state: Option<String>,
}

pub(crate) async fn run(args: WaitArgs, context: &mut Context) -> Result<(), Failure> {
    let given = [args.words, args.exec].concat();
    let words = if given.is_empty() { vec!["last".to_owned()] } else { given };
    let checked: Result<Vec<String>, String> = words.iter().map(|text| word::execution(Some(text))).collect();
    let words = checked.map_err(Failure::usage)?;
    context.open(Opening::Following).await?;
    let mut found = Vec::new();
    for word in &words {
        found.push(context.execution_arn(word).await?);
    }
    let mut verdict = Ok(());
    let several = found.len() > 1 && matches!(context.settings.format, Format::Text | Format::Name);
    for arn in found {
        if several {
            context.printer.err_line(&format!("{}:", arn.rsplit(':').next().unwrap_or(&arn)));
        }
        context.set_way_back(vec![context.again("wait", &arn), context.again("status", &arn)]);
        let ending = ending::follow(context, &arn).await?;
        ending.tell(context)?;
        if args.until == Until::Succeeded || args.expect_state.is_some() {
            verdict = verdict.and(ending.verdict(context, args.expect_state.as_deref()));
        }
    }
    verdict
}
