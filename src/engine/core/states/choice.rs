//! `Choice`: goes where the first matching rule points.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html>

use crate::asl::program::{Next, StateKind};
use crate::asl::{Fault, flow};
use crate::engine::clock::Timestamp;
use crate::engine::core::Execution;
use crate::engine::core::context::Sight;
use crate::engine::core::failure::Failure;
use crate::engine::core::step::{Basis, Shape};
use crate::engine::core::thread::ThreadId;

impl Execution {
    pub(in crate::engine::core) fn choose(&mut self, id: ThreadId, now: Timestamp) -> Result<(), Failure> {
        let program = self.program.clone();
        let state = program.state(self.thread(id).state);
        let StateKind::Choice { rules } = &state.kind else { return Ok(()) };
        let input = self.effective_input(id)?;
        let chosen = self.evaluate(id, Sight::State, &input, |data| flow::choose(rules, data))?;
        let (shape, next) = match (chosen, state.next) {
            (Some(rule), _) => (Shape { assign: rule.assign.as_ref(), output: rule.output.as_ref() }, rule.next),
            (None, Next::State(next)) => (Shape { assign: state.assign.as_ref(), output: state.output.as_ref() }, next),
            (None, Next::End | Next::NoChoiceMatched) => return Err(self.no_choice_matched(id)),
        };
        self.exit_as(id, &input, Basis::Input(&input), &shape, now, Some(next))
    }

    /// What AWS says when no rule matches and there is no `Default`. It is a `States.Runtime`, against the documentation's
    /// `States.NoChoiceMatched`.
    fn no_choice_matched(&self, id: ThreadId) -> Failure {
        let cause = "Failed to transition out of the state. The state does not point to a next state.";
        self.blamed(id, &Fault::runtime(cause))
    }
}
