//! Who serves a store: this process, or the one that holds its lock.
//!
//! [`attach`] tries to take the lock. With it, this process opens the engine and serves it; without it, it is a client of
//! the process that has it. An owner leaves when its own command is done, so a client that finds it gone attaches again, and
//! one of the clients becomes the owner.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::asl::diagnostic::{Diagnostic, Severity};
use crate::engine::driver::ClockView;
use crate::engine::{ClockMode, Engine, EngineConfig, EngineError, HistoryListener, StatusListener, TaskRunner};
use crate::local::api_error::ApiError;
use crate::local::api_gateway::{Gateway, TemplateError};
use crate::local::control::{self, ClockCall};
use crate::local::descriptors;
use crate::local::execution_logs::{ExecutionLogs, OwnGroups};
use crate::local::gateway_listener::{GatewayAddress, GatewayListener};
use crate::local::listen::{Listen, PortChoice, reachable};
use crate::local::notifications::Notifications;
use crate::local::peer;
use crate::local::register::{self, Load};
use crate::local::secret::Secret;
use crate::local::served::Served;
use crate::local::server::Server;
use crate::local::store_lock::{self, Claim, OwnerFile, StoreLock};
use crate::local::tell::Tell;
use crate::local::tls::AuthorityError;
use crate::project::{self, Identity, LoadOptions, Loaded, ProjectError};
use crate::tasks::{Tasks, TasksConfig};

/// How long an owner that is starting or leaving is waited for.
const OWNER_TIMEOUT: Duration = Duration::from_secs(10);
/// How often the lock is tried meanwhile.
const OWNER_POLL: Duration = Duration::from_millis(25);
/// How often it is tried by the command whose turn it is.
const CLAIM_POLL: Duration = Duration::from_millis(5);
/// How long a command that does tasks waits for the end of an owner that does none, and how long one that only looks lets it
/// go first.
const LOOKER_TIMEOUT: Duration = Duration::from_secs(2);
/// How long an owner that leaves waits for notifications that are being delivered.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(8);
/// At most so many function processes run at once.
const PROCESSES_MAX: usize = 16;

/// What a command needs of a store.
#[derive(Clone)]
pub struct AttachOptions {
    /// The store's folder; `None` keeps everything in memory and is nobody's but this process's.
    pub folder: Option<PathBuf>,
    /// As what this process wants the store.
    pub wish: Wish,
    /// Where `--memory` keeps the functions' logs; a temporary folder of the caller's.
    pub scratch: PathBuf,
    /// Whether tasks are done where this process becomes the owner. A command that only looks leaves them to the next
    /// owner: begun here, they would end with it.
    pub runs_tasks: bool,
    /// How time passes where this process becomes the owner.
    pub clock: ClockMode,
    /// The project's file, registered (or reloaded) with the owner, and how to load it.
    pub file: Option<(PathBuf, LoadOptions)>,
    /// Whether the file's machines and programs stay out, and it only brings the environments of the functions that the
    /// store knows, for executions that go on. Then an error in the file is none here; see [`Owner::bare_functions`].
    pub only_environments: bool,
    /// `--function NAME=CMD`
    pub functions: Vec<(String, String)>,
    /// The environment of the caller, of which functions get what a closed list names.
    pub environment: BTreeMap<String, String>,
    /// The region of what is made.
    pub region: String,
    /// The account of what is made, 12 digits.
    pub account: String,
    /// Where the local CA is kept, one for all stores; made when the project's API is first asked for.
    pub ca_folder: PathBuf,
    /// Where AWS's APIs are served where this process becomes the owner.
    pub listen: Listen,
    /// Who hears of what a person should know, such as a notification that could not be delivered.
    pub tell: Tell,
    /// Who hears of each request that this process answered, a line each, without what may be secret.
    pub requests: Tell,
}

/// As what a process wants a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wish {
    /// As its server, or as a client of the process that is.
    #[default]
    Either,
    /// As its server only.
    Server,
    /// As its server only, one that keeps nothing: it holds the folder's lock, so that others find it there.
    ServerInMemory,
}

