//! Questions that change nothing, on a thread and a connection of their own.
//!
//! A history of 25,000 events takes a while to read; those who wait for a start to become durable do not wait for it.
//! What is read here is committed, hence durable: a question after an answer sees what the answer said.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use crate::engine::api::{EngineError, Execution, ExecutionStatus, StateMachine};
use crate::engine::core::{Payloads, Projected, Projector, TokenKey, payloads};
use crate::engine::driver::programs::Programs;
use crate::engine::driver::subject::subject;
use crate::engine::driver::{HistoryPage, PageLimit};
use crate::engine::map_run::MapRun;
use crate::engine::store::{Store, StoreError, StoredExecution, StoredMachine};

/// One question; it answers by itself.
type Question = Box<dyn FnOnce(&mut Reader) + Send>;

/// The way to the reads' thread.
#[derive(Debug, Clone)]
pub(super) struct Reads(Sender<Option<Question>>);

/// What answers.
pub(super) struct Reader {
    pub(super) store: Store,
    programs: Arc<Programs>,
    token_key: TokenKey,
    /// The history that was asked for last: pages of one history come one after the other.
    last: Option<LastHistory>,
}

struct LastHistory {
    key: i64,
    /// The number of the last chunk of its journal that was read: a journal only ever grows.
    chunk: i64,
    projector: Projector,
    events: Vec<Projected>,
}

impl Reads {
    /// Starts the thread. It ends on [`Reads::end`], or when nobody can ask it any more.
    pub(super) fn start(
        store: Store,
        programs: Arc<Programs>,
        token_key: TokenKey,
    ) -> Result<(Self, JoinHandle<()>), EngineError> {
        let (sender, inbox) = channel();
        let reader = Reader::new(store, programs, token_key);
        let thread = std::thread::Builder::new().name("iw102-reads".to_owned()).spawn(move || reader.run(&inbox));
        Ok((Self(sender), thread.map_err(|error| EngineError::Store(format!("no thread for reads: {error}")))?))
    }

    /// A way to nobody: what is told this way is not done.
    #[cfg(test)]
    pub(super) fn to_nobody() -> Self {
        Self(channel().0)
    }

    /// Asks, and waits for the answer.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Reader) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, EngineError> {
        let (answer, result) = oneshot::channel();
        self.tell(move |reader| drop(answer.send(question(reader))));
        result.await.map_err(|_| EngineError::Closed)?
    }

    /// Has something done whose end nobody waits for.
    pub(super) fn tell(&self, work: impl FnOnce(&mut Reader) + Send + 'static) {
        // When the thread has ended, the question is dropped and with it the way of its answer: the caller sees that.
        drop(self.0.send(Some(Box::new(work))));
    }

    /// Ends the thread after what was asked before.
    pub(super) fn end(&self) {
        drop(self.0.send(None));
    }
}

impl Reader {
    pub(super) fn new(store: Store, programs: Arc<Programs>, token_key: TokenKey) -> Self {
        Self { store, programs, token_key, last: None }
    }

    fn run(mut self, inbox: &Receiver<Option<Question>>) {
        while let Ok(Some(question)) = inbox.recv() {
            question(&mut self);
        }
    }

    pub(super) fn machine(&self, arn: &str) -> Result<StateMachine, EngineError> {
        let machine = self.store.machine(arn)?;
        machine.map(|stored| stored.machine).ok_or_else(|| EngineError::StateMachineDoesNotExist(arn.to_owned()))
    }

    pub(super) fn machine_of(&self, execution_arn: &str) -> Result<StateMachine, EngineError> {
        let stored = self.stored(execution_arn)?;
        self.revision(stored.revision)
    }

    pub(super) fn execution(&self, arn: &str) -> Result<Execution, EngineError> {
        let stored = self.stored(arn)?;
        whole(&self.store, stored)
    }

    pub(super) fn map_run(&self, arn: &str) -> Result<MapRun, EngineError> {
        self.store.map_run(arn)?.ok_or_else(|| EngineError::ResourceNotFound(arn.to_owned()))
    }

    pub(super) fn map_runs(&self, execution_arn: &str) -> Result<Vec<MapRun>, EngineError> {
        Ok(self.store.map_runs(self.stored(execution_arn)?.summary.key)?)
    }

