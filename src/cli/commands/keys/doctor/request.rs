//! The requests that are sent, none of which starts anything.
//!
//! A gateway looks at the key before it looks at the rest. A type without a template is refused with 415 where the route has
//! templates; where it has none, or lets unknown types through, the body goes to Step Functions as it is, and an empty object
//! names neither a machine nor an execution. What another integration does with a request is not known, so it gets none.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html>

use super::facts::Facts;
use crate::cli::api::Api;
use crate::cli::api::route::GivenRoute;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::gateway::{ApiKey, RefusalKind};

/// A type for which nobody has a template.
const CONTENT_TYPE: &str = "application/x-iw102-keys-doctor";
/// What names no machine.
const BODY: &str = "{}";

/// What the gateway did with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answered {
    /// It let it through to what lies behind the key.
    Accepted,
    /// 403 Forbidden.
    KeyRefused,
    /// 403 Missing Authentication Token.
    WrongRoute,
    /// 429 Too Many Requests.
    Throttled,
    /// 429 Limit Exceeded.
    QuotaUsedUp,
    /// A policy, an authorizer or a signature forbids it.
    Denied(String),
    /// Something that says nothing of the key.
    Other(String),
    /// It was not sent, and why.
    NotSent(String),
}

/// Asks one route.
#[derive(Debug)]
pub(super) struct Probe {
    api: Api,
    route: Result<GivenRoute, String>,
}

impl Probe {
    pub(super) fn new(api: Api, facts: &Facts) -> Self {
        Self { api, route: route(facts) }
    }

    /// Sends a request with a key, or without one.
    pub(super) async fn ask(&mut self, context: &mut Context, key: Option<&ApiKey>) -> Result<Answered, Failure> {
        let route = match &self.route {
            Ok(route) => route,
            Err(why) => return Ok(Answered::NotSent(why.clone())),
        };
        let body = (!route.takes_no_body()).then(|| BODY.to_owned());
        let mut call = self.api.call(route, body);
        call.headers.push(("content-type".to_owned(), CONTENT_TYPE.to_owned()));
        call.key = key.cloned();
        let answer = self.api.send_once(context, &call).await?;
        let Some(refusal) = answer.refusal() else { return Ok(Answered::Accepted) };
        Ok(match refusal.kind {
            RefusalKind::KeyRefused => Answered::KeyRefused,
            RefusalKind::WrongRoute => Answered::WrongRoute,
            RefusalKind::Throttled => Answered::Throttled,
            RefusalKind::QuotaUsedUp => Answered::QuotaUsedUp,
            RefusalKind::AccessDenied => Answered::Denied(refusal.message),
            // Behind the key, whatever is wrong there.
            RefusalKind::MediaType | RefusalKind::Service | RefusalKind::IntegrationTimeout => Answered::Accepted,
            RefusalKind::Internal | RefusalKind::TooLarge | RefusalKind::Edge | RefusalKind::Other => {
                Answered::Other(format!("{} {}", refusal.status, refusal.message))
            }
        })
    }
}

/// The route that may be asked.
fn route(facts: &Facts) -> Result<GivenRoute, String> {
    let Some(route) = facts.route.clone() else {
        return Err("no route of Step Functions is known: --route 'POST /action/start'".to_owned());
    };
    match (facts.route_set_up(), &facts.api) {
        (Some(known), _) if known.action.is_none() => {
            Err(format!("{route} calls something else than Step Functions, which is not called to find out"))
        }
        (None, _) if facts.is_deployed_only() => {
            Err(format!("the stage still serves {route}, which is not set up any more; what it calls is not known"))
        }
        (None, Err(why)) if !facts.is_route_of_file => {
            Err(format!("what {route} calls is not known: the API's routes cannot be read ({why})"))
        }
        // A route that is not there cannot call anything, and those of machines in the project's file call Step Functions.
        _ => Ok(route),
    }
}
