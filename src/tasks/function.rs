//! What is known of a Lambda function: its program and its bounds.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A function as it is registered. Kept in the store without the values of its environment.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionSpec {
    /// The physical name: `SERVICE-STAGE-NAME`.
    pub name: Arc<str>,
    /// What the project's file calls it, which is what advice must call it; `None` without a project.
    #[serde(default)]
    pub logical_id: Option<Arc<str>>,
    /// The folder in which its program runs: the one of the file that names it.
    pub folder: PathBuf,
    /// What runs.
    pub program: Program,
    /// Lambda's `timeout`, in seconds.
    pub timeout_seconds: u64,
    /// Lambda's `memorySize`, in MB; told to the function, not enforced.
    pub memory_mb: u64,
    /// Its environment. Never stored.
    #[serde(skip)]
    pub environment: BTreeMap<String, String>,
}

impl fmt::Debug for FunctionSpec {
    /// Without the environment's values, where secrets are.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, logical_id, folder, program, timeout_seconds, memory_mb, environment } = self;
        let mut shown = formatter.debug_struct("FunctionSpec");
        shown.field("name", name).field("logical_id", logical_id).field("folder", folder).field("program", program);
        shown.field("timeout_seconds", timeout_seconds).field("memory_mb", memory_mb);
        shown.field("environment", &environment.keys()).finish()
    }
}

impl FunctionSpec {
    /// What its user calls it.
    pub(super) fn called(&self) -> &str {
        self.logical_id.as_deref().unwrap_or(&self.name)
    }
}

/// How a function runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Program {
    /// A shell command: the event on stdin, the result on stdout.
    Command(String),
    /// `handler: file.function` with `runtime: nodejs…` or `python…` (also paths such as `src/app.handler`).
    Handler {
        /// As in serverless.yml.
        handler: String,
        /// As in serverless.yml, `nodejs20.x`.
        runtime: String,
    },
    /// A program that speaks the Runtime API itself: `provided.*`, `go1.x`, Rust. The candidates in order, relative to
    /// the folder.
    Bootstrap(Vec<PathBuf>),
    /// Nothing that runs was found; the text says what was looked for and how to give a program.
    Missing(String),
}
