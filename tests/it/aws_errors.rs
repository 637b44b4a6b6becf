//! What a command makes of each refusal of AWS, and of what is no answer of AWS: the exit code, the cause, the next command.

use std::net::TcpListener;

use expect_test::expect;
use serde_json::{Value, json};

use crate::harness::Iw102;
use crate::player::{Answer, Player, Proxy, REQUEST_ID};

const EXECUTION: &str = "arn:aws:states:eu-west-1:123456789012:execution:M:one";
const MACHINE: &str = "arn:aws:states:eu-west-1:123456789012:stateMachine:M";
/// What a worker has; no message may hold it.
const TASK_TOKEN: &str = "AQCEAAAAKgAAAAMAAAAAAAAAAXtheneverseentokenofatask0123456789ABCDEFGHIJ==";
/// No other server may be asked, and none twice.
const ONCE: (&str, &str) = ("AWS_MAX_ATTEMPTS", "1");

/// What a person and a program are told of an answer, a line each.
fn told(words: &[&str], operation: &str, answer: &Answer) -> String {
    told_by("[URL]", words, operation, answer)
}

/// As [`told`], at a host of AWS by a proxy, which is the player.
fn told_by(url: &str, words: &[&str], operation: &str, answer: &Answer) -> String {
    let aws = Player::http();
    // Who starts by a name looks whether that runs already.
    aws.play("DescribeExecution", [Answer::aws_error(400, "ExecutionDoesNotExist", "")]);
    // Whose token is refused looks for a better one.
    aws.play("ListStateMachines", [Answer::json(&json!({ "stateMachines": [] }))]);
    // Who asks for a status asks for the history at the same time, and is told of the description.
    aws.play("GetExecutionHistory", [Answer::aws_error(400, "NotTold", "")]);
    aws.play(operation, [answer.clone()]);
    let endpoint = url.replace("[URL]", &aws.url);
    let iw102 = Iw102::new().on_aws_at(&endpoint).with(ONCE.0, ONCE.1).with_secret("T", TASK_TOKEN);
    let iw102 = iw102.with("HTTP_PROXY", &aws.url).with("NO_PROXY", "127.0.0.1");
    let ran = iw102.run(words);
    let as_json = iw102.run([words, &["-o", "json"]].concat());
    let error: Value = serde_json::from_str::<Value>(&as_json.stderr).unwrap()["error"].take();
    assert_eq!(error["exitCode"].as_i64(), ran.code.map(i64::from), "{}", ran.snapshot());
    assert_eq!((as_json.code, as_json.stdout.as_str(), ran.stdout.as_str()), (ran.code, "", ""), "{}", ran.snapshot());
    let [text, code] = ["requestId", "code"].map(|name| error[name].as_str().unwrap_or("-").to_owned());
    let stderr = ran.stderr.replace(&aws.url, "[URL]").replace(REQUEST_ID, "[ID]");
    let text = text.replace(REQUEST_ID, "[ID]");
    format!("{} {code} {text}\n{stderr}\n", ran.code.unwrap())
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table: an exception, and what is said of it")]
fn every_exception_says_why_and_what_next() {
    let start = &["start", MACHINE, "--name", "one", "a=1"][..];
    let (status, heartbeat) = (&["status", EXECUTION][..], &["heartbeat", "--token", "env:T"][..]);
    let no_policy = "User: arn:aws:sts::123456789012:assumed-role/r/s is not authorized to perform: states:StartExecution on \
                     resource: arn:aws:states:eu-west-1:123456789012:stateMachine:M because no identity-based policy allows \
                     the states:StartExecution action";
    let denied = "User: u is not authorized to perform: states:DescribeExecution on resource: x with an explicit deny in a \
                  service control policy";
    let signature = "The request signature we calculated does not match the signature you provided.";
    let mut all = String::new();
    for (words, operation, status, code, message) in [
        (start, "StartExecution", 400, "AccessDeniedException", no_policy),
        (status, "DescribeExecution", 400, "AccessDeniedException", denied),
        (
            status,
            "DescribeExecution",
            400,
            "ExpiredTokenException",
            "The security token included in the request is expired",
        ),
        (
            status,
            "DescribeExecution",
            400,
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        ),
        (status, "DescribeExecution", 403, "InvalidSignatureException", signature),
        (status, "DescribeExecution", 403, "MissingAuthenticationTokenException", "Missing Authentication Token"),
        (
            status,
            "DescribeExecution",
            403,
            "OptInRequired",
            "The AWS Access Key Id needs a subscription for the service",
        ),
        (status, "DescribeExecution", 400, "ThrottlingException", "Rate exceeded"),
        (status, "DescribeExecution", 503, "ServiceUnavailable", ""),
        (
            status,
            "DescribeExecution",
            500,
            "InternalServerError",
            "We encountered an internal error. Please try again.",
        ),
        (start, "StartExecution", 400, "StateMachineDoesNotExist", "State Machine Does Not Exist: 'arn:M'"),
        (start, "StartExecution", 400, "StateMachineDeleting", "State machine is being deleted: 'arn:M'"),
        (start, "StartExecution", 400, "ExecutionAlreadyExists", "Execution Already Exists: 'arn:M:one'"),
        (
            start,
            "StartExecution",
            400,
            "ExecutionLimitExceeded",
            "The maximum number of running executions has been reached",
        ),
        (start, "StartExecution", 400, "InvalidArn", "Invalid Arn: 'Resource type not valid in this context: x'"),
        (start, "StartExecution", 400, "InvalidName", "Invalid Name: 'one'"),
        (start, "StartExecution", 400, "InvalidExecutionInput", "Invalid State Machine Execution Input: 'x'"),
        (start, "StartExecution", 400, "ValidationException", "1 validation error detected"),
        (start, "StartExecution", 400, "KmsAccessDeniedException", "The ciphertext refers to a key you may not use"),
        (start, "StartExecution", 400, "KmsInvalidStateException", "The key is disabled"),
        (start, "StartExecution", 400, "KmsThrottlingException", "Rate exceeded"),
        (status, "DescribeExecution", 400, "ExecutionDoesNotExist", "Execution Does Not Exist: 'arn:M:one'"),
        (
            status,
            "DescribeExecution",
            400,
            "StateMachineTypeNotSupported",
            "This operation is not supported by this type",
        ),
        (heartbeat, "SendTaskHeartbeat", 400, "TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'"),
        (heartbeat, "SendTaskHeartbeat", 400, "TaskDoesNotExist", "Task does not exist"),
        (heartbeat, "SendTaskHeartbeat", 400, "InvalidToken", "Invalid Token: 'Invalid token'"),
        (status, "DescribeExecution", 400, "SomethingNew", "nobody has seen this before"),
    ] {
        all += &told(words, operation, &Answer::aws_error(status, code, message));
    }
    expect![[r#"
        11 AccessDeniedException [ID]
        error: User: arn:aws:sts::123456789012:assumed-role/r/s is not authorized to perform: states:StartExecution on resource: arn:aws:states:eu-west-1:123456789012:stateMachine:M because no identity-based policy allows the states:StartExecution action (AccessDeniedException, request [ID])
        hint:  allow states:StartExecution in their policy; whose credentials are these? iw102 whoami

        11 AccessDeniedException [ID]
        error: User: u is not authorized to perform: states:DescribeExecution on resource: x with an explicit deny in a service control policy (AccessDeniedException, request [ID])
        hint:  a policy denies states:DescribeExecution expressly; whose credentials are these? iw102 whoami

        11 ExpiredTokenException [ID]
        error: The security token included in the request is expired (ExpiredTokenException, request [ID])
        hint:  the credentials are over: have new ones (aws sso login), and try again

        11 UnrecognizedClientException [ID]
        error: The security token included in the request is invalid. (UnrecognizedClientException, request [ID])
        hint:  AWS does not know the access key: deleted, of another partition, or AWS_SESSION_TOKEN is missing or over; whose credentials are these? iw102 whoami

        11 InvalidSignatureException [ID]
        error: The request signature we calculated does not match the signature you provided. (InvalidSignatureException, request [ID])
        hint:  the secret access key is probably not the one of this access key; whose credentials are these? iw102 whoami

        11 MissingAuthenticationTokenException [ID]
        error: Missing Authentication Token (MissingAuthenticationTokenException, request [ID])
        hint:  whose credentials are these? iw102 whoami

        11 OptInRequired [ID]
        error: The AWS Access Key Id needs a subscription for the service (OptInRequired, request [ID])
        hint:  the account has not signed up for this, or its region is not enabled: aws account list-regions

        13 ThrottlingException [ID]
        error: Rate exceeded (ThrottlingException, request [ID])
        hint:  too many calls at once, each tried a few times; AWS_MAX_ATTEMPTS=10 is more patient

        1 ServiceUnavailable [ID]
        error: ServiceUnavailable (request [ID])
        hint:  that is the fault of the endpoint URL's server and not AWS's: [URL] (AWS_ENDPOINT_URL); its log may say why

        1 InternalServerError [ID]
        error: We encountered an internal error. Please try again. (InternalServerError, request [ID])
        hint:  that is the fault of the endpoint URL's server and not AWS's: [URL] (AWS_ENDPOINT_URL); its log may say why

        10 StateMachineDoesNotExist [ID]
        error: State Machine Does Not Exist: 'arn:M' (StateMachineDoesNotExist, request [ID])
        hint:  which there are: iw102 list; is the region right, and the account?

        10 StateMachineDeleting [ID]
        error: State machine is being deleted: 'arn:M' (StateMachineDeleting, request [ID])
        hint:  it is being deleted; deploy it again when it is gone

        16 ExecutionAlreadyExists [ID]
        error: Execution Already Exists: 'arn:M:one' (ExecutionAlreadyExists, request [ID])
        hint:  choose another --name, or look at the one that has it: iw102 status arn:aws:states:eu-west-1:123456789012:execution:M:one

        13 ExecutionLimitExceeded [ID]
        error: The maximum number of running executions has been reached (ExecutionLimitExceeded, request [ID])
        hint:  too many executions are open: iw102 list --status RUNNING; AWS raises the quota on request

        2 InvalidArn [ID]
        error: Invalid Arn: 'Resource type not valid in this context: x' (InvalidArn, request [ID])
        hint:  ARNs have this form: arn:aws:states:REGION:ACCOUNT:execution:MACHINE:NAME (or stateMachine:MACHINE)

        2 InvalidName [ID]
        error: Invalid Name: 'one' (InvalidName, request [ID])

        2 InvalidExecutionInput [ID]
        error: Invalid State Machine Execution Input: 'x' (InvalidExecutionInput, request [ID])

        2 ValidationException [ID]
        error: 1 validation error detected (ValidationException, request [ID])

        11 KmsAccessDeniedException [ID]
        error: The ciphertext refers to a key you may not use (KmsAccessDeniedException, request [ID])
        hint:  the machine's data is encrypted with a KMS key: allow kms:Decrypt and kms:GenerateDataKey on it; whose credentials are these? iw102 whoami

        16 KmsInvalidStateException [ID]
        error: The key is disabled (KmsInvalidStateException, request [ID])
        hint:  the KMS key of the machine is disabled or about to be deleted: aws kms describe-key --key-id KEY

        13 KmsThrottlingException [ID]
        error: Rate exceeded (KmsThrottlingException, request [ID])
        hint:  too many calls at once, each tried a few times; AWS_MAX_ATTEMPTS=10 is more patient

        10 ExecutionDoesNotExist [ID]
        error: Execution Does Not Exist: 'arn:M:one' (ExecutionDoesNotExist, request [ID])
        hint:  is the region right, and the account? AWS forgets an execution 90 days after its end, and keeps none of an Express machine: iw102 list

        2 StateMachineTypeNotSupported [ID]
        error: This operation is not supported by this type (StateMachineTypeNotSupported, request [ID])
        hint:  an Express machine has no such call: iw102 invoke runs one, its executions are in CloudWatch Logs

        14 TaskTimedOut [ID]
        error: the token's task has ended: answered, timed out, or its execution is closed
        hint:  to see what runs: iw102 list --status running

        14 TaskDoesNotExist [ID]
        error: the token's task has ended: answered, timed out, or its execution is closed
        hint:  to see what runs: iw102 list --status running

        15 InvalidToken [ID]
        error: the token was never given out here
        hint:  it is damaged, or of another store or account; to see the one that waits: iw102 token

        1 SomethingNew [ID]
        error: nobody has seen this before (SomethingNew, request [ID])

    "#]].assert_eq(&all);
}

#[test]
fn a_fault_is_of_who_answered() {
    let fault = Answer::aws_error(500, "InternalFailure", "We encountered an internal error.");
    let (aws, status) = ("http://states.eu-west-1.amazonaws.com", &["status", EXECUTION][..]);
    let hint = |told: &str| told.lines().find_map(|line| line.strip_prefix("hint:  ").map(ToOwned::to_owned)).unwrap();
    assert_eq!(
        hint(&told_by(aws, status, "DescribeExecution", &fault)),
        "that is AWS's own fault; try again in a moment. Its state: https://health.aws.amazon.com"
    );
    assert_eq!(
        hint(&told(status, "DescribeExecution", &fault)),
        "that is the fault of the endpoint URL's server and not AWS's: [URL] (AWS_ENDPOINT_URL); its log may say why"
    );
}

#[test]
fn what_is_no_answer_of_aws_is_told_as_that() {
    let status = &["status", EXECUTION][..];
    let html =
        |status| Answer::text(status, "<html><body>Please log in</body></html>").header("content-type", "text/html");
    let mut all = String::new();
    for answer in [html(403), html(407), html(502), html(200)] {
        let answer = answer.header("x-amzn-RequestId", "an-id");
        all += &told_by("http://states.eu-west-1.amazonaws.com", status, "DescribeExecution", &answer);
    }
    for answer in [
        html(502),
        Answer::text(413, ""),
        Answer::text(429, ""),
        Answer::text(500, ""),
        Answer::json(&json!("no object")),
        Answer::text(200, "{"),
        Answer::dropped(),
        Answer::json(&json!({ "executionArn": EXECUTION })).cut(),
    ] {
        let answer = answer.header("x-amzn-RequestId", "an-id");
        all += &told(status, "DescribeExecution", &answer);
    }
    expect![[r#"
        20 Network -
        error: cannot reach http://states.eu-west-1.amazonaws.com: the answer is a page of HTML (HTTP 403), not AWS's
        hint:  a proxy, or a network that wants a login first, answers instead; NO_PROXY names hosts that need no proxy

        20 Network -
        error: cannot reach http://states.eu-west-1.amazonaws.com: the proxy wants a user and a password (HTTP 407)
        hint:  HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT names them

        20 Network -
        error: cannot reach http://states.eu-west-1.amazonaws.com: the answer is a page of HTML (HTTP 502), not AWS's
        hint:  a proxy, or a network that wants a login first, answers instead; NO_PROXY names hosts that need no proxy

        20 Network -
        error: cannot reach http://states.eu-west-1.amazonaws.com: the answer is a page of HTML (HTTP 200), not AWS's
        hint:  a proxy, or a network that wants a login first, answers instead; NO_PROXY names hosts that need no proxy

        1 HTTP 502 an-id
        error: [URL] answered HTTP 502 without saying why (request an-id)

        2 HTTP 413 an-id
        error: [URL] answered HTTP 413 without saying why (request an-id)
        hint:  input and output have at most 262,144 bytes; larger data goes to S3, its address into the input

        13 HTTP 429 an-id
        error: [URL] answered HTTP 429 without saying why (request an-id)
        hint:  too many calls at once, each tried a few times; AWS_MAX_ATTEMPTS=10 is more patient

        1 HTTP 500 an-id
        error: [URL] answered HTTP 500 without saying why (request an-id)

        1 HTTP 200 an-id
        error: the answer of [URL] (HTTP 200) is not what the API promises (request an-id)

        1 HTTP 200 an-id
        error: the answer of [URL] (HTTP 200) is not what the API promises (request an-id)

        20 Network -
        error: cannot reach [URL]: connection closed before message completed
        hint:  is the server there? --endpoint-url, AWS_ENDPOINT_URL or the profile named it

        20 Network -
        error: cannot reach [URL]: end of file before message length reached
        hint:  is the server there? --endpoint-url, AWS_ENDPOINT_URL or the profile named it

    "#]]
    .assert_eq(&all);
}

#[test]
fn a_connection_that_cannot_be_says_why() {
    let tls = Player::https();
    let status = ["status", EXECUTION];
    let on_aws = |url: &str| Iw102::new().on_aws_at(url).with(ONCE.0, ONCE.1);
    on_aws(&tls.url).run(status).check(expect![[r#"
        --- stderr
        error: cannot reach https://127.0.0.1:[PORT]: invalid peer certificate: UnknownIssuer
        hint:  its certificate is by a CA that is not trusted here: where that is a proxy's or your own server's, --cacert FILE (or AWS_CA_BUNDLE) names it
        --- exit 20
    "#]]);
    let trusting = |proxy: &Proxy| {
        on_aws("https://states.example.com")
            .with("AWS_CA_BUNDLE", tls.ca_file().unwrap().to_str().unwrap())
            .with("NO_PROXY", "")
            .with("HTTPS_PROXY", &format!("http://somebody:pass%2Fword-never-shown@{}", proxy.address))
            .hiding("pass%2Fword-never-shown")
            .hiding("pass/word-never-shown")
    };
    // `somebody:pass/word-never-shown`
    let elsewhere = Proxy::to(&tls, Some("c29tZWJvZHk6cGFzcy93b3JkLW5ldmVyLXNob3du"));
    trusting(&elsewhere).run([&status[..], &["-v"]].concat()).check(expect![[r#"
        --- stderr
        > DescribeExecution {"executionArn":"arn:aws:states:eu-west-1:123456789012:execution:M:one"}
        > GetExecutionHistory {"executionArn":"arn:aws:states:eu-west-1:123456789012:execution:M:one","maxResults":1000,"reverseOrder":false,"includeExecutionData":true}
        error: cannot reach https://states.example.com: invalid peer certificate: certificate not valid for name "states.example.com"; certificate is only valid for DnsName("localhost"), IpAddress(127.0.0.1), IpAddress(0::1), DnsName("*.eu-west-1.amazonaws.com") or DnsName("*.execute-api.eu-west-1.amazonaws.com")
        hint:  its certificate is for another name: is the URL right, or does somebody stand in between?
        --- exit 20
    "#]]);
    assert_eq!(elsewhere.asked(), ["states.example.com:443", "states.example.com:443"]);
    let locked = Proxy::to(&tls, Some("others"));
    trusting(&locked).run(status).check(expect![[r#"
        --- stderr
        error: cannot reach https://states.example.com: tunnel error: proxy authorization required
        hint:  HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT names them
        --- exit 20
    "#]]);
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    on_aws(&format!("http://{nobody}")).run(status).check(expect![[r#"
        --- stderr
        error: cannot reach http://127.0.0.1:[PORT]: Connection refused (os error 111)
        hint:  is the server there? --endpoint-url, AWS_ENDPOINT_URL or the profile named it
        --- exit 20
    "#]]);
    on_aws("https://no-such-host.invalid").with("HTTPS_PROXY", "").run(status).check(expect![[r#"
        --- stderr
        error: cannot reach https://no-such-host.invalid: failed to lookup address information: Name or service not known
        hint:  is the network there, and the region right? a proxy is named by HTTPS_PROXY
        --- exit 20
    "#]]);
    let plain = Player::http();
    on_aws(&plain.url.replace("http:", "https:")).run(status).check(expect![[r#"
        --- stderr
        error: cannot reach https://127.0.0.1:[PORT]: received corrupt message of type InvalidContentType
        hint:  that port does not speak TLS: is it http:// that is meant?
        --- exit 20
    "#]]);
    assert!(plain.requests().is_empty() && tls.requests().is_empty());
    on_aws(&tls.url).with("AWS_CA_BUNDLE", "/no/such/file").run(status).check(expect![[r#"
        --- stderr
        error: AWS_CA_BUNDLE: cannot read /no/such/file: No such file or directory (os error 2)
        hint:  name a file of CA certificates in PEM form
        --- exit 2
    "#]]);
}
