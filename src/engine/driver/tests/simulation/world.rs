//! What happens: drawn from a seed, one step after the other.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};

use tokio::sync::oneshot;

use super::ledger::Ledger;
use super::*;
use crate::asl::Fault;
use crate::engine::api::EngineError;
use crate::engine::clock::Clock;
use crate::engine::clock::told::Told;
use crate::engine::core::TokenKey;
use crate::engine::driver::message::{Message, Sent};
use crate::engine::driver::programs::{Definition, Programs};
use crate::engine::driver::reads::{Reader, Reads};
use crate::engine::driver::thread::Driver;
use crate::engine::driver::{Following, Shared, Surroundings};
use crate::engine::store::simulated::{Chance, Cut, Disk, Faults};

type Answered<T> = oneshot::Receiver<Result<T, EngineError>>;

/// What a client asked, and where it waits.
enum Call {
    Start { arn: String, answer: Answered<Execution> },
    Stop { arn: Arc<str>, answer: Answered<Timestamp> },
    Redrive { arn: Arc<str>, answer: Answered<Timestamp> },
    Token { arn: Arc<str>, mark: String, answer: Answered<()> },
}

/// What ends with the power.
struct Up {
    driver: Driver,
    inbox: Receiver<Message>,
    shared: Arc<Shared>,
    reader: Reader,
    tasks: Receiver<(TaskRequest, Reporter)>,
}

pub(super) struct World {
    chance: Chance,
    time: Told,
    wall: Timestamp,
    disk: Disk,
    up: Option<Up>,
    ledger: Ledger,
    calls: Vec<Call>,
    tasks: Vec<(TaskRequest, Reporter)>,
    tokens: Vec<(Arc<str>, Arc<str>)>,
    count: u64,
    last: VecDeque<String>,
    hasher: DefaultHasher,
}

/// By number, the definitions of the machines `M0`, `M1`, …
fn definitions() -> Vec<Value> {
    let function = "arn:aws:lambda:eu-west-1:000000000000:function:f";
    let retry = json!([{ "ErrorEquals": ["E"], "IntervalSeconds": 1, "MaxAttempts": 2 }]);
    let task = json!({ "Type": "Task", "Resource": function, "TimeoutSeconds": 20, "Retry": retry, "End": true });
    let one = json!({ "StartAt": "T", "States": { "T": task } });
    let items = json!([1, 2, 3]);
    let pause = json!({ "StartAt": "W", "States": { "W": { "Type": "Wait", "Seconds": 3, "End": true } } });
    let mut spread = one.clone();
    spread["ProcessorConfig"] = json!({ "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" });
    vec![
        pass(),
        wait(3),
        one.clone(),
        callback(30),
        of(&json!({ "Type": "Parallel", "Branches": [one.clone(), pause], "End": true,
            "Catch": [{ "ErrorEquals": ["F"], "Next": "S2" }] }))
        .as_object()
        .map(|machine| {
            let mut machine = machine.clone();
            machine["States"]["S2"] = json!({ "Type": "Pass", "End": true });
            Value::Object(machine)
        })
        .unwrap(),
        json!({ "StartAt": "I", "States": { "I": { "Type": "Pass", "Result": items, "Next": "S" },
            "S": { "Type": "Map", "MaxConcurrency": 2, "ItemProcessor": one, "End": true } } }),
        json!({ "StartAt": "I", "States": { "I": { "Type": "Pass", "Result": items, "Next": "S" },
            "S": { "Type": "Map", "Label": "L", "MaxConcurrency": 2, "ItemProcessor": spread, "End": true } } }),
    ]
}

impl World {
    pub(super) fn new(seed: u64, lie: Option<Lie>) -> Self {
        Self {
            chance: Chance::new(seed),
            time: Told::new(),
            wall: Timestamp(1_700_000_000_000),
            disk: Disk::new(seed ^ 0xD15C, lie),
            up: None,
            ledger: Ledger::default(),
            calls: Vec::new(),
            tasks: Vec::new(),
            tokens: Vec::new(),
            count: 0,
            last: VecDeque::new(),
            hasher: DefaultHasher::new(),
        }
    }

