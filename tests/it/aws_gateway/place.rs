//! Where the gateway is: by its name, by the stack, remembered, moved.

use expect_test::expect;

use super::{
    ENV_KEY, MACHINE, apis, asked, deployed, machine_arn, machines, project, resources, started, with_key, yaml,
};
use crate::harness::{ACCESS_KEY_ID, Iw102, REGION, SECRET_ACCESS_KEY};
use crate::player::{Answer, Player, Proxy, REQUEST_ID};

const START: [&str; 4] = ["start", "--api-key", ENV_KEY, "a=1"];

/// AWS with the project's API `a1` and its machine.
fn aws(player: &Player) {
    player.play("GET /restapis", [apis(&[("b2", "prod-shop"), ("a1", "dev-shop")])]);
    player.play("GET /restapis/a1/resources", [resources()]);
    player.play("ListStateMachines", [machines(&[MACHINE])]);
    player.play("DescribeStacks", [deployed()]);
    player.play("POST /_aws/execute-api/a1/dev/action/start", [started()]);
}

fn no_stack() -> Answer {
    refused_by_xml("ValidationError", "Stack with id shop-dev does not exist")
}

fn refused_by_xml(code: &str, message: &str) -> Answer {
    let body = format!("<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>");
    Answer::xml(400, &body)
}

fn denied() -> Answer {
    Answer::aws_error(403, "AccessDeniedException", "User is not authorized to perform: apigateway:GET")
}

