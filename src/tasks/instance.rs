//! One warm process of a function, behind its Runtime API.
//!
//! Owns: the course of one invocation (offered, delivered, answered), the bounds of initialisation and of the function's
//! timeout, the end of a process on the way. Must not know: how many processes there may be.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::process::ChildStdin;
use tokio::time::{Instant, sleep_until, timeout};

use crate::tasks::answer::Answer;
use crate::tasks::environment::{Place, Surroundings, environment};
use crate::tasks::function::FunctionSpec;
use crate::tasks::launch::Entry;
use crate::tasks::output::{LogStream, Measure, Source};
use crate::tasks::process::{Pipes, Process, describe_end, unread};
use crate::tasks::runtime_api::{Invocation, RuntimeApi, Signal};

/// Lambda's bound of a process's start. As there, what takes longer may go on within the function's own timeout.
/// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html>
pub(super) const INIT_SECONDS_MAX: u64 = 10;
/// How long an answer may still arrive that a process sent before it ended.
const LAST_WORDS: Duration = Duration::from_millis(200);
/// How long END waits for what was printed before the answer, and how often that is looked at.
const PRINTED: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(1));

/// A process of a function that takes one invocation at a time.
#[derive(Debug)]
pub(super) struct Instance {
    // In this order the process is killed before its API closes.
    process: Process,
    api: RuntimeApi,
    log: Arc<LogStream>,
    /// Its stdout and stderr, to see whether all of them was read.
    pipes: Vec<OwnedFd>,
    /// A handler's runtime client ends when this closes.
    _lifeline: Option<ChildStdin>,
    spec: Arc<FunctionSpec>,
    entry: Entry,
    /// The program file's time of change when it was started.
    changed: Option<SystemTime>,
    started: Instant,
    invocations: u64,
}

/// How an invocation left its instance.
#[derive(Debug)]
pub(super) enum Turn {
    /// The instance can take another.
    Answered(Answer),
    /// There is an answer, and the instance is of no further use.
    Ended(Answer),
    /// The process had ended before it took the invocation.
    Lost,
}

impl Instance {
    /// Starts a process.
    pub(super) async fn start(
        spec: &Arc<FunctionSpec>,
        entry: Entry,
        surroundings: &Surroundings,
        log: Arc<LogStream>,
    ) -> io::Result<Self> {
        let api = RuntimeApi::open().await?;
        let runtime_folder = Path::new("/var/runtime");
        let place =
            Place { spec, handler: &entry.handler, runtime: &entry.runtime, runtime_folder, log_stream: log.name() };
        let mut environment = environment(surroundings, &place);
        environment.insert("AWS_LAMBDA_RUNTIME_API".into(), api.address().into());
        let changed = entry.file.as_deref().and_then(changed);
        let launch = entry.launch(environment, spec);
        let (process, Pipes { stdin, stdout, stderr }) = Process::start(&launch)?;
        let mut pipes = Vec::new();
        if let Some(stdout) = stdout {
            pipes.push(stdout.as_fd().try_clone_to_owned()?);
            tokio::spawn(Arc::clone(&log).pump(stdout, Source::Stdout));
        }
        if let Some(stderr) = stderr {
            pipes.push(stderr.as_fd().try_clone_to_owned()?);
            tokio::spawn(Arc::clone(&log).pump(stderr, Source::Stderr));
        }
        let (spec, started) = (Arc::clone(spec), Instant::now());
        Ok(Self { process, api, log, pipes, _lifeline: stdin, spec, entry, changed, started, invocations: 0 })
    }

    pub(super) fn spec(&self) -> &Arc<FunctionSpec> {
        &self.spec
    }

    pub(super) fn log(&self) -> &Arc<LogStream> {
        &self.log
    }

    /// Whether it can take an invocation: the process lives, and runs the program that is on the disk now.
    pub(super) fn is_fresh(&self) -> bool {
        !self.process.has_ended() && self.changed == self.entry.file.as_deref().and_then(changed)
    }

