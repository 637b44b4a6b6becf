//! `http:invoke`: anybody's API over HTTP, with the credentials of an EventBridge connection.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::asl::Fault;
use crate::tasks::answer::bounded_fault;
use crate::tasks::integration::exchange::{Exchange, is_aws, judged, required};
use crate::tasks::integration::mock;
use crate::tasks::integration::optimised::{EVENTS, SECRETS_MANAGER};
use crate::tasks::integration::sdk::{Caller, not_startable};
use crate::tasks::outside::{OutsideError, Service};
use crate::tasks::signature::encode;

const EVENTBRIDGE: Service = Service { signing_name: "events", variable: "AWS_ENDPOINT_URL_EVENTBRIDGE" };

/// Calls the API.
///
/// # Errors
/// `States.Http.StatusCode.NNN` of an answer that is no success, `States.Http.Socket` where none came.
pub(super) async fn invoke(caller: &Caller<'_>, parameters: &Value) -> Result<Value, Fault> {
    let connection = match connection_arn(parameters) {
        Some(arn) => connection(caller, arn).await?,
        None => Value::Null,
    };
    let exchange = exchange(parameters, &connection).map_err(|why| not_startable(parameters, &why))?;
    if is_aws(&exchange.url) {
        return Err(Fault::runtime(format!(
            "AWS itself is not called from here: set ApiEndpoint to another address than {}, or {} to a file of mocked \
             responses and start STATE_MACHINE_ARN#TEST_CASE",
            exchange.url,
            mock::VARIABLE
        )));
    }
    let response = exchange.send(caller.outside).await.map_err(|error| match error {
        OutsideError::Unreachable(why) => bounded_fault("States.Http.Socket".to_owned(), why),
        other => Fault::runtime(other.to_string()),
    })?;
    judged(&response, "States.Http.StatusCode")
}

fn connection_arn(parameters: &Value) -> Option<&str> {
    let places = ["Authentication", "InvocationConfig"];
    places.into_iter().find_map(|place| parameters[place]["ConnectionArn"].as_str())
}

/// What a connection's secret holds; nothing where nobody answers for EventBridge, so that an API of one's own can be called
/// without one.
async fn connection(caller: &Caller<'_>, arn: &str) -> Result<Value, Fault> {
    if caller.outside.endpoint(EVENTBRIDGE).is_err() {
        return Ok(Value::Null);
    }
    // `arn:…:connection/NAME/ID`
    let name = arn.split('/').nth(1).unwrap_or(arn);
    let described = EVENTS.read(caller, "describeConnection", &json!({ "Name": name })).await?;
    let secret_arn = described["SecretArn"].as_str().filter(|arn| !arn.is_empty());
    let Some(secret_arn) = secret_arn else { return Ok(described["AuthParameters"].clone()) };
    let secret = SECRETS_MANAGER.read(caller, "getSecretValue", &json!({ "SecretId": secret_arn })).await?;
    let held = secret["SecretString"].as_str().and_then(|text| serde_json::from_str(text).ok());
    Ok(held.unwrap_or_default())
}

fn exchange(parameters: &Value, connection: &Value) -> Result<Exchange, String> {
    let mut exchange = Exchange {
        method: required(parameters, "Method")?.to_owned(),
        url: required(parameters, "ApiEndpoint")?.to_owned(),
        ..Exchange::default()
    };
    exchange.add_headers(&parameters["Headers"]);
    exchange.add_query(&parameters["QueryParameters"]);
    authorise(&mut exchange, connection);
    let mut body = parameters["RequestBody"].clone();
    add_all(&mut exchange, connection, &mut body);
    if !body.is_null() {
        let transform = &parameters["Transform"];
        if transform["RequestBodyEncoding"] == "URL_ENCODED" {
            exchange.default_header("content-type", "application/x-www-form-urlencoded");
            let format = transform["RequestEncodingOptions"]["ArrayFormat"].as_str().unwrap_or("INDICES");
            exchange.body = form(&body, format).into_bytes();
        } else {
            exchange.default_header("content-type", "application/json");
            exchange.body = body.to_string().into_bytes();
        }
    }
    exchange.default_header("user-agent", "Amazon|StepFunctions|HttpInvoke|local");
    exchange.default_header("range", "bytes=0-262144");
    Ok(exchange)
}

