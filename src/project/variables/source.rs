//! Where values come from: the file itself, options, the environment, parameters, other files.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde_json::Number;
use sha2::{Digest, Sha256};

use crate::asl::diagnostic::nearest;
use crate::asl::syntax::{Node, NodeKind, Span};
use crate::project::load::ProjectError;
use crate::project::names::DEFAULT_REGION;
use crate::project::read;
use crate::project::report::did_you_mean;
use crate::project::variables::parse::{self, Part, Query};
use crate::project::variables::{Absence, FILES_MAX, Miss, Resolver, shorten};

/// The kinds of source that a variable may name.
const KINDS: [&str; 11] = ["aws", "cf", "env", "file", "opt", "param", "s3", "self", "sls", "ssm", "strToBool"];

type Found = Result<Node, Miss>;

impl Resolver<'_> {
    /// One of the sources between a variable's commas.
    pub(super) fn source(&mut self, source: &str, span: Span) -> Found {
        if let Some(text) = parse::quoted(source) {
            let text = self.written(&parse::parts(text), span, None)?;
            return Ok(text_node(text, span));
        }
        let parts = parse::parts(source);
        if let [Part::Variable(inside, _)] = parts[..] {
            return self.lookup(inside, span);
        }
        let source = self.written(&parts, span, None)?;
        if let Some(kind) = literal(&source) {
            return Ok(Node { kind, span, tag: None });
        }
        let Some(query) = parse::query(&source) else {
            let help = format!("a text needs quotes: '{}'", shorten(&source));
            let message = match source.as_str() {
                "" => "a variable has nothing before or after a comma".to_owned(),
                source => format!("`{}` names no source of a value", shorten(source)),
            };
            return Err(self.error("VARIABLE_SYNTAX", message, span, Some(help)).into());
        };
        match self.options.params.get(&source) {
            Some(given) => Ok(text_node(given.clone(), span)),
            None => self.query(&query, &source, span),
        }
    }

    fn query(&mut self, query: &Query<'_>, source: &str, span: Span) -> Found {
        match query.kind {
            "self" => self.own(query.address, span),
            "opt" => self.opt(query.address, span),
            "env" => self.env(query.address, span),
            "sls" => self.sls(query.address, span),
            "aws" => self.aws(query.address, span),
            "param" => self.param(query.address, span),
            "file" => self.file(query, span),
            "strToBool" => self.str_to_bool(query.parameter.unwrap_or(query.address), span),
            "cf" | "ssm" | "s3" => Err(Miss::Absent(Absence {
                code: "VARIABLE_NEEDS_AWS",
                message: format!("`${{{source}}}` needs AWS, and a file is read without it"),
                help: Some(format!("give its value: --param '{source}=VALUE', or a default: ${{{source}, 'VALUE'}}")),
            })),
            kind => {
                let help = did_you_mean(kind, KINDS).unwrap_or_else(|| {
                    format!("the sources are {}; write `\\${{` for the text itself", KINDS.join(", "))
                });
                let message = format!("`{kind}` is no source of variables");
                Err(self.error("VARIABLE_UNKNOWN_SOURCE", message, span, Some(help)).into())
            }
        }
    }

    fn own(&mut self, address: &str, span: Span) -> Found {
        let root = Rc::clone(&self.root);
        let found = self.walk(&root, &steps(address), "self:", span);
        // The framework's own defaults, which files of its first version rely on.
        match (found, address) {
            (Err(Miss::Absent(_)), "provider.stage") => Ok(text_node(self.default_stage(), span)),
            (Err(Miss::Absent(_)), "provider.region") => Ok(text_node(self.default_region(), span)),
            (found, _) => found,
        }
    }

    fn default_stage(&self) -> String {
        self.options.stage.clone().unwrap_or_else(|| "dev".to_owned())
    }

    fn default_region(&self) -> String {
        self.options.region.clone().unwrap_or_else(|| DEFAULT_REGION.to_owned())
    }

    fn stage(&mut self, span: Span) -> Found {
        match &self.options.stage {
            Some(stage) => Ok(text_node(stage.clone(), span)),
            None => self.own("provider.stage", span),
        }
    }

    fn opt(&mut self, address: &str, span: Span) -> Found {
        let given = match address {
            "stage" => self.options.stage.clone(),
            "region" => self.options.region.clone(),
            _ => None,
        };
        let help = match address {
            "stage" | "region" => format!("give --{address}, or a default: ${{opt:{address}, 'VALUE'}}"),
            _ => format!("give --param 'opt:{address}=VALUE', or a default: ${{opt:{address}, 'VALUE'}}"),
        };
        given
            .map(|given| text_node(given, span))
            .ok_or_else(|| missing(format!("--{address} is not given"), Some(help)))
    }

    fn env(&self, address: &str, span: Span) -> Found {
        if let Some(value) = self.options.environment.get(address) {
            return Ok(text_node(value.clone(), span));
        }
        let near = nearest(address, self.options.environment.keys().map(String::as_str));
        let set = format!("set it: export {address}=…, or give a default: ${{env:{address}, 'VALUE'}}");
        let help = near.map_or(set.clone(), |near| format!("did you mean `{near}`? Else {set}"));
        Err(missing(format!("the environment has no `{address}`"), Some(help)))
    }

    fn sls(&mut self, address: &str, span: Span) -> Found {
        match address {
            "stage" => self.stage(span),
            "instanceId" => Ok(text_node(instance_id(), span)),
            _ => Err(missing(format!("`sls:{address}` is not known"), did_you_mean(address, ["stage", "instanceId"]))),
        }
    }

    fn aws(&mut self, address: &str, span: Span) -> Found {
        match address {
            "accountId" => Ok(text_node(self.options.account.clone(), span)),
            "region" => match &self.options.region {
                Some(region) => Ok(text_node(region.clone(), span)),
                None => self.own("provider.region", span),
            },
            _ => Err(missing(format!("`aws:{address}` is not known"), did_you_mean(address, ["accountId", "region"]))),
        }
    }

    /// `--param`, then `stages.STAGE.params`, `stages.default.params`, `params.STAGE`, `params.default`.
    fn param(&mut self, address: &str, span: Span) -> Found {
        if let Some(given) = self.options.params.get(address) {
            return Ok(text_node(given.clone(), span));
        }
        let stage = self.stage(span)?.as_str().unwrap_or("dev").to_owned();
        let root = Rc::clone(&self.root);
        let mut known = Vec::new();
        let stages = [stage.as_str(), "default"];
        let nested = stages.map(|stage| vec!["stages", stage, "params"]);
        let flat = stages.map(|stage| vec!["params", stage]);
        for mut steps in nested.into_iter().chain(flat) {
            if let Some(params) = steps.iter().try_fold(&*root, |node, step| node.get(step)) {
                known.extend(params.entries().into_iter().flatten().map(|(key, _)| key.name.clone()));
            }
            steps.push(address);
            match self.walk(&root, &steps, "self:", span) {
                Err(Miss::Absent(_)) => {}
                found => return found,
            }
        }
        let give = format!("give --param '{address}=VALUE', or a value under params.default");
        let near = nearest(address, known.iter().map(String::as_str));
        let help = near.map_or(give.clone(), |near| format!("did you mean `{near}`? Else {give}"));
        Err(missing(format!("there is no parameter `{address}`"), Some(help)))
    }

    fn str_to_bool(&mut self, text: &str, span: Span) -> Found {
        let flag = match text.trim().trim_matches(['\'', '"']).to_ascii_lowercase().as_str() {
            "true" | "1" => true,
            "false" | "0" | "null" | "undefined" | "" => false,
            _ => {
                let message = format!("strToBool cannot read `{}`", shorten(text));
                let help = "it reads true, false, 1 and 0".to_owned();
                return Err(self.error("VARIABLE_TYPE", message, span, Some(help)).into());
            }
        };
        Ok(Node { kind: NodeKind::Bool(flag), span, tag: None })
    }

    fn file(&mut self, query: &Query<'_>, span: Span) -> Found {
        let Some(name) = query.parameter else {
            let help = "write `${file(path.yml):address}`".to_owned();
            let message = "`file` needs its path in brackets".to_owned();
            return Err(self.error("VARIABLE_SYNTAX", message, span, Some(help)).into());
        };
        let path = self.path(name);
        let root = self.read(&path, name, span)?;
        let label = format!("file({name}):");
        self.walk(&root, &steps(query.address), &label, span)
    }

    /// Paths start at the service's folder, as the framework has it; `~` is the home of the given environment.
    fn path(&self, name: &str) -> PathBuf {
        let home = self.options.environment.get("HOME").filter(|_| name == "~" || name.starts_with("~/"));
        match home {
            Some(home) => Path::new(home).join(name.trim_start_matches(['~', '/'])),
            None => self.folder.join(name),
        }
    }

    fn read(&mut self, path: &Path, name: &str, span: Span) -> Result<Rc<Node>, Miss> {
        if let Some(known) = self.files.get(path) {
            return known.clone().ok_or(Miss::Told);
        }
        if self.files.len() >= FILES_MAX {
            let message = format!("variables read more than {FILES_MAX} files");
            return Err(self.error("VARIABLE_LIMIT", message, span, None).into());
        }
        let bytes = match read::bytes(path) {
            Ok(bytes) => bytes,
            Err(ProjectError::Unreadable { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                return Err(missing(format!("there is no file `{name}`"), neighbour(path)));
            }
            Err(error) => {
                let source = std::error::Error::source(&error).map(|why| format!(": {why}")).unwrap_or_default();
                return Err(self.error("VARIABLE_FILE", format!("{error}{source}"), span, None).into());
            }
        };
        let (id, complaint) = read::text(self.sources, path, bytes);
        let broken = complaint.is_some();
        self.file_diagnostics.extend(complaint);
        let node = if broken { None } else { self.content(path, id, name, span) }.map(Rc::new);
        self.files.insert(path.to_owned(), node.clone());
        node.ok_or(Miss::Told)
    }

    /// A file's value by what its name ends in.
    fn content(&mut self, path: &Path, id: crate::asl::syntax::SourceId, name: &str, span: Span) -> Option<Node> {
        match path.extension().and_then(|ending| ending.to_str()).unwrap_or_default() {
            "yml" | "yaml" | "json" | "tfstate" => {
                let (node, complaints) = read::parse(self.sources, id);
                self.file_diagnostics.extend(complaints);
                node
            }
            "js" | "cjs" | "mjs" | "ts" => {
                let help = "write what it returns to a .json or .yml file".to_owned();
                let message = format!("`{name}` is a program, and iw102 runs none to read a project");
                self.error("VARIABLE_FILE", message, span, Some(help));
                None
            }
            _ => {
                let text = &self.sources.get(id).text;
                let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
                let kind = NodeKind::String(text.trim().to_owned());
                Some(Node { kind, span: Span { source: id, start: 0, end }, tag: None })
            }
        }
    }

    /// Goes from a value along an address, resolving what stands in the way, then resolves what it finds.
    fn walk(&mut self, at: &Node, steps: &[&str], label: &str, span: Span) -> Found {
        let Some((step, rest)) = steps.split_first() else {
            let found = self.guarded(label, span, |this| Ok(this.node(at)?))?;
            return match found.kind {
                NodeKind::Null => Err(missing(format!("`{label}` is null"), None)),
                _ => Ok(found),
            };
        };
        let resolved;
        let mut at = at;
        if at.as_str().is_some_and(parse::may_hold_variable) {
            resolved = self.guarded(label, span, |this| Ok(this.node(at)?))?;
            at = &resolved;
        }
        let next = if label.ends_with(':') { format!("{label}{step}") } else { format!("{label}.{step}") };
        if let Some(found) = child(at, step) {
            return self.walk(found, rest, &next, span);
        }
        let known = at.entries().into_iter().flatten().map(|(key, _)| key.name.as_str());
        let help = did_you_mean(step, known).unwrap_or_else(|| "add it, or give a default after a comma".to_owned());
        Err(missing(format!("`{next}` has no value"), Some(help)))
    }
}

