//! `http:invoke`: anybody's API over HTTP, with the credentials of an EventBridge connection.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html>

mod connection;

use serde_json::{Map, Value};

use crate::asl::Fault;
use crate::tasks::answer::bounded_fault;
use crate::tasks::integration::exchange::{Exchange, is_aws, judged, required};
use crate::tasks::integration::mock;
use crate::tasks::integration::sdk::{Caller, not_startable};
use crate::tasks::outside::{OutsideError, Service};
use crate::tasks::signature::encode;
use connection::Connection;

const EVENTBRIDGE: Service = Service { signing_name: "events", variable: "AWS_ENDPOINT_URL_EVENTBRIDGE" };
/// Headers that a state may not give; connections may.
const REFUSED: [&str; 31] = [
    "a-im",
    "accept-charset",
    "accept-datetime",
    "accept-encoding",
    "authorization",
    "cache-control",
    "connection",
    "content-encoding",
    "content-md5",
    "date",
    "expect",
    "forwarded",
    "from",
    "host",
    "http2-settings",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "max-forwards",
    "origin",
    "pragma",
    "proxy-authorization",
    "referer",
    "server",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
];
/// Beginnings of further ones, and `Warning`.
const REFUSED_BEGINNINGS: [&str; 4] = ["warning", "x-forwarded-", "x-amz-", "x-amzn-"];
/// Types of answers that are no text.
const NO_TEXT: [&str; 4] = ["application/octet-stream", "image/", "video/", "audio/"];

