//! `provider.apiKeys` and `provider.usagePlan`, which may also stand below `provider.apiGateway`.

use crate::asl::syntax::{Key, Node, NodeKind};
use crate::project::build::Builder;
use crate::project::load::LoadOptions;
use crate::project::model::{ApiKey, Period, Quota, Service, Throttle, UsagePlan};
use crate::project::report::did_you_mean;

/// How long the value of a key is.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-key-source.html>
const VALUE: std::ops::RangeInclusive<usize> = 20..=128;
/// What an account has where a plan says nothing.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>
const ACCOUNT: Throttle = Throttle { rate_limit: 10_000.0, burst_limit: 5_000 };

const KEY_KEYS: [&str; 5] = ["customerId", "description", "enabled", "name", "value"];

/// The periods, and the last day in each on which a quota may start.
const PERIODS: [(&str, Period, u64); 3] =
    [("DAY", Period::Day, 0), ("WEEK", Period::Week, 6), ("MONTH", Period::Month, 27)];

impl Builder<'_> {
    /// Both, after everything that they may refer to.
    pub(super) fn keys(&mut self, provider: Option<&Node>, options: &LoadOptions, service: &mut Service) {
        if let Some((_, node)) = provider.and_then(|provider| self.either(provider, "apiKeys")) {
            service.api_keys = self.api_keys(node, service, options);
        }
        if let Some((_, node)) = provider.and_then(|provider| self.either(provider, "usagePlan")) {
            service.usage_plan = self.usage_plan(node);
        }
    }

    /// Below `apiGateway`, else below `provider`.
    fn either<'n>(&mut self, provider: &'n Node, name: &str) -> Option<(&'n Key, &'n Node)> {
        let inner = provider.get("apiGateway").and_then(|node| node.entry(name));
        let outer = provider.entry(name);
        if let (Some(_), Some((key, _))) = (inner, outer) {
            let message = format!("`provider.apiGateway.{name}` is given too, and counts");
            self.warning("GIVEN_TWICE", message, key.span, Some("take one of them away".to_owned()));
        }
        inner.or(outer)
    }

    fn api_keys(&mut self, node: &Node, service: &Service, options: &LoadOptions) -> Vec<ApiKey> {
        let mut keys: Vec<ApiKey> = Vec::new();
        for item in self.list(node, "apiKeys", "`- ${sls:stage}-myKey`").unwrap_or_default() {
            let Some(item) = self.resolved(item, service, options) else { continue };
            let Some(key) = self.api_key(&item) else { continue };
            let same = |other: &&ApiKey| other.name == key.name || (key.value.is_some() && other.value == key.value);
            if let Some(first) = keys.iter().find(same) {
                let what = if first.name == key.name { "name" } else { "value" };
                let message = format!("the keys `{}` and `{}` have the same {what}", first.name, key.name);
                // The name's place: that of the whole entry would show a value.
                let span = item.get("name").map_or(item.span, |name| name.span);
                self.error("SAME_KEY", message, span, Some(format!("give one of them another {what}")));
            }
            keys.push(key);
        }
        keys
    }

    fn api_key(&mut self, node: &Node) -> Option<ApiKey> {
        let Some(entries) = node.entries() else {
            let name = self.key_name(node)?;
            return Some(ApiKey { name, value: None, enabled: true });
        };
        if let [(key, group)] = entries
            && group.items().is_some()
        {
            let message = format!("serverless-step-functions takes no groups of keys such as `{}`", key.name);
            let help = "list the keys of all groups under `apiKeys`, and write one usagePlan".to_owned();
            self.error("KEY_GROUP", message, key.span, Some(help));
            return None;
        }
        self.unknown_keys(node, &KEY_KEYS, "a key");
        let Some(name) = node.get("name") else {
            let help = "write `name: ${sls:stage}-myKey`".to_owned();
            self.error("KEY_NAME", "a key has no name".to_owned(), node.span, Some(help));
            return None;
        };
        let name = self.key_name(name);
        let value = node.get("value").and_then(|value| self.key_value(value));
        let enabled = node.get("enabled").is_none_or(|enabled| self.flag(enabled, "enabled"));
        Some(ApiKey { name: name?, value, enabled })
    }

    fn key_name(&mut self, node: &Node) -> Option<String> {
        let name = self.text(node, "a key's name")?;
        if name.is_empty() {
            let help = Some("write `- ${sls:stage}-myKey`".to_owned());
            self.error("KEY_NAME", "a key's name is empty".to_owned(), node.span, help);
            return None;
        }
        Some(name)
    }

    /// The value itself is never said: it is a secret.
    fn key_value(&mut self, node: &Node) -> Option<String> {
        let value = self.text(node, "a key's value")?;
        let length = value.chars().count();
        if !VALUE.contains(&length) {
            let message = format!("a key's value has 20 to 128 characters, and this has {length}");
            let help = "write a longer one, or none: one is made then".to_owned();
            self.error("KEY_VALUE", message, node.span, Some(help));
            return None;
        }
        Some(value)
    }

    fn usage_plan(&mut self, node: &Node) -> Option<UsagePlan> {
        if node.items().is_some() {
            let message = "serverless-step-functions takes one usage plan, and this is a list of them".to_owned();
            let help = Some("write `quota` and `throttle` below usagePlan".to_owned());
            self.error("KEY_GROUP", message, node.span, help);
            return None;
        }
        if !self.object(node, "usagePlan") {
            return None;
        }
        self.unknown_keys(node, &["quota", "throttle"], "a usage plan");
        let quota = node.get("quota").and_then(|node| self.quota(node));
        let throttle = node.get("throttle").and_then(|node| self.throttle(node));
        Some(UsagePlan { quota, throttle })
    }

    fn quota(&mut self, node: &Node) -> Option<Quota> {
        if !self.object(node, "the quota") {
            return None;
        }
        self.unknown_keys(node, &["limit", "offset", "period"], "a quota");
        for (key, example) in [("limit", "limit: 5000"), ("period", "period: MONTH")] {
            if node.get(key).is_none() {
                let help = Some(format!("write it as in `{example}`"));
                self.error("USAGE_PLAN", format!("a quota needs a {key}"), node.span, help);
            }
        }
        let limit = node.get("limit").and_then(|node| self.whole(node, "limit", 1, "limit: 5000"));
        let period = node.get("period").and_then(|node| self.period(node));
        let offset = node.get("offset").and_then(|node| self.whole(node, "offset", 0, "offset: 0")).unwrap_or(0);
        let (limit, (name, period, latest)) = (limit?, period?);
        if offset >= limit || offset > latest {
            let span = node.get("offset").map_or(node.span, |node| node.span);
            let message = format!("the offset {offset} of a quota of {limit} a {name} is too large");
            let most = latest.min(limit - 1);
            self.error("USAGE_PLAN", message, span, Some(format!("it is at most {most} here")));
        }
        Some(Quota { limit, offset, period })
    }

    fn period(&mut self, node: &Node) -> Option<(&'static str, Period, u64)> {
        let written = self.text(node, "the period")?;
        let found = PERIODS.into_iter().find(|(name, _, _)| *name == written);
        if found.is_none() {
            let names = PERIODS.map(|(name, _, _)| name);
            let help = did_you_mean(&written, names).unwrap_or_else(|| format!("write {}", names.join(", ")));
            self.error("USAGE_PLAN", format!("`{written}` is no period of a quota"), node.span, Some(help));
        }
        found
    }

    fn throttle(&mut self, node: &Node) -> Option<Throttle> {
        if !self.object(node, "the throttle") {
            return None;
        }
        self.unknown_keys(node, &["burstLimit", "rateLimit"], "a throttle");
        let burst = node.get("burstLimit").and_then(|node| self.whole(node, "burstLimit", 0, "burstLimit: 200"));
        let rate = node.get("rateLimit").and_then(|node| self.rate(node));
        Some(Throttle {
            rate_limit: rate.unwrap_or(ACCOUNT.rate_limit),
            burst_limit: burst.unwrap_or(ACCOUNT.burst_limit),
        })
    }

    fn rate(&mut self, node: &Node) -> Option<f64> {
        let rate = match &node.kind {
            NodeKind::Number(number) => number.as_f64(),
            NodeKind::String(text) => text.trim().parse().ok(),
            NodeKind::Null => return None,
            _ => None,
        };
        let rate = rate.filter(|rate| rate.is_finite() && *rate >= 0.0);
        if rate.is_none() {
            let help = Some("write it as in `rateLimit: 100`".to_owned());
            self.error("FIELD_TYPE", "rateLimit must be a number, 0 or above".to_owned(), node.span, help);
        }
        rate
    }
}
