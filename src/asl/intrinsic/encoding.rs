//! `States.Base64Encode`, `States.Base64Decode`

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::asl::intrinsic::arguments::{Arguments, INVALID, Wrong};
use crate::asl::intrinsic::draws::Draws;

/// How long the text may be, in characters, as AWS has it.
const CHARACTERS_MAX: usize = 10_000;

pub(super) fn encode(arguments: &Arguments<'_>, _: &mut Draws) -> Result<Value, Wrong> {
    Ok(STANDARD.encode(arguments.short_text(0, CHARACTERS_MAX)?).into())
}

/// Bytes that are no UTF-8 come out as U+FFFD, as in Java.
pub(super) fn decode(arguments: &Arguments<'_>, _: &mut Draws) -> Result<Value, Wrong> {
    let bytes = STANDARD.decode(arguments.short_text(0, CHARACTERS_MAX)?).map_err(|_| INVALID)?;
    Ok(String::from_utf8_lossy(&bytes).into())
}
