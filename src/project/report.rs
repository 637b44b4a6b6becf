//! How this room words and orders diagnostics.

use crate::asl::diagnostic::{Diagnostic, nearest};

/// `did you mean …?`, when something known is near.
pub(super) fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, known).map(|near| format!("did you mean `{near}`?"))
}

/// Sorts by place and drops what was said before. Of the same words at the same place the graver stays.
pub(super) fn tidy(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|left, right| {
        let place = |one: &Diagnostic| (one.span, one.severity);
        place(left).cmp(&place(right)).then_with(|| (left.code, &left.message).cmp(&(right.code, &right.message)))
    });
    diagnostics.dedup_by(|later, first| {
        later.span == first.span && later.code == first.code && later.message == first.message
    });
}
