//! Definitions' texts → programs, each revision compiled once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::asl::diagnostic::{Diagnostic, Severity};
use crate::asl::syntax::{Sources, json};
use crate::asl::{Program, check_express, compile};
use crate::engine::api::{EngineError, StateMachineType};
use crate::engine::store::StoredMachine;

/// At most so many programs are kept that no running execution holds.
const PROGRAMS_MAX: usize = 256;

/// Compiled revisions, shared by the driver and the reads.
#[derive(Debug, Default)]
pub(super) struct Programs(Mutex<HashMap<i64, Arc<Program>>>);

impl Programs {
    /// The program of a machine as it is at a revision.
    pub(super) fn get(&self, stored: &StoredMachine) -> Result<Arc<Program>, EngineError> {
        if let Some(program) = self.lock().get(&stored.revision) {
            return Ok(Arc::clone(program));
        }
        // A later version may refuse what an earlier one took; that is nothing the caller of now could correct.
        let spec = &stored.machine.spec;
        let program = Definition::read(&spec.definition).of_type(spec.machine_type).map_err(|diagnostics| {
            let first = diagnostics.first().map_or("it cannot be compiled", |first| first.message.as_str());
            EngineError::Store(format!("the definition of {} as it was kept: {first}", spec.arn))
        })?;
        Ok(self.put(stored.revision, program))
    }

    /// Keeps the program of a revision.
    pub(super) fn put(&self, revision: i64, program: Program) -> Arc<Program> {
        let program = Arc::new(program);
        let mut programs = self.lock();
        if programs.len() >= PROGRAMS_MAX {
            programs.retain(|_, program| Arc::strong_count(program) > 1);
        }
        programs.insert(revision, Arc::clone(&program));
        program
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<i64, Arc<Program>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A definition that was read. A large one takes a while, so that is done where nobody else waits; of which type its
/// machine is may be known only later.
#[derive(Debug)]
pub(super) struct Definition {
    program: Option<Program>,
    diagnostics: Vec<Diagnostic>,
    /// What is wrong with it in an Express machine only.
    express: Vec<Diagnostic>,
}

impl Definition {
    /// Parses, validates and compiles a text.
    pub(super) fn read(text: &str) -> Self {
        let mut sources = Sources::default();
        let source = sources.add("<definition>", text);
        let (tree, mut diagnostics) = json::parse(&sources, source);
        let Some(tree) = tree else { return Self { program: None, diagnostics, express: Vec::new() } };
        let (program, more) = compile(&tree);
        diagnostics.extend(more);
        Self { program, diagnostics, express: check_express(&tree) }
    }

    /// The program, or all that is wrong with it in a machine of that type.
    pub(super) fn of_type(self, machine_type: StateMachineType) -> Result<Program, Vec<Diagnostic>> {
        let mut diagnostics = self.diagnostics;
        if machine_type == StateMachineType::Express {
            diagnostics.extend(self.express);
        }
        let wrong = diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
        self.program.filter(|_| !wrong).ok_or(diagnostics)
    }
}
