//! A key by its name: API Gateway lets several keys have the same.

use crate::aws::api_gateway::ApiKey;
use crate::cli::failure::Failure;

/// The only key of a name; never a guess between two.
pub(crate) fn only<'a>(name: &str, keys: impl IntoIterator<Item = &'a ApiKey>) -> Result<Option<&'a ApiKey>, Failure> {
    let named: Vec<&ApiKey> = keys.into_iter().filter(|key| key.name == name).collect();
    if let [] | [_] = named.as_slice() {
        return Ok(named.first().copied());
    }
    let told = |key: &&ApiKey| {
        let made = key.created.map(|at| format!(", made {}", at.to_rfc3339())).unwrap_or_default();
        format!("{} ({}{made})", key.id, if key.enabled { "enabled" } else { "disabled" })
    };
    let ids: Vec<String> = named.iter().map(told).collect();
    Err(Failure::usage(format!("{} API keys are called {name}: {}", named.len(), ids.join(", ")))
        .hint("keys show takes an id too; --api-key takes the value: env:NAME or @FILE"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Timestamp;

    fn key(id: &str, name: &str) -> ApiKey {
        let created = Some(Timestamp(0));
        ApiKey {
            id: id.into(),
            name: name.into(),
            value: Some("secret".into()),
            enabled: id != "2",
            stage_keys: Vec::new(),
            created,
        }
    }

    #[test]
    fn of_several_keys_with_a_name_none_is_taken() {
        let keys = [key("1", "a"), key("2", "b"), key("3", "b")];
        assert_eq!(only("a", &keys).unwrap().map(|key| key.id.as_str()), Some("1"));
        assert_eq!(only("c", &keys).unwrap(), None);
        let failure = only("b", &keys).unwrap_err();
        assert_eq!(failure.kind.exit_code(), 2);
        let expected = "2 API keys are called b: 2 (disabled, made 1970-01-01T00:00:00.000Z), \
                        3 (enabled, made 1970-01-01T00:00:00.000Z)";
        assert_eq!(failure.message(), expected);
    }
}
