//! `iw102 wait`

use clap::Args;

use crate::aws::Execution;
use crate::cli::commands::ending::{self, Ending};
use crate::cli::context::{Context, Opening};
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::following::execution::Followed;
use crate::cli::following::patience::Known;
use crate::cli::following::until::Until;
use crate::cli::following::watch::Watch;
use crate::cli::output::{self, Output};
use crate::cli::settings::{Format, quoted};
use crate::cli::word;

/// Wait for the end of executions, or until one waits or is in a state; print their output
///
/// --query asks the output, with -o json the whole object. An execution that ends though something else was waited for ends
/// the command with 6.
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES\n  \
    iw102 wait                            the newest execution\n  \
    iw102 wait order-17 order-18          one output a line\n  \
    iw102 wait order-17 order-18 --any    the first that ends well\n  \
    iw102 wait last --timeout 30s         124 when it takes longer\n  \
    iw102 wait last --for done            0 however it ends\n  \
    iw102 wait last --for waiting         until a task token waits\n  \
    iw102 wait last --for state=Approve   until it has entered Approve\n  \
    iw102 wait --local                    on the engine inside iw102")]
pub(crate) struct WaitArgs {
    /// ARNs, names, last, or MACHINE:last
    #[arg(value_name = "EXEC")]
    words: Vec<String>,
    /// An execution, as a flag; may be given more than once
    #[arg(long, value_name = "EXEC")]
    exec: Vec<String>,
    /// What to wait for: done, succeeded, waiting[=STATE] (a task token waits) or state=NAME
    #[arg(long = "for", value_name = "WHAT", default_value = "succeeded", value_parser = Until::parse)]
    until: Until,
    /// Until the first of them is so
    #[arg(long)]
    any: bool,
    /// Until all of them are so; the default
    #[arg(long, conflicts_with = "any")]
    all: bool,
    /// End with 6 when the final state is another one
    #[arg(long, value_name = "STATE")]
    expect_state: Option<String>,
}

/// An execution that is waited for.
struct Target {
    followed: Followed,
    /// What became of it, once that is known.
    verdict: Option<Result<(), Failure>>,
    /// For stdout.
    output: String,
}

pub(crate) async fn run(args: WaitArgs, context: &mut Context) -> Result<(), Failure> {
    let given = [args.words.as_slice(), args.exec.as_slice()].concat();
    let words = if given.is_empty() { vec!["last".to_owned()] } else { given };
    let checked: Result<Vec<String>, String> = words.iter().map(|text| word::execution(Some(text))).collect();
    let words = checked.map_err(Failure::usage)?;
    if args.expect_state.is_some() && !args.until.is_end() {
        return Err(Failure::usage("--expect-state needs the end").hint("wait with --for done or --for succeeded"));
    }
    context.open(Opening::Following).await?;
    let (mut executions, mut known) = (Vec::new(), Known::Exists);
    for word in &words {
        let arn = context.execution_arn(word).await?;
        if Known::of(context, word, &arn) == Known::Named {
            known = Known::Named;
        }
        if !executions.contains(&arn) {
            executions.push(arn);
        }
    }
    if let Some(state) = args.until.state() {
        executions.iter().try_for_each(|arn| context.require_state(machine_of(arn), state))?;
    }
    let mut targets = targets(context, executions);
    let waited = until_all(context, known, &args, &mut targets).await;
    if args.any {
        print_any(context, &mut targets);
    } else {
        print_in_order(context, &mut targets);
    }
    waited?;
    verdict(targets, args.any)
}

fn targets(context: &Context, executions: Vec<String>) -> Vec<Target> {
    let is_one = executions.len() == 1;
    let target = |arn: String| {
        let answer = ending::how_to_answer(context, &arn);
        let followed = Followed::new(arn).with_answer(answer);
        let followed = if is_one { followed } else { followed.named() };
        Target { followed, verdict: None, output: String::new() }
    };
    executions.into_iter().map(target).collect()
}

/// Looks at all executions in turns, until what is waited for is so, or cannot come.
async fn until_all(
    context: &mut Context,
    known: Known,
    args: &WaitArgs,
    targets: &mut [Target],
) -> Result<(), Failure> {
    let several = targets.len() > 1;
    set_way_back(context, targets, args);
    let mut watch = Watch::new(context, known);
    loop {
        let (mut open, mut is_news, mut hurry) = (0, false, None);
        for target in targets.iter_mut().filter(|target| target.verdict.is_none()) {
            let news = target.followed.look(context, &mut watch).await?;
            target.followed.show(&mut watch, &news);
            target.judge(context, &mut watch, args, several).await?;
            if args.any && matches!(target.verdict, Some(Ok(()))) {
                return Ok(());
            }
            if target.verdict.is_none() {
                open += 1;
                is_news |= !news.is_empty();
                hurry = [hurry, target.followed.hurry(&watch)].into_iter().flatten().min();
            }
        }
        if open == 0 {
            return Ok(());
        }
        if !args.any {
            print_in_order(context, targets);
        }
        set_way_back(context, targets, args);
        watch.pause(context, open, is_news, hurry).await?;
    }
}

