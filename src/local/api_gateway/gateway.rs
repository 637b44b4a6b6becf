//! The API that is served, and what its keys have used.
//!
//! An API is replaced as a whole: a request that began with the former one ends with it. Buckets and counts belong to keys,
//! by their ids, and outlive it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::engine::{Engine, EngineError, Timestamp};
use crate::local::api_gateway::answer::Refusal;
use crate::local::api_gateway::keys::KeyRing;
use crate::local::api_gateway::model::{Api, Plan, Route};
use crate::local::api_gateway::quota::{self, Counted, Usage};
use crate::local::api_gateway::routes::Routes;
use crate::local::api_gateway::templates::Templates;
use crate::local::api_gateway::throttle::Bucket;
use crate::local::register::lock;
use crate::local::secret::Secret;

/// The kinds under which the store keeps what outlives an owner.
const USAGE: &str = "api-usage";
const CREATED: &str = "api-created";

/// All that serves an API.
#[derive(Debug)]
pub(in crate::local) struct Gateway {
    live: RwLock<Option<Arc<Live>>>,
    ring: Mutex<KeyRing>,
    /// By the ids of keys.
    meters: Mutex<BTreeMap<String, Meter>>,
    /// Held while a count is written: one write covers all who wait for it.
    writing: tokio::sync::Mutex<()>,
    begun: Instant,
    /// What was told of the API that is served.
    told: Mutex<BTreeSet<String>>,
}

/// An API in service.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) api: Api,
    pub(super) routes: Routes,
    /// Of each route, in the same order.
    templates: Vec<Templates>,
    /// In the order of the file.
    pub(super) keys: Vec<LiveKey>,
    /// When this API was first loaded.
    created: Timestamp,
    /// When its plan was: the offset of a quota is for the period of this day.
    plan_created: Timestamp,
}

/// A key in service.
#[derive(Debug)]
pub(super) struct LiveKey {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) value: Secret,
    pub(super) enabled: bool,
}

/// What a key has used.
#[derive(Debug, Default)]
struct Meter {
    bucket: Option<Bucket>,
    usage: Usage,
}

impl Gateway {
    /// Reads what former owners kept. `folder` is the store's; without one nothing is written.
    ///
    /// # Errors
    /// The engine's, and a `keys.json` that cannot be read.
    pub(in crate::local) async fn open(engine: &Engine, folder: Option<&Path>) -> Result<Self, EngineError> {
        let kept = engine.registrations(USAGE).await?;
        let meters = kept.into_iter().filter_map(|(id, value)| {
            let usage = quota::decode(&value)?;
            Some((id, Meter { bucket: None, usage }))
        });
        Ok(Self {
            live: RwLock::new(None),
            ring: Mutex::new(KeyRing::open(folder)?),
            meters: Mutex::new(meters.collect()),
            writing: tokio::sync::Mutex::new(()),
            begun: Instant::now(),
            told: Mutex::default(),
        })
    }

    /// Serves another API from now on.
    ///
    /// # Errors
    /// The engine's, and a `keys.json` that cannot be written; then the former API goes on.
    pub(in crate::local) async fn apply(&self, api: &Api, engine: &Engine) -> Result<(), EngineError> {
        let values = lock(&self.ring).values(&api.keys)?;
        let (created, plan_created) = created(api, engine).await?;
        let keys = api.keys.iter().zip(values).map(|(key, value)| LiveKey {
            id: api.key_id(&key.name),
            name: key.name.clone(),
            value,
            enabled: key.enabled,
        });
        let routes = Routes::of(&api.routes);
        // Who loaded it has refused what cannot be read; such a route has none and answers accordingly.
        let templates = api.routes.iter().map(|route| Templates::of(route).unwrap_or_default()).collect();
        let live = Live { api: api.clone(), routes, templates, keys: keys.collect(), created, plan_created };
        self.forget_others(&live, engine).await?;
        let live = (!api.routes.is_empty()).then(|| Arc::new(live));
        *self.live.write().unwrap_or_else(PoisonError::into_inner) = live;
        lock(&self.told).clear();
        Ok(())
    }

    /// Whether a line was not told yet of this API: who sends the same request a thousand times is told once.
    pub(super) fn is_news(&self, line: &str) -> bool {
        lock(&self.told).insert(line.to_owned())
    }

