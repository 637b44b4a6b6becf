//! How every reader reads a field: by name, with its place, telling what is wrong with it.

use std::ops::RangeInclusive;

use super::Compiler;
use super::report::SCHEMA;
use crate::asl::Filling;
use crate::asl::diagnostic::Diagnostic;
use crate::asl::jsonata;
use crate::asl::path::{Path, ReferencePath};
use crate::asl::pointer::Pointer;
use crate::asl::program::{QueryLanguage, ResultPath, Selector};
use crate::asl::syntax::{Key, Node, NodeKind, Span};
use crate::asl::template::Template;

/// An object whose fields are read by name.
pub(super) struct Fields<'n> {
    pub(super) entries: &'n [(Key, Node)],
    pub(super) pointer: String,
    /// Where to point at what is missing.
    pub(super) place: Span,
}

/// A field that is there.
pub(super) struct Field<'n> {
    pub(super) key: &'n Key,
    pub(super) node: &'n Node,
    pub(super) pointer: String,
}

impl<'n> Fields<'n> {
    /// The fields of `node`, which `what` names in the complaint that it is no object.
    pub(super) fn of(node: &'n Node, pointer: &str, place: Span, what: &str, c: &mut Compiler) -> Option<Self> {
        let Some(entries) = node.entries() else {
            c.error(SCHEMA, node.span, pointer, format!("{what} must be an object, not {}", node.kind_name()));
            return None;
        };
        Some(Self { entries, pointer: pointer.to_owned(), place })
    }

    pub(super) fn get(&self, name: &str) -> Option<Field<'n>> {
        let (key, node) = self.entries.iter().find(|(key, _)| key.name == name)?;
        Some(Field { key, node, pointer: format!("{}/{name}", self.pointer) })
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.entries.iter().any(|(key, _)| key.name == name)
    }

    /// Complains once about all of `names` that are missing, as AWS does.
    pub(super) fn require(&self, names: &[&str], c: &mut Compiler) {
        let missing: Vec<&str> = names.iter().copied().filter(|name| !self.has(name)).collect();
        if !missing.is_empty() {
            let message = format!("These fields are required: [{}]", missing.join(", "));
            c.error(SCHEMA, self.place, &self.pointer, message);
        }
    }

    /// Complains about fields that are not among `known`.
    pub(super) fn only(&self, known: &[&str], c: &mut Compiler) {
        for (key, _) in self.entries {
            if !known.contains(&key.name.as_str()) {
                self.unknown(key, c).did_you_mean(&key.name, known.iter().copied());
            }
        }
    }

    /// AWS's complaint about a field that does not belong here, at the object that has it.
    pub(super) fn unknown<'c>(&self, key: &Key, c: &'c mut Compiler) -> &'c mut Diagnostic {
        c.error(SCHEMA, key.span, &self.pointer, format!("Field '{}' is not supported", key.name))
    }

    /// Complains when both fields are there: they say the same thing in two ways.
    pub(super) fn exclusive(&self, one: &str, other: &str, c: &mut Compiler) {
        if self.has(one)
            && let Some(other) = self.get(other)
        {
            let message = format!("'{one}' and '{}' exclude each other", other.key.name);
            c.error(SCHEMA, other.key.span, &other.pointer, message).help("remove one of the two");
        }
    }

    pub(super) fn string(&self, name: &str, c: &mut Compiler) -> Option<&'n str> {
        self.get(name)?.string(c)
    }

    pub(super) fn whole(&self, name: &str, range: RangeInclusive<u64>, c: &mut Compiler) -> Option<u64> {
        self.get(name)?.whole(range, c)
    }

    /// A path to one value, as the `…Path` fields are.
    pub(super) fn reference(&self, name: &str, c: &mut Compiler) -> Option<Path> {
        self.get(name)?.reference(c)
    }

    /// A field that the state's language fills in.
    pub(super) fn filling(&self, name: &str, c: &mut Compiler) -> Option<Filling> {
        self.get(name).map(|field| field.filling(c))
    }

    /// A field of a JSONata state.
    pub(super) fn jsonata(&self, name: &str, c: &mut Compiler) -> Option<jsonata::Template> {
        self.get(name).map(|field| field.jsonata(c))
    }

    /// A string that a JSONata state may compute: the template where it does.
    pub(super) fn computed(&self, name: &str, c: &mut Compiler) -> Option<jsonata::Template> {
        let field = self.get(name)?;
        field.is_computed(c).then(|| field.jsonata(c))
    }

    /// `InputPath`, `OutputPath`: a path, or `null` for an empty object.
    pub(super) fn selector(&self, name: &str, c: &mut Compiler) -> Selector {
        let Some(field) = self.get(name) else { return Selector::Whole };
        if field.node.kind == NodeKind::Null {
            return Selector::Empty;
        }
        field.select(c)
    }

    pub(super) fn result_path(&self, c: &mut Compiler) -> ResultPath {
        let Some(field) = self.get("ResultPath") else { return ResultPath::Whole };
        if field.node.kind == NodeKind::Null {
            return ResultPath::Discard;
        }
        match field.string(c) {
            None | Some("$") => ResultPath::Whole,
            Some(text) => match ReferencePath::parse(text) {
                Ok(path) => ResultPath::At(path),
                Err(wrong) => {
                    c.expression(field.node, &field.pointer, NO_REFERENCE, &wrong);
                    ResultPath::Whole
                }
            },
        }
    }
}

