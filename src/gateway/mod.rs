//! HTTPS calls to a project's API, with an API key.
//!
//! Owns: the HTTPS client, the key on its way, what an answer's refusal means. Must not know: the SDK, the command line, any
//! other room. Start reading at [`Gateway::send`]; [`Answer::refusal`] tells what a gateway or the service behind it meant.

mod address;
mod answer;
mod call;
mod client;
mod error;
mod transcript;

pub use address::Address;
pub use answer::{Answer, Refusal, RefusalKind};
pub use call::{ApiKey, Call};
pub use client::{Gateway, GatewayConfig, Listener, Trust};
pub use error::{GatewayError, Reach};
pub use transcript::told_request;

#[cfg(test)]
mod tests;
