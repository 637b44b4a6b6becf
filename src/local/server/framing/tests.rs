//! Every rule by a message that breaks it, whole and byte by byte, alone and after others.

use super::{CHUNK_LINE_BYTES_MAX, Framing, Refusal, Why};

const HEAD_BYTES_MAX: usize = 1_024;

/// What comes of a stream that arrives in pieces of `size` bytes.
fn follow(stream: &[u8], size: usize) -> (Result<(), Refusal>, bool) {
    let mut framing = Framing::new(HEAD_BYTES_MAX);
    for (nth, piece) in stream.chunks(size).enumerate() {
        if let Err(Refusal { at, why }) = framing.feed(piece) {
            return (Err(Refusal { at: nth * size + at, why }), false);
        }
    }
    (Ok(()), framing.is_between())
}

/// The same, however it arrives.
fn followed(stream: &[u8]) -> (Result<(), Refusal>, bool) {
    let whole = follow(stream, stream.len().max(1));
    for size in [1, 2, 3, 7] {
        assert_eq!(follow(stream, size), whole, "{size}: {}", stream.escape_ascii());
    }
    whole
}

const WHOLE: &[&[u8]] = &[
    b"GET / HTTP/1.1\r\nhost: a\r\n\r\n",
    // As it is pasted into `openssl s_client`.
    b"GET /dev/hello HTTP/1.1\nhost: a\nX-API-Key: k\nconnection: close\n\n",
    b"GET / HTTP/1.1\nhost: a\r\n\n",
    b"\r\n\n\r\nGET / HTTP/1.1\r\n\r\n",
    b"POST / HTTP/1.1\r\ncontent-length: 5\r\n\r\nab\rc\0",
    b"POST / HTTP/1.1\r\nContent-Length:5\r\nCONTENT-LENGTH: \t05 \r\n\r\nabcde",
    b"POST / HTTP/1.1\r\ncontent-length: 0\r\n\r\n",
    b"POST / HTTP/1.1\ncontent-length: 2\n\n\n\n",
    b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST / HTTP/1.1\r\nTransfer-Encoding:  CHUNKED \r\n\r\n3\r\na\nb\r\n00a\r\n0123456789\r\n0\r\n\r\n",
    b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nA \t;x=\"y\"\r\n0123456789\r\n0;z\r\nx-sum: 1\r\ny:\r\n\r\n",
    b"GET / HTTP/1.1\r\nx: caf\xC3\xA9\ttab\r\nempty:\r\n\r\n",
];

#[test]
fn whole_messages_are_followed_to_their_ends() {
    for stream in WHOLE {
        assert_eq!(followed(stream), (Ok(()), true), "{}", stream.escape_ascii());
        for end in 1..stream.len() {
            let begun = stream[..end].iter().any(|byte| !b"\r\n".contains(byte));
            assert!(!begun || follow(&stream[..end], end) == (Ok(()), false), "{}", stream[..end].escape_ascii());
        }
    }
    // All of them on one connection, one behind the other.
    assert_eq!(followed(&WHOLE.concat()), (Ok(()), true));
}

/// Headers that end a request.
const HEADERS: &[&str] = &[
    // Bare CR.
    "x: a\rb",
    "x: a\r",
    "x\r: a",
    // Folded, before and after a header.
    " folded",
    "\tfolded: yes",
    "x: a\r\n b",
    "x: a\n\tb",
    // White space before the colon, no name, no colon, names that are none.
    "x : a",
    "x\t: a",
    "content-length : 1",
    ": a",
    "x",
    "x y: a",
    "x\u{e9}: a",
    "x(y): a",
    // Control characters.
    "x: \0",
    "x: a\u{1}b",
    "x: \u{b}",
    "x: \u{7f}",
    "transfer-encoding: \u{b}chunked",
    // Two lengths.
    "content-length: 1\r\ntransfer-encoding: chunked",
    "transfer-encoding: chunked\r\ncontent-length: 1",
    "transfer-encoding: chunked\r\ncontent-length: 0",
    "content-length: 1\r\ncontent-length: 2",
    "content-length: 1\r\nCONTENT-LENGTH: 1, 1",
    "content-length: 1, 1",
    "content-length: +1",
    "content-length: -1",
    "content-length: 0x1",
    "content-length: 1 1",
    "content-length:",
    "content-length: 18446744073709551616",
    // Other codings.
    "transfer-encoding: gzip",
    "transfer-encoding: gzip, chunked",
    "transfer-encoding: chunked, identity",
    "transfer-encoding: chunked;q=1",
    "transfer-encoding: xchunked",
    "transfer-encoding:",
    "transfer-encoding: chunked\r\ntransfer-encoding: chunked",
    "transfer-encoding: chunked\r\ntransfer-encoding: identity",
];

