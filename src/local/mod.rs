//! Servers that speak AWS's protocols in front of the engine, on loopback.
//!
//! Owns: the wire (AWS JSON), one file per operation, the store's lock and owner, registering a project. Must not know:
//! the command line, terminals. Start reading at [`owner`]: whoever holds the store's lock is its server.

pub mod owner;

pub use owner::{AttachOptions, LocalError, Owner, attach};
