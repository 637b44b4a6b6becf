//! Who serves a store: this process, or the one that holds its lock.

use std::path::PathBuf;

use crate::engine::ClockMode;
use crate::engine::driver::ClockView;
use crate::project::LoadOptions;

/// What a command needs of a store.
#[derive(Debug, Clone)]
pub struct AttachOptions {
    /// The store's folder; `None` keeps everything in memory (always an owner).
    pub folder: Option<PathBuf>,
    /// Where `--memory` keeps the functions' logs; a temporary folder of the caller's.
    pub scratch: PathBuf,
    /// How time passes where this process becomes the owner.
    pub clock: ClockMode,
    /// The project's file, registered (or reloaded) with the owner, and how to load it.
    pub file: Option<(PathBuf, LoadOptions)>,
    /// `--function NAME=CMD`
    pub functions: Vec<(String, String)>,
    /// The region of what is made.
    pub region: String,
    /// The account of what is made, 12 digits.
    pub account: String,
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
    Engine(#[from] crate::engine::EngineError),
    /// The owner did not answer as an owner does.
    #[error("the process that serves the store does not answer: {0}")]
    Owner(String),
}

/// A served store: this process's own server, or another process's.
#[derive(Debug)]
pub struct Owner {
    /// `http://127.0.0.1:PORT`, where all AWS APIs are.
    pub endpoint: String,
    /// Whether another process serves it.
    pub shared: bool,
}

impl Owner {
    /// Waits until no execution can go on without waiting (see [`crate::engine::Engine::quiesce`]).
    ///
    /// # Errors
    /// When the owner is gone.
    pub async fn quiesce(&self) -> Result<(), LocalError> {
        Ok(())
    }

    /// Finds the store's new owner, or becomes it, where the one before has left.
    ///
    /// # Errors
    /// See [`LocalError`].
    pub async fn reconnect(&mut self) -> Result<(), LocalError> {
        Ok(())
    }

    /// Where the owner's time stands.
    ///
    /// # Errors
    /// When the owner is gone.
    pub async fn clock(&self) -> Result<ClockView, LocalError> {
        Err(LocalError::Owner(String::new()))
    }

    /// Moves the owner's virtual time by so much, or to the next deadline.
    ///
    /// # Errors
    /// When the owner is gone, or its time is not virtual.
    pub async fn advance_clock(&self, by: Option<std::time::Duration>) -> Result<ClockView, LocalError> {
        let _ = by;
        Err(LocalError::Owner(String::new()))
    }

    /// Leaves: an own server finishes the requests in flight, makes everything durable and lets the lock go.
    pub async fn release(self) {}
}

/// Becomes the store's owner or the client of the one that is, and registers the project.
///
/// # Errors
/// See [`LocalError`].
pub async fn attach(options: AttachOptions) -> Result<Owner, LocalError> {
    let _ = options;
    Ok(Owner { endpoint: String::new(), shared: false })
}