/// Why a store could not be served or reached.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// The folder cannot be made or written.
    #[error("cannot write the store's folder {folder}")]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The engine refused.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The owner did not answer as an owner does.
    #[error("the process that serves the store does not answer: {0}")]
    Owner(String),
    /// The owner left: [`Owner::reconnect`] finds the next one, or becomes it.
    #[error("the process that served the store is gone: {0}")]
    Gone(String),
    /// Somebody has the lock and does not say where it serves.
    #[error("another process holds the store's lock and does not say where it serves")]
    Unnamed {
        /// The lock's file.
        lock: PathBuf,
    },
    /// The owner has the lock and says nothing.
    #[error("process {pid} serves the store and did not answer within {} s", peer::ANSWER_TIMEOUT.as_secs())]
    Silent {
        /// The owner's process.
        pid: u32,
    },
    /// The owner refused.
    #[error("{message}")]
    Refused {
        /// The exception's name, `InvalidDefinition`.
        name: String,
        /// What it said.
        message: String,
    },
    /// The owner is another version of this program, whose store and paths may be others.
    #[error("the store is served by iw102 {version} (process {pid}), and this is iw102 {}", env!("CARGO_PKG_VERSION"))]
    OtherVersion {
        /// The owner's version.
        version: String,
        /// The owner's process.
        pid: u32,
    },
    /// The project's file cannot be read.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// The project has errors.
    #[error("the project has errors")]
    Invalid {
        /// Its texts, to show the places.
        loaded: Box<Loaded>,
        /// Everything that is wrong, warnings too.
        diagnostics: Vec<Diagnostic>,
    },
    /// `--function` names a function that the project does not have.
    #[error("the project has no function {name}{}", nearest.as_ref().map(|near| format!(": did you mean {near}?")).unwrap_or_default())]
    UnknownFunction {
        /// What was asked for.
        name: String,
        /// What may have been meant.
        nearest: Option<String>,
        /// All that there are.
        known: Vec<String>,
    },
    /// Another process serves the store, and this one wanted to.
    #[error("process {pid} serves the store already, at {endpoint}")]
    Served {
        /// The owner's process.
        pid: u32,
        /// Where it serves.
        endpoint: String,
    },
    /// A mapping template of a route is none.
    #[error("{0}")]
    MappingTemplate(String),
    /// A virtual clock's times mean nothing to the next process.
    #[error("virtual time works in memory only")]
    VirtualTimeNeedsMemory,
    /// There is no local CA.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The port could not be bound.
    #[error("cannot listen on {}", shown(listen))]
    Listen {
        /// Where.
        listen: Listen,
        /// Why.
        source: std::io::Error,
    },
}

/// A served store: this process's own server, or another process's.
#[derive(Debug)]
pub struct Owner {
    /// `http://127.0.0.1:PORT`, where all AWS APIs are.
    pub endpoint: String,
    /// Whether another process serves it.
    pub shared: bool,
    options: AttachOptions,
    role: Role,
}

#[derive(Debug)]
enum Role {
    Server(Box<Serving>),
    Client(OwnerFile),
}

/// A server that runs in this process.
#[derive(Debug)]
struct Serving {
    served: Arc<Served>,
    leave: watch::Sender<bool>,
    /// Ends when the last request is answered.
    ends: JoinHandle<()>,
    lock: Option<StoreLock>,
    endpoint: String,
}

/// Becomes the store's owner or the client of the one that is, and registers the project.
///
/// # Errors
/// See [`LocalError`].
pub async fn attach(options: AttachOptions) -> Result<Owner, LocalError> {
    if options.store().is_some() && matches!(options.clock, ClockMode::Virtual { .. }) {
        return Err(LocalError::VirtualTimeNeedsMemory);
    }
    let load = load(&options)?;
    let role = take_role(&options, &load).await?;
    let (endpoint, shared) = match &role {
        Role::Server(serving) => (serving.endpoint.clone(), false),
        Role::Client(owner) => (owner.endpoint.clone(), true),
    };
    Ok(Owner { endpoint, shared, options, role })
}

