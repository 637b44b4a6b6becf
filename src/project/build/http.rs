//! An `http` event of a state machine, in both notations of the serverless-step-functions plugin.

use std::collections::BTreeMap;

use crate::asl::syntax::{Node, NodeKind, Span};
use crate::project::build::Builder;
use crate::project::load::LoadOptions;
use crate::project::model::{Cors, RequestTemplate, Route, RouteAction, Service};
use crate::project::report::did_you_mean;

/// What the plugin and the framework know of an `http` event.
const KEYS: [&str; 15] = [
    "action",
    "async",
    "authorizer",
    "cors",
    "documentation",
    "iamRole",
    "integration",
    "method",
    "operationName",
    "path",
    "private",
    "request",
    "response",
    "responses",
    "timeoutInMillis",
];
/// Keys whose effect only API Gateway itself has.
const AWS_ONLY: [&str; 2] = ["authorizer", "responses"];
const AS_IF_ABSENT: &str = "iw102 answers requests as if it were not there";
/// The methods of API Gateway.
const METHODS: [&str; 8] = ["ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];
/// The actions that routes have here.
const ACTIONS: [(&str, RouteAction); 4] = [
    ("StartExecution", RouteAction::StartExecution),
    ("StartSyncExecution", RouteAction::StartSyncExecution),
    ("DescribeExecution", RouteAction::DescribeExecution),
    ("StopExecution", RouteAction::StopExecution),
];
/// Other actions of Step Functions that a route can have on AWS.
const OTHER_ACTIONS: [&str; 10] = [
    "DescribeStateMachine",
    "DescribeStateMachineForExecution",
    "GetExecutionHistory",
    "ListExecutions",
    "ListStateMachines",
    "ListTagsForResource",
    "RedriveExecution",
    "SendTaskFailure",
    "SendTaskHeartbeat",
    "SendTaskSuccess",
];
/// The headers that `cors: true` allows.
const CORS_HEADERS: [&str; 6] =
    ["Content-Type", "X-Amz-Date", "Authorization", "X-Api-Key", "X-Amz-Security-Token", "X-Amz-User-Agent"];
const REQUEST_KEYS: [&str; 6] = ["contentHandling", "parameters", "passThrough", "schema", "schemas", "template"];
const CORS_KEYS: [&str; 7] = ["allowCredentials", "cacheControl", "headers", "maxAge", "methods", "origin", "origins"];

impl Builder<'_> {
    /// The route of an `http` event of the machine at `at`; none where nothing here can serve it.
    pub(super) fn http(
        &mut self,
        node: &Node,
        place: Span,
        service: &Service,
        at: usize,
        options: &LoadOptions,
    ) -> Option<Route> {
        if let Some(text) = node.as_str() {
            return self.short_form(text, node.span);
        }
        if node.entries().is_none() {
            let message = format!("an http event is a mapping or a string, and this is {}", node.kind_name());
            self.error("HTTP_EVENT", message, place, Some("write it as in `http: GET hello`".to_owned()));
            return None;
        }
        self.near_misses(node, &KEYS, "an http event");
        for key in AWS_ONLY {
            if let Some((key, _)) = node.entry(key) {
                let message = format!("`{}` of an http event has an effect on AWS only", key.name);
                self.warning("AWS_ONLY", message, key.span, Some(AS_IF_ABSENT.to_owned()));
            }
        }
        let method = self.required(node, "method", place).and_then(|node| self.method(&node));
        let path = self.required(node, "path", place).and_then(|node| self.path(&node));
        let action = self.action(node, service.machines[at].express);
        let private = node.get("private").is_some_and(|node| self.flag(node, "private"));
        let cors = node.get("cors").and_then(|node| self.cors(node));
        let request = self.request(node, service, options);
        let (response_headers, response_template) = self.response(node, service, options);
        Some(Route {
            path: path?,
            method: method?,
            action: action?,
            private,
            cors,
            request,
            response_headers,
            response_template,
            timeout_milliseconds: self.timeout(node),
        })
    }

    /// `timeoutInMillis` of an event, or of `provider.apiGateway`. API Gateway takes 50 ms and more; more than 29,000 where
    /// an account has asked for it.
    pub(super) fn timeout(&mut self, node: &Node) -> Option<u64> {
        self.whole(node.get("timeoutInMillis")?, "timeoutInMillis", 50, "timeoutInMillis: 29000")
    }

    /// `GET hello`
    fn short_form(&mut self, text: &str, span: Span) -> Option<Route> {
        let parts: Vec<&str> = text.split_whitespace().collect();
        let [method, path] = parts[..] else {
            let message = format!("`{text}` is not a method and a path");
            self.error("HTTP_EVENT", message, span, Some("write it as in `http: GET hello`".to_owned()));
            return None;
        };
        let part = |text: &str| Node { kind: NodeKind::String(text.to_owned()), span, tag: None };
        let method = self.method(&part(method));
        let path = self.path(&part(path));
        Some(Route {
            path: path?,
            method: method?,
            action: RouteAction::StartExecution,
            private: false,
            cors: None,
            request: RequestTemplate::Default,
            response_headers: BTreeMap::new(),
            response_template: None,
            timeout_milliseconds: None,
        })
    }

    fn required(&mut self, node: &Node, key: &str, place: Span) -> Option<Node> {
        let found = node.get(key).cloned();
        if found.is_none() {
            let message = format!("an http event needs a {key}");
            let example = if key == "path" { "path: hello" } else { "method: GET" };
            self.error("HTTP_EVENT", message, place, Some(format!("write it as in `{example}`")));
        }
        found
    }

    fn method(&mut self, node: &Node) -> Option<String> {
        let written = self.text(node, "the method")?;
        let method = written.to_ascii_uppercase();
        if METHODS.contains(&method.as_str()) {
            return Some(method);
        }
        let help = did_you_mean(&method, METHODS).unwrap_or_else(|| format!("write {}", METHODS.join(", ")));
        self.error("HTTP_METHOD", format!("`{written}` is no method of API Gateway"), node.span, Some(help));
        None
    }

    /// Without one slash at each end, as the plugin takes them away.
    fn path(&mut self, node: &Node) -> Option<String> {
        let written = self.text(node, "the path")?;
        let path = written.strip_prefix('/').unwrap_or(&written);
        let path = path.strip_suffix('/').unwrap_or(path);
        let segments: Vec<&str> = path.split('/').collect();
        let last = segments.len() - 1;
        let wrong = segments.iter().enumerate().find(|(at, segment)| !is_segment(segment, *at == last));
        match wrong {
            Some((_, segment)) if !path.is_empty() => {
                let message = format!("`{segment}` is no part of a path of API Gateway");
                let help = "letters, digits and `-._:`, a variable `{name}`, or at the end `{proxy+}`".to_owned();
                self.error("HTTP_PATH", message, node.span, Some(help));
                None
            }
            _ => Some(path.to_owned()),
        }
    }

    fn action(&mut self, event: &Node, express: bool) -> Option<RouteAction> {
        let Some(node) = event.get("action") else { return Some(RouteAction::StartExecution) };
        let written = self.text(node, "the action")?;
        if let Some((_, action)) = ACTIONS.iter().find(|(name, _)| *name == written) {
            if *action == RouteAction::StartSyncExecution && !express {
                let message = "StartSyncExecution takes an EXPRESS state machine, and this one is STANDARD";
                let help = "write `type: EXPRESS`, or leave the action out".to_owned();
                self.warning("ROUTE_ACTION", message.to_owned(), node.span, Some(help));
            }
            return Some(*action);
        }
        let names = ACTIONS.map(|(name, _)| name);
        if OTHER_ACTIONS.contains(&written.as_str()) {
            let message = format!("a route with the action {written} is there on AWS only");
            self.warning("AWS_ONLY", message, node.span, Some(format!("routes here have {}", names.join(", "))));
        } else {
            let help = did_you_mean(&written, names.into_iter().chain(OTHER_ACTIONS));
            let help = help.unwrap_or_else(|| format!("write {}", names.join(", ")));
            self.error("ROUTE_ACTION", format!("`{written}` is no action of Step Functions"), node.span, Some(help));
        }
        None
    }

    fn request(&mut self, event: &Node, service: &Service, options: &LoadOptions) -> RequestTemplate {
        let given = event.get("action").is_some();
        let absent = if given { RequestTemplate::PassThrough } else { RequestTemplate::Default };
        let Some(request) = event.get("request").filter(|node| self.object(node, "the request")) else { return absent };
        self.unknown_keys(request, &REQUEST_KEYS, "a request");
        for (key, _) in REQUEST_KEYS.into_iter().filter_map(|key| request.entry(key)) {
            if key.name != "template" {
                let message = format!("`{}` of a request has an effect on AWS only", key.name);
                self.warning("AWS_ONLY", message, key.span, Some(AS_IF_ABSENT.to_owned()));
            }
        }
        match request.get("template") {
            None => absent,
            Some(node) if node.as_str() == Some("lambda_proxy") => RequestTemplate::LambdaProxy,
            Some(node) if node.entries().is_some() => {
                let (node, _) = self.resolution(node, service, options);
                RequestTemplate::Templates(self.texts(&node, "the request template"))
            }
            Some(node) => {
                let help = "write `lambda_proxy`, or a template for each content type".to_owned();
                let message = format!("a request template is `lambda_proxy` or a mapping, and this is {}", shown(node));
                self.error("REQUEST_TEMPLATE", message, node.span, Some(help));
                absent
            }
        }
    }

    /// Headers and the template for JSON.
    fn response(
        &mut self,
        event: &Node,
        service: &Service,
        options: &LoadOptions,
    ) -> (BTreeMap<String, String>, Option<String>) {
        let Some(response) = event.get("response").filter(|node| self.object(node, "the response")) else {
            return (BTreeMap::new(), None);
        };
        self.unknown_keys(response, &["headers", "statusCodes", "template"], "a response");
        if let Some((key, _)) = response.entry("statusCodes") {
            let message = "`statusCodes` is for functions, the plugin reads `responses`".to_owned();
            self.warning("AWS_ONLY", message, key.span, None);
        }
        let headers = response.get("headers").map(|node| {
            let (node, _) = self.resolution(node, service, options);
            self.response_headers(&node)
        });
        let template = response.get("template").and_then(|node| {
            let (node, _) = self.resolution(node, service, options);
            self.response_template(&node)
        });
        (headers.unwrap_or_default(), template)
    }

    fn response_headers(&mut self, node: &Node) -> BTreeMap<String, String> {
        let headers = self.texts(node, "the response headers");
        for (name, value) in &headers {
            let quoted = value.len() > 1 && value.starts_with('\'') && value.ends_with('\'');
            let mapped = ["integration.response.", "context.", "stageVariables."];
            if !quoted && !mapped.iter().any(|start| value.starts_with(start)) {
                let span = node.get(name).map_or(node.span, |value| value.span);
                let message = format!("the value of the header {name} is neither a text in quotes nor a mapping");
                let help = format!("write \"'{value}'\", or integration.response.body.FIELD");
                self.error("RESPONSE_HEADER", message, span, Some(help));
            }
        }
        headers
    }

    fn response_template(&mut self, node: &Node) -> Option<String> {
        let mut templates = self.texts(node, "the response template");
        for (key, _) in node.entries().unwrap_or_default() {
            if key.name != "application/json" {
                let message = format!("the response template for {} has an effect on AWS only", key.name);
                let help = "iw102 answers with the one for application/json".to_owned();
                self.warning("AWS_ONLY", message, key.span, Some(help));
            }
        }
        templates.remove("application/json")
    }

    /// `true`, or what `cors` says in particular.
    fn cors(&mut self, node: &Node) -> Option<Cors> {
        let headers = || CORS_HEADERS.map(str::to_owned).to_vec();
        let mut cors = Cors {
            origins: vec!["*".to_owned()],
            headers: headers(),
            methods: None,
            allow_credentials: false,
            max_age: None,
            cache_control: None,
        };
        if node.entries().is_none() {
            return self.flag(node, "cors").then_some(cors);
        }
        self.unknown_keys(node, &CORS_KEYS, "cors");
        if let (Some(_), Some((key, _))) = (node.get("origin"), node.entry("origins")) {
            let message = "cors has `origin` or `origins`, not both".to_owned();
            self.error("CORS_ORIGIN", message, key.span, Some("write all of them in `origins`".to_owned()));
        }
        if let Some(origins) = node.get("origins").or_else(|| node.get("origin")) {
            cors.origins = match origins.items() {
                Some(_) => self.names(origins, "origins"),
                None => self.text(origins, "the origin").into_iter().collect(),
            };
        }
        if let Some(node) = node.get("headers") {
            cors.headers = self.names(node, "headers");
        }
        if let Some(node) = node.get("methods") {
            let items = self.list(node, "methods", "`methods: [GET, POST]`").unwrap_or_default();
            cors.methods = Some(items.iter().filter_map(|item| self.method(item)).collect());
        }
        cors.allow_credentials = node.get("allowCredentials").is_some_and(|node| self.flag(node, "allowCredentials"));
        cors.max_age = node.get("maxAge").and_then(|node| self.whole(node, "maxAge", 1, "maxAge: 86400"));
        cors.cache_control = self.optional_text(node, "cacheControl", "cacheControl");
        Some(cors)
    }

    fn names(&mut self, node: &Node, what: &str) -> Vec<String> {
        let items = self.list(node, what, &format!("`{what}: [one, two]`")).unwrap_or_default();
        items.iter().filter_map(|item| self.text(item, what)).collect()
    }
}

/// Whether API Gateway takes a text between two slashes.
fn is_segment(segment: &str, last: bool) -> bool {
    let plain = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || ['-', '.', '_', ':'].contains(&c))
    };
    match segment.strip_prefix('{').and_then(|inside| inside.strip_suffix('}')) {
        Some(name) => plain(name) || (last && name.strip_suffix('+').is_some_and(plain)),
        None => plain(segment),
    }
}

fn shown(node: &Node) -> String {
    node.as_str().map_or_else(|| node.kind_name().to_owned(), |text| format!("`{text}`"))
}
