//! The thread that owns all executions: takes commands, lets the core decide, persists, then acts.
//!
//! Owns: the [`Engine`] that servers hold, the order *commit, then answer and act*, the run queue, timers, recovery. Must
//! not know: what a state does (the core), what a task does (a [`TaskRunner`]), what is in the store's file. Start reading
//! at `Driver::turn` in `thread`; a new command is a variant of `message` and a method beside `machines` or `executions`.

mod activities;
mod assigned;
mod batch;
mod executions;
mod following;
mod live;
mod machines;
mod map_runs;
mod message;
mod outbox;
mod programs;
mod published;
mod reads;
mod recovery;
mod redrive;
mod subject;
#[cfg(test)]
mod tests;
mod thread;
mod time;

use std::path::PathBuf;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::asl::Payload;
use crate::engine::api::{
    EngineError, Execution, ExecutionStatus, ExecutionSummary, NewStateMachine, StartExecution, StateMachine, TagChange,
};
use crate::engine::clock::{Clock, ClockMode, Timestamp};
use crate::engine::core::TokenKey;
use crate::engine::driver::activities::Activities;
use crate::engine::driver::assigned::Assigned;
use crate::engine::driver::batch::Batch;
use crate::engine::driver::following::Following;
use crate::engine::driver::live::Executions;
use crate::engine::driver::message::{Answer, Message, Sent};
use crate::engine::driver::outbox::Outbox;
use crate::engine::driver::programs::{Definition, Programs};
use crate::engine::driver::reads::Reads;
use crate::engine::driver::recovery::Recovery;
use crate::engine::driver::thread::{Checkpoints, Driver};
use crate::engine::driver::time::Waiting;
use crate::engine::history::HistoryEvent;
use crate::engine::map_run::MapRun;
use crate::engine::recorded::HistoryListener;
use crate::engine::status::StatusListener;
use crate::engine::store::Store;
use crate::engine::task::{TaskId, TaskReport, TaskRunner};

pub use activities::ActivityTask;
pub use map_runs::MapRunChange;

/// What an engine is made of.
pub struct EngineConfig {
    /// How time passes.
    pub clock: ClockMode,
    /// Who does tasks. `None` leaves them to the next opening: nothing is begun here that would end with this process.
    pub tasks: Option<Arc<dyn TaskRunner>>,
    /// Who is told when executions get a status, if anybody. An engine without tasks keeps what is to be told for the next.
    pub listener: Option<Arc<dyn StatusListener>>,
    /// Who is shown executions' histories as they grow, if anybody.
    pub histories: Option<Arc<dyn HistoryListener>>,
    /// The folder of the store; `None` keeps everything in memory.
    pub folder: Option<PathBuf>,
}

/// A handle to a running engine; clones are the same engine.
#[derive(Debug, Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

/// What the clones share. When the last one goes, so do the threads, after what they were told before.
#[derive(Debug)]
struct Shared {
    commands: Sender<Message>,
    reads: Reads,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// What is around a driver.
struct Surroundings {
    clock: Clock,
    runner: Option<Arc<dyn TaskRunner>>,
    listener: Option<Arc<dyn StatusListener>>,
    engine: Weak<Shared>,
    reads: Reads,
    following: Following,
    programs: Arc<Programs>,
    token_key: TokenKey,
}

impl Driver {
    /// A driver of what the store has. What was running waits to be resumed.
    fn open(store: Store, around: Surroundings) -> Result<Self, EngineError> {
        let mut executions = Executions::default();
        store.running(&mut |key, _| executions.lose(key))?;
        let outbox = Outbox::new(around.listener, store.status_changes()?);
        let activities = Activities::read(&store)?;
        executions.tell_activities(activities.existing());
        Ok(Self {
            keys: store.highest_keys()?,
            store,
            clock: around.clock,
            runner: around.runner,
            engine: around.engine,
            reads: around.reads,
            programs: around.programs,
            token_key: around.token_key,
            executions,
            assigned: Assigned::default(),
            activities,
            batch: Batch::default(),
            outbox,
            following: around.following,
            recovery: Recovery::default(),
            waiting: Waiting::default(),
            checkpoints: Checkpoints::default(),
        })
    }
}

/// Which executions ListExecutions shows, newest first.
#[derive(Debug, Clone, Default)]
pub struct ExecutionFilter {
    /// Only of this machine.
    pub state_machine_arn: Option<Arc<str>>,
    /// Only those that run this version.
    pub version_arn: Option<Arc<str>>,
    /// Only those that this alias started.
    pub alias_arn: Option<Arc<str>>,
    /// Only the children of this map run.
    pub map_run_arn: Option<Arc<str>>,
    /// Only with this status. One that waits for its redrive has none.
    pub status: Option<ExecutionStatus>,
    /// Only those that wait for their redrive.
    pub pending: bool,
    /// Only those that were redriven, or were not.
    pub redriven: Option<bool>,
    /// Only with a key below this one: the next page.
    pub before: Option<i64>,
}

/// How large a page of a history may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLimit {
    /// At most so many events.
    pub events: usize,
    /// The page ends with the event that reaches so many bytes of text.
    pub bytes: usize,
}

