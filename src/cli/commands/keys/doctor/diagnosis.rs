//! What was read and what was answered, put together: a list of checks, and the one cause of a refusal.

use super::cause::Cause;
use super::facts::{Deployed, Facts, Key};
use super::request::Answered;
use crate::aws::api_gateway::UsagePlan;
use crate::cli::commands::keys::usage::{Used, throttled};

/// A key that is younger may not be known everywhere yet.
const SPREADING_MILLISECONDS: i64 = 60_000;

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Ok,
    Wrong,
    /// The key works, and something else should not be so.
    Warning,
    Unknown,
}

impl Status {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Wrong => "wrong",
            Self::Warning => "warning",
            Self::Unknown => "unknown",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Check {
    pub name: &'static str,
    pub status: Status,
    pub found: String,
}

/// What is the matter.
#[derive(Debug)]
pub(super) struct Diagnosis {
    pub checks: Vec<Check>,
    pub cause: Option<Cause>,
    /// Whether the gateway takes the key; `None` where no answer says so.
    pub works: Option<bool>,
}

/// Whether a refusal may end by itself: nothing that was read explains it for good.
pub(super) fn may_spread(facts: &Facts) -> bool {
    may_end(&refused(facts))
}

fn may_end(cause: &Cause) -> bool {
    matches!(cause, Cause::Spreading(_) | Cause::Unexplained)
}

impl Diagnosis {
    pub(super) fn of(facts: &Facts, without_key: &Answered, with_key: &Answered) -> Self {
        let cause = cause(facts, without_key, with_key);
        let works = match cause {
            None => Some(true),
            Some(Cause::Unproved) => None,
            Some(_) => Some(false),
        };
        let mut checks = Vec::new();
        let mut add = |name, (status, found): (Status, String)| checks.push(Check { name, status, found });
        add("route", route(facts));
        add("needs a key", needs_key(facts, without_key));
        add("deployment", deployment(facts));
        add("key", key(facts));
        if let Key::Found(found) = &facts.key {
            let enabled = if found.enabled { (Status::Ok, "yes") } else { (Status::Wrong, "no") };
            add("enabled", (enabled.0, enabled.1.to_owned()));
            add("plan", plan(facts));
            add("quota", quota(facts));
            add("throttle", throttle(facts, with_key));
        }
        add("request", request(with_key, facts));
        let open = facts.open_routes();
        if !open.is_empty() && has_keys(facts) {
            let text = format!("these answer without a key, though the service has keys: {}", open.join(", "));
            add("open routes", (Status::Warning, text));
        }
        Self { checks, cause, works }
    }
}

fn has_keys(facts: &Facts) -> bool {
    matches!(facts.key, Key::Found(_)) || facts.given_key.is_some()
}

/// What a request with the key says first; where none was sent, or anybody is let in, what would be said.
fn cause(facts: &Facts, without_key: &Answered, with_key: &Answered) -> Option<Cause> {
    if let (Answered::NotTheApi(said), _) | (_, Answered::NotTheApi(said)) = (without_key, with_key) {
        return Some(Cause::NotTheApi(said.clone()));
    }
    if facts.key == Key::None {
        return Some(Cause::NoKey);
    }
    let by_what_was_read = || Some(refused(facts)).filter(|cause| !may_end(cause)).or(Some(Cause::Unproved));
    match with_key {
        // Where a key is asked for, all else comes behind it; a route that answers anybody says nothing of a key.
        Answered::Accepted | Answered::Other(_) if *without_key == Answered::KeyRefused => None,
        Answered::Accepted | Answered::Other(_) | Answered::NotSent(_) => by_what_was_read(),
        Answered::KeyRefused => Some(refused(facts)),
        Answered::WrongRoute if facts.route_set_up().is_some() => Some(Cause::NotDeployed),
        Answered::WrongRoute => Some(Cause::WrongRoute),
        Answered::Throttled => Some(Cause::Throttled),
        Answered::QuotaUsedUp => Some(Cause::QuotaUsedUp),
        Answered::Denied(why) => Some(Cause::Denied(why.clone())),
        Answered::NotTheApi(said) => Some(Cause::NotTheApi(said.clone())),
    }
}

/// Why a key is refused with 403, by what was read; what stays as it is before what ends by itself.
fn refused(facts: &Facts) -> Cause {
    let key = match &facts.key {
        Key::None => return Cause::NoKey,
        Key::UnknownValue => return Cause::UnknownValue,
        Key::Unread => return Cause::Unexplained,
        Key::Found(key) => key,
    };
    if !key.enabled {
        return Cause::Disabled;
    }
    if let (Ok(plans), Ok(api)) = (&facts.plans, &facts.api) {
        let stages: Vec<_> = plans.iter().flat_map(|plan| &plan.stages).collect();
        if plans.is_empty() {
            return Cause::NoPlan;
        }
        if !stages.iter().any(|stage| api.is(&stage.api_id, &stage.stage)) {
            let named = stages.iter().map(|stage| format!("{}/{}", stage.api_id, stage.stage));
            return Cause::OtherStage(named.collect());
        }
        if !api.reads_key_from_header {
            return Cause::NotFromHeader;
        }
    }
    let age = key.created.map(|created| facts.now.0.saturating_sub(created.0));
    age.filter(|age| *age < SPREADING_MILLISECONDS).map_or(Cause::Unexplained, Cause::Spreading)
}

fn route(facts: &Facts) -> (Status, String) {
    let Some(asked) = &facts.route else {
        let why = facts.api.as_ref().err().map(|why| format!("; its API could not be read: {why}")).unwrap_or_default();
        return (Status::Unknown, format!("none is known{why}"));
    };
    match (facts.route_set_up(), &facts.api) {
        (Some(route), _) => {
            let action = route.action.as_deref().unwrap_or("something else than Step Functions");
            (Status::Ok, format!("{asked} calls {action}"))
        }
        (None, Ok(_)) => {
            let near = facts.nearest_route().map(|near| format!("; did you mean {near}?")).unwrap_or_default();
            (Status::Wrong, format!("the API has no {asked}{near}"))
        }
        (None, Err(why)) => (Status::Unknown, format!("{asked}; its API could not be read: {why}")),
    }
}

/// What the gateway answers without a key is the proof; what is set up only says what was meant.
fn needs_key(facts: &Facts, without_key: &Answered) -> (Status, String) {
    let is_meant = facts.route_set_up().map(|route| route.api_key_required);
    match (without_key, is_meant) {
        (Answered::KeyRefused, _) => (Status::Ok, "without one the gateway answers 403".to_owned()),
        (Answered::Accepted, Some(true)) => {
            (Status::Warning, "the route answers without one: that it needs one is not deployed".to_owned())
        }
        (Answered::Accepted, _) => (Status::Warning, "the route answers without one".to_owned()),
        (Answered::WrongRoute, _) => (Status::Unknown, "the gateway has no such route".to_owned()),
        (Answered::NotTheApi(_), _) => (Status::Unknown, "it is not the API that answers".to_owned()),
        (_, Some(true)) => (Status::Ok, "the route is set up so".to_owned()),
        (_, Some(false)) => (Status::Warning, "the route is set up without one".to_owned()),
        (answered, None) => (Status::Unknown, said(answered)),
    }
}

fn deployment(facts: &Facts) -> (Status, String) {
    let deployment = match &facts.deployment {
        Ok(deployment) => deployment,
        Err(why) => return (Status::Unknown, why.clone()),
    };
    let made = deployment.created.map(|at| format!(" of {}", at.to_rfc3339())).unwrap_or_default();
    let name = format!("{}{made}", deployment.id);
    let meant = facts.route_set_up().map(|route| route.api_key_required);
    match (facts.deployed(), meant) {
        (Deployed::Needs(deployed), Some(meant)) if deployed == meant => {
            (Status::Ok, format!("{name} has the route as it is set up"))
        }
        (Deployed::Needs(_), Some(true)) => (Status::Wrong, format!("{name} is older than `the route needs a key`")),
        (Deployed::Needs(_), _) => (Status::Wrong, format!("{name} is older than `the route needs no key`")),
        (Deployed::Absent, _) => (Status::Wrong, format!("{name} does not have the route: it was not deployed since")),
        (Deployed::Unknown, Some(_)) => (Status::Unknown, format!("{name}; what it has is not said")),
        (Deployed::Unknown, None) => (Status::Unknown, format!("{name} is served")),
    }
}

fn key(facts: &Facts) -> (Status, String) {
    match &facts.key {
        Key::Found(key) => {
            let age = key.created.map(|created| facts.now.0.saturating_sub(created.0));
            let new = age.filter(|age| *age < SPREADING_MILLISECONDS);
            let new = new.map(|age| format!(", made {} s ago", age / 1_000)).unwrap_or_default();
            (Status::Ok, format!("{} ({}{new})", key.name, key.id))
        }
        Key::UnknownValue => (Status::Wrong, "no key of this account and region has this value".to_owned()),
        Key::Unread => (Status::Unknown, facts.plans.as_ref().err().cloned().unwrap_or_default()),
        Key::None => (Status::Wrong, "there is none".to_owned()),
    }
}

fn plan(facts: &Facts) -> (Status, String) {
    let (plans, api) = match (&facts.plans, &facts.api) {
        (Ok(plans), Ok(api)) => (plans, api),
        (Err(why), _) | (_, Err(why)) => return (Status::Unknown, why.clone()),
    };
    let names = |plans: &[&UsagePlan]| plans.iter().map(|plan| plan.name.as_str()).collect::<Vec<_>>().join(", ");
    let opening = facts.plans_of_stage();
    let stage = format!("{}/{}", api.id, api.stage);
    match (plans.is_empty(), opening.is_empty()) {
        (true, _) => (Status::Wrong, "the key is in no usage plan".to_owned()),
        (false, false) => (Status::Ok, format!("{} opens {stage}", names(&opening))),
        (false, true) => {
            let all: Vec<&UsagePlan> = plans.iter().collect();
            (Status::Wrong, format!("{} does not open {stage}", names(&all)))
        }
    }
}

fn quota(facts: &Facts) -> (Status, String) {
    let used = match &facts.used {
        Ok(used) => used,
        Err(why) => return (Status::Unknown, why.clone()),
    };
    let told = |used: &Used| {
        let quota = used.plan.quota.as_ref()?;
        let left = used.remaining.unwrap_or_default();
        let resets = used.resets.map(|day| format!(", comes back on {day}")).unwrap_or_default();
        let status = if left > 0 { Status::Ok } else { Status::Wrong };
        Some((status, format!("{left} of {} a {} left{resets}", quota.limit, quota.period.to_lowercase())))
    };
    // Of several plans the one that has least left decides.
    let mut quotas: Vec<_> = used.iter().filter_map(told).collect();
    quotas.sort_by_key(|(status, _)| *status == Status::Ok);
    quotas.into_iter().next().unwrap_or((Status::Ok, "none".to_owned()))
}

fn throttle(facts: &Facts, with_key: &Answered) -> (Status, String) {
    let opening = facts.plans_of_stage();
    let mut told: Vec<String> = opening.iter().filter_map(|plan| plan.throttle).map(throttled).collect();
    told.extend(facts.account.map(|account| format!("all APIs of the account {}", throttled(account))));
    let status = if *with_key == Answered::Throttled { Status::Wrong } else { Status::Ok };
    (status, if told.is_empty() { "none is known".to_owned() } else { told.join("; ") })
}

fn request(with_key: &Answered, facts: &Facts) -> (Status, String) {
    let status = match with_key {
        Answered::Accepted => Status::Ok,
        Answered::NotSent(_) | Answered::Other(_) => Status::Unknown,
        _ => Status::Wrong,
    };
    match (with_key, facts.key_to_send()) {
        (Answered::NotSent(_), _) | (_, Some(_)) => (status, said(with_key)),
        (_, None) => (Status::Unknown, "there is no key to send".to_owned()),
    }
}

fn said(answered: &Answered) -> String {
    match answered {
        Answered::Accepted => "the gateway lets it pass".to_owned(),
        Answered::KeyRefused => "403 Forbidden".to_owned(),
        Answered::WrongRoute => "403 Missing Authentication Token: a wrong path or method".to_owned(),
        Answered::Throttled => "429 Too Many Requests".to_owned(),
        Answered::QuotaUsedUp => "429 Limit Exceeded".to_owned(),
        Answered::Denied(why) => format!("denied: {why}"),
        Answered::NotTheApi(said) => format!("{said}: it is not the API that answers"),
        Answered::Other(what) => what.clone(),
        Answered::NotSent(why) => format!("not sent: {why}"),
    }
}
