//! The places of a listener's connections. One that waits for a request is idle, and where no place is free the one that is idle
//! for longest gives way: ten thousand clients that keep their connections, or are slow to say what they want, keep nobody out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// All places of a listener.
#[derive(Debug)]
pub(super) struct Places {
    max: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    taken: usize,
    /// Ascends with each time that a connection becomes idle.
    turn: u64,
    /// Those that are idle, the longest first.
    idle: BTreeMap<u64, Arc<Notify>>,
}

/// The place of one connection; free when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Arc<Places>,
    gives_way: Arc<Notify>,
    stands: Mutex<Stands>,
}

/// How a connection stands with its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stands {
    /// Since that turn.
    Idle(u64),
    Busy,
}

impl Places {
    pub(super) fn new(max: usize) -> Arc<Self> {
        Arc::new(Self { max, state: Mutex::default() })
    }

    /// A place: a free one, or that of a connection which gives way; `None` when all are busy.
    pub(super) fn enter(self: &Arc<Self>) -> Option<Place> {
        let mut state = self.lock();
        if state.taken < self.max {
            state.taken += 1;
        } else {
            // Its place goes to the new one; see the drop.
            state.idle.pop_first()?.1.notify_one();
        }
        let gives_way = Arc::<Notify>::default();
        let turn = state.next_turn(&gives_way);
        drop(state);
        Some(Place { places: Arc::clone(self), gives_way, stands: Mutex::new(Stands::Idle(turn)) })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Whole at every point where a thread could have panicked.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn next_turn(&mut self, gives_way: &Arc<Notify>) -> u64 {
        self.turn += 1;
        self.idle.insert(self.turn, Arc::clone(gives_way));
        self.turn
    }
}

impl Place {
    /// A request has come. One that comes when its connection is giving way is answered all the same, beside the bound.
    pub(super) fn is_busy_from_now(&self) {
        let mut stands = self.stands();
        if let Stands::Idle(turn) = std::mem::replace(&mut *stands, Stands::Busy)
            && self.places.lock().idle.remove(&turn).is_none()
        {
            self.places.lock().taken += 1;
        }
    }

    /// The request is answered.
    pub(super) fn is_idle_from_now(&self) {
        let mut stands = self.stands();
        if *stands == Stands::Busy {
            *stands = Stands::Idle(self.places.lock().next_turn(&self.gives_way));
        }
    }

    pub(super) fn is_busy(&self) -> bool {
        *self.stands() == Stands::Busy
    }

    /// Returns when the connection is to give way.
    pub(super) async fn gives_way(&self) {
        self.gives_way.notified().await;
    }

    fn stands(&self) -> MutexGuard<'_, Stands> {
        self.stands.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let stands = *self.stands();
        let mut state = self.places.lock();
        let keeps_it = match stands {
            Stands::Busy => true,
            Stands::Idle(turn) => state.idle.remove(&turn).is_some(),
        };
        if keeps_it {
            state.taken -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Places;

    #[tokio::test]
    async fn the_one_that_is_idle_for_longest_gives_way_and_a_busy_one_never() {
        let places = Places::new(2);
        let (first, second) = (places.enter().unwrap(), places.enter().unwrap());
        first.is_busy_from_now();
        first.is_idle_from_now();
        let third = places.enter().unwrap();
        second.gives_way().await;
        drop(second);
        first.is_busy_from_now();
        third.is_busy_from_now();
        assert!(places.enter().is_none(), "two are busy");
        drop(third);
        let fourth = places.enter().unwrap();
        let fifth = places.enter().unwrap();
        fourth.gives_way().await;
        // Its request came too late to be refused: three are served, and the next one finds no place.
        fourth.is_busy_from_now();
        fifth.is_busy_from_now();
        assert!(places.enter().is_none());
        drop((first, fourth));
        assert!(places.enter().is_some());
    }
}
