//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html>

use std::sync::Arc;

use serde_json::{Value, json};

use crate::engine::{NewStateMachine, StateMachineType};
use crate::local::api_error::ApiError;
use crate::local::members::{ARN, DEFINITION, NAME};
use crate::local::served::Call;
use crate::local::step_functions::{
    check_name, check_tracing, encryption, logging, machine_settings, qualified, tags, time,
};

pub(super) async fn answer(mut call: Call<'_>) -> Result<Value, ApiError> {
    let members = &mut call.members;
    let name = members.required("name", NAME);
    let definition = members.required("definition", DEFINITION);
    let role_arn = members.required("roleArn", ARN);
    let machine_type = members.one_of("type", &["STANDARD", "EXPRESS"]);
    let logging = members.structure("loggingConfiguration");
    let tracing = members.structure("tracingConfiguration");
    let encryption = members.structure("encryptionConfiguration");
    let tags = members.list("tags");
    let publish = qualified::publish(members);
    call.members.finish()?;

    check_name(&name)?;
    let publish = publish?;
    tracing.as_ref().map(check_tracing).transpose()?;
    let logging = logging.map(logging::complete).transpose()?;
    if let Some(logging) = &logging {
        call.served.execution_logs.check(logging).await?;
    }
    let mut settings = machine_settings(logging, tracing);
    if let Some(encryption) = encryption.map(encryption::of_machine).transpose()?.flatten() {
        settings["encryptionConfiguration"] = encryption;
    }
    let express = machine_type == Some("EXPRESS");
    let arn = format!("arn:aws:states:{}:{}:stateMachine:{name}", call.identity.region, call.identity.account);
    let machine = NewStateMachine {
        arn: Arc::from(arn),
        definition: Arc::from(definition),
        role_arn: Arc::from(role_arn),
        machine_type: if express { StateMachineType::Express } else { StateMachineType::Standard },
        settings,
        tags: tags::read(&tags.unwrap_or_default())?,
    };
    let _changing = call.served.changing.lock().await;
    let made = call.served.engine.create_and_publish(machine, publish).await?;
    let machine = made.machine;
    let mut answer = json!({ "stateMachineArn": machine.spec.arn, "creationDate": time(machine.created) });
    if let Some(version) = made.version {
        answer["stateMachineVersionArn"] = json!(version.arn);
    }
    Ok(answer)
}
