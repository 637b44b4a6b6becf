//! What a state does with its data, step by step, apart from waiting and from work outside.
//!
//! Each step gives what it made, so that whoever runs a state can show it.

use std::sync::Arc;

use super::{Data, Outcome, choose, fill, merge, seconds, select, text};
use crate::asl::choice::Rule;
use crate::asl::program::{Next, QueryLanguage, ResultPath, Seconds, State, StateId, Task, Text};
use crate::asl::{Fault, Filling, Payload};

/// What a state ends with: what `$` is in the `Assign` of a JSONPath state, and whether JSONata sees it beside its input.
#[derive(Debug, Clone, Copy)]
pub enum Basis<'a> {
    /// The input, or what the state made of it.
    Input(&'a Payload),
    /// The result of a Task, Parallel or Map.
    Result(&'a Payload),
    /// An error, as a catcher sees it.
    Error(&'a Payload),
}

impl<'a> Basis<'a> {
    fn payload(self) -> &'a Payload {
        match self {
            Self::Input(payload) | Self::Result(payload) | Self::Error(payload) => payload,
        }
    }

    fn outcome(self) -> Option<Outcome<'a>> {
        match self {
            Self::Input(_) => None,
            Self::Result(result) => Some(Outcome::Result(result)),
            Self::Error(error) => Some(Outcome::Error(error)),
        }
    }
}

/// What a state, a rule or a catcher says about what is handed on.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shape<'a> {
    /// `Assign`
    pub assign: Option<&'a Filling>,
    /// `Output` (JSONata).
    pub output: Option<&'a Filling>,
}

impl<'a> Shape<'a> {
    /// The state's own; for a Choice where no rule matches.
    #[must_use]
    pub fn of(state: &'a State) -> Self {
        Self { assign: state.assign.as_ref(), output: state.output.as_ref() }
    }

    fn of_rule(rule: &'a Rule) -> Self {
        Self { assign: rule.assign.as_ref(), output: rule.output.as_ref() }
    }
}

/// What a state hands on.
#[derive(Debug)]
pub struct Left {
    /// Its output.
    pub output: Payload,
    /// An object: the variables that it sets, and their values.
    pub assigned: Option<Payload>,
}

/// What `Pass` makes.
#[derive(Debug)]
pub struct Passed {
    /// What `Parameters` made of its effective input.
    pub parameters: Payload,
    /// `Result`, else the same.
    pub result: Payload,
    /// The input with the result in its place.
    pub output: Payload,
}

/// What a Task asks for.
#[derive(Debug)]
pub struct Asked {
    /// What `Parameters` or `Arguments` made.
    pub input: Payload,
    /// `TimeoutSeconds`
    pub timeout_seconds: Option<u64>,
    /// `HeartbeatSeconds`
    pub heartbeat_seconds: Option<u64>,
    /// `RoleArn` of `Credentials`.
    pub role_arn: Option<Arc<str>>,
}

/// What a Task, a Parallel or a Map makes of its result.
#[derive(Debug)]
pub struct Finished {
    /// What `ResultSelector` made.
    pub selected: Payload,
    /// The raw input with that in its place.
    pub output: Payload,
}

/// Leaves a state with `output`, whose raw input `data` has: `Assign`, then `Output` or `OutputPath`.
///
/// # Errors
/// The fault of a field that cannot be evaluated.
pub fn leave(
    state: &State,
    shape: Shape<'_>,
    basis: Basis<'_>,
    output: &Payload,
    data: Data<'_>,
) -> Result<Left, Fault> {
    let seen = if state.query_language == QueryLanguage::Jsonata { data.input } else { basis.payload() };
    let shaped = Data { input: seen, outcome: basis.outcome(), ..data };
    let assigned = shape.assign.map(|assign| fill(assign, shaped, "Assign")).transpose()?;
    let output = match (shape.output, basis) {
        (Some(shape), _) => fill(shape, shaped, "Output")?,
        // What a catcher hands on is not looked at by the state's own paths.
        (None, Basis::Error(_)) => output.clone(),
        (None, _) => select(&state.output_path, Data { input: output, ..data }, "OutputPath")?,
    };
    Ok(Left { output, assigned })
}

