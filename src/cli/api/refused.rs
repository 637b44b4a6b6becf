//! What a refusal means to a command: the exit code, and what to do.

use crate::aws::{Detail, Error as AwsError};
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::settings::{Settings, quoted};
use crate::gateway::{GatewayError, Reach, Refusal, RefusalKind};

/// A refusal of a route as a failure.
pub(crate) fn failure(refusal: &Refusal, route: &str, has_key: bool, settings: &Settings) -> Failure {
    let flags = settings.again_flags();
    let (kind, text, hint) = match refusal.kind {
        RefusalKind::Service => return with_id(of_service(refusal, flags), refusal),
        RefusalKind::KeyRefused | RefusalKind::Throttled | RefusalKind::QuotaUsedUp => {
            of_key(refusal.kind, route, has_key, flags)
        }
        RefusalKind::WrongRoute => {
            let text = format!("the gateway has no route {route}");
            (FailureKind::NotFound, text, format!("its routes: iw102 endpoints{flags}"))
        }
        RefusalKind::MediaType => {
            let hint = format!("it has a mapping template for another Content-Type only; {}", shown(route, flags));
            (FailureKind::Usage, format!("{route} takes no JSON"), hint)
        }
        RefusalKind::TooLarge => (FailureKind::Usage, said(refusal), "a gateway takes at most 10 MB".to_owned()),
        RefusalKind::AccessDenied => {
            let hint = format!("a policy or an authorizer of the API forbids it; its routes: iw102 endpoints{flags}");
            (FailureKind::Credentials, said(refusal), hint)
        }
        RefusalKind::IntegrationTimeout => {
            let text = format!("{route} was not answered in time; what was asked may have been done");
            (FailureKind::Network, text, format!("look before you try again: iw102 list{flags}"))
        }
        RefusalKind::Internal => {
            let hint = "the route's mapping template or its role is wrong, or the gateway failed; what runs:";
            (FailureKind::Unexpected, said(refusal), format!("{hint} iw102 list{flags}"))
        }
        RefusalKind::Edge => {
            let text = format!("CloudFront, in front of the gateway, answered {}", refusal.status);
            let hint = "it refuses what is no proper request, a GET with a body for one, and nothing reached the API;";
            (FailureKind::Unexpected, text, format!("{hint} {}", shown(route, flags)))
        }
        // From behind the route, as far as anybody knows.
        RefusalKind::Other if refusal.status == 429 => {
            let hint =
                "it was not the gateway that said so: what was asked may have been done; look before you try again";
            (FailureKind::Throttled, said(refusal), hint.to_owned())
        }
        RefusalKind::Other => {
            let kind = if refusal.status == 400 { FailureKind::Usage } else { FailureKind::Unexpected };
            let hint = format!("the request and the answer: iw102 http {} -v{flags}", quoted_route(route));
            (kind, said(refusal), hint)
        }
    };
    let code = refusal.name.clone();
    with_id(Failure { code: Some(code), ..Failure::text(kind, text) }.hint(hint), refusal)
}

/// What is said of a key that was refused, or that has asked too often.
fn of_key(kind: RefusalKind, route: &str, has_key: bool, flags: &str) -> (FailureKind, String, String) {
    let keys = format!("iw102 keys list{flags}");
    match kind {
        RefusalKind::Throttled => {
            let text = "the gateway is throttled: too many requests at once".to_owned();
            let hint = format!("nothing was done; try again later (limits: iw102 keys usage{flags})");
            (FailureKind::Throttled, text, hint)
        }
        RefusalKind::QuotaUsedUp => {
            let text = "the quota of the API key is used up".to_owned();
            (FailureKind::Throttled, text, format!("when it comes back: iw102 keys usage{flags}"))
        }
        _ if has_key => {
            let hint =
                format!("is it enabled and in the stage's plan? {keys} (a new key takes some seconds to spread)");
            (FailureKind::ApiKeyRefused, "the gateway refused the API key".to_owned(), hint)
        }
        _ => {
            let text = format!("{route} asks for an API key");
            (FailureKind::ApiKeyRefused, text, format!("add --api-key; the keys: {keys}"))
        }
    }
}