impl AttachOptions {
    /// The folder of what is kept; `None` where nothing is.
    fn store(&self) -> Option<&Path> {
        self.folder.as_deref().filter(|_| self.wish != Wish::ServerInMemory)
    }
}

impl Owner {
    /// Registers the project's file as it is now. What is registered stays where it has errors.
    ///
    /// # Errors
    /// As [`attach`].
    pub async fn reload(&self) -> Result<(), LocalError> {
        let load = load(&self.options)?;
        match &self.role {
            Role::Server(serving) => Ok(register::apply(&load, &serving.served).await?),
            Role::Client(owner) => introduce(owner, &load).await,
        }
    }

    /// Waits until no execution can go on without waiting (see [`Engine::quiesce`]).
    ///
    /// # Errors
    /// [`LocalError::Gone`] when the owner left meanwhile.
    pub async fn quiesce(&self) -> Result<(), LocalError> {
        match &self.role {
            Role::Server(serving) => Ok(serving.served.engine.quiesce().await?),
            Role::Client(owner) => peer::call(owner, "quiesce", &json!({})).await.map(drop),
        }
    }

    /// Whether notifications wait for the next command that does tasks. Another process's owner delivers its own.
    ///
    /// # Errors
    /// The engine's.
    pub async fn leaves_notifications(&self) -> Result<bool, LocalError> {
        match &self.role {
            Role::Server(serving) if !self.options.runs_tasks => Ok(serving.served.engine.untold().await? > 0),
            Role::Server(_) | Role::Client(_) => Ok(false),
        }
    }

    /// Where the owner's time stands.
    ///
    /// # Errors
    /// [`LocalError::Gone`] when the owner left.
    pub async fn clock(&self) -> Result<ClockView, LocalError> {
        self.call_clock(ClockCall::Show).await
    }

    /// Moves the owner's virtual clock by so much (to the millisecond), or to the next deadline.
    ///
    /// # Errors
    /// When the clock is real, or the owner left.
    pub async fn advance_clock(&self, by: Option<Duration>) -> Result<ClockView, LocalError> {
        let advance = |by: Duration| ClockCall::Advance(u64::try_from(by.as_millis()).unwrap_or(u64::MAX));
        self.call_clock(by.map_or(ClockCall::Next, advance)).await
    }

    /// The functions that run without the variables of their environments, which are never stored, with these variables'
    /// names: no load of this owner brought them. Another process's owner knows its own.
    #[must_use]
    pub fn bare_functions(&self) -> Vec<(String, Vec<String>)> {
        let Role::Server(serving) = &self.role else { return Vec::new() };
        if !self.options.runs_tasks {
            return Vec::new();
        }
        let bare = register::lock(&serving.served.bare);
        let lacking = bare.iter().filter(|(_, function)| !function.variables.is_empty());
        lacking.map(|(name, function)| (name.clone(), function.variables.clone())).collect()
    }

    /// Attaches again after the owner refused the connection: finds the next owner, or becomes it. An own server stays.
    ///
    /// # Errors
    /// As [`attach`].
    pub async fn reconnect(&mut self) -> Result<(), LocalError> {
        if matches!(self.role, Role::Client(_)) {
            *self = attach(self.options.clone()).await?;
        }
        Ok(())
    }

    /// Leaves: an own server delivers the notifications that are under way, within bounds, finishes the requests in flight,
    /// makes everything durable and lets the lock go.
    pub async fn release(self) {
        if let Role::Server(serving) = &self.role {
            // Its functions may call this server, so before the server leaves.
            let told = tokio::time::timeout(DELIVERY_TIMEOUT, serving.served.engine.all_told()).await;
            if told.is_err() {
                self.options.tell.say(match self.options.store() {
                    Some(_) => {
                        "notifications are still being delivered; the next command that does tasks goes on with it"
                    }
                    None => "notifications were still being delivered, and --memory keeps nothing",
                });
            }
        }
        self.release_at_once().await;
    }

