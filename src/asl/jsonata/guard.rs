//! Rewrites an expression so that nothing in it makes more than its bounds allow, and so that its time is that of the
//! evaluation.
//!
//! The evaluator bounds time, depth and sequences itself, but neither texts nor copies: `$pad('x', 2e9)`, a text that is
//! joined with itself forty times, or `$uppercase` of a long text for each of many items would take all memory. So what
//! makes them is wrapped in functions of ours, and what makes a whole from two parts has the larger part looked at first.
//! `$now()` becomes `$fromMillis($millis())`, `$millis` being ours.

use jsonata_core::ast::{AstNode, BinaryOp, PathStep, Stage};

use crate::asl::jsonata::functions::{BOUNDED, CALLABLE, COPIED, LENGTH, LIMIT, MATCHES, PICTURE, SEPARATOR};

/// JSONata's functions that make texts, and how many arguments they take as values.
const TEXTS: &[(&str, usize)] = &[
    ("base64decode", 1),
    ("base64encode", 1),
    ("decodeUrl", 1),
    ("decodeUrlComponent", 1),
    ("encodeUrl", 1),
    ("encodeUrlComponent", 1),
    ("formatBase", 2),
    ("formatInteger", 2),
    ("formatNumber", 3),
    ("fromMillis", 3),
    ("join", 2),
    ("lowercase", 1),
    ("match", 3),
    ("pad", 3),
    ("replace", 4),
    ("split", 3),
    ("string", 1),
    ("substring", 3),
    ("substringAfter", 2),
    ("substringBefore", 2),
    ("toMillis", 2),
    ("trim", 1),
    ("uppercase", 1),
];

/// Those that copy lists.
const COPIES: &[(&str, usize)] =
    &[("append", 2), ("distinct", 1), ("keys", 1), ("reverse", 1), ("shuffle", 1), ("spread", 1)];

/// A name that no expression can write, for a value that is needed twice.
const HELD: &str = "#held";

/// Whether a name is one of the functions that are rewritten, so that a variable of this name changes what is to be done.
pub(super) fn is_rewritten(name: &str) -> bool {
    name == "now" || arity(name).is_some()
}

fn arity(name: &str) -> Option<usize> {
    TEXTS.iter().chain(COPIES).find(|(known, _)| *known == name).map(|(_, arity)| *arity)
}

/// Rewrites a whole expression. Names that `is_taken` are variables, not JSONata's functions.
pub(super) fn guard(node: &mut AstNode, is_taken: &dyn Fn(&str) -> bool) {
    apply(node, is_taken);
    children(node, &mut |child| guard(child, is_taken));
    match node {
        AstNode::Binary { op: BinaryOp::Concatenate, .. } => wrap(node, BOUNDED),
        AstNode::Function { name, .. } | AstNode::Variable(name) if !is_rewritten(name) || is_taken(name) => {}
        // A name without its `$`.
        AstNode::Function { is_builtin: false, .. } => {}
        AstNode::Function { args, .. } if args.iter().any(|arg| matches!(arg, AstNode::Placeholder)) => partial(node),
        AstNode::Function { .. } => bound(node),
        AstNode::Variable(name) => {
            let name = name.clone();
            *node = lambda(arity(&name).unwrap_or_default(), |args| call_within_bounds(&name, args));
        }
        _ => {}
    }
}

/// `a ~> $f(b)` is `$f(a, b)`.
fn apply(node: &mut AstNode, is_taken: &dyn Fn(&str) -> bool) {
    let AstNode::Binary { op: BinaryOp::ChainPipe, lhs, rhs } = node else { return };
    let AstNode::Function { name, args, is_builtin: true } = rhs.as_mut() else { return };
    if arity(name).is_none() || is_taken(name) || args.iter().any(|arg| matches!(arg, AstNode::Placeholder)) {
        return;
    }
    args.insert(0, std::mem::replace(lhs.as_mut(), AstNode::Null));
    *node = std::mem::replace(rhs.as_mut(), AstNode::Null);
}

/// `$f(?, a)` is a function of what is left open.
fn partial(node: &mut AstNode) {
    let AstNode::Function { name, args, .. } = node else { return };
    let (name, given) = (name.clone(), std::mem::take(args));
    let open = given.iter().filter(|arg| matches!(arg, AstNode::Placeholder)).count();
    *node = lambda(open, |left| {
        let mut left = left.into_iter();
        let fill = |arg| if matches!(arg, AstNode::Placeholder) { left.next().unwrap_or(AstNode::Null) } else { arg };
        call_within_bounds(&name, given.into_iter().map(fill).collect())
    });
}

fn call_within_bounds(name: &str, args: Vec<AstNode>) -> AstNode {
    let mut node = call(name, args);
    bound(&mut node);
    node
}

/// Bounds a call of one of JSONata's functions: what it is given, where that decides how much it makes, and what it makes.
fn bound(node: &mut AstNode) {
    let AstNode::Function { name, args, .. } = node else { return };
    if name == "now" {
        args.insert(0, call("millis", Vec::new()));
        "fromMillis".clone_into(name);
    }
    let result = if COPIES.iter().any(|(copies, _)| copies == name) { COPIED } else { BOUNDED };
    match (name.as_str(), args.len()) {
        ("pad", _) => args.iter_mut().for_each(|arg| wrap(arg, LENGTH)),
        ("string", _) => args.iter_mut().for_each(|arg| wrap(arg, BOUNDED)),
        ("fromMillis" | "toMillis", 2..) => wrap(&mut args[1], PICTURE),
        ("match", 2) => args.push(call(MATCHES, Vec::new())),
        ("match", 3) => wrap(&mut args[2], MATCHES),
        ("join", 2) => {
            let list = hold(&mut args[0]);
            let separator = std::mem::replace(&mut args[1], AstNode::Null);
            args[1] = call(SEPARATOR, vec![separator, AstNode::Variable(HELD.to_owned())]);
            return enclose(node, list, result);
        }
        ("replace", 3 | 4) => {
            let mut limit = vec![AstNode::Variable(HELD.to_owned())];
            limit.extend(args.drain(3..));
            let replacement = hold(&mut args[2]);
            args[2] = bounded_callable();
            args.push(call(LIMIT, limit));
            return enclose(node, replacement, result);
        }
        _ => {}
    }
    wrap(node, result);
}

/// Leaves the name of what it takes.
fn hold(arg: &mut AstNode) -> AstNode {
    std::mem::replace(arg, AstNode::Variable(HELD.to_owned()))
}

/// `(#held := value; node)`
fn enclose(node: &mut AstNode, value: AstNode, result: &str) {
    let held = Box::new(AstNode::Variable(HELD.to_owned()));
    let binding = AstNode::Binary { op: BinaryOp::ColonEqual, lhs: held, rhs: Box::new(value) };
    let mut inner = std::mem::replace(node, AstNode::Null);
    wrap(&mut inner, result);
    *node = AstNode::Block(vec![binding, inner]);
}

/// What is held, and where that is a function, one that makes no more than it may.
fn bounded_callable() -> AstNode {
    let held = || AstNode::Variable(HELD.to_owned());
    let bounded = lambda(1, |args| call(BOUNDED, vec![AstNode::Call { procedure: Box::new(held()), args }]));
    AstNode::Conditional {
        condition: Box::new(call(CALLABLE, vec![held()])),
        then_branch: Box::new(bounded),
        else_branch: Some(Box::new(held())),
    }
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
