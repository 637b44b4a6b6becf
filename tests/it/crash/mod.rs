//! `iw102 dev` is killed at random moments, again and again, while clients use it: whatever it acknowledged holds for ever.
//!
//! `IW102_KILLS=200 cargo test --locked --test it -- crash --nocapture` kills it two hundred times and prints what was done.
//! A failure names its seed; `IW102_SEED` begins with the same one. What clients ask and when the server is killed is the same
//! then, as far as processes have the same pace.
//!
//! Start reading at [`what_was_acknowledged_survives_every_kill`]. Clients (`mix`) write into a ledger (`ledger`) what they ask
//! before they send it, and what is acknowledged once it is; after each kill the server is asked what has become of it.

#![expect(clippy::print_stderr, reason = "the seed of a failure is for people to read")]

mod client;
mod ledger;
mod mix;

use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::json;

use crate::harness::{Dev, Iw102};

use client::{Chance, Client, Silence};
use ledger::{Ledger, Said};
use mix::{Actor, Kind};

/// Without the variable.
const KILLS: usize = 20;
/// Clients at once.
const ACTORS: usize = 3;
/// The longest time that the server is used before it is killed; opened and not used.
const USED_MAX: Duration = Duration::from_millis(400);
const OPENED_MAX: Duration = Duration::from_millis(250);
/// So many executions are looked at after each kill, besides those that went on; all of them after the last one.
const LOOKED_AT: usize = 25;
/// How long everything may take to end after the last kill.
const END_MAX: Duration = Duration::from_mins(1);

/// So often activities are asked for what is left to do.
const WORK_ROUNDS: u32 = 1;

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

/// Says the seed when a test fails.
struct Seed(u64);

impl Drop for Seed {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("this was IW102_SEED={}", self.0);
        }
    }
}

#[test]
fn what_was_acknowledged_survives_every_kill() {
    let kills = variable("IW102_KILLS").map_or(KILLS, |kills| usize::try_from(kills).unwrap());
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let seed = Seed(variable("IW102_SEED").unwrap_or_else(|| u64::from(since_1970.subsec_nanos())));
    let mut chance = Chance::new(seed.0);
    let iw102 = Iw102::new();
    iw102.write("serverless.yml", mix::PROJECT);
    let ledger = Mutex::new(Ledger::default());
    let began = Instant::now();
    let dev = iw102.dev(&[]);
    Client::new(&dev.endpoint).call("CreateActivity", &json!({"name": "hands"})).unwrap();
    dev.kill();
    for kill in 1..kills {
        if chance.below(5) == 0 {
            killed_while_it_opens(&iw102, &mut chance);
            continue;
        }
        let dev = iw102.dev(&[]);
        let client = Client::new(&dev.endpoint);
        look(&client, &mut ledger.lock().unwrap(), LOOKED_AT, &mut chance);
        use_until_killed(dev, &ledger, kill, &mut chance);
    }
    let dev = iw102.dev(&[]);
    let client = Client::new(&dev.endpoint);
    end_all(&client, &ledger, &mut chance);
    let mut ledger = ledger.into_inner().unwrap();
    look(&client, &mut ledger, usize::MAX, &mut chance);
    let (executions, events) = (ledger.executions.len(), ledger.executions.values().map(Said::events).sum::<usize>());
    let (seed, took) = (seed.0, began.elapsed());
    println!("seed {seed}: {kills} kills, {executions} executions, {events} events, {took:.1?}");
    println!("acknowledged: {:?}", ledger.acknowledged);
    assert!(ledger.acknowledged["StartExecution"] > 0 && ledger.acknowledged["StopExecution"] > 0);
}

fn killed_while_it_opens(iw102: &Iw102, chance: &mut Chance) {
    let mut child = iw102.command(["dev", "--port", "0", "--api-port", "0"]).spawn().unwrap();
    thread::sleep(part_of(OPENED_MAX, chance));
    child.kill().unwrap();
    child.wait().unwrap();
}

fn use_until_killed(dev: Dev<'_>, ledger: &Mutex<Ledger>, kill: usize, chance: &mut Chance) {
    let client = Client::new(&dev.endpoint);
    let used = part_of(USED_MAX, chance);
    thread::scope(|scope| {
        for number in 0..ACTORS {
            let (client, chance) = (client.clone(), Chance::new(chance.next()));
            let mut actor = Actor { client, ledger, chance, id: format!("k{kill}a{number}"), count: 0 };
            scope.spawn(move || actor.run());
        }
        thread::sleep(used);
        dev.kill();
    });
}

fn part_of(whole: Duration, chance: &mut Chance) -> Duration {
    whole.mul_f64(f64::from(u32::try_from(chance.below(1_000)).unwrap()) / 1_000.0)
}

/// Asks what has become of everything that goes on, as far as is known, and of so many others; checks it all.
fn look(client: &Client, ledger: &mut Ledger, others: usize, chance: &mut Chance) {
    for (arn, definition) in &ledger.machines {
        let described = client.call("DescribeStateMachine", &json!({"stateMachineArn": arn}));
        let described = described.unwrap_or_else(|why| panic!("{arn} was made: {why:?}"));
        assert_eq!(described["definition"], **definition, "{arn}");
    }
    let ended: Vec<String> =
        ledger.executions.iter().filter(|(_, said)| said.end.is_some()).map(|(name, _)| name.clone()).collect();
    let chosen: Vec<&String> = if others >= ended.len() {
        ended.iter().collect()
    } else {
        (0..others).filter_map(|_| chance.pick(&ended)).collect()
    };
    let open: Vec<String> =
        ledger.executions.iter().filter(|(_, said)| said.end.is_none()).map(|(name, _)| name.clone()).collect();
    for name in open.iter().chain(chosen) {
        let said = ledger.executions.get_mut(name).unwrap();
        said.check(name, client).unwrap_or_else(|why| panic!("{name}: nobody killed the server, and it is {why:?}"));
    }
}

/// Does what executions still wait for, until none is left that goes on.
fn end_all(client: &Client, ledger: &Mutex<Ledger>, chance: &mut Chance) {
    let client = client.clone();
    let mut actor = Actor { client, ledger, chance: Chance::new(chance.next()), id: "end".to_owned(), count: 0 };
    let deadline = Instant::now() + END_MAX;
    for round in 0.. {
        look(&actor.client.clone(), &mut ledger.lock().unwrap(), 0, chance);
        let open = ledger.lock().unwrap().unended();
        if open.is_empty() {
            return;
        }
        assert!(Instant::now() < deadline, "never ended: {open:?}");
        for name in open {
            let said = ledger.lock().unwrap().executions[&name].clone();
            let done = match said.kind {
                // A worker that did not live to get its task has it all the same, until the task times out.
                Kind::Work if round < WORK_ROUNDS => actor.work(),
                Kind::Sleep | Kind::Work => actor.stop_named(&name, &said),
                Kind::Ask => actor.answer_callback(&name),
                Kind::Nap | Kind::Spread | Kind::Both | Kind::Retry => Ok(()),
            };
            done.unwrap_or_else(|why: Silence| panic!("{name}: {why:?}"));
        }
    }
}
