//! A resolved document → a [`Service`].
//!
//! Owns: which keys mean what, their defaults, what is said about keys that mean nothing. Must not know: files,
//! variables. Start reading at [`service`]; [`fields`] reads single values.

mod fields;
mod function;
mod http;
mod keys;
mod logging;
mod machine;
mod notifications;
mod routes;

use std::collections::BTreeMap;
use std::path::Path;

use crate::asl::diagnostic::{Diagnostic, Severity, diagnostic};
use crate::asl::syntax::{Node, Sources, Span};
use crate::project::cloudformation;
use crate::project::load::{LoadOptions, folder};
use crate::project::model::{Activity, Definition, Identity, Machine, Service};
use crate::project::names::DEFAULT_REGION;
use crate::project::report::did_you_mean;

/// Top-level keys of a serverless.yml.
const TOP: [&str; 18] = [
    "app",
    "configValidationMode",
    "console",
    "custom",
    "disabledDeprecations",
    "frameworkVersion",
    "functions",
    "layers",
    "org",
    "outputs",
    "package",
    "params",
    "plugins",
    "provider",
    "resources",
    "service",
    "stages",
    "stepFunctions",
];

/// Keys under `provider`.
const PROVIDER: [&str; 61] = [
    "alb",
    "apiGateway",
    "apiKeys",
    "apiName",
    "architecture",
    "cfnRole",
    "cloudFront",
    "deploymentBucket",
    "deploymentMethod",
    "deploymentPrefix",
    "disableDefaultOutputExportNames",
    "disableRollback",
    "ecr",
    "endpointType",
    "environment",
    "eventBridge",
    "httpApi",
    "iam",
    "iamManagedPolicies",
    "iamRoleStatements",
    "kmsKeyArn",
    "lambdaHashingVersion",
    "layers",
    "logRetentionInDays",
    "logs",
    "memorySize",
    "name",
    "notificationArns",
    "profile",
    "provisionedConcurrency",
    "region",
    "resolver",
    "resourcePolicy",
    "role",
    "rolePermissionsBoundary",
    "rollbackConfiguration",
    "runtime",
    "runtimeManagement",
    "s3",
    "snapStart",
    "stackName",
    "stackParameters",
    "stackPolicy",
    "stackTags",
    "stage",
    "tags",
    "timeout",
    "tracing",
    "usagePlan",
    "versionFunctions",
    "vpc",
    "vpcEndpointIds",
    "websocket",
    "websocketsApiName",
    "websocketsApiRouteSelectionExpression",
    "websocketsDescription",
    "reservedConcurrency",
    "package",
    "logDataProtectionPolicy",
    "deploymentSettings",
    "variableSyntax",
];

/// What can start a function or a state machine.
const EVENTS: [&str; 22] = [
    "activemq",
    "alb",
    "alexaSkill",
    "alexaSmartHome",
    "cloudFront",
    "cloudwatchEvent",
    "cloudwatchLog",
    "cognitoUserPool",
    "eventBridge",
    "http",
    "httpApi",
    "iot",
    "iotFleetProvisioning",
    "kafka",
    "msk",
    "rabbitmq",
    "s3",
    "schedule",
    "sns",
    "sqs",
    "stream",
    "websocket",
];

/// Keys under `stepFunctions`.
const STEP_FUNCTIONS: [&str; 4] = ["activities", "noOutput", "stateMachines", "validate"];

/// A plain definition as a service of one machine: the file's stem is the name of both.
pub(super) fn plain(definition: Node, path: &Path, options: &LoadOptions) -> Service {
    let name = stem(path);
    let machine = Machine {
        logical_id: name.clone(),
        name: name.clone(),
        is_named: true,
        resource_id: name.clone(),
        express: false,
        definition: Definition { node: definition, template: false },
        tags: BTreeMap::new(),
        routes: Vec::new(),
        notifications: Vec::new(),
        logging: None,
    };
    Service { name, machines: vec![machine], ..empty(path, options) }
}

/// `hello.asl.json` → `hello`; characters that AWS refuses in names become `-`.
fn stem(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = [".json", ".yml", ".yaml"].iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(&name);
    let stem = stem.strip_suffix(".asl").unwrap_or(stem);
    let kept: String = stem.chars().take(80).map(|c| if machine::is_name_character(c) { c } else { '-' }).collect();
    if kept.is_empty() { "definition".to_owned() } else { kept }
}

