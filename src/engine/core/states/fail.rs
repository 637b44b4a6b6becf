//! `Fail`: ends its scope with an error. It is never exited: the next event is the failure.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/state-fail.html>

use crate::asl::flow::steps;
use crate::asl::program::StateKind;
use crate::engine::clock::Timestamp;
use crate::engine::core::Execution;
use crate::engine::core::context::Sight;
use crate::engine::core::failure::Failure;
use crate::engine::core::thread::ThreadId;

impl Execution {
    pub(in crate::engine::core) fn fail_state(&mut self, id: ThreadId, now: Timestamp) -> Result<(), Failure> {
        let program = self.program.clone();
        let StateKind::Fail { error, cause } = &program.state(self.thread(id).state).kind else { return Ok(()) };
        let input = self.thread(id).input.payload().clone();
        let (error, cause) =
            self.evaluate(id, Sight::State, &input, |data| steps::failure(error.as_ref(), cause.as_ref(), data))?;
        self.fail(id, Failure::new(error.as_deref(), cause.as_deref()), now);
        Ok(())
    }
}
