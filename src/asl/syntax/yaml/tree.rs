//! Events → nodes, on a stack of our own, so that depth costs no call stack.

use std::borrow::Cow;
use std::collections::HashMap;

use saphyr_parser::{Event, ScalarStyle, Tag};

use crate::asl::diagnostic::{Diagnostic, Severity, diagnostic};
use crate::asl::syntax::yaml::scalar::{self, Trap};
use crate::asl::syntax::yaml::tag::{self, Kind};
use crate::asl::syntax::yaml::{ALIAS_NODES_MAX, DEPTH_MAX, DIAGNOSTICS_MAX, Places};
use crate::asl::syntax::{Key, Node, NodeKind, Span};

/// The document cannot be read further; what to say is among the diagnostics.
pub(super) struct Stop;

pub(super) struct Tree<'a> {
    places: &'a Places<'a>,
    stack: Vec<Frame>,
    root: Option<Node>,
    anchors: HashMap<usize, Anchored>,
    alias_nodes: usize,
    diagnostics: Vec<Diagnostic>,
    /// Whether one of them is an error.
    broken: bool,
}

/// A node with an anchor, and what an alias of it adds.
struct Anchored {
    node: Node,
    nodes: usize,
    depth: usize,
}

/// A collection that is not closed yet.
struct Frame {
    items: Items,
    start: Span,
    tag: Option<Box<str>>,
    anchor: usize,
}

enum Items {
    Sequence(Vec<Node>),
    Mapping(Mapping),
}

#[derive(Default)]
struct Mapping {
    entries: Vec<(Key, Node)>,
    /// Where a name stands in `entries`, and whether only a merge put it there.
    index: HashMap<String, (usize, bool)>,
    key: Option<PendingKey>,
}

enum PendingKey {
    Name(Key),
    /// `<<`
    Merge(Span),
    /// A key that was refused; its value goes with it.
    Refused,
}

impl<'a> Tree<'a> {
    pub(super) fn new(places: &'a Places<'a>) -> Self {
        Self {
            places,
            stack: Vec::new(),
            root: None,
            anchors: HashMap::new(),
            alias_nodes: 0,
            diagnostics: Vec::new(),
            broken: false,
        }
    }

    pub(super) fn finish(self) -> (Option<Node>, Vec<Diagnostic>) {
        (self.root, self.diagnostics)
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        if self.has_room(diagnostic.severity) {
            self.broken |= diagnostic.severity == Severity::Error;
            self.diagnostics.push(diagnostic);
        }
    }

    /// The first error is always heard: warnings before it must not make a broken file look sound.
    fn has_room(&self, severity: Severity) -> bool {
        self.diagnostics.len() < DIAGNOSTICS_MAX || (severity == Severity::Error && !self.broken)
    }

    fn error(&mut self, code: &'static str, message: impl Into<String>, span: Span, help: impl Into<String>) {
        self.report(diagnostic(Severity::Error, code, message, span, Some(help.into())));
    }

