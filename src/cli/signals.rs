//! SIGINT and SIGTERM.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::cli::failure::FailureKind;

/// Returns when a signal asks for the end of the command.
pub(crate) async fn wait() -> FailureKind {
    let (interrupt, terminate) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    tokio::select! {
        () = arrival(interrupt) => FailureKind::Interrupted,
        () = arrival(terminate) => FailureKind::Terminated,
    }
}

/// A signal that cannot be listened to keeps its default effect, so it never arrives here.
async fn arrival(signal: std::io::Result<Signal>) {
    match signal {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}
