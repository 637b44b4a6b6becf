//! Methods and properties of values, by the kind of the value.

use std::rc::Rc;

use crate::local::velocity::text::{self, integer, integer_or_minus};
use crate::local::velocity::value::{Heap, ListId, MapId, Value};

/// Calls a method; nothing where the value has none of that name and those arguments.
pub(super) fn call<'t>(
    heap: &mut Heap<'t>,
    target: &Value<'t>,
    method: &str,
    arguments: &[Value<'t>],
) -> Result<Option<Value<'t>>, String> {
    heap.spend(1)?;
    match target {
        Value::Text(target) => text::call(heap, target, method, arguments),
        Value::List(id) => list(heap, *id, method, arguments),
        Value::Map(id) => map(heap, *id, method, arguments),
        Value::Entry(entry) => Ok(match (method, arguments) {
            ("getKey", []) => Some(Value::Text(Rc::clone(&entry.0))),
            ("getValue", []) => Some(entry.1.clone()),
            _ => None,
        }),
        Value::Integer(_) | Value::Decimal(_) | Value::Bool(_) => scalar(heap, target, method, arguments),
        _ => Ok(None),
    }
}

/// `.name` of a value that is no map: `getName()` or `isName()`.
pub(super) fn property<'t>(heap: &mut Heap<'t>, target: &Value<'t>, name: &str) -> Result<Option<Value<'t>>, String> {
    if let Value::Map(id) = target {
        heap.spend(1)?;
        return Ok(heap.map(*id).get(name).cloned());
    }
    let method = match name {
        "empty" => "isEmpty",
        "blank" => "isBlank",
        "key" => "getKey",
        "value" => "getValue",
        _ => return Ok(None),
    };
    call(heap, target, method, &[])
}

/// `[index]`
pub(super) fn index<'t>(heap: &mut Heap<'t>, target: &Value<'t>, index: &Value<'t>) -> Result<Value<'t>, String> {
    heap.spend(1)?;
    match (target, index) {
        (Value::List(id), Value::Integer(at)) => item(heap, *id, *at),
        (Value::Map(id), key) => {
            let key = heap.print(key)?;
            Ok(heap.map(*id).get(&key).cloned().unwrap_or(Value::Null))
        }
        _ => Ok(Value::Null),
    }
}

fn item<'t>(heap: &Heap<'t>, id: ListId, at: i64) -> Result<Value<'t>, String> {
    let items = &heap.list(id).items;
    match place(items.len(), at) {
        Some(place) => Ok(items[place].clone()),
        None => Err(outside(at, items.len())),
    }
}

/// An index into a list of that length; a negative one counts from its end.
fn place(length: usize, at: i64) -> Option<usize> {
    let length = i64::try_from(length).ok()?;
    let at = if at < 0 { at.checked_add(length)? } else { at };
    usize::try_from(at).ok().filter(|_| at < length)
}

fn outside(at: i64, length: usize) -> String {
    format!("there is no item {at} in a list of {length}")
}

/// `#set($list[0] = …)`, `#set($map.a = …)`
pub(super) fn put<'t>(
    heap: &mut Heap<'t>,
    target: &Value<'t>,
    key: &Value<'t>,
    value: Value<'t>,
) -> Result<(), String> {
    heap.spend(1)?;
    match (target, key) {
        (Value::Map(id), key) => {
            let key = heap.print(key)?;
            heap.map_mut(*id).put(key, value);
        }
        (Value::List(id), Value::Integer(at)) => {
            let items = &mut heap.list_mut(*id).items;
            let length = items.len();
            *place(length, *at).and_then(|place| items.get_mut(place)).ok_or_else(|| outside(*at, length))? = value;
        }
        _ => {}
    }
    Ok(())
}

