//! Values while a template runs, where they live, and how they print.
//!
//! Lists and maps live in one [`Heap`] and values name them, as Java's references do: what is added to a list is seen
//! through every name of it, and a list that holds itself leaks nothing.

use std::collections::HashMap;
use std::rc::Rc;

use crate::local::velocity::syntax::Node;
use crate::local::velocity::{STEPS_MAX, TEXT_BYTES_MAX, VALUE_DEPTH_MAX};

#[derive(Debug, Clone)]
pub(super) enum Value<'t> {
    Null,
    Bool(bool),
    Integer(i64),
    Decimal(f64),
    Text(Rc<str>),
    List(ListId),
    Map(MapId),
    /// One entry of a map.
    Entry(Rc<(Rc<str>, Value<'t>)>),
    /// What `#define` named: rendered anew wherever it is printed.
    Block(&'t [Node]),
    /// `$foreach` at a depth of loops.
    Loop(usize),
    /// `$input`
    Input,
    /// `$util`
    Functions,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ListId(usize);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MapId(usize);

#[derive(Debug, Default)]
pub(super) struct List<'t> {
    pub(super) items: Vec<Value<'t>>,
    /// Whether it was read from JSON, and so prints as JSON.
    is_json: bool,
}

/// Entries in the order in which their keys came.
#[derive(Debug, Default)]
pub(super) struct Map<'t> {
    entries: Vec<(Rc<str>, Value<'t>)>,
    places: HashMap<Rc<str>, usize>,
}

impl<'t> Map<'t> {
    pub(super) fn get(&self, key: &str) -> Option<&Value<'t>> {
        self.places.get(key).map(|place| &self.entries[*place].1)
    }

    pub(super) fn put(&mut self, key: Rc<str>, value: Value<'t>) -> Option<Value<'t>> {
        if let Some(place) = self.places.get(&key) {
            return Some(std::mem::replace(&mut self.entries[*place].1, value));
        }
        self.places.insert(Rc::clone(&key), self.entries.len());
        self.entries.push((key, value));
        None
    }

    pub(super) fn remove(&mut self, key: &str) -> Option<Value<'t>> {
        let removed = self.places.remove(key)?;
        for place in self.places.values_mut() {
            *place -= usize::from(*place > removed);
        }
        Some(self.entries.remove(removed).1)
    }

    pub(super) fn entries(&self) -> &[(Rc<str>, Value<'t>)] {
        &self.entries
    }
}

/// All lists and maps of one rendering, and what it may still cost.
#[derive(Debug)]
pub(super) struct Heap<'t> {
    lists: Vec<List<'t>>,
    maps: Vec<Map<'t>>,
    steps_left: usize,
    bytes_left: usize,
}

impl<'t> Heap<'t> {
    pub(super) fn new() -> Self {
        Self { lists: Vec::new(), maps: Vec::new(), steps_left: STEPS_MAX, bytes_left: TEXT_BYTES_MAX }
    }

    /// Pays for work.
    pub(super) fn spend(&mut self, steps: usize) -> Result<(), String> {
        match self.steps_left.checked_sub(steps) {
            Some(left) => {
                self.steps_left = left;
                Ok(())
            }
            None => Err(format!("the template takes more than {STEPS_MAX} steps")),
        }
    }

    /// Pays for bytes of text.
    pub(super) fn spend_bytes(&mut self, bytes: usize) -> Result<(), String> {
        match self.bytes_left.checked_sub(bytes) {
            Some(left) => {
                self.bytes_left = left;
                Ok(())
            }
            None => Err(format!("the template makes more than {TEXT_BYTES_MAX} bytes of text on its way")),
        }
    }

    pub(super) fn text(&mut self, text: &str) -> Result<Value<'t>, String> {
        self.spend_bytes(text.len())?;
        Ok(Value::Text(text.into()))
    }

    pub(super) fn new_list(&mut self, items: Vec<Value<'t>>) -> Result<Value<'t>, String> {
        self.spend(1 + items.len())?;
        self.lists.push(List { items, is_json: false });
        Ok(Value::List(ListId(self.lists.len() - 1)))
    }

    pub(super) fn new_map(
        &mut self,
        entries: impl IntoIterator<Item = (Rc<str>, Value<'t>)>,
    ) -> Result<Value<'t>, String> {
        let mut map = Map::default();
        for (key, value) in entries {
            map.put(key, value);
        }
        self.spend(1 + map.entries.len())?;
        self.maps.push(map);
        Ok(Value::Map(MapId(self.maps.len() - 1)))
    }

    pub(super) fn list(&self, id: ListId) -> &List<'t> {
        &self.lists[id.0]
    }

    pub(super) fn list_mut(&mut self, id: ListId) -> &mut List<'t> {
        &mut self.lists[id.0]
    }

    pub(super) fn map(&self, id: MapId) -> &Map<'t> {
        &self.maps[id.0]
    }

    pub(super) fn map_mut(&mut self, id: MapId) -> &mut Map<'t> {
        &mut self.maps[id.0]
    }

    /// The value of a JSON document. Its depth was bounded where it was parsed.
    pub(super) fn of_json(&mut self, json: &serde_json::Value) -> Result<Value<'t>, String> {
        use serde_json::Value as Json;
        self.spend(1)?;
        Ok(match json {
            Json::Null => Value::Null,
            Json::Bool(flag) => Value::Bool(*flag),
            Json::Number(number) => match number.as_i64() {
                Some(integer) => Value::Integer(integer),
                None => Value::Decimal(number.as_f64().unwrap_or_default()),
            },
            Json::String(text) => self.text(text)?,
            Json::Array(items) => {
                let items = items.iter().map(|item| self.of_json(item)).collect::<Result<_, _>>()?;
                self.lists.push(List { items, is_json: true });
                Value::List(ListId(self.lists.len() - 1))
            }
            Json::Object(fields) => {
                let mut map = Map::default();
                for (name, field) in fields {
                    self.spend_bytes(name.len())?;
                    let field = self.of_json(field)?;
                    map.put(name.as_str().into(), field);
                }
                self.maps.push(map);
                Value::Map(MapId(self.maps.len() - 1))
            }
        })
    }

    /// A value as it prints: Java's form, JSON for lists that were read from JSON.
    pub(super) fn print(&mut self, value: &Value<'t>) -> Result<Rc<str>, String> {
        if let Value::Text(text) = value {
            return Ok(Rc::clone(text));
        }
        let mut text = String::new();
        self.write(value, &mut text, 0)?;
        self.spend_bytes(text.len())?;
        Ok(text.into())
    }

    fn write(&mut self, value: &Value<'t>, into: &mut String, depth: usize) -> Result<(), String> {
        self.visit(into, depth)?;
        match value {
            Value::List(id) if self.list(*id).is_json => return self.write_json(value, into, depth),
            Value::List(id) => {
                into.push('[');
                for (place, item) in self.list(*id).items.clone().iter().enumerate() {
                    into.push_str(if place == 0 { "" } else { ", " });
                    self.write(item, into, depth + 1)?;
                }
                into.push(']');
            }
            Value::Map(id) => {
                into.push('{');
                for (place, (key, value)) in self.map(*id).entries.clone().iter().enumerate() {
                    into.push_str(if place == 0 { "" } else { ", " });
                    into.push_str(key);
                    into.push('=');
                    self.write(value, into, depth + 1)?;
                }
                into.push('}');
            }
            Value::Entry(entry) => {
                into.push_str(&entry.0);
                into.push('=');
                self.write(&entry.1, into, depth + 1)?;
            }
            scalar => into.push_str(&scalar_text(scalar)),
        }
        Ok(())
    }

    fn write_json(&mut self, value: &Value<'t>, into: &mut String, depth: usize) -> Result<(), String> {
        self.visit(into, depth)?;
        match value {
            Value::List(id) => {
                into.push('[');
                for (place, item) in self.list(*id).items.clone().iter().enumerate() {
                    into.push_str(if place == 0 { "" } else { "," });
                    self.write_json(item, into, depth + 1)?;
                }
                into.push(']');
            }
            Value::Map(id) => {
                into.push('{');
                for (place, (key, value)) in self.map(*id).entries.clone().iter().enumerate() {
                    into.push_str(if place == 0 { "" } else { "," });
                    into.push_str(&serde_json::Value::from(&**key).to_string());
                    into.push(':');
                    self.write_json(value, into, depth + 1)?;
                }
                into.push('}');
            }
            Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Decimal(_) => into.push_str(&scalar_text(value)),
            other => {
                let mut text = String::new();
                self.write(other, &mut text, depth + 1)?;
                into.push_str(&serde_json::Value::from(text).to_string());
            }
        }
        Ok(())
    }

    /// Pays for one value that is printed, and holds the bounds of printing.
    fn visit(&mut self, into: &str, depth: usize) -> Result<(), String> {
        self.spend(1)?;
        if depth > VALUE_DEPTH_MAX {
            return Err(format!("more than {VALUE_DEPTH_MAX} lists and maps stand in each other"));
        }
        if into.len() > TEXT_BYTES_MAX {
            return Err(format!("the template makes more than {TEXT_BYTES_MAX} bytes of text on its way"));
        }
        Ok(())
    }

    /// `==` between values of whatever kinds, as Velocity has it: numbers by value, equal kinds by content, others by
    /// what they print.
    pub(super) fn are_equal(&mut self, left: &Value<'t>, right: &Value<'t>) -> Result<bool, String> {
        if let (Some(left), Some(right)) = (decimal(left), decimal(right)) {
            return Ok(match (integer(left.1), integer(right.1)) {
                (Some(left), Some(right)) => left == right,
                _ => left.0.total_cmp(&right.0).is_eq(),
            });
        }
        if matches!(left, Value::Null) || matches!(right, Value::Null) {
            return Ok(matches!((left, right), (Value::Null, Value::Null)));
        }
        Ok(self.print(left)? == self.print(right)?)
    }
}

