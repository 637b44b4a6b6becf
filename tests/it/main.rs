//! What is tested from outside the library.

mod conformance;
mod tidy;
