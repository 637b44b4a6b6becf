//! What an API is: data that travels from the process that loads a project to the one that serves it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::local::secret::Secret;
use crate::project::{self, Identity, Service};

/// A REST API with its one stage, its keys and their plan. Without routes there is no API, as the plugin has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::local) struct Api {
    /// 10 lower-case letters and digits, the same for the same service and stage.
    pub(super) id: String,
    pub(super) service: String,
    pub(super) stage: String,
    pub(super) region: String,
    pub(super) account: String,
    /// In the order of the file.
    pub(super) routes: Vec<Route>,
    /// In the order of the file, each name once.
    pub(super) keys: Vec<Key>,
    /// The plan of all keys; there is one wherever there are keys.
    pub(super) plan: Option<Plan>,
}

/// A method of a resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Route {
    /// Without slashes around it: `action/start`, `orders/{id}`.
    pub(super) path: String,
    /// In capitals: `GET`, `ANY`.
    pub(super) method: String,
    pub(super) action: Action,
    /// Whether a key is asked for.
    pub(super) private: bool,
    pub(super) cors: Option<Cors>,
    pub(super) request: Mapping,
    /// A header and its value: a text in single quotes, or `integration.response.…`.
    pub(super) response_headers: BTreeMap<String, String>,
    pub(super) response_template: Option<String>,
    /// The machine that a start starts.
    pub(super) state_machine_arn: String,
    /// How long the operation may take.
    pub(super) timeout_milliseconds: u64,
}

/// How long an integration may take where nothing else is said.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html>
pub(super) const TIMEOUT_MILLISECONDS: u64 = 29_000;

/// The operation behind a route: `StartExecution` and so on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Action {
    Start,
    StartSync,
    Describe,
    Stop,
}

/// What becomes of a request's body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Mapping {
    /// The plugin's own: the body becomes the input of a start.
    Default,
    /// None: the operation gets the body as it is.
    PassThrough,
    /// `lambda_proxy`
    LambdaProxy,
    /// Mapping templates by content type, beside the plugin's own for those that are not named.
    Templates(BTreeMap<String, String>),
}

/// Who may call a route from a web page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Cors {
    pub(super) origins: Vec<String>,
    pub(super) headers: Vec<String>,
    pub(super) methods: Vec<String>,
    pub(super) allow_credentials: bool,
    pub(super) max_age_seconds: Option<u64>,
}

/// A key as the file has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Key {
    pub(super) name: String,
    /// `None` where one is to be made.
    pub(super) value: Option<Secret>,
    pub(super) enabled: bool,
}

/// A usage plan.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Plan {
    pub(super) throttle: Option<Throttle>,
    pub(super) quota: Option<Quota>,
}

/// A token bucket for each key.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Throttle {
    /// Tokens that come back a second.
    pub(super) rate_limit: f64,
    /// Tokens that it holds.
    pub(super) burst_limit: u64,
}

/// How many requests each key may make in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Quota {
    pub(super) limit: u64,
    /// Subtracted from the limit in the first period.
    pub(super) offset: u64,
    pub(super) period: Period,
}

/// A calendar period in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Period {
    Day,
    Week,
    Month,
}

impl Api {
    /// What a service's `http` events, keys and plan make.
    pub(in crate::local) fn of(service: &Service, identity: &Identity) -> Self {
        let routes = service.machines.iter().flat_map(|machine| {
            let arn = format!("arn:aws:states:{}:{}:stateMachine:{}", identity.region, identity.account, machine.name);
            machine.routes.iter().map(move |route| Route::of(route, arn.clone()))
        });
        let mut keys: Vec<Key> = Vec::new();
        for key in &service.api_keys {
            if keys.iter().all(|known| known.name != key.name) {
                let value = key.value.clone().map(Secret::from);
                keys.push(Key { name: key.name.clone(), value, enabled: key.enabled });
            }
        }
        let plan = service.usage_plan.as_ref().map(Plan::of);
        // The plugin makes a plan without bounds for keys that have none: without a plan they would open nothing.
        let plan = plan.or_else(|| (!keys.is_empty()).then(Plan::default));
        Self {
            id: identifier(10, &["api", &service.name, &service.stage]),
            service: service.name.clone(),
            stage: service.stage.clone(),
            region: identity.region.clone(),
            account: identity.account.clone(),
            routes: routes.collect(),
            keys,
            plan,
        }
    }

    /// `STAGE-SERVICE`, as the Serverless Framework names it.
    pub(super) fn name(&self) -> String {
        format!("{}-{}", self.stage, self.service)
    }

    /// An id of a part of this API, stable: lower-case letters and digits.
    pub(super) fn part_id(&self, length: usize, kind: &str, name: &str) -> String {
        identifier(length, &[kind, &self.service, &self.stage, name])
    }

    /// The id of a key, by its name.
    pub(super) fn key_id(&self, name: &str) -> String {
        self.part_id(10, "key", name)
    }

    /// The plan's id.
    pub(super) fn plan_id(&self) -> String {
        self.part_id(6, "plan", "")
    }
}

impl Route {
    fn of(route: &project::Route, state_machine_arn: String) -> Self {
        Self {
            path: route.path.trim_matches('/').to_owned(),
            method: route.method.to_ascii_uppercase(),
            action: match route.action {
                project::RouteAction::StartExecution => Action::Start,
                project::RouteAction::StartSyncExecution => Action::StartSync,
                project::RouteAction::DescribeExecution => Action::Describe,
                project::RouteAction::StopExecution => Action::Stop,
            },
            private: route.private,
            cors: route.cors.as_ref().map(Cors::of),
            request: match &route.request {
                project::RequestTemplate::Default => Mapping::Default,
                project::RequestTemplate::PassThrough => Mapping::PassThrough,
                project::RequestTemplate::LambdaProxy => Mapping::LambdaProxy,
                project::RequestTemplate::Templates(templates) => Mapping::Templates(templates.clone()),
            },
            response_headers: route.response_headers.clone(),
            response_template: route.response_template.clone(),
            state_machine_arn,
            timeout_milliseconds: route.timeout_milliseconds.unwrap_or(TIMEOUT_MILLISECONDS),
        }
    }
}

impl Action {
    /// The operation's name.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Start => "StartExecution",
            Self::StartSync => "StartSyncExecution",
            Self::Describe => "DescribeExecution",
            Self::Stop => "StopExecution",
        }
    }
}

impl Cors {
    fn of(cors: &project::Cors) -> Self {
        Self {
            origins: cors.origins.clone(),
            headers: cors.headers.clone(),
            methods: cors.methods.clone().unwrap_or_default(),
            allow_credentials: cors.allow_credentials,
            max_age_seconds: cors.max_age,
        }
    }
}

impl Plan {
    fn of(plan: &project::UsagePlan) -> Self {
        let throttle = |throttle: project::Throttle| Throttle {
            rate_limit: throttle.rate_limit,
            burst_limit: throttle.burst_limit,
        };
        let quota = |quota: project::Quota| Quota {
            limit: quota.limit,
            offset: quota.offset,
            period: match quota.period {
                project::Period::Day => Period::Day,
                project::Period::Week => Period::Week,
                project::Period::Month => Period::Month,
            },
        };
        Self { throttle: plan.throttle.map(throttle), quota: plan.quota.map(quota) }
    }
}

/// So many characters of a hash, in the letters that API Gateway's ids have.
fn identifier(length: usize, parts: &[&str]) -> String {
    const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let letter = |byte: &u8| char::from(LETTERS[usize::from(*byte) % LETTERS.len()]);
    hash.finalize().iter().take(length).map(letter).collect()
}
