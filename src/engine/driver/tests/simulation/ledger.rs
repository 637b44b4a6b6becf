//! What was answered, and whether the store still says so.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::engine::api::EngineError;
use crate::engine::driver::reads::Reader;
use crate::engine::history::HistoryEvent;

/// What is known of an execution that was acknowledged.
struct Known {
    key: i64,
    input: Payload,
    /// When it was stopped, as was answered.
    stops: Vec<Timestamp>,
    redrives: u32,
    /// What its tokens' holders sent, and was taken.
    taken: Vec<String>,
    /// The events that were seen.
    events: Vec<HistoryEvent>,
    /// With how many redrives it was seen to have ended, and how.
    end: Option<(u32, ExecutionStatus, Option<Timestamp>, Option<String>)>,
}

/// Everything that was acknowledged, by ARN.
#[derive(Default)]
pub(super) struct Ledger {
    known: BTreeMap<Arc<str>, Known>,
    /// Refused by the store: not there, until the power goes.
    absent: BTreeSet<String>,
    /// Asked for since the power went.
    asked: BTreeSet<String>,
    /// Asked for before it went: there or not, whatever was answered since.
    perhaps: BTreeSet<String>,
    /// What was sent with a token and refused for good.
    refused: BTreeSet<String>,
}

fn demand(holds: bool, why: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(why()) }
}

impl Ledger {
    pub(super) fn started(&mut self, execution: &Execution) -> Result<(), String> {
        let known = self.known.entry(Arc::clone(&execution.arn)).or_insert_with(|| Known {
            key: execution.key,
            input: execution.input.clone(),
            stops: Vec::new(),
            redrives: 0,
            taken: Vec::new(),
            events: Vec::new(),
            end: None,
        });
        demand(known.key == execution.key, || format!("{} is another execution now", execution.arn))
    }

    pub(super) fn asked(&mut self, arn: &str) {
        self.asked.insert(arn.to_owned());
    }

    pub(super) fn not_started(&mut self, arn: &str) {
        if !self.perhaps.contains(arn) {
            self.absent.insert(arn.to_owned());
        }
    }

    /// The power went: what was refused, or not answered, may be there.
    pub(super) fn cut(&mut self) {
        self.absent.clear();
        self.perhaps.append(&mut self.asked);
    }

    pub(super) fn stopped(&mut self, arn: &str, at: Timestamp) {
        self.known.get_mut(arn).expect("only what is known is stopped").stops.push(at);
    }

    pub(super) fn redriven(&mut self, arn: &str) {
        self.known.get_mut(arn).expect("only what is known is redriven").redrives += 1;
    }

    pub(super) fn taken(&mut self, arn: &str, mark: String) {
        // Of an execution whose start nobody heard of, nothing is checked.
        if let Some(known) = self.known.get_mut(arn) {
            known.taken.push(mark);
        }
    }

    pub(super) fn refused(&mut self, mark: String) {
        self.refused.insert(mark);
    }

    pub(super) fn arns(&self) -> Vec<Arc<str>> {
        self.known.keys().cloned().collect()
    }

    /// Compares all that is known with what the store says.
    pub(super) fn check(&mut self, reader: &mut Reader) -> Result<(), String> {
        for arn in &self.absent {
            let there = reader.execution(arn);
            let absent = matches!(there, Err(EngineError::ExecutionDoesNotExist(_)));
            demand(absent || self.known.contains_key(arn.as_str()), || format!("{arn} was refused and is there"))?;
        }
        for (arn, known) in &mut self.known {
            known.check(arn, reader, &self.refused).map_err(|why| format!("{arn}: {why}"))?;
        }
        Ok(())
    }
}

impl Known {
    fn check(&mut self, arn: &str, reader: &mut Reader, refused: &BTreeSet<String>) -> Result<(), String> {
        let found = reader.execution(arn).map_err(|error| error.to_string())?;
        demand(found.key == self.key && found.input == self.input, || "it is another execution".to_owned())?;
        let count = found.redriven.count;
        demand(count >= self.redrives, || format!("{count} redrives, {} were answered", self.redrives))?;
        let events = reader.history(arn, None, false, ALL).map_err(|error| error.to_string())?.events;
        let before = self.events.len();
        demand(events.len() >= before && events[..before] == self.events, || "its history changed".to_owned())?;
        self.check_events(&events, &found, refused)?;
        if found.status != ExecutionStatus::Running {
            let output = found.output.as_ref().map(|output| output.text().to_owned());
            let end = (count, found.status, found.stopped, output);
            let same = self.end.as_ref().is_none_or(|known| known.0 < count || *known == end);
            demand(same, || format!("it ended as {:?} and as {end:?}", self.end))?;
            self.end = Some(end);
        } else if let Some((ended, ..)) = &self.end {
            demand(*ended < count, || "it had ended, and goes on".to_owned())?;
        }
        self.events = events;
        Ok(())
    }

    fn check_events(
        &self,
        events: &[HistoryEvent],
        found: &Execution,
        refused: &BTreeSet<String>,
    ) -> Result<(), String> {
        let numbered = events.iter().zip(1..).all(|(event, id)| event.id == id && event.previous_event_id < id);
        demand(numbered && !events.is_empty(), || "its history has gaps".to_owned())?;
        let monotone = events.windows(2).all(|pair| pair[0].timestamp <= pair[1].timestamp);
        demand(monotone, || "its time runs backwards".to_owned())?;
        let ends: Vec<_> = events.iter().filter(|event| is_end(&event.event_type)).collect();
        let expected = found.redriven.count as usize + usize::from(found.status != ExecutionStatus::Running);
        demand(ends.len() == expected, || format!("it ended {} times, not {expected}", ends.len()))?;
        for stop in &self.stops {
            demand(ends.iter().any(|end| end.timestamp == *stop), || format!("it was not stopped at {stop:?}"))?;
        }
        let outputs: Vec<&str> = events
            .iter()
            .filter(|event| &*event.event_type == "TaskSucceeded")
            .filter_map(|event| event.text("output"))
            .collect();
        for mark in &self.taken {
            let times = outputs.iter().filter(|output| *output == mark).count();
            demand(times == 1, || format!("{mark} was taken and is there {times} times"))?;
        }
        demand(!outputs.iter().any(|output| refused.contains(*output)), || "a refused answer is there".to_owned())?;
        self.check_waits(events)
    }

    /// A Wait state of three seconds is left at its time, whatever happened meanwhile, and never before it.
    fn check_waits(&self, events: &[HistoryEvent]) -> Result<(), String> {
        for left in events.iter().filter(|event| &*event.event_type == "WaitStateExited") {
            let entered = events.iter().find(|event| event.id == left.previous_event_id);
            let waited = entered.map_or(0, |entered| left.timestamp.0 - entered.timestamp.0);
            demand(waited >= 3_000, || format!("execution {} waited {waited} ms only", self.key))?;
        }
        Ok(())
    }
}

fn is_end(event_type: &str) -> bool {
    ["ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut"].contains(&event_type)
}
