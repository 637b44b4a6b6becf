//! `${…}`: the variables of the Serverless Framework, resolved over a whole document.
//!
//! Owns: which value a variable stands for, defaults, cycles, limits. Must not know: what the document is for.
//! Start reading at [`resolve`]; [`parse`] is the grammar, [`source`] looks values up.

mod parse;
mod source;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::asl::diagnostic::{Diagnostic, Severity, diagnostic};
use crate::asl::syntax::{Node, NodeKind, Sources, Span};
use crate::project::load::LoadOptions;
use crate::project::variables::parse::Part;

/// Variables that stand for variables, one inside the other.
const CHAIN_MAX: usize = 48;
/// Collections in collections, those that variables bring in counted where they end up.
const NESTING_MAX: usize = 300;
/// Values and bytes that all variables of a load may bring in: beyond, they multiply instead of describing.
const RESOLVED_MAX: usize = 8 << 20;
/// Complaints about variables; more are only added while none of them is an error.
const DIAGNOSTICS_MAX: usize = 1_000;
/// Files that `${file(…)}` may read in one load.
const FILES_MAX: usize = 256;

/// The parts of a service that iw102 reads; a variable elsewhere that has no value is a warning.
const READ: [&[&str]; 22] = [
    &["service"],
    &["provider", "stage"],
    &["provider", "region"],
    &["provider", "profile"],
    &["provider", "runtime"],
    &["provider", "environment"],
    &["provider", "timeout"],
    &["provider", "memorySize"],
    &["functions", "*", "handler"],
    &["functions", "*", "image"],
    &["functions", "*", "runtime"],
    &["functions", "*", "timeout"],
    &["functions", "*", "memorySize"],
    &["functions", "*", "environment"],
    &["functions", "*", "name"],
    &["custom", "iw102"],
    &["stepFunctions", "activities"],
    &["stepFunctions", "stateMachines", "*", "id"],
    &["stepFunctions", "stateMachines", "*", "name"],
    &["stepFunctions", "stateMachines", "*", "type"],
    &["stepFunctions", "stateMachines", "*", "tags"],
    &["stepFunctions", "stateMachines", "*", "definition"],
];

/// Resolves every variable of a document. `folder` is where `${file(…)}` starts.
pub(super) fn resolve(
    sources: &mut Sources,
    root: Node,
    folder: &Path,
    options: &LoadOptions,
) -> (Node, Vec<Diagnostic>) {
    let mut resolver = Resolver {
        sources,
        options,
        folder: folder.to_owned(),
        root: Rc::new(root),
        files: HashMap::new(),
        chain: Vec::new(),
        depth: 0,
        spent: 0,
        nesting: 0,
        diagnostics: Vec::new(),
        file_diagnostics: Vec::new(),
    };
    let root = Rc::clone(&resolver.root);
    let document = resolver.branch(&root, &mut Vec::new());
    resolver.diagnostics.append(&mut resolver.file_diagnostics);
    (document, resolver.diagnostics)
}

struct Resolver<'a> {
    sources: &'a mut Sources,
    options: &'a LoadOptions,
    folder: PathBuf,
    /// The document before anything is resolved.
    root: Rc<Node>,
    /// What was read; `None` where nothing is there.
    files: HashMap<PathBuf, Option<Rc<Node>>>,
    /// The addresses that are being resolved, to find cycles.
    chain: Vec<String>,
    depth: usize,
    spent: usize,
    nesting: usize,
    diagnostics: Vec<Diagnostic>,
    /// What is wrong with files that were read: as grave whoever reads them first.
    file_diagnostics: Vec<Diagnostic>,
}

/// A diagnostic has been written.
#[derive(Debug)]
struct Told;

/// Why a source has no value.
enum Miss {
    /// There is none: a default may stand in.
    Absent(Absence),
    /// It is broken, and that was said.
    Told,
}

/// What to say when no default stands in.
struct Absence {
    code: &'static str,
    message: String,
    help: Option<String>,
}

impl From<Told> for Miss {
    fn from(_: Told) -> Self {
        Self::Told
    }
}

