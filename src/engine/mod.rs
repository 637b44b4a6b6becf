//! Running executions: events → effects → store.
//!
//! Owns: one execution as a pure state machine ([`core`]), the thread that persists and then acts ([`driver`]), the
//! store ([`store`]), time ([`clock`]). Must not know: what a task does (a [`TaskRunner`] is given to it), protocols, the
//! command line. Start reading at [`core`]; [`Engine`] is the face that servers use.

pub mod api;
pub mod clock;
pub mod core;
pub mod driver;
pub mod history;
pub mod map_run;
pub mod published;
pub mod recorded;
pub mod redrive;
pub mod status;
pub mod store;
pub mod task;

pub use api::{
    Activity, EngineError, Execution, ExecutionStatus, ExecutionSummary, NewActivity, NewStateMachine, StartExecution,
    StateMachine, StateMachineType, TagChange,
};
pub use clock::{ClockMode, Timestamp};
pub use driver::{ActivityTask, Engine, EngineConfig, HistoryPage, PageLimit};
pub use history::HistoryEvent;
pub use map_run::{ChildOf, Counts, MapRun, MapRunStatus, Tolerance};
pub use published::{Made, Publish, Qualified, Route, StateMachineAlias, StateMachineVersion};
pub use recorded::HistoryListener;
pub use redrive::{RedriveStatus, Redriven};
pub use status::{Receipt, StatusChange, StatusListener};
pub use task::{Reporter, TaskId, TaskReport, TaskRequest, TaskRunner, TaskToken};
