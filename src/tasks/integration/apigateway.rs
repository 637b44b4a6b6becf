//! `apigateway:invoke`: an API of API Gateway.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html>

mod headers;

use serde_json::Value;

use crate::asl::Fault;
use crate::tasks::answer::bounded_fault;
use crate::tasks::integration::exchange::{Exchange, is_aws, judged, required};
use crate::tasks::integration::sdk::{Caller, not_startable, nowhere};
use crate::tasks::outside::{OutsideError, Response, Service};

/// Where somebody else's API Gateway is.
const API_GATEWAY: Service = Service { signing_name: "apigateway", variable: "AWS_ENDPOINT_URL_API_GATEWAY" };
const METHODS: [&str; 7] = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"];
/// Headers that a state may not give.
const REFUSED: [&str; 14] = [
    "authorization",
    "connection",
    "content-md5",
    "expect",
    "host",
    "max-forwards",
    "proxy-authenticate",
    "server",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "www-authenticate",
];

/// Calls the API.
///
/// # Errors
/// `ApiGateway.STATUS` with the body for a cause, of an answer that is no success.
pub(super) async fn invoke(caller: &Caller<'_>, parameters: &Value) -> Result<Value, Fault> {
    let mut exchange = exchange(parameters).map_err(|why| not_startable(parameters, &why))?;
    if is_aws(&exchange.url) {
        let endpoint = caller.outside.endpoint(API_GATEWAY).map_err(|error| match error {
            OutsideError::Nowhere(variable) => nowhere("apigateway:invoke", variable),
            other => Fault::runtime(other.to_string()),
        })?;
        // An emulator knows its APIs by the host that AWS would have given them.
        let (host, path) = exchange.url.trim_start_matches("https://").split_once('/').unwrap_or_default();
        let (host, url) = (host.to_owned(), format!("{endpoint}/{path}"));
        exchange.headers.push(("host".to_owned(), host));
        exchange.url = url;
    }
    let response = send(caller, exchange, parameters).await.map_err(|error| match error {
        OutsideError::Unreachable(why) => {
            bounded_fault("ApiGateway.SdkClientException".to_owned(), format!("Unable to execute HTTP request: {why}"))
        }
        other => Fault::runtime(other.to_string()),
    })?;
    let mut result = judged(&response, "ApiGateway")?;
    result["Headers"] = headers::shown(&response.headers, response.body.len());
    Ok(result)
}

/// Sends the request to where LocalStack has the API, if it is LocalStack that answers there, else to where it is said to be.
async fn send(caller: &Caller<'_>, exchange: Exchange, parameters: &Value) -> Result<Response, OutsideError> {
    if let Some(url) = on_localstack(parameters) {
        let response = Exchange { url, ..exchange.clone() }.send(caller.outside).await?;
        let nothing_there = matches!(response.status, 403 | 404) && !response.headers.contains_key("x-localstack");
        if !nothing_there {
            return Ok(response);
        }
    }
    exchange.send(caller.outside).await
}

/// Where LocalStack has an API whose endpoint is `http://HOST/restapis/ID`, as its own Step Functions calls it there: a word
/// of its own stands between stage and path.
/// <https://docs.localstack.cloud/aws/services/apigateway/#accessing-deployed-apis>
fn on_localstack(parameters: &Value) -> Option<String> {
    let part = |name: &str| parameters[name].as_str().unwrap_or_default().trim_matches('/');
    let base = base(parameters["ApiEndpoint"].as_str()?);
    let (_, path) = base.split_once("://")?.1.split_once('/')?;
    let id = path.strip_prefix("restapis/")?;
    let stage = part("Stage");
    (!id.contains('/') && !stage.is_empty()).then(|| format!("{base}/{stage}/_user_request_/{}", part("Path")))
}

