//! The server that is measured: `iw102 dev` as a process, and what the kernel says of it.

use std::fs::{self, File};
use std::io::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::client::Client;

/// A running server, which ends with it.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
    /// From the start of the process to its first answer.
    pub(crate) answered: Duration,
}

impl Server {
    /// In memory, or with the store below a folder.
    pub(crate) async fn start(home: Option<&Path>) -> Self {
        // Free a moment ago, so most likely still.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(env!("CARGO_BIN_EXE_iw102"));
        command.args(["dev", "--port", &port.to_string()]).stdin(Stdio::null());
        let nowhere = tempfile::tempdir().unwrap();
        match home {
            Some(home) => command.env("IW102_HOME", home).current_dir(home),
            None => command.arg("--memory").env("IW102_HOME", nowhere.path()).current_dir(nowhere.path()),
        };
        let began = Instant::now();
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut server = Self { child, port, answered: Duration::ZERO };
        loop {
            if let Ok(mut client) = Client::new(port).await
                && client.call("ListStateMachines", "{}").await.is_ok()
            {
                server.answered = began.elapsed();
                return server;
            }
            assert!(began.elapsed() < Duration::from_mins(2), "no answer");
            tokio::time::sleep(Duration::from_micros(500)).await;
        }
    }

    pub(crate) async fn client(&self) -> Client {
        Client::new(self.port).await.unwrap()
    }

    /// As `kill -9` does.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Resident memory, in bytes.
    pub(crate) fn memory(&self) -> u64 {
        self.line("status", "VmRSS:") * 1024
    }

    /// What it sent to the disk so far, in bytes.
    pub(crate) fn written(&self) -> u64 {
        self.line("io", "write_bytes:")
    }

    /// The processor's time that it took so far.
    pub(crate) fn cpu(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        Duration::from_millis(ticks * 10)
    }

    fn line(&self, file: &str, name: &str) -> u64 {
        let text = fs::read_to_string(format!("/proc/{}/{file}", self.child.id())).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the disk takes at the least: the median of 200 writes of 4 KiB, each with its `fdatasync`.
pub(crate) fn fdatasync(folder: &Path) -> Duration {
    let mut file = File::create(folder.join("peer")).unwrap();
    let mut times: Vec<_> = (0..200)
        .map(|_| {
            let began = Instant::now();
            file.write_all(&[7; 4096]).unwrap();
            file.sync_data().unwrap();
            began.elapsed()
        })
        .collect();
    times.sort();
    times[100]
}
