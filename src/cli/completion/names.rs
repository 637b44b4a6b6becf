//! Names at the cursor, from everybody who knows some at once: the project's file, what is remembered of AWS, a local server
//! that runs, the files of AWS's profiles. Whoever answers late is not heard.

mod local;
mod profiles;

use std::cell::OnceCell;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Instant;

use crate::aws::{ConnectOptions, Connection};
use crate::cli::completion::Candidate;
use crate::cli::completion::offer::{Kind, references};
use crate::cli::remembered::Remembered;
use crate::cli::settings::Settings;
use crate::project::{self, Machine, Service};

/// AWS's regions, but those of its closed partitions.
const REGIONS: [(&str, &str); 36] = [
    ("af-south-1", "Cape Town"),
    ("ap-east-1", "Hong Kong"),
    ("ap-east-2", "Taipei"),
    ("ap-northeast-1", "Tokyo"),
    ("ap-northeast-2", "Seoul"),
    ("ap-northeast-3", "Osaka"),
    ("ap-south-1", "Mumbai"),
    ("ap-south-2", "Hyderabad"),
    ("ap-southeast-1", "Singapore"),
    ("ap-southeast-2", "Sydney"),
    ("ap-southeast-3", "Jakarta"),
    ("ap-southeast-4", "Melbourne"),
    ("ap-southeast-5", "Malaysia"),
    ("ap-southeast-6", "New Zealand"),
    ("ap-southeast-7", "Thailand"),
    ("ca-central-1", "Central Canada"),
    ("ca-west-1", "Calgary"),
    ("cn-north-1", "Beijing"),
    ("cn-northwest-1", "Ningxia"),
    ("eu-central-1", "Frankfurt"),
    ("eu-central-2", "Zurich"),
    ("eu-north-1", "Stockholm"),
    ("eu-south-1", "Milan"),
    ("eu-south-2", "Spain"),
    ("eu-west-1", "Ireland"),
    ("eu-west-2", "London"),
    ("eu-west-3", "Paris"),
    ("il-central-1", "Tel Aviv"),
    ("me-central-1", "UAE"),
    ("me-south-1", "Bahrain"),
    ("mx-central-1", "Mexico"),
    ("sa-east-1", "Sao Paulo"),
    ("us-east-1", "North Virginia"),
    ("us-east-2", "Ohio"),
    ("us-west-1", "North California"),
    ("us-west-2", "Oregon"),
];

/// What is asked.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// Names of what.
    pub(super) kind: Kind,
    /// What is typed already.
    pub(super) word: String,
    /// The machine that the line names.
    pub(super) machine: Option<String>,
    /// When nobody listens any more.
    pub(super) deadline: Instant,
}

/// Whom to ask.
struct Sources<'a> {
    asked: &'a Asked,
    settings: &'a Settings,
    service: OnceCell<Option<Service>>,
    remembered: OnceCell<Option<Remembered>>,
}

/// Tells names as they come in; those who do not listen any more are not told.
pub(super) fn tell(asked: &Asked, settings: &Settings, teller: &Sender<Vec<Candidate>>) {
    let sources = Sources { asked, settings, service: OnceCell::new(), remembered: OnceCell::new() };
    let _ = teller.send(sources.known());
    // Asked last: it may take its time.
    if settings.local {
        let _ = teller.send(sources.of_local_server());
    }
}

