//! What MACHINE, EXEC and STATE mean in a project: never a guess between two.

use crate::asl::diagnostic::nearest;
use crate::aws::names::{Match, NameError, find, only_beginning, region_of};
use crate::aws::{Client, Error as AwsError, StateMachineSummary};
use crate::cli::context::{Context, RECONNECTS_MAX};
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::remembered::Remembered;
use crate::engine::Timestamp;
use crate::project::Machine;

impl Context {
    /// The ARN of the execution that a checked word means: an ARN, `last`, `MACHINE:last`, `MACHINE:NAME` or a name.
    pub(crate) async fn execution_arn(&mut self, word: &str) -> Result<String, Failure> {
        if word.starts_with("arn:") {
            return self.in_region(word);
        }
        // An execution's name cannot hold a colon, so the machine stands before it.
        let (machine, name) = word.rsplit_once(':').map_or((None, word), |(machine, name)| (Some(machine), name));
        let machine = match machine {
            Some(machine) => Some(self.machine(machine).await?),
            None => None,
        };
        if let Some(recent) = self.recent(machine.as_ref().map(|machine| machine.arn.as_str()), name) {
            return Ok(recent);
        }
        let machines = match machine {
            Some(machine) => vec![machine],
            None => self.machines_here().await?,
        };
        if name == "last" {
            if !self.settings.local {
                self.printer
                    .err_line("note: no execution was started from here yet; looking for the newest one on AWS");
            }
            return self.look(async |client| Ok(client.newest_execution(&machines).await?.arn)).await;
        }
        self.look(async |client| client.execution_named(word, name, &machines).await).await
    }

    /// The ARN of an execution that was started from here: the last one, or that of a name, of a machine where it is named.
    fn recent(&self, machine_arn: Option<&str>, name: &str) -> Option<String> {
        let remembered = self.remembered()?;
        if name == "last" {
            return Some(remembered.last_execution(machine_arn)?.arn);
        }
        let recent = remembered.executions().into_iter();
        let mut named = recent.filter(|one| machine_arn.is_none_or(|machine| machine == one.machine_arn));
        named.find(|one| one.arn.rsplit(':').next() == Some(name)).map(|one| one.arn)
    }

    /// The ARN of the machine that a checked word means; of the project's only machine without one.
    pub(crate) async fn machine_arn(&mut self, word: Option<&str>) -> Result<String, Failure> {
        let word = match word {
            Some(word) => word.to_owned(),
            None => self.only_machine().await?,
        };
        Ok(self.machine(&word).await?.arn)
    }

    /// The machine that a checked word means. Of an ARN nothing else is known.
    async fn machine(&mut self, word: &str) -> Result<StateMachineSummary, Failure> {
        if word.starts_with("arn:") {
            let arn = self.in_region(word)?;
            let name = arn.rsplit(':').next().unwrap_or_default().to_owned();
            return Ok(StateMachineSummary { arn, name, machine_type: String::new(), created: Timestamp::default() });
        }
        let (name, qualifier) = word.split_once('@').map_or((word, None), |(name, qualifier)| (name, Some(qualifier)));
        let meant = self.physical_name(name);
        let asked = qualifier.map_or_else(|| meant.clone(), |qualifier| format!("{meant}@{qualifier}"));
        let mut machines = self.all_machines().await?;
        // Names that are remembered may be old: only one that is there may be taken from them.
        if !self.settings.local && !matches!(find(&meant, &machines), Match::One(_)) {
            machines = self.list_machines().await?;
        }
        let machine = self.look(async |client| client.choose_machine(&asked, &machines).await).await?;
        // What begins so and is no name of the project is told: a typo may have met something.
        if let (true, Match::Beginning(_)) = (meant == name, find(name, &machines)) {
            self.printer.err_line(&format!("note: {name} stands for {}", machine.name));
        }
        Ok(machine)
    }