/// Some events of a history.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryPage {
    /// In the order that was asked for.
    pub events: Vec<HistoryEvent>,
    /// The id of the event that follows in that order; `None` when there is none yet.
    pub next: Option<u64>,
}

/// Where an engine's time stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClockView {
    /// How it passes.
    pub mode: ClockMode,
    /// What it shows.
    pub now: Timestamp,
    /// The next deadline, of any execution.
    pub next_deadline: Option<Timestamp>,
}

impl Engine {
    /// Opens the store, recovers what was running and starts the engine's thread.
    ///
    /// # Errors
    /// When the store cannot be opened: damaged, of a newer version, unreadable, full.
    pub fn open(config: EngineConfig) -> Result<Self, EngineError> {
        let engine = Self::open_paused(config)?;
        engine.resume()?;
        Ok(engine)
    }

    /// As [`Engine::open`], but what was running waits for [`Engine::resume`], so that its tasks find their functions
    /// registered. Everything else works at once.
    ///
    /// # Errors
    /// As [`Engine::open`].
    pub fn open_paused(config: EngineConfig) -> Result<Self, EngineError> {
        let store = Store::open(config.folder.as_deref(), random_key())?;
        let token_key = TokenKey::new(store.token_key()?);
        let programs = Arc::new(Programs::default());
        let (reads, reads_thread) = Reads::start(store.second()?, Arc::clone(&programs), token_key.clone())?;
        let (following, following_thread) = Following::start(config.histories, &store)?;
        let (commands, inbox) = channel();
        let threads = std::iter::once(reads_thread).chain(following_thread).collect();
        let shared = Arc::new(Shared { commands, reads: reads.clone(), threads: Mutex::new(threads) });
        let clock = Clock::new(config.clock, Timestamp::now(), Instant::now());
        let (runner, listener, engine) = (config.tasks, config.listener, Arc::downgrade(&shared));
        let around = Surroundings { clock, runner, listener, engine, reads, following, programs, token_key };
        let driver = Driver::open(store, around)?;
        let thread = std::thread::Builder::new().name("iw102-engine".to_owned()).spawn(move || driver.run(&inbox));
        let thread = thread.map_err(|error| EngineError::Store(format!("no thread for the engine: {error}")))?;
        shared.threads.lock().unwrap_or_else(PoisonError::into_inner).push(thread);
        Ok(Self { shared })
    }

    /// Goes on with what a former process left running.
    ///
    /// # Errors
    /// `Closed`.
    pub fn resume(&self) -> Result<(), EngineError> {
        self.shared.commands.send(Message::Resume).map_err(|_| EngineError::Closed)
    }

    async fn command<T>(&self, message: impl FnOnce(Answer<T>) -> Message) -> Result<T, EngineError> {
        let (answer, result) = oneshot::channel();
        self.shared.commands.send(message(answer)).map_err(|_| EngineError::Closed)?;
        result.await.map_err(|_| EngineError::Closed)?
    }

