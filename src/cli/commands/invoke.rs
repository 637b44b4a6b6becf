//! `iw102 invoke`

use clap::Args;

use crate::cli::commands::ending::{self, Ending};
use crate::cli::commands::starting::StartingArgs;
use crate::cli::context::{Context, Opening};
use crate::cli::failure::Failure;
use crate::cli::following::execution::Followed;
use crate::cli::following::patience::Known;
use crate::cli::following::watch::Watch;
use crate::engine::ClockMode;

/// Start an execution, follow it, print its output
///
/// stdout is the output's JSON and nothing else; what happens on the way goes to stderr. --query asks the output, with -o json
/// the whole object. Ctrl-C leaves the execution running.
#[derive(Debug, Args)]
#[command(
    override_usage = "iw102 invoke [OPTIONS] [MACHINE] [ITEM]...",
    after_help = "EXAMPLES\n  \
    iw102 invoke                                           the project's only machine on AWS, input {}\n  \
    iw102 invoke hello name=Ada age:=36                    {\"name\":\"Ada\",\"age\":36}\n  \
    iw102 invoke hello --stage prod --data @event.json     input from a file\n  \
    iw102 invoke hello@LIVE --expect-state Approved        6 when it ended elsewhere\n  \
    iw102 invoke hello -q message --timeout 5m             a part of the output, within 5 minutes\n\n  \
    On the engine inside iw102:\n  \
    iw102 invoke hello --local name=Ada                    the same here\n  \
    iw102 invoke hello --local --time virtual              waits take no time\n  \
    iw102 invoke hello --local --function greet='jq .name' a command as Lambda function\n  \
    iw102 invoke -c machine.asl.json --local               a plain definition\n\n\
    Ends with 0 when it SUCCEEDED, 3 FAILED, 4 TIMED_OUT, 5 ABORTED (iw102 help exit-codes)."
)]
pub(crate) struct InvokeArgs {
    #[command(flatten)]
    starting: StartingArgs,
    /// End with 6 when the final state is another one
    #[arg(long, value_name = "STATE")]
    expect_state: Option<String>,
    /// With --time virtual: do not hold the time for tokens and activities that nobody answers
    #[arg(long)]
    expire: bool,
}

pub(crate) async fn run(args: InvokeArgs, context: &mut Context) -> Result<(), Failure> {
    if args.expire {
        let ClockMode::Virtual { expire } = &mut context.settings.clock else {
            return Err(Failure::usage("--expire needs --time virtual")
                .hint("in real time deadlines run out by themselves; add --time virtual"));
        };
        *expire = true;
    }
    let starting = args.starting.read_aside(true).await?;
    context.open(Opening::Project).await?;
    let machine = starting.described_machine(context).await?;
    if let Some(state) = &args.expect_state {
        context.require_state(&machine.arn, state)?;
    }
    if machine.machine_type.as_deref() == Some("EXPRESS") {
        if args.expect_state.is_some() {
            return Err(Failure::usage("--expect-state needs a STANDARD machine")
                .hint("an Express execution has no history that names its states; look at its output: --query"));
        }
        let ending = Ending::of_express(starting.run_express(context, &machine.arn).await?);
        ending.tell(context)?;
        return ending.verdict(context, None);
    }
    let started = starting.start_of(context, &machine.arn).await?;
    if context.settings.verbose {
        context.printer.err_line(&format!("execution: {}", started.arn));
    }
    let answer = ending::how_to_answer(context, &started.arn);
    let (watch, followed) = (Watch::new(context, Known::Exists), Followed::new(started.arn).with_answer(answer));
    let ending = ending::follow(context, watch, followed).await?;
    ending.tell(context)?;
    ending.verdict(context, args.expect_state.as_deref())
}
