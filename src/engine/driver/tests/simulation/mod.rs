//! The driver, the core and a failing store, in virtual time: whatever happens, in whatever order, what was acknowledged
//! is there.
//!
//! One seed is one run of [`RUN_STEPS`] steps: `world` draws what happens next (clients, tasks, time, faults, power cuts),
//! `ledger` keeps what was answered and compares. A run that fails names its seed and its last steps.
//!
//! - `IW102_SEED=7 cargo test --lib simulation` plays one seed again.
//! - `IW102_STEPS=20000000 cargo test --lib simulation` goes on for longer.

mod ledger;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::*;
use crate::engine::store::simulated::Lie;
use world::World;

/// All runs together, where nobody says otherwise.
const STEPS: u64 = 1_000_000;

/// One run.
const RUN_STEPS: u64 = 1_000;

/// Plays a seed; gives what tells two runs apart, or what went wrong.
fn play(seed: u64, lie: Option<Lie>) -> Result<u64, String> {
    let mut world = World::new(seed, lie);
    let result = catch_unwind(AssertUnwindSafe(|| world.run(RUN_STEPS)));
    let result = result.unwrap_or_else(|_| Err("it panicked".to_owned()));
    result.map(|()| world.digest()).map_err(|why| format!("IW102_SEED={seed}: {why}\n{}", world.last_steps()))
}

/// What `IW102_SEED` or `IW102_STEPS` says.
fn number(name: &str) -> Option<u64> {
    std::env::var(format!("IW102_{name}")).ok().and_then(|text| text.parse().ok())
}

#[test]
fn nothing_that_was_acknowledged_is_lost() {
    if let Some(seed) = number("SEED") {
        play(seed, None).unwrap_or_else(|why| panic!("{why}"));
        return;
    }
    let runs = number("STEPS").unwrap_or(STEPS).div_ceil(RUN_STEPS);
    let half = |first: u64| move || (first..runs).step_by(2).try_for_each(|seed| play(seed, None).map(drop));
    let halves = [std::thread::spawn(half(0)), std::thread::spawn(half(1))];
    for half in halves {
        half.join().unwrap().unwrap_or_else(|why| panic!("{why}"));
    }
}

#[test]
fn a_seed_is_always_the_same_run() {
    for seed in 0..5 {
        let first = play(seed, None);
        assert!(first.is_ok(), "{first:?}");
        assert_eq!(first, play(seed, None));
    }
}

#[test]
fn a_store_that_lies_is_found_out() {
    let lies = [
        Lie::AnswersBeforeSync,
        Lie::DropsSynced,
        Lie::Reorders,
        Lie::Tears,
        Lie::RefusesWhatItMade,
        Lie::ForgetsWhatItAcknowledged,
    ];
    for lie in lies {
        let only_with_it = |seed| play(seed, Some(lie)).is_err() && play(seed, None).is_ok();
        assert!((0..50).any(only_with_it), "nobody notices {lie:?}");
    }
}
