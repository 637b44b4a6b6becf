//! What only shows when all transitions are known: states that nothing reaches, scopes without an end, doubled names.

use std::collections::{HashMap, HashSet};

use super::Compiler;
use super::report::TRANSITION;
use super::survey::{ScopeSite, opening};
use crate::asl::program::StateId;
use crate::asl::syntax::{Node, NodeKind};

pub(super) fn check(c: &mut Compiler) {
    names(c);
    let survey = c.survey;
    let mut leads_to: HashMap<StateId, Vec<StateId>> = HashMap::new();
    for (from, to) in &c.edges {
        leads_to.entry(*from).or_default().push(*to);
    }
    for scope in &survey.scopes {
        reachable(scope, &leads_to, c);
        terminal(scope, c);
    }
}

/// State names are unique in the whole machine.
fn names(c: &mut Compiler) {
    let mut seen = HashMap::new();
    for site in &c.survey.states {
        let Some(first) = seen.insert(&site.key.name, site) else { continue };
        seen.insert(&site.key.name, first);
        let message = format!("Duplicate State name: {}", site.key.name);
        c.error("DUPLICATE_STATE_NAME", site.key.span, &site.pointer, message)
            .help(format!("{} has this name already: a name is used once in a machine", first.pointer));
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
    for site in c.survey.states.iter().filter(|site| site.scope == scope.id && !reached.contains(&site.id)) {
        let message = format!("State \"{}\" is not reachable.", site.key.name);
        c.error(TRANSITION, site.key.span, &site.pointer, message)
            .help("no 'Next', 'Default' or 'Catch' on the way from 'StartAt' leads here: add one, or remove the state");
    }
}

fn terminal(scope: &ScopeSite, c: &mut Compiler) {
    let mut states = c.survey.states.iter().filter(|site| site.scope == scope.id).peekable();
    // States without a readable type or transition have been told; they may be the end.
    let may_end = |node: &Node| match node.get("Type").and_then(Node::as_str) {
        Some("Succeed" | "Fail") | None => true,
        Some("Choice") => false,
        Some(_) => node.get("End").is_some_and(|end| end.kind != NodeKind::Bool(false)) || node.get("Next").is_none(),
    };
    if states.peek().is_none() || states.any(|site| may_end(site.node)) {
        return;
    }
    let place = scope.node.entry("States").map_or_else(|| opening(scope.node), |(key, _)| key.span);
    c.error(
        "MISSING_END_STATE",
        place,
        &format!("{}/States", scope.pointer),
        "no state ends: the execution would never stop",
    )
    .help("give one state \"End\": true, or add a Succeed or Fail state");
}
