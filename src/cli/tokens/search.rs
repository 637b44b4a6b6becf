//! Finding the task that waits at a place, and the task of a token.

use std::collections::{HashMap, HashSet};

use crate::aws::ExecutionSummary;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::remembered::Remembered;
use crate::cli::secret::Secret;
use crate::cli::tokens::target::Place;
use crate::cli::tokens::task::{Tasks, TokenTask};
use crate::engine::Timestamp;

/// Among how many running executions a token is looked for where none was named.
const RUNNING_MAX: usize = 1_000;
/// As [`RUNNING_MAX`], on AWS, which gives out some twenty histories a second.
const RUNNING_ON_AWS_MAX: usize = 50;
/// How many recent executions, of any status, are searched for the task of a token.
const RECENT_MAX: usize = 50;
/// As [`RECENT_MAX`], on AWS.
const RECENT_ON_AWS_MAX: usize = 10;
/// How many things a sentence lists.
pub(super) const LISTED_MAX: usize = 10;

/// A task that has a token, and its execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub execution_arn: String,
    pub task: TokenTask,
}

/// What one look saw.
#[derive(Debug)]
pub(crate) enum Seen {
    /// The only task that waits there.
    One(Box<Found>),
    /// All that wait there.
    Several(Vec<Found>),
    /// None, and what there is instead.
    None(Instead),
}

/// What the executions do that have no token to give.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Instead {
    /// Nothing is called so yet: why, and what helps.
    NoSuchExecution(String, Vec<String>),
    /// No execution of the project runs.
    NothingRuns,
    /// These run: names, each with its states.
    Running(Vec<(String, Vec<String>)>),
    /// The execution ended: its name and status.
    Ended(String, String),
    /// These wait, but only for workers of activities: places.
    Activities(Vec<String>),
    /// These wait, but elsewhere: places.
    Elsewhere(Vec<String>),
}

/// A search that can be repeated: what was read of a history is not read again.
#[derive(Debug, Default)]
pub(crate) struct Search {
    place: Place,
    histories: HashMap<String, Tasks>,
    /// The ARN of the execution that was named.
    named: Option<String>,
    /// Whether what is found is changed, and not only looked at.
    is_to_change: bool,
}

impl Search {
    pub(crate) fn new(place: Place) -> Self {
        Self { place, ..Self::default() }
    }

    /// As [`Search::new`], for who changes what is found: on AWS `last` is an execution that was started from here.
    pub(crate) fn to_change(place: Place) -> Self {
        Self { is_to_change: true, ..Self::new(place) }
    }

    /// Looks at the histories as they are now.
    pub(crate) async fn look(&mut self, context: &mut Context) -> Result<Seen, Failure> {
        let executions = match self.place.execution.clone() {
            Some(word) => match self.named(context, &word).await {
                Ok(arn) => vec![arn],
                Err(failure) if failure.kind == FailureKind::NotFound => {
                    return Ok(Seen::None(Instead::NoSuchExecution(failure.message(), failure.hints)));
                }
                Err(failure) => return Err(failure),
            },
            None => running(context).await?,
        };
        self.histories.retain(|arn, _| executions.contains(arn));
        let mut looked = Vec::with_capacity(executions.len());
        for arn in executions {
            if self.read(context, &arn).await? {
                looked.push(arn);
            }
        }
        Ok(self.judge(&looked))
    }

    /// How many histories a look reads.
    pub(crate) fn breadth(&self) -> usize {
        self.histories.len()
    }

    /// What was read of an execution.
    pub(crate) fn tasks(&self, arn: &str) -> Option<&Tasks> {
        self.histories.get(arn)
    }

    /// The execution that was named, once it was found.
    pub(crate) fn execution(&self) -> Option<&str> {
        self.named.as_deref()
    }

    async fn named(&mut self, context: &mut Context, word: &str) -> Result<String, Failure> {
        if let Some(arn) = &self.named {
            return Ok(arn.clone());
        }
        let arn = if self.is_to_change {
            context.execution_arn_to_change(word).await?
        } else {
            context.execution_arn(word).await?
        };
        self.named = Some(arn.clone());
        Ok(arn)
    }

    /// Reads what is new in a history. One that went away between the list and the look is passed over.
    async fn read(&mut self, context: &mut Context, arn: &str) -> Result<bool, Failure> {
        let after = self.histories.get(arn).map_or(0, Tasks::last_id);
        match context.call(async |client| client.execution_history_after(arn, after).await).await {
            Ok(events) => self.histories.entry(arn.to_owned()).or_default().extend(&events),
            Err(failure) if failure.kind == FailureKind::NotFound && self.place.execution.is_none() => {
                return Ok(false);
            }
            Err(failure) => return Err(failure),
        }
        Ok(true)
    }

