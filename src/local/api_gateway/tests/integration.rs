//! Headers, cors and the event of `lambda_proxy`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::{Fixture, KEY, api, private};
use crate::engine::{NewStateMachine, StateMachineType};
use crate::local::api_gateway;
use crate::local::api_gateway::fixtures::{passing, route};
use crate::local::api_gateway::model::{Action, Cors, Mapping, Route};
use crate::local::tests::options;
use crate::local::{AttachOptions, Tell, attach};

fn cors() -> Cors {
    let (origins, headers, methods) = (vec!["https://shop.example".to_owned()], Vec::new(), Vec::new());
    Cors { origins, headers, methods, allow_credentials: true, max_age_seconds: Some(60) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_may_ask_first_and_sees_the_header_on_answers_and_errors_of_the_service() {
    let routes = vec![
        Route { cors: Some(cors()), ..private("POST start") },
        Route { cors: Some(cors()), ..passing(Action::Describe, "POST status") },
        route("GET start"),
    ];
    let fixture = Fixture::begin(&api(routes)).await;
    let asks = ["origin: https://shop.example", "access-control-request-method: POST"];
    let answer = fixture.ask("OPTIONS /dev/start", &asks, "").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    for (name, value) in [
        ("access-control-allow-origin", "https://shop.example"),
        ("access-control-allow-methods", "OPTIONS,POST"),
        ("access-control-allow-credentials", "true"),
        ("access-control-max-age", "60"),
        ("content-length", "0"),
        ("content-type", "application/json"),
    ] {
        assert_eq!(answer.header(name), value, "{name}");
    }
    let key = format!("x-api-key: {KEY}");
    let allowed = "access-control-allow-origin";
    let good = fixture.ask("POST /dev/start", &[&key], "{}").await;
    assert_eq!((good.status, good.header(allowed)), (200, "https://shop.example"));
    let bad = fixture.ask("POST /dev/status", &[], "{}").await;
    assert_eq!((bad.status, bad.header(allowed)), (400, "https://shop.example"));
    // What API Gateway answers by itself has no such header.
    let refused = fixture.ask("POST /dev/start", &[], "{}").await;
    assert_eq!((refused.status, refused.header(allowed)), (403, ""));
    let other = fixture.ask("GET /dev/start", &[], "").await;
    assert_eq!((other.status, other.header(allowed)), (200, ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_reaches_what_cors_opens_to_it_and_nothing_else() {
    let any = Cors { origins: vec!["*".to_owned()], ..cors() };
    let routes = vec![
        Route { cors: Some(cors()), ..route("POST one") },
        Route { cors: Some(any), ..route("POST any") },
        route("POST closed"),
    ];
    let fixture = Fixture::begin(&api(routes)).await;
    let (shop, evil) = ("origin: https://shop.example", "origin: https://evil.example");
    // An image, a link: no origin is named.
    let unnamed = "sec-fetch-site: cross-site";
    for (line, header, status) in [
        ("POST /dev/one", shop, 200),
        ("POST /dev/one", evil, 403),
        ("POST /dev/one", unnamed, 403),
        ("POST /dev/any", evil, 200),
        ("POST /dev/any", unnamed, 200),
        ("POST /dev/closed", shop, 403),
        ("POST /dev/closed", unnamed, 403),
        ("POST /dev/absent", shop, 403),
        ("OPTIONS /dev/one", evil, 200),
        ("OPTIONS /dev/closed", evil, 403),
    ] {
        let answer = fixture.ask(line, &[header], "").await;
        let refused = r#"403 AccessDeniedException {"message":"requests of web pages of other origins are refused"}"#;
        assert_eq!((answer.status, answer.shown() == refused), (status, status == 403), "{line} {header}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_of_a_route_are_on_its_good_answers() {
    let headers = [
        ("X-Text", "'a text'"),
        ("X-Arn", "integration.response.body.executionArn"),
        ("X-Date", "integration.response.body.startDate"),
        ("X-Id", "integration.response.header.x-amzn-RequestId"),
        ("X-Context", "context.requestId"),
        ("X-Ip", "context.identity.sourceIp"),
        ("X-Epoch", "context.requestTimeEpoch"),
        ("X-Whole", "context.identity"),
        ("X-Stage", "stageVariables.a"),
        ("X-Nothing", "integration.response.body.nothing"),
        ("X-Unknown", "unknown"),
        ("Content-Type", "'application/vnd.api+json'"),
        ("not a name", "'x'"),
        ("X-Break", "'a\r\nb'"),
    ];
    let response_headers: BTreeMap<_, _> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let start = Route { response_headers: response_headers.clone(), ..route("GET start") };
    let status = Route { response_headers, ..passing(Action::Describe, "POST status") };
    let fixture = Fixture::begin(&api(vec![start, status])).await;
    let answer = fixture.ask("GET /dev/start", &[], "").await;
    let body: Value = answer.json();
    assert_eq!(answer.header("x-text"), "a text");
    assert_eq!(answer.header("x-arn"), body["executionArn"]);
    assert_eq!(answer.header("x-id"), answer.header("x-amzn-requestid"));
    assert!(answer.header("x-date").ends_with("E9"), "{answer:?}");
    assert_eq!(answer.header("content-type"), "application/vnd.api+json");
    assert_eq!(answer.header("x-context"), answer.header("x-amzn-requestid"));
    assert_eq!(answer.header("x-ip"), "127.0.0.1");
    assert_eq!(answer.header("x-epoch").len(), 13, "{answer:?}");
    for name in ["x-nothing", "x-unknown", "x-break", "x-whole", "x-stage"] {
        assert!(!answer.headers.contains_key(name), "{name}");
    }
    assert_eq!(fixture.ask("POST /dev/status", &[], "{}").await.header("x-text"), "", "an error");
}

async fn event(fixture: &Fixture, line: &str, headers: &[&str], body: &str) -> Value {
    let answer = fixture.ask(line, headers, body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let arn = answer.json()["executionArn"].as_str().unwrap().to_owned();
    let input = fixture.served.engine.describe_execution(&arn).await.unwrap().input;
    let mut event = input.value().clone();
    for name in ["requestId", "extendedRequestId", "requestTime", "requestTimeEpoch", "resourceId"] {
        assert!(!event["requestContext"][name].take().is_null(), "{name}");
    }
    event
}

#[tokio::test(flavor = "multi_thread")]
async fn lambda_proxy_gives_the_event_of_the_plugins_template_without_the_key() {
    let proxy = |text: &str| Route { request: Mapping::LambdaProxy, ..private(text) };
    let fixture = Fixture::begin(&api(vec![proxy("POST orders/{id}"), proxy("GET hello")])).await;
    let key = format!("x-api-key: {KEY}");
    let key_id = fixture.served.api.live().unwrap().keys[0].id.clone();
    let headers = [&key, "user-agent: test/1", "x-empty: ", "content-type: application/json"];
    let got = event(&fixture, "POST /dev/orders/a%20b?q=1&q=2&e=", &headers, "{\"it's\": \"so\"}\n").await;
    let identity = json!({
        "accessKey": null, "accountId": null, "caller": null, "cognitoAuthenticationProvider": null,
        "cognitoAuthenticationType": null, "cognitoIdentityId": null, "cognitoIdentityPoolId": null,
        "principalOrgId": null, "user": null, "userArn": null,
        "apiKeyId": key_id, "sourceIp": "127.0.0.1", "userAgent": "test/1",
    });
    let expected = json!({
        "resource": "/orders/{id}",
        "path": "/dev/orders/a%20b",
        "httpMethod": "POST",
        "headers": {
            "Connection": "close", "Content-Length": "15", "Content-Type": "application/json", "Host": "localhost:1",
            "User-Agent": "test/1", "X-Empty": null,
        },
        "queryStringParameters": { "e": null, "q": "2" },
        "pathParameters": { "id": "a b" },
        "stageVariables": null,
        "requestContext": {
            "resourceId": null, "resourcePath": "/orders/{id}", "httpMethod": "POST", "extendedRequestId": null,
            "requestTime": null, "path": "/dev/orders/a%20b", "accountId": "123456789012", "protocol": "HTTP/1.1",
            "stage": "dev", "domainPrefix": "localhost", "requestTimeEpoch": null, "requestId": null,
            "identity": identity, "domainName": "localhost", "apiId": "llb348ist9", "authorizer": {},
        },
        "body": "{\"it's\": \"so\"}\n",
        "isBase64Encoded": false,
    });
    assert_eq!(got, expected);

    let form = [&key, "content-type: application/x-www-form-urlencoded"];
    let got = event(&fixture, "POST /dev/orders/1", &form, "a=1&b=x+y%21").await;
    assert_eq!(got["body"], r#"{"a":"1","b":"x y!"}"#);
    let got = event(&fixture, "GET /dev/hello", &[&key], "").await;
    assert_eq!(
        (&got["queryStringParameters"], &got["pathParameters"], &got["body"]),
        (&Value::Null, &Value::Null, &json!(""))
    );
    let media = fixture.ask("POST /dev/orders/1", &[&key, "content-type: text/plain"], "x").await;
    assert_eq!(media.status, 415);
}

/// A body's input by the plugin's own template.
const DEFAULT: &str = r#"
#set( $body = $util.escapeJavaScript($input.json('$')).replaceAll("\\'", "'") )
{"input": "$body", "name": "$context.requestId", "stateMachineArn":"arn:aws:states:eu-west-1:123456789012:stateMachine:m"}"#;

fn with_templates(text: &str, templates: &[(&str, &str)]) -> Route {
    let templates = templates.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    Route { request: Mapping::Templates(templates), ..route(text) }
}

async fn input(fixture: &Fixture, line: &str, headers: &[&str], body: &str) -> String {
    let answer = fixture.ask(line, headers, body).await;
    if answer.status != 200 {
        return answer.shown();
    }
    let arn = answer.json()["executionArn"].as_str().unwrap().to_owned();
    assert!(arn.ends_with(answer.header("x-amzn-requestid")), "{arn}");
    fixture.served.engine.describe_execution(&arn).await.unwrap().input.text().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_for_the_plugins_template_has_its_effect() {
    let routes = vec![route("POST direct"), with_templates("POST rendered", &[("application/json", DEFAULT)])];
    let fixture = Fixture::begin(&api(routes)).await;
    for body in [
        "",
        " ",
        "{}",
        "[]",
        "null",
        "true",
        "7",
        "-1.5e3",
        "hello",
        "a=1&b='x'",
        "\"a string\"",
        r#"{"it's": "a \"quoted\" </script> \\ \u00fc ü 😀 \n\t", "b" : [ 1, {"c": null} ] }"#,
        "{\"a\":",
        "[1,]",
        "\"open",
    ] {
        let direct = input(&fixture, "POST /dev/direct", &[], body).await;
        let rendered = input(&fixture, "POST /dev/rendered", &[], body).await;
        if direct.starts_with("400 ") {
            assert_eq!(direct[..60], rendered[..60], "{body}");
        } else {
            let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
            assert_eq!(read(&direct), read(&rendered), "{body}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_projects_own_template_makes_the_request_and_the_plugins_stands_beside_it() {
    let own = r#"{"input": "{\"id\": \"$input.params('id')\", \"q\": \"$input.params('q')\", \"agent\": \"$context.identity.userAgent\", \"stage\": \"$context.stage\"}", "name": "$context.requestId", "stateMachineArn": "arn:aws:states:eu-west-1:123456789012:stateMachine:m"}"#;
    let broken = r#"{"input": "#;
    let routes = vec![
        with_templates("POST own/{id}", &[("application/JSON", own), ("text/plain", broken)]),
        with_templates(
            "POST fails",
            &[("application/json", "#if($input.params('x'))#foreach($i in [1..100000])#end#end")],
        ),
    ];
    let fixture = Fixture::begin(&api(routes)).await;
    let got = input(&fixture, "POST /dev/own/7?q=x", &["user-agent: t"], "{}").await;
    assert_eq!(got, r#"{"id": "7", "q": "x", "agent": "t", "stage": "dev"}"#);
    let form = ["content-type: application/x-www-form-urlencoded"];
    assert_eq!(input(&fixture, "POST /dev/own/7", &form, "{\"a\": 1}").await, r#"{"a":1}"#);
    let answer = fixture.ask("POST /dev/own/7", &["content-type: text/plain"], "x").await;
    assert_eq!(
        (answer.status, &answer.json()["__type"]),
        (400, &json!("com.amazon.coral.service#SerializationException"))
    );
    let answer = fixture.ask("POST /dev/own/7", &["content-type: text/xml"], "x").await;
    assert_eq!(answer.status, 415);
    let answer = fixture.ask("POST /dev/fails?x=1", &[], "{}").await;
    assert_eq!(answer.shown(), r#"500 InternalServerErrorException {"message":"Internal server error"}"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_that_fails_is_told_once_for_each_load_and_without_what_was_sent() {
    let scratch = tempfile::tempdir().unwrap();
    let (sender, told) = std::sync::mpsc::channel();
    let tell = Tell::to(move |line| sender.send(line.to_owned()).unwrap());
    let owner = attach(AttachOptions { tell, ..options(None, scratch.path()) }).await.unwrap();
    let number = "\n#set($n = 0)$n.parseInt($input.path('$.n'))";
    let api = api(vec![with_templates("POST fails", &[("application/json", number)])]);
    let served = Arc::clone(owner.served().unwrap());
    served.api.apply(&api, &served.engine).await.unwrap();
    let fixture = Fixture::of(owner, scratch).await;
    for _ in 0..2 {
        let answer = fixture.ask("POST /dev/fails", &[], r#"{"n": "s3cr3t"}"#).await;
        assert_eq!(answer.shown(), r#"500 InternalServerErrorException {"message":"Internal server error"}"#);
    }
    let line = "the request (application/json) template of POST fails failed at line 2, column 13";
    assert_eq!(told.try_iter().collect::<Vec<_>>(), [line]);
    served.api.apply(&api, &served.engine).await.unwrap();
    fixture.ask("POST /dev/fails", &[], r#"{"n": "s3cr3t"}"#).await;
    assert_eq!(told.try_iter().collect::<Vec<_>>(), [line]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_template_makes_the_body_of_good_answers() {
    let template = r#"{"arn": "$input.path('$.executionArn')", "stage": "$context.stage"}"#.to_owned();
    let start = Route { response_template: Some(template.clone()), ..route("POST start") };
    let status = Route { response_template: Some(template), ..passing(Action::Describe, "POST status") };
    let fixture = Fixture::begin(&api(vec![start, status])).await;
    let answer = fixture.ask("POST /dev/start", &[], "{}").await;
    let arn = format!("arn:aws:states:eu-west-1:123456789012:execution:m:{}", answer.header("x-amzn-requestid"));
    assert_eq!(answer.json(), json!({ "arn": arn, "stage": "dev" }));
    let answer = fixture.ask("POST /dev/status", &[], "{}").await;
    assert!(answer.status == 400 && answer.json()["__type"].is_string(), "{}", answer.body);
}

#[test]
fn a_template_that_is_none_is_told_with_its_place() {
    let route = with_templates("POST start", &[("application/json", "ok\n#if(")]);
    let error = api_gateway::check(&api(vec![route])).unwrap_err().to_string();
    assert!(
        error.starts_with("the request (application/json) template of POST start cannot be read: line 2"),
        "{error}"
    );
}

/// An EXPRESS machine beside `m`.
async fn express(fixture: &Fixture, name: &str, definition: &str) -> String {
    let arn = format!("arn:aws:states:eu-west-1:123456789012:stateMachine:{name}");
    let machine = NewStateMachine {
        arn: Arc::from(arn.as_str()),
        definition: Arc::from(definition),
        machine_type: StateMachineType::Express,
        ..super::machine()
    };
    fixture.served.engine.create_state_machine(machine).await.unwrap();
    arn
}

#[tokio::test(flavor = "multi_thread")]
async fn a_synchronous_start_answers_with_the_end_of_the_execution() {
    let sync = |text: &str| passing(Action::StartSync, text);
    let fixture = Fixture::begin(&api(vec![sync("POST sync")])).await;
    let passes = express(&fixture, "passes", r#"{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}"#).await;
    let fails = express(&fixture, "fails", r#"{"StartAt":"A","States":{"A":{"Type":"Fail","Error":"E"}}}"#).await;
    let ask = async |arn: &str| {
        let body = json!({ "stateMachineArn": arn, "input": "{\"a\":1}" }).to_string();
        let answer = fixture.ask("POST /dev/sync", &[], &body).await;
        (answer.status, answer.json())
    };
    let (status, good) = ask(&passes).await;
    assert_eq!((status, &good["status"], &good["output"]), (200, &json!("SUCCEEDED"), &json!("{\"a\":1}")), "{good}");
    assert_eq!(good["billingDetails"]["billedMemoryUsedInMB"], 64);
    let (status, failed) = ask(&fails).await;
    assert_eq!((status, &failed["status"], &failed["error"]), (200, &json!("FAILED"), &json!("E")), "{failed}");
    let (status, standard) = ask(&route("GET a").state_machine_arn).await;
    assert_eq!(status, 400);
    assert_eq!(standard["__type"], "com.amazonaws.swf.service.v2.model#StateMachineTypeNotSupported");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_end_in_time_is_a_504() {
    let sync = Route { timeout_milliseconds: 50, ..passing(Action::StartSync, "POST sync") };
    let fixture = Fixture::begin(&api(vec![sync])).await;
    let waits =
        express(&fixture, "waits", r#"{"StartAt":"A","States":{"A":{"Type":"Wait","Seconds":200,"End":true}}}"#).await;
    let body = json!({ "stateMachineArn": waits }).to_string();
    let answer = fixture.ask("POST /dev/sync", &[], &body).await;
    assert_eq!(answer.shown(), r#"504 InternalServerErrorException {"message":"Endpoint request timed out"}"#);
}
