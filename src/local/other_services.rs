//! Requests for services that are not served here: `AWS_ENDPOINT_URL` sends those of every service to one server.
//!
//! Owns: which service a request is for, a refusal in that service's own protocol, and the one thing that is known of
//! others: whom STS's `GetCallerIdentity` would name. Must not know: operations. An answer in another protocol is worse than
//! none: clients say that they cannot parse it, and a bare 404 says that a bucket does not exist.

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use hyper::{Request, Response, StatusCode};
use serde_json::json;
use uuid::Uuid;

use crate::local::served::Served;
use crate::local::wire;

/// As signatures name what is served here.
const SERVED: [&str; 5] = ["states", "lambda", "logs", "apigateway", "execute-api"];
/// A name of a service or an action is repeated up to so many characters.
const NAME_CHARACTERS_MAX: usize = 64;

const TARGET: HeaderName = HeaderName::from_static("x-amz-target");
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// A protocol of AWS, as far as its errors go.
/// <https://smithy.io/2.0/aws/protocols/index.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protocol {
    /// The version is in the content type.
    Json(&'static str),
    Query,
    Ec2,
    RestJson,
    RestXml,
    S3,
}

/// A service that is not served here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OtherService {
    /// As the signature or the target names it; empty where nothing does.
    name: String,
    protocol: Protocol,
}

/// The service that a request is for, if it is none of those that are served here. What does not say it is taken for one of
/// ours.
pub(super) fn other_service(headers: &HeaderMap) -> Option<OtherService> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (target, content_type) = (text(TARGET), text(CONTENT_TYPE));
    let signed = signed_service(text(AUTHORIZATION));
    if let Some((service, _)) = target.split_once('.') {
        let ours = ["AWSStepFunctions", "Logs_20140328"].contains(&service);
        let version =
            if content_type.ends_with("1.1") { "application/x-amz-json-1.1" } else { "application/x-amz-json-1.0" };
        return (!ours).then(|| OtherService::new(signed.unwrap_or(service), Protocol::Json(version)));
    }
    let is_form = content_type.starts_with("application/x-www-form-urlencoded");
    match signed {
        Some(service) if SERVED.contains(&service) => None,
        Some(service) => Some(OtherService::new(service, protocol(service, is_form))),
        // Of the services here none is asked with a form.
        None => is_form.then(|| OtherService::new("", Protocol::Query)),
    }
}

/// Whether a request's signature names a service.
pub(super) fn is_signed_for(headers: &HeaderMap, service: &str) -> bool {
    let authorization = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    authorization.and_then(signed_service) == Some(service)
}

/// `sts` of `… Credential=AKID/20260131/us-east-1/sts/aws4_request, …`; a signature of many regions has no region in it.
fn signed_service(authorization: &str) -> Option<&str> {
    let (_, scope) = authorization.split_once("Credential=")?;
    let mut parts = scope.split([',', ' ']).next()?.rsplit('/');
    (parts.next() == Some("aws4_request")).then(|| parts.next()).flatten()
}

fn protocol(service: &str, is_form: bool) -> Protocol {
    match service {
        "ec2" => Protocol::Ec2,
        _ if is_form => Protocol::Query,
        "s3" | "s3express" | "s3-outposts" => Protocol::S3,
        "route53" | "cloudfront" => Protocol::RestXml,
        _ => Protocol::RestJson,
    }
}

/// Answers a request of a service that is not served here.
pub(super) async fn answer(
    request: Request<Incoming>,
    service: &OtherService,
    served: &Served,
) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    // Read, so that its sender gets to read the answer; what is too long for an action has none.
    let body = wire::read(body, wire::REQUEST_BYTES_MAX).await.unwrap_or_default();
    let form = if body.is_empty() { head.uri.query().unwrap_or_default().as_bytes() } else { &body };
    let action = match service.protocol {
        Protocol::Query | Protocol::Ec2 => action_of(form),
        _ => {
            head.headers.get(TARGET).and_then(|target| target.to_str().ok()?.split_once('.')).map(|(_, action)| action)
        }
    };
    let action = action.map(bounded);
    let request_id = Uuid::new_v4().to_string();
    if matches!(service.name.as_str(), "sts" | "") && action.as_deref() == Some("GetCallerIdentity") {
        let account = wire::identity(&head.headers, &served.identity).account;
        return finish(StatusCode::OK, "text/xml", caller_identity(&account, &request_id), &request_id);
    }
    service.refusal(action.as_deref(), &request_id)
}

