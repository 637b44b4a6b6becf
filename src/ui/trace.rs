//! Events → steps: what each event of a history means to somebody who follows the execution.
//!
//! A fold without IO: push events in the order of their ids, get the [`Step`]s that they amount to. Branches run side by
//! side and are told apart by `previousEventId`, as AWS records it.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use serde_json::Value;

use crate::engine::clock::Timestamp;
use crate::engine::history::HistoryEvent;

/// An error as a state reported it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ErrorSeen {
    /// `States.Timeout`, `CustomError`; empty where the event names none.
    pub error: String,
    /// The cause; empty where the event gives none.
    pub cause: String,
}

impl ErrorSeen {
    /// The cause for people: the message of a Lambda function's error object, without the error's name before it; any
    /// other cause as it is.
    pub fn told_cause(&self) -> String {
        let object: Option<Value> = serde_json::from_str(&self.cause).ok();
        let Some(message) = object.as_ref().and_then(|object| object.get("errorMessage")?.as_str()) else {
            return self.cause.clone();
        };
        let named = message.strip_prefix(self.error.as_str()).filter(|_| !self.error.is_empty());
        named.and_then(|rest| rest.strip_prefix(": ")).unwrap_or(message).to_owned()
    }
}

/// Something that a person wants to know while an execution runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A state began.
    Entered {
        /// The id of the event, by which [`Step::Exited`] names the same visit of the state.
        visit: u64,
        /// Its name.
        state: String,
        /// How many states are around it.
        depth: usize,
        /// When.
        at: Timestamp,
    },
    /// An attempt of a state failed; whether it is tried again, caught or the end is not known yet.
    Failed {
        /// The visit.
        visit: u64,
        /// Its name.
        state: String,
        /// Why.
        error: ErrorSeen,
    },
    /// A state waits for somebody to answer its token.
    Waiting {
        /// The visit.
        visit: u64,
        /// Its name.
        state: String,
        /// How many states are around it.
        depth: usize,
    },
    /// A state failed and is tried again.
    Retried {
        /// The visit.
        visit: u64,
        /// Its name.
        state: String,
        /// How many states are around it.
        depth: usize,
        /// Why.
        error: ErrorSeen,
    },
    /// A state ended.
    Exited {
        /// The visit.
        visit: u64,
        /// Its name.
        state: String,
        /// How many states are around it.
        depth: usize,
        /// From entering to leaving.
        took: Duration,
        /// The error that a Catch of the state took, if one did.
        caught: Option<ErrorSeen>,
    },
    /// The execution ended.
    Ended {
        /// `SUCCEEDED`, `FAILED`, `TIMED_OUT`, `ABORTED`.
        status: &'static str,
        /// Of those that did not succeed.
        error: ErrorSeen,
    },
    /// The execution had ended, and goes on from where it failed.
    Redriven,
}

impl Step {
    /// The name of the state that it is about.
    pub fn state(&self) -> Option<&str> {
        match self {
            Self::Entered { state, .. }
            | Self::Failed { state, .. }
            | Self::Waiting { state, .. }
            | Self::Retried { state, .. }
            | Self::Exited { state, .. } => Some(state),
            Self::Ended { .. } | Self::Redriven => None,
        }
    }
}

/// What is remembered of an event, until no other can follow it.
#[derive(Debug, Clone)]
struct Place {
    /// The visits of states around it, the outermost first.
    visits: Vec<u64>,
    /// The error that it carries, if it is a failure.
    failure: Option<ErrorSeen>,
    /// The task waits for its token.
    awaits_token: bool,
    /// The index of the Map's iteration that it belongs to, below the innermost visit.
    iteration: Option<u64>,
    /// It is the redrive itself: the next event can enter a state again whose visit is open.
    is_redrive: bool,
}

/// A visit of a state.
#[derive(Debug, Clone)]
struct Visit {
    state: String,
    /// The visit around it.
    within: Option<u64>,
    /// Where that is a Map: in which of its iterations.
    iteration: Option<u64>,
    /// `ParallelStateEntered`, `MapStateEntered`, …
    entered: String,
    at_milliseconds: i64,
}

/// The fold.
#[derive(Debug, Default)]
pub struct Trace {
    places: HashMap<u64, Place>,
    visits: HashMap<u64, Visit>,
    /// Visits that were cut off: a redrive goes on with them.
    cut_off: HashMap<u64, Visit>,
    last_id: u64,
    /// The id of the last redrive's event, 0 before the first, and when it was.
    redriven: (u64, i64),
}

impl Trace {
    /// The id of the newest event that was pushed; 0 before the first.
    pub fn last_id(&self) -> u64 {
        self.last_id
    }

