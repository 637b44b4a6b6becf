//! A command that knows nothing but the endpoint of `iw102 dev` (`AWS_ENDPOINT_URL`), as it would know LocalStack's: the
//! project's API is found and called there.

use expect_test::expect;
use serde_json::{Value, json};

use crate::harness::{Dev, Iw102, Ran};

/// A machine with its routes, a key and its limits.
const PROJECT: &str = r"
service: shop
provider:
  name: aws
  region: eu-west-1
  apiKeys: [dev-first, {name: dev-off, value: offoffoffoffoffoffoffoff, enabled: false}]
  usagePlan: {quota: {limit: 4, period: MONTH}}
stepFunctions:
  stateMachines:
    order:
      events:
        - http: {path: action/start, method: POST, private: true}
        - http: {path: action/status, method: POST, action: DescribeExecution, private: true}
        - http: {path: action/stop, method: POST, action: StopExecution, private: true}
        - http: {path: open, method: POST}
      definition: {StartAt: Hold, States: {Hold: {Type: Wait, Seconds: 3600, End: true}}}
";

fn server() -> Iw102 {
    let iw102 = Iw102::new();
    iw102.write("serverless.yml", PROJECT);
    iw102
}

/// Another home and folder, for which the server is AWS.
fn client(dev: &Dev<'_>) -> Iw102 {
    let iw102 = Iw102::new().on_aws_at(&dev.endpoint);
    iw102.write("serverless.yml", PROJECT);
    iw102
}

fn ended(ran: Ran, code: i32) -> Ran {
    assert_eq!(ran.code, Some(code), "{}", ran.snapshot());
    ran
}

#[test]
fn what_is_behind_the_gateway_is_found_by_the_endpoint_alone() {
    let server = server();
    let dev = server.dev(&[]);
    let iw102 = client(&dev);
    let key = ended(iw102.run(["keys", "show", "dev-first", "--reveal"]), 0);
    let iw102 = iw102.hiding(key.stdout.trim());
    let arn = ended(iw102.run(["start", "a=1", "--api-key"]), 0).stdout;
    let name = arn.trim().rsplit(':').next().unwrap();
    let ran = ended(iw102.run(["status", "--api-key", "-q", "[name, status, input]"]), 0);
    assert_eq!(serde_json::from_str::<Value>(&ran.stdout).unwrap(), json!([name, "RUNNING", {"a": "1"}]));
    let ran = ended(iw102.run(["stop", "last", "--api-key"]), 0);
    assert_eq!(ran.stderr, format!("stopped {name}\n"));
    // The start, the status, and the look and the stop of `stop` were counted, as on the gateway's own port.
    let ran = ended(iw102.run(["start", "--api-key"]), 13);
    assert!(ran.stderr.contains("the quota of the API key is used up"), "{}", ran.snapshot());
}

#[test]
fn routes_keys_and_refusals_are_those_of_the_gateways_own_port() {
    let server = server();
    let dev = server.dev(&[]);
    let iw102 = client(&dev);
    let ran = ended(iw102.run(["endpoints", "-o", "name"]), 0);
    let id = ran.stdout.split("/_aws/execute-api/").nth(1).and_then(|rest| rest.split('/').next()).unwrap();
    ended(iw102.run(["http", "POST", "/open", "a=1"]), 0);
    let open = format!("{}/_aws/execute-api/{id}/dev/open?b=c", dev.endpoint);
    ended(iw102.run(["http", "POST", &open, "a=1"]), 0);
    for (words, code) in [
        (&["http", "POST", "/action/start"][..], 12),
        (&["http", "POST", "/action/start", "--api-key", "name:dev-off"], 12),
        (&["http", "POST", "/action/begin"], 10),
        (&["http", "GET", "/open"], 10),
    ] {
        ended(iw102.run(words), code);
    }
    let other = format!("{}/_aws/execute-api/other/dev", dev.endpoint);
    iw102.run(["http", "POST", "/open", "--api", &other]).check(expect![[r#"
        {"message":"Missing Authentication Token"}
        --- stderr
        error: the gateway has no route POST /open (request [UUID])
        hint:  its routes: iw102 endpoints
        --- exit 10
    "#]]);
}
