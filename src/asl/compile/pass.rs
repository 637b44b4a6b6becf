//! `Pass`

use super::Compiler;
use super::fields::{self, Fields};
use super::state::Type;
use crate::asl::Payload;
use crate::asl::program::StateKind;
use crate::asl::syntax::{Key, Node, NodeKind};

pub(super) const TYPE: Type = Type {
    name: "Pass",
    fields: &[],
    jsonpath: &["Result", "ResultPath", "Parameters"],
    jsonata: &[],
    next: true,
    paths: true,
    assign: true,
    retry: false,
    read,
};

#[expect(clippy::unnecessary_wraps, reason = "every type's reader has this face")]
fn read(fields: &Fields, c: &mut Compiler) -> Option<StateKind> {
    let result = fields.get("Result");
    if let Some(result) = &result
        && let Some(key) = seems_computed(result.node)
    {
        let message = format!("'{}' in 'Result' is not computed: a Pass state's result is static", key.name);
        c.warning("PASS_RESULT_IS_STATIC", key.span, &result.pointer, message)
            .help("use 'Parameters' for fields that read the input");
    }
    Some(StateKind::Pass {
        result: result.map(|result| Payload::from(result.node.to_value())),
        parameters: fields.filling("Parameters", c),
        result_path: fields.result_path(c),
    })
}

/// The first key that looks as if it were computed.
fn seems_computed(node: &Node) -> Option<&Key> {
    match &node.kind {
        NodeKind::Array(items) => items.iter().find_map(seems_computed),
        NodeKind::Object(entries) => entries.iter().find_map(|(key, value)| {
            let computed = key.name.ends_with(".$") && value.as_str().is_some_and(fields::computed);
            if computed { Some(key) } else { seems_computed(value) }
        }),
        _ => None,
    }
}
