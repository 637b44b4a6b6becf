//! What arrives as bytes that no SDK would send.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Fixture, post, sfn};
use crate::local::server::{CONNECTIONS_MAX, HEADER_BYTES_MAX};
use crate::local::wire::REQUEST_BYTES_MAX;

/// Sends bytes and gives all that comes back.
pub(in crate::local) async fn exchange(endpoint: &str, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(endpoint.strip_prefix("http://").unwrap()).await.unwrap();
    // The server may answer and close before it has read all.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_no_request_is_told_so() {
    let fixture = Fixture::begin().await;
    for body in ["{", "[]", "null", "\u{0}", "{\"a\":}", "<xml/>"] {
        let (status, answer) = post(&fixture.owner.endpoint, "AWSStepFunctions.ListStateMachines", body).await;
        assert_eq!(status, 400, "{body}");
        assert_eq!(answer["__type"], "com.amazon.coral.service#SerializationException", "{body}");
    }
    let (status, answer) =
        post(&fixture.owner.endpoint, "AWSStepFunctions.StartExecution", r#"{"stateMachineArn":7}"#).await;
    assert_eq!(status, 400);
    assert_eq!(answer["message"], "NUMBER_VALUE can not be converted to a String at 'stateMachineArn'");
    fixture.owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_operations_are_told_so() {
    let fixture = Fixture::begin().await;
    for target in ["", "AWSStepFunctions", "AWSStepFunctions.", "AWSStepFunctions.Nope", "Logs_20140328.Nope", "X.Y.Z"]
    {
        let (status, answer) = post(&fixture.owner.endpoint, target, "{}").await;
        assert_eq!(status, 400, "{target}");
        assert_eq!(answer["__type"], "com.amazon.coral.service#UnknownOperationException", "{target}");
    }
    let get = "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let other = "POST /other HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    for request in [get, other] {
        let answer = exchange(&fixture.owner.endpoint, request.as_bytes()).await;
        assert_eq!(status(&answer), "404", "{answer}");
        assert!(answer.contains("UnknownOperationException") && answer.contains("x-amzn-requestid: "), "{answer}");
    }
    fixture.owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_long_is_refused() {
    let fixture = Fixture::begin().await;
    let long = "x".repeat(REQUEST_BYTES_MAX + 1);
    let (status_code, answer) = post(&fixture.owner.endpoint, "AWSStepFunctions.StartExecution", &long).await;
    assert_eq!(status_code, 413, "{answer}");
    let header = "y".repeat(HEADER_BYTES_MAX);
    let request = format!("POST / HTTP/1.1\r\nhost: localhost\r\nx-long: {header}\r\n\r\n");
    let answer = exchange(&fixture.owner.endpoint, request.as_bytes()).await;
    assert_eq!(status(&answer), "431", "{answer}");
    fixture.owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_a_web_page_could_send_are_refused() {
    let fixture = Fixture::begin().await;
    let ask = async |headers: &str| {
        let request = format!(
            "POST / HTTP/1.1\r\n{headers}x-amz-target: AWSStepFunctions.ListStateMachines\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{{}}"
        );
        let answer = exchange(&fixture.owner.endpoint, request.as_bytes()).await;
        status(&answer).to_owned()
    };
    for (headers, expected) in [
        ("host: localhost:1\r\n", "200"),
        ("host: [::1]:1\r\n", "200"),
        ("host: sync-states.eu-west-1.amazonaws.com\r\n", "200"),
        ("host: localhost:1\r\norigin: http://localhost:1\r\n", "200"),
        ("host: evil.example\r\n", "403"),
        ("host: 127.0.0.1.evil.example:80\r\n", "403"),
        ("host: localhost:1\r\norigin: http://evil.example\r\n", "403"),
        ("host: localhost:1\r\norigin: null\r\n", "403"),
        ("", "400"),
        ("host: localhost\r\nhost: localhost\r\n", "400"),
    ] {
        assert_eq!(ask(headers).await, expected, "{headers}");
    }
    fixture.owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_http_is_refused() {
    let fixture = Fixture::begin().await;
    for request in [
        "POST / HTTP/1.1\r\nhost : localhost\r\n\r\n",
        "POST / HTTP/1.1\r\nhost: localhost\r\n folded\r\n\r\n",
        "POST / HTTP/1.1\r\nhost: local\rhost\r\n\r\n",
        "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}",
        "nonsense\r\n\r\n",
    ] {
        let answer = exchange(&fixture.owner.endpoint, request.as_bytes()).await;
        assert_eq!(status(&answer), "400", "{request:?}: {answer}");
    }
    // `openssl s_client` sends bare line feeds.
    let bare =
        "POST / HTTP/1.1\nhost: localhost\nx-amz-target: AWSStepFunctions.ListStateMachines\nconnection: close\n\n";
    let answer = exchange(&fixture.owner.endpoint, bare.as_bytes()).await;
    assert_eq!(status(&answer), "200", "{answer}");
    fixture.owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_and_slow_ones_keep_nobody_out() {
    let fixture = Fixture::begin().await;
    let address = fixture.owner.endpoint.strip_prefix("http://").unwrap();
    let mut open = Vec::new();
    for number in 0..CONNECTIONS_MAX {
        let mut stream = TcpStream::connect(address).await.unwrap();
        if number % 2 == 0 {
            stream.write_all(b"POST / HTTP/1.1\r\nhost: local").await.unwrap();
        }
        open.push(stream);
    }
    let answer = exchange(&fixture.owner.endpoint, ASK).await;
    assert_eq!(status(&answer), "404", "{answer}");
    // Whoever was there first gave way, and is told so by an end.
    let mut rest = Vec::new();
    let gone = open[0].read_to_end(&mut rest).await;
    assert!(gone.is_err() || rest.is_empty() || status(&String::from_utf8_lossy(&rest)) == "408", "{rest:?}");
    // Whoever came last is still heard.
    let last = open.last_mut().unwrap();
    last.write_all(ASK).await.unwrap();
    last.read_to_end(&mut rest).await.unwrap();
    assert_eq!(status(&String::from_utf8(rest).unwrap()), "404");
    fixture.owner.release().await;
}

const ASK: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn one_connection_too_many_is_throttled_and_others_go_on() {
    const ACTIVITY: &str = "arn:aws:states:eu-west-1:123456789012:activity:";
    let fixture = Fixture::begin().await;
    let address = fixture.owner.endpoint.strip_prefix("http://").unwrap();
    for name in ["a", "b"] {
        sfn(&fixture.owner.endpoint, "CreateActivity", &serde_json::json!({ "name": name })).await;
    }
    let mut busy = Vec::new();
    for number in 0..CONNECTIONS_MAX {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let name = if number % 2 == 0 { "a" } else { "b" };
        let body = format!("{{\"activityArn\":\"{ACTIVITY}{name}\"}}");
        let head = format!(
            "POST / HTTP/1.1\r\nhost: localhost\r\nx-amz-target: AWSStepFunctions.GetActivityTask\r\n\
             expect: 100-continue\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        // Heard, and so no longer one that gives way.
        let mut goes_on = [0; 25];
        stream.read_exact(&mut goes_on).await.unwrap();
        assert_eq!(goes_on.as_slice(), b"HTTP/1.1 100 Continue\r\n\r\n");
        stream.write_all(body.as_bytes()).await.unwrap();
        busy.push(stream);
    }
    let answer = exchange(&fixture.owner.endpoint, ASK).await;
    assert!(answer.contains("ThrottlingException"), "{answer}");
    busy.clear();
    // Closed connections give their places back, though not at once.
    for attempt in 0.. {
        if status(&exchange(&fixture.owner.endpoint, ASK).await) == "404" {
            break;
        }
        assert!(attempt < 10_000, "no place became free");
        tokio::task::yield_now().await;
    }
    fixture.owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn control_paths_want_the_secret() {
    let fixture = Fixture::begin().await;
    for secret in ["", "x-iw102-secret: \r\n", "x-iw102-secret: guess\r\n"] {
        for name in ["health", "load", "quiesce", "clock"] {
            let request = format!(
                "POST /_iw102/{name} HTTP/1.1\r\nhost: localhost\r\n{secret}content-length: 0\r\nconnection: close\r\n\r\n"
            );
            let answer = exchange(&fixture.owner.endpoint, request.as_bytes()).await;
            assert_eq!(status(&answer), "403", "{name} {secret}");
        }
    }
    fixture.owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn constraints_are_told_in_the_words_of_aws() {
    let fixture = Fixture::begin().await;
    let (_, answer) =
        sfn(&fixture.owner.endpoint, "ListStateMachines", &serde_json::json!({ "maxResults": 1001 })).await;
    assert_eq!(
        answer,
        serde_json::json!({
            "__type": "com.amazon.coral.validate#ValidationException",
            "message": "1 validation error detected: Value '1001' at 'maxResults' failed to satisfy constraint: \
                Member must have value less than or equal to 1000",
        })
    );
    fixture.owner.release().await;
}
