//! What each type of state does, one file a type.
//!
//! Each file adds methods to [`Execution`](super::Execution): what happens when the state is entered and, where it takes
//! time, when that is over. They return a [`Failure`](super::failure::Failure) for Retry and Catch. A new type is one
//! file here, its fields in `asl::program` and its arm in `step`.

mod choice;
mod distributed;
mod fail;
mod map;
mod parallel;
mod pass;
mod results;
mod succeed;
mod task;
mod wait;
