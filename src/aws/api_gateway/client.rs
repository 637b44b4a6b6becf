//! Calls to the management API, typed; pages are followed here.

use std::collections::BTreeMap;

use aws_sdk_apigateway::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_apigateway::types::{ApiKeySourceType, MethodSnapshot, ThrottleSettings};

use crate::aws::api_gateway::model::{
    ApiKey, ApiStage, DayOfUsage, DeployedRoute, Deployment, Quota, RestApi, Route, Stage, Throttle, UsagePlan,
    UsagePlanKey, routes,
};
use crate::aws::connection::{Connection, aws_endpoint};
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
        sdk.set_endpoint_url(connection.configured_url("API Gateway"));
        if let Some(listener) = listener {
            sdk = sdk.interceptor(Tell(listener));
        }
        Self { sdk: aws_sdk_apigateway::Client::from_conf(sdk.build()), connection: connection.clone() }
    }

    /// Whom it calls, and as whom.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// All API keys, with their values where they are asked for.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn api_keys(&self, include_values: bool) -> Result<Vec<ApiKey>, Error> {
        let items = pages!(self, self.sdk.get_api_keys().include_values(include_values).limit(PAGE_MAX));
        Ok(items.into_iter().map(|key| api_key(key, include_values)).collect())
    }

    /// The API keys of a name, with their values: several can have the same.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn api_keys_named(&self, name: &str) -> Result<Vec<ApiKey>, Error> {
        let items = pages!(self, self.sdk.get_api_keys().name_query(name).include_values(true).limit(PAGE_MAX));
        // The query is for what begins so.
        let named = items.into_iter().filter(|key| key.name.as_deref() == Some(name));
        Ok(named.map(|key| api_key(key, true)).collect())
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

    /// The keys of a plan (its id).
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn usage_plan_keys(&self, plan_id: &str) -> Result<Vec<UsagePlanKey>, Error> {
        let items = pages!(self, self.sdk.get_usage_plan_keys().usage_plan_id(plan_id).limit(PAGE_MAX));
        let key = |key: aws_sdk_apigateway::types::UsagePlanKey| UsagePlanKey {
            id: key.id.unwrap_or_default(),
            name: key.name.unwrap_or_default(),
        };
        Ok(items.into_iter().map(key).collect())
    }

    /// What the keys of a plan (its id), or one of them, did, by the key's id: day by day from `from` to `to`
    /// (`2026-11-23`, both included). A key that was not used may be missing.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn usage(
        &self,
        plan_id: &str,
        key_id: Option<&str>,
        from: &str,
        to: &str,
    ) -> Result<BTreeMap<String, Vec<DayOfUsage>>, Error> {
        let mut keys = BTreeMap::new();
        let mut position = None;
        for _ in 0..PAGES_MAX {
            let call = self.sdk.get_usage().usage_plan_id(plan_id).start_date(from).end_date(to).limit(PAGE_MAX);
            let call = call.set_key_id(key_id.map(ToOwned::to_owned)).set_position(position);
            let answer = call.send().await.map_err(|error| self.error(&error))?;
            let page = answer.items.unwrap_or_default().into_iter();
            keys.extend(page.map(|(id, days)| (id, days.iter().filter_map(|pair| day(pair)).collect())));
            position = answer.position.filter(|position| !position.is_empty());
            if position.is_none() {
                break;
            }
        }
        Ok(keys)
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
            reads_key_from_header: api.api_key_source != Some(ApiKeySourceType::Authorizer),
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
        let stage = |stage: aws_sdk_apigateway::types::Stage| Stage {
            name: stage.stage_name.unwrap_or_default(),
            deployment_id: stage.deployment_id,
        };
        Ok(stages.map(stage).collect())
    }

    /// What a deployment (its id) of an API (its id) serves.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn deployment(&self, api_id: &str, deployment_id: &str) -> Result<Deployment, Error> {
        let call = self.sdk.get_deployment().rest_api_id(api_id).deployment_id(deployment_id).embed("apisummary");
        let answer = call.send().await.map_err(|error| self.error(&error))?;
        let method = |path: &str, (method, snapshot): (String, MethodSnapshot)| DeployedRoute {
            path: path.to_owned(),
            method,
            api_key_required: snapshot.api_key_required,
        };
        let routes = answer.api_summary.map(|paths| {
            let routes = paths.into_iter().flat_map(|(path, methods)| {
                methods.into_iter().map(|one| method(&path, one)).collect::<Vec<DeployedRoute>>()
            });
            let mut routes: Vec<DeployedRoute> = routes.collect();
            routes.sort();
            routes
        });
        let created = answer.created_date.map(|at| timestamp(&at));
        Ok(Deployment { id: deployment_id.to_owned(), created, routes })
    }

    /// The throttle of the account in this region, which all its APIs share.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn account_throttle(&self) -> Result<Option<Throttle>, Error> {
        let answer = self.sdk.get_account().send().await.map_err(|error| self.error(&error))?;
        Ok(answer.throttle_settings.as_ref().map(throttle))
    }

    /// Where a stage of an API (its id) is called. An emulator that stands for AWS answers at its own address, as LocalStack
    /// documents it: no other host of a deployed API is known to every machine.
    /// <https://docs.localstack.cloud/aws/services/apigateway/#accessing-deployed-apis>
    #[must_use]
    pub fn invoke_url(&self, api_id: &str, stage: &str) -> String {
        if let Some(url) = self.emulator() {
            return format!("{}/_aws/execute-api/{api_id}/{stage}", url.trim_end_matches('/'));
        }
        let host = format!("{api_id}.execute-api");
        format!("{}/{stage}", aws_endpoint(&host, &self.connection.region().value, false, false))
    }

    /// Whether the API's management is not AWS's own.
    #[must_use]
    pub fn is_emulated(&self) -> bool {
        self.emulator().is_some()
    }

    fn emulator(&self) -> Option<String> {
        self.connection.emulator_url("API Gateway")
    }

    fn error<E>(&self, error: &SdkError<E>) -> Error
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        self.connection.error(error, "API Gateway", "apigateway")
    }
}

