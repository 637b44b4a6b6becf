//! `iw102 keys usage`

use std::collections::BTreeMap;

use clap::Args;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde_json::{Value, json};

use super::known::{Known, one};
use super::list::tell_of_none;
use crate::aws::api_gateway::{ApiClient, ApiKey, DayOfUsage, Quota, Throttle, UsagePlan};
use crate::cli::context::Context;
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::output::{self, Output};
use crate::cli::settings::Format;
use crate::ui::table::Table;

/// Show what keys have used of their quota, and their bounds
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES\n  \
    iw102 keys usage\n  \
    iw102 keys usage dev-myFirstKey --local -q 'usage[0].remaining'")]
pub(super) struct UsageArgs {
    /// Only of this key: its name, or its id
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// All keys of the account and the region
    #[arg(long, conflicts_with = "name")]
    all: bool,
}

pub(super) async fn run(args: &UsageArgs, context: &Context) -> Result<String, Failure> {
    let client = context.api_client()?;
    let known = match &args.name {
        Some(name) => {
            let key = one(context, &client, name).await?;
            let plans = client.usage_plans(Some(&key.id)).await.map_err(|error| context.aws_failure(error))?;
            Known { keys: vec![(key, plans)], others: 0 }
        }
        None => Known::ask(context, &client, args.all).await?,
    };
    tell_of_none(&known, context);
    let used = ask(context, &client, &known.keys).await?;
    if used.is_empty() && !known.keys.is_empty() && context.settings.format == Format::Text {
        context.printer.err_line("no API key is in a usage plan");
    }
    let mut table = Table::new(&["NAME", "PLAN", "USED", "LEFT", "RESETS", "THROTTLE"]);
    for (name, used) in &used {
        table.row(used.row(name));
    }
    let items: Vec<Value> = used.iter().map(|(name, used)| used.item(name)).collect();
    Output {
        document: json!({ "usage": items }),
        items: Some("usage"),
        text: table.render(context.printer.paint_out(), context.settings.width),
        names: output::lines(known.keys.iter().map(|(key, _)| key.name.as_str())),
    }
    .render(&context.settings)
}

/// What keys have used, by their names: one call for each plan, whose periods differ.
pub(super) async fn ask(
    context: &Context,
    client: &ApiClient,
    keys: &[(ApiKey, Vec<UsagePlan>)],
) -> Result<Vec<(String, Used)>, Failure> {
    let now = Timestamp::from_millisecond(context.now().await?.0)
        .map_err(|error| Failure::new(FailureKind::Unexpected, error))?;
    let today = now.to_zoned(TimeZone::UTC).date();
    let only = if let [(key, _)] = keys { Some(key.id.as_str()) } else { None };
    let mut asked = BTreeMap::new();
    let mut all = Vec::new();
    for (key, plans) in keys {
        for plan in plans {
            let period = plan.quota.as_ref().map(|quota| quota.period.as_str());
            let (first, resets) = period.map_or((today, None), |period| bounds(period, today));
            if !asked.contains_key(&plan.id) {
                let usage = client.usage(&plan.id, only, &first.to_string(), &today.to_string()).await;
                asked.insert(plan.id.clone(), usage.map_err(|error| context.aws_failure(error))?);
            }
            let days = asked.get(&plan.id).and_then(|keys| keys.get(&key.id)).map_or(&[][..], Vec::as_slice);
            all.push((key.name.clone(), Used::of(plan.clone(), days, resets)));
        }
    }
    Ok(all)
}

/// What a key has used under a plan, in the plan's period that runs; today where it has none.
#[derive(Debug, Clone)]
pub(super) struct Used {
    pub plan: UsagePlan,
    pub count: i64,
    /// Of the quota.
    pub remaining: Option<i64>,
    /// The first day of the next period.
    pub resets: Option<Date>,
}

impl Used {
    fn of(plan: UsagePlan, days: &[DayOfUsage], resets: Option<Date>) -> Self {
        let left = |quota: &Quota| days.last().map_or(quota.limit, |day| day.remaining);
        let remaining = plan.quota.as_ref().map(left);
        Self { count: days.iter().map(|day| day.used).sum(), remaining, resets, plan }
    }

    fn row(&self, name: &str) -> Vec<String> {
        let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".into());
        let left = |left: i64, quota: &Quota| format!("{left} of {} a {}", quota.limit, quota.period.to_lowercase());
        vec![
            name.to_owned(),
            self.plan.name.clone(),
            self.count.to_string(),
            or_none(self.remaining.zip(self.plan.quota.as_ref()).map(|(count, quota)| left(count, quota))),
            or_none(self.resets.map(|day| day.to_string())),
            or_none(self.throttles()),
        ]
    }

