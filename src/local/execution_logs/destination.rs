//! What a `loggingConfiguration` says: whether, what and where.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-log-level>

use serde_json::Value;

/// A log group, by the parts of its ARN.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LogGroup {
    pub(super) region: String,
    pub(super) account: String,
    pub(super) name: String,
}

/// A stream of a log group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stream {
    pub(super) group: LogGroup,
    pub(super) name: String,
}

/// Which events are logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    All,
    Error,
    Fatal,
}

/// Where a machine's executions are logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Destination {
    level: Level,
    /// `includeExecutionData`: whether inputs and outputs are logged too.
    pub(super) with_data: bool,
    pub(super) group: LogGroup,
}

impl Destination {
    /// Reads a configuration; `None` where nothing is logged.
    pub(super) fn of(configuration: &Value) -> Option<Self> {
        let level = match configuration["level"].as_str()? {
            "ALL" => Level::All,
            "ERROR" => Level::Error,
            "FATAL" => Level::Fatal,
            _ => return None,
        };
        let arn = configuration.pointer("/destinations/0/cloudWatchLogsLogGroup/logGroupArn")?.as_str()?;
        let with_data = configuration["includeExecutionData"].as_bool().unwrap_or_default();
        Some(Self { level, with_data, group: LogGroup::of(arn)? })
    }

    /// Whether events of a type are logged.
    pub(super) fn logs(&self, event_type: &str) -> bool {
        match self.level {
            Level::All => true,
            Level::Error => is_error(event_type),
            Level::Fatal => is_fatal(event_type),
        }
    }

    /// The stream of a machine's executions. How AWS names it is not documented (by the machine, the minute and a
    /// random text); here a machine has one, so that whoever reads it finds all executions, and finds it by the ARN.
    pub(super) fn stream(&self, state_machine_arn: &str) -> Stream {
        Stream { group: self.group.clone(), name: format!("states/{state_machine_arn}") }
    }
}

impl LogGroup {
    /// Reads `arn:aws:logs:REGION:ACCOUNT:log-group:NAME`, which may end in `:*`.
    fn of(arn: &str) -> Option<Self> {
        let parts: Vec<&str> = arn.splitn(7, ':').collect();
        let ["arn", _, "logs", region, account, "log-group", name] = parts.as_slice() else { return None };
        let name = name.strip_suffix(":*").unwrap_or(name);
        let named = !region.is_empty() && !name.is_empty();
        named.then(|| Self { region: (*region).to_owned(), account: (*account).to_owned(), name: name.to_owned() })
    }
}

/// Whether an execution ended badly.
fn is_fatal(event_type: &str) -> bool {
    matches!(event_type, "ExecutionAborted" | "ExecutionFailed" | "ExecutionTimedOut")
}

/// Whether something went wrong. AWS's table names the types of these endings, and `FailStateEntered`.
fn is_error(event_type: &str) -> bool {
    event_type == "FailStateEntered" || ["Aborted", "Failed", "TimedOut"].iter().any(|end| event_type.ends_with(end))
}
