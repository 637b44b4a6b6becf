//! What a command works with: settings, the printer, and the store that it opened.
//!
//! Owns: the way to a store or to AWS, calling it, leaving it before stdout is written; `store` is a store of this machine,
//! `project` loads the file, `names` says what words mean in it, `unnamed` what they could have meant, `machines` has those
//! that there are, `deployed` what the project's stack made of it, `failures` what an error of a room means to a person,
//! `refusals` what AWS's mean. Start reading at [`Context::open`] and [`Context::close`], which stand around every command
//! that needs the store.

mod deployed;
mod failures;
mod machines;
mod names;
mod project;
mod refusals;
mod store;
mod unnamed;

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OnceCell;

use crate::aws::api_gateway::{ApiClient, ApiKey};
use crate::aws::{Client, ConnectOptions, Connection, Error as AwsError, Listener, StateMachineSummary};
use crate::cli::context::deployed::Outputs;
use crate::cli::context::store::Store;
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::remembered::Remembered;
use crate::cli::settings::{Format, Settings};
use crate::project::Service;
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
    /// What was remembered about AWS, once the way there is open.
    remembered: Option<Remembered>,
    /// All machines, once somebody asked AWS for them.
    machines: Option<Vec<StateMachineSummary>>,
    /// Whether that was this command.
    machines_are_listed: bool,
    /// Whether what is meant is changed, and not only looked at.
    is_to_change: bool,
    /// What CloudFormation said of the project's stack, once it was asked.
    stack: OnceCell<Result<Outputs, AwsError>>,
    /// The files that the last load read.
    files: Vec<PathBuf>,
    /// See [`Context::home`].
    home: Option<PathBuf>,
    /// For stdout, once the store is closed.
    pending: String,
    /// How to come back to what was started, should somebody interrupt.
    way_back: Vec<String>,
    /// Whether it is to several executions.
    is_way_to_several: bool,
}

/// Whom the command speaks to.
struct Session {
    client: Client,
    /// Where that is a store of this machine.
    store: Option<Store>,
}

impl Context {
    pub(crate) fn new(settings: Settings) -> Self {
        let printer = Printer::new(settings.color_out, settings.color_err);
        Self {
            settings,
            printer,
            service: None,
            session: None,
            remembered: None,
            machines: None,
            machines_are_listed: false,
            is_to_change: false,
            stack: OnceCell::new(),
            files: Vec::new(),
            home: None,
            pending: String::new(),
            way_back: Vec::new(),
            is_way_to_several: false,
        }
    }

    /// Opens the project's store, as its server or as a client of its server; without `--local`, the way to AWS.
    pub(crate) async fn open(&mut self, opening: Opening) -> Result<(), Failure> {
        if !self.settings.local {
            return self.open_aws().await;
        }
        self.service = self.load_project(opening)?;
        let options = self.attach_options(opening)?;
        self.attach(options).await?;
        if opening.begins_no_task() { self.settle().await } else { Ok(()) }
    }

    /// Reads what the project says of AWS, and connects. What is wrong with its definitions is a deployment's matter.
    async fn open_aws(&mut self) -> Result<(), Failure> {
        self.service = self.load_project(Opening::Looking)?;
        self.connect().await
    }

    /// As [`Context::open`]; but without `--local` AWS need not be there, for a command that goes through a gateway may do
    /// without: nobody is asked for a region, and [`Context::connect`] opens what is missing.
    pub(crate) async fn open_for_gateway(&mut self, opening: Opening) -> Result<(), Failure> {
        if self.settings.local {
            return self.open(opening).await;
        }
        self.service = self.load_project(Opening::Looking)?;
        let options = ConnectOptions { asks_metadata: false, ..self.connect_options()? };
        if let Ok(connection) = Connection::aws(options).await {
            self.begin_session(&connection);
        }
        Ok(())
    }

    /// The way to AWS, where it is not open yet.
    pub(crate) async fn connect(&mut self) -> Result<(), Failure> {
        if self.session.is_none() {
            let connection = self.connect_aws().await?;
            self.begin_session(&connection);
        }
        Ok(())
    }

