//! An EventBridge connection: the credentials and the parameters that it adds to a request.
//!
//! EventBridge describes it, Secrets Manager has its secret. AWS writes the secret's names small and with underscores, and
//! emulators do as they like; so names are compared without regard to either. Nobody but us asks for OAuth's token where an
//! emulator has the connection, so it is asked for here, for each request.
//! <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-target-connection-auth.html>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::asl::Fault;
use crate::tasks::answer::bounded_fault;
use crate::tasks::integration::exchange::Exchange;
use crate::tasks::integration::optimised::{EVENTS, SECRETS_MANAGER};
use crate::tasks::integration::sdk::Caller;
use crate::tasks::signature::encode;

/// In front of the errors that EventBridge causes.
const ERRORS: &str = "Events.ConnectionResource";

/// What a connection adds to every request. Its values win over the state's own, and none of them is shown unasked.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Connection {
    pub(super) headers: Vec<(String, String)>,
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Map<String, Value>,
}

/// Asks EventBridge and Secrets Manager for a connection, and whoever gives its tokens for one.
///
/// # Errors
/// `Events.ConnectionResource.…`, as Step Functions tells what is wrong with a connection.
pub(super) async fn read(caller: &Caller<'_>, arn: &str) -> Result<Connection, Fault> {
    // `arn:…:connection/NAME/ID`
    let name = arn.split('/').nth(1).unwrap_or(arn);
    let described = EVENTS.read(caller, "describeConnection", &json!({ "Name": name })).await.map_err(of_connection)?;
    check_state(name, &described)?;
    let secret = match described["SecretArn"].as_str().filter(|arn| !arn.is_empty()) {
        None => Value::Null,
        Some(arn) => {
            let got = SECRETS_MANAGER.read(caller, "getSecretValue", &json!({ "SecretId": arn })).await;
            let text = got.map_err(of_connection)?["SecretString"].as_str().map(str::to_owned);
            text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
        }
    };
    let held = Held { secret: &secret, described: &described["AuthParameters"] };
    let mut connection = held.invocation();
    let authorized = match held.authorization() {
        Some(header) => header,
        None if described["AuthorizationType"] == "OAUTH_CLIENT_CREDENTIALS" => token(caller, name, &held).await?,
        None => return Err(invalid(name, "its secret holds no credentials")),
    };
    connection.headers.insert(0, authorized);
    Ok(connection)
}

/// The error of a call about the connection, as Step Functions names it.
fn of_connection(fault: Fault) -> Fault {
    let kind = match fault.error.split_once('.').map(|(_, error)| error) {
        Some("ResourceNotFoundException") => "ResourceNotFound",
        Some("AccessDeniedException") => "AccessDenied",
        // Nobody was asked.
        Some("Runtime") => return fault,
        _ => "InternalError",
    };
    bounded_fault(format!("{ERRORS}.{kind}"), fault.cause)
}

fn check_state(name: &str, described: &Value) -> Result<(), Fault> {
    match described["ConnectionState"].as_str().unwrap_or("AUTHORIZED") {
        // AUTHORIZING ends when EventBridge has a token, which here is asked for with each request.
        "AUTHORIZED" | "AUTHORIZING" | "ACTIVE" => Ok(()),
        state @ ("CREATING" | "UPDATING") => {
            Err(bounded_fault(format!("{ERRORS}.AuthInProgress"), format!("The connection {name} is {state}.")))
        }
        state => Err(invalid(name, &format!("it is {state}"))),
    }
}

fn invalid(name: &str, why: &str) -> Fault {
    let cause = format!("The connection {name} cannot be used: {why}.");
    bounded_fault(format!("{ERRORS}.InvalidConnectionState"), cause)
}

/// What is known of a connection.
#[derive(Debug, Clone, Copy)]
struct Held<'a> {
    secret: &'a Value,
    /// `AuthParameters`: without what is secret, unless somebody's emulator has no secret for it.
    described: &'a Value,
}

