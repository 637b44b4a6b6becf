//! Expressions so plain that they need no evaluator: literals, and names behind a variable. They are answered where they
//! are asked, and what they pass on stays as it is: a 1.0 is no 1 then, and no integer is too large.

use jsonata_core::ast::AstNode;
use serde_json::Value;

use crate::asl::flow::Data;
use crate::asl::jsonata::states;
use crate::asl::jsonata::survey::{is_plain, plain_name};

/// A plain expression.
#[derive(Debug)]
pub(super) enum Shortcut {
    Literal(Value),
    /// A variable's name, and the names behind it.
    Path(Box<str>, Vec<Box<str>>),
    /// Fixed names and plain expressions.
    Object(Vec<(Box<str>, Self)>),
}

/// What came of it.
pub(super) enum Answer {
    /// The value, or nothing (undefined).
    Value(Option<Value>),
    /// It met an array on its way, over which the evaluator has to map.
    Unsure,
}

impl Shortcut {
    pub(super) fn of(node: &AstNode) -> Option<Self> {
        match node {
            AstNode::String(text) => Some(Self::Literal(text.as_str().into())),
            AstNode::Boolean(flag) => Some(Self::Literal((*flag).into())),
            AstNode::Null => Some(Self::Literal(Value::Null)),
            AstNode::Variable(name) => Some(Self::Path(variable(name)?, Vec::new())),
            AstNode::Path { steps } => {
                let (first, rest) = steps.split_first()?;
                let AstNode::Variable(name) = &first.node else { return None };
                let names: Option<Vec<Box<str>>> = rest.iter().map(|step| plain_name(step).map(Into::into)).collect();
                is_plain(first).then_some(())?;
                Some(Self::Path(variable(name)?, names?))
            }
            AstNode::Object(pairs) => {
                let mut fields: Vec<(Box<str>, Self)> = Vec::with_capacity(pairs.len());
                for (key, value) in pairs {
                    let AstNode::String(key) = key else { return None };
                    if fields.iter().any(|(known, _)| **known == **key) {
                        return None;
                    }
                    fields.push((key.as_str().into(), Self::of(value)?));
                }
                Some(Self::Object(fields))
            }
            _ => None,
        }
    }

    pub(super) fn answer(&self, data: Data<'_>) -> Answer {
        match self {
            Self::Literal(value) => Answer::Value(Some(value.clone())),
            Self::Path(variable, names) if &**variable == "states" => match names.split_first() {
                Some((first, names)) => follow(states::field(data, first), names),
                None => Answer::Value(Some(states::whole(data))),
            },
            Self::Path(variable, names) => match data.variables.get(variable) {
                Some(payload) => follow(Some(payload.value()), names),
                // A function's name, or nothing: both are told by the evaluator.
                None => Answer::Unsure,
            },
            Self::Object(fields) => {
                let mut object = serde_json::Map::with_capacity(fields.len());
                for (name, field) in fields {
                    match field.answer(data) {
                        Answer::Unsure => return Answer::Unsure,
                        Answer::Value(None) => {}
                        Answer::Value(Some(value)) => {
                            object.insert(name.to_string(), value);
                        }
                    }
                }
                Answer::Value(Some(Value::Object(object)))
            }
        }
    }
}

fn follow(first: Option<&Value>, names: &[Box<str>]) -> Answer {
    let mut value = first;
    for name in names {
        value = match value {
            Some(Value::Object(fields)) => fields.get(&**name),
            Some(Value::Array(_)) => return Answer::Unsure,
            _ => None,
        };
    }
    Answer::Value(value.cloned())
}

/// A variable by its name; `$` and `$$` are something else.
fn variable(name: &str) -> Option<Box<str>> {
    (!name.is_empty() && name != "$").then(|| name.into())
}
