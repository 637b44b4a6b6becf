//! How many processes run, which are kept warm, who waits.
//!
//! Owns: the bounds of processes and of waiting invocations, the idle instances. Must not know: names, ARNs, integrations.
//! Start reading at [`Pool::invoke`].
//!
//! A permit is one busy process. Idle ones have none: as many may idle as permits are free, so that both together never are
//! more than the bound; the one that idled longest makes room.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::io::Errno;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::tasks::answer::{Answer, Refused};
use crate::tasks::command;
use crate::tasks::environment::Surroundings;
use crate::tasks::function::FunctionSpec;
use crate::tasks::instance::{Instance, Turn};
use crate::tasks::launch::{Entry, Protocol, how_to_give};
use crate::tasks::logs::Logs;
use crate::tasks::output::LogStream;
use crate::tasks::runtime_api::Invocation;

/// The bounds of a [`Pool`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Processes at once, idle ones included.
    pub(super) processes_max: usize,
    /// Invocations that wait for a process.
    pub(super) queue_max: usize,
    /// How long a process may take, beside the function's own timeout, until it asks for its first invocation.
    pub(super) init: Duration,
    /// How long a process stays without work.
    pub(super) idle: Duration,
}

/// The processes of all functions.
#[derive(Debug)]
pub(super) struct Pool {
    bounds: Bounds,
    permits: Arc<Semaphore>,
    waiting: AtomicUsize,
    idle: Mutex<Vec<Idle>>,
    rests: AtomicU64,
    closed: watch::Sender<bool>,
    surroundings: Mutex<Surroundings>,
    logs: Logs,
}

#[derive(Debug)]
struct Idle {
    instance: Instance,
    /// Which rest this is, so that the timer of an earlier one does not end it.
    rest: u64,
}

/// An answer, with the newest lines of its log.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) answer: Answer,
    pub(super) log_tail: Vec<u8>,
}

impl Pool {
    pub(super) fn new(bounds: Bounds, surroundings: Surroundings, logs: Logs) -> Arc<Self> {
        Arc::new(Self {
            bounds,
            permits: Arc::new(Semaphore::new(bounds.processes_max.clamp(1, Semaphore::MAX_PERMITS))),
            waiting: AtomicUsize::new(0),
            idle: Mutex::default(),
            rests: AtomicU64::new(0),
            closed: watch::Sender::new(false),
            surroundings: Mutex::new(surroundings),
            logs,
        })
    }

    /// Tells every process that starts from now on.
    pub(super) fn tell(&self, environment: BTreeMap<String, String>) {
        lock(&self.surroundings).told.extend(environment);
        lock(&self.idle).clear();
    }

    /// Runs an invocation in a warm process or a new one, as soon as there may be one. Dropping this ends the process.
    pub(super) async fn invoke(self: &Arc<Self>, spec: &Arc<FunctionSpec>, work: &Invocation) -> Result<Done, Refused> {
        let mut closed = self.closed.subscribe();
        tokio::select! {
            biased;
            _ = closed.wait_for(|closed| *closed) => Err(shutting_down()),
            done = self.invoke_open(spec, work) => done,
        }
    }

    async fn invoke_open(self: &Arc<Self>, spec: &Arc<FunctionSpec>, work: &Invocation) -> Result<Done, Refused> {
        let permit = self.permit().await?;
        while let Some(instance) = self.take_idle(spec) {
            if let Some(done) = self.run(instance, work).await {
                drop(permit);
                return Ok(done);
            }
        }
        let log = LogStream::new(self.logs.clone(), Arc::clone(&spec.name));
        let entry = match Entry::of(spec) {
            Ok(entry) => entry,
            Err(message) => return Ok(no_program(&log, &message)),
        };
        let surroundings = lock(&self.surroundings).clone();
        let answer = match entry.speaks {
            Protocol::Stdio => command::run(spec, &entry, &surroundings, &log, work).await,
            Protocol::RuntimeApi => match Instance::start(spec, entry.clone(), &surroundings, Arc::clone(&log)).await {
                Ok(instance) => match self.run(instance, work).await {
                    Some(done) => return Ok(done),
                    None => Err(io::Error::other("the process ended before it took the invocation")),
                },
                Err(error) => Err(error),
            },
        };
        match answer {
            Ok(answer) => Ok(Done { answer, log_tail: log.tail() }),
            Err(error) => not_started(spec, &entry, &log, &error),
        }
    }

