//! Tests of the whole: the real binary as people and programs use it, its servers from outside, the house's rules.
//!
//! Each file is one surface. Start reading at [`harness`]. A test of behaviour that has no process in it stands beside
//! its code instead.

#![expect(clippy::unwrap_used, reason = "what a test cannot do without ends the test")]

mod artifacts;
mod callbacks;
mod completion;
mod conformance;
mod course;
mod credentials;
mod dependencies;
mod dev;
mod gateway;
mod harness;
mod help;
mod hostile;
mod interop;
mod kill;
mod management;
mod notifications;
mod player;
mod project;
mod requests;
mod run;
mod runtimes;
mod soak;
mod tidy;
mod usage;
mod walk;
