//! The engine's task runner: from a resource to what happens.
//!
//! Owns: the registered functions, the table of resources, the tasks that run. Must not know: how a function runs. Start reading
//! at [`Tasks::perform`], which is all that a task does apart from the report.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use serde_json::Value;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use uuid::Uuid;

use crate::asl::program::{Pattern, Resource};
use crate::asl::{Fault, Payload};
use crate::engine::task::{Reporter, TaskId, TaskReport, TaskRequest, TaskRunner};
use crate::tasks::answer::Refused;
use crate::tasks::elsewhere::{self, Place};
use crate::tasks::environment::Surroundings;
use crate::tasks::function::FunctionSpec;
use crate::tasks::instance::INIT_SECONDS_MAX;
use crate::tasks::integration;
use crate::tasks::integration::mock::Mocks;
use crate::tasks::integration::sdk::Caller;
use crate::tasks::integration::trace::Trace;
use crate::tasks::item_reader;
use crate::tasks::lambda::{InvocationType, InvokeAnswer, InvokeRequest, encode_log};
use crate::tasks::launch::how_to_give;
use crate::tasks::logs::Logs;
use crate::tasks::outside::{Outside, Service};
use crate::tasks::pool::{Bounds, Pool};
use crate::tasks::reference::FunctionReference;
use crate::tasks::result_writer;
use crate::tasks::runtime_api::Invocation;

/// Invocations that wait for a process; past it Lambda's own throttling error.
pub const QUEUE_MAX: usize = 1_000;
/// How long a process without work is kept.
pub const IDLE_SECONDS_MAX: u64 = 300;
/// How many letters a name may be off to be taken for a slip.
const SLIP_MAX: usize = 2;

/// What a [`Tasks`] is made of.
#[derive(Clone)]
pub struct TasksConfig {
    /// The folder of the functions' logs: one file each, `NAME.log`.
    pub logs: PathBuf,
    /// At most so many function processes at once.
    pub processes_max: usize,
    /// The region that functions are told.
    pub region: Arc<str>,
    /// The account that functions are told, 12 digits.
    pub account: Arc<str>,
    /// The caller's environment: functions get what a closed list names, and it says where AWS's services are.
    pub environment: BTreeMap<String, String>,
}

impl fmt::Debug for TasksConfig {
    /// Without the environment's values, where secrets are.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { logs, processes_max, region, account, environment } = self;
        let mut shown = formatter.debug_struct("TasksConfig");
        shown.field("logs", logs).field("processes_max", processes_max).field("region", region);
        shown.field("account", account).field("environment", &environment.keys()).finish()
    }
}

/// Does tasks. Must be made within a tokio runtime, on which it works.
#[derive(Debug)]
pub struct Tasks {
    this: Weak<Self>,
    runtime: Handle,
    region: Arc<str>,
    account: Arc<str>,
    logs: Logs,
    pool: Arc<Pool>,
    outside: Outside,
    mocks: Mocks,
    functions: Mutex<BTreeMap<Arc<str>, Arc<FunctionSpec>>>,
    running: Mutex<HashMap<TaskId, AbortHandle>>,
}

impl Tasks {
    /// Begins without any function.
    #[must_use]
    pub fn new(config: TasksConfig) -> Arc<Self> {
        let idle = Duration::from_secs(IDLE_SECONDS_MAX);
        let init = Duration::from_secs(INIT_SECONDS_MAX);
        let bounds = Bounds { processes_max: config.processes_max, queue_max: QUEUE_MAX, init, idle };
        Self::with_bounds(config, bounds)
    }

    pub(super) fn with_bounds(config: TasksConfig, bounds: Bounds) -> Arc<Self> {
        let logs = Logs::open(config.logs);
        let (region, account) = (config.region.to_string(), config.account.to_string());
        let (outside, mocks) = (Outside::new(&config.environment), Mocks::new(&config.environment));
        let surroundings = Surroundings { region, account, caller: config.environment, told: BTreeMap::new() };
        Arc::new_cyclic(|this| Self {
            this: Weak::clone(this),
            runtime: Handle::current(),
            region: config.region,
            account: config.account,
            pool: Pool::new(bounds, surroundings, logs.clone()),
            logs,
            outside,
            mocks,
            functions: Mutex::default(),
            running: Mutex::default(),
        })
    }

    /// Adds functions, or replaces those of the same name; idle processes of replaced ones end.
    pub fn register(&self, functions: Vec<FunctionSpec>) {
        let mut known = lock(&self.functions);
        for spec in functions {
            // An equal one stays, and with it its warm processes.
            if known.get(&spec.name).is_none_or(|old| **old != spec) {
                known.insert(Arc::clone(&spec.name), Arc::new(spec));
            }
        }
        drop(known);
        self.pool.keep(|spec| self.is_current(spec));
    }

