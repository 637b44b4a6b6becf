//! Where this machine's stores are, and what goes with them.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::cli::failure::Failure;
use crate::cli::settings::Settings;
use crate::project::Service;

impl Settings {
    /// The folder of the store; `None` keeps nothing.
    pub(crate) fn store(&self, service: Option<&Service>) -> Result<Option<PathBuf>, Failure> {
        if self.memory { Ok(None) } else { self.store_folder(service).map(Some) }
    }

    /// The folder at which the processes of a project and stage find each other.
    pub(crate) fn store_folder(&self, service: Option<&Service>) -> Result<PathBuf, Failure> {
        Ok(Self::store_folder_in(&self.environment.home()?, service))
    }

    /// As [`Settings::store_folder`], in another home.
    pub(crate) fn store_folder_in(home: &Path, service: Option<&Service>) -> PathBuf {
        let name = service.map_or_else(|| "default".to_owned(), name);
        home.join("local").join(name)
    }

    /// Where the local CA is kept.
    pub(crate) fn ca_folder(&self) -> Result<PathBuf, Failure> {
        Ok(self.environment.home()?.join("ca"))
    }

    /// A folder for what must not outlive this process; the caller makes and removes it.
    pub(crate) fn scratch(&self) -> PathBuf {
        self.environment.temporary.join(format!("iw102-{}", uuid::Uuid::new_v4().simple()))
    }
}

/// `SERVICE-STAGE-<8 hex digits>`: two checkouts of a project do not share a store.
pub(super) fn name(service: &Service) -> String {
    let folder = service.folder.canonicalize().unwrap_or_else(|_| service.folder.clone());
    let hash = Sha256::digest(folder.as_os_str().as_encoded_bytes());
    let first = u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]);
    let plain = |text: &str| -> String {
        text.chars().map(|letter| if letter.is_ascii_alphanumeric() || letter == '_' { letter } else { '-' }).collect()
    };
    format!("{}-{}-{first:08x}", plain(&service.name), plain(&service.stage))
}
