//! What iw102 remembers between commands about AWS, below `$IW102_HOME`.
//!
//! Owns: the executions that it began (`recent`), the names that it has seen (`names`), what the project's stack made
//! (`stack`), and how all are kept (`file`): `recent/` answers what `last` means, `cache/` may be deleted at any time. Must
//! not know: where the answers came from, what is asked of AWS. What `--local` began is in its store, not here.
//!
//! *Invariants:* never a secret: no token, no key, no digest of one, no input, no output. Nothing here fails a command: what
//! cannot be written is not remembered, what cannot be read was never there. Every file is bounded, and so is their number.
//!
//! Start reading at [`Remembered`].

mod file;
mod names;
mod recent;
mod stack;

use std::path::PathBuf;

use sha2::{Digest, Sha256};

use self::file::KeptFile;
use crate::engine::Timestamp;

/// What is remembered of one scope.
#[derive(Debug, Clone)]
pub(crate) struct Remembered {
    home: PathBuf,
    scope: String,
}

/// An execution that iw102 began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecentExecution {
    /// Its ARN.
    pub arn: String,
    /// Its machine's ARN.
    pub machine_arn: String,
    /// When it was started.
    pub started: Timestamp,
}

impl Remembered {
    /// Of a scope below `$IW102_HOME`. The scope is everything by which the same name can mean something else: the region,
    /// whose credentials, the endpoint, the service and stage. It is hashed, so files do not tell an access key's id.
    pub(crate) fn new(home: PathBuf, scope: &str) -> Self {
        let hash = Sha256::digest(scope);
        let first = hash.iter().take(8).fold(0, |number: u64, byte| number << 8 | u64::from(*byte));
        Self { home, scope: format!("{first:016x}") }
    }

    /// `recent/SCOPE.json`
    fn recent_file(&self) -> KeptFile {
        KeptFile::new(self.home.join("recent"), format!("{}.json", self.scope))
    }

    /// `cache/KIND-SCOPE.json`
    fn cache_file(&self, kind: &str) -> KeptFile {
        KeptFile::new(self.home.join("cache"), format!("{kind}-{}.json", self.scope))
    }
}

#[cfg(test)]
mod tests;