/// Bodies that are not in chunks.
const BODIES: &[&str] = &[
    "5\nabcde\r\n0\r\n\r\n",
    "5\r\nabcde\n0\r\n\r\n",
    "5\r\nabcdef\r\n0\r\n\r\n",
    "5\r\nabcde\r\n\r\n0\r\n\r\n",
    "\r\n5\r\nabcde\r\n",
    "0x5\r\nabcde\r\n",
    "+5\r\nabcde\r\n",
    " 5\r\nabcde\r\n",
    "5 5\r\nabcde\r\n",
    "-1\r\n",
    "g\r\n",
    "00000000000000005\r\n",
    "5;a\rb\r\nabcde\r\n",
    "5;\0\r\nabcde\r\n",
    "0\r\n\n",
    "0\r\nx : a\r\n\r\n",
    "0\r\n folded\r\n\r\n",
    "0\r\nx: a\n\r\n",
];

#[test]
fn what_can_be_read_in_two_ways_is_refused() {
    let head = |text: &str| format!("POST / HTTP/1.1\r\nhost: a\r\n{text}\r\n\r\n").into_bytes();
    let mut refused: Vec<(Vec<u8>, Why)> = vec![
        (b"\0GET / HTTP/1.1\r\n\r\n".to_vec(), Why::Head),
        (b" GET / HTTP/1.1\r\n\r\n".to_vec(), Why::Head),
        (b"GET /\ta HTTP/1.1\r\n\r\n".to_vec(), Why::Head),
        (b"GET /\xC3\xA9 HTTP/1.1\r\n\r\n".to_vec(), Why::Head),
        (b"GET / HTTP/1.1\rhost: a\r\n\r\n".to_vec(), Why::Head),
        (b"\rGET / HTTP/1.1\r\n\r\n".to_vec(), Why::Head),
        (b"GET / HTTP/1.1\r\r\n\r\n".to_vec(), Why::Head),
        (b"GET / HTTP/1.1\r\n\r\r\n".to_vec(), Why::Head),
    ];
    for text in HEADERS {
        refused.push((head(text), Why::Head));
    }
    for body in BODIES {
        let stream = format!("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n{body}");
        refused.push((stream.into_bytes(), Why::Body));
    }
    for (stream, why) in refused {
        for before in [&b""[..], WHOLE[1], WHOLE[4], WHOLE[10]] {
            let (result, _) = followed(&[before, &stream, WHOLE[0]].concat());
            let refusal = result.expect_err(&stream.escape_ascii().to_string());
            assert_eq!(refusal.why, why, "{}", stream.escape_ascii());
            // The end of the message was not passed on, so nobody can have acted on it.
            assert!((before.len()..before.len() + stream.len()).contains(&refusal.at), "{}", stream.escape_ascii());
        }
    }
}

#[test]
fn a_head_is_bounded_and_so_is_what_stands_between_chunks() {
    let request = |length: usize| {
        let frame = "GET / HTTP/1.1\r\nx: \r\n\r\n".len();
        format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(length - frame)).into_bytes()
    };
    // Every message of a connection has the whole bound.
    let long = request(HEAD_BYTES_MAX);
    assert_eq!(followed(&[&long[..], &long].concat()), (Ok(()), true));
    let too_long = Err(Refusal { at: HEAD_BYTES_MAX, why: Why::TooLong });
    for stream in [request(HEAD_BYTES_MAX + 1), vec![b'G'; 5_000], b"\r\n".repeat(5_000), vec![b'\n'; 5_000]] {
        assert_eq!(followed(&stream).0, too_long);
    }
    let head = "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n";
    for body in [
        format!("1;{}\r\n", "x".repeat(CHUNK_LINE_BYTES_MAX)),
        format!("0\r\n{}", "x: y\r\n".repeat(CHUNK_LINE_BYTES_MAX / 6 + 1)),
    ] {
        let (result, _) = followed(format!("{head}{body}").as_bytes());
        assert_eq!(result.unwrap_err().why, Why::Body);
    }
}

#[test]
fn a_body_is_told_from_a_head() {
    let mut framing = Framing::new(HEAD_BYTES_MAX);
    for (piece, is_in_body, is_between) in [
        ("POST / HTTP/1.1\r\ncontent-length: 2\r\n", false, false),
        ("\r\n", true, false),
        ("a", true, false),
        ("b", false, true),
        ("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n", true, false),
        ("1\r\na\r\n0\r\n", true, false),
        ("\r\n", false, true),
    ] {
        framing.feed(piece.as_bytes()).unwrap();
        assert_eq!((framing.is_in_body(), framing.is_between()), (is_in_body, is_between), "{piece:?}");
    }
}
