//! Which key is meant: API Gateway lets several have the same name, and an account has the keys of all its services.

use crate::aws::api_gateway::ApiKey as ManagedKey;
use crate::cli::api::discovery;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, FailureKind};
use crate::gateway::ApiKey;

/// The value of a key, by its name; without one of the project's first, or of the only one that opens anything.
pub(super) async fn find(context: &mut Context, name: Option<&str>) -> Result<ApiKey, Failure> {
    let first = || Some(context.service.as_ref()?.api_keys.first()?.name.clone());
    let name = name.map(ToOwned::to_owned).or_else(first);
    context.connect().await?;
    let keys = context.api_keys(true).await.map_err(|failure| {
        let of_aws = !context.settings.local && failure.kind == FailureKind::Credentials;
        if of_aws { failure.hint("a key that you have needs no AWS: --api-key env:NAME") } else { failure }
    })?;
    let found = match &name {
        Some(name) => only(name, &keys)?,
        None if context.settings.local => keys.first(),
        None => only_enabled(&keys)?,
    };
    match found.and_then(|key| key.value.as_deref()) {
        Some(value) => ApiKey::new(value).map_err(Failure::from),
        None => Err(no_key(context, name.as_deref(), keys.iter().map(|key| key.name.as_str()))),
    }
}

/// The key that is meant where none is named: an account has the keys of all its services.
fn only_enabled(keys: &[ManagedKey]) -> Result<Option<&ManagedKey>, Failure> {
    let enabled: Vec<_> = keys.iter().filter(|key| key.enabled).collect();
    if enabled.len() < 2 {
        return Ok(enabled.first().copied());
    }
    let names: Vec<&str> = enabled.iter().map(|key| key.name.as_str()).collect();
    Err(Failure::usage(format!("--api-key alone could mean any of these keys: {}", names.join(", ")))
        .hint("name the one that you mean: --api-key name:NAME"))
}

/// There is no key of a name, or none at all.
pub(crate) fn no_key<'a>(context: &Context, name: Option<&str>, known: impl Iterator<Item = &'a str>) -> Failure {
    let known: Vec<&str> = known.collect();
    let of_file = context.service.as_ref().filter(|service| {
        !context.settings.local && service.api_keys.iter().any(|key| Some(key.name.as_str()) == name)
    });
    if let (Some(service), Some(name)) = (of_file, name) {
        let text = format!("there is no API key {name} on AWS, though {} names it", context.settings.file_shown());
        return discovery::not_deployed(&text, service, context);
    }
    let text = match name {
        Some(name) if !known.is_empty() => format!("there is no API key {name}"),
        _ => "the project has no API key".to_owned(),
    };
    let failure = Failure::text(FailureKind::NotFound, text);
    if known.is_empty() {
        return failure.hint("a project has keys by `provider: {apiGateway: {apiKeys: [NAME]}}` in serverless.yml");
    }
    failure.hint(format!("there are: {} (iw102 keys list{})", known.join(", "), context.settings.again_flags()))
}

/// The only key of a name; never a guess between two.
pub(crate) fn only<'a>(
    name: &str,
    keys: impl IntoIterator<Item = &'a ManagedKey>,
) -> Result<Option<&'a ManagedKey>, Failure> {
    let named: Vec<&ManagedKey> = keys.into_iter().filter(|key| key.name == name).collect();
    if let [] | [_] = named.as_slice() {
        return Ok(named.first().copied());
    }
    let told = |key: &&ManagedKey| {
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

    fn key(id: &str, name: &str) -> ManagedKey {
        let created = Some(Timestamp(0));
        ManagedKey {
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
