//! Tasks of a project that lacks their function, against a Lambda on loopback that keeps what it is sent.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use crate::asl::program::{Pattern, Resource};
use crate::asl::{Fault, Payload};
use crate::engine::task::{TaskId, TaskReport, TaskRequest};
use crate::tasks::{FunctionSpec, InvokeRequest, Program, Refused, Tasks, TasksConfig};

const ARN: &str = "arn:aws:lambda:us-west-2:111122223333:function:away";

/// A Lambda that gives one answer to everybody.
struct Lambda {
    url: String,
    got: Arc<Mutex<Vec<String>>>,
}

impl Lambda {
    async fn answering(answer: &'static str, body: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let got: Arc<Mutex<Vec<String>>> = Arc::default();
        let (kept, body) = (Arc::clone(&got), body.to_owned());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let mut stream = BufReader::new(stream);
                let (mut request, mut length) = (String::new(), 0);
                while !request.ends_with("\r\n\r\n") {
                    let mut line = String::new();
                    assert_ne!(stream.read_line(&mut line).await.unwrap(), 0);
                    length = line.strip_prefix("content-length: ").map_or(length, |text| text.trim().parse().unwrap());
                    request.push_str(&line);
                }
                let mut event = vec![0; length];
                stream.read_exact(&mut event).await.unwrap();
                request.push_str(&String::from_utf8(event).unwrap());
                kept.lock().unwrap().push(request);
                let head = format!("HTTP/1.1 {answer}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
                stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
            }
        });
        Self { url, got }
    }

    fn got(&self) -> Vec<String> {
        self.got.lock().unwrap().clone()
    }
}

fn tasks(folder: &tempfile::TempDir, variables: &[(&str, &str)]) -> Arc<Tasks> {
    let environment = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Tasks::new(TasksConfig {
        environment: environment.collect(),
        logs: folder.path().join("logs"),
        processes_max: 1,
        region: "eu-west-1".into(),
        account: "000000000000".into(),
    })
}