    /// The states that were entered and not left, in the order of entering, each name once.
    pub fn current(&self) -> Vec<String> {
        let mut visits: Vec<_> = self.visits.iter().collect();
        visits.sort_unstable_by_key(|(visit, _)| **visit);
        let mut seen = HashSet::new();
        visits.into_iter().map(|(_, visit)| visit.state.clone()).filter(|state| seen.insert(state.clone())).collect()
    }

    /// Whether a visit was not left yet.
    pub fn is_open(&self, visit: u64) -> bool {
        self.visits.contains_key(&visit)
    }

    /// Whether an event that was pushed last belongs to a visit of a state of this name, or to one around it.
    pub fn is_within(&self, event: u64, state: &str) -> bool {
        let visits = self.places.get(&event).map_or(&[][..], |place| &place.visits);
        visits.iter().filter_map(|visit| self.visits.get(visit)).any(|visit| visit.state == state)
    }

    /// The innermost visit that an event belongs to.
    pub fn visit_of(&self, event: u64) -> Option<u64> {
        self.places.get(&event)?.visits.last().copied()
    }

    /// The states around a visit that was not left, the outermost first, each with the index of its iteration where it is
    /// a Map, and the state itself last.
    pub fn path(&self, visit: u64) -> Vec<(String, Option<u64>)> {
        let mut path = Vec::new();
        let (mut next, mut iteration) = (Some(visit), None);
        while let Some(visit) = next.and_then(|visit| self.visits.get(&visit)) {
            path.push((visit.state.clone(), iteration));
            (next, iteration) = (visit.within, visit.iteration);
        }
        path.reverse();
        path
    }

    /// Takes the next event. One that was pushed before is ignored.
    pub fn push(&mut self, event: &HistoryEvent) -> Option<Step> {
        if event.id <= self.last_id {
            return None;
        }
        let last_id = std::mem::replace(&mut self.last_id, event.id);
        let is_redrive = event.event_type == "ExecutionRedriven";
        let followed = if is_redrive { last_id } else { event.previous_event_id };
        let before = self.places.get(&followed).cloned();
        let mut place = Place {
            visits: before.as_ref().map(|place| place.visits.clone()).unwrap_or_default(),
            failure: failure_of(event, before.as_ref()),
            awaits_token: before.as_ref().is_some_and(|place| place.awaits_token),
            iteration: before.as_ref().and_then(|place| place.iteration),
            is_redrive,
        };
        if is_redrive {
            self.redriven = (event.id, event.timestamp.0);
        } else if followed < self.redriven.0 {
            self.reopen(&place);
        }
        if before.as_ref().is_some_and(|place| place.is_redrive) {
            self.enter_again(event, &mut place);
        }
        let step = self.step(event, &mut place, before.and_then(|place| place.failure));
        self.places.insert(event.id, place);
        step
    }

    fn step(&mut self, event: &HistoryEvent, place: &mut Place, failed_before: Option<ErrorSeen>) -> Option<Step> {
        let kind = event.event_type.as_ref();
        if let Some(status) = end_status(kind) {
            return Some(Step::Ended { status, error: own_error(event).or(failed_before).unwrap_or_default() });
        }
        if kind.ends_with("StateEntered") {
            return Some(self.enter(event, place));
        }
        if place.is_redrive {
            return Some(Step::Redriven);
        }
        self.leave_branch(kind, place);
        if kind == "MapIterationStarted" {
            place.iteration = event.detail("index").and_then(Value::as_u64);
        }
        if kind.ends_with("StateExited") {
            return self.exit(event, place, failed_before);
        }
        let visit = *place.visits.last()?;
        if kind.ends_with("StateFailed") {
            self.close_inside(visit);
        }
        let state = self.visits.get(&visit)?.state.clone();
        let depth = place.visits.len() - 1;
        if kind.ends_with("Scheduled") {
            place.awaits_token = event.text("resource").is_some_and(|name| name.ends_with(".waitForTaskToken"));
        }
        // The failure of one item is not yet that of its Map.
        if let Some(error) = place.failure.clone().filter(|_| kind != "MapIterationFailed") {
            return Some(Step::Failed { visit, state, error });
        }
        match failed_before {
            Some(error) if place.failure.is_none() => Some(Step::Retried { visit, state, depth, error }),
            None if kind == "TaskSubmitted" && place.awaits_token => Some(Step::Waiting { visit, state, depth }),
            _ => None,
        }
    }

