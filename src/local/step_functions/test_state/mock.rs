//! What a mock gives instead of a state's work, and whether it may.

use serde_json::{Map, Value};

use crate::asl::Payload;
use crate::asl::program::{ScopeId, StateKind};
use crate::local::api_error::ApiError;
use crate::local::members::{CAUSE, DATA, ERROR, Members};
use crate::local::step_functions::payload;
use crate::local::step_functions::test_state::Configuration;
use crate::local::step_functions::test_state::definition::Found;
use crate::tasks::check_mocked;

/// `mock`
#[derive(Debug)]
pub(super) struct Mock {
    pub(super) gives: Gives,
    validation: Validation,
}

/// What it gives.
#[derive(Debug)]
pub(super) enum Gives {
    Result(Payload),
    Error { error: String, cause: Option<String> },
}

/// `fieldValidationMode`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Validation {
    Strict,
    Present,
    None,
}

impl Mock {
    /// # Errors
    /// `ValidationException`
    pub(super) fn read(given: Map<String, Value>) -> Result<Self, ApiError> {
        let mut members = Members::within("mock", given);
        let result = members.optional("result", DATA);
        let error = members.structure("errorOutput");
        let validation = match members.one_of("fieldValidationMode", &["STRICT", "PRESENT", "NONE"]) {
            Some("PRESENT") => Validation::Present,
            Some("NONE") => Validation::None,
            _ => Validation::Strict,
        };
        members.finish()?;
        let mocked = match (result, error) {
            (Some(result), None) => {
                let refuse = |why: &str| ApiError::validation(format!("Mocked result must be valid JSON: {why}"));
                Gives::Result(payload(result, refuse)?)
            }
            (None, Some(error)) => {
                let mut members = Members::within("mock.errorOutput", error);
                let error = members.optional("error", ERROR);
                let cause = members.optional("cause", CAUSE);
                members.finish()?;
                let missing = "Mocked errorOutput must have the field 'error'.";
                Gives::Error { error: error.ok_or_else(|| ApiError::validation(missing))?, cause }
            }
            _ => {
                let message = "A test mock should have only one of the following fields: [result, errorOutput].";
                return Err(ApiError::validation(message));
            }
        };
        Ok(Self { gives: mocked, validation })
    }

    /// Refuses what cannot be the result or the error of this state.
    ///
    /// # Errors
    /// `ValidationException`
    pub(super) fn check(&self, found: &Found, configuration: &Configuration) -> Result<(), ApiError> {
        let state = found.state();
        let result = match &self.gives {
            Gives::Result(result) => Some(result.value()),
            Gives::Error { .. } => None,
        };
        match &state.kind {
            StateKind::Task(task) => {
                if let (Some(result), true) = (result, self.validation != Validation::None) {
                    let complete = self.validation == Validation::Strict;
                    check_mocked(&task.resource, result, complete)
                        .map_err(|why| ApiError::validation(format!("Mock result schema validation error: {why}")))?;
                }
            }
            StateKind::Parallel(parallel) => {
                check_parallel(result, parallel.branches.len())?;
                check_cause(configuration, found, &parallel.branches)?;
            }
            StateKind::Map(map) => {
                let writer = map.distributed.as_ref().and_then(|distributed| distributed.writer.as_ref());
                check_map(result, writer.is_some())?;
                check_cause(configuration, found, &[map.processor])?;
            }
            _ => {
                let message = format!("State type '{}' is not supported when a mock is specified", state.type_name());
                return Err(ApiError::validation(message));
            }
        }
        Ok(())
    }
}

fn check_parallel(result: Option<&Value>, branches: usize) -> Result<(), ApiError> {
    let Some(result) = result else { return Ok(()) };
    let items = result.as_array().ok_or_else(not_an_array)?;
    if items.len() != branches {
        let message = "Mocked result must contain the same number of items as number of Parallel branches.";
        return Err(ApiError::validation(message));
    }
    Ok(())
}

/// `written`: what a `ResultWriter` gives is an object that says where the results are.
fn check_map(result: Option<&Value>, written: bool) -> Result<(), ApiError> {
    match result {
        Some(result) if written && !result.is_object() => Err(ApiError::validation("Mocked result must be an object.")),
        Some(result) if !written && !result.is_array() => Err(not_an_array()),
        _ => Ok(()),
    }
}

fn not_an_array() -> ApiError {
    ApiError::validation("Mocked result must be an array.")
}

/// `errorCausedByState` names a state within the one under test.
fn check_cause(configuration: &Configuration, found: &Found, scopes: &[ScopeId]) -> Result<(), ApiError> {
    let Some(name) = &configuration.error_caused_by_state else { return Ok(()) };
    let inside = |state: &&crate::asl::program::State| is_within(found, state.scope, scopes);
    let known = found.program.states.iter().filter(inside).any(|state| *state.name == **name);
    if known { Ok(()) } else { Err(ApiError::validation(format!("State '{name}' not found in definition"))) }
}

/// Whether a scope is one of `scopes`, or within one.
fn is_within(found: &Found, scope: ScopeId, scopes: &[ScopeId]) -> bool {
    let mut scope = Some(scope);
    while let Some(id) = scope {
        if scopes.contains(&id) {
            return true;
        }
        scope = found.program.scope(id).owner.map(|owner| found.program.state(owner).scope);
    }
    false
}
