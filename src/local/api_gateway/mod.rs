//! The API of a project, as API Gateway serves it: a REST API behind an edge, with one stage.
//!
//! Owns: routes, keys, the usage plan, mapping templates, and the parts of API Gateway's own API that read them. Must not
//! know: sockets and TLS, the command line. Start reading at [`answer`], which has the order of the checks; what is behind a
//! route is `integration`'s, and what outlives a request is `gateway`'s.

mod answer;
mod cors;
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

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Incoming};
use hyper::{Method, Request, Response, StatusCode};

pub(super) use self::gateway::Gateway;
pub(super) use self::model::Api;
pub(super) use self::templates::{TemplateError, check};
use crate::engine::Timestamp;
use crate::local::api_gateway::answer::{Answer, Refusal, RequestIds};
use crate::local::api_gateway::gateway::{Live, LiveKey};
use crate::local::api_gateway::integration::Invocation;
use crate::local::api_gateway::routes::Found;
use crate::local::served::Served;
use crate::local::wire;

/// The longest body that API Gateway takes.
const BODY_BYTES_MAX: usize = 10 << 20;

/// Whether a web page of another origin (`None` where its browser does not say which) may send this request: the preflight of
/// a route with `cors`, or a request to a route whose `cors` names the origin. Nothing else is open to strangers' pages.
pub(super) fn admits_page(request: &Request<Incoming>, origin: Option<&str>, served: &Served) -> bool {
    let Some(live) = served.api.live() else { return false };
    let found = live.path_in_stage(request.uri().path());
    match found.and_then(|path| live.routes.find(request.method().as_str(), path)) {
        Some(Found::Preflight(_)) => true,
        Some(Found::Route(at, _)) => {
            let cors = live.api.routes.get(at).and_then(|route| route.cors.as_ref());
            cors.is_some_and(|cors| cors::admits(cors, origin))
        }
        None => false,
    }
}

/// Answers a request to the project's API. Who may talk to this server at all (Host) is its listener's business.
pub(super) async fn answer(
    request: Request<Incoming>,
    served: Arc<Served>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let now = Timestamp::now();
    let ids = RequestIds::new(now);
    let answered = serve(request, &served, &ids, now).await;
    Ok(answered.unwrap_or_else(|refusal| refusal.answer(&ids)))
}

/// The checks in AWS's order, after who asks at all: the edge, the length, the route, the key, its throttle, its quota; then
/// the integration.
async fn serve(
    request: Request<Incoming>,
    served: &Served,
    ids: &RequestIds,
    now: Timestamp,
) -> Result<Answer, Refusal> {
    let (head, body) = request.into_parts();
    if matches!(head.method, Method::GET | Method::HEAD) && !body.is_end_stream() {
        return Err(Refusal::Edge);
    }
    // A body that ends early has nobody left to read the answer.
    let body = wire::read(body, BODY_BYTES_MAX).await.map_err(|_| Refusal::TooLong)?;
    let live = served.api.live().ok_or(Refusal::MissingAuthenticationToken)?;
    let path = live.path_in_stage(head.uri.path()).ok_or(Refusal::MissingAuthenticationToken)?;
    let found = live.routes.find(head.method.as_str(), path).ok_or(Refusal::MissingAuthenticationToken)?;
    let (at, parameters) = match found {
        Found::Route(at, parameters) => (at, parameters),
        Found::Preflight(preflight) => {
            let mut answer = answer::of_the_gateway(ids, StatusCode::OK, String::new());
            preflight.add_to(answer.headers_mut());
            return Ok(answer);
        }
    };
    let (route, templates) = live.route(at).ok_or(Refusal::Internal)?;
    let key = if route.private { Some(key(&head, &live)?) } else { None };
    if let Some(key) = key {
        served.api.meter(key, &live, &served.engine).await?;
    }
    let invocation = Invocation { live: &live, route, templates, key, head: &head, body: &body, parameters, ids, now };
    integration::answer(&invocation, served).await
}

/// The key that a request shows, if it opens anything.
fn key<'a>(head: &hyper::http::request::Parts, live: &'a Live) -> Result<&'a LiveKey, Refusal> {
    let given = head.headers.get("x-api-key").ok_or(Refusal::Forbidden)?;
    live.key(given.as_bytes()).filter(|key| key.enabled).ok_or(Refusal::Forbidden)
}
