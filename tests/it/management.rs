//! The client of API Gateway's management API against moto, somebody else's idea of that API.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use iw102::aws::api_gateway::{ApiClient, ApiStage, Quota, Throttle};
use iw102::aws::{Connection, LocalServer};

use crate::harness::python_with;

/// Serves moto on loopback with the course's API in it, prints the API's id and the endpoint, ends with its stdin.
const MOTO: &str = r#"
import sys, boto3
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
endpoint = "http://%s:%s" % server.get_host_and_port()
api = boto3.client("apigateway", endpoint_url=endpoint, region_name="eu-west-1",
                   aws_access_key_id="000000000000", aws_secret_access_key="x")
rest = api.create_rest_api(name="dev-iw-102stepfunctions")["id"]
root = api.get_resources(restApiId=rest)["items"][0]["id"]
action = api.create_resource(restApiId=rest, parentId=root, pathPart="action")["id"]
machine = "arn:aws:states:eu-west-1:000000000000:stateMachine:M"
template = '{"input": "$body","name": "$context.requestId","stateMachineArn":"%s"}' % machine
for part, call, templates in [("start", "StartExecution", {"application/json": template}), ("stop", "StopExecution", {})]:
    resource = api.create_resource(restApiId=rest, parentId=action, pathPart=part)["id"]
    api.put_method(restApiId=rest, resourceId=resource, httpMethod="POST", authorizationType="NONE", apiKeyRequired=part == "start")
    api.put_method_response(restApiId=rest, resourceId=resource, httpMethod="POST", statusCode="200")
    api.put_integration(restApiId=rest, resourceId=resource, httpMethod="POST", type="AWS", integrationHttpMethod="POST",
                        uri="arn:aws:apigateway:eu-west-1:states:action/" + call, requestTemplates=templates)
api.create_deployment(restApiId=rest, stageName="dev")
key = api.create_api_key(name="dev-myFirstKey", enabled=True, value="0123456789abcdefghij")["id"]
plan = api.create_usage_plan(name="iw-102stepfunctions-dev", apiStages=[{"apiId": rest, "stage": "dev"}],
                             quota={"limit": 5000, "offset": 2, "period": "MONTH"},
                             throttle={"burstLimit": 200, "rateLimit": 100.0})["id"]
api.create_usage_plan_key(usagePlanId=plan, keyId=key, keyType="API_KEY")
print(rest, endpoint, flush=True)
sys.stdin.read()
server.stop()
"#;

#[test]
fn keys_plans_and_routes_are_read_as_moto_serves_them() {
    let Some(interpreter) = python_with("boto3, moto.server") else { return };
    let mut moto = Command::new(&interpreter);
    let mut moto =
        moto.args(["-c", MOTO]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(moto.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let (rest, endpoint) = line.trim().split_once(' ').expect("moto starts");
    let endpoint = endpoint.to_owned();
    let server = LocalServer { endpoint, region: "eu-west-1".into(), account: "000000000000".into() };
    let connection = Connection::local(&server);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(read(&ApiClient::new(&connection, None), rest));
    drop(moto.stdin.take());
    assert!(moto.wait().unwrap().success());
}

async fn read(client: &ApiClient, rest: &str) {
    let apis = client.rest_apis().await.unwrap();
    assert_eq!(
        apis.iter().map(|api| (api.id.as_str(), api.name.as_str())).collect::<Vec<_>>(),
        [(rest, "dev-iw-102stepfunctions")]
    );
    let stages = client.stages(rest).await.unwrap();
    assert_eq!(stages.iter().map(|stage| stage.name.as_str()).collect::<Vec<_>>(), ["dev"]);
    let routes = client.routes(rest).await.unwrap();
    let told: Vec<_> = routes
        .iter()
        .map(|route| {
            let action = route.action.as_deref().unwrap_or("-");
            format!("{} {} {action} {:?} {}", route.method, route.path, route.state_machine_arn, route.api_key_required)
        })
        .collect();
    assert_eq!(
        told,
        [
            r#"POST /action/start StartExecution Some("arn:aws:states:eu-west-1:000000000000:stateMachine:M") true"#,
            "POST /action/stop StopExecution None false",
        ]
    );
    let keys = client.api_keys(true).await.unwrap();
    assert_eq!(keys.len(), 1);
    assert_eq!((keys[0].name.as_str(), keys[0].value.as_deref()), ("dev-myFirstKey", Some("0123456789abcdefghij")));
    assert!(keys[0].enabled && !format!("{keys:?}").contains("0123456789"));
    assert_eq!(client.api_keys(false).await.unwrap()[0].value, None);
    let plans = client.usage_plans(Some(&keys[0].id)).await.unwrap();
    assert_eq!(plans.len(), 1);
    let stage = ApiStage { api_id: rest.to_owned(), stage: "dev".into(), throttles: BTreeMap::new() };
    assert_eq!(plans[0].stages, [stage]);
    assert_eq!(plans[0].quota, Some(Quota { limit: 5_000, offset: 2, period: "MONTH".into() }));
    assert_eq!(plans[0].throttle, Some(Throttle { rate_limit: 100.0, burst_limit: 200 }));
    let nowhere = client.routes("absent").await.unwrap_err();
    assert!(matches!(nowhere, iw102::aws::Error::NotFound(_)), "{nowhere:?}");
}
