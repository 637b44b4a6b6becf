//! Scopes: the machine, a Parallel's branches, a Map's processor.

use super::Compiler;
use super::fields::Fields;
use super::report::SCHEMA;
use super::survey::{Role, ScopeSite, opening};
use crate::asl::flow::SECONDS_MAX;
use crate::asl::program::{Scope, StateId};
use crate::asl::syntax::Node;

const MACHINE: [&str; 6] = ["StartAt", "States", "Comment", "Version", "TimeoutSeconds", "QueryLanguage"];
const BRANCH: [&str; 3] = ["StartAt", "States", "Comment"];
const PROCESSOR: [&str; 4] = ["StartAt", "States", "Comment", "ProcessorConfig"];

/// What only the machine has; its `TimeoutSeconds`.
pub(super) fn machine(definition: &Node, c: &mut Compiler) -> Option<u64> {
    let fields = Fields::of(definition, "", opening(definition), "the definition", c)?;
    if let Some(version) = fields.get("Version")
        && version.string(c).is_some_and(|text| text != "1.0")
    {
        c.error(SCHEMA, version.node.span, &version.pointer, "the only 'Version' is \"1.0\"");
    }
    language(&fields, c);
    fields.string("Comment", c);
    fields.whole("TimeoutSeconds", 1..=SECONDS_MAX, c)
}

/// `QueryLanguage`, of the machine or a state.
pub(super) fn language(fields: &Fields, c: &mut Compiler) {
    let Some(language) = fields.get("QueryLanguage") else { return };
    match language.string(c) {
        None | Some("JSONPath" | "JSONata") => {}
        Some(other) => {
            let message = "The field 'QueryLanguage' should have one of these values: [JSONPath, JSONata]";
            c.error(SCHEMA, language.node.span, &language.pointer, message)
                .did_you_mean(other, ["JSONPath", "JSONata"]);
        }
    }
}

pub(super) fn scope(site: &ScopeSite, c: &mut Compiler) -> Option<Scope> {
    if site.role == Role::Machine && site.node.entries().is_none() {
        // machine() has said so.
        return None;
    }
    let (what, known): (_, &[&str]) = match site.role {
        Role::Machine => ("the definition", &MACHINE),
        Role::Branch(_) => ("a branch", &BRANCH),
        Role::Processor(_) => ("the processor", &PROCESSOR),
    };
    let fields = Fields::of(site.node, &c.survey.scope_pointer(site.id), opening(site.node), what, c)?;
    fields.only(known, c);
    fields.require(&["States", "StartAt"], c);
    if site.role != Role::Machine {
        fields.string("Comment", c);
    }
    processor_config(&fields, c);
    states(&fields, c);
    let start_at = start_at(site, &fields, c)?;
    Some(Scope { start_at, owner: site.owner })
}

fn states(fields: &Fields, c: &mut Compiler) {
    let Some(states) = fields.get("States") else { return };
    match states.node.entries() {
        None => states.must_be("an object", c),
        Some([]) => states.wrong("'States' has no state", c),
        Some(_) => {}
    }
}

fn start_at(site: &ScopeSite, fields: &Fields, c: &mut Compiler) -> Option<StateId> {
    let field = fields.get("StartAt")?;
    let name = field.string(c)?;
    c.resolve(site.id, name, &field)
}

fn processor_config(fields: &Fields, c: &mut Compiler) {
    let Some(config) = fields.get("ProcessorConfig") else { return };
    let place = opening(config.node);
    let Some(fields) = Fields::of(config.node, &config.pointer, place, "'ProcessorConfig'", c) else { return };
    fields.only(&["Mode", "ExecutionType", "Comment"], c);
    if let Some(mode) = fields.get("Mode") {
        match mode.string(c) {
            None | Some("INLINE" | "DISTRIBUTED") => {}
            Some(other) => {
                let message = "The field 'Mode' should have one of these values: [INLINE, DISTRIBUTED]";
                c.error(SCHEMA, mode.node.span, &mode.pointer, message).did_you_mean(other, ["INLINE", "DISTRIBUTED"]);
            }
        }
    }
    if let Some(kind) = fields.get("ExecutionType")
        && let Some(text) = kind.string(c)
        && !["STANDARD", "EXPRESS"].contains(&text)
    {
        let message = "The field 'ExecutionType' should have one of these values: [STANDARD, EXPRESS]";
        c.error(SCHEMA, kind.node.span, &kind.pointer, message).did_you_mean(text, ["STANDARD", "EXPRESS"]);
    }
}
