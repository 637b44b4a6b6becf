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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{alias_name, check_routes, is_version, publish, required_routes, routes};
    use crate::local::members::Members;

    const MACHINE: &str = "arn:aws:states:us-east-1:000000000000:stateMachine:m";

    fn routed(given: &Value) -> Result<usize, String> {
        let mut members = Members::parse(given.to_string().as_bytes()).unwrap();
        let found = required_routes(&mut members);
        let checked = members.finish().and_then(|()| check_routes(found));
        checked.map(|routes| routes.len()).map_err(|error| error.message)
    }

    fn of(routes: &[(&str, i64)]) -> Result<usize, String> {
        let routes: Vec<Value> = routes
            .iter()
            .map(|(qualifier, weight)| json!({ "stateMachineVersionArn": format!("{MACHINE}{qualifier}"), "weight": weight }))
            .collect();
        routed(&json!({ "routingConfiguration": routes }))
    }

    #[test]
    fn routes_are_read_within_the_models_bounds() {
        assert_eq!(of(&[(":1", 100)]), Ok(1));
        assert_eq!(of(&[(":1", 0), (":2", 100)]), Ok(2));
        for (given, expected) in [
            (json!({}), "Value null at 'routingConfiguration' failed to satisfy constraint: Member must not be null"),
            (
                json!({ "routingConfiguration": [] }),
                "Value '[]' at 'routingConfiguration' failed to satisfy constraint: Member must have length greater than \
                 or equal to 1",
            ),
            (
                json!({ "routingConfiguration": [{ "stateMachineVersionArn": format!("{MACHINE}:1") }] }),
                "Value null at 'routingConfiguration.1.member.weight' failed to satisfy constraint: Member must not be null",
            ),
        ] {
            assert_eq!(routed(&given), Err(format!("1 validation error detected: {expected}")));
        }
        let wrong = routed(&json!({ "routingConfiguration": [7] })).unwrap_err();
        assert_eq!(wrong, "NUMBER_VALUE can not be converted to a Structure at 'routingConfiguration.1.member'");
        let many = of(&[(":1", 50), (":2", 30), (":3", 20)]).unwrap_err();
        assert!(many.ends_with("at 'routingConfiguration' failed to satisfy constraint: Member must have length less than or equal to 2"), "{many}");
        assert!(
            many.contains(&format!("'[RoutingConfigurationListItem(stateMachineVersionArn={MACHINE}:1, weight=50), "))
        );
    }

    #[test]
    fn routes_lead_to_versions_and_divide_the_whole() {
        for (given, expected) in [
            (of(&[("", 100)]), "Routing configuration must contain state machine version ARNs. Received: ["),
            (of(&[(":live", 100)]), "Routing configuration must contain state machine version ARNs. Received: ["),
            (of(&[(":1", 50), (":1", 50)]), "Routing configuration must contain distinct state machine version ARNs."),
            (of(&[(":1", 50), ("2:1", 50)]), "Routing configuration must contain versions of the same state machine."),
            (of(&[(":1", 9), (":2", 90)]), "Sum of routing configuration weights must equal 100. Received: [9, 90]"),
        ] {
            let message = given.unwrap_err();
            assert!(message.starts_with(expected), "{message}");
        }
        let mut without = Members::parse(b"{}").unwrap();
        assert!(routes(&mut without).is_none() && without.finish().is_ok());
    }

    #[test]
    fn names_of_aliases_are_no_numbers() {
        let allowed = |name: &str| {
            let mut members = Members::parse(json!({ "name": name }).to_string().as_bytes()).unwrap();
            alias_name(&mut members);
            members.finish().map_err(|error| error.message)
        };
        for name in ["PROD", "1a", "-", "a.b_c", "12."] {
            assert_eq!(allowed(name), Ok(()));
        }
        let pattern = r"Member must satisfy regular expression pattern: ^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$";
        for name in ["12", "a b", "a:b", "ä"] {
            let expected = format!(
                "1 validation error detected: Value '{name}' at 'name' failed to satisfy constraint: {pattern}"
            );
            assert_eq!(allowed(name), Err(expected));
        }
    }

    #[test]
    fn only_what_is_published_is_described() {
        let of = |body: &str| {
            let mut members = Members::parse(body.as_bytes()).unwrap();
            publish(&mut members).map_err(|error| error.message)
        };
        assert_eq!(of("{}"), Ok(None));
        assert!(of(r#"{"publish":true,"versionDescription":"d"}"#).unwrap().is_some());
        assert!(of(r#"{"publish":false,"versionDescription":"d"}"#).is_err());
        assert!(is_version(&format!("{MACHINE}:12")));
        for other in [MACHINE, "12", &format!("{MACHINE}:"), &format!("{MACHINE}:live")] {
            assert!(!is_version(other), "{other}");
        }
    }
}
