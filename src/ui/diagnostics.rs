//! Diagnostics under the line that they speak of.

use crate::asl::diagnostic::{Diagnostic, Severity};
use crate::asl::syntax::Sources;

/// All diagnostics as a person reads them.
#[must_use]
pub fn render(sources: &Sources, diagnostics: &[Diagnostic], color: bool) -> String {
    let _ = color;
    let line = |diagnostic: &Diagnostic| {
        let severity = if diagnostic.severity == Severity::Error { "error" } else { "warning" };
        format!(
            "{severity}[{}]: {} ({})\n",
            diagnostic.code,
            diagnostic.message,
            sources.get(diagnostic.span.source).name
        )
    };
    diagnostics.iter().map(line).collect()
}
