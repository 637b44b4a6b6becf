//! Which keys are meant, and which plans hold them, with few calls: an account may have hundreds of both.

use std::collections::{BTreeMap, BTreeSet};

use crate::asl::diagnostic::nearest;
use crate::aws::api_gateway::{ApiClient, ApiKey, UsagePlan};
use crate::cli::api::key;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::project::Service;

/// So many names are told where one is not found.
const NAMES_MAX: usize = 10;

/// Keys with the plans that hold them.
pub(super) struct Known {
    pub keys: Vec<(ApiKey, Vec<UsagePlan>)>,
    /// How many keys there are besides, which are not the project's.
    pub others: usize,
}

impl Known {
    /// The project's keys; all of them where there is no project, or where they are asked for.
    pub(super) async fn ask(context: &Context, client: &ApiClient, all: bool) -> Result<Self, Failure> {
        let keys = context.api_keys(true).await?;
        let plans = client.usage_plans(None).await.map_err(|error| context.aws_failure(error))?;
        let count = keys.len();
        let keys = match context.service.as_ref().filter(|_| !all && !context.settings.local) {
            Some(service) => of_project(context, client, service, keys, &plans).await?,
            None => keys,
        };
        let others = count - keys.len();
        let mut held = plans_of(context, client, &keys, &plans).await?;
        let keys = keys.into_iter().map(|key| {
            let plans = held.remove(&key.id).unwrap_or_default();
            (key, plans)
        });
        Ok(Self { keys: keys.collect(), others })
    }
}

/// The key that a name, or an id, means.
pub(super) async fn one(context: &Context, client: &ApiClient, name: &str) -> Result<ApiKey, Failure> {
    let named = client.api_keys_named(name).await.map_err(|error| context.aws_failure(error))?;
    if let Some(key) = key::only(name, &named)? {
        return Ok(key.clone());
    }
    let keys = context.api_keys(true).await?;
    if let Some(key) = keys.iter().find(|key| key.id == name) {
        return Ok(key.clone());
    }
    let all: Vec<&str> = keys.iter().map(|key| key.name.as_str()).collect();
    // Of hundreds the nearest ones say more than all of them.
    let near = nearest(name, all.iter().copied()).filter(|_| all.len() > NAMES_MAX);
    let told: Vec<&str> = near.map_or_else(|| all.into_iter().take(NAMES_MAX).collect(), |near| vec![near]);
    Err(key::no_key(context, Some(name), told.into_iter()))
}

/// Keys whose names the project's file has, and those of its plans, `SERVICE-STAGE` or `SERVICE-NAME-STAGE`.
async fn of_project(
    context: &Context,
    client: &ApiClient,
    service: &Service,
    mut keys: Vec<ApiKey>,
    plans: &[UsagePlan],
) -> Result<Vec<ApiKey>, Failure> {
    let mut held = BTreeSet::new();
    for plan in plans.iter().filter(|plan| is_of_project(&plan.name, service)) {
        let ids = client.usage_plan_keys(&plan.id).await.map_err(|error| context.aws_failure(error))?;
        held.extend(ids.into_iter().map(|key| key.id));
    }
    let is_named = |key: &ApiKey| service.api_keys.iter().any(|named| named.name == key.name);
    keys.retain(|key| held.contains(&key.id) || is_named(key));
    Ok(keys)
}

fn is_of_project(plan: &str, service: &Service) -> bool {
    let rest = plan.strip_prefix(service.name.as_str()).and_then(|rest| rest.strip_prefix('-'));
    rest.is_some_and(|rest| rest == service.stage || rest.ends_with(&format!("-{}", service.stage)))
}

/// The plans of keys, by the keys' ids: asked by key or by plan, whichever are fewer.
async fn plans_of(
    context: &Context,
    client: &ApiClient,
    keys: &[ApiKey],
    plans: &[UsagePlan],
) -> Result<BTreeMap<String, Vec<UsagePlan>>, Failure> {
    let mut held: BTreeMap<String, Vec<UsagePlan>> = BTreeMap::new();
    if keys.len() <= plans.len() {
        for key in keys {
            let plans = client.usage_plans(Some(&key.id)).await.map_err(|error| context.aws_failure(error))?;
            held.insert(key.id.clone(), plans);
        }
        return Ok(held);
    }
    for plan in plans {
        for key in client.usage_plan_keys(&plan.id).await.map_err(|error| context.aws_failure(error))? {
            held.entry(key.id).or_default().push(plan.clone());
        }
    }
    Ok(held)
}