impl Resolver<'_> {
    /// Resolves the document from its root, weighing complaints by whether anything reads what they are about.
    fn branch(&mut self, node: &Node, path: &mut Vec<String>) -> Node {
        if let NodeKind::Object(entries) = &node.kind {
            let entries = entries.iter().map(|(key, value)| {
                path.push(key.name.clone());
                let value = self.branch(value, path);
                path.pop();
                (key.clone(), value)
            });
            return Node { kind: NodeKind::Object(entries.collect()), span: node.span, tag: node.tag.clone() };
        }
        let before = self.diagnostics.len();
        let resolved = self.node(node).unwrap_or(Node { kind: NodeKind::Null, span: node.span, tag: None });
        if !is_read(path) {
            let said = self.diagnostics.split_off(before);
            let kept = said.into_iter().filter(|one| one.code != "VARIABLE_NEEDS_AWS");
            self.diagnostics.extend(kept.map(|one| Diagnostic { severity: Severity::Warning, ..one }));
        }
        resolved
    }

    /// Resolves a value and all that is in it. Only a broken text at its root is an error.
    fn node(&mut self, node: &Node) -> Result<Node, Told> {
        self.spend(1, node.span)?;
        if self.nesting >= NESTING_MAX {
            let message = format!("variables nest values more than {NESTING_MAX} deep");
            return Err(self.error("VARIABLE_LIMIT", message, node.span, None));
        }
        self.nesting += 1;
        let resolved = self.nested(node);
        self.nesting -= 1;
        resolved
    }

    fn nested(&mut self, node: &Node) -> Result<Node, Told> {
        let kind = match &node.kind {
            NodeKind::String(text) if parse::may_hold_variable(text) => return self.text(node, text),
            NodeKind::Array(items) => NodeKind::Array(items.iter().map(|item| self.inner(item)).collect()),
            NodeKind::Object(entries) => {
                NodeKind::Object(entries.iter().map(|(key, value)| (key.clone(), self.inner(value))).collect())
            }
            other => other.clone(),
        };
        Ok(Node { kind, span: node.span, tag: node.tag.clone() })
    }

    fn inner(&mut self, node: &Node) -> Node {
        self.node(node).unwrap_or(Node { kind: NodeKind::Null, span: node.span, tag: None })
    }

    /// A text that may hold variables: one variable alone gives its value as it is, others are written into the text.
    fn text(&mut self, node: &Node, text: &str) -> Result<Node, Told> {
        let parts = parse::parts(text);
        let base = self.base(node.span, text);
        if let [Part::Variable(inside, at)] = parts[..] {
            let value = self.variable(inside, place(node.span, base, at, inside))?;
            return Ok(Node { tag: node.tag.clone().or(value.tag), ..value });
        }
        let written = self.written(&parts, node.span, base)?;
        Ok(Node { kind: NodeKind::String(written), span: node.span, tag: node.tag.clone() })
    }

    /// Writes the parts of a text one after the other. Tries all of them, so that every complaint is heard. `base` is
    /// where the text stands in the file, when the file has it as it is.
    fn written(&mut self, parts: &[Part<'_>], span: Span, base: Option<usize>) -> Result<String, Told> {
        let mut written = String::new();
        let mut whole = true;
        for part in parts {
            let piece = match part {
                Part::Text(text) => Ok((*text).to_owned()),
                Part::Variable(inside, at) => {
                    let place = place(span, base, *at, inside);
                    self.variable(inside, place).and_then(|node| self.piece(&node, inside, place))
                }
                Part::Unclosed(rest) => {
                    let help = "close it with `}`, or write `\\${` for the text itself".to_owned();
                    let message = format!("the variable `{}` has no end", shorten(rest));
                    Err(self.error("VARIABLE_SYNTAX", message, span, Some(help)))
                }
            };
            match piece {
                Ok(piece) => written += &piece,
                Err(Told) => whole = false,
            }
        }
        if !whole {
            return Err(Told);
        }
        self.spend(written.len(), span)?;
        Ok(written)
    }

    /// A value as it is written into a text.
    fn piece(&mut self, node: &Node, inside: &str, span: Span) -> Result<String, Told> {
        match &node.kind {
            NodeKind::String(text) => Ok(text.clone()),
            NodeKind::Bool(flag) => Ok(flag.to_string()),
            NodeKind::Number(number) => Ok(number.to_string()),
            NodeKind::Null | NodeKind::Array(_) | NodeKind::Object(_) => {
                let message = format!("`${{{}}}` is {} and stands inside a text", shorten(inside), node.kind_name());
                let help = "let it stand alone, or name one of the values in it".to_owned();
                Err(self.error("VARIABLE_TYPE", message, span, Some(help)))
            }
        }
    }

    /// The value of what stands between `${` and `}`; a variable without one is an error.
    fn variable(&mut self, inside: &str, span: Span) -> Result<Node, Told> {
        match self.lookup(inside, span) {
            Ok(node) => Ok(node),
            Err(Miss::Told) => Err(Told),
            Err(Miss::Absent(absence)) => Err(self.error(absence.code, absence.message, span, absence.help)),
        }
    }

    /// The first source of a variable that has a value.
    fn lookup(&mut self, inside: &str, span: Span) -> Result<Node, Miss> {
        self.spend(16, span)?;
        if self.depth >= CHAIN_MAX {
            let message = format!("variables stand for variables more than {CHAIN_MAX} deep");
            return Err(self.error("VARIABLE_LIMIT", message, span, None).into());
        }
        self.depth += 1;
        let found = self.first(inside, span);
        self.depth -= 1;
        found
    }

    fn first(&mut self, inside: &str, span: Span) -> Result<Node, Miss> {
        let mut absence = None;
        for source in parse::sources(inside) {
            match self.source(source, span) {
                Err(Miss::Absent(why)) => {
                    absence.get_or_insert(why);
                }
                found => return found,
            }
        }
        let nothing = || Absence {
            code: "VARIABLE_SYNTAX",
            message: "this variable names no source".to_owned(),
            help: Some("write `${self:custom.name}`, `${opt:stage, 'dev'}` or `${env:NAME}`".to_owned()),
        };
        Err(Miss::Absent(absence.unwrap_or_else(nothing)))
    }

    /// Runs `resolve` with an address marked as being resolved; an address that waits for itself is an error.
    fn guarded<T>(
        &mut self,
        address: &str,
        span: Span,
        resolve: impl FnOnce(&mut Self) -> Result<T, Miss>,
    ) -> Result<T, Miss> {
        if let Some(first) = self.chain.iter().position(|one| one == address) {
            let chain = self.chain[first..].join(" → ");
            let message = format!("`{address}` stands for itself: {chain} → {address}");
            let help = "give one of them a value of its own".to_owned();
            return Err(self.error("VARIABLE_CYCLE", message, span, Some(help)).into());
        }
        self.chain.push(address.to_owned());
        let resolved = resolve(self);
        self.chain.pop();
        resolved
    }

    fn error(&mut self, code: &'static str, message: String, span: Span, help: Option<String>) -> Told {
        let one = diagnostic(Severity::Error, code, message, span, help);
        let room = self.diagnostics.len() < DIAGNOSTICS_MAX
            || !self.diagnostics.iter().any(|one| one.severity == Severity::Error);
        if room && !self.diagnostics.contains(&one) {
            self.diagnostics.push(one);
        }
        Told
    }

    fn spend(&mut self, cost: usize, span: Span) -> Result<(), Told> {
        let before = self.spent;
        self.spent = before.saturating_add(cost);
        if self.spent <= RESOLVED_MAX {
            return Ok(());
        }
        if before <= RESOLVED_MAX {
            let message = "the variables of this project bring in more than 8 MiB".to_owned();
            self.error("VARIABLE_LIMIT", message, span, Some("look for variables that repeat each other".to_owned()));
        }
        Err(Told)
    }

    /// Where a text starts in its file, when the file has it letter by letter.
    fn base(&self, span: Span, text: &str) -> Option<usize> {
        let file = &self.sources.get(span.source).text;
        let slice = file.get(span.start as usize..span.end as usize)?;
        Some(span.start as usize + slice.find(text)?)
    }
}

/// The place of a variable inside the text that holds it.
fn place(span: Span, base: Option<usize>, at: usize, inside: &str) -> Span {
    let start = base.and_then(|base| u32::try_from(base + at).ok());
    let length = u32::try_from(inside.len() + "${}".len()).ok();
    match start.zip(length) {
        Some((start, length)) => Span { start, end: start + length, ..span },
        None => span,
    }
}

/// Whether iw102 reads a part of a service, something in it, or something around it.
fn is_read(path: &[String]) -> bool {
    READ.iter().any(|read| read.iter().zip(path).all(|(want, have)| *want == "*" || want == have))
}

/// The beginning of a long text, for a message.
fn shorten(text: &str) -> String {
    let short: String = text.chars().take(60).collect();
    if short.len() < text.len() { short + "…" } else { short }
}
