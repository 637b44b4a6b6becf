//! Which route of an API an action goes by.

use crate::aws::Error as AwsError;
use crate::aws::api_gateway::Route;
use crate::cli::api::discovery;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, FailureKind};
use crate::gateway::Address;
use crate::project::{Machine, RequestTemplate, RouteAction, Service};

/// The method of a call and its path below the stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GivenRoute {
    /// In capitals.
    pub method: String,
    /// With a slash in front.
    pub path: String,
}

/// What a route of API Gateway can have.
const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

impl GivenRoute {
    /// Reads `POST /action/start`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (method, path) = text.trim().split_once(' ').ok_or("write METHOD and path: 'POST /action/start'")?;
        Self::new(method, path.trim())
    }

    /// Checks a method and a path.
    pub(crate) fn new(method: &str, path: &str) -> Result<Self, String> {
        let method = method.to_ascii_uppercase();
        if !METHODS.contains(&method.as_str()) {
            return Err(format!(
                "`{method}` is no method of an API; write GET, POST, PUT, PATCH, DELETE, HEAD or OPTIONS"
            ));
        }
        if path.contains("://") {
            return Err("write the path only; --api names the gateway".into());
        }
        Ok(Self { method, path: format!("/{}", path.trim_start_matches('/')) })
    }

    /// Whether it has no body.
    pub(crate) fn takes_no_body(&self) -> bool {
        matches!(self.method.as_str(), "GET" | "HEAD")
    }
}

impl std::fmt::Display for GivenRoute {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} {}", self.method, self.path)
    }
}

/// The route of an action; of a start, the one of this machine (its ARN). POST stands before all others, and GET behind them,
/// for a GET takes no body, without which only a start can do.
pub(crate) fn choose(routes: &[Route], action: &str, machine: Option<&str>) -> Option<GivenRoute> {
    let rank = |route: &Route| match route.method.as_str() {
        "POST" => 0,
        "ANY" => 1,
        "PUT" | "PATCH" => 2,
        "GET" => 3,
        _ => 4,
    };
    let fits = |route: &&Route| {
        let is_machines = machine.is_none_or(|arn| route.state_machine_arn.as_deref() == Some(arn));
        // What a parameter of a path stands for is not known here.
        let is_plain = !route.path.contains('{');
        let bears_a_body = action == "StartExecution" || rank(route) < 3;
        route.action.as_deref() == Some(action) && is_machines && is_plain && bears_a_body && rank(route) < 4
    };
    let route = routes.iter().filter(fits).min_by_key(|route| rank(route))?;
    let method = if route.method == "ANY" { "POST" } else { &route.method };
    Some(GivenRoute { method: method.to_owned(), path: route.path.clone() })
}

/// The routes of the API at an address, as the service that manages them has them.
pub(crate) async fn of_api(context: &mut Context, address: &Address) -> Result<Vec<Route>, Failure> {
    context.connect().await?;
    let client = context.api_client()?;
    let api = match address.api_id() {
        Some(id) => id.to_owned(),
        None => discovery::api_id(context, &client).await?,
    };
    client.routes(&api).await.map_err(|error| context.aws_failure(error))
}

/// The routes that the project's file gives its machines, where AWS cannot be asked for those that were deployed: they are
/// most probably the same, and who has nothing but a key can go by them. `machine` is what the routes of the machine that is
/// meant have for its ARN.
pub(crate) fn of_project(context: &Context, machine: Option<&str>, failure: Failure) -> Result<Vec<Route>, Failure> {
    if context.settings.local || !is_not_asked(&failure) {
        return Err(failure);
    }
    let routes: Vec<Route> = context.service.as_ref().map(|service| routes_of(service, machine)).unwrap_or_default();
    if routes.is_empty() {
        return Err(or_given(failure));
    }
    let file = context.settings.file.as_deref().map(|file| context.settings.shown(file)).unwrap_or_default();
    context.note(&format!(
        "AWS cannot tell the API's routes ({}); taking those of {}",
        failure.message(),
        file.display()
    ));
    Ok(routes)
}

/// AWS does not tell the route; who knows it needs nobody to tell it.
pub(crate) fn or_given(failure: Failure) -> Failure {
    if failure.kind == FailureKind::Usage && failure.error.downcast_ref::<AwsError>().is_none() {
        return failure;
    }
    failure.hint("or name the route, which needs no AWS: --route 'POST /action/start'")
}

/// Whether AWS could not be asked, or does not know the API, rather than that something is wrong with what was typed.
fn is_not_asked(failure: &Failure) -> bool {
    let is_unset = matches!(failure.error.downcast_ref(), Some(AwsError::Configuration { .. }));
    let kinds = [FailureKind::Credentials, FailureKind::Network, FailureKind::NotFound, FailureKind::Throttled];
    is_unset || kinds.contains(&failure.kind)
}

