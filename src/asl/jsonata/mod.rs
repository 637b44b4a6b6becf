//! JSONata: the expressions between `{%` and `%}`, and the JSON that holds them.
//!
//! Owns: compiling an expression, what it may read, evaluating it within bounds, AWS's functions and AWS's words for what
//! goes wrong. Must not know: which field of which state it is; who fills a template says that. The language itself is
//! the crate `jsonata-core`. Start reading at [`Expression::evaluate`]; [`Template`] is the JSON around expressions.
//!
//! See <https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html>.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use jsonata_core::ast::AstNode;
use jsonata_core::evaluator::{Context, Evaluator, EvaluatorOptions};
use jsonata_core::parser;
use jsonata_core::value::JValue;
use serde_json::Value;

use crate::asl::flow::Data;
use crate::asl::intrinsic::draws::Draws;
use crate::asl::jsonata::message::Stop;
use crate::asl::jsonata::shortcut::{Answer, Shortcut};
use crate::asl::jsonata::states::States;
use crate::asl::jsonata::survey::Survey;
use crate::asl::jsonata::value::Large;
use crate::asl::variables::Variables;

mod functions;
mod guard;
mod message;
mod shortcut;
mod states;
mod survey;
mod template;
#[cfg(test)]
mod tests;
mod value;
mod worker;

pub use template::{EvaluationFailed, Expected, Template, inside};

/// The longest expression, in bytes: what a definition may have at most.
const TEXT_BYTES_MAX: usize = 1 << 20;

/// How long one expression may take.
const TIME_MAX: Duration = Duration::from_secs(1);

/// How long a [`query`] may take: its bound is there to end it, not to be met.
const QUERY_TIME_MAX: Duration = Duration::from_secs(20);

/// How deep an evaluation may go; a call takes about three levels.
const DEPTH_MAX: usize = 3_000;

/// A compiled expression. Cloning is a reference count.
#[derive(Clone)]
pub struct Expression(Arc<Inner>);

struct Inner {
    source: Box<str>,
    tree: AstNode,
    survey: Survey,
    shortcut: Option<Shortcut>,
}

/// Why a text is no expression that a state may have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExpressionError {
    /// AWS's code: `INVALID_JSONATA_EXPRESSION` or `UNSUPPORTED_JSONATA_EXPRESSION`.
    pub code: &'static str,
    /// What is wrong, in AWS's words.
    pub message: String,
    /// The first byte of what is wrong.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
}

/// Why an evaluation gives no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed(Stop);

impl fmt::Display for Failed {
    /// In AWS's words, as they follow the expression and its field: `threw an error during evaluation. T2001: …`
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "threw an {}", self.0)
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Expression").field(&self.0.source).finish()
    }
}

impl Expression {
    /// Compiles what stands between `{%` and `%}`.
    ///
    /// # Errors
    /// When it is no JSONata, or reads what no state has: names without `$` at its top, `$` and `$$`.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        let source = text.trim();
        let refuse = |code, message: String| {
            let start = text.len() - text.trim_start().len();
            ExpressionError { code, message, start, end: start + source.len() }
        };
        let expression = Self::parse_any(source)
            .map_err(|text| refuse("INVALID_JSONATA_EXPRESSION", message::parts(&text).1.to_owned()))?;
        if let Some(name) = &expression.0.survey.unsupported {
            let message = format!("Reference to '{name}' at the top level is not supported.");
            return Err(refuse("UNSUPPORTED_JSONATA_EXPRESSION", message));
        }
        Ok(expression)
    }

    /// Compiles any JSONata. An error begins with its code, where it has one.
    fn parse_any(source: &str) -> Result<Self, String> {
        if source.len() > TEXT_BYTES_MAX {
            return Err(format!("The expression is longer than {TEXT_BYTES_MAX} bytes"));
        }
        let text: Box<str> = source.into();
        worker::run(TIME_MAX, move || compile(text)).unwrap_or_else(|stop| Err(format!("Parsing threw an {stop}")))
    }

    /// The expression as AWS shows it: without its delimiters and the white space within them.
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// The variables that it reads and does not assign itself, `states` apart, in order.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.0.survey.variables.iter().map(String::as_str)
    }

    /// Whether it reads the field of this name in `$states`, or may: `input`, `context`, `result`, `errorOutput`.
    pub fn uses_field(&self, field: &str) -> bool {
        self.0.survey.states.iter().any(|names| names.first().is_none_or(|first| first == field))
    }

    /// Whether it names this field of `$states`: unlike with [`Expression::uses_field`], `$states` alone is no such name.
    pub fn names_field(&self, field: &str) -> bool {
        self.0.survey.states.iter().any(|names| names.first().is_some_and(|first| first == field))
    }

    /// What it gives; `None` is undefined. `field` keeps the random numbers of a state's fields apart.
    ///
    /// # Errors
    /// When JSONata throws, or a bound is reached.
    pub fn evaluate(&self, data: Data<'_>, field: &str) -> Result<Option<Value>, Failed> {
        evaluate_all(std::slice::from_ref(self), data, field)
            .and_then(|values| values.into_iter().next().ok_or(Failure { place: 0, stop: Stop::Internal }))
            .map_err(|failure| Failed(failure.stop))
    }
}