    pub(super) fn digest(&self) -> u64 {
        self.hasher.finish()
    }

    pub(super) fn last_steps(&self) -> String {
        self.last.iter().cloned().collect::<Vec<_>>().join("\n")
    }

    fn note(&mut self, step: &str) {
        step.hash(&mut self.hasher);
        if self.last.len() >= 40 {
            self.last.pop_front();
        }
        self.last.push_back(format!("{} {step}", self.count));
    }

    pub(super) fn run(&mut self, steps: u64) -> Result<(), String> {
        self.open()?;
        for (number, definition) in definitions().iter().enumerate() {
            let machine = NewStateMachine { arn: Arc::from(format!("{MACHINE}{number}")), ..machine(definition) };
            let definition = Definition::read(&machine.definition);
            let (answer, mut made) = oneshot::channel();
            self.send(Message::CreateMachine { machine, publish: None, definition, answer });
            self.turn()?;
            made.try_recv().expect("no fault comes so early").expect("it is a machine");
        }
        while self.count < steps {
            self.count += 1;
            self.step()?;
        }
        self.come_to_rest()
    }

    fn up(&mut self) -> &mut Up {
        self.up.as_mut().expect("it is opened again at once")
    }

    fn send(&mut self, message: Message) {
        drop(self.up().shared.commands.send(message));
    }

    fn open(&mut self) -> Result<(), String> {
        self.disk.fail(Faults::default());
        let store = self.disk.open();
        let token_key = TokenKey::new(store.token_key().map_err(|error| error.to_string())?);
        let second = store.second().map_err(|error| error.to_string())?;
        let programs = Arc::new(Programs::default());
        let reader = Reader::new(second, Arc::clone(&programs), token_key.clone());
        let (commands, inbox) = channel();
        let shared = Arc::new(Shared { commands, reads: Reads::to_nobody(), threads: Mutex::default() });
        let (sender, tasks) = channel();
        let runner = Arc::new(Runner { started: Mutex::new(sender), cancelled: Mutex::default() });
        let around = Surroundings {
            clock: Clock::told(self.wall, self.time.clone()),
            runner: Some(runner),
            listener: None,
            engine: Arc::downgrade(&shared),
            reads: Reads::to_nobody(),
            following: Following::default(),
            programs,
            token_key,
        };
        let driver = Driver::open(store, around).map_err(|error| error.to_string())?;
        self.up = Some(Up { driver, inbox, shared, reader, tasks });
        self.send(Message::Resume);
        Ok(())
    }

    /// The power goes, and comes back later.
    fn cut(&mut self) -> Result<(), String> {
        self.note("cut");
        self.hear()?;
        self.wall = self.up().driver.clock.now();
        self.wall.0 += i64::try_from(self.chance.below(5_000)).unwrap_or_default();
        self.up = None;
        self.calls.clear();
        self.tasks.clear();
        self.disk.cut();
        self.ledger.cut();
        self.open()?;
        let up = self.up.as_mut().expect("it was opened");
        self.ledger.check(&mut up.reader)
    }

    fn turn(&mut self) -> Result<(), String> {
        let (answer, _) = oneshot::channel();
        self.send(Message::Clock { answer });
        let up = self.up.as_mut().expect("it is opened again at once");
        let turned = catch_unwind(AssertUnwindSafe(|| drop(up.driver.turn(&up.inbox))));
        if let Err(why) = turned {
            return if why.is::<Cut>() { self.cut() } else { Err("the driver panicked".to_owned()) };
        }
        self.hear()
    }

    fn step(&mut self) -> Result<(), String> {
        match self.chance.below(100) {
            0..14 => self.start(),
            14..17 => self.stop(),
            17..20 => self.redrive(),
            20..32 => self.report(),
            32..42 => self.answer_token(),
            42..82 => self.turn()?,
            82..93 => {
                let milliseconds = [1, 40, 1_000, 3_000, 20_000][self.chance.below(5)];
                self.note(&format!("{milliseconds} ms pass"));
                self.time.pass(Duration::from_millis(milliseconds));
            }
            93..96 => {
                let bad = [0, 20, 500][self.chance.below(3)];
                self.note(&format!("the disk fails {bad}"));
                self.time.slow([0, 300][self.chance.below(2)]);
                self.disk.fail(Faults { refused: bad, unsure: bad / 2, cut: bad / 10, read: bad / 10 });
            }
            96 if self.chance.per_mille(300) => self.cut()?,
            _ => {
                let up = self.up.as_mut().expect("it is opened again at once");
                if self.chance.per_mille(300) {
                    self.ledger.check(&mut up.reader)?;
                }
            }
        }
        self.disk.broken().map_or(Ok(()), Err)
    }

