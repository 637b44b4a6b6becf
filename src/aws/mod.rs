//! Step Functions and API Gateway's management as a client sees them: the SDK, behind types of our own.
//!
//! Owns: the SDK's client, paging, name resolution, the meaning of errors; the SDK's types stop here. Must not know:
//! terminals, the local server, the command line. Start reading at [`Client`]; [`names`] finds what a user meant.

pub mod api_gateway;
mod client;
mod error;
mod history;
mod json;
pub mod logs;
mod model;
pub mod names;
mod reading;
mod redrive;
mod sync;
mod tell;

pub use client::{Client, ClientConfig};
pub use error::{Detail, Error};
pub use history::RecordedEvent;
pub use model::{Execution, ExecutionQuery, ExecutionSummary, Started, StateMachine, StateMachineSummary};
pub use reading::{HistoryCursor, News};
pub use redrive::Redrivable;
pub use tell::Listener;
