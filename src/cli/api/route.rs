//! Which route of an API an action goes by.

use crate::aws::api_gateway::Route;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, FailureKind};

/// The method of a call and its path below the stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GivenRoute {
    /// In capitals.
    pub method: String,
    /// With a slash in front.
    pub path: String,
}

impl GivenRoute {
    /// Reads `POST /action/start`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (method, path) = text.trim().split_once(' ').ok_or("write METHOD and path: 'POST /action/start'")?;
        Self::new(method, path.trim())
    }

    /// Checks a method and a path.
    pub(crate) fn new(method: &str, path: &str) -> Result<Self, String> {
        if method.is_empty() || !method.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return Err(format!("`{method}` is no method; write GET, POST, PUT, PATCH or DELETE"));
        }
        if path.contains("://") {
            return Err("write the path only; --api names the gateway".into());
        }
        Ok(Self { method: method.to_ascii_uppercase(), path: format!("/{}", path.trim_start_matches('/')) })
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
        for text in ["/action/start", "POST", "P0ST /x", "POST https://example.com/x"] {
            assert!(GivenRoute::parse(text).is_err(), "{text}");
        }
    }
}
