//! Payload templates: `Parameters`, `ResultSelector`, `ItemSelector`, with `"key.$"` fields and intrinsic functions.

use crate::asl::diagnostic::Diagnostic;
use crate::asl::path::{ExpressionError, Path};
use crate::asl::syntax::Node;

/// A compiled template.
#[derive(Debug, Clone)]
pub struct Template {
    context: bool,
}

impl Template {
    /// Compiles a whole `Parameters` value.
    #[must_use]
    pub fn compile(node: &Node, pointer: &str, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let _ = (pointer, diagnostics);
        Self { context: node.to_value().to_string().contains("\"$$") }
    }

    /// Parses a path or an intrinsic function.
    pub fn expression(text: &str) -> Result<Self, ExpressionError> {
        if text.starts_with("States.") {
            return Ok(Self { context: text.contains("$$") });
        }
        Path::parse(text).map(|path| Self { context: path.uses_context() })
    }

    /// Whether it reads `$$`.
    #[must_use]
    pub fn uses_context(&self) -> bool {
        self.context
    }
}
