//! What a command works with: settings, the printer, and the store that it opened.
//!
//! Owns: loading the project, attaching to the store, leaving it before stdout is written. Start reading at
//! [`Context::open`] and [`Context::close`], which stand around every command that needs the store.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::asl::diagnostic::{Diagnostic, Severity, nearest};
use crate::aws::api_gateway::ApiClient;
use crate::aws::names::{NameError, only_beginning};
use crate::aws::{Client, ClientConfig, Error as AwsError, Listener};
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::output;
use crate::cli::settings::{Format, Settings, quoted};
use crate::engine::{ClockMode, EngineError};
use crate::local::{AttachOptions, GatewayAddress, Listen, LocalError, Owner, PortChoice, Tell, Wish, attach};
use crate::project::{self, Loaded, Service};
use crate::ui::diagnostics;
use crate::ui::printer::Printer;
use crate::ui::progress::Progress;

/// How long leaving the store may take; what is not finished then is found by the next owner.
const RELEASE_MAX: Duration = Duration::from_secs(15);
/// How often a lost owner is looked for again before a command gives up.
const RECONNECTS_MAX: usize = 20;

/// How a command opens the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opening {
    /// Registers the project, whose definitions must be right: to start executions.
    Project,
    /// Takes the store as it is and lets its executions go on: to follow them.
    Following,
    /// Registers the project and begins no task: to look at its API, which comes into the store with it.
    Registering,
    /// Takes the store as it is: overdue deadlines fire before the command looks, but no task begins for its sake.
    Looking,
}

impl Opening {
    /// Whether tasks are left to the next owner.
    fn begins_no_task(self) -> bool {
        matches!(self, Self::Looking | Self::Registering)
    }
}

/// What a command works with.
pub(crate) struct Context {
    /// What was asked for.
    pub settings: Settings,
    /// The two streams.
    pub printer: Printer,
    /// The service of the project, once the store is open.
    pub service: Option<Service>,
    session: Option<Session>,
    /// The files that the last load read.
    files: Vec<PathBuf>,
    /// See [`Context::home`].
    home: Option<PathBuf>,
    /// For stdout, once the store is closed.
    pending: String,
    /// How to come back to what was started, should somebody interrupt.
    way_back: Vec<String>,
}

struct Session {
    owner: Owner,
    client: Client,
    scratch: PathBuf,
}

impl Context {
    pub(crate) fn new(settings: Settings) -> Self {
        let printer = Printer::new(settings.color_out, settings.color_err);
        Self {
            settings,
            printer,
            service: None,
            session: None,
            files: Vec::new(),
            home: None,
            pending: String::new(),
            way_back: Vec::new(),
        }
    }

    /// Opens the project's store, as its server or as a client of its server.
    pub(crate) async fn open(&mut self, opening: Opening) -> Result<(), Failure> {
        self.service = self.load_project(opening)?;
        let options = self.attach_options(opening)?;
        self.attach(options).await?;
        if opening.begins_no_task() { self.settle().await } else { Ok(()) }
    }

    /// Opens the project's store as its server, at a place of its own, until the command ends.
    pub(crate) async fn serve(&mut self, listen: Listen) -> Result<(), Failure> {
        self.service = self.load_project(Opening::Project)?;
        let options = AttachOptions { listen, requests: self.requests(), ..self.attach_options(Opening::Project)? };
        if !self.settings.memory {
            return self.attach(AttachOptions { wish: Wish::Server, ..options }).await;
        }
        let options = AttachOptions { wish: Wish::ServerInMemory, ..options };
        // Others find this process at the store's folder, though it keeps nothing in it. Where there is no such place, or
        // somebody else has it, they find it in a home of its own.
        let Ok(folder) = self.settings.store_folder(self.service.as_ref()) else {
            return self.serve_apart(options).await;
        };
        match self.attach(AttachOptions { folder: Some(folder), ..options.clone() }).await {
            Err(failure)
                if matches!(
                    failure.error.downcast_ref(),
                    Some(LocalError::Served { .. } | LocalError::Folder { .. })
                ) =>
            {
                let home = apart(&options);
                self.printer.err_line(&format!(
                    "note: {}; --local commands find this server with IW102_HOME={}",
                    failure.message(),
                    home.display()
                ));
                self.serve_apart(options).await
            }
            attached => attached,
        }
    }

    /// Serves in memory where no other process does.
    async fn serve_apart(&mut self, options: AttachOptions) -> Result<(), Failure> {
        let home = apart(&options);
        let folder = Settings::store_folder_in(&home, self.service.as_ref());
        self.attach(AttachOptions { folder: Some(folder), ..options }).await?;
        self.home = Some(home);
        Ok(())
    }

