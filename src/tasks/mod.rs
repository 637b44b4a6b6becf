//! What a task does: Lambda functions as processes behind the Lambda Runtime API.
//!
//! Owns: the table from a Task's resource to what happens, the functions' processes, their logs. Must not know: the state
//! of executions, the store, the command line. Start reading at [`Tasks`], which the engine knows as its
//! [`TaskRunner`](crate::engine::TaskRunner); a new integration is one file beside `lambda`.

pub mod function;
mod runner;

pub use function::{FunctionSpec, Program};
pub use runner::{Tasks, TasksConfig};
