//! What a project is, once every variable is resolved.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::asl::diagnostic::Diagnostic;
use crate::asl::syntax::Node;
use crate::project::cloudformation;

/// A service: what one file describes.
#[derive(Debug, Clone)]
pub struct Service {
    /// `service`; of a plain definition the file's stem.
    pub name: String,
    /// The stage: `--stage`, `IW102_STAGE`, `provider.stage`, `dev`.
    pub stage: String,
    /// `provider.region`, if any.
    pub region: Option<String>,
    /// `provider.profile`, if any.
    pub profile: Option<String>,
    /// The file.
    pub file: PathBuf,
    /// Its folder.
    pub folder: PathBuf,
    /// In the order of the file.
    pub machines: Vec<Machine>,
    /// In the order of the file.
    pub functions: Vec<Function>,
    /// `stepFunctions.activities`, in the order of the file.
    pub activities: Vec<Activity>,
}

/// An activity of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// Its name, on AWS as in the file.
    pub name: String,
}

/// A state machine of a service.
#[derive(Debug, Clone)]
pub struct Machine {
    /// The logical id, `iw102StarterMachine`.
    pub logical_id: String,
    /// The physical name: `name`, else `Iw102StarterMachineStepFunctionsStateMachine-` and 12 characters of a hash of
    /// service, stage and logical id.
    pub name: String,
    /// CloudFormation's logical id, `Iw102StarterMachineStepFunctionsStateMachine`.
    pub resource_id: String,
    /// `type: EXPRESS`.
    pub express: bool,
    /// Its definition.
    pub definition: Definition,
    /// `tags`.
    pub tags: BTreeMap<String, String>,
}

/// A definition, CloudFormation's forms still in it.
#[derive(Debug, Clone)]
pub struct Definition {
    pub(super) node: Node,
    /// Whether `Ref` and `Fn::…` keys are CloudFormation's: not in a plain definition, where they are data.
    pub(super) template: bool,
}

impl Definition {
    /// The names of all states, those inside `Parallel` and `Map` too.
    #[must_use]
    pub fn state_names(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        collect_states(&self.node, &mut names);
        names
    }
}

fn collect_states(machine: &Node, names: &mut BTreeSet<String>) {
    for (key, state) in machine.get("States").and_then(Node::entries).unwrap_or_default() {
        names.insert(key.name.clone());
        let branches = state.get("Branches").and_then(Node::items).unwrap_or_default();
        let processors = ["ItemProcessor", "Iterator"].iter().filter_map(|member| state.get(member));
        branches.iter().chain(processors).for_each(|inner| collect_states(inner, names));
    }
}

/// Where a definition's references point.
#[derive(Debug, Clone)]
pub struct Identity {
    /// `us-east-1`
    pub region: String,
    /// 12 digits.
    pub account: String,
}

/// A Lambda function of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// The key under `functions`.
    pub logical_id: String,
    /// The physical name, `SERVICE-STAGE-NAME` unless `name` says otherwise.
    pub name: String,
    /// What runs.
    pub program: FunctionProgram,
    /// `timeout`, 6 where absent.
    pub timeout_seconds: u64,
    /// `memorySize`, 1024 where absent.
    pub memory_mb: u64,
    /// `environment`, the provider's and its own.
    pub environment: BTreeMap<String, String>,
}

/// How a function runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FunctionProgram {
    /// `custom.iw102.functions.NAME.command`
    Command(String),
    /// `handler`, with the `runtime` that holds for it.
    Handler {
        /// `file.function`, or a binary's path.
        handler: String,
        /// `nodejs20.x`, `python3.12`, `go1.x`, `provided.al2023`; empty where none is given.
        runtime: String,
    },
}

impl Definition {
    /// The definition as JSON text, references (`Fn::GetAtt`, `Ref`, `Fn::Sub`, `Fn::Join`) resolved for an identity.
    ///
    /// A reference to nothing stays as `${Name}`; [`Definition::resolve`] says which.
    #[must_use]
    pub fn to_json(&self, service: &Service, identity: &Identity) -> String {
        self.resolve(service, identity).0.to_value().to_string()
    }

    /// The definition with its references resolved, every value still knowing its place in the file, and what refers
    /// to nothing.
    #[must_use]
    pub fn resolve(&self, service: &Service, identity: &Identity) -> (Node, Vec<Diagnostic>) {
        cloudformation::resolve(&self.node, service, identity, self.template)
    }
}
