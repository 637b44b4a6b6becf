//! `keys` against API Gateway's management as it is documented, and `keys doctor` against a gateway that refuses.

use std::time::{SystemTime, UNIX_EPOCH};

use expect_test::expect;
use serde_json::{Value, json};

use crate::harness::{Iw102, Ran};
use crate::player::{Answer, Player};

/// A value of a key; no stream and no file may hold it.
const VALUE: &str = "0123456789abcdefghijABCDEFGHIJ0123456789";
const PROJECT: &str = "\
service: shop
provider:
  name: aws
  region: eu-west-1
  apiGateway: {apiKeys: [dev-first]}
stepFunctions: {}
";

/// What AWS and the gateway say; a test changes one thing of it.
struct World {
    key: Value,
    plans: Value,
    source: &'static str,
    /// Whether the route asks for a key as it is set up, and as it is deployed.
    required: (bool, Option<bool>),
    usage: Value,
    /// What the gateway says to a good key.
    good: Answer,
}

impl World {
    fn new() -> Self {
        Self {
            key: json!({ "id": "k1", "name": "dev-first", "value": VALUE, "enabled": true, "createdDate": 1.6e9 }),
            plans: json!([plan("shop-dev", &json!([{ "apiId": "api1", "stage": "dev" }]))]),
            source: "HEADER",
            required: (true, Some(true)),
            usage: json!([[3, 97], [10, 87]]),
            good: Answer::gateway_error(415, "BadRequestException", "Unsupported Media Type"),
        }
    }

    fn begin(self) -> (Player, Iw102) {
        let aws = Player::http();
        let item = |value: &Value| [Answer::json(&json!({ "item": value }))];
        aws.play("GET /restapis", item(&json!([{ "id": "api1", "name": "dev-shop", "apiKeySource": self.source }])));
        aws.play("GET /restapis/api1/resources", item(&resources(self.required.0)));
        aws.play("GET /restapis/api1/stages", item(&json!([{ "stageName": "dev", "deploymentId": "d1" }])));
        let deployed = self.required.1.map(|key| json!({ "apiKeyRequired": key, "authorizationType": "NONE" }));
        let summary = deployed.map_or(json!({}), |method| json!({ "/action/start": { "POST": method } }));
        let deployment = json!({ "id": "d1", "createdDate": 1.6e9, "apiSummary": summary });
        aws.play("GET /restapis/api1/deployments/d1", [Answer::json(&deployment)]);
        aws.play("GET /apikeys", item(&json!([self.key])));
        aws.play("GET /usageplans", item(&self.plans));
        aws.play("GET /usageplans/shop-dev/usage", [Answer::json(&json!({ "values": { "k1": self.usage } }))]);
        aws.play("GET /account", [Answer::json(&json!({ "throttleSettings": { "rateLimit": 9.0, "burstLimit": 5 } }))]);
        let (is_open, is_enabled) = (self.required.1 == Some(false), self.key["enabled"] == true);
        let is_there = self.required.1.is_some();
        let good = self.good;
        aws.compute("POST /dev/action/start", move |request| {
            assert_eq!(
                request.header("content-type"),
                Some("application/x-iw102-keys-doctor"),
                "it could start something"
            );
            assert_eq!(request.json(), json!({}));
            match request.header("x-api-key") {
                _ if !is_there => missing_token(),
                Some(VALUE) if is_enabled || is_open => good.clone(),
                _ if is_open => good.clone(),
                _ => Answer::gateway_error(403, "ForbiddenException", "Forbidden"),
            }
        });
        let iw102 = Iw102::new().on_aws(&aws).hiding(VALUE).with("IW102_API", &format!("{}/dev", aws.url));
        iw102.write("serverless.yml", PROJECT);
        (aws, iw102)
    }

    fn doctor(self, words: &[&str]) -> Ran {
        let (aws, iw102) = self.begin();
        aws.play("POST /dev/action/strat", [missing_token()]);
        iw102.run([&["keys", "doctor"], words].concat())
    }
}

