//! What came back, and what a refusal means.
//!
//! The header `x-amzn-ErrorType` decides, for a project may customise the bodies of its gateway's refusals; then the body,
//! where the service behind a route says its own error (`__type`), even under status 200: integrations map 400 only; the
//! status is looked at last. <https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html>

use serde_json::Value;

/// An answer, whatever its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// `HTTP/1.1`, `HTTP/2.0`
    pub version: String,
    /// In the order of arrival, names in small letters.
    pub headers: Vec<(String, String)>,
    /// Its bytes.
    pub body: Vec<u8>,
    /// `x-amzn-RequestId`: of a start by the Serverless Framework's own template, the execution's name.
    pub request_id: Option<String>,
    /// `x-amzn-ErrorType` without what AWS may append behind `:`.
    pub error_type: Option<String>,
}

/// What a refusal means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// The key is missing, unknown, disabled, in no usage plan of this stage, or still spreading.
    KeyRefused,
    /// There is no such route: path, stage or method are wrong. It has nothing to do with the key.
    WrongRoute,
    /// The route has no template for this `Content-Type`.
    MediaType,
    /// The request is too large.
    TooLarge,
    /// Above the rate or the burst of the plan, the account or the stage, by the gateway's own word: it called nothing, and
    /// later it works. A 429 without that word may be from behind the route, where something was done before.
    Throttled,
    /// The plan's quota is used up: until its next period nothing works.
    QuotaUsedUp,
    /// A policy, an authorizer or a signature forbids it.
    AccessDenied,
    /// The service behind the route did not answer in time. What was asked may have been done.
    IntegrationTimeout,
    /// The gateway failed, or the route is set up wrongly.
    Internal,
    /// CloudFront, in front of the gateway, refused it.
    Edge,
    /// The service behind the route refused it; the name is its own.
    Service,
    /// Anything else.
    Other,
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What it means.
    pub kind: RefusalKind,
    /// The exception's name, `ForbiddenException`, `ExecutionDoesNotExist`; `HTTP 404` where nobody gave one.
    pub name: String,
    /// What was said; the name where nothing was.
    pub message: String,
    /// The HTTP status.
    pub status: u16,
    /// `x-amzn-RequestId`; of CloudFront's own refusal its `X-Amz-Cf-Id`.
    pub request_id: Option<String>,
}

impl Answer {
    /// The body as JSON, where it is JSON.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// A header's value, by its name in small letters.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// What was refused; `None` for a good answer.
    #[must_use]
    pub fn refusal(&self) -> Option<Refusal> {
        let json = self.json();
        let member = |names: &[&str]| {
            let text = names.iter().find_map(|name| json.as_ref()?.get(name)?.as_str());
            text.map(ToOwned::to_owned)
        };
        let message = member(&["message", "Message"]);
        // `com.amazonaws.swf.service.v2.model#ExecutionDoesNotExist`
        let service = member(&["__type"]).map(|name| name.rsplit('#').next().unwrap_or_default().to_owned());
        let by_name = self.error_type.as_ref().and_then(|name| Some((self.kind_by_name(name)?, name.clone())));
        let (kind, name) = match (by_name, service, &self.error_type) {
            (Some((kind, name)), ..) => (Some(kind), name),
            (None, Some(name), _) => (Some(RefusalKind::Service), name),
            (None, None, Some(name)) => (self.kind_by_status(), name.clone()),
            (None, None, None) => {
                let by_message = message.as_deref().filter(|_| self.status >= 400).and_then(kind_by_message);
                (by_message.or_else(|| self.kind_by_status()), format!("HTTP {}", self.status))
            }
        };
        let message = message.unwrap_or_else(|| name.clone());
        let (status, mut request_id) = (self.status, self.request_id.clone());
        if kind == Some(RefusalKind::Edge) {
            request_id = self.header("x-amz-cf-id").map(ToOwned::to_owned);
        }
        kind.map(|kind| Refusal { kind, name, message, status, request_id })
    }

    /// What a gateway's own exception means.
    fn kind_by_name(&self, name: &str) -> Option<RefusalKind> {
        Some(match name {
            "ForbiddenException" => RefusalKind::KeyRefused,
            "MissingAuthenticationTokenException" | "NotFoundException" => RefusalKind::WrongRoute,
            "UnsupportedMediaTypeException" => RefusalKind::MediaType,
            "RequestTooLargeException" | "RequestEntityTooLargeException" => RefusalKind::TooLarge,
            "TooManyRequestsException" => RefusalKind::Throttled,
            "LimitExceededException" => RefusalKind::QuotaUsedUp,
            "AccessDeniedException"
            | "UnauthorizedException"
            | "ExpiredTokenException"
            | "InvalidSignatureException"
            | "IncompleteSignatureException"
            | "UnrecognizedClientException" => RefusalKind::AccessDenied,
            "InternalServerErrorException" if self.status != 504 => RefusalKind::Internal,
            "GatewayTimeoutException" => RefusalKind::IntegrationTimeout,
            _ => return None,
        })
    }

