//! `events` of state machines: which of them are routes, and what two of them may not share.

use std::collections::BTreeMap;

use crate::asl::syntax::{Key, Node, Span};
use crate::project::build::Builder;
use crate::project::load::LoadOptions;
use crate::project::model::{Route, Service};
use crate::project::report::did_you_mean;

/// What the plugin makes start a state machine.
const MACHINE_EVENTS: [&str; 4] = ["cloudwatchEvent", "eventBridge", "http", "schedule"];

/// A route and where it stands.
struct Placed {
    route: Route,
    span: Span,
}

impl Builder<'_> {
    /// The routes of all machines: after everything that their templates may refer to.
    pub(super) fn routes(&mut self, root: &Node, options: &LoadOptions, service: &mut Service) {
        let mut seen = Seen::default();
        let keyless = !has_keys(root);
        let gateway = root.get("provider").and_then(|provider| provider.get("apiGateway"));
        let timeout = gateway.and_then(|gateway| self.timeout(gateway));
        for at in 0..service.machines.len() {
            let Some(node) = machine_node(root, &service.machines[at].logical_id) else { continue };
            let Some(events) = node.get("events") else { continue };
            let placed = self.machine_events(events, service, at, options);
            for one in &placed {
                if one.route.private && keyless {
                    let message = "a private route asks for a key, and the provider has none".to_owned();
                    let help =
                        Some("name one under `provider.apiGateway.apiKeys`, or every request is refused".to_owned());
                    self.warning("NO_KEYS", message, one.span, help);
                }
                if !one.route.private && !keyless {
                    let route = format!("{} /{}", one.route.method, one.route.path);
                    let message =
                        format!("`{route}` asks for no key, and the provider has keys: whoever finds it may call it");
                    self.warning("OPEN_ROUTE", message, one.span, Some("write `private: true`".to_owned()));
                }
                self.same_route(one, &service.machines[at].logical_id, &mut seen);
            }
            let with_timeout =
                |one: Placed| Route { timeout_milliseconds: one.route.timeout_milliseconds.or(timeout), ..one.route };
            service.machines[at].routes = placed.into_iter().map(with_timeout).collect();
        }
    }

    fn machine_events(&mut self, node: &Node, service: &Service, at: usize, options: &LoadOptions) -> Vec<Placed> {
        let Some(items) = self.list(node, "events", "`- http: GET hello`") else { return Vec::new() };
        let mut routes = Vec::new();
        for item in items {
            let Some(entries) = item.entries() else {
                let message = format!("an event must be a mapping, and this is {}", item.kind_name());
                self.error("FIELD_TYPE", message, item.span, Some("write it as in `- http: GET hello`".to_owned()));
                continue;
            };
            for (key, event) in entries {
                if key.name != "http" {
                    self.other_event(key);
                } else if let Some(route) = self.http(event, key.span, service, at, options) {
                    routes.push(Placed { route, span: key.span });
                }
            }
        }
        routes
    }

    /// An event that is no route: it starts nothing here.
    fn other_event(&mut self, key: &Key) {
        let kind = &key.name;
        if MACHINE_EVENTS.contains(&kind.as_str()) {
            let help = "start an execution yourself: `iw102 start` or `iw102 invoke`".to_owned();
            self.warning("AWS_ONLY", format!("`{kind}` events happen on AWS only"), key.span, Some(help));
        } else {
            let help = did_you_mean(kind, MACHINE_EVENTS);
            let help = help.unwrap_or_else(|| format!("it has {}", MACHINE_EVENTS.join(", ")));
            self.warning("UNKNOWN_KEY", format!("a state machine has no `{kind}` events"), key.span, Some(help));
        }
    }

    /// Two routes of one method and path, or two names for one path variable: a deploy fails.
    fn same_route(&mut self, one: &Placed, machine: &str, seen: &mut Seen) {
        let Route { method, path, .. } = &one.route;
        if let Some(first) = seen.routes.insert((method.clone(), path.clone()), machine.to_owned()) {
            let message = format!("`{method} /{path}` is a route of `{first}` already");
            self.error("SAME_ROUTE", message, one.span, Some("give one of them another path or method".to_owned()));
        }
        let mut prefix = String::new();
        for segment in path.split('/') {
            if segment.starts_with('{') {
                let first = seen.variables.entry(prefix.clone()).or_insert_with(|| segment.to_owned());
                if first != segment {
                    let message = format!("`{first}` and `{segment}` stand at the same place of a path");
                    let help = format!("API Gateway allows one name there: write `{first}` in both");
                    self.error("PATH_VARIABLE", message, one.span, Some(help));
                }
            }
            prefix.push('/');
            prefix += segment;
        }
    }

    /// The items of a list; null counts as an empty one.
    pub(super) fn list<'n>(&mut self, node: &'n Node, what: &str, example: &str) -> Option<&'n [Node]> {
        if node.items().is_none() && node.kind_name() != "null" {
            let message = format!("{what} must be a list, and this is {}", node.kind_name());
            self.error("FIELD_TYPE", message, node.span, Some(format!("write it as in {example}")));
        }
        node.items()
    }
}

/// What the routes of all machines have so far.
#[derive(Default)]
struct Seen {
    /// The machine, by method and path.
    routes: BTreeMap<(String, String), String>,
    /// The variable at a place of the path, by what stands before it.
    variables: BTreeMap<String, String>,
}

/// A machine's own part of the document.
pub(super) fn machine_node<'n>(root: &'n Node, logical_id: &str) -> Option<&'n Node> {
    root.get("stepFunctions")?.get("stateMachines")?.get(logical_id)
}

/// Whether keys are given, be they right or not.
fn has_keys(root: &Node) -> bool {
    let provider = root.get("provider");
    let gateway = provider.and_then(|provider| provider.get("apiGateway"));
    [provider, gateway].into_iter().flatten().any(|node| node.get("apiKeys").is_some())
}
