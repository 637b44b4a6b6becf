//! EventBridge itself: every status of every Standard execution goes to its default bus, where an endpoint is set.
//!
//! Best effort, as on AWS: a bus that does not answer is left alone for a while, and what happens meanwhile is not sent, so that
//! no execution waits for it. <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::engine::Execution;
use crate::local::notifications::courier::Undelivered;
use crate::local::notifications::event::Event;
use crate::local::notifications::outside::{Arn, Call, Outside, Service};
use crate::local::tell::Tell;

/// So long nothing is sent after a try that was not answered.
const REST: Duration = Duration::from_secs(30);
/// How long the bus may take for its answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);

/// The default bus.
#[derive(Debug)]
pub(super) struct EventBridge {
    tell: Tell,
    told: AtomicBool,
    failed_at: Mutex<Option<Instant>>,
}

impl EventBridge {
    /// The bus, where the environment says where it is.
    pub(super) fn of(outside: &Outside, tell: Tell) -> Option<Self> {
        outside.endpoint(Service::EventBridge).ok()?;
        Some(Self { tell, told: AtomicBool::new(false), failed_at: Mutex::new(None) })
    }

    /// Whether the statuses of an execution are events: those of Express executions are not.
    /// <https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html>
    pub(super) fn takes(execution: &Execution) -> bool {
        execution.arn.split(':').nth(5) == Some("execution")
    }

    /// Sends an event, once.
    pub(super) async fn put(&self, outside: &Outside, execution_arn: &str, event: &Event) {
        if self.rests() {
            return;
        }
        let sent = tokio::time::timeout(ANSWER_TIMEOUT, put(outside, execution_arn, event)).await;
        let (failed, rests) = match sent {
            Ok(Ok(())) => return,
            // Who refuses answers, so nobody waits for it: the next event may be another.
            Ok(Err(Undelivered::ForGood(why) | Undelivered::Nowhere(why))) => (why, false),
            Ok(Err(Undelivered::ForNow(why) | Undelivered::Here(why))) => (why, true),
            Err(_) => (format!("no answer within {} s", ANSWER_TIMEOUT.as_secs()), true),
        };
        if rests {
            *self.failed_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
        if !self.told.swap(true, Ordering::Relaxed) {
            self.tell.say(&format!("statuses of executions do not reach EventBridge: {failed}"));
        }
    }

    fn rests(&self) -> bool {
        let failed_at = *self.failed_at.lock().unwrap_or_else(PoisonError::into_inner);
        failed_at.is_some_and(|at| at.elapsed() < REST)
    }
}

async fn put(outside: &Outside, execution_arn: &str, event: &Event) -> Result<(), Undelivered> {
    let arn = Arn::parse(execution_arn)?;
    let whole = event.payload.value();
    let entry = json!({
        "Source": whole["source"],
        "DetailType": whole["detail-type"],
        "Detail": whole["detail"].to_string(),
        "Resources": whole["resources"],
        "Time": event.at_seconds,
    });
    let body = json!({ "Entries": [entry] });
    let call = Call::json(Service::EventBridge, arn, "1.1", "AWSEvents.PutEvents", &body);
    let answer = outside.ask(&call).await?;
    // An entry can be refused in an answer with status 200.
    let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
    match answer.pointer("/Entries/0/ErrorCode").and_then(Value::as_str) {
        Some(code) => {
            let message = answer.pointer("/Entries/0/ErrorMessage").and_then(Value::as_str).unwrap_or_default();
            Err(Undelivered::ForGood(format!("{code}: {message}")))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::*;
    use crate::asl::Payload;
    use crate::engine::{ExecutionStatus, StatusChange, Timestamp};

    fn execution(kind: &str) -> Execution {
        Execution {
            qualified: crate::engine::Qualified::default(),
            map_run_arn: None,
            key: 1,
            arn: format!("arn:aws:states:eu-west-1:123456789012:{kind}:m:one").into(),
            state_machine_arn: "arn:aws:states:eu-west-1:123456789012:stateMachine:m".into(),
            name: "one".into(),
            status: ExecutionStatus::Running,
            started: Timestamp(1_551_225_271_984),
            stopped: None,
            input: Payload::parse("{}").unwrap(),
            output: None,
            error: None,
            cause: None,
            redriven: crate::engine::Redriven::default(),
        }
    }

    #[test]
    fn only_statuses_of_standard_executions_are_events() {
        assert!(EventBridge::takes(&execution("execution")));
        assert!(!EventBridge::takes(&execution("express")));
    }

    #[tokio::test]
    async fn a_bus_that_does_not_answer_is_left_alone_and_told_of_once() {
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", silent.local_addr().unwrap());
        let outside = Outside::new(&BTreeMap::from([("AWS_ENDPOINT_URL_EVENTBRIDGE".to_owned(), url)]));
        let said: Arc<Mutex<Vec<String>>> = Arc::default();
        let heard = Arc::clone(&said);
        let tell = Tell::to(move |line| heard.lock().unwrap().push(line.to_owned()));
        let bus = EventBridge::of(&outside, tell).unwrap();
        let execution = execution("execution");
        let event = Event::of(&StatusChange { id: "id".into(), execution: execution.clone() });
        bus.put(&outside, &execution.arn, &event).await;
        let begun = Instant::now();
        for _ in 0..1_000 {
            bus.put(&outside, &execution.arn, &event).await;
        }
        assert!(begun.elapsed() < ANSWER_TIMEOUT);
        let said = said.lock().unwrap().clone();
        assert_eq!(said, ["statuses of executions do not reach EventBridge: no answer within 2 s"]);
        assert!(EventBridge::of(&Outside::new(&BTreeMap::new()), Tell::default()).is_none());
    }
}