    /// An ARN that the region of this command has.
    fn in_region(&self, arn: &str) -> Result<String, Failure> {
        let client = self.client()?;
        let region = client.connection().region();
        match region_of(arn) {
            Some(named) if !self.settings.local && named != region.value => {
                let text = format!("{arn} is in {named}, but the region is {} ({})", region.value, region.source);
                Err(Failure::usage(text).hint(format!("add --region {named}")))
            }
            _ => Ok(arn.to_owned()),
        }
    }

    /// All machines: of a store as they are now; of AWS as they were when this command, or one before it, asked.
    async fn all_machines(&mut self) -> Result<Vec<StateMachineSummary>, Failure> {
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

    /// All machines as they are now.
    pub(crate) async fn list_machines(&mut self) -> Result<Vec<StateMachineSummary>, Failure> {
        let machines = self.call(async |client| client.list_state_machines().await).await?;
        if let Some(remembered) = self.remembered() {
            remembered.note_machines(&machines);
        }
        self.machines = Some(machines.clone());
        Ok(machines)
    }

    /// Forgets machines that were remembered, for one is not where they say. Whether there was anything to forget.
    pub(crate) fn forget_machines(&mut self) -> bool {
        let Some(remembered) = self.remembered() else { return false };
        remembered.forget_machines();
        self.machines.take().is_some()
    }

    /// The machines among which an execution is looked for: on AWS those of the project, where it has deployed any.
    pub(crate) async fn machines_here(&mut self) -> Result<Vec<StateMachineSummary>, Failure> {
        let machines = self.all_machines().await?;
        if self.settings.local {
            return Ok(machines);
        }
        let here: Vec<_> = machines.iter().filter(|machine| self.is_in_project(&machine.name)).cloned().collect();
        Ok(if here.is_empty() { machines } else { here })
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
            None => self.all_machines().await?.into_iter().map(|machine| machine.name).collect(),
        };
        match names.as_slice() {
            [] => Err(Failure::text(FailureKind::NotFound, "there is no state machine")
                .hint("go to the folder of a serverless.yml, or name a file: --file machine.asl.json")),
            [name] => Ok(name.clone()),
            _ => Err(Failure::usage("there is more than one state machine; name the one that you mean")
                .hint(format!("MACHINE is one of: {}", names.join(", ")))),
        }
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

    /// A word that does not name one thing, and what it could have been.
    fn name_failure(&self, error: NameError) -> Failure {
        let flags = self.settings.again_flags();
        let (kind, hint) = match &error {
            NameError::MachineNotFound { word, known, .. } => (FailureKind::NotFound, self.suggestion(word, known)),
            NameError::MachineAmbiguous { .. } | NameError::ExecutionAmbiguous { .. } => {
                (FailureKind::Usage, "write the whole name, or the ARN".to_owned())
            }
            NameError::ExecutionNotFound { .. } => {
                (FailureKind::NotFound, format!("to see what there is: iw102 list{flags}"))
            }
            NameError::NoExecution { .. } => (FailureKind::NotFound, format!("start one: iw102 start{flags}")),
            NameError::Aws(error) => return self.aws_failure(error.clone()),
        };
        Failure::new(kind, error).hint(hint)
    }

    /// The machine that was meant: the project's by their logical names, then what else there is. Or all of the project's.
    fn suggestion(&self, word: &str, known: &[String]) -> String {
        let project = self.service.iter().flat_map(|service| &service.machines);
        let mut names: Vec<&str> = project.map(|machine| machine.logical_id.as_str()).collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        if names.is_empty() {
            names.clone_from(&known);
        }
        let near = |names: &[&str]| {
            let near = nearest(word, names.iter().copied()).or_else(|| only_beginning(word, names.iter().copied()));
            near.map(ToOwned::to_owned)
        };
        match near(&names).or_else(|| near(&known)) {
            Some(name) => format!("did you mean {name}?"),
            None if names.is_empty() => "there is none; go to the folder of a serverless.yml, or name a --file".into(),
            None => format!("there are: {}", names.join(", ")),
        }
    }
}
