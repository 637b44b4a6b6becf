//! Text → tree: JSON and YAML documents as [`Node`]s that remember where they stood.
//!
//! Owns: source files, spans, the tree. Must not know: what a state machine or a serverless.yml is.

pub mod json;
pub mod yaml;

use std::sync::Arc;

/// One file (or piece of text) that was read.
#[derive(Debug, Clone)]
pub struct Source {
    /// What a person calls it: the path as they gave it, or `<definition>`.
    pub name: Arc<str>,
    /// The whole text.
    pub text: Arc<str>,
}

/// All texts of one load; a [`Span`] names one of them by its place here.
#[derive(Debug, Clone, Default)]
pub struct Sources(Vec<Source>);

/// The place of a [`Source`] in its [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct SourceId(u32);

impl Sources {
    /// Adds a text and returns its id.
    pub fn add(&mut self, name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> SourceId {
        let id = SourceId(u32::try_from(self.0.len()).expect("fewer than 2^32 files are loaded"));
        self.0.push(Source { name: name.into(), text: text.into() });
        id
    }

    /// All texts, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = &Source> {
        self.0.iter()
    }

    /// The text of an id that [`Sources::add`] gave.
    #[must_use]
    pub fn get(&self, id: SourceId) -> &Source {
        &self.0[id.0 as usize]
    }
}

/// Bytes `start..end` of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span {
    /// Which text.
    pub source: SourceId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// A value and where it stood.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Where it stood; for a value that a variable brought in, where that value stands.
    pub span: Span,
    /// A YAML tag of CloudFormation's short forms, without its `!`: `GetAtt`, `Ref`, `Sub`, …
    pub tag: Option<Box<str>>,
}

/// What a [`Node`] is.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeKind {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number, as precise as JSON's parser keeps it.
    Number(serde_json::Number),
    /// A text.
    String(String),
    /// A sequence.
    Array(Vec<Node>),
    /// A mapping, in the order of the text, keys unique.
    Object(Vec<(Key, Node)>),
}

/// A key of an object and where it stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The key.
    pub name: String,
    /// Where it stood.
    pub span: Span,
}

impl Node {
    /// The value under `name`, when this is an object that has it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.entry(name).map(|(_, node)| node)
    }

    /// The key and value under `name`, when this is an object that has it.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<(&Key, &Self)> {
        let entries = self.entries()?;
        entries.iter().find(|(key, _)| key.name == name).map(|(key, node)| (key, node))
    }

    /// The entries, when this is an object.
    #[must_use]
    pub fn entries(&self) -> Option<&[(Key, Self)]> {
        match &self.kind {
            NodeKind::Object(entries) => Some(entries),
            _ => None,
        }
    }

    /// The items, when this is an array.
    #[must_use]
    pub fn items(&self) -> Option<&[Self]> {
        match &self.kind {
            NodeKind::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The text, when this is a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::String(text) => Some(text),
            _ => None,
        }
    }

    /// What a person calls this kind of value, with its article: `a string`, `an object`, …
    #[must_use]
    pub fn kind_name(&self) -> &'static str {
        match &self.kind {
            NodeKind::Null => "null",
            NodeKind::Bool(_) => "a boolean",
            NodeKind::Number(_) => "a number",
            NodeKind::String(_) => "a string",
            NodeKind::Array(_) => "an array",
            NodeKind::Object(_) => "an object",
        }
    }

    /// The value without its places and tags.
    #[must_use]
    pub fn to_value(&self) -> serde_json::Value {
        use serde_json::Value;
        match &self.kind {
            NodeKind::Null => Value::Null,
            NodeKind::Bool(flag) => Value::Bool(*flag),
            NodeKind::Number(number) => Value::Number(number.clone()),
            NodeKind::String(text) => Value::String(text.clone()),
            NodeKind::Array(items) => items.iter().map(Self::to_value).collect(),
            NodeKind::Object(entries) => {
                Value::Object(entries.iter().map(|(key, node)| (key.name.clone(), node.to_value())).collect())
            }
        }
    }
}
