//! Log groups: which function's log is meant.

use std::collections::BTreeSet;

use crate::local::api_error::ApiError;
use crate::local::cloudwatch_logs::{blocking, invalid};
use crate::local::members::{Members, TextRule};
use crate::local::register;
use crate::local::served::Served;
use crate::project::Identity;

const PREFIX: &str = "/aws/lambda/";

/// How a request names a group.
pub(super) struct Named {
    name: Option<String>,
    identifier: Option<String>,
}

impl Named {
    /// Reads `logGroupName` and `logGroupIdentifier`.
    pub(super) fn read(members: &mut Members) -> Self {
        let name = members.optional("logGroupName", TextRule::filled(512));
        Self { name, identifier: members.optional("logGroupIdentifier", TextRule::filled(2_048)) }
    }

    /// The function whose log it is: a registered one, even before it logged anything, or one that once logged.
    pub(super) async fn function(self, served: &Served) -> Result<String, ApiError> {
        let group = match (self.name, self.identifier) {
            (Some(name), None) => name,
            (None, Some(identifier)) => of_identifier(&identifier).to_owned(),
            (Some(_), Some(_)) => {
                return Err(invalid("logGroupName and logGroupIdentifier can not both be given"));
            }
            (None, None) => return Err(invalid("one of logGroupName and logGroupIdentifier must be given")),
        };
        let missing = || ApiError::new("ResourceNotFoundException", "The specified log group does not exist.");
        let function = group.strip_prefix(PREFIX).ok_or_else(missing)?;
        if functions(served).await?.contains(function) { Ok(function.to_owned()) } else { Err(missing()) }
    }
}

/// The name in `arn:aws:logs:REGION:ACCOUNT:log-group:NAME`, which may end in `:*`; what is no ARN is a name.
fn of_identifier(identifier: &str) -> &str {
    let name = identifier.split_once(":log-group:").map_or(identifier, |(_, name)| name);
    name.strip_suffix(":*").unwrap_or(name)
}

/// The functions that have a log group.
pub(super) async fn functions(served: &Served) -> Result<BTreeSet<String>, ApiError> {
    let logs = served.tasks.logs().clone();
    let logged = blocking(move || logs.functions()).await?;
    Ok(register::functions(&served.engine).await?.into_iter().chain(logged).collect())
}

/// A function's group.
pub(super) fn name_of(function: &str) -> String {
    format!("{PREFIX}{function}")
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