    fn begin_session(&mut self, connection: &Connection) {
        let printer = self.printer;
        let tell: Listener = Arc::new(move |line| printer.err_line(&format!("warning: {line}")));
        let remembered = self.settings.remembered(self.service.as_ref(), connection);
        self.remembered = remembered.map(|remembered| remembered.telling(tell));
        self.session = Some(Session { client: self.new_client(connection), store: None });
    }

    async fn connect_aws(&self) -> Result<Connection, Failure> {
        let options = self.connect_options()?;
        Connection::aws(options).await.map_err(|error| self.aws_failure(error))
    }

    /// A connection for what is the same in every region: whose credentials are found. No service is to be called with it.
    pub(crate) async fn connection_without_region(&self) -> Result<Connection, Failure> {
        let region = Some(self.settings.region_sourced(self.service.as_ref()));
        let options = ConnectOptions { region, ..self.connect_options()? };
        Connection::aws(options).await.map_err(|error| self.aws_failure(error))
    }

    fn connect_options(&self) -> Result<ConnectOptions, Failure> {
        let printer = self.printer;
        let notes: Listener = Arc::new(move |line| printer.err_line(&format!("note: {line}")));
        self.settings.connect_options(self.service.as_ref(), notes)
    }

    /// Reads AWS's configuration again: where credentials came from that have expired, there can be new ones.
    pub(crate) async fn connect_again(&mut self) -> Result<(), Failure> {
        let connection = self.connect_aws().await?;
        let client = self.new_client(&connection);
        if let Some(session) = self.session.as_mut().filter(|session| session.store.is_none()) {
            session.client = client;
        }
        Ok(())
    }

    /// A client that, with `-v`, tells of its requests on stderr.
    fn new_client(&self, connection: &Connection) -> Client {
        Client::new(connection, self.listener())
    }

    /// Who is told of requests: stderr, with `-v`.
    pub(crate) fn listener(&self) -> Option<Listener> {
        let printer = self.printer;
        self.settings.verbose.then(|| Arc::new(move |line: &str| printer.err_line(line)) as Listener)
    }

