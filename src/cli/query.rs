//! `--query`: JMESPath, as the AWS CLI has it.

use serde_json::Value;

use crate::cli::failure::Failure;

/// A compiled query.
#[derive(Debug, Clone)]
pub(crate) struct Query(jmespath::Expression<'static>);

impl Query {
    /// Compiles; the failure shows the place of the mistake.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        jmespath::compile(text).map(Self).map_err(|error| wrong(&error))
    }

    /// What the query finds in a document.
    pub(crate) fn search(&self, document: &Value) -> Result<Value, Failure> {
        let found = self.0.search(document).map_err(|error| wrong(&error))?;
        serde_json::to_value(&*found).map_err(|error| Failure::usage(format!("--query: {error}")))
    }
}

fn wrong(error: &jmespath::JmespathError) -> Failure {
    Failure::usage(format!("--query: {}", error.to_string().trim_end())).hint("the language: https://jmespath.org")
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
    fn a_wrong_query_is_a_usage_error() {
        assert_eq!(Query::parse("a[").unwrap_err().kind.exit_code(), 2);
        assert_eq!(Query::parse("length(a)").unwrap().search(&json!({"a": 1})).unwrap_err().kind.exit_code(), 2);
    }
}
