//! By which route: with nothing but a key, by what AWS says, by what the project's file says; and requests that are only shown.

use expect_test::expect;

use super::{
    ENV_KEY, KEY, MACHINE, STARTED, deployed, described, execution_arn, machines, project, resources, started,
    with_key, yaml,
};
use crate::player::{Answer, Player, REQUEST_ID};

/// A player that is a gateway over TLS, and its flags.
fn gateway(player: &Player) -> [String; 6] {
    let ca = player.ca_file().unwrap().to_str().unwrap().to_owned();
    ["--api".into(), format!("{}/dev", player.url), "--api-key".into(), ENV_KEY.into(), "--cacert".into(), ca]
}

fn words<'a>(words: &[&'a str], flags: &'a [String]) -> Vec<&'a str> {
    words.iter().copied().chain(flags.iter().map(String::as_str)).collect()
}

#[test]
fn who_has_a_key_and_names_the_route_needs_nothing_of_aws() {
    let player = Player::https();
    let flags = gateway(&player);
    player.play("POST /dev/action/start", [started()]);
    player.play("POST /dev/action/status", [described("SUCCEEDED")]);
    player.play("POST /dev/action/stop", [Answer::json(&serde_json::json!({ "stopDate": STARTED }))]);
    let iw102 = with_key();
    let arn = execution_arn(REQUEST_ID);
    iw102.run(words(&["start", "--route", "POST /action/start", "a=1"], &flags)).check(expect![[r#"
        arn:aws:states:eu-west-1:123456789012:execution:OrderStepFunctionsStateMachine-aB3dE5fG7h1J:[UUID]
        --- stderr
        created
        --- exit 0
    "#]]);
    // A machine may be named all the same: the route has its own.
    let ran = iw102.run(words(&["start", "order", "--route", "POST /action/start", "-o", "json"], &flags));
    assert!(ran.code == Some(0) && ran.stdout.contains("\"2019-11-12T15:40:09.347Z\""), "{}", ran.snapshot());
    let ran = iw102.run(words(&["status", &arn, "--route", "POST /action/status", "-q", "startDate"], &flags));
    assert_eq!(ran.stdout, "2019-11-12T15:40:09.347Z\n", "{}", ran.snapshot());
    let ran = iw102.run(words(&["stop", &arn, "--route", "POST /action/stop", "--error", "E"], &flags));
    assert_eq!(ran.code, Some(0), "{}", ran.snapshot());
    let requests = player.requests();
    assert_eq!(requests.len(), 4);
    for request in &requests {
        assert_eq!((request.header("x-api-key"), request.header("authorization")), (Some(KEY), None));
        assert_eq!(request.header("content-type"), Some("application/json"));
    }
    assert_eq!(requests[0].json(), serde_json::json!({ "a": "1" }));
    assert_eq!(requests[3].json(), serde_json::json!({ "executionArn": arn, "error": "E" }));
}

#[test]
fn a_project_s_file_has_the_routes_where_aws_cannot_be_asked() {
    let player = Player::https();
    let flags = gateway(&player);
    player.play("POST /dev/action/start", [started()]);
    player.play("POST /dev/action/status", [described("RUNNING")]);
    player.play("POST /dev/action/stop", [Answer::json(&serde_json::json!({ "stopDate": STARTED }))]);
    let iw102 = with_key();
    iw102.write("serverless.yml", &yaml());
    iw102.run(words(&["start", "a=1"], &flags)).check(expect![[r#"
        arn:aws:states:eu-west-1:123456789012:execution:OrderStepFunctionsStateMachine-aB3dE5fG7h1J:[UUID]
        --- stderr
        note: AWS cannot tell the API's routes (there are no AWS credentials); taking those of serverless.yml
        created
        --- exit 0
    "#]]);
    for command in ["status", "stop"] {
        let ran = iw102.run(words(&[command, "last"], &flags));
        assert_eq!(ran.code, Some(0), "{}", ran.snapshot());
        assert_eq!(ran.stderr.matches("taking those of serverless.yml").count(), 1, "{}", ran.snapshot());
    }
    let ran = iw102.run(words(&["start", "other"], &flags));
    assert!(ran.code == Some(11) && ran.stderr.contains("--route 'POST /action/start'"), "{}", ran.snapshot());
    let ran = with_key().with("AWS_REGION", "eu-west-1").run(words(&["start", "order"], &flags));
    assert!(ran.code == Some(11) && ran.stderr.contains("--route 'POST /action/start'"), "{}", ran.snapshot());
}

#[test]
fn a_gateway_that_was_given_has_its_own_routes_on_aws() {
    let (aws, gateway) = (Player::http(), Player::http());
    aws.play("ListStateMachines", [machines(&[MACHINE])]);
    aws.play("DescribeStacks", [deployed()]);
    aws.play("GET /restapis/q7/resources", [resources()]);
    gateway.play("POST /_aws/execute-api/q7/blue/action/start", [started()]);
    let api = format!("{}/_aws/execute-api/q7/blue", gateway.url);
    let ran = project(&aws).run(["start", "--api", &api, "--api-key", ENV_KEY, "a=1"]);
    assert_eq!(ran.code, Some(0), "{}", ran.snapshot());
    assert_eq!(gateway.requests()[0].method, "POST");
}

#[test]
fn the_bare_flag_takes_the_environment_s_key_or_the_service_s() {
    let player = Player::http();
    player.play("GET /restapis", [super::apis(&[("a1", "dev-shop")])]);
    player.play("POST /_aws/execute-api/a1/dev/action/start", [started()]);
    let keys = serde_json::json!({ "item": [{ "id": "k", "name": "dev-first", "value": KEY, "enabled": true }] });
    player.play("GET /apikeys", [Answer::json(&keys)]);
    let iw102 = project(&player);
    let ran = iw102.run(["start", "--route", "POST /action/start", "--api-key"]);
    assert_eq!(ran.code, Some(0), "{}", ran.snapshot());
    let iw102 = iw102.with_secret("IW102_API_KEY", "another-key-of-the-environment");
    let ran = iw102.run(["start", "--route", "POST /action/start", "--api-key", "-v"]);
    assert_eq!(ran.code, Some(0), "{}", ran.snapshot());
    let sent = player.asked("POST /_aws/execute-api/a1/dev/action/start");
    let sent: Vec<_> = sent.iter().map(|request| request.header("x-api-key").unwrap()).collect();
    assert_eq!((sent, player.asked("GET /apikeys").len()), (vec![KEY, "another-key-of-the-environment"], 1));
    player.play("GET /apikeys", [Answer::aws_error(403, "AccessDeniedException", "no apigateway:GET")]);
    let ran = project(&player).run(["start", "--route", "POST /action/start", "--api-key"]);
    assert!(ran.code == Some(11) && ran.stderr.contains("--api-key env:NAME"), "{}", ran.snapshot());
}

#[test]
fn what_is_shown_is_not_sent_and_has_no_key_in_it() {
    let player = Player::https();
    let flags = gateway(&player);
    let iw102 = with_key();
    let ran = iw102.run(words(&["http", "POST", "/action/start", "a=1", "q==x y", "--offline"], &flags));
    ran.check(expect![[r#"
        POST /dev/action/start?q=x+y HTTP/1.1
        accept: application/json
        content-type: application/json
        user-agent: iw102/0.1.0
        x-api-key: [redacted]
        host: 127.0.0.1:[PORT]
        content-length: 9

        {"a":"1"}
        --- stderr
        --- exit 0
    "#]]);
    let ran = iw102.run(words(&["http", "POST", "/action/start", "a=1", "--curl"], &flags));
    assert!(ran.code == Some(0) && ran.stdout.contains("x-api-key: $IW102_API_KEY"), "{}", ran.snapshot());
    // Whose certificates are taken for good is a part of the request, whichever way it was said.
    let ca = format!("--cacert {}\n", flags[5]);
    assert!(ran.stdout.ends_with(&ca), "{}", ran.snapshot());
    let of_environment = with_key().with("AWS_CA_BUNDLE", &flags[5]);
    let ran = of_environment.run(words(&["http", "POST", "/action/start", "a=1", "--curl"], &flags[..4]));
    assert!(ran.stdout.ends_with(&ca), "{}", ran.snapshot());
    // The service's own key is not looked up for what does not show it.
    let api = flags[1].as_str();
    let ran = iw102.run(["http", "GET", "/action/start", "--offline", "--api", api, "--api-key"]);
    assert!(ran.code == Some(0) && ran.stdout.contains("x-api-key: [redacted]"), "{}", ran.snapshot());
    assert_eq!(player.requests().len(), 0);
    let aws = Player::http();
    aws.play("GET /restapis", [super::apis(&[("a1", "dev-shop")])]);
    for flag in ["--offline", "--curl"] {
        for key in [&["--api-key"][..], &["--api-key", "name:dev-first"]] {
            let ran = project(&aws).run([&["http", "POST", "/action/start", flag], key].concat());
            assert!(ran.code == Some(0) && ran.stdout.contains("x-api-key: "), "{}", ran.snapshot());
        }
    }
    assert_eq!(aws.asked("GET /restapis").len(), aws.requests().len());
}

#[test]
fn a_whole_url_needs_no_project_and_no_aws_and_a_method_must_be_one() {
    let player = Player::https();
    let flags = gateway(&player);
    player.play("POST /dev/action/start", [started()]);
    let url = format!("{}/action/start", flags[1]);
    let iw102 = with_key();
    let ran = iw102.run(words(&["http", "POST", &url, "a=1"], &flags[2..]));
    assert_eq!(ran.code, Some(0), "{}", ran.snapshot());
    assert_eq!(player.requests()[0].header("x-api-key"), Some(KEY));
    let ran = iw102.run(["http", "BOGUS", &url]);
    assert_eq!(ran.code, Some(2), "{}", ran.snapshot());
    assert!(ran.stderr.contains("`BOGUS` is no method of an API; write GET, POST"), "{}", ran.snapshot());
    let ran = iw102.run(["http", "GET", "http://gateway.example/dev/hello"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("over https only"), "{}", ran.snapshot());
    assert_eq!(player.requests().len(), 1);
}

#[test]
fn a_project_that_is_not_deployed_is_told_as_that() {
    let player = Player::http();
    let none = || Answer::json(&serde_json::json!({ "item": [] }));
    player.play("GET /restapis", [none()]);
    player.play("GET /apikeys", [none()]);
    player.play(
        "DescribeStacks",
        [Answer::xml(
            400,
            "<ErrorResponse><Error><Code>ValidationError</Code>\
        <Message>Stack with id shop-dev does not exist</Message></Error></ErrorResponse>",
        )],
    );
    for command in [&["endpoints"][..], &["keys", "show", "dev-first"]] {
        let ran = project(&player).run(command);
        assert_eq!(ran.code, Some(10), "{}", ran.snapshot());
        let hint = "hint:  if it is not deployed yet: serverless deploy --stage dev\n";
        assert!(ran.stderr.contains(hint), "{}", ran.snapshot());
    }
}
