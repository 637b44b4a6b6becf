//! `States.JsonMerge`, `States.JsonToString`, `States.StringToJson`

use serde_json::Value;

use crate::asl::Payload;
use crate::asl::intrinsic::arguments::{Arguments, INVALID, Wrong};
use crate::asl::intrinsic::draws::Draws;

/// The fields of both objects; the second's win. AWS has no deep merge yet: the third argument is `false`.
pub(super) fn merge(arguments: &Arguments<'_>, _: &mut Draws) -> Result<Value, Wrong> {
    let mut merged = arguments.object(0)?.clone();
    for (name, field) in arguments.object(1)? {
        merged.insert(name.clone(), field.clone());
    }
    match arguments.value(2)? {
        Value::Bool(false) => Ok(Value::Object(merged)),
        _ => Err(INVALID),
    }
}

pub(super) fn to_string(arguments: &Arguments<'_>, _: &mut Draws) -> Result<Value, Wrong> {
    Ok(arguments.value(0)?.to_string().into())
}

pub(super) fn parse(arguments: &Arguments<'_>, _: &mut Draws) -> Result<Value, Wrong> {
    let parsed = Payload::parse(arguments.text(0)?).map_err(|_| INVALID)?;
    Ok(parsed.value().clone())
}
