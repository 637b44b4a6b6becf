//! Why no answer came.

use reqwest::Url;

/// Why a call was not made, or no answer came. What an answer says is [`crate::gateway::Answer::refusal`].
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// The address of a gateway cannot be one. The text itself may hold a password, so it is not told.
    #[error("the gateway's address is refused: {reason}")]
    Address {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A header cannot hold the key; the key is not told.
    #[error("the API key is empty or holds a character that no header may hold")]
    Key,
    /// The method is none, or a header cannot be one.
    #[error("{0} cannot be sent")]
    Unsendable(String),
    /// A GET with a body.
    #[error("a {0} has no body: AWS's edge refuses it with 403")]
    BodyOnGet(String),
    /// The file of a CA cannot be used.
    #[error("the CA is refused: {reason}")]
    Ca {
        /// What is wrong with it.
        reason: String,
    },
    /// The gateway was not reached, or its answer did not arrive.
    #[error("{}{origin}: {cause}", if *.unsent { "cannot reach " } else { "no answer from " })]
    Unreachable {
        /// `https://HOST:PORT`
        origin: String,
        /// What kind of thing is wrong.
        reach: Reach,
        /// In words, the innermost cause.
        cause: String,
        /// Whether the request was surely not received: no connection was made.
        unsent: bool,
        /// `x-amzn-RequestId`, where at least the head of the answer came.
        request_id: Option<String>,
    },
    /// An answer of more bytes than any gateway gives.
    #[error("the answer of {origin} has more than {bytes_max} bytes")]
    AnswerTooLarge {
        /// `https://HOST:PORT`
        origin: String,
        /// The bound.
        bytes_max: usize,
        /// `x-amzn-RequestId`
        request_id: Option<String>,
    },
}

/// What was wrong on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The host has no address.
    Dns,
    /// Nobody listens there.
    Refused,
    /// Its certificate is by a CA that is not trusted.
    UnknownCa,
    /// Its certificate is wrong in another way, or TLS failed.
    Tls,
    /// It took too long.
    Timeout,
    /// Anything else.
    Other,
}

type Source<'a> = &'a (dyn std::error::Error + 'static);

impl GatewayError {
    /// What a failure of the HTTP client means.
    pub(super) fn of(error: &reqwest::Error, url: &Url, request_id: Option<String>) -> Self {
        let (mut cause, mut reach) = (String::new(), None);
        // The deepest error that is known decides; each is looked for inside the io::Error that may wrap it.
        for source in chain(error) {
            cause = source.to_string();
            reach = reach_of(source).or(reach);
        }
        let reach = match reach {
            Some(reach) => reach,
            None if error.is_timeout() => Reach::Timeout,
            None if error.is_dns() => Reach::Dns,
            None => Reach::Other,
        };
        let origin = url.origin().ascii_serialization();
        Self::Unreachable { origin, reach, cause, unsent: error.is_connect() || error.is_builder(), request_id }
    }

    /// Whether nothing was received for certain, so that calling again cannot do a thing twice.
    #[must_use]
    pub fn is_unsent(&self) -> bool {
        !matches!(self, Self::Unreachable { unsent: false, .. } | Self::AnswerTooLarge { .. })
    }

    /// `x-amzn-RequestId`, where at least the head of an answer came.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Unreachable { request_id, .. } | Self::AnswerTooLarge { request_id, .. } => request_id.as_deref(),
            _ => None,
        }
    }
}

/// An error and its sources; an io::Error leaves the error that it wraps out of its own chain.
fn chain(error: Source<'_>) -> impl Iterator<Item = Source<'_>> {
    std::iter::successors(Some(error), |error| match error.downcast_ref::<std::io::Error>() {
        Some(io) => io.get_ref().map(|inner| inner as Source<'_>),
        None => error.source(),
    })
}

fn reach_of(error: Source<'_>) -> Option<Reach> {
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        use rustls::CertificateError::{BadSignature, UnknownIssuer};
        // A CA that was made anew has the old one's name and another key, so that signatures are wrong.
        let unknown = matches!(tls, rustls::Error::InvalidCertificate(UnknownIssuer | BadSignature));
        return Some(if unknown { Reach::UnknownCa } else { Reach::Tls });
    }
    match error.downcast_ref::<std::io::Error>()?.kind() {
        std::io::ErrorKind::ConnectionRefused => Some(Reach::Refused),
        std::io::ErrorKind::TimedOut => Some(Reach::Timeout),
        _ => None,
    }
}
