//! Which Lambda function an event's task called: the one to look at when the execution fails there. A fold without IO.

use std::collections::HashMap;
use std::sync::Arc;

use crate::engine::history::HistoryEvent;

/// The fold.
#[derive(Debug, Default)]
pub(crate) struct Functions(HashMap<u64, Arc<str>>);

impl Functions {
    /// Takes the next event.
    pub(crate) fn push(&mut self, event: &HistoryEvent) {
        let kind = event.event_type.as_ref();
        let function = if kind.ends_with("StateEntered") {
            None
        } else if kind.ends_with("Scheduled") {
            called(event)
        } else {
            self.0.get(&event.previous_event_id).cloned()
        };
        if let Some(function) = function {
            self.0.insert(event.id, function);
        }
    }

    /// The name of the function that the task of an event called.
    pub(crate) fn of(&self, event: u64) -> Option<&str> {
        self.0.get(&event).map(AsRef::as_ref)
    }
}

/// The function that a task calls, where it is one of Lambda.
fn called(event: &HistoryEvent) -> Option<Arc<str>> {
    let name = match event.text("resourceType") {
        None => event.text("resource").filter(|_| event.event_type.starts_with("Lambda"))?.to_owned(),
        Some("lambda") => {
            let parameters: serde_json::Value = serde_json::from_str(event.text("parameters")?).ok()?;
            parameters.get("FunctionName")?.as_str()?.to_owned()
        }
        Some(_) => return None,
    };
    // An ARN, with or without a qualifier, or a name.
    let name = name.split_once(":function:").map_or(name.as_str(), |(_, name)| name);
    name.split(':').next().map(Arc::from)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use serde_json::{Value, json};

    use super::*;
    use crate::engine::Timestamp;

    fn functions(events: &[(u64, u64, &'static str, Value)]) -> Functions {
        let mut functions = Functions::default();
        for (id, previous_event_id, kind, details) in events {
            functions.push(&HistoryEvent {
                id: *id,
                previous_event_id: *previous_event_id,
                timestamp: Timestamp(0),
                event_type: Cow::Borrowed(kind),
                details: details.as_object().map(|details| (Cow::Borrowed("details"), details.clone())),
            });
        }
        functions
    }

    #[test]
    fn a_failure_leads_to_the_function_of_its_branch() {
        let arn = "arn:aws:lambda:us-east-1:000000000000:function:course-dev-left:live";
        let invoke = json!({"resourceType": "lambda", "parameters": "{\"FunctionName\":\"right\"}"});
        let found = functions(&[
            (1, 0, "ExecutionStarted", Value::Null),
            (2, 0, "TaskStateEntered", json!({"name": "Left"})),
            (3, 0, "TaskStateEntered", json!({"name": "Right"})),
            (4, 2, "LambdaFunctionScheduled", json!({"resource": arn})),
            (5, 3, "TaskScheduled", invoke),
            (6, 4, "LambdaFunctionFailed", json!({"error": "E"})),
            (7, 5, "TaskFailed", json!({"error": "E"})),
            (8, 6, "TaskStateEntered", json!({"name": "After"})),
        ]);
        assert_eq!(found.of(6), Some("course-dev-left"));
        assert_eq!(found.of(7), Some("right"));
        assert_eq!(found.of(8), None, "another state's failure is not the function's");
        assert_eq!(found.of(99), None);
    }

    #[test]
    fn other_tasks_call_no_function() {
        let found = functions(&[
            (1, 0, "TaskScheduled", json!({"resourceType": "sqs", "resource": "sendMessage"})),
            (2, 0, "ActivityScheduled", json!({"resource": "arn:aws:states:us-east-1:0:activity:a"})),
        ]);
        assert_eq!((found.of(1), found.of(2)), (None, None));
    }
}
