//! Tasks that call somebody's API, with TestState's level TRACE: what is sent with a connection's credentials, what of it is
//! shown, what is told of a connection that cannot be used.

use serde_json::{Value, json};

use crate::harness::Iw102;
use crate::player::{Answer, Player};

const CONNECTION: &str = "arn:aws:events:eu-west-1:123456789012:connection/partner/0000";
const SECRET: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:events!connection/partner/0000";

/// Plays a connection of EventBridge and its secret.
fn play_connection(aws: &Player, kind: &str, state: &str, secret: &Value) {
    let described = json!({"Name": "partner", "ConnectionArn": CONNECTION, "ConnectionState": state,
        "AuthorizationType": kind, "SecretArn": SECRET, "AuthParameters": {}});
    aws.play("DescribeConnection", [Answer::json(&described)]);
    aws.play("GetSecretValue", [Answer::json(&json!({"ARN": SECRET, "SecretString": secret.to_string()}))]);
}

/// What TestState says of a task of a service.
fn tested(aws: &Player, resource: &str, parameters: &Value, more: &[(&str, Value)]) -> Value {
    let iw102 = Iw102::new().with("AWS_ENDPOINT_URL", &aws.url);
    let dev = iw102.dev(&["--memory"]);
    let state = json!({"Type": "Task", "Resource": format!("arn:aws:states:::{resource}"), "Parameters": parameters, "End": true});
    let mut asked = json!({"definition": state.to_string(), "inspectionLevel": "TRACE",
        "roleArn": "arn:aws:iam::123456789012:role/any"});
    for (name, value) in more {
        asked[*name] = value.clone();
    }
    dev.call("TestState", &asked)
}

fn partner(aws: &Player) -> Value {
    json!({"ApiEndpoint": format!("{}/api", aws.url), "Method": "POST", "Authentication": {"ConnectionArn": CONNECTION},
        "Headers": {"X-Own": "mine"}, "QueryParameters": {"q": "a b"}, "RequestBody": {"a": 1}})
}