impl Target {
    /// Tells what is waited for, once it is so or can no longer come.
    async fn judge(
        &mut self,
        context: &mut Context,
        watch: &mut Watch,
        args: &WaitArgs,
        several: bool,
    ) -> Result<(), Failure> {
        // The end comes first: a token does not wait in an execution that was aborted.
        if let Some(ending) = Ending::of(&self.followed) {
            return self.end(context, watch, args, several, &ending);
        }
        let Some(met) = args.until.met(self.followed.fold()) else { return Ok(()) };
        watch.progress.ended(self.followed.whose(), || {
            if context.is_for_people() {
                context.printer.err_line(&format!("{} {met}", self.followed.name()));
            }
        });
        self.output = self.described(context, watch).await?;
        self.verdict = Some(Ok(()));
        Ok(())
    }

    fn end(
        &mut self,
        context: &Context,
        watch: &mut Watch,
        args: &WaitArgs,
        several: bool,
        ending: &Ending,
    ) -> Result<(), Failure> {
        let name = self.followed.name();
        watch.progress.ended(self.followed.whose(), || {
            if several && context.is_for_people() {
                context.printer.err_line(&format!("{name}:"));
            }
            ending.tell_people(context);
        });
        self.verdict = Some(match &args.until {
            Until::Done if args.expect_state.is_none() => Ok(()),
            Until::Done | Until::Succeeded => ending.verdict(context, args.expect_state.as_deref()),
            Until::State(_) if args.until.met(self.followed.fold()).is_some() => Ok(()),
            until => {
                let text = format!("the execution {name} ended {}: {}", ending.execution.status, until.missed());
                let failure = Failure::text(FailureKind::OtherState, text);
                Err(failure.hint(context.again("history", &self.followed.arn)))
            }
        });
        self.output =
            if args.until.is_end() { ending.output(context)? } else { self.object(context, &ending.execution)? };
        Ok(())
    }

    /// What stdout gets of an execution that goes on.
    async fn described(&self, context: &mut Context, watch: &mut Watch) -> Result<String, Failure> {
        if context.settings.query.is_none() && context.is_for_people() {
            let name = format!("{}\n", self.followed.name());
            return Ok(if context.settings.format == Format::Name { name } else { String::new() });
        }
        let arn = self.followed.arn.as_str();
        let execution = watch.call(context, async |client| client.describe_execution(arn).await).await?;
        self.object(context, &execution)
    }

    /// The whole object for programs: who waits for something else than the end does not pipe the output.
    fn object(&self, context: &Context, execution: &Execution) -> Result<String, Failure> {
        let document = output::execution(execution, &self.followed.summary());
        let names = format!("{}\n", self.followed.name());
        Output { document, items: None, text: String::new(), names }.render(&context.settings)
    }
}

/// Keeps for stdout the first that is so; where none is, all that there is.
fn print_any(context: &mut Context, targets: &mut [Target]) {
    match targets.iter().position(|target| matches!(target.verdict, Some(Ok(())))) {
        Some(at) => context.print_later(&targets[at].output),
        None => print_in_order(context, targets),
    }
}

/// Keeps for stdout what is known, in the order of the words, as far as that goes without a gap.
fn print_in_order(context: &mut Context, targets: &mut [Target]) {
    for target in targets.iter_mut().take_while(|target| target.verdict.is_some()) {
        context.print_later(&std::mem::take(&mut target.output));
    }
}

/// Of all executions the first failure; of any of them the success of one.
fn verdict(targets: Vec<Target>, any: bool) -> Result<(), Failure> {
    let mut verdicts: Vec<Result<(), Failure>> = targets.into_iter().filter_map(|target| target.verdict).collect();
    if any && verdicts.iter().any(Result::is_ok) {
        return Ok(());
    }
    let first = verdicts.iter().position(Result::is_err);
    first.map_or(Ok(()), |first| verdicts.swap_remove(first))
}

/// Tells the command that goes on with what is still open, and of one execution the one that looks.
fn set_way_back(context: &mut Context, targets: &[Target], args: &WaitArgs) {
    let open = targets.iter().filter(|target| target.verdict.is_none()).map(|target| target.followed.arn.as_str());
    let open: Vec<&str> = open.collect();
    let Some((last, before)) = open.split_last() else { return };
    let words: Vec<&str> = std::iter::once("wait").chain(before.iter().map(|arn| context.word_of(arn))).collect();
    let mut wait = context.again(&words.join(" "), last);
    for (flag, is_given) in [(" --any", args.any), (" --all", args.all)] {
        wait.push_str(if is_given && !before.is_empty() { flag } else { "" });
    }
    if args.until != Until::Succeeded {
        wait = format!("{wait} --for {}", quoted(&args.until.to_string()));
    }
    if before.is_empty() {
        let status = context.again("status", last);
        context.set_way_back(vec![wait, status]);
    } else {
        context.set_way_back_to_several(vec![wait]);
    }
}

/// The name of the machine in the ARN of its execution.
fn machine_of(execution_arn: &str) -> &str {
    execution_arn.split(':').nth(6).unwrap_or_default()
}
