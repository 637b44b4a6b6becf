//! How fast the engine is: `cargo bench --bench engine`; a word after `--` runs the groups whose name has it.
//!
//! Every line is the median of [`RUNS`] runs after one that does not count. Where something else does the same work, or the
//! least part of it, it runs in the same minute as the peer, and the ratio is what to look at: rates are of the machine.
//!
//! | group | what |
//! | --- | --- |
//! | `core` | transitions of one execution, without a store |
//! | `chains` | executions of 100 Pass states each, 64 at a time, in memory and in SQLite, until all have ended; how many bytes of the store each of their events takes |
//! | `large` | 256 KiB through 20 Pass states that do not change it, until it has ended (peer: `serde_json` reads and writes it once); how many copies the store has |
//! | `starts` | StartExecution until it is durable, of a machine that ends at once: in memory and in SQLite (peer: a write of 4 KiB and its `fdatasync` in the same folder), one after another and 64 at a time |
//! | `history` | reading 10,000 events of an execution that nobody looked at yet, and in pages of 1,000 as the API does |
//! | `load` | reading and checking a definition of 1,000 states (peer: `serde_json` reads the same text) |
//! | `launch` | `iw102 --version` as a process, with `CARGO_BIN_EXE_iw102` as this profile built it (peer: `/bin/true`) |
//!
//! Without `--bench`, which `cargo bench` adds, it does nothing: `cargo test --all-targets` runs it as well.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints its table, and ends where it cannot measure"
)]

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use iw102::asl::syntax::{Sources, json};
use iw102::asl::{Payload, Program, compile};
use iw102::engine::core::{Effect, Execution, Input, Subject, TokenKey};
use iw102::engine::{
    ClockMode, Engine, EngineConfig, ExecutionStatus, NewStateMachine, PageLimit, StartExecution, StateMachineType,
    Timestamp,
};
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;

/// Runs that count; odd, so that there is one in the middle.
const RUNS: u32 = 7;
/// Callers at the same time.
const CALLERS: u32 = 64;
/// Processes of one run: one alone is too short to be timed.
const LAUNCHES: u32 = 20;
/// The longest history that is read.
const EVENTS_MAX: usize = 25_000;
/// A page of GetExecutionHistory.
const PAGE: usize = 1_000;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if !words.iter().any(|word| word == "--bench") {
        return;
    }
    let wanted = words.iter().find(|word| !word.starts_with('-'));
    let groups: [(&str, fn()); 7] = [
        ("core", core),
        ("chains", chains),
        ("large", large),
        ("starts", starts),
        ("history", history),
        ("load", load),
        ("launch", launch),
    ];
    println!("{:<52} {:>12} {:>22}  peer", "", "median", "rate");
    for (_, group) in groups.iter().filter(|(name, _)| wanted.is_none_or(|wanted| name.contains(wanted.as_str()))) {
        group();
    }
}

/// The median time of a run.
fn median(mut run: impl FnMut()) -> Duration {
    medians(&mut run, &mut || ()).0
}

/// The median times of a run and of its peer, which take turns: what slows the machine down slows down both.
fn medians(run: &mut dyn FnMut(), peer: &mut dyn FnMut()) -> (Duration, Duration) {
    let took = |run: &mut dyn FnMut()| {
        let began = Instant::now();
        run();
        began.elapsed()
    };
    run();
    peer();
    let (mut times, mut peers): (Vec<_>, Vec<_>) = (0..RUNS).map(|_| (took(run), took(peer))).unzip();
    times.sort();
    peers.sort();
    (times[times.len() / 2], peers[peers.len() / 2])
}

/// One line: `count` of `unit` were done in the median time; the peer did as many in its own.
fn report(what: &str, time: Duration, (count, unit): (u32, &str), peer: Option<(&str, Duration)>) {
    let rate = f64::from(count) / time.as_secs_f64();
    let peer = peer.map_or(String::new(), |(name, peer)| {
        format!("{:.2} × {name} ({})", time.as_secs_f64() / peer.as_secs_f64(), shown(peer))
    });
    let rate = if count == 1 { String::new() } else { format!("{rate:.0} {unit}/s") };
    println!("{what:<52} {:>12} {rate:>22}  {peer}", shown(time));
}

