//! What is behind a route: a request becomes one of Step Functions' operations, and its answer the response.
//!
//! The plugin's own templates are not evaluated but done: the effect of `$util.escapeJavaScript($input.json('$'))` between
//! quotes is the body as one JSON text, without the white space between its tokens.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use crate::asl::Payload;
use crate::asl::flow::Data;
use crate::asl::path::Path;
use crate::engine::Timestamp;
use crate::local::api_error::ApiError;
use crate::local::api_gateway::answer::{self, Answer, Refusal, RequestIds};
use crate::local::api_gateway::gateway::{Live, LiveKey};
use crate::local::api_gateway::model::{Mapping, Route};
use crate::local::api_gateway::templates::Templates;
use crate::local::api_gateway::{cors, proxy_event};
use crate::local::hangup::Hangup;
use crate::local::members::Members;
use crate::local::served::{Call, Served};
use crate::local::step_functions;
use crate::project::Identity;

/// A content type of which the plugin has templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MediaType {
    /// `application/json`; also where none is given.
    Json,
    /// `application/x-www-form-urlencoded`, which `curl -d` sends whatever the body is.
    Form,
}

impl MediaType {
    fn of(content_type: &str) -> Option<Self> {
        match content_type {
            "application/json" => Some(Self::Json),
            "application/x-www-form-urlencoded" => Some(Self::Form),
            _ => None,
        }
    }
}

/// A request that passed all checks. It is never shown: its head has the key.
pub(super) struct Invocation<'a> {
    pub(super) live: &'a Live,
    pub(super) route: &'a Route,
    pub(super) templates: &'a Templates,
    pub(super) key: Option<&'a LiveKey>,
    pub(super) head: &'a Parts,
    pub(super) body: &'a Bytes,
    /// Of the path.
    pub(super) parameters: BTreeMap<String, String>,
    pub(super) ids: &'a RequestIds,
    pub(super) now: Timestamp,
}

/// Calls the operation and answers.
pub(super) async fn answer(invocation: &Invocation<'_>, served: &Served) -> Result<Answer, Refusal> {
    let request = invocation.request()?;
    let most = Duration::from_millis(invocation.route.timeout_milliseconds);
    let operated = tokio::time::timeout(most, operate(invocation, &request, served)).await;
    let outcome = operated.map_err(|_| Refusal::TimedOut)?;
    invocation.respond(outcome)
}

async fn operate(invocation: &Invocation<'_>, request: &[u8], served: &Served) -> Result<Value, ApiError> {
    let api = &invocation.live.api;
    let identity = Identity { region: api.region.clone(), account: api.account.clone() };
    let call = Call { served, identity, members: Members::parse(request)?, hangup: Hangup::default() };
    step_functions::answer(invocation.route.action.as_str(), call).await
}

