//! The context object, `$$`.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html>

use serde_json::{Map, Value, json};

use super::Execution;
use super::thread::{Phase, Thread, ThreadId};
use crate::asl::program::StateKind;
use crate::engine::task::TaskToken;

impl Execution {
    /// What the state of a thread sees as `$$`; `null` when nothing in the state reads it.
    pub(super) fn context(&self, id: ThreadId, token: Option<&TaskToken>) -> Value {
        let thread = self.thread(id);
        if !self.program.state(thread.state).uses_context {
            return Value::Null;
        }
        let iteration = thread.parent.and_then(|(parent, slot)| self.iteration(parent, slot));
        self.full_context(thread, iteration, token)
    }

    /// What `ItemSelector` sees as `$$` for one item of a Map's thread.
    pub(super) fn item_context(&self, id: ThreadId, index: u32, item: &Value) -> Value {
        let thread = self.thread(id);
        if !self.program.state(thread.state).uses_context {
            return Value::Null;
        }
        self.full_context(thread, Some((index, item.clone())), None)
    }

    fn full_context(&self, thread: &Thread, iteration: Option<(u32, Value)>, token: Option<&TaskToken>) -> Value {
        let mut context = Map::new();
        context.insert("Execution".to_owned(), self.execution_context());
        context.insert(
            "StateMachine".to_owned(),
            json!({ "Id": &*self.subject.state_machine_arn, "Name": &*self.subject.state_machine_name }),
        );
        context.insert("State".to_owned(), self.state_context(thread));
        if let Some(TaskToken(token)) = token {
            context.insert("Task".to_owned(), json!({ "Token": &**token }));
        }
        if let Some((index, value)) = iteration {
            context.insert("Map".to_owned(), json!({ "Item": { "Index": index, "Value": value } }));
        }
        Value::Object(context)
    }

    fn execution_context(&self) -> Value {
        json!({
            "Id": &*self.subject.arn,
            "Input": self.input.payload().value(),
            "StartTime": self.started_at.to_rfc3339(),
            "Name": &*self.subject.name,
            "RoleArn": &*self.subject.role_arn,
            "RedriveCount": 0,
        })
    }

    fn state_context(&self, thread: &Thread) -> Value {
        let state = self.program.state(thread.state);
        let mut object = Map::new();
        object.insert("Name".to_owned(), Value::from(&*state.name));
        object.insert("EnteredTime".to_owned(), Value::from(thread.entered_at.to_rfc3339()));
        if matches!(state.kind, StateKind::Task(_) | StateKind::Parallel(_) | StateKind::Map(_)) {
            object.insert("RetryCount".to_owned(), Value::from(thread.retries.iter().sum::<u32>()));
        }
        Value::Object(object)
    }

    /// The innermost Map iteration around a thread, given its parent and its place there.
    fn iteration(&self, parent: ThreadId, slot: u32) -> Option<(u32, Value)> {
        let thread = self.thread(parent);
        if let Phase::Forked(forked) = &thread.phase
            && let Some(items) = &forked.items
        {
            let value = items.payload().value().get(slot as usize).cloned().unwrap_or_default();
            return Some((slot, value));
        }
        thread.parent.and_then(|(parent, slot)| self.iteration(parent, slot))
    }
}
