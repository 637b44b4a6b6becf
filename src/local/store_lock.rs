//! The store's folder: its lock, and `owner.json`, which says where its owner serves.
//!
//! The lock is the truth and the file a hint: a file without a held lock is what a killed owner left, and a held lock without
//! the file is an owner that is starting or leaving.
//!
//! A command that only looks holds the lock for a moment, again and again where a script asks for a status in a loop. A
//! [`Claim`] keeps such commands from taking it before one that does tasks.

use std::fs::{File, OpenOptions, Permissions, TryLockError};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::local::owner::LocalError;
use crate::local::secret::Secret;

const LOCK_FILE: &str = "lock";
const OWNER_FILE: &str = "owner.json";
const CLAIM_FILE: &str = "claim";

/// What `owner.json` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OwnerFile {
    /// `http://127.0.0.1:PORT`
    pub(super) endpoint: String,
    /// What the control paths want to be told.
    pub(super) secret: Secret,
    /// The owner's process, for people.
    pub(super) pid: u32,
    /// The owner's version of this program.
    pub(super) version: String,
    /// Whether it does tasks; an owner that does not is gone in a moment.
    #[serde(default)]
    pub(super) runs_tasks: bool,
}

/// The lock of a store, held. Dropping it lets it go.
#[derive(Debug)]
pub(super) struct StoreLock {
    folder: PathBuf,
    _file: File,
}

impl StoreLock {
    /// Makes the folder and takes its lock; `None` when another process (or another attach) holds it.
    pub(super) fn try_acquire(folder: &Path) -> Result<Option<Self>, LocalError> {
        let locked = make_private(folder).and_then(|()| try_lock(&folder.join(LOCK_FILE), File::try_lock));
        let file = locked.map_err(|source| LocalError::Folder { folder: folder.to_owned(), source })?;
        if file.is_some() {
            // What a killed owner left would send clients to a port that somebody else may have by now.
            let _ = std::fs::remove_file(folder.join(OWNER_FILE));
        }
        Ok(file.map(|file| Self { folder: folder.to_owned(), _file: file }))
    }

    /// Says where the owner serves. Atomic: a reader sees nothing or all of it.
    pub(super) fn publish(&self, owner: &OwnerFile) -> Result<(), LocalError> {
        let text = serde_json::to_vec(owner).map_err(std::io::Error::from);
        let written = text.and_then(|text| write(&self.folder, OWNER_FILE, &text, 0o600));
        written.map_err(|source| LocalError::Folder { folder: self.folder.clone(), source })
    }

    /// Takes back what [`StoreLock::publish`] said, then lets the lock go. In this order: the next owner's file must stay.
    pub(super) fn release(self) {
        let _ = std::fs::remove_file(self.folder.join(OWNER_FILE));
    }
}

