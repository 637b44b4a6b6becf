//! `iw102 clock`

use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::json;

use crate::cli::context::{Context, Opening};
use crate::cli::duration;
use crate::cli::failure::Failure;
use crate::cli::output::Output;
use crate::engine::ClockMode;
use crate::engine::driver::ClockView;

/// Show the time of the process that serves the store, or move it where it is virtual
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES\n  \
    iw102 clock --local\n  \
    iw102 clock advance 61s --local    fire what is due in the next 61 s\n  \
    iw102 clock advance next --local   go to the next deadline")]
pub(crate) struct ClockArgs {
    #[command(subcommand)]
    action: Option<Action>,
}

/// The server whose clock can be moved.
const VIRTUAL: &str = "iw102 dev --time virtual";

/// What is done with the clock.
#[derive(Debug, Subcommand)]
enum Action {
    /// Move a virtual clock
    Advance {
        /// By so much, or `next`: to the next deadline
        #[arg(value_name = "DUR|next", value_parser = Move::parse)]
        by: Move,
    },
}

/// How far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Move {
    By(Duration),
    Next,
}

impl Move {
    fn parse(text: &str) -> Result<Self, String> {
        if text == "next" { Ok(Self::Next) } else { duration::parse(text).map(Self::By) }
    }
}

pub(crate) async fn run(args: ClockArgs, context: &mut Context) -> Result<(), Failure> {
    context.open(Opening::Looking).await?;
    let owner = context.owner()?;
    let view = match args.action {
        None => owner.clock().await,
        Some(Action::Advance { by }) => {
            if !owner.shared {
                return Err(Failure::usage("no other iw102 serves this store, so there is no virtual time to move")
                    .hint(format!("serve it, from another terminal: {VIRTUAL}"))
                    .hint("inside one command time passes by itself: iw102 invoke --local --time virtual"));
            }
            let now = owner.clock().await.map_err(|error| context.local_failure(error))?;
            if !matches!(now.mode, ClockMode::Virtual { .. }) {
                return Err(Failure::usage(format!(
                    "the time of the process that serves this store is {}",
                    mode(&now)
                ))
                .hint(format!("only a virtual clock can be moved; end that process, then: {VIRTUAL}")));
            }
            owner.advance_clock(if let Move::By(by) = by { Some(by) } else { None }).await
        }
    };
    let view = view.map_err(|error| context.local_failure(error))?;
    let text = output(&view).render(&context.settings)?;
    context.print_later(&text);
    Ok(())
}

fn output(view: &ClockView) -> Output<'static> {
    let next = view.next_deadline.map(crate::engine::Timestamp::to_rfc3339);
    let now = view.now.to_rfc3339();
    let shown = next.clone().unwrap_or_else(|| "none".into());
    Output {
        document: json!({"now": now, "mode": mode(view), "nextDeadline": next}),
        items: None,
        text: format!("Now            {now}\nTime           {}\nNext deadline  {shown}\n", mode(view)),
        names: format!("{now}\n"),
    }
}

/// As `--time` is written.
fn mode(view: &ClockView) -> String {
    match view.mode {
        ClockMode::Real => "real".into(),
        ClockMode::Virtual { expire: false } => "virtual".into(),
        ClockMode::Virtual { expire: true } => "virtual, deadlines of tokens expire".into(),
        ClockMode::Scaled(factor) => format!("x{factor}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_move_is_a_duration_or_next() {
        assert_eq!(Move::parse("next"), Ok(Move::Next));
        assert_eq!(Move::parse("61s"), Ok(Move::By(Duration::from_secs(61))));
        assert!(Move::parse("soon").is_err());
    }
}
