//! Every bound of an execution, by name.

/// Input, output and task result, in bytes of UTF-8.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>
pub const PAYLOAD_BYTES_MAX: usize = 262_144;

/// The variables that a scope sees, together, in bytes of UTF-8.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html#variables-limits>
pub const VARIABLES_BYTES_MAX: usize = 10 * 1_048_576;

/// Events in the history of a Standard execution: the last of them says that it failed for that.
pub const HISTORY_EVENTS_MAX: u64 = 25_000;

/// Events of an Express execution, which has no such limit on AWS: what it holds in memory within its five minutes is bounded.
pub const EXPRESS_EVENTS_MAX: u64 = 1_000_000;

/// Iterations of one inline Map that run at the same time, whatever its `MaxConcurrency`.
pub const MAP_CONCURRENCY_MAX: u64 = 40;

/// Executions of one map run that go on at the same time, whatever its `MaxConcurrency`. AWS has 10,000; these are in one
/// process's memory.
pub const MAP_RUN_CONCURRENCY_MAX: u32 = 1_000;

/// Steps that one call of [`Execution::handle`](super::Execution::handle) takes before it lets others have their turn.
pub const STEPS_MAX: u32 = 1_000;

/// How often one execution can be redriven.
pub const REDRIVES_MAX: u32 = 1_000;

/// The last client tokens of redrives that are known again.
/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_RedriveExecution.html>
pub const REDRIVE_TOKENS_MAX: usize = 10;

/// How long each of them is.
pub const REDRIVE_TOKEN_SECONDS: u64 = 15 * 60;

/// Characters of an error's name.
pub const ERROR_CHARACTERS_MAX: usize = 256;

/// Characters of an error's cause.
pub const CAUSE_CHARACTERS_MAX: usize = 32_768;
