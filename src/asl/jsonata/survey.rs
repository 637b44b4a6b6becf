//! What an expression reads, told from its text alone.

use std::collections::BTreeSet;

use jsonata_core::ast::{AstNode, BinaryOp, PathStep, Stage};

/// What JSONata and AWS call functions: as values they are no variables.
const FUNCTIONS: &[&str] = &[
    "abs",
    "append",
    "assert",
    "average",
    "base64decode",
    "base64encode",
    "boolean",
    "ceil",
    "clone",
    "contains",
    "count",
    "decodeUrl",
    "decodeUrlComponent",
    "distinct",
    "each",
    "encodeUrl",
    "encodeUrlComponent",
    "error",
    "eval",
    "exists",
    "filter",
    "floor",
    "formatBase",
    "formatInteger",
    "formatNumber",
    "fromMillis",
    "hash",
    "join",
    "keys",
    "length",
    "lookup",
    "lowercase",
    "map",
    "match",
    "max",
    "merge",
    "millis",
    "min",
    "not",
    "now",
    "number",
    "pad",
    "parse",
    "parseInteger",
    "partition",
    "power",
    "random",
    "range",
    "reduce",
    "replace",
    "reverse",
    "round",
    "shuffle",
    "sift",
    "single",
    "sort",
    "split",
    "spread",
    "sqrt",
    "string",
    "substring",
    "substringAfter",
    "substringBefore",
    "sum",
    "toMillis",
    "trim",
    "type",
    "uppercase",
    "uuid",
    "zip",
];

/// What an expression reads.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// The names of variables that are not its own, `states` apart.
    pub(super) variables: BTreeSet<String>,
    /// The names behind `$states`, of every place that reads it: `[]` for `$states` itself, `["input", "a"]`, …
    pub(super) states: Vec<Vec<String>>,
    /// The first name that stands where nothing is there to have it.
    pub(super) unsupported: Option<String>,
    /// Names that it gives values to itself.
    pub(super) own: BTreeSet<String>,
    /// The functions that it calls or names.
    pub(super) functions: Vec<String>,
}

impl Survey {
    pub(super) fn of(node: &AstNode) -> Self {
        let mut walk = Walk { survey: Self::default(), bound: Vec::new() };
        walk.node(node, false);
        walk.survey
    }
}

struct Walk {
    survey: Survey,
    /// Names that are visible, innermost last.
    bound: Vec<String>,
}

impl Walk {
    /// `item`: whether there is a context item, which names without `$` are looked up in.
    fn node(&mut self, node: &AstNode, item: bool) {
        match node {
            AstNode::Name(name) if !item => self.refuse(name),
            AstNode::ParentVariable(_) => self.refuse("$$"),
            AstNode::Variable(name) => self.variable(name, &[], item),
            AstNode::Path { steps } => self.path(steps, item),
            AstNode::Binary { op: BinaryOp::ColonEqual, lhs, rhs } => self.assignment(lhs, rhs, item),
            AstNode::Binary { lhs, rhs, .. } => {
                self.node(lhs, item);
                self.node(rhs, item);
            }
            AstNode::Lambda { params, body, .. } => self.scope(|walk| {
                for param in params {
                    walk.bind(param);
                }
                walk.node(body, item);
            }),
            AstNode::Block(items) => self.scope(|walk| items.iter().for_each(|node| walk.node(node, item))),
            AstNode::Unary { operand, .. } => self.node(operand, item),
            AstNode::Function { name, args, .. } => {
                self.survey.functions.push(name.clone());
                self.all(args, item);
            }
            AstNode::Call { procedure, args } => {
                self.node(procedure, item);
                self.all(args, item);
            }
            AstNode::Array(items) | AstNode::ArrayGroup(items) => self.all(items, item),
            AstNode::Object(pairs) => self.pairs(pairs, item),
            AstNode::ObjectTransform { input, pattern } => {
                self.node(input, item);
                self.pairs(pattern, true);
            }
            AstNode::Conditional { condition, then_branch, else_branch } => {
                self.node(condition, item);
                self.node(then_branch, item);
                if let Some(branch) = else_branch {
                    self.node(branch, item);
                }
            }
            AstNode::FunctionApplication(inner) => self.node(inner, item),
            AstNode::Sort { input, terms } => {
                self.node(input, item);
                for (term, _) in terms {
                    self.node(term, true);
                }
            }
            AstNode::Transform { location, update, delete } => {
                self.node(location, true);
                self.node(update, true);
                if let Some(delete) = delete {
                    self.node(delete, true);
                }
            }
            _ => {}
        }
    }

    fn path(&mut self, steps: &[PathStep], item: bool) {
        let names: Vec<&str> = steps.iter().skip(1).map_while(plain_name).collect();
        self.scope(|walk| {
            for (place, step) in steps.iter().enumerate() {
                match &step.node {
                    AstNode::Variable(name) if place == 0 && step.stages.is_empty() => {
                        walk.variable(name, &names, item);
                    }
                    node => walk.node(node, item || place > 0),
                }
                [&step.focus, &step.index_var].into_iter().flatten().for_each(|name| walk.bind(name));
                for stage in &step.stages {
                    match stage {
                        Stage::Filter(filter) => walk.node(filter, true),
                        Stage::Index(name) => walk.bind(name),
                        Stage::KeepArray => {}
                    }
                }
            }
        });
    }

    fn assignment(&mut self, name: &AstNode, value: &AstNode, item: bool) {
        let AstNode::Variable(name) = name else { return self.node(value, item) };
        let recursive = matches!(value, AstNode::Lambda { .. });
        if recursive {
            self.bind(name);
        }
        self.node(value, item);
        if !recursive {
            self.bind(name);
        }
    }

    fn variable(&mut self, name: &str, names: &[&str], item: bool) {
        if name.is_empty() || name == "$" {
            if !item {
                self.refuse(if name.is_empty() { "$" } else { "$$" });
            }
        } else if self.bound.iter().any(|bound| bound == name) {
        } else if name == "states" {
            self.survey.states.push(names.iter().map(|name| (*name).to_owned()).collect());
        } else if is_function(name) {
            self.survey.functions.push(name.to_owned());
        } else {
            self.survey.variables.insert(name.to_owned());
        }
    }

    fn all(&mut self, nodes: &[AstNode], item: bool) {
        for node in nodes {
            self.node(node, item);
        }
    }

    fn pairs(&mut self, pairs: &[(AstNode, AstNode)], item: bool) {
        for (key, value) in pairs {
            self.node(key, item);
            self.node(value, item);
        }
    }

    fn scope(&mut self, within: impl FnOnce(&mut Self)) {
        let visible = self.bound.len();
        within(self);
        self.bound.truncate(visible);
    }

    fn bind(&mut self, name: &str) {
        self.bound.push(name.to_owned());
        self.survey.own.insert(name.to_owned());
    }

    fn refuse(&mut self, name: &str) {
        self.survey.unsupported.get_or_insert_with(|| name.to_owned());
    }
}

/// The name of a step that is nothing but a name.
pub(super) fn plain_name(step: &PathStep) -> Option<&str> {
    match &step.node {
        AstNode::Name(name) if is_plain(step) => Some(name),
        _ => None,
    }
}

/// Whether a step has nothing but its node.
pub(super) fn is_plain(step: &PathStep) -> bool {
    step.stages.is_empty() && step.focus.is_none() && step.index_var.is_none() && !step.is_tuple && !step.inner_tuple
}

/// Whether JSONata or AWS has a function of this name.
pub(super) fn is_function(name: &str) -> bool {
    FUNCTIONS.contains(&name)
}
