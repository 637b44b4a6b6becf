//! `Parallel`: several branches with the same input; their outputs, in order, are its result.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/state-parallel.html>

use crate::asl::program::StateKind;
use crate::asl::{Payload, flow};
use crate::engine::clock::Timestamp;
use crate::engine::core::Execution;
use crate::engine::core::failure::Failure;
use crate::engine::core::journal::Record;
use crate::engine::core::thread::{Phase, ThreadId};

impl Execution {
    pub(in crate::engine::core) fn start_parallel(&mut self, id: ThreadId, now: Timestamp) -> Result<(), Failure> {
        let program = self.program.clone();
        let StateKind::Parallel(parallel) = &program.state(self.thread(id).state).kind else { return Ok(()) };
        let mut input = self.effective_input(id)?;
        if let Some(parameters) = &parallel.parameters {
            let context = self.context(id, None);
            let filled = flow::fill(parameters, self.data(id, &input, &context), "Parameters");
            input = self.blame(id, filled)?;
        }
        let input = self.document(id, input);
        self.emit(Record::ParallelStarted { thread: id, input }, now);
        Ok(())
    }

    /// Every branch has its output.
    pub(in crate::engine::core) fn finish_parallel(&mut self, id: ThreadId, now: Timestamp) -> Result<(), Failure> {
        let program = self.program.clone();
        let StateKind::Parallel(parallel) = &program.state(self.thread(id).state).kind else { return Ok(()) };
        let result = self.joined_results(id);
        self.emit(Record::ParallelSucceeded { thread: id }, now);
        self.finish_with(id, result, parallel.result_selector.as_ref(), &parallel.result_path, now)
    }

    /// The outputs of branches or iterations as one array, each as its own text.
    pub(in crate::engine::core) fn joined_results(&self, id: ThreadId) -> Payload {
        let mut text = String::from("[");
        if let Phase::Forked(forked) = &self.thread(id).phase {
            for result in forked.results.iter().flatten() {
                if text.len() > 1 {
                    text.push(',');
                }
                text.push_str(result.payload().text());
            }
        }
        text.push(']');
        Payload::from_checked_text(text)
    }
}