    fn start(&mut self) {
        let machine = self.chance.below(definitions().len());
        // A third of the starts repeats an earlier one.
        let name = if self.chance.per_mille(300) { self.chance.next() % self.count } else { self.count };
        let machine = if name == self.count { machine } else { 2 };
        self.note(&format!("start {name} of {machine}"));
        let arn = format!("{MACHINE}{machine}:{name}").replace(":stateMachine:", ":execution:");
        let start = StartExecution {
            state_machine_arn: Arc::from(format!("{MACHINE}{machine}")),
            name: Arc::from(name.to_string()),
            input: payload(&format!("[{name}]")),
        };
        self.ledger.asked(&arn);
        let (sender, answer) = oneshot::channel();
        self.send(Message::Start { start, answer: sender });
        self.calls.push(Call::Start { arn, answer });
    }

    fn any_known(&mut self) -> Option<Arc<str>> {
        let arns = self.ledger.arns();
        if arns.is_empty() { None } else { Some(Arc::clone(&arns[self.chance.below(arns.len())])) }
    }

    fn stop(&mut self) {
        let Some(arn) = self.any_known() else { return };
        self.note(&format!("stop {arn}"));
        let (sender, answer) = oneshot::channel();
        self.send(Message::Stop { arn: Arc::clone(&arn), error: None, cause: None, answer: sender });
        self.calls.push(Call::Stop { arn, answer });
    }

    fn redrive(&mut self) {
        let Some(arn) = self.any_known() else { return };
        self.note(&format!("redrive {arn}"));
        let (sender, answer) = oneshot::channel();
        self.send(Message::Redrive { arn: Arc::clone(&arn), token: None, answer: sender });
        self.calls.push(Call::Redrive { arn, answer });
    }

    /// A task's end: now and then twice, for tasks stay in the list.
    fn report(&mut self) {
        if self.tasks.is_empty() {
            return;
        }
        let place = self.chance.below(self.tasks.len());
        let (id, has_token) = (self.tasks[place].0.id, self.tasks[place].0.token.is_some());
        let report = match self.chance.below(6) {
            _ if has_token => TaskReport::Submitted(payload("{}")),
            0 => TaskReport::Failed(Fault::new("E", "retried")),
            1 => TaskReport::Failed(Fault::new("F", "caught")),
            _ => TaskReport::Succeeded(payload("1")),
        };
        self.note(&format!("report {} {}", id.execution, id.event));
        self.tasks[place].1.report(report);
        if self.chance.per_mille(800) {
            self.tasks.swap_remove(place);
        }
    }

    fn answer_token(&mut self) {
        if self.tokens.is_empty() {
            return;
        }
        let (arn, token) = self.tokens[self.chance.below(self.tokens.len())].clone();
        self.answer_with(arn, token);
    }

    fn answer_with(&mut self, arn: Arc<str>, token: Arc<str>) {
        self.count += 1;
        let mark = format!("\"answer {}\"", self.count);
        self.note(&format!("token of {arn}: {mark}"));
        let (sender, answer) = oneshot::channel();
        self.send(Message::SendTask { token, sent: Sent::Success(payload(&mark)), answer: sender });
        self.calls.push(Call::Token { arn, mark, answer });
    }

    /// Tasks that were begun and answers that came. An answer that did not come is waited for.
    fn hear(&mut self) -> Result<(), String> {
        while let Ok((request, reporter)) = self.up().tasks.try_recv() {
            self.check_recorded(&request)?;
            if let Some(token) = &request.token {
                self.tokens.push((Arc::clone(&request.execution_arn), Arc::clone(&token.0)));
            }
            self.tasks.push((request, reporter));
        }
        for call in std::mem::take(&mut self.calls) {
            self.hear_one(call)?;
        }
        Ok(())
    }

