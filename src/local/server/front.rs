//! What is behind a listener.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Request, Response, StatusCode};
use serde_json::json;

use crate::local::admission::{self, Listener, Refusal};
use crate::local::api_error::ApiError;
use crate::local::served::Served;
use crate::local::server::told::Told;
use crate::local::{api_gateway, wire};

/// Which API a listener serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::local) enum Front {
    /// AWS's APIs: Step Functions, Lambda, Logs, the management of API Gateway; the project's API below a path.
    Api,
    /// The project's API, as API Gateway serves it.
    Gateway,
}

const API_THROTTLED: &[u8] = b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/x-amz-json-1.0\r\n\
    content-length: 83\r\nconnection: close\r\n\r\n\
    {\"__type\":\"com.amazon.coral.service#ThrottlingException\",\"message\":\"Rate exceeded\"}";

const GATEWAY_THROTTLED: &[u8] = b"HTTP/1.1 429 Too Many Requests\r\ncontent-type: application/json\r\n\
    x-amzn-errortype: TooManyRequestsException\r\ncontent-length: 31\r\nconnection: close\r\n\r\n\
    {\"message\":\"Too Many Requests\"}";

impl Front {
    /// Answers a request, whatever it is.
    pub(in crate::local) async fn answer(
        self,
        request: Request<Incoming>,
        served: Arc<Served>,
        host: IpAddr,
    ) -> Result<Response<Full<Bytes>>, Infallible> {
        let told = if served.requests.is_heard() { Told::begin(&request) } else { None };
        let requests = served.requests.clone();
        let response = match admission::admit(Listener { front: self, host }, &request) {
            Err(refusal) => self.refuse(refusal),
            Ok(sender) if self == Self::Api && api_gateway::serves_emulated(request.uri().path()) => {
                api_gateway::answer_emulated(request, sender, served).await?
            }
            Ok(_) if self == Self::Api => wire::answer(request, served).await?,
            Ok(sender) => api_gateway::answer(request, sender, served).await?,
        };
        if let Some(told) = told {
            requests.say(&told.end(&response));
        }
        Ok(response)
    }

    /// The scheme of its addresses.
    pub(in crate::local) fn scheme(self) -> &'static str {
        match self {
            Self::Api => "http",
            Self::Gateway => "https",
        }
    }

    /// Says why a request is not answered, in the words of the protocol.
    fn refuse(self, refusal: Refusal) -> Response<Full<Bytes>> {
        const NAME: &str = "AccessDeniedException";
        let (status, message) = (refusal.status(), refusal.to_string());
        if self == Self::Api {
            return wire::refusal(ApiError::new(NAME, message).with_status(status));
        }
        let body = json!({ "message": message }).to_string();
        let mut response = Response::new(Full::new(Bytes::from(body)));
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert("x-amzn-errortype", HeaderValue::from_static(NAME));
        response
    }

    /// What a client is told that finds no place, in AWS's own words.
    pub(super) fn throttled(self) -> &'static [u8] {
        match self {
            Self::Api => API_THROTTLED,
            Self::Gateway => GATEWAY_THROTTLED,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Front;

    #[test]
    fn the_throttling_answers_state_their_length() {
        for front in [Front::Api, Front::Gateway] {
            let text = std::str::from_utf8(front.throttled()).unwrap();
            let (head, body) = text.split_once("\r\n\r\n").unwrap();
            assert!(head.contains(&format!("content-length: {}\r\n", body.len())), "{front:?} {}", body.len());
            serde_json::from_str::<serde_json::Value>(body).unwrap();
        }
    }
}
