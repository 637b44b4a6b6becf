//! What Express machines may not have.

use super::Compiler;
use super::report::SCHEMA;
use super::survey::Survey;
use crate::asl::diagnostic::Diagnostic;
use crate::asl::syntax::Node;

/// What AWS refuses in a definition whose type is EXPRESS, beside what [`compile`](super::compile) tells for both types.
///
/// Callbacks, jobs and activities outlive the five minutes of an Express execution:
/// <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-standard-vs-express.html>.
#[must_use]
pub fn check_express(definition: &Node) -> Vec<Diagnostic> {
    let survey = Survey::of(definition);
    let mut compiler = Compiler::new(&survey);
    for site in survey.states.iter().filter(|site| site.is("Task")) {
        let Some(resource) = site.node.get("Resource") else { continue };
        let Some(message) = resource.as_str().and_then(refused) else { continue };
        compiler
            .error(SCHEMA, resource.span, &format!("{}/Resource", survey.state_pointer(site.id)), message)
            .help("use a STANDARD state machine");
    }
    compiler.diagnostics
}

/// AWS's words, the first with the space at its end that AWS has there.
fn refused(arn: &str) -> Option<&'static str> {
    match arn.rsplit_once('.') {
        Some((_, "waitForTaskToken")) => {
            Some("Express state machine does not support '.waitForTaskToken' service integration ")
        }
        Some((_, "sync" | "sync:2")) => Some("Express state machine does not support '.sync' service integration"),
        _ if arn.contains(":activity:") => Some("Express state machine does not support activities"),
        _ => None,
    }
}