    fn kind_by_status(&self) -> Option<RefusalKind> {
        Some(match self.status {
            0..=399 => return None,
            403 if self.is_from_the_edge() => RefusalKind::Edge,
            403 if self.error_type.is_none() => RefusalKind::KeyRefused,
            401 | 403 => RefusalKind::AccessDenied,
            404 | 405 => RefusalKind::WrongRoute,
            413 => RefusalKind::TooLarge,
            415 => RefusalKind::MediaType,
            504 => RefusalKind::IntegrationTimeout,
            500.. => RefusalKind::Internal,
            _ => RefusalKind::Other,
        })
    }

    /// CloudFront answers with a page; a gateway gives every answer an id.
    fn is_from_the_edge(&self) -> bool {
        self.request_id.is_none()
            && self.header("server").is_some_and(|server| server.eq_ignore_ascii_case("cloudfront"))
    }
}

/// What a gateway's own sentences mean.
fn kind_by_message(message: &str) -> Option<RefusalKind> {
    Some(match message {
        "Forbidden" => RefusalKind::KeyRefused,
        "Missing Authentication Token" => RefusalKind::WrongRoute,
        "Unsupported Media Type" => RefusalKind::MediaType,
        "Limit Exceeded" => RefusalKind::QuotaUsedUp,
        "Endpoint request timed out" => RefusalKind::IntegrationTimeout,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Answer, RefusalKind};

    fn answer(status: u16, error_type: Option<&str>, body: &str) -> Answer {
        Answer {
            status,
            version: "HTTP/1.1".into(),
            headers: Vec::new(),
            body: body.into(),
            request_id: Some("r".into()),
            error_type: error_type.map(ToOwned::to_owned),
        }
    }

    #[test]
    fn every_refusal_of_a_gateway_has_its_kind() {
        use RefusalKind::*;
        for (status, error_type, body, expected) in [
            (403, Some("ForbiddenException"), r#"{"message":"Forbidden"}"#, KeyRefused),
            (403, Some("ForbiddenException"), r#"{"sorry":"customised"}"#, KeyRefused),
            (403, Some("MissingAuthenticationTokenException"), r#"{"message":"Forbidden"}"#, WrongRoute),
            (415, Some("BadRequestException"), r#"{"message":"Unsupported Media Type"}"#, MediaType),
            (429, Some("TooManyRequestsException"), r#"{"message":"Too Many Requests"}"#, Throttled),
            (429, Some("TooManyRequestsException"), r#"{"sorry":"customised"}"#, Throttled),
            (429, None, r#"{"message":"Too Many Requests"}"#, Other),
            (429, Some("ThrottlingException"), "", Other),
            (429, Some("LimitExceededException"), r#"{"message":"Limit Exceeded"}"#, QuotaUsedUp),
            (
                504,
                Some("InternalServerErrorException"),
                r#"{"message":"Endpoint request timed out"}"#,
                IntegrationTimeout,
            ),
            (500, Some("InternalServerErrorException"), r#"{"message":"Internal server error"}"#, Internal),
            (403, Some("AccessDeniedException"), r#"{"Message":"User is not authorized"}"#, AccessDenied),
            (403, None, r#"{"message":"Forbidden"}"#, KeyRefused),
            (403, None, r#"{"message":"Missing Authentication Token"}"#, WrongRoute),
            (429, None, r#"{"message":"Limit Exceeded"}"#, QuotaUsedUp),
            (413, Some("RequestTooLargeException"), "", TooLarge),
            (503, None, "", Internal),
            (400, None, "{}", Other),
        ] {
            let refusal = answer(status, error_type, body).refusal().unwrap();
            assert_eq!(refusal.kind, expected, "{status} {error_type:?} {body}");
            assert_eq!(refusal.request_id.as_deref(), Some("r"));
        }
    }

    #[test]
    fn an_error_of_the_service_is_one_under_any_status() {
        let body = r#"{"__type":"com.amazonaws.swf.service.v2.model#ExecutionDoesNotExist","message":"Execution Does Not Exist"}"#;
        for (status, error_type) in [(400, None), (200, None), (400, Some("ExecutionDoesNotExist")), (400, Some("Odd"))]
        {
            let refusal = answer(status, error_type, body).refusal().unwrap();
            assert_eq!((refusal.kind, refusal.name.as_str()), (RefusalKind::Service, "ExecutionDoesNotExist"));
            assert_eq!(refusal.message, "Execution Does Not Exist");
        }
    }

    #[test]
    fn a_good_answer_is_no_refusal_and_the_edge_does_not_speak_of_keys() {
        assert_eq!(answer(200, None, r#"{"message":"Forbidden"}"#).refusal(), None);
        assert_eq!(answer(302, None, "").refusal(), None);
        let mut edge = answer(403, None, "<HTML>Request blocked</HTML>");
        edge.request_id = None;
        edge.headers = vec![("server".into(), "CloudFront".into()), ("x-amz-cf-id".into(), "cf-1".into())];
        let refusal = edge.refusal().unwrap();
        assert_eq!((refusal.kind, refusal.request_id.as_deref()), (RefusalKind::Edge, Some("cf-1")));
    }
}