/// What a task comes to that calls a function by the Lambda integration.
async fn integrated(tasks: &Tasks, parameters: Value) -> Result<Value, Fault> {
    let resource =
        Resource::Integration { service: "lambda".into(), action: "invoke".into(), pattern: Pattern::RequestResponse };
    let request = TaskRequest {
        id: TaskId { execution: 1, event: 2 },
        execution_arn: "arn:aws:states:eu-west-1:000000000000:execution:m:e".into(),
        state_name: "S".into(),
        resource,
        input: Payload::from(parameters),
        token: None,
        credentials: None,
    };
    match tasks.perform(&request, |_| {}).await {
        Some(TaskReport::Succeeded(payload)) => Ok(payload.value().clone()),
        Some(TaskReport::Failed(fault)) => Err(fault),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_function_that_the_project_lacks_is_invoked_where_lambda_is() {
    let folder = tempfile::tempdir().unwrap();
    let lambda = Lambda::answering("200 OK\r\nx-amzn-requestid: their-id", r#"{"answer": 42}"#).await;
    // The service's own variable comes before the one of all.
    let all = tasks(&folder, &[("AWS_ENDPOINT_URL_LAMBDA", &lambda.url), ("AWS_ENDPOINT_URL", "http://127.0.0.1:1")]);
    assert_eq!(all.invoke(ARN, &json!({"a": "ä"})).await.unwrap(), json!({"answer": 42}));
    let one = &lambda.got()[0];
    let path =
        "POST /2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-west-2%3A111122223333%3Afunction%3Aaway/invocations ";
    assert!(one.starts_with(path) && one.ends_with("\r\n\r\n{\"a\":\"ä\"}"), "{one}");
    assert!(one.contains("Credential=111122223333/") && one.contains("/us-west-2/lambda/aws4_request"), "{one}");
    assert!(one.contains("x-amz-invocation-type: RequestResponse\r\n"), "{one}");

    let keys =
        [("AWS_ENDPOINT_URL", lambda.url.as_str()), ("AWS_ACCESS_KEY_ID", "AKID"), ("AWS_SECRET_ACCESS_KEY", "s")];
    let any = tasks(&folder, &keys);
    let parameters = json!({"FunctionName": "away", "Qualifier": "PROD", "Payload": [1], "LogType": "Tail"});
    let result = integrated(&any, parameters).await.unwrap();
    assert_eq!((&result["Payload"], &result["StatusCode"]), (&json!({"answer": 42}), &json!(200)));
    assert_eq!(result["SdkResponseMetadata"]["RequestId"], json!("their-id"));
    let two = &lambda.got()[1];
    assert!(two.starts_with("POST /2015-03-31/functions/away%3APROD/invocations ") && two.ends_with("[1]"), "{two}");
    assert!(two.contains("Credential=AKID/") && two.contains("/eu-west-1/lambda/"), "{two}");
    assert!(two.contains("x-amz-log-type: Tail\r\n"), "{two}");
}

#[tokio::test]
async fn the_projects_own_function_stays_here_and_the_served_api_passes_nothing_on() {
    let folder = tempfile::tempdir().unwrap();
    let lambda = Lambda::answering("404 N\r\nx-amzn-errortype: ResourceNotFoundException", "{}").await;
    let tasks = tasks(&folder, &[("AWS_ENDPOINT_URL", &lambda.url), ("PATH", &std::env::var("PATH").unwrap())]);
    tasks.register(vec![FunctionSpec {
        name: "here".into(),
        logical_id: None,
        folder: folder.path().to_owned(),
        program: Program::Command("cat".into()),
        timeout_seconds: 20,
        memory_mb: 128,
        environment: BTreeMap::new(),
    }]);
    assert_eq!(tasks.invoke("here", &json!(7)).await.unwrap(), json!(7));
    let served = tasks.answer(InvokeRequest::new("away", Payload::from(json!(7)))).await;
    assert!(matches!(served, Err(Refused::NotFound { .. })), "{served:?}");
    assert_eq!(lambda.got(), Vec::<String>::new());
    // A slip goes there, and is told as one when nobody knows it there either.
    let fault = tasks.invoke("her", &json!(7)).await.unwrap_err();
    assert_eq!(fault.error, "Lambda.ResourceNotFoundException");
    assert!(fault.cause.ends_with("; Proxy: null). Did you mean here?"), "{}", fault.cause);
    assert_eq!(lambda.got().len(), 1);
    tasks.shutdown().await;
}

#[tokio::test]
async fn what_lambda_says_becomes_the_fault_that_step_functions_records() {
    let folder = tempfile::tempdir().unwrap();
    let error = r#"{"errorType":"Exception","errorMessage":"no"}"#;
    let missing = r#"{"Type":"User","Message":"Function not found: away"}"#;
    for (answer, body, expected, said) in [
        ("200 OK\r\nx-amz-function-error: Unhandled", error, "Exception", error),
        (
            "404 N\r\nx-amzn-errortype: ResourceNotFoundException:http://x/\r\nx-amzn-requestid: R",
            missing,
            "Lambda.ResourceNotFoundException",
            "Function not found: away (Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; \
             Request ID: R; Proxy: null)",
        ),
        (
            "429 N",
            r##"{"__type":"com.amazonaws#TooManyRequestsException","message":"Rate Exceeded."}"##,
            "Lambda.TooManyRequestsException",
            "Rate Exceeded. (Service: AWSLambda; Status Code: 429; Error Code: TooManyRequestsException;",
        ),
        ("502 N", "<html>", "Lambda.AWSLambdaException", "<html> (Service: AWSLambda; Status Code: 502;"),
        ("200 OK", "no JSON", "Runtime.MarshalError", "the result is not JSON"),
    ] {
        let lambda = Lambda::answering(answer, body).await;
        let tasks = tasks(&folder, &[("AWS_ENDPOINT_URL_LAMBDA", &lambda.url)]);
        let fault = tasks.invoke(ARN, &json!({})).await.unwrap_err();
        assert_eq!(fault.error, expected);
        assert!(fault.cause.contains(said), "{}", fault.cause);
    }
}

#[tokio::test]
async fn nobody_at_the_endpoint_is_an_error_that_a_retry_may_get_past() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let fault = tasks(&folder, &[("AWS_ENDPOINT_URL", &url)]).invoke(ARN, &json!({})).await.unwrap_err();
    assert_eq!(fault.error, "Lambda.SdkClientException");
    assert!(fault.cause.starts_with(&format!("Unable to execute HTTP request: {url}: ")), "{}", fault.cause);
    let fault = tasks(&folder, &[("AWS_ENDPOINT_URL", "no url")]).invoke(ARN, &json!({})).await.unwrap_err();
    assert_eq!(fault.error, "States.Runtime");
    assert!(fault.cause.starts_with(r#""no url" is not the URL of a service"#), "{}", fault.cause);
    let fault = tasks(&folder, &[]).invoke(ARN, &json!({})).await.unwrap_err();
    assert_eq!(fault.error, "Lambda.ResourceNotFoundException");
}