    async fn send_task(&self, token: &str, sent: Sent) -> Result<(), EngineError> {
        let token = Arc::from(token);
        self.command(|answer| Message::SendTask { token, sent, answer }).await
    }

    /// Makes a machine. The same one twice is answered as the first time.
    ///
    /// # Errors
    /// `StateMachineAlreadyExists`, `InvalidDefinition`, `Store`.
    pub async fn create_state_machine(&self, machine: NewStateMachine) -> Result<StateMachine, EngineError> {
        Ok(self.create_and_publish(machine, None).await?.machine)
    }

    /// Replaces a machine's definition, role and settings; running executions keep the definition that they began with.
    ///
    /// # Errors
    /// `StateMachineDoesNotExist`, `InvalidDefinition`, `Store`.
    pub async fn update_state_machine(&self, machine: NewStateMachine) -> Result<StateMachine, EngineError> {
        Ok(self.update_and_publish(machine, None).await?.machine)
    }

    /// Deletes a machine; its executions are kept. One that does not exist is no error, as on AWS.
    ///
    /// # Errors
    /// `Store`.
    pub async fn delete_state_machine(&self, arn: &str) -> Result<(), EngineError> {
        let arn = Arc::from(arn);
        self.command(|answer| Message::DeleteMachine { arn, answer }).await
    }

    /// A machine by its ARN.
    ///
    /// # Errors
    /// `StateMachineDoesNotExist`.
    pub async fn describe_state_machine(&self, arn: &str) -> Result<StateMachine, EngineError> {
        let arn: Arc<str> = Arc::from(arn);
        self.shared.reads.ask(move |reader| reader.machine(&arn)).await
    }

    /// All machines, by name.
    ///
    /// # Errors
    /// `Closed`.
    pub async fn list_state_machines(&self) -> Result<Vec<StateMachine>, EngineError> {
        self.shared.reads.ask(|reader| Ok(reader.store.machines()?)).await
    }

    /// Changes the tags of a machine or an activity.
    ///
    /// # Errors
    /// `ResourceNotFound`, `TooManyTags`, `Store`.
    pub async fn change_tags(&self, arn: &str, change: TagChange) -> Result<(), EngineError> {
        let arn = Arc::from(arn);
        self.command(|answer| Message::ChangeTags { arn, change, answer }).await
    }

    /// Starts an execution. The answer is durable.
    ///
    /// # Errors
    /// `StateMachineDoesNotExist`, `ExecutionAlreadyExists`, `LimitExceeded`, `Store`.
    pub async fn start_execution(&self, start: StartExecution) -> Result<Execution, EngineError> {
        self.command(|answer| Message::Start { start, answer }).await
    }

    /// Starts an execution and waits for its end, as long as it takes.
    ///
    /// # Errors
    /// As [`Engine::start_execution`].
    pub async fn run_execution(&self, start: StartExecution) -> Result<Execution, EngineError> {
        let started = self.start_execution(start).await?;
        self.command(|answer| Message::AwaitEnd { key: started.key, answer }).await?;
        self.describe_execution(&started.arn).await
    }

    /// An execution by its ARN.
    ///
    /// # Errors
    /// `ExecutionDoesNotExist`.
    pub async fn describe_execution(&self, arn: &str) -> Result<Execution, EngineError> {
        let arn: Arc<str> = Arc::from(arn);
        self.shared.reads.ask(move |reader| reader.execution(&arn)).await
    }

    /// The machine of an execution, with the definition that the execution runs.
    ///
    /// # Errors
    /// `ExecutionDoesNotExist`.
    pub async fn describe_state_machine_for_execution(&self, arn: &str) -> Result<StateMachine, EngineError> {
        let arn: Arc<str> = Arc::from(arn);
        self.shared.reads.ask(move |reader| reader.machine_of(&arn)).await
    }

    /// At most `limit` executions, newest first.
    ///
    /// # Errors
    /// `Store`.
    pub async fn list_executions(
        &self,
        filter: ExecutionFilter,
        limit: usize,
    ) -> Result<Vec<ExecutionSummary>, EngineError> {
        self.shared.reads.ask(move |reader| Ok(reader.store.executions(&filter, limit)?)).await
    }

