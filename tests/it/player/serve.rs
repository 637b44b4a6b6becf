//! Connections: TLS, the two versions of HTTP, and how one is dropped.

use std::convert::Infallible;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::Response;
use hyper::body::{Body, Frame, Incoming};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::time::Sleep;
use tokio_rustls::TlsAcceptor;

use super::answer::Ending;
use super::{Answer, Request, Stage};

/// The CA's file in the player's folder.
pub(super) const CA_FILE: &str = "ca.pem";
/// The protocol's name in the handshake of TLS.
const HTTP_2: &[u8] = b"h2";
/// AWS takes 262,144 bytes of input; JSON in JSON may double it.
const BODY_BYTES_MAX: usize = 1 << 20;
/// No test's connection is open for so long.
const CONNECTION_MAX: Duration = Duration::from_mins(2);
/// How long half of a body is given to leave before the connection drops.
const HALF_LEAVES: Duration = Duration::from_millis(20);

/// Whom the certificate is for: loopback, and what a proxy leads here of AWS's hosts.
const NAMES: [&str; 5] =
    ["localhost", "127.0.0.1", "::1", "*.eu-west-1.amazonaws.com", "*.execute-api.eu-west-1.amazonaws.com"];

/// A certificate for [`NAMES`], signed by a CA that goes into this file.
pub(super) fn tls(ca_file: &Path, speaks_http_2: bool) -> TlsAcceptor {
    let ca_key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let ca = params.self_signed(&ca_key).unwrap();
    std::fs::write(ca_file, ca.pem()).unwrap();
    let key = KeyPair::generate().unwrap();
    let names = NAMES.map(ToOwned::to_owned).to_vec();
    let leaf = CertificateParams::new(names).unwrap().signed_by(&key, &Issuer::new(params, ca_key)).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = config.with_no_client_auth().with_single_cert(vec![leaf.into()], key).unwrap();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    if speaks_http_2 {
        config.alpn_protocols.insert(0, HTTP_2.to_vec());
    }
    TlsAcceptor::from(Arc::new(config))
}

/// Serves whoever comes, until the runtime goes.
pub(super) async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>, stage: Arc<Stage>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (tls, stage) = (tls.clone(), Arc::clone(&stage));
        tokio::spawn(tokio::time::timeout(CONNECTION_MAX, async move {
            match tls {
                None => serve(stream, false, stage).await,
                Some(tls) => {
                    // Who does not trust the certificate has hung up.
                    let Ok(stream) = tls.accept(stream).await else { return };
                    let is_http_2 = stream.get_ref().1.alpn_protocol() == Some(HTTP_2);
                    serve(stream, is_http_2, stage).await;
                }
            }
        }));
    }
}

async fn serve<S>(stream: S, is_http_2: bool, stage: Arc<Stage>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    // An answer that is a drop ends the whole connection, with whatever else is on it.
    let drops = Arc::new(Notify::new());
    let answer = service_fn({
        let drops = Arc::clone(&drops);
        move |request| answer(request, Arc::clone(&stage), Arc::clone(&drops))
    });
    let stream = TokioIo::new(stream);
    let connection = async {
        // How a client ends it is the client's business.
        let _ = if is_http_2 {
            http2::Builder::new(TokioExecutor::new()).serve_connection(stream, answer).await
        } else {
            http1::Builder::new().serve_connection(stream, answer).await
        };
    };
    tokio::select! {
        () = connection => {}
        () = drops.notified() => {}
    }
}

async fn answer(
    request: hyper::Request<Incoming>,
    stage: Arc<Stage>,
    drops: Arc<Notify>,
) -> Result<Response<Said>, Infallible> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, BODY_BYTES_MAX).collect().await;
    let answer = match body {
        Ok(body) => stage.answer(&Request::new(head, body.to_bytes())),
        Err(error) => Answer::text(413, &error.to_string()),
    };
    tokio::time::sleep(answer.delay).await;
    if answer.ending == Ending::Nothing {
        drops.notify_one();
        std::future::pending::<()>().await;
    }
    let mut response = Response::builder().status(answer.status).header("content-length", answer.body.len());
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    let said = match answer.ending {
        Ending::Half => Said {
            left: answer.body.slice(..answer.body.len() / 2),
            hangup: Some(Hangup { connection: drops, leaves: None }),
        },
        _ => Said { left: answer.body, hangup: None },
    };
    Ok(response.body(said).unwrap())
}

/// A body, or the half of one after which its connection drops.
struct Said {
    left: Bytes,
    hangup: Option<Hangup>,
}

struct Hangup {
    /// Who is told.
    connection: Arc<Notify>,
    /// When, once the half has been taken.
    leaves: Option<Pin<Box<Sleep>>>,
}

impl Body for Said {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if !self.left.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.left)))));
        }
        let Some(hangup) = &mut self.hangup else { return Poll::Ready(None) };
        let leaves = hangup.leaves.get_or_insert_with(|| Box::pin(tokio::time::sleep(HALF_LEAVES)));
        ready!(leaves.as_mut().poll(context));
        hangup.connection.notify_one();
        Poll::Pending
    }
}
