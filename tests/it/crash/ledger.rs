//! What the server said, and what was asked of it without an answer; what must hold of both, whoever serves the store.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::client::{Client, Silence};
use super::mix::{ACCOUNT, Kind};

/// Everything that is known of the server's store, from the outside.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// By name.
    pub(super) executions: BTreeMap<String, Said>,
    /// Definitions of machines whose making was acknowledged, by ARN.
    pub(super) machines: BTreeMap<String, String>,
    /// How often what was acknowledged.
    pub(super) acknowledged: BTreeMap<&'static str, usize>,
}

/// What was said and asked of one execution.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) kind: Kind,
    pub(super) input: Value,
    /// Its start was acknowledged.
    pub(super) started: bool,
    pub(super) answers: Vec<Answer>,
    pub(super) stops: Vec<Stop>,
    /// How often it was redriven, and perhaps so often more.
    pub(super) redrives: usize,
    pub(super) perhaps_redriven: usize,
    /// The longest history that was seen.
    history: Vec<Value>,
    /// The first description with an end that was seen.
    pub(super) end: Option<Value>,
    /// Whether it had ended when it was looked at last; a redriven one may go on again.
    ended: bool,
}

/// What was sent with a task's token.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    /// An output, or the cause of a failure: like no other.
    pub(super) text: String,
    pub(super) success: bool,
    pub(super) acknowledged: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Stop {
    pub(super) cause: String,
    pub(super) acknowledged: bool,
}

/// Events that are the end of an execution.
const ENDS: [&str; 4] = ["ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut"];

pub(super) fn arn(kind: Kind, name: &str) -> String {
    format!("{ACCOUNT}:execution:{}:{name}", kind.machine())
}

impl Ledger {
    pub(super) fn count(&mut self, operation: &'static str) {
        *self.acknowledged.entry(operation).or_default() += 1;
    }

    /// What went on when it was looked at last.
    pub(super) fn unended(&self) -> Vec<String> {
        let unended = self.executions.iter().filter(|(_, said)| said.started && !said.ended);
        unended.map(|(name, _)| name.clone()).collect()
    }

    /// Names of executions that began, and have not ended for ever as far as is known.
    pub(super) fn going_on(&self, kind: impl Fn(Kind) -> bool) -> Vec<String> {
        let open = |said: &Said| said.started && said.end.is_none() && kind(said.kind);
        self.executions.iter().filter(|(_, said)| open(said)).map(|(name, _)| name.clone()).collect()
    }
}

impl Said {
    pub(super) fn new(kind: Kind, input: Value) -> Self {
        let (answers, stops, history) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            kind,
            input,
            started: false,
            answers,
            stops,
            redrives: 0,
            perhaps_redriven: 0,
            history,
            end: None,
            ended: false,
        }
    }

    /// Looks at the execution when nobody else does anything to it, and checks everything; `Lost` when the server goes.
    pub(super) fn check(&mut self, name: &str, client: &Client) -> Result<(), Silence> {
        let arn = arn(self.kind, name);
        let described = match client.call("DescribeExecution", &json!({"executionArn": arn})) {
            Err(Silence::Refused(_)) if !self.started => return Ok(()),
            Err(Silence::Refused(error)) => panic!("{name}: its start was acknowledged, and now it is {error}"),
            described => described?,
        };
        let history = client.history(&arn)?;
        self.check_description(name, &described);
        self.check_history(name, &history);
        for answer in self.answers.iter().filter(|answer| answer.acknowledged) {
            let member = if answer.success { "output" } else { "cause" };
            let mut details = history.iter().flat_map(|event| event.as_object().unwrap().values());
            let there = details.any(|details| details[member] == *answer.text);
            assert!(there, "{name}: {answer:?} was acknowledged, and the history does not have it: {history:#?}");
        }
        let ended = described["status"] != "RUNNING";
        let redrives = self.redrives + self.perhaps_redriven;
        let stopped = redrives == 0 && self.stops.iter().any(|stop| stop.acknowledged);
        assert!(ended || !stopped, "{name}: a stop was acknowledged, and it goes on");
        // The events that were there when it was described, and perhaps more: it went on in between.
        let ends = ends(&history);
        assert!(usize::from(ended) <= ends && ends <= 1 + redrives, "{name}: {ends} ends in {history:#?}");
        if ended && redrives == 0 {
            assert!(ENDS.contains(&history.last().unwrap()["type"].as_str().unwrap()), "{name}: {history:#?}");
            self.end = Some(described);
        }
        self.started = true;
        self.ended = ended;
        Ok(())
    }

    fn check_description(&self, name: &str, described: &Value) {
        let input: Value = serde_json::from_str(described["input"].as_str().unwrap()).unwrap();
        assert_eq!(input, self.input, "{name}");
        if let Some(end) = &self.end {
            assert_eq!(described, end, "{name} ended, and then differently");
        }
        match described["status"].as_str().unwrap() {
            "RUNNING" => {}
            "SUCCEEDED" => {
                let output = described["output"].as_str().unwrap();
                let answered = self.answers.iter().any(|answer| answer.success && answer.text == output);
                let expected = self.kind.output(&self.input).map(|output| output.to_string());
                assert!(answered || expected.as_deref() == Some(output), "{name}: {described} of {self:#?}");
            }
            "FAILED" => {
                let cause = described["cause"].as_str().unwrap_or_default();
                let answered = self.answers.iter().any(|answer| !answer.success && answer.text == cause);
                assert!(answered, "{name}: {described} of {self:#?}");
            }
            "ABORTED" => {
                let cause = described["cause"].as_str().unwrap_or_default();
                assert!(self.stops.iter().any(|stop| stop.cause == cause), "{name}: {described} of {self:#?}");
            }
            status => panic!("{name}: {status}: {described}"),
        }
        let acknowledged = self.answers.iter().filter(|answer| answer.acknowledged).count();
        assert!(
            acknowledged <= 1 + self.redrives + self.perhaps_redriven,
            "{name}: one token was answered {acknowledged} times"
        );
    }

    /// Numbers without a gap, links to earlier events, time that does not run back, and nothing that was seen has changed.
    fn check_history(&mut self, name: &str, history: &[Value]) {
        for (event, id) in history.iter().zip(1..) {
            assert_eq!(event["id"], id, "{name}: {history:#?}");
            assert!(event["previousEventId"].as_i64().unwrap() < id, "{name}: {event}");
        }
        let at = |event: &Value| event["timestamp"].as_f64().unwrap();
        assert!(history.windows(2).all(|pair| at(&pair[0]) <= at(&pair[1])), "{name}: {history:#?}");
        let seen = &self.history;
        assert!(history.starts_with(seen), "{name}: {seen:#?} was seen, and now it is {history:#?}");
        self.history = history.to_vec();
    }

    pub(super) fn events(&self) -> usize {
        self.history.len()
    }
}

fn ends(history: &[Value]) -> usize {
    history.iter().filter(|event| ENDS.contains(&event["type"].as_str().unwrap())).count()
}
