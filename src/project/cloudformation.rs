//! CloudFormation's forms, short and long, resolved as a deploy would: `!GetAtt`, `Ref`, `Fn::Sub`, `Fn::Join`.

use crate::asl::diagnostic::{Diagnostic, Severity};
use crate::asl::syntax::{Key, Node, NodeKind, Span};
use crate::project::model::{Identity, Service};
use crate::project::names::{activity_id, function_id};
use crate::project::report::did_you_mean;

/// The forms that are resolved here, as the tags name them.
const RESOLVED: [&str; 4] = ["GetAtt", "Join", "Ref", "Sub"];

/// Pseudo-parameters that have a value without a stack.
const PSEUDO: [&str; 6] =
    ["AWS::AccountId", "AWS::NoValue", "AWS::Partition", "AWS::Region", "AWS::StackName", "AWS::URLSuffix"];

/// Resolves the references in a tree. `template`: `Ref` and `Fn::…` keys count as well as tags.
pub(super) fn resolve(node: &Node, service: &Service, identity: &Identity, template: bool) -> (Node, Vec<Diagnostic>) {
    let mut forms = Forms { service, identity, template, pointer: Vec::new(), diagnostics: Vec::new() };
    let resolved = forms.value(node).unwrap_or(Node { kind: NodeKind::Null, span: node.span, tag: None });
    (resolved, forms.diagnostics)
}

struct Forms<'a> {
    service: &'a Service,
    identity: &'a Identity,
    template: bool,
    pointer: Vec<String>,
    diagnostics: Vec<Diagnostic>,
}

