//! Versions of machines, the aliases that route to them, and by which of them an execution was started.

use std::sync::Arc;

use crate::engine::api::StateMachine;
use crate::engine::clock::Timestamp;

/// A version: a revision of a machine that cannot change any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateMachineVersion {
    /// The machine's ARN and the number.
    pub arn: Arc<str>,
    /// The machine's ARN.
    pub state_machine_arn: Arc<str>,
    /// From 1; no number is given twice.
    pub number: i64,
    /// The store's key of the revision.
    pub revision: i64,
    /// What whoever published it says about it.
    pub description: Option<Arc<str>>,
    /// When it was published.
    pub created: Timestamp,
}

/// A part of an alias's traffic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The version that gets it.
    pub version_arn: Arc<str>,
    /// How much of it, in percent.
    pub weight: u8,
}

/// A name for one version, or for two between which starts are divided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateMachineAlias {
    /// The machine's ARN and the name.
    pub arn: Arc<str>,
    /// The machine's ARN.
    pub state_machine_arn: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// What whoever made it says about it.
    pub description: Option<Arc<str>>,
    /// One or two; their weights sum up to 100.
    pub routes: Vec<Route>,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last changed; `created` if never.
    pub updated: Timestamp,
}

impl StateMachineAlias {
    /// The version for a throw of `chance`, which is anything from 0 to 99.
    #[must_use]
    pub fn version_at(&self, chance: u8) -> Option<&Arc<str>> {
        let mut below = 0;
        self.routes.iter().find_map(|route| {
            below += route.weight;
            (chance < below).then_some(&route.version_arn)
        })
    }
}

/// By what an execution was started, where it was not by its machine's own ARN.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Qualified {
    /// The version that it runs.
    pub version_arn: Option<Arc<str>>,
    /// The alias that chose the version.
    pub alias_arn: Option<Arc<str>>,
}

/// The wish that a machine is published with what changes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Publish {
    /// What the version's caller says about it.
    pub description: Option<Arc<str>>,
}

/// A machine as it was made or changed, and the version as which it was published.
#[derive(Debug, Clone)]
pub struct Made {
    /// The machine.
    pub machine: StateMachine,
    /// Its version, where one was asked for.
    pub version: Option<StateMachineVersion>,
}

/// The ARN of the machine of which `arn` is, or is a version or an alias of.
#[must_use]
pub fn unqualified(arn: &str) -> &str {
    arn.match_indices(':').nth(6).map_or(arn, |(at, _)| &arn[..at])
}

#[cfg(test)]
mod tests {
    use super::{Route, StateMachineAlias, unqualified};
    use crate::engine::clock::Timestamp;

    #[test]
    fn starts_are_divided_by_the_weights() {
        let routes = [("one", 70), ("two", 30)];
        let alias = StateMachineAlias {
            arn: "m:a".into(),
            state_machine_arn: "m".into(),
            name: "a".into(),
            description: None,
            routes: routes.map(|(arn, weight)| Route { version_arn: arn.into(), weight }).to_vec(),
            created: Timestamp(1),
            updated: Timestamp(1),
        };
        let chosen: Vec<&str> = (0..100).filter_map(|chance| alias.version_at(chance)).map(|arn| &**arn).collect();
        let count = |name: &str| chosen.iter().filter(|arn| **arn == name).count();
        assert_eq!((count("one"), count("two")), (70, 30));
    }

    #[test]
    fn an_arn_without_its_qualifier_is_the_machines() {
        let machine = "arn:aws:states:eu-west-1:000000000000:stateMachine:m";
        for arn in [machine, &format!("{machine}:12"), &format!("{machine}:PROD")] {
            assert_eq!(unqualified(arn), machine);
        }
        assert_eq!(unqualified("nothing"), "nothing");
    }
}
