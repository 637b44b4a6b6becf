//! What the project's stack on AWS made of it: told by the stack's outputs, and remembered.

use std::collections::BTreeMap;
use std::slice;

use crate::aws::names::Place;
use crate::aws::{Error as AwsError, StateMachineSummary};
use crate::cli::context::Context;
use crate::cli::failure::{Failure, FailureKind};
use crate::project::Machine;

/// The outputs of a stack by their keys; `None` where there is no such stack.
pub(super) type Outputs = Option<BTreeMap<String, String>>;

/// What the stack of the project's stage says of a logical name.
enum Deployment {
    /// It became the machine of this ARN.
    As(String),
    /// There is no such stack.
    NoStack,
    /// The stack has no output for it, may not be asked, or cannot be there.
    Untold,
}

impl Context {
    /// The stack of the project's stage: its name in the file, else as the Serverless Framework names it.
    pub(crate) fn stack_name(&self) -> Option<String> {
        let service = self.service.as_ref()?;
        Some(service.stack_name.clone().unwrap_or_else(|| format!("{}-{}", service.name, service.stage)))
    }

    /// The outputs of the project's stack; `None` where there is no such stack, or no project. The stack is asked once.
    pub(crate) async fn stack_outputs(&self) -> Result<Outputs, AwsError> {
        let (Some(stack), Ok(client)) = (self.stack_name(), self.client()) else { return Ok(None) };
        let ask = || async { client.connection().stack_outputs(&stack, self.listener()).await };
        self.stack.get_or_init(ask).await.clone()
    }

    /// Refuses the only machine on AWS that a logical name of the project could have become, where the stack of this stage says
    /// that it is another stage's: their names differ in nothing but a random end.
    pub(super) async fn require_stage(&self, logical_id: &str, machine: &StateMachineSummary) -> Result<(), Failure> {
        let Some(output) = self.output_of(logical_id) else { return Ok(()) };
        let stack = self.stack_name().unwrap_or_default();
        match self.deployment(logical_id, &output, slice::from_ref(machine)).await? {
            Deployment::As(arn) if arn == machine.arn => Ok(()),
            Deployment::As(_) | Deployment::NoStack => {
                let text = format!("{logical_id} is not deployed by the stack {stack}, but there is {}", machine.name);
                Err(Failure::text(FailureKind::NotFound, text)
                    .hint("it can be another stage's: name the stage (--stage NAME), or the machine in full"))
            }
            // Then it is what the name says.
            Deployment::Untold => {
                self.warn_of_name(logical_id, machine, &stack);
                Ok(())
            }
        }
    }

    /// Tells once that a machine was taken for this stage's by its name alone; one that was made anew is told again.
    fn warn_of_name(&self, logical_id: &str, machine: &StateMachineSummary, stack: &str) {
        let remembered = self.remembered();
        if remembered.is_some_and(|remembered| remembered.is_told_of_name(logical_id, &machine.arn)) {
            return;
        }
        self.printer.err_line(&format!(
            "warning: {} is taken for this stage's: the stack {stack} does not tell it",
            machine.name
        ));
        if let Some(remembered) = remembered {
            remembered.note_told_of_name(logical_id, &machine.arn);
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
                several => match self.deployed_machine(&machine.logical_id, several).await? {
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
        &self,
        logical_id: &str,
        machines: &[StateMachineSummary],
    ) -> Result<Option<StateMachineSummary>, Failure> {
        let Some(output) = self.output_of(logical_id) else { return Ok(None) };
        Ok(match self.deployment(logical_id, &output, machines).await? {
            Deployment::As(arn) => machines.iter().find(|machine| machine.arn == arn).cloned(),
            Deployment::NoStack | Deployment::Untold => None,
        })
    }

    /// What a logical name of the project became: remembered of one of these machines, else told by an output of the stack,
    /// and remembered if it is one of them.
    async fn deployment(
        &self,
        logical_id: &str,
        output: &str,
        machines: &[StateMachineSummary],
    ) -> Result<Deployment, Failure> {
        let is_one = |arn: &String| machines.iter().any(|machine| machine.arn == *arn);
        let known = self.remembered().and_then(|remembered| remembered.deployed_machine(logical_id));
        if let Some(arn) = known.filter(is_one) {
            return Ok(Deployment::As(arn));
        }
        if !self.has_stacks()? {
            return Ok(Deployment::Untold);
        }
        let told = match self.stack_outputs().await {
            Ok(Some(mut outputs)) => outputs.remove(output),
            Ok(None) => return Ok(Deployment::NoStack),
            Err(error) if error.is_not_authorized() || self.lacks_stacks(&error)? => None,
            Err(error) => return Err(self.stack_failure(error)),
        };
        let Some(arn) = told else { return Ok(Deployment::Untold) };
        if let Some(remembered) = self.remembered().filter(|_| is_one(&arn)) {
            remembered.note_deployed_machine(logical_id, &arn);
        }
        Ok(Deployment::As(arn))
    }

    /// Whether the machines that are asked for can have a stack: those of an emulator have none at AWS, nor have a store's.
    fn has_stacks(&self) -> Result<bool, Failure> {
        let client = self.client()?;
        let is_beside_aws = |service: &str| client.connection().is_beside_aws(service);
        Ok(!self.settings.local && (!is_beside_aws("SFN") || is_beside_aws("CloudFormation")))
    }

    /// Whether an answer is that of an emulator which has no CloudFormation: each has other words for it.
    pub(crate) fn lacks_stacks(&self, error: &AwsError) -> Result<bool, Failure> {
        let is_refusal = matches!(error, AwsError::Other(_) | AwsError::InvalidInput(_) | AwsError::NotFound(_));
        Ok(is_refusal && self.client()?.connection().is_beside_aws("CloudFormation"))
    }

    /// Which machine is this stage's cannot be found out now, and another one's is not taken for it.
    fn stack_failure(&self, error: AwsError) -> Failure {
        let stack = self.stack_name().unwrap_or_default();
        let failure = self.aws_failure(error);
        let text = format!("the stack {stack} does not say what it deployed: {}", failure.message());
        Failure { error: anyhow::Error::msg(text), ..failure }
            .hint("a machine's whole name, or its ARN, is understood without the stack")
    }
}

/// Several machines that a logical name can stand for.
fn ambiguous(logical_id: &str, machines: &[StateMachineSummary]) -> Failure {
    let names: Vec<&str> = machines.iter().map(|machine| machine.name.as_str()).collect();
    Failure::usage(format!("{logical_id} names more than one state machine: {}", names.join(", ")))
        .hint("the project's stack does not tell which is this stage's: write the whole name, or the ARN")
}