    /// A map run by its ARN.
    ///
    /// # Errors
    /// `ResourceNotFound`.
    pub async fn describe_map_run(&self, arn: &str) -> Result<MapRun, EngineError> {
        let arn: Arc<str> = Arc::from(arn);
        self.shared.reads.ask(move |reader| reader.map_run(&arn)).await
    }

    /// The map runs of an execution, newest first.
    ///
    /// # Errors
    /// `ExecutionDoesNotExist`.
    pub async fn list_map_runs(&self, execution_arn: &str) -> Result<Vec<MapRun>, EngineError> {
        let arn: Arc<str> = Arc::from(execution_arn);
        self.shared.reads.ask(move |reader| reader.map_runs(&arn)).await
    }

    /// Changes the bounds of a map run that goes on.
    ///
    /// # Errors
    /// `ResourceNotFound`, `MapRunOver`, `Store`.
    pub async fn update_map_run(&self, arn: &str, change: MapRunChange) -> Result<(), EngineError> {
        let arn = Arc::from(arn);
        self.command(|answer| Message::UpdateMapRun { arn, change, answer }).await
    }

    /// At most as many events as `limit` allows: from id `from` upwards, or from `from` downwards when `reverse`.
    ///
    /// # Errors
    /// `ExecutionDoesNotExist`, `Store`.
    pub async fn execution_history(
        &self,
        arn: &str,
        from: Option<u64>,
        reverse: bool,
        limit: PageLimit,
    ) -> Result<HistoryPage, EngineError> {
        let arn: Arc<str> = Arc::from(arn);
        self.shared.reads.ask(move |reader| reader.history(&arn, from, reverse, limit)).await
    }

    /// Keeps what a server wants to find again after a restart, under a kind and a name: the registered programs of
    /// functions. The last one wins.
    ///
    /// # Errors
    /// `Store`.
    pub async fn put_registration(&self, kind: &'static str, name: &str, value: Value) -> Result<(), EngineError> {
        let name = name.to_owned();
        self.command(|answer| Message::Register { kind, name, value, answer }).await
    }

    /// Everything that was kept under a kind, by name.
    ///
    /// # Errors
    /// `Store`.
    pub async fn registrations(&self, kind: &'static str) -> Result<Vec<(String, Value)>, EngineError> {
        self.shared.reads.ask(move |reader| Ok(reader.store.registrations(kind)?)).await
    }

    /// Ends an execution as ABORTED; returns when it ended. One that is closed already stays as it is.
    ///
    /// # Errors
    /// `ExecutionDoesNotExist`, `Store`.
    pub async fn stop_execution(
        &self,
        arn: &str,
        error: Option<String>,
        cause: Option<String>,
    ) -> Result<Timestamp, EngineError> {
        let (arn, error, cause) = (Arc::from(arn), error.map(Arc::from), cause.map(Arc::from));
        self.command(|answer| Message::Stop { arn, error, cause, answer }).await
    }

    /// Lets an execution that ended badly go on where it was; gives when. With a token that redrove it within the last
    /// fifteen minutes, nothing is done and the answer is the same.
    ///
    /// # Errors
    /// `ExecutionDoesNotExist`, `ExecutionNotRedrivable`, `LimitExceeded`, `Store`.
    pub async fn redrive_execution(&self, arn: &str, token: Option<String>) -> Result<Timestamp, EngineError> {
        let (arn, token) = (Arc::from(arn), token.map(Arc::from));
        self.command(|answer| Message::Redrive { arn, token, answer }).await
    }

    /// SendTaskSuccess.
    ///
    /// # Errors
    /// `InvalidToken`, `TaskTimedOut`, `Store`.
    pub async fn send_task_success(&self, token: &str, output: Payload) -> Result<(), EngineError> {
        self.send_task(token, Sent::Success(output)).await
    }

