//! The context object, `$$`, and evaluating what a state says with it.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html>
//!
//! It holds the whole input of the execution, so it is built once a call of the core and only changed from state to state:
//! copied for each item of a Map, it would make the Map quadratic.

use serde_json::{Map, Value, json};

use super::Execution;
use super::failure::Failure;
use super::thread::{Phase, Thread, ThreadId};
use crate::asl::flow::Data;
use crate::asl::program::StateKind;
use crate::asl::{Fault, Payload};
use crate::engine::task::TaskToken;

/// What a context object holds besides what it always holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sight<'a> {
    /// Nothing more.
    State,
    /// A task's token, where it has one.
    Task(Option<&'a TaskToken>),
    /// One item of a Map, for its `ItemSelector`.
    Item(u32, &'a Value),
}

impl Execution {
    /// Evaluates something that a thread's state says about `input`.
    pub(super) fn evaluate<T>(
        &mut self,
        id: ThreadId,
        sight: Sight<'_>,
        input: &Payload,
        evaluation: impl FnOnce(Data<'_>) -> Result<T, Fault>,
    ) -> Result<T, Failure> {
        let entropy = self.entropy(id, sight);
        let variables = self.thread(id).variables.clone();
        let now = self.last_at.0;
        let data = Data { entropy, now, variables: &variables, ..Data::new(input, &Value::Null) };
        if !self.state_of(id).uses_context {
            return self.blame(id, evaluation(data));
        }
        let context = self.open_context(id, sight);
        let result = evaluation(Data { context: &context, ..data });
        self.context = context;
        self.blame(id, result)
    }

    fn entropy(&self, id: ThreadId, sight: Sight<'_>) -> u128 {
        let attempt = u64::from(self.thread(id).retries.iter().sum::<u32>());
        let round = match sight {
            // Each item draws its own numbers.
            Sight::Item(index, _) => attempt ^ ((u64::from(index) + 1) << 32),
            Sight::State | Sight::Task(_) => attempt,
        };
        u128::from(self.draw(id, round)) << 64 | u128::from(self.draw(id, !round))
    }

    /// Takes the context object out, as it is for a thread's state.
    fn open_context(&mut self, id: ThreadId, sight: Sight<'_>) -> Value {
        let mut context = match std::mem::take(&mut self.context) {
            Value::Object(context) => context,
            _ => self.new_context(),
        };
        let thread = self.thread(id);
        context.insert("State".to_owned(), self.state_context(thread));
        context.shift_remove("Task");
        context.shift_remove("Map");
        if let Sight::Task(Some(TaskToken(token))) = sight {
            context.insert("Task".to_owned(), json!({ "Token": &**token }));
        }
        let iteration = match sight {
            Sight::Item(index, value) => Some((index, value.clone())),
            Sight::State | Sight::Task(_) => thread.parent.and_then(|(parent, slot)| self.iteration(parent, slot)),
        };
        if let Some((index, value)) = iteration {
            context.insert("Map".to_owned(), json!({ "Item": { "Index": index, "Value": value } }));
        }
        Value::Object(context)
    }

    /// What does not change from state to state.
    fn new_context(&self) -> Map<String, Value> {
        let mut context = Map::new();
        let mut execution = json!({
            "Id": &*self.subject.arn,
            "Input": self.input.payload().value(),
            "StartTime": self.started_at.to_rfc3339(),
            "Name": &*self.subject.name,
            "RoleArn": &*self.subject.role_arn,
            "RedriveCount": self.redrives.count,
        });
        if let Some(at) = self.redrives.at {
            execution["RedriveTime"] = Value::from(at.to_rfc3339());
        }
        context.insert("Execution".to_owned(), execution);
        let machine = json!({ "Id": &*self.subject.state_machine_arn, "Name": &*self.subject.state_machine_name });
        context.insert("StateMachine".to_owned(), machine);
        context
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