    /// The `IW102_HOME` with which others find this server, where it is not their own.
    pub(crate) fn home(&self) -> Option<&Path> {
        self.home.as_deref()
    }

    /// Loads the project's file again, for this process and for the store that it serves; an error leaves both as they were.
    pub(crate) async fn reload(&mut self) -> Result<(), Failure> {
        let service = self.load_project(Opening::Project)?;
        self.owner()?.reload().await.map_err(|error| self.local_failure(error))?;
        self.service = service;
        Ok(())
    }

    fn attach_options(&self, opening: Opening) -> Result<AttachOptions, Failure> {
        let file = self.settings.file.clone().filter(|_| opening != Opening::Looking);
        Ok(AttachOptions {
            folder: self.settings.store(self.service.as_ref())?,
            wish: Wish::Either,
            scratch: self.settings.scratch(),
            runs_tasks: !opening.begins_no_task(),
            clock: self.settings.clock,
            file: file.map(|file| (file, self.settings.load_options())),
            only_environments: opening == Opening::Following,
            functions: self.settings.functions.clone(),
            environment: self.settings.variables().clone(),
            region: self.settings.region(self.service.as_ref()),
            account: self.settings.account.clone(),
            // Where there is no home, nothing outlives this process.
            ca_folder: self.settings.ca_folder().unwrap_or_else(|_| self.settings.scratch().join("ca")),
            listen: Listen::default(),
            tell: self.warnings(),
            requests: Tell::default(),
        })
    }

    async fn attach(&mut self, options: AttachOptions) -> Result<(), Failure> {
        let scratch = options.scratch.clone();
        let (region, account) = (options.region.clone(), options.account.clone());
        fs::create_dir_all(&scratch).map_err(|error| unwritable(&scratch, error))?;
        let owner = attach(options).await.map_err(|error| self.local_failure(error))?;
        let client = self.new_client(ClientConfig { endpoint: owner.endpoint.clone(), region, account });
        self.report_opening(&owner);
        self.session = Some(Session { owner, client, scratch });
        Ok(())
    }

    /// What the store's owner warns of, on stderr.
    fn warnings(&self) -> Tell {
        let printer = self.printer;
        Tell::to(move |line| printer.err_line(&format!("warning: {line}")))
    }

    /// With `-v`, what a server tells of the requests that it answers.
    fn requests(&self) -> Tell {
        let printer = self.printer;
        if self.settings.verbose { Tell::to(move |line| printer.err_line(line)) } else { Tell::default() }
    }

    /// A client that, with `-v`, tells of its requests on stderr.
    fn new_client(&self, config: ClientConfig) -> Client {
        if !self.settings.verbose {
            return Client::new(config);
        }
        let printer = self.printer;
        Client::telling(config, Arc::new(move |line| printer.err_line(line)))
    }

    fn report_opening(&self, owner: &Owner) {
        if self.settings.verbose {
            let who = if owner.shared { "another process serves it" } else { "served by this command" };
            self.printer.err_line(&format!("store: {} ({who})", owner.endpoint));
        }
        if owner.shared && self.settings.clock != ClockMode::Real {
            self.printer.err_line("warning: another process serves the store; --time is that process's, not yours");
        }
        self.warn_of_bare(owner);
    }

    /// Tells of functions whose environments the project could not bring; who only looks runs none.
    fn warn_of_bare(&self, owner: &Owner) {
        for (function, variables) in owner.bare_functions() {
            let variables = variables.join(", ");
            self.printer.err_line(&format!(
                "warning: the function {function} runs without its environment ({variables}): its project was not loaded"
            ));
        }
    }

    /// Where this process is the owner: waits until no execution can go on without waiting, or `--timeout` is over.
    pub(crate) async fn settle(&mut self) -> Result<(), Failure> {
        let Some(session) = self.session.as_ref().filter(|session| !session.owner.shared) else { return Ok(()) };
        let settled = match self.settings.timeout {
            Some(timeout) => tokio::time::timeout(timeout, session.owner.quiesce()).await.unwrap_or(Ok(())),
            None => session.owner.quiesce().await,
        };
        settled.map_err(|error| self.local_failure(error))
    }

