//! What people see: data in, text out.
//!
//! Owns: writing to stdout and stderr, colours, tables, progress, diagnostics, what an execution's history means to a
//! person. Must not know: servers, stores, the command line. Start reading at [`summary`], the fold of a history.

pub mod diagnostics;
pub mod history;
pub mod printer;
pub mod progress;
pub mod selection;
pub mod summary;
pub mod table;
pub mod trace;