    /// As [`Owner::release`], for somebody who does not wait for notifications: the next owner delivers them.
    pub async fn release_at_once(self) {
        if let Role::Server(serving) = self.role {
            serving.end().await;
        }
    }

    /// Opens the listener of the project's API where the store is served, and says where it is. One that is open stays where
    /// it is, whatever is asked for.
    ///
    /// # Errors
    /// When the port is taken, there is no local CA, or the owner left.
    pub async fn open_gateway(&self, listen: Listen) -> Result<GatewayAddress, LocalError> {
        match &self.role {
            Role::Server(serving) => serving.served.gateway_listener.open(listen, &serving.served).await,
            Role::Client(owner) => {
                let answer = peer::call_soon(owner, "gateway", &json!(listen)).await?;
                serde_json::from_value(answer).map_err(|error| LocalError::Owner(error.to_string()))
            }
        }
    }

    /// What this process serves.
    #[cfg(test)]
    pub(in crate::local) fn served(&self) -> Option<&Arc<Served>> {
        match &self.role {
            Role::Server(serving) => Some(&serving.served),
            Role::Client(_) => None,
        }
    }

    async fn call_clock(&self, call: ClockCall) -> Result<ClockView, LocalError> {
        match &self.role {
            Role::Server(serving) => control::clock(&serving.served, call).await.map_err(LocalError::from),
            Role::Client(owner) => {
                let answer = peer::call_soon(owner, "clock", &json!(call)).await?;
                control::decode_clock(&answer).ok_or_else(|| LocalError::Owner("it has no such clock".to_owned()))
            }
        }
    }
}

impl std::fmt::Debug for AttachOptions {
    /// Without the values of environments, where secrets are.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { folder, runs_tasks, clock, file, listen, .. } = self;
        let mut shown = formatter.debug_struct("AttachOptions");
        shown.field("folder", folder).field("runs_tasks", runs_tasks).field("clock", clock);
        shown.field("file", &file.as_ref().map(|(path, _)| path)).field("listen", listen).finish_non_exhaustive()
    }
}

fn shown(listen: &Listen) -> String {
    let Listen { host, port } = listen;
    match port {
        PortChoice::Free => host.to_string(),
        PortChoice::Exactly(port) | PortChoice::From(port) => SocketAddr::new(*host, *port).to_string(),
    }
}

impl From<TemplateError> for LocalError {
    fn from(error: TemplateError) -> Self {
        Self::MappingTemplate(error.to_string())
    }
}

impl From<ApiError> for LocalError {
    fn from(error: ApiError) -> Self {
        Self::Refused { name: error.name.to_owned(), message: error.message }
    }
}

/// Loads the project, all of its definitions compiled: what is wrong is told here, with its places.
fn load(options: &AttachOptions) -> Result<Load, LocalError> {
    let identity = Identity { region: options.region.clone(), account: options.account.clone() };
    let folder = || std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"));
    let Some((path, how)) = &options.file else {
        return register::resolve(None, &options.functions, &identity, folder());
    };
    if options.only_environments {
        // Who looks for an execution is not held up by a file that has an error by now.
        let service = project::load(path, how).ok().and_then(|loaded| loaded.service);
        let load = register::resolve(service.as_ref(), &options.functions, &identity, folder())?;
        return Ok(load.only_to_go_on(&options.functions, service.as_ref()));
    }
    let loaded = project::load(path, how)?;
    let diagnostics = project::check(&loaded);
    let failed = diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    match &loaded.service {
        Some(service) if !failed => register::resolve(Some(service), &options.functions, &identity, folder()),
        _ => Err(LocalError::Invalid { loaded: Box::new(loaded), diagnostics }),
    }
}

