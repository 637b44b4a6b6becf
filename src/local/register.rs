//! From a project to registered functions and state machines.
//!
//! The process that loads the file is not always the store's owner, so what a load means is data that travels: every
//! reference is resolved where the file is, and [`apply`] runs where the store is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::asl::diagnostic::nearest;
use crate::engine::{Engine, EngineError, NewActivity, NewStateMachine, StateMachine, StateMachineType};
use crate::local::api_gateway::{self, Api};
use crate::local::notifications::{Notifications, Subscription};
use crate::local::owner::LocalError;
use crate::local::served::Served;
use crate::local::step_functions::{machine_settings, owned_key};
use crate::project::{Activity, Function, FunctionProgram, Identity, Logging, Machine, Service};
use crate::tasks::{FunctionSpec, Program, Tasks};

/// The kinds under which the store keeps what a server wants to find again.
const FUNCTION: &str = "function";
const LOADED: &str = "loaded";
const NOTIFICATIONS: &str = "notifications";

/// Lambda's default `timeout` of a function that only `--function` knows, in seconds: the Serverless Framework's.
const TIMEOUT_SECONDS: u64 = 6;
/// Its default `memorySize`, in MB: the Serverless Framework's.
const MEMORY_MB: u64 = 1_024;

/// What one load registers. It is never shown: environments hold secrets.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Load {
    functions: Vec<LoadedFunction>,
    /// By function: for those that the store knows from an earlier load. Its values were not kept.
    environments: BTreeMap<String, BTreeMap<String, String>>,
    /// `None` where no project was loaded, only functions: then machines stay as they are.
    machines: Option<Vec<LoadedMachine>>,
    /// The ARNs of the project's activities; of no interest where no project was loaded.
    #[serde(default)]
    activities: Vec<String>,
    /// `None` where no project was loaded: then the API stays as it is.
    #[serde(default)]
    api: Option<Api>,
}

/// A function with the values of its environment, which a [`FunctionSpec`] leaves out when it is written.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct LoadedFunction {
    spec: FunctionSpec,
    environment: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LoadedMachine {
    arn: String,
    definition: String,
    role_arn: String,
    express: bool,
    tags: BTreeMap<String, String>,
    notifications: Vec<Subscription>,
    /// `loggingConfiguration`
    #[serde(default)]
    logging: Option<Value>,
}

/// A function as the store keeps it.
#[derive(Debug, Serialize, Deserialize)]
struct KeptFunction {
    #[serde(flatten)]
    spec: FunctionSpec,
    /// The names of its environment's variables; earlier versions did not keep them.
    #[serde(default)]
    variables: Vec<String>,
}

/// A function of an earlier load, whose environment nobody has brought yet.
#[derive(Debug)]
pub(super) struct BareFunction {
    spec: FunctionSpec,
    /// The names of the variables that it lacks.
    pub(super) variables: Vec<String>,
}

impl Load {
    /// Whether there is nothing to register.
    pub(super) fn is_empty(&self) -> bool {
        self.functions.is_empty() && self.environments.is_empty() && self.machines.is_none() && self.api.is_none()
    }

    /// What is registered so that executions go on as they were started: the functions that `--function` gives, and the
    /// environments of the others. Programs and definitions stay those of the last start, whatever the file says by now.
    pub(super) fn only_to_go_on(self, overrides: &[(String, String)], service: Option<&Service>) -> Self {
        let known = service.map_or(&[][..], |service| &service.functions);
        let is_given = |name: &str| {
            let logical = known.iter().find(|function| function.name == name).map(|function| &*function.logical_id);
            overrides.iter().any(|(given, _)| given == name || Some(given.as_str()) == logical)
        };
        let (functions, others): (Vec<_>, Vec<_>) =
            self.functions.into_iter().partition(|function| is_given(&function.spec.name));
        let environments = others.into_iter().map(|other| (other.spec.name.to_string(), other.environment)).collect();
        Self { functions, environments, machines: None, activities: Vec::new(), api: None }
    }
}