    /// Removes a function; says whether it was there. Its idle processes end.
    pub fn unregister(&self, name: &str) -> bool {
        let removed = lock(&self.functions).remove(name).is_some();
        self.pool.keep(|spec| *spec.name != *name);
        removed
    }

    /// The registered functions, by name.
    #[must_use]
    pub fn functions(&self) -> Vec<Arc<FunctionSpec>> {
        lock(&self.functions).values().cloned().collect()
    }

    /// Adds to the environment of every process that starts from now on, such as the server's own `AWS_ENDPOINT_URL_SFN`. A
    /// function's own environment comes after it.
    pub fn tell(&self, environment: BTreeMap<String, String>) {
        if let Some(endpoint) = environment.get(Service::STEP_FUNCTIONS.variable) {
            self.outside.serve_at(endpoint.clone());
        }
        self.pool.tell(environment);
    }

    /// Says which test case of the mock file an execution that is about to start has: `machine` and `execution` are names.
    ///
    /// # Errors
    /// A sentence, when there is no such test case.
    pub fn mock(&self, machine: &str, execution: &str, test_case: &str) -> Result<(), String> {
        self.mocks.expect(machine, execution, test_case)
    }

    /// What functions printed.
    #[must_use]
    pub fn logs(&self) -> &Logs {
        &self.logs
    }

    /// Invokes a function once, as Lambda's Invoke does. `name` is a name, an ARN or a part of one.
    ///
    /// # Errors
    /// The fault that Step Functions would record.
    pub async fn invoke(&self, name: &str, event: &Value) -> Result<Value, Fault> {
        self.call(name, Payload::from(event.clone())).await.map(|payload| payload.value().clone())
    }

    /// Answers Lambda's Invoke. A function error is an answer, as it is on Lambda.
    ///
    /// # Errors
    /// When the function was not run.
    pub async fn answer(&self, request: InvokeRequest) -> Result<InvokeAnswer, Refused> {
        self.answer_as(&request_id(), request).await
    }

    async fn answer_as(&self, request_id: &Arc<str>, request: InvokeRequest) -> Result<InvokeAnswer, Refused> {
        let (spec, function_arn) = self.find(&request.function_name, request.qualifier.as_deref())?;
        let timeout = Duration::from_secs(spec.timeout_seconds.max(1));
        let request_id = Arc::clone(request_id);
        let work = Invocation { request_id: Arc::clone(&request_id), function_arn, event: request.payload, timeout };
        let nothing = InvokeAnswer { request_id, answer: None, log_result: None, status: 204 };
        match request.invocation_type {
            InvocationType::DryRun => Ok(nothing),
            InvocationType::Event => {
                let pool = Arc::clone(&self.pool);
                // What becomes of it stands in the function's log alone.
                self.runtime.spawn(async move { pool.invoke(&spec, &work).await });
                Ok(InvokeAnswer { status: 202, ..nothing })
            }
            InvocationType::RequestResponse => {
                let done = self.pool.invoke(&spec, &work).await;
                if !self.is_current(&spec) {
                    // It was replaced meanwhile, when its process was busy and not seen.
                    self.pool.keep(|kept| !Arc::ptr_eq(kept, &spec));
                }
                let done = done?;
                let log_result = request.log_tail.then(|| encode_log(&done.log_tail));
                Ok(InvokeAnswer { answer: Some(done.answer), log_result, status: 200, ..nothing })
            }
        }
    }

    fn is_current(&self, spec: &Arc<FunctionSpec>) -> bool {
        lock(&self.functions).get(&spec.name).is_some_and(|current| Arc::ptr_eq(current, spec))
    }

    /// The registered function that a name, an ARN or a part of one means.
    ///
    /// # Errors
    /// When it means none.
    pub fn function(&self, name: &str) -> Result<Arc<FunctionSpec>, Refused> {
        self.find(name, None).map(|(spec, _)| spec)
    }

    /// The function, and its ARN as it was asked for.
    fn find(&self, text: &str, qualifier: Option<&str>) -> Result<(Arc<FunctionSpec>, Arc<str>), Refused> {
        let invalid = || {
            Refused::InvalidParameter(format!(
                "{text:?} is not a function: give a name, an ARN, or ACCOUNT:function:NAME"
            ))
        };
        let reference = FunctionReference::parse(text).ok_or_else(invalid)?;
        let region = reference.region.as_deref().unwrap_or(&self.region);
        let account = reference.account.as_deref().unwrap_or(&self.account);
        let arn = format!("arn:aws:lambda:{region}:{account}:function:{}", reference.name);
        let qualifier = reference.qualifier.as_deref().or(qualifier);
        let functions = lock(&self.functions);
        match functions.get(reference.name.as_str()) {
            Some(spec) => {
                let arn = qualifier.map_or_else(|| arn.clone(), |qualifier| format!("{arn}:{qualifier}"));
                Ok((Arc::clone(spec), arn.into()))
            }
            None => Err(Refused::NotFound {
                arn: format!("{arn}:{}", qualifier.unwrap_or("$LATEST")).into(),
                advice: nearest(&reference.name, functions.keys()).map(|name| format!("Did you mean {name}?")),
            }),
        }
    }

