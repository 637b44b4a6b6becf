//! The store of this machine that a command works with: found or opened, served, found again, and what only a store has.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::aws::{Connection, LocalServer};
use crate::cli::context::{Context, Opening, RECONNECTS_MAX, Session};
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::settings::Settings;
use crate::engine::{ClockMode, Timestamp};
use crate::local::{AttachOptions, GatewayAddress, Listen, LocalError, Owner, Tell, Wish, attach};

/// A store of this machine, and what goes with it.
pub(super) struct Store {
    pub(super) owner: Owner,
    pub(super) scratch: PathBuf,
}

impl Context {
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

    pub(super) fn attach_options(&self, opening: Opening) -> Result<AttachOptions, Failure> {
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

    pub(super) async fn attach(&mut self, options: AttachOptions) -> Result<(), Failure> {
        let scratch = options.scratch.clone();
        let (region, account) = (options.region.clone(), options.account.clone());
        fs::create_dir_all(&scratch).map_err(|error| unwritable(&scratch, error))?;
        let owner = attach(options).await.map_err(|error| self.local_failure(error))?;
        let client =
            self.new_client(&Connection::local(&LocalServer { endpoint: owner.endpoint.clone(), region, account }));
        self.report_opening(&owner);
        self.session = Some(Session { client, store: Some(Store { owner, scratch }) });
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
        let Some(store) = self.store().filter(|store| !store.owner.shared) else { return Ok(()) };
        let settled = match self.settings.timeout {
            Some(timeout) => tokio::time::timeout(timeout, store.owner.quiesce()).await.unwrap_or(Ok(())),
            None => store.owner.quiesce().await,
        };
        settled.map_err(|error| self.local_failure(error))
    }

    fn store(&self) -> Option<&Store> {
        self.session.as_ref()?.store.as_ref()
    }

    /// A folder for what must not outlive the open store.
    pub(crate) fn scratch(&self) -> Result<PathBuf, Failure> {
        Ok(self.open_store()?.scratch.clone())
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
        self.store().is_some_and(|store| store.owner.shared)
    }

    /// Whether the open store is this command's, which leaves.
    pub(crate) fn is_served_here(&self) -> bool {
        self.store().is_some_and(|store| !store.owner.shared)
    }

    /// Whether the open store's owner, which is this command, leaves notifications to another one.
    pub(crate) async fn leaves_notifications(&self) -> Result<bool, Failure> {
        match self.store() {
            Some(store) => store.owner.leaves_notifications().await.map_err(|error| self.local_failure(error)),
            None => Ok(false),
        }
    }

    /// The time by which deadlines are counted: the open store's, or that of this machine.
    pub(crate) async fn now(&self) -> Result<Timestamp, Failure> {
        match self.store() {
            Some(store) => Ok(store.owner.clock().await.map_err(|error| self.local_failure(error))?.now),
            None => Ok(Timestamp::now()),
        }
    }

    /// The owner of the open store, for what only a store has.
    pub(crate) fn owner(&self) -> Result<&Owner, Failure> {
        Ok(&self.open_store()?.owner)
    }

    fn open_store(&self) -> Result<&Store, Failure> {
        self.store().ok_or_else(|| Failure::text(FailureKind::Unexpected, "the store is not open"))
    }

    /// Finds the next owner of the store, or becomes it.
    pub(crate) async fn reconnect(&mut self) -> Result<(), Failure> {
        let Some(Session { client, store: Some(store) }) = &mut self.session else { return Ok(()) };
        let reconnected = store.owner.reconnect().await;
        let before = client.connection();
        let server = LocalServer {
            endpoint: store.owner.endpoint.clone(),
            region: before.region().value.clone(),
            account: self.settings.account.clone(),
        };
        let fresh = self.new_client(&Connection::local(&server));
        if let Some(session) = &mut self.session {
            session.client = fresh;
        }
        if let Some(store) = self.store() {
            self.warn_of_bare(&store.owner);
        }
        reconnected.map_err(|error| self.local_failure(error))
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
