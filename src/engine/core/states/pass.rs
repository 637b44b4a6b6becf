//! `Pass`: hands on its input, or what `Result` or `Parameters` make of it.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/state-pass.html>

use crate::asl::flow::steps::{self, Basis};
use crate::asl::program::StateKind;
use crate::engine::clock::Timestamp;
use crate::engine::core::Execution;
use crate::engine::core::context::Sight;
use crate::engine::core::failure::Failure;
use crate::engine::core::thread::ThreadId;

impl Execution {
    pub(in crate::engine::core) fn pass(&mut self, id: ThreadId, now: Timestamp) -> Result<(), Failure> {
        let program = self.program.clone();
        let StateKind::Pass { result, parameters, result_path } = &program.state(self.thread(id).state).kind else {
            return Ok(());
        };
        let input = self.effective_input(id)?;
        let raw = self.thread(id).input.payload().clone();
        let passed = self.evaluate(id, Sight::State, &input, |data| {
            steps::pass(result.as_ref(), parameters.as_ref(), result_path, &raw, data)
        })?;
        self.exit(id, &passed.output, Basis::Input(&passed.result), now)
    }
}
