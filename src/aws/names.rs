//! What a user meant by MACHINE and EXEC. Never a guess between two.

use crate::aws::client::Client;
use crate::aws::error::Error;
use crate::aws::model::{Execution, ExecutionQuery, ExecutionSummary, StateMachineSummary};

/// What the Serverless Framework puts between a machine's logical name and its random suffix.
const SERVERLESS_INFIX: &str = "StepFunctionsStateMachine-";

/// An execution's name alone is looked for in at most so many machines.
const MACHINES_SEARCHED_MAX: usize = 100;

/// Why a word does not name one thing.
#[derive(Debug, thiserror::Error)]
pub enum NameError {
    /// No machine is called so.
    #[error("no state machine is called {word} (region {region}, account {account})")]
    MachineNotFound {
        /// What was asked for.
        word: String,
        /// The names of all machines, to suggest one.
        known: Vec<String>,
        /// Where it was looked for.
        region: String,
        /// Where it was looked for.
        account: String,
    },
    /// More than one machine is meant.
    #[error("{word} names more than one state machine: {}", candidates.join(", "))]
    MachineAmbiguous {
        /// What was asked for.
        word: String,
        /// The physical names of all that it could be.
        candidates: Vec<String>,
    },
    /// No execution is called so.
    #[error("no execution is called {word} (region {region}, account {account})")]
    ExecutionNotFound {
        /// What was asked for.
        word: String,
        /// Where it was looked for.
        region: String,
        /// Where it was looked for.
        account: String,
    },
    /// Executions of several machines have this name.
    #[error("{word} names more than one execution: {}", candidates.join(", "))]
    ExecutionAmbiguous {
        /// What was asked for.
        word: String,
        /// The ARNs of all that it could be.
        candidates: Vec<String>,
    },
    /// Nothing was started yet, so there is no last one.
    #[error("there is no execution yet (region {region}, account {account})")]
    NoExecution {
        /// Where it was looked for.
        region: String,
        /// Where it was looked for.
        account: String,
    },
    /// The service refused while we looked.
    #[error(transparent)]
    Aws(#[from] Error),
}

/// What a word means among machines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match<'a> {
    /// This one.
    One(&'a StateMachineSummary),
    /// Any of these.
    Several(Vec<&'a StateMachineSummary>),
    /// None.
    None,
}

/// Finds the machine that a word means: its exact name, else the name that the Serverless Framework makes of a logical
/// name. The first rule that any name satisfies decides. A part of a name means nothing: a typo must not start something.
#[must_use]
pub fn find<'a>(word: &str, machines: &'a [StateMachineSummary]) -> Match<'a> {
    let serverless = format!("{}{SERVERLESS_INFIX}", first_upper(word));
    let rules: [&dyn Fn(&str) -> bool; 2] = [&|name| name == word, &|name| name.starts_with(&serverless)];
    for rule in rules {
        let mut hits: Vec<_> = machines.iter().filter(|machine| rule(&machine.name)).collect();
        match hits.len() {
            0 => {}
            1 => return Match::One(hits.remove(0)),
            _ => return Match::Several(hits),
        }
    }
    Match::None
}

/// The only name that begins with a word, letter case ignored: a suggestion, not an answer.
#[must_use]
pub fn only_beginning<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let mut hits = names.into_iter().filter(|name| !lower.is_empty() && name.to_lowercase().starts_with(&lower));
    hits.next().filter(|_| hits.next().is_none())
}