    fn enter(&mut self, event: &HistoryEvent, place: &mut Place) -> Step {
        let state = event.text("name").unwrap_or_default().to_owned();
        let depth = place.visits.len();
        let within = place.visits.last().copied();
        let iteration = place.iteration.take();
        place.visits.push(event.id);
        place.awaits_token = false;
        let entered = event.event_type.to_string();
        let visit = Visit { state: state.clone(), within, iteration, entered, at_milliseconds: event.timestamp.0 };
        self.visits.insert(event.id, visit);
        Step::Entered { visit: event.id, state, depth, at: event.timestamp }
    }

    /// A redrive begins the state that failed once more: with an event that enters it again, or with the task's next event.
    fn enter_again(&mut self, event: &HistoryEvent, place: &mut Place) {
        if !event.event_type.ends_with("StateEntered") {
            return;
        }
        let name = event.text("name").unwrap_or_default();
        let is_it = |visit: &u64| self.visits.get(visit).is_some_and(|visit| visit.state == name);
        let Some(at) = place.visits.iter().position(is_it) else { return };
        let visit = place.visits[at];
        place.visits.truncate(at);
        self.close_inside(visit);
        self.visits.remove(&visit);
    }

    /// What goes on in a redrive follows the entry of its state, which was before: the visits begin anew.
    fn reopen(&mut self, place: &Place) {
        for visit in &place.visits {
            if let Some(cut_off) = self.cut_off.remove(visit) {
                self.visits.insert(*visit, cut_off);
            }
            if let Some(open) = self.visits.get_mut(visit) {
                open.at_milliseconds = open.at_milliseconds.max(self.redriven.1);
            }
        }
    }

    fn exit(&mut self, event: &HistoryEvent, place: &mut Place, caught: Option<ErrorSeen>) -> Option<Step> {
        let visit = place.visits.pop()?;
        let entered = self.visits.remove(&visit)?;
        place.iteration = entered.iteration;
        if entered.entered.starts_with("Parallel") || entered.entered.starts_with("Map") {
            self.close_inside(visit);
        }
        let took = u64::try_from(event.timestamp.0.saturating_sub(entered.at_milliseconds)).unwrap_or(0);
        Some(Step::Exited {
            visit,
            state: entered.state,
            depth: place.visits.len(),
            took: Duration::from_millis(took),
            caught,
        })
    }

    /// Branches that were cut off leave no event of their own.
    fn close_inside(&mut self, around: u64) {
        let mut closed = vec![around];
        while let Some(outer) = closed.pop() {
            for (id, visit) in self.visits.extract_if(|_, visit| visit.within == Some(outer)) {
                closed.push(id);
                self.cut_off.insert(id, visit);
            }
        }
    }

    /// `ParallelStateFailed` follows an event of the branch that failed, and stands outside of that branch.
    fn leave_branch(&self, kind: &str, place: &mut Place) {
        let around = match kind {
            "ParallelStateSucceeded" | "ParallelStateFailed" | "ParallelStateAborted" | "ParallelStateExited" => {
                "Parallel"
            }
            _ if kind.starts_with("Map") && !kind.ends_with("Started") => "MapState",
            _ => return,
        };
        let is_around = |visit: &u64| self.visits.get(visit).is_some_and(|visit| visit.entered.starts_with(around));
        if let Some(at) = place.visits.iter().rposition(is_around) {
            place.visits.truncate(at + 1);
            place.iteration = None;
        }
    }
}

/// The status that an event of an execution's end stands for.
fn end_status(kind: &str) -> Option<&'static str> {
    match kind {
        "ExecutionSucceeded" => Some("SUCCEEDED"),
        "ExecutionFailed" => Some("FAILED"),
        "ExecutionTimedOut" => Some("TIMED_OUT"),
        "ExecutionAborted" => Some("ABORTED"),
        _ => None,
    }
}

/// The error of an event that is a failure; `MapIterationFailed` and its like carry none and pass on the one before.
fn failure_of(event: &HistoryEvent, before: Option<&Place>) -> Option<ErrorSeen> {
    let kind = event.event_type.as_ref();
    let fails = ["Failed", "TimedOut", "FailStateEntered"].iter().any(|end| kind.ends_with(end));
    if !fails || kind == "ExecutionFailed" {
        return None;
    }
    own_error(event).or_else(|| before.and_then(|place| place.failure.clone())).or_else(|| Some(ErrorSeen::default()))
}

fn own_error(event: &HistoryEvent) -> Option<ErrorSeen> {
    let (error, cause) = (event.text("error"), event.text("cause"));
    let seen =
        || ErrorSeen { error: error.unwrap_or_default().to_owned(), cause: cause.unwrap_or_default().to_owned() };
    (error.is_some() || cause.is_some()).then(seen)
}