/// Calls the API.
///
/// # Errors
/// `States.Http.StatusCode.NNN` of an answer that is no success, `States.Http.Socket` where none came, `States.Runtime` of one
/// that is no text, `Events.ConnectionResource.…` of a connection that cannot be used.
pub(super) async fn invoke(caller: &Caller<'_>, parameters: &Value) -> Result<Value, Fault> {
    let refused = |why: String| not_startable(parameters, &why);
    check_headers(&parameters["Headers"]).map_err(refused)?;
    let connection = match connection_arn(parameters) {
        // So that an API of one's own can be called where nobody answers for EventBridge.
        Some(arn) if caller.outside.endpoint(EVENTBRIDGE).is_ok() => connection::read(caller, arn).await?,
        _ => Connection::default(),
    };
    let made = |shows| exchange(parameters, (&connection, shows), caller.region).map_err(refused);
    let exchange = made(true)?;
    if is_aws(&exchange.url) {
        return Err(Fault::runtime(format!(
            "AWS itself is not called from here: set ApiEndpoint to another address than {}, or {} to a file of mocked \
             responses and start STATE_MACHINE_ARN#TEST_CASE",
            exchange.url,
            mock::VARIABLE
        )));
    }
    if let Some(trace) = caller.trace {
        trace.request(&made(trace.reveals_secrets)?);
    }
    let url = exchange.url.clone();
    let response = exchange.send(caller.outside).await.map_err(|error| match error {
        OutsideError::Unreachable(why) => bounded_fault("States.Http.Socket".to_owned(), why),
        other => Fault::runtime(other.to_string()),
    })?;
    if let Some(trace) = caller.trace {
        trace.response(&url, &response);
    }
    let kind =
        response.headers.get(hyper::header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if NO_TEXT.iter().any(|beginning| kind.starts_with(beginning)) || std::str::from_utf8(&response.body).is_err() {
        return Err(Fault::runtime(format!("The answer of {url} is no text: its type is {kind:?}")));
    }
    judged(&response, "States.Http.StatusCode")
}

fn check_headers(headers: &Value) -> Result<(), String> {
    let mut names = headers.as_object().into_iter().flat_map(Map::keys);
    let refused = names.find(|name| {
        let name = name.to_ascii_lowercase();
        REFUSED.contains(&name.as_str()) || REFUSED_BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
    });
    refused.map_or(Ok(()), |name| Err(format!("The 'Headers' field contains unsupported values: {name}")))
}

fn connection_arn(parameters: &Value) -> Option<&str> {
    let places = ["Authentication", "InvocationConfig"];
    places.into_iter().find_map(|place| parameters[place]["ConnectionArn"].as_str())
}

/// The request. `shows`: with what the connection adds; else that is left out, and what it takes the place of.
fn exchange(parameters: &Value, (connection, shows): (&Connection, bool), region: &str) -> Result<Exchange, String> {
    let mut exchange = Exchange {
        method: required(parameters, "Method")?.to_owned(),
        url: required(parameters, "ApiEndpoint")?.to_owned(),
        ..Exchange::default()
    };
    exchange.add_headers(&parameters["Headers"]);
    exchange.add_query(&parameters["QueryParameters"]);
    let mut body = parameters["RequestBody"].clone();
    merge(&mut exchange, &mut body, connection, shows)?;
    if !body.is_null() {
        let transform = &parameters["Transform"];
        if transform["RequestBodyEncoding"] == "URL_ENCODED" {
            exchange.default_header("content-type", "application/x-www-form-urlencoded");
            let format = transform["RequestEncodingOptions"]["ArrayFormat"].as_str().unwrap_or("INDICES");
            exchange.body = form(&body, format).into_bytes();
        } else {
            exchange.default_header("content-type", "application/json; charset=UTF-8");
            exchange.body = body.to_string().into_bytes();
        }
    }
    exchange.default_header("User-Agent", &format!("Amazon|StepFunctions|HttpInvoke|{region}"));
    exchange.default_header("Range", "bytes=0-262144");
    Ok(exchange)
}

/// Adds what a connection adds; it wins over the state's own.
fn merge(exchange: &mut Exchange, body: &mut Value, connection: &Connection, shows: bool) -> Result<(), String> {
    let Connection { headers, query, body: fields } = connection;
    exchange.headers.retain(|(name, _)| !headers.iter().any(|(added, _)| added.eq_ignore_ascii_case(name)));
    exchange.query.retain(|(name, _)| !query.iter().any(|(added, _)| encode(added) == *name));
    if !fields.is_empty() && body.is_null() && shows {
        *body = Map::new().into();
    }
    match body {
        Value::Object(body) => body.retain(|name, _| !fields.contains_key(name)),
        Value::Null => {}
        _ if fields.is_empty() => {}
        _ => return Err("The field 'RequestBody' cannot be merged with the body of its connection".to_owned()),
    }
    if shows {
        exchange.headers.extend(headers.iter().cloned());
        exchange.query.extend(query.iter().map(|(name, value)| (encode(name), encode(value))));
        if let Value::Object(body) = body {
            body.extend(fields.clone());
        }
    }
    Ok(())
}

/// A body as a form; `format` is how lists are written.
fn form(body: &Value, format: &str) -> String {
    let mut pairs = Vec::new();
    flatten(String::new(), body, format, &mut pairs);
    pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect::<Vec<_>>().join("&")
}

fn flatten(name: String, value: &Value, format: &str, pairs: &mut Vec<(String, String)>) {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match value {
        Value::Object(fields) => {
            for (field, value) in fields {
                let inner = if name.is_empty() { field.clone() } else { format!("{name}[{field}]") };
                flatten(inner, value, format, pairs);
            }
        }
        Value::Array(items) if format == "COMMAS" => {
            pairs.push((name, items.iter().map(text).collect::<Vec<_>>().join(",")));
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                let inner = match format {
                    "REPEAT" => name.clone(),
                    "BRACKETS" => format!("{name}[]"),
                    _ => format!("{name}[{at}]"),
                };
                flatten(inner, item, format, pairs);
            }
        }
        value => pairs.push((name, text(value))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn made(parameters: &Value, connection: &Connection, shows: bool) -> Exchange {
        exchange(parameters, (connection, shows), "eu-west-1").unwrap()
    }

    #[test]
    fn a_connection_wins_over_the_state() {
        let own = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let connection = Connection {
            headers: vec![own("Authorization", "Basic dTpw"), own("X-A", "theirs")],
            query: vec![own("q", "theirs")],
            body: Map::from_iter([("b".to_owned(), json!("theirs"))]),
        };
        let parameters = json!({
            "ApiEndpoint": "https://api.example.com/x", "Method": "POST", "Headers": {"x-a": "mine", "x-b": "mine"},
            "QueryParameters": {"q": "mine", "r": "mine"}, "RequestBody": {"b": "mine", "a": 1},
        });
        let sent = made(&parameters, &connection, true);
        assert_eq!((sent.header("authorization"), sent.header("x-a")), (Some("Basic dTpw"), Some("theirs")));
        assert_eq!(sent.query, [own("r", "mine"), own("q", "theirs")]);
        assert_eq!(sent.body, br#"{"a":1,"b":"theirs"}"#);
        let shown = made(&parameters, &connection, false);
        assert_eq!((shown.header("authorization"), shown.header("x-a")), (None, None));
        assert_eq!(
            (shown.header("x-b"), shown.full_url().as_str()),
            (Some("mine"), "https://api.example.com/x?r=mine")
        );
        assert_eq!(shown.body, br#"{"a":1}"#);
        let text = json!({"ApiEndpoint": "http://h", "Method": "POST", "RequestBody": "text"});
        assert!(exchange(&text, (&connection, true), "r").unwrap_err().contains("'RequestBody' cannot be merged"));
    }

    #[test]
    fn headers_of_step_functions_itself_are_refused() {
        for (name, refused) in [("Host", true), ("X-Amz-Date", true), ("Warning", true), ("X-Own", false)] {
            assert_eq!(check_headers(&json!({ name: "v" })).is_err(), refused, "{name}");
        }
    }

    #[test]
    fn bodies_may_be_forms() {
        let body = json!({"a": {"b": "c d"}, "l": [1, 2]});
        for (format, expected) in [
            ("INDICES", "a%5Bb%5D=c%20d&l%5B0%5D=1&l%5B1%5D=2"),
            ("REPEAT", "a%5Bb%5D=c%20d&l=1&l=2"),
            ("COMMAS", "a%5Bb%5D=c%20d&l=1%2C2"),
            ("BRACKETS", "a%5Bb%5D=c%20d&l%5B%5D=1&l%5B%5D=2"),
        ] {
            assert_eq!(form(&body, format), expected);
        }
        let parameters = json!({
            "ApiEndpoint": "http://h", "Method": "POST", "RequestBody": body,
            "Transform": {"RequestBodyEncoding": "URL_ENCODED", "RequestEncodingOptions": {"ArrayFormat": "REPEAT"}},
        });
        let made = made(&parameters, &Connection::default(), true);
        assert_eq!(made.header("content-type"), Some("application/x-www-form-urlencoded"));
        assert_eq!(made.body, b"a%5Bb%5D=c%20d&l=1&l=2");
    }

    #[test]
    fn a_request_needs_its_fields() {
        let lacks = exchange(&json!({"Method": "GET"}), (&Connection::default(), true), "r");
        assert!(lacks.unwrap_err().contains("'ApiEndpoint'"));
        let both = json!({"InvocationConfig": {"ConnectionArn": "c"}});
        assert_eq!(connection_arn(&both), Some("c"));
    }
}