/// The Serverless Framework's logical ids begin with an upper-case letter, whatever the file says.
fn first_upper(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

impl Client {
    /// The ARN of the machine that a word means: an ARN (of a machine, taken as it is), or a name as [`find`] has it.
    ///
    /// # Errors
    /// See [`NameError`].
    pub async fn resolve_machine(&self, word: &str) -> Result<String, NameError> {
        if word.starts_with("arn:") {
            return Ok(word.to_owned());
        }
        let machines = self.list_state_machines().await?;
        let names = |machines: Vec<&StateMachineSummary>| machines.iter().map(|machine| machine.name.clone()).collect();
        match find(word, &machines) {
            Match::One(machine) => Ok(machine.arn.clone()),
            Match::Several(hits) => Err(NameError::MachineAmbiguous { word: word.to_owned(), candidates: names(hits) }),
            Match::None => Err(NameError::MachineNotFound {
                word: word.to_owned(),
                known: names(machines.iter().collect()),
                region: self.config().region.clone(),
                account: self.config().account.clone(),
            }),
        }
    }

    /// The ARN of the execution that a word means: an ARN, `last`, `MACHINE:last`, `MACHINE:NAME` or a name.
    ///
    /// # Errors
    /// See [`NameError`].
    pub async fn resolve_execution(&self, word: &str) -> Result<String, NameError> {
        if word.starts_with("arn:") {
            return Ok(word.to_owned());
        }
        if word == "last" {
            return Ok(self.newest_execution().await?.arn);
        }
        // An execution's name cannot hold a colon, so the machine stands before it.
        match word.rsplit_once(':') {
            Some((machine, "last")) => {
                let arn = self.resolve_machine(machine).await?;
                Ok(self.newest_execution_of(&arn).await?.ok_or_else(|| self.no_execution())?.arn)
            }
            Some((machine, name)) => {
                let arn = self.resolve_machine(machine).await?;
                let found = self.execution_named(&arn, name).await?;
                Ok(found.ok_or_else(|| self.execution_not_found(word))?.arn)
            }
            None => self.execution_by_name(word).await,
        }
    }

    /// The execution that was started last, of any machine.
    ///
    /// # Errors
    /// See [`NameError`].
    pub async fn newest_execution(&self) -> Result<ExecutionSummary, NameError> {
        let mut newest: Option<ExecutionSummary> = None;
        for machine in self.list_state_machines().await?.iter().filter(|machine| machine.machine_type != "EXPRESS") {
            let candidate = self.newest_execution_of(&machine.arn).await?;
            newest = newest.into_iter().chain(candidate).max_by_key(|execution| execution.started);
        }
        newest.ok_or_else(|| self.no_execution())
    }

    async fn newest_execution_of(&self, machine_arn: &str) -> Result<Option<ExecutionSummary>, Error> {
        let query = ExecutionQuery { state_machine_arn: machine_arn.to_owned(), status: None, limit: 1 };
        Ok(self.list_executions(&query).await?.pop())
    }

    async fn execution_by_name(&self, name: &str) -> Result<String, NameError> {
        let machines = self.list_state_machines().await?;
        let mut hits = Vec::new();
        for machine in machines.iter().take(MACHINES_SEARCHED_MAX) {
            hits.extend(self.execution_named(&machine.arn, name).await?.map(|execution| execution.arn));
        }
        match hits.len() {
            0 => Err(self.execution_not_found(name)),
            1 => Ok(hits.remove(0)),
            _ => Err(NameError::ExecutionAmbiguous { word: name.to_owned(), candidates: hits }),
        }
    }

    /// One Describe instead of a list: the ARN of an execution follows from its machine's.
    async fn execution_named(&self, machine_arn: &str, name: &str) -> Result<Option<Execution>, Error> {
        let arn = format!("{}:{name}", machine_arn.replacen(":stateMachine:", ":execution:", 1));
        match self.describe_execution(&arn).await {
            Ok(execution) => Ok(Some(execution)),
            Err(Error::NotFound(_) | Error::InvalidInput(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn execution_not_found(&self, word: &str) -> NameError {
        let (region, account) = (self.config().region.clone(), self.config().account.clone());
        NameError::ExecutionNotFound { word: word.to_owned(), region, account }
    }

    fn no_execution(&self) -> NameError {
        NameError::NoExecution { region: self.config().region.clone(), account: self.config().account.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::{Match, find, only_beginning};
    use crate::aws::model::StateMachineSummary;
    use crate::engine::clock::Timestamp;

    fn machine(name: &str) -> StateMachineSummary {
        let arn = format!("arn:aws:states:us-east-1:000000000000:stateMachine:{name}");
        StateMachineSummary {
            arn,
            name: name.to_owned(),
            machine_type: "STANDARD".to_owned(),
            created: Timestamp::default(),
        }
    }

    fn check(word: &str, names: &[&str], expected: &[&str]) {
        let machines: Vec<_> = names.iter().map(|name| machine(name)).collect();
        let found: Vec<&str> = match find(word, &machines) {
            Match::One(hit) => vec![&hit.name],
            Match::Several(hits) => hits.iter().map(|hit| hit.name.as_str()).collect(),
            Match::None => vec![],
        };
        assert_eq!(found, expected, "{word} among {names:?}");
    }

    #[test]
    fn a_word_means_one_machine_or_all_that_it_could_be() {
        let sls = "Iw102StarterMachineStepFunctionsStateMachine-aB3dE5fG7h1J";
        check("iw102StarterMachine", &[sls, "other"], &[sls]);
        check("Iw102StarterMachine", &[sls, "other"], &[sls]);
        check("IW102s", &[sls, "other"], &[]);
        check("orders", &["orders", "orders-dev", "Orders"], &["orders"]);
        check("order", &["orders"], &[]);
        check("Orders", &["orders"], &[]);
        check("starter", &[sls], &[]);
        check("", &[sls], &[]);
    }

    #[test]
    fn a_beginning_suggests_one_name_or_none() {
        assert_eq!(only_beginning("ORDERC", ["OrderCreate", "OrdersList"]), Some("OrderCreate"));
        assert_eq!(only_beginning("order", ["OrderCreate", "OrdersList"]), None);
        assert_eq!(only_beginning("", ["OrderCreate"]), None);
    }

    #[test]
    fn two_deployments_of_one_logical_name_are_both_told() {
        let two = ["AStepFunctionsStateMachine-1", "AStepFunctionsStateMachine-2"];
        check("a", &two, &two);
        check("a", &["AStepFunctionsStateMachine-1", "abc"], &["AStepFunctionsStateMachine-1"]);
    }
}
