//! Lambda's API over HTTP.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{ACCOUNT, REGION, options, raw};
use crate::local::lambda::PAYLOAD_BYTES_MAX;
use crate::local::{AttachOptions, Owner, attach};

/// An answer in parts; names of headers are in small letters.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{self:?}"))
    }

    /// The text of an error, which must be this one.
    #[track_caller]
    fn refused(&self, status: u16, name: &str) -> String {
        assert_eq!((self.status, self.header("x-amzn-errortype")), (status, Some(name)), "{self:?}");
        let body = self.json();
        let text = body.get("Message").or_else(|| body.get("message")).and_then(Value::as_str);
        text.unwrap().to_owned()
    }
}

async fn ask(owner: &Owner, line: &str, headers: &str, body: &str) -> Answer {
    let head = format!("{line} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n{headers}");
    let request = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
    let answer = raw::exchange(&owner.endpoint, request.as_bytes()).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
    Answer { status, headers, body: body.to_owned() }
}

pub(super) async fn invoke(owner: &Owner, name: &str, headers: &str, body: &str) -> Answer {
    ask(owner, &format!("POST /2015-03-31/functions/{name}/invocations"), headers, body).await
}

/// A server with these functions and without machines.
pub(super) async fn with(functions: &[(&str, &str)]) -> (Owner, tempfile::TempDir) {
    let scratch = tempfile::tempdir().unwrap();
    let functions = functions.iter().map(|(name, command)| ((*name).to_owned(), (*command).to_owned())).collect();
    let owner = attach(AttachOptions { functions, ..options(None, scratch.path()) }).await.unwrap();
    (owner, scratch)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_is_invoked_by_each_of_its_names() {
    let (owner, _scratch) = with(&[("echo", "cat")]).await;
    let arn = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:echo");
    for name in ["echo", "echo:live", &arn, &arn.replace(':', "%3A"), "echo/invocations?Qualifier=%24LATEST"] {
        let line = format!("POST /2015-03-31/functions/{}", name.split('?').next().unwrap());
        let line = if line.ends_with("/invocations") { line } else { line + "/invocations" };
        let query = name.split_once('?').map(|(_, query)| format!("?{query}")).unwrap_or_default();
        let answer = ask(&owner, &(line + &query), "", r#"{"a": 1}"#).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"a": 1}"#), "{name}");
        assert_eq!(answer.header("x-amz-executed-version"), Some("$LATEST"));
        assert_eq!(answer.header("x-amz-function-error"), None);
        assert_eq!(answer.header("x-amzn-requestid").map(str::len), Some(36));
    }
    let answer = invoke(&owner, "echo", "", "").await;
    assert_eq!(answer.body, "{}", "no payload is an empty object");
    owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_error_is_an_answer_and_the_log_comes_along() {
    let (owner, _scratch) = with(&[("breaks", "echo before the end >&2; exit 3")]).await;
    let answer = invoke(&owner, "breaks", "x-amz-log-type: Tail\r\n", "{}").await;
    assert_eq!((answer.status, answer.header("x-amz-function-error")), (200, Some("Unhandled")), "{answer:?}");
    assert_eq!(answer.json()["errorType"], "Runtime.ExitError");
    let log = STANDARD.decode(answer.header("x-amz-log-result").unwrap()).unwrap();
    assert!(String::from_utf8(log).unwrap().contains("before the end"));
    let answer = invoke(&owner, "breaks", "x-amz-log-type: None\r\n", "{}").await;
    assert_eq!(answer.header("x-amz-log-result"), None);
    owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_an_event_and_a_dry_run_runs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (ran, pipe) = (folder.path().join("ran"), folder.path().join("pipe"));
    let command = format!("echo x >>{}; cat >{}", ran.display(), pipe.display());
    let (owner, _scratch) = with(&[("writes", &command)]).await;
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let answer = invoke(&owner, "writes", "x-amz-invocation-type: DryRun\r\n", "{}").await;
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    assert!(!ran.exists());
    // It answers although the function waits for a reader of its pipe.
    let answer = invoke(&owner, "writes", "x-amz-invocation-type: Event\r\n", r#"{"e":1}"#).await;
    assert_eq!((answer.status, answer.body.as_str()), (202, ""));
    assert_eq!(answer.header("x-amz-executed-version"), None);
    let event = tokio::task::spawn_blocking(move || std::fs::read_to_string(pipe).unwrap()).await.unwrap();
    assert_eq!(event, r#"{"e":1}"#);
    assert_eq!(std::fs::read_to_string(ran).unwrap(), "x\n");
    owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_invoked_is_refused_in_lambdas_words() {
    let (owner, _scratch) = with(&[("shop-dev-echo", "cat")]).await;
    let missing = invoke(&owner, "ecko", "", "{}").await.refused(404, "ResourceNotFoundException");
    assert_eq!(missing, format!("Function not found: arn:aws:lambda:{REGION}:{ACCOUNT}:function:ecko:$LATEST"));
    let near = invoke(&owner, "echo", "", "{}").await.refused(404, "ResourceNotFoundException");
    assert!(near.ends_with("Did you mean shop-dev-echo?"), "{near}");
    let name = "shop-dev-echo";
    for body in ["{", "nope", "\u{0}", "{} {}"] {
        let message = invoke(&owner, name, "", body).await.refused(400, "InvalidRequestContentException");
        assert!(message.starts_with("Could not parse request body into json"), "{message}");
    }
    for headers in ["x-amz-invocation-type: Later\r\n", "x-amz-log-type: All\r\n"] {
        invoke(&owner, name, headers, "{}").await.refused(400, "InvalidParameterValueException");
    }
    invoke(&owner, "..%2F..%2Fetc", "", "{}").await.refused(400, "InvalidParameterValueException");
    owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payload_has_lambdas_bounds() {
    let (owner, _scratch) = with(&[("counts", "wc -c | tr -d ' '")]).await;
    let of = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2));
    let answer = invoke(&owner, "counts", "", &of(PAYLOAD_BYTES_MAX)).await;
    assert_eq!((answer.status, answer.body.trim()), (200, "6291456"));
    let message =
        invoke(&owner, "counts", "", &of(PAYLOAD_BYTES_MAX + 1)).await.refused(413, "RequestTooLargeException");
    assert_eq!(message, "Request must be smaller than 6291456 bytes for the InvokeFunction operation");
    let event = "x-amz-invocation-type: Event\r\n";
    invoke(&owner, "counts", event, &of((1 << 20) + 1)).await.refused(413, "RequestTooLargeException");
    owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_are_listed_and_described_without_their_environments() {
    let names: Vec<String> = (0..60).map(|number| format!("f{number:02}")).collect();
    let functions: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "cat")).collect();
    let (owner, _scratch) = with(&functions).await;
    let first = ask(&owner, "GET /2015-03-31/functions/", "", "").await.json();
    let listed = |page: &Value| {
        let functions = page["Functions"].as_array().unwrap();
        functions.iter().map(|one| one["FunctionName"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(listed(&first), names[..50]);
    let marker = first["NextMarker"].as_str().unwrap();
    let second = ask(&owner, &format!("GET /2015-03-31/functions?Marker={marker}&MaxItems=5"), "", "").await.json();
    assert_eq!(listed(&second), names[50..55]);
    let last = second["NextMarker"].as_str().unwrap();
    let last = ask(&owner, &format!("GET /2015-03-31/functions?Marker={last}"), "", "").await.json();
    assert_eq!((listed(&last), last.get("NextMarker")), (names[55..].to_vec(), None));
    for query in ["Marker=made-up", "MaxItems=0", "MaxItems=many"] {
        ask(&owner, &format!("GET /2015-03-31/functions?{query}"), "", "")
            .await
            .refused(400, "InvalidParameterValueException");
    }
    let described = json!({
        "FunctionName": "f00",
        "FunctionArn": format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:f00"),
        "Timeout": 6,
        "MemorySize": 1024,
        "Version": "$LATEST",
        "PackageType": "Zip",
        "State": "Active",
        "LastUpdateStatus": "Successful",
    });
    assert_eq!(ask(&owner, "GET /2015-03-31/functions/f00", "", "").await.json()["Configuration"], described);
    assert_eq!(ask(&owner, "GET /2015-03-31/functions/f00/configuration", "", "").await.json(), described);
    ask(&owner, "GET /2015-03-31/functions/nope", "", "").await.refused(404, "ResourceNotFoundException");
    owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_operations_and_strangers_are_refused() {
    let (owner, _scratch) = with(&[("echo", "cat")]).await;
    for line in [
        "DELETE /2015-03-31/functions/echo",
        "POST /2015-03-31/functions",
        "GET /2019-09-25/functions/echo/concurrency",
    ] {
        let message = ask(&owner, line, "", "").await.refused(404, "UnknownOperationException");
        assert!(message.contains("ListFunctions"), "{message}");
    }
    let answer = invoke(&owner, "echo", "origin: http://evil.example\r\n", "{}").await;
    assert_eq!(answer.status, 403);
    owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_is_told_how_to_call_this_server() {
    let (owner, _scratch) =
        with(&[("told", r#"echo "[\"$AWS_ENDPOINT_URL_SFN\", $AWS_DISABLE_HOST_PREFIX_INJECTION]""#)]).await;
    assert_eq!(invoke(&owner, "told", "", "{}").await.json(), json!([owner.endpoint, true]));
    owner.release().await;
}
