//! What Express machines may not have.

use super::Compiler;
use super::report::SCHEMA;
use super::survey::{StateSite, Survey};
use crate::asl::diagnostic::Diagnostic;
use crate::asl::syntax::Node;

/// What AWS refuses in a definition whose type is EXPRESS, beside what [`compile`](super::compile) tells for both types.
///
/// Callbacks, jobs, activities and map runs outlive the five minutes of an Express execution:
/// <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-standard-vs-express.html>,
/// <https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html>.
#[must_use]
pub fn check_express(definition: &Node) -> Vec<Diagnostic> {
    let survey = Survey::of(definition);
    let mut compiler = Compiler::new(&survey);
    for site in &survey.states {
        let found = if site.is("Task") { task(site) } else { distributed(site) };
        if let Some(Refused { node, pointer, message }) = found {
            let pointer = format!("{}/{pointer}", survey.state_pointer(site.id));
            compiler.error(SCHEMA, node.span, &pointer, message).help("use a STANDARD state machine");
        }
    }
    compiler.diagnostics
}

/// What a state may not have.
struct Refused<'n> {
    node: &'n Node,
    /// Its place in the state.
    pointer: String,
    message: &'static str,
}

/// AWS's words, the first with the space at its end that AWS has there.
fn task<'n>(site: &StateSite<'n>) -> Option<Refused<'n>> {
    let node = site.node.get("Resource")?;
    let arn = node.as_str()?;
    let message = match arn.rsplit_once('.') {
        Some((_, "waitForTaskToken")) => {
            "Express state machine does not support '.waitForTaskToken' service integration "
        }
        Some((_, "sync" | "sync:2")) => "Express state machine does not support '.sync' service integration",
        _ if arn.contains(":activity:") => "Express state machine does not support Activity ARN",
        _ => return None,
    };
    Some(Refused { node, pointer: "Resource".to_owned(), message })
}

/// A Map whose iterations are executions. AWS refuses it as it does the others; its words for it are not recorded anywhere.
fn distributed<'n>(site: &StateSite<'n>) -> Option<Refused<'n>> {
    let processors = ["ItemProcessor", "Iterator"].into_iter().filter(|_| site.is("Map"));
    let mode = |field: &'static str| Some((field, site.node.get(field)?.get("ProcessorConfig")?.get("Mode")?));
    let (field, node) = processors.filter_map(mode).find(|(_, mode)| mode.as_str() == Some("DISTRIBUTED"))?;
    let message = "Express state machine does not support Map states with mode DISTRIBUTED";
    Some(Refused { node, pointer: format!("{field}/ProcessorConfig/Mode"), message })
}
