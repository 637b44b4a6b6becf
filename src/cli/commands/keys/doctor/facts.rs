//! What API Gateway's management says of a key, a route and a stage. What it does not say is remembered as that.

use crate::asl::diagnostic::nearest;
use crate::aws::Error as AwsError;
use crate::aws::api_gateway::{ApiClient, ApiKey, Deployment, RestApi, Route, Throttle, UsagePlan};
use crate::cli::api::discovery;
use crate::cli::api::route::{GivenRoute, choose, routes_of_file};
use crate::cli::commands::keys::known::one;
use crate::cli::commands::keys::usage::{self, Used};
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::engine::Timestamp;
use crate::gateway::{self, Address};
use crate::project::Service;

/// Something that was asked for, or why it is not known.
pub(super) type Known<T> = Result<T, String>;

/// The key that is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    /// API Gateway has it.
    Found(ApiKey),
    /// The keys of the account were looked through, and none has this value.
    UnknownValue,
    /// The keys could not be looked through.
    Unread,
    /// None was given, and the project has none.
    None,
}

/// A route in what a stage serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deployed {
    /// It is there, and this is whether it asks for a key.
    Needs(bool),
    /// It is not there.
    Absent,
    /// What the stage serves, or the route, is not known.
    Unknown,
}

/// An API as it is set up, which is not yet how it is deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Api {
    pub id: String,
    pub stage: String,
    pub reads_key_from_header: bool,
    pub routes: Vec<Route>,
}

/// Everything that was read.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    /// The gateway with its stage.
    pub address: String,
    pub key: Key,
    /// The key's value, where it was given and not found by its name.
    pub given_key: Option<gateway::ApiKey>,
    pub api: Known<Api>,
    /// What the stage serves.
    pub deployment: Known<Deployment>,
    /// The route that is asked; `None` where there is none to ask.
    pub route: Option<GivenRoute>,
    /// Whether the route is one of the machines in the project's file.
    pub is_route_of_file: bool,
    /// The plans of the key.
    pub plans: Known<Vec<UsagePlan>>,
    /// What the key used under those of them that open the stage.
    pub used: Known<Vec<Used>>,
    /// The throttle of all APIs of the account.
    pub account: Option<Throttle>,
    /// By this machine's clock, or the engine's.
    pub now: Timestamp,
}

impl Facts {
    /// Asks for everything; a key that does not exist by its name is a failure at once.
    pub(super) async fn read(
        context: &mut Context,
        address: &Address,
        name: Option<&str>,
        given_key: Option<gateway::ApiKey>,
        given_route: Option<&GivenRoute>,
    ) -> Result<Self, Failure> {
        let mut facts = Self::ask(context, address, name, given_key, given_route).await?;
        if facts.route.is_none() && facts.api.is_err() {
            let routes = context.service.as_ref().map(routes_of_file).unwrap_or_default();
            facts.route = asked_route(&routes);
            facts.is_route_of_file = facts.route.is_some();
        }
        Ok(facts)
    }

    async fn ask(
        context: &mut Context,
        address: &Address,
        name: Option<&str>,
        given_key: Option<gateway::ApiKey>,
        given_route: Option<&GivenRoute>,
    ) -> Result<Self, Failure> {
        let client = context.api_client();
        let mut facts = Self {
            address: address.to_string(),
            key: Key::Unread,
            given_key,
            api: Err("it was not asked".to_owned()),
            deployment: Err("the stage is not known".to_owned()),
            route: given_route.cloned(),
            is_route_of_file: given_route.is_some_and(|route| is_of_file(context.service.as_ref(), route)),
            plans: Err("the key is not known".to_owned()),
            used: Err("the key's plans are not known".to_owned()),
            account: None,
            now: context.now().await?,
        };
        let Ok(client) = client else {
            facts.api = Err("no region is set".to_owned());
            return Ok(facts);
        };
        // Who gave the address and the key may have no credentials: that is asked once.
        if facts.given_key.is_some()
            && !context.settings.local
            && let Err(error) = client.connection().credentials().await
        {
            (facts.api, facts.plans) = (Err(error.to_string()), Err(error.to_string()));
            return Ok(facts);
        }
        facts.read_api(context, &client, address).await;
        facts.read_key(context, &client, name).await?;
        if let Key::Found(key) = facts.key.clone() {
            facts.read_plans(context, &client, key).await;
        }
        facts.account = client.account_throttle().await.ok().flatten();
        Ok(facts)
    }

    async fn read_api(&mut self, context: &Context, client: &ApiClient, address: &Address) {
        self.api = api(context, client, address).await;
        let Ok(api) = &self.api else { return };
        self.deployment = deployment(client, api).await;
        if self.route.is_none() {
            self.route = asked_route(&api.routes);
        }
    }

