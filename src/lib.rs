//! `iw102`: start, follow and debug AWS Step Functions state machines.
//!
//! The library behind the binary. Data flows one way: text → syntax → program → events → effects → store and view;
//! `ARCHITECTURE.md` beside this file shows the rooms and what each must not know.

pub mod asl;
pub mod aws;
pub mod cli;
pub mod engine;
pub mod gateway;
pub mod local;
pub mod project;
pub mod tasks;
pub mod ui;