    pub(super) fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Stop> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar(text, style, anchor, tag.as_deref(), span);
                Ok(())
            }
            Event::SequenceStart(anchor, tag) => {
                let items = Items::Sequence(Vec::new());
                self.open(items, anchor, tag.as_deref(), span)
            }
            Event::MappingStart(anchor, tag) => {
                let items = Items::Mapping(Mapping::default());
                self.open(items, anchor, tag.as_deref(), span)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.close(span);
                Ok(())
            }
            Event::Alias(anchor) => self.alias(anchor, span),
            _ => Ok(()),
        }
    }

    fn open(&mut self, items: Items, anchor: usize, tag: Option<&Tag>, start: Span) -> Result<(), Stop> {
        if self.stack.len() >= DEPTH_MAX {
            let message = format!("collections are nested more than {DEPTH_MAX} deep");
            self.error("YAML_DEPTH", message, start, "flatten the document");
            return Err(Stop);
        }
        let mapping = matches!(items, Items::Mapping(_));
        let tag = self.collection_tag(tag, mapping, start);
        self.stack.push(Frame { items, start, tag, anchor });
        Ok(())
    }

    fn collection_tag(&mut self, tag: Option<&Tag>, mapping: bool, span: Span) -> Option<Box<str>> {
        match tag::kind(tag?) {
            Kind::CloudFormation(name) => return Some(name.into()),
            Kind::Core("map" | "set") if mapping => {}
            Kind::Core("seq" | "omap") if !mapping => {}
            Kind::Core(name) => {
                let found = if mapping { "a mapping" } else { "a sequence" };
                self.error("YAML_TAG", format!("this is {found}, not !!{name}"), span, "leave the tag out");
            }
            Kind::Unknown(written, help) => self.unknown_tag(&written, span, help),
        }
        None
    }

    fn unknown_tag(&mut self, written: &str, span: Span, help: String) {
        self.error("YAML_UNKNOWN_TAG", format!("unknown tag `{written}`"), span, help);
    }

    fn close(&mut self, end: Span) {
        let Some(frame) = self.stack.pop() else { return };
        let (kind, last) = match frame.items {
            Items::Sequence(items) => {
                let last = items.last().map(|node| node.span);
                (NodeKind::Array(items), last)
            }
            Items::Mapping(mapping) => {
                let last = mapping.entries.last().map(|(_, node)| node.span);
                (NodeKind::Object(mapping.entries), last)
            }
        };
        let flow = end.end > end.start && matches!(self.places.slice(end), "]" | "}");
        let stop = if flow { end.end } else { last.map_or(frame.start.end, |span| span.end) };
        let span = Span { end: stop.max(frame.start.end), ..frame.start };
        self.place(Node { kind, span, tag: frame.tag }, frame.anchor, None);
    }

    fn scalar(&mut self, text: Cow<'_, str>, style: ScalarStyle, anchor: usize, tag: Option<&Tag>, span: Span) {
        let plain = style == ScalarStyle::Plain;
        let span = self.trim(span);
        let merge = plain && tag.is_none() && text == "<<";
        let key = self.awaits_key();
        let (kind, kept) = match tag.map(tag::kind) {
            None if plain => (self.plain(&text, span, key), None),
            None => (NodeKind::String(text.into_owned()), None),
            Some(Kind::CloudFormation(name)) => (NodeKind::String(text.into_owned()), Some(name.into())),
            Some(Kind::Core(name)) => (self.core(name, &text, span), None),
            Some(Kind::Unknown(written, help)) => {
                self.unknown_tag(&written, span, help);
                (NodeKind::String(text.into_owned()), None)
            }
        };
        self.place(Node { kind, span, tag: kept }, anchor, merge.then_some(span));
    }

    /// Block scalars end after their last line break; the place to show ends before it.
    fn trim(&self, span: Span) -> Span {
        let shown = self.places.slice(span).trim_end().len();
        Span { end: span.start + u32::try_from(shown).unwrap_or(0), ..span }
    }

    fn plain(&mut self, word: &str, span: Span, key: bool) -> NodeKind {
        let typed = scalar::resolve(word);
        if let Some(trap) = typed.trap
            && !(key && matches!(trap, Trap::BooleanWord(_)))
        {
            let diagnostic = trap_diagnostic(&trap, word, &typed.kind, span);
            self.report(diagnostic);
        }
        typed.kind
    }

    fn core(&mut self, name: &'static str, text: &str, span: Span) -> NodeKind {
        let as_text = || NodeKind::String(text.to_owned());
        let kind = scalar::resolve(text).kind;
        let fits = match (name, &kind) {
            ("str" | "binary" | "timestamp", _) => return as_text(),
            ("int", NodeKind::Number(number)) => number.is_i64() || number.is_u64(),
            ("float", NodeKind::Number(_)) | ("bool", NodeKind::Bool(_)) | ("null", NodeKind::Null) => true,
            _ => false,
        };
        if fits {
            return kind;
        }
        self.error("YAML_TAG", format!("`{text}` is not !!{name}"), span, "leave the tag out");
        as_text()
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Stop> {
        let Some(anchored) = self.anchors.get(&anchor) else {
            self.error("YAML_ALIAS", "this alias stands inside its own anchor", span, "write the value out");
            return Err(Stop);
        };
        self.alias_nodes += anchored.nodes;
        if self.alias_nodes > ALIAS_NODES_MAX || self.stack.len() + anchored.depth > DEPTH_MAX {
            let message = format!("aliases expand to more than {ALIAS_NODES_MAX} values or {DEPTH_MAX} levels");
            self.error("YAML_ALIAS", message, span, "write the values out");
            return Err(Stop);
        }
        let node = anchored.node.clone();
        self.place(node, 0, None);
        Ok(())
    }

    fn awaits_key(&self) -> bool {
        matches!(self.stack.last(), Some(Frame { items: Items::Mapping(mapping), .. }) if mapping.key.is_none())
    }

    /// Puts a finished node where the document has it.
    fn place(&mut self, node: Node, anchor: usize, merge: Option<Span>) {
        if anchor != 0 {
            let (nodes, depth) = extent(&node);
            self.anchors.insert(anchor, Anchored { node: node.clone(), nodes, depth });
        }
        let Some(frame) = self.stack.last_mut() else {
            self.root.get_or_insert(node);
            return;
        };
        let mapping = match &mut frame.items {
            Items::Sequence(items) => return items.push(node),
            Items::Mapping(mapping) => mapping,
        };
        match mapping.key.take() {
            None => {
                let (key, diagnostic) = match merge {
                    Some(span) => (PendingKey::Merge(span), None),
                    None => pending_key(&node, self.places.slice(node.span)),
                };
                mapping.key = Some(key);
                if let Some(diagnostic) = diagnostic {
                    self.report(diagnostic);
                }
            }
            Some(PendingKey::Refused) => {}
            Some(PendingKey::Merge(span)) => {
                if let Some(diagnostic) = mapping.merge(node, span) {
                    self.report(diagnostic);
                }
            }
            Some(PendingKey::Name(key)) => {
                if let Some((span, first)) = mapping.insert(key, node) {
                    self.duplicate(span, first);
                }
            }
        }
    }

    fn duplicate(&mut self, span: Span, first: Span) {
        // Counting lines costs the length of the file: not for complaints that nobody will see.
        if !self.has_room(Severity::Error) {
            return;
        }
        let message = format!("the key `{}` is here twice", self.places.slice(span));
        let help = format!("the first stands in line {}: keep one of them", self.places.line(first.start));
        self.error("YAML_DUPLICATE_KEY", message, span, help);
    }
}

