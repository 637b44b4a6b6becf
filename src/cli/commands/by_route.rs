//! What `start`, `status` and `stop` share when they go through the API gateway instead of Step Functions' API.

use clap::Args;
use serde_json::{Value, json};

use crate::aws::Execution;
use crate::cli::api::route::{self, GivenRoute};
use crate::cli::api::{Api, ApiArgs, GatewayOrFailure, Wanted, execution, refused};
use crate::cli::commands::lost_start::Sought;
use crate::cli::commands::starting::StartedExecution;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, FailureKind};
use crate::engine::Timestamp;
use crate::gateway::{Answer, RefusalKind};

/// Through which route
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ByRouteArgs {
    #[command(flatten)]
    api: ApiArgs,
    /// Go through this route of the API; else the machine's own, POST before GET
    #[arg(long, value_name = "METHOD PATH", value_parser = GivenRoute::parse, help_heading = "API gateway")]
    route: Option<GivenRoute>,
}

/// What was asked for, read before the store is opened.
#[derive(Debug)]
pub(crate) struct WantedRoute {
    wanted: Wanted,
    route: Option<GivenRoute>,
}

/// The way to a route.
#[derive(Debug)]
pub(crate) struct ByRoute {
    api: Api,
    route: Option<GivenRoute>,
}

impl ByRouteArgs {
    /// `None` where the gateway is not asked for. `corrected` begins the command line that a wrong `--api-key` gets as its
    /// hint.
    pub(crate) async fn read(&self, context: &Context, corrected: &str) -> Result<Option<WantedRoute>, Failure> {
        if !self.api.is_given() && self.route.is_none() {
            return Ok(None);
        }
        let wanted = self.api.read(context, corrected).await?;
        Ok(Some(WantedRoute { wanted, route: self.route.clone() }))
    }

    /// Whether stdin is read for the key.
    pub(crate) fn reads_stdin(&self) -> bool {
        self.api.reads_stdin()
    }
}

impl WantedRoute {
    /// The ARN of the execution that a checked word means. An ARN is as good as it is for a gateway that was given, which may
    /// be in another region than AWS's configuration names, where there is one at all.
    pub(crate) async fn execution_arn(&self, context: &mut Context, word: &str) -> Result<String, Failure> {
        if word.starts_with("arn:") && !self.wanted.is_found() {
            return Ok(word.to_owned());
        }
        context.connect().await?;
        context.execution_arn(word).await
    }

    /// As [`WantedRoute::execution_arn`], for who changes the execution.
    pub(crate) async fn execution_arn_to_change(&self, context: &mut Context, word: &str) -> Result<String, Failure> {
        if word.starts_with("arn:") && !self.wanted.is_found() {
            return Ok(word.to_owned());
        }
        context.connect().await?;
        context.execution_arn_to_change(word).await
    }

    /// Makes the client; the store, or as much of the way to AWS as there is, is open.
    pub(crate) async fn open(self, context: &mut Context) -> Result<ByRoute, Failure> {
        Ok(ByRoute { api: self.wanted.open(context).await?, route: self.route })
    }
}

impl ByRoute {
    /// Starts an execution of the machine that a checked word means. The route's template names it by the request's id, so
    /// that a start whose answer is lost is not made again, which would be another one, but looked for.
    pub(crate) async fn start(
        mut self,
        context: &mut Context,
        word: Option<&str>,
        input: String,
    ) -> Result<StartedExecution, Failure> {
        let (route, machine) = self.start_route(context, word).await?;
        let body = body(&route, input)?;
        let call = self.api.call(&route, body);
        let sought = |request_id: Option<String>| Sought { request_id, machine, word: word.map(ToOwned::to_owned) };
        let answer = match self.api.send(context, &call).await {
            Ok(answer) => answer,
            Err(GatewayOrFailure::Gateway(error)) if !error.is_unsent() => {
                let id = error.request_id().map(ToOwned::to_owned);
                return sought(id).look_up(&mut self.api, context, error.into()).await;
            }
            Err(error) => return Err(error.into()),
        };
        if let Some(refusal) = answer.refusal() {
            let failure = refused::failure(&refusal, &route.to_string(), self.api.has_key(), &context.settings);
            let may_have_started = matches!(refusal.kind, RefusalKind::IntegrationTimeout | RefusalKind::Internal);
            return if may_have_started {
                sought(refusal.request_id).look_up(&mut self.api, context, failure).await
            } else {
                Err(failure)
            };
        }
        if let Some((arn, at)) = answer.json().as_ref().and_then(execution::started) {
            return Ok(started(arn, at.unwrap_or_default()));
        }
        let id = answer.request_id.clone();
        sought(id).look_up(&mut self.api, context, unexpected(&answer, &route, "names no execution")).await
    }

