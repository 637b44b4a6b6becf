//! The project's API on the port of AWS's APIs, where emulators of AWS have it: below a path with the API's id.
//!
//! A client that is told an endpoint of AWS's APIs and nothing else (`AWS_ENDPOINT_URL`) learns from the management which API
//! there is, and calls it here: the same routes, keys and limits as on the gateway's own port, without TLS on loopback.
//! <https://docs.localstack.cloud/aws/services/apigateway/#accessing-deployed-apis>

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::{Request, Response, Uri};

use crate::local::admission::Sender;
use crate::local::served::Served;

/// The API's id, its stage and the route's path follow.
const PREFIX: &str = "/_aws/execute-api/";

/// Whether a path is below the one of emulated APIs.
pub(in crate::local) fn serves(path: &str) -> bool {
    path.starts_with(PREFIX)
}

/// Answers a request whose path [`serves`] knows, as the gateway's own port does.
pub(in crate::local) async fn answer(
    mut request: Request<Incoming>,
    sender: Sender,
    served: Arc<Served>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let id = served.api.live().map(|live| live.api.id.clone());
    // Of another API nothing is known, which is what the root without a stage is.
    *request.uri_mut() = id.and_then(|id| below(request.uri(), &id)).unwrap_or_default();
    super::answer(request, sender, served).await
}

/// `/dev/hello?a=b` of `/_aws/execute-api/ID/dev/hello?a=b`
fn below(uri: &Uri, id: &str) -> Option<Uri> {
    let rest = uri.path_and_query()?.as_str().strip_prefix(PREFIX)?.strip_prefix(id)?;
    rest.starts_with('/').then(|| rest.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::below;

    #[test]
    fn the_stage_and_the_path_follow_the_id() {
        for (path, expected) in [
            ("/_aws/execute-api/a1/dev/hello", Some("/dev/hello")),
            ("/_aws/execute-api/a1/dev/a%2Fb?c=d%20e", Some("/dev/a%2Fb?c=d%20e")),
            ("/_aws/execute-api/a1/dev", Some("/dev")),
            ("/_aws/execute-api/a1", None),
            ("/_aws/execute-api/a12/dev/hello", None),
            ("/_aws/execute-api/other/dev/hello", None),
            ("/dev/hello", None),
        ] {
            let found = below(&path.parse().unwrap(), "a1").map(|uri| uri.to_string());
            assert_eq!(found.as_deref(), expected, "{path}");
        }
    }
}
