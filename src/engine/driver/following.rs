//! Histories that somebody wants to be shown: read from the store as they grow, on a thread and a connection of their own.
//!
//! The driver says only *which* executions grew, so that it never waits and what waits to be read stays small however long the
//! listener takes: the store has the events.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use crate::asl::Program;
use crate::engine::api::{EngineError, NewStateMachine};
use crate::engine::core::{Projected, Projector, Subject};
use crate::engine::history::HistoryEvent;
use crate::engine::recorded::{HistoryListener, Listener};
use crate::engine::store::{Store, StoreError};

/// At most so many executions are followed at once; as many again as may go on, for those whose end is still to be shown.
const FOLLOWED_MAX: usize = 20_000;

/// An execution whose history is shown from an event on.
pub(super) struct Followed {
    subject: Arc<Subject>,
    program: Arc<Program>,
    machine: Arc<NewStateMachine>,
    /// The events up to this one were shown by a former engine, or never will be.
    after: u64,
}

/// The driver's side.
#[derive(Default)]
pub(super) struct Following {
    listener: Option<Listener>,
    /// Executions that go on and are followed.
    keys: BTreeSet<i64>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    news: Mutex<News>,
    came: Condvar,
}

/// What the driver said and the thread has not looked at.
#[derive(Default)]
struct News {
    begun: Vec<(i64, Followed)>,
    grown: BTreeSet<i64>,
    /// How many are followed, here and by the thread.
    followed: usize,
    over: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, News> {
        // Entries are whole at every point where a thread could have panicked.
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for news; `None` when there will be no more.
    fn next(&self) -> Option<News> {
        let mut news = self.lock();
        while news.grown.is_empty() && news.begun.is_empty() && !news.over {
            news = self.came.wait(news).unwrap_or_else(PoisonError::into_inner);
        }
        if news.grown.is_empty() && news.begun.is_empty() {
            return None;
        }
        let (begun, grown) = (std::mem::take(&mut news.begun), std::mem::take(&mut news.grown));
        Some(News { begun, grown, followed: 0, over: false })
    }
}

impl Following {
    /// Starts the thread, where somebody listens. It ends when this is dropped, after what was recorded before.
    pub(super) fn start(
        listener: Option<Listener>,
        store: &Store,
    ) -> Result<(Self, Option<JoinHandle<()>>), EngineError> {
        let Some(listener) = listener else { return Ok((Self::default(), None)) };
        let shared = Arc::<Shared>::default();
        let thread = Thread {
            store: store.second()?,
            listener: Arc::clone(&listener),
            shared: Arc::clone(&shared),
            histories: BTreeMap::new(),
            over: BTreeMap::new(),
        };
        let thread = std::thread::Builder::new().name("iw102-histories".to_owned()).spawn(move || thread.run());
        let thread = thread.map_err(|error| EngineError::Store(format!("no thread for histories: {error}")))?;
        Ok((Self { listener: Some(listener), keys: BTreeSet::new(), shared }, Some(thread)))
    }

    /// What is to be followed of an execution, if anything: from its event after `after` on.
    pub(super) fn of(
        &self,
        subject: &Arc<Subject>,
        program: &Arc<Program>,
        machine: &Arc<NewStateMachine>,
        after: u64,
    ) -> Option<Followed> {
        self.listener.as_ref().filter(|listener| listener.wants(machine))?;
        let (subject, program) = (Arc::clone(subject), Arc::clone(program));
        Some(Followed { subject, program, machine: Arc::clone(machine), after })
    }

    /// These executions are followed from now on, and these have grown: both are durable.
    pub(super) fn grew(&mut self, begun: Vec<(i64, Followed)>, touched: &BTreeSet<i64>) {
        let Some(listener) = &self.listener else { return };
        let mut news = self.shared.lock();
        for (key, followed) in begun {
            if self.keys.contains(&key) {
                continue;
            }
            if news.followed >= FOLLOWED_MAX {
                listener.missed(&followed.subject.arn);
                continue;
            }
            news.followed += 1;
            news.begun.push((key, followed));
            self.keys.insert(key);
        }
        news.grown.extend(touched.intersection(&self.keys));
        if !news.grown.is_empty() {
            self.shared.came.notify_one();
        }
    }

    /// An execution ended: it does not grow any more.
    pub(super) fn ended(&mut self, key: i64) {
        self.keys.remove(&key);
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.shared.lock().over = true;
        self.shared.came.notify_one();
    }
}

/// The reading side.
struct Thread {
    store: Store,
    listener: Arc<dyn HistoryListener>,
    shared: Arc<Shared>,
    histories: BTreeMap<i64, History>,
    /// The last event that was shown of executions whose end was, for as long as a redrive may have been shown before the
    /// driver said that it came, and how many times it is still to be waited for that.
    over: BTreeMap<i64, (u64, u8)>,
}

/// A commit is told right after it. What is read from the store may be ahead of what was told by one commit, and that is told
/// with the next news or, where those were on their way, with the ones after them.
const NEWS_AWAITED: u8 = 2;

struct History {
    followed: Followed,
    projector: Projector,
    /// The number of the last chunk of the journal that was read.
    chunk: i64,
}

impl Thread {
    fn run(mut self) {
        while let Some(news) = self.shared.next() {
            for (key, mut followed) in news.begun {
                if self.histories.contains_key(&key) {
                    // It was redriven before its end was shown: what is here goes on.
                    self.shared.lock().followed -= 1;
                    continue;
                }
                if let Some((shown, _)) = self.over.get(&key) {
                    followed.after = followed.after.max(*shown);
                }
                let projector = Projector::new(Arc::clone(&followed.subject), Arc::clone(&followed.program));
                self.histories.insert(key, History { followed, projector, chunk: 0 });
            }
            self.over.retain(|_, (_, awaited)| {
                *awaited -= 1;
                *awaited > 0
            });
            for key in news.grown {
                let Some(history) = self.histories.get_mut(&key) else { continue };
                // What cannot be read now will not be shown: whoever asks for the history is told why.
                let is_over = history.show(key, &self.store, &*self.listener).unwrap_or(true);
                if is_over {
                    self.over.insert(key, (history.projector.last_event(), NEWS_AWAITED));
                    self.histories.remove(&key);
                    self.shared.lock().followed -= 1;
                }
            }
        }
    }
}

impl History {
    /// Shows what is new; whether it was the end.
    fn show(&mut self, key: i64, store: &Store, listener: &dyn HistoryListener) -> Result<bool, StoreError> {
        let before = self.projector.redrive_count();
        let (projector, mut events) = (&mut self.projector, Vec::new());
        let arn = &self.followed.subject.arn;
        self.chunk = store.journal_after(key, self.chunk, &mut |bytes| {
            let damaged = |error| StoreError::Damaged(format!("the history of {arn}: {error}"));
            projector.read(bytes, &mut events).map_err(damaged)
        })?;
        let (shown, fresh): (Vec<_>, Vec<_>) = events.iter().partition(|event| event.id() <= self.followed.after);
        let shown = shown.into_iter().filter(|event| event.is_redrive()).count();
        let redrives = before.saturating_add(u32::try_from(shown).unwrap_or(u32::MAX));
        let fresh: Vec<HistoryEvent> = fresh.into_iter().map(Projected::event).collect();
        if !fresh.is_empty() {
            listener.recorded(arn, &self.followed.machine, redrives, &fresh);
        }
        Ok(projector.is_over())
    }
}
