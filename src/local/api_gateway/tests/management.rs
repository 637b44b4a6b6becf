//! API Gateway's own API, through the SDK where it can say what is tested.

use aws_sdk_apigateway::Client;
use aws_sdk_apigateway::config::retry::RetryConfig;
use aws_sdk_apigateway::config::{BehaviorVersion, Config, Credentials, Region};
use serde_json::{Value, json};

use super::{Fixture, KEY, api, private};
use crate::local::api_gateway::fixtures::{passing, route};
use crate::local::api_gateway::model::{Action, Api, Cors, Key, Mapping, Period, Plan, Quota, Route, Throttle};
use crate::local::tests::raw;

fn shop() -> Api {
    let cors = Cors {
        origins: Vec::new(),
        headers: Vec::new(),
        methods: Vec::new(),
        allow_credentials: false,
        max_age_seconds: None,
    };
    let routes = vec![
        private("GET hello"),
        Route { cors: Some(cors), ..private("POST action/start") },
        passing(Action::Describe, "POST action/status"),
        Route { request: Mapping::LambdaProxy, ..route("ANY orders/{id}") },
    ];
    let throttle = Some(Throttle { rate_limit: 100.0, burst_limit: 200 });
    let quota = Some(Quota { limit: 5_000, offset: 2, period: Period::Month });
    let mut api = Api { plan: Some(Plan { throttle, quota }), ..api(routes) };
    api.keys.push(Key { name: "dev-other".to_owned(), value: None, enabled: false });
    api
}

fn client(fixture: &Fixture) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::new("123456789012", "local", None, None, "test"))
        .endpoint_url(&fixture.owner.endpoint)
        .retry_config(RetryConfig::disabled())
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    Client::from_conf(config.build())
}