fn shown(time: Duration) -> String {
    format!("{:.3} ms", time.as_secs_f64() * 1000.0)
}

/// So many Pass states, one after another.
fn chain(length: u32) -> Value {
    let states: Map<String, Value> = (0..length)
        .map(|at| {
            let state = if at + 1 == length {
                json!({ "Type": "Pass", "End": true })
            } else {
                json!({ "Type": "Pass", "Next": format!("S{}", at + 1) })
            };
            (format!("S{at}"), state)
        })
        .collect();
    json!({ "StartAt": "S0", "States": states })
}

/// A Map state whose items each pass one state.
fn map() -> Value {
    let processor = json!({ "StartAt": "P", "States": { "P": { "Type": "Pass", "End": true } } });
    json!({ "StartAt": "M", "States": { "M": { "Type": "Map", "ItemProcessor": processor, "End": true } } })
}

/// Of everything that a user writes: each tenth state is a Task with retriers, or a Choice, or a Pass with parameters.
fn definition_of_1000() -> String {
    let mut machine = chain(1_000);
    for (at, state) in machine["States"].as_object_mut().unwrap().values_mut().enumerate() {
        let state = state.as_object_mut().unwrap();
        match at % 10 {
            3 => {
                state["Type"] = json!("Task");
                state.insert("Resource".into(), json!("arn:aws:lambda:us-east-1:000000000000:function:hello"));
                state.insert("Retry".into(), json!([{ "ErrorEquals": ["States.ALL"], "MaxAttempts": 2 }]));
                state.insert("ResultPath".into(), json!("$.result"));
            }
            5 => {
                let next = state.remove("Next").unwrap();
                state["Type"] = json!("Choice");
                state.insert("Choices".into(), json!([{ "Variable": "$.n", "NumericGreaterThan": 5, "Next": next }]));
                state.insert("Default".into(), next);
            }
            7 => {
                let parameters = json!({ "a.$": "$.a[0].b", "b.$": "States.Format('{}-{}', $.c, $.d)" });
                state.insert("Parameters".into(), parameters);
            }
            _ => {}
        }
    }
    serde_json::to_string_pretty(&machine).unwrap()
}

fn program(definition: &str) -> Program {
    let mut sources = Sources::default();
    let id = sources.add("definition", definition);
    let (node, diagnostics) = json::parse(&sources, id);
    let (program, more) = compile(&node.unwrap());
    program.unwrap_or_else(|| panic!("{diagnostics:?} {more:?}"))
}

fn core() {
    let items: Vec<u32> = (0..1_000).collect();
    let items = serde_json::to_string(&items).unwrap();
    for (what, definition, input) in
        [("core: a chain of 1,000 Pass states", chain(1_000), "{}"), ("core: a Map of 1,000 items", map(), &items)]
    {
        let program = Arc::new(program(&definition.to_string()));
        let time = median(|| run_core(&program, input));
        report(what, time, (1_000, "transitions"), None);
    }
}

fn run_core(program: &Arc<Program>, input: &str) {
    let now = Timestamp(1_767_225_600_000);
    let subject = Arc::new(Subject {
        key: 1,
        arn: "arn:aws:states:us-east-1:000000000000:execution:bench:e".into(),
        name: "e".into(),
        state_machine_arn: "arn:aws:states:us-east-1:000000000000:stateMachine:bench".into(),
        state_machine_name: "bench".into(),
        role_arn: "arn:aws:iam::000000000000:role/bench".into(),
        region: "us-east-1".into(),
        state_machine_type: StateMachineType::Standard,
        qualified: iw102::engine::Qualified::default(),
        child_of: None,
        token_key: TokenKey::new([0; 32]),
    });
    let mut execution = Execution::start(subject, Arc::clone(program), Payload::parse(input).unwrap(), 1, now);
    while execution.handle(Input::Resume, now).iter().any(|effect| matches!(effect, Effect::More)) {}
    assert!(execution.ended().is_some(), "it needs something outside");
}