    /// `None`: the process had ended before it took the invocation.
    async fn run(self: &Arc<Self>, mut instance: Instance, work: &Invocation) -> Option<Done> {
        let turn = instance.invoke(work, self.bounds.init).await;
        let log_tail = instance.log().tail();
        match turn {
            Turn::Answered(answer) => {
                self.rest(instance);
                Some(Done { answer, log_tail })
            }
            Turn::Ended(answer) => Some(Done { answer, log_tail }),
            Turn::Lost => None,
        }
    }

    async fn permit(&self) -> Result<OwnedSemaphorePermit, Refused> {
        if let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() {
            return Ok(permit);
        }
        let _place = self.queue_up().ok_or(Refused::TooManyRequests)?;
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        permit.map_err(|_| shutting_down())
    }

    fn queue_up(&self) -> Option<Waiting<'_>> {
        let max = self.bounds.queue_max;
        let more = |waiting| (waiting < max).then_some(waiting + 1);
        self.waiting.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).ok()?;
        Some(Waiting(&self.waiting))
    }

    /// The warm process of this very function that rested last; else makes room for a new one.
    fn take_idle(&self, spec: &Arc<FunctionSpec>) -> Option<Instance> {
        let mut idle = lock(&self.idle);
        idle.retain(|idle| idle.instance.is_fresh());
        if let Some(at) = idle.iter().rposition(|idle| Arc::ptr_eq(idle.instance.spec(), spec)) {
            return Some(idle.remove(at).instance);
        }
        // The caller's permit is taken already, so this many may idle beside those that are busy.
        while idle.len() > self.permits.available_permits() {
            idle.remove(0);
        }
        None
    }

    fn rest(self: &Arc<Self>, instance: Instance) {
        let rest = self.rests.fetch_add(1, Ordering::Relaxed);
        lock(&self.idle).push(Idle { instance, rest });
        let pool = Arc::downgrade(self);
        let length = self.bounds.idle;
        tokio::spawn(async move {
            tokio::time::sleep(length).await;
            if let Some(pool) = pool.upgrade() {
                lock(&pool.idle).retain(|idle| idle.rest != rest);
            }
        });
    }

    /// Ends the warm processes of functions that are no longer these.
    pub(super) fn keep(&self, is_current: impl Fn(&Arc<FunctionSpec>) -> bool) {
        lock(&self.idle).retain(|idle| is_current(idle.instance.spec()));
    }

    /// Takes no more invocations, and ends every process.
    pub(super) fn close(&self) {
        self.closed.send_replace(true);
        lock(&self.idle).clear();
    }

    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Acquire)
    }
}

/// A place in the queue, given back when it is left in whatever way.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

fn shutting_down() -> Refused {
    Refused::Service("iw102 is shutting down".to_owned())
}

fn no_program(log: &LogStream, message: &str) -> Done {
    log.write(message);
    Done { answer: Answer::no_program(message), log_tail: log.tail() }
}

fn not_started(spec: &FunctionSpec, entry: &Entry, log: &LogStream, error: &io::Error) -> Result<Done, Refused> {
    let program = entry.program.to_string_lossy();
    let not_a_program = error.raw_os_error() == Some(Errno::NOEXEC.raw_os_error());
    if not_a_program || matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied) {
        let message =
            format!("Function {} cannot be started: {program}: {error}. {}", spec.name, how_to_give(spec.called()));
        return Ok(no_program(log, &message));
    }
    Err(Refused::Service(format!("Function {} cannot be started: {program}: {error}", spec.name)))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing that holds these locks can leave half a change behind.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
