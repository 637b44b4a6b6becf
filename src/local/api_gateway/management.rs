//! The operations of API Gateway's own API that read: keys, plans, usage, and what an API is made of.
//!
//! Keys and plans come from the project's file, so nothing is written here. What a structure has in it is what AWS gives
//! for an API that the Serverless Framework deployed; `describe` makes the structures.
//! <https://docs.aws.amazon.com/apigateway/latest/api/API_Operations.html>

mod describe;

use std::collections::BTreeMap;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use jiff::civil::Date;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::local::api_gateway::gateway::{Gateway, Live, LiveKey};
use crate::local::api_gateway::routes::{decode, pairs};
use crate::local::served::Served;
use crate::local::wire;

/// Items of a page where no `limit` is given, and at most.
const PAGE: (usize, usize) = (25, 500);
/// GetUsage is asked for at most so many days.
const USAGE_DAYS_MAX: i32 = 366;

/// Why a request is refused: the exception, and its message.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Refusal {
    /// 400
    BadRequest(String),
    /// 404
    NotFound(&'static str),
}

/// What is asked: the parts of the path and the query's parameters.
#[derive(Debug)]
struct Question {
    path: Vec<String>,
    query: BTreeMap<String, String>,
}

/// Whether a path is one of this API's.
pub(in crate::local) fn serves(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next();
    first.is_some_and(|first| matches!(first, "apikeys" | "usageplans" | "restapis" | "account"))
}

/// Answers a request whose path [`serves`] knows.
pub(in crate::local) async fn answer(request: Request<Incoming>, served: &Served) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let path = head.uri.path().trim_matches('/').split('/').map(|part| decode(part, false)).collect();
    let question = Question { path, query: pairs(head.uri.query().unwrap_or_default()) };
    let outcome = if head.method == Method::GET {
        question.answer(served.api.live().as_deref(), &served.api)
    } else {
        // Read, so that its sender gets to read the answer.
        let _ = wire::read(body, wire::REQUEST_BYTES_MAX).await;
        let why = "only reading operations are served here: keys and plans are those of the project's file";
        Err(Refusal::BadRequest(why.to_owned()))
    };
    encode(outcome)
}

fn encode(outcome: Result<Value, Refusal>) -> Response<Full<Bytes>> {
    let (status, error_type, body) = match outcome {
        Ok(value) => (StatusCode::OK, None, value),
        Err(Refusal::BadRequest(why)) => {
            (StatusCode::BAD_REQUEST, Some("BadRequestException"), json!({ "message": why }))
        }
        Err(Refusal::NotFound(why)) => (StatusCode::NOT_FOUND, Some("NotFoundException"), json!({ "message": why })),
    };
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(error_type) = error_type {
        headers.insert("x-amzn-errortype", HeaderValue::from_static(error_type));
    }
    if let Ok(id) = HeaderValue::from_str(&Uuid::new_v4().to_string()) {
        headers.insert("x-amzn-requestid", id);
    }
    response
}

impl Question {
    fn answer(&self, live: Option<&Live>, gateway: &Gateway) -> Result<Value, Refusal> {
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        match path.as_slice() {
            ["apikeys"] => self.api_keys(live),
            ["apikeys", id] => {
                let (live, key) = find_key(live, id)?;
                Ok(describe::api_key(live, key, self.is_true("includeValue")))
            }
            ["usageplans"] => self.usage_plans(live),
            ["usageplans", id, rest @ ..] => self.usage_plan(find_plan(live, id)?, rest, gateway),
            ["account"] => Ok(describe::account()),
            ["restapis"] => self.page(live.map(describe::rest_api)),
            ["restapis", id, rest @ ..] => self.rest_api(find_api(live, id)?, rest),
            _ => Err(Refusal::NotFound(
                "of API Gateway's API only account, apikeys, usageplans and restapis are served here",
            )),
        }
    }

    fn api_keys(&self, live: Option<&Live>) -> Result<Value, Refusal> {
        let keys = live.into_iter().flat_map(|live| live.keys.iter().map(move |key| (live, key)));
        let named = keys.filter(|(_, key)| self.asks_for_name(key));
        self.page(named.map(|(live, key)| describe::api_key(live, key, self.is_true("includeValues"))))
    }

    fn usage_plans(&self, live: Option<&Live>) -> Result<Value, Refusal> {
        let of_key = |live: &&Live| self.query.get("keyId").is_none_or(|id| live.keys.iter().any(|key| key.id == *id));
        self.page(live.filter(of_key).and_then(describe::usage_plan))
    }

    fn usage_plan(&self, live: &Live, rest: &[&str], gateway: &Gateway) -> Result<Value, Refusal> {
        match rest {
            [] => Ok(describe::usage_plan(live).unwrap_or_default()),
            ["keys"] => {
                let named = live.keys.iter().filter(|key| self.asks_for_name(key));
                self.page(named.map(describe::usage_plan_key))
            }
            ["keys", id] => Ok(describe::usage_plan_key(find_key(Some(live), id)?.1)),
            ["usage"] => self.usage(live, gateway),
            _ => Err(Refusal::NotFound("Unknown resource")),
        }
    }