fn child<'n>(node: &'n Node, step: &str) -> Option<&'n Node> {
    match &node.kind {
        NodeKind::Array(items) => items.get(step.parse::<usize>().ok()?),
        _ => node.get(step),
    }
}

fn steps(address: &str) -> Vec<&str> {
    address.trim().split('.').filter(|step| !step.is_empty()).collect()
}

fn missing(message: String, help: Option<String>) -> Miss {
    Miss::Absent(Absence { code: "VARIABLE_MISSING", message, help })
}

fn text_node(text: String, span: Span) -> Node {
    Node { kind: NodeKind::String(text), span, tag: None }
}

/// `5`, `-1.5`, `true`, `null` after a comma.
fn literal(source: &str) -> Option<NodeKind> {
    match source {
        "true" => Some(NodeKind::Bool(true)),
        "false" => Some(NodeKind::Bool(false)),
        "null" => Some(NodeKind::Null),
        _ => source.parse::<Number>().ok().map(NodeKind::Number),
    }
}

/// The file beside a missing one that was probably meant.
fn neighbour(path: &Path) -> Option<String> {
    let wanted = path.file_name()?.to_str()?;
    let names = std::fs::read_dir(path.parent()?).ok()?.take(1_000);
    let names: Vec<String> = names.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    did_you_mean(wanted, names.iter().map(String::as_str))
}

/// Ten characters that differ from run to run, as `sls:instanceId` does.
fn instance_id() -> String {
    let seed = Sha256::digest(uuid::Uuid::new_v4().as_bytes());
    let hex = |digit: u8| char::from_digit(u32::from(digit), 16).unwrap_or('0');
    seed.iter().take(5).flat_map(|byte| [hex(byte >> 4), hex(byte & 15)]).collect()
}
