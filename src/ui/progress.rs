//! What an execution does while one waits: spinners on a terminal, plain lines elsewhere.
//!
//! Takes [`Step`]s. Must not know where they come from.

use std::collections::HashMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::engine::clock::Timestamp;
use crate::ui::printer::{Paint, Printer};
use crate::ui::summary::seconds;
use crate::ui::table::{cut, one_line};
use crate::ui::trace::{ErrorSeen, Step};

/// More spinners than this would scroll a terminal; a Map of a thousand items shows the first ones.
const SPINNERS_MAX: usize = 12;
/// A cause in a progress line is cut at this many characters.
const CAUSE_CHARACTERS_MAX: usize = 160;

/// Where progress goes.
#[derive(Debug)]
pub enum Progress {
    /// Nowhere: `--no-progress`.
    Off,
    /// Lines on stderr.
    Plain(Printer),
    /// Lines on stderr, with a spinner per running state below them.
    Terminal(Spinners),
}

/// The spinners of a terminal.
#[derive(Debug)]
pub struct Spinners {
    bars: MultiProgress,
    /// By whose execution a visit is of, and its id there.
    running: HashMap<(String, u64), ProgressBar>,
    paint: Paint,
}

impl Progress {
    /// Spinners on the terminal that stderr is.
    pub fn terminal(paint: Paint) -> Self {
        let bars = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        Self::Terminal(Spinners { bars, running: HashMap::new(), paint })
    }

    /// Shows a step of the execution that is called `whose`; the only one that is followed needs no name.
    pub fn step(&mut self, whose: &str, step: &Step) {
        match self {
            Self::Off => {}
            Self::Plain(printer) => {
                if let Some(line) = line(step, printer.paint_err()) {
                    printer.err_line(&format!("{}{line}", named(whose)));
                }
            }
            Self::Terminal(spinners) => spinners.step(whose, step),
        }
    }

    /// Takes away what moves of an execution that is called `whose`, which has ended, and lets `tell` write of it.
    pub fn ended(&mut self, whose: &str, tell: impl FnOnce()) {
        let Self::Terminal(spinners) = self else { return tell() };
        spinners.running.retain(|(of, _), bar| {
            let stays = of != whose;
            if !stays {
                bar.finish_and_clear();
            }
            stays
        });
        spinners.bars.suspend(tell);
    }

    /// Says a line of its own among the steps.
    pub fn say(&self, line: &str) {
        match self {
            Self::Off => {}
            Self::Plain(printer) => printer.err_line(line),
            // Nobody can be told when stderr is gone.
            Self::Terminal(spinners) => drop(spinners.bars.println(line)),
        }
    }
}

/// Also where a signal cuts the waiting off, no spinner is left on the terminal.
impl Drop for Spinners {
    fn drop(&mut self) {
        for (_, bar) in self.running.drain() {
            bar.finish_and_clear();
        }
    }
}

impl Spinners {
    fn step(&mut self, whose: &str, step: &Step) {
        if let Some(line) = line(step, self.paint) {
            // Nobody can be told when stderr is gone.
            let _ = self.bars.println(format!("{}{line}", named(whose)));
        }
        let of = |visit: &u64| (whose.to_owned(), *visit);
        let state = one_line(step.state().unwrap_or_default());
        match step {
            Step::Entered { visit, depth, at, .. } if self.running.len() < SPINNERS_MAX => {
                // Named before it is drawn, and as old as the state is: what one comes back to has run for a while.
                let age = Timestamp::now().0.saturating_sub(at.0);
                let bar = ProgressBar::new_spinner()
                    .with_style(style())
                    .with_prefix(named(whose) + &indent(*depth))
                    .with_message(state);
                let bar = bar.with_elapsed(Duration::from_millis(u64::try_from(age).unwrap_or(0)));
                let bar = self.bars.add(bar);
                bar.enable_steady_tick(Duration::from_millis(100));
                self.running.insert(of(visit), bar);
            }
            Step::Waiting { visit, .. } => self.say(&of(visit), format!("{state}  waits for its task token")),
            Step::Failed { visit, error, .. } => {
                self.say(&of(visit), format!("{state}  failed with {}", describe(error)));
            }
            Step::Retried { visit, .. } => self.say(&of(visit), state),
            Step::Exited { visit, .. } => {
                if let Some(bar) = self.running.remove(&of(visit)) {
                    bar.finish_and_clear();
                }
            }
            _ => {}
        }
    }

    fn say(&self, visit: &(String, u64), text: String) {
        if let Some(bar) = self.running.get(visit) {
            bar.set_message(text);
        }
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{prefix}{spinner} {msg}  {elapsed}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
}

/// The line of a step, where it has one.
fn line(step: &Step, paint: Paint) -> Option<String> {
    let state = one_line(step.state().unwrap_or_default());
    match step {
        Step::Exited { depth, took, caught: None, .. } => {
            Some(format!("{}{} {state}  {}", indent(*depth), paint.green("✓"), seconds(*took)))
        }
        Step::Exited { depth, took, caught: Some(error), .. } => {
            let (mark, took) = (paint.yellow("!"), seconds(*took));
            Some(format!("{}{mark} {state}  {took}  caught {}", indent(*depth), describe(error)))
        }
        Step::Retried { depth, error, .. } => {
            Some(format!("{}{} {state}  tried again after {}", indent(*depth), paint.yellow("↻"), describe(error)))
        }
        Step::Waiting { depth, .. } => {
            Some(format!("{}{} {state}  waits for its task token", indent(*depth), paint.cyan("…")))
        }
        Step::Redriven => Some(format!("{} redriven", paint.yellow("↻"))),
        Step::Entered { .. } | Step::Failed { .. } | Step::Ended { .. } => None,
    }
}

/// Before a line, where several executions are followed.
fn named(whose: &str) -> String {
    if whose.is_empty() { String::new() } else { format!("{}: ", one_line(whose)) }
}

fn indent(depth: usize) -> String {
    "  ".repeat(depth.min(20))
}

fn describe(error: &ErrorSeen) -> String {
    let cause = cut(&one_line(&error.told_cause()), CAUSE_CHARACTERS_MAX);
    match (one_line(&error.error).as_str(), cause.as_str()) {
        ("", "") => "an error".into(),
        ("", cause) => cause.into(),
        (error, "") => error.into(),
        (error, cause) => format!("{error}: {cause}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_say_in_words_what_their_marks_mean() {
        let error = || ErrorSeen { error: "States.Timeout".into(), cause: String::new() };
        let exited = |caught| Step::Exited {
            visit: 1,
            state: "Hello".into(),
            depth: 0,
            took: Duration::from_millis(1_200),
            caught,
        };
        let steps = [
            exited(None),
            exited(Some(error())),
            Step::Retried { visit: 1, state: "Flaky".into(), depth: 1, error: error() },
            Step::Waiting { visit: 1, state: "SendWait".into(), depth: 0 },
            Step::Ended { status: "FAILED", error: error() },
        ];
        let text: Vec<String> = steps.iter().filter_map(|step| line(step, Paint::plain())).collect();
        expect_test::expect![[r"
            ✓ Hello  1.2 s
            ! Hello  1.2 s  caught States.Timeout
              ↻ Flaky  tried again after States.Timeout
            … SendWait  waits for its task token"]]
        .assert_eq(&text.join("\n"));
    }
}
