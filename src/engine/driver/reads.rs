//! Questions that change nothing, on a thread and a connection of their own.
//!
//! A history of 25,000 events takes a while to read; those who wait for a start to become durable do not wait for it.
//! What is read here is committed, hence durable: a question after an answer sees what the answer said.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use crate::engine::api::{EngineError, Execution, StateMachine};
use crate::engine::core::{TokenKey, history};
use crate::engine::driver::programs::Programs;
use crate::engine::driver::subject::subject;
use crate::engine::history::HistoryEvent;
use crate::engine::store::{Store, StoredExecution, StoredMachine};

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
    journal_bytes: usize,
    events: Arc<[HistoryEvent]>,
}

impl Reads {
    /// Starts the thread. It ends on [`Reads::end`], or when nobody can ask it any more.
    pub(super) fn start(
        store: Store,
        programs: Arc<Programs>,
        token_key: TokenKey,
    ) -> Result<(Self, JoinHandle<()>), EngineError> {
        let (sender, inbox) = channel();
        let reader = Reader { store, programs, token_key, last: None };
        let thread = std::thread::Builder::new().name("iw102-reads".to_owned()).spawn(move || reader.run(&inbox));
        Ok((Self(sender), thread.map_err(|error| EngineError::Store(format!("no thread for reads: {error}")))?))
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

    /// See [`Engine::execution_history`](super::Engine::execution_history).
    pub(super) fn history(
        &mut self,
        arn: &str,
        from: Option<u64>,
        reverse: bool,
        limit: usize,
    ) -> Result<Vec<HistoryEvent>, EngineError> {
        let events = self.events(arn)?;
        let first = from.map_or(0, |id| events.partition_point(|event| event.id < id));
        if reverse {
            let end = from.map_or(events.len(), |id| events.partition_point(|event| event.id <= id));
            return Ok(events[..end].iter().rev().take(limit).cloned().collect());
        }
        Ok(events[first..].iter().take(limit).cloned().collect())
    }

    fn events(&mut self, arn: &str) -> Result<Arc<[HistoryEvent]>, EngineError> {
        let stored = self.stored(arn)?;
        let key = stored.summary.key;
        let journal = self.store.journal(key)?;
        // A journal only ever grows, so its length says which state of it this is.
        if let Some(last) = self.last.as_ref().filter(|last| last.key == key && last.journal_bytes == journal.len()) {
            return Ok(Arc::clone(&last.events));
        }
        let machine = StoredMachine { machine: self.revision(stored.revision)?, revision: stored.revision };
        let program = self.programs.get(&machine)?;
        let subject = Arc::new(subject(&stored.summary, &machine.machine, &self.token_key));
        let events = history(&subject, &program, &journal)
            .map_err(|error| EngineError::Store(format!("the history of {arn}: {error}")))?;
        let events: Arc<[HistoryEvent]> = events.into();
        self.last = Some(LastHistory { key, journal_bytes: journal.len(), events: Arc::clone(&events) });
        Ok(events)
    }

    fn stored(&self, arn: &str) -> Result<StoredExecution, EngineError> {
        self.store.execution(arn)?.ok_or_else(|| EngineError::ExecutionDoesNotExist(arn.to_owned()))
    }

    fn revision(&self, key: i64) -> Result<StateMachine, EngineError> {
        let machine = self.store.revision(key)?;
        machine.ok_or_else(|| EngineError::Store(format!("revision {key} is missing")))
    }
}

/// An execution with its payloads.
pub(super) fn whole(store: &Store, stored: StoredExecution) -> Result<Execution, EngineError> {
    let summary = stored.summary;
    let input = store.input(summary.key)?;
    let input = input.ok_or_else(|| EngineError::Store(format!("the input of {} is missing", summary.arn)))?;
    let outcome = store.outcome(summary.key)?;
    Ok(Execution {
        key: summary.key,
        arn: summary.arn,
        state_machine_arn: summary.state_machine_arn,
        name: summary.name,
        status: summary.status,
        started: summary.started,
        stopped: summary.stopped,
        input,
        output: outcome.output,
        error: outcome.error,
        cause: outcome.cause,
    })
}
