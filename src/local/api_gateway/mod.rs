//! The API of a project, as API Gateway serves it: a REST API behind an edge, with one stage.
//!
//! Owns: routes, keys, the usage plan, mapping templates, and the parts of API Gateway's own API that read them. Must not
//! know: sockets and TLS, the command line. Start reading at [`answer`], which has the order of the checks; what is behind a
//! route is `integration`'s, and what outlives a request is `gateway`'s.

mod answer;
mod cors;
mod emulated;
#[cfg(test)]
mod fixtures;
mod gateway;
mod integration;
mod keys;
pub(super) mod management;
mod model;
mod proxy_event;
mod quota;
mod routes;
mod templates;
#[cfg(test)]
mod tests;
mod throttle;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Incoming};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode};

pub(super) use self::emulated::{answer as answer_emulated, serves as serves_emulated};
pub(super) use self::gateway::Gateway;
pub(super) use self::model::Api;
pub(super) use self::templates::{TemplateError, check};
use crate::engine::Timestamp;
use crate::local::admission::Sender;
use crate::local::api_gateway::answer::{Answer, Refusal, RequestIds};
use crate::local::api_gateway::cors::Preflight;
use crate::local::api_gateway::gateway::{Live, LiveKey};
use crate::local::api_gateway::integration::Invocation;
use crate::local::api_gateway::model::Route;
use crate::local::api_gateway::routes::Found;
use crate::local::api_gateway::templates::Templates;
use crate::local::served::Served;
use crate::local::wire;

/// The longest body that API Gateway takes.
const BODY_BYTES_MAX: usize = 10 << 20;

/// What a request leads to.
#[derive(Debug)]
enum Passage<'a> {
    /// The answer to a browser that asks first.
    Preflight(&'a Preflight),
    Route {
        live: &'a Live,
        route: &'a Route,
        templates: &'a Templates,
        key: Option<&'a LiveKey>,
        parameters: BTreeMap<String, String>,
    },
}

/// Answers a request to the project's API. Who may talk to this server at all (Host) is its listener's business.
pub(super) async fn answer(
    request: Request<Incoming>,
    sender: Sender,
    served: Arc<Served>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let now = Timestamp::now();
    let ids = RequestIds::new(now);
    let answered = serve(request, &sender, &served, &ids, now).await;
    if let Err(Refusal::Template(place)) = &answered
        && served.api.is_news(place)
    {
        served.tell.say(place);
    }
    Ok(answered.unwrap_or_else(|refusal| refusal.answer(&ids)))
}

/// The checks in AWS's order, after who asks at all: the edge, the length, the route, the key, its throttle, its quota; then
/// the integration.
async fn serve(
    request: Request<Incoming>,
    sender: &Sender,
    served: &Served,
    ids: &RequestIds,
    now: Timestamp,
) -> Result<Answer, Refusal> {
    let (head, body) = request.into_parts();
    let live = served.api.live();
    let found = live.as_deref().and_then(|live| Some((live, find(&head, live)?)));
    if let Sender::Page(origin) = sender
        && !found.as_ref().is_some_and(|(live, found)| admits_page(origin.as_deref(), live, found))
    {
        return Err(Refusal::Page);
    }
    if matches!(head.method, Method::GET | Method::HEAD) && !body.is_end_stream() {
        return Err(Refusal::Edge);
    }
    let passage = found.ok_or(Refusal::MissingAuthenticationToken);
    let passage = passage.and_then(|(live, found)| Passage::of(&head, live, found));
    // The length is refused before the key. But who has no key fills no memory: what they send is measured only.
    let body = match &passage {
        Ok(_) => wire::read(body, BODY_BYTES_MAX).await,
        Err(_) => wire::discard(body, BODY_BYTES_MAX).await.map(|()| Bytes::new()),
    };
    let body = body.map_err(|error| Refusal::of_body(&error))?;
    match passage? {
        Passage::Preflight(preflight) => {
            let mut answer = answer::of_the_gateway(ids, StatusCode::OK, String::new());
            preflight.add_to(answer.headers_mut());
            Ok(answer)
        }
        Passage::Route { live, route, templates, key, parameters } => {
            if let Some(key) = key {
                served.api.meter(key, live, &served.engine).await?;
            }
            let invocation = Invocation { live, route, templates, key, head: &head, body: &body, parameters, ids, now };
            integration::answer(&invocation, served).await
        }
    }
}

fn find<'a>(head: &Parts, live: &'a Live) -> Option<Found<'a>> {
    live.routes.find(head.method.as_str(), live.path_in_stage(head.uri.path())?)
}

/// Whether a web page of another origin (`None` where its browser does not say which) may send a request: the preflight of
/// a route with `cors`, or a request to a route whose `cors` names the origin. Nothing else is open to strangers' pages.
fn admits_page(origin: Option<&str>, live: &Live, found: &Found<'_>) -> bool {
    match found {
        Found::Preflight(_) => true,
        Found::Route(at, _) => {
            let cors = live.api.routes.get(*at).and_then(|route| route.cors.as_ref());
            cors.is_some_and(|cors| cors::admits(cors, origin))
        }
    }
}

impl<'a> Passage<'a> {
    /// Past the key, where the route wants one.
    fn of(head: &Parts, live: &'a Live, found: Found<'a>) -> Result<Self, Refusal> {
        let (at, parameters) = match found {
            Found::Preflight(preflight) => return Ok(Self::Preflight(preflight)),
            Found::Route(at, parameters) => (at, parameters),
        };
        let (route, templates) = live.route(at).ok_or(Refusal::Internal)?;
        let key = if route.private { Some(key(head, live)?) } else { None };
        Ok(Self::Route { live, route, templates, key, parameters })
    }
}

/// The key that a request shows, if it opens anything.
fn key<'a>(head: &Parts, live: &'a Live) -> Result<&'a LiveKey, Refusal> {
    let given = head.headers.get("x-api-key").ok_or(Refusal::Forbidden)?;
    live.key(given.as_bytes()).filter(|key| key.enabled).ok_or(Refusal::Forbidden)
}
