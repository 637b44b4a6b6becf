//! JSON values as Java prints them, which AWS lets show: in `States.Format` and in causes.

use std::fmt::Write;

use serde_json::Value;

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
        scalar => {
            let _ = write!(into, "{scalar}");
        }
    }
}
