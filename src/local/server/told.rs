//! A line about each request that was answered, for whoever wants to see them: the operation or the route, the status, the
//! time, the id. Never a header, a query or a body, any of which may hold a secret.

use std::time::Instant;

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, Response};

use crate::local::control;

/// The longest name of an operation or a route that is told; a path may be as long as the head of a request.
const NAME_CHARACTERS_MAX: usize = 200;

/// A request that is being answered.
pub(super) struct Told {
    name: String,
    begun: Instant,
}

impl Told {
    /// `None` of what the processes of a store say to each other, which is nobody's request.
    pub(super) fn begin<B>(request: &Request<B>) -> Option<Self> {
        let path = request.uri().path();
        if path.starts_with(control::PATH) {
            return None;
        }
        let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
        let name = match target.and_then(|target| target.split_once('.')) {
            Some((_, operation)) => operation.to_owned(),
            None => format!("{} {path}", request.method()),
        };
        Some(Self { name: name.chars().take(NAME_CHARACTERS_MAX).collect(), begun: Instant::now() })
    }

    /// `StartExecution 200 3 ms, request 9d23…`
    pub(super) fn end(self, response: &Response<Full<Bytes>>) -> String {
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        let id = header("x-amzn-requestid").map(|id| format!(", request {id}")).unwrap_or_default();
        let error = header("x-amzn-errortype").map(|error| format!(" {error}")).unwrap_or_default();
        let (name, status) = (self.name, response.status().as_u16());
        format!("{name} {status}{error} {} ms{id}", self.begun.elapsed().as_millis())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(method: &str, uri: &str, headers: &[(&str, &str)], answer: &[(&str, &str)]) -> Option<String> {
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = Response::builder().status(if answer.len() > 1 { 403 } else { 200 });
        for (name, value) in answer {
            response = response.header(*name, *value);
        }
        let begun = Told { begun: Instant::now(), ..Told::begin(&request.body(()).unwrap())? };
        Some(begun.end(&response.body(Full::default()).unwrap()))
    }

    #[test]
    fn an_operation_and_a_route_are_told_without_what_may_be_secret() {
        let id = ("x-amzn-requestid", "1");
        let start = line("POST", "/", &[("x-amz-target", "AWSStepFunctions.StartExecution")], &[id]);
        assert_eq!(start.unwrap(), "StartExecution 200 0 ms, request 1");
        let refused = [id, ("x-amzn-errortype", "ForbiddenException")];
        let hello = line("GET", "/dev/hello?token=s3cret", &[("x-api-key", "s3cret")], &refused);
        assert_eq!(hello.unwrap(), "GET /dev/hello 403 ForbiddenException 0 ms, request 1");
        assert_eq!(line("POST", "/_iw102/load", &[], &[]), None);
        let long = line("GET", &format!("/{}", "a".repeat(9_000)), &[], &[]).unwrap();
        assert!(long.len() < 300, "{long}");
    }
}
