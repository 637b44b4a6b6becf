//! `$states`: what a state was given and made, of which an evaluation is handed what it reads.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html>

use jsonata_core::value::JValue;
use serde_json::{Map, Value};

use crate::asl::Payload;
use crate::asl::flow::{Data, Outcome};
use crate::asl::jsonata::Expression;
use crate::asl::jsonata::value::Large;

/// A field of it.
#[derive(Clone, Copy)]
enum Field<'a> {
    Payload(&'a Payload),
    Value(&'a Value),
}

impl<'a> Field<'a> {
    fn value(self) -> &'a Value {
        match self {
            Self::Payload(payload) => payload.value(),
            Self::Value(value) => value,
        }
    }
}

/// The fields that there are, in order.
fn fields(data: Data<'_>) -> impl Iterator<Item = (&'static str, Field<'_>)> {
    let outcome = data.outcome.map(|outcome| match outcome {
        Outcome::Result(result) => ("result", Field::Payload(result)),
        Outcome::Error(error) => ("errorOutput", Field::Payload(error)),
    });
    let context = (!data.context.is_null()).then_some(("context", Field::Value(data.context)));
    [Some(("input", Field::Payload(data.input))), context, outcome].into_iter().flatten()
}

/// One field.
pub(super) fn field<'a>(data: Data<'a>, name: &str) -> Option<&'a Value> {
    fields(data).find(|(known, _)| *known == name).map(|(_, field)| field.value())
}

/// All of it.
pub(super) fn whole(data: Data<'_>) -> Value {
    fields(data).map(|(name, field)| (name.to_owned(), field.value().clone())).collect::<Map<_, _>>().into()
}

/// As much of it as some expressions read, on its way to the thread that evaluates them.
#[derive(Default)]
pub(super) struct States(Vec<(&'static str, Kept)>);

enum Kept {
    Whole(Payload),
    Part(Value),
}

impl States {
    pub(super) fn read(data: Data<'_>, expressions: &[(usize, Expression)]) -> Self {
        let reads = expressions.iter().flat_map(|(_, expression)| &expression.0.survey.states);
        let reads: Vec<&[String]> = reads.map(Vec::as_slice).collect();
        let kept = fields(data).filter_map(|(name, field)| {
            let reads = behind(&reads, name);
            let kept = match field {
                _ if reads.is_empty() => return None,
                Field::Payload(payload) if is_whole(&reads) => Kept::Whole(payload.clone()),
                field => Kept::Part(part(field.value(), &reads)),
            };
            Some((name, kept))
        });
        Self(kept.collect())
    }

    /// As the evaluator has it.
    pub(super) fn import(&self, large: &mut Large) -> JValue {
        let fields = self.0.iter().map(|(name, kept)| {
            let value = match kept {
                Kept::Whole(payload) => payload.value(),
                Kept::Part(value) => value,
            };
            ((*name).to_owned(), large.import(value))
        });
        JValue::object(fields.collect())
    }
}

/// How the names that are read go on behind `name`; nothing where it is not read.
fn behind<'r>(reads: &[&'r [String]], name: &str) -> Vec<&'r [String]> {
    let behind = reads.iter().filter_map(|names| match names.split_first() {
        None => Some(*names),
        Some((first, rest)) => (first == name).then_some(rest),
    });
    behind.collect()
}

/// Whether something is read with everything in it.
fn is_whole(reads: &[&[String]]) -> bool {
    reads.iter().any(|names| names.is_empty())
}

/// A value without the fields that are not read. A name behind an array is looked up in each of its items.
fn part(value: &Value, reads: &[&[String]]) -> Value {
    match value {
        Value::Object(fields) if !is_whole(reads) => {
            let mut object = Map::new();
            for (name, value) in fields {
                let reads = behind(reads, name);
                if !reads.is_empty() {
                    object.insert(name.clone(), part(value, &reads));
                }
            }
            Value::Object(object)
        }
        Value::Array(items) if !is_whole(reads) => {
            let mut list = Vec::with_capacity(items.len());
            for item in items {
                list.push(part(item, reads));
            }
            Value::Array(list)
        }
        value => value.clone(),
    }
}
