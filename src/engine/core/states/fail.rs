//! `Fail`: ends its scope with an error. It is never exited: the next event is the failure.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/state-fail.html>

use crate::asl::flow;
use crate::asl::program::{StateKind, Text};
use crate::engine::clock::Timestamp;
use crate::engine::core::Execution;
use crate::engine::core::context::Sight;
use crate::engine::core::failure::Failure;
use crate::engine::core::thread::ThreadId;

impl Execution {
    pub(in crate::engine::core) fn fail_state(&mut self, id: ThreadId, now: Timestamp) -> Result<(), Failure> {
        let program = self.program.clone();
        let StateKind::Fail { error, cause } = &program.state(self.thread(id).state).kind else { return Ok(()) };
        let error = self.text(id, error.as_ref(), "ErrorPath")?;
        let cause = self.text(id, cause.as_ref(), "CausePath")?;
        self.fail(id, Failure::new(error.as_deref(), cause.as_deref()), now);
        Ok(())
    }

    fn text(&mut self, id: ThreadId, text: Option<&Text>, field: &'static str) -> Result<Option<String>, Failure> {
        let Some(text) = text else { return Ok(None) };
        let input = self.thread(id).input.payload().clone();
        self.evaluate(id, Sight::State, &input, |data| flow::text(text, data, field)).map(Some)
    }
}
