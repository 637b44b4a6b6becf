//! The HTTP client that all calls of a connection share: rustls, the platform's roots or a given bundle, the environment's
//! proxies. It is made with the first call, for reading the platform's roots takes longer than all else at the start; and
//! without them where no TLS is spoken.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use hyper::Uri;
use hyper::http::uri::Scheme;
use hyper_util::client::proxy::matcher::Matcher;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::aws::error::Error;

/// How long a connection may take: longer than any network that works, shorter than a person's patience.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an answer may take to begin, as the AWS CLI has it.
pub(super) const READ_TIMEOUT: Duration = Duration::from_mins(1);

/// The timeouts of a connector, by which it is kept.
type Timeouts = (Option<Duration>, Option<Duration>);

/// Makes connectors, and keeps them with their open connections.
#[derive(Debug, Clone)]
pub(super) struct Http {
    tls: TlsContext,
    proxies: Proxies,
    made: Arc<Mutex<Vec<(Timeouts, SharedHttpConnector)>>>,
}

impl Http {
    /// Trusts the CAs of a PEM text only, where one is given, else the platform's.
    pub(super) fn new(ca: Option<&[u8]>) -> Result<Self, Error> {
        let store = match ca {
            Some(pem) => {
                check_pem(pem)?;
                TrustStore::empty().with_pem_certificate(pem)
            }
            None => TrustStore::empty().with_native_roots(true),
        };
        let tls = TlsContext::builder().with_trust_store(store).build();
        let tls = tls.map_err(|error| Error::Configuration { message: error.to_string() })?;
        Ok(Self { tls, proxies: Proxies::of_environment(), made: Arc::default() })
    }

    /// The connector for these timeouts.
    pub(super) fn connector(&self, settings: &HttpConnectorSettings) -> SharedHttpConnector {
        let timeouts = (settings.connect_timeout(), settings.read_timeout());
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, connector)) = made.iter().find(|(known, _)| *known == timeouts) {
            return connector.clone();
        }
        let connector = SharedHttpConnector::new(ByScheme {
            settings: settings.clone(),
            tls: self.tls.clone(),
            proxies: self.proxies.clone(),
            plain: OnceLock::new(),
            secure: OnceLock::new(),
        });
        made.push((timeouts, connector.clone()));
        connector
    }

    /// As the SDK takes it.
    pub(super) fn client(&self) -> SharedHttpClient {
        let http = self.clone();
        http_client_fn(move |settings, _| http.connector(settings))
    }

    /// As [`Http::client`], past any proxy: for who is on this machine, and is asked for secrets.
    pub(super) fn direct(&self) -> SharedHttpClient {
        Self { tls: self.tls.clone(), proxies: Proxies::none(), made: Arc::default() }.client()
    }
}

/// The proxies that stand before hosts, as the connector takes them and as they can be asked.
#[derive(Debug, Clone)]
struct Proxies {
    config: ProxyConfig,
    matcher: Arc<Matcher>,
}

impl Proxies {
    fn of_environment() -> Self {
        Self { config: ProxyConfig::from_env(), matcher: Arc::new(Matcher::from_env()) }
    }

    fn none() -> Self {
        Self { config: ProxyConfig::disabled(), matcher: Arc::new(Matcher::builder().build()) }
    }
}

/// A connector for each kind of URL, made with the first call of that kind: who calls an emulator over plain HTTP reads no
/// certificates.
#[derive(Debug)]
struct ByScheme {
    settings: HttpConnectorSettings,
    tls: TlsContext,
    proxies: Proxies,
    plain: OnceLock<Connector>,
    secure: OnceLock<Connector>,
}

impl HttpConnector for ByScheme {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let connector = if is_plain(request.uri(), &self.proxies.matcher) {
            self.plain.get_or_init(|| Connector::builder().connector_settings(self.settings.clone()).build_http())
        } else {
            self.secure.get_or_init(|| self.secure())
        };
        connector.call(request)
    }
}

impl ByScheme {
    fn secure(&self) -> Connector {
        Connector::builder()
            .proxy_config(self.proxies.config.clone())
            .connector_settings(self.settings.clone())
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .tls_context(self.tls.clone())
            .build()
    }
}

/// Whether a URL is called without TLS: its own scheme says so, and no proxy, which may want TLS, is in the way.
fn is_plain(url: &str, proxies: &Matcher) -> bool {
    let url = Uri::try_from(url).ok().filter(|url| url.scheme() == Some(&Scheme::HTTP));
    url.is_some_and(|url| proxies.intercept(&url).is_none())
}

/// A client for plain HTTP without a proxy: for servers of this machine.
pub(super) fn plain() -> SharedHttpClient {
    Builder::new().build_http()
}

/// As [`plain`], for one call.
pub(super) fn plain_connector() -> Connector {
    Connector::builder().build_http()
}

/// The SDK panics on what is no certificate.
fn check_pem(pem: &[u8]) -> Result<(), Error> {
    let wrong = |why: String| Error::Configuration { message: format!("the CA certificates are not good: {why}") };
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let certificates = certificates.map_err(|error| wrong(error.to_string()))?;
    if certificates.is_empty() {
        return Err(wrong("the file has no certificate in PEM form".into()));
    }
    let mut roots = RootCertStore::empty();
    certificates
        .into_iter()
        .try_for_each(|certificate| roots.add(certificate))
        .map_err(|error| wrong(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_certificate_is_refused() {
        let broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for pem in [&b""[..], b"no PEM at all", broken] {
            assert!(matches!(Http::new(Some(pem)), Err(Error::Configuration { .. })));
        }
    }

    #[test]
    fn tls_is_for_https_and_for_what_a_proxy_is_in_front_of() {
        let direct = Matcher::builder().build();
        let proxied = Matcher::builder().http("https://proxy:3128").no("127.0.0.1").build();
        for (url, is_plain_direct, is_plain_proxied) in [
            ("https://states.eu-west-1.amazonaws.com/", false, false),
            ("http://localhost:4566/", true, false),
            ("http://127.0.0.1:8083/", true, true),
            ("no url", false, false),
        ] {
            assert_eq!((is_plain(url, &direct), is_plain(url, &proxied)), (is_plain_direct, is_plain_proxied), "{url}");
        }
    }

    #[test]
    fn a_connector_is_made_once_for_its_timeouts() {
        let http = Http::new(None).unwrap();
        let settings = |seconds| HttpConnectorSettings::builder().read_timeout(Duration::from_secs(seconds)).build();
        http.connector(&settings(1));
        http.connector(&settings(1));
        http.connector(&settings(2));
        assert_eq!(http.made.lock().unwrap().len(), 2);
    }
}
