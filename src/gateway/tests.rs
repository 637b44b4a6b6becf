//! The client against a TLS server on loopback that answers what it is told to and keeps what it was sent.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::{Address, ApiKey, Call, Gateway, GatewayConfig, GatewayError, Reach, RefusalKind, Trust};

const KEY: &str = "0123456789abcdefghijSECRET";

/// A server with a CA of its own. Each connection gets the next answer, the last one again and again.
struct Server {
    url: String,
    ca: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(answers: &[&str]) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().signed_by(&key, &ca).unwrap();
        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = builder.with_no_client_auth().with_single_cert(vec![leaf.der().clone()], private).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://127.0.0.1:{}/dev", listener.local_addr().unwrap().port());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let answers: Vec<String> = answers.iter().map(ToString::to_string).collect();
        tokio::spawn(serve(listener, TlsAcceptor::from(Arc::new(config)), answers, Arc::clone(&seen)));
        Self { url, ca: ca.pem(), seen }
    }

    fn gateway(&self, ca: &str) -> Gateway {
        let trust = Trust::Only(ca.as_bytes().to_vec());
        Gateway::new(GatewayConfig { address: self.address(), trust, listener: None }).unwrap()
    }

    fn address(&self) -> Address {
        Address::parse(&self.url).unwrap()
    }

    fn call(&self, method: &str, body: Option<&str>) -> Call {
        let mut call = Call::new(method, self.address().join("action/start", &[]));
        call.key = Some(ApiKey::new(KEY).unwrap());
        call.body = body.map(ToOwned::to_owned);
        call
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

async fn serve(listener: TcpListener, tls: TlsAcceptor, answers: Vec<String>, seen: Arc<Mutex<Vec<String>>>) {
    let mut count = 0;
    while let Ok((stream, _)) = listener.accept().await {
        // A client that does not trust the certificate goes away.
        let Ok(mut stream) = tls.accept(stream).await else { continue };
        let mut request = Vec::new();
        while !is_whole(&request) {
            let mut buffer = [0; 4096];
            match stream.read(&mut buffer).await {
                Ok(read) if read > 0 => request.extend_from_slice(&buffer[..read]),
                _ => break,
            }
        }
        seen.lock().unwrap().push(String::from_utf8(request).unwrap());
        let _ = stream.write_all(answers[count.min(answers.len() - 1)].as_bytes()).await;
        let _ = stream.shutdown().await;
        count += 1;
    }
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |n| n.parse().unwrap());
    body.len() >= length
}