impl Mapping {
    /// Adds an entry; of a duplicate it gives the place and that of the first.
    fn insert(&mut self, key: Key, node: Node) -> Option<(Span, Span)> {
        match self.index.get(&key.name).copied() {
            None => {
                self.index.insert(key.name.clone(), (self.entries.len(), false));
                self.entries.push((key, node));
                None
            }
            Some((at, true)) => {
                self.index.insert(key.name.clone(), (at, false));
                self.entries[at] = (key, node);
                None
            }
            Some((at, false)) => Some((key.span, self.entries[at].0.span)),
        }
    }

    /// Merges a mapping or a sequence of them; what is there already stays, as js-yaml does it.
    fn merge(&mut self, node: Node, span: Span) -> Option<Diagnostic> {
        let mappings = match node.kind {
            NodeKind::Array(items) => items,
            _ => vec![node],
        };
        for mapping in mappings {
            let NodeKind::Object(entries) = mapping.kind else {
                let message = format!("`<<` merges mappings, and this is {}", mapping.kind_name());
                let help =
                    "give it an alias of a mapping: `<<: *name`; as a key of yours write it in quotes".to_owned();
                return Some(diagnostic(Severity::Error, "YAML_MERGE", message, span, Some(help)));
            };
            for (key, node) in entries {
                if !self.index.contains_key(&key.name) {
                    self.index.insert(key.name.clone(), (self.entries.len(), true));
                    self.entries.push((key, node));
                }
            }
        }
        None
    }
}

