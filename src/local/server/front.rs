//! What is behind a listener.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::{Request, Response};

use crate::local::served::Served;
use crate::local::{api_gateway, wire};

/// Which API a listener serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::local) enum Front {
    /// AWS's APIs: Step Functions, Lambda, Logs, the management of API Gateway.
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
    pub(super) async fn answer(
        self,
        request: Request<Incoming>,
        served: Arc<Served>,
    ) -> Result<Response<Full<Bytes>>, Infallible> {
        match self {
            Self::Api => wire::answer(request, served).await,
            Self::Gateway => api_gateway::answer(request, served).await,
        }
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
