//! A function that is a shell command: the event on stdin, the result on stdout, one process for each invocation.
//!
//! Owns: what its output and its exit status mean. Must not know: how many processes there may be.
//!
//! Status 0: stdout, white space around it apart, is the result; nothing at all is `null`. Any other status is a function error:
//! the one that stdout words (`{"errorType": …, "errorMessage": …}`), else `Runtime.ExitError` with the status and the last
//! line of stderr. stderr is the log.

use std::io;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{ChildStdin, ChildStdout};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};

use crate::tasks::answer::{Answer, RESPONSE_BYTES_MAX, beginning};
use crate::tasks::environment::{Place, Surroundings, environment};
use crate::tasks::function::FunctionSpec;
use crate::tasks::launch::Entry;
use crate::tasks::output::{LogStream, Measure, Source};
use crate::tasks::process::{Process, describe_end};
use crate::tasks::runtime_api::Invocation;

/// How long what was printed may still be read after the process has ended.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// The characters of the last line of stderr that an error quotes.
const QUOTED_CHARACTERS_MAX: usize = 500;

/// Runs the command once. Dropping this ends it.
pub(super) async fn run(
    spec: &FunctionSpec,
    entry: &Entry,
    surroundings: &Surroundings,
    log: &Arc<LogStream>,
    invocation: &Invocation,
) -> io::Result<Answer> {
    let runtime_folder = spec.folder.as_path();
    let place =
        Place { spec, handler: &entry.handler, runtime: &entry.runtime, runtime_folder, log_stream: log.name() };
    let mut environment = environment(surroundings, &place);
    environment.insert("AWS_LAMBDA_REQUEST_ID".into(), (*invocation.request_id).into());
    let launch = entry.launch(environment, spec);
    log.start(&invocation.request_id);
    let started = Instant::now();
    let (mut process, pipes) = Process::start(&launch)?;
    let printing = pipes.stderr.map(|stderr| tokio::spawn(Arc::clone(log).pump(stderr, Source::Stderr)));
    let talk = converse(&mut process, pipes.stdin, pipes.stdout, printing, invocation);
    let end = timeout_at(started + invocation.timeout, talk).await;
    process.kill();
    let answer = match end {
        Err(_) => timed_out(log, invocation),
        Ok(End::TooLarge) => Answer::too_large(),
        Ok(End::Exited(status, stdout)) if status.success() => Answer::from_result(stdout),
        Ok(End::Exited(status, stdout)) => failed(log, &invocation.request_id, status, stdout),
    };
    let measure = Measure { duration: started.elapsed(), init: None, memory_mb: spec.memory_mb };
    log.end(&invocation.request_id, measure);
    Ok(answer)
}

enum End {
    Exited(ExitStatus, Vec<u8>),
    TooLarge,
}

async fn converse(
    process: &mut Process,
    stdin: Option<ChildStdin>,
    stdout: Option<ChildStdout>,
    printing: Option<JoinHandle<()>>,
    invocation: &Invocation,
) -> End {
    let write = async {
        if let Some(mut stdin) = stdin {
            // A command need not read its event; then the pipe breaks.
            let _ = stdin.write_all(invocation.event.text().as_bytes()).await;
        }
    };
    let read = async {
        let mut result = Vec::new();
        if let Some(stdout) = stdout {
            // What could be read before an error is the output.
            let _ = stdout.take(RESPONSE_BYTES_MAX as u64 + 1).read_to_end(&mut result).await;
        }
        result
    };
    let read = async {
        // The event is written and the result read at the same time: either pipe may fill up first. A command that closes its
        // stdout, or ends, has said all it will.
        tokio::pin!(write, read);
        tokio::select! {
            result = &mut read => result,
            () = &mut write => read.await,
        }
    };
    let result = read.await;
    if result.len() > RESPONSE_BYTES_MAX {
        return End::TooLarge;
    }
    let status = process.ended().await;
    if let Some(printing) = printing {
        let _ = timeout(LAST_WORDS, printing).await;
    }
    End::Exited(status, result)
}

fn timed_out(log: &LogStream, invocation: &Invocation) -> Answer {
    let seconds = invocation.timeout.as_secs();
    log.timed_out(&invocation.request_id, seconds);
    Answer::timed_out(&invocation.request_id, seconds)
}

fn failed(log: &LogStream, request_id: &str, status: ExitStatus, stdout: Vec<u8>) -> Answer {
    let words_an_error = serde_json::from_slice::<Value>(&stdout)
        .is_ok_and(|value| value.get("errorType").or_else(|| value.get("errorMessage")).is_some());
    if words_an_error && let Ok(payload) = String::from_utf8(stdout) {
        return Answer::Errored(payload.trim_ascii().to_owned());
    }
    let mut how = describe_end(status);
    let last = log.last_error_line();
    if !last.is_empty() {
        how = format!("{how}: {}", beginning(&last, QUOTED_CHARACTERS_MAX));
    }
    log.write(&format!("RequestId: {request_id} Error: {how}\nRuntime.ExitError"));
    Answer::exited(request_id, &how)
}
