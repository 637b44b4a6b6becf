//! Lists of tags, as requests have them.
//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_Tag.html>

use std::collections::BTreeMap;

use serde_json::Value;

use crate::local::api_error::ApiError;

/// AWS's bound of tags of one resource.
const TAGS_MAX: usize = 50;
/// Characters of a key and of a value.
const KEY_CHARACTERS_MAX: usize = 128;
const VALUE_CHARACTERS_MAX: usize = 256;

/// Reads the tags of a request; of two with one key the last one stands.
///
/// # Errors
/// `ValidationException` for what is no tag, `TooManyTags`.
pub(super) fn read(tags: &[Value]) -> Result<BTreeMap<String, String>, ApiError> {
    let pairs = tags.iter().zip(1..).map(|(tag, place)| pair(tag, place)).collect::<Result<BTreeMap<_, _>, _>>()?;
    if pairs.len() > TAGS_MAX {
        return Err(ApiError::new("TooManyTags", format!("a resource has at most {TAGS_MAX} tags")));
    }
    Ok(pairs)
}

/// Reads the keys of a request.
///
/// # Errors
/// `ValidationException` for what is no key.
pub(super) fn read_keys(keys: &[Value]) -> Result<Vec<String>, ApiError> {
    keys.iter()
        .zip(1..)
        .map(|(key, place)| text(key, &format!("tagKeys.{place}.member"), 1, KEY_CHARACTERS_MAX))
        .collect()
}

fn pair(tag: &Value, place: usize) -> Result<(String, String), ApiError> {
    let at = format!("tags.{place}.member");
    let key = text(&tag["key"], &format!("{at}.key"), 1, KEY_CHARACTERS_MAX)?;
    let value = match &tag["value"] {
        Value::Null => String::new(),
        value => text(value, &format!("{at}.value"), 0, VALUE_CHARACTERS_MAX)?,
    };
    Ok((key, value))
}

fn text(value: &Value, at: &str, min: usize, max: usize) -> Result<String, ApiError> {
    let violation = |value: &str, bound: &str| {
        let violation = format!("Value {value} at '{at}' failed to satisfy constraint: {bound}");
        Err(ApiError::validation(format!("1 validation error detected: {violation}")))
    };
    let Some(text) = value.as_str() else { return violation("null", "Member must not be null") };
    match text.chars().count() {
        length if length < min => {
            violation(&format!("'{text}'"), &format!("Member must have length greater than or equal to {min}"))
        }
        length if length > max => {
            violation(&format!("'{text}'"), &format!("Member must have length less than or equal to {max}"))
        }
        _ => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{read, read_keys};

    #[test]
    fn tags_are_read_within_their_bounds() {
        let tags =
            read(&[json!({ "key": "a", "value": "1" }), json!({ "key": "b" }), json!({ "key": "a", "value": "2" })]);
        let tags: Vec<_> = tags.unwrap().into_iter().collect();
        assert_eq!(tags, [("a".to_owned(), "2".to_owned()), ("b".to_owned(), String::new())]);
        assert_eq!(read_keys(&[json!("a")]).unwrap(), ["a"]);
        for (tag, expected) in [
            (json!({ "value": "1" }), "Value null at 'tags.1.member.key' failed"),
            (json!({ "key": "" }), "Value '' at 'tags.1.member.key' failed"),
            (json!({ "key": "a", "value": 7 }), "Value null at 'tags.1.member.value' failed"),
            (json!({ "key": "a", "value": "x".repeat(257) }), "length less than or equal to 256"),
        ] {
            let error = read(&[tag]).unwrap_err();
            assert_eq!(error.name, "ValidationException");
            assert!(error.message.contains(expected), "{}", error.message);
        }
        let many: Vec<_> = (0..51).map(|number| json!({ "key": number.to_string() })).collect();
        assert_eq!(read(&many).unwrap_err().name, "TooManyTags");
    }
}
