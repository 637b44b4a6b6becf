//! Whose credentials a command takes, and what it says where there are none: every source of AWS's chain, played on loopback.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use expect_test::expect;
use serde_json::json;

use crate::harness::{ACCESS_KEY_ID, Iw102, REGION};
use crate::player::{Answer, Player};

const ARN: &str = "arn:aws:states:eu-west-1:123456789012:execution:M:one";
/// What a source gives; no stream may hold it.
const SECRET: &str = "secret/OF+A/SOURCE/never/shown";
const TOKEN: &str = "session-token-of-a-source-never-shown==";

/// AWS, where any execution can be stopped.
fn aws() -> Player {
    let aws = Player::http();
    let running = json!({ "executionArn": ARN, "stateMachineArn": "arn:aws:states:eu-west-1:123456789012:stateMachine:M",
        "name": "one", "status": "RUNNING", "startDate": 1.6e9 });
    aws.play("DescribeExecution", [Answer::json(&running)]);
    aws.play("StopExecution", [Answer::json(&json!({ "stopDate": 1.6e9 }))]);
    aws
}

/// A world where nothing but the endpoint and the region is known.
fn bare(aws: &Player) -> Iw102 {
    Iw102::new()
        .with("AWS_ENDPOINT_URL", &aws.url)
        .with("AWS_REGION", REGION)
        .with("AWS_EC2_METADATA_DISABLED", "true")
        .hiding(SECRET)
        .hiding(TOKEN)
}

/// With AWS's configuration file, which `~/.aws/config` is not.
fn configured(iw102: Iw102, config: &str) -> Iw102 {
    let config = iw102.write("aws-config", &config.replace("[SECRET]", SECRET));
    iw102.with("AWS_CONFIG_FILE", config.to_str().unwrap())
}

/// The access key id of the newest request that stopped something.
fn who(aws: &Player) -> String {
    aws.asked("StopExecution").last().expect("nothing was sent").scope().unwrap().access_key_id
}

/// Stops an execution, which succeeds, and gives who did it.
fn stopped_by(iw102: &Iw102, aws: &Player, flags: &[&str]) -> String {
    let ran = iw102.run([&["stop", ARN], flags].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.snapshot());
    who(aws)
}

/// What STS gives for a role.
fn assumed(operation: &str, access_key_id: &str) -> Answer {
    Answer::xml(
        200,
        &format!(
            "<{operation}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{operation}Result>\
             <AssumedRoleUser><AssumedRoleId>R:s</AssumedRoleId><Arn>arn:aws:sts::123456789012:assumed-role/r/s</Arn>\
             </AssumedRoleUser><Credentials><AccessKeyId>{access_key_id}</AccessKeyId>\
             <SecretAccessKey>{SECRET}</SecretAccessKey><SessionToken>{TOKEN}</SessionToken>\
             <Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></{operation}Result></{operation}Response>"
        ),
    )
}

/// What a container's or a machine's metadata service gives.
fn metadata(access_key_id: &str) -> Answer {
    Answer::json(&json!({
        "Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": access_key_id, "SecretAccessKey": SECRET,
        "Token": TOKEN, "Expiration": "2999-01-01T00:00:00Z", "LastUpdated": "2020-01-01T00:00:00Z",
    }))
}

const PROFILES: &str = "\
[default]
aws_access_key_id = AKIADEFAULT
aws_secret_access_key = [SECRET]
[profile other]
aws_access_key_id = AKIAOTHER
aws_secret_access_key = [SECRET]
[profile process]
credential_process = sh -c 'echo \"{\\\"Version\\\":1,\\\"AccessKeyId\\\":\\\"AKIAPROCESS\\\",\\\"SecretAccessKey\\\":\\\"[SECRET]\\\"}\"'
[profile role]
role_arn = arn:aws:iam::123456789012:role/r
source_profile = other
[profile machine]
role_arn = arn:aws:iam::123456789012:role/r
credential_source = EcsContainer
[profile empty]
region = eu-north-1
";

