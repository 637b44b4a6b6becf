//! What iw102 remembers between commands about AWS, below `$IW102_HOME`.
//!
//! Owns: the executions that it began (`recent`), the names that it has seen (`names`), what the project's stack made
//! (`stack`), and how all are kept (`file`): `recent/` answers what `last` means, `cache/` may be deleted at any time. Must
//! not know: where the answers came from, what is asked of AWS. What `--local` began is in its store, not here.
//!
//! *Invariants:* never a secret: no token, no key, no digest of one, no input, no output. Nothing here fails a command: what
//! cannot be written is not remembered, and where it will be missed that is told; what cannot be read was never there.
//! Every file is bounded, and so is their number.
//!
//! Start reading at [`Remembered`].

mod file;
mod names;
mod recent;
mod stack;

use std::path::PathBuf;

use sha2::{Digest, Sha256};

use self::file::KeptFile;
use crate::aws::Listener;
use crate::engine::Timestamp;

/// What is remembered of one scope.
#[derive(Clone)]
pub(crate) struct Remembered {
    home: PathBuf,
    /// By which executions are remembered.
    recent: String,
    /// By which all else is.
    cache: String,
    /// Who is told that an execution cannot be remembered.
    tell: Option<Listener>,
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
        let scope = hashed(scope);
        Self { home, recent: scope.clone(), cache: scope, tell: None }
    }

    /// With the id of a temporary access key, or nothing. It does not tell whose it is, and is another one in an hour: `last`
    /// must outlive it, while a list of machines, which that time makes old too, can be another account's.
    pub(crate) fn for_temporary_key(self, key: &str) -> Self {
        if key.is_empty() { self } else { Self { cache: hashed(&format!("{}|{key}", self.recent)), ..self } }
    }

    /// With somebody who is told that an execution cannot be remembered.
    pub(crate) fn telling(self, tell: Listener) -> Self {
        Self { tell: Some(tell), ..self }
    }

    /// `recent/SCOPE.json`
    fn recent_file(&self) -> KeptFile {
        KeptFile::new(self.home.join("recent"), format!("{}.json", self.recent))
    }

    /// `cache/KIND-SCOPE.json`
    fn cache_file(&self, kind: &str) -> KeptFile {
        KeptFile::new(self.home.join("cache"), format!("{kind}-{}.json", self.cache))
    }
}

/// The first 64 bits of a digest.
fn hashed(scope: &str) -> String {
    let hash = Sha256::digest(scope);
    let first = hash.iter().take(8).fold(0, |number: u64, byte| number << 8 | u64::from(*byte));
    format!("{first:016x}")
}

#[cfg(test)]
mod tests;
