//! What only shows when all transitions are known: states that nothing reaches, scopes without an end, doubled names.

use std::collections::{HashMap, HashSet};

use super::Compiler;
use super::report::TRANSITION;
use super::survey::{ScopeSite, opening};
use crate::asl::pointer::bounded;
use crate::asl::program::StateId;
use crate::asl::syntax::{Node, NodeKind};

/// AWS's code for a machine that cannot stop.
pub(super) const MISSING_END: &str = "MISSING_END_STATE";

pub(super) fn check(c: &mut Compiler) {
    names(c);
    let survey = c.survey;
    let mut leads_to: HashMap<StateId, Vec<StateId>> = HashMap::new();
    for (from, to) in &c.edges {
        leads_to.entry(*from).or_default().push(*to);
    }
    for scope in &survey.scopes {
        // As AWS does: without an end, what is reachable does not matter.
        if terminal(scope, c) {
            reachable(scope, &leads_to, c);
        }
    }
}

/// State names are unique in the whole machine.
fn names(c: &mut Compiler) {
    let survey = c.survey;
    for site in &survey.states {
        let Some(first) = survey.anywhere(&site.key.name).filter(|first| first.id != site.id) else { continue };
        let message = format!("Duplicate State name: {}", site.key.name);
        let first = bounded(&survey.state_pointer(first.id));
        c.error("DUPLICATE_STATE_NAME", site.key.span, &survey.state_pointer(site.id), message)
            .help(format!("{first} has this name already: a name is used once in a machine"));
    }
}

fn reachable(scope: &ScopeSite, leads_to: &HashMap<StateId, Vec<StateId>>, c: &mut Compiler) {
    let start = scope.node.get("StartAt").and_then(Node::as_str).and_then(|name| scope.states.get(name));
    // Without a start nothing is reachable, which StartAt's own complaint says better.
    let Some(start) = start else { return };
    let mut reached = HashSet::from([*start]);
    let mut ahead = vec![*start];
    while let Some(state) = ahead.pop() {
        for next in leads_to.get(&state).into_iter().flatten() {
            if reached.insert(*next) {
                ahead.push(*next);
            }
        }
    }
    for site in c.survey.of_scope(scope).filter(|site| !reached.contains(&site.id)) {
        let message = format!("State \"{}\" is not reachable.", site.key.name);
        c.error(TRANSITION, site.key.span, &c.survey.state_pointer(site.id), message)
            .help("no 'Next', 'Default' or 'Catch' on the way from 'StartAt' leads here: add one, or remove the state");
    }
}

/// Whether a state of the scope may end it; a complaint where none does.
fn terminal(scope: &ScopeSite, c: &mut Compiler) -> bool {
    let mut states = c.survey.of_scope(scope).peekable();
    if states.peek().is_none() || states.any(|site| may_end(site.node)) {
        return true;
    }
    let place = scope.node.entry("States").map_or_else(|| opening(scope.node), |(key, _)| key.span);
    let wrong = if scope.owner.is_none() {
        c.error(MISSING_END, place, "", "Workflow has no terminal state")
    } else {
        c.warning(MISSING_END, place, &c.survey.scope_pointer(scope.id), "no state ends: this would never stop")
    };
    wrong.help("give one state \"End\": true, or add a Succeed or Fail state");
    if scope.owner.is_none() {
        // AWS gives no place.
        wrong.pointer.clear();
    }
    false
}

/// States whose type cannot be read have been told; they may be the end.
fn may_end(node: &Node) -> bool {
    match node.get("Type").and_then(Node::as_str) {
        Some("Succeed" | "Fail") | None => true,
        Some("Choice") => false,
        Some(_) => {
            let ends = node.get("End").is_some_and(|end| end.kind != NodeKind::Bool(false));
            ends || node.get("Next").is_none()
        }
    }
}