    fn judge(&self, executions: &[String]) -> Seen {
        let (mut found, mut activities, mut elsewhere, mut busy) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for arn in executions {
            let Some(tasks) = self.histories.get(arn) else { continue };
            for task in tasks.waiting() {
                let one = Found { execution_arn: arn.clone(), task: task.clone() };
                match task {
                    _ if !self.is_meant(task) => elsewhere.push(one.name()),
                    task if task.is_activity => activities.push(one.name()),
                    _ => found.push(one),
                }
            }
            busy.push((name_of(arn).to_owned(), tasks.current_states()));
        }
        if found.len() > 1 {
            return Seen::Several(found);
        }
        if let Some(one) = found.pop() {
            return Seen::One(Box::new(one));
        }
        let ended = self.named.as_ref().and_then(|arn| Some((arn, self.histories.get(arn)?.status()?)));
        Seen::None(match ended {
            Some((arn, status)) => Instead::Ended(name_of(arn).to_owned(), status.to_owned()),
            None if !activities.is_empty() => Instead::Activities(activities),
            None if !elsewhere.is_empty() => Instead::Elsewhere(elsewhere),
            None if busy.is_empty() => Instead::NothingRuns,
            None => Instead::Running(busy),
        })
    }

    fn is_meant(&self, task: &TokenTask) -> bool {
        self.place.state.as_ref().is_none_or(|state| task.state == *state)
            && self.place.iteration.is_none_or(|index| task.iteration() == Some(index))
    }
}

impl Found {
    /// `order-17/SendWait`, as it is typed; where the state is not all, what is around it too.
    pub(crate) fn name(&self) -> String {
        let around = if self.task.iteration().is_some() { format!(" ({})", self.task.place()) } else { String::new() };
        format!("{}/{}{around}", name_of(&self.execution_arn), self.task.state)
    }

    /// Its token, by the definition that the execution runs.
    pub(crate) async fn token(&self, context: &mut Context) -> Result<Secret, Failure> {
        let arn = &self.execution_arn;
        let machine = context.call(async |client| client.describe_state_machine_for_execution(arn).await).await?;
        if let Some(remembered) = context.remembered() {
            remembered.note_definition(&machine.arn, &machine.definition);
        }
        let token = self.task.token(&machine.definition).map_err(|error| Failure::new(FailureKind::NotFound, error))?;
        Ok(Secret::new(token))
    }
}

/// The last part of an execution's ARN.
pub(crate) fn name_of(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or(arn)
}

/// The ARNs of the machines that can have tokens.
async fn machines(context: &mut Context) -> Result<Vec<String>, Failure> {
    let machines = context.machines_here().await?.into_iter();
    Ok(machines.filter(|machine| machine.machine_type != "EXPRESS").map(|machine| machine.arn).collect())
}

/// The ARNs of all executions that run. More than can be looked at are refused: the only one that waits is not one of some.
async fn running(context: &mut Context) -> Result<Vec<String>, Failure> {
    let most = if context.settings.local { RUNNING_MAX } else { RUNNING_ON_AWS_MAX };
    let running = executions(context, Some("RUNNING"), most + 1).await?;
    if running.len() > most {
        return Err(Failure::usage(format!("more than {most} executions run; name the one that you mean"))
            .hint(format!("to see them: iw102 list --status running{}", context.settings.again_flags())));
    }
    Ok(running.into_iter().map(|execution| execution.arn).collect())
}

/// Executions of all machines, the newest first.
async fn executions(
    context: &mut Context,
    status: Option<&str>,
    limit: usize,
) -> Result<Vec<ExecutionSummary>, Failure> {
    let machines = machines(context).await?;
    context.call(async |client| client.list_executions_of(&machines, status, limit).await).await
}

/// The task that was given a token, among recent executions, and what became of it. `None` where none of them has it.
pub(crate) async fn of_token(context: &mut Context, token: &Secret) -> Result<Option<(Found, Tasks)>, Failure> {
    for arn in recent(context).await? {
        let tasks = history(context, &arn).await?;
        if let Some(task) = tasks.given(token.expose()).cloned() {
            return Ok(Some((Found { execution_arn: arn, task }, tasks)));
        }
    }
    Ok(None)
}

/// The ARNs of the executions among which a token's is looked for: those that run come first, and of each kind the newest. On
/// AWS those that were started from here come before, and where there is no project there are no others: each is a call.
async fn recent(context: &mut Context) -> Result<Vec<String>, Failure> {
    let most = if context.settings.local { RECENT_MAX } else { RECENT_ON_AWS_MAX };
    let remembered = context.remembered().map(Remembered::executions).unwrap_or_default();
    let mut arns: Vec<String> = remembered.into_iter().take(most).map(|execution| execution.arn).collect();
    if context.settings.local || context.service.is_some() {
        let mut listed = executions(context, None, most).await?;
        // The sort is stable.
        listed.sort_by_key(|execution| execution.status != "RUNNING");
        arns.extend(listed.into_iter().map(|execution| execution.arn));
    }
    let mut seen = HashSet::new();
    arns.retain(|arn| seen.insert(arn.clone()));
    Ok(arns)
}

/// The tasks of a whole history.
pub(crate) async fn history(context: &mut Context, arn: &str) -> Result<Tasks, Failure> {
    let events = context.call(async |client| client.execution_history(arn).await).await?;
    let mut tasks = Tasks::default();
    tasks.extend(&events);
    Ok(tasks)
}

/// The time where the executions run: that of a local server may be faster than ours.
pub(crate) async fn now(context: &Context) -> Timestamp {
    context.now().await.unwrap_or_else(|_| Timestamp::now())
}
