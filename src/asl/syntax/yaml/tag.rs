//! Tags: CloudFormation's short forms are kept, YAML's own are obeyed, any other is a mistake.

use saphyr_parser::Tag;

use crate::asl::diagnostic::nearest;

/// The short forms that the Serverless Framework reads, without their `!`.
const CLOUDFORMATION: [&str; 22] = [
    "And",
    "Base64",
    "Cidr",
    "Condition",
    "Contains",
    "Equals",
    "FindInMap",
    "GetAZs",
    "GetAtt",
    "If",
    "ImportValue",
    "Join",
    "Length",
    "Not",
    "Or",
    "Ref",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
    "Transform",
    "Value",
];

/// YAML's own types, without their `!!`.
const CORE: [&str; 12] =
    ["str", "int", "float", "bool", "null", "map", "seq", "binary", "timestamp", "set", "omap", "merge"];

/// What a tag asks for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// `!GetAtt`
    CloudFormation(&'static str),
    /// `!!str`
    Core(&'static str),
    /// None of them: how it was written, and the help.
    Unknown(String, String),
}

pub(super) fn kind(tag: &Tag) -> Kind {
    let suffix = tag.suffix.as_str();
    let find = |known: &[&'static str]| known.iter().copied().find(|name| *name == suffix);
    if tag.is_yaml_core_schema() || tag.handle == "!!" {
        return match find(&CORE) {
            Some(name) => Kind::Core(name),
            None => unknown(format!("!!{suffix}"), "!!", suffix, &CORE),
        };
    }
    if tag.handle.is_empty() && suffix == "!" {
        return Kind::Core("str");
    }
    match find(&CLOUDFORMATION) {
        Some(name) if tag.handle == "!" => Kind::CloudFormation(name),
        _ => unknown(tag.to_string(), "!", suffix, &CLOUDFORMATION),
    }
}

fn unknown(written: String, bang: &str, suffix: &str, known: &[&'static str]) -> Kind {
    let help = match nearest(suffix, known.iter().copied()) {
        Some(near) => format!("did you mean `{bang}{near}`?"),
        None => "leave it out, or put a text that starts with ! in quotes".to_owned(),
    };
    Kind::Unknown(written, help)
}
