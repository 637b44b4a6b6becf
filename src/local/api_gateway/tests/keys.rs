//! Keys, their throttle and their quota, through the server and over a restart.

use super::{Answered, Fixture, KEY, api, private};
use crate::local::api_gateway::fixtures::route;
use crate::local::api_gateway::model::{Api, Key, Period, Plan, Quota, Throttle};
use crate::local::secret::Secret;

const EXCEEDED: &str = r#"429 LimitExceededException {"message":"Limit Exceeded"}"#;
const THROTTLED: &str = r#"429 TooManyRequestsException {"message":"Too Many Requests"}"#;
const FORBIDDEN: &str = r#"403 ForbiddenException {"message":"Forbidden"}"#;

async fn ask(fixture: &Fixture, key: &str) -> Answered {
    fixture.ask("GET /dev/hello", &[&format!("x-api-key: {key}")], "").await
}

/// The statuses of so many requests, one after the other.
async fn statuses(fixture: &Fixture, key: &str, times: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..times {
        statuses.push(ask(fixture, key).await.status);
    }
    statuses
}

fn with_plan(throttle: Option<Throttle>, quota: Option<Quota>) -> Api {
    Api { plan: Some(Plan { throttle, quota }), ..api(vec![private("GET hello"), route("GET open")]) }
}

fn key(name: &str, value: Option<&str>) -> Key {
    Key { name: name.to_owned(), value: value.map(Secret::from), enabled: true }
}

