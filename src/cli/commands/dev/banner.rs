//! What a server says of itself: where it is, what it serves, where it keeps things.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::Value;

use crate::cli::commands::dev::addresses;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::engine::ClockMode;
use crate::local::GatewayAddress;
use crate::project::Service;
use crate::ui::printer::Paint;

/// Where things are, and how many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Banner {
    /// `http://127.0.0.1:8083`
    pub(super) endpoint: String,
    /// `https://127.0.0.1:8084/dev`, where the project's API is served.
    pub(super) api_url: Option<String>,
    /// The certificate that clients of the API trust.
    pub(super) ca_file: Option<PathBuf>,
    machines: usize,
    routes: usize,
    private_routes: usize,
    /// The names of the keys.
    pub(super) keys: Vec<String>,
    store: String,
    time: String,
    flags: String,
}

impl Banner {
    /// Of the project that is loaded.
    pub(super) fn of(context: &Context, address: Option<&GatewayAddress>) -> Result<Self, Failure> {
        let service = context.service.as_ref();
        let routes = || service.iter().flat_map(|service| &service.machines).flat_map(|machine| &machine.routes);
        let stage = service.map_or("", |service| &service.stage);
        let keys: Vec<String> =
            service.iter().flat_map(|service| &service.api_keys).map(|key| key.name.clone()).collect();
        Ok(Self {
            endpoint: context.owner()?.endpoint.clone(),
            api_url: address.map(|address| format!("{}/{stage}", address.url)),
            ca_file: address.map(|address| address.ca_file.clone()),
            machines: service.map_or(0, |service| service.machines.len()),
            routes: routes().count(),
            private_routes: routes().filter(|route| route.private).count(),
            keys,
            store: store(context, service)?,
            time: time(context.settings.clock),
            flags: context.settings.again_flags().to_owned(),
        })
    }

    /// For people.
    pub(super) fn render(&self, paint: Paint) -> String {
        let mut text = format!("{}\n", paint.bold(format!("iw102 dev {}", env!("CARGO_PKG_VERSION"))));
        let mut line = |name: &str, value: &str, note: &str| {
            let value = if note.is_empty() { value.to_owned() } else { format!("{value:<27}  {}", paint.dim(note)) };
            let _ = writeln!(text, "{} {value}", paint.cyan(format!("{name:<15}")));
        };
        line("Step Functions", &self.endpoint, "(aws --endpoint-url works)");
        if let (Some(url), Some(ca_file)) = (&self.api_url, &self.ca_file) {
            line("API", url, &self.api());
            line("", &format!("curl --cacert {}", ca_file.display()), "");
        }
        for name in &self.keys {
            line("API key", name, &format!("iw102 keys show {name} --reveal{}", self.flags));
        }
        line("Store", &self.store, &format!("Time: {}", self.time));
        text
    }

    /// For programs.
    pub(super) fn to_json(&self) -> Value {
        addresses(&self.endpoint, self.api_url.as_deref(), self.ca_file.as_deref())
    }

    /// What is served, in a line.
    pub(super) fn contents(&self) -> String {
        format!("{}, {}", plural(self.machines, "state machine"), self.api())
    }

    fn api(&self) -> String {
        match (self.routes, self.private_routes) {
            (0, _) => "no http events".to_owned(),
            (routes, private) => format!("{}, {} a key", plural(routes, "route"), needed(private)),
        }
    }
}

fn needed(routes: usize) -> String {
    if routes == 1 { "1 needs".to_owned() } else { format!("{routes} need") }
}

fn plural(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

/// As a person writes it: from their home.
fn store(context: &Context, service: Option<&Service>) -> Result<String, Failure> {
    let Some(folder) = context.settings.store(service)? else { return Ok("in memory".to_owned()) };
    let home = context.settings.variables().get("HOME").filter(|home| !home.is_empty());
    let below = home.and_then(|home| folder.strip_prefix(home).ok());
    Ok(below.map_or_else(|| folder.display().to_string(), |below| format!("~/{}", below.display())))
}

fn time(clock: ClockMode) -> String {
    match clock {
        ClockMode::Real => "real".to_owned(),
        ClockMode::Virtual { .. } => "virtual".to_owned(),
        ClockMode::Scaled(factor) => format!("x{factor}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn banner() -> Banner {
        Banner {
            endpoint: "http://127.0.0.1:8083".into(),
            api_url: Some("https://127.0.0.1:8084/dev".into()),
            ca_file: Some("/home/ada/.local/state/iw102/ca/ca.pem".into()),
            machines: 1,
            routes: 4,
            private_routes: 4,
            keys: vec!["dev-myFirstKey".into()],
            store: "~/.local/state/iw102/local/iw-102stepfunctions-dev-01234567".into(),
            time: "real".into(),
            flags: " --local".into(),
        }
    }

    #[test]
    fn people_see_where_everything_is_and_no_secret() {
        expect_test::expect![[r#"
            iw102 dev 0.1.0
            Step Functions  http://127.0.0.1:8083        (aws --endpoint-url works)
            API             https://127.0.0.1:8084/dev   4 routes, 4 need a key
                            curl --cacert /home/ada/.local/state/iw102/ca/ca.pem
            API key         dev-myFirstKey               iw102 keys show dev-myFirstKey --reveal --local
            Store           ~/.local/state/iw102/local/iw-102stepfunctions-dev-01234567  Time: real
        "#]]
        .assert_eq(&banner().render(Paint::plain()));
    }

    #[test]
    fn an_account_without_a_project_has_no_api() {
        let banner = Banner { api_url: None, ca_file: None, keys: Vec::new(), store: "in memory".into(), ..banner() };
        expect_test::expect![[r#"
            iw102 dev 0.1.0
            Step Functions  http://127.0.0.1:8083        (aws --endpoint-url works)
            Store           in memory                    Time: real
        "#]]
        .assert_eq(&banner.render(Paint::plain()));
    }

    #[test]
    fn what_is_served_is_a_line() {
        assert_eq!(banner().contents(), "1 state machine, 4 routes, 4 need a key");
    }
}