fn exchange(parameters: &Value) -> Result<Exchange, String> {
    let method = required(parameters, "Method")?;
    if !METHODS.contains(&method) {
        return Err(format!("The value for the field 'Method' must be one of {}", METHODS.join(", ")));
    }
    let body = &parameters["RequestBody"];
    if !body.is_null() && !["PATCH", "POST", "PUT"].contains(&method) {
        return Err("The field 'RequestBody' is supported for PATCH, POST and PUT".to_owned());
    }
    let parts =
        ["Stage", "Path"].into_iter().filter_map(|name| parameters[name].as_str()).map(|part| part.trim_matches('/'));
    let path: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    let mut exchange = Exchange {
        method: method.to_owned(),
        url: format!("{}/{}", base(required(parameters, "ApiEndpoint")?), path.join("/")),
        ..Exchange::default()
    };
    exchange.add_query(&parameters["QueryParameters"]);
    exchange.add_headers(&parameters["Headers"]);
    if let Some((name, _)) = exchange.headers.iter().find(|(name, _)| is_refused(name)) {
        return Err(format!("The 'Headers' field contains unsupported values: {name}"));
    }
    exchange.default_header("accept", "application/json");
    if !body.is_null() {
        exchange.default_header("content-type", "application/json");
        exchange.body = body.to_string().into_bytes();
    }
    Ok(exchange)
}

fn is_refused(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    REFUSED.contains(&name.as_str()) || ["x-forwarded", "x-amz"].iter().any(|prefix| name.starts_with(prefix))
}

/// An endpoint with its scheme: AWS's are written without, and a local one may be too.
fn base(endpoint: &str) -> String {
    let endpoint = endpoint.trim_end_matches('/');
    let local = ["localhost", "127.0.0.1", "[::1]"].iter().any(|host| endpoint.starts_with(host));
    match endpoint {
        given if given.contains("://") => given.to_owned(),
        given if local => format!("http://{given}"),
        given => format!("https://{given}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_become_a_request() {
        let made = exchange(&json!({
            "ApiEndpoint": "127.0.0.1:9", "Method": "POST", "Stage": "dev", "Path": "/a/b", "RequestBody": {"m": 1},
            "QueryParameters": {"q": ["1"]}, "Headers": {"X-Own": ["x"]},
        }));
        let made = made.unwrap();
        assert_eq!((made.url.as_str(), made.body.as_slice()), ("http://127.0.0.1:9/dev/a/b", &b"{\"m\":1}"[..]));
        assert_eq!((made.header("content-type"), made.header("X-OWN")), (Some("application/json"), Some("x")));
        let get = exchange(&json!({"ApiEndpoint": "a.execute-api.eu-west-1.amazonaws.com", "Method": "GET"})).unwrap();
        assert_eq!((get.url.as_str(), get.body.len()), ("https://a.execute-api.eu-west-1.amazonaws.com/", 0));
    }

    #[test]
    fn localstack_has_apis_below_a_path() {
        let on = |endpoint: &str, stage: &str| {
            on_localstack(&json!({"ApiEndpoint": endpoint, "Stage": stage, "Path": "/a/b", "Method": "GET"}))
        };
        let found = Some("http://127.0.0.1:4566/restapis/a1/dev/_user_request_/a/b".to_owned());
        assert_eq!(on("http://127.0.0.1:4566/restapis/a1/", "dev"), found);
        assert_eq!(on("127.0.0.1:4566/restapis/a1", "/dev"), found);
        for (endpoint, stage) in [
            ("http://127.0.0.1:4566/restapis/a1/dev/_user_request_", "dev"),
            ("http://127.0.0.1:4566/_aws/execute-api/a1", "dev"),
            ("a1.execute-api.eu-west-1.amazonaws.com", "dev"),
            ("http://127.0.0.1:4566/restapis/a1", ""),
        ] {
            assert_eq!(on(endpoint, stage), None, "{endpoint}");
        }
    }

    #[test]
    fn what_api_gateway_does_not_take_is_refused() {
        for (parameters, said) in [
            (json!({"Method": "GET"}), "'ApiEndpoint' is required"),
            (json!({"ApiEndpoint": "h", "Method": "LOOK"}), "must be one of GET"),
            (json!({"ApiEndpoint": "h", "Method": "GET", "RequestBody": 1}), "supported for PATCH"),
            (
                json!({"ApiEndpoint": "h", "Method": "GET", "Headers": {"X-Amzn-A": "b"}}),
                "unsupported values: X-Amzn-A",
            ),
            (json!({"ApiEndpoint": "h", "Method": "GET", "Headers": {"Host": "b"}}), "unsupported values: Host"),
        ] {
            let why = exchange(&parameters).unwrap_err();
            assert!(why.contains(said), "{why}");
        }
    }
}
