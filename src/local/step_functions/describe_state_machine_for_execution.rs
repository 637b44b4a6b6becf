//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachineForExecution.html>

use serde_json::{Value, json};

use crate::local::api_error::ApiError;
use crate::local::members::ARN;
use crate::local::served::Call;
use crate::local::step_functions::{
    add_settings, add_variable_references, check_execution_arn, definition_of, name_of, time,
};

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let arn = call.members.required("executionArn", ARN);
    let included = call.members.one_of("includedData", &["ALL_DATA", "METADATA_ONLY"]);
    call.members.finish()?;
    check_execution_arn(&arn)?;
    let machine = call.served.engine.describe_state_machine_for_execution(&arn).await?;
    let execution = call.served.engine.describe_execution(&arn).await?;
    let spec = &machine.spec;
    let mut answer = json!({
        "stateMachineArn": spec.arn,
        "name": name_of(&spec.arn),
        "definition": definition_of(&machine, included),
        "roleArn": spec.role_arn,
        "updateDate": time(machine.updated),
    });
    add_settings(&mut answer, &machine);
    if included != Some("METADATA_ONLY") {
        add_variable_references(&mut answer, &machine).await?;
    }
    if let Some(map_run) = &execution.map_run_arn {
        // Its machine is named after the map run's label.
        answer["mapRunArn"] = json!(map_run);
        answer["stateMachineArn"] = json!(execution.state_machine_arn);
        answer["name"] = json!(name_of(&execution.state_machine_arn));
        answer["label"] = json!(execution.state_machine_arn.rsplit('/').next());
    }
    Ok(answer)
}
