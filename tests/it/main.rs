//! Tests of the whole: the real binary as people and programs use it, and the house's rules.
//!
//! Start reading at [`harness`]. A test of behaviour that has no process in it stands beside its code instead.

mod artifacts;
mod harness;
mod help;
mod run;
mod tidy;
mod usage;