async fn take_role(options: &AttachOptions, load: &Load) -> Result<Role, LocalError> {
    let Some(folder) = &options.folder else {
        return Ok(Role::Server(Box::new(Serving::begin(options, None, load).await?)));
    };
    let begun = Instant::now();
    let mut claim = None;
    loop {
        let hurried = begun.elapsed() >= LOOKER_TIMEOUT;
        // A command that does tasks goes before those that only look: asked often enough, they would keep it out for ever.
        let yields = !options.runs_tasks && !hurried && Claim::is_staked(folder)?;
        if !yields && let Some(lock) = StoreLock::try_acquire(folder)? {
            return Ok(Role::Server(Box::new(Serving::begin(options, Some(lock), load).await?)));
        }
        let found = match store_lock::read_owner(folder) {
            None => Err(LocalError::Unnamed { lock: store_lock::lock_file(folder) }),
            Some(owner) if options.runs_tasks && !owner.runs_tasks && !hurried => {
                Err(LocalError::Gone(format!("{} does no tasks", owner.endpoint)))
            }
            // What keeps nothing need not wait for the place: it can do without.
            Some(owner) if options.wish == Wish::Server && !hurried => {
                Err(LocalError::Gone(format!("{} is in the way", owner.endpoint)))
            }
            Some(OwnerFile { pid, endpoint, .. }) if options.wish != Wish::Either => {
                Err(LocalError::Served { pid, endpoint })
            }
            Some(owner) => introduce(&owner, load).await.map(|()| owner),
        };
        match found {
            Ok(owner) => return Ok(Role::Client(owner)),
            Err(LocalError::Gone(_) | LocalError::Unnamed { .. }) if begun.elapsed() < OWNER_TIMEOUT => {}
            Err(error) => return Err(error),
        }
        if options.runs_tasks && claim.is_none() {
            claim = Claim::stake(folder)?;
        }
        tokio::time::sleep(if claim.is_some() { CLAIM_POLL } else { OWNER_POLL }).await;
    }
}

/// Becomes a client of an owner: it answers, is of our version and has our project.
async fn introduce(owner: &OwnerFile, load: &Load) -> Result<(), LocalError> {
    if owner.version != env!("CARGO_PKG_VERSION") {
        return Err(LocalError::OtherVersion { version: owner.version.clone(), pid: owner.pid });
    }
    if load.is_empty() {
        return peer::call_soon(owner, "health", &Value::Null).await.map(drop);
    }
    let load = serde_json::to_value(load).map_err(|error| LocalError::Owner(error.to_string()))?;
    peer::call_soon(owner, "load", &load).await.map(drop)
}

impl Serving {
    /// Opens the engine, registers what earlier loads and this one know, and serves. The endpoint is published last: who
    /// reads it finds the project.
    async fn begin(options: &AttachOptions, lock: Option<StoreLock>, load: &Load) -> Result<Self, LocalError> {
        descriptors::raise();
        descriptors::outlive_full_files();
        let logs = options.store().unwrap_or(&options.scratch).join("logs");
        let groups = OwnGroups::open(&logs);
        let tasks = Tasks::new(TasksConfig {
            logs,
            processes_max: PROCESSES_MAX,
            region: Arc::from(options.region.as_str()),
            account: Arc::from(options.account.as_str()),
            environment: options.environment.clone(),
        });
        let runner: Arc<dyn TaskRunner> = Arc::clone(&tasks) as Arc<dyn TaskRunner>;
        let runner = options.runs_tasks.then_some(runner);
        let notifications =
            Arc::new(Notifications::new(Arc::clone(&tasks), &options.environment, options.tell.clone()));
        let execution_logs = Arc::new(ExecutionLogs::new(&options.environment, groups, options.tell.clone()));
        let config = EngineConfig {
            clock: options.clock,
            tasks: runner,
            listener: Some(Arc::clone(&notifications) as Arc<dyn StatusListener>),
            histories: Some(Arc::clone(&execution_logs) as Arc<dyn HistoryListener>),
            folder: options.store().map(Path::to_owned),
        };
        let engine = match Engine::open_paused(config) {
            Ok(engine) => engine,
            Err(error) => {
                tasks.shutdown().await;
                return Err(error.into());
            }
        };
        let (leave, leaving) = watch::channel(false);
        let listeners = (Arc::clone(&notifications), Arc::clone(&execution_logs));
        let parts = (engine.clone(), Arc::clone(&tasks), listeners);
        match Self::serve(options, parts, load, leaving, lock.as_ref()).await {
            Ok((served, ends, endpoint)) => Ok(Self { served, leave, ends, lock, endpoint }),
            Err(error) => {
                let _ = leave.send(true);
                close(&engine, &tasks, (&notifications, &execution_logs), lock).await;
                Err(error)
            }
        }
    }

