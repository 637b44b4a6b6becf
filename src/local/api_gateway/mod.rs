//! The API of a project, as API Gateway serves it.
//!
//! Owns: routes, keys, the usage plan, mapping templates, and the parts of API Gateway's own API that read them. Must not
//! know: sockets and TLS, the command line. Start reading at [`answer`].

pub(super) mod management;

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};

use crate::local::served::Served;

/// Whether a web page of another origin (`None` where its browser does not say which) may send this request: the preflight of
/// a route with `cors`, or a request to a route whose `cors` names the origin. Nothing else is open to strangers' pages.
pub(super) fn admits_page(_request: &Request<Incoming>, _origin: Option<&str>, _served: &Served) -> bool {
    false
}

/// Answers a request to the project's API.
pub(super) async fn answer(
    _request: Request<Incoming>,
    _served: Arc<Served>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut response = Response::new(Full::new(Bytes::from_static(b"{\"message\":\"Missing Authentication Token\"}")));
    *response.status_mut() = StatusCode::FORBIDDEN;
    Ok(response)
}
