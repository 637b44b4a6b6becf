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
    // With its owner the listener is gone.
    let address = authority(&opened).to_owned();
    first.release().await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
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
