//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html>

use serde_json::{Value, json};

use crate::local::api_error::ApiError;
use crate::local::members::ARN;
use crate::local::served::Call;
use crate::local::step_functions::qualified::is_version;
use crate::local::step_functions::{add_settings, check_state_machine_arn, definition_of, name_of, time};

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let arn = call.members.required("stateMachineArn", ARN);
    let included = call.members.one_of("includedData", &["ALL_DATA", "METADATA_ONLY"]);
    call.members.finish()?;
    check_state_machine_arn(&arn)?;
    let engine = &call.served.engine;
    let (machine, version) = if is_version(&arn) {
        let (version, machine) = engine.describe_version(&arn).await?;
        (machine, Some(version))
    } else {
        (engine.describe_state_machine(&arn).await?, None)
    };
    let spec = &machine.spec;
    let mut answer = json!({
        "stateMachineArn": spec.arn,
        "name": name_of(&spec.arn),
        "status": "ACTIVE",
        "definition": definition_of(&machine, included),
        "roleArn": spec.role_arn,
        "type": spec.machine_type.as_str(),
        "creationDate": time(machine.created),
    });
    add_settings(&mut answer, &machine);
    if let Some(version) = version {
        answer["stateMachineArn"] = json!(version.arn);
        answer["creationDate"] = time(version.created);
        if let Some(description) = version.description {
            answer["description"] = json!(description);
        }
    }
    Ok(answer)
}
