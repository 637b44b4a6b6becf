//! Single values: texts, whole numbers, mappings of texts.

use std::collections::BTreeMap;

use crate::asl::syntax::{Key, Node, NodeKind};
use crate::project::build::Builder;

impl Builder<'_> {
    /// Whether this is a mapping; null counts as an empty one without a word, as an empty `functions:` gives it.
    pub(super) fn object(&mut self, node: &Node, what: &str) -> bool {
        if !matches!(node.kind, NodeKind::Object(_) | NodeKind::Null) {
            let message = format!("{what} must be a mapping, and this is {}", node.kind_name());
            self.error("FIELD_TYPE", message, node.span, None);
        }
        node.entries().is_some()
    }

    /// The entries of a mapping, or of a list of mappings: `functions` may come from several files.
    pub(super) fn members<'n>(&mut self, node: &'n Node, what: &str) -> Vec<&'n (Key, Node)> {
        for part in node.items().unwrap_or(std::slice::from_ref(node)) {
            self.object(part, what);
        }
        entries(node)
    }

    /// A text; numbers and booleans count, as YAML has them without quotes.
    pub(super) fn text(&mut self, node: &Node, what: &str) -> Option<String> {
        match &node.kind {
            NodeKind::String(text) => return Some(text.clone()),
            NodeKind::Number(number) => return Some(number.to_string()),
            NodeKind::Bool(flag) => return Some(flag.to_string()),
            // What is null here was written as null, or its variable has no value and that was said.
            NodeKind::Null => {}
            NodeKind::Array(_) | NodeKind::Object(_) => {
                let message = format!("{what} must be a string, and this is {}", node.kind_name());
                self.error("FIELD_TYPE", message, node.span, None);
            }
        }
        None
    }

    pub(super) fn optional_text(&mut self, node: &Node, key: &str, what: &str) -> Option<String> {
        let node = node.get(key)?;
        self.text(node, what)
    }

    /// A whole number of at least 1, also one in quotes, as variables give it.
    pub(super) fn optional_number(&mut self, node: &Node, key: &str) -> Option<u64> {
        let node = node.get(key)?;
        let number = match &node.kind {
            NodeKind::Number(number) => number.as_u64(),
            NodeKind::String(text) => text.trim().parse().ok(),
            NodeKind::Null => return None,
            _ => None,
        };
        if number.is_none_or(|number| number == 0) {
            let message = format!("{key} must be a whole number above 0");
            let example = if key == "timeout" { "timeout: 6" } else { "memorySize: 128" };
            self.error("FIELD_TYPE", message, node.span, Some(format!("write it as in `{example}`")));
            return None;
        }
        number
    }

    /// A whole number of at least `least`, also one in quotes.
    pub(super) fn whole(&mut self, node: &Node, key: &str, least: u64, example: &str) -> Option<u64> {
        let number = match &node.kind {
            NodeKind::Number(number) => number.as_u64(),
            NodeKind::String(text) => text.trim().parse().ok(),
            NodeKind::Null => return None,
            _ => None,
        };
        let number = number.filter(|number| *number >= least);
        if number.is_none() {
            let message = format!("{key} must be a whole number, {least} or above");
            self.error("FIELD_TYPE", message, node.span, Some(format!("write it as in `{example}`")));
        }
        number
    }

    /// `true` or `false`, also in quotes, as variables give it; null counts as false.
    pub(super) fn flag(&mut self, node: &Node, key: &str) -> bool {
        let flag = match (&node.kind, node.as_str()) {
            (NodeKind::Bool(flag), _) => Some(*flag),
            (NodeKind::Null, _) | (_, Some("false")) => Some(false),
            (_, Some("true")) => Some(true),
            _ => None,
        };
        if flag.is_none() {
            let message = format!("{key} must be true or false, and this is {}", node.kind_name());
            self.error("FIELD_TYPE", message, node.span, Some(format!("write `{key}: true`")));
        }
        flag.unwrap_or_default()
    }

    /// A mapping of texts.
    pub(super) fn texts(&mut self, node: &Node, what: &str) -> BTreeMap<String, String> {
        let mut texts = BTreeMap::new();
        if self.object(node, what) {
            for (key, value) in node.entries().unwrap_or_default() {
                if let Some(text) = self.text(value, &format!("{what}'s `{}`", key.name)) {
                    texts.insert(key.name.clone(), text);
                }
            }
        }
        texts
    }
}

/// The entries of a mapping, or of a list of mappings, without a word about what is neither.
pub(super) fn entries(node: &Node) -> Vec<&(Key, Node)> {
    let parts = node.items().unwrap_or(std::slice::from_ref(node));
    parts.iter().flat_map(|part| part.entries().unwrap_or_default()).collect()
}
