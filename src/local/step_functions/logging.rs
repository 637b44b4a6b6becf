//! `loggingConfiguration`: what AWS makes of what is given, and what it refuses.
//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_LoggingConfiguration.html>

use serde_json::{Map, Value, json};

use crate::local::api_error::ApiError;
use crate::local::members::Members;

/// In the order of the API's model.
const LEVELS: [&str; 4] = ["ALL", "ERROR", "FATAL", "OFF"];

/// A configuration as Describe shows it again. Whether its log group exists is asked elsewhere.
///
/// # Errors
/// `ValidationException`, and `InvalidLoggingConfiguration` for more than one destination, and for none where something would be logged.
pub(super) fn complete(mut given: Map<String, Value>) -> Result<Value, ApiError> {
    let mut members = Members::within("loggingConfiguration", given.clone());
    members.one_of("level", &LEVELS);
    members.boolean("includeExecutionData");
    members.list("destinations");
    members.finish()?;
    let level = given.entry("level").or_insert_with(|| json!("OFF"));
    let logs = level.as_str() != Some("OFF");
    let destinations = given.get("destinations").and_then(Value::as_array).map_or(0, Vec::len);
    if destinations > 1 || (logs && destinations == 0) {
        let message = "Invalid Logging Configuration: Must specify exactly one Log Destination.";
        return Err(ApiError::new("InvalidLoggingConfiguration", message));
    }
    given.entry("includeExecutionData").or_insert(Value::Bool(false));
    Ok(Value::Object(given))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::complete;

    fn completed(given: &Value) -> Result<Value, String> {
        complete(given.as_object().cloned().unwrap()).map_err(|error| error.message)
    }

    #[test]
    fn what_is_left_out_is_what_aws_sets() {
        let off = json!({ "level": "OFF", "includeExecutionData": false });
        assert_eq!(completed(&json!({})).unwrap(), off);
        let all = json!({ "level": "ALL", "includeExecutionData": true, "destinations": [{}] });
        assert_eq!(completed(&all).unwrap(), all);
        assert_eq!(completed(&json!({ "destinations": [] })).unwrap()["destinations"], json!([]));
        for given in [json!({ "level": "ALL" }), json!({ "level": "OFF", "destinations": [{}, {}] })] {
            let message = completed(&given).unwrap_err();
            assert_eq!(message, "Invalid Logging Configuration: Must specify exactly one Log Destination.");
        }
    }

    #[test]
    fn members_of_another_kind_are_refused_by_their_path() {
        let message = completed(&json!({ "level": "all" })).unwrap_err();
        assert_eq!(
            message,
            "1 validation error detected: Value 'all' at 'loggingConfiguration.level' failed to satisfy constraint: Member must \
             satisfy enum value set: [ALL, ERROR, FATAL, OFF]"
        );
        let message = completed(&json!({ "includeExecutionData": "yes" })).unwrap_err();
        assert_eq!(
            message,
            "STRING_VALUE can not be converted to a Boolean at 'loggingConfiguration.includeExecutionData'"
        );
    }
}
