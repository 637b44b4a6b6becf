//! Servers that speak AWS's protocols in front of the engine, on loopback.
//!
//! Owns: the wire (AWS JSON), one file per operation, the project's API, the store's lock and owner, registering a project,
//! notifications of statuses. Must not know: the command line, terminals. Start reading at [`owner`]: whoever holds the
//! store's lock is its server; a request's way is `server` (connections) → `admission` (who sends it) → `wire` (one request) →
//! `step_functions`, `lambda`, `cloudwatch_logs` or `api_gateway::management` (one operation), or `other_services` (none of
//! these); on the project's API, which `gateway_listener` opens with a certificate of `tls`, `api_gateway` answers.

mod admission;
mod api_error;
mod api_gateway;
mod cloudwatch_logs;
mod control;
mod descriptors;
mod execution_logs;
mod gateway_listener;
mod hangup;
mod lambda;
mod listen;
mod members;
mod notifications;
mod other_services;
pub mod owner;
mod page_token;
mod peer;
mod register;
mod secret;
mod served;
mod server;
mod step_functions;
mod store_lock;
mod tell;
mod tls;
pub mod velocity;
mod wire;

pub use gateway_listener::GatewayAddress;
pub use listen::{Listen, PortChoice};
pub use owner::{AttachOptions, LocalError, Owner, Wish, attach};
pub use store_lock::endpoint_in;
pub use tell::Tell;
pub use tls::AuthorityError;

#[cfg(test)]
mod tests;