fn empty(path: &Path, options: &LoadOptions) -> Service {
    Service {
        name: String::new(),
        stage: options.stage.clone().unwrap_or_else(|| "dev".to_owned()),
        stage_is_default: options.stage.is_none(),
        region: None,
        profile: None,
        stack_name: None,
        file: path.to_owned(),
        folder: folder(path),
        machines: Vec::new(),
        functions: Vec::new(),
        activities: Vec::new(),
        log_groups: Vec::new(),
        api_keys: Vec::new(),
        usage_plan: None,
    }
}

/// Reads a document as a service. There is none when the document is no mapping.
pub(super) fn service(
    sources: &mut Sources,
    root: &Node,
    path: &Path,
    options: &LoadOptions,
) -> (Option<Service>, Vec<Diagnostic>) {
    let mut builder = Builder { sources, diagnostics: Vec::new() };
    let service = builder.service(root, path, options);
    (service, builder.diagnostics)
}

struct Builder<'a> {
    sources: &'a mut Sources,
    diagnostics: Vec<Diagnostic>,
}

/// What functions and machines need of the service around them.
struct Around<'a> {
    service: &'a str,
    stage: &'a str,
    provider: Option<&'a Node>,
    custom: Option<&'a Node>,
}

impl Builder<'_> {
    fn service(&mut self, root: &Node, path: &Path, options: &LoadOptions) -> Option<Service> {
        if root.entries().is_none() {
            let help = "a project file starts with `service: NAME`, a definition with StartAt and States".to_owned();
            let message = format!("the file holds {}, not a service or a state machine", root.kind_name());
            self.error("PROJECT_KIND", message, root.span, Some(help));
            return None;
        }
        self.near_misses(root, &TOP, "the file");
        let provider = root.get("provider");
        let mut service = Service { name: self.name(root), ..empty(path, options) };
        if let Some(provider) = provider {
            self.object(provider, "provider");
            self.near_misses(provider, &PROVIDER, "provider");
            let own = self.optional_text(provider, "stage", "the stage");
            service.stage_is_default &= own.is_none();
            service.stage = options.stage.clone().or(own).unwrap_or(service.stage);
            service.region = self.optional_text(provider, "region", "the region");
            service.profile = self.optional_text(provider, "profile", "the profile");
            service.stack_name = self.optional_text(provider, "stackName", "the name of the stack");
        }
        let (name, stage) = (service.name.clone(), service.stage.clone());
        let custom = root.get("custom").and_then(|custom| custom.get("iw102"));
        let around = Around { service: &name, stage: &stage, provider, custom };
        self.functions(root.get("functions"), &around, &mut service);
        self.step_functions(root.get("stepFunctions"), &around, &mut service);
        self.environments(root, options, &mut service);
        self.keys(provider, options, &mut service);
        self.routes(root, options, &mut service);
        self.notifications(root, options, &mut service);
        Self::log_groups(root, options, &mut service);
        self.logging(root, options, &mut service);
        Some(service)
    }

    /// `service: name` or `service: {name: …}`.
    fn name(&mut self, root: &Node) -> String {
        let Some((key, node)) = root.entry("service") else {
            let start = Span { end: root.span.start, ..root.span };
            let help = "start the file with `service: NAME`".to_owned();
            self.error("SERVICE_NAME", "the service has no name".to_owned(), start, Some(help));
            return String::new();
        };
        let node = if node.entries().is_some() { node.get("name") } else { Some(node) };
        match node.and_then(|node| self.text(node, "the service's name")) {
            Some(name) if !name.is_empty() => name,
            Some(_) | None => {
                let help = Some("write `service: NAME`".to_owned());
                self.error("SERVICE_NAME", "the service has no name".to_owned(), key.span, help);
                String::new()
            }
        }
    }

    fn step_functions(&mut self, node: Option<&Node>, around: &Around<'_>, service: &mut Service) {
        let Some(node) = node.filter(|node| self.object(node, "stepFunctions")) else { return };
        self.unknown_keys(node, &STEP_FUNCTIONS, "stepFunctions");
        if let Some(activities) = node.get("activities") {
            service.activities = self.activities(activities);
        }
        if let Some(machines) = node.get("stateMachines").filter(|node| self.object(node, "stateMachines")) {
            for (key, machine) in machines.entries().unwrap_or_default() {
                service.machines.extend(self.machine(key, machine, around));
            }
        }
        self.same_names(node, service);
    }

    fn activities(&mut self, node: &Node) -> Vec<Activity> {
        let Some(items) = node.items() else {
            let message = format!("activities are a list of names, and this is {}", node.kind_name());
            self.error("FIELD_TYPE", message, node.span, Some("write `- name`".to_owned()));
            return Vec::new();
        };
        items.iter().filter_map(|item| self.text(item, "an activity's name")).map(|name| Activity { name }).collect()
    }

    /// Two machines of one name would be one machine on AWS.
    fn same_names(&mut self, node: &Node, service: &Service) {
        for (at, machine) in service.machines.iter().enumerate() {
            let Some(first) = service.machines[..at].iter().find(|one| one.name == machine.name) else { continue };
            let entry = node.get("stateMachines").and_then(|machines| machines.entry(&machine.logical_id));
            let span = entry.map_or(node.span, |(key, _)| key.span);
            let message =
                format!("`{}` and `{}` have the same name `{}`", first.logical_id, machine.logical_id, machine.name);
            self.error("SAME_NAME", message, span, Some("give one of them another `name`".to_owned()));
        }
    }

    fn identity(service: &Service, options: &LoadOptions) -> Identity {
        let region = options.region.clone().or_else(|| service.region.clone());
        let region = region.unwrap_or_else(|| DEFAULT_REGION.to_owned());
        Identity { region, account: options.account.clone() }
    }

    /// Resolves references; a value that refers to a resource that only AWS has is left out, with a warning.
    fn resolved(&mut self, node: &Node, service: &Service, options: &LoadOptions) -> Option<Node> {
        let (node, whole) = self.resolution(node, service, options);
        whole.then_some(node)
    }

    /// Resolves references, and says whether all of them were; one that was not stays as `${Name}`, with a warning.
    fn resolution(&mut self, node: &Node, service: &Service, options: &LoadOptions) -> (Node, bool) {
        let (node, complaints) = cloudformation::resolve(node, service, &Self::identity(service, options), true);
        let whole = complaints.is_empty();
        let soften = |one: Diagnostic| Diagnostic { severity: Severity::Warning, pointer: String::new(), ..one };
        self.diagnostics.extend(complaints.into_iter().map(soften));
        (node, whole)
    }

    fn error(&mut self, code: &'static str, message: String, span: Span, help: Option<String>) {
        self.diagnostics.push(diagnostic(Severity::Error, code, message, span, help));
    }

    fn warning(&mut self, code: &'static str, message: String, span: Span, help: Option<String>) {
        self.diagnostics.push(diagnostic(Severity::Warning, code, message, span, help));
    }

    /// A warning for every key that nothing reads.
    fn unknown_keys(&mut self, node: &Node, known: &[&str], place: &str) {
        for (key, _) in node.entries().into_iter().flatten() {
            if !known.contains(&key.name.as_str()) && !key.name.starts_with("x-") {
                let help = did_you_mean(&key.name, known.iter().copied());
                let help = help.unwrap_or_else(|| format!("it has {}", known.join(", ")));
                self.warning("UNKNOWN_KEY", format!("{place} has no `{}`", key.name), key.span, Some(help));
            }
        }
    }

    /// A warning for events of a function whose kind looks like one we know.
    fn events(&mut self, owner: &Node) {
        for event in owner.get("events").and_then(Node::items).unwrap_or_default() {
            self.near_misses(event, &EVENTS, "an event");
        }
    }

    /// A warning for keys that look like one we know: where plugins add keys of their own, any other is theirs.
    fn near_misses(&mut self, node: &Node, known: &[&str], place: &str) {
        for (key, _) in node.entries().into_iter().flatten() {
            if !known.contains(&key.name.as_str())
                && let Some(help) = did_you_mean(&key.name, known.iter().copied())
            {
                self.warning("UNKNOWN_KEY", format!("{place} has no `{}`", key.name), key.span, Some(help));
            }
        }
    }
}
