//! A text that only two may know.

use std::fmt;

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// A secret: compared in constant time, and never shown.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Secret(String);

impl Secret {
    /// One that nobody can guess: 122 random bits.
    pub(super) fn random() -> Self {
        Self(Uuid::new_v4().simple().to_string())
    }

    /// Whether somebody knows it. How long that takes tells its length at most.
    pub(super) fn is(&self, given: &[u8]) -> bool {
        self.0.as_bytes().ct_eq(given).into()
    }

    /// The text, for the one who is to be told.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[secret]")
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.is(other.0.as_bytes())
    }
}

impl Eq for Secret {}

#[cfg(test)]
impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn only_the_whole_secret_is_the_secret() {
        let secret = Secret::from("abc");
        assert!(secret.is(b"abc"));
        for given in [&b""[..], b"ab", b"abcd", b"abd", b"ABC"] {
            assert!(!secret.is(given), "{given:?}");
        }
        assert_ne!(Secret::random(), Secret::random());
    }

    #[test]
    fn a_secret_is_not_shown() {
        assert_eq!(format!("{:?}", Secret::from("abc")), "[secret]");
        assert_eq!(serde_json::to_string(&Secret::from("abc")).unwrap(), r#""abc""#);
    }
}
