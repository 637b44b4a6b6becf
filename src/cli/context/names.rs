//! What MACHINE, EXEC and STATE mean in a project: never a guess between two.

use std::slice;

use crate::asl::diagnostic::nearest;
use crate::aws::names::{Match, NameError, execution_arn, find, logical, only_beginning, region_of};
use crate::aws::{Client, Error as AwsError, Sending, StateMachineSummary};
use crate::cli::context::{Context, RECONNECTS_MAX};
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::remembered::Remembered;
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

/// So many names are told where none is near.
const SUGGESTED_MAX: usize = 10;

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

    /// `last`, for who changes it, where nothing was started from here.
    fn none_from_here(&self, word: &str) -> Failure {
        let flags = self.settings.again_flags();
        Failure::text(FailureKind::NotFound, format!("no execution was started from here that {word} could be")).hint(
            format!("the newest one on AWS can be somebody else's: name it (its name or its ARN): iw102 list{flags}"),
        )
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

    /// What is meant from now on is changed, and not only looked at.
    pub(crate) fn set_to_change(&mut self) {
        self.is_to_change = true;
    }

    /// All machines to choose one from, where more than one may match: who changes it does not choose among those that were
    /// there an hour ago.
    async fn machines_to_choose(&mut self) -> Result<Vec<StateMachineSummary>, Failure> {
        let is_new = self.settings.local || self.machines_are_listed;
        if self.is_to_change && !is_new { self.list_machines().await } else { self.all_machines().await }
    }

    /// Whether no machine that came later can be what a name means: it is the whole name of one, or the stack said of one that
    /// it is the project's.
    fn is_certain(&self, name: &str, machines: &[StateMachineSummary]) -> bool {
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

    /// A word that does not name one thing, and what it could have been.
    fn name_failure(&self, error: NameError) -> Failure {
        let flags = self.settings.again_flags();
        let (kind, hint) = match &error {
            NameError::MachineNotFound { word, place, .. } if self.of_project(word).is_some() => {
                return self.not_deployed(self.of_project(word).unwrap_or_default(), place);
            }
            NameError::MachineNotFound { word, known, .. } => (FailureKind::NotFound, self.suggestion(word, known)),
            NameError::MachineAmbiguous { .. } | NameError::ExecutionAmbiguous { .. } => {
                (FailureKind::Usage, "write the whole name, or the ARN".to_owned())
            }
            NameError::ExecutionNotFound { .. } => {
                (FailureKind::NotFound, format!("to see what there is: iw102 list{flags}"))
            }
            NameError::NoExecution { .. } => (FailureKind::NotFound, format!("start one: iw102 start{flags}")),
            NameError::TooManyMachines => (FailureKind::Usage, format!("to see what there is: iw102 list{flags}")),
            NameError::Aws(error) => return self.aws_failure(error.clone()),
        };
        Failure::new(kind, error).hint(hint)
    }

    /// The logical name of the project's machine that a word stands for on AWS.
    fn of_project(&self, word: &str) -> Option<&str> {
        let mut machines = self.service.iter().flat_map(|service| &service.machines);
        let machine = machines.find(|machine| !self.settings.local && machine.beginning_on_aws() == word)?;
        Some(&machine.logical_id)
    }

    /// The machine that was meant: the project's by their logical names, then what else there is. Or all of the project's.
    fn suggestion(&self, word: &str, known: &[String]) -> String {
        let project = self.service.iter().flat_map(|service| &service.machines);
        let mut names: Vec<&str> = project.map(|machine| machine.logical_id.as_str()).collect();
        let known: Vec<&str> = known.iter().map(|name| logical(name)).collect();
        if names.is_empty() {
            names.clone_from(&known);
        }
        let near = |names: &[&str]| {
            let near = nearest(word, names.iter().copied()).or_else(|| only_beginning(word, names.iter().copied()));
            near.map(ToOwned::to_owned)
        };
        match near(&names).or_else(|| near(&known)) {
            Some(name) => format!("did you mean {name}?"),
            None if names.is_empty() && self.settings.local => {
                "there is none; go to the folder of a serverless.yml, or name a --file".into()
            }
            None if names.is_empty() => "there is none: is it the right region and account? iw102 whoami".into(),
            None => {
                let (shown, more) = names.split_at(names.len().min(SUGGESTED_MAX));
                let rest =
                    if more.is_empty() { String::new() } else { format!(" and {} more: iw102 list", more.len()) };
                format!("there are: {}{rest}", shown.join(", "))
            }
        }
    }
}
