//! Task tokens as commands see them: what was typed or pasted, which task waits, what became of one that is gone.
//!
//! Owns: what `token`, `succeed`, `fail` and `heartbeat` share. Everything is asked through the API, of AWS as of a local
//! server. Must not know: how a token is made. Start reading at [`Target`](target::Target) and [`Search`](search::Search).

pub(crate) mod answer;
pub(crate) mod gone;
pub(crate) mod pasted;
pub(crate) mod search;
pub(crate) mod target;
pub(crate) mod task;
