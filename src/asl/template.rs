//! Payload templates: `Parameters`, `ResultSelector`, `ItemSelector`, with `"key.$"` fields and intrinsic functions.

/// A compiled template.
#[derive(Debug, Clone)]
pub struct Template {}
