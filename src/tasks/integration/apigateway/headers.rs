//! The headers of an API's answer as the result of a state shows them: those of API Gateway and of the edge in front of it,
//! whoever plays both.
//!
//! An API is edge-optimised unless its owner says otherwise, and its answers say which edge they passed. A definition that
//! reads `$.Headers['x-amzn-RequestId'][0]` finds it on AWS, so it does here: what the server behind the endpoint does not send
//! is added, with values made for the answer.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html>

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use hyper::header::HeaderMap;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// Of servers that play API Gateway; it sends none of them.
const NOT_SENT: [&str; 3] = ["server", "transfer-encoding", "x-localstack"];

/// The headers by their names, as AWS spells and sorts them: without regard to case.
pub(super) fn shown(headers: &HeaderMap, body_bytes: usize) -> Value {
    let mut named: Vec<(String, Vec<String>)> = Vec::new();
    for name in headers.keys().map(hyper::header::HeaderName::as_str).filter(|name| !NOT_SENT.contains(name)) {
        let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        named.push((name.to_owned(), values.map(str::to_owned).collect()));
    }
    for (spelled, value) in sent(body_bytes) {
        match named.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case(spelled)) {
            Some((name, _)) => spelled.clone_into(name),
            None => named.push((spelled.to_owned(), vec![value])),
        }
    }
    named.sort_by_cached_key(|(name, _)| name.to_ascii_lowercase());
    named.into_iter().map(|(name, values)| (name, json!(values))).collect::<Map<_, _>>().into()
}

/// What every answer on AWS has, as it is spelled there, with a value of this answer.
fn sent(body_bytes: usize) -> [(&'static str, String); 11] {
    let now = Timestamp::now();
    let [trace, via] = [(); 2].map(|()| Uuid::new_v4().simple().to_string());
    let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&now).unwrap_or_default();
    [
        ("Connection", "keep-alive".to_owned()),
        ("Content-Length", body_bytes.to_string()),
        ("Content-Type", "application/json".to_owned()),
        ("Date", date),
        ("Via", format!("1.1 {via}.cloudfront.net (CloudFront)")),
        // Eleven bytes are fifteen letters and a `=`.
        ("x-amz-apigw-id", URL_SAFE.encode(&Uuid::new_v4().as_bytes()[..11])),
        ("X-Amz-Cf-Id", URL_SAFE.encode([Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()].concat())),
        ("X-Amz-Cf-Pop", "LOCAL".to_owned()),
        ("x-amzn-RequestId", Uuid::new_v4().to_string()),
        ("X-Amzn-Trace-Id", format!("Root=1-{:08x}-{}", now.as_second(), &trace[..24])),
        ("X-Cache", "Miss from cloudfront".to_owned()),
    ]
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    #[test]
    fn what_the_edge_says_is_there_as_aws_spells_it() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("x-amzn-requestid", "r"),
            ("server", "Werkzeug"),
            ("transfer-encoding", "chunked"),
            ("content-type", "text/plain"),
            ("x-own", "1"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        headers.append("x-own", HeaderValue::from_static("2"));
        let shown = shown(&headers, 7);
        let names: Vec<&str> = shown.as_object().unwrap().keys().map(String::as_str).collect();
        let expected = [
            "Connection",
            "Content-Length",
            "Content-Type",
            "Date",
            "Via",
            "x-amz-apigw-id",
            "X-Amz-Cf-Id",
            "X-Amz-Cf-Pop",
            "x-amzn-RequestId",
            "X-Amzn-Trace-Id",
            "X-Cache",
            "x-own",
        ];
        assert_eq!(names, expected);
        for (name, values) in [
            ("x-amzn-RequestId", json!(["r"])),
            ("Content-Type", json!(["text/plain"])),
            ("Content-Length", json!(["7"])),
            ("x-own", json!(["1", "2"])),
        ] {
            assert_eq!(shown[name], values, "{name}");
        }
    }
}
