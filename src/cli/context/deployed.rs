//! What the project's stack on AWS made of it: told by the stack's outputs, and remembered.

use std::collections::BTreeMap;

use crate::aws::names::Place;
use crate::aws::{Error as AwsError, StateMachineSummary};
use crate::cli::context::Context;
use crate::cli::failure::{Failure, FailureKind};
use crate::project::Machine;

impl Context {
    /// The stack of the project's stage: its name in the file, else as the Serverless Framework names it.
    pub(crate) fn stack_name(&self) -> Option<String> {
        let service = self.service.as_ref()?;
        Some(service.stack_name.clone().unwrap_or_else(|| format!("{}-{}", service.name, service.stage)))
    }

    /// The outputs of the project's stack; `None` where there is no such stack, or no project.
    pub(crate) async fn stack_outputs(&self) -> Result<Option<BTreeMap<String, String>>, AwsError> {
        match (self.stack_name(), self.client()) {
            (Some(stack), Ok(client)) => client.connection().stack_outputs(&stack, self.listener()).await,
            _ => Ok(None),
        }
    }

    /// Refuses the only machine on AWS that a logical name of the project could have become, where the stack of this stage says
    /// that it is another stage's: their names differ in nothing but a random end.
    pub(super) async fn require_stage(
        &mut self,
        logical_id: &str,
        machine: &StateMachineSummary,
    ) -> Result<(), Failure> {
        let Some(output) = self.output_of(logical_id) else { return Ok(()) };
        let known = self.remembered().and_then(|remembered| remembered.deployed_machine(logical_id));
        if known.as_deref() == Some(&machine.arn) {
            return Ok(());
        }
        let stack = self.stack_name().unwrap_or_default();
        match self.stack_outputs().await.map(|outputs| outputs.map(|mut outputs| outputs.remove(&output))) {
            Ok(Some(Some(arn))) if arn == machine.arn => {
                if let Some(remembered) = self.remembered() {
                    remembered.note_deployed_machine(logical_id, &arn);
                }
                Ok(())
            }
            Ok(None | Some(Some(_))) => {
                let text = format!("{logical_id} is not deployed by the stack {stack}, but there is {}", machine.name);
                Err(Failure::text(FailureKind::NotFound, text)
                    .hint("it can be another stage's: name the stage (--stage NAME), or the machine in full"))
            }
            // Without outputs, or without leave to read them, it is what the name says.
            Ok(Some(None)) | Err(_) => {
                self.printer.err_line(&format!(
                    "note: {} is taken for this stage's: the stack {stack} does not tell it",
                    machine.name
                ));
                Ok(())
            }
        }
    }

    /// The machines of the project among those on AWS that its stage has deployed. Another stage's have the same names but for a
    /// random end; where the stack does not say which is which, all are told and none is taken.
    pub(super) async fn stage_machines(
        &mut self,
        machines: &[StateMachineSummary],
    ) -> Result<Vec<StateMachineSummary>, Failure> {
        let in_project: Vec<Machine> = self.service.iter().flat_map(|service| service.machines.clone()).collect();
        let mut found = Vec::new();
        for machine in in_project {
            let hits: Vec<_> = machines.iter().filter(|one| machine.is_on_aws_as(&one.name)).cloned().collect();
            match hits.as_slice() {
                [] => {}
                [one] if machine.is_named => found.push(one.clone()),
                [one] => match self.require_stage(&machine.logical_id, one).await {
                    Ok(()) => found.push(one.clone()),
                    Err(failure) if failure.kind == FailureKind::NotFound => {}
                    Err(failure) => return Err(failure),
                },
                several => match self.deployed_machine(&machine.logical_id, several.to_vec()).await {
                    Some(machine) => found.push(machine),
                    None => return Err(ambiguous(&machine.logical_id, several)),
                },
            }
        }
        Ok(found)
    }

    /// That something of the project is not on AWS where it was looked for.
    pub(super) fn not_deployed(&self, what: &str, place: &Place) -> Failure {
        let stage = self.service.as_ref().map(|service| service.stage.as_str()).unwrap_or_default();
        let flags = self.settings.again_flags();
        Failure::text(FailureKind::NotFound, format!("{what} is not deployed in stage {stage} ({place})"))
            .hint(format!("is it the right stage, region and account? iw102 whoami{flags}"))
            .hint("to run it on the engine inside iw102: --local")
    }

    /// The stack's output that holds the ARN of a machine: the plugin writes each under the machine's own id.
    fn output_of(&self, logical_id: &str) -> Option<String> {
        let mut machines = self.service.iter().flat_map(|service| &service.machines);
        Some(format!("{}Arn", machines.find(|machine| machine.logical_id == logical_id)?.resource_id))
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
        let output = self.output_of(logical_id)?;
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

/// Several machines that a logical name can stand for.
fn ambiguous(logical_id: &str, machines: &[StateMachineSummary]) -> Failure {
    let names: Vec<&str> = machines.iter().map(|machine| machine.name.as_str()).collect();
    Failure::usage(format!("{logical_id} names more than one state machine: {}", names.join(", ")))
        .hint("the project's stack does not tell which is this stage's: write the whole name, or the ARN")
}
