//! Executions as commands follow them: how often they are looked at, what is survived meanwhile, when they have ended.
//!
//! Owns: what `invoke`, `wait`, `history -f` and `redrive --follow` share. [`pace`] and [`patience`] decide and are pure;
//! [`watch`] is the clock and the calls of a command; [`execution`] is one execution, and [`log`] a function's log, which `logs`
//! reads with the same patience. Must not know: what is printed at the
//! end. Start reading at [`Followed`](execution::Followed).

pub(crate) mod execution;
mod functions;
pub(crate) mod log;
pub(crate) mod pace;
pub(crate) mod patience;
pub(crate) mod until;
pub(crate) mod watch;
