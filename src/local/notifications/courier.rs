//! Delivers one event to one target, and tries again as AWS does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::engine::Engine;
use crate::local::notifications::event::Event;
use crate::local::notifications::outside::Outside;
use crate::local::notifications::target::Target;
use crate::local::notifications::{firehose, kinesis, lambda, sns, sqs, step_functions};
use crate::local::tell::Tell;
use crate::tasks::Tasks;

/// Before the second and the third try. A function that Lambda invokes asynchronously is invoked three times, after a minute
/// and two; here somebody waits for the command.
/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(2)];

/// How often this process tries what it cannot do itself: for a minute, a first pause after each.
const TRIES_HERE_MAX: usize = 60;

/// Why an event did not reach its target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Undelivered {
    /// It may go better another time.
    ForNow(String),
    /// It was not the target: this process cannot do it now, for its store refuses or all of its processes are busy.
    Here(String),
    /// It never will.
    ForGood(String),
    /// Nobody said where the target's service is; the text says how.
    Nowhere(String),
}

/// What deliveries are made with.
#[derive(Debug)]
pub(super) struct Courier {
    pub(super) tasks: Arc<Tasks>,
    pub(super) outside: Outside,
    tell: Tell,
    pauses: [Duration; 2],
    /// The targets that were said to be nowhere: once is enough.
    nowhere: Mutex<BTreeSet<String>>,
}

impl Courier {
    pub(super) fn new(tasks: Arc<Tasks>, environment: &BTreeMap<String, String>, tell: Tell) -> Self {
        Self { tasks, outside: Outside::new(environment), tell, pauses: PAUSES, nowhere: Mutex::default() }
    }

    #[cfg(test)]
    pub(super) fn without_pauses(self) -> Self {
        Self { pauses: [Duration::ZERO; 2], ..self }
    }

    /// Tries until the event is delivered, or until there is no use in it, which a person is told. `false`: nothing is wrong
    /// with the target, and the event must be told again another time.
    pub(super) async fn deliver(&self, target: &Target, event: &Event, engine: &Engine) -> bool {
        let (mut pauses, mut tries_here) = (self.pauses.into_iter(), 0);
        loop {
            let pause = match self.attempt(target, event, engine).await {
                Ok(()) => return true,
                Err(Undelivered::Here(why)) => {
                    tries_here += 1;
                    if tries_here == TRIES_HERE_MAX {
                        self.say(target, event, &format!("waits for the next command that does tasks: {why}"));
                        return false;
                    }
                    self.pauses[0]
                }
                Err(Undelivered::ForNow(why)) => {
                    let Some(pause) = pauses.next() else {
                        self.say(target, event, &format!("failed: {why}; it was tried {} times", self.tries()));
                        return true;
                    };
                    pause
                }
                Err(Undelivered::ForGood(why)) => {
                    self.say(target, event, &format!("failed: {why}"));
                    return true;
                }
                Err(Undelivered::Nowhere(how)) => {
                    self.nowhere(target, &how);
                    return true;
                }
            };
            tokio::time::sleep(pause).await;
        }
    }

    async fn attempt(&self, target: &Target, event: &Event, engine: &Engine) -> Result<(), Undelivered> {
        let outside = &self.outside;
        match target {
            Target::Lambda { arn } => lambda::deliver(self, arn, event).await,
            Target::StepFunctions { arn } => step_functions::deliver(outside, arn, event, engine).await,
            Target::Sns { arn } => sns::deliver(outside, arn, event).await,
            Target::Sqs { arn, message_group_id } => {
                sqs::deliver(outside, arn, message_group_id.as_deref(), event).await
            }
            Target::Kinesis { arn, partition_key_path } => {
                kinesis::deliver(outside, arn, partition_key_path.as_deref(), event).await
            }
            Target::Firehose { arn } => firehose::deliver(outside, arn, event).await,
        }
    }

    fn tries(&self) -> usize {
        self.pauses.len() + 1
    }

    fn say(&self, target: &Target, event: &Event, what: &str) {
        let (status, execution) = (event.status.as_str(), &event.execution);
        self.tell.say(&format!("the notification {status} of {execution} to {} {what}", target.arn()));
    }

    fn nowhere(&self, target: &Target, how: &str) {
        let mut told = self.nowhere.lock().unwrap_or_else(PoisonError::into_inner);
        if told.insert(target.arn().to_owned()) {
            self.tell.say(&format!("notifications to {} are not delivered: {how}", target.arn()));
        }
    }
}
