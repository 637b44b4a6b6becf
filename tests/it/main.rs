//! Tests from outside: each file is one surface of the program.

mod conformance;
mod runtimes;
mod tidy;
