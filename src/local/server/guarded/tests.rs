//! The stream as its reader sees it.

use std::io::ErrorKind;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

use super::{Guarded, POISON};
use crate::local::server::Timeouts;

/// Times that are over soon, for what is to happen at their end.
pub(in crate::local::server) fn soon() -> Timeouts {
    let soon = Duration::from_millis(30);
    Timeouts { handshake: soon, head: soon, body: soon, write: soon, linger: soon }
}

/// All that is read of what a client sends in pieces before it closes.
async fn read(pieces: &[&[u8]]) -> Vec<u8> {
    let (mut client, server) = duplex(1 << 20);
    for piece in pieces {
        client.write_all(piece).await.unwrap();
    }
    client.shutdown().await.unwrap();
    let mut found = Vec::new();
    Guarded::new(server, Timeouts::default()).read_to_end(&mut found).await.unwrap();
    found
}

#[tokio::test]
async fn what_is_right_passes_unchanged() {
    let stream = b"POST / HTTP/1.1\ncontent-length: 3\n\na\r\0GET / HTTP/1.1\r\n\r\n";
    assert_eq!(read(&[stream]).await, stream);
    let pieces: Vec<_> = stream.chunks(1).collect();
    assert_eq!(read(&pieces).await, stream);
}

#[tokio::test]
async fn what_is_wrong_is_replaced_and_ends_the_stream() {
    let before: &[u8] = b"GET / HTTP/1.1\r\n\r\n";
    let bad: &[u8] = b"GET / HTTP/1.1\r\nx : y\r\n\r\nGET / HTTP/1.1\r\n\r\n";
    let passed: &[u8] = b"GET / HTTP/1.1\r\nx : y\r";
    assert_eq!(read(&[before, bad]).await, [before, passed, POISON].concat());
    // A body is cut off, so that it never looks whole: the poison could be a part of it.
    let bad: &[u8] = b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0;\0\r\n\r\n";
    assert_eq!(read(&[before, bad]).await, [before, &bad[..bad.len() - 3]].concat());
}

#[tokio::test]
async fn a_narrow_reader_gets_all_of_the_poison() {
    let (mut client, server) = duplex(64);
    client.write_all(b"\0\n").await.unwrap();
    let mut guarded = Guarded::new(server, Timeouts::default());
    let mut found = Vec::new();
    for _ in 0..10 {
        let mut byte = [0];
        let length = guarded.read(&mut byte).await.unwrap();
        found.extend_from_slice(&byte[..length]);
    }
    assert_eq!(found, [b"\0", POISON].concat());
}

#[tokio::test]
async fn a_body_and_an_answer_that_stall_are_given_up() {
    let (mut client, server) = duplex(64);
    let mut guarded = Guarded::new(server, soon());
    client.write_all(b"POST / HTTP/1.1\r\ncontent-length: 9\r\n\r\nabc").await.unwrap();
    let mut found = Vec::new();
    let error = guarded.read_to_end(&mut found).await.unwrap_err();
    assert_eq!((error.kind(), found.ends_with(b"abc")), (ErrorKind::TimedOut, true));
    let error = guarded.write_all(&[b'x'; 4_096]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
}

#[tokio::test]
async fn a_trickle_does_not_prolong_a_body() {
    let (mut client, server) = duplex(64);
    let mut guarded = Guarded::new(server, soon());
    client.write_all(b"POST / HTTP/1.1\r\ncontent-length: 100000\r\n\r\n").await.unwrap();
    let trickle = async {
        while client.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let mut found = Vec::new();
    let error = tokio::select! {
        result = guarded.read_to_end(&mut found) => result.unwrap_err(),
        () = trickle => unreachable!("the server's end is open"),
    };
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert!(found.len() < 100_000);
}

/// Closes a guarded stream whose client sent something, and says whether the client's next bytes were taken.
async fn close(sent: &[u8]) -> bool {
    let (mut client, server): (DuplexStream, _) = duplex(1 << 10);
    client.write_all(sent).await.unwrap();
    let mut guarded = Guarded::new(server, Timeouts { linger: Duration::from_mins(1), ..Timeouts::default() });
    let mut bytes = [0; 512];
    let _ = guarded.read(&mut bytes).await.unwrap();
    let client = async {
        // More than the pipe holds: it only goes through where somebody reads.
        let written = tokio::time::timeout(Duration::from_millis(100), client.write_all(&[b'x'; 4 << 10])).await;
        let is_taken = written.is_ok_and(|written| written.is_ok());
        let _ = client.shutdown().await;
        is_taken
    };
    let (shut, is_taken) = tokio::join!(guarded.shutdown(), client);
    shut.unwrap();
    is_taken
}

#[tokio::test]
async fn who_is_still_sending_gets_to_read_the_answer() {
    assert!(close(b"POST / HTTP/1.1\r\ncontent-length: 9000\r\n\r\nabc").await);
    assert!(close(b"x : y\r\n").await);
    assert!(!close(b"GET / HTTP/1.1\r\n\r\n").await, "nothing is lost here");
}

#[tokio::test]
async fn nobody_is_waited_for_without_end() {
    let (mut client, server) = duplex(1 << 10);
    client.write_all(b"GET").await.unwrap();
    let mut guarded = Guarded::new(server, soon());
    let mut bytes = [0; 512];
    let _ = guarded.read(&mut bytes).await.unwrap();
    guarded.shutdown().await.unwrap();
    drop(client);
}
