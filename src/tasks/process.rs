//! One process of the system, with all that it starts.
//!
//! Owns: starting a program in a process group of its own, noticing its end, ending the group. Must not know: Lambda.
//!
//! A [`Process`] that is dropped is killed with its whole group, whatever ended the wait for it: a timeout, a cancelled task, a
//! shutdown. When this program itself is killed with SIGKILL nothing can be sent any more; then what is connected ends by
//! itself: runtime clients when their Runtime API is gone, handlers when their stdin closes, a command when it next writes.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::sync::watch;

/// What to start.
#[derive(Debug)]
pub(super) struct Launch {
    pub(super) program: OsString,
    pub(super) arguments: Vec<OsString>,
    /// All of it: nothing is inherited.
    pub(super) environment: BTreeMap<OsString, OsString>,
    pub(super) folder: PathBuf,
    /// Whether it has a stdin that stays open as long as [`Pipes::stdin`] lives.
    pub(super) stdin: bool,
}

/// The ends of a process's pipes.
pub(super) struct Pipes {
    pub(super) stdin: Option<ChildStdin>,
    pub(super) stdout: Option<ChildStdout>,
    pub(super) stderr: Option<ChildStderr>,
}

/// A process that runs, or has ended.
#[derive(Debug)]
pub(super) struct Process {
    group: Option<Pid>,
    ended: watch::Receiver<Option<ExitStatus>>,
}

impl Process {
    /// Starts a program.
    pub(super) fn start(launch: &Launch) -> io::Result<(Self, Pipes)> {
        let stdin = if launch.stdin { Stdio::piped() } else { Stdio::null() };
        let mut child = Command::new(&launch.program)
            .args(&launch.arguments)
            .env_clear()
            .envs(&launch.environment)
            .current_dir(&launch.folder)
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let pipes = Pipes { stdin: child.stdin.take(), stdout: child.stdout.take(), stderr: child.stderr.take() };
        let group = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        let (tell, ended) = watch::channel(None);
        tokio::spawn(supervise(child, group, tell));
        Ok((Self { group, ended }, pipes))
    }

    /// Waits for the end. May be dropped and asked for again.
    pub(super) async fn ended(&mut self) -> ExitStatus {
        match self.ended.wait_for(Option::is_some).await {
            Ok(status) => status.unwrap_or_default(),
            // The supervisor went with its runtime, and took the process along.
            Err(_) => ExitStatus::from_raw(9),
        }
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended.borrow().is_some() || self.ended.has_changed().is_err()
    }

    /// Ends the process and all that it started.
    pub(super) fn kill(&self) {
        if !self.has_ended() {
            kill_group(self.group);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

async fn supervise(mut child: Child, group: Option<Pid>, tell: watch::Sender<Option<ExitStatus>>) {
    let status = child.wait().await.unwrap_or_default();
    // What it left behind would hold its pipes open. The group's number is free for others only when all of it is gone.
    kill_group(group);
    tell.send_replace(Some(status));
}

fn kill_group(group: Option<Pid>) {
    if let Some(group) = group {
        // It fails when the group is gone, which is what is wanted.
        let _ = kill_process_group(group, Signal::KILL);
    }
}

/// The bytes that a pipe holds and nobody has read yet; 0 also when that cannot be told.
pub(super) fn unread(pipe: &OwnedFd) -> u64 {
    rustix::io::ioctl_fionread(pipe).unwrap_or_default()
}

/// How a process ended, in the words of Lambda's own log.
pub(super) fn describe_end(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(0), _) => "Runtime exited without providing a reason".to_owned(),
        (Some(code), _) => format!("Runtime exited with error: exit status {code}"),
        (None, Some(9)) => "Runtime exited with error: signal: killed".to_owned(),
        (None, Some(11)) => "Runtime exited with error: signal: segmentation fault".to_owned(),
        (None, Some(15)) => "Runtime exited with error: signal: terminated".to_owned(),
        (None, signal) => format!("Runtime exited with error: signal: {}", signal.unwrap_or_default()),
    }
}
