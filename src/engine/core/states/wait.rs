//! `Wait`: lets time pass.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html>

use crate::asl::flow;
use crate::asl::flow::steps::Basis;
use crate::asl::program::StateKind;
use crate::engine::clock::Timestamp;
use crate::engine::core::Execution;
use crate::engine::core::context::Sight;
use crate::engine::core::failure::Failure;
use crate::engine::core::journal::Record;
use crate::engine::core::thread::ThreadId;

impl Execution {
    pub(in crate::engine::core) fn wait(&mut self, id: ThreadId, now: Timestamp) -> Result<(), Failure> {
        let program = self.program.clone();
        let StateKind::Wait(wait) = &program.state(self.thread(id).state).kind else { return Ok(()) };
        let input = self.effective_input(id)?;
        // As recorded: after a redrive `Seconds` begin anew, and a time that is past is over.
        let since = self.thread(id).since;
        let until = self.evaluate(id, Sight::State, &input, |data| flow::wait_until(wait, data, since.0))?;
        let until = Timestamp(until);
        if until <= now.max(self.last_at) {
            return self.finish_wait(id, now);
        }
        self.emit(Record::WaitScheduled { thread: id, until }, now);
        Ok(())
    }

    /// The time has come.
    pub(in crate::engine::core) fn finish_wait(&mut self, id: ThreadId, now: Timestamp) -> Result<(), Failure> {
        let output = self.effective_input(id)?;
        self.exit(id, &output, Basis::Input(&output), now)
    }
}