    /// No task begins before what asks for it is in the store.
    fn check_recorded(&mut self, request: &TaskRequest) -> Result<(), String> {
        let page = self.up().reader.history(&request.execution_arn, Some(request.id.event), false, ALL);
        let event = page.ok().and_then(|page| page.events.into_iter().next());
        let recorded = event.is_some_and(|event| event.event_type.ends_with("Scheduled"));
        if recorded { Ok(()) } else { Err(format!("{:?} was begun before it was recorded", request.id)) }
    }

    fn hear_one(&mut self, call: Call) -> Result<(), String> {
        match call {
            Call::Start { arn, mut answer } => match answer.try_recv() {
                Ok(Ok(execution)) => return self.ledger.started(&execution),
                Ok(Err(EngineError::Store(_))) => self.ledger.not_started(&arn),
                Err(oneshot::error::TryRecvError::Empty) => self.calls.push(Call::Start { arn, answer }),
                _ => {}
            },
            Call::Stop { arn, mut answer } => match answer.try_recv() {
                Ok(Ok(at)) => self.ledger.stopped(&arn, at),
                Err(oneshot::error::TryRecvError::Empty) => self.calls.push(Call::Stop { arn, answer }),
                _ => {}
            },
            Call::Redrive { arn, mut answer } => match answer.try_recv() {
                Ok(Ok(_)) => self.ledger.redriven(&arn),
                Err(oneshot::error::TryRecvError::Empty) => self.calls.push(Call::Redrive { arn, answer }),
                _ => {}
            },
            Call::Token { arn, mark, mut answer } => match answer.try_recv() {
                Ok(Ok(())) => self.ledger.taken(&arn, mark),
                Ok(Err(EngineError::TaskTimedOut)) => self.ledger.refused(mark),
                Ok(Err(EngineError::InvalidToken)) => return Err("a token of this store is refused".to_owned()),
                Err(oneshot::error::TryRecvError::Empty) => self.calls.push(Call::Token { arn, mark, answer }),
                _ => {}
            },
        }
        Ok(())
    }

    /// Nothing fails any more and everybody answers: everything ends.
    fn come_to_rest(&mut self) -> Result<(), String> {
        self.disk.fail(Faults::default());
        self.cut()?;
        for _ in 0..400 {
            self.turn()?;
            self.check_memory()?;
            while !self.tasks.is_empty() {
                self.report();
            }
            for (arn, token) in self.tokens.clone() {
                let ended = self.up().reader.execution(&arn).is_ok_and(|found| found.stopped.is_some());
                if !ended {
                    self.answer_with(arn, token);
                }
            }
            self.time.pass(Duration::from_secs(1));
            if self.running()?.is_empty() {
                let up = self.up.as_mut().expect("it is opened again at once");
                return self.ledger.check(&mut up.reader);
            }
        }
        Err(format!("these do not end: {:?}", self.running()?))
    }

    /// The keys of what the store says is running.
    fn running(&mut self) -> Result<Vec<i64>, String> {
        let mut keys = Vec::new();
        let store = &self.up().driver.store;
        store.running(&mut |key, _| keys.push(key)).map_err(|error| error.to_string())?;
        Ok(keys)
    }

    /// What is in memory is the fold of what the store has.
    fn check_memory(&mut self) -> Result<(), String> {
        let running = self.running()?;
        let driver = &mut self.up().driver;
        for key in running {
            let stored = driver.store.execution_at(key).map_err(|error| error.to_string())?;
            let read = driver.read(&stored.expect("it was listed")).map_err(|error| error.to_string())?;
            if driver.executions.is_resting(key) {
                read.execution.rest().ok_or_else(|| format!("execution {key} does not rest"))?;
                continue;
            }
            let live = driver.executions.look(key).ok_or_else(|| format!("execution {key} is forgotten"))?;
            read.execution.must_be_as(live);
        }
        Ok(())
    }
}
