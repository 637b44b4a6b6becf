//! ARNs, and what an execution is of.

use std::sync::Arc;

use uuid::Uuid;

use crate::engine::api::{ExecutionSummary, StateMachine, StateMachineType};
use crate::engine::core::{Subject, TokenKey};

/// `arn:aws:states:REGION:ACCOUNT:execution:MACHINE:NAME` of a machine's ARN and a name.
pub(super) fn execution_arn(state_machine_arn: &str, name: &str) -> Arc<str> {
    Arc::from(format!("{}:{name}", state_machine_arn.replacen(":stateMachine:", ":execution:", 1)))
}

/// `arn:aws:states:REGION:ACCOUNT:express:MACHINE:NAME:ID`. The id tells executions of one name apart: names of Express
/// executions are not taken by the first.
pub(super) fn express_arn(state_machine_arn: &str, name: &str) -> Arc<str> {
    let id = Uuid::now_v7();
    Arc::from(format!("{}:{name}:{id}", state_machine_arn.replacen(":stateMachine:", ":express:", 1)))
}

/// What the core is told of an execution.
pub(super) fn subject(summary: &ExecutionSummary, machine: &StateMachine, token_key: &TokenKey) -> Subject {
    Subject {
        key: summary.key,
        arn: Arc::clone(&summary.arn),
        name: Arc::clone(&summary.name),
        state_machine_arn: Arc::clone(&summary.state_machine_arn),
        state_machine_name: Arc::from(arn_part(&summary.state_machine_arn, 6)),
        role_arn: Arc::clone(&machine.spec.role_arn),
        region: Arc::from(arn_part(&summary.state_machine_arn, 3)),
        state_machine_type: match &summary.child_of {
            Some(child_of) if child_of.express => StateMachineType::Express,
            _ => machine.spec.machine_type,
        },
        qualified: summary.qualified.clone(),
        child_of: summary.child_of.clone(),
        token_key: token_key.clone(),
    }
}

/// A part of an ARN between its colons, from 0; empty when there are fewer.
fn arn_part(arn: &str, place: usize) -> &str {
    arn.split(':').nth(place).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_execution_is_named_after_its_machine() {
        let machine = "arn:aws:states:eu-west-1:000000000000:stateMachine:Hello";
        assert_eq!(&*execution_arn(machine, "one"), "arn:aws:states:eu-west-1:000000000000:execution:Hello:one");
        let express = "arn:aws:states:eu-west-1:000000000000:express:Hello:one:";
        assert!(express_arn(machine, "one").starts_with(express));
        assert_ne!(express_arn(machine, "one"), express_arn(machine, "one"));
        assert_eq!(arn_part(machine, 3), "eu-west-1");
        assert_eq!(arn_part(machine, 6), "Hello");
        assert_eq!(arn_part("no arn", 6), "");
    }
}
