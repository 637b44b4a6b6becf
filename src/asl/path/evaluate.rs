//! Runs a [`Query`] over a document, within bounds.
//!
//! A definite path borrows the one value that it selects. Any other is run step by step over the list of what was found
//! so far, which keeps the order of AWS's engine (outer before inner, earlier before later) without recursion over the
//! document.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::asl::path::PathMiss;
use crate::asl::path::filter;
use crate::asl::path::function;
use crate::asl::path::java;
use crate::asl::path::syntax::{Operand, Query, Root, Step};

/// How many values one evaluation may look at, filters included.
const VISITS_MAX: usize = 1_000_000;

/// How many bytes of JSON an array of found values may have: four times what a payload may.
const OUTPUT_BYTES_MAX: usize = 1 << 20;

/// One evaluation: the document and what is left of its bounds.
pub(super) struct Evaluation<'a> {
    document: &'a Value,
    visits_left: usize,
}

impl<'a> Evaluation<'a> {
    pub(super) fn new(document: &'a Value) -> Self {
        Self { document, visits_left: VISITS_MAX }
    }

    /// What `query` selects where `@` is `current`.
    pub(super) fn run(&mut self, query: &Query, current: &'a Value) -> Result<Cow<'a, Value>, PathMiss> {
        let start = if query.root == Root::Current { current } else { self.document };
        let found =
            if query.leads_to_one() { self.walk(&query.steps, start)? } else { self.collect(&query.steps, start)? };
        let Some(call) = &query.call else { return Ok(found) };
        let mut arguments = Vec::new();
        let mut bytes_left = OUTPUT_BYTES_MAX;
        for argument in &call.arguments {
            let value = self.operand(argument, current)?;
            // Before it is copied, and before the next is made: there may be thousands, of a megabyte each.
            bytes_left = bytes_left.checked_sub(measure(&value).bytes).ok_or_else(too_large)?;
            arguments.push(value.into_owned());
        }
        function::apply(call.function, &found, &arguments).map(Cow::Owned)
    }

    fn operand<'q>(&mut self, operand: &'q Operand, current: &'a Value) -> Result<Cow<'q, Value>, PathMiss>
    where
        'a: 'q,
    {
        match operand {
            Operand::Value(value) => Ok(Cow::Borrowed(value)),
            Operand::Query(query) => self.run(query, current),
        }
    }

    /// Counts values that are looked at.
    pub(super) fn visit(&mut self, count: usize) -> Result<(), PathMiss> {
        let left = self.visits_left.checked_sub(count);
        // Once out of bounds, always out of bounds: a filter that asks again does not go on.
        self.visits_left = left.unwrap_or_default();
        match left {
            Some(_) => Ok(()),
            None => Err(PathMiss { cause: format!("The path looks at more than {VISITS_MAX} values") }),
        }
    }

    /// Follows the steps of a path that leads to one value.
    fn walk(&mut self, steps: &[Step], start: &'a Value) -> Result<Cow<'a, Value>, PathMiss> {
        self.visit(steps.len())?;
        let mut node = start;
        for (place, step) in steps.iter().enumerate() {
            node = match step {
                Step::Name(name) => child(node, name, steps, place)?,
                Step::Index(index) => item(node, *index, steps, place)?,
                Step::Pick(names) if node.is_object() => return Ok(Cow::Owned(pick(node, names))),
                _ => return Err(not_an_object(node, steps, place)),
            };
        }
        Ok(Cow::Borrowed(node))
    }

    /// Gathers everything that the steps lead to.
    fn collect(&mut self, steps: &[Step], start: &'a Value) -> Result<Cow<'a, Value>, PathMiss> {
        let (steps, picked) = match steps {
            [before @ .., Step::Pick(names)] => (before, Some(names)),
            all => (all, None),
        };
        let mut nodes = vec![start];
        for step in steps {
            let mut found = Vec::new();
            for node in nodes {
                self.apply(step, node, &mut found)?;
            }
            nodes = found;
        }
        match picked {
            None => array(nodes.into_iter().map(Cow::Borrowed)),
            Some(names) => {
                array(nodes.into_iter().filter(|node| node.is_object()).map(|node| Cow::Owned(pick(node, names))))
            }
        }
    }

    /// Adds what one step finds from one value; nothing where it does not fit.
    fn apply(&mut self, step: &Step, node: &'a Value, found: &mut Vec<&'a Value>) -> Result<(), PathMiss> {
        let before = found.len();
        match step {
            Step::Name(name) => found.extend(node.get(&**name)),
            Step::Pick(names) => found.extend(names.iter().filter_map(|name| node.get(&**name))),
            Step::Index(index) => found.extend(at(node, *index)),
            Step::Indexes(indexes) => found.extend(indexes.iter().filter_map(|index| at(node, *index))),
            Step::Slice { from, to } => slice(node, *from, *to, found),
            Step::Wildcard => children(node, found),
            Step::Filter(filter) => filter::select(self, filter, node, found)?,
            Step::Descend => self.descend(node, found)?,
        }
        self.visit(1 + found.len() - before)
    }

    fn descend(&mut self, node: &'a Value, found: &mut Vec<&'a Value>) -> Result<(), PathMiss> {
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            self.visit(1)?;
            found.push(node);
            let first = open.len();
            children(node, &mut open);
            open[first..].reverse();
        }
        Ok(())
    }
}

fn child<'a>(node: &'a Value, name: &str, steps: &[Step], place: usize) -> Result<&'a Value, PathMiss> {
    let Value::Object(fields) = node else { return Err(not_an_object(node, steps, place)) };
    fields.get(name).ok_or_else(|| {
        let last = place + 1 == steps.len();
        let words = if last { "No results for path:" } else { "Missing property in path" };
        PathMiss { cause: format!("{words} {}", normal(&steps[..=place])) }
    })
}

