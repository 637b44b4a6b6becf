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
        let program = parse_definition(&spec.definition, spec.machine_type).map_err(|diagnostics| {
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

/// Parses, validates and compiles a definition; all that is wrong with it otherwise.
pub(super) fn parse_definition(text: &str, machine_type: StateMachineType) -> Result<Program, Vec<Diagnostic>> {
    let mut sources = Sources::default();
    let source = sources.add("<definition>", text);
    let (tree, mut diagnostics) = json::parse(&sources, source);
    let Some(tree) = tree else { return Err(diagnostics) };
    let (program, more) = compile(&tree);
    diagnostics.extend(more);
    if machine_type == StateMachineType::Express {
        diagnostics.extend(check_express(&tree));
    }
    let wrong = diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    program.filter(|_| !wrong).ok_or(diagnostics)
}