    /// Runs one invocation to its end. A process that has not asked for it after `init` and the function's timeout is ended. When
    /// this is dropped on the way, the instance must be dropped too.
    pub(super) async fn invoke(&mut self, invocation: &Invocation, init: Duration) -> Turn {
        let cold = self.invocations == 0;
        self.invocations += 1;
        if cold {
            self.log.start(&invocation.request_id);
        }
        self.api.offer(invocation.clone());
        match self.step(Instant::now() + init + invocation.timeout).await {
            Step::Signal(Signal::Delivered) => {}
            Step::Signal(Signal::InitFailed(answer) | Signal::Answered(answer)) => {
                return self.finish(invocation, Duration::ZERO, Turn::Ended(answer));
            }
            Step::Ended(_) if !cold => return Turn::Lost,
            Step::Ended(how) => return self.exited(invocation, Duration::ZERO, &how),
            Step::Late => return self.timed_out(invocation, Duration::ZERO),
        }
        if !cold {
            self.log.start(&invocation.request_id);
        }
        self.answer(invocation).await
    }

    async fn answer(&mut self, invocation: &Invocation) -> Turn {
        let delivered = Instant::now();
        let step = self.step(delivered + invocation.timeout).await;
        let took = delivered.elapsed();
        self.read_what_was_printed().await;
        match step {
            Step::Signal(Signal::Answered(answer)) => self.finish(invocation, took, Turn::Answered(answer)),
            Step::Signal(Signal::InitFailed(answer)) => self.finish(invocation, took, Turn::Ended(answer)),
            Step::Signal(Signal::Delivered) => {
                let how = "Runtime asked for a second invocation before it answered the first";
                self.exited(invocation, took, how)
            }
            Step::Ended(how) => self.exited(invocation, took, &how),
            Step::Late => self.timed_out(invocation, took),
        }
    }

    /// Log lines that were printed before the answer come before END, unless they are without end.
    async fn read_what_was_printed(&self) {
        let (bound, pause) = PRINTED;
        let until = Instant::now() + bound;
        while self.pipes.iter().any(|pipe| unread(pipe) > 0) && Instant::now() < until {
            tokio::time::sleep(pause).await;
        }
    }

    async fn step(&mut self, until: Instant) -> Step {
        tokio::select! {
            biased;
            signal = self.api.signal() => Step::Signal(signal),
            status = self.process.ended() => match timeout(LAST_WORDS, self.api.signal()).await {
                Ok(signal @ (Signal::Answered(_) | Signal::InitFailed(_))) => Step::Signal(signal),
                Ok(Signal::Delivered) | Err(_) => Step::Ended(describe_end(status)),
            },
            () = sleep_until(until) => Step::Late,
        }
    }

    fn exited(&self, invocation: &Invocation, took: Duration, how: &str) -> Turn {
        let request_id = &invocation.request_id;
        self.log.write(&format!("RequestId: {request_id} Error: {how}\nRuntime.ExitError"));
        self.finish(invocation, took, Turn::Ended(Answer::exited(request_id, how)))
    }

    fn timed_out(&self, invocation: &Invocation, took: Duration) -> Turn {
        self.process.kill();
        let (request_id, seconds) = (&invocation.request_id, invocation.timeout.as_secs());
        self.log.timed_out(request_id, seconds);
        self.finish(invocation, took, Turn::Ended(Answer::timed_out(request_id, seconds)))
    }

    fn finish(&self, invocation: &Invocation, duration: Duration, turn: Turn) -> Turn {
        let cold = self.invocations == 1;
        let init = cold.then(|| self.started.elapsed().saturating_sub(duration));
        self.log.end(&invocation.request_id, Measure { duration, init, memory_mb: self.spec.memory_mb });
        turn
    }
}

#[derive(Debug)]
enum Step {
    Signal(Signal),
    Ended(String),
    Late,
}

fn changed(file: &Path) -> Option<SystemTime> {
    file.metadata().and_then(|metadata| metadata.modified()).ok()
}
