//! Every trap of YAML, what it becomes and what is said about it.

use expect_test::{Expect, expect};
use proptest::prelude::*;

use crate::asl::diagnostic::{Diagnostic, Severity};
use crate::asl::syntax::{Node, NodeKind, Sources};

fn read(text: &str) -> (Sources, Option<Node>, Vec<Diagnostic>) {
    let mut sources = Sources::default();
    let id = sources.add("t.yml", text);
    let (node, diagnostics) = super::parse(&sources, id);
    (sources, node, diagnostics)
}

/// The tree as JSON with tags, then each diagnostic with the text it points at.
fn check(text: &str, expected: &Expect) {
    let (_, node, diagnostics) = read(text);
    let mut shown = node.as_ref().map_or("nothing".to_owned(), show);
    for diagnostic in &diagnostics {
        let severity = if diagnostic.severity == Severity::Error { "error" } else { "warning" };
        let span = diagnostic.span.start as usize..diagnostic.span.end as usize;
        let help = diagnostic.help.as_deref().unwrap_or("-");
        shown += &format!("\n{severity} {} {:?}: {} | {help}", diagnostic.code, &text[span], diagnostic.message);
    }
    expected.assert_eq(&shown);
}

fn show(node: &Node) -> String {
    let value = match &node.kind {
        NodeKind::Array(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(",")),
        NodeKind::Object(entries) => {
            let shown = entries.iter().map(|(key, node)| format!("{:?}:{}", key.name, show(node)));
            format!("{{{}}}", shown.collect::<Vec<_>>().join(","))
        }
        _ => node.to_value().to_string(),
    };
    node.tag.as_ref().map_or(value.clone(), |tag| format!("!{tag} {value}"))
}
