//! What MACHINE, EXEC and STATE mean in a project: never a guess between two.

use std::slice;

use crate::asl::diagnostic::nearest;
use crate::aws::names::{Match, NameError, execution_arn, find, region_of};
use crate::aws::{Client, Error as AwsError, StateMachineSummary};
use crate::cli::context::{Context, RECONNECTS_MAX};
use crate::cli::failure::{Failure, FailureKind};
use crate::engine::Timestamp;
use crate::project::Machine;

/// What `last` is where no execution was started from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    /// The newest execution that there is.
    Newest,
    /// Nothing.
    FromHere,
}

impl Context {
    /// The ARN of the execution that a checked word means: an ARN, `last`, `MACHINE:last`, `MACHINE:NAME` or a name.
    pub(crate) async fn execution_arn(&mut self, word: &str) -> Result<String, Failure> {
        self.execution(word, Last::Newest).await
    }

    /// As [`Context::execution_arn`], for who changes the execution: on AWS `last` is one that was started from here, for the
    /// newest of all can be anybody's.
    pub(crate) async fn execution_arn_to_change(&mut self, word: &str) -> Result<String, Failure> {
        self.set_to_change();
        let last = if self.settings.local { Last::Newest } else { Last::FromHere };
        self.execution(word, last).await
    }

    async fn execution(&mut self, word: &str, last: Last) -> Result<String, Failure> {
        if word.starts_with("arn:") {
            return self.in_region(word);
        }
        // An execution's name cannot hold a colon, so the machine stands before it.
        let (machine, name) = word.rsplit_once(':').map_or((None, word), |(machine, name)| (Some(machine), name));
        let Some(machine) = machine else {
            if let Some(recent) = self.recent(None, name)? {
                return Ok(recent);
            }
            if name == "last" && last == Last::FromHere {
                return Err(self.none_from_here(word));
            }
            let machines = self.machines_here().await?;
            return self.execution_of(word, name, &machines).await;
        };
        self.of_machine(Some(machine), async |context, machine| {
            if let Some(recent) = context.recent(Some(&machine.arn), name)? {
                return Ok(recent);
            }
            if name == "last" && last == Last::FromHere {
                return Err(context.none_from_here(word));
            }
            context.execution_of(word, name, slice::from_ref(machine)).await
        })
        .await
    }

    /// The ARN of the newest execution of these machines, or of the one of a name. `word` is how it was asked for.
    async fn execution_of(
        &mut self,
        word: &str,
        name: &str,
        machines: &[StateMachineSummary],
    ) -> Result<String, Failure> {
        if name == "last" {
            if !self.settings.local {
                self.note("no execution was started from here yet; looking for the newest one on AWS");
            }
            return self.look(async |client| Ok(client.newest_execution(machines).await?.arn)).await;
        }
        self.look(async |client| client.execution_named(word, name, machines).await).await
    }

    /// Does something with the machine that a checked word means (without one the project's only machine), and does it once
    /// more where that machine, or what is looked for in it, is not there and was only remembered: a machine that was removed
    /// and made again has another ARN.
    pub(crate) async fn of_machine<T>(
        &mut self,
        word: Option<&str>,
        call: impl AsyncFn(&mut Self, &StateMachineSummary) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let machine = self.machine_of(word).await?;
        match call(self, &machine).await {
            Err(failure) if failure.kind == FailureKind::NotFound && self.forget_machines() => {
                let now = self.machine_of(word).await?;
                if now.arn == machine.arn { Err(failure) } else { call(self, &now).await }
            }
            result => result,
        }
    }

    /// The ARN of an execution that was started from here: the last one, or that of a name, of a machine where it is named.
    fn recent(&self, machine_arn: Option<&str>, name: &str) -> Result<Option<String>, Failure> {
        let Some(remembered) = self.remembered() else { return Ok(None) };
        if name == "last" {
            return Ok(remembered.last_execution(machine_arn).map(|last| last.arn));
        }
        // Its own ARN tells the machine, whichever version or alias was started.
        let meant = machine_arn.map(|machine| execution_arn(machine, name));
        let is_meant = |arn: &String| {
            let is_named = arn.rsplit(':').next() == Some(name);
            is_named && meant.as_ref().is_none_or(|meant| meant == arn)
        };
        // Each ARN is remembered once.
        let mut named: Vec<_> = remembered.executions().into_iter().map(|one| one.arn).filter(is_meant).collect();
        if named.len() > 1 {
            let error = NameError::ExecutionAmbiguous { word: name.to_owned(), candidates: named };
            return Err(self.name_failure(error));
        }
        Ok(named.pop())
    }

