//! Whose certificates are taken for good.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::failure::Failure;
use crate::cli::settings::Settings;

/// A file of CA certificates in PEM form that takes the place of the system's.
#[derive(Debug, Clone)]
pub(crate) struct CaFile {
    path: PathBuf,
    /// The flag or the variable that names it.
    name: &'static str,
}

impl Settings {
    /// `--cacert`, else `AWS_CA_BUNDLE`, as the AWS CLI has it.
    pub(crate) fn ca_file(&self) -> Option<CaFile> {
        let bundle = || {
            let path = self.environment.folder.join(self.environment.get("AWS_CA_BUNDLE")?);
            Some(CaFile { path, name: "AWS_CA_BUNDLE" })
        };
        self.ca_file_of_flag().or_else(bundle)
    }

    /// `--cacert` alone, where the environment's is for others.
    pub(crate) fn ca_file_of_flag(&self) -> Option<CaFile> {
        self.cacert.clone().map(|path| CaFile { path, name: "--cacert" })
    }
}

impl CaFile {
    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What is in it, as it is.
    ///
    /// # Errors
    /// A usage failure that tells who named it.
    pub(crate) fn read(&self, settings: &Settings) -> Result<Vec<u8>, Failure> {
        fs::read(&self.path).map_err(|error| {
            Failure::usage(format!("{}: cannot read {}: {error}", self.name, settings.shown(&self.path).display()))
                .hint("name a file of CA certificates in PEM form")
        })
    }
}
