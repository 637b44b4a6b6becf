//! `Choice`: goes where the first matching rule points.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html>

use crate::asl::flow::steps::{self, Basis};
use crate::asl::program::StateKind;
use crate::engine::clock::Timestamp;
use crate::engine::core::Execution;
use crate::engine::core::context::Sight;
use crate::engine::core::failure::Failure;
use crate::engine::core::thread::ThreadId;

impl Execution {
    pub(in crate::engine::core) fn choose(&mut self, id: ThreadId, now: Timestamp) -> Result<(), Failure> {
        let program = self.program.clone();
        let state = program.state(self.thread(id).state);
        let StateKind::Choice { rules } = &state.kind else { return Ok(()) };
        let input = self.effective_input(id)?;
        let (shape, next) = self.evaluate(id, Sight::State, &input, |data| steps::way(state, rules, data))?;
        self.exit_as(id, &input, Basis::Input(&input), shape, now, Some(next))
    }
}
