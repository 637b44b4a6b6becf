//! `Pass`

use super::Compiler;
use super::fields::Fields;
use super::state::Type;
use crate::asl::Payload;
use crate::asl::program::StateKind;
use crate::asl::syntax::{Key, Node, NodeKind};

pub(super) const TYPE: Type = Type {
    name: "Pass",
    fields: &["Result", "ResultPath", "Parameters"],
    next: true,
    paths: true,
    retry: false,
    not_supported: &["Assign"],
    jsonata: &["Output"],
    read,
};

#[expect(clippy::unnecessary_wraps, reason = "every type's reader has this face")]
fn read(fields: &Fields, c: &mut Compiler) -> Option<StateKind> {
    let result = fields.get("Result");
    if let Some(result) = &result
        && let Some(key) = computed(result.node)
    {
        let message = format!("'{}' in 'Result' is not computed: a Pass state's result is static", key.name);
        c.warning("PASS_RESULT_IS_STATIC", key.span, &result.pointer, message)
            .help("use 'Parameters' for fields that read the input");
    }
    Some(StateKind::Pass {
        result: result.map(|result| Payload::from(result.node.to_value())),
        parameters: fields.template("Parameters", c),
        result_path: fields.result_path(c),
    })
}

/// The first key that looks as if it were computed.
fn computed(node: &Node) -> Option<&Key> {
    match &node.kind {
        NodeKind::Array(items) => items.iter().find_map(computed),
        NodeKind::Object(entries) => entries.iter().find_map(|(key, value)| {
            let path = value.as_str().is_some_and(|text| text.starts_with('$') || text.starts_with("States."));
            if path && key.name.ends_with(".$") { Some(key) } else { computed(value) }
        }),
        _ => None,
    }
}