fn missing_token() -> Answer {
    Answer::gateway_error(403, "MissingAuthenticationTokenException", "Missing Authentication Token")
}

fn plan(name: &str, stages: &Value) -> Value {
    json!({ "id": name, "name": name, "apiStages": stages, "throttle": { "rateLimit": 10.0, "burstLimit": 2 } })
}

fn with_quota(mut plan: Value) -> Value {
    plan["quota"] = json!({ "limit": 100, "period": "DAY" });
    json!([plan])
}

fn resources(api_key_required: bool) -> Value {
    let uri = "arn:aws:apigateway:eu-west-1:states:action/StartExecution";
    let method =
        json!({ "httpMethod": "POST", "apiKeyRequired": api_key_required, "methodIntegration": { "uri": uri } });
    json!([{ "id": "r", "path": "/" }, { "id": "s", "path": "/action/start", "resourceMethods": { "POST": method } }])
}

fn seconds_ago(seconds: u64) -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() - seconds
}

#[test]
fn a_key_that_works_is_told_with_everything_that_was_looked_at() {
    let (aws, iw102) = World::new().begin();
    iw102.run(["keys", "doctor"]).check(expect![[r#"
        ok       route          POST /action/start calls StartExecution
        ok       needs a key    without one the gateway answers 403
        ok       deployment     d1 of [TIME] has the route as it is set up
        ok       key            dev-first (k1)
        ok       enabled        yes
        ok       plan           shop-dev opens api1/dev
        ok       quota          none
        ok       throttle       10/s, 2 at once; all APIs of the account 9/s, 5 at once
        ok       request        the gateway lets it pass
        --- stderr
        the key works
        --- exit 0
    "#]]);
    let asked = aws.asked("POST /dev/action/start");
    let keys: Vec<bool> = asked.iter().map(|request| request.header("x-api-key").is_some()).collect();
    assert_eq!(keys, [false, true]);
    let ran = iw102.run(["keys", "doctor", "dev-first", "-q", "[works, cause, keyId, route]"]);
    assert_eq!(ran.stdout, "[true,null,\"k1\",\"POST /action/start\"]\n", "{}", ran.snapshot());
}

#[test]
fn every_cause_of_a_refusal_is_told_apart() {
    let with_key = |change: Value| {
        let mut world = World::new();
        let members = change.as_object().unwrap().clone();
        world.key.as_object_mut().unwrap().extend(members);
        world
    };
    let forbidden = || Answer::gateway_error(403, "ForbiddenException", "Forbidden");
    let other = json!([plan("other", &json!([{ "apiId": "api1", "stage": "prod" }]))]);
    for (world, words, code, exit) in [
        (with_key(json!({ "enabled": false })), &[][..], "Disabled", 12),
        (World { plans: json!([]), good: forbidden(), ..World::new() }, &[], "NoPlan", 12),
        (World { plans: other, good: forbidden(), ..World::new() }, &[], "OtherStage", 12),
        (World { source: "AUTHORIZER", good: forbidden(), ..World::new() }, &[], "NotFromHeader", 12),
        (World { good: forbidden(), ..with_key(json!({ "createdDate": seconds_ago(5) })) }, &[], "Spreading", 12),
        (World { good: forbidden(), ..World::new() }, &[], "Unexplained", 12),
        (World { required: (true, Some(false)), ..with_key(json!({ "enabled": false })) }, &[], "Disabled", 12),
        (World { required: (true, None), ..World::new() }, &[], "NotDeployed", 10),
        (World::new(), &["--route", "POST /action/strat"], "WrongRoute", 10),
        (
            World { good: Answer::gateway_error(429, "TooManyRequestsException", "Too Many Requests"), ..World::new() },
            &[],
            "Throttled",
            13,
        ),
        (
            World {
                good: Answer::gateway_error(429, "LimitExceededException", "Limit Exceeded"),
                usage: json!([[100, 0]]),
                plans: with_quota(plan("shop-dev", &json!([{ "apiId": "api1", "stage": "dev" }]))),
                ..World::new()
            },
            &[],
            "QuotaUsedUp",
            13,
        ),
    ] {
        let ran = world.doctor(&[words, &["-o", "json"]].concat());
        assert_eq!(ran.code, Some(exit), "{code}: {}", ran.snapshot());
        let told: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!((&told["cause"]["code"], &told["works"]), (&json!(code), &json!(false)), "{}", ran.snapshot());
        assert!(!told["cause"]["hint"].as_str().unwrap().is_empty(), "{code}");
    }
}

#[test]
fn a_value_that_no_key_has_is_unknown() {
    let (_aws, iw102) = World::new().begin();
    let iw102 = iw102.with("SOME_KEY", "ffffffffffffffffffffffffffffffffffffffff");
    let ran = iw102.run(["keys", "doctor", "--api-key", "env:SOME_KEY"]);
    assert_eq!(ran.code, Some(12), "{}", ran.snapshot());
    assert!(ran.stderr.contains("no key of this account and region has the value"), "{}", ran.snapshot());
}

#[test]
fn a_route_that_answers_without_a_key_is_warned_of() {
    let stale = World { required: (true, Some(false)), ..World::new() };
    stale.doctor(&[]).check(expect![[r#"
        ok       route          POST /action/start calls StartExecution
        warning  needs a key    the route answers without one: that it needs one is not deployed
        wrong    deployment     d1 of [TIME] is older than `the route needs a key`
        ok       key            dev-first (k1)
        ok       enabled        yes
        ok       plan           shop-dev opens api1/dev
        ok       quota          none
        ok       throttle       10/s, 2 at once; all APIs of the account 9/s, 5 at once
        ok       request        the gateway lets it pass
        warning  open routes    these answer without a key, though the service has keys: POST /action/start
        --- stderr
        error: nothing is wrong with the key that can be seen, but no request proves it
        hint:  ask a route of Step Functions that needs a key: --route 'POST /path'; the routes: iw102 endpoints
        --- exit 1
    "#]]);
}

#[test]
fn a_route_of_something_else_is_not_called() {
    let (aws, iw102) = World::new().begin();
    let uri = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/f/invocations";
    let method = json!({ "httpMethod": "POST", "apiKeyRequired": true, "methodIntegration": { "uri": uri } });
    let resources = json!([{ "id": "s", "path": "/lambda", "resourceMethods": { "POST": method } }]);
    aws.play("GET /restapis/api1/resources", [Answer::json(&json!({ "item": resources }))]);
    let ran = iw102.run(["keys", "doctor", "--route", "POST /lambda"]);
    assert!(
        ran.stdout.contains("unknown  request        not sent: POST /lambda calls something else"),
        "{}",
        ran.snapshot()
    );
    assert_eq!(ran.code, Some(1), "{}", ran.snapshot());
    assert!(aws.requests().iter().all(|request| !request.path.starts_with("/dev/")));
}

#[test]
fn what_fails_behind_the_key_shows_that_it_was_taken() {
    let broken = Answer::gateway_error(500, "InternalServerErrorException", "Internal server error");
    let ran = World { good: broken, ..World::new() }.doctor(&[]);
    assert_eq!(ran.code, Some(0), "{}", ran.snapshot());
    assert!(ran.stdout.contains("500 Internal server error"), "{}", ran.snapshot());
}

#[test]
fn a_new_key_is_waited_for() {
    let (aws, iw102) = World::new().begin();
    let forbidden = || Answer::gateway_error(403, "ForbiddenException", "Forbidden");
    let unsupported = Answer::gateway_error(415, "BadRequestException", "Unsupported Media Type");
    aws.play_once("POST /dev/action/start", [forbidden(), forbidden(), unsupported]);
    let ran = iw102.run(["keys", "doctor", "--wait=10s"]);
    assert_eq!(ran.code, Some(0), "{}", ran.snapshot());
    assert!(ran.stderr.contains("asking again for up to 10 s"), "{}", ran.snapshot());
}

#[test]
fn a_gateway_is_asked_without_credentials_too() {
    let (aws, _) = World::new().begin();
    let iw102 = Iw102::new().with("AWS_EC2_METADATA_DISABLED", "true").with("SOME_KEY", VALUE).hiding(VALUE);
    let machines = "stateMachines: {order: {events: [{http: {path: action/start, method: POST, private: true}}], \
         definition: {StartAt: P, States: {P: {Type: Pass, End: true}}}}}";
    iw102.write("serverless.yml", &PROJECT.replace("stepFunctions: {}", &format!("stepFunctions: {{{machines}}}")));
    let api = format!("{}/dev", aws.url);
    let words = ["keys", "doctor", "--api-key", "env:SOME_KEY", "--api", &api, "--route", "POST /action/start"];
    let ran = iw102.run(words);
    assert_eq!(ran.code, Some(0), "{}", ran.snapshot());
    assert!(ran.stderr.contains("the key works"), "{}", ran.snapshot());
}

#[test]
fn a_route_of_which_nobody_knows_what_it_calls_is_not_asked() {
    let (aws, _) = World::new().begin();
    aws.play("POST /dev/pay", [Answer::json(&json!({ "paid": true }))]);
    let iw102 = Iw102::new().with("AWS_EC2_METADATA_DISABLED", "true").with("SOME_KEY", VALUE).hiding(VALUE);
    let api = format!("{}/dev", aws.url);
    let ran = iw102.run(["keys", "doctor", "--api-key", "env:SOME_KEY", "--api", &api, "--route", "POST /pay"]);
    assert_eq!(ran.code, Some(1), "{}", ran.snapshot());
    assert!(ran.stdout.contains("not sent: what POST /pay calls is not known"), "{}", ran.snapshot());
    assert!(aws.asked("POST /dev/pay").is_empty());
}

#[test]
fn where_aws_tells_no_route_the_project_s_file_does_and_else_the_doctor_says_who_could() {
    let (aws, _) = World::new().begin();
    let api = format!("{}/dev", aws.url);
    let words = ["keys", "doctor", "--api-key", "env:SOME_KEY", "--api", &api];
    let without = || Iw102::new().with("AWS_EC2_METADATA_DISABLED", "true").with("SOME_KEY", VALUE).hiding(VALUE);
    without().run(words).check(expect![[r#"
        unknown  route          none is known; its API could not be read: no region is set
        unknown  needs a key    not sent: no route of Step Functions is known
        unknown  deployment     the stage is not known
        unknown  key            the key is not known
        unknown  request        not sent: no route of Step Functions is known
        --- stderr
        error: nothing is wrong with the key that can be seen, but no request proves it
        hint:  what a route calls is told by API Gateway to who may ask it (apigateway:GET), and by the project's file (--file serverless.yml)
        --- exit 1
    "#]]);
    assert!(aws.asked("POST /dev/action/start").is_empty());
    let iw102 = without();
    let machines = "stateMachines: {order: {events: [{http: {path: action/start, method: POST, private: true}}], \
         definition: {StartAt: P, States: {P: {Type: Pass, End: true}}}}}";
    iw102.write("serverless.yml", &PROJECT.replace("stepFunctions: {}", &format!("stepFunctions: {{{machines}}}")));
    let ran = iw102.run(words);
    assert!(ran.code == Some(0) && ran.stderr.contains("the key works"), "{}", ran.snapshot());
    assert_eq!(aws.asked("POST /dev/action/start").len(), 2);
}

#[test]
fn what_is_no_gateway_is_not_taken_for_a_good_key() {
    for other in [
        Answer::aws_error(404, "UnknownOperationException", "no such operation"),
        Answer::text(404, "<html>Not Found</html>").without("x-amzn-RequestId"),
        Answer::text(200, "<html>Welcome</html>").without("x-amzn-RequestId"),
    ] {
        let (aws, iw102) = World::new().begin();
        aws.play("POST /dev/action/start", [other]);
        let ran = iw102.run(["keys", "doctor"]);
        assert_eq!(ran.code, Some(10), "{}", ran.snapshot());
        assert!(ran.stderr.contains("/dev is not the API: it says "), "{}", ran.snapshot());
        assert!(ran.stderr.contains("hint:  name the gateway with its stage: --api https://"), "{}", ran.snapshot());
        assert!(
            ran.stdout.contains("wrong    request ") && !ran.stdout.contains("answers without one"),
            "{}",
            ran.stdout
        );
    }
}

#[test]
fn a_throttled_gateway_is_asked_once_without_the_key_and_once_with_it() {
    let throttled = Answer::gateway_error(429, "TooManyRequestsException", "Too Many Requests");
    let (aws, iw102) = World { good: throttled, ..World::new() }.begin();
    let ran = iw102.run(["keys", "doctor"]);
    assert_eq!((ran.code, aws.asked("POST /dev/action/start").len()), (Some(13), 2), "{}", ran.snapshot());
}

#[test]
fn of_many_keys_the_projects_are_listed_with_few_calls() {
    let aws = Player::http();
    let key = |id: usize, name: &str| json!({ "id": format!("k{id}"), "name": name, "value": VALUE, "enabled": true });
    let mut keys: Vec<Value> = (0..300).map(|id| key(id, &format!("other-{id}"))).collect();
    keys.push(key(300, "dev-first"));
    keys.push(key(301, "by-hand"));
    let mut plans: Vec<Value> = (0..40).map(|at| plan(&format!("other-{at}"), &json!([]))).collect();
    plans.push(plan("shop-dev", &json!([{ "apiId": "api1", "stage": "dev" }])));
    aws.play("GET /apikeys", [Answer::json(&json!({ "item": keys }))]);
    let all = plans.clone();
    aws.compute("GET /usageplans", move |request| match request.parameter("keyId") {
        None => Answer::json(&json!({ "item": all })),
        Some(_) => Answer::json(&json!({ "item": [all.last()] })),
    });
    aws.play(
        "GET /usageplans/shop-dev/keys",
        [Answer::json(&json!({ "item": [{ "id": "k301", "name": "by-hand" }] }))],
    );
    let iw102 = Iw102::new().on_aws(&aws).hiding(VALUE);
    iw102.write("serverless.yml", PROJECT);
    iw102.run(["keys", "list"]).check(expect![[r#"
        NAME       ID    ENABLED  STAGES    DIGEST
        dev-first  k300  yes      api1/dev  sha256:49dce27a35d7
        by-hand    k301  yes      api1/dev  sha256:49dce27a35d7
        --- stderr
        --- exit 0
    "#]]);
    assert_eq!(aws.requests().len(), 5);
    for at in 0..40 {
        aws.play(&format!("GET /usageplans/other-{at}/keys"), [Answer::json(&json!({ "item": [] }))]);
    }
    let before = aws.requests().len();
    let ran = iw102.run(["keys", "list", "--all", "-o", "name"]);
    assert_eq!(ran.stdout.lines().count(), 302, "{}", ran.snapshot());
    assert_eq!(aws.requests().len() - before, 2 + 41, "one call for each plan, not for each key");
}

#[test]
fn of_several_keys_with_a_name_none_is_guessed() {
    let aws = Player::http();
    let keys = ["k1", "k2"].map(|id| json!({ "id": id, "name": "dev-first", "value": VALUE, "enabled": true }));
    aws.play("GET /apikeys", [Answer::json(&json!({ "item": keys }))]);
    aws.play("GET /usageplans", [Answer::json(&json!({ "item": [] }))]);
    let iw102 = Iw102::new().on_aws(&aws).hiding(VALUE);
    iw102.run(["keys", "show", "dev-first"]).check(expect![[r#"
        --- stderr
        error: 2 API keys are called dev-first: k1 (enabled), k2 (enabled)
        hint:  keys show takes an id too; --api-key takes the value: env:NAME or @FILE
        --- exit 2
    "#]]);
    let ran = iw102.run(["keys", "show", "k2", "-q", "id"]);
    assert_eq!((ran.stdout.as_str(), ran.code), ("k2\n", Some(0)), "{}", ran.snapshot());
}

#[test]
fn usage_is_asked_once_for_a_plan_and_tells_the_throttles_of_methods() {
    let (aws, iw102) = World {
        plans: json!([plan(
            "shop-dev",
            &json!([{ "apiId": "api1", "stage": "dev",
            "throttle": { "/action/start/POST": { "rateLimit": 1.0, "burstLimit": 1 } } }])
        )]),
        ..World::new()
    }
    .begin();
    aws.play(
        "GET /usageplans/shop-dev/keys",
        [Answer::json(&json!({ "item": [{ "id": "k1", "name": "dev-first" }] }))],
    );
    iw102.run(["keys", "usage"]).check(expect![[r#"
        NAME       PLAN      USED  LEFT  RESETS  THROTTLE
        dev-first  shop-dev  13    -     -       10/s, 2 at once; POST /action/start: 1/s, 1 at once
        --- stderr
        --- exit 0
    "#]]);
    assert_eq!(aws.asked("GET /usageplans/shop-dev/usage").len(), 1);
    let limited = with_quota(plan("shop-dev", &json!([{ "apiId": "api1", "stage": "dev" }])));
    aws.play("GET /usageplans", [Answer::json(&json!({ "item": limited }))]);
    let ran = iw102.run(["keys", "usage", "dev-first", "-q", "usage[0].[used, remaining, quota.limit]"]);
    assert_eq!(ran.stdout, "[13,87,100]\n", "{}", ran.snapshot());
}

#[test]
fn the_doctor_says_the_same_of_the_engine_inside() {
    let iw102 = Iw102::new();
    let project = "\
service: shop
provider:
  name: aws
  region: eu-west-1
  apiKeys: [dev-first, {name: dev-off, value: offoffoffoffoffoffoffoff, enabled: false}]
  usagePlan: {quota: {limit: 2, period: MONTH}}
stepFunctions:
  stateMachines:
    order:
      events:
        - http: {path: action/start, method: POST, private: true}
        - http: {path: action/open, method: POST}
      definition: {StartAt: Done, States: {Done: {Type: Succeed}}}
";
    iw102.write("serverless.yml", project);
    let code = |words: &[&str], expected: i32| {
        let ran = iw102.run([&["keys", "doctor", "--local", "-q", "cause.code"], words].concat());
        assert_eq!(ran.code, Some(expected), "{words:?}: {}", ran.snapshot());
        ran.stdout
    };
    assert_eq!(code(&[], 0), "null\n");
    assert_eq!(code(&["dev-off"], 12), "Disabled\n");
    assert_eq!(code(&["--route", "POST /action/strat"], 10), "WrongRoute\n");
    assert_eq!(code(&[], 0), "null\n");
    assert_eq!(code(&[], 13), "QuotaUsedUp\n");
    assert_eq!(iw102.run(["list", "--local", "-o", "name"]).stdout, "", "nothing was started");
    let ran = iw102.run(["keys", "doctor", "dev-off", "--local"]);
    assert!(ran.stdout.contains("warning  open routes    these answer without a key"), "{}", ran.snapshot());
    assert!(ran.stderr.contains("its entry in serverless.yml says `enabled: false`"), "{}", ran.snapshot());
}