    /// What to tell somebody whose function is not found: the functions that there are, and how to add one.
    #[must_use]
    pub fn advice(&self, name: &str) -> String {
        let functions = lock(&self.functions);
        let names: Vec<&str> = functions.keys().map(|name| &**name).collect();
        let known = match (nearest(name, functions.keys()), names.as_slice()) {
            (Some(near), _) => format!("Did you mean {near}?"),
            (None, []) => "No function is registered.".to_owned(),
            (None, names) => format!("Registered are {}.", names.join(", ")),
        };
        format!("{known} {}", how_to_give(name))
    }

    async fn call(&self, name: &str, event: Payload) -> Result<Payload, Fault> {
        let request_id = request_id();
        let answer = self.answer_task(&request_id, InvokeRequest::new(name, event)).await?.answer;
        answer.map_or_else(|| Ok(Payload::from(Value::Null)), super::Answer::into_result)
    }

    async fn call_integration(&self, parameters: &Payload) -> Result<Payload, Fault> {
        let request_id = request_id();
        let request = InvokeRequest::from_parameters(parameters.value());
        let request = request.map_err(|refused| refused.into_fault(&request_id))?;
        self.answer_task(&request_id, request).await?.into_result_object()
    }

    /// Whether the function of these parameters is registered.
    fn has(&self, parameters: &Payload) -> bool {
        parameters.value()["FunctionName"].as_str().is_some_and(|name| self.find(name, None).is_ok())
    }

    async fn call_sdk(&self, parameters: &Payload) -> Result<Payload, Fault> {
        let request_id = request_id();
        let request = InvokeRequest::from_sdk_parameters(parameters.value());
        let request = request.map_err(|refused| refused.into_fault(&request_id))?;
        Ok(Payload::from(self.answer_task(&request_id, request).await?.into_sdk_result()))
    }

    /// Invokes a function for a task: the project's own, else where Lambda is.
    async fn answer_task(&self, request_id: &Arc<str>, request: InvokeRequest) -> Result<InvokeAnswer, Fault> {
        let (elsewhere, advice) = match self.find(&request.function_name, None) {
            Err(Refused::NotFound { advice, .. }) => (self.elsewhere(request_id, &request).await, advice),
            // What else is wrong is said below.
            _ => (None, None),
        };
        match (elsewhere, advice) {
            // It may be a slip for a function of the project.
            (Some(Err(fault)), Some(advice)) if fault.error == "Lambda.ResourceNotFoundException" => {
                Err(Fault { cause: format!("{}. {advice}", fault.cause), ..fault })
            }
            (Some(answer), _) => answer,
            (None, _) => self.answer_as(request_id, request).await.map_err(|refused| refused.into_fault(request_id)),
        }
    }

    async fn elsewhere(&self, request_id: &Arc<str>, request: &InvokeRequest) -> Option<Result<InvokeAnswer, Fault>> {
        let reference = FunctionReference::parse(&request.function_name)?;
        let region = reference.region.as_deref().unwrap_or(&self.region);
        let account = reference.account.as_deref().unwrap_or(&self.account);
        elsewhere::invoke(&self.outside, request, request_id, Place { region, account }).await
    }

    #[cfg(test)]
    pub(super) fn pool(&self) -> &Arc<Pool> {
        &self.pool
    }

    /// Does one task: the table of resources. `None` when there is nothing to do, as for an activity, whose workers ask for
    /// their tasks.
    pub(crate) async fn perform(
        &self,
        request: &TaskRequest,
        submitted: impl Fn(TaskReport) + Send + Sync,
    ) -> Option<TaskReport> {
        self.perform_traced(request, None, submitted).await
    }