#[test]
fn a_profile_is_taken_as_the_aws_cli_takes_it() {
    let aws = aws();
    let alone = configured(bare(&aws), PROFILES);
    assert_eq!(stopped_by(&alone, &aws, &[]), "AKIADEFAULT");
    assert_eq!(stopped_by(&alone, &aws, &["--profile", "other"]), "AKIAOTHER");
    assert_eq!(stopped_by(&alone, &aws, &["--profile", "process"]), "AKIAPROCESS");
    let named = configured(bare(&aws), PROFILES).with("AWS_PROFILE", "other");
    assert_eq!(stopped_by(&named, &aws, &[]), "AKIAOTHER");
    // Of the environment: before AWS_PROFILE, behind the flag.
    let both = configured(Iw102::new().on_aws(&aws), PROFILES).with("AWS_PROFILE", "other").hiding(SECRET);
    assert_eq!(stopped_by(&both, &aws, &[]), ACCESS_KEY_ID);
    assert_eq!(stopped_by(&both, &aws, &["--profile", "default"]), "AKIADEFAULT");
    // A credentials file gives what the configuration file lacks.
    let file = bare(&aws);
    let path = file
        .write("aws-credentials", &format!("[shared]\naws_access_key_id=AKIASHARED\naws_secret_access_key={SECRET}\n"));
    let shared = file.with("AWS_SHARED_CREDENTIALS_FILE", path.to_str().unwrap()).with("AWS_PROFILE", "shared");
    assert_eq!(stopped_by(&shared, &aws, &[]), "AKIASHARED");
}