/// How AWS starts to say that a reference path is none.
const NO_REFERENCE: &str = "Value is not a Reference Path: ";

impl<'n> Field<'n> {
    pub(super) fn wrong(&self, message: impl Into<String>, c: &mut Compiler) {
        c.error(SCHEMA, self.node.span, &self.pointer, message);
    }

    pub(super) fn must_be(&self, expected: &str, c: &mut Compiler) {
        self.wrong(format!("'{}' must be {expected}, not {}", self.key.name, self.node.kind_name()), c);
    }

    /// AWS's words, as recorded on AWS.
    pub(super) fn not_a_timestamp(&self, c: &mut Compiler) {
        c.error(SCHEMA, self.node.span, &self.pointer, "String does not match RFC3339 timestamp")
            .help("write it as 2016-03-14T01:59:00Z: with T, and with Z or an offset");
    }

    pub(super) fn string(&self, c: &mut Compiler) -> Option<&'n str> {
        let text = self.node.as_str();
        if text.is_none() {
            self.must_be("a string", c);
        }
        text
    }

    pub(super) fn boolean(&self, c: &mut Compiler) -> Option<bool> {
        if let NodeKind::Bool(flag) = self.node.kind {
            return Some(flag);
        }
        self.must_be("true or false", c);
        None
    }

    pub(super) fn items(&self, c: &mut Compiler) -> Option<&'n [Node]> {
        let items = self.node.items();
        if items.is_none() {
            self.must_be("an array", c);
        }
        items
    }

    /// A whole number within `range`.
    pub(super) fn whole(&self, range: RangeInclusive<u64>, c: &mut Compiler) -> Option<u64> {
        let NodeKind::Number(number) = &self.node.kind else {
            self.must_be("a whole number", c);
            return None;
        };
        let found = number.as_u64().filter(|whole| range.contains(whole));
        if found.is_none() {
            let (least, most) = (range.start(), range.end());
            let message = format!("'{}' must be a whole number from {least} to {most}, not {number}", self.key.name);
            self.wrong(message, c);
        }
        found
    }

    /// What the state's language fills in.
    pub(super) fn filling(&self, c: &mut Compiler) -> Filling {
        if c.language == QueryLanguage::Jsonata {
            return Filling::Jsonata(self.jsonata(c));
        }
        let template = Template::compile(self.node, &self.pointer, &mut c.diagnostics);
        c.reads.template(&template);
        no_dollar(self.node, Pointer::field(&self.pointer), c);
        Filling::Paths(template)
    }

    pub(super) fn jsonata(&self, c: &mut Compiler) -> jsonata::Template {
        let template = jsonata::Template::compile(self.node, &self.pointer, c.absent, &mut c.diagnostics);
        c.reads.jsonata(&template);
        no_expression(self.node, Pointer::field(&self.pointer), c);
        template
    }

    /// Whether a JSONata state computes it: it is `{% … %}`.
    pub(super) fn is_computed(&self, c: &Compiler) -> bool {
        let text = self.node.as_str().unwrap_or_default();
        c.language == QueryLanguage::Jsonata && text.starts_with("{%") && text.ends_with("%}")
    }

    /// Any path; `"$"` is the whole document.
    pub(super) fn select(&self, c: &mut Compiler) -> Selector {
        let Some(text) = self.string(c) else { return Selector::Whole };
        match Path::parse(text) {
            Ok(path) if path.is_whole() => Selector::Whole,
            Ok(path) => {
                c.reads.path(&path);
                Selector::Path(path)
            }
            Err(wrong) => {
                c.expression(self.node, &self.pointer, "", &wrong);
                Selector::Whole
            }
        }
    }

    /// A path to one value, of the input or of the context object.
    pub(super) fn reference(&self, c: &mut Compiler) -> Option<Path> {
        let text = self.string(c)?;
        match Path::parse(text).and_then(|path| path.leads_to_one().map(|()| path)) {
            Ok(path) => {
                c.reads.path(&path);
                Some(path)
            }
            Err(wrong) => {
                c.expression(self.node, &self.pointer, NO_REFERENCE, &wrong);
                None
            }
        }
    }
}

