//! Intrinsic functions: `States.Format('{}', $.a)`.
//!
//! Owns: their parser, their arguments, one file per family of functions. Must not know: templates, randomness (a seed
//! comes with the [`Data`]). Start reading at [`Call::evaluate`]; [`catalog`] lists every function.
//!
//! See <https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html>. Where AWS's service is seen to
//! do something else than this page says (fractions are cut off, empty parts of a split are dropped), it is done as the
//! service does it.

use std::borrow::Cow;
use std::fmt;

use serde_json::Value;

use crate::asl::Fault;
use crate::asl::flow::Data;
use crate::asl::intrinsic::arguments::{Arguments, INVALID, Wrong};
use crate::asl::intrinsic::catalog::Function;
use crate::asl::intrinsic::draws::Draws;
use crate::asl::path::{Path, measure};

mod arguments;
mod array;
mod catalog;
pub(in crate::asl) mod draws;
mod encoding;
mod hash;
mod json;
mod math;
mod parse;
#[cfg(test)]
mod tests;
mod text;
mod undo;
mod unique;

pub(in crate::asl) use hash::hex_digest;

/// The error of a function that cannot do its work. AWS documents `States.IntrinsicFailure`; executions on AWS are seen
/// to fail with `States.Runtime`, and that decides which Retry and Catch match.
const ERROR: &str = "States.Runtime";

/// How many function calls may stand in each other, as AWS has it.
pub(in crate::asl) const NESTING_MAX: usize = 10;

/// How many bytes of JSON the arguments of one call may have together, and its result: four times what a payload may.
/// Without it, `States.Array($, $, …)` would multiply its input.
const BYTES_MAX: usize = 1 << 20;

/// A call, its arguments parsed.
#[derive(Debug, Clone)]
pub(in crate::asl) struct Call {
    text: Box<str>,
    body: Body,
}

/// A call without its text: causes only ever show the outermost one's.
#[derive(Debug, Clone)]
struct Body {
    function: &'static Function,
    arguments: Vec<Argument>,
}

#[derive(Debug, Clone)]
enum Argument {
    Path(Path),
    Call(Body),
    /// A string, with what was written between the quotes: `States.Format` tells `\{` from `{`.
    Text {
        raw: Box<str>,
        value: Value,
    },
    /// A number, boolean or null.
    Value(Value),
}

/// What stops a call.
enum Stop {
    /// A path among the arguments selects nothing.
    Miss(String),
    /// A function does not take what it got.
    Wrong(&'static str, Wrong),
}

impl Call {
    /// Calls the function.
    ///
    /// # Errors
    /// When a path selects nothing, or a function does not take its arguments.
    pub(in crate::asl) fn evaluate(&self, data: Data<'_>, draws: &mut Draws) -> Result<Value, Fault> {
        self.body.run(data, draws).map_err(|stop| {
            let detail = match stop {
                Stop::Miss(detail) => detail,
                Stop::Wrong(name, Wrong::Arguments(None)) => format!("Invalid arguments in {name}"),
                Stop::Wrong(name, Wrong::Arguments(Some(detail))) => format!("Invalid arguments in {name}: {detail}"),
                Stop::Wrong(name, Wrong::Template(detail)) => format!("Invalid template in {name}: {detail}"),
            };
            Fault::new(ERROR, format!("The function '{}' had the following error: {detail}", self.text))
        })
    }

    /// Whether any argument reads the context object.
    pub(in crate::asl) fn uses_context(&self) -> bool {
        self.body.any_path(&Path::uses_context)
    }

    /// Calls `each` with every path among the arguments.
    pub(in crate::asl) fn paths(&self, each: &mut dyn FnMut(&Path)) {
        self.body.paths(each);
    }

    /// Whether any argument reads the state's input.
    pub(in crate::asl) fn uses_input(&self) -> bool {
        self.body.any_path(&Path::uses_input)
    }
}

impl Body {
    fn any_path(&self, holds: &dyn Fn(&Path) -> bool) -> bool {
        self.arguments.iter().any(|argument| match argument {
            Argument::Path(path) => holds(path),
            Argument::Call(call) => call.any_path(holds),
            Argument::Text { .. } | Argument::Value(_) => false,
        })
    }

    fn paths(&self, each: &mut dyn FnMut(&Path)) {
        for argument in &self.arguments {
            match argument {
                Argument::Path(path) => each(path),
                Argument::Call(call) => call.paths(each),
                Argument::Text { .. } | Argument::Value(_) => {}
            }
        }
    }

    fn run(&self, data: Data<'_>, draws: &mut Draws) -> Result<Value, Stop> {
        let values = self.values(data, draws)?;
        let template = match self.arguments.first() {
            Some(Argument::Text { raw, .. }) => Some(&**raw),
            _ => None,
        };
        let arguments = Arguments { values, template };
        let result = (self.function.run)(&arguments, draws).map_err(|wrong| self.wrong(wrong))?;
        self.bytes_left(BYTES_MAX, &result).map(|_| result)
    }

    /// The arguments' values. Each is measured before the next is made: there may be thousands, of a megabyte each.
    fn values<'a>(&'a self, data: Data<'a>, draws: &mut Draws) -> Result<Vec<Cow<'a, Value>>, Stop> {
        let mut values = Vec::new();
        let mut bytes_left = BYTES_MAX;
        for argument in &self.arguments {
            let value = match argument {
                Argument::Path(path) => path.evaluate(data).map_err(|_| missing(path, data))?,
                Argument::Call(call) => Cow::Owned(call.run(data, draws)?),
                Argument::Text { value, .. } | Argument::Value(value) => Cow::Borrowed(value),
            };
            bytes_left = self.bytes_left(bytes_left, &value)?;
            values.push(value);
        }
        Ok(values)
    }

    fn bytes_left(&self, before: usize, value: &Value) -> Result<usize, Stop> {
        before.checked_sub(measure(value).bytes).ok_or_else(|| self.wrong(INVALID))
    }

    fn wrong(&self, wrong: Wrong) -> Stop {
        Stop::Wrong(self.function.name, wrong)
    }
}

fn missing(path: &Path, data: Data<'_>) -> Stop {
    let document = if path.uses_context() { data.context.to_string().into() } else { Cow::Borrowed(data.input.text()) };
    Stop::Miss(format!("The JsonPath argument for the field '{path}' could not be found in the input '{document}'"))
}

/// The call as it was written.
impl fmt::Display for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}
