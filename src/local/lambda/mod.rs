//! Lambda's API, as far as calling and finding functions goes: `Invoke`, `ListFunctions`, `GetFunction`,
//! `GetFunctionConfiguration`.
//!
//! Unlike the other APIs here it is a REST protocol: the operation is in the method and the path, an error's name in a
//! header. Start reading at [`answer`].

mod error;
mod functions;
mod invoke;

#[cfg(test)]
pub(super) use invoke::PAYLOAD_BYTES_MAX;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use serde_json::Value;
use uuid::Uuid;

use crate::local::lambda::error::LambdaError;
use crate::local::served::Served;

/// The version that every operation of a function has in its path.
const FUNCTIONS: &str = "/2015-03-31/functions";

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// Whether a path is one of this API's: `/2015-03-31/…` or another of its dated versions.
pub(super) fn serves(path: &str) -> bool {
    let version = path.strip_prefix('/').and_then(|path| path.split_once('/')).map_or("", |(version, _)| version);
    version.len() == 10
        && version.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

/// Answers a request whose path [`serves`] knows.
pub(super) async fn answer(request: Request<Incoming>, served: &Served) -> Response<Full<Bytes>> {
    let mut response = operate(request, served).await.unwrap_or_else(|error| error.response());
    if !response.headers().contains_key(REQUEST_ID)
        && let Ok(id) = HeaderValue::from_str(&Uuid::new_v4().to_string())
    {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

async fn operate(request: Request<Incoming>, served: &Served) -> Result<Response<Full<Bytes>>, LambdaError> {
    let (head, body) = request.into_parts();
    let path = head.uri.path().strip_prefix(FUNCTIONS).unwrap_or(head.uri.path());
    let steps: Vec<&str> = path.split('/').collect();
    let query = Query::parse(head.uri.query().unwrap_or_default());
    match (&head.method, &steps[..]) {
        (&Method::GET, [""] | ["", ""]) => functions::list(&query, served),
        (&Method::GET, ["", name]) => functions::get(&decoded(name), served),
        (&Method::GET, ["", name, "configuration"]) => functions::configuration(&decoded(name), served),
        (&Method::POST, ["", name, "invocations"]) => {
            invoke::invoke(decoded(name), query.get("Qualifier"), &head.headers, body, served).await
        }
        (method, _) => Err(LambdaError::unknown_operation(method, head.uri.path())),
    }
}

fn json(status: StatusCode, body: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// The parameters of a URL.
struct Query(Vec<(String, String)>);

impl Query {
    fn parse(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        Self(pairs.map(|(name, value)| (decoded(name), decoded(value))).collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// `%3A` → `:`. What is no escape stays; what is no UTF-8 afterwards is replaced, and then names nothing.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escape =
            after.first_chunk::<2>().filter(|digits| *first == b'%' && digits.iter().all(u8::is_ascii_hexdigit));
        let byte = escape.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{Query, decoded, serves};

    #[test]
    fn only_dated_paths_are_lambdas() {
        for path in ["/2015-03-31/functions", "/2015-03-31/functions/f/invocations", "/2021-10-31/functions/f/url"] {
            assert!(serves(path), "{path}");
        }
        for path in ["/", "", "/2015-03-31", "/2015-3-31/functions", "/functions/f", "/restapis/2015-03-31/x"] {
            assert!(!serves(path), "{path}");
        }
    }

    #[test]
    fn escapes_are_decoded_and_nothing_else() {
        for (text, expected) in [
            ("hello", "hello"),
            ("arn%3Aaws%3alambda", "arn:aws:lambda"),
            ("100%", "100%"),
            ("%2", "%2"),
            ("%zz%+1", "%zz%+1"),
            ("%C3%A4%ff", "ä\u{fffd}"),
        ] {
            assert_eq!(decoded(text), expected, "{text}");
        }
    }

    #[test]
    fn a_query_is_read() {
        let query = Query::parse("a=1&&b&c=%24LATEST&a=2");
        assert_eq!((query.get("a"), query.get("b"), query.get("c")), (Some("1"), Some(""), Some("$LATEST")));
        assert_eq!(query.get("d"), None);
    }
}
