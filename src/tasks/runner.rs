//! The engine's task runner: from a resource to what happens.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;

use crate::asl::Fault;
use crate::engine::task::{Reporter, TaskId, TaskRequest, TaskRunner};
use crate::tasks::function::FunctionSpec;

/// What a [`Tasks`] is made of.
#[derive(Debug, Clone)]
pub struct TasksConfig {
    /// The folder of the functions' logs: one file each, `NAME.log`.
    pub logs: PathBuf,
    /// At most so many function processes at once.
    pub processes_max: usize,
    /// The region that functions are told.
    pub region: Arc<str>,
    /// The account that functions are told, 12 digits.
    pub account: Arc<str>,
}

/// Does tasks. Must be made within a tokio runtime, on which it works.
#[derive(Debug)]
pub struct Tasks {}

impl Tasks {
    /// Begins without any function.
    #[must_use]
    pub fn new(config: TasksConfig) -> Arc<Self> {
        let _ = config;
        Arc::new(Self {})
    }

    /// Adds functions, or replaces those of the same name; idle processes of replaced ones end.
    pub fn register(&self, functions: Vec<FunctionSpec>) {
        let _ = functions;
    }

    /// Invokes a function once, as Lambda's Invoke does.
    ///
    /// # Errors
    /// The fault that Step Functions would record.
    pub async fn invoke(&self, name: &str, event: &Value) -> Result<Value, Fault> {
        let _ = (name, event);
        Err(Fault::runtime("no function runs"))
    }

    /// Ends every process. Later requests are not started.
    pub async fn shutdown(&self) {}
}

impl TaskRunner for Tasks {
    fn start(&self, request: TaskRequest, reporter: Reporter) {
        let _ = (request, reporter);
    }

    fn cancel(&self, id: TaskId) {
        let _ = id;
    }
}
