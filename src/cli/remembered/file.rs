//! One file of what is remembered: versioned JSON, replaced as a whole, its user's alone.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The version of the format. A file of another one is not read, and is replaced.
const VERSION: u32 = 1;
/// A longer file is not ours.
const FILE_BYTES_MAX: u64 = 4 << 20;
/// A folder holds at most so many files: credentials that change every hour make a scope each time.
const FILES_MAX: usize = 64;
/// How long another process that writes is waited for.
const LOCK_TIMEOUT: Duration = Duration::from_secs(1);
/// How often its lock is tried.
const LOCK_POLL: Duration = Duration::from_millis(2);
/// The file whose lock keeps two processes from losing what the other wrote.
const LOCK_FILE: &str = "lock";

/// A file that may not be there.
#[derive(Debug)]
pub(super) struct KeptFile {
    folder: PathBuf,
    name: String,
}

/// How a file begins, whatever it holds.
#[derive(Serialize, Deserialize)]
struct Versioned<T> {
    version: u32,
    #[serde(flatten)]
    content: T,
}

impl KeptFile {
    /// A file of a folder; neither is made.
    pub(super) fn new(folder: PathBuf, name: String) -> Self {
        Self { folder, name }
    }

    /// What it holds; nothing where it is missing, damaged, of another version or somebody else's.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Option<T> {
        let file = File::open(self.path()).ok().filter(|file| file.metadata().is_ok_and(|about| about.is_file()))?;
        let mut bytes = Vec::new();
        file.take(FILE_BYTES_MAX).read_to_end(&mut bytes).ok()?;
        let versioned: Versioned<T> = serde_json::from_slice(&bytes).ok()?;
        (versioned.version == VERSION).then_some(versioned.content)
    }

    /// Replaces what it holds. That it cannot be written is no failure of a command: it is not remembered.
    pub(super) fn change<T: Default + Serialize + DeserializeOwned>(&self, change: impl FnOnce(&mut T)) {
        let _ = self.try_change(change);
    }

    /// Removes it.
    pub(super) fn forget(&self) {
        let _ = fs::remove_file(self.path());
    }

    /// As [`KeptFile::change`], for who tells that it cannot be written.
    pub(super) fn try_change<T: Default + Serialize + DeserializeOwned>(
        &self,
        change: impl FnOnce(&mut T),
    ) -> io::Result<()> {
        make_private(&self.folder)?;
        let _lock = lock(&self.folder.join(LOCK_FILE));
        let mut content = self.read().unwrap_or_default();
        change(&mut content);
        let bytes = serde_json::to_vec(&Versioned { version: VERSION, content })?;
        if !self.path().exists() {
            remove_oldest(&self.folder)?;
        }
        self.replace(&bytes)
    }

    /// A reader sees what was there before, or all of it. It is not synced: a file that a crash emptied is a damaged one.
    fn replace(&self, bytes: &[u8]) -> io::Result<()> {
        let draft = self.folder.join(format!("{}.{}.new", self.name, std::process::id()));
        // What a killed process of this id left may have another mode.
        let _ = fs::remove_file(&draft);
        let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&draft)?;
        let written = file.write_all(bytes).and_then(|()| fs::rename(&draft, self.path()));
        if written.is_err() {
            let _ = fs::remove_file(&draft);
        }
        written
    }

    fn path(&self) -> PathBuf {
        self.folder.join(&self.name)
    }
}

/// Names of machines and executions tell much of a company, so the folder is its user's alone.
fn make_private(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    if fs::metadata(folder)?.permissions().mode() & 0o077 != 0 {
        fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// The lock, where it can be had soon. A home on a file system without locks, or a process that was stopped while it held
/// it, costs at worst an entry: what is written is whole without it too.
fn lock(path: &Path) -> Option<File> {
    let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path).ok()?;
    let deadline = Instant::now() + LOCK_TIMEOUT;
    loop {
        match file.try_lock() {
            Ok(()) => return Some(file),
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => thread::sleep(LOCK_POLL),
            Err(_) => return None,
        }
    }
}

/// Makes room for one more file, also by what killed processes left.
fn remove_oldest(folder: &Path) -> io::Result<()> {
    let mut files: Vec<(SystemTime, PathBuf)> = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name() != LOCK_FILE {
            files.push((entry.metadata()?.modified()?, entry.path()));
        }
    }
    files.sort();
    let surplus = (files.len() + 1).saturating_sub(FILES_MAX);
    files.iter().take(surplus).try_for_each(|(_, path)| fs::remove_file(path))
}
