//! What a task does: Lambda functions as processes behind the Lambda Runtime API, requests to other services.
//!
//! Owns: the table from a Task's resource to what happens, the functions' processes, their logs. Must not know: the state
//! of executions, the store, the command line. Start reading at [`Tasks`], which the engine knows as its
//! [`TaskRunner`](crate::engine::TaskRunner); a new integration is one file in `integration`.
//!
//! From the outside in: `runner` (which function is meant, tasks that can be cancelled) → `lambda` (Invoke's request and
//! answer) → `pool` (how many processes) → `instance` with `runtime_api`, or `command` (one invocation) → `process`, with
//! `launch`, `environment` and `output` beside it, and [`logs`] behind. A function that the project lacks goes from `runner`
//! to `elsewhere`, which calls it through [`Outside`]; a task of another service goes to `integration`.

mod answer;
mod command;
mod discover;
mod elsewhere;
mod environment;
pub mod function;
mod instance;
mod integration;
mod item_reader;
mod lambda;
mod launch;
pub mod logs;
mod output;
mod outside;
mod pool;
mod process;
mod reference;
mod result_writer;
mod runner;
mod runtime_api;
mod signature;
#[cfg(test)]
mod tests;

pub use answer::{Answer, RESPONSE_BYTES_MAX, Refused};
pub use function::{FunctionSpec, Program};
pub(crate) use integration::check_mocked;
pub(crate) use integration::trace::Trace;
pub use lambda::{InvocationType, InvokeAnswer, InvokeRequest};
pub use logs::Logs;
pub(crate) use outside::with_source;
pub use outside::{Outside, OutsideError, Post, Response, Service};
pub use runner::{IDLE_SECONDS_MAX, QUEUE_MAX, Tasks, TasksConfig};
pub use signature::encode;
