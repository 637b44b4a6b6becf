//! An execution on AWS as a script plays it: events that come with time, pages, and a DescribeExecution that may lag.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::REGION;
use crate::player::{Answer, Player, Request};

/// When the played executions began, in epoch seconds.
pub(super) const BEGAN: f64 = 1_763_850_000.0;

/// The ARN of an execution of the played machine.
pub(super) fn arn(name: &str) -> String {
    format!("arn:aws:states:{REGION}:000000000000:execution:M:{name}")
}

/// The ARN of the played machine.
pub(super) fn machine() -> String {
    format!("arn:aws:states:{REGION}:000000000000:stateMachine:M")
}

/// An event, and how many milliseconds after the beginning it is there.
#[derive(Debug, Clone)]
pub(super) struct Event {
    at: u64,
    kind: &'static str,
    details: Value,
}

/// An event that follows the one before it.
pub(super) fn event(at: u64, kind: &'static str, details: Value) -> Event {
    Event { at, kind, details }
}

/// A state that is entered at once and left at a time, and the end that follows it.
pub(super) fn one_state(left: u64) -> Vec<Event> {
    vec![
        event(0, "ExecutionStarted", json!({"input": "{}"})),
        event(0, "WaitStateEntered", json!({"name": "Nap", "input": "{}"})),
        event(left, "WaitStateExited", json!({"name": "Nap", "output": "{}"})),
        event(left, "ExecutionSucceeded", json!({"output": "{\"a\":1}"})),
    ]
}

/// A played execution.
#[derive(Debug, Clone)]
pub(super) struct Played {
    began: Arc<Mutex<Option<Instant>>>,
    events: Vec<Event>,
    /// See [`Played::lagging`].
    lag: Duration,
}

impl Played {
    pub(super) fn new(events: Vec<Event>) -> Self {
        Self { began: Arc::default(), events, lag: Duration::ZERO }
    }

    /// DescribeExecution is so far behind the history.
    pub(super) fn lagging(self, lag: Duration) -> Self {
        Self { lag, ..self }
    }

    /// Answers for every execution of the machine: it is this one. It begins with its start, or with the first look.
    pub(super) fn on(self, player: &Player) -> Self {
        let (describe, history, start) = (self.clone(), self.clone(), self.clone());
        let machine = json!({
            "stateMachineArn": machine(), "name": "M", "type": "STANDARD", "definition": "{}", "roleArn": "arn:role",
            "creationDate": BEGAN,
        });
        player.play("DescribeStateMachine", [Answer::json(&machine)]);
        player.compute("StartExecution", move |request| {
            start.now();
            let name = request.json()["name"].as_str().unwrap().to_owned();
            Answer::json(&json!({"executionArn": arn(&name), "startDate": BEGAN}))
        });
        player.compute("GetExecutionHistory", move |request| history.page(request));
        player.compute("DescribeExecution", move |request| describe.description(request));
        self
    }

    /// Since it began.
    fn now(&self) -> Duration {
        self.began.lock().unwrap().get_or_insert_with(Instant::now).elapsed()
    }

    fn there(&self, now: Duration) -> Vec<Value> {
        let is_there = |event: &&Event| Duration::from_millis(event.at) <= now;
        let there = self.events.iter().filter(is_there).enumerate();
        there.map(|(at, event)| encode(u64::try_from(at).unwrap() + 1, event)).collect()
    }

    /// A page of what is there by now; its token is the id of the last event before it.
    pub(super) fn page(&self, request: &Request) -> Answer {
        let (asked, mut events) = (request.json(), self.there(self.now()));
        let size = usize::try_from(asked["maxResults"].as_u64().unwrap_or(100)).unwrap();
        let is_reverse = asked["reverseOrder"].as_bool().unwrap_or_default();
        if is_reverse {
            events.reverse();
        }
        if let Some(last) = asked["nextToken"].as_str() {
            let last: u64 = last.parse().unwrap();
            let at = events.iter().position(|event| event["id"] == last).unwrap();
            events.drain(..=at);
        }
        let mut answer = json!({});
        if events.len() > size {
            events.truncate(size);
            answer["nextToken"] = json!(events[size - 1]["id"].to_string());
        }
        answer["events"] = json!(events);
        Answer::json(&answer)
    }

    fn description(&self, request: &Request) -> Answer {
        let asked = request.json();
        let name = asked["executionArn"].as_str().unwrap().rsplit(':').next().unwrap().to_owned();
        let now = self.now().saturating_sub(self.lag);
        let last = self.there(now).pop().unwrap_or_default();
        let mut answer = json!({
            "executionArn": arn(&name), "stateMachineArn": machine(), "name": name, "startDate": BEGAN, "input": "{}",
            "status": "RUNNING",
        });
        let ends =
            [("ExecutionSucceeded", "SUCCEEDED"), ("ExecutionFailed", "FAILED"), ("ExecutionAborted", "ABORTED")];
        if let Some((_, status)) = ends.into_iter().find(|(kind, _)| last["type"] == *kind) {
            answer["status"] = json!(status);
            answer["stopDate"] = last["timestamp"].clone();
            let details = last.as_object().unwrap().iter().find(|(name, _)| name.ends_with("EventDetails"));
            for (member, value) in details.into_iter().flat_map(|(_, details)| details.as_object().unwrap()) {
                answer[member] = value.clone();
            }
        }
        Answer::json(&answer)
    }
}

/// As the service writes it.
fn encode(id: u64, event: &Event) -> Value {
    let seconds = Duration::from_millis(event.at).as_secs_f64();
    let mut encoded = json!({"timestamp": BEGAN + seconds, "type": event.kind, "id": id, "previousEventId": id - 1});
    if let Value::Object(details) = &event.details {
        let kind = event.kind;
        let member = match kind {
            _ if kind.ends_with("StateEntered") => "stateEnteredEventDetails".to_owned(),
            _ if kind.ends_with("StateExited") => "stateExitedEventDetails".to_owned(),
            _ => format!("{}{}EventDetails", kind[..1].to_lowercase(), &kind[1..]),
        };
        encoded[member] = Value::Object(details.clone());
    }
    encoded
}
