//! Log groups: whose log is meant.

use std::collections::BTreeMap;

use crate::local::api_error::ApiError;
use crate::local::cloudwatch_logs::{blocking, invalid};
use crate::local::execution_logs::log_of;
use crate::local::members::{Members, TextRule};
use crate::local::register;
use crate::local::served::Served;
use crate::project::Identity;
use crate::tasks::Logs;

const PREFIX: &str = "/aws/lambda/";

/// How a request names a group.
pub(super) struct Named {
    name: Option<String>,
    identifier: Option<String>,
}

/// A group: a function's, or one in which executions are logged.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) name: String,
    /// Where its log is.
    pub(super) logs: Logs,
    /// What its log is called there.
    pub(super) log: String,
}

impl Named {
    /// Reads `logGroupName` and `logGroupIdentifier`.
    pub(super) fn read(members: &mut Members) -> Self {
        let name = members.optional("logGroupName", TextRule::filled(512));
        Self { name, identifier: members.optional("logGroupIdentifier", TextRule::filled(2_048)) }
    }

    /// The group: of a registered function, even before it logged anything, of one that once logged, or of machines.
    pub(super) async fn find(self, served: &Served) -> Result<Group, ApiError> {
        let name = match (self.name, self.identifier) {
            (Some(name), None) => name,
            (None, Some(identifier)) => of_identifier(&identifier).to_owned(),
            (Some(_), Some(_)) => {
                return Err(invalid("logGroupName and logGroupIdentifier can not both be given"));
            }
            (None, None) => return Err(invalid("one of logGroupName and logGroupIdentifier must be given")),
        };
        let missing = || ApiError::new("ResourceNotFoundException", "The specified log group does not exist.");
        all(served).await?.remove(&name).ok_or_else(missing)
    }
}

/// The name in `arn:aws:logs:REGION:ACCOUNT:log-group:NAME`, which may end in `:*`; what is no ARN is a name.
fn of_identifier(identifier: &str) -> &str {
    let name = identifier.split_once(":log-group:").map_or(identifier, |(_, name)| name);
    name.strip_suffix(":*").unwrap_or(name)
}

/// All groups, by name.
pub(super) async fn all(served: &Served) -> Result<BTreeMap<String, Group>, ApiError> {
    let (logs, own) = (served.tasks.logs().clone(), served.execution_logs.own().clone());
    let (logged, own_names) = {
        let (logs, own) = (logs.clone(), own.clone());
        blocking(move || Ok((logs.functions()?, own.names()?))).await?
    };
    let functions = register::functions(&served.engine).await?.into_iter().chain(logged);
    let of_function = |log: String| Group { name: format!("{PREFIX}{log}"), logs: logs.clone(), log };
    let of_machines = |name: String| Group { log: log_of(&name), logs: own.logs().clone(), name };
    let groups = own_names.into_iter().map(of_machines).chain(functions.map(of_function));
    Ok(groups.map(|group| (group.name.clone(), group)).collect())
}

/// A group's ARN, without the `:*` that some members end in.
pub(super) fn arn(group: &str, identity: &Identity) -> String {
    let Identity { region, account } = identity;
    format!("arn:aws:logs:{region}:{account}:log-group:{group}")
}

#[cfg(test)]
mod tests {
    use super::of_identifier;

    #[test]
    fn an_identifier_is_a_name_or_an_arn() {
        let arn = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/f";
        for text in ["/aws/lambda/f", arn, &format!("{arn}:*")] {
            assert_eq!(of_identifier(text), "/aws/lambda/f");
        }
    }
}
