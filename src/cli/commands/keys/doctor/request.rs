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
use crate::gateway::{Answer, ApiKey, Refusal, RefusalKind};

/// A type for which nobody has a template.
const CONTENT_TYPE: &str = "application/x-iw102-keys-doctor";
/// What names no machine.
const BODY: &str = "{}";

/// What endpoints of AWS's APIs say to a request that names no operation, or has no signature.
const OF_ENDPOINTS: [&str; 3] =
    ["UnknownOperationException", "MissingAuthenticationTokenException", "MissingAuthenticationToken"];

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
    /// Something that is no gateway, and what it said.
    NotTheApi(String),
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
        Ok(answered(&answer))
    }
}

/// What an answer says.
fn answered(answer: &Answer) -> Answered {
    let refusal = answer.refusal();
    if is_of_another(answer, refusal.as_ref()) {
        return Answered::NotTheApi(match refusal {
            Some(refusal) if refusal.name == format!("HTTP {}", answer.status) => answer.status.to_string(),
            Some(refusal) => format!("{} {}", answer.status, refusal.name),
            None => answer.status.to_string(),
        });
    }
    let Some(refusal) = refusal else { return Answered::Accepted };
    match refusal.kind {
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
    }
}

/// Whether something else than a gateway answers: an endpoint of AWS's own APIs, a web server. Step Functions behind a route
/// answers a request that is signed and names an operation, and no empty object with anything good; and it knows no 404.
fn is_of_another(answer: &Answer, refusal: Option<&Refusal>) -> bool {
    let is_lost = matches!(answer.status, 404 | 405);
    match refusal.map(|refusal| (refusal.kind, refusal.name.as_str())) {
        Some((RefusalKind::Service, name)) => is_lost || OF_ENDPOINTS.contains(&name),
        Some((RefusalKind::WrongRoute, _)) => is_lost && !is_signed_by_a_gateway(answer),
        None => !is_signed_by_a_gateway(answer),
        Some(_) => false,
    }
}

/// Whether an answer has what a gateway puts into each of its own: of a REST API, or of an HTTP API.
fn is_signed_by_a_gateway(answer: &Answer) -> bool {
    ["x-amzn-errortype", "x-amz-apigw-id", "x-amzn-requestid", "apigw-requestid"]
        .iter()
        .any(|name| answer.header(name).is_some())
}

/// The route that may be asked.
fn route(facts: &Facts) -> Result<GivenRoute, String> {
    let Some(route) = facts.route.clone() else {
        return Err(match &facts.api {
            Ok(_) => "the API has no route of Step Functions without a parameter: name one, --route 'POST /orders/17'",
            Err(_) => "no route of Step Functions is known",
        }
        .to_owned());
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

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
        let header =
            |name: &str| headers.iter().find(|(given, _)| *given == name).map(|(_, value)| (*value).to_owned());
        Answer {
            status,
            version: "HTTP/1.1".into(),
            headers: headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
            body: body.into(),
            request_id: header("x-amzn-requestid"),
            error_type: header("x-amzn-errortype"),
        }
    }

    #[test]
    fn what_no_gateway_says_is_of_something_else() {
        let id = ("x-amzn-requestid", "1");
        let unsigned =
            r#"{"__type":"com.amazon.coral.service#MissingAuthenticationTokenException","message":"Missing"}"#;
        for (answer, told) in [
            (answer(404, &[id], r#"{"__type":"UnknownOperationException"}"#), "404 UnknownOperationException"),
            (answer(400, &[id], r#"{"__type":"UnknownOperationException"}"#), "400 UnknownOperationException"),
            (answer(400, &[id], unsigned), "400 MissingAuthenticationTokenException"),
            (answer(404, &[], "<html>Not Found</html>"), "404"),
            (answer(405, &[("allow", "GET")], ""), "405"),
            (answer(200, &[], "<html>Welcome</html>"), "200"),
            (answer(302, &[("location", "/login")], ""), "302"),
        ] {
            assert_eq!(answered(&answer), Answered::NotTheApi(told.to_owned()), "{answer:?}");
        }
        let validation = r#"{"__type":"com.amazon.coral.validate#ValidationException","message":"1 validation error"}"#;
        let lost = ("x-amzn-errortype", "MissingAuthenticationTokenException");
        for (answer, expected) in [
            (answer(400, &[id], validation), Answered::Accepted),
            // An emulator's, or one behind a proxy that leaves headers out.
            (answer(400, &[], validation), Answered::Accepted),
            (answer(415, &[], r#"{"message":"Unsupported Media Type"}"#), Answered::Accepted),
            (answer(403, &[], r#"{"message":"Forbidden"}"#), Answered::KeyRefused),
            (answer(403, &[], r#"{"message":"Missing Authentication Token"}"#), Answered::WrongRoute),
            // A project may say 404 for it.
            (answer(404, &[id, lost], r#"{"message":"no such thing"}"#), Answered::WrongRoute),
            (answer(404, &[("apigw-requestid", "1")], r#"{"message":"Not Found"}"#), Answered::WrongRoute),
        ] {
            assert_eq!(answered(&answer), expected, "{answer:?}");
        }
    }
}