fn compile(source: Box<str>) -> Result<Expression, String> {
    let tree = parser::parse(&source).map_err(|problem| message::normal(&problem.to_string()))?;
    let survey = Survey::of(&tree);
    let shortcut = Shortcut::of(&tree);
    let mut tree = tree;
    guard::guard(&mut tree, &|name| survey.own.contains(name));
    Ok(Expression(Arc::new(Inner { source, tree, survey, shortcut })))
}

/// The place of the expression that stopped, and why.
struct Failure {
    place: usize,
    stop: Stop,
}

/// What some expressions give, in order, up to the first that fails: the plain ones at once, the others together on a
/// thread with a large stack.
fn evaluate_all(expressions: &[Expression], data: Data<'_>, field: &str) -> Result<Vec<Option<Value>>, Failure> {
    let mut values = Vec::with_capacity(expressions.len());
    let mut hard = Vec::new();
    for (place, expression) in expressions.iter().enumerate() {
        let answer = expression.0.shortcut.as_ref().map_or(Answer::Unsure, |shortcut| shortcut.answer(data));
        values.push(match answer {
            Answer::Value(value) => value,
            Answer::Unsure => {
                hard.push((place, expression.clone()));
                None
            }
        });
    }
    if hard.is_empty() {
        return Ok(values);
    }
    let first = hard[0].0;
    let job = Job {
        states: States::read(data, &hard),
        variables: data.variables.clone(),
        draws: Draws::new(data.entropy, field.to_owned()),
        now: data.now,
        data: None,
        time: TIME_MAX,
        expressions: hard,
    };
    let results = worker::run(job.time, move || job.run()).map_err(|stop| Failure { place: first, stop })??;
    for (place, value) in results {
        values[place] = value;
    }
    Ok(values)
}

/// Everything that an evaluation needs, on its way to its thread.
struct Job {
    expressions: Vec<(usize, Expression)>,
    states: States,
    variables: Variables,
    draws: Draws,
    now: i64,
    /// The context item, which states do not have.
    data: Option<Value>,
    /// For each expression.
    time: Duration,
}

impl Job {
    fn run(&self) -> Result<Vec<(usize, Option<Value>)>, Failure> {
        let mut large = Large::default();
        let states = self.states.import(&mut large);
        let data = self.data.as_ref().map_or(JValue::Undefined, |data| large.import(data));
        let draws = Rc::new(RefCell::new(self.draws.clone()));
        // One import, however many expressions read it.
        let mut read = BTreeMap::new();
        for name in self.expressions.iter().flat_map(|(_, expression)| expression.variables()) {
            if let Some(payload) = self.variables.get(name) {
                read.entry(name).or_insert_with(|| large.import(payload.value()));
            }
        }
        let mut results = Vec::with_capacity(self.expressions.len());
        for (place, expression) in &self.expressions {
            let mut context = Context::new();
            context.bind("states".to_owned(), states.clone());
            for name in expression.variables() {
                if let Some(value) = read.get(name) {
                    context.bind(name.to_owned(), value.clone());
                }
            }
            for (name, payload) in self.variables.iter().filter(|(name, _)| survey::is_function(name)) {
                context.bind(name.to_owned(), large.import(payload.value()));
            }
            let value = self
                .one(expression, context, &data, &draws)
                .and_then(|value| large.export(&value))
                .map_err(|stop| Failure { place: *place, stop })?;
            results.push((*place, value));
        }
        Ok(results)
    }

    fn one(
        &self,
        expression: &Expression,
        context: Context,
        data: &JValue,
        draws: &Rc<RefCell<Draws>>,
    ) -> Result<JValue, Stop> {
        let options = EvaluatorOptions {
            timeout_ms: u64::try_from(self.time.as_millis()).ok(),
            cancel: None,
            max_stack_depth: Some(DEPTH_MAX),
            max_sequence_length: Some(functions::ITEMS_MAX),
        };
        let survey = &expression.0.survey;
        let stop = |error| Stop::of(&error, &survey.functions);
        let mut evaluator = Evaluator::with_options(context, options);
        functions::register(&mut evaluator, draws, self.now).map_err(stop)?;
        if self.variables.iter().any(|(name, _)| guard::is_rewritten(name)) {
            // A variable has the name of a function that is rewritten: the tree at hand calls the function.
            let mut tree = parser::parse(&expression.0.source).map_err(|_| Stop::Internal)?;
            guard::guard(&mut tree, &|name| survey.own.contains(name) || self.variables.get(name).is_some());
            return evaluator.evaluate(&tree, data).map_err(stop);
        }
        evaluator.evaluate(&expression.0.tree, data).map_err(stop)
    }
}

/// Any JSONata over any data, with AWS's functions and within the bounds of a state's: the language by itself, as its own
/// test suite wants it. A state's expressions have no data but their variables.
///
/// # Errors
/// JSONata's own, with its code in front, or why it was stopped.
pub fn query(text: &str, data: Option<&Value>, variables: &Variables) -> Result<Option<Value>, String> {
    let expression = Expression::parse_any(text)?;
    let job = Job {
        expressions: vec![(0, expression)],
        states: States::default(),
        variables: variables.clone(),
        draws: Draws::new(0, ""),
        now: 0,
        data: data.cloned(),
        time: QUERY_TIME_MAX,
    };
    let results = worker::run(job.time, move || job.run()).and_then(|results| results.map_err(|failure| failure.stop));
    let told = |stop: Stop| match stop {
        Stop::Error(message) => message,
        stop => stop.to_string(),
    };
    Ok(results.map_err(told)?.into_iter().next().and_then(|(_, value)| value))
}
