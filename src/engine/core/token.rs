//! Task tokens: which task, and a proof that this engine gave the token out. Nothing is stored for them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::engine::task::{TaskId, TaskToken};

/// The secret of a store, by which its tokens are signed.
#[derive(Clone)]
pub struct TokenKey([u8; 32]);

/// The first byte of a token: its form.
const VERSION: u8 = 1;
/// Bytes of the signature that a token carries.
const SIGNATURE: usize = 16;
const LENGTH: usize = 1 + 8 + 8 + SIGNATURE;

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("TokenKey(…)")
    }
}

impl TokenKey {
    /// A key of 32 random bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The token of a task: always the same one.
    pub fn mint(&self, id: TaskId) -> TaskToken {
        let mut bytes = Vec::with_capacity(LENGTH);
        bytes.push(VERSION);
        bytes.extend(id.execution.to_le_bytes());
        bytes.extend(id.event.to_le_bytes());
        let signature = self.sign(&bytes);
        bytes.extend(signature);
        TaskToken(STANDARD.encode(bytes).into())
    }

    /// The task of a token that this key signed; `None` for any other text.
    pub fn open(&self, token: &TaskToken) -> Option<TaskId> {
        let bytes = STANDARD.decode(&*token.0).ok().filter(|bytes| bytes.len() == LENGTH && bytes[0] == VERSION)?;
        let (body, signature) = bytes.split_at(LENGTH - SIGNATURE);
        self.mac(body).verify_truncated_left(signature).ok()?;
        let number = |from: usize| body[from..from + 8].try_into().expect("eight bytes were cut out");
        Some(TaskId { execution: i64::from_le_bytes(number(1)), event: u64::from_le_bytes(number(9)) })
    }

    fn sign(&self, body: &[u8]) -> [u8; SIGNATURE] {
        let full = self.mac(body).finalize().into_bytes();
        full[..SIGNATURE].try_into().expect("SHA-256 gives 32 bytes")
    }

    fn mac(&self, body: &[u8]) -> Hmac<Sha256> {
        Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length").chain_update(body)
    }
}
