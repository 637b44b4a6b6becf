//! `States.UUID`

use serde_json::Value;

use crate::asl::intrinsic::arguments::{Arguments, Wrong};
use crate::asl::intrinsic::draws::Draws;

/// A UUID of version 4.
#[expect(clippy::unnecessary_wraps, reason = "the functions of the catalog have one signature")]
pub(super) fn uuid(_: &Arguments<'_>, draws: &mut Draws) -> Result<Value, Wrong> {
    Ok(uuid::Builder::from_random_bytes(draws.next().to_be_bytes()).into_uuid().to_string().into())
}