impl OtherService {
    fn new(name: &str, protocol: Protocol) -> Self {
        Self { name: bounded(name), protocol }
    }

    /// In the form in which the service itself would refuse. Where a protocol has its operations in paths, the status has to say
    /// it too: a HEAD has no body, and a 404 would say that the thing that was asked for does not exist.
    fn refusal(&self, action: Option<&str>, request_id: &str) -> Response<Full<Bytes>> {
        let message = self.message(action);
        let text = escaped(&message);
        let error =
            |code: &str| format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>{text}</Message></Error>");
        let (rpc, rest) = (StatusCode::BAD_REQUEST, StatusCode::NOT_IMPLEMENTED);
        match self.protocol {
            Protocol::Json(content_type) => {
                let name = "com.amazon.coral.service#UnknownOperationException";
                let body = json!({ "__type": name, "message": message }).to_string();
                finish(rpc, content_type, body, request_id)
            }
            Protocol::RestJson => {
                let body = json!({ "message": message }).to_string();
                let mut response = finish(rest, "application/json", body, request_id);
                response.headers_mut().insert(ERROR_TYPE, HeaderValue::from_static("UnknownOperationException"));
                response
            }
            Protocol::Query => {
                let id = format!("<RequestId>{request_id}</RequestId>");
                let body = format!("<ErrorResponse>{}{id}</ErrorResponse>", error("InvalidAction"));
                finish(rpc, "text/xml", body, request_id)
            }
            Protocol::Ec2 => {
                let id = format!("<RequestID>{request_id}</RequestID>");
                let body = format!("<Response><Errors>{}</Errors>{id}</Response>", error("InvalidAction"));
                finish(rpc, "text/xml", body, request_id)
            }
            Protocol::RestXml => {
                let id = format!("<RequestId>{request_id}</RequestId>");
                let body = format!("<ErrorResponse>{}{id}</ErrorResponse>", error("NotImplemented"));
                finish(rest, "text/xml", body, request_id)
            }
            Protocol::S3 => {
                let id = format!("<RequestId>{request_id}</RequestId>");
                let body = format!("<Error><Code>NotImplemented</Code><Message>{text}</Message>{id}</Error>");
                let mut response = finish(rest, "application/xml", body, request_id);
                if let Ok(id) = HeaderValue::from_str(request_id) {
                    response.headers_mut().insert("x-amz-request-id", id);
                }
                response
            }
        }
    }

    fn message(&self, action: Option<&str>) -> String {
        let asked = match (self.name.as_str(), action) {
            ("", None) => "this".to_owned(),
            ("", Some(name)) | (name, None) => name.to_owned(),
            (name, Some(action)) => format!("{name}:{action}"),
        };
        format!(
            "{asked} is not served here: iw102 serves Step Functions, Lambda's Invoke, the reading of CloudWatch Logs and API \
             Gateway, and sts:GetCallerIdentity. Give other services endpoints of their own (AWS_ENDPOINT_URL_SQS), or name \
             this one with AWS_ENDPOINT_URL_SFN instead of AWS_ENDPOINT_URL"
        )
    }
}

/// The account's root: nobody else is known here.
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>
fn caller_identity(account: &str, request_id: &str) -> String {
    format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <Arn>arn:aws:iam::{account}:root</Arn><UserId>{account}</UserId><Account>{account}</Account>\
         </GetCallerIdentityResult><ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>\
         </GetCallerIdentityResponse>"
    )
}