#[test]
fn the_project_s_api_is_found_by_its_name_and_remembered() {
    let player = Player::http();
    aws(&player);
    let iw102 = project(&player);
    iw102.run(START).check(expect![[r#"
        arn:aws:states:eu-west-1:123456789012:execution:OrderStepFunctionsStateMachine-aB3dE5fG7h1J:[UUID]
        --- stderr
        created
        --- exit 0
    "#]]);
    let post = "POST /_aws/execute-api/a1/dev/action/start";
    let first = ["GET /restapis", "ListStateMachines", "DescribeStacks", "GET /restapis/a1/resources", post];
    assert_eq!(asked(&player), first);
    assert_eq!(iw102.run(START).code, Some(0));
    assert_eq!(asked(&player)[5..], ["GET /restapis/a1/resources", post]);
    let ran = iw102.run(["start", "--api-key", ENV_KEY, "--route", "POST /action/start"]);
    assert_eq!((ran.code, &asked(&player)[7..]), (Some(0), &[post.to_owned()][..]), "{}", ran.snapshot());
    // What is started through the gateway is the last one, too.
    player.play("POST /_aws/execute-api/a1/dev/action/status", [super::described("RUNNING")]);
    let ran = iw102.run(["status", "last", "--api-key", ENV_KEY, "-o", "name"]);
    assert_eq!(ran.stdout, format!("{REQUEST_ID}\n"), "{}", ran.snapshot());
}

#[test]
fn an_api_that_was_removed_and_made_again_is_found_again() {
    for gone in [
        Answer::gateway_error(403, "MissingAuthenticationTokenException", "Missing Authentication Token"),
        Answer::gateway_error(403, "ForbiddenException", "Forbidden"),
    ] {
        let player = Player::http();
        aws(&player);
        let iw102 = project(&player);
        assert_eq!(iw102.run(START).code, Some(0));
        player.play("POST /_aws/execute-api/a1/dev/action/start", [gone]);
        player.play("GET /restapis", [apis(&[("a9", "dev-shop")])]);
        player.play("POST /_aws/execute-api/a9/dev/action/start", [started()]);
        let words = ["start", "--api-key", ENV_KEY, "--route", "POST /action/start"];
        let ran = iw102.run(words);
        assert_eq!(ran.code, Some(0), "{}", ran.snapshot());
        let (old, new) = ("POST /_aws/execute-api/a1/dev/action/start", "POST /_aws/execute-api/a9/dev/action/start");
        assert_eq!(asked(&player)[5..], [old, "GET /restapis", new]);
        assert_eq!(iw102.run(words).code, Some(0));
        assert_eq!(asked(&player)[8..], [new]);
    }
}

#[test]
fn a_wrong_route_of_a_remembered_gateway_is_a_wrong_route() {
    let player = Player::http();
    aws(&player);
    let iw102 = project(&player);
    assert_eq!(iw102.run(START).code, Some(0));
    let none = Answer::gateway_error(403, "MissingAuthenticationTokenException", "Missing Authentication Token");
    player.play("POST /_aws/execute-api/a1/dev/nowhere", [none]);
    let ran = iw102.run(["http", "POST", "/nowhere", "--api-key", ENV_KEY]);
    assert_eq!(ran.code, Some(10), "{}", ran.snapshot());
    assert_eq!(player.asked("POST /_aws/execute-api/a1/dev/nowhere").len(), 1);
    assert_eq!(player.asked("GET /restapis").len(), 2);
}

#[test]
fn aws_s_own_hosts_are_called_with_the_api_s_id_and_stage() {
    let player = Player::https();
    aws(&player);
    player.play("POST /prod/action/start", [started()]);
    player.play("GET /restapis/b2/resources", [resources()]);
    let proxy = Proxy::to(&player, None);
    let iw102 = Iw102::new()
        .with("AWS_CA_BUNDLE", player.ca_file().unwrap().to_str().unwrap())
        .with("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID)
        .with_secret("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY)
        .with("HTTPS_PROXY", &format!("http://{}", proxy.address))
        .with_secret("SHOP_KEY", super::KEY);
    iw102.write("serverless.yml", &yaml());
    let ran = iw102.run([&START[..], &["--stage", "prod"]].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.snapshot());
    let mut hosts = proxy.asked();
    hosts.sort();
    hosts.dedup();
    assert_eq!(
        hosts,
        [
            "apigateway.eu-west-1.amazonaws.com:443",
            "b2.execute-api.eu-west-1.amazonaws.com:443",
            "cloudformation.eu-west-1.amazonaws.com:443",
            "states.eu-west-1.amazonaws.com:443"
        ]
    );
    let sent = &player.asked("POST /prod/action/start")[0];
    assert_eq!(sent.header("x-api-key"), Some(super::KEY));
    // Who has a key is no caller of AWS, and what signs AWS's calls is not the gateway's business.
    assert_eq!(sent.header("authorization"), None);
}

#[test]
fn the_stack_tells_it_where_api_gateway_is_denied_or_knows_no_such_name() {
    for apis in [denied(), apis(&[("z1", "dev-other")]), apis(&[("z1", "dev-shop"), ("z2", "dev-shop")])] {
        let player = Player::http();
        aws(&player);
        player.play("GET /restapis", [apis]);
        player.play(
            "DescribeStacks",
            [Answer::stack("shop-dev", &[("ServiceEndpoint", "https://a1.execute-api.eu-west-1.amazonaws.com/dev")])],
        );
        let ran = project(&player).run(START);
        assert_eq!(ran.code, Some(0), "{}", ran.snapshot());
        let asked = &player.asked("DescribeStacks")[0];
        assert_eq!(asked.parameter("StackName").as_deref(), Some("shop-dev"));
        let scope = asked.scope().unwrap();
        assert_eq!((scope.service.as_str(), scope.region.as_str()), ("cloudformation", REGION));
    }
}

#[test]
fn where_nobody_may_tell_it_both_reasons_and_the_way_out_are_told() {
    let player = Player::http();
    player.play("GET /restapis", [denied()]);
    player.play("DescribeStacks", [refused_by_xml("AccessDenied", "User may not cloudformation:DescribeStacks")]);
    project(&player).run(START).check(expect![[r#"
        --- stderr
        error: where the API is cannot be found out: User is not authorized to perform: apigateway:GET (AccessDeniedException, request [UUID]); User may not cloudformation:DescribeStacks
        hint:  allow apigateway:GET in their policy; whose credentials are these? iw102 whoami
        hint:  or allow cloudformation:DescribeStacks, by which the stack tells it
        hint:  name the gateway: --api https://ID.execute-api.REGION.amazonaws.com/STAGE
        --- exit 11
    "#]]);
    player.play("GET /restapis", [apis(&[("z1", "dev-other")])]);
    player.play("DescribeStacks", [no_stack()]);
    let ran = project(&player).run(START);
    assert_eq!(ran.code, Some(10), "{}", ran.snapshot());
    let expected = "no API is called dev-shop in eu-west-1, nor does a stack shop-dev name one";
    assert!(ran.stderr.contains(expected) && ran.stderr.contains("--api https://"), "{}", ran.snapshot());
    // A stack that does not answer is not one that is not there.
    for (refusal, code) in [("Throttling", 13), ("AccessDenied", 11)] {
        player.play("DescribeStacks", [refused_by_xml(refusal, "their words")]);
        let ran = project(&player).with("AWS_MAX_ATTEMPTS", "1").run(START);
        assert_eq!(ran.code, Some(code), "{}", ran.snapshot());
        let expected = "no API is called dev-shop in eu-west-1, and the stack shop-dev does not say whether it has one: their words";
        assert!(ran.stderr.contains(expected) && ran.stderr.contains("--api https://"), "{}", ran.snapshot());
    }
    // An emulator without CloudFormation has none.
    player.play("DescribeStacks", [Answer::text(501, "no such service")]);
    let ran = project(&player).run(START);
    assert!(ran.code == Some(10) && ran.stderr.contains("nor does a stack"), "{}", ran.snapshot());
    player.play("GET /restapis", [apis(&[("z1", "dev-shop"), ("z2", "dev-shop")])]);
    let ran = project(&player).run(START);
    assert_eq!(ran.code, Some(2), "{}", ran.snapshot());
    assert!(ran.stderr.contains("more than one API: dev-shop (z1), dev-shop (z2)"), "{}", ran.snapshot());
    assert!(ran.stderr.contains(&format!("--api {}/_aws/execute-api/z2/dev\n", player.url)), "{}", ran.snapshot());
}

#[test]
fn without_a_project_the_only_api_and_stage_are_meant_and_of_several_none() {
    let player = Player::http();
    let iw102 = Iw102::new().on_aws(&player).with_secret("SHOP_KEY", super::KEY);
    let words = ["start", "--route", "POST /action/start", "--api-key", ENV_KEY];
    player.play("GET /restapis", [apis(&[("a1", "dev-shop"), ("z1", "dev-other")])]);
    let ran = iw102.run(words);
    assert_eq!(ran.code, Some(2), "{}", ran.snapshot());
    assert!(ran.stderr.contains("more than one API: dev-shop (a1), dev-other (z1)"), "{}", ran.snapshot());
    player.play("GET /restapis", [apis(&[("a1", "dev-shop")])]);
    let stages = |names: &[&str]| {
        let stage = |name: &&str| serde_json::json!({ "stageName": name });
        Answer::json(&serde_json::json!({ "item": names.iter().map(stage).collect::<Vec<_>>() }))
    };
    player.play("GET /restapis/a1/stages", [stages(&["blue", "green"])]);
    let ran = iw102.run(words);
    assert!(ran.code == Some(2) && ran.stderr.contains("more than one stage: blue, green"), "{}", ran.snapshot());
    let ran = iw102.run([&words[..], &["-s", "red"]].concat());
    assert!(ran.code == Some(10) && ran.stderr.contains("its stages: blue, green"), "{}", ran.snapshot());
    player.play("POST /_aws/execute-api/a1/green/action/start", [started()]);
    assert_eq!(iw102.run([&words[..], &["-s", "green"]].concat()).code, Some(0));
    player.play("GET /restapis/a1/stages", [stages(&["green"])]);
    assert_eq!(iw102.run(words).code, Some(0));
}

#[test]
fn no_key_goes_over_a_plain_way_to_another_machine() {
    let iw102 = with_key().with("AWS_REGION", REGION);
    let ran = iw102.run(["start", "--api", "http://gateway.example/dev", "--api-key", ENV_KEY, "--route", "POST /x"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("a key is sent over https only"), "{}", ran.snapshot());
}

#[test]
fn of_two_deployed_stages_the_stack_tells_which_machine_is_meant() {
    let player = Player::http();
    let other = "OrderStepFunctionsStateMachine-zZ9yY8xX7wW6";
    player.play("ListStateMachines", [machines(&[other, MACHINE])]);
    player.play(
        "DescribeStacks",
        [Answer::stack("shop-dev", &[("OrderStepFunctionsStateMachineArn", &machine_arn(MACHINE))])],
    );
    player.play("DescribeExecution", [super::not_there()]);
    player.compute("StartExecution", |request| {
        let machine = request.json()["stateMachineArn"].as_str().unwrap().replace(":stateMachine:", ":execution:");
        let name = request.json()["name"].as_str().unwrap().to_owned();
        Answer::json(&serde_json::json!({ "executionArn": format!("{machine}:{name}"), "startDate": 1.6E9 }))
    });
    let iw102 = project(&player);
    for _ in 0..2 {
        let ran = iw102.run(["start"]);
        assert!(ran.code == Some(0) && ran.stdout.contains(MACHINE), "{}", ran.snapshot());
    }
    assert_eq!(player.asked("DescribeStacks").len(), 1);
    // What the stack does not say is not guessed.
    player.play("DescribeStacks", [refused_by_xml("AccessDenied", "no")]);
    let iw102 = project(&player);
    let ran = iw102.run(["start", "order"]);
    assert_eq!(ran.code, Some(2), "{}", ran.snapshot());
    assert!(ran.stderr.contains(other) && ran.stderr.contains(MACHINE), "{}", ran.snapshot());
}

#[test]
fn endpoints_are_those_of_the_deployed_api() {
    let player = Player::http();
    aws(&player);
    let iw102 = project(&player);
    let ran = iw102.run(["endpoints", "-o", "jsonl", "-q", "endpoints[].[method, url, action, apiKeyRequired]"]);
    let url = format!("{}/_aws/execute-api/a1/dev", player.url);
    assert_eq!(ran.code, Some(0), "{}", ran.snapshot());
    assert!(
        ran.stdout.contains(&format!(r#"["POST","{url}/action/start","StartExecution",true]"#)),
        "{}",
        ran.snapshot()
    );
    player.play("GET /restapis/a1/resources", [denied()]);
    let ran = iw102.run(["endpoints", "-o", "name"]);
    assert!(ran.code == Some(0) && ran.stdout.contains(&format!("{url}/action/stop\n")), "{}", ran.snapshot());
    assert!(ran.stderr.contains("taking those of serverless.yml"), "{}", ran.snapshot());
}