fn answer(head: &str, body: &str) -> String {
    format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

fn started() -> String {
    answer("200 OK\r\nx-amzn-RequestId: r-1", r#"{"executionArn":"arn:…:r-1"}"#)
}

fn throttled(name: &str) -> String {
    answer(&format!("429 Too Many Requests\r\nx-amzn-ErrorType: {name}"), r#"{"message":"slow down"}"#)
}

#[tokio::test]
async fn a_call_is_sent_with_its_key_and_type_and_answered() {
    let server = Server::start(&[&started()]).await;
    let answer = server.gateway(&server.ca).send(&server.call("POST", Some(r#"{"a":1}"#))).await.unwrap();
    assert_eq!((answer.status, answer.request_id.as_deref(), answer.refusal()), (200, Some("r-1"), None));
    let request = server.seen().remove(0);
    assert!(request.starts_with("POST /dev/action/start HTTP/1.1\r\n"), "{request}");
    assert!(request.contains(&format!("x-api-key: {KEY}\r\n")), "{request}");
    assert!(request.contains("content-type: application/json\r\n"), "{request}");
    assert!(request.ends_with(r#"{"a":1}"#), "{request}");
}

#[tokio::test]
async fn a_get_has_a_type_and_never_a_body() {
    let server = Server::start(&[&started()]).await;
    let gateway = server.gateway(&server.ca);
    gateway.send(&server.call("GET", None)).await.unwrap();
    let error = gateway.send(&server.call("GET", Some("{}"))).await.unwrap_err();
    assert!(matches!(error, GatewayError::BodyOnGet(_)), "{error}");
    let seen = server.seen();
    assert_eq!(seen.len(), 1);
    assert!(seen[0].contains("content-type: application/json\r\n") && seen[0].ends_with("\r\n\r\n"), "{}", seen[0]);
}

#[tokio::test]
async fn a_wrong_ca_is_refused_and_the_key_is_not_sent() {
    let (server, other) = (Server::start(&[&started()]).await, Server::start(&[&started()]).await);
    for trust in [Trust::Only(other.ca.clone().into_bytes()), Trust::Platform] {
        let config = GatewayConfig { address: server.address(), trust, listener: None };
        // A machine without any CA of its own cannot even make the client that believes them.
        let Ok(gateway) = Gateway::new(config) else { continue };
        let error = gateway.send(&server.call("POST", None)).await.unwrap_err();
        let GatewayError::Unreachable { reach, unsent, .. } = &error else { panic!("{error}") };
        assert_eq!((*reach, *unsent), (Reach::UnknownCa, true), "{error}");
    }
    assert_eq!(server.seen(), Vec::<String>::new());
    let words = Trust::Only(b"no certificate".to_vec());
    let config = GatewayConfig { address: server.address(), trust: words, listener: None };
    assert!(matches!(Gateway::new(config), Err(GatewayError::Ca { .. })));
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let target = Server::start(&[&started()]).await;
    let server = Server::start(&[&answer(&format!("307 Temporary Redirect\r\nlocation: {}", target.url), "")]).await;
    let answer = server.gateway(&server.ca).send(&server.call("POST", Some("{}"))).await.unwrap();
    assert_eq!(answer.status, 307);
    assert_eq!(target.seen(), Vec::<String>::new());
}

#[tokio::test]
async fn what_is_throttled_is_tried_again_and_a_used_up_quota_is_not() {
    let pauses = [Duration::ZERO; 2];
    let busy = throttled("TooManyRequestsException");
    let server = Server::start(&[&busy, &started()]).await;
    let answer = server.gateway(&server.ca).send_patiently(&server.call("POST", None), pauses).await.unwrap();
    assert_eq!((answer.status, server.seen().len()), (200, 2));
    let server = Server::start(&[&busy]).await;
    let answer = server.gateway(&server.ca).send_patiently(&server.call("POST", None), pauses).await.unwrap();
    assert_eq!((answer.refusal().unwrap().kind, server.seen().len()), (RefusalKind::Throttled, 3));
    let server = Server::start(&[&throttled("LimitExceededException")]).await;
    let answer = server.gateway(&server.ca).send_patiently(&server.call("POST", None), pauses).await.unwrap();
    assert_eq!((answer.refusal().unwrap().kind, server.seen().len()), (RefusalKind::QuotaUsedUp, 1));
}

#[tokio::test]
async fn a_429_from_behind_the_gateway_is_not_sent_again() {
    let server = Server::start(&[&answer("429 Too Many Requests", r#"{"message":"Too Many Requests"}"#)]).await;
    let call = server.call("POST", Some("{}"));
    let answer = server.gateway(&server.ca).send_patiently(&call, [Duration::ZERO; 2]).await.unwrap();
    assert_eq!((answer.refusal().unwrap().kind, server.seen().len()), (RefusalKind::Other, 1));
}

#[tokio::test]
async fn a_lost_answer_is_not_asked_for_again_and_says_what_is_known() {
    let cut = "HTTP/1.1 200 OK\r\nx-amzn-RequestId: r-2\r\ncontent-length: 50\r\n\r\n{";
    for (answer, request_id) in [("", None), (cut, Some("r-2"))] {
        let server = Server::start(&[answer]).await;
        let gateway = server.gateway(&server.ca);
        let error = gateway.send_patiently(&server.call("POST", Some("{}")), [Duration::ZERO]).await.unwrap_err();
        assert_eq!((error.is_unsent(), error.request_id(), server.seen().len()), (false, request_id, 1), "{error}");
    }
}

#[tokio::test]
async fn nobody_there_is_unsent() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let address = Address::parse(&format!("http://{free}/dev")).unwrap();
    let call = Call::new("GET", address.join("x", &[]));
    let trust = Trust::Only(Server::start(&[""]).await.ca.into_bytes());
    let error = Gateway::new(GatewayConfig { address, trust, listener: None }).unwrap().send(&call).await.unwrap_err();
    let GatewayError::Unreachable { reach, unsent, origin, .. } = &error else { panic!("{error}") };
    assert_eq!((*reach, *unsent, origin.clone()), (Reach::Refused, true, format!("http://{free}")));
    assert!(error.to_string().starts_with("cannot reach http://127.0.0.1:"), "{error}");
}

#[tokio::test]
async fn what_is_told_is_what_was_sent_without_the_key() {
    let echo = answer("200 OK", &format!(r#"{{"headers":{{"x-api-key":"{KEY}"}}}}"#));
    let server = Server::start(&[&echo]).await;
    let told = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&told);
    let listener = Arc::new(move |line: &str| keep.lock().unwrap().push(line.to_owned()));
    let trust = Trust::Only(server.ca.clone().into_bytes());
    let config = GatewayConfig { address: server.address(), trust, listener: Some(listener) };
    let call = server.call("POST", Some(r#"{"a":1}"#));
    Gateway::new(config).unwrap().send(&call).await.unwrap();
    let told = told.lock().unwrap().join("\n");
    let sorted = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(|line| line.trim_end().to_owned()).collect();
        lines.sort();
        lines
    };
    let (asked, answered) = told.split_once("\n< ").unwrap();
    let asked = asked.replace("> ", "").replace('>', "");
    assert_eq!(sorted(&asked), sorted(&server.seen()[0].replace(KEY, "[redacted]")));
    assert!(answered.contains(r#""x-api-key":"[redacted]""#), "{answered}");
    assert!(!format!("{told}{call:?}").contains(KEY));
}

#[test]
fn a_key_that_no_header_can_hold_is_refused_without_being_told() {
    for value in ["", "  ", "two words of a key here", "line\nbreak-of-a-key-here", "schlüssel-of-twenty-letters"] {
        let error = ApiKey::new(value).unwrap_err().to_string();
        assert!(value.trim().is_empty() || !error.contains(value), "{error}");
    }
    assert_eq!(ApiKey::new(" key-with-a-line-end-behind-it\n").unwrap().reveal(), "key-with-a-line-end-behind-it");
}
