//! `functions`, and how iw102 runs them.

use std::collections::BTreeMap;

use crate::asl::syntax::{Key, Node, NodeKind};
use crate::project::build::fields::entries;
use crate::project::build::{Around, Builder};
use crate::project::load::LoadOptions;
use crate::project::model::{Function, FunctionProgram, Service};
use crate::project::report::did_you_mean;

/// AWS's own default is 3; the framework sets 6.
const TIMEOUT_SECONDS: u64 = 6;
/// The framework's default.
const MEMORY_MB: u64 = 1024;

/// The keys that are read, and those that are easily mistaken for them.
const KEYS: [&str; 12] = [
    "description",
    "environment",
    "events",
    "handler",
    "image",
    "layers",
    "memorySize",
    "name",
    "package",
    "role",
    "runtime",
    "timeout",
];

impl Builder<'_> {
    pub(super) fn functions(&mut self, node: Option<&Node>, around: &Around<'_>, service: &mut Service) {
        for (key, function) in node.map(|node| self.members(node, "functions")).unwrap_or_default() {
            if self.object(function, "a function") {
                let function = self.function(key, function, around);
                service.functions.push(function);
            }
        }
        self.commands(around, service);
    }

    fn function(&mut self, key: &Key, node: &Node, around: &Around<'_>) -> Function {
        self.near_misses(node, &KEYS, "a function");
        self.events(node);
        let name = self.optional_text(node, "name", "the function's name");
        let provider = around.provider;
        let mut number = |name: &str, default: u64| {
            let own = self.optional_number(node, name);
            own.or_else(|| self.optional_number(provider?, name)).unwrap_or(default)
        };
        let timeout_seconds = number("timeout", TIMEOUT_SECONDS);
        let memory_mb = number("memorySize", MEMORY_MB);
        Function {
            logical_id: key.name.clone(),
            name: name.unwrap_or_else(|| format!("{}-{}-{}", around.service, around.stage, key.name)),
            program: self.program(key, node, around),
            timeout_seconds,
            memory_mb,
            environment: BTreeMap::new(),
        }
    }

    fn program(&mut self, key: &Key, node: &Node, around: &Around<'_>) -> FunctionProgram {
        if let Some(command) = self.command(&key.name, around) {
            return FunctionProgram::Command(command);
        }
        let runtime = self.optional_text(node, "runtime", "the runtime");
        let runtime = runtime.or_else(|| self.optional_text(around.provider?, "runtime", "the runtime"));
        let handler = self.optional_text(node, "handler", "the handler");
        if handler.is_none() {
            let message = format!("the function `{}` has no handler", key.name);
            let help = format!("write `handler:`, or a command under custom.iw102.functions.{}.command", key.name);
            self.warning("FUNCTION_HANDLER", message, key.span, Some(help));
        }
        FunctionProgram::Handler { handler: handler.unwrap_or_default(), runtime: runtime.unwrap_or_default() }
    }

    /// `custom.iw102.functions.NAME.command`
    fn command(&mut self, name: &str, around: &Around<'_>) -> Option<String> {
        let node = around.custom?.get("functions")?.get(name)?.get("command")?;
        let command = self.text(node, "the command")?;
        if command.trim().is_empty() {
            let help = Some("write what `sh -c` runs: it reads the event and prints the result".to_owned());
            self.error("FUNCTION_COMMAND", "the command is empty".to_owned(), node.span, help);
        }
        Some(command)
    }

    /// What under `custom.iw102` leads nowhere.
    fn commands(&mut self, around: &Around<'_>, service: &Service) {
        let Some(custom) = around.custom.filter(|node| self.object(node, "custom.iw102")) else { return };
        self.unknown_keys(custom, &["functions"], "custom.iw102");
        let functions = custom.get("functions").filter(|node| self.object(node, "custom.iw102.functions"));
        for (key, node) in functions.and_then(Node::entries).unwrap_or_default() {
            let known = service.functions.iter().map(|function| function.logical_id.as_str());
            if !known.clone().any(|known| known == key.name) {
                let help = did_you_mean(&key.name, known);
                let help = help.unwrap_or_else(|| "add it to `functions`".to_owned());
                let message = format!("the service has no function `{}`", key.name);
                self.warning("UNKNOWN_FUNCTION", message, key.span, Some(help));
            }
            if self.object(node, "a function of custom.iw102") {
                self.unknown_keys(node, &["command"], "a function of custom.iw102");
            }
        }
    }

    /// The environments of all functions: last, since they may refer to anything in the service.
    pub(super) fn environments(&mut self, root: &Node, options: &LoadOptions, service: &mut Service) {
        let provider = root.get("provider").and_then(|provider| provider.get("environment"));
        let shared = provider.map(|node| self.environment(node, service, options)).unwrap_or_default();
        let functions = root.get("functions").map(entries).unwrap_or_default();
        for at in 0..service.functions.len() {
            let own = functions.iter().find(|(key, _)| key.name == service.functions[at].logical_id);
            let own = own.and_then(|(_, function)| function.get("environment"));
            let own = own.map(|node| self.environment(node, service, options)).unwrap_or_default();
            let mut environment = shared.clone();
            environment.extend(own);
            service.functions[at].environment = environment;
        }
    }

    fn environment(&mut self, node: &Node, service: &Service, options: &LoadOptions) -> BTreeMap<String, String> {
        if !self.object(node, "the environment") {
            return BTreeMap::new();
        }
        let entries = node.entries().unwrap_or_default();
        let resolved =
            entries.iter().filter_map(|(key, value)| Some((key.clone(), self.resolved(value, service, options)?)));
        let resolved = Node { kind: NodeKind::Object(resolved.collect()), span: node.span, tag: None };
        self.texts(&resolved, "the environment")
    }
}
