//! The clock and the calls of a command that follows executions: the one pace of all of them, their deadline, and what is
//! said when something stands in the way.

use std::time::{Duration, Instant};

use crate::aws::{Client, Error as AwsError};
use crate::cli::context::Context;
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::following::pace::{Pace, Round};
use crate::cli::following::patience::{Known, Next, Patience};
use crate::ui::progress::Progress;

/// A command's watch over executions.
#[derive(Debug)]
pub(crate) struct Watch {
    /// The rhythm of the looks.
    pub pace: Pace,
    /// Where is said what happens.
    pub progress: Progress,
    patience: Patience,
    began: Instant,
    deadline: Option<Instant>,
    round: Instant,
    calls: u32,
}

impl Watch {
    /// Begins now; `--timeout` runs from here.
    pub(crate) fn new(context: &Context, known: Known) -> Self {
        let (settings, now) = (&context.settings, Instant::now());
        Self {
            pace: Pace::new(settings.local),
            progress: context.progress(),
            patience: Patience::new(settings.local, known),
            began: now,
            deadline: settings.timeout.and_then(|timeout| now.checked_add(timeout)),
            round: now,
            calls: 0,
        }
    }

    /// Waits for the first look at what was just started.
    pub(crate) async fn begin(&mut self, context: &Context) -> Result<(), Failure> {
        self.rest(context, self.pace.first()).await?;
        self.round = Instant::now();
        Ok(())
    }

    /// Calls, again and again as long as what stands in the way can pass.
    pub(crate) async fn call<T>(
        &mut self,
        context: &mut Context,
        call: impl AsyncFn(&Client) -> Result<T, AwsError>,
    ) -> Result<T, Failure> {
        loop {
            self.calls += 1;
            let failure = match self.in_time(context, &call).await? {
                Ok(answer) => {
                    self.patience.answered().into_iter().for_each(|note| self.progress.say(note));
                    return Ok(answer);
                }
                Err(failure) => failure,
            };
            let next = self.patience.failed(&failure, self.began.elapsed());
            if next != Next::End {
                self.patience.news(&failure).into_iter().for_each(|note| self.progress.say(&note));
            }
            match next {
                Next::Again(pause) => self.rest(context, pause).await?,
                Next::Slower(pause) => {
                    self.pace.slow_down();
                    self.rest(context, pause).await?;
                }
                Next::Reload => context.connect_again().await.map_err(|failure| left_alone(context, failure))?,
                Next::End => return Err(left_alone(context, failure)),
            }
        }
    }

    /// One call. On AWS an answer that does not come is not waited for longer than `--timeout`; of a local server the call is
    /// also what keeps its store open, and it answers.
    async fn in_time<T>(
        &self,
        context: &mut Context,
        call: &impl AsyncFn(&Client) -> Result<T, AwsError>,
    ) -> Result<Result<T, Failure>, Failure> {
        let Some(deadline) = self.deadline.filter(|_| !context.settings.local) else {
            return Ok(context.call(call).await);
        };
        let answered = tokio::time::timeout_at(deadline.into(), context.call(call)).await;
        answered.map_err(|_| out_of_time(context))
    }

    /// Counts calls that one answer took beyond the first.
    pub(crate) fn count_more(&mut self, calls: u32) {
        self.calls += calls;
    }

    /// Waits for the next round of looks, at most as long as `hurry` says.
    pub(crate) async fn pause(
        &mut self,
        context: &mut Context,
        executions: usize,
        is_news: bool,
        hurry: Option<Duration>,
    ) -> Result<(), Failure> {
        let interval = self.pace.after(Round {
            since_begin: self.round.duration_since(self.began),
            executions: u32::try_from(executions).unwrap_or(u32::MAX),
            calls: std::mem::take(&mut self.calls),
            is_news,
            chance: chance(),
        });
        let interval = hurry.map_or(interval, |hurry| interval.min(hurry));
        // From one round's beginning to the next one's: a slow answer is a part of the pause.
        let pause = interval.saturating_sub(self.round.elapsed());
        self.rest(context, pause).await?;
        self.round = Instant::now();
        Ok(())
    }

    /// Waits, at most until `--timeout` is over.
    pub(crate) async fn rest(&self, context: &Context, pause: Duration) -> Result<(), Failure> {
        let left = self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        match left.filter(|left| *left < pause) {
            None => tokio::time::sleep(pause).await,
            Some(left) => {
                tokio::time::sleep(left).await;
                return Err(out_of_time(context));
            }
        }
        Ok(())
    }
}

/// From 0 to 1.
fn chance() -> f64 {
    f64::from(uuid::Uuid::new_v4().as_fields().0) / f64::from(u32::MAX)
}

fn out_of_time(context: &Context) -> Failure {
    with_way_back(context, Failure::text(FailureKind::Timeout, format!("--timeout is over{}", context.goes_on())))
}

/// A failure that says nothing of the execution, which goes on without us.
fn left_alone(context: &Context, failure: Failure) -> Failure {
    match (failure.kind, context.way_back().first()) {
        (FailureKind::Network | FailureKind::Credentials, Some(back)) => {
            failure.hint(format!("the execution goes on; to come back to it: {back}"))
        }
        _ => failure,
    }
}

fn with_way_back(context: &Context, failure: Failure) -> Failure {
    context.way_back().iter().fold(failure, |failure, hint| failure.hint(hint.clone()))
}