#[test]
fn a_request_carries_what_its_connection_adds_and_shows_it_only_to_who_asks() {
    let aws = Player::http();
    let secret = json!({"api_key_name": "X-Key", "api_key_value": "opensesame", "invocation_http_parameters": {
        "header_parameters": [{"key": "X-More", "value": "theirs", "is_value_secret": false}],
        "query_string_parameters": [{"key": "k", "value": "theirs", "is_value_secret": true}],
        "body_parameters": [{"key": "b", "value": "theirs", "is_value_secret": true}]}});
    play_connection(&aws, "API_KEY", "AUTHORIZED", &secret);
    aws.play("POST /api", [Answer::text(201, r#"{"done":true}"#).header("content-type", "application/json")]);
    let hidden = tested(&aws, "http:invoke", &partner(&aws), &[]);
    let shown = tested(&aws, "http:invoke", &partner(&aws), &[("revealSecrets", json!(true))]);

    let sent = &aws.asked("POST /api")[0];
    assert_eq!((sent.header("x-key"), sent.header("x-more")), (Some("opensesame"), Some("theirs")));
    assert_eq!(sent.json(), json!({"a": 1, "b": "theirs"}));
    assert_eq!(hidden["status"], "SUCCEEDED", "{hidden}");
    let of = |answer: &Value| answer["inspectionData"]["request"].clone();
    let tail = "content-type: application/json; charset=UTF-8, User-Agent: Amazon|StepFunctions|HttpInvoke|us-east-1, \
                Range: bytes=0-262144]";
    let request = |url: &str, headers: &str, body: &str| {
        json!({"protocol": "http", "method": "POST", "url": format!("{}/api?{url}", aws.url),
            "headers": format!("[X-Own: mine, {headers}{tail}"), "body": body})
    };
    assert_eq!(of(&hidden), request("q=a%20b", "", r#"{"a":1}"#));
    let added = "X-Key: opensesame, X-More: theirs, ";
    assert_eq!(of(&shown), request("q=a%20b&k=theirs", added, r#"{"a":1,"b":"theirs"}"#));
    let response = &hidden["inspectionData"]["response"];
    assert_eq!((&response["statusCode"], &response["statusMessage"]), (&json!("201"), &json!("Created")));
    assert_eq!((&response["protocol"], &response["body"]), (&json!("http"), &json!(r#"{"done":true}"#)));
    let headers = response["headers"].as_str().unwrap();
    assert!(headers.starts_with('[') && headers.contains("content-type: application/json"), "{headers}");
    let debug = tested(&aws, "http:invoke", &partner(&aws), &[("inspectionLevel", json!("DEBUG"))]);
    assert_eq!((debug["inspectionData"].get("request"), debug["inspectionData"].get("response")), (None, None));
}

#[test]
fn a_password_is_sent_and_a_token_asked_for() {
    let aws = Player::http();
    play_connection(&aws, "BASIC", "AUTHORIZED", &json!({"username": "u", "password": "p"}));
    aws.play("POST /api", [Answer::text(200, "plain")]);
    let answer = tested(&aws, "http:invoke", &partner(&aws), &[]);
    assert_eq!(answer["status"], "SUCCEEDED", "{answer}");
    assert_eq!(aws.asked("POST /api")[0].header("authorization"), Some("Basic dTpw"));

    let aws = Player::http();
    let client = json!({"client_parameters": {"client_id": "c", "client_secret": "s"}, "http_method": "POST",
        "authorization_endpoint": format!("{}/token", aws.url),
        "o_auth_http_parameters": {"body_parameters": [{"key": "scope", "value": "all"}]}});
    play_connection(&aws, "OAUTH_CLIENT_CREDENTIALS", "AUTHORIZING", &client);
    aws.play("POST /token", [Answer::json(&json!({"access_token": "t0", "token_type": "bearer"}))]);
    aws.play("POST /api", [Answer::text(200, "plain")]);
    let answer = tested(&aws, "http:invoke", &partner(&aws), &[]);
    assert_eq!(answer["status"], "SUCCEEDED", "{answer}");
    assert_eq!(aws.asked("POST /api")[0].header("authorization"), Some("Bearer t0"));
    let asked = &aws.asked("POST /token")[0];
    let form = "grant_type=client_credentials&client_id=c&client_secret=s&scope=all";
    assert_eq!(String::from_utf8_lossy(&asked.body), form);
}

#[test]
fn a_connection_that_cannot_be_used_is_an_error_of_its_own() {
    let error = |aws: &Player| {
        let answer = tested(aws, "http:invoke", &partner(aws), &[]);
        (
            answer["error"].as_str().unwrap_or_default().to_owned(),
            answer["cause"].as_str().unwrap_or_default().to_owned(),
        )
    };
    let aws = Player::http();
    aws.play("DescribeConnection", [Answer::aws_error(400, "ResourceNotFoundException", "no such connection")]);
    assert_eq!(error(&aws).0, "Events.ConnectionResource.ResourceNotFound");
    let aws = Player::http();
    aws.play("DescribeConnection", [Answer::json(&json!({"Name": "partner", "ConnectionState": "DEAUTHORIZED"}))]);
    assert_eq!(error(&aws).0, "Events.ConnectionResource.InvalidConnectionState");
    let aws = Player::http();
    let client =
        json!({"client_id": "c", "client_secret": "s", "authorization_endpoint": format!("{}/token", aws.url)});
    play_connection(&aws, "OAUTH_CLIENT_CREDENTIALS", "AUTHORIZED", &client);
    aws.play("POST /token", [Answer::text(401, "{}")]);
    let (name, cause) = error(&aws);
    assert_eq!(name, "Events.ConnectionResource.InvalidConnectionState");
    assert!(cause.contains("/token gave no token but status 401") && !cause.contains("secret=s"), "{cause}");
}

#[test]
fn an_answer_that_is_no_success_or_no_text_fails_the_task() {
    let aws = Player::http();
    play_connection(&aws, "BASIC", "AUTHORIZED", &json!({"username": "u", "password": "p"}));
    aws.play(
        "POST /api",
        [Answer::text(404, "not here"), Answer::text(200, "GIF89a").header("content-type", "image/gif")],
    );
    let missing = tested(&aws, "http:invoke", &partner(&aws), &[]);
    assert_eq!((&missing["error"], &missing["cause"]), (&json!("States.Http.StatusCode.404"), &json!("not here")));
    assert_eq!(missing["inspectionData"]["response"]["statusMessage"], "Not Found");
    let image = tested(&aws, "http:invoke", &partner(&aws), &[]);
    assert_eq!(image["error"], "States.Runtime", "{image}");
}

#[test]
fn an_api_of_localstack_is_called_where_it_has_it_and_answers_as_the_edge_does() {
    let aws = Player::http();
    let invoked = |aws: &Player| {
        let parameters =
            json!({"ApiEndpoint": format!("{}/restapis/a1", aws.url), "Method": "GET", "Stage": "dev", "Path": "p"});
        tested(aws, "apigateway:invoke", &parameters, &[])
    };
    let here = Answer::text(200, r#"{"a":1}"#).header("x-localstack", "true").header("server", "Twisted");
    aws.play("GET /restapis/a1/dev/_user_request_/p", [here]);
    let answer = invoked(&aws);
    let output: Value = serde_json::from_str(answer["output"].as_str().unwrap()).unwrap();
    assert_eq!(output["ResponseBody"], json!({"a": 1}));
    let names: Vec<&String> = output["Headers"].as_object().unwrap().keys().collect();
    assert!(
        ["Connection", "Via", "x-amzn-RequestId"].iter().all(|name| names.iter().any(|has| has == name)),
        "{names:?}"
    );
    assert!(!names.iter().any(|name| *name == "server" || *name == "x-localstack"), "{names:?}");

    let aws = Player::http();
    aws.play("GET /restapis/a1/dev/_user_request_/p", [Answer::text(404, "")]);
    aws.play("GET /restapis/a1/dev/p", [Answer::text(200, "2")]);
    let answer = invoked(&aws);
    let output: Value = serde_json::from_str(answer["output"].as_str().unwrap()).unwrap();
    assert_eq!(output["ResponseBody"], 2);
}
