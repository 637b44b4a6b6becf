//! `Task`

use super::Compiler;
use super::fields::Fields;
use super::report::SCHEMA;
use super::state::Type;
use super::{parameters, resource};
use crate::asl::flow::SECONDS_MAX;
use crate::asl::program::{Pattern, Resource, Seconds, StateKind, Task};

pub(super) const TYPE: Type = Type {
    name: "Task",
    fields: &["Resource", "TimeoutSeconds", "HeartbeatSeconds", "Credentials"],
    jsonpath: &["Parameters", "ResultSelector", "ResultPath", "TimeoutSecondsPath", "HeartbeatSecondsPath"],
    jsonata: &["Arguments"],
    next: true,
    paths: true,
    assign: true,
    retry: true,
    read,
};

fn read(fields: &Fields, c: &mut Compiler) -> Option<StateKind> {
    fields.require(&["Resource"], c);
    let resource = resource::read(fields, c);
    let timeout = seconds("TimeoutSeconds", "TimeoutSecondsPath", fields, c);
    let heartbeat = seconds("HeartbeatSeconds", "HeartbeatSecondsPath", fields, c);
    heartbeat_in_time(timeout.as_ref(), heartbeat.as_ref(), fields, c);
    if let Some(resource) = &resource {
        waits_for_ever(resource, fields, c);
        parameters::check(resource, fields, c);
    }
    let parameters = fields.filling(parameters::name(c), c);
    let result_selector = fields.filling("ResultSelector", c);
    let result_path = fields.result_path(c);
    let credentials = fields.filling("Credentials", c);
    let resource = resource?;
    let task = Task { resource, parameters, credentials, result_selector, result_path, timeout, heartbeat };
    Some(StateKind::Task(Box::new(task)))
}

fn seconds(fixed: &str, path: &str, fields: &Fields, c: &mut Compiler) -> Option<Seconds> {
    fields.exclusive(fixed, path, c);
    if let Some(computed) = fields.computed(fixed, c) {
        return Some(Seconds::Jsonata(computed));
    }
    let fixed = fields.whole(fixed, 1..=SECONDS_MAX, c).map(Seconds::Fixed);
    let path = fields.reference(path, c).map(Seconds::Path);
    fixed.or(path)
}

fn heartbeat_in_time(timeout: Option<&Seconds>, heartbeat: Option<&Seconds>, fields: &Fields, c: &mut Compiler) {
    if let (Some(Seconds::Fixed(timeout)), Some(Seconds::Fixed(heartbeat))) = (timeout, heartbeat)
        && heartbeat >= timeout
        && let Some(field) = fields.get("HeartbeatSeconds")
    {
        let message = format!("'HeartbeatSeconds' ({heartbeat}) must be smaller than 'TimeoutSeconds' ({timeout})");
        c.error(SCHEMA, field.node.span, &field.pointer, message);
    }
}

fn waits_for_ever(resource: &Resource, fields: &Fields, c: &mut Compiler) {
    if let Resource::Integration { pattern: Pattern::WaitForTaskToken, .. } = resource
        && !["TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath"]
            .iter()
            .any(|name| fields.has(name))
        && let Some(field) = fields.get("Resource")
    {
        let message = "the state waits for its token for up to a year";
        c.warning("WAIT_WITHOUT_TIMEOUT", field.node.span, &field.pointer, message)
            .help("give it 'HeartbeatSeconds' or 'TimeoutSeconds'");
    }
}