    /// See [`Engine::execution_history`](super::Engine::execution_history).
    pub(super) fn history(
        &mut self,
        arn: &str,
        from: Option<u64>,
        reverse: bool,
        limit: PageLimit,
    ) -> Result<HistoryPage, EngineError> {
        self.catch_up(arn)?;
        let events = self.last.as_ref().map(|last| last.events.as_slice()).unwrap_or_default();
        if reverse {
            let end = from.map_or(events.len(), |id| events.partition_point(|event| event.id() <= id));
            return Ok(page(events[..end].iter().rev(), limit));
        }
        let first = from.map_or(0, |id| events.partition_point(|event| event.id() < id));
        Ok(page(events[first..].iter(), limit))
    }

    /// Makes `last` the history of an execution as it is now; returns how many chunks of its journal were read. Of the
    /// execution that was asked for last, those are the ones that are new.
    pub(super) fn catch_up(&mut self, arn: &str) -> Result<usize, EngineError> {
        let stored = self.stored(arn)?;
        let mut last = match self.last.take().filter(|last| last.key == stored.summary.key) {
            Some(last) => last,
            None => self.begun(&stored)?,
        };
        let (projector, events, mut fresh) = (&mut last.projector, &mut last.events, 0);
        last.chunk = self.store.journal_after(last.key, last.chunk, &mut |bytes| {
            let damaged = |error| StoreError::Damaged(format!("the history of {arn}: {error}"));
            fresh += 1;
            projector.read(bytes, events).map_err(damaged)
        })?;
        self.last = Some(last);
        Ok(fresh)
    }

    fn begun(&self, stored: &StoredExecution) -> Result<LastHistory, EngineError> {
        let machine = StoredMachine { machine: self.revision(stored.revision)?, revision: stored.revision };
        let program = self.programs.get(&machine)?;
        let subject = Arc::new(subject(&stored.summary, &machine.machine, &self.token_key));
        let projector = Projector::new(subject, program);
        Ok(LastHistory { key: stored.summary.key, chunk: 0, projector, events: Vec::new() })
    }

    fn stored(&self, arn: &str) -> Result<StoredExecution, EngineError> {
        self.store.execution(arn)?.ok_or_else(|| EngineError::ExecutionDoesNotExist(arn.to_owned()))
    }

    pub(super) fn revision(&self, key: i64) -> Result<StateMachine, EngineError> {
        let machine = self.store.revision(key)?;
        machine.ok_or_else(|| EngineError::Store(format!("revision {key} is missing")))
    }
}

/// As many events as a page may have, at least one; nothing of those behind them is copied.
fn page<'e>(mut events: impl Iterator<Item = &'e Projected>, limit: PageLimit) -> HistoryPage {
    let (mut page, mut bytes) = (Vec::new(), 0);
    for event in events.by_ref() {
        if !page.is_empty() && (page.len() >= limit.events || bytes >= limit.bytes) {
            return HistoryPage { events: page, next: Some(event.id()) };
        }
        bytes += event.data_bytes();
        page.push(event.event());
    }
    HistoryPage { events: page, next: None }
}

/// An execution with its payloads.
pub(super) fn whole(store: &Store, stored: StoredExecution) -> Result<Execution, EngineError> {
    let summary = stored.summary;
    let running = summary.status == ExecutionStatus::Running;
    let journal = if running { store.journal_head(summary.key)? } else { store.journal(summary.key)? };
    let damaged = |error| StoreError::Damaged(format!("{}: {error}", summary.arn));
    let Payloads { input, ended } = payloads(&journal).map_err(damaged)?;
    let (output, error, cause) =
        ended.filter(|_| !running).map(|ended| (ended.output, ended.error, ended.cause)).unwrap_or_default();
    Ok(Execution {
        key: summary.key,
        arn: summary.arn,
        state_machine_arn: summary.state_machine_arn,
        name: summary.name,
        status: summary.status,
        started: summary.started,
        stopped: summary.stopped,
        qualified: summary.qualified,
        map_run_arn: summary.child_of.map(|child_of| child_of.map_run_arn),
        input,
        output,
        error,
        cause,
        redriven: summary.redriven,
    })
}