/// The name that a scalar key gives, as JavaScript writes it.
fn pending_key(node: &Node, written: &str) -> (PendingKey, Option<Diagnostic>) {
    let name = match &node.kind {
        NodeKind::String(text) => text.clone(),
        NodeKind::Null => "null".to_owned(),
        NodeKind::Bool(flag) => flag.to_string(),
        NodeKind::Number(number) => number.to_string(),
        NodeKind::Array(_) | NodeKind::Object(_) => {
            let message = format!("a key must be a text, and this is {}", node.kind_name());
            let help = "a value that starts with { or [ needs quotes to be a text".to_owned();
            let diagnostic = diagnostic(Severity::Error, "YAML_KEY", message, node.span, Some(help));
            return (PendingKey::Refused, Some(diagnostic));
        }
    };
    let changed = node.as_str().is_none() && name != written;
    let diagnostic = changed.then(|| {
        let message = format!("the key `{written}` is read as `{name}`");
        diagnostic(
            Severity::Warning,
            "YAML_KEY",
            message,
            node.span,
            Some(format!("write \"{name}\" or \"{written}\"")),
        )
    });
    (PendingKey::Name(Key { name, span: node.span }), diagnostic)
}

/// How many nodes hang together here, and how many levels of collections they have.
fn extent(node: &Node) -> (usize, usize) {
    let inner: Vec<&Node> = match &node.kind {
        NodeKind::Array(items) => items.iter().collect(),
        NodeKind::Object(entries) => entries.iter().map(|(_, node)| node).collect(),
        _ => return (1, 0),
    };
    let join = |(nodes, depth): (usize, usize), (more, level): (usize, usize)| (nodes + more, depth.max(level));
    let (nodes, depth) = inner.into_iter().map(extent).fold((1, 0), join);
    (nodes, depth + 1)
}

fn trap_diagnostic(trap: &Trap, word: &str, kind: &NodeKind, span: Span) -> Diagnostic {
    let value = match kind {
        NodeKind::Number(number) => number.to_string(),
        _ => String::new(),
    };
    let (severity, code, message, help) = match trap {
        Trap::BooleanWord(flag) => (
            Severity::Warning,
            "YAML_BOOLEAN_WORD",
            format!("`{word}` is the text \"{word}\" here, a boolean for other readers of YAML"),
            format!("write {flag} for the boolean, \"{word}\" for the text"),
        ),
        Trap::LeadingZero => (
            Severity::Warning,
            "YAML_LEADING_ZERO",
            format!("`{word}` is the number {value}: its zeros are lost, and older readers take it for octal"),
            format!("write \"{word}\" for the text, {value} for the number, 0o… for octal"),
        ),
        Trap::Underscore => (
            Severity::Warning,
            "YAML_UNDERSCORE",
            format!("`{word}` is the number {value}"),
            format!("write {value}, or \"{word}\" for the text"),
        ),
        Trap::Inexact => (
            Severity::Warning,
            "YAML_LARGE_NUMBER",
            format!("`{word}` is too large to be exact everywhere: JavaScript keeps 53 bits"),
            format!("write \"{word}\" for the text"),
        ),
        Trap::NotJson => (
            Severity::Error,
            "YAML_NOT_JSON",
            format!("`{word}` is no number that JSON can hold"),
            format!("write \"{word}\" for the text"),
        ),
    };
    diagnostic(severity, code, message, span, Some(help))
}
