//! The loop: take what came → let executions run → commit → answer and act.
//!
//! One thread owns every execution, so nothing here is locked. Start reading at [`Driver::turn`].

use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::asl::program::Resource;
use crate::engine::api::EngineError;
use crate::engine::clock::Clock;
use crate::engine::core::{Effect, Input, TokenKey};
use crate::engine::driver::activities::Activities;
use crate::engine::driver::assigned::Assigned;
use crate::engine::driver::batch::{Action, Batch};
use crate::engine::driver::following::Following;
use crate::engine::driver::live::Executions;
use crate::engine::driver::map_runs::Relative;
use crate::engine::driver::message::Message;
use crate::engine::driver::outbox::{self, Outbox};
use crate::engine::driver::programs::Programs;
use crate::engine::driver::reads::Reads;
use crate::engine::driver::recovery::Recovery;
use crate::engine::driver::time::Waiting;
use crate::engine::driver::{Engine, Shared};
use crate::engine::store::{HighestKeys, Store, StoreError, Write};
use crate::engine::task::{Reporter, TaskRequest, TaskRunner};

/// At most so many messages share a commit.
const TURN_MESSAGES_MAX: usize = 256;

/// So long executions run before what they did is made durable and others are heard.
const TURN_TIME_MAX: Duration = Duration::from_millis(2);

/// The write-ahead log is moved into the database file whenever so many pages of 4 KiB more are in it.
const CHECKPOINT_PAGES: u64 = 4_096;

/// A log of so many pages is not let grow for as long as there are commits: the last of it is moved between two of them, so
/// that it begins anew.
const LOG_PAGES_MAX: u64 = 4 * CHECKPOINT_PAGES;

/// Everything that the thread owns.
pub(super) struct Driver {
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) runner: Option<Arc<dyn TaskRunner>>,
    /// What reporters are made of. Weak, or the engine would keep itself alive.
    pub(super) engine: Weak<Shared>,
    pub(super) reads: Reads,
    pub(super) programs: Arc<Programs>,
    pub(super) token_key: TokenKey,
    pub(super) keys: HighestKeys,
    pub(super) executions: Executions,
    pub(super) assigned: Assigned,
    pub(super) activities: Activities,
    pub(super) batch: Batch,
    pub(super) outbox: Outbox,
    pub(super) following: Following,
    pub(super) recovery: Recovery,
    pub(super) waiting: Waiting,
    pub(super) checkpoints: Checkpoints,
}

/// Where the write-ahead log's way into the database file stands.
#[derive(Default)]
pub(super) struct Checkpoints {
    /// How long the log was when it was moved last.
    moved: u64,
    under_way: bool,
}

impl Driver {
    /// Runs until it is told to end, or nobody is left who could tell it anything.
    pub(super) fn run(mut self, inbox: &Receiver<Message>) {
        let done = loop {
            if let Some(done) = self.turn(inbox) {
                break done;
            }
        };
        self.finish(inbox);
        drop(self);
        if let End::Asked(done) = done {
            // Whoever asked may have gone away.
            let _ = done.send(());
        }
    }

    /// One round of the loop. Everything up to `flush` happens in memory only.
    pub(super) fn turn(&mut self, inbox: &Receiver<Message>) -> Option<End> {
        let end = self.receive(inbox);
        self.recover_when_time();
        self.fire_due();
        self.run_runnable();
        self.flush();
        while self.hand_out() {
            self.flush();
        }
        if end.is_none() {
            self.settle();
        }
        end
    }

    fn receive(&mut self, inbox: &Receiver<Message>) -> Option<End> {
        let first = match self.patience() {
            Some(Duration::ZERO) => match inbox.try_recv() {
                Ok(message) => message,
                Err(TryRecvError::Empty) => return None,
                Err(TryRecvError::Disconnected) => return Some(End::Deserted),
            },
            Some(patience) => match inbox.recv_timeout(patience) {
                Ok(message) => message,
                Err(RecvTimeoutError::Timeout) => return None,
                Err(RecvTimeoutError::Disconnected) => return Some(End::Deserted),
            },
            None => match inbox.recv() {
                Ok(message) => message,
                Err(_) => return Some(End::Deserted),
            },
        };
        let more = inbox.try_iter().take(TURN_MESSAGES_MAX - 1);
        std::iter::once(first).chain(more).find_map(|message| self.take(message))
    }

    /// What is queued behind the end is finished too: its senders were not refused.
    pub(super) fn finish(&mut self, inbox: &Receiver<Message>) {
        let mut others = Vec::new();
        while let Ok(message) = inbox.try_recv() {
            if let Some(End::Asked(done)) = self.take(message) {
                others.push(done);
            }
        }
        // What the log has is durable where it is: nobody waits at an end for it to be moved.
        self.flush();
        for done in others {
            let _ = done.send(());
        }
    }

