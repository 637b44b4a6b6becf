//! What fills in a field, in either query language.

use serde_json::Value;

use crate::asl::flow::{Data, SECONDS_MAX};
use crate::asl::jsonata::{self, EvaluationFailed, Expected};
use crate::asl::template::Template;
use crate::asl::{Fault, Payload, timestamp};

/// A field with expressions in it: `Parameters`, `ResultSelector`, `Arguments`, `Output`, `Assign`, …
#[derive(Debug, Clone)]
pub enum Filling {
    /// `"key.$"` has a path or an intrinsic function as its value.
    Paths(Template),
    /// Every `"{% … %}"` is an expression.
    Jsonata(jsonata::Template),
}

impl Filling {
    /// The value with every expression replaced by what it gives; `field` is how a fault calls it.
    ///
    /// # Errors
    /// `States.Runtime` or `States.QueryEvaluationError`.
    pub fn fill(&self, data: Data<'_>, field: &'static str) -> Result<Payload, Fault> {
        match self {
            Self::Paths(template) => template.fill(data, field).map(Payload::from),
            Self::Jsonata(template) => Ok(template.fill(data, field)?.into()),
        }
    }

    /// What a state calls the field with which it shapes what it gives to its work.
    #[must_use]
    pub fn field(&self) -> &'static str {
        match self {
            Self::Paths(_) => "Parameters",
            Self::Jsonata(_) => "Arguments",
        }
    }
}

/// Fills in a field whose value must have a type.
fn typed(
    template: &jsonata::Template,
    data: Data<'_>,
    field: &'static str,
    expected: Expected,
) -> Result<Value, Fault> {
    template.fill_as(data, field, expected).map_err(Fault::from)
}

/// What AWS calls an expression that cannot be evaluated, or gives what the field cannot take.
pub(in crate::asl) const ERROR: &str = "States.QueryEvaluationError";

/// A field that is true or false.
pub(in crate::asl) fn boolean(
    template: &jsonata::Template,
    data: Data<'_>,
    field: &'static str,
) -> Result<bool, Fault> {
    typed(template, data, field, Expected::Boolean).map(|value| value == Value::Bool(true))
}

/// A field that is an array.
pub(in crate::asl) fn array(template: &jsonata::Template, data: Data<'_>, field: &'static str) -> Result<Value, Fault> {
    typed(template, data, field, Expected::Array)
}

/// A field that is a string.
pub(in crate::asl) fn text(template: &jsonata::Template, data: Data<'_>, field: &'static str) -> Result<String, Fault> {
    let value = typed(template, data, field, Expected::String)?;
    Ok(value.as_str().unwrap_or_default().to_owned())
}

/// A field that is a number.
pub(in crate::asl) fn number(template: &jsonata::Template, data: Data<'_>, field: &'static str) -> Result<f64, Fault> {
    typed(template, data, field, Expected::Number).map(|value| value.as_f64().unwrap_or_default())
}

/// A field that is a whole number from 0 to [`SECONDS_MAX`].
pub(in crate::asl) fn whole(template: &jsonata::Template, data: Data<'_>, field: &'static str) -> Result<u64, Fault> {
    let value = typed(template, data, field, Expected::Integer)?;
    let whole = value.as_u64().or_else(|| integral(value.as_f64()?));
    whole.filter(|whole| *whole <= SECONDS_MAX).ok_or_else(|| {
        let cause = format!(
            "The JSONata expression '{}' specified for the field '{field}' returned a value that is not a whole number \
             from 0 to {SECONDS_MAX}: {value}",
            source(template)
        );
        Fault::evaluation(ERROR, cause, Some(field.to_owned()))
    })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was checked")]
fn integral(number: f64) -> Option<u64> {
    (number.fract() == 0.0 && (0.0..=1e15).contains(&number)).then_some(number as u64)
}

/// A field that is a time, in milliseconds since 1970.
pub(in crate::asl) fn timestamp(
    template: &jsonata::Template,
    data: Data<'_>,
    field: &'static str,
) -> Result<i64, Fault> {
    let value = text(template, data, field)?;
    timestamp::parse(&value).ok_or_else(|| {
        let cause = format!(
            "The JSONata expression '{}' specified for the field '{field}' returned a value that is not a valid \
             ISO-8601 extended offset date-time format string: {}",
            source(template),
            Value::from(value.as_str())
        );
        Fault::evaluation(ERROR, cause, Some(field.to_owned()))
    })
}

/// The expression of a field that is one.
fn source(template: &jsonata::Template) -> &str {
    template.expressions().next().map_or("", jsonata::Expression::source)
}

impl From<EvaluationFailed> for Fault {
    fn from(failed: EvaluationFailed) -> Self {
        Self::evaluation(failed.error, failed.cause, failed.location)
    }
}
