//! The JSON that flows between states: shared, parsed at most once, written at most once.

use std::sync::{Arc, OnceLock};

use serde::Deserialize;
use serde::de::Error as _;
use serde_json::{Deserializer, Value};

/// Arrays and objects that may stand in each other in a document. Whatever recurses over a payload relies on it.
pub const JSON_DEPTH_MAX: usize = 512;

/// One JSON document: the same bytes for every event that carries it.
///
/// Cloning is a reference count. The text that came in is the text that goes out while no state changes the value, as
/// AWS does (white space included). Two payloads are [`Payload::is`] when they are one allocation, which is how the
/// journal stores a document once.
#[derive(Debug, Clone)]
pub struct Payload(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    text: OnceLock<Box<str>>,
    value: OnceLock<Value>,
    /// Counted once: each state asks for it, of a document that most of them hand on as it is.
    depth: OnceLock<usize>,
}

impl Payload {
    /// Parses `text`, which stays the payload's text.
    ///
    /// # Errors
    /// When `text` is not one JSON document, or is nested deeper than [`JSON_DEPTH_MAX`].
    pub fn parse(text: impl Into<Box<str>>) -> Result<Self, serde_json::Error> {
        let text = text.into();
        let depth = depth(&text);
        if depth > JSON_DEPTH_MAX {
            return Err(serde_json::Error::custom(format!("more than {JSON_DEPTH_MAX} levels stand in each other")));
        }
        let value = parse(&text)?;
        let (text, value) = (OnceLock::from(text), OnceLock::from(value));
        Ok(Self(Arc::new(Inner { text, value, depth: OnceLock::from(depth) })))
    }

    /// Takes a text that was checked before (it was read from a journal): parsed only when its value is asked for.
    #[must_use]
    pub fn from_checked_text(text: impl Into<Box<str>>) -> Self {
        Self(Arc::new(Inner { text: OnceLock::from(text.into()), value: OnceLock::new(), depth: OnceLock::new() }))
    }

    /// The document as JSON text.
    #[must_use]
    pub fn text(&self) -> &str {
        self.0.text.get_or_init(|| self.value().to_string().into())
    }

    /// The document as a value; `null` for a checked text that turns out not to be JSON.
    #[must_use]
    pub fn value(&self) -> &Value {
        self.0.value.get_or_init(|| {
            let text = self.0.text.get().map_or("null", |text| text);
            parse(text).unwrap_or_default()
        })
    }

    /// How many arrays and objects stand in each other, at most; 0 for a scalar.
    #[must_use]
    pub fn depth(&self) -> usize {
        *self.0.depth.get_or_init(|| depth(self.text()))
    }

    /// Whether both are the same allocation, hence surely the same document.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl From<Value> for Payload {
    fn from(value: Value) -> Self {
        Self(Arc::new(Inner { text: OnceLock::new(), value: OnceLock::from(value), depth: OnceLock::new() }))
    }
}

impl PartialEq for Payload {
    fn eq(&self, other: &Self) -> bool {
        self.is(other) || self.value() == other.value()
    }
}

/// Parses without serde_json's own, smaller limit: the caller has checked the depth, or the text was checked when it was
/// written.
fn parse(text: &str) -> Result<Value, serde_json::Error> {
    let mut deserializer = Deserializer::from_str(text);
    deserializer.disable_recursion_limit();
    let value = Value::deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// The depth of a JSON text, counted without recursion. Of a text that is not JSON it is some number.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::{JSON_DEPTH_MAX, Payload};

    #[test]
    fn a_document_is_as_deep_as_the_limit_and_no_deeper() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(Payload::parse(nested(JSON_DEPTH_MAX)).unwrap().depth(), JSON_DEPTH_MAX);
        let error = Payload::parse(nested(JSON_DEPTH_MAX + 1)).unwrap_err().to_string();
        assert_eq!(error, "more than 512 levels stand in each other");
        assert_eq!(Payload::parse(r#"{"[[": "[\"["}"#).unwrap().depth(), 1);
    }

    #[test]
    fn the_text_that_came_in_goes_out() {
        assert_eq!(Payload::parse(" { \"a\" : 1.0 } ").unwrap().text(), " { \"a\" : 1.0 } ");
        assert!(Payload::parse("1 2").is_err() && Payload::parse("").is_err());
    }
}