    /// The client of the open store, or of AWS.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        let session = self.session.as_ref().map(|session| session.client.clone());
        session.ok_or_else(|| Failure::text(FailureKind::Unexpected, "the store is not open"))
    }

    /// The files that the last load read, from where this command stands.
    pub(crate) fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// What is remembered about AWS; of a store nothing is, for it remembers by itself.
    pub(crate) fn remembered(&self) -> Option<&Remembered> {
        self.remembered.as_ref()
    }

    /// A client of API Gateway's management, which the open store's server has too.
    pub(crate) fn api_client(&self) -> Result<ApiClient, Failure> {
        Ok(ApiClient::new(self.client()?.connection(), self.listener()))
    }

    /// All API keys, with their values where they are asked for. Their names are remembered, to complete words.
    pub(crate) async fn api_keys(&self, with_values: bool) -> Result<Vec<ApiKey>, Failure> {
        let keys = self.api_client()?.api_keys(with_values).await.map_err(|error| self.aws_failure(error))?;
        if let Some(remembered) = self.remembered() {
            remembered.note_api_key_names(keys.iter().map(|key| key.name.as_str()));
        }
        Ok(keys)
    }

    /// Calls, and calls again where the process that served the store has left meanwhile: one of its clients becomes
    /// the owner. Only for calls that may safely arrive twice; AWS's SDK has tried them again already.
    pub(crate) async fn call<T>(&mut self, call: impl AsyncFn(&Client) -> Result<T, AwsError>) -> Result<T, Failure> {
        self.call_while(|error| matches!(error, AwsError::Network { .. }), call).await
    }

    /// As [`Context::call`], for a call that must not arrive twice: again only where nothing was sent.
    pub(crate) async fn call_once<T>(
        &mut self,
        call: impl AsyncFn(&Client) -> Result<T, AwsError>,
    ) -> Result<T, Failure> {
        self.call_while(|error| matches!(error, AwsError::Network { unsent: true, .. }), call).await
    }

    async fn call_while<T>(
        &mut self,
        may_be_repeated: impl Fn(&AwsError) -> bool,
        call: impl AsyncFn(&Client) -> Result<T, AwsError>,
    ) -> Result<T, Failure> {
        let mut reconnects = 0;
        loop {
            let client = self.client()?;
            match call(&client).await {
                Err(error) if may_be_repeated(&error) && self.settings.local && reconnects < RECONNECTS_MAX => {
                    self.reconnect().await?;
                }
                result => return result.map_err(|error| self.aws_failure(error)),
            }
            reconnects += 1;
        }
    }

    /// The command line of another command about an execution (its ARN), for the same store: by its name, unless the name
    /// would be looked for in another account. On AWS the ARN spares the search.
    pub(crate) fn again(&self, command: &str, arn: &str) -> String {
        format!("iw102 {command} {}{}", self.word_of(arn), self.settings.again_flags())
    }

    /// What another command calls an execution (its ARN); see [`Context::again`].
    pub(crate) fn word_of<'a>(&self, arn: &'a str) -> &'a str {
        let is_named = self.settings.local && self.settings.has_default_account();
        arn.rsplit(':').next().filter(|_| is_named).unwrap_or(arn)
    }

    /// What stdout gets when the store is closed.
    pub(crate) fn print_later(&mut self, text: &str) {
        self.pending.push_str(text);
    }

    /// What an interrupted command says.
    pub(crate) fn set_way_back(&mut self, hints: Vec<String>) {
        self.way_back = hints;
        self.is_way_to_several = false;
    }

    /// As [`Context::set_way_back`], to several executions.
    pub(crate) fn set_way_back_to_several(&mut self, hints: Vec<String>) {
        self.way_back = hints;
        self.is_way_to_several = true;
    }

    /// That what was started goes on, for the end of a sentence; empty where nothing was.
    pub(crate) fn goes_on(&self) -> &'static str {
        match (self.way_back.is_empty(), self.is_way_to_several) {
            (true, _) => "",
            (false, false) => "; the execution is not stopped",
            (false, true) => "; the executions are not stopped",
        }
    }

    /// How to come back to what was started.
    pub(crate) fn way_back(&self) -> &[String] {
        &self.way_back
    }

    /// The failure of a command that a signal ended, or `--timeout`.
    pub(crate) fn interrupted(&self, kind: FailureKind) -> Failure {
        let word = match kind {
            FailureKind::Interrupted => "interrupted",
            FailureKind::Timeout => "--timeout is over",
            _ => "terminated",
        };
        let failure = Failure::text(kind, format!("{word}{}", self.goes_on()));
        self.way_back.iter().fold(failure, |failure, hint| failure.hint(hint.clone()))
    }

    /// Whether people read stderr: who asks for JSON reads it with a program too, and gets errors and warnings alone.
    pub(crate) fn is_for_people(&self) -> bool {
        matches!(self.settings.format, Format::Text | Format::Name)
    }

    /// Tells people on stderr what was done.
    pub(crate) fn say(&self, text: &str) {
        if self.is_for_people() {
            self.printer.err_line(text);
        }
    }

    /// Tells people on stderr what else there is to know.
    pub(crate) fn note(&self, text: &str) {
        self.say(&format!("note: {text}"));
    }

    /// Progress as this command's stderr can show it.
    pub(crate) fn progress(&self) -> Progress {
        match (self.settings.progress && self.is_for_people(), self.settings.spinners) {
            (false, _) => Progress::Off,
            (true, true) => Progress::terminal(self.printer.paint_err()),
            (true, false) => Progress::Plain(self.printer),
        }
    }

    /// Leaves the store, then writes what was kept for stdout, so that the next command of a pipe finds the store free.
    pub(crate) async fn close(mut self, result: Result<(), Failure>) -> Result<(), Failure> {
        if let Some(store) = self.session.take().and_then(|session| session.store) {
            // What is cut off here was made durable when it was acknowledged.
            let release = async {
                match result.as_ref().map_err(|failure| failure.kind) {
                    // Who interrupts does not wait for notifications: the next owner delivers them.
                    Err(FailureKind::Interrupted | FailureKind::Terminated) => store.owner.release_at_once().await,
                    _ => store.owner.release().await,
                }
            };
            let _ = tokio::time::timeout(RELEASE_MAX, release).await;
            let _ = fs::remove_dir_all(&store.scratch);
        }
        let written = self.printer.out(&self.pending);
        result.and(written.map_err(Failure::from))
    }
}
