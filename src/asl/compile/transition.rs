//! Where states lead: `Next`, `End`, `Default`, `StartAt`.

use super::Compiler;
use super::fields::{Field, Fields};
use super::report::{SCHEMA, TRANSITION};
use super::survey::{ScopeSite, Survey};
use crate::asl::diagnostic::Diagnostic;
use crate::asl::program::{Next, ScopeId, StateId};

/// `Next` or `End` of the current state.
pub(super) fn next(fields: &Fields, c: &mut Compiler) -> Option<Next> {
    let end = fields.get("End");
    let ends = end.as_ref().and_then(|field| field.boolean(c)).unwrap_or_default();
    let next = fields.get("Next").map(|field| c.target(&field));
    match (next, end) {
        (Some(_), Some(end)) if ends => {
            c.error(SCHEMA, end.key.span, &end.pointer, "'Next' and 'End' exclude each other")
                .help("remove 'End' to go on, or 'Next' to end here");
            None
        }
        (Some(target), _) => target.map(Next::State),
        (None, Some(_)) if ends => Some(Next::End),
        (None, _) => {
            c.error(SCHEMA, fields.place, &fields.pointer, "the state has neither 'Next' nor 'End'")
                .help("write \"Next\": \"…\" with the name of a state, or \"End\": true");
            None
        }
    }
}

/// `Next` and `Default` as they are, where it is not known which of them the state must have.
pub(super) fn outer(fields: &Fields, c: &mut Compiler) {
    for name in ["Next", "Default"] {
        if let Some(field) = fields.get(name) {
            c.target(&field);
        }
    }
}

/// The transitions of `Choices` and `Catch`, where these cannot be read otherwise.
pub(super) fn inner(fields: &Fields, c: &mut Compiler) {
    for name in ["Choices", "Catch"] {
        let Some(field) = fields.get(name) else { continue };
        for (at, item) in field.node.items().unwrap_or_default().iter().enumerate() {
            let Some((key, node)) = item.entry("Next") else { continue };
            let pointer = format!("{}[{at}]/Next", field.pointer);
            c.target(&Field { key, node, pointer });
        }
    }
}

impl Compiler<'_, '_> {
    /// The state that a transition of the current state names.
    pub(super) fn target(&mut self, field: &Field) -> Option<StateId> {
        let name = field.string(self)?;
        let target = self.resolve(self.survey.state(self.current).scope, name, field)?;
        self.edges.push((self.current, target));
        Some(target)
    }

    /// The state called `name` in `scope`; a complaint where there is none.
    pub(super) fn resolve(&mut self, scope: ScopeId, name: &str, field: &Field) -> Option<StateId> {
        let scope = self.survey.scope_of(scope);
        if let Some(target) = scope.states.get(name) {
            return Some(*target);
        }
        // AWS calls it 'Next' in `Default` too.
        let field_name = if field.key.name == "Default" { "Next" } else { &field.key.name };
        let message = format!("Missing '{field_name}' target: {name}");
        let helps = self.diagnostics.len() < HELPED_MAX;
        let survey = self.survey;
        let wrong = self.error(TRANSITION, field.node.span, &field.pointer, message);
        if helps {
            instead(name, scope, survey, wrong);
        }
        None
    }
}

/// Behind so many complaints, names are no longer compared: a definition may hold thousands of both.
const HELPED_MAX: usize = 100;

/// Helps with the name of a state that its scope does not have.
fn instead(name: &str, scope: &ScopeSite, survey: &Survey, wrong: &mut Diagnostic) {
    if let Some(site) = survey.anywhere(name) {
        let place = match survey.scope_of(site.scope).owner {
            Some(owner) => format!("within \"{}\"", survey.state(owner).key.name),
            None => "in the machine's own States".to_owned(),
        };
        wrong.help(format!("\"{name}\" stands {place}: transitions stay among the states of one States object"));
        return;
    }
    let names: Vec<&str> = survey.of_scope(scope).map(|site| site.key.name.as_str()).collect();
    if !wrong.did_you_mean(name, names.iter().copied()) {
        match names.as_slice() {
            [] => {}
            [only] => wrong.help(format!("the only state here is \"{only}\"")),
            _ => wrong.help(format!("the states here are {}", listed(&names))),
        }
    }
}

/// At most so many names are listed.
const LISTED_MAX: usize = 6;

fn listed(names: &[&str]) -> String {
    let shown: Vec<String> = names.iter().take(LISTED_MAX).map(|name| format!("\"{name}\"")).collect();
    let more = names.len().saturating_sub(LISTED_MAX);
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}
