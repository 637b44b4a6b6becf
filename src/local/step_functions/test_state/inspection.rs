//! `inspectionData`: what a state made of its data, step by step.

use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::asl::{Payload, Variables};

/// What is shown of one state.
#[derive(Debug, Default)]
pub(super) struct Inspection(Map<String, Value>);

impl Inspection {
    /// A document, as the text that it is.
    pub(super) fn document(&mut self, name: &str, payload: &Payload) {
        self.0.insert(name.to_owned(), payload.text().into());
    }

    /// A number or a structure.
    pub(super) fn value(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }

    /// The variables after the state, where there are any.
    pub(super) fn variables(&mut self, variables: &Variables) {
        if !variables.is_empty() {
            let object: Map<String, Value> =
                variables.iter().map(|(name, value)| (name.to_owned(), value.value().clone())).collect();
            self.0.insert("variables".to_owned(), Value::Object(object).to_string().into());
        }
    }

    /// Adds to `errorDetails`.
    pub(super) fn error_detail(&mut self, name: &str, value: impl Into<Value>) {
        let details = self.0.entry("errorDetails").or_insert_with(|| json!({}));
        details[name] = value.into();
    }

    pub(super) fn into_value(self) -> Value {
        Value::Object(self.0)
    }
}

/// The part of a document that a path selected, with the white space that it has there. AWS shows it so.
pub(super) fn as_written(document: &Payload, part: Payload) -> Payload {
    let found = serde_json::from_str::<&RawValue>(document.text()).ok().and_then(|raw| find(raw, part.value()));
    found.map_or(part, |raw| Payload::from_checked_text(raw.get()))
}

fn find<'a>(raw: &'a RawValue, wanted: &Value) -> Option<&'a RawValue> {
    let text = raw.get();
    if Payload::parse(text).is_ok_and(|payload| payload.value() == wanted) {
        return Some(raw);
    }
    let inner: Vec<&RawValue> = match text.as_bytes().first() {
        Some(b'[') => serde_json::from_str(text).ok()?,
        Some(b'{') => {
            serde_json::from_str::<std::collections::BTreeMap<String, &RawValue>>(text).ok()?.into_values().collect()
        }
        _ => return None,
    };
    inner.into_iter().find_map(|raw| find(raw, wanted))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_part_keeps_the_white_space_that_it_has_in_the_whole() {
        let document = Payload::parse(r#"{"b": {"a": [1,  2]}, "c": 3}"#).unwrap();
        assert_eq!(as_written(&document, Payload::from(json!([1, 2]))).text(), "[1,  2]");
        assert_eq!(as_written(&document, Payload::from(json!({"a": [1, 2]}))).text(), r#"{"a": [1,  2]}"#);
        assert_eq!(as_written(&document, Payload::from(json!([1, 2, 3]))).text(), "[1,2,3]");
    }
}
