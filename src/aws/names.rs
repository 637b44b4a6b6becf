//! What a user meant by MACHINE and EXEC. Never a guess between two.

use std::fmt;
use std::time::Duration;

use crate::aws::client::Client;
use crate::aws::error::Error;
use crate::aws::model::{ExecutionSummary, StateMachineSummary};

/// What the Serverless Framework puts between a machine's logical name and its random suffix.
const SERVERLESS_INFIX: &str = "StepFunctionsStateMachine-";

/// An execution is looked for in at most so many machines: each is a call or more.
const MACHINES_SEARCHED_MAX: usize = 100;

/// For how long a failure waits to learn its account.
const ACCOUNT_TIMEOUT: Duration = Duration::from_secs(2);

/// Where a name was looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The region.
    pub region: String,
    /// The account, where it is known.
    pub account: Option<String>,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "region {}", self.region)?;
        self.account.iter().try_for_each(|account| write!(formatter, ", account {account}"))
    }
}

/// Why a word does not name one thing.
#[derive(Debug, thiserror::Error)]
pub enum NameError {
    /// No machine is called so.
    #[error("no state machine is called {word} ({place})")]
    MachineNotFound {
        /// What was asked for.
        word: String,
        /// The names of all machines, to suggest one.
        known: Vec<String>,
        /// Where it was looked for.
        place: Place,
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
    #[error("no execution is called {word} ({place})")]
    ExecutionNotFound {
        /// What was asked for.
        word: String,
        /// Where it was looked for.
        place: Place,
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
    #[error("there is no execution yet ({place})")]
    NoExecution {
        /// Where it was looked for.
        place: Place,
    },
    /// Of a part of the machines nothing would be proven.
    #[error("there are more than {MACHINES_SEARCHED_MAX} state machines; name the one: MACHINE:NAME")]
    TooManyMachines,
    /// The service refused while we looked.
    #[error(transparent)]
    Aws(#[from] Error),
}

/// What a word means among machines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match<'a> {
    /// This one, by its name or its logical name.
    One(&'a StateMachineSummary),
    /// The only one that begins so.
    Beginning(&'a StateMachineSummary),
    /// Any of these.
    Several(Vec<&'a StateMachineSummary>),
    /// None.
    None,
}

/// Finds the machine that a word means: its exact name, else the name that the Serverless Framework makes of a logical
/// name, else the only one that begins so, letter case ignored. The first rule that any name satisfies decides.
#[must_use]
pub fn find<'a>(word: &str, machines: &'a [StateMachineSummary]) -> Match<'a> {
    let serverless = format!("{}{SERVERLESS_INFIX}", first_upper(word));
    let lower = word.to_lowercase();
    let rules: [&dyn Fn(&str) -> bool; 3] = [&|name| name == word, &|name| name.starts_with(&serverless), &|name| {
        !lower.is_empty() && name.to_lowercase().starts_with(&lower)
    }];
    for (rank, rule) in rules.iter().enumerate() {
        let mut hits: Vec<_> = machines.iter().filter(|machine| rule(&machine.name)).collect();
        match hits.len() {
            0 => {}
            1 if rank == 2 => return Match::Beginning(hits.remove(0)),
            1 => return Match::One(hits.remove(0)),
            _ => return Match::Several(hits),
        }
    }
    Match::None
}

/// The only name that begins with a word, letter case ignored.
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

/// The ARN of an execution by its machine's, whose version or alias is no part of it.
#[must_use]
pub fn execution_arn(machine_arn: &str, name: &str) -> String {
    let mut parts: Vec<&str> = machine_arn.splitn(8, ':').take(7).collect();
    if let Some(kind) = parts.get_mut(5) {
        *kind = "execution";
    }
    format!("{}:{name}", parts.join(":"))
}

/// The ARN of an execution's machine; `None` for what is no execution's ARN.
#[must_use]
pub fn machine_arn_of(execution_arn: &str) -> Option<String> {
    let mut parts: Vec<&str> = execution_arn.split(':').collect();
    if parts.len() < 8 || parts[0] != "arn" {
        return None;
    }
    parts.truncate(7);
    parts[5] = "stateMachine";
    Some(parts.join(":"))
}

/// The region that an ARN names.
#[must_use]
pub fn region_of(arn: &str) -> Option<&str> {
    arn.strip_prefix("arn:")?.split(':').nth(2).filter(|region| !region.is_empty())
}

/// A name without what the Serverless Framework puts behind the logical one: the word that people type.
#[must_use]
pub fn logical(name: &str) -> &str {
    name.split_once(SERVERLESS_INFIX).map_or(name, |(logical, _)| logical)
}

/// The machines among which an execution can be: all but Express ones.
fn searched(machines: &[StateMachineSummary]) -> Result<Vec<&StateMachineSummary>, NameError> {
    let searched: Vec<_> = machines.iter().filter(|machine| machine.machine_type != "EXPRESS").collect();
    if searched.len() > MACHINES_SEARCHED_MAX { Err(NameError::TooManyMachines) } else { Ok(searched) }
}

impl Client {
    /// Where names are looked for; the account is asked for where nothing has told it yet.
    pub async fn place(&self) -> Place {
        let connection = self.connection();
        let account = if let Some(account) = connection.known_account() {
            Some(account.to_owned())
        } else {
            let identity = tokio::time::timeout(ACCOUNT_TIMEOUT, connection.identity(None)).await;
            identity.ok().and_then(Result::ok).map(|identity| identity.account)
        };
        Place { region: connection.region().value.clone(), account }
    }

    /// The machine that a word means among machines, as [`find`] has it; a word behind `@` is its alias or version.
    ///
    /// # Errors
    /// See [`NameError`].
    pub async fn choose_machine(
        &self,
        word: &str,
        machines: &[StateMachineSummary],
    ) -> Result<StateMachineSummary, NameError> {
        let (name, qualifier) = word.split_once('@').map_or((word, None), |(name, alias)| (name, Some(alias)));
        let names = |machines: Vec<&StateMachineSummary>| machines.iter().map(|machine| machine.name.clone()).collect();
        let machine = match find(name, machines) {
            Match::One(machine) | Match::Beginning(machine) => machine,
            Match::Several(hits) => {
                return Err(NameError::MachineAmbiguous { word: name.to_owned(), candidates: names(hits) });
            }
            Match::None => {
                return Err(NameError::MachineNotFound {
                    word: name.to_owned(),
                    known: names(machines.iter().collect()),
                    place: self.place().await,
                });
            }
        };
        let arn = qualifier.map_or_else(|| machine.arn.clone(), |qualifier| format!("{}:{qualifier}", machine.arn));
        Ok(StateMachineSummary { arn, ..machine.clone() })
    }

    /// The execution that was started last, of any of these machines.
    ///
    /// # Errors
    /// See [`NameError`].
    pub async fn newest_execution(&self, machines: &[StateMachineSummary]) -> Result<ExecutionSummary, NameError> {
        let arns: Vec<String> = searched(machines)?.into_iter().map(|machine| machine.arn.clone()).collect();
        let newest = self.list_executions_of(&arns, None, 1).await?.pop();
        match newest {
            Some(newest) => Ok(newest),
            None => Err(NameError::NoExecution { place: self.place().await }),
        }
    }

    /// The ARN of the execution of this name, of any of these machines. `word` is how it was asked for.
    ///
    /// # Errors
    /// See [`NameError`].
    pub async fn execution_named(
        &self,
        word: &str,
        name: &str,
        machines: &[StateMachineSummary],
    ) -> Result<String, NameError> {
        let mut hits = Vec::new();
        for machine in searched(machines)? {
            // One Describe instead of a list: the ARN of an execution follows from its machine's.
            match self.describe_execution(&execution_arn(&machine.arn, name)).await {
                Ok(execution) => hits.push(execution.arn),
                Err(Error::NotFound(_) | Error::InvalidInput(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        match hits.len() {
            0 => Err(NameError::ExecutionNotFound { word: word.to_owned(), place: self.place().await }),
            1 => Ok(hits.remove(0)),
            _ => Err(NameError::ExecutionAmbiguous { word: word.to_owned(), candidates: hits }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Match, execution_arn, find, machine_arn_of, only_beginning, region_of};
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
            Match::One(hit) | Match::Beginning(hit) => vec![&hit.name],
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
        check("IW102s", &[sls, "other"], &[sls]);
        check("orders", &["orders", "orders-dev", "Orders"], &["orders"]);
        check("order", &["orders"], &["orders"]);
        check("order", &["orders", "orderly"], &["orders", "orderly"]);
        check("Orders", &["orders"], &["orders"]);
        check("starter", &[sls], &[]);
        check("", &[sls], &[]);
    }

    #[test]
    fn an_arn_tells_its_region_and_an_executions_follows_from_its_machines() {
        let machine = "arn:aws-cn:states:cn-north-1:000000000000:stateMachine:M";
        let expected = "arn:aws-cn:states:cn-north-1:000000000000:execution:M:one";
        for arn in [machine.to_owned(), format!("{machine}:LIVE"), format!("{machine}:3")] {
            assert_eq!(execution_arn(&arn, "one"), expected);
            assert_eq!(machine_arn_of(expected).as_deref(), Some(machine));
            assert_eq!(region_of(&arn), Some("cn-north-1"));
        }
        assert_eq!((region_of("M"), machine_arn_of("M"), machine_arn_of(machine)), (None, None, None));
        assert_eq!(region_of("arn:aws:iam::0:role/r"), None);
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