    /// The route of a start, and its machine's ARN where it was asked for: a route that was given has its own machine.
    async fn start_route(
        &mut self,
        context: &mut Context,
        word: Option<&str>,
    ) -> Result<(GivenRoute, Option<String>), Failure> {
        // In a store names cost nothing, so that a wrong one is told.
        if let Some(route) = self.route.as_ref().filter(|_| !context.settings.local) {
            return Ok((route.clone(), None));
        }
        let machine = match machine_arn(context, word).await {
            Ok(machine) => machine,
            // A machine that is not there is wrong whatever the file says.
            Err(failure) if failure.kind == FailureKind::NotFound => return Err(failure),
            Err(failure) => {
                let Some(logical_id) = context.project_machine(word) else { return Err(route::or_given(failure)) };
                return Ok((self.api.route_of_project(context, &logical_id, failure)?, None));
            }
        };
        let given = self.route.as_ref();
        match self.api.route(context, given, "StartExecution", Some(&machine)).await {
            // Its name was remembered, and may be another machine's now.
            Err(failure) if failure.kind == FailureKind::NotFound && context.forget_machines() => {
                let now = machine_arn(context, word).await?;
                if now == machine {
                    return Err(failure);
                }
                let route = self.api.route(context, given, "StartExecution", Some(&now)).await?;
                Ok((route, Some(now)))
            }
            route => Ok((route?, Some(machine))),
        }
    }

    /// Describes an execution (its ARN).
    pub(crate) async fn describe(&mut self, context: &mut Context, arn: &str) -> Result<Execution, Failure> {
        described_by(&mut self.api, context, self.route.as_ref(), arn).await
    }

    /// What is known of an execution (its ARN) before it is stopped, where the API has a route that tells it.
    pub(crate) async fn look(&mut self, context: &mut Context, arn: &str) -> Result<Option<Execution>, Failure> {
        // Who names the route of a stop may have nothing but that route and a key.
        if self.route.is_some() && !context.settings.local {
            return Ok(None);
        }
        let body = json!({ "executionArn": arn });
        match ask(&mut self.api, context, None, "DescribeExecution", &body).await {
            Ok((answer, _)) => Ok(answer.json().as_ref().and_then(execution::described)),
            // No such route: only a gateway that was given has one that nobody knows of.
            Err(failure) if failure.kind == FailureKind::NotFound && failure.code.is_none() => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Stops an execution (its ARN); gives when it ended.
    pub(crate) async fn stop(
        &mut self,
        context: &mut Context,
        arn: &str,
        error: Option<&str>,
        cause: Option<&str>,
    ) -> Result<Timestamp, Failure> {
        let mut body = json!({ "executionArn": arn });
        for (name, value) in [("error", error), ("cause", cause)] {
            if let Some(value) = value {
                body[name] = json!(value);
            }
        }
        let (answer, route) = ask(&mut self.api, context, self.route.as_ref(), "StopExecution", &body).await?;
        let stopped = answer.json().as_ref().and_then(execution::stopped);
        stopped.ok_or_else(|| unexpected(&answer, &route, "does not say when it ended"))
    }
}

/// Describes an execution (its ARN) by the route that was given, else by the API's own.
pub(super) async fn described_by(
    api: &mut Api,
    context: &mut Context,
    given: Option<&GivenRoute>,
    arn: &str,
) -> Result<Execution, Failure> {
    let (answer, route) = ask(api, context, given, "DescribeExecution", &json!({ "executionArn": arn })).await?;
    let described = answer.json().as_ref().and_then(execution::described);
    described.ok_or_else(|| unexpected(&answer, &route, "describes no execution"))
}

async fn ask(
    api: &mut Api,
    context: &mut Context,
    given: Option<&GivenRoute>,
    action: &str,
    body: &Value,
) -> Result<(Answer, GivenRoute), Failure> {
    let route = api.route(context, given, action, None).await?;
    let call = api.call(&route, Some(body.to_string()));
    let answer = api.send(context, &call).await?;
    match answer.refusal() {
        Some(refusal) => Err(refused::failure(&refusal, &route.to_string(), api.has_key(), &context.settings)),
        None => Ok((answer, route)),
    }
}

/// The input as a route takes it.
fn body(route: &GivenRoute, input: String) -> Result<Option<String>, Failure> {
    if !route.takes_no_body() {
        return Ok(Some(input));
    }
    if input.trim() == "{}" {
        return Ok(None);
    }
    Err(Failure::usage(format!("{route} takes no input: a {} has no body", route.method))
        .hint("leave the input out, or name a route that takes it: --route 'POST /action/start'"))
}

pub(super) fn started(arn: String, at: Timestamp) -> StartedExecution {
    let name = arn.rsplit(':').next().unwrap_or_default().to_owned();
    StartedExecution { arn, name, started: at, joined: false }
}

pub(super) async fn machine_arn(context: &mut Context, word: Option<&str>) -> Result<String, Failure> {
    context.connect().await?;
    context.set_to_change();
    context.machine_arn(word).await
}

fn unexpected(answer: &Answer, route: &GivenRoute, what: &str) -> Failure {
    let text = format!("the answer of {route} ({}) {what}", answer.status);
    let failure = Failure::text(FailureKind::Unexpected, text);
    Failure { request_id: answer.request_id.clone(), ..failure }.hint("see it with -v; is there a response template?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_get_takes_no_input() {
        let route = |text: &str| GivenRoute::parse(text).unwrap();
        assert_eq!(body(&route("GET /s"), "{}".into()).unwrap(), None);
        assert_eq!(body(&route("GET /s"), "{\"a\":1}".into()).unwrap_err().kind.exit_code(), 2);
        assert_eq!(body(&route("POST /s"), "{}".into()).unwrap().as_deref(), Some("{}"));
    }
}
