//! `loggingConfig` of state machines: what of their executions is logged, and in which log group.
//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_LoggingConfiguration.html>

use crate::asl::syntax::Node;
use crate::project::build::Builder;
use crate::project::build::routes::machine_node;
use crate::project::cloudformation;
use crate::project::load::LoadOptions;
use crate::project::model::{LogGroup, Logging, Service};
use crate::project::report::did_you_mean;

const LEVELS: [&str; 4] = ["ALL", "ERROR", "FATAL", "OFF"];

impl Builder<'_> {
    /// The log groups among the file's `resources`, to which destinations refer.
    pub(super) fn log_groups(root: &Node, options: &LoadOptions, service: &mut Service) {
        let Some(resources) = root.get("resources") else { return };
        // Serverless takes one template, or a list of them.
        for template in resources.items().unwrap_or(std::slice::from_ref(resources)) {
            let entries = template.get("Resources").and_then(Node::entries).unwrap_or_default();
            for (key, node) in entries {
                if node.get("Type").and_then(Node::as_str) != Some("AWS::Logs::LogGroup") {
                    continue;
                }
                let given = node.get("Properties").and_then(|properties| properties.get("LogGroupName"));
                let given = given.and_then(|name| {
                    // Of a name that only AWS knows nobody needs to hear: the group may be used by nobody here.
                    let (name, complaints) =
                        cloudformation::resolve(name, service, &Self::identity(service, options), true);
                    complaints.is_empty().then_some(name)
                });
                let made = || format!("{}-{}-{}", service.name, service.stage, key.name);
                let name = given.as_ref().and_then(Node::as_str).map_or_else(made, str::to_owned);
                service.log_groups.push(LogGroup { logical_id: key.name.clone(), name });
            }
        }
    }

    /// The logging of all machines: after the log groups.
    pub(super) fn logging(&mut self, root: &Node, options: &LoadOptions, service: &mut Service) {
        for at in 0..service.machines.len() {
            let found = machine_node(root, &service.machines[at].logical_id).and_then(|node| node.get("loggingConfig"));
            let Some(node) = found.filter(|node| self.object(node, "loggingConfig")) else { continue };
            service.machines[at].logging = self.logging_of(node, service, options);
        }
    }

    /// Nothing where nothing is logged, or where only AWS knows the log group.
    fn logging_of(&mut self, node: &Node, service: &Service, options: &LoadOptions) -> Option<Logging> {
        self.unknown_keys(node, &["level", "includeExecutionData", "destinations"], "loggingConfig");
        let level = self.optional_text(node, "level", "the level").unwrap_or_else(|| "OFF".to_owned());
        let included = node.get("includeExecutionData");
        let include_execution_data = included.is_some_and(|node| self.flag(node, "includeExecutionData"));
        let given = node.get("destinations");
        let items = given.and_then(|given| self.list(given, "the destinations", "`- ARN`")).unwrap_or_default();
        let Some(level) = LEVELS.into_iter().find(|known| *known == level) else {
            let help = did_you_mean(&level, LEVELS).unwrap_or_else(|| format!("write {}", LEVELS.join(", ")));
            let span = node.get("level").unwrap_or(node).span;
            self.error("LOGGING", format!("`{level}` is no level of logging"), span, Some(help));
            return None;
        };
        if items.len() > 1 || (level != "OFF" && items.is_empty()) {
            let message = format!("AWS wants exactly one destination, and there are {}", items.len());
            let help = Some("write `destinations: [!GetAtt GROUP.Arn]`".to_owned());
            self.error("LOGGING", message, given.unwrap_or(node).span, help);
            return None;
        }
        let [destination] = items else { return None };
        let resolved = self.resolved(destination, service, options)?;
        let log_group_arn = self.text(&resolved, "a destination")?;
        if !log_group_arn.contains(":log-group:") {
            let message = format!("`{log_group_arn}` is not the ARN of a log group");
            let help = Some("write `arn:aws:logs:REGION:ACCOUNT:log-group:NAME:*`, or `!GetAtt GROUP.Arn`".to_owned());
            self.error("LOGGING", message, destination.span, help);
            return None;
        }
        Some(Logging { level, include_execution_data, log_group_arn })
    }
}