impl Invocation<'_> {
    /// The operation's members, as JSON text.
    fn request(&self) -> Result<Vec<u8>, Refusal> {
        if self.route.request == Mapping::PassThrough {
            return Ok(self.body.to_vec());
        }
        let content_type = self.content_type();
        if let Some(rendered) = self.templates.request(self, &content_type) {
            return rendered.map(String::into_bytes);
        }
        let media_type = MediaType::of(&content_type).ok_or(Refusal::UnsupportedMediaType)?;
        let input = match self.route.request {
            Mapping::LambdaProxy => proxy_event::of(self, media_type).to_string(),
            // The plugin puts its own beside the project's templates.
            Mapping::Default | Mapping::Templates(_) | Mapping::PassThrough => input(&self.text())?,
        };
        let start = json!({
            "input": input,
            "name": self.ids.request,
            "stateMachineArn": self.route.state_machine_arn,
        });
        Ok(start.to_string().into_bytes())
    }

    /// The body as text. API Gateway, too, reads any body as UTF-8 where no media type is declared to be binary.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(self.body).into_owned()
    }

    /// `Content-Type` without its parameters, in lower case.
    fn content_type(&self) -> String {
        let Some(given) = self.head.headers.get(CONTENT_TYPE) else { return "application/json".to_owned() };
        let given = given.to_str().unwrap_or_default();
        given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// The service's errors with status 400 stay such; the integration maps no other status, so all else is 200.
    fn respond(&self, outcome: Result<Value, ApiError>) -> Result<Answer, Refusal> {
        let (status, value) = match outcome {
            Ok(value) => (StatusCode::OK, value),
            Err(error) if error.status == 400 => (StatusCode::BAD_REQUEST, error.body()),
            Err(error) => (StatusCode::OK, error.body()),
        };
        let body = answer::encode(&value);
        let rendered = if status == StatusCode::OK { self.templates.response(self, &body) } else { None };
        let mut answer = answer::integrated(self.ids, status, rendered.transpose()?.unwrap_or(body));
        if status == StatusCode::OK {
            self.add_headers(&value, &mut answer);
        }
        if let Some(cors) = &self.route.cors {
            cors::allow_origin(cors, answer.headers_mut());
        }
        Ok(answer)
    }

    /// `response.headers` of the route, for good answers.
    fn add_headers(&self, value: &Value, answer: &mut Answer) {
        for (name, expression) in &self.route.response_headers {
            let text = match expression.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
                Some(text) => Some(text.to_owned()),
                None => self.evaluate(expression, value),
            };
            let text = text.and_then(|text| HeaderValue::from_str(&text).ok());
            if let (Ok(name), Some(text)) = (HeaderName::from_bytes(name.as_bytes()), text) {
                answer.headers_mut().insert(name, text);
            }
        }
    }

    /// `integration.response.header.NAME`, `integration.response.body.PATH`, a JSONPath without its `$.`, or `context.NAME`.
    /// There are no stage variables.
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-parameter-mapping-sources.html>
    fn evaluate(&self, expression: &str, value: &Value) -> Option<String> {
        if let Some(name) = expression.strip_prefix("context.") {
            let context = proxy_event::context(self);
            let found = name.split('.').try_fold(&context, |value, part| value.get(part))?;
            return found.as_str().map(ToOwned::to_owned).or_else(|| Some(found.as_i64()?.to_string()));
        }
        let expression = expression.strip_prefix("integration.response.")?;
        if let Some(name) = expression.strip_prefix("header.") {
            return match name.to_ascii_lowercase().as_str() {
                "x-amzn-requestid" => Some(self.ids.request.clone()),
                "content-type" => Some("application/x-amz-json-1.0".to_owned()),
                _ => None,
            };
        }
        let path = match expression {
            "body" => "$".to_owned(),
            expression => format!("$.{}", expression.strip_prefix("body.")?),
        };
        let input = Payload::parse(answer::encode(value)).ok()?;
        // A path draws nothing, so any entropy will do.
        let data = Data::new(&input, &Value::Null);
        let found = Path::parse(&path).ok()?.evaluate(data).ok()?.into_owned();
        Some(found.as_str().map_or_else(|| answer::encode(&found), ToOwned::to_owned))
    }
}

/// The input of a start: the body as JSON text, `{}` where there is none. What is no JSON is a text, unless it begins as
/// JSON does: so the templates' own `$input.json('$')` has it.
fn input(body: &str) -> Result<String, Refusal> {
    let trimmed = body.trim();
    if trimmed.is_empty() {
        return Ok("{}".to_owned());
    }
    match serde_json::from_str::<IgnoredAny>(trimmed) {
        Ok(_) => Ok(minified(trimmed)),
        Err(error) if trimmed.starts_with(['{', '[', '"']) => Err(Refusal::no_json(&error.to_string())),
        Err(_) => Ok(json!(body).to_string()),
    }
}

/// JSON text without white space between its tokens, which stay as they are.
fn minified(json: &str) -> String {
    let (mut quoted, mut escaped) = (false, false);
    let is_kept = |letter: &char| {
        let kept = quoted || !letter.is_ascii_whitespace();
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = quoted,
            '"' => quoted = !quoted,
            _ => {}
        }
        kept
    };
    json.chars().filter(is_kept).collect()
}