/// `ListTopics` of `Action=ListTopics&Version=2010-03-31`.
fn action_of(form: &[u8]) -> Option<&str> {
    let form = std::str::from_utf8(form).ok()?;
    form.split('&').find_map(|pair| pair.strip_prefix("Action="))
}

fn bounded(name: &str) -> String {
    name.chars().take(NAME_CHARACTERS_MAX).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn finish(status: StatusCode, content_type: &'static str, body: String, request_id: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

#[cfg(test)]
mod tests {
    use hyper::header::{HeaderMap, HeaderName, HeaderValue};

    use super::{OtherService, Protocol, action_of, escaped, other_service};

    fn asked(target: &str, signed: &str, content_type: &str) -> Option<(String, Protocol)> {
        let scope =
            format!("AWS4-HMAC-SHA256 Credential=AKID/20260131/eu-west-1/{signed}/aws4_request, SignedHeaders=host");
        let authorization = if signed.is_empty() { "" } else { &scope };
        let pairs = [("x-amz-target", target), ("authorization", authorization), ("content-type", content_type)];
        let pairs = pairs.into_iter().filter(|(_, value)| !value.is_empty());
        let headers: HeaderMap =
            pairs.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())).collect();
        other_service(&headers).map(|OtherService { name, protocol }| (name, protocol))
    }

    #[test]
    fn a_request_says_whose_it_is_by_its_target_its_signature_or_its_form() {
        const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";
        let (one, more) = ("application/x-amz-json-1.0", "application/x-amz-json-1.1");
        for (target, signed, content_type) in [
            ("", "", ""),
            ("", "states", ""),
            ("AWSStepFunctions.ListStateMachines", "", one),
            // The target says more than a signature for something else.
            ("AWSStepFunctions.ListStateMachines", "sfn", one),
            ("Logs_20140328.DescribeLogGroups", "logs", more),
            ("", "lambda", "application/json"),
            ("", "apigateway", ""),
            ("AWSStepFunctions", "", ""),
        ] {
            assert_eq!(asked(target, signed, content_type), None, "{target} {signed}");
        }
        for (target, signed, content_type, name, protocol) in [
            ("AmazonSQS.ListQueues", "sqs", one, "sqs", Protocol::Json(one)),
            ("DynamoDB_20120810.ListTables", "", one, "DynamoDB_20120810", Protocol::Json(one)),
            ("AWSEvents.ListRules", "events", more, "events", Protocol::Json(more)),
            ("", "sts", FORM, "sts", Protocol::Query),
            ("", "", FORM, "", Protocol::Query),
            ("", "ec2", FORM, "ec2", Protocol::Ec2),
            ("", "s3", "", "s3", Protocol::S3),
            ("", "route53", "", "route53", Protocol::RestXml),
            ("", "scheduler", "application/json", "scheduler", Protocol::RestJson),
        ] {
            assert_eq!(asked(target, signed, content_type), Some((name.to_owned(), protocol)), "{target} {signed}");
        }
    }

    #[test]
    fn a_signature_of_many_regions_names_its_service_too() {
        assert_eq!(
            super::signed_service("AWS4-ECDSA-P256-SHA256 Credential=A/20260131/s3/aws4_request, x"),
            Some("s3")
        );
        assert_eq!(super::signed_service("Bearer x"), None);
        assert_eq!(super::signed_service("AWS4-HMAC-SHA256 Credential=A/b/c"), None);
    }

    #[test]
    fn what_a_client_sent_is_escaped_and_short() {
        let service = OtherService::new(&"<&>".repeat(100), Protocol::Query);
        assert_eq!(service.name.chars().count(), 64);
        assert!(!escaped(&service.message(Some("<x>"))).contains(['<', '>']));
        assert_eq!(action_of(b"Version=1&Action=List&x=y"), Some("List"));
        assert_eq!(action_of(b"\xff"), None);
    }
}
