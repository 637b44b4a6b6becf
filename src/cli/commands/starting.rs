//! What `start` and `invoke` share: which machine, which input, which name.

use std::borrow::Cow;

use clap::Args;
use serde_json::Value;

use crate::aws::names::{execution_arn, machine_arn_of};
use crate::aws::{Attempts, Client, Execution, Sending, Started, StateMachine, StateMachineSummary};
use crate::cli::commands::by_route::ByRoute;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::input::{self, InputArgs};
use crate::cli::{items, word};

/// AWS's bound of an execution's name.
const NAME_CHARACTERS_MAX: usize = 80;
/// What a name must not hold, beside white space and control characters.
const NAME_FORBIDDEN: &str = "<>{}[]?*\"#%\\^|~`$&,;:/";

/// What is started
#[derive(Debug, Args)]
pub(crate) struct StartingArgs {
    /// The state machine (left out where there is one; #CASE behind it names a case of SFN_MOCK_CONFIG), then the input as ITEMs: k=text k:=json k=@file a[b]=c
    #[arg(value_name = "MACHINE|ITEM")]
    words: Vec<String>,
    /// The state machine, where its name looks like an ITEM
    #[arg(long, value_name = "MACHINE")]
    machine: Option<String>,
    /// The execution's name; starting again with the same name and input joins the one that runs
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    input: InputArgs,
}

/// Words that were checked, before anything is opened.
#[derive(Debug)]
pub(crate) struct Starting {
    machine: Option<String>,
    /// Behind `#`: the case of a file of mocked responses that answers for the services.
    test_case: Option<String>,
    name: Option<String>,
    input: String,
}

/// An execution that was started.
#[derive(Debug)]
pub(crate) struct StartedExecution {
    pub arn: String,
    pub name: String,
    pub started: crate::engine::Timestamp,
    /// Whether it was running already.
    pub joined: bool,
}

impl StartingArgs {
    /// Whether stdin is read for the input.
    pub(crate) fn reads_stdin(&self) -> bool {
        self.input.reads_stdin()
    }

    /// As [`StartingArgs::read`], on a thread of its own: stdin can be a terminal on which nobody types, and a signal must
    /// find somebody who listens meanwhile.
    pub(crate) async fn read_aside(self, serverless: bool) -> Result<Starting, Failure> {
        let read = tokio::task::spawn_blocking(move || self.read(serverless)).await;
        read.map_err(|error| Failure::new(FailureKind::Unexpected, error))?
    }

    /// Checks the words and reads the input, stdin included.
    fn read(mut self, serverless: bool) -> Result<Starting, Failure> {
        // `invoke stepf --name M` is the Serverless Framework's way to name the machine.
        if serverless && self.words.first().is_some_and(|word| word == "stepf") {
            self.words.remove(0);
            self.machine = self.machine.or_else(|| self.name.take());
        }
        if self.machine.is_none() && self.words.first().is_some_and(|word| !items::is_item(word)) {
            self.machine = Some(self.words.remove(0));
        }
        if let Some(word) = self.words.iter().find(|word| !items::is_item(word)) {
            return Err(Failure::usage(format!("`{word}` is not an ITEM"))
                .hint("write KEY=TEXT or KEY:=JSON; a whole document goes to --data"));
        }
        let (machine, test_case) = match self.machine.as_deref().map(|machine| machine.split_once('#')) {
            Some(Some((machine, case))) => (Some(machine), Some(case.to_owned())),
            _ => (self.machine.as_deref(), None),
        };
        let machine = machine.filter(|machine| test_case.is_none() || !machine.is_empty());
        let machine = machine.map(word::machine).transpose().map_err(Failure::usage)?;
        self.name.as_deref().map_or(Ok(()), check_name)?;
        Ok(Starting { machine, test_case, name: self.name, input: input::read(&self.input, &self.words)? })
    }
}

impl Starting {
    /// The machine that is meant, as Step Functions describes it.
    pub(crate) async fn described_machine(&self, context: &mut Context) -> Result<StateMachine, Failure> {
        let describe = async |context: &mut Context, machine: &StateMachineSummary| {
            let mut described = context.call(async |client| client.describe_state_machine(&machine.arn).await).await?;
            if let Some(remembered) = context.remembered() {
                remembered.note_definition(&described.arn, &described.definition);
            }
            // The ARN that was asked for can be that of a version or an alias.
            described.arn.clone_from(&machine.arn);
            Ok(described)
        };
        context.set_to_change();
        context.of_machine(self.machine.as_deref(), describe).await
    }

