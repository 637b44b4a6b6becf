//! What AWS recorded, against what the engine gives.
//!
//! The cases are in the folder that `IW102_CONFORMANCE_DIR` names, a folder for each kind and a JSON file for each case, with
//! the calls that were made and AWS's answers, volatile values replaced. Without the folder the tests say that they were left
//! out. Start reading at [`cases`], what a case is; [`compare`] is when two answers agree; [`pure`] and [`lambda`] run the
//! cases of their kind, [`api`] sends calls to a server, [`refusals`] asks what is wrong with definitions.

mod api;
mod cases;
mod compare;
mod lambda;
mod pure;
mod refusals;
