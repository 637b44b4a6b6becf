//! A store on a disk that fails as it is told: commits that are refused or leave nobody sure, reads that fail, power that
//! goes in the midst of a commit.
//!
//! [`Disk`] is what outlives the power: a log of whole commits, as SQLite's write-ahead log is. A commit whose power goes
//! before its last frame was synced is dropped as a whole. One whose sync failed is not seen by anybody, but its frames are in
//! the log until the next commit writes over them: when the power goes before that, it may be there afterwards. Rows that
//! SQLite's tables would refuse are noted in [`Disk::broken`]. A disk may also lie ([`Lie`]), to show that whoever checks
//! notices.

use std::panic::resume_unwind;
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};

use crate::engine::store::memory::Memory;
use crate::engine::store::{Store, StoreError, Write};

/// Random numbers of a seed (SplitMix64).
#[derive(Debug, Clone)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which is not 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).expect("it is below a usize")
    }

    /// True so many times in a thousand.
    pub(crate) fn per_mille(&mut self, times: usize) -> bool {
        self.below(1000) < times
    }
}

/// What a disk says of itself and is not so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lie {
    /// Commits are answered before they are synced: a cut takes the last ones.
    AnswersBeforeSync,
    /// A cut takes a synced commit out of the midst of those that follow it.
    DropsSynced,
    /// A cut leaves the last two commits in the other order.
    Reorders,
    /// A cut tears the last commit: its first half stays.
    Tears,
    /// Sometimes a commit that is refused was made.
    RefusesWhatItMade,
    /// Sometimes a commit that is acknowledged is not made.
    ForgetsWhatItAcknowledged,
}

/// How often a disk fails, each in so many of a thousand times.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Faults {
    /// A commit is refused.
    pub(crate) refused: usize,
    /// A commit's sync fails.
    pub(crate) unsure: usize,
    /// The power goes during a commit.
    pub(crate) cut: usize,
    /// A read fails.
    pub(crate) read: usize,
}

/// What somebody sees who unwinds because the power went.
pub(crate) struct Cut;

/// What outlives the power; clones are the same disk.
#[derive(Debug, Clone)]
pub(crate) struct Disk(Arc<RwLock<State>>);

#[derive(Debug)]
struct State {
    chance: Chance,
    token_key: [u8; 32],
    lie: Option<Lie>,
    faults: Faults,
    /// Commits, in order.
    log: Vec<Arc<[Write]>>,
    /// How many of them are synced.
    synced: usize,
    /// Frames of a commit whose sync failed.
    unsure: Option<Arc<[Write]>>,
    broken: Option<String>,
}

impl Disk {
    pub(crate) fn new(seed: u64, lie: Option<Lie>) -> Self {
        let mut chance = Chance::new(seed);
        let mut token_key = [0; 32];
        token_key[..8].copy_from_slice(&chance.next().to_le_bytes());
        Self(Arc::new(RwLock::new(State {
            chance,
            token_key,
            lie,
            faults: Faults::default(),
            log: Vec::new(),
            synced: 0,
            unsure: None,
            broken: None,
        })))
    }

    fn state(&self) -> RwLockWriteGuard<'_, State> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// How often it fails from now on.
    pub(crate) fn fail(&self, faults: Faults) {
        self.state().faults = faults;
    }

    /// What the log has, in tables.
    pub(crate) fn open(&self) -> Store {
        let state = self.state();
        let mut memory = Memory::new(state.token_key);
        for writes in &state.log {
            memory.commit(writes);
        }
        Store::Simulated(Simulated { memory, disk: self.clone(), reads_fail: true })
    }

    /// The power goes.
    pub(crate) fn cut(&self) {
        let mut state = self.state();
        let synced = state.synced;
        state.log.truncate(synced);
        let unsure = state.unsure.take();
        if state.chance.per_mille(500) {
            state.log.extend(unsure);
        }
        match state.lie {
            Some(Lie::DropsSynced) if state.log.len() > 8 => {
                let place = state.log.len() - 1 - state.chance.below(6);
                state.log.remove(place);
            }
            Some(Lie::Reorders) if state.log.len() > 8 => {
                let last = state.log.len() - 1;
                state.log.swap(last, last - 1);
            }
            Some(Lie::Tears) => {
                if let Some(last) = state.log.last_mut() {
                    *last = last[..last.len() / 2].into();
                }
            }
            _ => {}
        }
        state.synced = state.log.len();
    }

