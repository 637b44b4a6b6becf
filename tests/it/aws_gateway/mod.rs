//! Through the gateway without `--local`: where it is, by which route, over which way, and what its answers mean. A player is
//! AWS and the gateway.

mod lost;
mod place;
mod refusals;
mod routes;
mod way;

use serde_json::{Value, json};

use crate::harness::{Iw102, REGION};
use crate::player::{Answer, Player, REQUEST_ID};
use crate::shop;

/// A key; it must not be seen anywhere.
const KEY: &str = "never-shown-API-KEY-of-the-tests";
/// Where it is.
const ENV_KEY: &str = "env:SHOP_KEY";
/// The machine's name on AWS.
const MACHINE: &str = "OrderStepFunctionsStateMachine-aB3dE5fG7h1J";
/// When executions of the player start, in seconds, as the gateway says it.
const STARTED: f64 = 1.573_573_209_347E9;
fn machine_arn(name: &str) -> String {
    format!("arn:aws:states:{REGION}:123456789012:stateMachine:{name}")
}

fn execution_arn(name: &str) -> String {
    format!("arn:aws:states:{REGION}:123456789012:execution:{MACHINE}:{name}")
}

/// What a start's route answers; the name is the request's id.
fn started() -> Answer {
    Answer::json(&json!({ "executionArn": execution_arn(REQUEST_ID), "startDate": STARTED }))
}

/// What DescribeExecution and its route answer.
fn described(status: &str) -> Answer {
    Answer::json(&json!({
        "executionArn": execution_arn(REQUEST_ID),
        "stateMachineArn": machine_arn(MACHINE),
        "name": REQUEST_ID,
        "status": status,
        "startDate": STARTED,
        "input": "{}",
    }))
}

fn not_there() -> Answer {
    Answer::aws_error(400, "ExecutionDoesNotExist", "Execution Does Not Exist")
}

/// With the key, no credentials, no region, and nobody to ask for them.
fn with_key() -> Iw102 {
    Iw102::new().with("AWS_EC2_METADATA_DISABLED", "true").with_secret("SHOP_KEY", KEY)
}

/// A machine that passes, with one key.
fn yaml() -> String {
    shop::yaml("apiKeys: [dev-first]", "{StartAt: P, States: {P: {Type: Pass, End: true}}}")
}

/// With the key and the project, on AWS as the player plays it.
fn project(player: &Player) -> Iw102 {
    let iw102 = Iw102::new().on_aws(player).with_secret("SHOP_KEY", KEY);
    iw102.write("serverless.yml", &yaml());
    iw102
}

/// APIs by id and name.
fn apis(known: &[(&str, &str)]) -> Answer {
    let items: Vec<Value> = known.iter().map(|(id, name)| json!({ "id": id, "name": name })).collect();
    Answer::json(&json!({ "item": items }))
}

/// The project's stack, which says that the machine is its stage's.
fn deployed() -> Answer {
    Answer::stack("shop-dev", &[("OrderStepFunctionsStateMachineArn", &machine_arn(MACHINE))])
}

/// The resources of the project's API, as it was deployed.
fn resources() -> Answer {
    let start = json!({ "application/json": format!(r#"{{"stateMachineArn":"{}"}}"#, machine_arn(MACHINE)) });
    let method = |action: &str, templates: Value| {
        json!({ "apiKeyRequired": true, "methodIntegration": {
            "uri": format!("arn:aws:apigateway:{REGION}:states:action/{action}"), "requestTemplates": templates,
        } })
    };
    Answer::json(&json!({ "item": [
        { "id": "r0", "path": "/" },
        { "id": "r1", "path": "/action/start", "resourceMethods": {
            "GET": method("StartExecution", start.clone()), "POST": method("StartExecution", start),
        } },
        { "id": "r2", "path": "/action/status", "resourceMethods": { "POST": method("DescribeExecution", json!({})) } },
        { "id": "r3", "path": "/action/stop", "resourceMethods": { "POST": method("StopExecution", json!({})) } },
    ] }))
}

fn machines(names: &[&str]) -> Answer {
    let machine = |name: &&str| json!({ "stateMachineArn": machine_arn(name), "name": name, "type": "STANDARD", "creationDate": 1.6E9 });
    Answer::json(&json!({ "stateMachines": names.iter().map(machine).collect::<Vec<_>>() }))
}

/// What was asked for, in its order: `GET /restapis`, `ListStateMachines`.
fn asked(player: &Player) -> Vec<String> {
    let name = |request: &crate::player::Request| {
        let target = request.header("x-amz-target").and_then(|target| target.rsplit('.').next()).map(ToOwned::to_owned);
        let operation = target.or_else(|| request.parameter("Action"));
        operation.unwrap_or_else(|| format!("{} {}", request.method, request.path))
    };
    player.requests().iter().map(name).collect()
}