impl<'a> Held<'a> {
    /// A structure, wherever it is.
    fn structure(self, name: &str) -> Option<&'a Value> {
        find(self.secret, name).or_else(|| find(self.described, name))
    }

    fn text(self, name: &str) -> Option<&'a str> {
        let of = |value| find(value, name).and_then(Value::as_str);
        of(self.secret).or_else(|| of(self.described))
    }

    /// `InvocationHttpParameters`
    fn invocation(self) -> Connection {
        self.structure("InvocationHttpParameters").map(parameters).unwrap_or_default()
    }

    /// The header of a key, or of a user and a password.
    fn authorization(self) -> Option<(String, String)> {
        if let Some((name, value)) = self.text("ApiKeyName").zip(self.text("ApiKeyValue")) {
            return Some((name.to_owned(), value.to_owned()));
        }
        let (user, password) = self.text("Username").zip(self.text("Password"))?;
        Some(("Authorization".to_owned(), format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))))
    }
}

/// Whether two names are the same but for case and underscores.
fn is_named(name: &str, wanted: &str) -> bool {
    let letters = |text: &str| text.replace('_', "").to_ascii_lowercase();
    letters(name) == letters(wanted)
}

/// A member of an object, or of the objects in it: a secret is flat where its description is not.
fn find<'v>(value: &'v Value, wanted: &str) -> Option<&'v Value> {
    let members = value.as_object()?;
    let own = members.iter().find(|(name, _)| is_named(name, wanted)).map(|(_, value)| value);
    own.or_else(|| members.values().find_map(|value| find(value, wanted)))
}