    fn usage(&self, live: &Live, gateway: &Gateway) -> Result<Value, Refusal> {
        let (from, to) = (self.date("startDate")?, self.date("endDate")?);
        let days = from.until(to).map_or(i32::MAX, |span| span.get_days());
        if !(0..USAGE_DAYS_MAX).contains(&days) {
            let why = format!("endDate must be from startDate to {USAGE_DAYS_MAX} days after it");
            return Err(Refusal::BadRequest(why));
        }
        let asked = |key: &&LiveKey| self.query.get("keyId").is_none_or(|id| key.id == *id);
        let keys = live.keys.iter().filter(asked);
        let values: Map<String, Value> =
            keys.map(|key| (key.id.clone(), json!(gateway.usage(key, live, from, to)))).collect();
        Ok(json!({
            "usagePlanId": live.api.plan_id(),
            "startDate": from.to_string(),
            "endDate": to.to_string(),
            "values": values,
        }))
    }

    fn rest_api(&self, live: &Live, rest: &[&str]) -> Result<Value, Refusal> {
        let embeds = self.query.get("embed").is_some_and(|embed| embed == "methods");
        match rest {
            [] => Ok(describe::rest_api(live)),
            ["stages"] => Ok(json!({ "item": [describe::stage(live)] })),
            ["stages", name] if *name == live.api.stage => Ok(describe::stage(live)),
            ["stages", _] => Err(Refusal::NotFound("Invalid stage identifier specified")),
            ["deployments"] => self.page([describe::deployment(live, false)]),
            ["deployments", id] if *id == describe::deployment_id(live) => {
                let embeds = self.query.get("embed").is_some_and(|embed| embed == "apisummary");
                Ok(describe::deployment(live, embeds))
            }
            ["deployments", _] => Err(Refusal::NotFound("Invalid Deployment identifier specified")),
            ["resources"] => self.page(describe::resources(live, embeds)),
            ["resources", id] => {
                let mut resources = describe::resources(live, embeds).into_iter();
                let found = resources.find(|resource| resource["id"] == *id);
                found.ok_or(Refusal::NotFound("Invalid Resource identifier specified"))
            }
            _ => Err(Refusal::NotFound("Unknown resource")),
        }
    }

    /// The page of a list that `limit` and `position` ask for. A position is the number of the first item.
    fn page(&self, items: impl IntoIterator<Item = Value>) -> Result<Value, Refusal> {
        let refusal = |name: &str| Refusal::BadRequest(format!("Invalid {name} parameter"));
        let number = |name: &str| self.query.get(name).map(|text| text.parse::<usize>()).transpose();
        let (default, max) = PAGE;
        let limit = number("limit").map_err(|_| refusal("limit"))?.unwrap_or(default);
        if !(1..=max).contains(&limit) {
            return Err(refusal("limit"));
        }
        let first = number("position").map_err(|_| refusal("position"))?.unwrap_or(0);
        let mut items = items.into_iter().skip(first);
        let item: Vec<Value> = items.by_ref().take(limit).collect();
        let mut page = json!({ "item": item });
        if items.next().is_some() {
            page["position"] = json!((first + limit).to_string());
        }
        Ok(page)
    }

    fn asks_for_name(&self, key: &LiveKey) -> bool {
        self.query.get("name").is_none_or(|start| key.name.starts_with(start.as_str()))
    }

    fn is_true(&self, name: &str) -> bool {
        self.query.get(name).is_some_and(|value| value == "true")
    }

    fn date(&self, name: &str) -> Result<Date, Refusal> {
        let given = self.query.get(name).and_then(|text| text.parse().ok());
        given.ok_or_else(|| Refusal::BadRequest(format!("{name} must be a date: 2026-11-23")))
    }
}

fn find_key<'a>(live: Option<&'a Live>, id: &str) -> Result<(&'a Live, &'a LiveKey), Refusal> {
    let key = live.and_then(|live| Some((live, live.keys.iter().find(|key| key.id == id)?)));
    key.ok_or(Refusal::NotFound("Invalid API Key identifier specified"))
}

fn find_plan<'a>(live: Option<&'a Live>, id: &str) -> Result<&'a Live, Refusal> {
    let with_plan = live.filter(|live| live.api.plan.is_some() && live.api.plan_id() == id);
    with_plan.ok_or(Refusal::NotFound("Invalid Usage Plan ID specified"))
}

fn find_api<'a>(live: Option<&'a Live>, id: &str) -> Result<&'a Live, Refusal> {
    live.filter(|live| live.api.id == id).ok_or(Refusal::NotFound("Invalid API identifier specified"))
}
