//! `Wait`

use super::Compiler;
use super::fields::Fields;
use super::report::SCHEMA;
use super::state::Type;
use crate::asl::flow::SECONDS_MAX;
use crate::asl::program::{Seconds, StateKind, WaitFor};
use crate::asl::timestamp;

const WAYS: [&str; 4] = ["Seconds", "SecondsPath", "Timestamp", "TimestampPath"];

pub(super) const TYPE: Type = Type {
    name: "Wait",
    fields: &["Seconds", "Timestamp"],
    jsonpath: &["SecondsPath", "TimestampPath"],
    jsonata: &[],
    next: true,
    paths: true,
    assign: true,
    retry: false,
    read,
};

fn read(fields: &Fields, c: &mut Compiler) -> Option<StateKind> {
    let given: Vec<&str> = WAYS.into_iter().filter(|name| fields.has(name)).collect();
    match given.as_slice() {
        [] => c
            .error(SCHEMA, fields.place, &fields.pointer, "a Wait state needs to know how long")
            .help("write one of 'Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath'"),
        [_] => {}
        [first, others @ ..] => {
            for other in others {
                fields.exclusive(first, other, c);
            }
        }
    }
    if let Some(seconds) = fields.computed("Seconds", c) {
        return Some(StateKind::Wait(WaitFor::Seconds(Seconds::Jsonata(seconds))));
    }
    if let Some(timestamp) = fields.computed("Timestamp", c) {
        return Some(StateKind::Wait(WaitFor::TimestampJsonata(timestamp)));
    }
    let seconds = fields.whole("Seconds", 0..=SECONDS_MAX, c).map(|fixed| WaitFor::Seconds(Seconds::Fixed(fixed)));
    let seconds_path = fields.reference("SecondsPath", c).map(|path| WaitFor::Seconds(Seconds::Path(path)));
    let timestamp = at(fields, c).map(WaitFor::Timestamp);
    let timestamp_path = fields.reference("TimestampPath", c).map(WaitFor::TimestampPath);
    seconds.or(seconds_path).or(timestamp).or(timestamp_path).map(StateKind::Wait)
}

fn at(fields: &Fields, c: &mut Compiler) -> Option<i64> {
    let field = fields.get("Timestamp")?;
    let text = field.string(c)?;
    let parsed = timestamp::parse(text);
    if parsed.is_none() {
        field.not_a_timestamp(c);
    }
    parsed
}
