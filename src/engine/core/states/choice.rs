//! `Choice`: goes where the first matching rule points.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html>

use crate::asl::program::{Next, StateKind};
use crate::asl::{Fault, flow};
use crate::engine::clock::Timestamp;
use crate::engine::core::Execution;
use crate::engine::core::context::Sight;
use crate::engine::core::failure::Failure;
use crate::engine::core::journal::Record;
use crate::engine::core::thread::ThreadId;

impl Execution {
    pub(in crate::engine::core) fn choose(&mut self, id: ThreadId, now: Timestamp) -> Result<(), Failure> {
        let program = self.program.clone();
        let state = program.state(self.thread(id).state);
        let StateKind::Choice { rules } = &state.kind else { return Ok(()) };
        let input = self.effective_input(id)?;
        let chosen = self.evaluate(id, Sight::State, &input, |data| flow::choose(rules, data))?;
        let next = match (chosen, state.next) {
            (Some(next), _) | (None, Next::State(next)) => next,
            (None, Next::End | Next::NoChoiceMatched) => return Err(self.no_choice_matched(id)),
        };
        let output =
            self.evaluate(id, Sight::State, &input, |data| flow::select(&state.output_path, data, "OutputPath"))?;
        self.check_size(id, &output)?;
        let output = self.document(id, output);
        self.emit(Record::StateExited { thread: id, output, next: Some(next) }, now);
        Ok(())
    }

    /// What AWS says when no rule matches and there is no `Default`. It is a `States.Runtime`, against the documentation's
    /// `States.NoChoiceMatched`.
    fn no_choice_matched(&self, id: ThreadId) -> Failure {
        let cause = "Failed to transition out of the state. The state does not point to a next state.";
        self.blamed(id, &Fault::runtime(cause))
    }
}