/// What the service behind the route said, as if it had been asked itself.
fn of_service(refusal: &Refusal, flags: &str) -> Failure {
    let (code, message) = (refusal.name.clone(), refusal.message.clone());
    let error = AwsError::of(Detail { code, message, request_id: refusal.request_id.clone() });
    let hint = service_hint(&error, flags);
    hint.into_iter().fold(Failure::from(error), Failure::hint)
}

/// How to see what is sent.
fn shown(route: &str, flags: &str) -> String {
    format!("what is sent: iw102 http {} --offline{flags}", quoted_route(route))
}

/// What helps against an error of the service behind a route, which the route's role has called.
fn service_hint(error: &AwsError, flags: &str) -> Option<String> {
    Some(match error {
        AwsError::NotFound(detail) if detail.code == "StateMachineDoesNotExist" => {
            "the route's machine is gone; deploy the project again, or see what there is: iw102 list".to_owned() + flags
        }
        AwsError::NotFound(_) => format!("to see what there is: iw102 list{flags}"),
        AwsError::InvalidInput(_) => {
            "what the route's template made of the input is refused; see it with -v".to_owned()
        }
        AwsError::AccessDenied(_) => {
            "the role of the route may not do that, whoever calls it; to go without it, leave --api-key out".to_owned()
        }
        AwsError::Throttled(_) => "nothing was done; try again later".to_owned(),
        _ => return None,
    })
}

/// `POST /action/start` as the two words of a command.
fn quoted_route(route: &str) -> String {
    route.split_once(' ').map_or_else(|| quoted(route), |(method, path)| format!("{method} {}", quoted(path)))
}

fn said(refusal: &Refusal) -> String {
    format!("the gateway answered {}: {}", refusal.status, refusal.message)
}

/// With the request's id, by which AWS's logs know it.
fn with_id(failure: Failure, refusal: &Refusal) -> Failure {
    let Some(id) = &refusal.request_id else { return failure };
    let error = anyhow::Error::msg(format!("{} (request {id})", failure.message()));
    Failure { error, request_id: Some(id.clone()), ..failure }
}

impl From<GatewayError> for Failure {
    fn from(error: GatewayError) -> Self {
        let (kind, hint) = match &error {
            GatewayError::Address { .. } => (
                FailureKind::Usage,
                "write the gateway with its stage: https://ID.execute-api.REGION.amazonaws.com/dev",
            ),
            GatewayError::Key => (FailureKind::Usage, "a key is one word of letters, digits and signs"),
            GatewayError::Unsendable(_) => (FailureKind::Usage, "write METHOD and path: POST /action/start"),
            GatewayError::BodyOnGet(_) => (FailureKind::Usage, "use a POST route, or send no input"),
            GatewayError::Ca { .. } => {
                (FailureKind::Usage, "name a file of CA certificates in PEM form: --cacert FILE")
            }
            GatewayError::Unreachable { reach, unsent, .. } => (FailureKind::Network, reach_hint(*reach, *unsent)),
            GatewayError::AnswerTooLarge { .. } => (FailureKind::Unexpected, "what was asked may have been done"),
        };
        let request_id = error.request_id().map(ToOwned::to_owned);
        Self { request_id, ..Self::new(kind, error) }.hint(hint)
    }
}

/// What to do about a way that is closed.
fn reach_hint(reach: Reach, unsent: bool) -> &'static str {
    match reach {
        Reach::UnknownCa => "its certificate is by a CA that is not trusted; name that CA: --cacert FILE",
        Reach::Tls => "its certificate is not good, or something between answers in its place (HTTPS_PROXY?)",
        Reach::Dns => "is the address right? --api, IW102_API (its region and its id), or no network",
        Reach::Refused => "nobody listens there; is the address right, and the proxy (HTTPS_PROXY, NO_PROXY)?",
        _ if !unsent => "what was asked may have been done: look before you try again",
        Reach::Timeout | Reach::Other => "try again; is there a network, or a proxy to name (HTTPS_PROXY)?",
    }
}
