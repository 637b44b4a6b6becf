//! What operations on versions and aliases share: ARNs, names, routes.

use std::sync::Arc;

use serde_json::Value;

use crate::engine::published::unqualified;
use crate::engine::{EngineError, Publish, Route};
use crate::local::api_error::ApiError;
use crate::local::members::{ARN, Members, NAME, TextRule};

/// What is said about a version or an alias.
pub(super) const DESCRIPTION: TextRule = TextRule::sensitive(256);

/// Of aliases' names, as the API's model has it.
const ALIAS_NAME_PATTERN: &str = r"^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$";

/// An alias routes to so many versions at most.
const ROUTES_MAX: usize = 2;

/// Whether an ARN ends with a version's number.
pub(super) fn is_version(arn: &str) -> bool {
    let qualifier = arn.strip_prefix(unqualified(arn)).and_then(|rest| rest.strip_prefix(':'));
    qualifier.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Refuses ARNs of versions and aliases where only a machine can be meant.
pub(super) fn check_unqualified(arn: &str) -> Result<(), ApiError> {
    if unqualified(arn) == arn {
        return Ok(());
    }
    Err(ApiError::validation(format!("State machine ARN must not be qualified. Received: {arn}")))
}

/// The error of a machine that was looked for as `arn` and is none, under that name.
pub(super) fn does_not_exist(error: EngineError, arn: &str) -> EngineError {
    match error {
        EngineError::StateMachineDoesNotExist(_) => EngineError::StateMachineDoesNotExist(arn.to_owned()),
        other => other,
    }
}

/// `publish` and `versionDescription`, read. Stands only once [`Members::finish`] was asked.
pub(super) fn publish(members: &mut Members) -> Result<Option<Publish>, ApiError> {
    let publish = members.boolean("publish");
    let description = members.optional("versionDescription", DESCRIPTION);
    if publish == Some(true) {
        return Ok(Some(Publish { description: description.map(Arc::from) }));
    }
    match description.as_deref() {
        None | Some("") => Ok(None),
        Some(_) => Err(ApiError::validation("Version description can only be set when publish is true")),
    }
}

/// The name of a new alias.
pub(super) fn alias_name(members: &mut Members) -> String {
    members.patterned("name", NAME, ALIAS_NAME_PATTERN, |name| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
        name.chars().all(allowed) && name.chars().any(|c| !c.is_ascii_digit())
    })
}

/// `routingConfiguration`, which must be there.
pub(super) fn required_routes(members: &mut Members) -> Vec<Route> {
    if let Some(routes) = routes(members) {
        return routes;
    }
    members.required_list("routingConfiguration");
    Vec::new()
}

/// `routingConfiguration`, where it is there.
pub(super) fn routes(members: &mut Members) -> Option<Vec<Route>> {
    let given = members.list("routingConfiguration")?;
    Some(read_routes(members, &given))
}

/// Reads routes; what breaks the model's constraints is told with the request's other members.
fn read_routes(members: &mut Members, given: &[Value]) -> Vec<Route> {
    let mut routes = Vec::new();
    for (item, place) in given.iter().zip(1..) {
        let path = format!("routingConfiguration.{place}.member");
        let Some(mut inner) = members.member_of_list(&path, item) else { break };
        let version_arn = inner.required("stateMachineVersionArn", ARN);
        let weight = inner.required_integer("weight", 0, 100);
        members.absorb(inner);
        routes.push(Route { version_arn: Arc::from(version_arn), weight: u8::try_from(weight).unwrap_or_default() });
    }
    let shown = |route: &Route| {
        let Route { version_arn, weight } = route;
        format!("RoutingConfigurationListItem(stateMachineVersionArn={version_arn}, weight={weight})")
    };
    let shown: Vec<String> = routes.iter().map(shown).collect();
    members.count("routingConfiguration", routes.len(), ROUTES_MAX, &format!("[{}]", shown.join(", ")));
    routes
}

/// Refuses routes that do not lead to one or two versions of one machine, or do not divide the whole.
pub(super) fn check_routes(routes: Vec<Route>) -> Result<Vec<Route>, ApiError> {
    let arns: Vec<&str> = routes.iter().map(|route| &*route.version_arn).collect();
    let received = format!("Received: [{}]", arns.join(", "));
    let refuse = |why: &str| Err(ApiError::validation(format!("Routing configuration must contain {why}. {received}")));
    if !arns.iter().all(|arn| super::resource_type(arn) == Some("stateMachine") && is_version(arn)) {
        return refuse("state machine version ARNs");
    }
    if arns.iter().zip(arns.iter().skip(1)).any(|(first, second)| first == second) {
        return refuse("distinct state machine version ARNs");
    }
    if arns.iter().any(|arn| unqualified(arn) != unqualified(arns[0])) {
        return refuse("versions of the same state machine");
    }
    let weights: Vec<String> = routes.iter().map(|route| route.weight.to_string()).collect();
    if routes.iter().map(|route| u32::from(route.weight)).sum::<u32>() != 100 {
        let received = weights.join(", ");
        let why = format!("Sum of routing configuration weights must equal 100. Received: [{received}]");
        return Err(ApiError::validation(why));
    }
    Ok(routes)
}