/// The wish to be the next owner, of a command that does tasks. Dropping it withdraws it.
#[derive(Debug)]
pub(super) struct Claim(#[expect(dead_code, reason = "its lock is held as long as it is open")] File);

impl Claim {
    /// Claims the store; `None` where another command has, or one that looks asks at this very moment.
    pub(super) fn stake(folder: &Path) -> Result<Option<Self>, LocalError> {
        Ok(claimed(folder, File::try_lock)?.map(Self))
    }

    /// Whether a command claims the store. Those who ask do not see each other.
    pub(super) fn is_staked(folder: &Path) -> Result<bool, LocalError> {
        Ok(claimed(folder, File::try_lock_shared)?.is_none())
    }
}

fn claimed(folder: &Path, lock: impl Fn(&File) -> Result<(), TryLockError>) -> Result<Option<File>, LocalError> {
    let claimed = make_private(folder).and_then(|()| try_lock(&folder.join(CLAIM_FILE), lock));
    claimed.map_err(|source| LocalError::Folder { folder: folder.to_owned(), source })
}

/// Opens a lock's file and takes its lock, which ends with the file; `None` when somebody else holds it.
pub(super) fn try_lock(path: &Path, lock: impl Fn(&File) -> Result<(), TryLockError>) -> std::io::Result<Option<File>> {
    let mut options = OpenOptions::new();
    let file = options.create(true).truncate(false).write(true).mode(0o600).open(path)?;
    match lock(&file) {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(source),
    }
}

/// The file whose lock is the store's.
pub(super) fn lock_file(folder: &Path) -> PathBuf {
    folder.join(LOCK_FILE)
}

/// What the folder's owner says, or the one before it if it was killed.
pub(super) fn read_owner(folder: &Path) -> Option<OwnerFile> {
    serde_json::from_slice(&std::fs::read(folder.join(OWNER_FILE)).ok()?).ok()
}

/// Where a store's folder is served, as its owner said: a hint, for who may be wrong. One that was killed serves no more.
#[must_use]
pub fn endpoint_in(folder: &Path) -> Option<String> {
    read_owner(folder).map(|owner| owner.endpoint)
}

/// Writes a file of a folder whose lock is held. Atomic: a reader sees what was there before, or all of it.
pub(super) fn write(folder: &Path, name: &str, bytes: &[u8], mode: u32) -> std::io::Result<()> {
    let draft = folder.join(format!("{name}.new"));
    // What a killed process left may have another mode.
    let _ = std::fs::remove_file(&draft);
    let mut file = OpenOptions::new().create_new(true).write(true).mode(mode).open(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(draft, folder.join(name))
}

/// Secrets, tokens and payloads are kept in it, so it is its user's alone.
pub(super) fn make_private(folder: &Path) -> std::io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let permissions = std::fs::metadata(folder)?.permissions();
    if permissions.mode() & 0o077 != 0 {
        std::fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Bytes that nobody can guess, from the system's source (two version 4 UUIDs hold 244 random bits).
pub(super) fn random_bytes() -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(Uuid::new_v4().as_bytes());
    hash.update(Uuid::new_v4().as_bytes());
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::{Claim, OwnerFile, Secret, StoreLock, read_owner};
    use crate::local::owner::LocalError;

    #[test]
    fn the_lock_is_held_once_and_the_files_are_private() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("local").join("svc-dev-00000000");
        let lock = StoreLock::try_acquire(&folder).unwrap().unwrap();
        assert!(StoreLock::try_acquire(&folder).unwrap().is_none());
        let (endpoint, secret, version) = ("http://127.0.0.1:1".into(), Secret::from("s"), "0".into());
        let owner = OwnerFile { endpoint, secret, pid: 1, version, runs_tasks: true };
        lock.publish(&owner).unwrap();
        assert_eq!(read_owner(&folder), Some(owner));
        let kept = std::fs::read(folder.join("owner.json")).unwrap();
        let mode = |name: &str| std::fs::metadata(folder.join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(""), mode("owner.json"), mode("lock")), (0o700, 0o600, 0o600));
        lock.release();
        assert_eq!(read_owner(&folder), None);
        std::fs::write(folder.join("owner.json"), kept).unwrap();
        let _lock = StoreLock::try_acquire(&folder).unwrap().unwrap();
        assert_eq!(read_owner(&folder), None, "a killed owner's");
    }

    #[test]
    fn a_claim_is_staked_once_and_seen_until_it_is_withdrawn() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("store");
        assert!(!Claim::is_staked(&folder).unwrap());
        let claim = Claim::stake(&folder).unwrap().unwrap();
        assert!(Claim::is_staked(&folder).unwrap());
        assert!(Claim::stake(&folder).unwrap().is_none());
        drop(claim);
        assert!(!Claim::is_staked(&folder).unwrap());
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_told_by_its_name() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("file");
        std::fs::write(&file, "").unwrap();
        let error = StoreLock::try_acquire(&file.join("store")).unwrap_err();
        assert!(matches!(error, LocalError::Folder { folder, .. } if folder == file.join("store")));
    }
}
