//! `Parallel`: several branches with the same input; their outputs, in order, are its result.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/state-parallel.html>

use crate::asl::Payload;
use crate::asl::flow::steps;
use crate::asl::program::StateKind;
use crate::engine::clock::Timestamp;
use crate::engine::core::Execution;
use crate::engine::core::context::Sight;
use crate::engine::core::failure::Failure;
use crate::engine::core::journal::Record;
use crate::engine::core::limits::PAYLOAD_BYTES_MAX;
use crate::engine::core::thread::{Phase, ThreadId};

impl Execution {
    pub(in crate::engine::core) fn start_parallel(&mut self, id: ThreadId, now: Timestamp) -> Result<(), Failure> {
        let program = self.program.clone();
        let StateKind::Parallel(parallel) = &program.state(self.thread(id).state).kind else { return Ok(()) };
        let selected = self.effective_input(id)?;
        let input =
            self.evaluate(id, Sight::State, &selected, |data| steps::shape_input(parallel.parameters.as_ref(), data))?;
        self.check_size(id, &input)?;
        let input = self.document(id, input);
        self.emit(Record::ParallelStarted { thread: id, input }, now);
        Ok(())
    }

    /// Every branch has its output.
    pub(in crate::engine::core) fn finish_parallel(&mut self, id: ThreadId, now: Timestamp) -> Result<(), Failure> {
        let program = self.program.clone();
        let StateKind::Parallel(parallel) = &program.state(self.thread(id).state).kind else { return Ok(()) };
        let result = self.joined_results(id)?;
        self.emit(Record::ParallelSucceeded { thread: id }, now);
        self.finish_with(id, &result, parallel.result_selector.as_ref(), &parallel.result_path, now)
    }

    /// The outputs of branches or iterations as one array, each as its own text.
    ///
    /// # Errors
    /// When they are too large together; they were dropped when they became so.
    pub(in crate::engine::core) fn joined_results(&self, id: ThreadId) -> Result<Payload, Failure> {
        let mut text = String::from("[");
        if let Phase::Forked(forked) = &self.thread(id).phase {
            if forked.result_bytes > PAYLOAD_BYTES_MAX {
                return Err(self.too_large(id));
            }
            for result in forked.results.iter().flatten() {
                if text.len() > 1 {
                    text.push(',');
                }
                text.push_str(result.payload().text());
            }
        }
        text.push(']');
        Ok(Payload::from_checked_text(text))
    }
}
