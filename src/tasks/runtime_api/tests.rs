//! The Runtime API over a socket, as a runtime client calls it.

use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::handshake;
use tokio::net::TcpStream;

use super::*;

fn invocation(id: &str) -> Invocation {
    let event = Payload::parse("{\"a\":  1}").unwrap();
    let function_arn = "arn:aws:lambda:eu-west-1:000000000000:function:f".into();
    Invocation { request_id: id.into(), function_arn, event, timeout: Duration::from_secs(3) }
}

async fn send(api: &RuntimeApi, request: Request<Full<Bytes>>) -> (StatusCode, HeaderMap, String) {
    let stream = TcpStream::connect(api.address()).await.unwrap();
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let response = sender.send_request(request).await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, headers, String::from_utf8(body.to_vec()).unwrap())
}

async fn call(api: &RuntimeApi, method: &str, path: &str, body: impl Into<Bytes>) -> (u16, String) {
    let request = Request::builder().method(method).uri(format!("{VERSION}{path}")).header(HOST, api.address());
    let (status, _, body) = send(api, request.body(Full::from(body.into())).unwrap()).await;
    (status.as_u16(), body)
}

#[tokio::test]
async fn an_invocation_is_taken_and_answered() {
    let mut api = RuntimeApi::open().await.unwrap();
    api.offer(invocation("one"));
    let next = Request::get(format!("{VERSION}invocation/next")).header(HOST, api.address());
    let (status, headers, body) = send(&api, next.body(Full::default()).unwrap()).await;
    assert_eq!((status, body.as_str()), (StatusCode::OK, "{\"a\":  1}"));
    assert_eq!(headers["lambda-runtime-aws-request-id"], "one");
    assert_eq!(headers["lambda-runtime-invoked-function-arn"], "arn:aws:lambda:eu-west-1:000000000000:function:f");
    assert!(headers["lambda-runtime-trace-id"].to_str().unwrap().starts_with("Root=1-"));
    let deadline_ms: i64 = headers["lambda-runtime-deadline-ms"].to_str().unwrap().parse().unwrap();
    let left_ms = deadline_ms - Timestamp::now().as_millisecond();
    assert!((1_000..=3_000).contains(&left_ms), "{left_ms}");
    assert!(matches!(api.signal().await, Signal::Delivered));
    assert_eq!(call(&api, "POST", "invocation/one/response", "7").await, (202, "{\"status\":\"OK\"}\n".into()));
    let Signal::Answered(answer) = api.signal().await else { panic!("no answer") };
    assert_eq!(answer, Answer::Returned(Payload::parse("7").unwrap()));
}

#[tokio::test]
async fn wrong_ids_and_a_wrong_order_are_refused_as_on_lambda() {
    let mut api = RuntimeApi::open().await.unwrap();
    let (status, body) = call(&api, "POST", "invocation/one/response", "7").await;
    assert!(status == 400 && body.contains("InvalidRequestID"), "{status} {body}");
    api.offer(invocation("one"));
    assert_eq!(call(&api, "GET", "invocation/next", "").await.0, 200);
    for (method, path, expected, error_type) in [
        ("GET", "invocation/next", 403, "InvalidStateTransition"),
        ("POST", "init/error", 403, "InvalidStateTransition"),
        ("POST", "invocation/two/response", 400, "InvalidRequestID"),
        ("POST", "invocation/two/error", 400, "InvalidRequestID"),
        ("POST", "invocation/next", 404, "NotFound"),
        ("GET", "../etc", 404, "NotFound"),
    ] {
        let (status, body) = call(&api, method, path, "{}").await;
        assert!(status == expected && body.contains(error_type), "{method} {path}: {status} {body}");
    }
    assert_eq!(call(&api, "POST", "invocation/one/error", r#"{"errorType":"E"}"#).await.0, 202);
    let (status, body) = call(&api, "POST", "invocation/one/response", "7").await;
    assert!(status == 403 && body.contains("InvalidStateTransition"), "{status} {body}");
    assert!(matches!(api.signal().await, Signal::Delivered));
    assert!(matches!(api.signal().await, Signal::Answered(Answer::Errored(text)) if text == r#"{"errorType":"E"}"#));
}

#[tokio::test]
async fn a_failed_start_is_told() {
    let mut api = RuntimeApi::open().await.unwrap();
    assert_eq!(call(&api, "POST", "init/error", r#"{"errorType":"Runtime.ImportModuleError"}"#).await.0, 202);
    assert!(matches!(api.signal().await, Signal::InitFailed(Answer::Errored(text)) if text.contains("ImportModule")));
}

#[tokio::test]
async fn a_result_has_a_bound() {
    let mut api = RuntimeApi::open().await.unwrap();
    for (id, bytes, expected) in [("one", RESPONSE_BYTES_MAX, 202), ("two", RESPONSE_BYTES_MAX + 1, 413)] {
        api.offer(invocation(id));
        assert_eq!(call(&api, "GET", "invocation/next", "").await.0, 200);
        let body = format!("\"{}\"", "a".repeat(bytes - 2));
        let (status, body) = call(&api, "POST", &format!("invocation/{id}/response"), body).await;
        assert_eq!(status, expected, "{body}");
    }
    let mut said = Vec::new();
    for _ in 0..4 {
        said.push(format!("{:.60?}", api.signal().await));
    }
    assert!(said[1].starts_with("Answered(Returned"), "{said:?}");
    assert!(said[3].contains("Function.ResponseSizeTooLarge"), "{said:?}");
}

#[tokio::test]
async fn browsers_are_refused() {
    let api = RuntimeApi::open().await.unwrap();
    for (name, value) in [("host", "example.com"), ("origin", "https://example.com")] {
        let mut next = Request::get(format!("{VERSION}invocation/next"));
        if name != "host" {
            next = next.header(HOST, api.address());
        }
        let (status, ..) = send(&api, next.header(name, value).body(Full::default()).unwrap()).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{name}");
    }
}

#[tokio::test]
async fn a_chunked_answer_that_ends_in_an_error_is_one() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut api = RuntimeApi::open().await.unwrap();
    for (id, trailer) in [
        ("one", ""),
        (
            "two",
            "Lambda-Runtime-Function-Error-Type: E\r\nLambda-Runtime-Function-Error-Body: eyJlcnJvclR5cGUiOiJFIn0=\r\n",
        ),
    ] {
        api.offer(invocation(id));
        assert_eq!(call(&api, "GET", "invocation/next", "").await.0, 200);
        let host = api.address();
        let head = format!(
            "POST {VERSION}invocation/{id}/response HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\nTrailer: \
             Lambda-Runtime-Function-Error-Type\r\nConnection: close\r\n\r\n2\r\n[1\r\n1\r\n]\r\n0\r\n{trailer}\r\n"
        );
        let mut stream = TcpStream::connect(host).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).await.unwrap();
        assert!(reply.starts_with("HTTP/1.1 202"), "{reply}");
        assert!(matches!(api.signal().await, Signal::Delivered));
        let Signal::Answered(answer) = api.signal().await else { panic!("no answer") };
        match id {
            "one" => assert_eq!(answer, Answer::Returned(Payload::parse("[1]").unwrap())),
            _ => assert_eq!(answer, Answer::Errored("{\"errorType\":\"E\"}".into())),
        }
    }
}