/// `HeaderParameters`, `QueryStringParameters` and `BodyParameters`.
fn parameters(given: &Value) -> Connection {
    let pairs = |name: &str| {
        let listed = find(given, name).and_then(Value::as_array).into_iter().flatten();
        listed.filter_map(|pair| Some((find(pair, "Key")?.as_str()?.to_owned(), find(pair, "Value")?.clone())))
    };
    let texts = |name| pairs(name).map(|(key, value)| (key, text(&value))).collect();
    Connection {
        headers: texts("HeaderParameters"),
        query: texts("QueryStringParameters"),
        body: pairs("BodyParameters").collect(),
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The header with a token of the connection's authorization endpoint.
async fn token(caller: &Caller<'_>, name: &str, held: &Held<'_>) -> Result<(String, String), Fault> {
    let asked = ask_token(held).ok_or_else(|| invalid(name, "it lacks client, secret or authorization endpoint"))?;
    let url = asked.url.clone();
    let answered = asked.send(caller.outside).await.map_err(|error| invalid(name, &error.to_string()))?;
    let said: Value = serde_json::from_slice(&answered.body).unwrap_or_default();
    match said["access_token"].as_str() {
        Some(token) if (200..300).contains(&answered.status) => {
            let kind = said["token_type"].as_str().filter(|kind| !kind.eq_ignore_ascii_case("bearer"));
            Ok(("Authorization".to_owned(), format!("{} {token}", kind.unwrap_or("Bearer"))))
        }
        _ => Err(invalid(name, &format!("{url} gave no token but status {}", answered.status))),
    }
}

/// The request for a token: RFC 6749, 4.4, with the client in the body, and what the connection adds.
fn ask_token(held: &Held<'_>) -> Option<Exchange> {
    let (client, secret) = held.text("ClientID").zip(held.text("ClientSecret"))?;
    let method = held.text("HttpMethod").unwrap_or("POST");
    let added = held.structure("OAuthHttpParameters").map(parameters).unwrap_or_default();
    let mut fields = Map::from_iter([
        ("grant_type".to_owned(), json!("client_credentials")),
        ("client_id".to_owned(), json!(client)),
        ("client_secret".to_owned(), json!(secret)),
    ]);
    fields.extend(added.body);
    let url = held.text("AuthorizationEndpoint")?.to_owned();
    let mut exchange = Exchange { method: method.to_owned(), url, headers: added.headers, ..Exchange::default() };
    exchange.query = added.query.iter().map(|(name, value)| (encode(name), encode(value))).collect();
    let form = fields.iter().map(|(name, value)| (encode(name), encode(&text(value))));
    if method == "GET" {
        exchange.query.extend(form);
        return Some(exchange);
    }
    exchange.default_header("content-type", "application/x-www-form-urlencoded");
    let as_json = exchange.header("content-type").is_some_and(|kind| kind.contains("json"));
    exchange.body = if as_json {
        Value::Object(fields).to_string().into_bytes()
    } else {
        form.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&").into_bytes()
    };
    Some(exchange)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn secrets_are_read_however_they_are_spelled() {
        let aws = json!({"api_key_name": "K", "api_key_value": "v", "invocation_http_parameters": {
            "header_parameters": [{"key": "H", "value": "h", "is_value_secret": true}],
            "query_string_parameters": [{"key": "q", "value": "1"}], "body_parameters": [{"key": "b", "value": "2"}]}});
        let mixed = json!({"ApiKeyAuthParameters": {"ApiKeyName": "K", "ApiKeyValue": "v"}, "invocation_http_parameters": {
            "HeaderParameters": [{"Key": "H", "Value": "h", "IsValueSecret": true}],
            "QueryStringParameters": [{"Key": "q", "Value": "1"}], "BodyParameters": [{"Key": "b", "Value": "2"}]}});
        let body = Map::from_iter([("b".to_owned(), json!("2"))]);
        let expected = Connection { headers: vec![own("H", "h")], query: vec![own("q", "1")], body };
        for (secret, described) in [(&aws, &Value::Null), (&mixed, &Value::Null), (&Value::Null, &mixed)] {
            let held = Held { secret, described };
            assert_eq!((held.authorization(), held.invocation()), (Some(own("K", "v")), expected.clone()));
        }
        let basic = json!({"username": "u", "password": "p"});
        let held = Held { secret: &basic, described: &Value::Null };
        assert_eq!(held.authorization(), Some(own("Authorization", "Basic dTpw")));
    }

    #[test]
    fn a_token_is_asked_for_as_its_endpoint_wants_it() {
        let described = |method: &str, headers: Value| {
            json!({"OAuthParameters": {
                "ClientParameters": {"ClientID": "c"}, "AuthorizationEndpoint": "http://h/token", "HttpMethod": method,
                "OAuthHttpParameters": {"BodyParameters": [{"Key": "scope", "Value": "a b"}], "HeaderParameters": headers},
            }})
        };
        let secret = json!({"client_id": "c", "client_secret": "s"});
        let asked = |method: &str, headers: Value| {
            ask_token(&Held { secret: &secret, described: &described(method, headers) }).unwrap()
        };
        let form = asked("POST", json!([]));
        let written = "grant_type=client_credentials&client_id=c&client_secret=s&scope=a%20b";
        assert_eq!((form.url.as_str(), form.body.as_slice()), ("http://h/token", written.as_bytes()));
        assert_eq!(form.header("content-type"), Some("application/x-www-form-urlencoded"));
        let posted = asked("POST", json!([{"Key": "Content-Type", "Value": "application/json"}]));
        let fields = r#"{"grant_type":"client_credentials","client_id":"c","client_secret":"s","scope":"a b"}"#;
        assert_eq!(String::from_utf8_lossy(&posted.body), fields);
        let got = asked("GET", json!([]));
        assert_eq!((got.body.len(), got.query.len()), (0, 4));
    }

    #[test]
    fn what_is_wrong_with_a_connection_is_told_as_aws_does() {
        let named = |fault: Fault| fault.error.into_owned();
        for (error, expected) in [
            ("EventBridge.ResourceNotFoundException", "Events.ConnectionResource.ResourceNotFound"),
            ("SecretsManager.AccessDeniedException", "Events.ConnectionResource.AccessDenied"),
            ("EventBridge.InternalException", "Events.ConnectionResource.InternalError"),
            ("States.Runtime", "States.Runtime"),
        ] {
            assert_eq!(named(of_connection(Fault::new(error, "c"))), expected);
        }
        for (state, expected) in [
            ("AUTHORIZED", None),
            ("AUTHORIZING", None),
            ("CREATING", Some("Events.ConnectionResource.AuthInProgress")),
            ("DEAUTHORIZED", Some("Events.ConnectionResource.InvalidConnectionState")),
        ] {
            let checked = check_state("c", &json!({ "ConnectionState": state }));
            assert_eq!(checked.err().map(named).as_deref(), expected);
        }
    }
}