/// What a project (if any) and `--function` register. `folder` is where commands run that no project has.
///
/// # Errors
/// [`LocalError::UnknownFunction`] for a `--function` that the project does not have, [`LocalError::MappingTemplate`].
pub(super) fn resolve(
    service: Option<&Service>,
    overrides: &[(String, String)],
    identity: &Identity,
    folder: PathBuf,
) -> Result<Load, LocalError> {
    let folder = service.map_or(folder, |service| service.folder.clone());
    let known = service.map_or(&[][..], |service| &service.functions);
    let mut specs: Vec<FunctionSpec> = known.iter().map(|function| spec(function, &folder)).collect();
    for (name, command) in overrides {
        let at = known.iter().position(|function| function.logical_id == *name || function.name == *name);
        match at {
            Some(at) => specs[at].program = Program::Command(command.clone()),
            // A plain definition, or a service without functions, calls functions that only `--function` can give.
            None if known.is_empty() => specs.push(only_a_command(name, command, &folder)),
            None => return Err(unknown(name, known)),
        }
    }
    let functions = specs.into_iter().map(|spec| LoadedFunction { environment: spec.environment.clone(), spec });
    let machine = |service, machine| loaded_machine(service, machine, identity);
    let machines = service.map(|service| service.machines.iter().map(|item| machine(service, item)).collect());
    let activities = service.into_iter().flat_map(|service| &service.activities);
    let Identity { region, account } = identity;
    let arn = |activity: &Activity| format!("arn:aws:states:{region}:{account}:activity:{}", activity.name);
    let activities = activities.map(arn).collect();
    let api = service.map(|service| Api::of(service, identity));
    api.as_ref().map_or(Ok(()), api_gateway::check)?;
    Ok(Load { functions: functions.collect(), environments: BTreeMap::new(), machines, activities, api })
}

fn unknown(name: &str, known: &[Function]) -> LocalError {
    let words = known.iter().flat_map(|function| [function.logical_id.as_str(), function.name.as_str()]);
    LocalError::UnknownFunction {
        name: name.to_owned(),
        nearest: nearest(name, words).map(ToOwned::to_owned),
        known: known.iter().map(|function| function.logical_id.clone()).collect(),
    }
}

fn spec(function: &Function, folder: &Path) -> FunctionSpec {
    FunctionSpec {
        name: Arc::from(function.name.as_str()),
        logical_id: Some(Arc::from(function.logical_id.as_str())),
        folder: folder.to_owned(),
        program: program(function, folder),
        timeout_seconds: function.timeout_seconds,
        memory_mb: function.memory_mb,
        environment: function.environment.clone(),
    }
}

fn program(function: &Function, folder: &Path) -> Program {
    match &function.program {
        FunctionProgram::Command(command) => Program::Command(command.clone()),
        FunctionProgram::Handler { handler, runtime } => {
            FunctionSpec::discover(&function.logical_id, folder, handler, runtime)
        }
    }
}

fn only_a_command(name: &str, command: &str, folder: &Path) -> FunctionSpec {
    FunctionSpec {
        name: Arc::from(name),
        logical_id: None,
        folder: folder.to_owned(),
        program: Program::Command(command.to_owned()),
        timeout_seconds: TIMEOUT_SECONDS,
        memory_mb: MEMORY_MB,
        environment: BTreeMap::new(),
    }
}

fn loaded_machine(service: &Service, machine: &Machine, identity: &Identity) -> LoadedMachine {
    let Identity { region, account } = identity;
    LoadedMachine {
        arn: format!("arn:aws:states:{region}:{account}:stateMachine:{}", machine.name),
        definition: machine.definition.to_json(service, identity),
        role_arn: format!("arn:aws:iam::{account}:role/{}-{}-states", service.name, service.stage),
        express: machine.express,
        tags: machine.tags.clone(),
        // Only executions of STANDARD machines send events, as on AWS.
        notifications: machine.notifications.iter().filter(|_| !machine.express).map(Subscription::from).collect(),
        logging: machine.logging.as_ref().map(logging_configuration),
    }
}

fn logging_configuration(logging: &Logging) -> Value {
    json!({
        "level": logging.level,
        "includeExecutionData": logging.include_execution_data,
        "destinations": [{ "cloudWatchLogsLogGroup": { "logGroupArn": logging.log_group_arn } }],
    })
}

