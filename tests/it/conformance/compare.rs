//! When one of our answers is the one that AWS recorded: everything counts but what each run has another value for.

use iw102::engine::history::HistoryEvent;
use regex_lite::{NoExpand, Regex};
use serde_json::{Map, Value, json};

use super::cases::Case;

/// What stands in a recording where each run has another value.
const ANY: &[&str] = &["RandomNumberGenerated", "generated-uuid", "timestamp", "datetime", "date", "creation-date"];
/// The same, with a number or a meaning.
const ANY_PATTERN: &str = r"^<(uuid|resource|LogResult|request|start|entered)[:\w-]*>$";
/// Ids within texts: ours, and what the recordings have instead of theirs.
const ID_PATTERN: &str = r"<uuid:\d+>|\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b";

/// An object so deep in an event was a text: there the order of the fields counts.
const TEXT_DEPTH: u32 = 2;
/// What cases leave out of their comparisons that is compared here.
const KNOWN: &[&str] = &["Cause", "RedriveCount", "SdkHttpMetadata", "SdkResponseMetadata", "Message"];

/// How the answers of a case are compared.
pub(super) struct Comparison {
    replaced: Vec<(Regex, String)>,
    left_out: Vec<Vec<String>>,
    any: Regex,
}

impl Comparison {
    /// As the case says; `more` are texts of this run, and what the recording has in their place.
    pub(super) fn of(case: &Case, more: &[(&str, &str)]) -> Self {
        let pairs = |field: &str| case.json[field].as_object().cloned().unwrap_or_default().into_iter();
        let pattern = |pattern: &str, shown: &str| Some((Regex::new(pattern).ok()?, shown.to_owned()));
        let more = more.iter().filter_map(|(text, shown)| pattern(&regex_lite::escape(text), shown));
        let values =
            pairs("placeholders").filter_map(|(text, shown)| pattern(&regex_lite::escape(&text), shown.as_str()?));
        let regexes = pairs("regexes").filter_map(|(regex, shown)| pattern(&regex, shown.as_str()?));
        let ids = [pattern(ID_PATTERN, "<uuid>"), pattern(r#""?<request-id>"#, "\"<uuid>")].into_iter().flatten();
        Self {
            replaced: more.chain(values).chain(regexes).chain(ids).collect(),
            left_out: left_out(case),
            any: Regex::new(ANY_PATTERN).unwrap(),
        }
    }

    /// The first event that differs, or nothing.
    pub(super) fn of_histories(&self, ours: &[HistoryEvent], recorded: &[Value]) -> Option<String> {
        // AWS was asked before the execution had ended.
        if self.left_out.iter().any(|path| path == &["events"]) {
            return None;
        }
        let ours: Vec<Value> = ours.iter().map(wire_event).collect();
        if recorded.iter().any(is_raced) {
            return self.of_races(&ours, recorded);
        }
        let length = ours.len().max(recorded.len());
        (0..length).find_map(|index| {
            let event = |events: &[Value]| events.get(index).cloned().unwrap_or_default();
            let difference = self.of_answers(event(&ours), &event(recorded))?;
            Some(format!("event {}\n{difference}", index + 1))
        })
    }

    /// Branches race on AWS: such a recording hides the ids of their events, and leaves some out.
    fn of_races(&self, ours: &[Value], recorded: &[Value]) -> Option<String> {
        let without_ids = |event: &Value| {
            let mut event = event.clone();
            event["id"] = Value::Null;
            event["previousEventId"] = Value::Null;
            event
        };
        let mut raced: Vec<Value> = ours.iter().map(without_ids).collect();
        recorded.iter().find_map(|event| {
            if let Some(id) = event["id"].as_u64() {
                let ours = ours.iter().find(|ours| ours["id"] == id).cloned().unwrap_or_default();
                return self.of_answers(ours, event);
            }
            let is_it = |ours: &Value| self.of_answers(ours.clone(), &without_ids(event)).is_none();
            let found = raced.iter().position(is_it).map(|index| raced.swap_remove(index));
            found.is_none().then(|| format!("  ours: nothing\n  AWS:  {event}"))
        })
    }

    /// Both answers where they differ, or nothing.
    pub(super) fn of_answers(&self, mut ours: Value, recorded: &Value) -> Option<String> {
        show_objects(&mut ours);
        let shown = |answer: &Value| self.without_left_out(&self.replace(answer), &mut Vec::new());
        let (ours, recorded) = (shown(&ours), shown(recorded));
        (!self.agrees(0, "", &ours, &recorded)).then(|| format!("  ours: {ours}\n  AWS:  {recorded}"))
    }

    fn replace(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => {
                let replace = |text: String, (regex, shown): &(Regex, String)| {
                    regex.replace_all(&text, NoExpand(shown)).into_owned()
                };
                Value::String(self.replaced.iter().fold(text.clone(), replace))
            }
            Value::Array(items) => items.iter().map(|item| self.replace(item)).collect(),
            Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), self.replace(value))).collect(),
            other => other.clone(),
        }
    }

    fn without_left_out(&self, value: &Value, path: &mut Vec<String>) -> Value {
        match value {
            Value::Object(fields) => {
                let mut kept = Map::new();
                for (key, field) in fields {
                    path.push(key.clone());
                    if !self.left_out.iter().any(|suffix| path.ends_with(suffix)) {
                        kept.insert(key.clone(), self.without_left_out(field, path));
                    }
                    path.pop();
                }
                Value::Object(kept)
            }
            Value::Array(items) => {
                let mut kept = Vec::new();
                for (index, item) in items.iter().enumerate() {
                    path.push(index.to_string());
                    kept.push(self.without_left_out(item, path));
                    path.pop();
                }
                Value::Array(kept)
            }
            other => other.clone(),
        }
    }

    fn agrees(&self, depth: u32, key: &str, ours: &Value, recorded: &Value) -> bool {
        match (ours, recorded) {
            // What is volatile under a name is shown as that name.
            (_, Value::String(shown)) if shown == key || ANY.contains(&shown.as_str()) || self.any.is_match(shown) => {
                true
            }
            (Value::Object(ours), Value::Object(recorded)) => {
                let same = |(key, value): (&String, &Value)| {
                    ours.get(key).is_some_and(|ours| self.agrees(depth + 1, key, ours, value))
                };
                ours.len() == recorded.len()
                    && recorded.iter().all(same)
                    && (depth < TEXT_DEPTH || ours.keys().eq(recorded.keys()))
            }
            (Value::Array(ours), Value::Array(recorded)) => {
                let mut pairs = ours.iter().zip(recorded);
                ours.len() == recorded.len() && pairs.all(|(ours, recorded)| self.agrees(depth + 1, "", ours, recorded))
            }
            _ => ours == recorded,
        }
    }
}