fn list<'t>(
    heap: &mut Heap<'t>,
    id: ListId,
    method: &str,
    arguments: &[Value<'t>],
) -> Result<Option<Value<'t>>, String> {
    let length = heap.list(id).items.len();
    let value = match (method, arguments) {
        ("size", []) => integer(length),
        ("isEmpty", []) => Value::Bool(length == 0),
        ("iterator" | "toArray" | "listIterator", []) => Value::List(id),
        ("toString", []) => Value::Text(heap.print(&Value::List(id))?),
        ("get", [Value::Integer(at)]) => item(heap, id, *at)?,
        ("contains", [wanted]) => Value::Bool(position(heap, id, wanted)?.is_some()),
        ("indexOf", [wanted]) => integer_or_minus(position(heap, id, wanted)?),
        ("equals", [other]) => Value::Bool(heap.are_equal(&Value::List(id), other)?),
        ("subList", [Value::Integer(from), Value::Integer(to)]) => {
            let range = usize::try_from(*from).ok().zip(usize::try_from(*to).ok());
            let items = range.and_then(|(from, to)| heap.list(id).items.get(from..to).map(<[_]>::to_vec));
            let items = items.ok_or_else(|| format!("there are no items {from} to {to} in a list of {length}"))?;
            heap.new_list(items)?
        }
        _ => return change_list(heap, id, method, arguments),
    };
    Ok(Some(value))
}

fn position<'t>(heap: &mut Heap<'t>, id: ListId, wanted: &Value<'t>) -> Result<Option<usize>, String> {
    let items = heap.list(id).items.clone();
    heap.spend(items.len())?;
    for (place, item) in items.iter().enumerate() {
        if heap.are_equal(item, wanted)? {
            return Ok(Some(place));
        }
    }
    Ok(None)
}

/// Methods that change a list.
fn change_list<'t>(
    heap: &mut Heap<'t>,
    id: ListId,
    method: &str,
    arguments: &[Value<'t>],
) -> Result<Option<Value<'t>>, String> {
    let length = heap.list(id).items.len();
    let value = match (method, arguments) {
        ("add", [item]) => {
            heap.list_mut(id).items.push(item.clone());
            Value::Bool(true)
        }
        ("add", [Value::Integer(at), item]) => {
            heap.spend(length / 64)?;
            let place = usize::try_from(*at).ok().filter(|place| *place <= length);
            heap.list_mut(id).items.insert(place.ok_or_else(|| outside(*at, length))?, item.clone());
            Value::Null
        }
        ("addAll", [Value::List(other)]) => {
            let items = heap.list(*other).items.clone();
            heap.spend(items.len())?;
            heap.list_mut(id).items.extend(items);
            Value::Bool(true)
        }
        ("set", [Value::Integer(at), item]) => {
            let place = place(length, *at).ok_or_else(|| outside(*at, length))?;
            std::mem::replace(&mut heap.list_mut(id).items[place], item.clone())
        }
        ("remove", [Value::Integer(at)]) => {
            heap.spend(length / 64)?;
            let place = place(length, *at).ok_or_else(|| outside(*at, length))?;
            heap.list_mut(id).items.remove(place)
        }
        ("remove", [wanted]) => {
            let found = position(heap, id, wanted)?;
            if let Some(place) = found {
                heap.list_mut(id).items.remove(place);
            }
            Value::Bool(found.is_some())
        }
        ("clear", []) => {
            heap.list_mut(id).items.clear();
            Value::Null
        }
        _ => return Ok(None),
    };
    Ok(Some(value))
}