/// An engine with one machine.
struct Served {
    runtime: Runtime,
    engine: Engine,
    machine: Arc<str>,
    named: u32,
}

impl Served {
    fn new(folder: Option<PathBuf>, definition: &str) -> Self {
        let runtime = Runtime::new().unwrap();
        let config = EngineConfig { clock: ClockMode::Real, tasks: None, listener: None, histories: None, folder };
        let engine = Engine::open(config).unwrap();
        let machine: Arc<str> = "arn:aws:states:us-east-1:000000000000:stateMachine:bench".into();
        let made = engine.create_state_machine(NewStateMachine {
            arn: Arc::clone(&machine),
            definition: definition.into(),
            role_arn: "arn:aws:iam::000000000000:role/bench".into(),
            machine_type: StateMachineType::Standard,
            settings: json!({}),
            tags: [].into(),
        });
        runtime.block_on(made).unwrap();
        Self { runtime, engine, machine, named: 0 }
    }

    /// So many executions, by so many callers at once.
    fn start(&mut self, callers: u32, each: u32) {
        self.start_with(callers, each, &Payload::parse("{}").unwrap());
    }

    fn start_with(&mut self, callers: u32, each: u32, input: &Payload) {
        let first = self.named;
        self.named += callers * each;
        let calls = (0..callers).map(|caller| {
            let (engine, machine, input) = (self.engine.clone(), Arc::clone(&self.machine), input.clone());
            self.runtime.spawn(async move {
                for at in 0..each {
                    let name = format!("e{}", first + caller * each + at).into();
                    let input = input.clone();
                    let start = StartExecution { state_machine_arn: Arc::clone(&machine), name, input };
                    engine.start_execution(start).await.unwrap();
                }
            })
        });
        let calls: Vec<_> = calls.collect();
        for call in calls {
            self.runtime.block_on(call).unwrap();
        }
    }
}

