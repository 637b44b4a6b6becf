//! Page tokens: opaque to callers, signed, and of one question only.
//!
//! A token says where the next page begins. It is bound to the operation and to what was asked, so that a token of another
//! list, or a made-up one, is refused instead of giving wrong pages.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::local::api_error::ApiError;

const TAG_BYTES: usize = 16;

/// What signs page tokens: the store's, so that a page can be asked of the store's next owner.
#[derive(Clone)]
pub(super) struct PageKey([u8; 32]);

impl std::fmt::Debug for PageKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PageKey(…)")
    }
}

impl PageKey {
    /// A key of random bytes.
    pub(super) fn random() -> Self {
        Self(crate::local::store_lock::random_bytes())
    }

    /// The key as text, to be kept.
    pub(super) fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// A key that was kept.
    pub(super) fn from_text(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// The token of a page of `question` that begins at `position`.
    pub(super) fn seal(&self, question: &str, position: &str) -> String {
        let mut bytes = self.tag(question, position).to_vec();
        bytes.extend_from_slice(position.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Where the page of a token begins.
    ///
    /// # Errors
    /// `InvalidToken` for a token that was not made here for this question.
    pub(super) fn open(&self, question: &str, token: &str) -> Result<String, ApiError> {
        let refusal = || ApiError::new("InvalidToken", "Invalid Token: 'Invalid token'");
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| refusal())?;
        let (tag, position) = bytes.split_at_checked(TAG_BYTES).ok_or_else(refusal)?;
        let position = std::str::from_utf8(position).map_err(|_| refusal())?;
        let mac = self.mac(question, position);
        mac.verify_truncated_left(tag).map_err(|_| refusal())?;
        Ok(position.to_owned())
    }

    fn tag(&self, question: &str, position: &str) -> [u8; TAG_BYTES] {
        let whole = self.mac(question, position).finalize().into_bytes();
        std::array::from_fn(|at| whole[at])
    }

    fn mac(&self, question: &str, position: &str) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of every length");
        // The length keeps `question` and `position` apart, wherever one ends.
        mac.update(&(question.len() as u64).to_be_bytes());
        mac.update(question.as_bytes());
        mac.update(position.as_bytes());
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::PageKey;

    #[test]
    fn a_token_opens_only_with_its_key_and_for_its_question() {
        let key = PageKey::random();
        let token = key.seal("ListExecutions|arn", "42");
        assert_eq!(key.open("ListExecutions|arn", &token).unwrap(), "42");
        assert!(!token.contains("42"));
        for (question, token) in [
            ("ListExecutions|other", token.as_str()),
            ("ListExecutions|arn", ""),
            ("ListExecutions|arn", "not base64 !"),
            ("ListExecutions|arn", &token[1..]),
        ] {
            assert_eq!(key.open(question, token).unwrap_err().name, "InvalidToken");
        }
        assert!(PageKey::random().open("ListExecutions|arn", &token).is_err());
        let kept = PageKey::from_text(&key.to_text()).unwrap();
        assert_eq!(kept.open("ListExecutions|arn", &token).unwrap(), "42");
    }
}