    /// The API that is served now, if there is one.
    pub(super) fn live(&self) -> Option<Arc<Live>> {
        self.live.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Writes the counts as they are: to be called when no request is answered any more.
    ///
    /// # Errors
    /// The engine's.
    pub(in crate::local) async fn settle(&self, engine: &Engine) -> Result<(), EngineError> {
        let _writing = self.writing.lock().await;
        let meters: Vec<(String, BTreeMap<Date, u64>)> = {
            let meters = lock(&self.meters);
            let ahead = meters.iter().filter(|(_, meter)| meter.usage.is_ahead());
            ahead.map(|(id, meter)| (id.clone(), meter.usage.exact())).collect()
        };
        for (id, days) in meters {
            self.write(&id, days, engine).await?;
        }
        Ok(())
    }

    /// Lets a request with a key pass, or says which bound it breaks: the throttle first, so that what it refuses is not
    /// counted.
    pub(super) async fn meter(&self, key: &LiveKey, live: &Live, engine: &Engine) -> Result<(), Refusal> {
        let Some(plan) = &live.api.plan else { return Err(Refusal::Forbidden) };
        let today = quota::day(Timestamp::now());
        match self.count(key, plan, live.first_day(), today)? {
            Counted::Exceeded => Err(Refusal::LimitExceeded),
            Counted::Covered => Ok(()),
            Counted::Uncovered => self.cover(&key.id, plan, today, engine).await.map_err(|_| Refusal::Internal),
        }
    }

    /// What a key used on each day from `from` to `to`, and what remained.
    pub(super) fn usage(&self, key: &LiveKey, live: &Live, from: Date, to: Date) -> Vec<[u64; 2]> {
        let quota = live.api.plan.as_ref().and_then(|plan| plan.quota);
        let meters = lock(&self.meters);
        let usage = meters.get(&key.id).map(|meter| &meter.usage);
        usage.unwrap_or(&Usage::default()).by_day(quota, live.first_day(), from, to)
    }

    fn count(&self, key: &LiveKey, plan: &Plan, first: Date, today: Date) -> Result<Counted, Refusal> {
        let now: Duration = self.begun.elapsed();
        let mut meters = lock(&self.meters);
        let meter = meters.entry(key.id.clone()).or_default();
        if let Some(throttle) = plan.throttle {
            let bucket = meter.bucket.get_or_insert_with(|| Bucket::full(throttle, now));
            if !bucket.take(throttle, now) {
                return Err(Refusal::TooManyRequests);
            }
        }
        Ok(meter.usage.count(plan.quota, first, today))
    }

    async fn cover(&self, id: &str, plan: &Plan, today: Date, engine: &Engine) -> Result<(), EngineError> {
        let _writing = self.writing.lock().await;
        let ahead = {
            let meters = lock(&self.meters);
            let uncovered = meters.get(id).filter(|meter| !meter.usage.is_covered(today));
            uncovered.map(|meter| meter.usage.ahead(plan.quota, today))
        };
        match ahead {
            // Another request's block covers this one.
            None => Ok(()),
            Some(days) => self.write(id, days, engine).await,
        }
    }

    async fn write(&self, id: &str, days: BTreeMap<Date, u64>, engine: &Engine) -> Result<(), EngineError> {
        engine.put_registration(USAGE, id, quota::encode(&days)).await?;
        if let Some(meter) = lock(&self.meters).get_mut(id) {
            meter.usage.keep(days);
        }
        Ok(())
    }

    /// A key that left the file has used nothing should it come back: on AWS it is another key then.
    async fn forget_others(&self, live: &Live, engine: &Engine) -> Result<(), EngineError> {
        let _writing = self.writing.lock().await;
        let gone: Vec<String> = {
            let meters = lock(&self.meters);
            meters.keys().filter(|id| live.keys.iter().all(|key| key.id != **id)).cloned().collect()
        };
        for id in gone {
            engine.put_registration(USAGE, &id, Value::Null).await?;
            lock(&self.meters).remove(&id);
        }
        Ok(())
    }
}

impl Live {
    /// The key that has a value. All of them are compared, whichever it is: the time that it takes tells nothing.
    pub(super) fn key(&self, given: &[u8]) -> Option<&LiveKey> {
        self.keys.iter().fold(None, |found, key| if key.value.is(given) { Some(key) } else { found })
    }

    /// A route by its place in the API's list.
    pub(super) fn route(&self, at: usize) -> Option<(&Route, &Templates)> {
        Some((self.api.routes.get(at)?, self.templates.get(at)?))
    }

    /// When this API was first loaded, in epoch seconds.
    pub(super) fn created_seconds(&self) -> i64 {
        self.created.0 / 1_000
    }

    /// What follows the stage: `/hello` of `/dev/hello`.
    pub(super) fn path_in_stage<'a>(&self, path: &'a str) -> Option<&'a str> {
        let rest = path.strip_prefix('/')?.strip_prefix(self.api.stage.as_str())?;
        (rest.is_empty() || rest.starts_with('/')).then_some(rest)
    }

    /// The day on which the plan was first loaded.
    fn first_day(&self) -> Date {
        quota::day(self.plan_created)
    }
}

/// When an API and its plan were first loaded: now, unless the store knows better.
async fn created(api: &Api, engine: &Engine) -> Result<(Timestamp, Timestamp), EngineError> {
    let kept = engine.registrations(CREATED).await?;
    let kept = kept.iter().find(|(id, _)| *id == api.id).map(|(_, times)| times);
    let time = |name: &str| kept.and_then(|times| times[name].as_i64());
    let (api_at, plan_at) = (time("api"), time("plan"));
    let now = Timestamp::now();
    if api_at.is_none() || plan_at.is_some() != api.plan.is_some() {
        let plan_at = api.plan.as_ref().map(|_| plan_at.unwrap_or(now.0));
        let times = json!({ "api": api_at.unwrap_or(now.0), "plan": plan_at });
        engine.put_registration(CREATED, &api.id, times).await?;
    }
    Ok((api_at.map_or(now, Timestamp), plan_at.map_or(now, Timestamp)))
}
