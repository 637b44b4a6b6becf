//! Where expressions are parsed and evaluated: on threads of their own, whose stacks are large whatever the caller's is,
//! and which can be left behind.
//!
//! The evaluator looks at the clock between its steps. A step that takes for ever (comparing what holds itself many times)
//! is only noticed from outside: its thread is given up, and of such threads there are few at most.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel, sync_channel};
use std::thread;
use std::time::Duration;

use crate::asl::jsonata::message::Stop;

/// Memory that is reserved, not taken, for each thread.
const STACK_BYTES: usize = 64 << 20;

/// How many threads may be left behind that have not come to an end.
const STUCK_MAX: usize = 4;

type Job = Box<dyn FnOnce() + Send>;

thread_local! {
    /// The thread that works for this one; it ends when this one does.
    static WORKER: RefCell<Option<Sender<Job>>> = const { RefCell::new(None) };
}

/// Threads that were left behind.
static STUCK: AtomicUsize = AtomicUsize::new(0);

/// Runs `job` on a thread with a large stack, and waits for thrice the `time` that it allows itself. A panic of it is
/// [`Stop::Internal`].
pub(super) fn run<T: Send + 'static>(time: Duration, job: impl FnOnce() -> T + Send + 'static) -> Result<T, Stop> {
    if STUCK.load(Ordering::Relaxed) >= STUCK_MAX {
        return Err(Stop::Time);
    }
    let idle = WORKER.with(RefCell::take);
    let worker = match idle {
        Some(worker) => worker,
        None => spawn().ok_or(Stop::Internal)?,
    };
    let (reply, answer) = sync_channel(1);
    // Set by whichever comes first, the end of the job or the end of patience.
    let decided = Arc::new(AtomicBool::new(false));
    let ended = Arc::clone(&decided);
    let job = move || {
        let outcome = catch_unwind(AssertUnwindSafe(job));
        // Nobody listens to a thread that was left behind.
        let _ = reply.send(outcome);
        if ended.swap(true, Ordering::AcqRel) {
            STUCK.fetch_sub(1, Ordering::Relaxed);
        }
    };
    worker.send(Box::new(job)).map_err(|_| Stop::Internal)?;
    if let Ok(outcome) = answer.recv_timeout(time.saturating_mul(3)) {
        WORKER.with(|idle| idle.replace(Some(worker)));
        return outcome.map_err(|_| Stop::Internal);
    }
    STUCK.fetch_add(1, Ordering::Relaxed);
    if decided.swap(true, Ordering::AcqRel) {
        STUCK.fetch_sub(1, Ordering::Relaxed);
    }
    Err(Stop::Time)
}

fn spawn() -> Option<Sender<Job>> {
    let (jobs, waiting) = channel::<Job>();
    let thread = thread::Builder::new().name("jsonata".to_owned()).stack_size(STACK_BYTES);
    thread.spawn(move || waiting.into_iter().for_each(|job| job())).ok()?;
    Some(jobs)
}