    /// Starts an execution of the machine by a route of the project's API.
    pub(crate) async fn start_by(self, by_route: ByRoute, context: &mut Context) -> Result<StartedExecution, Failure> {
        // All that a lost start may need is in this future, and most starts need none of it.
        let started = Box::pin(by_route.start(context, self.machine.as_deref(), self.input)).await?;
        if let (Some(remembered), Some(machine)) = (context.remembered(), machine_arn_of(&started.arn)) {
            remembered.note_execution(&started.arn, &machine, started.started);
        }
        if !context.settings.memory {
            context.set_way_back(vec![context.again("wait", &started.arn), context.again("status", &started.arn)]);
        }
        Ok(started)
    }

    /// Whether a name was chosen for the execution.
    pub(crate) fn is_named(&self) -> bool {
        self.name.is_some()
    }

    /// Runs an execution of an Express machine (its ARN) in the open store, as long as `--timeout` allows.
    pub(crate) async fn run_express(self, context: &mut Context, machine: &str) -> Result<Execution, Failure> {
        let limit = context.settings.timeout;
        let (input, name) = (self.input.as_str(), self.name.as_deref());
        let machine = &*with_case(machine, self.test_case.as_deref());
        let execution = context.call_once(async |client| client.run_execution(machine, input, name).await);
        match limit {
            None => execution.await,
            Some(limit) => tokio::time::timeout(limit, execution)
                .await
                .unwrap_or_else(|_| Err(Failure::text(FailureKind::Timeout, "--timeout is over"))),
        }
    }

    /// Starts an execution of the machine that is meant.
    pub(crate) async fn start(&self, context: &mut Context) -> Result<StartedExecution, Failure> {
        let start =
            async |context: &mut Context, machine: &StateMachineSummary| self.start_of(context, &machine.arn).await;
        context.set_to_change();
        context.of_machine(self.machine.as_deref(), start).await
    }

    /// Starts an execution of a machine (its ARN).
    pub(crate) async fn start_of(&self, context: &mut Context, machine: &str) -> Result<StartedExecution, Failure> {
        let name = self.name.clone().unwrap_or_else(|| uuid::Uuid::now_v7().to_string());
        let start = Start {
            machine: machine.to_owned(),
            test_case: self.test_case.clone(),
            name,
            input: self.input.clone(),
            attempts: Attempts::default(),
        };
        let arn = start.execution_arn();
        let joined = self.is_named() && context.client()?.describe_execution(&arn).await.is_ok();
        let started = match start.send(context).await {
            Err(failure) if failure.code.as_deref() == Some("ExecutionAlreadyExists") => {
                if self.is_named() && (joined || !start.was_first(context).await) {
                    return Err(failure.hint(format!(
                        "choose another --name, or look at the one that has it: {}",
                        context.again("status", &arn)
                    )));
                }
                first_start(context, arn.clone()).await?
            }
            started => started?,
        };
        if let Some(remembered) = context.remembered() {
            remembered.note_execution(&started.arn, machine, started.started);
        }
        if !context.settings.memory {
            context.set_way_back(vec![context.again("wait", &arn), context.again("status", &arn)]);
        }
        Ok(StartedExecution { arn: started.arn, name: start.name, started: started.started, joined })
    }
}

/// A start as it is sent.
struct Start {
    /// The machine's ARN.
    machine: String,
    test_case: Option<String>,
    /// Never left to the service: with the same name a start that is sent again finds the first one.
    name: String,
    input: String,
    attempts: Attempts,
}

impl Start {
    fn execution_arn(&self) -> String {
        execution_arn(&self.machine, &self.name)
    }

    /// Sends it. What may have been done is sent again to a Standard machine only, for of an Express machine that would be
    /// another execution; which of them it is, is asked where it matters and nobody knows.
    async fn send(&self, context: &mut Context) -> Result<Started, Failure> {
        let known = context.sending_to(&self.machine);
        let failure = match self.send_so(context, known.unwrap_or(Sending::Once)).await {
            Err(failure) if self.attempts.one_is_lost() && known != Some(Sending::Again) => failure,
            sent => return sent,
        };
        if known.is_none() && is_standard(context, &self.machine).await {
            return self.send_so(context, Sending::Again).await;
        }
        // Nothing that tells to try again is kept.
        let hint = match known {
            Some(_) => {
                "it may have started all the same, and another start is another execution: look into its log first"
                    .to_owned()
            }
            None => format!("it may have started all the same: {}", context.again("status", &self.execution_arn())),
        };
        Err(Failure { hints: vec![hint], ..failure })
    }

    async fn send_so(&self, context: &mut Context, sending: Sending) -> Result<Started, Failure> {
        let machine = with_case(&self.machine, self.test_case.as_deref());
        let send = async |client: &Client| {
            let client = client.watched(&self.attempts, sending);
            client.start_execution(&machine, &self.input, Some(&self.name)).await
        };
        match sending {
            Sending::Again => context.call(send).await,
            Sending::Once => context.call_once(send).await,
        }
    }