    async fn serve(
        options: &AttachOptions,
        (engine, tasks, (notifications, execution_logs)): (
            Engine,
            Arc<Tasks>,
            (Arc<Notifications>, Arc<ExecutionLogs>),
        ),
        load: &Load,
        leaving: watch::Receiver<bool>,
        lock: Option<&StoreLock>,
    ) -> Result<(Arc<Served>, JoinHandle<()>, String), LocalError> {
        let bare = register::restore(&engine, &tasks).await?;
        register::restore_notifications(&engine, &notifications).await?;
        let served = Arc::new(Served {
            bare: std::sync::Mutex::new(bare),
            page_key: Served::page_key(&engine).await?,
            api: Gateway::open(&engine, options.store()).await?,
            engine,
            tasks,
            notifications,
            execution_logs,
            identity: Identity { region: options.region.clone(), account: options.account.clone() },
            secret: Secret::random(),
            ca_folder: options.ca_folder.clone(),
            gateway_listener: GatewayListener::default(),
            changing: Mutex::new(()),
            tell: options.tell.clone(),
            requests: options.requests.clone(),
            leaving: leaving.clone(),
        });
        let listening = Server::bind(options.listen)
            .await
            .map_err(|source| LocalError::Listen { listen: options.listen, source })?;
        let endpoint = format!("http://{}", reachable(listening.address));
        register::apply(load, &served).await?;
        // A function may call StartSyncExecution: its SDK must not look for `sync-127.0.0.1`.
        let told = [("AWS_ENDPOINT_URL_SFN", endpoint.as_str()), ("AWS_DISABLE_HOST_PREFIX_INJECTION", "true")];
        served.tasks.tell(told.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
        served.engine.resume()?;
        if let Some(lock) = lock {
            lock.publish(&OwnerFile {
                endpoint: endpoint.clone(),
                secret: served.secret.clone(),
                pid: std::process::id(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                runs_tasks: options.runs_tasks,
            })?;
        }
        let ends = listening.start(Arc::clone(&served), leaving);
        Ok((served, ends, endpoint))
    }

    async fn end(self) {
        let _ = self.leave.send(true);
        // It ends by itself, bounded; a panic in it has nothing left to save.
        let _ = self.ends.await;
        self.served.gateway_listener.ended().await;
        // What cannot be written stays over-counted, as after a kill.
        let _ = self.served.api.settle(&self.served.engine).await;
        let Served { engine, tasks, notifications, execution_logs, .. } = &*self.served;
        close(engine, tasks, (notifications, execution_logs), self.lock).await;
    }
}

async fn close(
    engine: &Engine,
    tasks: &Tasks,
    (notifications, execution_logs): (&Notifications, &ExecutionLogs),
    lock: Option<StoreLock>,
) {
    // Before the engine and the functions, so that what they no longer do is not taken for a failure.
    notifications.end().await;
    engine.shutdown().await;
    // After the engine, which shows what it recorded before it ends.
    execution_logs.end().await;
    tasks.shutdown().await;
    if let Some(lock) = lock {
        lock.release();
    }
}
