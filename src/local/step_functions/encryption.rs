//! `encryptionConfiguration`: checked, kept and shown. Nothing is encrypted here, and no key is asked for.
//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_EncryptionConfiguration.html>

use serde_json::{Map, Value, json};

use crate::local::api_error::ApiError;
use crate::local::members::{Members, TextRule};

const NAME: &str = "encryptionConfiguration";

/// What AWS sets where nothing is said.
pub(in crate::local) fn owned_key() -> Value {
    json!({ "type": "AWS_OWNED_KEY" })
}

/// A configuration as Describe shows it again.
///
/// # Errors
/// `ValidationException`, and `InvalidEncryptionConfiguration` for a customer's key that is not named.
pub(super) fn read(given: Map<String, Value>) -> Result<Value, ApiError> {
    let mut members = Members::within(NAME, given.clone());
    let kind = members.required_one_of("type", &["AWS_OWNED_KEY", "CUSTOMER_MANAGED_KMS_KEY"]);
    let key = members.optional("kmsKeyId", TextRule::filled(2_048));
    members.integer("kmsDataKeyReusePeriodSeconds", 60, 900);
    members.finish()?;
    if kind == Some("CUSTOMER_MANAGED_KMS_KEY") && key.is_none() {
        let message = "Invalid Encryption Configuration: 'CUSTOMER_MANAGED_KMS_KEY needs a kmsKeyId'";
        return Err(ApiError::new("InvalidEncryptionConfiguration", message));
    }
    Ok(Value::Object(given))
}

/// The same for a machine, of which Describe shows a customer's key only: `None` for AWS's own.
pub(super) fn of_machine(given: Map<String, Value>) -> Result<Option<Value>, ApiError> {
    let configuration = read(given)?;
    Ok((configuration["type"] != "AWS_OWNED_KEY").then_some(configuration))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{of_machine, read};

    fn refusal(given: &Value) -> (&'static str, String) {
        let error = read(given.as_object().cloned().unwrap()).unwrap_err();
        (error.name, error.message)
    }

    #[test]
    fn a_configuration_is_kept_as_it_is_given() {
        let given = json!({ "type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "k", "kmsDataKeyReusePeriodSeconds": 60 });
        let map = given.as_object().cloned().unwrap();
        assert_eq!(read(map.clone()).unwrap(), given);
        assert_eq!(of_machine(map).unwrap(), Some(given));
        let owned = json!({ "type": "AWS_OWNED_KEY" }).as_object().cloned().unwrap();
        assert_eq!(of_machine(owned).unwrap(), None);
    }

    #[test]
    fn what_it_cannot_be_is_refused() {
        let one = |text: &str| ("ValidationException", format!("1 validation error detected: {text}"));
        assert_eq!(
            refusal(&json!({})),
            one("Value null at 'encryptionConfiguration.type' failed to satisfy constraint: Member must not be null")
        );
        assert_eq!(
            refusal(&json!({ "type": "X" })),
            one(
                "Value 'X' at 'encryptionConfiguration.type' failed to satisfy constraint: Member must satisfy enum value \
                 set: [AWS_OWNED_KEY, CUSTOMER_MANAGED_KMS_KEY]"
            )
        );
        let (name, message) = refusal(&json!({ "type": "AWS_OWNED_KEY", "kmsDataKeyReusePeriodSeconds": 59 }));
        assert_eq!(name, "ValidationException");
        assert!(message.contains("'encryptionConfiguration.kmsDataKeyReusePeriodSeconds'"), "{message}");
        assert_eq!(refusal(&json!({ "type": "CUSTOMER_MANAGED_KMS_KEY" })).0, "InvalidEncryptionConfiguration");
    }
}