    /// The plan's throttle, and the narrower ones of single methods.
    fn throttles(&self) -> Option<String> {
        let of_plan = self.plan.throttle.map(throttled);
        let of_methods = self.method_throttles().map(|(_, route, one)| format!("{route}: {}", throttled(one)));
        let told: Vec<String> = of_plan.into_iter().chain(of_methods).collect();
        (!told.is_empty()).then(|| told.join("; "))
    }

    /// `APIID/STAGE`, the route and its throttle.
    fn method_throttles(&self) -> impl Iterator<Item = (String, String, Throttle)> {
        self.plan.stages.iter().flat_map(|stage| {
            let name = format!("{}/{}", stage.api_id, stage.stage);
            stage.throttles.iter().map(move |(route, throttle)| (name.clone(), route_of(route), *throttle))
        })
    }

    fn item(&self, name: &str) -> Value {
        let quota = self.plan.quota.as_ref();
        json!({
            "name": name,
            "plan": self.plan.name,
            "used": self.count,
            "remaining": self.remaining,
            "resetDate": self.resets.map(|day| day.to_string()),
            "quota": quota.map(|quota| json!({"limit": quota.limit, "offset": quota.offset, "period": quota.period})),
            "throttle": self.plan.throttle.map(|throttle| {
                json!({"rateLimit": throttle.rate_limit, "burstLimit": throttle.burst_limit})
            }),
            "methodThrottles": self.method_throttles().map(|(stage, route, throttle)| json!({
                "stage": stage,
                "route": route,
                "rateLimit": throttle.rate_limit,
                "burstLimit": throttle.burst_limit,
            })).collect::<Vec<_>>(),
        })
    }
}

/// The first day of the period in which a day is, and of the next. AWS does not say with which day its week begins: Sunday
/// is taken.
fn bounds(period: &str, today: Date) -> (Date, Option<Date>) {
    let (back, length) = match period {
        "MONTH" => (i64::from(today.day()) - 1, i64::from(today.days_in_month())),
        "WEEK" => (i64::from(today.weekday().to_sunday_zero_offset()), 7),
        _ => (0, 1),
    };
    let first = today.checked_sub(Span::new().days(back)).unwrap_or(today);
    (first, first.checked_add(Span::new().days(length)).ok())
}

/// `10/s, 5 at once`
pub(super) fn throttled(throttle: Throttle) -> String {
    format!("{}/s, {} at once", throttle.rate_limit, throttle.burst_limit)
}

/// `/action/start/POST` → `POST /action/start`
fn route_of(key: &str) -> String {
    match key.rsplit_once('/') {
        Some((path, method)) => format!("{method} {}", if path.is_empty() { "/" } else { path }),
        None => key.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::api_gateway::ApiStage;

    #[test]
    fn a_period_is_of_the_calendar() {
        for (period, today, first, resets) in [
            ("DAY", "2026-11-23", "2026-11-23", "2026-11-24"),
            ("WEEK", "2026-11-23", "2026-11-22", "2026-11-29"),
            ("WEEK", "2026-11-22", "2026-11-22", "2026-11-29"),
            ("MONTH", "2026-12-31", "2026-12-01", "2027-01-01"),
            ("MONTH", "2028-02-29", "2028-02-01", "2028-03-01"),
        ] {
            let found = bounds(period, today.parse().unwrap());
            assert_eq!(found, (first.parse().unwrap(), Some(resets.parse().unwrap())), "{period} {today}");
        }
    }

    #[test]
    fn what_is_left_is_what_the_last_day_says() {
        let quota = Some(Quota { limit: 10, offset: 2, period: "MONTH".into() });
        let plan = UsagePlan { id: "p".into(), name: "p".into(), stages: Vec::new(), quota, throttle: None };
        let days = [DayOfUsage { used: 3, remaining: 5 }, DayOfUsage { used: 1, remaining: 4 }];
        let used = Used::of(plan, &days, None);
        assert_eq!((used.count, used.remaining), (4, Some(4)));
        assert_eq!(used.row("k"), ["k", "p", "4", "4 of 10 a month", "-", "-"]);
    }

    #[test]
    fn a_method_may_have_a_narrower_throttle() {
        let throttle = |rate_limit, burst_limit| Throttle { rate_limit, burst_limit };
        let throttles = BTreeMap::from([("/action/start/POST".to_owned(), throttle(1.5, 2))]);
        let stages = vec![ApiStage { api_id: "a".into(), stage: "dev".into(), throttles }];
        let plan =
            UsagePlan { id: "p".into(), name: "p".into(), stages, quota: None, throttle: Some(throttle(10.0, 5)) };
        let used = Used::of(plan, &[], None);
        assert_eq!(used.row("k")[5], "10/s, 5 at once; POST /action/start: 1.5/s, 2 at once");
        let expected = json!([{"stage": "a/dev", "route": "POST /action/start", "rateLimit": 1.5, "burstLimit": 2}]);
        assert_eq!(used.item("k")["methodThrottles"], expected);
    }
}
