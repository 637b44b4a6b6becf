//! The first pass: which scopes and states there are, and their ids. Complains about nothing.

use std::collections::HashMap;

use crate::asl::pointer::Name;
use crate::asl::program::{QueryLanguage, ScopeId, StateId};
use crate::asl::syntax::{Key, Node, NodeKind, Span};

/// Every scope and state of a definition; ids are indexes here, as they will be in the program.
///
/// Ids follow the text: a state comes before the states within it, and those before its next neighbour.
#[derive(Debug, Default)]
pub(super) struct Survey<'n> {
    pub(super) scopes: Vec<ScopeSite<'n>>,
    pub(super) states: Vec<StateSite<'n>>,
    names: HashMap<&'n str, StateId>,
    /// The machine's `QueryLanguage` is `JSONata`.
    pub(super) jsonata: bool,
}

/// A machine, branch or processor.
#[derive(Debug)]
pub(super) struct ScopeSite<'n> {
    pub(super) id: ScopeId,
    pub(super) role: Role,
    pub(super) node: &'n Node,
    /// The state that holds it.
    pub(super) owner: Option<StateId>,
    /// Its own states, by name.
    pub(super) states: HashMap<&'n str, StateId>,
    /// Them in the order of the text.
    order: Vec<StateId>,
}

/// Which fields a scope may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Machine,
    /// By its place among the branches.
    Branch(usize),
    /// By the field that holds it.
    Processor(&'static str),
}

/// A state.
#[derive(Debug)]
pub(super) struct StateSite<'n> {
    pub(super) id: StateId,
    pub(super) key: &'n Key,
    pub(super) node: &'n Node,
    pub(super) scope: ScopeId,
    /// The scopes within it: a Parallel's branches in order, a Map's processor.
    pub(super) inner: Vec<ScopeId>,
}

impl StateSite<'_> {
    /// In which language its expressions are written: its own, else the machine's.
    pub(super) fn language(&self, survey: &Survey) -> QueryLanguage {
        let own = self.node.get("QueryLanguage").and_then(Node::as_str);
        if survey.jsonata || own == Some("JSONata") { QueryLanguage::Jsonata } else { QueryLanguage::JsonPath }
    }

    /// Whether its `Type` says so.
    pub(super) fn is(&self, type_name: &str) -> bool {
        self.node.get("Type").and_then(Node::as_str) == Some(type_name)
    }
}

impl<'n> Survey<'n> {
    pub(super) fn of(definition: &'n Node) -> Self {
        let language = definition.get("QueryLanguage").and_then(Node::as_str);
        let mut survey = Self { jsonata: language == Some("JSONata"), ..Self::default() };
        survey.scope(Role::Machine, definition, None);
        survey
    }

    /// The first state called `name`, in any scope.
    pub(super) fn anywhere(&self, name: &str) -> Option<&StateSite<'n>> {
        self.names.get(name).map(|id| self.state(*id))
    }

    /// The states of a scope, in the order of the text.
    pub(super) fn of_scope(&self, scope: &ScopeSite) -> impl Iterator<Item = &StateSite<'n>> {
        scope.order.iter().map(|id| self.state(*id))
    }

    pub(super) fn state(&self, id: StateId) -> &StateSite<'n> {
        &self.states[id.0 as usize]
    }

    pub(super) fn scope_of(&self, id: ScopeId) -> &ScopeSite<'n> {
        &self.scopes[id.0 as usize]
    }

    /// Where a state stands. Written anew each time: kept, the names on the way to every state would be many times the
    /// definition.
    pub(super) fn state_pointer(&self, id: StateId) -> String {
        let mut pointer = String::new();
        self.write_state(id, &mut pointer);
        pointer
    }

    /// Where a scope stands; empty for the machine.
    pub(super) fn scope_pointer(&self, id: ScopeId) -> String {
        let mut pointer = String::new();
        self.write_scope(id, &mut pointer);
        pointer
    }

    fn write_state(&self, id: StateId, into: &mut String) {
        let site = self.state(id);
        self.write_scope(site.scope, into);
        into.extend(["/States/", &Name(&site.key.name).to_string()]);
    }

    fn write_scope(&self, id: ScopeId, into: &mut String) {
        let site = self.scope_of(id);
        if let Some(owner) = site.owner {
            self.write_state(owner, into);
        }
        match site.role {
            Role::Machine => {}
            Role::Branch(at) => into.extend(["/Branches[", &at.to_string(), "]"]),
            Role::Processor(field) => into.extend(["/", field]),
        }
    }

    fn scope(&mut self, role: Role, node: &'n Node, owner: Option<StateId>) -> ScopeId {
        let id = ScopeId(count(self.scopes.len()));
        let states = node.get("States").and_then(Node::entries).unwrap_or_default();
        self.scopes.push(ScopeSite { id, role, node, owner, states: HashMap::new(), order: Vec::new() });
        for (key, state) in states {
            let state = self.enter(id, key, state);
            let scope = &mut self.scopes[id.0 as usize];
            scope.states.insert(&key.name, state);
            scope.order.push(state);
        }
        id
    }

    fn enter(&mut self, scope: ScopeId, key: &'n Key, node: &'n Node) -> StateId {
        let id = StateId(count(self.states.len()));
        self.names.entry(&key.name).or_insert(id);
        self.states.push(StateSite { id, key, node, scope, inner: Vec::new() });
        let inner: Vec<ScopeId> = match node.get("Type").and_then(Node::as_str) {
            Some("Parallel") => {
                let branches = node.get("Branches").and_then(Node::items).unwrap_or_default().iter().enumerate();
                branches.map(|(at, branch)| self.scope(Role::Branch(at), branch, Some(id))).collect()
            }
            Some("Map") => {
                let name = if node.get("ItemProcessor").is_some() { "ItemProcessor" } else { "Iterator" };
                let processor = node.get(name).into_iter();
                processor.map(|processor| self.scope(Role::Processor(name), processor, Some(id))).collect()
            }
            _ => Vec::new(),
        };
        self.states[id.0 as usize].inner = inner;
        id
    }
}

fn count(length: usize) -> u32 {
    u32::try_from(length).expect("a text under 4 GiB holds fewer than 2^32 states")
}

/// Where to point at what a value lacks: at its first byte, or at the whole word that begins with a letter of several.
pub(super) fn opening(node: &Node) -> Span {
    let word = match &node.kind {
        // In YAML a mapping begins with its first key.
        NodeKind::Object(entries) => entries.first().map(|(key, _)| (&key.name, key.span)),
        NodeKind::String(text) => Some((text, node.span)),
        _ => None,
    };
    let is_wide =
        |(text, span): &(&String, Span)| span.start == node.span.start && !text.starts_with(|c: char| c.is_ascii());
    match word.filter(is_wide) {
        Some((_, span)) => span,
        None => Span { end: node.span.end.min(node.span.start + 1), ..node.span },
    }
}