fn map<'t>(heap: &mut Heap<'t>, id: MapId, method: &str, arguments: &[Value<'t>]) -> Result<Option<Value<'t>>, String> {
    let count = heap.map(id).entries().len();
    let value = match (method, arguments) {
        ("size", []) => integer(count),
        ("isEmpty", []) => Value::Bool(count == 0),
        ("toString", []) => Value::Text(heap.print(&Value::Map(id))?),
        ("keySet", []) => {
            let keys = heap.map(id).entries().iter().map(|(key, _)| Value::Text(Rc::clone(key))).collect();
            heap.new_list(keys)?
        }
        ("values", []) => {
            let values = heap.map(id).entries().iter().map(|(_, value)| value.clone()).collect();
            heap.new_list(values)?
        }
        ("entrySet", []) => {
            let entries = heap.map(id).entries().iter().map(|entry| Value::Entry(Rc::new(entry.clone()))).collect();
            heap.new_list(entries)?
        }
        ("equals", [other]) => Value::Bool(heap.are_equal(&Value::Map(id), other)?),
        ("containsValue", [wanted]) => {
            let Value::List(values) = map(heap, id, "values", &[])?.unwrap_or(Value::Null) else { return Ok(None) };
            Value::Bool(position(heap, values, wanted)?.is_some())
        }
        (_, [Value::Null, ..]) => Value::Null,
        ("putAll", [Value::Map(other)]) => {
            let entries = heap.map(*other).entries().to_vec();
            heap.spend(entries.len())?;
            for (key, value) in entries {
                heap.map_mut(id).put(key, value);
            }
            Value::Null
        }
        (_, [key, rest @ ..]) => {
            let key = heap.print(key)?;
            return keyed(heap, id, method, &key, rest);
        }
        _ => return Ok(None),
    };
    Ok(Some(value))
}

/// Methods of maps that take a key first.
fn keyed<'t>(
    heap: &mut Heap<'t>,
    id: MapId,
    method: &str,
    key: &Rc<str>,
    arguments: &[Value<'t>],
) -> Result<Option<Value<'t>>, String> {
    let found = heap.map(id).get(key).cloned();
    let value = match (method, arguments) {
        ("get", []) => found.unwrap_or(Value::Null),
        ("getOrDefault", [default]) => found.unwrap_or_else(|| default.clone()),
        ("containsKey", []) => Value::Bool(found.is_some()),
        ("put", [value]) => heap.map_mut(id).put(Rc::clone(key), value.clone()).unwrap_or(Value::Null),
        ("putIfAbsent", [value]) => {
            if found.is_none() {
                heap.map_mut(id).put(Rc::clone(key), value.clone());
            }
            found.unwrap_or(Value::Null)
        }
        ("remove", []) => {
            heap.spend(heap.map(id).entries().len() / 16)?;
            heap.map_mut(id).remove(key).unwrap_or(Value::Null)
        }
        _ => return Ok(None),
    };
    Ok(Some(value))
}

/// Methods of numbers and booleans. `parseInt` belongs to a class in Java: templates call it on any number.
fn scalar<'t>(
    heap: &mut Heap<'t>,
    target: &Value<'t>,
    method: &str,
    arguments: &[Value<'t>],
) -> Result<Option<Value<'t>>, String> {
    Ok(match (method, target, arguments) {
        ("toString", _, []) => Some(Value::Text(heap.print(target)?)),
        ("equals", _, [other]) => Some(Value::Bool(heap.are_equal(target, other)?)),
        ("intValue" | "longValue", Value::Integer(number), []) => Some(Value::Integer(*number)),
        #[expect(clippy::cast_possible_truncation, reason = "Java's conversion saturates and truncates as well")]
        ("intValue" | "longValue", Value::Decimal(number), []) => Some(Value::Integer(*number as i64)),
        #[expect(clippy::cast_precision_loss, reason = "Java's conversion rounds the same way")]
        ("doubleValue" | "floatValue", Value::Integer(number), []) => Some(Value::Decimal(*number as f64)),
        ("doubleValue" | "floatValue", Value::Decimal(number), []) => Some(Value::Decimal(*number)),
        ("compareTo", Value::Integer(left), [Value::Integer(right)]) => {
            Some(Value::Integer(i64::from(left.cmp(right) as i8)))
        }
        ("parseInt" | "parseLong" | "valueOf", Value::Integer(_), [Value::Text(text)]) => {
            Some(Value::Integer(text.parse().map_err(|_| format!("'{text}' is no whole number"))?))
        }
        ("parseDouble" | "valueOf", Value::Decimal(_), [Value::Text(text)]) => {
            Some(Value::Decimal(text.trim().parse().map_err(|_| format!("'{text}' is no number"))?))
        }
        ("parseBoolean" | "valueOf", Value::Bool(_), [Value::Text(text)]) => {
            Some(Value::Bool(text.eq_ignore_ascii_case("true")))
        }
        _ => None,
    })
}
