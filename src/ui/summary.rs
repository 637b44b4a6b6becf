//! The end of an execution, told in full: a pure fold of its history.
//!
//! AWS's status alone misleads: an approval that nobody gave ends SUCCEEDED in a state called `TimeoutState`. So the final
//! state and the errors that were caught on the way belong to the answer.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use crate::engine::clock::Timestamp;
use crate::engine::history::HistoryEvent;
use crate::ui::printer::Paint;
use crate::ui::table::{cut, one_line};
use crate::ui::trace::{ErrorSeen, Step, Trace};

/// A cause is cut at this many characters on a terminal; `status -o json` has all of it.
const CAUSE_CHARACTERS_MAX: usize = 1_000;

/// An error that a state's Catch took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caught {
    /// The state that failed.
    pub state: String,
    /// Its error.
    pub error: ErrorSeen,
    /// The state that the Catch went to, once it was entered.
    pub next: Option<String>,
}

/// What became of an execution, or where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// `SUCCEEDED`, `FAILED`, `TIMED_OUT`, `ABORTED`, or what AWS adds one day; `None` while it runs.
    pub status: Option<Cow<'static, str>>,
    /// From the first event to the last one; who knows the execution's own start and end puts them here.
    pub duration: Duration,
    /// The top-level state that was entered last, once the execution has ended.
    pub final_state: Option<String>,
    /// The states that it is in while it runs, the outermost first, each name once.
    pub current_states: Vec<String>,
    /// In the order of the history.
    pub caught: Vec<Caught>,
    /// How many attempts were made again.
    pub retries: usize,
    /// How often it was redriven.
    pub redrives: usize,
    /// The states whose tokens nobody has answered.
    pub waiting: Vec<String>,
    /// The error that ended it.
    pub error: ErrorSeen,
}

/// Folds a whole history, in the order of ids.
pub fn summarize(events: &[HistoryEvent]) -> Summary {
    let mut fold = Fold::default();
    for event in events {
        fold.push(event);
    }
    fold.summary()
}

/// A summary in the making, for who does not keep the events.
#[derive(Debug, Default)]
pub struct Fold {
    trace: Trace,
    summary: Summary,
    /// The visits that wait for their tokens: a state's name can be that of many at once.
    waiting: Vec<(u64, String)>,
    /// The event that left each of the states in `caught`; what a Catch went to follows it, branch by branch.
    left: Vec<u64>,
    /// The top-level state that was entered last.
    last: Option<String>,
    /// The names of all states that were entered.
    entered: HashSet<String>,
    /// The times of the first and of the newest event.
    span: Option<(Timestamp, Timestamp)>,
}

impl Fold {
    /// Takes the next event. One that was pushed before is ignored.
    pub fn push(&mut self, event: &HistoryEvent) -> Option<Step> {
        if event.id <= self.last_id() {
            return None;
        }
        let step = self.trace.push(event);
        let first = self.span.map_or(event.timestamp, |(first, _)| first);
        self.span = Some((first, event.timestamp));
        if let Some(step) = &step {
            self.note(event, step);
        }
        step
    }

    /// What is known so far.
    pub fn summary(&self) -> Summary {
        let mut summary = self.summary.clone();
        match summary.status {
            Some(_) => summary.final_state.clone_from(&self.last),
            None => summary.current_states = self.trace.current(),
        }
        if let Some((first, last)) = self.span {
            summary.duration = Duration::from_millis(u64::try_from(last.0 - first.0).unwrap_or(0));
        }
        summary.waiting = self.waiting().map(ToOwned::to_owned).collect();
        summary
    }

    /// The id of the newest event; 0 before the first.
    pub fn last_id(&self) -> u64 {
        self.trace.last_id()
    }

    /// The states whose tokens nobody has answered.
    pub fn waiting(&self) -> impl Iterator<Item = &str> {
        let waiting = self.waiting.iter().filter(|(visit, _)| self.trace.is_open(*visit));
        waiting.map(|(_, state)| state.as_str())
    }

    /// Whether a state of this name was ever entered.
    pub fn has_entered(&self, state: &str) -> bool {
        self.entered.contains(state)
    }

