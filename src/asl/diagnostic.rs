//! What is wrong with a text, where, and what to write instead. All of it at once, never the first complaint only.

use crate::asl::syntax::Span;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It cannot run.
    Error,
    /// AWS accepts it and people regret it.
    Warning,
}

/// One complaint about a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// A stable code, AWS's where AWS has one: `SCHEMA_VALIDATION_FAILED`, `MISSING_TRANSITION_TARGET`, …
    pub code: &'static str,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// The place.
    pub span: Span,
    /// Where in the definition, as AWS's API says it: `/States/Hello/Next`. Empty outside a definition.
    pub pointer: String,
    /// What to write instead (`did you mean "Next"?`), when we know.
    pub help: Option<String>,
}

/// A complaint about a text that is no definition, or not known to be one yet: it has no pointer.
pub(crate) fn diagnostic(
    severity: Severity,
    code: &'static str,
    message: impl Into<String>,
    span: Span,
    help: Option<String>,
) -> Diagnostic {
    Diagnostic { severity, code, message: message.into(), span, pointer: String::new(), help }
}

/// The candidate nearest to `word`, when one is near enough to be what was meant.
///
/// Near enough is at most a third of the word's letters away (insert, delete, replace, swap), letter case ignored.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let bound = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (distance(&word, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= bound)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Optimal string alignment distance: Levenshtein with swaps of neighbours.
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=right.len()).collect()];
    for i in 1..=left.len() {
        let mut row = vec![i; right.len() + 1];
        for j in 1..=right.len() {
            let cost = usize::from(left[i - 1] != right[j - 1]);
            row[j] = (rows[i - 1][j] + 1).min(row[j - 1] + 1).min(rows[i - 1][j - 1] + cost);
            if i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] {
                row[j] = row[j].min(rows[i - 2][j - 2] + 1);
            }
        }
        rows.push(row);
    }
    rows[left.len()][right.len()]
}