/// A number as a decimal, beside itself.
fn decimal<'v, 't>(value: &'v Value<'t>) -> Option<(f64, &'v Value<'t>)> {
    match value {
        #[expect(clippy::cast_precision_loss, reason = "Java's conversion from long to double rounds the same way")]
        Value::Integer(integer) => Some((*integer as f64, value)),
        Value::Decimal(decimal) => Some((*decimal, value)),
        _ => None,
    }
}

fn integer(value: &Value<'_>) -> Option<i64> {
    match value {
        Value::Integer(integer) => Some(*integer),
        _ => None,
    }
}

/// A number of either kind as a decimal.
pub(super) fn number(value: &Value<'_>) -> Option<f64> {
    decimal(value).map(|(decimal, _)| decimal)
}

fn scalar_text(value: &Value<'_>) -> String {
    match value {
        Value::Bool(flag) => flag.to_string(),
        Value::Integer(integer) => integer.to_string(),
        Value::Decimal(decimal) => java_decimal(*decimal),
        Value::Text(text) => text.to_string(),
        Value::Input => "$input".to_owned(),
        Value::Functions => "$util".to_owned(),
        Value::Loop(_) => "$foreach".to_owned(),
        _ => "null".to_owned(),
    }
}

/// `1.0`, `1.0E10`: Java writes an exponent below 10^-3 and from 10^7.
fn java_decimal(decimal: f64) -> String {
    if decimal == 0.0 || (1e-3..1e7).contains(&decimal.abs()) {
        return format!("{decimal:?}");
    }
    let text = format!("{decimal:E}");
    match text.split_once('E') {
        Some((digits, exponent)) if !digits.contains('.') => format!("{digits}.0E{exponent}"),
        _ => text,
    }
}
