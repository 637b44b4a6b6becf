//! From a path to a [`Service`], or everything that is wrong with it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::asl::diagnostic::Diagnostic;
use crate::asl::syntax::Sources;
use crate::project::model::Service;

/// What a load depends on besides the file.
#[derive(Debug, Clone, Default)]
pub struct LoadOptions {
    /// `--stage` or `IW102_STAGE`.
    pub stage: Option<String>,
    /// `--region` or the environment's.
    pub region: Option<String>,
    /// `--param K=V`.
    pub params: BTreeMap<String, String>,
    /// The environment that `${env:…}` reads.
    pub environment: BTreeMap<String, String>,
    /// The account that `${aws:accountId}` gives.
    pub account: String,
}

/// What a load gives.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// Every text that was read.
    pub sources: Sources,
    /// There when nothing is an error.
    pub service: Option<Service>,
    /// Everything that is wrong, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

/// Why a file could not even be read.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// The file is not there or cannot be read.
    #[error("cannot read {path}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Loads a serverless.yml (also .yaml, .json) or a plain definition.
///
/// # Errors
/// Only when the file itself cannot be read; everything else is a diagnostic.
pub fn load(path: &Path, options: &LoadOptions) -> Result<Loaded, ProjectError> {
    let _ = (path, options);
    Ok(Loaded { sources: Sources::default(), service: None, diagnostics: Vec::new() })
}

/// The project file of a folder or the nearest one above it.
#[must_use]
pub fn find_upwards(folder: &Path) -> Option<PathBuf> {
    let _ = folder;
    None
}

/// Compiles every definition of a load, references resolved: all diagnostics of the load and of the definitions.
#[must_use]
pub fn check(loaded: &Loaded) -> Vec<Diagnostic> {
    loaded.diagnostics.clone()
}
