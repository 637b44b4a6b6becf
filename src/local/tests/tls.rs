//! The project's API over TLS, as curl and openssl see it.

use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::{Fixture, options};
use crate::local::{GatewayAddress, Listen, LocalError, PortChoice, attach};

/// How long a program may take.
const RUN_MAX: Duration = Duration::from_secs(30);

/// Runs a program that reads `input`; bounded.
async fn run(program: &str, words: &[&str], input: &str) -> Output {
    let mut command = Command::new(program);
    command.args(words).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    // What does not read all of it has its reasons.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes()).await;
    tokio::time::timeout(RUN_MAX, child.wait_with_output()).await.unwrap().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// `127.0.0.1:PORT`
fn authority(gateway: &GatewayAddress) -> &str {
    gateway.url.strip_prefix("https://").unwrap()
}

fn shown(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn curl_trusts_the_listener_by_each_of_its_names() {
    let fixture = Fixture::begin().await;
    let gateway = fixture.owner.open_gateway(Listen::default()).await.unwrap();
    let ca_file = shown(&gateway.ca_file);
    let port = gateway.url.rsplit(':').next().unwrap();
    for version in ["--tlsv1.2", "--tlsv1.3"] {
        for name in ["127.0.0.1", "localhost"] {
            let url = format!("https://{name}:{port}/dev/hello");
            let words =
                [version, "--tls-max", &version[6..], "--cacert", ca_file, "-sS", "-w", "%{http_version}", &url];
            let answer = run("curl", &words, "").await;
            assert_eq!(text(&answer), r#"{"message":"Missing Authentication Token"}1.1"#, "{words:?}");
        }
    }
    // Without the CA, and for a name that the CA may not vouch for, there is no connection.
    let url = format!("{}/dev/hello", gateway.url);
    let answer = run("curl", &["-sS", &url], "").await;
    assert_eq!(answer.status.code(), Some(60), "{}", text(&answer));
    let resolve = format!("example.com:{port}:127.0.0.1");
    let url = format!("https://example.com:{port}/");
    let answer = run("curl", &["-sS", "--cacert", ca_file, "--resolve", &resolve, &url], "").await;
    assert_eq!(answer.status.code(), Some(60), "{}", text(&answer));
    fixture.owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn openssl_verifies_the_chain() {
    let fixture = Fixture::begin().await;
    let gateway = fixture.owner.open_gateway(Listen::default()).await.unwrap();
    for version in ["-tls1_2", "-tls1_3"] {
        let words = ["s_client", version, "-alpn", "h2,http/1.1", "-verify_return_error", "-verify_ip", "127.0.0.1"];
        let words = [&words[..], &["-connect", authority(&gateway), "-CAfile", shown(&gateway.ca_file)]].concat();
        let answer = text(&run("openssl", &words, "").await);
        assert!(answer.contains("Verify return code: 0 (ok)"), "{answer}");
        assert!(answer.contains("ALPN protocol: http/1.1"), "{answer}");
    }
    for refused in [&["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"][..], &["-alpn", "h2"]] {
        let words = [&["s_client", "-connect", authority(&gateway)], refused].concat();
        let answer = text(&run("openssl", &words, "").await);
        assert!(answer.contains("alert") && answer.contains("no peer certificate available"), "{answer}");
    }
    let words = ["x509", "-noout", "-text", "-in", shown(&gateway.ca_file)];
    let certificate = text(&run("openssl", &words, "").await);
    let constraints = certificate.split_once("X509v3 Name Constraints: critical").unwrap().1;
    let constraints: Vec<_> = constraints.lines().skip(1).take(4).map(str::trim).collect();
    assert_eq!(
        constraints,
        [
            "Permitted:",
            "DNS:localhost",
            "IP:127.0.0.1/255.255.255.255",
            "IP:0:0:0:0:0:0:0:1/FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF",
        ],
        "{certificate}"
    );
    assert!(certificate.contains("CA:TRUE, pathlen:0") && certificate.contains("prime256v1"), "{certificate}");
    fixture.owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_listener_is_opened_once_and_for_clients_of_the_owner_too() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("store");
    let first = attach(options(Some(&folder), home.path())).await.unwrap();
    let second = attach(options(Some(&folder), home.path())).await.unwrap();
    assert!(second.shared);
    let opened = second.open_gateway(Listen::default()).await.unwrap();
    assert!(opened.ca_is_new);
    assert_eq!(opened.ca_file, home.path().join("ca/ca.pem"));
    let taken: u16 = first.endpoint.rsplit(':').next().unwrap().parse().unwrap();
    let elsewhere = Listen { port: PortChoice::Exactly(taken), ..Listen::default() };
    for owner in [&first, &second] {
        assert_eq!(owner.open_gateway(elsewhere).await.unwrap(), opened);
    }
    first.release().await;
    // With its owner the listener is gone; another test's may have its port by now.
    let answer = run("curl", &["-sS", "-m", "5", "--cacert", shown(&opened.ca_file), &opened.url], "").await;
    assert!(!answer.status.success(), "{}", text(&answer));
    assert!(matches!(second.open_gateway(Listen::default()).await, Err(LocalError::Gone(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_is_told_to_whoever_asks() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("store");
    let first = attach(options(Some(&folder), home.path())).await.unwrap();
    let second = attach(options(Some(&folder), home.path())).await.unwrap();
    let taken: u16 = first.endpoint.rsplit(':').next().unwrap().parse().unwrap();
    let listen = Listen { port: PortChoice::Exactly(taken), ..Listen::default() };
    let error = first.open_gateway(listen).await.unwrap_err();
    assert!(matches!(error, LocalError::Listen { .. }), "{error}");
    let error = second.open_gateway(listen).await.unwrap_err();
    assert!(matches!(&error, LocalError::Refused { name, .. } if name == "AddressInUse"), "{error}");
    assert!(second.open_gateway(Listen::default()).await.is_ok(), "another port is free");
    first.release().await;
}

/// What the course pastes into `openssl s_client`, with its two returns at the end.
const PASTES: [&str; 2] = [
    "GET /dev/hello HTTP/1.1\nhost: llb348ist9.execute-api.eu-west-1.amazonaws.com\n\
     X-API-Key: s1HR9a43llolcatslikeiamdoingthat7YEIvns8\nconnection: close\n\n",
    "GET /dev/action/start HTTP/1.1\nhost: llb348ist9.execute-api.eu-west-1.amazonaws.com\n\
     X-API-Key: s1HR9a43llolcatslikeiamdoingthat7YEIvns8\nconnection: close\n\n",
];

#[tokio::test(flavor = "multi_thread")]
async fn the_paste_of_the_course_is_answered() {
    let fixture = Fixture::begin().await;
    let gateway = fixture.owner.open_gateway(Listen::default()).await.unwrap();
    for paste in PASTES {
        let words = ["s_client", "-quiet", "-connect", authority(&gateway), "-CAfile", shown(&gateway.ca_file)];
        let answer = run("openssl", &words, paste).await;
        assert!(answer.status.success(), "{}", text(&answer));
        let answer = String::from_utf8(answer.stdout).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 403 ") && head.contains("connection: close"), "{head}");
        // The fixture has no routes: what answers is the API, not the guard in front of it.
        assert_eq!(body, r#"{"message":"Missing Authentication Token"}"#);
    }
    fixture.owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_a_stranger_reaches_no_route() {
    let fixture = Fixture::begin().await;
    let gateway = fixture.owner.open_gateway(Listen::default()).await.unwrap();
    let url = format!("{}/dev/hello", gateway.url);
    let own = format!("origin: {}", gateway.url);
    let api = "Missing Authentication Token";
    for (header, expected) in [
        ("accept: */*", api),
        (&own, api),
        ("sec-fetch-site: none", api),
        ("host: llb348ist9.execute-api.eu-west-1.amazonaws.com", api),
        ("origin: https://evil.example", "requests of web pages of other origins are refused"),
        ("sec-fetch-site: cross-site", "requests of web pages of other origins are refused"),
        ("host: rebound.evil.example", "the Host header does not name this server: use 127.0.0.1 or localhost"),
        (
            "host: states.eu-west-1.amazonaws.com",
            "the Host header does not name this server: use 127.0.0.1 or localhost",
        ),
    ] {
        for method in ["GET", "POST"] {
            let words =
                ["--cacert", shown(&gateway.ca_file), "-sS", "-X", method, "-H", header, "-w", "%{http_code}", &url];
            let answer = text(&run("curl", &words, "").await);
            assert_eq!(answer, format!("{{\"message\":\"{expected}\"}}403"), "{header}");
        }
    }
    fixture.owner.release().await;
}

/// Connects where the gateway's CA vouches.
fn trusting(gateway: &GatewayAddress) -> tokio_rustls::TlsConnector {
    let mut roots = rustls::RootCertStore::empty();
    let ca = std::fs::read(&gateway.ca_file).unwrap();
    roots.add(rustls::pki_types::pem::PemObject::from_pem_slice(&ca).unwrap()).unwrap();
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    std::sync::Arc::new(config.with_root_certificates(roots).with_no_client_auth()).into()
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_keep_nobody_out() {
    let fixture = Fixture::begin().await;
    let gateway = fixture.owner.open_gateway(Listen::default()).await.unwrap();
    let connector = trusting(&gateway);
    let mut open = Vec::new();
    for _ in 0..crate::local::server::GATEWAY_CONNECTIONS_MAX {
        let stream = tokio::net::TcpStream::connect(authority(&gateway)).await.unwrap();
        open.push(connector.connect("localhost".try_into().unwrap(), stream).await.unwrap());
    }
    // Its handshake begins after all others have ended on their clients' side.
    let url = format!("{}/dev/hello", gateway.url);
    let words = ["--cacert", shown(&gateway.ca_file), "-sS", "-w", "%{http_code}", &url];
    assert_eq!(text(&run("curl", &words, "").await), r#"{"message":"Missing Authentication Token"}403"#);
    // The first one gave way, the last one is there.
    let mut rest = Vec::new();
    let _ = tokio::io::AsyncReadExt::read_to_end(&mut open[0], &mut rest).await;
    assert!(rest.is_empty());
    let last = open.last_mut().unwrap();
    last.write_all(PASTES[0].as_bytes()).await.unwrap();
    tokio::io::AsyncReadExt::read_buf(last, &mut rest).await.unwrap();
    assert!(rest.starts_with(b"HTTP/1.1 403"));
    drop(open);
    fixture.owner.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_clients_at_once_are_answered_beside_slow_handshakes() {
    const CLIENTS: usize = 200;
    let fixture = Fixture::begin().await;
    let gateway = fixture.owner.open_gateway(Listen::default()).await.unwrap();
    let mut slow = Vec::new();
    for _ in 0..300 {
        slow.push(tokio::net::TcpStream::connect(authority(&gateway)).await.unwrap());
    }
    let connector = trusting(&gateway);
    // All of them are open before the first one asks.
    let everybody = std::sync::Arc::new(tokio::sync::Barrier::new(CLIENTS));
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..CLIENTS {
        let (everybody, address) = (std::sync::Arc::clone(&everybody), authority(&gateway).to_owned());
        let connector = connector.clone();
        clients.spawn(async move {
            let stream = tokio::net::TcpStream::connect(address).await.unwrap();
            let mut stream = connector.connect("localhost".try_into().unwrap(), stream).await.unwrap();
            everybody.wait().await;
            stream.write_all(PASTES[0].as_bytes()).await.unwrap();
            let mut answer = String::new();
            tokio::io::AsyncReadExt::read_to_string(&mut stream, &mut answer).await.unwrap();
            answer
        });
    }
    let answers = tokio::time::timeout(RUN_MAX, clients.join_all()).await.unwrap();
    assert!(answers.iter().all(|answer| answer.contains("Missing Authentication Token")));
    drop(slow);
    fixture.owner.release().await;
}
