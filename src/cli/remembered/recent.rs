//! The executions that `start` and `invoke` began: what `last` means on AWS.

use serde::{Deserialize, Serialize};

use crate::cli::remembered::{RecentExecution, Remembered};
use crate::engine::Timestamp;

/// So many are remembered of a scope, the newest.
const EXECUTIONS_MAX: usize = 200;
/// An ARN of more bytes is none.
const ARN_BYTES_MAX: usize = 1_024;

/// `recent/SCOPE.json`
#[derive(Default, Serialize, Deserialize)]
struct RecentFile {
    /// The newest first.
    executions: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    execution_arn: String,
    state_machine_arn: String,
    /// Milliseconds since 1970.
    start_date_ms: i64,
}

impl Remembered {
    /// Remembers an execution as the newest, also one that was there: who joined it means it by `last`.
    pub(crate) fn note_execution(&self, arn: &str, machine_arn: &str, started: Timestamp) {
        if [arn, machine_arn].iter().any(|arn| !arn.starts_with("arn:") || arn.len() > ARN_BYTES_MAX) {
            return;
        }
        let entry = Entry {
            execution_arn: arn.to_owned(),
            state_machine_arn: unqualified(machine_arn).to_owned(),
            start_date_ms: started.0,
        };
        let changed = self.recent_file().try_change(|file: &mut RecentFile| {
            file.executions.retain(|known| known.execution_arn != arn);
            file.executions.insert(0, entry);
            file.executions.truncate(EXECUTIONS_MAX);
        });
        // Better read now than found out by a `stop last`.
        if let (Err(error), Some(tell)) = (changed, &self.tell) {
            let home = self.home.display();
            tell(&format!("`last` will not be this execution: cannot write below {home} (IW102_HOME): {error}"));
        }
    }

    /// The newest execution, or that of a machine.
    pub(crate) fn last_execution(&self, machine_arn: Option<&str>) -> Option<RecentExecution> {
        let is_meant =
            |execution: &RecentExecution| machine_arn.is_none_or(|arn| execution.machine_arn == unqualified(arn));
        self.executions().into_iter().find(is_meant)
    }

    /// All that are remembered, the newest first.
    pub(crate) fn executions(&self) -> Vec<RecentExecution> {
        let file: RecentFile = self.recent_file().read().unwrap_or_default();
        file.executions.into_iter().map(RecentExecution::from).collect()
    }
}

/// The ARN of a machine without its alias or version: its executions are the machine's.
fn unqualified(machine_arn: &str) -> &str {
    machine_arn.match_indices(':').nth(6).map_or(machine_arn, |(end, _)| &machine_arn[..end])
}

impl From<Entry> for RecentExecution {
    fn from(entry: Entry) -> Self {
        Self { arn: entry.execution_arn, machine_arn: entry.state_machine_arn, started: Timestamp(entry.start_date_ms) }
    }
}