#[test]
fn a_profile_that_is_nowhere_is_nobody_else() {
    let aws = Player::http();
    let iw102 = configured(bare(&aws), PROFILES);
    iw102.run(["stop", ARN, "--profile", "othr"]).check(expect![[r#"
        --- stderr
        error: there is no profile othr in AWS's configuration files; there is: default, empty, machine, other, process, role
        --- exit 2
    "#]]);
    let iw102 = iw102.with("AWS_PROFILE", "gone");
    iw102.run(["stop", ARN]).check(expect![[r#"
        --- stderr
        error: there is no profile gone in AWS's configuration files; there is: default, empty, machine, other, process, role
        --- exit 2
    "#]]);
}

#[test]
fn the_projects_profile_stands_behind_whatever_was_asked_for() {
    let aws = aws();
    let project = "service: s\nprovider:\n  name: aws\n  profile: other\n";
    let iw102 = configured(bare(&aws), PROFILES);
    iw102.write("serverless.yml", project);
    assert_eq!(stopped_by(&iw102, &aws, &[]), "AKIAOTHER", "before the profile `default`");
    assert_eq!(stopped_by(&iw102, &aws, &["--profile", "default"]), "AKIADEFAULT");
    let named = iw102.with("AWS_PROFILE", "process");
    assert_eq!(stopped_by(&named, &aws, &[]), "AKIAPROCESS");
    let given = configured(Iw102::new().on_aws(&aws), PROFILES).hiding(SECRET);
    given.write("serverless.yml", project);
    assert_eq!(stopped_by(&given, &aws, &[]), ACCESS_KEY_ID);
}

#[test]
fn a_role_is_assumed_with_its_source_or_with_a_web_identity() {
    let aws = aws();
    aws.play("AssumeRole", [assumed("AssumeRole", "ASIAROLE")]);
    aws.play("AssumeRoleWithWebIdentity", [assumed("AssumeRoleWithWebIdentity", "ASIAWEB")]);
    let iw102 = configured(bare(&aws), PROFILES);
    assert_eq!(stopped_by(&iw102, &aws, &["--profile", "role"]), "ASIAROLE");
    let [asked] = &aws.asked("AssumeRole")[..] else { panic!("{:?}", aws.requests()) };
    assert_eq!(asked.scope().unwrap().access_key_id, "AKIAOTHER");
    assert_eq!(asked.parameter("RoleArn").unwrap(), "arn:aws:iam::123456789012:role/r");

    let iw102 = bare(&aws);
    let jwt = iw102.write("jwt", "a.web.identity.token.never.shown");
    let iw102 = iw102
        .hiding("a.web.identity.token.never.shown")
        .with("AWS_WEB_IDENTITY_TOKEN_FILE", jwt.to_str().unwrap())
        .with("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/web");
    assert_eq!(stopped_by(&iw102, &aws, &["-v"]), "ASIAWEB");
    let asked = aws.asked("AssumeRoleWithWebIdentity");
    assert_eq!(asked[0].parameter("WebIdentityToken").unwrap(), "a.web.identity.token.never.shown");
    aws.play(
        "AssumeRoleWithWebIdentity",
        [Answer::xml(
            400,
            "<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredTokenException</Code>\
         <Message>Token expired: current date/time must be before the expiration</Message></Error>\
         <RequestId>r-1</RequestId></ErrorResponse>",
        )],
    );
    iw102.run(["stop", ARN]).check(expect![[r#"
        --- stderr
        error: AWS credentials could not be had: ExpiredTokenException: Token expired: current date/time must be before the expiration
        hint:  the token that they are had with is over: have a new one
        --- exit 11
    "#]]);
}

#[test]
fn a_container_and_a_machine_give_theirs_past_any_proxy() {
    let (aws, host) = (aws(), Player::http());
    host.play("GET /creds", [metadata("ASIACONTAINER")]);
    host.play(
        "PUT /latest/api/token",
        [Answer::text(200, "imds-token").header("x-aws-ec2-metadata-token-ttl-seconds", "60")],
    );
    host.play("GET /latest/meta-data/iam/security-credentials/", [Answer::text(200, "a-role")]);
    host.play("GET /latest/meta-data/iam/security-credentials/a-role", [metadata("ASIAMACHINE")]);
    host.play("GET /latest/meta-data/placement/region", [Answer::text(200, "ap-south-1")]);
    let proxied =
        |iw102: Iw102| iw102.with("HTTP_PROXY", "http://u:hunter2hunter2@127.0.0.1:9").hiding("hunter2hunter2");
    let container = |iw102: Iw102| {
        let token = "Bearer container-token-never-shown";
        iw102
            .with("AWS_CONTAINER_CREDENTIALS_FULL_URI", &format!("{}/creds", host.url))
            .with_secret("AWS_CONTAINER_AUTHORIZATION_TOKEN", token)
    };
    assert_eq!(stopped_by(&container(bare(&aws)), &aws, &["-v"]), "ASIACONTAINER");
    assert_eq!(host.asked("GET /creds")[0].header("authorization"), Some("Bearer container-token-never-shown"));
    aws.play("AssumeRole", [assumed("AssumeRole", "ASIAROLE")]);
    let iw102 = container(configured(bare(&aws), PROFILES));
    assert_eq!(stopped_by(&iw102, &aws, &["--profile", "machine"]), "ASIAROLE");
    // A profile without credentials leaves the machine's, but not those of the environment.
    assert_eq!(stopped_by(&iw102, &aws, &["--profile", "empty"]), "ASIACONTAINER");

    let on_ec2 = |iw102: Iw102| iw102.hiding(SECRET).hiding(TOKEN).with("AWS_EC2_METADATA_SERVICE_ENDPOINT", &host.url);
    let iw102 = on_ec2(Iw102::new().with("AWS_ENDPOINT_URL", &aws.url).with("AWS_REGION", REGION));
    assert_eq!(stopped_by(&iw102, &aws, &[]), "ASIAMACHINE");
    let iw102 = on_ec2(Iw102::new().with("AWS_ENDPOINT_URL_SFN", &aws.url));
    aws.play("ListStateMachines", [Answer::json(&json!({ "stateMachines": [] }))]);
    iw102.run(["list", "-v"]).check(expect![[r#"
        NAME  STATUS  STARTED  TOOK  MACHINE
        --- stderr
        note: no region is set; asking this machine's metadata service (--region or AWS_REGION would spare that)
        > ListStateMachines {"maxResults":1000}
        < 200 [TOOK], 20 bytes, request [UUID]
        no executions
        --- exit 0
    "#]]);
    assert_eq!(aws.asked("ListStateMachines").last().unwrap().scope().unwrap().region, "ap-south-1");
    // An ARN tells the region by itself.
    let ran = iw102.run(["stop", &ARN.replace(REGION, "ap-south-2")]);
    assert_eq!((ran.stderr.as_str(), ran.code), ("stopped one\n", Some(0)), "{}", ran.snapshot());
    assert_eq!(aws.asked("StopExecution").last().unwrap().scope().unwrap().region, "ap-south-2");
    let asked = host.requests().len();
    let iw102 = proxied(on_ec2(Iw102::new().with("AWS_ENDPOINT_URL_SFN", &aws.url).with("NO_PROXY", "")));
    let ran = iw102.run(["list"]);
    // The call itself goes by the proxy, which is not there; the metadata service was asked before.
    assert_eq!((ran.code, host.requests().len() > asked), (Some(20), true), "{}", ran.snapshot());
}

#[test]
fn a_single_sign_on_gives_credentials_or_says_how_to_log_in() {
    let aws = aws();
    aws.play("GET /federation/credentials", [Answer::json(&json!({ "roleCredentials": {
        "accessKeyId": "ASIASSO", "secretAccessKey": SECRET, "sessionToken": TOKEN, "expiration": 32_503_680_000_000_i64,
    } }))]);
    let config = "[profile sso]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Dev\nregion = eu-west-1\n\
                  [sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://corp.awsapps.com/start\n\
                  [profile old]\nsso_account_id = 123456789012\nsso_role_name = Dev\nsso_region = eu-west-1\n\
                  sso_start_url = https://old.awsapps.com/start\n";
    let iw102 = configured(bare(&aws), config).hiding("sso-access-token-never-shown");
    let cached = |session: &str, expires: &str| {
        use sha1::Digest as _;
        let digest = sha1::Sha1::digest(session);
        let name = digest.iter().fold(String::new(), |name, byte| name + &format!("{byte:02x}"));
        let token = json!({ "accessToken": "sso-access-token-never-shown", "expiresAt": expires, "region": "eu-west-1",
            "startUrl": "https://corp.awsapps.com/start" });
        iw102.write_home(&format!(".aws/sso/cache/{name}.json"), &token.to_string());
    };
    iw102.run(["stop", ARN, "--profile", "sso"]).check(expect![[r#"
        --- stderr
        error: AWS credentials could not be had: failed to load the cached SSO token
        hint:  log in again: aws sso login --profile sso
        --- exit 11
    "#]]);
    cached("corp", "2999-01-01T00:00:00Z");
    assert_eq!(stopped_by(&iw102, &aws, &["--profile", "sso", "-v"]), "ASIASSO");
    let asked = aws.asked("GET /federation/credentials");
    assert_eq!(asked[0].header("x-amz-sso_bearer_token"), Some("sso-access-token-never-shown"));
    cached("corp", "2020-01-01T00:00:00Z");
    iw102.run(["stop", ARN, "--profile", "sso"]).check(expect![[r#"
        --- stderr
        error: AWS credentials could not be had: the SSO token has expired and cannot be refreshed
        hint:  log in again: aws sso login --profile sso
        --- exit 11
    "#]]);
    cached("https://old.awsapps.com/start", "2020-01-01T00:00:00Z");
    iw102.run(["stop", ARN, "--profile", "old"]).check(expect![[r#"
        --- stderr
        stopped one
        --- exit 0
    "#]]);
    // What the portal itself refuses, an expired session perhaps that the cache does not know of.
    cached("corp", "2999-01-01T00:00:00Z");
    aws.play(
        "GET /federation/credentials",
        [Answer::aws_error(401, "UnauthorizedException", "Session token not found or invalid")],
    );
    iw102.run(["stop", ARN, "--profile", "sso"]).check(expect![[r#"
        --- stderr
        error: AWS credentials could not be had: UnauthorizedException: Session token not found or invalid
        hint:  log in again: aws sso login --profile sso
        --- exit 11
    "#]]);
}

#[test]
fn who_has_no_credentials_learns_where_they_could_be() {
    let aws = Player::http();
    bare(&aws).run(["stop", ARN]).check(expect![[r#"
        --- stderr
        error: there are no AWS credentials
        hint:  log in (aws sso login), name a profile (--profile NAME) or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; what is found: iw102 whoami. Without AWS: --local
        --- exit 11
    "#]]);
    let config = "[profile p]\ncredential_process = sh -c 'echo could not log in >&2; exit 3'\n\
                  [profile garbled]\ncredential_process = echo [SECRET]\n";
    let iw102 = configured(bare(&aws), config);
    iw102.run(["stop", ARN, "--profile", "p"]).check(expect![[r#"
        --- stderr
        error: AWS credentials could not be had: Error retrieving credentials: external process exited with code exit status: 3. Stderr: could not log in
        hint:  the profile's credential_process gave none; try it by hand: aws sts get-caller-identity --profile p
        --- exit 11
    "#]]);
    iw102.run(["stop", ARN, "--profile", "garbled"]).check(expect![[r#"
        --- stderr
        error: AWS credentials could not be had: Error retrieving credentials from external process, could not parse response: invalid JSON in response: Error at offset 0: unexpected token 's'. Expected one of '{', '[', '"', 'null', 'true', 'false', <number>
        hint:  the profile's credential_process gave none; try it by hand: aws sts get-caller-identity --profile garbled
        --- exit 11
    "#]]);
}

/// A few seconds are waited for a metadata service in all; this is far more, for a machine that is busy.
const PATIENCE_MAX: Duration = Duration::from_secs(20);

#[test]
fn a_metadata_service_that_is_silent_is_not_waited_for() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let aws = Player::http();
    let nowhere = || Iw102::new().with("AWS_ENDPOINT_URL", &aws.url).with("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url);
    let timed = |iw102: &Iw102, words: &[&str]| {
        let begun = Instant::now();
        let ran = iw102.run(words);
        assert!(begun.elapsed() < PATIENCE_MAX, "{:?}: {}", begun.elapsed(), ran.snapshot());
        ran
    };
    timed(&nowhere(), &["stop", "one"]).check(expect![[r#"
        --- stderr
        note: no region is set; asking this machine's metadata service (--region or AWS_REGION would spare that)
        error: no region is set
        hint:  name one: --region REGION, or AWS_REGION, or `region` in the AWS configuration file
        --- exit 2
    "#]]);
    let mut without = timed(&nowhere(), &["stop", ARN, "--region", REGION]);
    // Told after a second and a half of silence: whether that comes first is a matter of the machine's load.
    without.stderr = without.stderr.replace("note: still looking for AWS credentials\n", "");
    without.check(expect![[r#"
        --- stderr
        error: there are no AWS credentials
        hint:  log in (aws sso login), name a profile (--profile NAME) or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; what is found: iw102 whoami --region eu-west-1. Without AWS: --local
        --- exit 11
    "#]]);
    let container =
        nowhere().with("AWS_REGION", REGION).with("AWS_CONTAINER_CREDENTIALS_FULL_URI", &format!("{url}/c"));
    timed(&container, &["stop", ARN]).check(expect![[r#"
        --- stderr
        note: still looking for AWS credentials
        error: whoever gives this machine's AWS credentials does not answer
        hint:  log in (aws sso login), name a profile (--profile NAME) or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; what is found: iw102 whoami. Without AWS: --local
        --- exit 11
    "#]]);
    // With credentials and a region nobody is asked.
    let unasked = TcpListener::bind("127.0.0.1:0").unwrap();
    unasked.set_nonblocking(true).unwrap();
    let url_of_unasked = format!("http://{}", unasked.local_addr().unwrap());
    let aws = self::aws();
    let known = Iw102::new()
        .on_aws(&aws)
        .with("AWS_EC2_METADATA_DISABLED", "false")
        .with("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url_of_unasked);
    assert_eq!(stopped_by(&known, &aws, &[]), ACCESS_KEY_ID);
    assert!(unasked.accept().is_err(), "somebody asked");
    let disabled = nowhere().with("AWS_EC2_METADATA_DISABLED", "true");
    disabled.run(["stop", "one"]).check(expect![[r#"
        --- stderr
        error: no region is set
        hint:  name one: --region REGION, or AWS_REGION, or `region` in the AWS configuration file
        --- exit 2
    "#]]);
}

#[test]
fn the_own_files_of_aws_may_be_its_owners_alone() {
    let aws = aws();
    let iw102 = bare(&aws);
    let path = iw102.write_home(
        ".aws/credentials",
        &format!("[default]\naws_access_key_id=AKIAHOME\naws_secret_access_key={SECRET}\n"),
    );
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(stopped_by(&iw102, &aws, &[]), "AKIAHOME");
}