/// Registers a load: functions first, because executions that go on may call them at once. What is already so stays.
///
/// # Errors
/// The engine's; what was registered before the error stays.
pub(super) async fn apply(load: &Load, served: &Served) -> Result<(), EngineError> {
    let _changing = served.changing.lock().await;
    keep_functions(&load.functions, &served.engine).await?;
    served.tasks.register(load.to_register(&mut lock(&served.bare)));
    if let Some(machines) = &load.machines {
        apply_activities(&load.activities, &served.engine).await?;
        apply_machines(machines, served).await?;
    }
    // Last: its routes start these machines.
    match &load.api {
        Some(api) => served.api.apply(api, &served.engine).await,
        None => Ok(()),
    }
}

/// Every command loads the project, and mostly nothing is new: a write would be waited for until the disk has it.
async fn keep_functions(functions: &[LoadedFunction], engine: &Engine) -> Result<(), EngineError> {
    let kept: BTreeMap<String, Value> = engine.registrations(FUNCTION).await?.into_iter().collect();
    for function in functions {
        let (name, new) = (&*function.spec.name, function.to_kept()?);
        if kept.get(name) != Some(&new) {
            engine.put_registration(FUNCTION, name, new).await?;
        }
    }
    Ok(())
}

impl Load {
    /// The functions of the load, and those of earlier loads whose environments it brings: they are bare no longer.
    fn to_register(&self, bare: &mut BTreeMap<String, BareFunction>) -> Vec<FunctionSpec> {
        let mut specs = Vec::new();
        for LoadedFunction { spec, environment } in &self.functions {
            bare.remove(&*spec.name);
            specs.push(FunctionSpec { environment: environment.clone(), ..spec.clone() });
        }
        for (name, environment) in &self.environments {
            let known = bare.remove(name);
            specs.extend(known.map(|known| FunctionSpec { environment: environment.clone(), ..known.spec }));
        }
        specs
    }
}

impl LoadedFunction {
    /// As the store keeps it: of its environment the names only.
    fn to_kept(&self) -> Result<Value, EngineError> {
        let kept = KeptFunction { spec: self.spec.clone(), variables: self.environment.keys().cloned().collect() };
        serde_json::to_value(kept).map_err(|error| EngineError::Store(error.to_string()))
    }
}

/// Activities come before the machines that wait for them. One that left the file since the last load is deleted.
async fn apply_activities(arns: &[String], engine: &Engine) -> Result<(), EngineError> {
    for arn in arns {
        let new = NewActivity { arn: Arc::from(arn.as_str()), encryption: owned_key(), tags: BTreeMap::new() };
        match engine.create_activity(new).await {
            // It was made through the API, with a key of its own: it is there.
            Ok(_) | Err(EngineError::ActivityAlreadyExists(_)) => {}
            Err(error) => return Err(error),
        }
    }
    let before = loaded_before(engine, "activities").await?;
    for gone in before.iter().flatten().filter(|arn| !arns.contains(arn)) {
        engine.delete_activity(gone).await?;
    }
    if before.is_none_or(|before| before != arns) {
        engine.put_registration(LOADED, "activities", json!(arns)).await?;
    }
    Ok(())
}

/// The ARNs that the last load kept under a name; `None` before the first.
async fn loaded_before(engine: &Engine, name: &str) -> Result<Option<Vec<String>>, EngineError> {
    let kept = engine.registrations(LOADED).await?;
    let arns = kept.iter().find(|(kept, _)| kept == name).and_then(|(_, arns)| arns.as_array());
    Ok(arns.map(|arns| arns.iter().filter_map(|arn| arn.as_str().map(ToOwned::to_owned)).collect()))
}

async fn apply_machines(machines: &[LoadedMachine], served: &Served) -> Result<(), EngineError> {
    let engine = &served.engine;
    for machine in machines {
        // First who listens: an execution may begin as soon as there is a machine.
        subscribe(&machine.arn, &machine.notifications, served).await?;
        if let Some(logging) = &machine.logging {
            served.execution_logs.prepare(logging);
        }
        apply_machine(machine, engine).await?;
    }
    // A machine that left the file since the last load is deleted; one that was made through the API is not ours.
    let before = loaded_before(engine, "machines").await?;
    for arn in before.iter().flatten().filter(|arn| machines.iter().all(|machine| machine.arn != **arn)) {
        engine.delete_state_machine(arn).await?;
        subscribe(arn, &[], served).await?;
    }
    let arns: Vec<&str> = machines.iter().map(|machine| machine.arn.as_str()).collect();
    if before.is_none_or(|before| before != arns) {
        engine.put_registration(LOADED, "machines", json!(arns)).await?;
    }
    Ok(())
}

