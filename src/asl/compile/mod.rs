//! Tree → [`Program`], or everything that is wrong with it.
//!
//! Two passes: [`survey`] gives every scope and state its id, in the order of the text, so that transitions can be resolved
//! wherever they point; then each scope and state is read by the file of its type. [`fields`] is how all of them read a field,
//! and [`report`] how they complain. Where AWS's words for a mistake are known they are the message, capital letter and all.
//! Must not know: where the tree came from, executions. The tree's depth is bounded by who made it
//! ([`DEPTH_MAX`](crate::asl::syntax::json::DEPTH_MAX)).

mod assign;
mod choice;
mod distributed;
mod errors;
mod express;
mod fail;
mod fields;
mod graph;
mod map;
mod parallel;
mod parameters;
mod pass;
mod report;
mod resource;
mod scope;
mod state;
mod survey;
mod task;
#[cfg(test)]
mod tests;
mod transition;
mod variables;
mod wait;

use std::collections::BTreeSet;

use crate::asl::Program;
use crate::asl::diagnostic::{Diagnostic, Severity};
use crate::asl::jsonata;
use crate::asl::path::Path;
use crate::asl::program::{QueryLanguage, StateId};
use crate::asl::syntax::Node;
use crate::asl::template::Template;

pub use express::check_express;
use survey::Survey;

/// Validates a definition and compiles it.
///
/// The program is there when no diagnostic is an error; warnings may come with it. Diagnostics are in the order of the text.
#[must_use]
pub fn compile(definition: &Node) -> (Option<Program>, Vec<Diagnostic>) {
    let survey = Survey::of(definition);
    let mut compiler = Compiler::new(&survey);
    let program = compiler.program(definition);
    graph::check(&mut compiler);
    variables::check(&mut compiler, program.as_ref());
    let mut diagnostics = compiler.diagnostics;
    // What is said of the whole comes last, as on AWS.
    diagnostics.sort_by_key(|diagnostic| (diagnostic.code == graph::MISSING_END, diagnostic.span));
    let wrong = diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    (program.filter(|_| !wrong), diagnostics)
}

/// What the readers of all types share.
struct Compiler<'s, 'n> {
    survey: &'s Survey<'n>,
    diagnostics: Vec<Diagnostic>,
    /// Transitions that were resolved, for [`graph`].
    edges: Vec<(StateId, StateId)>,
    /// The state that is being read; transitions are resolved in its scope.
    current: StateId,
    /// Its language.
    language: QueryLanguage,
    /// What the expressions that were read since the state began read.
    reads: Reads,
    /// Fields of `$states` that the field that is being read does not have.
    absent: &'static [&'static str],
    /// All names of all `Assign`, for [`variables`].
    assigned: Vec<variables::Assigned>,
}

/// What `$states` has in some fields only: `result` in a Task's `Output` and `Assign`, `errorOutput` in those of `Catch`.
const PARTIAL: &[&str] = &["result", "errorOutput"];

/// What a state's expressions read beside its input.
#[derive(Debug, Default)]
struct Reads {
    /// The context object.
    context: bool,
    /// Variables, by name.
    variables: BTreeSet<Box<str>>,
}

impl Reads {
    fn path(&mut self, path: &Path) {
        self.context |= path.uses_context();
        self.variables.extend(path.variable().map(Box::from));
    }

    fn template(&mut self, template: &Template) {
        template.paths(&mut |path| self.path(path));
    }

    fn jsonata(&mut self, template: &jsonata::Template) {
        self.context |= template.uses_field("context");
        self.variables.extend(template.expressions().flat_map(jsonata::Expression::variables).map(Box::from));
    }
}

impl<'s, 'n> Compiler<'s, 'n> {
    fn new(survey: &'s Survey<'n>) -> Self {
        let (language, reads) = (QueryLanguage::default(), Reads::default());
        Self {
            survey,
            diagnostics: Vec::new(),
            edges: Vec::new(),
            current: StateId(0),
            language,
            reads,
            absent: PARTIAL,
            assigned: Vec::new(),
        }
    }

    /// The program, where every part of it could be read.
    fn program(&mut self, definition: &Node) -> Option<Program> {
        let timeout_seconds = scope::machine(definition, self);
        let scopes: Vec<_> = self.survey.scopes.iter().map(|site| scope::scope(site, self)).collect();
        let states: Vec<_> = self.survey.states.iter().map(|site| state::state(site, self)).collect();
        Some(Program {
            states: states.into_iter().collect::<Option<_>>()?,
            scopes: scopes.into_iter().collect::<Option<_>>()?,
            timeout_seconds,
        })
    }
}