    /// SendTaskFailure.
    ///
    /// # Errors
    /// `InvalidToken`, `TaskTimedOut`, `Store`.
    pub async fn send_task_failure(
        &self,
        token: &str,
        error: Option<String>,
        cause: Option<String>,
    ) -> Result<(), EngineError> {
        self.send_task(token, Sent::Failure { error, cause }).await
    }

    /// Whether a token would be taken: a request with a wrong token and a wrong output is refused for its token.
    ///
    /// # Errors
    /// `InvalidToken`, `TaskTimedOut`, `Store`.
    pub async fn check_task_token(&self, token: &str) -> Result<(), EngineError> {
        self.send_task(token, Sent::Look).await
    }

    /// SendTaskHeartbeat.
    ///
    /// # Errors
    /// `InvalidToken`, `TaskTimedOut`, `Store`.
    pub async fn send_task_heartbeat(&self, token: &str) -> Result<(), EngineError> {
        self.send_task(token, Sent::Heartbeat).await
    }

    /// Where time stands.
    ///
    /// # Errors
    /// `Closed`.
    pub async fn clock(&self) -> Result<ClockView, EngineError> {
        self.command(|answer| Message::Clock { answer }).await
    }

    /// Moves a virtual clock by so much, or to the next deadline, firing what is due in order.
    ///
    /// # Errors
    /// `ClockIsReal`.
    pub async fn advance_clock(&self, by: Option<Duration>) -> Result<ClockView, EngineError> {
        self.command(|answer| Message::AdvanceClock { by, answer }).await
    }

    /// Returns when no execution can go on without waiting: nothing is runnable, no task is being done and nobody is being
    /// told of a status.
    ///
    /// # Errors
    /// `Closed`.
    pub async fn quiesce(&self) -> Result<(), EngineError> {
        self.command(|answer| Message::Quiesce { answer }).await
    }

    /// Returns when there is no status change left that this engine tells: none is being told, and none waits.
    ///
    /// # Errors
    /// `Closed`.
    pub async fn all_told(&self) -> Result<(), EngineError> {
        self.command(|answer| Message::AllTold { answer }).await
    }

    /// How many status changes are to be told: by this engine, or, where it does no tasks, by the next one that does.
    ///
    /// # Errors
    /// `Closed`.
    pub async fn untold(&self) -> Result<usize, EngineError> {
        self.command(|answer| Message::Untold { answer }).await
    }

    /// Finishes what is in flight, makes it durable and ends the engine's thread. Later calls get `Closed`.
    pub async fn shutdown(&self) {
        self.shared.reads.end();
        let (done, ended) = oneshot::channel();
        if self.shared.commands.send(Message::Shutdown { done }).is_ok() {
            // Refused only when the thread has ended already.
            drop(ended.await);
        }
        let threads = std::mem::take(&mut *self.shared.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            // The driver's thread said that it is at its end, and the others have no more to do than what it left them.
            drop(thread.join());
        }
    }

    /// A listener is through with a status change, or leaves it to the next engine.
    pub(crate) fn told(&self, change: i64, done: bool) {
        // An engine that has ended tells it again at its next opening.
        drop(self.shared.commands.send(Message::Told { change, done }));
    }

    /// What a task's runner found out.
    pub(crate) fn report(&self, id: TaskId, report: TaskReport) {
        // An engine that has ended begins the task again at its next opening.
        drop(self.shared.commands.send(Message::Report { id, report }));
    }
}

/// Reads a machine's definition on a thread of its own: executions do not wait for one that is large or hostile.
async fn read(machine: &NewStateMachine) -> Result<Definition, EngineError> {
    let text = Arc::clone(&machine.definition);
    // It ends without a definition only when the whole program ends.
    tokio::task::spawn_blocking(move || Definition::read(&text)).await.map_err(|_| EngineError::Closed)
}

/// 32 bytes from the system's random numbers. Two UUIDs have 244 random bits between them.
fn random_key() -> [u8; 32] {
    let mut key = [0; 32];
    key[..16].copy_from_slice(Uuid::new_v4().as_bytes());
    key[16..].copy_from_slice(Uuid::new_v4().as_bytes());
    key
}
