//! The Amazon States Language: text → syntax → [`Program`].
//!
//! Owns: syntax with spans ([`syntax`]), diagnostics, validation and compilation, JSONPath, JSONata, payload templates, choice
//! rules, the data that flows between states ([`Payload`], [`Variables`]). Must not know: time, IO, AWS clients, executions.
//! Start reading at [`program`], the shape that everything else produces or runs; [`compile()`] makes one.

pub mod choice;
mod compile;
pub mod diagnostic;
pub mod distributed;
mod fault;
mod filling;
pub mod flow;
mod intrinsic;
pub mod jsonata;
pub mod path;
mod payload;
mod pointer;
pub mod program;
pub mod syntax;
pub mod task_token;
pub mod template;
mod timestamp;
pub mod variables;

pub use compile::{check_express, compile};
pub use fault::{Evaluation, Fault};
pub use filling::Filling;
pub use payload::{JSON_DEPTH_MAX, Payload};
pub use program::Program;
pub use variables::{NO_VARIABLES, Variables};
