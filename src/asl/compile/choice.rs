//! `Choice`: the state. Its rules are read beside the code that runs them, in [`crate::asl::choice`].

use super::Compiler;
use super::assign;
use super::fields::{Field, Fields};
use super::report::SCHEMA;
use super::state::{Type, foreign_field};
use super::survey::opening;
use crate::asl::choice::operator::{self, Operator};
use crate::asl::choice::{Comparison, Condition, Rule, Test};
use crate::asl::program::{Next, QueryLanguage, StateKind};
use crate::asl::syntax::Node;

pub(super) const TYPE: Type = Type {
    name: "Choice",
    fields: &["Choices", "Default"],
    jsonpath: &[],
    jsonata: &[],
    next: false,
    paths: true,
    assign: true,
    retry: false,
    read,
};

/// What a rule may have beside its operator.
const RULE: [&str; 3] = ["Variable", "Next", "Comment"];
const COMPOSED: [&str; 3] = ["And", "Or", "Not"];

/// Where to go when no rule matches.
pub(super) fn default(fields: &Fields, c: &mut Compiler) -> Option<Next> {
    match fields.get("Default") {
        Some(field) => c.target(&field).map(Next::State),
        None => Some(Next::NoChoiceMatched),
    }
}

fn read(fields: &Fields, c: &mut Compiler) -> Option<StateKind> {
    fields.require(&["Choices"], c);
    let choices = fields.get("Choices")?;
    let items = choices.items(c)?;
    if items.is_empty() {
        choices.wrong("'Choices' has no rule", c);
    }
    let rules: Vec<Option<Rule>> =
        items.iter().enumerate().map(|(at, item)| rule(item, &format!("{}[{at}]", choices.pointer), c)).collect();
    Some(StateKind::Choice { rules: rules.into_iter().collect::<Option<_>>()? })
}

fn rule(node: &Node, pointer: &str, c: &mut Compiler) -> Option<Rule> {
    let fields = Fields::of(node, pointer, opening(node), "a rule", c)?;
    fields.require(&["Next"], c);
    let next = fields.get("Next").and_then(|field| c.target(&field));
    let (condition, output) = match c.language {
        QueryLanguage::JsonPath => (condition(&fields, true, c), None),
        QueryLanguage::Jsonata => (jsonata(&fields, c), fields.filling("Output", c)),
    };
    let assign = assign::read(&fields, c);
    Some(Rule { condition: condition?, next: next?, assign, output })
}

/// The `Condition` of a rule in JSONata.
fn jsonata(fields: &Fields, c: &mut Compiler) -> Option<Condition> {
    const RULE: [&str; 5] = ["Condition", "Next", "Output", "Assign", "Comment"];
    fields.string("Comment", c);
    for (key, _) in fields.entries {
        let name = key.name.as_str();
        if name == "Variable" || COMPOSED.contains(&name) || operator::find(name).is_some() {
            foreign_field(fields, key, c);
        } else if !RULE.contains(&name) {
            fields.unknown(key, c).did_you_mean(name, RULE);
        }
    }
    fields.require(&["Condition"], c);
    let field = fields.get("Condition")?;
    if !field.is_computed(c) {
        field.boolean(c)?;
    }
    Some(Condition::Jsonata(field.jsonata(c)))
}

/// A comparison or a composition of such; only the rule itself has a `Next`.
fn condition(fields: &Fields, top: bool, c: &mut Compiler) -> Option<Condition> {
    fields.string("Comment", c);
    let mut operators: Vec<Field> = Vec::new();
    for (key, _) in fields.entries {
        match key.name.as_str() {
            "Next" if !top => {
                fields.unknown(key, c).help("only the outermost rule has a 'Next'");
            }
            "Condition" | "Output" => foreign_field(fields, key, c),
            "Assign" if top => {}
            name if RULE.contains(&name) => {}
            name if COMPOSED.contains(&name) || operator::find(name).is_some() => operators.extend(fields.get(name)),
            name => {
                fields.unknown(key, c).did_you_mean(name, COMPOSED.into_iter().chain(RULE).chain(operator::names()));
            }
        }
    }
    one_operator(fields, &operators, c)?;
    let operator = operators.first()?;
    match operator.key.name.as_str() {
        "And" => composed(operator, c).map(Condition::And),
        "Or" => composed(operator, c).map(Condition::Or),
        "Not" => {
            let inner = Fields::of(operator.node, &operator.pointer, opening(operator.node), "'Not'", c)?;
            condition(&inner, false, c).map(|inner| Condition::Not(Box::new(inner)))
        }
        name => comparison(fields, operator, operator::find(name)?, c),
    }
}

/// Complains unless there is exactly one operator.
fn one_operator(fields: &Fields, operators: &[Field], c: &mut Compiler) -> Option<()> {
    let known = |name: &str| RULE.contains(&name) || ["Assign", "Condition", "Output"].contains(&name);
    match operators {
        [_] => return Some(()),
        [] if fields.entries.iter().any(|(key, _)| !known(&key.name) || key.name == "Condition") => {
            // A misspelt or foreign operator has been told.
        }
        [] => c
            .error(SCHEMA, fields.place, &fields.pointer, "the rule has no comparison")
            .help("write one such as 'StringEquals', or 'And', 'Or', 'Not'"),
        [first, others @ ..] => {
            for other in others {
                let message = format!("the rule has two comparisons: '{}' and '{}'", first.key.name, other.key.name);
                c.error(SCHEMA, other.key.span, &other.pointer, message).help("put both into an 'And' or 'Or'");
            }
        }
    }
    None
}

fn composed(operator: &Field, c: &mut Compiler) -> Option<Vec<Condition>> {
    let items = operator.items(c)?;
    if items.is_empty() {
        operator.wrong(format!("'{}' has no rule", operator.key.name), c);
    }
    let conditions: Vec<Option<Condition>> = items
        .iter()
        .enumerate()
        .map(|(at, item)| {
            let fields = Fields::of(item, &format!("{}[{at}]", operator.pointer), opening(item), "a rule", c)?;
            condition(&fields, false, c)
        })
        .collect();
    conditions.into_iter().collect()
}

fn comparison(fields: &Fields, field: &Field, operator: Operator, c: &mut Compiler) -> Option<Condition> {
    fields.require(&["Variable"], c);
    let variable = fields.get("Variable");
    let path = variable.as_ref().and_then(|variable| variable.reference(c));
    let test = if operator.is_path() {
        let text = field.node.as_str().unwrap_or_default();
        field.reference(c).and_then(|path| operator.with_path(path, text))
    } else {
        literal(field, operator, c)
    };
    let name = variable.as_ref().and_then(|variable| variable.node.as_str()).unwrap_or_default();
    Some(Condition::Compare(Box::new(Comparison { variable: path?, name: name.into(), test: test? })))
}

fn literal(field: &Field, operator: Operator, c: &mut Compiler) -> Option<Test> {
    let test = operator.with_literal(&field.node.to_value());
    if test.is_none() {
        if operator.is_timestamp() && field.node.as_str().is_some() {
            field.not_a_timestamp(c);
        } else {
            field.must_be(operator.expects(), c);
        }
    }
    test
}
