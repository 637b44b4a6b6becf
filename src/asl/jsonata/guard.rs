//! Rewrites an expression so that nothing in it makes more than its bounds allow, and so that its time is that of the
//! evaluation.
//!
//! The evaluator bounds time, depth and sequences itself, but not texts: `$pad('x', 2e9)` and a text that is joined with
//! itself forty times would take all memory. So what makes texts is wrapped in functions of ours. `$now()` becomes
//! `$fromMillis($millis())`, `$millis` being ours.

use jsonata_core::ast::{AstNode, BinaryOp, PathStep, Stage};

use crate::asl::jsonata::functions::{BOUNDED, LENGTH};

/// JSONata's functions whose result may be far larger than what they are given, and how many arguments they take as values.
const GROWING: &[(&str, usize)] = &[("pad", 3), ("join", 2), ("string", 1), ("replace", 4)];

/// Whether a name is one of the functions that are rewritten, so that a variable of this name changes what is to be done.
pub(super) fn is_rewritten(name: &str) -> bool {
    name == "now" || is_growing(name)
}

/// Rewrites a whole expression. Names that `is_taken` are variables, not JSONata's functions.
pub(super) fn guard(node: &mut AstNode, is_taken: &dyn Fn(&str) -> bool) {
    children(node, &mut |child| guard(child, is_taken));
    match node {
        AstNode::Binary { op: BinaryOp::Concatenate, .. } => wrap(node, BOUNDED),
        AstNode::Function { name, .. } | AstNode::Variable(name) if !is_rewritten(name) || is_taken(name) => {}
        AstNode::Function { name, args, .. } if name == "now" => {
            args.insert(0, call("millis", Vec::new()));
            "fromMillis".clone_into(name);
        }
        AstNode::Function { name, args, .. } => {
            let bound = bound_of(name);
            for arg in args {
                wrap(arg, bound);
            }
        }
        AstNode::Variable(name) => {
            let arity = GROWING.iter().find(|(growing, _)| growing == name).map_or(0, |(_, arity)| *arity);
            let name = name.clone();
            *node = lambda(arity, |args| match arity {
                0 => call("fromMillis", vec![call("millis", Vec::new())]),
                _ => call(&name, args.into_iter().map(|arg| call(bound_of(&name), vec![arg])).collect()),
            });
        }
        _ => {}
    }
}

fn bound_of(name: &str) -> &'static str {
    if name == "pad" { LENGTH } else { BOUNDED }
}

fn is_growing(name: &str) -> bool {
    GROWING.iter().any(|(growing, _)| *growing == name)
}

fn wrap(node: &mut AstNode, function: &str) {
    if !matches!(node, AstNode::Placeholder | AstNode::Lambda { .. } | AstNode::Regex { .. }) {
        let inner = std::mem::replace(node, AstNode::Null);
        *node = call(function, vec![inner]);
    }
}

fn call(name: &str, args: Vec<AstNode>) -> AstNode {
    AstNode::Function { name: name.to_owned(), args, is_builtin: true }
}

fn lambda(arity: usize, body: impl FnOnce(Vec<AstNode>) -> AstNode) -> AstNode {
    let params: Vec<String> = (0..arity).map(|place| format!("#{place}")).collect();
    let body = body(params.iter().cloned().map(AstNode::Variable).collect());
    AstNode::Lambda { params, body: Box::new(body), signature: None, thunk: false }
}

/// Visits what stands directly in a node.
pub(super) fn children(node: &mut AstNode, visit: &mut dyn FnMut(&mut AstNode)) {
    match node {
        AstNode::Path { steps } => steps.iter_mut().for_each(|step| in_step(step, visit)),
        // The left side of `:=` is a name, not a value.
        AstNode::Binary { op: BinaryOp::ColonEqual, rhs, .. } => visit(rhs),
        AstNode::Binary { lhs, rhs, .. } => {
            visit(lhs);
            visit(rhs);
        }
        AstNode::Unary { operand, .. } => visit(operand),
        AstNode::Function { args, .. } => args.iter_mut().for_each(visit),
        AstNode::Call { procedure, args } => {
            visit(procedure);
            args.iter_mut().for_each(visit);
        }
        AstNode::Lambda { body, .. } => visit(body),
        AstNode::Array(items) | AstNode::ArrayGroup(items) | AstNode::Block(items) => items.iter_mut().for_each(visit),
        AstNode::Object(pairs) => in_pairs(pairs, visit),
        AstNode::ObjectTransform { input, pattern } => {
            visit(input);
            in_pairs(pattern, visit);
        }
        AstNode::Conditional { condition, then_branch, else_branch } => {
            visit(condition);
            visit(then_branch);
            if let Some(branch) = else_branch {
                visit(branch);
            }
        }
        AstNode::FunctionApplication(inner) => visit(inner),
        AstNode::Sort { input, terms } => {
            visit(input);
            for (term, _) in terms {
                visit(term);
            }
        }
        AstNode::Transform { location, update, delete } => {
            visit(location);
            visit(update);
            if let Some(delete) = delete {
                visit(delete);
            }
        }
        AstNode::String(_)
        | AstNode::Name(_)
        | AstNode::Number(_)
        | AstNode::Boolean(_)
        | AstNode::Null
        | AstNode::Undefined
        | AstNode::Placeholder
        | AstNode::Regex { .. }
        | AstNode::Variable(_)
        | AstNode::ParentVariable(_)
        | AstNode::Wildcard
        | AstNode::Descendant
        | AstNode::Parent(_) => {}
    }
}

fn in_step(step: &mut PathStep, visit: &mut dyn FnMut(&mut AstNode)) {
    visit(&mut step.node);
    for stage in &mut step.stages {
        if let Stage::Filter(filter) = stage {
            visit(filter);
        }
    }
}

fn in_pairs(pairs: &mut [(AstNode, AstNode)], visit: &mut dyn FnMut(&mut AstNode)) {
    for (key, value) in pairs {
        visit(key);
        visit(value);
    }
}
