//! What functions logged: CloudWatch Logs, as far as `logs` needs it.

use serde_json::{Value, json};

use crate::aws::client::Client;
use crate::aws::error::Error;
use crate::aws::signed::{self, Caller, Service};
use crate::engine::clock::Timestamp;

/// The service as the SDK's configuration and its hosts have it.
const LOGS: Service = Service { id: "CloudWatch Logs", host: "logs" };

/// One line of a function's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEvent {
    /// Unique within its group.
    pub id: String,
    /// When it was written.
    pub timestamp: Timestamp,
    /// The line, without its end.
    pub message: String,
    /// The stream that it is in.
    pub stream: String,
}

/// Some events, oldest first, and how to ask for the next ones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogPage {
    /// The events.
    pub events: Vec<LogEvent>,
    /// Give it to the next call; `None` at the end.
    pub next_token: Option<String>,
}

/// What every function's log group begins with.
const GROUPS: &str = "/aws/lambda/";
/// Groups are looked through so far: pages of fifty.
const GROUP_PAGES_MAX: usize = 20;

/// Which events of a group are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogQuery {
    /// The group's name.
    pub group: String,
    /// Those from then on; all without it.
    pub since: Option<Timestamp>,
    /// Those until then; all without it.
    pub until: Option<Timestamp>,
    /// Those that a filter pattern of CloudWatch Logs matches.
    pub filter: Option<String>,
}

/// The log group of a function, by its physical name.
#[must_use]
pub fn group_of(function_name: &str) -> String {
    format!("{GROUPS}{function_name}")
}

/// The physical name of the function that a log group is of; `None` where it is of none.
#[must_use]
pub fn function_of(group: &str) -> Option<&str> {
    group.strip_prefix(GROUPS)
}

impl Client {
    /// A page of a group's events. It may be empty and not the last.
    ///
    /// # Errors
    /// See [`Error`]; a group that does not exist is `NotFound`.
    pub async fn filter_log_events(&self, query: &LogQuery, next_token: Option<&str>) -> Result<LogPage, Error> {
        let mut input = json!({ "logGroupName": query.group });
        if let Some(Timestamp(since)) = query.since {
            input["startTime"] = json!(since.max(0));
        }
        if let Some(Timestamp(until)) = query.until {
            input["endTime"] = json!(until);
        }
        if let Some(filter) = &query.filter {
            input["filterPattern"] = json!(filter);
        }
        if let Some(token) = next_token {
            input["nextToken"] = json!(token);
        }
        let answer = signed::json(self.logs(), "Logs_20140328.FilterLogEvents", &input).await?;
        Ok(page(&answer))
    }

    /// The names of functions that have a log and begin with this; of the first thousand.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn logged_functions(&self, beginning: &str) -> Result<Vec<String>, Error> {
        let (mut names, mut token) = (Vec::new(), None::<String>);
        for _ in 0..GROUP_PAGES_MAX {
            let mut input = json!({ "logGroupNamePrefix": group_of(beginning), "limit": 50 });
            if let Some(token) = &token {
                input["nextToken"] = json!(token);
            }
            let answer = signed::json(self.logs(), "Logs_20140328.DescribeLogGroups", &input).await?;
            let groups = answer["logGroups"].as_array().map_or(&[][..], Vec::as_slice);
            let name = |group: &Value| function_of(group["logGroupName"].as_str()?).map(ToOwned::to_owned);
            names.extend(groups.iter().filter_map(name));
            token = answer["nextToken"].as_str().map(ToOwned::to_owned);
            if token.is_none() {
                break;
            }
        }
        Ok(names)
    }

    fn logs(&self) -> Caller<'_> {
        Caller { connection: self.connection(), service: LOGS, tell: self.tell.as_ref() }
    }
}

fn page(answer: &Value) -> LogPage {
    let events = answer["events"].as_array().map_or(&[][..], Vec::as_slice);
    let text = |event: &Value, name: &str| event[name].as_str().unwrap_or_default().to_owned();
    let events = events.iter().map(|event| LogEvent {
        id: text(event, "eventId"),
        timestamp: Timestamp(event["timestamp"].as_i64().unwrap_or_default()),
        // Lambda logs a line with its end.
        message: text(event, "message").trim_end_matches(['\r', '\n']).to_owned(),
        stream: text(event, "logStreamName"),
    });
    LogPage { events: events.collect(), next_token: answer["nextToken"].as_str().map(ToOwned::to_owned) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_without_its_end() {
        for (sent, read) in [("hello\n", "hello"), ("hello\r\n", "hello"), ("two\nlines \n", "two\nlines "), ("", "")] {
            let page = page(&json!({ "events": [{ "message": sent }] }));
            assert_eq!(page.events[0].message, read);
        }
    }
}
