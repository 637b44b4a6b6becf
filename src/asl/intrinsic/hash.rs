//! `States.Hash`

use std::fmt::Write;

use md5::Md5;
use serde_json::Value;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::asl::intrinsic::arguments::{Arguments, INVALID, Wrong};
use crate::asl::intrinsic::draws::Draws;

/// How long the text may be, in characters, as AWS has it.
const CHARACTERS_MAX: usize = 10_000;

/// Lower case hexadecimal digits.
pub(super) fn hash(arguments: &Arguments<'_>, _: &mut Draws) -> Result<Value, Wrong> {
    let text = arguments.short_text(0, CHARACTERS_MAX)?;
    hex_digest(arguments.text(1)?, text).map(Value::String).ok_or(INVALID)
}

/// The digits of a text's hash; `None` for an algorithm that AWS does not know.
pub(in crate::asl) fn hex_digest(algorithm: &str, text: &str) -> Option<String> {
    Some(match algorithm {
        "MD5" => digits::<Md5>(text),
        "SHA-1" => digits::<Sha1>(text),
        "SHA-256" => digits::<Sha256>(text),
        "SHA-384" => digits::<Sha384>(text),
        "SHA-512" => digits::<Sha512>(text),
        _ => return None,
    })
}

fn digits<D: Digest>(text: &str) -> String {
    let mut digits = String::new();
    for byte in D::digest(text) {
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}