fn item<'a>(node: &'a Value, index: i64, steps: &[Step], place: usize) -> Result<&'a Value, PathMiss> {
    match node {
        Value::Array(_) => {
            at(node, index).ok_or_else(|| PathMiss { cause: format!("No results for path: {}", normal(steps)) })
        }
        Value::Null => Err(PathMiss { cause: format!("The path {} is null", normal(&steps[..place])) }),
        other => Err(PathMiss {
            cause: format!(
                "Filter: [{index}] can only be applied to arrays. Current context is: {}",
                java::text(other)
            ),
        }),
    }
}

fn not_an_object(node: &Value, steps: &[Step], place: usize) -> PathMiss {
    PathMiss {
        cause: format!(
            "Expected to find an object with property {} in path {} but found '{}'. This is not a json object according \
             to the JsonProvider: 'com.jayway.jsonpath.spi.json.JacksonJsonProvider'.",
            fragment(&steps[place]),
            normal(&steps[..place]),
            java::class_name(node)
        ),
    }
}

/// `$['a'][0]`
fn normal(steps: &[Step]) -> String {
    steps.iter().fold("$".to_owned(), |path, step| path + &fragment(step))
}

fn fragment(step: &Step) -> String {
    match step {
        Step::Name(name) => format!("['{name}']"),
        Step::Index(index) => format!("[{index}]"),
        Step::Pick(names) => format!("['{}']", names.join("','")),
        // The others stand in indefinite paths only, which never miss.
        _ => "[*]".to_owned(),
    }
}

fn pick(node: &Value, names: &[Box<str>]) -> Value {
    let fields: Map<String, Value> =
        names.iter().filter_map(|name| Some((name.to_string(), node.get(&**name)?.clone()))).collect();
    Value::Object(fields)
}

/// The item of an array; a negative index counts from the end.
fn at(node: &Value, index: i64) -> Option<&Value> {
    let items = node.as_array()?;
    let index = if index < 0 { i64::try_from(items.len()).ok()? + index } else { index };
    items.get(usize::try_from(index).ok()?)
}

/// Jayway's slices, which are not Python's: with both ends given, a negative start is an index of its own and an end
/// before the start gives nothing, so that `[0:-1]` is empty.
fn slice<'a>(node: &'a Value, from: Option<i64>, to: Option<i64>, found: &mut Vec<&'a Value>) {
    let Some(items) = node.as_array() else { return };
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let from_end = |index: i64| if index < 0 { length + index } else { index };
    let (from, to) = match (from, to) {
        (Some(from), Some(to)) => (from.max(-length), to.min(length)),
        (Some(from), None) => (from_end(from).max(0), length),
        (None, to) => (0, from_end(to.unwrap_or(length)).min(length)),
    };
    found.extend((from..to).filter_map(|index| at(node, index)));
}

fn children<'a>(node: &'a Value, found: &mut Vec<&'a Value>) {
    match node {
        Value::Array(items) => found.extend(items),
        Value::Object(fields) => found.extend(fields.values()),
        _ => {}
    }
}

fn array<'a>(found: impl Iterator<Item = Cow<'a, Value>>) -> Result<Cow<'a, Value>, PathMiss> {
    let mut bytes = 0;
    let mut items = Vec::new();
    for item in found {
        bytes += measure(&item).bytes;
        if bytes > OUTPUT_BYTES_MAX {
            return Err(too_large());
        }
        items.push(item.into_owned());
    }
    Ok(Cow::Owned(Value::Array(items)))
}

fn too_large() -> PathMiss {
    PathMiss { cause: format!("The path selects more than {OUTPUT_BYTES_MAX} bytes") }
}

/// How large a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::asl) struct Size {
    /// About how many bytes it has as JSON text.
    pub(in crate::asl) bytes: usize,
    /// How many arrays and objects stand in each other; 0 for a scalar.
    pub(in crate::asl) depth: usize,
}

/// Measures a value, without recursion.
pub(in crate::asl) fn measure(value: &Value) -> Size {
    let mut size = Size { bytes: 0, depth: 0 };
    let mut open = vec![(value, 0)];
    while let Some((node, depth)) = open.pop() {
        size.depth = size.depth.max(depth + usize::from(node.is_array() || node.is_object()));
        size.bytes += match node {
            Value::String(text) => text.len() + 3,
            Value::Object(fields) => 2 + fields.keys().map(|name| name.len() + 3).sum::<usize>(),
            _ => 2,
        };
        match node {
            Value::Array(items) => open.extend(items.iter().map(|item| (item, depth + 1))),
            Value::Object(fields) => open.extend(fields.values().map(|field| (field, depth + 1))),
            _ => {}
        }
    }
    size
}