    fn take(&mut self, message: Message) -> Option<End> {
        match message {
            Message::CreateMachine { machine, publish, definition, answer } => {
                let result = self.create_machine(machine, publish, definition);
                self.batch.hold(answer, result);
            }
            Message::UpdateMachine { machine, publish, definition, answer } => {
                let result = self.update_machine(&machine, publish, definition);
                self.batch.hold(answer, result);
            }
            Message::DeleteMachine { arn, answer } => {
                self.delete_machine(arn);
                self.batch.hold(answer, Ok(()));
            }
            Message::Change(change) => change(self),
            Message::Start { start, answer } => {
                let result = self.start(start);
                self.batch.hold(answer, result);
            }
            Message::AwaitEnd { key, answer } => self.await_end(key, answer),
            Message::Stop { arn, error, cause, answer } => {
                let result = self.stop(&arn, error, cause);
                self.batch.hold(answer, result);
            }
            Message::Redrive { arn, token, answer } => {
                let result = self.redrive(&arn, token);
                self.batch.hold(answer, result);
            }
            Message::SendTask { token, sent, answer } => {
                let result = self.send_task(&token, sent);
                self.batch.hold(answer, result);
            }
            Message::Activity(message) => self.take_activity(message),
            Message::UpdateMapRun { arn, change, answer } => {
                let result = self.update_map_run(&arn, &change);
                self.batch.hold(answer, result);
            }
            Message::ChangeTags { arn, change, answer } => {
                let result = self.change_tags(&arn, change);
                self.batch.hold(answer, result);
            }
            Message::Register { kind, name, value, answer } => {
                self.batch.writes.push(Write::Register { kind, name, value });
                self.batch.hold(answer, Ok(()));
            }
            Message::Report { id, report } => self.report(id, report),
            Message::Told { change, done } => self.told(change, done),
            Message::AllTold { answer } => self.waiting.all_told.push(answer),
            Message::Untold { answer } => drop(answer.send(Ok(self.outbox.count()))),
            Message::Clock { answer } => drop(answer.send(Ok(self.clock_view()))),
            Message::AdvanceClock { by, answer } => self.begin_advance(by, answer),
            Message::Checkpointed => self.checkpointed(),
            Message::Resume => self.recover_now(),
            Message::Quiesce { answer } => self.waiting.quiesce.push(answer),
            Message::Shutdown { done } => return Some(End::Asked(done)),
        }
        None
    }

    fn run_runnable(&mut self) {
        let begun = self.clock.instant();
        while let Some(key) = self.executions.next_runnable() {
            self.feed(key, Input::Resume);
            if self.clock.instant().duration_since(begun) > TURN_TIME_MAX {
                break;
            }
        }
    }

    /// Tells an execution what happened and keeps what must be done until it is durable.
    pub(super) fn feed(&mut self, key: i64, input: Input) {
        let effects = self.executions.handle(key, input, self.clock.now());
        self.keep(key, effects);
        self.tell_relatives();
    }

    /// Keeps an execution's effects until they are durable.
    pub(super) fn keep(&mut self, key: i64, effects: Vec<Effect>) {
        self.batch.touched.insert(key);
        for effect in effects {
            match effect {
                Effect::StartTask(request) => self.batch.actions.push(Action::Start(request)),
                Effect::CancelTask(id) => self.batch.actions.push(Action::Cancel(id)),
                Effect::More => self.executions.make_runnable(key),
                Effect::StartChild(request) => self.batch.relatives.push_back(Relative::Start(request)),
                Effect::StopChild(arn) => self.batch.relatives.push_back(Relative::Stop(arn)),
                Effect::RedriveChild(request) => self.batch.relatives.push_back(Relative::Redrive(request)),
                Effect::MarkChild { arn, pending } => self.batch.relatives.push_back(Relative::Mark(arn, pending)),
                // The flush asks every execution that it touches.
                Effect::Ended => self.batch.relatives.push_back(Relative::Ended(key)),
            }
        }
    }

    /// Makes the batch durable, and only then answers and acts.
    pub(super) fn flush(&mut self) {
        if self.batch.is_empty() {
            return;
        }
        let mut batch = std::mem::take(&mut self.batch);
        let ended = self.collect(&mut batch);
        match self.commit(&batch.writes) {
            Ok(()) => self.release(batch, &ended),
            Err(error) => self.abandon(batch, error.into()),
        }
    }

    /// Adds what the executions did to the changes; returns those that ended.
    fn collect(&mut self, batch: &mut Batch) -> Vec<i64> {
        let mut ended = Vec::new();
        for &key in &batch.touched {
            let bytes = self.executions.take_journal(key);
            let grew = !bytes.is_empty();
            if grew {
                batch.writes.push(Write::Append { execution: key, bytes });
            }
            for run in self.executions.take_map_runs(key) {
                batch.writes.push(Write::MapRun(run));
            }
            if let Some(end) = self.executions.ended(key) {
                let (status, stopped, events) = (end.status, end.at, self.executions.last_event(key));
                batch.writes.push(Write::End { execution: key, status, stopped, events });
                ended.push((key, status));
            } else if grew {
                batch.writes.extend(self.executions.rest_to_keep(key));
            }
        }
        for &(key, status) in &ended {
            let machine = self.executions.state_machine_arn(key);
            batch.changes.extend(machine.and_then(|machine| self.status_change(key, &machine, status)));
        }
        batch.writes.extend(outbox::writes(&batch.changes, &batch.told));
        ended.into_iter().map(|(key, _)| key).collect()
    }