impl Forms<'_> {
    /// The value; nothing for `AWS::NoValue`, whose key goes away.
    fn value(&mut self, node: &Node) -> Option<Node> {
        if let Some(tag) = &node.tag {
            let bare = Node { kind: node.kind.clone(), span: node.span, tag: None };
            return self.form(tag, &bare, node.span);
        }
        let kind = match &node.kind {
            NodeKind::Object(entries) => match self.long_form(entries) {
                Some((form, argument)) => return self.form(form, argument, node.span),
                None => NodeKind::Object(self.entries(entries)),
            },
            NodeKind::Array(items) => NodeKind::Array(self.items(items)),
            NodeKind::String(text) if self.template && text.contains("{AWS::") => {
                NodeKind::String(self.pseudo_text(text))
            }
            other => other.clone(),
        };
        Some(Node { kind, span: node.span, tag: None })
    }

    fn entries(&mut self, entries: &[(Key, Node)]) -> Vec<(Key, Node)> {
        let resolved = entries.iter().filter_map(|(key, value)| {
            self.pointer.push(key.name.clone());
            let value = self.value(value);
            self.pointer.pop();
            Some((key.clone(), value?))
        });
        resolved.collect()
    }

    fn items(&mut self, items: &[Node]) -> Vec<Node> {
        let resolved = items.iter().enumerate().filter_map(|(at, item)| {
            self.pointer.push(at.to_string());
            let item = self.value(item);
            self.pointer.pop();
            item
        });
        resolved.collect()
    }

    /// `{"Fn::GetAtt": …}` or `{"Ref": …}`, when that is the whole object.
    fn long_form<'n>(&self, entries: &'n [(Key, Node)]) -> Option<(&'n str, &'n Node)> {
        let [(key, argument)] = entries else { return None };
        let form = if key.name == "Ref" { "Ref" } else { key.name.strip_prefix("Fn::")? };
        self.template.then_some((form, argument))
    }

    fn form(&mut self, form: &str, argument: &Node, span: Span) -> Option<Node> {
        let text = match form {
            "Ref" if argument.as_str() == Some("AWS::NoValue") => return None,
            "Ref" => self.reference(argument),
            "GetAtt" => self.attribute(argument),
            "Sub" => self.substitute(argument),
            "Join" => self.join(argument),
            _ => {
                let help = did_you_mean(form, RESOLVED);
                let help = help.unwrap_or_else(|| "use GetAtt, Ref, Sub or Join, or write the value".to_owned());
                let message = format!("`Fn::{form}` has no value before a deploy");
                self.error("UNSUPPORTED_FUNCTION", message, span, help);
                format!("${{Fn::{form}}}")
            }
        };
        Some(Node { kind: NodeKind::String(text), span, tag: None })
    }

    fn reference(&mut self, argument: &Node) -> String {
        match argument.as_str() {
            Some(name) => self.find(name, None, argument.span),
            None => self.malformed("Ref", "`!Ref Name`", argument),
        }
    }

    /// `Name.Arn` or `[Name, Arn]`.
    fn attribute(&mut self, argument: &Node) -> String {
        let pair = match (&argument.kind, argument.items()) {
            (NodeKind::String(text), _) => text.split_once('.'),
            (_, Some([name, attribute])) => name.as_str().zip(attribute.as_str()),
            _ => None,
        };
        match pair {
            Some((name, attribute)) => self.find(name, Some(attribute), argument.span),
            None => self.malformed("GetAtt", "`!GetAtt Name.Arn`", argument),
        }
    }

    fn malformed(&mut self, form: &str, example: &str, argument: &Node) -> String {
        let message = format!("`Fn::{form}` cannot read {}", argument.kind_name());
        self.error("MALFORMED_FUNCTION", message, argument.span, format!("write {example}"));
        format!("${{Fn::{form}}}")
    }

    /// `text` or `[text, {Name: value}]`.
    fn substitute(&mut self, argument: &Node) -> String {
        let nothing = Node { kind: NodeKind::Object(Vec::new()), span: argument.span, tag: None };
        let (text, map) = match (&argument.kind, argument.items()) {
            (NodeKind::String(_), _) => (argument, &nothing),
            (_, Some([text, map])) if map.entries().is_some() => (text, map),
            _ => return self.malformed("Sub", "`!Sub 'text ${Name}'`", argument),
        };
        match text.as_str() {
            Some(template) => self.template_text(template, map, text.span),
            None => self.malformed("Sub", "`!Sub 'text ${Name}'`", text),
        }
    }

    fn template_text(&mut self, template: &str, map: &Node, span: Span) -> String {
        let mut written = String::new();
        let mut rest = template;
        while let Some((before, inside)) = rest.split_once("${") {
            written += before;
            let Some((name, after)) = inside.split_once('}') else {
                let help = "close it with `}`, or write `${!` for the text itself".to_owned();
                self.error("MALFORMED_FUNCTION", "`${` has no end".to_owned(), span, help);
                return written + inside;
            };
            written += &self.placeholder(name, map, span);
            rest = after;
        }
        written + rest
    }

    fn placeholder(&mut self, name: &str, map: &Node, span: Span) -> String {
        if let Some(literal) = name.strip_prefix('!') {
            return format!("${{{literal}}}");
        }
        let name = name.trim();
        if let Some(given) = map.get(name) {
            return self.plain(given);
        }
        match name.split_once('.') {
            Some((name, attribute)) => self.find(name, Some(attribute), span),
            None => self.find(name, None, span),
        }
    }

    /// `[delimiter, [value, …]]`
    fn join(&mut self, argument: &Node) -> String {
        let parts = match argument.items() {
            Some([delimiter, values]) => delimiter.as_str().zip(values.items()),
            _ => None,
        };
        let Some((delimiter, values)) = parts else {
            return self.malformed("Join", "`!Join [':', [a, b]]`", argument);
        };
        let values: Vec<String> = values.iter().map(|value| self.plain(value)).collect();
        values.join(delimiter)
    }

    /// A value that stands inside a text.
    fn plain(&mut self, node: &Node) -> String {
        match self.value(node).map(|value| value.kind) {
            None => String::new(),
            Some(NodeKind::String(text)) => text,
            Some(NodeKind::Number(number)) => number.to_string(),
            Some(NodeKind::Bool(flag)) => flag.to_string(),
            Some(NodeKind::Null | NodeKind::Array(_) | NodeKind::Object(_)) => {
                let message = format!("{} stands where a text is built", node.kind_name());
                self.error(
                    "MALFORMED_FUNCTION",
                    message,
                    node.span,
                    "give a string, a number or a reference".to_owned(),
                );
                String::new()
            }
        }
    }

    /// What a name, or an attribute of it, stands for; `${Name}` and a complaint when nothing has that name.
    fn find(&mut self, name: &str, attribute: Option<&str>, span: Span) -> String {
        if attribute.is_none()
            && let Some(value) = self.pseudo(name)
        {
            return value;
        }
        let written = attribute.map_or(name.to_owned(), |attribute| format!("{name}.{attribute}"));
        let (message, help) = if let Some(thing) = self.thing(name) {
            if let Some(value) = thing.get(attribute) {
                return value;
            }
            let help = format!("write `{name}.{}`", thing.attributes().join("` or `"));
            (format!("`{name}` has no attribute `{}`", attribute.unwrap_or_default()), help)
        } else {
            let help = did_you_mean(name, self.known().iter().map(String::as_str));
            let known = "iw102 knows functions, state machines, activities and log groups of this file: write another resource's \
                         name or ARN, or take it from ${param:NAME}";
            (format!("nothing here is called `{name}`"), help.unwrap_or_else(|| known.to_owned()))
        };
        self.error("UNRESOLVED_REFERENCE", message, span, help);
        format!("${{{written}}}")
    }

    fn thing(&self, name: &str) -> Option<Thing> {
        let service = self.service;
        if let Some(function) =
            service.functions.iter().find(|one| is_named(name, &one.logical_id, &function_id(&one.logical_id)))
        {
            return Some(Thing::Named {
                arn: self.arn("lambda", &format!("function:{}", function.name)),
                name: function.name.clone(),
            });
        }
        if let Some(machine) = service.machines.iter().find(|one| is_named(name, &one.logical_id, &one.resource_id)) {
            let arn = self.arn("states", &format!("stateMachine:{}", machine.name));
            return Some(Thing::Resource { arn, name: machine.name.clone() });
        }
        if let Some(group) = service.log_groups.iter().find(|one| one.logical_id == name) {
            let arn = self.arn("logs", &format!("log-group:{}:*", group.name));
            return Some(Thing::Named { arn, name: group.name.clone() });
        }
        let activity = service.activities.iter().find(|one| is_named(name, &one.name, &activity_id(&one.name)))?;
        let arn = self.arn("states", &format!("activity:{}", activity.name));
        Some(Thing::Resource { arn, name: activity.name.clone() })
    }

    /// Every name that [`Forms::find`] knows.
    fn known(&self) -> Vec<String> {
        let service = self.service;
        let functions = service.functions.iter().flat_map(|one| [one.logical_id.clone(), function_id(&one.logical_id)]);
        let machines = service.machines.iter().flat_map(|one| [one.logical_id.clone(), one.resource_id.clone()]);
        let activities = service.activities.iter().flat_map(|one| [one.name.clone(), activity_id(&one.name)]);
        let groups = service.log_groups.iter().map(|one| one.logical_id.clone());
        functions.chain(machines).chain(activities).chain(groups).chain(PSEUDO.map(str::to_owned)).collect()
    }

    fn arn(&self, product: &str, resource: &str) -> String {
        let Identity { region, account } = self.identity;
        format!("arn:{}:{product}:{region}:{account}:{resource}", partition(region))
    }

    fn pseudo(&self, name: &str) -> Option<String> {
        let region = self.identity.region.as_str();
        Some(match name {
            "AWS::AccountId" => self.identity.account.clone(),
            "AWS::Region" => region.to_owned(),
            "AWS::Partition" => partition(region).to_owned(),
            "AWS::URLSuffix" if region.starts_with("cn-") => "amazonaws.com.cn".to_owned(),
            "AWS::URLSuffix" => "amazonaws.com".to_owned(),
            "AWS::StackName" => format!("{}-{}", self.service.name, self.service.stage),
            _ => return None,
        })
    }

    /// `${AWS::Region}` in any text of a template: the plugin deploys a definition inside one `Fn::Sub`. `#{AWS::Region}`
    /// is how its users wrote it before.
    fn pseudo_text(&self, text: &str) -> String {
        PSEUDO.iter().fold(text.to_owned(), |text, name| match self.pseudo(name) {
            Some(value) => text.replace(&format!("${{{name}}}"), &value).replace(&format!("#{{{name}}}"), &value),
            None => text,
        })
    }

    fn error(&mut self, code: &'static str, message: String, span: Span, help: String) {
        let steps = self.pointer.iter().map(|step| format!("/{}", step.replace('~', "~0").replace('/', "~1")));
        let pointer = steps.collect();
        self.diagnostics.push(Diagnostic { severity: Severity::Error, code, message, span, pointer, help: Some(help) });
    }
}

/// Something that a name stands for.
enum Thing {
    /// A function or a log group: `Ref` gives its name.
    Named { arn: String, name: String },
    /// A machine or an activity: `Ref` gives its ARN.
    Resource { arn: String, name: String },
}

impl Thing {
    fn get(&self, attribute: Option<&str>) -> Option<String> {
        match (self, attribute) {
            (Self::Named { name, .. }, None) | (Self::Resource { name, .. }, Some("Name")) => Some(name.clone()),
            (Self::Named { arn, .. } | Self::Resource { arn, .. }, Some("Arn"))
            | (Self::Resource { arn, .. }, None) => Some(arn.clone()),
            _ => None,
        }
    }

    fn attributes(&self) -> &'static [&'static str] {
        match self {
            Self::Named { .. } => &["Arn"],
            Self::Resource { .. } => &["Arn", "Name"],
        }
    }
}

/// The plugin takes the key in the file as well as CloudFormation's id.
fn is_named(name: &str, key: &str, id: &str) -> bool {
    name == key || name == id
}

fn partition(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}
