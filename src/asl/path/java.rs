//! JSON values as Java prints them, which AWS lets show: in `States.Format` and in causes.

use serde_json::{Number, Value};

/// The name of the class that holds a value in AWS's engine.
pub(super) fn class_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "java.lang.Boolean",
        Value::Number(number) if number.is_f64() => "java.lang.Double",
        Value::Number(number) if number.as_i64().is_some_and(|number| i32::try_from(number).is_ok()) => {
            "java.lang.Integer"
        }
        Value::Number(_) => "java.lang.Long",
        Value::String(_) => "java.lang.String",
        Value::Array(_) => "java.util.ArrayList",
        Value::Object(_) => "java.util.LinkedHashMap",
    }
}

/// `{Id=1, Names=[a, b]}`, as recorded on AWS: no quotes, whatever the depth.
pub(in crate::asl) fn text(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, into: &mut String) {
    match value {
        Value::String(text) => into.push_str(text),
        Value::Array(items) => {
            into.push('[');
            for (place, item) in items.iter().enumerate() {
                into.push_str(if place == 0 { "" } else { ", " });
                write(item, into);
            }
            into.push(']');
        }
        Value::Object(fields) => {
            into.push('{');
            for (place, (name, field)) in fields.iter().enumerate() {
                into.push_str(if place == 0 { "" } else { ", " });
                into.push_str(name);
                into.push('=');
                write(field, into);
            }
            into.push('}');
        }
        Value::Number(number) => into.push_str(&self::number(number)),
        Value::Bool(flag) => into.push_str(if *flag { "true" } else { "false" }),
        Value::Null => into.push_str("null"),
    }
}

/// `1.0E10`: a decimal below 10^-3 or from 10^7 is written with an exponent.
#[must_use]
pub fn number(number: &Number) -> String {
    let plain = number.to_string();
    let Some(decimal) = number.as_f64().filter(|_| number.is_f64()) else { return plain };
    if decimal == 0.0 || (1e-3..1e7).contains(&decimal.abs()) {
        return plain;
    }
    let text = format!("{decimal:E}");
    match text.split_once('E') {
        Some((digits, exponent)) if !digits.contains('.') => format!("{digits}.0E{exponent}"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn values_print_as_in_java() {
        for (json, expected) in [
            ("1", "1"),
            ("1.0", "1.0"),
            ("1234567.5", "1234567.5"),
            ("12345678.9", "1.23456789E7"),
            ("1e10", "1.0E10"),
            ("-0.0005", "-5.0E-4"),
            ("0.0", "0.0"),
            (r#"{"a": [1, "b", null, true], "c": {}}"#, "{a=[1, b, null, true], c={}}"),
        ] {
            assert_eq!(text(&serde_json::from_str(json).unwrap()), expected);
        }
    }
}
