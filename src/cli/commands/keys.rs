//! `iw102 keys`

use std::fmt::Write as _;

use clap::{Args, Subcommand};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::aws::api_gateway::{ApiClient, ApiKey, DayOfUsage, Quota, Throttle, UsagePlan};
use crate::cli::api::no_key;
use crate::cli::context::{Context, Opening};
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::output::{self, Output};
use crate::cli::settings::Format;
use crate::ui::table::Table;

/// Bytes of a key's digest that are shown: enough to tell two keys apart.
const DIGEST_BYTES: usize = 6;

/// List the API keys of the project, show one, or what it has used
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES\n  \
    iw102 keys list --local\n  \
    (umask 077; iw102 keys show dev-myFirstKey --reveal --local > key.txt)    for --api-key @key.txt\n  \
    iw102 keys usage --local\n  \
    IW102_API_KEY=$(iw102 keys show dev-myFirstKey --reveal --local)")]
pub(crate) struct KeysArgs {
    #[command(subcommand)]
    action: Action,
}

/// What is done with the keys.
#[derive(Debug, Subcommand)]
enum Action {
    /// List the keys: a digest stands for the value
    #[command(after_help = "EXAMPLES\n  \
        iw102 keys list --local\n  \
        iw102 keys list --local -o name")]
    List,
    /// Show a key
    #[command(after_help = "EXAMPLES\n  \
        iw102 keys show dev-myFirstKey --local\n  \
        iw102 keys show dev-myFirstKey --reveal --local    the value and nothing else")]
    Show {
        /// Its name
        #[arg(value_name = "NAME")]
        name: String,
        /// Print the value and only that
        #[arg(long)]
        reveal: bool,
        /// Do not print the value, which is the default
        #[arg(long, conflicts_with = "reveal")]
        conceal: bool,
    },
    /// Show what keys have used of their quota, and their bounds
    #[command(after_help = "EXAMPLES\n  \
        iw102 keys usage --local\n  \
        iw102 keys usage dev-myFirstKey --local -q 'usage[0].remaining'")]
    Usage {
        /// Only of this key
        #[arg(value_name = "NAME")]
        name: Option<String>,
    },
}

pub(crate) async fn run(args: KeysArgs, context: &mut Context) -> Result<(), Failure> {
    context.open(Opening::Registering).await?;
    let text = match args.action {
        Action::List => list(context).await?,
        Action::Show { name, reveal, .. } => show(context, &name, reveal).await?,
        Action::Usage { name } => usage(context, name.as_deref()).await?,
    };
    context.print_later(&text);
    Ok(())
}

async fn list(context: &Context) -> Result<String, Failure> {
    let client = context.api_client()?;
    let mut told = Vec::new();
    for key in context.api_keys(true).await? {
        let plans = client.usage_plans(Some(&key.id)).await?;
        told.push((key, plans));
    }
    if told.is_empty() && context.settings.format == Format::Text {
        context.printer.err_line("no API keys");
    }
    let mut table = Table::new(&["NAME", "ID", "ENABLED", "STAGES", "DIGEST"]);
    for (key, plans) in &told {
        let enabled = if key.enabled { "yes" } else { "no" };
        let stages = stages(plans).join(", ");
        table.row(vec![key.name.clone(), key.id.clone(), enabled.into(), stages, digest(key)]);
    }
    let items: Vec<_> = told.iter().map(|(key, plans)| item(key, plans)).collect();
    Output {
        document: json!({ "keys": items }),
        items: Some("keys"),
        text: table.render(context.printer.paint_out(), context.settings.width),
        names: output::lines(told.iter().map(|(key, _)| key.name.as_str())),
    }
    .render(&context.settings)
}

async fn show(context: &Context, name: &str, reveal: bool) -> Result<String, Failure> {
    let client = context.api_client()?;
    let keys = context.api_keys(true).await?;
    let Some(key) = keys.iter().find(|key| key.name == name) else {
        return Err(no_key(context, Some(name), keys.iter().map(|key| key.name.as_str())));
    };
    let plans = client.usage_plans(Some(&key.id)).await?;
    let mut document = item(key, &plans);
    let mut text = String::new();
    match &key.value {
        Some(value) if reveal => {
            document["value"] = json!(value);
            text = format!("{value}\n");
        }
        None if reveal => {
            return Err(Failure::text(FailureKind::Credentials, format!("the value of {name} is not given out")));
        }
        _ => {
            let mut line = |name: &str, value: &str| {
                let _ = writeln!(text, "{} {value}", context.printer.paint_out().dim(format!("{name:<8}")));
            };
            line("Name", &key.name);
            line("Id", &key.id);
            line("Enabled", if key.enabled { "yes" } else { "no" });
            line("Stages", &stages(&plans).join(", "));
            line("Digest", &digest(key));
            line("Value", &format!("iw102 keys show {name} --reveal{}", context.settings.again_flags()));
        }
    }
    Output { document, items: None, text, names: format!("{name}\n") }.render(&context.settings)
}

