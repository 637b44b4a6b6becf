//! Signature Version 4.
//!
//! Owns: the signature and its encoding of texts. Must not know: services, who answers.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// Who signs.
#[derive(Clone)]
pub(super) struct Credentials {
    pub(super) access_key_id: String,
    pub(super) secret_access_key: String,
    pub(super) session_token: Option<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Credentials(…)")
    }
}

/// For whom, and when: `20261123T150405Z`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) service: &'a str,
    pub(super) region: &'a str,
    pub(super) time: &'a str,
}

/// What is signed beside headers and body, as it is sent: the query's parts are in order already.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) query: &'a str,
}

/// The `authorization` of a request. All of `headers` (their names in small letters) are signed.
pub(super) fn authorization(
    credentials: &Credentials,
    scope: Scope<'_>,
    target: Target<'_>,
    headers: &BTreeMap<&str, String>,
    body: &[u8],
) -> String {
    let Scope { service, region, time } = scope;
    let date = time.get(..8).unwrap_or(time);
    let signed = headers.keys().copied().collect::<Vec<_>>().join(";");
    let lines = headers.iter().map(|(name, value)| format!("{name}:{}", value.trim())).collect::<Vec<_>>().join("\n");
    let Target { method, path, query } = target;
    // Every service but S3 encodes the path once more.
    let again = |path: &str| path.split('/').map(encode).collect::<Vec<_>>().join("/");
    let path = if service == "s3" { path.to_owned() } else { again(path) };
    let request = format!("{method}\n{path}\n{query}\n{lines}\n\n{signed}\n{}", hash(body));
    let place = format!("{date}/{region}/{service}/aws4_request");
    let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{place}\n{}", hex(&Sha256::digest(request.as_bytes())));
    let first = format!("AWS4{}", credentials.secret_access_key).into_bytes();
    let parts = [date, region, service, "aws4_request"];
    let key = parts.iter().fold(first, |key, part| keyed(&key, part));
    let signature = hex(&keyed(&key, &to_sign));
    let who = &credentials.access_key_id;
    format!("AWS4-HMAC-SHA256 Credential={who}/{place}, SignedHeaders={signed}, Signature={signature}")
}

/// The SHA-256 of a body, as signatures and S3 have it.
pub(super) fn hash(body: &[u8]) -> String {
    hex(&Sha256::digest(body))
}

fn keyed(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("an HMAC takes keys of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a text does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Percent-encodes all but the unreserved characters of RFC 3986: for parts of paths and for forms.
#[must_use]
pub fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_signed_as_botocore_signs_it() {
        let credentials = Credentials {
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
            session_token: None,
        };
        let scope = Scope { service: "lambda", region: "eu-west-1", time: "20150830T123600Z" };
        let headers = BTreeMap::from([
            ("content-type", "application/json".to_owned()),
            ("host", "127.0.0.1:4566".to_owned()),
            ("x-amz-date", scope.time.to_owned()),
            ("x-amz-invocation-type", "Event".to_owned()),
        ]);
        let arn = encode("arn:aws:lambda:eu-west-1:123456789012:function:f");
        let path = format!("/2015-03-31/functions/{arn}/invocations");
        let target = Target { method: "POST", path: &path, query: "" };
        let found = authorization(&credentials, scope, target, &headers, "{\"ä\":1}".as_bytes());
        let expected = "42c176e60764b97f5693a5847b12fadb40d386b1b8a32ba8d1c5d786b9180792";
        assert!(found.ends_with(&format!("Signature={expected}")), "{found}");
        assert_eq!(
            found.split(", Signature").next().unwrap(),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/eu-west-1/lambda/aws4_request, \
             SignedHeaders=content-type;host;x-amz-date;x-amz-invocation-type"
        );
    }

    #[test]
    fn only_unreserved_characters_stay() {
        assert_eq!(encode("aZ0-._~ /:ä"), "aZ0-._~%20%2F%3A%C3%A4");
    }

    #[test]
    fn keys_are_not_shown() {
        let credentials = Credentials {
            access_key_id: "AKID".to_owned(),
            secret_access_key: "secret".to_owned(),
            session_token: Some("token".to_owned()),
        };
        assert_eq!(format!("{credentials:?}"), "Credentials(…)");
    }
}