fn api_key(key: aws_sdk_apigateway::types::ApiKey, with_value: bool) -> ApiKey {
    ApiKey {
        id: key.id.unwrap_or_default(),
        name: key.name.unwrap_or_default(),
        value: key.value.filter(|_| with_value),
        enabled: key.enabled,
        stage_keys: key.stage_keys.unwrap_or_default(),
        created: key.created_date.map(|at| timestamp(&at)),
    }
}

/// `[used, remaining]`
fn day(pair: &[i64]) -> Option<DayOfUsage> {
    match pair {
        [used, remaining, ..] => Some(DayOfUsage { used: *used, remaining: *remaining }),
        _ => None,
    }
}

fn throttle(settings: &ThrottleSettings) -> Throttle {
    Throttle { rate_limit: settings.rate_limit, burst_limit: settings.burst_limit.into() }
}

fn usage_plan(plan: aws_sdk_apigateway::types::UsagePlan) -> UsagePlan {
    let stage = |stage: aws_sdk_apigateway::types::ApiStage| ApiStage {
        api_id: stage.api_id.unwrap_or_default(),
        stage: stage.stage.unwrap_or_default(),
        throttles: stage
            .throttle
            .unwrap_or_default()
            .iter()
            .map(|(route, one)| (route.clone(), throttle(one)))
            .collect(),
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
        throttle: plan.throttle.as_ref().map(throttle),
    }
}

#[cfg(test)]
mod tests {
    use super::ApiClient;
    use crate::aws::{ConnectOptions, Connection, Sourced};

    async fn url(region: &str, endpoint_url: Option<&str>) -> String {
        let region = Some(Sourced::new(region, "--region"));
        let endpoint_url = endpoint_url.map(ToOwned::to_owned);
        let connection = Connection::aws(ConnectOptions { region, endpoint_url, ..ConnectOptions::default() }).await;
        ApiClient::new(&connection.unwrap(), None).invoke_url("a1", "dev")
    }

    #[tokio::test]
    async fn a_stage_is_called_at_awss_domain_or_at_the_emulator() {
        let aws = "https://a1.execute-api.eu-west-1.amazonaws.com/dev";
        assert_eq!(url("eu-west-1", None).await, aws);
        assert_eq!(url("eu-west-1", Some("https://vpce-1.apigateway.eu-west-1.vpce.amazonaws.com")).await, aws);
        assert_eq!(url("cn-north-1", None).await, "https://a1.execute-api.cn-north-1.amazonaws.com.cn/dev");
        let european = "https://a1.execute-api.eusc-de-east-1.amazonaws.eu/dev";
        assert_eq!(url("eusc-de-east-1", None).await, european);
        let endpoint = "https://apigateway.eusc-de-east-1.amazonaws.eu";
        assert_eq!(url("eusc-de-east-1", Some(endpoint)).await, european);
        for endpoint in ["http://127.0.0.1:4566", "http://localstack:4566/", "https://localhost.localstack.cloud:4566"]
        {
            let expected = format!("{}/_aws/execute-api/a1/dev", endpoint.trim_end_matches('/'));
            assert_eq!(url("eu-west-1", Some(endpoint)).await, expected);
        }
    }
}
