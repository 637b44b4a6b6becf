//! Tests of the whole: the real binary as people and programs use it, its servers from outside, the house's rules.
//!
//! Each file is one surface. Start reading at [`harness`]. A test of behaviour that has no process in it stands beside
//! its code instead.

#![expect(clippy::unwrap_used, reason = "what a test cannot do without ends the test")]

mod artifacts;
mod aws;
mod aws_errors;
mod aws_gateway;
mod aws_lost;
mod aws_names;
mod aws_remembered;
mod aws_sdk_table;
mod aws_settings;
mod aws_stack;
mod aws_wait;
mod callbacks;
mod cloudwatch_logs;
mod completion;
mod course;
mod crash;
mod credentials;
mod dependencies;
mod dev;
mod disk;
mod emulated;
mod following;
mod gateway;
mod harness;
mod help;
mod hostile;
mod http_tasks;
mod interop;
mod jsonata_suite;
mod keys;
mod kill;
mod management;
mod notifications;
mod player;
mod project;
mod redrive;
mod requests;
mod run;
mod runtimes;
mod secrets;
mod shop;
mod soak;
mod synced;
mod tidy;
mod usage;
mod walk;
mod whoami;