/// The credentials of a connection: its secret has small names with underscores, some emulators' descriptions have others.
fn authorise(exchange: &mut Exchange, connection: &Value) {
    let text = |name: &str| connection[name].as_str();
    if let Some((name, value)) = text("api_key_name").zip(text("api_key_value")) {
        exchange.headers.push((name.to_owned(), value.to_owned()));
    }
    if let Some((user, password)) = text("username").zip(text("password")) {
        let basic = STANDARD.encode(format!("{user}:{password}"));
        exchange.headers.push(("authorization".to_owned(), format!("Basic {basic}")));
    }
}

/// What a connection adds to every request; it wins over the state's own.
fn add_all(exchange: &mut Exchange, connection: &Value, body: &mut Value) {
    let added = &connection["invocation_http_parameters"];
    let pairs = |name: &str| added[name].as_array().into_iter().flatten();
    for pair in pairs("header_parameters") {
        if let Some((key, value)) = pair["key"].as_str().zip(pair["value"].as_str()) {
            exchange.headers.retain(|(name, _)| !name.eq_ignore_ascii_case(key));
            exchange.headers.push((key.to_owned(), value.to_owned()));
        }
    }
    for pair in pairs("query_string_parameters") {
        if let Some((key, value)) = pair["key"].as_str().zip(pair["value"].as_str()) {
            exchange.query.retain(|(name, _)| *name != encode(key));
            exchange.query.push((encode(key), encode(value)));
        }
    }
    for pair in pairs("body_parameters") {
        if body.is_null() {
            *body = Map::new().into();
        }
        if let (Some(key), Value::Object(body)) = (pair["key"].as_str(), &mut *body) {
            body.insert(key.to_owned(), pair["value"].clone());
        }
    }
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
    use super::*;

    #[test]
    fn a_connection_gives_its_credentials_and_more() {
        let connection = json!({
            "username": "u", "password": "p",
            "invocation_http_parameters": {
                "header_parameters": [{"key": "X-A", "value": "theirs"}],
                "query_string_parameters": [{"key": "q", "value": "theirs"}],
                "body_parameters": [{"key": "b", "value": "theirs"}],
            },
        });
        let parameters = json!({
            "ApiEndpoint": "https://api.example.com/x", "Method": "POST", "Headers": {"x-a": "mine"},
            "QueryParameters": {"q": "mine", "r": "mine"}, "RequestBody": {"a": 1},
        });
        let made = exchange(&parameters, &connection).unwrap();
        assert_eq!((made.header("authorization"), made.header("x-a")), (Some("Basic dTpw"), Some("theirs")));
        let own = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(made.query, [own("r", "mine"), own("q", "theirs")]);
        assert_eq!(made.body, br#"{"a":1,"b":"theirs"}"#);
        let key = json!({"api_key_name": "X-Key", "api_key_value": "k"});
        assert_eq!(exchange(&parameters, &key).unwrap().header("x-key"), Some("k"));
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
        let made = exchange(&parameters, &Value::Null).unwrap();
        assert_eq!(made.header("content-type"), Some("application/x-www-form-urlencoded"));
        assert_eq!(made.body, b"a%5Bb%5D=c%20d&l=1&l=2");
    }

    #[test]
    fn a_request_needs_its_fields() {
        assert!(exchange(&json!({"Method": "GET"}), &Value::Null).unwrap_err().contains("'ApiEndpoint'"));
        let both = json!({"InvocationConfig": {"ConnectionArn": "c"}});
        assert_eq!(connection_arn(&both), Some("c"));
    }
}
