//! Calls to the management API, typed; pages are followed here.

use aws_sdk_apigateway::error::{ProvideErrorMetadata, SdkError};

use crate::aws::api_gateway::model::{
    ApiKey, ApiStage, DayOfUsage, Quota, RestApi, Route, Stage, Throttle, UsagePlan, routes,
};
use crate::aws::connection::Connection;
use crate::aws::error::Error;
use crate::aws::model::timestamp;
use crate::aws::tell::{Listener, Tell};

/// What AWS gives at most in one page.
const PAGE_MAX: i32 = 500;
/// Pages are followed this far: more keys, plans or resources than any account has, for the service has a bound below it.
const PAGES_MAX: usize = 100;

/// A client of API Gateway's management API. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ApiClient {
    sdk: aws_sdk_apigateway::Client,
    connection: Connection,
}

/// Follows `position` to the last page: `$call` makes the request of a page, `$answer.items` are its things.
macro_rules! pages {
    ($self:ident, $call:expr) => {{
        let mut items = Vec::new();
        let mut position = None;
        for _ in 0..PAGES_MAX {
            let answer = $call.set_position(position).send().await.map_err(|error| $self.error(&error))?;
            items.extend(answer.items.unwrap_or_default());
            position = answer.position.filter(|position| !position.is_empty());
            if position.is_none() {
                break;
            }
        }
        items
    }};
}

impl ApiClient {
    /// A client of whom a connection leads to. Nothing is sent yet. A listener is told of each request and of
    /// the size of its answer, which may hold keys.
    #[must_use]
    pub fn new(connection: &Connection, listener: Option<Listener>) -> Self {
        let mut sdk = aws_sdk_apigateway::config::Builder::from(connection.sdk());
        if let Some(listener) = listener {
            sdk = sdk.interceptor(Tell(listener));
        }
        Self { sdk: aws_sdk_apigateway::Client::from_conf(sdk.build()), connection: connection.clone() }
    }

    /// All API keys, with their values where they are asked for.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn api_keys(&self, include_values: bool) -> Result<Vec<ApiKey>, Error> {
        let items = pages!(self, self.sdk.get_api_keys().include_values(include_values).limit(PAGE_MAX));
        let key = |key: aws_sdk_apigateway::types::ApiKey| ApiKey {
            id: key.id.unwrap_or_default(),
            name: key.name.unwrap_or_default(),
            value: key.value.filter(|_| include_values),
            enabled: key.enabled,
            stage_keys: key.stage_keys.unwrap_or_default(),
            created: key.created_date.map(|at| timestamp(&at)),
        };
        Ok(items.into_iter().map(key).collect())
    }

    /// The usage plans of a key (its id), or all of them.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn usage_plans(&self, key_id: Option<&str>) -> Result<Vec<UsagePlan>, Error> {
        let key_id = key_id.map(ToOwned::to_owned);
        let items = pages!(self, self.sdk.get_usage_plans().set_key_id(key_id.clone()).limit(PAGE_MAX));
        Ok(items.into_iter().map(usage_plan).collect())
    }

    /// What a key did under a plan (their ids), day by day from `from` to `to` (`2026-11-23`, both included).
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn usage(&self, plan_id: &str, key_id: &str, from: &str, to: &str) -> Result<Vec<DayOfUsage>, Error> {
        let call = self.sdk.get_usage().usage_plan_id(plan_id).key_id(key_id).start_date(from).end_date(to);
        let answer = call.limit(PAGE_MAX).send().await.map_err(|error| self.error(&error))?;
        let days = answer.items.unwrap_or_default().remove(key_id).unwrap_or_default();
        let day = |pair: Vec<i64>| match pair.as_slice() {
            [used, remaining, ..] => Some(DayOfUsage { used: *used, remaining: *remaining }),
            _ => None,
        };
        Ok(days.into_iter().filter_map(day).collect())
    }

    /// All APIs.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn rest_apis(&self) -> Result<Vec<RestApi>, Error> {
        let items = pages!(self, self.sdk.get_rest_apis().limit(PAGE_MAX));
        let api = |api: aws_sdk_apigateway::types::RestApi| RestApi {
            id: api.id.unwrap_or_default(),
            name: api.name.unwrap_or_default(),
        };
        Ok(items.into_iter().map(api).collect())
    }

    /// The routes of an API (its id), by path and method.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn routes(&self, api_id: &str) -> Result<Vec<Route>, Error> {
        let items = pages!(self, self.sdk.get_resources().rest_api_id(api_id).embed("methods").limit(PAGE_MAX));
        let mut routes: Vec<Route> = items.into_iter().flat_map(routes).collect();
        routes.sort_by(|one, other| (&one.path, &one.method).cmp(&(&other.path, &other.method)));
        Ok(routes)
    }

    /// The deployed stages of an API (its id).
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn stages(&self, api_id: &str) -> Result<Vec<Stage>, Error> {
        let answer = self.sdk.get_stages().rest_api_id(api_id).send().await.map_err(|error| self.error(&error))?;
        let stages = answer.item.unwrap_or_default().into_iter();
        Ok(stages.map(|stage| Stage { name: stage.stage_name.unwrap_or_default() }).collect())
    }

    /// Where a stage of an API (its id) is called.
    #[must_use]
    pub fn invoke_url(&self, api_id: &str, stage: &str) -> String {
        let region = &self.connection.region().value;
        let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        format!("https://{api_id}.execute-api.{region}.{domain}/{stage}")
    }

    fn error<E>(&self, error: &SdkError<E>) -> Error
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        self.connection.error(error, "API Gateway", "apigateway")
    }
}

fn usage_plan(plan: aws_sdk_apigateway::types::UsagePlan) -> UsagePlan {
    let stage = |stage: aws_sdk_apigateway::types::ApiStage| ApiStage {
        api_id: stage.api_id.unwrap_or_default(),
        stage: stage.stage.unwrap_or_default(),
    };
    UsagePlan {
        id: plan.id.unwrap_or_default(),
        name: plan.name.unwrap_or_default(),
        stages: plan.api_stages.unwrap_or_default().into_iter().map(stage).collect(),
        quota: plan.quota.map(|quota| Quota {
            limit: quota.limit.into(),
            offset: quota.offset.into(),
            period: quota.period.map(|period| period.as_str().to_owned()).unwrap_or_default(),
        }),
        throttle: plan
            .throttle
            .map(|throttle| Throttle { rate_limit: throttle.rate_limit, burst_limit: throttle.burst_limit.into() }),
    }
}