    fn note(&mut self, event: &HistoryEvent, step: &Step) {
        match step {
            Step::Entered { state, depth, .. } => {
                if let Some(at) = self.left.iter().position(|left| *left == event.previous_event_id) {
                    self.summary.caught[at].next = Some(state.clone());
                }
                if !self.entered.contains(state) {
                    self.entered.insert(state.clone());
                }
                if *depth == 0 {
                    self.last = Some(state.clone());
                }
            }
            Step::Failed { visit, .. } => self.answered(*visit),
            Step::Waiting { visit, state, .. } => self.waiting.push((*visit, state.clone())),
            Step::Retried { visit, .. } => {
                self.summary.retries += 1;
                self.answered(*visit);
            }
            Step::Exited { visit, state, caught, .. } => {
                self.answered(*visit);
                if let Some(error) = caught {
                    self.left.push(event.id);
                    self.summary.caught.push(Caught { state: state.clone(), error: error.clone(), next: None });
                }
            }
            Step::Ended { status, error } => {
                self.waiting.clear();
                self.summary.status = Some(Cow::Borrowed(status));
                if *status != "SUCCEEDED" {
                    self.summary.error = error.clone();
                }
            }
            Step::Redriven => {
                self.summary.redrives += 1;
                self.summary.status = None;
                self.summary.error = ErrorSeen::default();
            }
        }
    }

    fn answered(&mut self, visit: u64) {
        self.waiting.retain(|(waits, _)| *waits != visit);
    }
}

impl Summary {
    /// The lines that end an `invoke` or `wait` on stderr.
    pub fn render(&self, paint: Paint) -> String {
        let status = self.status.as_deref().unwrap_or("RUNNING");
        let mut text = format!("{}  {}", paint.status(status), seconds(self.duration));
        if let Some(state) = &self.final_state {
            let _ = write!(text, "  {} {}", paint.dim("final state"), one_line(state));
        }
        text.push('\n');
        for caught in &self.caught {
            let _ = writeln!(text, "  {} {}", paint.yellow("caught"), caught.describe());
        }
        for (name, value) in [("error ", self.error.error.clone()), ("cause ", self.error.told_cause())] {
            if !value.is_empty() {
                let _ = writeln!(text, "  {} {}", paint.red(name), cut(&one_line(&value), CAUSE_CHARACTERS_MAX));
            }
        }
        text
    }

    /// What the JSON of an execution gets besides AWS's own members.
    pub fn to_json(&self) -> Value {
        let caught = |caught: &Caught| {
            json!({
                "state": caught.state, "error": caught.error.error, "cause": caught.error.cause, "next": caught.next
            })
        };
        let mut value = json!({
            "finalState": self.final_state,
            "currentStates": self.current_states,
            "caught": self.caught.iter().map(caught).collect::<Vec<_>>(),
            "retries": self.retries,
            "redrives": self.redrives,
            "waiting": self.waiting,
        });
        if self.status.is_some() {
            value["durationSeconds"] = json!(self.duration.as_secs_f64());
        }
        value
    }
}

impl Caught {
    /// `States.Timeout in SendWait, went on to TimeoutState`
    pub fn describe(&self) -> String {
        let name = if self.error.error.is_empty() { "an error" } else { &self.error.error };
        one_line(&match &self.next {
            Some(next) => format!("{name} in {}, went on to {next}", self.state),
            None => format!("{name} in {}", self.state),
        })
    }
}

/// A duration as people read it: `340 ms`, `1.2 s`, `2 min 5 s`, `3 h 4 min`.
pub fn seconds(duration: Duration) -> String {
    let (whole, milliseconds) = (duration.as_secs(), duration.as_millis());
    match whole {
        0 => format!("{milliseconds} ms"),
        1..60 => format!("{}.{} s", whole, (milliseconds % 1000) / 100),
        60..3_600 => format!("{} min {} s", whole / 60, whole % 60),
        3_600..86_400 => format!("{} h {} min", whole / 3_600, whole % 3_600 / 60),
        _ => format!("{} d {} h", whole / 86_400, whole % 86_400 / 3_600),
    }
}

#[cfg(test)]
mod tests;