async fn usage(context: &Context, name: Option<&str>) -> Result<String, Failure> {
    let client = context.api_client()?;
    let mut keys = context.api_keys(false).await?;
    if let Some(name) = name {
        if keys.iter().all(|key| key.name != name) {
            return Err(no_key(context, Some(name), keys.iter().map(|key| key.name.as_str())));
        }
        keys.retain(|key| key.name == name);
    }
    let now = Timestamp::from_millisecond(context.now().await?.0)
        .map_err(|error| Failure::new(FailureKind::Unexpected, error))?;
    let today = now.to_zoned(TimeZone::UTC).date();
    let mut table = Table::new(&["NAME", "PLAN", "USED", "LEFT", "RESETS", "THROTTLE"]);
    let mut items = Vec::new();
    for key in &keys {
        for plan in client.usage_plans(Some(&key.id)).await? {
            let used = Used::ask(&client, key, plan, today).await?;
            table.row(used.row(&key.name));
            items.push(used.item(&key.name));
        }
    }
    if items.is_empty() && context.settings.format == Format::Text {
        context.printer.err_line("no API key is in a usage plan");
    }
    Output {
        document: json!({ "usage": items }),
        items: Some("usage"),
        text: table.render(context.printer.paint_out(), context.settings.width),
        names: output::lines(keys.iter().map(|key| key.name.as_str())),
    }
    .render(&context.settings)
}

/// What a key has used under a plan, in the plan's period that runs; today where it has none.
struct Used {
    plan: UsagePlan,
    count: i64,
    /// Of the quota.
    remaining: Option<i64>,
    /// The first day of the next period.
    resets: Option<Date>,
}

impl Used {
    async fn ask(client: &ApiClient, key: &ApiKey, plan: UsagePlan, today: Date) -> Result<Self, Failure> {
        let period = plan.quota.as_ref().map(|quota| quota.period.as_str());
        let (first, resets) = period.map_or((today, None), |period| bounds(period, today));
        let days = client.usage(&plan.id, &key.id, &first.to_string(), &today.to_string()).await?;
        Ok(Self::of(plan, &days, resets))
    }

    fn of(plan: UsagePlan, days: &[DayOfUsage], resets: Option<Date>) -> Self {
        let left = |quota: &Quota| days.last().map_or(quota.limit, |day| day.remaining);
        let remaining = plan.quota.as_ref().map(left);
        Self { count: days.iter().map(|day| day.used).sum(), remaining, resets, plan }
    }

    fn row(&self, name: &str) -> Vec<String> {
        let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".into());
        let throttle = |throttle: Throttle| format!("{}/s, {} at once", throttle.rate_limit, throttle.burst_limit);
        let left = |left: i64, quota: &Quota| format!("{left} of {} a {}", quota.limit, quota.period.to_lowercase());
        vec![
            name.to_owned(),
            self.plan.name.clone(),
            self.count.to_string(),
            or_none(self.remaining.zip(self.plan.quota.as_ref()).map(|(count, quota)| left(count, quota))),
            or_none(self.resets.map(|day| day.to_string())),
            or_none(self.plan.throttle.map(throttle)),
        ]
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

/// `APIID/STAGE` of each stage that plans open.
fn stages(plans: &[UsagePlan]) -> Vec<String> {
    plans.iter().flat_map(|plan| &plan.stages).map(|stage| format!("{}/{}", stage.api_id, stage.stage)).collect()
}

/// What tells keys apart without showing them.
fn digest(key: &ApiKey) -> String {
    let Some(value) = &key.value else { return "-".into() };
    let mut text = "sha256:".to_owned();
    for byte in Sha256::digest(value.as_bytes()).iter().take(DIGEST_BYTES) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn item(key: &ApiKey, plans: &[UsagePlan]) -> Value {
    json!({
        "name": key.name,
        "id": key.id,
        "enabled": key.enabled,
        "stages": stages(plans),
        "digest": digest(key),
        "createdDate": key.created.map(crate::engine::Timestamp::to_rfc3339),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_digest_is_not_the_key() {
        let value = "0123456789abcdefghij";
        let key = ApiKey {
            id: "i".into(),
            name: "n".into(),
            value: Some(value.into()),
            enabled: true,
            stage_keys: Vec::new(),
            created: None,
        };
        assert_eq!(digest(&key), "sha256:6bc14bdc4517".to_owned());
        assert!(!item(&key, &[]).to_string().contains(value));
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
}