impl Sources<'_> {
    /// What is known without asking another process.
    fn known(&self) -> Vec<Candidate> {
        let word = &self.asked.word;
        match self.asked.kind {
            Kind::Machine => self.machines(),
            Kind::ExecutionState if word.contains('/') => self.states_of_execution(),
            Kind::Execution | Kind::ExecutionState => self.executions(),
            Kind::State => self.states(self.asked.machine.as_deref()),
            Kind::Until => self.conditions(),
            Kind::Function => self.functions(""),
            Kind::FunctionProgram => self.functions("="),
            Kind::ApiKey => self.api_keys(""),
            Kind::ApiKeyRef if word.starts_with("name:") => self.api_keys("name:"),
            Kind::ApiKeyRef => {
                let mut forms = vec![Candidate::new("name:", "the key of this name")];
                forms.extend(references());
                forms
            }
            Kind::Stage => self.stages(),
            Kind::Region => REGIONS.iter().map(|(region, place)| Candidate::new(*region, *place)).collect(),
            Kind::Profile => profiles::names(self.settings),
            _ => Vec::new(),
        }
    }

    /// The project's service, or what could be read of it. Its diagnostics are for `check`.
    fn service(&self) -> Option<&Service> {
        let load = || {
            let loaded = project::load(self.settings.file.as_ref()?, &self.settings.load_options()).ok()?;
            loaded.whereabouts().cloned()
        };
        self.service.get_or_init(load).as_ref()
    }

    /// What is remembered of AWS; nothing of it is meant with `--local`.
    fn remembered(&self) -> Option<&Remembered> {
        let find = || if self.settings.local { None } else { self.remembered_of_aws() };
        self.remembered.get_or_init(find).as_ref()
    }

    /// What the commands of this line would remember: whom they would call decides it, and nobody is called here.
    fn remembered_of_aws(&self) -> Option<Remembered> {
        let options = self.settings.connect_options(self.service(), Arc::new(|_| {})).ok()?;
        let options = ConnectOptions { asks_metadata: false, ..options };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
        let connection = runtime.block_on(Connection::aws(options)).ok()?;
        self.settings.remembered(self.service(), &connection)
    }

    fn project_machines(&self) -> &[Machine] {
        self.service().map_or(&[], |service| &service.machines)
    }

    fn machines(&self) -> Vec<Candidate> {
        let machines = self.project_machines().iter();
        let about = |machine: &Machine| if machine.express { "express machine" } else { "machine" };
        let mut found: Vec<Candidate> =
            machines.map(|machine| Candidate::new(machine.logical_id.clone(), about(machine))).collect();
        // The physical name of a project's machine says nothing more.
        let seen = self.remembered().map(Remembered::machine_names).unwrap_or_default();
        let foreign = |name: &String| !self.project_machines().iter().any(|machine| machine.is_on_aws_as(name));
        found.extend(seen.into_iter().filter(foreign).map(|name| Candidate::new(name, "machine seen on AWS")));
        found
    }

    fn executions(&self) -> Vec<Candidate> {
        let mut found = vec![Candidate::new("last", "the newest execution")];
        for execution in self.remembered().map(Remembered::executions).unwrap_or_default() {
            let about = format!("{}, {}", last_part(&execution.machine_arn), execution.started.to_rfc3339());
            let word = if self.asked.word.starts_with("arn:") { &execution.arn } else { last_part(&execution.arn) };
            found.push(Candidate::new(word, about));
        }
        for machine in self.project_machines() {
            let name = &machine.logical_id;
            found.push(Candidate::new(format!("{name}:last"), format!("the newest of {name}")));
        }
        found
    }

    /// What `wait` waits for, and the states behind `state=` and `waiting=`.
    fn conditions(&self) -> Vec<Candidate> {
        let Some((condition, _)) = self.asked.word.split_once('=') else {
            return [
                ("done", "however it ends"),
                ("succeeded", "its success"),
                ("state=", "a state that it enters"),
                ("waiting", "a task token that waits"),
                ("waiting=", "the task token of a state"),
            ]
            .map(|(word, about)| Candidate::new(word, about))
            .into();
        };
        let mut found = self.states(self.asked.machine.as_deref());
        for candidate in &mut found {
            candidate.text.insert_str(0, &format!("{condition}="));
        }
        found
    }

    /// States behind `EXEC/`.
    fn states_of_execution(&self) -> Vec<Candidate> {
        let Some((execution, _)) = self.asked.word.split_once('/') else { return Vec::new() };
        let machine = match execution.rsplit_once(':') {
            Some((machine, _)) if !execution.starts_with("arn:") => Some(machine),
            _ => self.asked.machine.as_deref(),
        };
        let mut found = self.states(machine);
        for candidate in &mut found {
            candidate.text.insert_str(0, &format!("{execution}/"));
        }
        found
    }

    /// The states of a machine, or of all.
    fn states(&self, machine: Option<&str>) -> Vec<Candidate> {
        let is_meant = |known: &&Machine| machine.is_none_or(|word| known.logical_id == word || known.name == word);
        let mut found = Vec::new();
        for machine in self.project_machines().iter().filter(is_meant) {
            let about = format!("a state of {}", machine.logical_id);
            found
                .extend(machine.definition.state_names().into_iter().map(|state| Candidate::new(state, about.clone())));
        }
        if found.is_empty() {
            let seen = self.remembered().map(|remembered| remembered.states(None)).unwrap_or_default();
            found.extend(seen.into_iter().map(|state| Candidate::new(state, "a state seen on AWS")));
        }
        found
    }

    fn functions(&self, behind: &str) -> Vec<Candidate> {
        let functions = self.service().map(|service| service.functions.iter()).into_iter().flatten();
        functions.map(|function| Candidate::new(format!("{}{behind}", function.logical_id), "function")).collect()
    }

    fn api_keys(&self, before: &str) -> Vec<Candidate> {
        let keys = self.service().map(|service| service.api_keys.iter()).into_iter().flatten();
        let mut names: Vec<String> = keys.map(|key| key.name.clone()).collect();
        names.extend(self.remembered().map(Remembered::api_key_names).unwrap_or_default());
        names.into_iter().map(|name| Candidate::new(format!("{before}{name}"), "API key")).collect()
    }

    fn stages(&self) -> Vec<Candidate> {
        let project = self.service().map(|service| Candidate::new(service.stage.clone(), "the project's"));
        let usual = ["dev", "staging", "prod"].map(|stage| Candidate::new(stage, ""));
        project.into_iter().chain(usual).collect()
    }
}

/// The name at the end of an ARN.
fn last_part(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or(arn)
}