/// `Parameters` or `Arguments` of the effective input that `data` has.
///
/// # Errors
/// As [`fill`].
pub fn shape_input(parameters: Option<&Filling>, data: Data<'_>) -> Result<Payload, Fault> {
    parameters.map_or_else(|| Ok(data.input.clone()), |parameters| fill(parameters, data, parameters.field()))
}

/// A `Pass`, whose effective input `data` has.
///
/// # Errors
/// The fault of a field that cannot be evaluated.
pub fn pass(
    result: Option<&Payload>,
    parameters: Option<&Filling>,
    path: &ResultPath,
    raw_input: &Payload,
    data: Data<'_>,
) -> Result<Passed, Fault> {
    let parameters = shape_input(parameters, data)?;
    let result = result.unwrap_or(&parameters).clone();
    let output = merge(path, raw_input, result.clone())?;
    Ok(Passed { parameters, result, output })
}

/// What a Task asks for, whose effective input `data` has.
///
/// # Errors
/// The fault of a field that cannot be evaluated.
pub fn ask(task: &Task, data: Data<'_>) -> Result<Asked, Fault> {
    let in_seconds = |limit: Option<&Seconds>, field| limit.map(|limit| seconds(limit, data, field)).transpose();
    let timeout_seconds = in_seconds(task.timeout.as_ref(), "TimeoutSecondsPath")?;
    let heartbeat_seconds = in_seconds(task.heartbeat.as_ref(), "HeartbeatSecondsPath")?;
    let input = shape_input(task.parameters.as_ref(), data)?;
    let credentials =
        task.credentials.as_ref().map(|credentials| fill(credentials, data, "Credentials")).transpose()?;
    let role_arn = credentials.and_then(|credentials| Some(credentials.value()["RoleArn"].as_str()?.into()));
    Ok(Asked { input, timeout_seconds, heartbeat_seconds, role_arn })
}

/// `ResultSelector` and `ResultPath`. `data` has the result.
///
/// # Errors
/// The fault of a field that cannot be evaluated.
pub fn finish(
    selector: Option<&Filling>,
    path: &ResultPath,
    raw_input: &Payload,
    data: Data<'_>,
) -> Result<Finished, Fault> {
    let selected = match selector {
        Some(selector) => fill(selector, data, "ResultSelector")?,
        None => data.input.clone(),
    };
    let output = merge(path, raw_input, selected.clone())?;
    Ok(Finished { selected, output })
}

/// Where a Choice leads, whose effective input `data` has, and what is said about what goes there.
///
/// # Errors
/// When a rule cannot be decided, or none matches and there is no `Default`. That is a `States.Runtime`, as recorded, against
/// the documentation's `States.NoChoiceMatched`.
pub fn way<'s>(state: &'s State, rules: &'s [Rule], data: Data<'_>) -> Result<(Shape<'s>, StateId), Fault> {
    match (choose(rules, data)?, state.next) {
        (Some(rule), _) => Ok((Shape::of_rule(rule), rule.next)),
        (None, Next::State(next)) => Ok((Shape::of(state), next)),
        (None, Next::End | Next::NoChoiceMatched) => {
            let cause = "Failed to transition out of the state. The state does not point to a next state.";
            Err(Fault::runtime(cause))
        }
    }
}

/// `Error` and `Cause` of a `Fail`, whose raw input `data` has.
///
/// # Errors
/// As [`text`].
pub fn failure(
    error: Option<&Text>,
    cause: Option<&Text>,
    data: Data<'_>,
) -> Result<(Option<String>, Option<String>), Fault> {
    let read = |field: Option<&Text>, name| field.map(|field| text(field, data, name)).transpose();
    Ok((read(error, "ErrorPath")?, read(cause, "CausePath")?))
}