    async fn read_key(&mut self, context: &Context, client: &ApiClient, name: Option<&str>) -> Result<(), Failure> {
        if let Some(given) = &self.given_key {
            self.key = match context.api_keys(true).await {
                Ok(keys) => {
                    let mut keys = keys.into_iter();
                    let found = keys.find(|key| key.value.as_deref() == Some(given.reveal()));
                    found.map_or(Key::UnknownValue, Key::Found)
                }
                Err(failure) => {
                    self.plans = Err(failure.message());
                    Key::Unread
                }
            };
            return Ok(());
        }
        let of_project = context.service.as_ref().and_then(|service| service.api_keys.first());
        let name = name.map(ToOwned::to_owned).or_else(|| of_project.map(|key| key.name.clone()));
        self.key = match name {
            Some(name) => Key::Found(one(context, client, &name).await?),
            None => match context.api_keys(true).await?.as_slice() {
                [] => Key::None,
                [key] => Key::Found(key.clone()),
                keys => {
                    let names: Vec<&str> = keys.iter().take(10).map(|key| key.name.as_str()).collect();
                    return Err(Failure::usage(format!("which key? there are {}: {}", keys.len(), names.join(", "))));
                }
            },
        };
        Ok(())
    }

    async fn read_plans(&mut self, context: &Context, client: &ApiClient, key: ApiKey) {
        self.plans = client.usage_plans(Some(&key.id)).await.map_err(|error| error.to_string());
        if self.plans.is_ok() && self.api.is_ok() {
            let plans: Vec<UsagePlan> = self.plans_of_stage().into_iter().cloned().collect();
            let used = usage::ask(context, client, &[(key, plans)]).await;
            self.used =
                used.map(|used| used.into_iter().map(|(_, used)| used).collect()).map_err(|error| error.message());
        }
    }

    /// The plans of the key that open the stage.
    pub(super) fn plans_of_stage(&self) -> Vec<&UsagePlan> {
        let (Ok(plans), Ok(api)) = (&self.plans, &self.api) else { return Vec::new() };
        let opens = |plan: &&UsagePlan| plan.stages.iter().any(|stage| api.is(&stage.api_id, &stage.stage));
        plans.iter().filter(opens).collect()
    }

    /// The key as API Gateway has it.
    pub(super) fn key_found(&self) -> Option<&ApiKey> {
        if let Key::Found(key) = &self.key { Some(key) } else { None }
    }

    /// What is sent.
    pub(super) fn key_to_send(&self) -> Option<gateway::ApiKey> {
        let found = || gateway::ApiKey::new(self.key_found()?.value.as_deref()?).ok();
        self.given_key.clone().or_else(found)
    }

    /// The route as it is set up.
    pub(super) fn route_set_up(&self) -> Option<&Route> {
        let (asked, api) = (self.route.as_ref()?, self.api.as_ref().ok()?);
        let is_asked = |route: &&Route| is_route(&route.method, &route.path, asked);
        // What is written out stands before what a parameter takes.
        let mut found: Vec<&Route> = api.routes.iter().filter(is_asked).collect();
        found.sort_by_key(|route| (route.path.matches('{').count(), route.method == "ANY"));
        found.first().copied()
    }

    /// The route as it is deployed.
    pub(super) fn deployed(&self) -> Deployed {
        let routes = self.deployment.as_ref().ok().and_then(|deployment| deployment.routes.as_ref());
        let (Some(routes), Some(route)) = (routes, self.route_set_up()) else { return Deployed::Unknown };
        let found = routes.iter().find(|deployed| deployed.path == route.path && deployed.method == route.method);
        found.map_or(Deployed::Absent, |deployed| Deployed::Needs(deployed.api_key_required))
    }

    /// Whether the stage serves the route though it is not set up any more.
    pub(super) fn is_deployed_only(&self) -> bool {
        let (Some(asked), Ok(deployment)) = (&self.route, &self.deployment) else { return false };
        let mut routes = deployment.routes.iter().flatten();
        self.route_set_up().is_none() && routes.any(|route| is_route(&route.method, &route.path, asked))
    }

    /// Whether neither API Gateway nor the project's file says what is called by the route, or names one.
    pub(super) fn is_route_unknown(&self) -> bool {
        self.api.is_err() && !self.is_route_of_file
    }

    /// Routes of Step Functions that answer without a key, as they are deployed, else as they are set up.
    pub(super) fn open_routes(&self) -> Vec<String> {
        let Ok(api) = &self.api else { return Vec::new() };
        let deployed = self.deployment.as_ref().ok().and_then(|deployment| deployment.routes.as_ref());
        let is_open = |route: &&Route| {
            let of_stage = deployed.map(|routes| {
                routes.iter().any(|one| one.path == route.path && one.method == route.method && !one.api_key_required)
            });
            route.action.is_some() && of_stage.unwrap_or(!route.api_key_required)
        };
        api.routes.iter().filter(is_open).map(|route| format!("{} {}", route.method, route.path)).collect()
    }