    /// The ARN of what a checked word means, for who takes both: an execution that was started from here, a machine by its
    /// whole name, any other execution.
    pub(crate) async fn execution_or_machine_arn(&mut self, word: &str) -> Result<String, Failure> {
        if word == "last" || word.contains(':') || self.recent(None, word)?.is_some() {
            return self.execution_arn(word).await;
        }
        let is_machine = self.is_in_project(word) || matches!(find(word, &self.all_machines().await?), Match::One(_));
        if is_machine { self.machine_arn(Some(word)).await } else { self.execution_arn(word).await }
    }

    /// The ARN of the machine that a checked word means; of the project's only machine without one.
    pub(crate) async fn machine_arn(&mut self, word: Option<&str>) -> Result<String, Failure> {
        Ok(self.machine_of(word).await?.arn)
    }

    async fn machine_of(&mut self, word: Option<&str>) -> Result<StateMachineSummary, Failure> {
        let word = match word {
            Some(word) => word.to_owned(),
            None => self.only_machine().await?,
        };
        self.machine(&word).await
    }

    /// The machine that a checked word means. Of an ARN nothing else is known.
    async fn machine(&mut self, word: &str) -> Result<StateMachineSummary, Failure> {
        if word.starts_with("arn:") {
            let arn = self.in_region(word)?;
            let name = arn.rsplit(':').next().unwrap_or_default().to_owned();
            return Ok(StateMachineSummary { arn, name, machine_type: String::new(), created: Timestamp::default() });
        }
        let (name, qualifier) = word.split_once('@').map_or((word, None), |(name, qualifier)| (name, Some(qualifier)));
        let mut machines = self.all_machines().await?;
        if !self.is_certain(name, &machines) {
            machines = self.machines_to_choose().await?;
        }
        let mut exact = self.exact_name(name, &machines).await?;
        // Names that are remembered may be old: only one that is there may be taken from them.
        if exact.is_none() && !self.settings.local && !self.machines_are_listed {
            machines = self.list_machines().await?;
            exact = self.exact_name(name, &machines).await?;
        }
        let meant = exact.unwrap_or_else(|| self.physical_name(name));
        let asked = qualifier.map_or_else(|| meant.clone(), |qualifier| format!("{meant}@{qualifier}"));
        let machine = self.look(async |client| client.choose_machine(&asked, &machines).await).await?;
        // What begins so and is no name of the project is told: a typo may have met something.
        if let (true, Match::Beginning(_)) = (meant == name, find(name, &machines)) {
            self.note(&format!("{name} stands for {}", machine.name));
        }
        Ok(machine)
    }

    /// The name of the one machine that a name means for certain: its own, that of a logical name, and of several stages'
    /// machines the one that the project's stack made.
    async fn exact_name(&mut self, name: &str, machines: &[StateMachineSummary]) -> Result<Option<String>, Failure> {
        let meant = self.physical_name(name);
        Ok(match find(&meant, machines) {
            Match::One(machine) => Some(machine.name.clone()),
            // On AWS the project's file knows only how the name of its machine begins.
            Match::Beginning(machine) if meant != name => {
                self.require_stage(name, machine).await?;
                Some(machine.name.clone())
            }
            Match::Several(hits) => {
                let hits: Vec<_> = hits.into_iter().cloned().collect();
                self.deployed_machine(name, &hits).await?.map(|machine| machine.name)
            }
            Match::Beginning(_) | Match::None => None,
        })
    }

