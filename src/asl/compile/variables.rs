//! What only shows when all of `Assign` is known: names that a scope around has already, reads of what nothing sets.
//!
//! <https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html>

use std::collections::{BTreeSet, HashMap};

use super::Compiler;
use super::report::SCHEMA;
use super::survey::{ScopeSite, Survey};
use crate::asl::Program;
use crate::asl::program::{ScopeId, StateId};
use crate::asl::syntax::{Node, Span};

/// A name in an `Assign`.
pub(super) struct Assigned {
    pub(super) state: StateId,
    pub(super) name: String,
    pub(super) span: Span,
    pub(super) pointer: String,
}

/// The names that each scope assigns.
type Names<'a> = HashMap<ScopeId, BTreeSet<&'a str>>;

/// Behind so many complaints, names are no longer compared.
const HELPED_MAX: usize = 100;

pub(super) fn check(c: &mut Compiler, program: Option<&Program>) {
    let assigned = std::mem::take(&mut c.assigned);
    let survey = c.survey;
    let mut names = Names::new();
    for one in &assigned {
        names.entry(survey.state(one.state).scope).or_default().insert(&one.name);
    }
    for one in &assigned {
        let mut around = visible(survey, survey.state(one.state).scope).skip(1);
        if around.any(|scope| names.get(&scope).is_some_and(|names| names.contains(one.name.as_str()))) {
            let message = format!("the variable '{}' is assigned in a scope around this one already", one.name);
            c.error(SCHEMA, one.span, &one.pointer, message)
                .help("states within a Parallel or Map read it and cannot set it: take another name");
        }
    }
    if let Some(program) = program {
        unassigned(program, &names, c);
    }
}

/// Warns of variables that a state reads and no state sets where it could see it.
fn unassigned(program: &Program, names: &Names, c: &mut Compiler) {
    let survey = c.survey;
    for (site, state) in survey.states.iter().zip(&program.states) {
        for name in &state.variable_references {
            let known = || visible(survey, site.scope).filter_map(|scope| names.get(&scope)).flatten().copied();
            if known().any(|known| known == &**name) {
                continue;
            }
            let helps = c.diagnostics.len() < HELPED_MAX;
            let message = format!("the state reads the variable '{name}', and no 'Assign' that it sees sets it");
            let wrong = c.warning("UNASSIGNED_VARIABLE", site.key.span, &survey.state_pointer(site.id), message);
            if !(helps && wrong.did_you_mean(name, known())) {
                wrong.help("states before it in its scope, and those of the scopes around it, can set it");
            }
        }
    }
}

/// A scope and those around it, innermost first, as far as variables are seen: a distributed Map's iterations are
/// executions of their own.
fn visible<'a>(survey: &'a Survey, scope: ScopeId) -> impl Iterator<Item = ScopeId> + 'a {
    std::iter::successors(Some(scope), |scope| {
        let site = survey.scope_of(*scope);
        site.owner.filter(|_| !is_distributed(site)).map(|owner| survey.state(owner).scope)
    })
}

fn is_distributed(site: &ScopeSite) -> bool {
    let mode = site.node.get("ProcessorConfig").and_then(|config| config.get("Mode"));
    mode.and_then(Node::as_str) == Some("DISTRIBUTED")
}
