//! Which server a command calls, for which region and how often: flags, environment, project and AWS's own files.

use expect_test::expect;
use serde_json::json;

use crate::harness::{Iw102, REGION};
use crate::player::{Answer, Player, Proxy};

/// AWS, which has no machine.
fn aws() -> Player {
    let aws = Player::http();
    aws.play("ListStateMachines", [Answer::json(&json!({ "stateMachines": [] }))]);
    // Who finds nothing says in which account.
    aws.play("GetCallerIdentity", [Answer::aws_error(403, "AccessDenied", "")]);
    aws
}

#[test]
fn an_endpoint_is_the_flags_or_the_environments_or_the_profiles() {
    let (general, own) = (aws(), aws());
    let config = format!(
        "[default]\nregion = {REGION}\n[profile general]\nregion = {REGION}\nendpoint_url = {}\n\
         [profile services]\nregion = {REGION}\nservices = mine\n[services mine]\nsfn =\n  endpoint_url = {}\n",
        general.url, own.url
    );
    let ignoring = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
    let (all, sfn) = (("AWS_ENDPOINT_URL", general.url.as_str()), ("AWS_ENDPOINT_URL_SFN", own.url.as_str()));
    let flag = ["--endpoint-url", general.url.as_str()];
    for (variables, flags, expected) in [
        (&[all][..], &[][..], &general),
        (&[all, sfn], &[], &own),
        (&[sfn], &flag[..], &general),
        (&[sfn, ignoring], &flag, &general),
        (&[("AWS_PROFILE", "general")], &[], &general),
        (&[("AWS_PROFILE", "services")], &[], &own),
        (&[("AWS_PROFILE", "services"), all], &[], &general),
    ] {
        let iw102 = Iw102::new().on_aws_at("").with("AWS_REGION", "");
        let path = iw102.write("aws-config", &config);
        let iw102 = iw102.with("AWS_CONFIG_FILE", path.to_str().unwrap());
        let iw102 =
            variables.iter().fold(iw102.without("AWS_ENDPOINT_URL"), |iw102, (name, value)| iw102.with(name, value));
        let before = expected.requests().len();
        let ran = iw102.run([&["list"], flags].concat());
        assert_eq!(
            (ran.code, expected.requests().len()),
            (Some(0), before + 1),
            "{variables:?} {flags:?}: {}",
            ran.snapshot()
        );
    }
}

#[test]
fn an_endpoints_password_is_never_shown() {
    let aws = aws();
    let url = aws.url.replace("http://", "http://somebody:endpoint-password-never-shown@");
    let iw102 = Iw102::new().on_aws(&aws).hiding("endpoint-password-never-shown");
    for words in [&["list", "--endpoint-url", &url, "-v"][..], &["status", "x", "--endpoint-url", &url]] {
        iw102.run(words);
    }
    let iw102 = iw102.with("AWS_ENDPOINT_URL", &url.replace(&aws.url[7..], "127.0.0.1:9"));
    assert_eq!(iw102.run(["list", "-v"]).code, Some(20));
    let gateway = "https://somebody:endpoint-password-never-shown@127.0.0.1:9/dev";
    iw102.run(["start", "--api", gateway, "--route", "POST /start", "--api-key", "env:AWS_REGION", "-v"]);
    iw102.run(["list", "--endpoint-url", "ftp://somebody:endpoint-password-never-shown@x"]);
}

#[test]
fn fips_and_dual_stack_have_hosts_of_their_own() {
    let tls = Player::https();
    for (variables, region, expected) in [
        (&[][..], REGION, "states.eu-west-1.amazonaws.com:443"),
        (&[("AWS_USE_FIPS_ENDPOINT", "true")], "us-east-1", "states-fips.us-east-1.amazonaws.com:443"),
        (&[("AWS_USE_FIPS_ENDPOINT", "true")], "us-gov-west-1", "states.us-gov-west-1.amazonaws.com:443"),
        (&[("AWS_USE_DUALSTACK_ENDPOINT", "true")], REGION, "states.eu-west-1.api.aws:443"),
        (&[], "cn-north-1", "states.cn-north-1.amazonaws.com.cn:443"),
    ] {
        // Its certificate is for nobody of these.
        let proxy = Proxy::to(&tls, None);
        let iw102 = Iw102::new().on_aws_at("").without("AWS_ENDPOINT_URL").with("AWS_MAX_ATTEMPTS", "1");
        let iw102 = iw102.with("HTTPS_PROXY", &format!("http://{}", proxy.address));
        let iw102 = variables.iter().fold(iw102, |iw102, (name, value)| iw102.with(name, value));
        let ran = iw102.run(["list", "--region", region]);
        assert_eq!((ran.code, proxy.asked()), (Some(20), vec![expected.to_owned()]), "{}", ran.snapshot());
        let host = expected.strip_suffix(":443").unwrap();
        assert!(ran.stderr.contains(&format!("cannot reach https://{host}: ")), "{}", ran.stderr);
    }
}

