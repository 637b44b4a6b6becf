//! Connections that are slow, or that send what nobody should.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::{Request, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use super::{handshake, serve};
use crate::local::server::guarded::tests::soon;
use crate::local::server::places::Places;
use crate::local::server::{HANDSHAKES_MAX, Handshakes, Timeouts};
use crate::local::tls::{Authority, server_config};

/// How long is waited for an end that must come.
const END_MAX: Duration = Duration::from_secs(10);

/// The path and the body of the request, or what is wrong with the body.
async fn echo(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path().to_owned();
    let body = match request.into_body().collect().await {
        Ok(body) => String::from_utf8_lossy(&body.to_bytes()).into_owned(),
        Err(_) => "broken".to_owned(),
    };
    Ok(Response::new(Full::new(Bytes::from(format!("{path}={body};")))))
}

/// A served connection: its client's end, the flag that ends it, its task.
fn connected(timeouts: Timeouts) -> (DuplexStream, watch::Sender<bool>, JoinHandle<()>) {
    let (client, server) = duplex(1 << 20);
    let (leave, leaving) = watch::channel(false);
    let place = Places::new(1).enter().unwrap();
    (client, leave, tokio::spawn(async move { serve(server, timeouts, leaving, &place, echo).await }))
}

/// All that comes back for some bytes, after which the client sends nothing more.
async fn answers(bytes: &[u8], step: usize) -> String {
    let (mut client, _leave, served) = connected(Timeouts::default());
    for piece in bytes.chunks(step) {
        // The server may have closed before it has read all.
        let _ = client.write_all(piece).await;
        tokio::task::yield_now().await;
    }
    let _ = client.shutdown().await;
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    served.await.unwrap();
    answer
}

/// The statuses of answers, and their bodies.
async fn told(bytes: &[u8]) -> String {
    let whole = answers(bytes, bytes.len()).await;
    let statuses: Vec<_> = whole.match_indices("HTTP/1.1 ").map(|(at, _)| &whole[at + 9..at + 12]).collect();
    let bodies: Vec<_> = whole.split("\r\n").filter_map(|line| line.rsplit_once(';')).map(|(body, _)| body).collect();
    let told = format!("{} {}", statuses.join(","), bodies.join(","));
    if bytes.len() < 1_000 {
        let slow = answers(bytes, 1).await;
        let count = |text: &str| text.matches("HTTP/1.1 ").count();
        assert_eq!(count(&slow), count(&whole), "byte by byte: {slow}");
    }
    told
}

#[tokio::test]
async fn a_connection_answers_up_to_what_it_refuses() {
    let good = "POST /a HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\n\r\nx";
    for (stream, expected) in [
        (good.to_owned(), "200 /a=x"),
        (format!("{good}GET /b HTTP/1.1\nhost: a\n\n{good}"), "200,200,200 /a=x,/b=,/a=x"),
        ("GET /a HTTP/1.1\r\nhost : a\r\n\r\n".to_owned(), "400 "),
        (format!("{good}GET /b HTTP/1.1\r\nx: a\rb\r\n\r\n{good}"), "200,400 /a=x"),
        // What the library alone would take, with the body of one reading and the next request of the other.
        (
            "POST /a HTTP/1.1\r\ncontent-length: 40\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n"
                .to_owned(),
            "400 ",
        ),
        ("POST /a HTTP/1.1\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n".to_owned(), "400 "),
        ("POST /a HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n".to_owned(), "200 /a=x"),
        ("POST /a HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0;\0\r\n\r\n".to_owned(), "200 /a=broken"),
        ("\x16\x03\x01\x02\0\x01\0\n".to_owned(), "400 "),
        (format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(1 << 20)), "431 "),
        (format!("{}{good}", "\r\n".repeat(40_000)), "431 "),
    ] {
        assert_eq!(told(stream.as_bytes()).await.trim_start(), expected, "{stream:.200}");
    }
}

#[tokio::test]
async fn a_slow_head_an_idle_connection_and_a_slow_body_are_closed() {
    for (sent, answered) in [
        ("", ""),
        ("GET / HTTP/1.1\r\nhost: a\r\n", ""),
        // Answered, and then idle.
        ("GET / HTTP/1.1\r\nhost: a\r\n\r\n", "/=;"),
        ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nx", "/=broken;"),
        ("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n9\r\nx", "/=broken;"),
    ] {
        let (mut client, _leave, served) = connected(soon());
        client.write_all(sent.as_bytes()).await.unwrap();
        let mut answer = String::new();
        let reading = tokio::time::timeout(END_MAX, client.read_to_string(&mut answer)).await;
        reading.expect(sent).unwrap();
        assert!(answer.ends_with(answered) && answer.is_empty() == answered.is_empty(), "{sent:?}: {answer}");
        tokio::time::timeout(END_MAX, served).await.expect(sent).unwrap();
    }
}

#[tokio::test]
async fn a_head_that_arrives_byte_by_byte_is_closed_all_the_same() {
    let (mut client, _leave, served) = connected(soon());
    while client.write_all(b"G").await.is_ok() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    served.await.unwrap();
}

#[tokio::test]
async fn who_takes_no_answer_is_left() {
    let (mut client, server) = duplex(16);
    let (_leave, leaving) = watch::channel(false);
    let timeouts = Timeouts { write: Duration::from_millis(30), ..Timeouts::default() };
    let place = Places::new(1).enter().unwrap();
    let task = tokio::spawn(async move { serve(server, timeouts, leaving, &place, echo).await });
    client.write_all(b"GET /a HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    task.await.unwrap();
}

#[tokio::test]
async fn an_idle_connection_does_not_hold_up_the_end() {
    let (mut client, leave, served) = connected(Timeouts { linger: Duration::from_mins(10), ..Timeouts::default() });
    client.write_all(b"GET /a HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    let mut answer = [0; 12];
    client.read_exact(&mut answer).await.unwrap();
    leave.send(true).unwrap();
    served.await.unwrap();
}

/// A connection that was accepted, and its client's end.
async fn accepted() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    (client, listener.accept().await.unwrap().0)
}

#[tokio::test]
async fn a_handshake_ends_in_time_and_when_its_turn_is_needed() {
    let home = tempfile::tempdir().unwrap();
    let authority = Authority::open(home.path(), std::time::SystemTime::now()).unwrap();
    let tls = tokio_rustls::TlsAcceptor::from(server_config(authority).unwrap());
    let (_client, server) = accepted().await;
    let (_sender, turn) = oneshot::channel();
    assert!(handshake(tls.clone(), server, turn, soon()).await.is_none());
    let (_client, server) = accepted().await;
    let mut handshakes = Handshakes::default();
    let oldest = handshakes.enter();
    let mut others: Vec<_> = (1..HANDSHAKES_MAX).map(|_| handshakes.enter()).collect();
    // One that has ended gives its turn away first.
    others.pop();
    others.push(handshakes.enter());
    let timeouts = Timeouts { handshake: Duration::from_mins(10), ..soon() };
    let slow = tokio::spawn(handshake(tls, server, oldest, timeouts));
    tokio::task::yield_now().await;
    assert!(!slow.is_finished() && others.iter_mut().all(is_open));
    others.push(handshakes.enter());
    assert!(slow.await.unwrap().is_none());
    assert!(others.iter_mut().all(is_open), "only the oldest gives way");
}

fn is_open(turn: &mut oneshot::Receiver<()>) -> bool {
    turn.try_recv() == Err(oneshot::error::TryRecvError::Empty)
}
