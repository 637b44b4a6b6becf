//! Names that were seen: machines, so that a name is an ARN without a call, and for completions API keys and states.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::aws::StateMachineSummary;
use crate::cli::remembered::Remembered;
use crate::engine::Timestamp;

/// How long a list of machines is taken for the account's. A name that is not in it is asked for again at once, and so is one
/// that may mean another machine meanwhile, by who changes something.
const MACHINES_TIME_TO_LIVE: Duration = Duration::from_hours(1);
/// More machines are not remembered, as a part of them would be taken for all; AWS's default quota of an account.
const MACHINES_MAX: usize = 10_000;
/// So many names of API keys are remembered.
const KEYS_MAX: usize = 500;
/// The states of so many machines are remembered, the newest.
const DEFINITIONS_MAX: usize = 50;
/// So many states are remembered of each.
const STATES_MAX: usize = 500;
/// A longer name is no name: AWS allows 80 characters for a machine and a state, 1,024 for a key.
const NAME_BYTES_MAX: usize = 1_024;

const MACHINES: &str = "machines";
const KEYS: &str = "api-key-names";
const STATES: &str = "states";

/// `cache/machines-SCOPE.json`
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MachinesFile {
    /// Milliseconds since 1970.
    taken_at_ms: i64,
    state_machines: Vec<Machine>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Machine {
    state_machine_arn: String,
    name: String,
    r#type: String,
    creation_date_ms: i64,
}

/// `cache/api-key-names-SCOPE.json`: the names alone.
#[derive(Default, Serialize, Deserialize)]
struct KeysFile {
    names: Vec<String>,
}

/// `cache/states-SCOPE.json`
#[derive(Default, Serialize, Deserialize)]
struct StatesFile {
    /// Those of the machine that was seen last first.
    definitions: Vec<Definition>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Definition {
    state_machine_arn: String,
    states: Vec<String>,
}

impl Remembered {
    /// All machines, if they were listed within the last hour.
    pub(crate) fn machines(&self) -> Option<Vec<StateMachineSummary>> {
        self.machines_at(Timestamp::now())
    }

    /// As [`Remembered::machines`], at another time than now.
    pub(super) fn machines_at(&self, now: Timestamp) -> Option<Vec<StateMachineSummary>> {
        let file: MachinesFile = self.cache_file(MACHINES).read()?;
        let age = now.0.checked_sub(file.taken_at_ms).and_then(|age| u64::try_from(age).ok())?;
        let is_fresh = Duration::from_millis(age) < MACHINES_TIME_TO_LIVE;
        is_fresh.then(|| file.state_machines.into_iter().map(StateMachineSummary::from).collect())
    }

    /// The names of the machines that were listed, however long ago: good enough to complete a word.
    pub(crate) fn machine_names(&self) -> Vec<String> {
        let file: MachinesFile = self.cache_file(MACHINES).read().unwrap_or_default();
        file.state_machines.into_iter().map(|machine| machine.name).collect()
    }

    /// Remembers all machines, as they were just listed.
    pub(crate) fn note_machines(&self, machines: &[StateMachineSummary]) {
        self.note_machines_at(machines, Timestamp::now());
    }

    /// As [`Remembered::note_machines`], at another time than now.
    pub(super) fn note_machines_at(&self, machines: &[StateMachineSummary], now: Timestamp) {
        if machines.len() > MACHINES_MAX {
            return self.forget_machines();
        }
        let state_machines = machines.iter().map(Machine::from).collect();
        let listed = MachinesFile { taken_at_ms: now.0, state_machines };
        self.cache_file(MACHINES).change(|file| *file = listed);
    }

    /// Forgets them: one was not where they said.
    pub(crate) fn forget_machines(&self) {
        self.cache_file(MACHINES).forget();
    }

    /// Remembers the names of all API keys. A name is no secret; nothing else of a key may come in here.
    pub(crate) fn note_api_key_names<'a>(&self, names: impl IntoIterator<Item = &'a str>) {
        let names = kept(names, KEYS_MAX);
        self.cache_file(KEYS).change(|file: &mut KeysFile| file.names = names);
    }

    /// The names of the API keys that were listed.
    pub(crate) fn api_key_names(&self) -> Vec<String> {
        self.cache_file(KEYS).read().map(|file: KeysFile| file.names).unwrap_or_default()
    }

    /// Remembers the names of the states of a machine, whose definition was seen.
    pub(crate) fn note_definition(&self, machine_arn: &str, definition: &str) {
        let Ok(definition) = serde_json::from_str(definition) else { return };
        let mut states = Vec::new();
        collect_states(&definition, &mut states);
        let states = kept(states, STATES_MAX);
        let definition = Definition { state_machine_arn: machine_arn.to_owned(), states };
        self.cache_file(STATES).change(|file: &mut StatesFile| {
            file.definitions.retain(|known| known.state_machine_arn != machine_arn);
            file.definitions.insert(0, definition);
            file.definitions.truncate(DEFINITIONS_MAX);
        });
    }

    /// The states of a machine, or of all that were seen.
    pub(crate) fn states(&self, machine_arn: Option<&str>) -> Vec<String> {
        let file: StatesFile = self.cache_file(STATES).read().unwrap_or_default();
        let mut definitions = file.definitions;
        definitions.retain(|definition| machine_arn.is_none_or(|arn| definition.state_machine_arn == arn));
        definitions.into_iter().flat_map(|definition| definition.states).collect()
    }
}

/// The names of states at any depth: they stand in `States` wherever that is, and nowhere else in a definition.
fn collect_states<'a>(node: &'a Value, found: &mut Vec<&'a str>) {
    match node {
        Value::Object(members) => {
            let states = members.get("States").and_then(Value::as_object);
            found.extend(states.into_iter().flat_map(|states| states.keys().map(String::as_str)));
            members.values().for_each(|node| collect_states(node, found));
        }
        Value::Array(items) => items.iter().for_each(|node| collect_states(node, found)),
        _ => {}
    }
}

fn kept<'a>(names: impl IntoIterator<Item = &'a str>, names_max: usize) -> Vec<String> {
    let names = names.into_iter().filter(|name| name.len() <= NAME_BYTES_MAX);
    names.take(names_max).map(str::to_owned).collect()
}

impl From<&StateMachineSummary> for Machine {
    fn from(machine: &StateMachineSummary) -> Self {
        Self {
            state_machine_arn: machine.arn.clone(),
            name: machine.name.clone(),
            r#type: machine.machine_type.clone(),
            creation_date_ms: machine.created.0,
        }
    }
}

impl From<Machine> for StateMachineSummary {
    fn from(machine: Machine) -> Self {
        Self {
            arn: machine.state_machine_arn,
            name: machine.name,
            machine_type: machine.r#type,
            created: Timestamp(machine.creation_date_ms),
        }
    }
}