/// A quota without an offset.
fn monthly(limit: u64) -> Quota {
    Quota { limit, offset: 0, period: Period::Month }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_opens_what_is_private_unless_it_is_disabled_or_has_no_plan() {
    let mut api = api(vec![private("GET hello")]);
    api.keys.push(key("second", Some("another-value-of-a-key")));
    api.keys.push(Key { enabled: false, ..key("off", Some("a-disabled-value-of-a-key")) });
    let fixture = Fixture::begin(&api).await;
    assert_eq!(ask(&fixture, KEY).await.status, 200);
    assert_eq!(ask(&fixture, "another-value-of-a-key").await.status, 200);
    for given in ["a-disabled-value-of-a-key", "", "s1HR9", "another-value-of-a-keY"] {
        assert_eq!(ask(&fixture, given).await.shown(), FORBIDDEN, "{given}");
    }
    let planless = Fixture::begin(&Api { plan: None, ..api }).await;
    assert_eq!(ask(&planless, KEY).await.shown(), FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_key_has_a_bucket_and_open_routes_have_none() {
    // So slow that no token comes back while the test runs.
    let mut api = with_plan(Some(Throttle { rate_limit: 0.0, burst_limit: 2 }), None);
    api.keys.push(key("second", Some("another-value-of-a-key")));
    let fixture = Fixture::begin(&api).await;
    assert_eq!(statuses(&fixture, KEY, 3).await, [200, 200, 429]);
    assert_eq!(ask(&fixture, KEY).await.shown(), THROTTLED);
    assert_eq!(statuses(&fixture, "another-value-of-a-key", 1).await, [200]);
    let open = fixture.ask("GET /dev/open", &[&format!("x-api-key: {KEY}")], "").await;
    assert_eq!(open.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quota_runs_out_and_what_was_refused_is_not_counted() {
    let fixture = Fixture::begin(&with_plan(None, Some(monthly(2)))).await;
    assert_eq!(statuses(&fixture, KEY, 3).await, [200, 200, 429]);
    assert_eq!(ask(&fixture, KEY).await.shown(), EXCEEDED);
    // One more is allowed by a larger limit: neither of the refused ones was counted.
    fixture.served.api.apply(&with_plan(None, Some(monthly(3))), &fixture.served.engine).await.unwrap();
    assert_eq!(statuses(&fixture, KEY, 2).await, [200, 429]);
    let throttled = with_plan(Some(Throttle { rate_limit: 0.0, burst_limit: 0 }), Some(monthly(3)));
    fixture.served.api.apply(&throttled, &fixture.served.engine).await.unwrap();
    assert_eq!(ask(&fixture, KEY).await.shown(), THROTTLED, "the throttle comes first");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offset_is_taken_from_the_first_period_even_after_a_restart() {
    let home = tempfile::tempdir().unwrap();
    let api = with_plan(None, Some(Quota { limit: 5, offset: 3, period: Period::Month }));
    let fixture = Fixture::begin_in(Some(home.path()), &api).await;
    assert_eq!(statuses(&fixture, KEY, 1).await, [200]);
    fixture.kill().await;
    let fixture = Fixture::begin_in(Some(home.path()), &api).await;
    assert_eq!(statuses(&fixture, KEY, 2).await, [200, 429]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_owner_has_counted_what_it_answered_and_one_that_leaves_is_exact() {
    let home = tempfile::tempdir().unwrap();
    let used = |fixture: &Fixture| {
        let live = fixture.served.api.live().unwrap();
        let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
        fixture.served.api.usage(&live.keys[0], &live, today, today)[0][0]
    };
    let api = with_plan(None, Some(monthly(300)));
    let fixture = Fixture::begin_in(Some(home.path()), &api).await;
    assert_eq!(statuses(&fixture, KEY, 2).await, [200, 200]);
    fixture.kill().await;
    // A block is three, and the first request wrote it.
    let fixture = Fixture::begin_in(Some(home.path()), &api).await;
    assert_eq!(used(&fixture), 4);
    assert_eq!(statuses(&fixture, KEY, 1).await, [200]);
    fixture.owner.release().await;
    let fixture = Fixture::begin_in(Some(home.path()), &api).await;
    assert_eq!(used(&fixture), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_requests_at_once_are_all_counted_and_no_more_pass_than_the_limit() {
    let home = tempfile::tempdir().unwrap();
    let fixture = std::sync::Arc::new(Fixture::begin_in(Some(home.path()), &with_plan(None, Some(monthly(40)))).await);
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..60 {
        let fixture = std::sync::Arc::clone(&fixture);
        asking.spawn(async move { ask(&fixture, KEY).await.status });
    }
    let statuses = asking.join_all().await;
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 40);
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_goes_and_comes_back_is_another_one() {
    let fixture = Fixture::begin(&with_plan(None, Some(monthly(1)))).await;
    assert_eq!(statuses(&fixture, KEY, 2).await, [200, 429]);
    let gone = Api { keys: vec![key("other", None)], ..with_plan(None, Some(monthly(1))) };
    fixture.served.api.apply(&gone, &fixture.served.engine).await.unwrap();
    assert_eq!(ask(&fixture, KEY).await.shown(), FORBIDDEN);
    let made = fixture.served.api.live().unwrap().keys[0].value.reveal().to_owned();
    assert_eq!(statuses(&fixture, &made, 2).await, [200, 429]);
    fixture.served.api.apply(&with_plan(None, Some(monthly(1))), &fixture.served.engine).await.unwrap();
    assert_eq!(statuses(&fixture, KEY, 2).await, [200, 429]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_is_replaced_as_a_whole_and_goes_with_its_last_route() {
    let fixture = Fixture::begin(&api(vec![route("GET old")])).await;
    let missing = r#"403 MissingAuthenticationTokenException {"message":"Missing Authentication Token"}"#;
    fixture.served.api.apply(&api(vec![route("GET new")]), &fixture.served.engine).await.unwrap();
    assert_eq!(fixture.ask("GET /dev/old", &[], "").await.shown(), missing);
    assert_eq!(fixture.ask("GET /dev/new", &[], "").await.status, 200);
    fixture.served.api.apply(&api(Vec::new()), &fixture.served.engine).await.unwrap();
    assert_eq!(fixture.ask("GET /dev/new", &[], "").await.shown(), missing);
}
