//! Step Functions and API Gateway's management as a client sees them: the SDK, behind types of our own.
//!
//! Owns: the SDK's client, paging, name resolution, the meaning of errors; the SDK's types stop here. Must not know:
//! terminals, the local server, the command line. Start reading at [`Client`]; [`names`] finds what a user meant.

pub mod api_gateway;
mod attempts;
mod client;
mod connection;
mod credentials;
mod error;
mod history;
mod http;
mod identity;
pub mod logs;
mod model;
pub mod names;
mod query;
mod reading;
mod redrive;
mod signed;
mod skew;
mod stack;
mod sync;
mod tell;
mod url;

pub use attempts::{Attempts, Sending};
pub use client::Client;
pub use connection::{ConnectOptions, Connection, LocalServer, Sourced};
pub use error::{Detail, Error};
pub use history::RecordedEvent;
pub use identity::{FoundCredentials, Identity};
pub use model::{Execution, ExecutionQuery, ExecutionSummary, Started, StateMachine, StateMachineSummary};
pub use reading::{HistoryCursor, News};
pub use redrive::Redrivable;
pub use tell::Listener;
pub(crate) use url::{is_address, is_of_server, without_user};
