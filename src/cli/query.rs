//! `--query`: JMESPath, as the AWS CLI has it.

use jmespath::ast::Ast;
use jmespath::{ErrorReason, JmespathError};
use serde_json::Value;

use crate::asl::diagnostic::nearest;
use crate::cli::failure::Failure;

/// JMESPath's functions.
const FUNCTIONS: [&str; 26] = [
    "abs",
    "avg",
    "ceil",
    "contains",
    "ends_with",
    "floor",
    "join",
    "keys",
    "length",
    "map",
    "max",
    "max_by",
    "merge",
    "min",
    "min_by",
    "not_null",
    "reverse",
    "sort",
    "sort_by",
    "starts_with",
    "sum",
    "to_array",
    "to_number",
    "to_string",
    "type",
    "values",
];

/// A compiled query.
#[derive(Debug, Clone)]
pub(crate) struct Query(jmespath::Expression<'static>);

impl Query {
    /// Compiles; the failure shows the place of the mistake.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        let query = jmespath::compile(text).map_err(|error| wrong(&error))?;
        // The library finds an unknown function when it is called: too late, where a machine ran before.
        functions(query.as_ast()).into_iter().try_for_each(is_known)?;
        Ok(Self(query))
    }

    /// What the query finds in a document.
    pub(crate) fn search(&self, document: &Value) -> Result<Value, Failure> {
        let found = self.0.search(document).map_err(|error| wrong(&error))?;
        serde_json::to_value(&*found).map_err(|error| Failure::usage(format!("--query: {error}")))
    }
}

/// The names of all functions that a query calls.
fn functions(query: &Ast) -> Vec<&str> {
    match query {
        Ast::Comparison { lhs, rhs, .. }
        | Ast::Projection { lhs, rhs, .. }
        | Ast::And { lhs, rhs, .. }
        | Ast::Or { lhs, rhs, .. }
        | Ast::Subexpr { lhs, rhs, .. }
        | Ast::Condition { predicate: lhs, then: rhs, .. } => [functions(lhs), functions(rhs)].concat(),
        Ast::Expref { ast: node, .. }
        | Ast::Flatten { node, .. }
        | Ast::Not { node, .. }
        | Ast::ObjectValues { node, .. } => functions(node),
        Ast::Function { name, args, .. } => {
            args.iter().fold(vec![name.as_str()], |names, argument| [names, functions(argument)].concat())
        }
        Ast::MultiList { elements, .. } => elements.iter().flat_map(functions).collect(),
        Ast::MultiHash { elements, .. } => elements.iter().flat_map(|pair| functions(&pair.value)).collect(),
        Ast::Identity { .. } | Ast::Field { .. } | Ast::Index { .. } | Ast::Literal { .. } | Ast::Slice { .. } => {
            Vec::new()
        }
    }
}

fn is_known(name: &str) -> Result<(), Failure> {
    if jmespath::DEFAULT_RUNTIME.get_function(name).is_some() {
        return Ok(());
    }
    let near = nearest(name, FUNCTIONS).map(|near| format!("did you mean {near}?"));
    let hint = near.unwrap_or_else(|| format!("JMESPath has: {}", FUNCTIONS.join(", ")));
    Err(Failure::usage(format!("--query: there is no function {name}")).hint(hint))
}

fn wrong(error: &JmespathError) -> Failure {
    let reason = match &error.reason {
        ErrorReason::Parse(reason) => reason.clone(),
        ErrorReason::Runtime(reason) => reason.to_string(),
    };
    let line = error.expression.lines().nth(error.line).unwrap_or_default();
    let (line, column) = (line.replace(char::is_control, " "), error.column);
    Failure::usage(format!("--query: {reason} at column {}", column + 1))
        .excerpt(format!("    {line}\n    {}^", " ".repeat(column)))
        .hint("the language: https://jmespath.org")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_query_finds() {
        let document = json!({"events": [{"id": 1, "type": "A"}, {"id": 2, "type": "B"}]});
        for (query, expected) in [
            ("events[].type", json!(["A", "B"])),
            ("events[?id==`2`].type | [0]", json!("B")),
            ("length(events)", json!(2)),
            ("events[0].id", json!(1)),
            ("nothing", json!(null)),
        ] {
            assert_eq!(Query::parse(query).unwrap().search(&document).unwrap(), expected, "{query}");
        }
    }

    #[test]
    fn an_unknown_function_is_found_before_anything_runs() {
        for query in ["lenght(a)", "a[?lenght(b)>`1`]", "{n: lenght(a)}", "[lenght(a)]", "sort_by(a, &lenght(b))"] {
            let failure = Query::parse(query).unwrap_err();
            assert_eq!(failure.message(), "--query: there is no function lenght", "{query}");
            assert_eq!(failure.hints, ["did you mean length?"]);
        }
        for name in FUNCTIONS {
            assert!(Query::parse(&format!("{name}(a)")).is_ok(), "{name}");
        }
    }

    #[test]
    fn a_message_is_one_line_and_the_place_stands_below() {
        let failure = Query::parse("a[").unwrap_err();
        assert_eq!(failure.message().lines().count(), 1, "{}", failure.message());
        assert_eq!(&*failure.excerpt, "    a[\n      ^");
    }

    #[test]
    fn a_wrong_query_is_a_usage_error() {
        assert_eq!(Query::parse("a[").unwrap_err().kind.exit_code(), 2);
        assert_eq!(Query::parse("length(a)").unwrap().search(&json!({"a": 1})).unwrap_err().kind.exit_code(), 2);
    }
}