    /// Whether an attempt of ours, whose answer was lost, is what has taken a chosen name.
    async fn was_first(&self, context: &mut Context) -> bool {
        if !self.attempts.one_is_lost() {
            return false;
        }
        let document = |text: &str| serde_json::from_str::<Value>(text).ok();
        let arn = self.execution_arn();
        let described = context.call(async |client| client.describe_execution(&arn).await).await;
        described.is_ok_and(|execution| execution.input.as_deref().and_then(document) == document(&self.input))
    }
}

/// What is started: `ARN`, or `ARN#CASE` as Step Functions Local has it.
fn with_case<'a>(machine: &'a str, test_case: Option<&str>) -> Cow<'a, str> {
    test_case.map_or(Cow::Borrowed(machine), |case| Cow::Owned(format!("{machine}#{case}")))
}

/// Whether a machine (its ARN) is surely a Standard one.
async fn is_standard(context: &mut Context, machine: &str) -> bool {
    let described = context.call(async |client| client.describe_state_machine(machine).await).await;
    described.is_ok_and(|machine| machine.machine_type.as_deref() == Some("STANDARD"))
}

/// The start (its execution's ARN) whose answer was lost: nobody else has the name that we made, so that it is taken by us.
async fn first_start(context: &mut Context, arn: String) -> Result<Started, Failure> {
    let started = match context.call(async |client| client.describe_execution(&arn).await).await {
        Ok(execution) => execution.started,
        // Not described yet, or not for us: it was a moment ago.
        Err(_) => context.now().await?,
    };
    Ok(Started { arn, started })
}

fn check_name(name: &str) -> Result<(), Failure> {
    let bad = |letter: &char| letter.is_whitespace() || letter.is_control() || NAME_FORBIDDEN.contains(*letter);
    let length = name.chars().count();
    match name.chars().find(bad) {
        Some(letter) => Err(Failure::usage(format!("--name `{name}` holds {letter:?}"))
            .hint("a name has letters, digits, - and _; AWS refuses white space and most other signs")),
        None if length == 0 || length > NAME_CHARACTERS_MAX => {
            Err(Failure::usage(format!("--name has {length} characters; a name has 1 to {NAME_CHARACTERS_MAX}")))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(words: &[&str], name: Option<&str>) -> StartingArgs {
        StartingArgs {
            words: words.iter().map(ToString::to_string).collect(),
            machine: None,
            name: name.map(ToOwned::to_owned),
            input: InputArgs::default(),
        }
    }

    #[test]
    fn the_first_word_is_a_machine_unless_it_is_an_item() {
        let starting = args(&["M", "a=1"], None).read(true).unwrap();
        assert_eq!((starting.machine.as_deref(), starting.input.as_str()), (Some("M"), "{\"a\":\"1\"}"));
        let starting = args(&["a=1"], Some("n")).read(true).unwrap();
        assert_eq!((starting.machine, starting.name.as_deref()), (None, Some("n")));
    }

    #[test]
    fn a_test_case_stands_behind_the_machine() {
        let starting = args(&["M#Happy", "a=1"], None).read(false).unwrap();
        assert_eq!((starting.machine.as_deref(), starting.test_case.as_deref()), (Some("M"), Some("Happy")));
        // The only machine of a file need not be named.
        let starting = args(&["#Happy"], None).read(false).unwrap();
        assert_eq!((starting.machine, starting.test_case.as_deref()), (None, Some("Happy")));
        assert_eq!(with_case("arn", starting.test_case.as_deref()), "arn#Happy");
    }

    #[test]
    fn stepf_reads_name_as_the_machine() {
        let starting = args(&["stepf"], Some("M")).read(true).unwrap();
        assert_eq!((starting.machine.as_deref(), starting.name), (Some("M"), None));
        let starting = args(&["stepf"], Some("n")).read(false).unwrap();
        assert_eq!((starting.machine.as_deref(), starting.name.as_deref()), (Some("stepf"), Some("n")));
    }

    #[test]
    fn wrong_words_and_names_are_refused() {
        assert!(args(&["M", "N"], None).read(true).unwrap_err().message().contains("`N` is not an ITEM"));
        for name in ["", "a b", "a/b", "a:b", "a\u{7}", &"x".repeat(81)] {
            assert_eq!(args(&[], Some(name)).read(false).unwrap_err().kind.exit_code(), 2, "{name:?}");
        }
        assert!(args(&[], Some(&"ä".repeat(80))).read(false).is_ok());
    }
}