    /// An ARN that the region of this command has; where no way to AWS is open, nothing says otherwise.
    fn in_region(&self, arn: &str) -> Result<String, Failure> {
        let Ok(client) = self.client() else { return Ok(arn.to_owned()) };
        let region = client.connection().region();
        match region_of(arn) {
            Some(named) if !self.settings.local && named != region.value => {
                let text = format!("{arn} is in {named}, but the region is {} ({})", region.value, region.source);
                Err(Failure::usage(text).hint(format!("add --region {named}")))
            }
            _ => Ok(arn.to_owned()),
        }
    }

    /// Looks a name up, again where the process that served the store has left meanwhile.
    async fn look<T>(&mut self, look: impl AsyncFn(&Client) -> Result<T, NameError>) -> Result<T, Failure> {
        let mut reconnects = 0;
        loop {
            let client = self.client()?;
            match look(&client).await {
                Err(NameError::Aws(AwsError::Network { .. })) if self.settings.local && reconnects < RECONNECTS_MAX => {
                    self.reconnect().await?;
                }
                result => return result.map_err(|error| self.name_failure(error)),
            }
            reconnects += 1;
        }
    }

    /// The name that the project gives to a logical name; on AWS how it begins, where its end is random.
    pub(super) fn physical_name(&self, word: &str) -> String {
        let machines = self.service.iter().flat_map(|service| &service.machines);
        let mut named = machines.filter(|machine| machine.logical_id == word);
        let name = |machine: &Machine| {
            if self.settings.local { machine.name.clone() } else { machine.beginning_on_aws().to_owned() }
        };
        named.next().map_or_else(|| word.to_owned(), name)
    }

    async fn only_machine(&mut self) -> Result<String, Failure> {
        let names: Vec<String> = match &self.service {
            Some(service) => service.machines.iter().map(|machine| machine.logical_id.clone()).collect(),
            None => self.machines_to_choose().await?.into_iter().map(|machine| machine.name).collect(),
        };
        match names.as_slice() {
            [] => Err(Failure::text(FailureKind::NotFound, "there is no state machine")
                .hint("go to the folder of a serverless.yml, or name a file: --file machine.asl.json")),
            [name] => Ok(name.clone()),
            _ => Err(Failure::usage("there is more than one state machine; name the one that you mean")
                .hint(format!("MACHINE is one of: {}", names.join(", ")))),
        }
    }

    /// The logical name of the project's machine that a checked word means as the file has it; the only one without a word.
    pub(crate) fn project_machine(&self, word: Option<&str>) -> Option<String> {
        let machines = &self.service.as_ref()?.machines;
        let found = match (word, machines.as_slice()) {
            (None, [only]) => only,
            (None, _) => return None,
            (Some(word), _) => {
                let name = word.rsplit(':').next().unwrap_or_default();
                machines.iter().find(|machine| machine.logical_id == name || machine.is_on_aws_as(name))?
            }
        };
        Some(found.logical_id.clone())
    }

    /// Whether the project has a machine of this logical or physical name; on AWS, whether this can be one's.
    pub(crate) fn is_in_project(&self, word: &str) -> bool {
        let mut machines = self.service.iter().flat_map(|service| &service.machines);
        let is_on_aws = |machine: &Machine| !self.settings.local && machine.is_on_aws_as(word);
        machines.any(|machine| machine.logical_id == word || machine.name == word || is_on_aws(machine))
    }

    /// Refuses a state that a machine of the project (its ARN) does not have, at any depth.
    pub(crate) fn require_state(&self, machine: &str, state: &str) -> Result<(), Failure> {
        let Some(service) = &self.service else { return Ok(()) };
        let name = machine.rsplit(':').next().unwrap_or_default();
        let Some(found) = service.machines.iter().find(|machine| machine.name == name) else { return Ok(()) };
        let states = found.definition.state_names();
        // A definition whose states are not in the file is not known.
        if states.is_empty() || states.contains(state) {
            return Ok(());
        }
        let hint = match nearest(state, states.iter().map(String::as_str)) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("its states: {}", states.into_iter().collect::<Vec<_>>().join(", ")),
        };
        Err(Failure::usage(format!("{} has no state {state}", found.logical_id)).hint(hint))
    }
}