/// Asks with plain HTTP: the status, the type of the error and the body.
async fn get(fixture: &Fixture, path: &str) -> (u16, String, Value) {
    let request = format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n");
    let answer = super::Answered::read(&raw::exchange(&fixture.owner.endpoint, request.as_bytes()).await);
    (answer.status, answer.header("x-amzn-errortype").to_owned(), answer.json())
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_listed_and_their_values_only_when_they_are_asked_for() {
    let fixture = Fixture::begin(&shop()).await;
    let client = client(&fixture);
    let keys = client.get_api_keys().send().await.unwrap().items.unwrap();
    let shown: Vec<_> = keys.iter().map(|key| (key.name().unwrap(), key.enabled(), key.value())).collect();
    assert_eq!(shown, [("dev-myFirstKey", true, None), ("dev-other", false, None)]);
    assert_eq!(keys[0].stage_keys(), ["llb348ist9/dev"]);
    assert!(keys[0].created_date().is_some_and(|at| at.secs() > 1_700_000_000));
    let id = keys[0].id().unwrap();
    assert!(id.len() == 10 && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()), "{id}");

    let keys = client.get_api_keys().include_values(true).name_query("dev-o").send().await.unwrap().items.unwrap();
    assert_eq!((keys.len(), keys[0].value().map(str::len)), (1, Some(40)));
    assert_eq!(client.get_api_key().api_key(id).send().await.unwrap().value(), None);
    let key = client.get_api_key().api_key(id).include_value(true).send().await.unwrap();
    assert_eq!((key.name(), key.value()), (Some("dev-myFirstKey"), Some(KEY)));

    let page = client.get_api_keys().limit(1).send().await.unwrap();
    assert_eq!(page.items().len(), 1);
    let next = client.get_api_keys().limit(1).set_position(page.position).send().await.unwrap();
    assert_eq!((next.items()[0].name(), next.position()), (Some("dev-other"), None));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plan_its_keys_and_their_usage_are_told() {
    let fixture = Fixture::begin(&shop()).await;
    let client = client(&fixture);
    let keys = client.get_api_keys().send().await.unwrap().items.unwrap();
    let id = keys[0].id().unwrap();
    let plans = client.get_usage_plans().key_id(id).send().await.unwrap().items.unwrap();
    let plan = &plans[0];
    assert_eq!((plans.len(), plan.name()), (1, Some("shop-dev")));
    let quota = plan.quota().unwrap();
    assert_eq!((quota.limit(), quota.offset(), quota.period().unwrap().as_str()), (5_000, 2, "MONTH"));
    let throttle = plan.throttle().unwrap();
    assert_eq!((throttle.burst_limit(), throttle.rate_limit()), (200, 100.0));
    assert_eq!((plan.api_stages()[0].api_id(), plan.api_stages()[0].stage()), (Some("llb348ist9"), Some("dev")));
    let plan = plan.id().unwrap();
    assert_eq!(client.get_usage_plan().usage_plan_id(plan).send().await.unwrap().name(), Some("shop-dev"));
    let of_plan = client.get_usage_plan_keys().usage_plan_id(plan).send().await.unwrap().items.unwrap();
    assert_eq!((of_plan.len(), of_plan[0].id(), of_plan[0].r#type()), (2, Some(id), Some("API_KEY")));
    assert!(client.get_usage_plans().key_id("nobody").send().await.unwrap().items().is_empty());

    for _ in 0..3 {
        assert_eq!(fixture.ask("GET /dev/hello", &[&format!("x-api-key: {KEY}")], "").await.status, 200);
    }
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let (from, to) = (today.yesterday().unwrap().to_string(), today.to_string());
    let usage = client.get_usage().usage_plan_id(plan).start_date(&from).end_date(&to).send().await.unwrap();
    let days = &usage.items().unwrap()[id];
    // Yesterday may have been in another period, whose limit was whole.
    assert!(days[0] == [0, 4_998] || days[0] == [0, 5_000], "{days:?}");
    assert_eq!(days[1], [3, 4_995]);
    assert_eq!(usage.items().unwrap().len(), 2);
    let of_one = client.get_usage().usage_plan_id(plan).key_id(id).start_date(&to).end_date(&to).send().await.unwrap();
    assert_eq!(of_one.items().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_its_stage_and_its_routes_are_told() {
    let fixture = Fixture::begin(&shop()).await;
    let client = client(&fixture);
    let apis = client.get_rest_apis().send().await.unwrap().items.unwrap();
    assert_eq!((apis.len(), apis[0].name(), apis[0].id()), (1, Some("dev-shop"), Some("llb348ist9")));
    assert_eq!(client.get_rest_api().rest_api_id("llb348ist9").send().await.unwrap().name(), Some("dev-shop"));
    let stages = client.get_stages().rest_api_id("llb348ist9").send().await.unwrap().item.unwrap();
    assert_eq!((stages.len(), stages[0].stage_name()), (1, Some("dev")));
    let stage = client.get_stage().rest_api_id("llb348ist9").stage_name("dev").send().await.unwrap();
    assert_eq!(stage.stage_name(), Some("dev"));

    let resources = client.get_resources().rest_api_id("llb348ist9").embed("methods").send().await.unwrap();
    let resources = resources.items.unwrap();
    let mut shown = Vec::new();
    for resource in &resources {
        let methods = resource.resource_methods().into_iter().flatten();
        let mut methods: Vec<String> = methods
            .map(|(name, method)| {
                let integration = method.method_integration().unwrap();
                let uri = integration.uri().and_then(|uri| uri.rsplit('/').next()).unwrap_or("mock");
                format!(" {name} {uri} {}", if method.api_key_required().unwrap() { "key" } else { "open" })
            })
            .collect();
        methods.sort();
        shown.push(format!("{}{}", resource.path().unwrap(), methods.concat()));
    }
    assert_eq!(
        shown,
        [
            "/",
            "/action",
            "/action/start OPTIONS mock open POST StartExecution key",
            "/action/status POST DescribeExecution open",
            "/hello GET StartExecution key",
            "/orders",
            "/orders/{id} ANY StartExecution open",
        ]
    );
    assert_eq!(resources[0].id(), apis[0].root_resource_id());
    assert_eq!(resources[2].parent_id(), resources[1].id());
    assert_eq!(resources[2].path_part(), Some("start"));
    for (at, method) in [(2, "POST"), (6, "ANY")] {
        let integration = resources[at].resource_methods().unwrap()[method].method_integration().unwrap();
        assert_eq!(integration.uri(), Some("arn:aws:apigateway:eu-west-1:states:action/StartExecution"));
        let template = &integration.request_templates().unwrap()["application/json"];
        assert!(template.contains("arn:aws:states:eu-west-1:123456789012:stateMachine:m\""), "{template}");
    }
    let id = resources[2].id().unwrap();
    let one = client.get_resource().rest_api_id("llb348ist9").resource_id(id).send().await.unwrap();
    assert_eq!(one.path(), Some("/action/start"));
    let page = client.get_resources().rest_api_id("llb348ist9").limit(3).send().await.unwrap();
    assert_eq!((page.items().len(), page.position()), (3, Some("3")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_exist_or_is_not_understood_is_told_so() {
    let fixture = Fixture::begin(&shop()).await;
    let plan = get(&fixture, "/usageplans").await.2["item"][0]["id"].as_str().unwrap().to_owned();
    for path in [
        "/apikeys/x",
        "/usageplans/x",
        "/restapis/x/resources",
        "/restapis/llb348ist9/stages/prod",
        "/restapis/llb348ist9/resources/x",
        "/apikeys/x/y",
    ] {
        let (status, error_type, body) = get(&fixture, path).await;
        assert_eq!((status, error_type.as_str()), (404, "NotFoundException"), "{path}");
        assert!(body["message"].is_string());
    }
    let usage = format!("/usageplans/{plan}/usage");
    for path in [
        "/apikeys?limit=0".to_owned(),
        "/apikeys?limit=501".to_owned(),
        "/apikeys?limit=x".to_owned(),
        "/apikeys?position=-1".to_owned(),
        usage.clone(),
        format!("{usage}?startDate=2026-11-23&endDate=tomorrow"),
        format!("{usage}?startDate=2026-11-23&endDate=2026-11-22"),
        format!("{usage}?startDate=2020-11-23&endDate=2026-11-22"),
    ] {
        let (status, error_type, _) = get(&fixture, &path).await;
        assert_eq!((status, error_type.as_str()), (400, "BadRequestException"), "{path}");
    }
    let error = client(&fixture).create_api_key().name("n").send().await.unwrap_err().into_service_error();
    assert!(error.is_bad_request_exception(), "{error}");
    let missing = client(&fixture).get_usage_plan().usage_plan_id("x").send().await.unwrap_err().into_service_error();
    assert!(missing.is_not_found_exception(), "{missing}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_routes_there_is_nothing() {
    let fixture = Fixture::begin(&Api { routes: Vec::new(), ..shop() }).await;
    for path in ["/apikeys?includeValues=true", "/usageplans", "/restapis"] {
        assert_eq!(get(&fixture, path).await, (200, String::new(), json!({ "item": [] })), "{path}");
    }
}
