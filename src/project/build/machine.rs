//! `stepFunctions.stateMachines`.

use crate::asl::syntax::{Key, Node};
use crate::project::build::{Around, Builder};
use crate::project::model::{Definition, Machine};
use crate::project::names::{machine_id, machine_name, normalised};
use crate::project::read;
use crate::project::report::did_you_mean;

/// What the plugin knows; most of it matters to a deploy only.
const KEYS: [&str; 20] = [
    "alarms",
    "definition",
    "dependsOn",
    "encryptionConfig",
    "events",
    "iamRole",
    "iamRoleStatements",
    "id",
    "inheritGlobalTags",
    "loggingConfig",
    "name",
    "notifications",
    "permissionsBoundary",
    "provisionedConcurrency",
    "retain",
    "role",
    "tags",
    "tracingConfig",
    "type",
    "useExactVersion",
];

/// What AWS refuses in the name of a machine, white space and control characters apart.
const REFUSED: &str = "<>{}[]?*\"#%\\^|~`$&,;:/";

/// Whether AWS takes a character in the name of a machine.
pub(super) fn is_name_character(c: char) -> bool {
    !c.is_whitespace() && !c.is_control() && !REFUSED.contains(c)
}

impl Builder<'_> {
    pub(super) fn machine(&mut self, key: &Key, node: &Node, around: &Around<'_>) -> Option<Machine> {
        if !self.object(node, "a state machine") {
            return None;
        }
        self.unknown_keys(node, &KEYS, "a state machine");
        let name = self.machine_name(node);
        let id = self.optional_text(node, "id", "the id");
        let generated = || name.as_deref().map_or_else(|| machine_id(&key.name), normalised);
        Some(Machine {
            logical_id: key.name.clone(),
            is_named: name.is_some(),
            resource_id: id.unwrap_or_else(generated),
            name: name.unwrap_or_else(|| machine_name(around.service, around.stage, &key.name)),
            express: self.express(node),
            definition: self.definition(key, node)?,
            tags: node.get("tags").map(|tags| self.texts(tags, "the tags")).unwrap_or_default(),
            routes: Vec::new(),
            notifications: Vec::new(),
            logging: None,
        })
    }

    fn machine_name(&mut self, node: &Node) -> Option<String> {
        let name = self.optional_text(node, "name", "the name of a state machine")?;
        let fits = (1..=80).contains(&name.chars().count()) && name.chars().all(is_name_character);
        if !fits && let Some(node) = node.get("name") {
            let message = format!("`{name}` is no name of a state machine");
            let help = format!("1 to 80 characters, no white space and none of {REFUSED}");
            self.error("INVALID_NAME", message, node.span, Some(help));
        }
        Some(name)
    }

    fn express(&mut self, node: &Node) -> bool {
        let Some(kind) = self.optional_text(node, "type", "the type") else { return false };
        if !["STANDARD", "EXPRESS"].contains(&kind.as_str())
            && let Some(node) = node.get("type")
        {
            let help = did_you_mean(&kind, ["STANDARD", "EXPRESS"]);
            let help = help.unwrap_or_else(|| "write STANDARD or EXPRESS".to_owned());
            self.error("MACHINE_TYPE", format!("`{kind}` is no type of a state machine"), node.span, Some(help));
        }
        kind == "EXPRESS"
    }

    /// A mapping, or a text that holds the definition as JSON or YAML.
    fn definition(&mut self, key: &Key, node: &Node) -> Option<Definition> {
        let Some(definition) = node.get("definition") else {
            let help = Some("write `definition:` with StartAt and States, or ${file(machine.asl.json)}".to_owned());
            self.error("NO_DEFINITION", format!("`{}` has no definition", key.name), key.span, help);
            return None;
        };
        if let (Some(text), None) = (definition.as_str(), &definition.tag) {
            let source = self.sources.add(format!("<definition of {}>", key.name), text);
            let (parsed, complaints) = read::parse(self.sources, source);
            self.diagnostics.extend(complaints);
            return Some(Definition { node: parsed?, template: true });
        }
        if self.object(definition, "a definition") {
            return Some(Definition { node: definition.clone(), template: true });
        }
        if definition.kind_name() == "null" {
            self.error("NO_DEFINITION", format!("the definition of `{}` is empty", key.name), definition.span, None);
        }
        None
    }
}
