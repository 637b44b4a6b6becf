//! Who may talk to a listener: programs of this machine, by its names, and no web page of somebody else.
//!
//! A developer's browser shows pages of strangers, and every one of them can send requests to loopback. Three things keep
//! them out, before a request is looked at:
//!
//! - *Host* must name this server, once. A page whose own name was made to point to loopback (DNS rebinding) sends that
//!   name. An address in numbers cannot be made to point elsewhere, so the bound one is taken too.
//! - *Origin*, which browsers send with everything that is not a plain GET of their own, must be this server's.
//! - *Sec-Fetch-Site*, which they send where Origin is missing (images, links, `no-cors` fetches), must not tell of
//!   another origin. Programs send neither header.
//!
//! The real API Gateway looks at no Origin: it is on the internet anyway, and what a page must not do wants a key. Here a
//! route without a key would be open to every page, and even a GET starts an execution. So on the gateway's port a page of
//! another origin reaches only what the project itself opened to it with a route's `cors`; on AWS it could call the rest too
//! and only not read the answer. A link that somebody follows by hand (`Sec-Fetch-Site: none`) is no page's doing.
//!
//! Must not know: routes, operations. Start reading at [`admit`].

use std::net::IpAddr;

use hyper::header::{HOST, HeaderMap, HeaderName, ORIGIN};
use hyper::{Method, Request};

use crate::local::server::Front;

/// AWS's names of what the API's port serves: a service before the region.
const SERVICES: [&str; 4] = ["states", "logs", "lambda", "apigateway"];

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What a listener knows of itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listener {
    /// What it serves.
    pub(super) front: Front,
    /// The address that it bound.
    pub(super) host: IpAddr,
}

/// Who sends a request that may be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sender {
    /// A program, or a page of this server's own.
    Ours,
    /// A web page of another origin, which its browser names or does not.
    Page(Option<String>),
}

/// Why a request is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    /// HTTP wants exactly one.
    #[error("a request has one Host header")]
    Host,
    /// A proxy's form of a request, or a tunnel's.
    #[error("a request is for a path")]
    Target,
    /// Another name.
    #[error("the Host header does not name this server: use 127.0.0.1 or localhost")]
    Name,
    /// A page of another origin.
    #[error("requests of web pages of other origins are refused")]
    Page,
}

impl Refusal {
    /// The status of the answer.
    pub(super) fn status(self) -> u16 {
        match self {
            Self::Host | Self::Target => 400,
            Self::Name | Self::Page => 403,
        }
    }
}

/// Looks at who sends a request, and refuses what is not for this server.
pub(super) fn admit<B>(listener: Listener, request: &Request<B>) -> Result<Sender, Refusal> {
    let headers = request.headers();
    let host = only(headers, &HOST).map_err(|()| Refusal::Host)?.ok_or(Refusal::Host)?;
    // Another name in the first line would be a second Host.
    if request.method() == Method::CONNECT || request.uri().authority().is_some() {
        return Err(Refusal::Target);
    }
    if !listener.is_named(host) {
        return Err(Refusal::Name);
    }
    sender(listener.front, host, headers).ok_or(Refusal::Page)
}

/// Who sends it; `None` for a page where pages are not served.
fn sender(front: Front, host: &str, headers: &HeaderMap) -> Option<Sender> {
    let origin = match only(headers, &ORIGIN) {
        Ok(origin) => origin,
        // Nobody can tell whose it is.
        Err(()) => Some("null"),
    };
    let site = only(headers, &SEC_FETCH_SITE).unwrap_or(Some("cross-site"));
    let is_own = origin.is_none_or(|origin| origin.eq_ignore_ascii_case(&format!("{}://{host}", front.scheme())));
    if is_own && matches!(site, None | Some("same-origin" | "none")) {
        return Some(Sender::Ours);
    }
    (front == Front::Gateway).then(|| Sender::Page(origin.map(ToOwned::to_owned)))
}

/// A header's value, where there is one; an error where there are several, or what is no text.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, ()> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(drop),
        (Some(_), Some(_)) => Err(()),
    }
}

impl Listener {
    /// Whether a Host header means this server: a loopback name or the bound address, with any port, or one of AWS's own
    /// names for what is served here.
    fn is_named(self, host: &str) -> bool {
        let name = match host.rsplit_once(':') {
            Some((name, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        };
        let name = name.to_ascii_lowercase();
        // SDKs put it before the names of some operations.
        let plain = name.strip_prefix("sync-").filter(|_| self.front == Front::Api);
        if plain.unwrap_or(&name) == "localhost" || self.is_address(plain.unwrap_or(&name)) {
            return true;
        }
        match self.front {
            Front::Api => plain.map_or_else(|| is_service(&name, &SERVICES), |plain| is_service(plain, &["states"])),
            Front::Gateway => is_gateway(&name),
        }
    }

    /// Whether a name is an address at which this listener is. One that listens on all addresses is at any.
    fn is_address(self, name: &str) -> bool {
        let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
        let address = match bare {
            Some(bare) => bare.parse().map(IpAddr::V6),
            None => name.parse().map(IpAddr::V4),
        };
        let is_ours = |address: IpAddr| {
            let is_usual = ["127.0.0.1", "::1"].contains(&address.to_string().as_str());
            is_usual || address == self.host || self.host.is_unspecified()
        };
        address.is_ok_and(is_ours)
    }
}

/// `states.eu-west-1.amazonaws.com`
fn is_service(name: &str, services: &[&str]) -> bool {
    let region = name.strip_suffix(".amazonaws.com").and_then(|name| name.split_once('.'));
    region.is_some_and(|(service, region)| services.contains(&service) && is_label(region))
}

/// `llb348ist9.execute-api.eu-west-1.amazonaws.com`
fn is_gateway(name: &str) -> bool {
    let parts = name.strip_suffix(".amazonaws.com").and_then(|name| name.split_once(".execute-api."));
    parts.is_some_and(|(api, region)| is_label(api) && is_label(region))
}

fn is_label(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests;
