//! Whether a result is one that the API model of an action allows.
//!
//! Owns: the check and its words. Must not know: where the result comes from.

use serde_json::{Map, Value};

use super::table::{self, Kind, Service};
use super::values::Naming;

/// Checks a result of an action of a service, both as resources name them. What the model does not know is let through; an
/// action that the table does not have has no rules. `complete`: members that the model requires must be there.
///
/// # Errors
/// AWS's sentence about the first member that is wrong.
pub(in crate::tasks) fn conforms(
    (service, action): (&str, &str),
    result: &Value,
    naming: Naming,
    complete: bool,
) -> Result<(), String> {
    let Some(service) = table::service(service) else { return Ok(()) };
    let Some(output) = service.action(action).and_then(|action| action.output) else { return Ok(()) };
    let rules = Rules { service, naming, complete };
    match result.as_object() {
        Some(members) => rules.structure(output, members),
        None => Err("Mock result must be an object".to_owned()),
    }
}

struct Rules {
    service: &'static Service,
    naming: Naming,
    complete: bool,
}

impl Rules {
    fn structure(&self, structure: usize, given: &Map<String, Value>) -> Result<(), String> {
        for member in self.service.members(structure) {
            let name = self.naming.of(member);
            match given.get(&name).filter(|value| !value.is_null()) {
                Some(value) => self.value(&member.kind, &name, value)?,
                None if self.complete && member.required => return Err(format!("Required field '{name}' is missing")),
                None => {}
            }
        }
        Ok(())
    }

    fn value(&self, kind: &Kind, field: &str, value: &Value) -> Result<(), String> {
        let must_be = |is: bool, what: &str| {
            if is { Ok(()) } else { Err(format!("Field '{field}' must be {what}")) }
        };
        match kind {
            Kind::Text => must_be(value.is_string(), "a string"),
            Kind::Boolean => must_be(value.is_boolean(), "a boolean"),
            Kind::Number => must_be(value.is_number(), "a number"),
            // In ISO 8601, or as seconds or milliseconds since 1970.
            Kind::Time(_) => must_be(value.is_string() || value.is_number(), "a timestamp"),
            // Step Functions reads what it can as JSON.
            Kind::Bytes => Ok(()),
            Kind::Structure(structure) => match value.as_object() {
                Some(members) => self.structure(*structure, members),
                None => must_be(false, "an object"),
            },
            Kind::List { of, .. } => match value.as_array() {
                Some(items) => items.iter().try_for_each(|item| self.value(of, field, item)),
                None => must_be(false, "an array"),
            },
            Kind::Map { of, .. } => match value.as_object() {
                Some(entries) => entries.iter().try_for_each(|(name, entry)| self.value(of, name, entry)),
                None => must_be(false, "an object"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(action: (&str, &str), result: &Value, complete: bool) -> String {
        conforms(action, result, Naming::Optimised, complete).map_or_else(|why| why, |()| "conforms".to_owned())
    }

    #[test]
    fn the_first_wrong_member_is_told() {
        let start = ("sfn", "startExecution");
        for (action, result, expected) in [
            (("s3", "getObject"), json!({"ContentLength": "9"}), "Field 'ContentLength' must be a number"),
            (
                ("dynamodb", "putItem"),
                json!({"ConsumedCapacity": {"CapacityUnits": "1"}}),
                "Field 'CapacityUnits' must be a number",
            ),
            (("dynamodb", "putItem"), json!({"ConsumedCapacity": []}), "Field 'ConsumedCapacity' must be an object"),
            (("dynamodb", "getItem"), json!({"Item": {"a": {"BOOL": "true"}}}), "Field 'BOOL' must be a boolean"),
            (("dynamodb", "getItem"), json!({"Item": {"a": 1}}), "Field 'a' must be an object"),
            (("eventbridge", "putEvents"), json!({"Entries": "x"}), "Field 'Entries' must be an array"),
            (
                ("eventbridge", "putEvents"),
                json!({"Entries": [{"EventId": "x"}, {"EventId": [1]}]}),
                "Field 'EventId' must be a string",
            ),
            (start, json!({"ExecutionArn": "a", "StartDate": true}), "Field 'StartDate' must be a timestamp"),
            (start, json!([]), "Mock result must be an object"),
        ] {
            assert_eq!(said(action, &result, true), expected);
            assert_eq!(said(action, &result, false), expected);
        }
    }

    #[test]
    fn what_is_missing_matters_only_where_all_must_be_there() {
        let start = ("sfn", "startExecution");
        assert_eq!(said(start, &json!({}), true), "Required field 'ExecutionArn' is missing");
        assert_eq!(said(start, &json!({"ExecutionArn": null}), true), "Required field 'ExecutionArn' is missing");
        assert_eq!(said(start, &json!({"ExecutionArn": "a"}), true), "Required field 'StartDate' is missing");
        assert_eq!(said(start, &json!({}), false), "conforms");
        assert_eq!(said(start, &json!({"ExecutionArn": "a", "StartDate": "2026-01-01T00:00:00Z"}), true), "conforms");
    }

    #[test]
    fn what_no_model_knows_is_let_through() {
        assert_eq!(said(("eventbridge", "putEvents"), &json!({"random": "json"}), true), "conforms");
        assert_eq!(said(("eventbridge", "nosuch"), &json!(1), true), "conforms");
        assert_eq!(said(("nosuch", "do"), &json!(1), true), "conforms");
        assert_eq!(said(("lambda", "invoke"), &json!({"Payload": {"a": 1}}), true), "conforms");
    }
}
