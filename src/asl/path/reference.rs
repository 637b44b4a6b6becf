//! Reference paths: names and indexes only, which can also be written to.

use std::fmt;

use serde_json::{Map, Value};

use crate::asl::path::cursor::Cursor;
use crate::asl::path::parse::{self, Surroundings};
use crate::asl::path::syntax::{Query, Root, Step};
use crate::asl::path::{ExpressionError, Path};

/// A path that can also be written to: names and indexes only.
#[derive(Debug, Clone)]
pub struct ReferencePath {
    text: Box<str>,
    places: Vec<Place>,
}

#[derive(Debug, Clone)]
enum Place {
    Name(Box<str>),
    Index(usize),
}

impl ReferencePath {
    /// Parses a whole text as a reference path: `$.a.b[0]['c']`.
    ///
    /// # Errors
    /// When it is no path, or one that may select several values, or one into the context object.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        let mut cursor = Cursor::new(text);
        let query = parse::query(&mut cursor, Surroundings::None)?;
        let whole = |message: &str| ExpressionError { message: message.to_owned(), start: 0, end: text.len() };
        if !cursor.rest().trim().is_empty() {
            return Err(cursor.error(format!("expected '.' or '['{}", cursor.found())));
        }
        match query.root {
            Root::Context => {
                return Err(whole("the context object cannot be written to: a reference path starts with '$.'"));
            }
            Root::Variable(_) => {
                return Err(whole("a variable is written by 'Assign': a reference path starts with '$.'"));
            }
            Root::Input | Root::Current => {}
        }
        let places = places(&query).ok_or_else(|| whole(NAMES_AND_INDEXES))?;
        Ok(Self { text: text.into(), places })
    }

    /// How many names and indexes it has.
    pub(in crate::asl) fn depth(&self) -> usize {
        self.places.len()
    }

    /// Puts `value` there. Objects on the way are made where a name is missing; an index must exist already.
    ///
    /// The document is handed back unchanged in meaning when it has no such place: callers then drop it.
    pub(in crate::asl) fn write(&self, document: &mut Value, value: Value) -> Option<()> {
        let mut node = document;
        for place in &self.places {
            node = match (place, node) {
                (Place::Name(name), Value::Object(fields)) => {
                    fields.entry(&**name).or_insert_with(|| Value::Object(Map::new()))
                }
                (Place::Index(index), Value::Array(items)) => items.get_mut(*index)?,
                _ => return None,
            };
        }
        *node = value;
        Some(())
    }
}

const NAMES_AND_INDEXES: &str = "a reference path has names and indexes only: $.a.b[0]['c']";

impl Path {
    /// Whether it has names and indexes only, as a reference path; it may read the context object or a variable.
    ///
    /// # Errors
    /// When it may select several values.
    pub(in crate::asl) fn leads_to_one(&self) -> Result<(), ExpressionError> {
        let wrong = || ExpressionError { message: NAMES_AND_INDEXES.to_owned(), start: 0, end: self.text.len() };
        places(&self.query).map(|_| ()).ok_or_else(wrong)
    }
}

fn places(query: &Query) -> Option<Vec<Place>> {
    query.steps.iter().map(place).collect::<Option<Vec<Place>>>().filter(|_| query.call.is_none())
}

fn place(step: &Step) -> Option<Place> {
    match step {
        Step::Name(name) => Some(Place::Name(name.clone())),
        Step::Index(index) => usize::try_from(*index).ok().map(Place::Index),
        _ => None,
    }
}

/// The path as it was written.
impl fmt::Display for ReferencePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}
