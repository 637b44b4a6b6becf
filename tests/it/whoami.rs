//! Who iw102 is on AWS, and where to look at it: `whoami`, `open`.

use std::os::unix::fs::PermissionsExt as _;

use expect_test::expect;
use serde_json::{Value, json};

use crate::harness::{Iw102, REGION};
use crate::player::{Answer, Player};

const SECRET: &str = "secret/OF+A/SOURCE/never/shown";
const PROJECT: &str = "\
service: shop
provider: {name: aws, stage: prod, region: eu-north-1, profile: deployer}
stepFunctions:
  stateMachines:
    order: {name: Order, definition: {StartAt: Done, States: {Done: {Type: Succeed}}}}
";

fn sts() -> Player {
    let aws = Player::http();
    let answer = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
                  <Arn>arn:aws:iam::123456789012:user/Ada</Arn><UserId>AIDAEXAMPLE</UserId>\
                  <Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
    aws.play("GetCallerIdentity", [Answer::xml(200, answer)]);
    aws
}

#[test]
fn everything_is_told_with_its_source_and_no_secret() {
    let aws = sts();
    let iw102 = Iw102::new().on_aws(&aws);
    iw102.run(["whoami", "--stage", "dev"]).check(expect![[r#"
        Account      123456789012
        ARN          arn:aws:iam::123456789012:user/Ada
        Credentials  the environment (AWS_ACCESS_KEY_ID), key …MPLE
        Region       eu-west-1  (AWS_REGION)
        Stage        dev  (--stage)
        Endpoint     http://127.0.0.1:[PORT]  (AWS_ENDPOINT_URL)
        --- stderr
        --- exit 0
    "#]]);
    assert_eq!(aws.asked("GetCallerIdentity").len(), 1);
    assert_eq!(iw102.run(["whoami", "-o", "name"]).stdout, "123456789012\n");
    assert_eq!(
        iw102.run(["whoami", "-q", "[account, region, sources.region]"]).stdout,
        "[\"123456789012\",\"eu-west-1\",\"AWS_REGION\"]\n"
    );
}

#[test]
fn the_projects_profile_and_region_are_told_as_its_own() {
    let aws = sts();
    let iw102 =
        Iw102::new().hiding(SECRET).with("AWS_ENDPOINT_URL", &aws.url).with("AWS_EC2_METADATA_DISABLED", "true");
    iw102.write("serverless.yml", PROJECT);
    let file = iw102.write("aws-config", "[profile deployer]\ncredential_process = sh process.sh\n");
    let answer = json!({ "Version": 1, "AccessKeyId": "AKIAPROCESS000000001", "SecretAccessKey": SECRET,
        "Expiration": "2999-01-01T00:00:00Z" });
    iw102.write("process.sh", &format!("echo called >> calls\necho '{answer}'\n"));
    let iw102 = iw102.with("AWS_CONFIG_FILE", file.to_str().unwrap());
    iw102.run(["whoami"]).check(expect![[r#"
        Account      123456789012
        ARN          arn:aws:iam::123456789012:user/Ada
        Credentials  a process (credential_process), key …0001, until [TIME]
        Region       eu-north-1  (serverless.yml)
        Profile      deployer  (serverless.yml)
        Service      shop  (serverless.yml)
        Stage        prod  (serverless.yml)
        Endpoint     http://127.0.0.1:[PORT]  (AWS_ENDPOINT_URL)
        --- stderr
        --- exit 0
    "#]]);
    assert_eq!(std::fs::read_to_string(iw102.work().join("calls")).unwrap(), "called\n", "credentials are found once");
}

#[test]
fn without_credentials_it_says_the_rest_and_where_it_looked() {
    let iw102 = Iw102::new().with("AWS_REGION", REGION).with("AWS_EC2_METADATA_DISABLED", "true");
    let ran = iw102.run(["whoami", "-o", "json"]);
    assert_eq!(ran.code, Some(11), "{}", ran.snapshot());
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&told["region"], &told["account"]), (&json!(REGION), &Value::Null));
    assert_eq!(told["endpoint"], "https://states.eu-west-1.amazonaws.com");
    assert_eq!(told["lookedAt"].as_array().unwrap().len(), 5);
    let ran = iw102.run(["whoami"]);
    for text in [
        "Credentials  none",
        "the environment: AWS_ACCESS_KEY_ID is not set",
        "the profile default: ",
        ".aws/credentials (not there)",
        "AWS_EC2_METADATA_DISABLED is true",
        "Region       eu-west-1  (AWS_REGION)",
        "(AWS's own)",
    ] {
        assert!(ran.stdout.contains(text), "{text}: {}", ran.snapshot());
    }
    assert_eq!(ran.code, Some(11));
}

#[test]
fn without_a_region_it_says_the_rest_and_asks_nobody() {
    let aws = Player::http();
    let iw102 = Iw102::new().on_aws(&aws).without("AWS_REGION");
    iw102.run(["whoami", "--stage", "dev"]).check(expect![[r#"
        Account      unknown
        Credentials  the environment (AWS_ACCESS_KEY_ID), key …MPLE
        Region       missing
        Stage        dev  (--stage)
        Endpoint     http://127.0.0.1:[PORT]  (AWS_ENDPOINT_URL)
        --- stderr
        error: no region is set
        hint:  name one: --region REGION, or AWS_REGION, or `region` in the AWS configuration file
        --- exit 2
    "#]]);
    let ran = iw102.run(["whoami", "-o", "json"]);
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&told["region"], &told["account"], ran.code), (&Value::Null, &Value::Null, Some(2)));
    assert_eq!(told["credentials"]["accessKeyIdEnd"], "MPLE");
    let ran = iw102.without("AWS_ACCESS_KEY_ID").without("AWS_ENDPOINT_URL").run(["whoami"]);
    assert!(ran.stdout.contains("Credentials  none\n") && !ran.stdout.contains("Endpoint"), "{}", ran.snapshot());
    assert_eq!(ran.code, Some(2));
}

#[test]
fn the_stage_is_the_files_or_the_default() {
    for (stage, expected) in [("stage: dev, ", "[\"dev\",\"serverless.yml\"]\n"), ("", "[\"dev\",\"the default\"]\n")] {
        let iw102 = Iw102::new();
        iw102.write("serverless.yml", &PROJECT.replace("stage: prod, ", stage));
        let ran = iw102.run(["whoami", "--local", "-q", "[stage, sources.stage]"]);
        assert_eq!(ran.stdout, expected, "{}", ran.snapshot());
    }
}

#[test]
fn credentials_that_are_refused_are_told_with_their_source() {
    let aws = Player::http();
    let answer = "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
                  <Code>ExpiredToken</Code><Message>The security token included in the request is expired</Message>\
                  </Error></ErrorResponse>";
    aws.play("GetCallerIdentity", [Answer::xml(403, answer)]);
    let ran = Iw102::new().on_aws(&aws).run(["whoami"]);
    assert_eq!(ran.code, Some(11), "{}", ran.snapshot());
    assert!(ran.stdout.contains("Credentials  the environment (AWS_ACCESS_KEY_ID)"), "{}", ran.snapshot());
    assert!(ran.stderr.contains("is expired"), "{}", ran.snapshot());
}

#[test]
fn the_engine_inside_has_an_account_and_a_store() {
    let iw102 = Iw102::new();
    iw102.write("serverless.yml", PROJECT);
    let ran = iw102.run(["whoami", "--local", "-q", "[local, account, region, stage, arn, sources.account]"]);
    assert_eq!(
        ran.stdout,
        "[true,\"000000000000\",\"eu-north-1\",\"prod\",null,\"the default\"]\n",
        "{}",
        ran.snapshot()
    );
    let ran = iw102.run(["whoami", "--local", "-q", "store"]);
    assert!(ran.stdout.contains("local/shop-prod-"), "{}", ran.snapshot());
}

#[test]
fn the_url_of_an_arn_needs_no_aws() {
    let iw102 = Iw102::new();
    let arn = "arn:aws:states:eu-west-1:123456789012:execution:Order:one";
    let url =
        format!("https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/v2/executions/details/{arn}\n");
    for words in [&["open", arn][..], &["open", "--exec", arn, "--print"], &["open", arn, "-o", "name"]] {
        let ran = iw102.run(words);
        assert_eq!((ran.stdout.as_str(), ran.code), (url.as_str(), Some(0)), "{words:?}: {}", ran.snapshot());
    }
    iw102.run(["open", "--local"]).check(expect![[r#"
        --- stderr
        error: AWS's console shows nothing of the engine inside iw102
        hint:  see it here: iw102 status --local, or iw102 history --local
        --- exit 2
    "#]]);
    assert_eq!(iw102.run(["open", "arn:aws:s3:::bucket"]).code, Some(2));
}

#[test]
fn a_machine_of_the_project_is_opened_by_its_name() {
    let aws = Player::http();
    let machine = "arn:aws:states:eu-north-1:123456789012:stateMachine:Order";
    let listed = json!({ "stateMachines": [{ "stateMachineArn": machine, "name": "Order", "type": "STANDARD", "creationDate": 1.6e9 }] });
    aws.play("ListStateMachines", [Answer::json(&listed)]);
    let iw102 = Iw102::new().on_aws(&aws).with("AWS_REGION", "eu-north-1");
    iw102.write("serverless.yml", PROJECT);
    let ran = iw102.run(["open", "order"]);
    let url = format!(
        "https://eu-north-1.console.aws.amazon.com/states/home?region=eu-north-1#/statemachines/view/{machine}\n"
    );
    assert_eq!(ran.stdout, url, "{}", ran.snapshot());
}

#[test]
fn on_a_terminal_the_browser_is_opened() {
    // A terminal that is none of ours: util-linux's `script` makes one.
    if !crate::harness::is_there("script", &["--version"]) {
        return;
    }
    let iw102 = Iw102::new();
    let browser = iw102.write("browser", "#!/bin/sh\necho \"$@\" > opened\n");
    std::fs::set_permissions(&browser, std::fs::Permissions::from_mode(0o755)).unwrap();
    let iw102 = iw102.with("BROWSER", "./browser --new %s");
    let arn = "arn:aws:states:eu-west-1:123456789012:execution:Order:one";
    let child = iw102.command_in("script -qec \"'$1' open $3\" /dev/null", ["open", arn]).spawn().unwrap();
    let ran = iw102.finish(child);
    let opened = std::fs::read_to_string(iw102.work().join("opened"));
    let opened = opened.unwrap_or_else(|error| panic!("{error}: {}", ran.snapshot()));
    assert!(opened.starts_with("--new https://eu-west-1.console.aws.amazon.com/states/home"), "{opened}");
}