    /// The route that is most like the one that was asked for.
    pub(super) fn nearest_route(&self) -> Option<String> {
        let asked = self.route.as_ref()?.to_string();
        let routes: Vec<String> =
            self.api.as_ref().ok()?.routes.iter().map(|route| format!("{} {}", route.method, route.path)).collect();
        nearest(&asked, routes.iter().map(String::as_str)).map(ToOwned::to_owned)
    }
}

impl Api {
    pub(super) fn is(&self, id: &str, stage: &str) -> bool {
        self.id == id && self.stage == stage
    }
}

async fn api(context: &Context, client: &ApiClient, address: &Address) -> Known<Api> {
    let apis = client.rest_apis().await.map_err(|error| error.to_string())?;
    let id = match address.api_id() {
        Some(id) => id.to_owned(),
        None if context.service.is_some() || context.settings.local => {
            discovery::api_id(context, client).await.map_err(|failure| failure.message())?
        }
        None => return Err("the address does not say which API it is".to_owned()),
    };
    let stage = stage_of(address).or_else(|| context.service.as_ref().map(|service| service.stage.clone()));
    let stage = stage.ok_or("the address has no stage")?;
    let api: &RestApi = apis
        .iter()
        .find(|api| api.id == id)
        .ok_or_else(|| format!("API {id} is not one of this account and region"))?;
    let routes = client.routes(&id).await.map_err(|error| error.to_string())?;
    Ok(Api { reads_key_from_header: api.reads_key_from_header, id, stage, routes })
}

/// The stage in an address, which ends with it.
fn stage_of(address: &Address) -> Option<String> {
    let url = address.to_string();
    let path = url.strip_prefix(&address.origin())?;
    path.rsplit('/').next().filter(|stage| !stage.is_empty()).map(ToOwned::to_owned)
}

async fn deployment(client: &ApiClient, api: &Api) -> Known<Deployment> {
    let stages = client.stages(&api.id).await.map_err(|error| error.to_string())?;
    let names: Vec<&str> = stages.iter().map(|stage| stage.name.as_str()).collect();
    let stage = stages.iter().find(|stage| stage.name == api.stage);
    let stage = stage.ok_or_else(|| format!("the API has no stage {}; it has: {}", api.stage, names.join(", ")))?;
    let id = stage.deployment_id.as_deref().ok_or("the stage does not say what it serves")?;
    client.deployment(&api.id, id).await.map_err(|error: AwsError| error.to_string())
}

/// The start, else any route of Step Functions: first of those that ask for a key.
fn asked_route(routes: &[Route]) -> Option<GivenRoute> {
    let with_key: Vec<Route> = routes.iter().filter(|route| route.api_key_required).cloned().collect();
    let actions = ["StartExecution", "DescribeExecution", "StopExecution"];
    let of = |routes: &[Route]| actions.iter().find_map(|action| choose(routes, action, None));
    of(&with_key).or_else(|| of(routes))
}

/// Whether a machine of the project has a route that is asked, by the project's file.
fn is_of_file(service: Option<&Service>, asked: &GivenRoute) -> bool {
    let mut routes = service.into_iter().flat_map(|service| &service.machines).flat_map(|machine| &machine.routes);
    routes.any(|route| is_route(&route.method, &format!("/{}", route.path), asked))
}

/// Whether a request for `asked` comes to a route.
fn is_route(method: &str, path: &str, asked: &GivenRoute) -> bool {
    let (mut given, mut known) = (asked.path.split('/'), path.split('/'));
    if method != "ANY" && method != asked.method {
        return false;
    }
    loop {
        match (known.next(), given.next()) {
            (None, None) => return true,
            (Some(part), Some(_)) if part.ends_with("+}") => return true,
            (Some(part), Some(given)) if part == given || (part.starts_with('{') && !given.is_empty()) => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_ends_with_its_stage() {
        for (text, stage) in [
            ("https://abc.execute-api.eu-west-1.amazonaws.com/dev", Some("dev")),
            ("https://api.example.com", None),
            ("http://127.0.0.1:4566/_aws/execute-api/abc/dev", Some("dev")),
        ] {
            assert_eq!(stage_of(&Address::parse(text).unwrap()).as_deref(), stage, "{text}");
        }
    }

    #[test]
    fn a_request_comes_to_a_route_by_its_parameters_too() {
        let asked = |text: &str| GivenRoute::parse(text).unwrap();
        for (method, path, given, expected) in [
            ("POST", "/action/start", "POST /action/start", true),
            ("POST", "/action/start", "GET /action/start", false),
            ("ANY", "/action/start", "GET /action/start", true),
            ("POST", "/orders/{id}", "POST /orders/17", true),
            ("POST", "/orders/{id}", "POST /orders", false),
            ("POST", "/orders/{id}", "POST /orders/17/lines", false),
            ("POST", "/{proxy+}", "POST /orders/17/lines", true),
        ] {
            assert_eq!(is_route(method, path, &asked(given)), expected, "{method} {path} {given}");
        }
    }
}