impl Served {
    /// Returns when an execution has ended.
    fn wait(&self, arn: &str) {
        self.runtime.block_on(async {
            while self.engine.describe_execution(arn).await.unwrap().status == ExecutionStatus::Running {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.runtime.block_on(self.engine.shutdown());
    }
}

/// Each start waits until it is durable; the executions go on meanwhile. A run is over when none is left.
fn chains() {
    let definition = chain(100).to_string();
    let folder = tempfile::tempdir().unwrap();
    for (store, place) in [("memory", None), ("SQLite", Some(folder.path().to_owned()))] {
        let mut served = Served::new(place, &definition);
        let time = median(|| {
            served.start(CALLERS, 32);
            served.runtime.block_on(served.engine.quiesce()).unwrap();
        });
        let count = CALLERS * 32;
        report(&format!("chains of 100 Pass states in {store}"), time, (count * 100, "transitions"), None);
    }
    let events = u64::from((RUNS + 1) * CALLERS * 32) * 202;
    println!("{:<52} {:>12}", "bytes of the store for each event", stored(folder.path()) / events);
}

fn large() {
    let text = format!("{:?}", "x".repeat(256 * 1_024 - 2));
    let input = Payload::parse(text.as_str()).unwrap();
    let definition = chain(20).to_string();
    let folder = tempfile::tempdir().unwrap();
    for (store, place) in [("memory", None), ("SQLite", Some(folder.path().to_owned()))] {
        let mut served = Served::new(place, &definition);
        let mut run = || {
            served.start_with(1, 20, &input);
            served.runtime.block_on(served.engine.quiesce()).unwrap();
        };
        let mut peer = || {
            for _ in 0..20 {
                drop(serde_json::from_str::<Value>(&text).unwrap().to_string());
            }
        };
        let (time, peer) = medians(&mut run, &mut peer);
        let name = format!("256 KiB through 20 Pass states in {store}");
        report(&name, time / 20, (1, ""), Some(("read and written once", peer / 20)));
    }
    let percent = stored(folder.path()) * 100 / (u64::from((RUNS + 1) * 20) * 262_144);
    println!("{:<52} {percent:>10} %", "what the store's folder takes of it");
}

/// The bytes of a store's files.
fn stored(folder: &Path) -> u64 {
    std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().metadata().unwrap().len()).sum()
}

fn starts() {
    let folder = tempfile::tempdir().unwrap();
    let definition = chain(1).to_string();
    for (store, place) in [("memory", None), ("SQLite", Some(folder.path().join("store")))] {
        let durable = place.is_some();
        let mut served = Served::new(place, &definition);
        let mut sync = || {
            if durable {
                sync_writes(folder.path(), 100);
            }
        };
        let (one, synced) = medians(&mut || served.start(1, 100), &mut sync);
        let peer = durable.then_some(("write + fdatasync", synced));
        report(&format!("starts in {store}, one after another"), one, (100, "starts"), peer);
        let many = median(|| served.start(CALLERS, 20));
        report(&format!("starts in {store}, {CALLERS} at a time"), many, (CALLERS * 20, "starts"), None);
    }
}

/// What a store that keeps its word has to do at the least.
fn sync_writes(folder: &Path, times: u32) {
    let mut file = File::create(folder.join("peer")).unwrap();
    for _ in 0..times {
        file.write_all(&[7; 4096]).unwrap();
        file.sync_data().unwrap();
    }
}

fn history() {
    // Two events for each state, and those of the execution's beginning and end.
    let definition = chain(4_999).to_string();
    let folder = tempfile::tempdir().unwrap();
    for (store, place) in [("memory", None), ("SQLite", Some(folder.path().to_owned()))] {
        let mut served = Served::new(place, &definition);
        served.start(1, RUNS + 1);
        let arns: Vec<String> =
            (0..=RUNS).map(|at| format!("arn:aws:states:us-east-1:000000000000:execution:bench:e{at}")).collect();
        for arn in &arns {
            served.wait(arn);
        }
        let mut unread = arns.iter();
        let first = median(|| assert_eq!(read(&served, unread.next().unwrap(), None, EVENTS_MAX), 10_000));
        report(&format!("history in {store}, 10,000 events, first read"), first, (10_000, "events"), None);
        let paged = median(|| {
            let pages = (0..10_u64).map(|page| read(&served, &arns[0], Some(page * 1_000 + 1), PAGE));
            assert_eq!(pages.sum::<usize>(), 10_000);
        });
        report(&format!("history in {store}, 10,000 events in 10 pages"), paged, (10_000, "events"), None);
    }
}

fn read(served: &Served, arn: &str, from: Option<u64>, events: usize) -> usize {
    let limit = PageLimit { events, bytes: usize::MAX };
    served.runtime.block_on(served.engine.execution_history(arn, from, false, limit)).unwrap().events.len()
}

fn load() {
    let text = definition_of_1000();
    let (time, peer) =
        medians(&mut || drop(program(&text)), &mut || drop(serde_json::from_str::<Value>(&text).unwrap()));
    report("load and check a definition of 1,000 states", time, (1_000, "states"), Some(("serde_json", peer)));
}

fn launch() {
    let run = |program: &str, words: &[&str]| {
        let status = Command::new(program).args(words).stdout(Stdio::null()).stdin(Stdio::null()).status();
        assert!(status.unwrap().success(), "{program}");
    };
    let (time, peer) =
        medians(&mut || (0..LAUNCHES).for_each(|_| run(env!("CARGO_BIN_EXE_iw102"), &["--version"])), &mut || {
            (0..LAUNCHES).for_each(|_| run("/bin/true", &[]));
        });
    report("iw102 --version", time / LAUNCHES, (1, ""), Some(("/bin/true", peer / LAUNCHES)));
}
