//! The JSON that flows between states: shared, parsed at most once, written at most once.

use std::sync::{Arc, OnceLock};

use serde_json::Value;

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
}

impl Payload {
    /// Parses `text`, which stays the payload's text.
    ///
    /// # Errors
    /// When `text` is not one JSON document.
    pub fn parse(text: impl Into<Box<str>>) -> Result<Self, serde_json::Error> {
        let text = text.into();
        let value: Value = serde_json::from_str(&text)?;
        Ok(Self(Arc::new(Inner { text: OnceLock::from(text), value: OnceLock::from(value) })))
    }

    /// Takes a text that was checked before (it was read from a journal): parsed only when its value is asked for.
    #[must_use]
    pub fn from_checked_text(text: impl Into<Box<str>>) -> Self {
        Self(Arc::new(Inner { text: OnceLock::from(text.into()), value: OnceLock::new() }))
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
            serde_json::from_str(text).unwrap_or_default()
        })
    }

    /// Whether both are the same allocation, hence surely the same document.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl From<Value> for Payload {
    fn from(value: Value) -> Self {
        Self(Arc::new(Inner { text: OnceLock::new(), value: OnceLock::from(value) }))
    }
}

impl PartialEq for Payload {
    fn eq(&self, other: &Self) -> bool {
        self.is(other) || self.value() == other.value()
    }
}
