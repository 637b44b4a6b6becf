//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html>
//!
//! One state, run without an execution by the same steps that an execution takes ([`flow::steps`](crate::asl::flow::steps)).
//! `definition` finds the state, `mock` is what stands for its work, `context` what it sees, `bench` runs it, `fork` Parallel
//! and Map, `inspection` keeps what is shown.

mod bench;
mod context;
mod definition;
mod fork;
mod inspection;
mod mock;

use serde_json::{Map, Value};

use crate::asl::program::{Pattern, Resource, StateKind};
use crate::asl::{Payload, Variables};
use crate::engine::Timestamp;
use crate::local::api_error::ApiError;
use crate::local::members::{ARN, DATA, DEFINITION, Members, TextRule};
use crate::local::served::Call;
use crate::local::step_functions::payload;
use bench::{Around, Bench, Level};
use mock::Mock;

/// Names of states.
const STATE_NAME: TextRule = TextRule::filled(80);

/// `stateConfiguration`
#[derive(Debug, Default)]
struct Configuration {
    /// Attempts that the retrier of the error has made.
    retrier_retry_count: u32,
    /// The state within a Map or a Parallel that failed.
    error_caused_by_state: Option<String>,
    /// Iterations of a Map that failed.
    map_iteration_failure_count: u64,
    /// What an `ItemReader` read.
    map_item_reader_data: Option<String>,
}

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let members = &mut call.members;
    let definition = members.required("definition", DEFINITION);
    let role_arn = members.optional("roleArn", ARN);
    let input = members.optional("input", DATA);
    let level = members.one_of("inspectionLevel", &["INFO", "DEBUG", "TRACE"]);
    let reveals_secrets = members.boolean("revealSecrets").unwrap_or_default();
    let variables = members.optional("variables", DATA);
    let state_name = members.optional("stateName", STATE_NAME);
    let mock = members.structure("mock");
    let context = members.optional("context", DATA);
    let configuration = members.structure("stateConfiguration");
    call.members.finish()?;
    let mock = mock.map(Mock::read).transpose()?;
    let configuration = configuration.map_or_else(|| Ok(Configuration::default()), Configuration::read)?;

    let found = definition::find(definition, state_name).await?;
    let state = found.state();
    match &mock {
        Some(mock) => mock.check(&found, &configuration)?,
        None => check_unmocked(&state.kind, role_arn.as_deref())?,
    }
    let refuse =
        |why: &str| ApiError::new("InvalidExecutionInput", format!("Invalid State Machine Execution Input: '{why}'"));
    let input = payload(input.unwrap_or_else(|| "{}".to_owned()), refuse)?;
    let variables = variables.map(read_variables).transpose()?.unwrap_or_default();
    let now = Timestamp::now();
    let context = match context {
        Some(_) if mock.is_none() => {
            return Err(ApiError::validation("A Context object can only be specified when a mock is specified"));
        }
        Some(context) => context::read(&context)?,
        None => {
            let retries = configuration.retrier_retry_count;
            context::made(&call.identity, role_arn.as_deref(), state, &input, (now, retries))
        }
    };
    let level = match level {
        None | Some("INFO") => Level::Info,
        Some("DEBUG") => Level::Debug,
        Some(_) => Level::Trace { reveals_secrets },
    };
    let bench = Bench::new(&found, &configuration, (input, context, variables), (now, level));
    let around = Around { served: call.served, hangup: &call.hangup };
    Ok(bench.run(mock, around).await?.encode(level))
}

impl Configuration {
    fn read(given: Map<String, Value>) -> Result<Self, ApiError> {
        let mut members = Members::within("stateConfiguration", given);
        let mut count =
            |name| members.integer(name, 0, i64::from(i32::MAX)).and_then(|count| u32::try_from(count).ok());
        let retrier_retry_count = count("retrierRetryCount").unwrap_or_default();
        let map_iteration_failure_count = count("mapIterationFailureCount").unwrap_or_default().into();
        let error_caused_by_state = members.optional("errorCausedByState", STATE_NAME);
        let map_item_reader_data = members.optional("mapItemReaderData", DATA);
        members.finish()?;
        Ok(Self { retrier_retry_count, error_caused_by_state, map_iteration_failure_count, map_item_reader_data })
    }
}

/// What can only be tested with a mock, and what needs a role without one.
fn check_unmocked(kind: &StateKind, role_arn: Option<&str>) -> Result<(), ApiError> {
    let refused =
        |what: &str| Err(ApiError::validation(format!("{what} is not supported when a mock is not specified")));
    match kind {
        StateKind::Map(_) => refused("State type 'Map'"),
        StateKind::Parallel(_) => refused("State type 'Parallel'"),
        StateKind::Task(task) => match &task.resource {
            Resource::Activity { .. } => refused("An Activity task"),
            Resource::Integration { pattern: Pattern::Sync | Pattern::Sync2, .. } => {
                refused("The service integration pattern '.sync'")
            }
            Resource::Integration { pattern: Pattern::WaitForTaskToken, .. } => {
                refused("The service integration pattern '.waitForTaskToken'")
            }
            _ if role_arn.is_none() => {
                let missing = "Value null at 'roleArn' failed to satisfy constraint: Member must not be null";
                Err(ApiError::validation(format!("1 validation error detected: {missing}")))
            }
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

/// `variables`: an object, name by name.
fn read_variables(text: String) -> Result<Variables, ApiError> {
    let refuse = |why: &str| ApiError::validation(format!("Invalid variables provided: {why}"));
    let given = payload(text, refuse)?;
    let object = given.value().as_object().ok_or_else(|| refuse("must be a JSON object"))?;
    let mut variables = Variables::default();
    for (name, value) in object {
        variables.insert(name.as_str(), Payload::from(value.clone()));
    }
    Ok(variables)
}
