//! What MACHINE, EXEC and STATE mean in a project: never a guess between two.

use crate::asl::diagnostic::nearest;
use crate::aws::names::{NameError, only_beginning};
use crate::aws::{Client, Error as AwsError};
use crate::cli::context::{Context, RECONNECTS_MAX};
use crate::cli::failure::{Failure, FailureKind};

impl Context {
    /// The ARN of the execution that a checked word means.
    pub(crate) async fn execution_arn(&mut self, word: &str) -> Result<String, Failure> {
        let word = match word.rsplit_once(':').filter(|_| !word.starts_with("arn:")) {
            Some((machine, name)) => format!("{}:{name}", self.physical_name(machine)),
            None => word.to_owned(),
        };
        self.resolve(async |client| client.resolve_execution(&word).await).await
    }

    /// The ARN of the machine that a checked word means; of the project's only machine without one.
    pub(crate) async fn machine_arn(&mut self, word: Option<&str>) -> Result<String, Failure> {
        let client = self.client()?;
        let word = match word {
            Some(word) => self.physical_name(word),
            None => self.only_machine(&client).await?,
        };
        self.resolve(async |client| client.resolve_machine(&word).await).await
    }

    /// Looks a name up, again where the process that served the store has left meanwhile.
    async fn resolve(&mut self, look: impl AsyncFn(&Client) -> Result<String, NameError>) -> Result<String, Failure> {
        let mut reconnects = 0;
        loop {
            let client = self.client()?;
            match look(&client).await {
                Err(NameError::Aws(AwsError::Network { .. })) if reconnects < RECONNECTS_MAX => {
                    self.reconnect().await?;
                }
                result => return result.map_err(|error| self.name_failure(error)),
            }
            reconnects += 1;
        }
    }

    /// The name that the project gives to a logical name.
    pub(super) fn physical_name(&self, word: &str) -> String {
        let machines = self.service.iter().flat_map(|service| &service.machines);
        let mut named = machines.filter(|machine| machine.logical_id == word);
        named.next().map_or_else(|| word.to_owned(), |machine| machine.name.clone())
    }

    async fn only_machine(&self, client: &Client) -> Result<String, Failure> {
        let names: Vec<String> = match &self.service {
            Some(service) => service.machines.iter().map(|machine| machine.logical_id.clone()).collect(),
            None => client.list_state_machines().await?.into_iter().map(|machine| machine.name).collect(),
        };
        match names.as_slice() {
            [] => Err(Failure::text(FailureKind::NotFound, "there is no state machine")
                .hint("go to the folder of a serverless.yml, or name a file: --file machine.asl.json")),
            [name] => Ok(self.physical_name(name)),
            _ => Err(Failure::usage("there is more than one state machine; name the one that you mean")
                .hint(format!("MACHINE is one of: {}", names.join(", ")))),
        }
    }

    /// Whether the project has a machine of this logical or physical name.
    pub(crate) fn is_in_project(&self, word: &str) -> bool {
        let mut machines = self.service.iter().flat_map(|service| &service.machines);
        machines.any(|machine| machine.logical_id == word || machine.name == word)
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
            NameError::Aws(error) => return Failure::from(error.clone()),
        };
        Failure::new(kind, error).hint(hint)
    }

    /// The machine that was meant, or all that there are, the project's by their logical names.
    fn suggestion(&self, word: &str, known: &[String]) -> String {
        let project = self.service.iter().flat_map(|service| &service.machines);
        let mut names: Vec<&str> = project.map(|machine| machine.logical_id.as_str()).collect();
        if names.is_empty() {
            names = known.iter().map(String::as_str).collect();
        }
        let near = nearest(word, names.iter().copied()).or_else(|| only_beginning(word, names.iter().copied()));
        match near {
            Some(name) => format!("did you mean {name}?"),
            None if names.is_empty() => "there is none; go to the folder of a serverless.yml, or name a --file".into(),
            None => format!("there are: {}", names.join(", ")),
        }
    }
}