    /// Does one task, and takes down what an HTTP task sends and is answered.
    pub(crate) async fn perform_traced(
        &self,
        request: &TaskRequest,
        trace: Option<&Trace>,
        submitted: impl Fn(TaskReport) + Send + Sync,
    ) -> Option<TaskReport> {
        if let Some(mocked) = self.mocks.answer(&request.execution_arn, &request.state_name) {
            return Some(mocked_report(mocked, &request.resource, submitted));
        }
        let (result, pattern) = match &request.resource {
            Resource::Activity { .. } => return None,
            Resource::Lambda { arn } => (self.call(arn, request.input.clone()).await, Pattern::RequestResponse),
            Resource::Integration { service, action, pattern } => {
                let result = match (&**service, action_of(action)) {
                    ("lambda", "invoke") => self.call_integration(&request.input).await,
                    ("aws-sdk:lambda", "invoke") if self.has(&request.input) => self.call_sdk(&request.input).await,
                    // A distributed Map asks these; no Task state can.
                    ("s3", "putObject") => result_writer::write(&self.caller(), &request.input).await,
                    ("s3", action) => item_reader::read(&self.caller(), action, &request.input).await,
                    (service, action) => {
                        let caller = Caller { trace, ..self.caller() };
                        let named = (service, action, *pattern);
                        let result = integration::perform(&caller, request, named, submitted).await;
                        result.map(Payload::from)
                    }
                };
                (result, *pattern)
            }
        };
        Some(match (result, pattern) {
            (Ok(payload), Pattern::WaitForTaskToken) => TaskReport::Submitted(payload),
            (Ok(payload), _) => TaskReport::Succeeded(payload),
            (Err(fault), _) => TaskReport::Failed(fault),
        })
    }

    fn caller(&self) -> Caller<'_> {
        Caller { outside: &self.outside, region: &self.region, account: &self.account, trace: None }
    }

    /// Ends every process. Later requests are not started.
    pub async fn shutdown(&self) {
        self.pool.close();
        let running: Vec<AbortHandle> = lock(&self.running).drain().map(|(_, task)| task).collect();
        for task in &running {
            task.abort();
        }
        // A process is killed when its task is dropped, which the runtime does at the task's next turn.
        while running.iter().any(|task| !task.is_finished()) {
            tokio::task::yield_now().await;
        }
    }
}

impl TaskRunner for Tasks {
    fn start(&self, request: TaskRequest, reporter: Reporter) {
        let this = Weak::clone(&self.this);
        let id = request.id;
        // Held until the task is in the map: it must not look for itself before.
        let mut running = lock(&self.running);
        let task = self.runtime.spawn(async move {
            let Some(tasks) = this.upgrade() else { return };
            let report = tasks.perform(&request, |report| reporter.report(report)).await;
            tasks.forget(id);
            if let Some(report) = report {
                reporter.report(report);
            }
        });
        if let Some(before) = running.insert(id, task.abort_handle()) {
            before.abort();
        }
    }

    fn cancel(&self, id: TaskId) {
        if let Some(task) = lock(&self.running).remove(&id) {
            task.abort();
        }
    }
}

impl Tasks {
    /// Forgets the task that asks for it, unless another of the same id took its place.
    fn forget(&self, id: TaskId) {
        let mut running = lock(&self.running);
        if running.get(&id).is_some_and(|task| task.id() == tokio::task::id()) {
            running.remove(&id);
        }
    }
}

fn request_id() -> Arc<str> {
    Uuid::new_v4().to_string().into()
}

/// `invoke` of `invoke.waitForTaskToken`.
fn action_of(action: &str) -> &str {
    action.split_once('.').map_or(action, |(action, _)| action)
}

/// A mocked answer is the task's end: nobody holds a token, no job runs.
fn mocked_report(
    mocked: Result<Payload, Fault>,
    resource: &Resource,
    submitted: impl Fn(TaskReport) + Send + Sync,
) -> TaskReport {
    let waits = match resource {
        Resource::Integration { pattern, .. } => *pattern != Pattern::RequestResponse,
        Resource::Lambda { .. } | Resource::Activity { .. } => false,
    };
    match mocked {
        Ok(payload) => {
            if waits {
                submitted(TaskReport::Submitted(payload.clone()));
            }
            TaskReport::Succeeded(payload)
        }
        Err(fault) => TaskReport::Failed(fault),
    }
}

/// The function that was probably meant: a few letters off, or with the service and stage in front.
fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a Arc<str>>) -> Option<&'a str> {
    let known = known.map(|known| &**known).map(|known| (distance(name, known), known));
    known.min().filter(|(distance, _)| *distance <= SLIP_MAX).map(|(_, known)| known)
}

/// How many letters are wrong, missing or too many (Levenshtein); 0 when one name is the other's last part.
fn distance(left: &str, right: &str) -> usize {
    if left.strip_suffix(right).or_else(|| right.strip_suffix(left)).is_some_and(|rest| rest.ends_with('-')) {
        return 0;
    }
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (at, letter) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (column, other) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Both maps are whole after every statement, so a panic elsewhere does not spoil them.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
