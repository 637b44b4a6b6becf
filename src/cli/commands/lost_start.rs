//! A start through the gateway whose answer was lost, or was none: it is looked for by the request's id, which the route's
//! template gives the execution for its name. It is never sent again, for that would be another execution.

use std::time::Duration;

use crate::aws::Execution;
use crate::aws::names::execution_arn;
use crate::cli::api::Api;
use crate::cli::commands::by_route::{self, described_by};
use crate::cli::commands::starting::StartedExecution;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, FailureKind};

/// Before each further look: DescribeExecution is eventually consistent, for about ten seconds after a start.
const PAUSES: [Duration; 7] = [
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(2),
    Duration::from_secs(2),
    Duration::from_secs(2),
];
/// A route's template may give another name, so that a store, which is consistent at once, is asked once.
const PAUSES_LOCAL: [Duration; 0] = [];

/// What is known of a start whose answer was lost.
#[derive(Debug)]
pub(super) struct Sought {
    /// `x-amzn-RequestId`, where at least the head of an answer came.
    pub request_id: Option<String>,
    /// The machine's ARN, where it was asked for.
    pub machine: Option<String>,
    /// MACHINE, as it was typed.
    pub word: Option<String>,
}

impl Sought {
    /// The execution, where it is found; else the failure with which the answer was lost, and what is known beside it.
    pub(super) async fn look_up(
        self,
        api: &mut Api,
        context: &mut Context,
        failure: Failure,
    ) -> Result<StartedExecution, Failure> {
        let list = format!("iw102 list{}", context.settings.again_flags());
        let Some(id) = self.request_id.clone() else {
            return Err(failure.hint(format!("no request id came back; it may have started: {list}")));
        };
        let machine = match self.machine.clone() {
            Some(machine) => Ok(machine),
            None => by_route::machine_arn(context, self.word.as_deref()).await,
        };
        let found = match machine {
            Ok(machine) => described(api, context, &execution_arn(&machine, &id)).await,
            Err(unknown) => Err(unknown),
        };
        let status = format!("iw102 status {id}{}", context.settings.again_flags());
        match found {
            Ok(found) => {
                context.printer.err_line(&format!("warning: {}; but it was started", failure.message()));
                Ok(by_route::started(found.arn, found.started))
            }
            Err(none) if self.machine.is_some() && none.code.as_deref() == Some("ExecutionDoesNotExist") => {
                Err(failure.hint(format!("no execution is called {id}, as a start of that request would be: {list}")))
            }
            Err(unknown) => {
                let why = match unknown.code.as_deref() {
                    // It was one of a machine that the project has, which need not be the route's.
                    Some("ExecutionDoesNotExist") => "which machine the route starts is not known".to_owned(),
                    _ => unknown.message(),
                };
                Err(failure
                    .hint(format!("whether it started cannot be looked up here ({why}); where it can: {status}")))
            }
        }
    }
}

/// The execution of an ARN, which may not be visible yet: as Step Functions describes it, else by the API's own route.
async fn described(api: &mut Api, context: &mut Context, arn: &str) -> Result<Execution, Failure> {
    let pauses = if context.settings.local { &PAUSES_LOCAL[..] } else { &PAUSES[..] };
    if context.settings.progress && !pauses.is_empty() {
        let id = arn.rsplit(':').next().unwrap_or_default();
        context.say(&format!("looks whether {id} was started"));
    }
    let mut by_route = false;
    let mut pauses = pauses.iter();
    loop {
        let found = if by_route {
            described_by(api, context, None, arn).await
        } else {
            context.call(async |client| client.describe_execution(arn).await).await
        };
        match found {
            Err(failure) if failure.kind == FailureKind::Credentials && !by_route => by_route = true,
            Err(failure) if failure.code.as_deref() == Some("ExecutionDoesNotExist") => {
                let Some(pause) = pauses.next() else { return Err(failure) };
                tokio::time::sleep(*pause).await;
            }
            found => return found,
        }
    }
}
