//! The machines that there are: listed when they must be, remembered where that is as good.

use crate::aws::{Sending, StateMachineSummary};
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::remembered::Remembered;

impl Context {
    /// All machines: of a store as they are now; of AWS as they were when this command, or one before it, asked.
    pub(super) async fn all_machines(&mut self) -> Result<Vec<StateMachineSummary>, Failure> {
        if let Some(machines) = self.machines.as_ref().filter(|_| !self.settings.local) {
            return Ok(machines.clone());
        }
        match self.remembered().and_then(Remembered::machines) {
            Some(machines) => {
                self.machines = Some(machines.clone());
                Ok(machines)
            }
            None => self.list_machines().await,
        }
    }

    /// What is meant from now on is changed, and not only looked at.
    pub(crate) fn set_to_change(&mut self) {
        self.is_to_change = true;
    }

    /// All machines to choose one from, where more than one may match: who changes it does not choose among those that were
    /// there an hour ago.
    pub(super) async fn machines_to_choose(&mut self) -> Result<Vec<StateMachineSummary>, Failure> {
        let is_new = self.settings.local || self.machines_are_listed;
        if self.is_to_change && !is_new { self.list_machines().await } else { self.all_machines().await }
    }

    /// Whether no machine that came later can be what a name means: it is the whole name of one, or the stack said of one that
    /// it is the project's.
    pub(super) fn is_certain(&self, name: &str, machines: &[StateMachineSummary]) -> bool {
        let meant = self.physical_name(name);
        let deployed = || self.remembered()?.deployed_machine(name);
        machines.iter().any(|machine| machine.name == meant)
            || deployed().is_some_and(|arn| machines.iter().any(|machine| machine.arn == arn))
    }

    /// How a start of a machine (its ARN, or that of a version or an alias of it) may be sent, where it is among those that this
    /// command knows of, or one before it did.
    pub(crate) fn sending_to(&self, arn: &str) -> Option<Sending> {
        let is_meant =
            |known: &str| arn.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'));
        let remembered = || self.remembered().and_then(Remembered::machines);
        let known = self.machines.clone().or_else(remembered)?;
        let machine = known.into_iter().find(|machine| is_meant(&machine.arn))?;
        match machine.machine_type.as_str() {
            "STANDARD" => Some(Sending::Again),
            "EXPRESS" => Some(Sending::Once),
            // Emulators leave it out.
            _ => None,
        }
    }

    /// All machines as they are now.
    pub(crate) async fn list_machines(&mut self) -> Result<Vec<StateMachineSummary>, Failure> {
        let machines = self.call(async |client| client.list_state_machines().await).await?;
        if let Some(remembered) = self.remembered() {
            remembered.note_machines(&machines);
        }
        self.machines = Some(machines.clone());
        self.machines_are_listed = true;
        Ok(machines)
    }

    /// Forgets machines that were remembered, for one is not where they say. Whether there was anything to forget: what this
    /// command listed itself is as new as it can be.
    pub(crate) fn forget_machines(&mut self) -> bool {
        let is_old = self.machines.is_some() && !self.machines_are_listed;
        let Some(remembered) = self.remembered().filter(|_| is_old) else { return false };
        remembered.forget_machines();
        self.machines = None;
        true
    }

    /// The machines among which an execution is looked for, as they are now: all of a store; on AWS those that this stage of the
    /// project has deployed, without a project all.
    pub(crate) async fn machines_here(&mut self) -> Result<Vec<StateMachineSummary>, Failure> {
        let listed = self.machines.clone().filter(|_| self.machines_are_listed && !self.settings.local);
        let machines = match listed {
            Some(machines) => machines,
            None => self.list_machines().await?,
        };
        if self.settings.local || self.service.as_ref().is_none_or(|service| service.machines.is_empty()) {
            return Ok(machines);
        }
        let here = self.stage_machines(&machines).await?;
        if !here.is_empty() {
            return Ok(here);
        }
        let place = self.client()?.place().await;
        Err(self.not_deployed("the project", &place))
    }
}
