//! The structures of API Gateway's API, as they stand after a deployment by the Serverless Framework.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::local::api_gateway::gateway::{Live, LiveKey};
use crate::local::api_gateway::model::{Api, Mapping, Period, Route};

pub(super) fn api_key(live: &Live, key: &LiveKey, with_value: bool) -> Value {
    let mut described = json!({
        "id": key.id,
        "name": key.name,
        "enabled": key.enabled,
        "createdDate": live.created_seconds(),
        "lastUpdatedDate": live.created_seconds(),
        "stageKeys": [format!("{}/{}", live.api.id, live.api.stage)],
    });
    if with_value {
        described["value"] = json!(key.value.reveal());
    }
    described
}

/// `None` where there is no plan.
pub(super) fn usage_plan(live: &Live) -> Option<Value> {
    let Api { id, service, stage, plan, .. } = &live.api;
    let plan = plan.as_ref()?;
    let mut described = json!({
        "id": live.api.plan_id(),
        "name": format!("{service}-{stage}"),
        "description": format!("Usage plan for {service} {stage} stage"),
        "apiStages": [{ "apiId": id, "stage": stage }],
    });
    if let Some(throttle) = plan.throttle {
        described["throttle"] = json!({ "burstLimit": throttle.burst_limit, "rateLimit": throttle.rate_limit });
    }
    if let Some(quota) = plan.quota {
        let period = match quota.period {
            Period::Day => "DAY",
            Period::Week => "WEEK",
            Period::Month => "MONTH",
        };
        described["quota"] = json!({ "limit": quota.limit, "offset": quota.offset, "period": period });
    }
    Some(described)
}

pub(super) fn usage_plan_key(key: &LiveKey) -> Value {
    json!({ "id": key.id, "type": "API_KEY", "name": key.name })
}

pub(super) fn rest_api(live: &Live) -> Value {
    json!({
        "id": live.api.id,
        "name": live.api.name(),
        "createdDate": live.created_seconds(),
        "apiKeySource": "HEADER",
        "endpointConfiguration": { "types": ["EDGE"] },
        "disableExecuteApiEndpoint": false,
        "rootResourceId": resource_id(&live.api, ""),
    })
}

pub(super) fn stage(live: &Live) -> Value {
    json!({
        "deploymentId": deployment_id(live),
        "stageName": live.api.stage,
        "cacheClusterEnabled": false,
        "cacheClusterStatus": "NOT_AVAILABLE",
        "methodSettings": {},
        "tracingEnabled": false,
        "createdDate": live.created_seconds(),
        "lastUpdatedDate": live.created_seconds(),
    })
}

/// The account has no throttle here.
pub(super) fn account() -> Value {
    json!({ "features": ["UsagePlans"], "apiKeyVersion": "4" })
}

pub(super) fn deployment_id(live: &Live) -> String {
    live.api.part_id(6, "deployment", "")
}

/// What is loaded is deployed: the two never differ here.
pub(super) fn deployment(live: &Live, with_summary: bool) -> Value {
    let mut described = json!({ "id": deployment_id(live), "createdDate": live.created_seconds() });
    if with_summary {
        let mut paths = Map::new();
        for route in &live.api.routes {
            let methods = paths.entry(format!("/{}", route.path)).or_insert_with(|| json!({}));
            methods[&route.method] = json!({ "authorizationType": "NONE", "apiKeyRequired": route.private });
        }
        described["apiSummary"] = Value::Object(paths);
    }
    described
}

/// Every resource, the root first, those that only lead to others too.
pub(super) fn resources(live: &Live, with_methods: bool) -> Vec<Value> {
    let mut paths = BTreeSet::from([""]);
    for route in &live.api.routes {
        let ends = route.path.match_indices('/').map(|(end, _)| end).chain([route.path.len()]);
        paths.extend(ends.map(|end| &route.path[..end]));
    }
    paths.into_iter().map(|path| resource(&live.api, path, with_methods)).collect()
}

fn resource(api: &Api, path: &str, with_methods: bool) -> Value {
    let mut described = json!({ "id": resource_id(api, path), "path": format!("/{path}") });
    if !path.is_empty() {
        let (parent, part) = path.rsplit_once('/').unwrap_or(("", path));
        described["parentId"] = json!(resource_id(api, parent));
        described["pathPart"] = json!(part);
    }
    let routes = || api.routes.iter().filter(|route| route.path == path);
    let mut methods: Map<String, Value> = routes()
        .map(|route| (route.method.clone(), if with_methods { method(api, route) } else { json!({}) }))
        .collect();
    if routes().any(|route| route.cors.is_some()) {
        let preflight = json!({ "httpMethod": "OPTIONS", "authorizationType": "NONE", "apiKeyRequired": false,
            "methodIntegration": { "type": "MOCK", "requestTemplates": { "application/json": "{statusCode:200}" } } });
        methods.insert("OPTIONS".to_owned(), if with_methods { preflight } else { json!({}) });
    }
    if !methods.is_empty() {
        described["resourceMethods"] = Value::Object(methods);
    }
    described
}

/// The root's id has ten characters, any other's six.
fn resource_id(api: &Api, path: &str) -> String {
    api.part_id(if path.is_empty() { 10 } else { 6 }, "resource", path)
}

fn method(api: &Api, route: &Route) -> Value {
    let Api { region, account, service, stage, .. } = api;
    let templates = request_templates(route);
    let passthrough = if route.request == Mapping::Default { "NEVER" } else { "WHEN_NO_TEMPLATES" };
    json!({
        "httpMethod": route.method,
        "authorizationType": "NONE",
        "apiKeyRequired": route.private,
        "methodResponses": { "200": { "statusCode": "200" }, "400": { "statusCode": "400" } },
        "methodIntegration": {
            "type": "AWS",
            "httpMethod": "POST",
            "uri": format!("arn:aws:apigateway:{region}:states:action/{}", route.action.as_str()),
            "credentials": format!("arn:aws:iam::{account}:role/{service}-{stage}-apigateway"),
            "requestTemplates": templates,
            "passthroughBehavior": passthrough,
            "timeoutInMillis": route.timeout_milliseconds,
            "cacheNamespace": resource_id(api, &route.path),
            "cacheKeyParameters": [],
            "integrationResponses": {
                "200": { "statusCode": "200" },
                "400": { "statusCode": "400", "selectionPattern": "400" },
            },
        },
    })
}

/// By content type. A client finds in them which machine a route starts.
fn request_templates(route: &Route) -> BTreeMap<String, String> {
    let of_both = |template: String| {
        ["application/json", "application/x-www-form-urlencoded"].map(|kind| (kind.to_owned(), template.clone()))
    };
    let arn = &route.state_machine_arn;
    let start = format!(
        "\n#set( $body = $util.escapeJavaScript($input.json('$')).replaceAll(\"\\\\'\", \"'\") )\n\
         {{\"input\": \"$body\", \"name\": \"$context.requestId\", \"stateMachineArn\":\"{arn}\"}}"
    );
    match &route.request {
        Mapping::PassThrough => BTreeMap::new(),
        Mapping::Default => of_both(start).into(),
        // Its input is made without a template; the rest of the request is said here.
        Mapping::LambdaProxy => of_both(format!(
            "## lambda_proxy: the input is the request's event\n\
             {{\"input\": \"{{}}\", \"name\": \"$context.requestId\", \"stateMachineArn\": \"{arn}\"}}"
        ))
        .into(),
        Mapping::Templates(given) => {
            let mut templates = BTreeMap::from(of_both(start));
            templates.extend(given.clone());
            templates
        }
    }
}