/// AWS's warning about a value that looks like an expression under a key that says it is none.
fn no_dollar(node: &Node, pointer: Pointer<'_>, c: &mut Compiler) {
    match &node.kind {
        NodeKind::Array(items) => items.iter().for_each(|item| no_dollar(item, pointer, c)),
        NodeKind::Object(entries) => {
            for (key, value) in entries {
                let pointer = pointer.name(&key.name);
                if !key.name.ends_with(".$") && value.as_str().is_some_and(computed) {
                    let message = format!("the value of '{}' looks like an expression and is taken as it is", key.name);
                    c.warning("NO_DOLLAR", key.span, &pointer.to_string(), message)
                        .help(format!("write \"{}.$\" to have it computed", key.name));
                } else if value.as_str().and_then(jsonata::inside).is_some() {
                    let message =
                        "the value looks like JSONata and is taken as it is: the state's language is JSONPath";
                    c.warning(NO_EXPRESSION, value.span, &pointer.to_string(), message)
                        .help("give the state \"QueryLanguage\": \"JSONata\"");
                }
                no_dollar(value, pointer, c);
            }
        }
        _ => {}
    }
}

/// Ours: a text that somebody may take for an expression, and AWS takes for a text.
const NO_EXPRESSION: &str = "NOT_AN_EXPRESSION";

/// Warns of what is no expression in JSONata: `{% … %}` within a text, and keys as JSONPath has them.
fn no_expression(node: &Node, pointer: Pointer<'_>, c: &mut Compiler) {
    match &node.kind {
        NodeKind::String(text) => {
            let looks = text.contains("{%") && (text.contains("%}") || text.starts_with("{%"));
            if looks && jsonata::inside(text).is_none() {
                let message = "the text has '{%' in it and is taken as it is";
                c.warning(NO_EXPRESSION, node.span, &pointer.to_string(), message)
                    .help("an expression begins with {% and ends with %}, without anything around it");
            }
        }
        NodeKind::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| no_expression(item, pointer.item(at), c));
        }
        NodeKind::Object(entries) => {
            for (key, value) in entries {
                let pointer = pointer.name(&key.name);
                if key.name.ends_with(".$") && value.as_str().is_some_and(computed) {
                    let message = format!("'{}' is not computed: the state's language is JSONata", key.name);
                    c.warning(NO_EXPRESSION, key.span, &pointer.to_string(), message)
                        .help("take the '.$' away, and write the value as {% … %}");
                }
                no_expression(value, pointer, c);
            }
        }
        _ => {}
    }
}

/// Whether a text would be an expression under a key that ends in `.$`.
pub(super) fn computed(text: &str) -> bool {
    ["$.", "$$.", "$[", "States."].iter().any(|start| text.starts_with(start)) && Template::expression(text).is_ok()
}
