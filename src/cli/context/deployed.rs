//! What the project's stack on AWS made of it: told by the stack's outputs, and remembered.

use std::collections::BTreeMap;

use crate::aws::{Error as AwsError, StateMachineSummary};
use crate::cli::context::Context;

impl Context {
    /// The stack of the project's stage, as the Serverless Framework names it.
    pub(crate) fn stack_name(&self) -> Option<String> {
        self.service.as_ref().map(|service| format!("{}-{}", service.name, service.stage))
    }

    /// The outputs of the project's stack; `None` where there is no such stack, or no project.
    pub(crate) async fn stack_outputs(&self) -> Result<Option<BTreeMap<String, String>>, AwsError> {
        match (self.stack_name(), self.client()) {
            (Some(stack), Ok(client)) => client.connection().stack_outputs(&stack).await,
            _ => Ok(None),
        }
    }

    /// The machine that a logical name of the project became, among several on AWS that can be it: another stage or another
    /// service has the same. `None` where the stack does not say it, for then it would be a guess.
    pub(super) async fn deployed_machine(
        &mut self,
        logical_id: &str,
        machines: Vec<StateMachineSummary>,
    ) -> Option<StateMachineSummary> {
        if self.settings.local {
            return None;
        }
        let mut in_project = self.service.iter().flat_map(|service| &service.machines);
        // The plugin writes the ARN of each of its machines under the machine's own id.
        let output = format!("{}Arn", in_project.find(|machine| machine.logical_id == logical_id)?.resource_id);
        let mut is_any_of = |arn: String| machines.iter().find(|machine| machine.arn == arn).cloned();
        let known = self.remembered().and_then(|remembered| remembered.deployed_machine(logical_id));
        if let Some(machine) = known.and_then(&mut is_any_of) {
            return Some(machine);
        }
        let told = self.stack_outputs().await.ok().flatten()?.remove(&output)?;
        let machine = is_any_of(told)?;
        if let Some(remembered) = self.remembered() {
            remembered.note_deployed_machine(logical_id, &machine.arn);
        }
        Some(machine)
    }
}
