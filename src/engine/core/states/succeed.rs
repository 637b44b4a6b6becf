//! `Succeed`: ends its scope well.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/state-succeed.html>

use crate::asl::flow::steps::Basis;
use crate::engine::clock::Timestamp;
use crate::engine::core::Execution;
use crate::engine::core::failure::Failure;
use crate::engine::core::thread::ThreadId;

impl Execution {
    pub(in crate::engine::core) fn succeed(&mut self, id: ThreadId, now: Timestamp) -> Result<(), Failure> {
        let output = self.effective_input(id)?;
        self.exit(id, &output, Basis::Input(&output), now)
    }
}
