//! The parts of API Gateway's own API that read keys, plans and routes.

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::{Request, Response};

use crate::local::served::Served;

/// Whether a path is one of this API's.
pub(in crate::local) fn serves(_path: &str) -> bool {
    false
}

/// Answers a request whose path [`serves`] knows.
pub(in crate::local) async fn answer(_request: Request<Incoming>, _served: &Served) -> Response<Full<Bytes>> {
    Response::new(Full::default())
}