#[test]
fn a_region_is_the_flags_the_environments_the_projects_or_the_profiles() {
    let aws = aws();
    let config = "[default]\nregion = sa-east-1\n[profile other]\nregion = ca-central-1\n";
    let project = |region: &str| format!("service: s\nprovider:\n  name: aws\n{region}");
    let (with, without) = (project("  region: ap-south-1\n"), project(""));
    for (variables, file, flags, expected) in [
        (&[("AWS_REGION", "eu-west-3")][..], Some(&with), &["--region", "eu-north-1"][..], "eu-north-1"),
        (&[("AWS_REGION", "eu-west-3"), ("AWS_DEFAULT_REGION", "eu-west-2")], Some(&with), &[], "eu-west-3"),
        (&[("AWS_DEFAULT_REGION", "eu-west-2")], Some(&with), &[], "eu-west-2"),
        (&[], Some(&with), &[], "ap-south-1"),
        (&[], Some(&without), &[], "sa-east-1"),
        (&[], None, &["--profile", "other"], "ca-central-1"),
        (&[("AWS_PROFILE", "other")], None, &[], "ca-central-1"),
        (&[], None, &[], "sa-east-1"),
    ] {
        let iw102 = Iw102::new().on_aws(&aws).without("AWS_REGION");
        let credentials = "aws_access_key_id = AKIAOTHER\naws_secret_access_key = never-shown-of-a-file\n";
        let path = iw102.write("aws-config", &format!("{config}{credentials}"));
        if let Some(file) = file {
            iw102.write("serverless.yml", file);
        }
        let iw102 = iw102.hiding("never-shown-of-a-file").with("AWS_CONFIG_FILE", path.to_str().unwrap());
        let iw102 = variables.iter().fold(iw102, |iw102, (name, value)| iw102.with(name, value));
        let ran = iw102.run([&["list"], flags].concat());
        assert_eq!(ran.code, Some(0), "{}", ran.snapshot());
        assert_eq!(aws.requests().last().unwrap().scope().unwrap().region, expected, "{variables:?} {flags:?}");
    }
}

#[test]
fn an_arn_tells_the_region_where_nobody_else_does() {
    let aws = aws();
    aws.play("ListExecutions", [Answer::json(&json!({ "executions": [] }))]);
    let arn = "arn:aws:states:ap-east-1:123456789012:stateMachine:M";
    let region = || aws.requests().last().unwrap().scope().unwrap().region;
    let nowhere = Iw102::new().on_aws(&aws).without("AWS_REGION");
    let ran = nowhere.run(["list", arn]);
    assert_eq!((ran.code, region().as_str()), (Some(0), "ap-east-1"), "{}", ran.snapshot());
    let ran = nowhere.run(["list", "M"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("no region is set"), "{}", ran.snapshot());
    // The Serverless Framework's default is nobody's word.
    nowhere.write("serverless.yml", "service: s\nprovider:\n  name: aws\n");
    let ran = nowhere.run(["list", arn]);
    assert_eq!((ran.code, region().as_str()), (Some(0), "ap-east-1"), "{}", ran.snapshot());
    let ran = Iw102::new().on_aws(&aws).run(["list", arn]);
    assert!(ran.code == Some(2) && ran.stderr.contains("but the region is eu-west-1"), "{}", ran.snapshot());
}

#[test]
fn a_call_is_tried_as_often_as_the_configuration_says() {
    let throttled = [Answer::aws_error(400, "ThrottlingException", "Rate exceeded")];
    for (variables, expected) in [
        (&[("AWS_MAX_ATTEMPTS", "1")][..], 1),
        (&[("AWS_MAX_ATTEMPTS", "2")], 2),
        (&[("AWS_MAX_ATTEMPTS", "2"), ("AWS_RETRY_MODE", "adaptive")], 2),
        (&[], 3),
    ] {
        let aws = Player::http();
        aws.play("ListStateMachines", throttled.clone());
        let iw102 = variables.iter().fold(Iw102::new().on_aws(&aws), |iw102, (name, value)| iw102.with(name, value));
        let ran = iw102.run(["list"]);
        assert_eq!((ran.code, aws.requests().len()), (Some(13), expected), "{variables:?}: {}", ran.snapshot());
    }
}

#[test]
fn a_configuration_that_cannot_be_is_told() {
    let aws = Player::http();
    let iw102 = Iw102::new().on_aws(&aws);
    let path = iw102.write("aws-config", "[default\nregion = x\n");
    iw102.with("AWS_CONFIG_FILE", path.to_str().unwrap()).run(["list", "--profile", "default"]).check(expect![[r#"
        --- stderr
        error: AWS's configuration cannot be read: error parsing [TMP]/work/aws-config on line 1:
          Profile definition must end with ']'
        --- exit 2
    "#]]);
}