    /// What was committed and cannot be, if anything.
    pub(crate) fn broken(&self) -> Option<String> {
        self.state().broken.clone()
    }
}

/// One way into a simulated store.
#[derive(Debug)]
pub(crate) struct Simulated {
    memory: Memory,
    disk: Disk,
    /// Whether reads this way may fail.
    reads_fail: bool,
}

impl Simulated {
    /// A way whose reads do not fail.
    pub(super) fn second(&self) -> Self {
        Self { memory: self.memory.second(), disk: self.disk.clone(), reads_fail: false }
    }

    /// The tables, when they can be read.
    pub(super) fn read(&self) -> Result<&Memory, StoreError> {
        if self.reads_fail {
            let mut state = self.disk.state();
            let failing = state.faults.read;
            if failing > 0 && state.chance.per_mille(failing) {
                return Err(failed(rusqlite::ffi::SQLITE_IOERR_READ));
            }
        }
        Ok(&self.memory)
    }

    pub(super) fn commit(&mut self, writes: &[Write]) -> Result<(), StoreError> {
        let mut state = self.disk.state();
        let Faults { refused, unsure, cut, .. } = state.faults;
        if state.chance.per_mille(refused) {
            if state.lie == Some(Lie::RefusesWhatItMade) {
                state.append(writes);
                self.memory.commit(writes);
            }
            return Err(failed(rusqlite::ffi::SQLITE_FULL));
        }
        if state.chance.per_mille(unsure) {
            state.unsure = Some(writes.into());
            return Err(failed(rusqlite::ffi::SQLITE_IOERR_FSYNC));
        }
        if state.chance.per_mille(cut) {
            // Its last frame was synced or not; the caller does not hear of it.
            if state.chance.per_mille(500) {
                state.append(writes);
            }
            drop(state);
            resume_unwind(Box::new(Cut));
        }
        if state.lie == Some(Lie::ForgetsWhatItAcknowledged) && state.chance.per_mille(20) {
            return Ok(());
        }
        if let Some(broken) = self.wrong(writes) {
            state.broken.get_or_insert(broken);
        }
        state.append(writes);
        self.memory.commit(writes);
        Ok(())
    }

    /// What SQLite's tables would refuse of a commit.
    fn wrong(&self, writes: &[Write]) -> Option<String> {
        let forgotten = |key: i64| writes.iter().any(|w| matches!(w, Write::Forget { execution } if *execution == key));
        let started = |key: i64| {
            writes.iter().any(|w| matches!(w, Write::Start { execution, .. } if execution.summary.key == key))
        };
        let known = |key: i64| self.memory.execution_at(key).ok().flatten().is_some();
        writes.iter().find_map(|write| match write {
            Write::Start { execution, .. } => {
                let summary = &execution.summary;
                let other = self.memory.execution(&summary.arn).ok().flatten();
                let taken = other.filter(|other| !forgotten(other.summary.key)).map(|other| other.summary.key);
                (taken.is_some() || known(summary.key))
                    .then(|| format!("execution {} is begun twice, and was {taken:?}", summary.key))
            }
            Write::Append { execution, .. } | Write::End { execution, .. } | Write::Redrive { execution, .. } => {
                let there = known(*execution) || started(*execution);
                (!there).then(|| format!("execution {execution} is not there: {write:?}"))
            }
            Write::Machine { revision, .. } => {
                let taken = self.memory.revision(*revision).ok().flatten().is_some();
                taken.then(|| format!("revision {revision} is made twice"))
            }
            Write::ChangeStatus(change) => {
                let mut kept = self.memory.status_changes().unwrap_or_default().into_iter();
                kept.any(|kept| kept.key == change.key).then(|| format!("change {} is kept twice", change.key))
            }
            _ => None,
        })
    }
}

impl State {
    fn append(&mut self, writes: &[Write]) {
        self.unsure = None;
        self.log.push(writes.into());
        if self.lie != Some(Lie::AnswersBeforeSync) || self.chance.per_mille(250) {
            self.synced = self.log.len();
        }
    }
}

fn failed(code: i32) -> StoreError {
    StoreError::Sqlite(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None))
}
