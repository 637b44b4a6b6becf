//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachine.html>

use std::sync::Arc;

use serde_json::{Value, json};

use crate::engine::NewStateMachine;
use crate::local::api_error::ApiError;
use crate::local::members::{ARN, DEFINITION};
use crate::local::served::Call;
use crate::local::step_functions::qualified::{self, check_unqualified};
use crate::local::step_functions::{check_state_machine_arn, check_tracing, encryption, logging, time};

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let members = &mut call.members;
    let arn = members.required("stateMachineArn", ARN);
    let definition = members.optional("definition", DEFINITION);
    let role_arn = members.optional("roleArn", ARN);
    let logging = members.structure("loggingConfiguration");
    let tracing = members.structure("tracingConfiguration");
    let encryption = members.structure("encryptionConfiguration");
    let publish = qualified::publish(members);
    call.members.finish()?;

    check_state_machine_arn(&arn)?;
    check_unqualified(&arn)?;
    let publish = publish?;
    tracing.as_ref().map(check_tracing).transpose()?;
    let encryption = encryption.map(encryption::of_machine).transpose()?;
    let settings = logging.is_some() || tracing.is_some() || encryption.is_some();
    if definition.is_none() && role_arn.is_none() && !settings {
        return Err(ApiError::new(
            "MissingRequiredParameter",
            "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified",
        ));
    }
    let logging = logging.map(logging::complete).transpose()?;
    if let Some(logging) = &logging {
        call.served.execution_logs.check(logging).await?;
    }
    let _changing = call.served.changing.lock().await;
    let now = call.served.engine.describe_state_machine(&arn).await?;
    let mut machine = NewStateMachine::clone(&now.spec);
    if let Some(text) = definition {
        machine.definition = Arc::from(text);
    }
    if let Some(role_arn) = role_arn {
        machine.role_arn = Arc::from(role_arn);
    }
    if let Some(logging) = logging {
        machine.settings["loggingConfiguration"] = logging;
    }
    if let Some(tracing) = tracing {
        machine.settings["tracingConfiguration"] = Value::Object(tracing);
    }
    if let (Some(encryption), Some(settings)) = (encryption, machine.settings.as_object_mut()) {
        match encryption {
            Some(key) => settings.insert("encryptionConfiguration".to_owned(), key),
            None => settings.shift_remove("encryptionConfiguration"),
        };
    }
    let made = call.served.engine.update_and_publish(machine, publish).await?;
    let updated = made.machine;
    let mut answer = json!({ "updateDate": time(updated.updated) });
    if let Some(revision) = &updated.revision_id {
        answer["revisionId"] = json!(revision);
    }
    if let Some(version) = made.version {
        answer["stateMachineVersionArn"] = json!(version.arn);
    }
    Ok(answer)
}