/// The routes that the project's file gives its machines.
pub(crate) fn routes_of_file(service: &Service) -> Vec<Route> {
    routes_of(service, None)
}

fn routes_of(service: &Service, machine: Option<&str>) -> Vec<Route> {
    let is_meant = |known: &Machine| machine.is_some_and(|machine| is_called(known, machine));
    let of_machine = |known: &Machine| -> Vec<Route> {
        let arn = machine.filter(|_| is_meant(known)).unwrap_or(&known.logical_id);
        let routes = known.routes.iter().filter_map(|route| deployed(route, arn));
        routes.collect()
    };
    service.machines.iter().flat_map(of_machine).collect()
}

/// Whether a machine of the project is meant by its logical name, by its name on AWS, or by an ARN of that name.
fn is_called(machine: &Machine, word: &str) -> bool {
    let name = word.rsplit(':').next().unwrap_or_default();
    let name = name.split('@').next().unwrap_or_default();
    machine.logical_id == name || machine.is_on_aws_as(name)
}

/// A route of the file as it is deployed; `None` where its body is the operation's own, or where it waits for an end.
fn deployed(route: &crate::project::Route, arn: &str) -> Option<Route> {
    let (action, arn) = match route.action {
        RouteAction::StartExecution if route.request != RequestTemplate::PassThrough => ("StartExecution", Some(arn)),
        RouteAction::StartExecution | RouteAction::StartSyncExecution => return None,
        RouteAction::DescribeExecution => ("DescribeExecution", None),
        RouteAction::StopExecution => ("StopExecution", None),
    };
    Some(Route {
        method: route.method.clone(),
        path: format!("/{}", route.path),
        action: Some(action.to_owned()),
        state_machine_arn: arn.map(ToOwned::to_owned),
        api_key_required: route.private,
    })
}

/// The failure where no route fits.
pub(super) fn none(context: &Context, routes: &[Route], action: &str, machine: Option<&str>) -> Failure {
    let name = machine.map(|arn| format!(" of {}", arn.rsplit(':').next().unwrap_or_default())).unwrap_or_default();
    let failure = Failure::text(FailureKind::NotFound, format!("the API has no {action} route{name}"));
    let flags = context.settings.again_flags();
    let has_parameters = routes.iter().any(|route| route.action.as_deref() == Some(action) && route.path.contains('{'));
    let failure = failure.hint(format!("its routes: iw102 endpoints{flags}"));
    match (has_parameters, action) {
        (true, _) => failure.hint("fill the path's parameters in: --route 'POST /orders/17'"),
        (_, "StartExecution") => failure.hint("go without the gateway: leave --api-key out"),
        _ => failure.hint(format!("add one: `- http: {{path: …, method: POST, action: {action}}}`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(method: &str, path: &str, action: &str, machine: Option<&str>) -> Route {
        Route {
            method: method.into(),
            path: path.into(),
            action: Some(action.into()),
            state_machine_arn: machine.map(Into::into),
            api_key_required: true,
        }
    }

    fn chosen(routes: &[Route], action: &str, machine: Option<&str>) -> Option<String> {
        choose(routes, action, machine).map(|route| route.to_string())
    }

    #[test]
    fn post_stands_before_get_and_a_machine_has_its_own_route() {
        let routes = [
            route("GET", "/action/start", "StartExecution", Some("arn:M")),
            route("OPTIONS", "/action/start", "StartExecution", Some("arn:M")),
            route("POST", "/action/start", "StartExecution", Some("arn:M")),
            route("GET", "/other", "StartExecution", Some("arn:N")),
            route("ANY", "/any", "StartExecution", Some("arn:O")),
            route("POST", "/orders/{id}", "StartExecution", Some("arn:P")),
            route("GET", "/action/status", "DescribeExecution", None),
            route("POST", "/action/stop", "StopExecution", None),
        ];
        assert_eq!(chosen(&routes, "StartExecution", Some("arn:M")).as_deref(), Some("POST /action/start"));
        assert_eq!(chosen(&routes, "StartExecution", Some("arn:N")).as_deref(), Some("GET /other"));
        assert_eq!(chosen(&routes, "StartExecution", Some("arn:O")).as_deref(), Some("POST /any"));
        assert_eq!(chosen(&routes, "StartExecution", Some("arn:P")), None);
        assert_eq!(chosen(&routes, "DescribeExecution", None), None);
        assert_eq!(chosen(&routes, "StopExecution", None).as_deref(), Some("POST /action/stop"));
    }

    #[test]
    fn a_route_is_a_method_and_a_path() {
        assert_eq!(GivenRoute::parse("post  action/start").unwrap().to_string(), "POST /action/start");
        for text in ["/action/start", "POST", "P0ST /x", "BOGUS /x", "POST https://example.com/x"] {
            assert!(GivenRoute::parse(text).is_err(), "{text}");
        }
    }
}