    /// The client of the open store.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        let session = self.session.as_ref().map(|session| session.client.clone());
        session.ok_or_else(|| Failure::text(FailureKind::Unexpected, "the store is not open"))
    }

    /// The files that the last load read, from where this command stands.
    pub(crate) fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// A folder for what must not outlive the open store.
    pub(crate) fn scratch(&self) -> Result<PathBuf, Failure> {
        let session = self.session.as_ref().map(|session| session.scratch.clone());
        session.ok_or_else(|| Failure::text(FailureKind::Unexpected, "the store is not open"))
    }

    /// A client of API Gateway's management, which the open store's server has too.
    pub(crate) fn api_client(&self) -> Result<ApiClient, Failure> {
        let client = self.client()?;
        let printer = self.printer;
        let tell = move |line: &str| printer.err_line(line);
        let listener = self.settings.verbose.then(|| Arc::new(tell) as Listener);
        Ok(ApiClient::new(client.config(), listener))
    }

    /// Opens the project's API on a free port, or finds it open.
    pub(crate) async fn open_gateway(&mut self) -> Result<GatewayAddress, Failure> {
        let mut reconnects = 0;
        loop {
            match self.owner()?.open_gateway(Listen::default()).await {
                Err(LocalError::Gone(_)) if reconnects < RECONNECTS_MAX => self.reconnect().await?,
                result => return result.map_err(|error| self.local_failure(error)),
            }
            reconnects += 1;
        }
    }

    /// Whether the open store is another process's, which may leave.
    pub(crate) fn is_served_elsewhere(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.owner.shared)
    }

    /// The owner of the open store.
    pub(crate) fn owner(&self) -> Result<&Owner, Failure> {
        let session = self.session.as_ref().map(|session| &session.owner);
        session.ok_or_else(|| Failure::text(FailureKind::Unexpected, "the store is not open"))
    }

    /// Calls, and calls again where the process that served the store has left meanwhile: one of its clients becomes
    /// the owner. Only for calls that may safely arrive twice.
    pub(crate) async fn call<T>(&mut self, call: impl AsyncFn(&Client) -> Result<T, AwsError>) -> Result<T, Failure> {
        let mut reconnects = 0;
        loop {
            let client = self.client()?;
            match call(&client).await {
                Err(AwsError::Network { .. }) if reconnects < RECONNECTS_MAX => self.reconnect().await?,
                result => return result.map_err(Failure::from),
            }
            reconnects += 1;
        }
    }

    /// Finds the next owner of the store, or becomes it.
    pub(crate) async fn reconnect(&mut self) -> Result<(), Failure> {
        let Some(session) = &mut self.session else { return Ok(()) };
        let reconnected = session.owner.reconnect().await;
        let config = ClientConfig { endpoint: session.owner.endpoint.clone(), ..session.client.config().clone() };
        let client = self.new_client(config);
        if let Some(session) = &mut self.session {
            session.client = client;
        }
        if let Some(session) = &self.session {
            self.warn_of_bare(&session.owner);
        }
        reconnected.map_err(|error| self.local_failure(error))
    }

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
    fn physical_name(&self, word: &str) -> String {
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

    /// The command line of another command about an execution (its ARN), for the same store: by its name, unless the name
    /// would be looked for in another account.
    pub(crate) fn again(&self, command: &str, arn: &str) -> String {
        let name = arn.rsplit(':').next().filter(|_| self.settings.has_default_account()).unwrap_or(arn);
        format!("iw102 {command} {name}{}", self.settings.again_flags())
    }

    /// What stdout gets when the store is closed.
    pub(crate) fn print_later(&mut self, text: &str) {
        self.pending.push_str(text);
    }

    /// What an interrupted command says.
    pub(crate) fn set_way_back(&mut self, hints: Vec<String>) {
        self.way_back = hints;
    }

    /// How to come back to what was started.
    pub(crate) fn way_back(&self) -> &[String] {
        &self.way_back
    }

    /// The failure of a command that a signal ended.
    pub(crate) fn interrupted(&self, kind: FailureKind) -> Failure {
        let word = if kind == FailureKind::Interrupted { "interrupted" } else { "terminated" };
        let goes_on = if self.way_back.is_empty() { "" } else { "; the execution is not stopped" };
        let failure = Failure::text(kind, format!("{word}{goes_on}"));
        self.way_back.iter().fold(failure, |failure, hint| failure.hint(hint.clone()))
    }

    /// Progress as this command's stderr can show it.
    pub(crate) fn progress(&self) -> Progress {
        // Who asks for JSON reads stderr with a program too.
        let is_for_people = matches!(self.settings.format, Format::Text | Format::Name);
        match (self.settings.progress && is_for_people, self.settings.spinners) {
            (false, _) => Progress::Off,
            (true, true) => Progress::terminal(self.printer.paint_err()),
            (true, false) => Progress::Plain(self.printer),
        }
    }

    /// Leaves the store, then writes what was kept for stdout, so that the next command of a pipe finds the store free.
    pub(crate) async fn close(mut self, result: Result<(), Failure>) -> Result<(), Failure> {
        if let Some(session) = self.session.take() {
            // What is cut off here was made durable when it was acknowledged.
            let release = async {
                match result.as_ref().map_err(|failure| failure.kind) {
                    // Who interrupts does not wait for notifications: the next owner delivers them.
                    Err(FailureKind::Interrupted | FailureKind::Terminated) => session.owner.release_at_once().await,
                    _ => session.owner.release().await,
                }
            };
            let _ = tokio::time::timeout(RELEASE_MAX, release).await;
            let _ = fs::remove_dir_all(&session.scratch);
        }
        let written = self.printer.out(&self.pending);
        result.and(written.map_err(Failure::from))
    }

    /// The project's service: `None` without a file. To start something it must be right; to look, it is enough to know
    /// which store is meant.
    fn load_project(&mut self, opening: Opening) -> Result<Option<Service>, Failure> {
        let Some(file) = &self.settings.file else { return Ok(None) };
        // By the name that a person here calls it, so that every command tells a place as `check` does.
        let shown = self.settings.shown(file);
        let loaded = project::load(&shown, &self.settings.load_options())
            .map_err(|error| Failure::new(FailureKind::Usage, error))?;
        self.files = loaded.files();
        if opening == Opening::Project {
            self.refuse_errors(&loaded, &project::check(&loaded))?;
        }
        let Some(service) = loaded.whereabouts() else {
            self.refuse_errors(&loaded, &loaded.diagnostics)?;
            return Ok(None);
        };
        if loaded.service.is_none() {
            let (counted, check) = (self.counted_errors(&loaded.diagnostics), self.settings.check_command());
            self.printer.err_line(&format!("warning: {counted}; to see what is wrong: {check}"));
        }
        Ok(Some(Service { folder: self.settings.folder().join(&service.folder), ..service.clone() }))
    }

    /// `serverless.yml has 2 errors`
    fn counted_errors(&self, found: &[Diagnostic]) -> String {
        let errors = found.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
        let file = self.settings.file.as_deref().map(|file| self.settings.shown(file)).unwrap_or_default();
        format!("{} has {errors} {}", file.display(), if errors == 1 { "error" } else { "errors" })
    }

    /// Shows all diagnostics and fails when one of them is an error.
    pub(crate) fn refuse_errors(&self, loaded: &Loaded, found: &[Diagnostic]) -> Result<(), Failure> {
        if found.iter().all(|diagnostic| diagnostic.severity != Severity::Error) {
            self.tell_of_warnings(found.len());
            return Ok(());
        }
        if matches!(self.settings.format, Format::Text | Format::Name) {
            self.printer.err(&diagnostics::render(&loaded.sources, found, self.settings.color_err));
        }
        let items = found.iter().map(|diagnostic| output::diagnostic(&loaded.sources, diagnostic)).collect();
        Err(Failure::usage(self.counted_errors(found)).code("InvalidDefinition").diagnostics(items))
    }

    /// One line, which a log of CI can bear at every start; `check` shows them.
    fn tell_of_warnings(&self, warnings: usize) {
        let is_for_people = matches!(self.settings.format, Format::Text | Format::Name);
        if let Some(file) = self.settings.file.as_deref().filter(|_| is_for_people && warnings > 0) {
            let (file, plural) = (self.settings.shown(file), if warnings == 1 { "" } else { "s" });
            let (file, check) = (file.display(), self.settings.check_command());
            self.printer.err_line(&format!("warning: {file} has {warnings} warning{plural}: {check}"));
        }
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

    /// A room's error as a failure.
    pub(crate) fn local_failure(&self, error: LocalError) -> Failure {
        let (kind, hint) = match &error {
            LocalError::Invalid { loaded, diagnostics } => return self.invalid(loaded, diagnostics),
            LocalError::UnknownFunction { known, .. } => {
                (FailureKind::Usage, Some(format!("the project's functions: {}", known.join(", "))))
            }
            LocalError::Refused { name, .. } if name == "InvalidDefinition" => (FailureKind::Usage, None),
            LocalError::VirtualTimeNeedsMemory => (FailureKind::Usage, Some("add --memory".to_owned())),
            LocalError::Folder { .. } => {
                (FailureKind::Unexpected, Some("IW102_HOME names the folder of all stores".to_owned()))
            }
            LocalError::Project(_)
            | LocalError::MappingTemplate(_)
            | LocalError::Engine(EngineError::InvalidDefinition(_) | EngineError::ClockIsReal) => {
                (FailureKind::Usage, None)
            }
            LocalError::Engine(EngineError::StoreUnreadable { folder, .. }) => {
                let folder = self.settings.shown(folder).display().to_string();
                let broken = quoted(&format!("{folder}.broken"));
                let hint = format!("move it away; its executions are lost: mv {} {broken}", quoted(&folder));
                (FailureKind::Unexpected, Some(hint))
            }
            LocalError::Engine(EngineError::LimitExceeded(_)) => (FailureKind::Throttled, None),
            LocalError::OtherVersion { pid, .. } => {
                (FailureKind::Conflict, Some(format!("end that process first (kill {pid}); its executions are kept")))
            }
            LocalError::Served { .. } => {
                let clients = "every --local command is its client already";
                (FailureKind::Conflict, Some(format!("{clients}; to serve it here, end that process first")))
            }
            LocalError::Listen { listen, source } if source.kind() == io::ErrorKind::AddrInUse => {
                let hint = match listen.port {
                    PortChoice::Exactly(port) => format!("see who has it: lsof -i :{port}; or choose another port"),
                    PortChoice::From(_) | PortChoice::Free => "choose another port".to_owned(),
                };
                (FailureKind::Conflict, Some(hint))
            }
            LocalError::Silent { pid } => {
                let hint = format!(
                    "is it stopped? let it go on (fg, or kill -CONT {pid}) or end it (kill -9 {pid}); nothing is lost"
                );
                (FailureKind::Network, Some(hint))
            }
            LocalError::Unnamed { lock } => {
                let hint = format!("it is starting or leaving; if it stays, see who it is: fuser {}", lock.display());
                (FailureKind::Network, Some(hint))
            }
            LocalError::Owner(_) | LocalError::Gone(_) | LocalError::Listen { .. } => (FailureKind::Network, None),
            LocalError::Engine(EngineError::Store(_)) => (FailureKind::Unexpected, self.store_hint()),
            LocalError::Engine(_) | LocalError::Refused { .. } | LocalError::Authority(_) => {
                (FailureKind::Unexpected, None)
            }
        };
        let code = if let LocalError::Refused { name, .. } = &error { Some(name.clone()) } else { None };
        let failure = Failure { code, ..Failure::new(kind, error) };
        hint.into_iter().fold(failure, Failure::hint)
    }

    /// Where the store is: what is wrong with it is mended there.
    fn store_hint(&self) -> Option<String> {
        let folder = self.settings.store(self.service.as_ref()).ok().flatten()?;
        Some(format!("the store is {}", folder.display()))
    }

    fn invalid(&self, loaded: &Loaded, found: &[Diagnostic]) -> Failure {
        let refused = self.refuse_errors(loaded, found);
        refused.err().unwrap_or_else(|| Failure::usage("the project has errors"))
    }
}

/// A home for a server that cannot be at the store's folder; it goes with the scratch folder.
fn apart(options: &AttachOptions) -> PathBuf {
    options.scratch.join("home")
}

fn unwritable(folder: &Path, error: io::Error) -> Failure {
    let text = format!("cannot write the temporary folder {}", folder.display());
    Failure::new(FailureKind::Unexpected, anyhow::Error::new(error).context(text))
}

impl From<AwsError> for Failure {
    fn from(error: AwsError) -> Self {
        let kind = match &error {
            AwsError::NotFound(_) => FailureKind::NotFound,
            AwsError::AlreadyExists(_) => FailureKind::Conflict,
            AwsError::InvalidInput(_) => FailureKind::Usage,
            AwsError::TokenGone(_) => FailureKind::TokenGone,
            AwsError::TokenInvalid(_) => FailureKind::TokenInvalid,
            AwsError::Throttled(_) => FailureKind::Throttled,
            AwsError::AccessDenied(_) => FailureKind::Credentials,
            AwsError::Network { .. } => FailureKind::Network,
            AwsError::Other(_) => FailureKind::Unexpected,
        };
        let (code, request_id) =
            error.detail().map(|detail| (Some(detail.code.clone()), detail.request_id.clone())).unwrap_or_default();
        Self { code, request_id, ..Self::new(kind, error) }
    }
}
