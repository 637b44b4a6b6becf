//! `Pass`: hands on its input, or what `Result` or `Parameters` make of it.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/state-pass.html>

use crate::asl::flow;
use crate::asl::program::StateKind;
use crate::engine::clock::Timestamp;
use crate::engine::core::Execution;
use crate::engine::core::context::Sight;
use crate::engine::core::failure::Failure;
use crate::engine::core::step::Basis;
use crate::engine::core::thread::ThreadId;

impl Execution {
    pub(in crate::engine::core) fn pass(&mut self, id: ThreadId, now: Timestamp) -> Result<(), Failure> {
        let program = self.program.clone();
        let StateKind::Pass { result, parameters, result_path } = &program.state(self.thread(id).state).kind else {
            return Ok(());
        };
        let mut produced = self.effective_input(id)?;
        if let Some(parameters) = parameters {
            produced = self.evaluate(id, Sight::State, &produced, |data| flow::fill(parameters, data, "Parameters"))?;
        }
        if let Some(result) = result {
            produced = result.clone();
        }
        let merged = flow::merge(result_path, self.thread(id).input.payload(), produced.clone());
        let output = self.blame(id, merged)?;
        self.exit(id, &output, Basis::Input(&produced), now)
    }
}