    fn commit(&mut self, writes: &[Write]) -> Result<(), StoreError> {
        if writes.is_empty() {
            return Ok(());
        }
        self.store.commit(writes)?;
        self.recovery.commits_work();
        Ok(())
    }

    fn release(&mut self, mut batch: Batch, ended: &[i64]) {
        self.activities.keep();
        Batch::release(batch.take_answers(), &Ok(()));
        for (id, report) in &batch.reports {
            self.assigned.reported(*id, report);
        }
        for id in batch.answered {
            self.assigned.remove(id);
        }
        for action in batch.actions {
            self.act(action);
        }
        self.following.grew(batch.followed, &batch.touched);
        for &key in ended {
            self.executions.remove(key);
            self.following.ended(key);
            self.waiting.tell_end(key);
            self.assigned.remove_execution(key);
        }
        self.let_rest(&batch.touched);
        self.post(batch.changes, &batch.told);
        self.checkpoint_when_due();
    }

    /// Nobody waits for a checkpoint: most of it is done beside the commits. One that fails is tried again after as many pages;
    /// the log has everything until then.
    fn checkpoint_when_due(&mut self) {
        let pages = self.store.logged_pages();
        let checkpoints = &mut self.checkpoints;
        checkpoints.moved = checkpoints.moved.min(pages);
        if checkpoints.under_way || pages < checkpoints.moved + CHECKPOINT_PAGES {
            return;
        }
        let Some(shared) = self.engine.upgrade() else { return };
        *checkpoints = Checkpoints { moved: pages, under_way: true };
        let commands = shared.commands.clone();
        self.reads.tell(move |reader| {
            drop(reader.store.checkpoint());
            // An engine that ends moves the rest at its next opening.
            drop(commands.send(Message::Checkpointed));
        });
    }

    /// What was committed meanwhile is little. When it is moved, too, the next commit begins the log anew.
    fn checkpointed(&mut self) {
        self.checkpoints.under_way = false;
        if self.store.logged_pages() >= LOG_PAGES_MAX {
            drop(self.store.checkpoint());
        }
    }

    /// Lets executions go from memory that rest, when there are many. Each that was touched pays for looking at two.
    fn let_rest(&mut self, touched: &BTreeSet<i64>) {
        for key in touched {
            self.executions.heard_of(*key);
        }
        for _ in 0..2 * touched.len() {
            let Some((key, rest)) = self.executions.put_to_rest() else { return };
            if rest.is_some() {
                self.assigned.remove_execution(key);
            }
        }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Start(request) => self.start_task(*request),
            Action::Cancel(id) => {
                self.assigned.remove(id);
                if let Some(runner) = &self.runner {
                    runner.cancel(id);
                }
            }
        }
    }

    fn start_task(&mut self, request: TaskRequest) {
        if matches!(request.resource, Resource::Activity { .. }) {
            if self.executions.awaits(request.id.execution, request.id.event) && self.assigned.insert(&request) {
                self.activities.offer(request.id, &request.resource, &self.executions);
            }
            return;
        }
        // Without a runner nobody does the task, without a handle nobody could hear of it; the next opening begins it again.
        let (Some(runner), Some(shared)) = (&self.runner, self.engine.upgrade()) else { return };
        // What was answered or cancelled since it was asked for, in the same turn, need not begin.
        if self.executions.awaits(request.id.execution, request.id.event) && self.assigned.insert(&request) {
            let reporter = Reporter::new(Engine { shared }, request.id);
            runner.start(request, reporter);
        }
    }

    /// The commit failed: nothing happened. What is in memory goes, for it is ahead of the store.
    fn abandon(&mut self, mut batch: Batch, error: EngineError) {
        self.undo_activities();
        for &key in &batch.touched {
            self.executions.lose(key);
        }
        for execution in batch.started.values() {
            // It may not have taken an input yet, and must not: the store does not have it.
            self.executions.remove(execution.key);
            self.executions.give_up(execution.key);
        }
        self.recovery.undelivered.append(&mut batch.reports);
        self.recovery.told.append(&mut batch.told);
        if self.executions.any_lost() || !self.recovery.told.is_empty() {
            self.recovery.later(self.clock.instant());
        }
        self.waiting.refuse(&error);
        Batch::release(batch.take_answers(), &Err(error));
    }
}

/// Why the loop ends.
pub(super) enum End {
    /// Somebody waits for it.
    Asked(oneshot::Sender<()>),
    /// Nobody is left.
    Deserted,
}
