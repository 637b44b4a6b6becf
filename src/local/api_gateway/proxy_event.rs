//! The input that `lambda_proxy` makes of a request: the event of a Lambda function behind a proxy route.
//!
//! Its members are those of the plugin's template. One thing is left out that AWS has in it: the value of the key
//! (`X-Api-Key` among the headers, `requestContext.identity.apiKey`), because an input is stored and shown.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::local::api_gateway::integration::{Invocation, MediaType};
use crate::local::api_gateway::routes;

/// What is known of callers elsewhere, and empty here.
const IDENTITY: [&str; 10] = [
    "accessKey",
    "accountId",
    "caller",
    "cognitoAuthenticationProvider",
    "cognitoAuthenticationType",
    "cognitoIdentityId",
    "cognitoIdentityPoolId",
    "principalOrgId",
    "user",
    "userArn",
];

/// The event.
pub(super) fn of(invocation: &Invocation<'_>, media_type: MediaType) -> Value {
    let mut context = context(invocation);
    let mut headers = headers(invocation);
    headers.remove("X-Api-Key");
    let body = match media_type {
        MediaType::Json => invocation.text(),
        MediaType::Form => json!(routes::pairs(&invocation.text())).to_string(),
    };
    let query = query(invocation);
    let request = json!({
        "resource": context["resourcePath"],
        "path": context["path"],
        "httpMethod": context["httpMethod"],
        "headers": shown(&headers),
        "queryStringParameters": (!query.is_empty()).then(|| shown(&query)),
        "pathParameters": (!invocation.parameters.is_empty()).then(|| shown(&invocation.parameters)),
        "stageVariables": null,
    });
    if let Some(identity) = context["identity"].as_object_mut() {
        for (_, value) in identity.iter_mut().filter(|(_, value)| **value == "") {
            *value = Value::Null;
        }
    }
    let mut event = request;
    event["requestContext"] = context;
    event["body"] = json!(body);
    event["isBase64Encoded"] = json!(false);
    event
}

/// `$context`, but for the value of the key.
pub(super) fn context(invocation: &Invocation<'_>) -> Value {
    let Invocation { live, route, head, ids, now, .. } = invocation;
    let text = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let host = text("host").rsplit_once(':').map_or_else(|| text("host"), |(name, _)| name);
    let resource_path = format!("/{}", route.path);
    let mut identity: Map<String, Value> = IDENTITY.into_iter().map(|name| (name.to_owned(), json!(""))).collect();
    identity.insert("apiKeyId".to_owned(), json!(invocation.key.map(|key| key.id.as_str()).unwrap_or_default()));
    identity.insert("sourceIp".to_owned(), json!("127.0.0.1"));
    identity.insert("userAgent".to_owned(), json!(text("user-agent")));
    json!({
        "resourceId": live.api.part_id(6, "resource", &route.path),
        "resourcePath": resource_path,
        "httpMethod": head.method.as_str(),
        "extendedRequestId": ids.extended,
        "requestTime": request_time(now.0),
        "path": head.uri.path(),
        "accountId": live.api.account,
        "protocol": format!("{:?}", head.version),
        "stage": live.api.stage,
        "domainPrefix": host.split('.').next(),
        "requestTimeEpoch": now.0,
        "requestId": ids.request,
        "identity": identity,
        "domainName": host,
        "authorizer": {},
        "apiId": live.api.id,
    })
}

/// The headers by name, the last one of each: `User-Agent`. How a client wrote the name is not known here.
pub(super) fn headers(invocation: &Invocation<'_>) -> BTreeMap<String, String> {
    let headers = invocation.head.headers.iter();
    headers
        .map(|(name, value)| (capitalised(name.as_str()), String::from_utf8_lossy(value.as_bytes()).into()))
        .collect()
}

/// The query's parameters.
pub(super) fn query(invocation: &Invocation<'_>) -> BTreeMap<String, String> {
    routes::pairs(invocation.head.uri.query().unwrap_or_default())
}

/// An empty text is `null`, as the template has it.
fn shown(pairs: &BTreeMap<String, String>) -> Value {
    let filled = |value: &String| (!value.is_empty()).then(|| value.clone());
    json!(pairs.iter().map(|(name, value)| (name, filled(value))).collect::<BTreeMap<_, _>>())
}

/// `x-api-key` → `X-Api-Key`
fn capitalised(name: &str) -> String {
    let word = |word: &str| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_ascii_uppercase() + rest
    };
    name.split('-').map(word).collect::<Vec<_>>().join("-")
}

/// `09/Apr/2015:12:34:56 +0000`
fn request_time(milliseconds: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(milliseconds).unwrap_or_default();
    at.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string()
}

#[cfg(test)]
mod tests {
    use super::{capitalised, request_time};

    #[test]
    fn names_and_times_are_written_as_aws_does() {
        for (name, expected) in [("x-api-key", "X-Api-Key"), ("host", "Host"), ("a--b", "A--B"), ("x-1", "X-1")] {
            assert_eq!(capitalised(name), expected);
        }
        assert_eq!(request_time(1_428_582_896_000), "09/Apr/2015:12:34:56 +0000");
    }
}
