//! Sees that files changed, by looking.
//!
//! A look every half second costs a few system calls, works on every file system, and needs no thread.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// How often files are looked at.
const LOOK: Duration = Duration::from_millis(500);

/// What changes when a file does: when it was written, and how long it is. `None` where it is not there.
type Stamp = Option<(SystemTime, u64)>;

/// Files, as they were when they were last acted upon.
#[derive(Debug)]
pub(super) struct Watch {
    seen: BTreeMap<PathBuf, Stamp>,
    /// What the last look found, where that was something else.
    changing: Option<BTreeMap<PathBuf, Stamp>>,
}

impl Watch {
    /// As they are now, but for those that were written since: who loaded them since may have read what was there before.
    pub(super) fn new(files: &[PathBuf], since: SystemTime) -> Self {
        let as_loaded = |stamp: Stamp| stamp.filter(|(written, _)| *written < since);
        let seen = look(files.iter()).into_iter().map(|(file, stamp)| (file, as_loaded(stamp))).collect();
        Self { seen, changing: None }
    }

    /// Watches these files too, for a file may name others now; those that it named before may still be mended.
    pub(super) fn follow(&mut self, files: &[PathBuf]) {
        for (file, stamp) in look(files.iter()) {
            self.seen.entry(file).or_insert(stamp);
        }
    }

    /// Returns when a file is not as it was.
    pub(super) async fn changed(&mut self) {
        loop {
            tokio::time::sleep(LOOK).await;
            if self.has_changed() {
                return;
            }
        }
    }

    /// Whether a file is not as it was, and is as the look before found it: who writes one may take more than one step for
    /// it.
    fn has_changed(&mut self) -> bool {
        let now = look(self.seen.keys());
        if now == self.seen {
            self.changing = None;
        } else if self.changing.as_ref() == Some(&now) {
            self.seen = now;
            self.changing = None;
            return true;
        } else {
            self.changing = Some(now);
        }
        false
    }
}

fn look<'a>(files: impl Iterator<Item = &'a PathBuf>) -> BTreeMap<PathBuf, Stamp> {
    let stamp = |file: &PathBuf| fs::metadata(file).and_then(|found| Ok((found.modified()?, found.len()))).ok();
    files.map(|file| (file.clone(), stamp(file))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file that was loaded before it changed.
    fn watching(path: &PathBuf) -> Watch {
        Watch::new(std::slice::from_ref(path), SystemTime::now() + Duration::from_mins(1))
    }

    #[test]
    fn what_was_written_while_it_was_loaded_is_loaded_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yml");
        fs::write(&path, "one").unwrap();
        let written = fs::metadata(&path).unwrap().modified().unwrap();
        for (since, looks) in [(written, [false, true, false]), (written + LOOK, [false; 3])] {
            let mut watch = Watch::new(std::slice::from_ref(&path), since);
            assert_eq!([watch.has_changed(), watch.has_changed(), watch.has_changed()], looks);
        }
    }

    #[test]
    fn a_change_is_seen_once_and_not_before_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yml");
        fs::write(&path, "one").unwrap();
        let mut watch = watching(&path);
        let mut looks = |what: &dyn Fn()| {
            what();
            [watch.has_changed(), watch.has_changed(), watch.has_changed()]
        };
        assert_eq!(looks(&|| {}), [false, false, false]);
        assert_eq!(looks(&|| fs::write(&path, "other").unwrap()), [false, true, false]);
        assert_eq!(looks(&|| fs::remove_file(&path).unwrap()), [false, true, false]);
        assert_eq!(looks(&|| fs::write(&path, "again").unwrap()), [false, true, false]);
    }

    #[test]
    fn a_file_that_is_still_written_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yml");
        let mut watch = watching(&path);
        fs::write(&path, "a").unwrap();
        assert!(!watch.has_changed());
        fs::write(&path, "ab").unwrap();
        assert!(!watch.has_changed());
        assert!(watch.has_changed());
    }

    #[test]
    fn files_that_are_named_later_are_watched_too() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (folder.path().join("a.yml"), folder.path().join("b.yml"));
        fs::write(&second, "one").unwrap();
        let mut watch = watching(&first);
        watch.follow(&[first, second.clone()]);
        fs::write(&second, "other").unwrap();
        assert!(!watch.has_changed());
        assert!(watch.has_changed());
    }
}