/// Has these listen to a machine, here and for later owners that have no file.
async fn subscribe(arn: &str, subscriptions: &[Subscription], served: &Served) -> Result<(), EngineError> {
    if !served.notifications.are_subscribed(arn, subscriptions) {
        // Kept first: were it only known here, the next load would find that there is nothing to keep.
        served.engine.put_registration(NOTIFICATIONS, arn, json!(subscriptions)).await?;
        served.notifications.subscribe(arn, subscriptions.to_vec());
    }
    Ok(())
}

async fn apply_machine(machine: &LoadedMachine, engine: &Engine) -> Result<(), EngineError> {
    let new = machine.to_new();
    match engine.describe_state_machine(&machine.arn).await {
        Ok(now) if same(&now, &new) => Ok(()),
        // The type of a machine cannot be changed; on AWS, too, it is replaced.
        Ok(now) if now.spec.machine_type != new.machine_type => {
            engine.delete_state_machine(&machine.arn).await?;
            engine.create_state_machine(new).await.map(drop)
        }
        Ok(_) => engine.update_state_machine(new).await.map(drop),
        Err(EngineError::StateMachineDoesNotExist(_)) => engine.create_state_machine(new).await.map(drop),
        Err(error) => Err(error),
    }
}

fn same(now: &StateMachine, new: &NewStateMachine) -> bool {
    now.spec.definition == new.definition
        && now.spec.role_arn == new.role_arn
        && now.spec.machine_type == new.machine_type
        && now.spec.settings["loggingConfiguration"] == new.settings["loggingConfiguration"]
}

impl LoadedMachine {
    fn to_new(&self) -> NewStateMachine {
        NewStateMachine {
            arn: Arc::from(self.arn.as_str()),
            definition: Arc::from(self.definition.as_str()),
            role_arn: Arc::from(self.role_arn.as_str()),
            machine_type: if self.express { StateMachineType::Express } else { StateMachineType::Standard },
            settings: machine_settings(self.logging.clone(), None),
            tags: self.tags.clone(),
        }
    }
}

/// Who panicked while holding it changed one entry or none, so what is there is good.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The names of all functions that were ever registered here.
///
/// # Errors
/// The engine's.
pub(super) async fn functions(engine: &Engine) -> Result<Vec<String>, EngineError> {
    Ok(engine.registrations(FUNCTION).await?.into_iter().map(|(name, _)| name).collect())
}

/// Registers again what earlier loads kept, without the values of environments, which are never stored; gives what it
/// registered, by name.
///
/// # Errors
/// The engine's.
pub(super) async fn restore(engine: &Engine, tasks: &Tasks) -> Result<BTreeMap<String, BareFunction>, EngineError> {
    let kept = engine.registrations(FUNCTION).await?;
    // A registration of another version that cannot be read is as good as none: the next load writes it anew.
    let kept = kept.into_iter().filter_map(|(_, value)| serde_json::from_value::<KeptFunction>(value).ok());
    let named = |KeptFunction { spec, variables }| (spec.name.to_string(), BareFunction { spec, variables });
    let bare: BTreeMap<String, BareFunction> = kept.map(named).collect();
    tasks.register(bare.values().map(|function| function.spec.clone()).collect());
    Ok(bare)
}

/// Has those listen again who listened after an earlier load.
///
/// # Errors
/// The engine's.
pub(super) async fn restore_notifications(engine: &Engine, notifications: &Notifications) -> Result<(), EngineError> {
    for (arn, kept) in engine.registrations(NOTIFICATIONS).await? {
        // Those of another version that cannot be read are as good as none: the next load writes them anew.
        notifications.subscribe(&arn, serde_json::from_value(kept).unwrap_or_default());
    }
    Ok(())
}
