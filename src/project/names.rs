//! Names that the Serverless Framework and CloudFormation would give: logical ids and physical names.

use sha2::{Digest, Sha256};

/// The region where none is given, as the framework has it.
pub(super) const DEFAULT_REGION: &str = "us-east-1";

/// The longest name of a state machine.
const NAME_MAX: usize = 80;
/// Characters of the suffix that stands for CloudFormation's random one.
const SUFFIX: usize = 12;

/// A key as logical ids are made of it: first letter upper case, `-` → `Dash`, `_` → `Underscore`.
pub(super) fn normalised(key: &str) -> String {
    let mut letters = key.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    (first + letters.as_str()).replace('-', "Dash").replace('_', "Underscore")
}

/// `hello` → `HelloLambdaFunction`
pub(super) fn function_id(key: &str) -> String {
    normalised(key) + "LambdaFunction"
}

/// `iw102StarterMachine` → `Iw102StarterMachineStepFunctionsStateMachine`
pub(super) fn machine_id(key: &str) -> String {
    normalised(key) + "StepFunctionsStateMachine"
}

/// `approve` → `ApproveStepFunctionsActivity`
pub(super) fn activity_id(name: &str) -> String {
    normalised(name) + "StepFunctionsActivity"
}

/// The physical name of a machine without a `name`: stable, so that it can be resolved as on AWS.
pub(super) fn machine_name(service: &str, stage: &str, key: &str) -> String {
    let mut hash = Sha256::new();
    for part in [service, stage, key] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let suffix: String = hash.finalize().iter().take(SUFFIX).map(|byte| letter(*byte)).collect();
    let id: String = machine_id(key).chars().take(NAME_MAX - SUFFIX - 1).collect();
    format!("{id}-{suffix}")
}

fn letter(byte: u8) -> char {
    const LETTERS: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    char::from(LETTERS[usize::from(byte) % LETTERS.len()])
}