/// The paths that the case says nobody compares: `$..a.b` is every `b` of an `a`. Ours are compared all the same where the
/// recording tells what they are.
fn left_out(case: &Case) -> Vec<Vec<String>> {
    let paths = case.json["not_compared"].as_array().cloned().unwrap_or_default();
    let suffix = |path: &Value| {
        let path = path.as_str()?.rsplit("..").next()?.replace('[', ".").replace(']', "");
        Some(path.split('.').filter(|part| !part.is_empty() && *part != "$").map(str::to_owned).collect::<Vec<_>>())
    };
    let redrive = case.is_older_than_redrive().then(|| vec!["RedriveCount".to_owned()]);
    let known = |path: &Vec<String>| KNOWN.iter().any(|known| path.last().is_some_and(|last| last == known));
    paths.iter().filter_map(suffix).filter(|path| !known(path)).chain(redrive).collect()
}

fn is_raced(event: &Value) -> bool {
    event["id"].is_array()
}

fn wire_event(event: &HistoryEvent) -> Value {
    let mut wire = json!({ "id": event.id, "previousEventId": event.previous_event_id, "type": event.event_type,
        "timestamp": "timestamp" });
    if let (Some((name, details)), Value::Object(wire)) = (&event.details, &mut wire) {
        wire.insert(name.clone().into_owned(), Value::Object(details.clone()));
    }
    wire
}

/// Shows JSON objects among the texts as the recordings do: not those within them, nor those in lists.
fn show_objects(answer: &mut Value) {
    match answer {
        Value::String(text) => {
            if let Ok(parsed @ Value::Object(_)) = serde_json::from_str(text) {
                *answer = parsed;
            }
        }
        Value::Array(items) => items.iter_mut().filter(|item| !item.is_string()).for_each(show_objects),
        Value::Object(fields) => fields.values_mut().for_each(show_objects),
        _ => {}
    }
}
