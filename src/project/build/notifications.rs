//! `notifications` of state machines: who is told of which status.

use crate::asl::syntax::{Key, Node};
use crate::project::build::Builder;
use crate::project::build::routes::machine_node;
use crate::project::load::LoadOptions;
use crate::project::model::{Notification, NotificationTarget, Service};
use crate::project::names::function_id;
use crate::project::report::did_you_mean;

const STATUSES: [&str; 5] = ["ABORTED", "FAILED", "RUNNING", "SUCCEEDED", "TIMED_OUT"];

/// The kinds of targets, what their ARNs start with, and the key beside `arn` in their mapping, if they have one.
const KINDS: [Kind; 6] = [
    Kind { name: "firehose", product: "firehose", extra: None },
    Kind { name: "kinesis", product: "kinesis", extra: Some("partitionKeyPath") },
    Kind { name: "lambda", product: "lambda", extra: None },
    Kind { name: "sns", product: "sns", extra: None },
    Kind { name: "sqs", product: "sqs", extra: Some("messageGroupId") },
    Kind { name: "stepFunctions", product: "states", extra: None },
];

/// How many targets a rule has on AWS, and each status is one rule.
/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html>
const TARGETS_MAX: usize = 5;

struct Kind {
    name: &'static str,
    product: &'static str,
    extra: Option<&'static str>,
}

impl Builder<'_> {
    /// The notifications of all machines: after everything that their targets may refer to.
    pub(super) fn notifications(&mut self, root: &Node, options: &LoadOptions, service: &mut Service) {
        for at in 0..service.machines.len() {
            let machine = &service.machines[at];
            let found = machine_node(root, &machine.logical_id).and_then(|node| node.entry("notifications"));
            let Some((key, node)) = found.filter(|(_, node)| self.object(node, "notifications")) else { continue };
            if machine.express {
                let message = "AWS tells nobody of the executions of an EXPRESS state machine".to_owned();
                let help = Some("take the notifications away, or make it STANDARD".to_owned());
                self.warning("EXPRESS_NOTIFICATIONS", message, key.span, help);
            }
            self.timed_out(key, node, service.machines[at].express);
            let mut notifications = Vec::new();
            for (key, node) in node.entries().unwrap_or_default() {
                notifications.extend(self.status_targets(key, node, service, options));
            }
            service.machines[at].notifications = notifications;
        }
    }

    /// Warns where somebody hears of failures and nobody of a timeout, which is a status of its own.
    fn timed_out(&mut self, key: &Key, node: &Node, express: bool) {
        let told = |status: &str| node.get(status).and_then(Node::items).is_some_and(|targets| !targets.is_empty());
        let other = ["FAILED", "ABORTED"].into_iter().find(|status| told(status));
        if let Some(other) = other.filter(|_| !express && !told("TIMED_OUT")) {
            let message = format!("{other} is told and TIMED_OUT is not: nobody hears of an execution that timed out");
            let help = Some("give TIMED_OUT the same targets".to_owned());
            self.warning("TIMED_OUT_UNTOLD", message, key.span, help);
        }
    }

    fn status_targets(
        &mut self,
        key: &Key,
        node: &Node,
        service: &Service,
        options: &LoadOptions,
    ) -> Vec<Notification> {
        let Some(status) = STATUSES.into_iter().find(|status| *status == key.name) else {
            let help = did_you_mean(&key.name, STATUSES).unwrap_or_else(|| format!("write {}", STATUSES.join(", ")));
            let message = format!("`{}` is no status of an execution that is told", key.name);
            self.error("NOTIFICATION_STATUS", message, key.span, Some(help));
            return Vec::new();
        };
        let items = self.list(node, "the targets of a status", "`- sns: ARN`").unwrap_or_default();
        if items.len() > TARGETS_MAX {
            let message =
                format!("AWS tells at most {TARGETS_MAX} targets of a status, and {status} has {}", items.len());
            let help = "let one of them pass it on, an SNS topic for example".to_owned();
            self.warning("TARGETS", message, key.span, Some(help));
        }
        let targets = items.iter().filter_map(|item| self.target(item, service, options));
        targets.map(|target| Notification { status, target }).collect()
    }

    fn target(&mut self, node: &Node, service: &Service, options: &LoadOptions) -> Option<NotificationTarget> {
        let Some([(key, value)]) = node.entries() else {
            let message = "a target of a notification is a mapping with one key".to_owned();
            let help = Some("write each target as its own `- lambda: ARN`".to_owned());
            self.error("NOTIFICATION_TARGET", message, node.span, help);
            return None;
        };
        let Some(kind) = KINDS.iter().find(|kind| kind.name == key.name) else {
            let names = KINDS.map(|kind| kind.name);
            let help = did_you_mean(&key.name, names).unwrap_or_else(|| format!("write {}", names.join(", ")));
            self.error("NOTIFICATION_TARGET", format!("`{}` is no kind of target", key.name), key.span, Some(help));
            return None;
        };
        let value = self.resolved(value, service, options)?;
        let (arn, extra) = self.address(kind, &value, service)?;
        Some(match kind.name {
            "firehose" => NotificationTarget::Firehose { arn },
            "kinesis" => NotificationTarget::Kinesis { arn, partition_key_path: extra },
            "lambda" => NotificationTarget::Lambda { arn },
            "sns" => NotificationTarget::Sns { arn },
            "sqs" => NotificationTarget::Sqs { arn, message_group_id: extra },
            _ => NotificationTarget::StepFunctions { arn },
        })
    }

    /// An ARN, or a mapping of `arn` and what the kind has beside it.
    fn address(&mut self, kind: &Kind, node: &Node, service: &Service) -> Option<(String, Option<String>)> {
        let Some(extra) = kind.extra.filter(|_| node.entries().is_some()) else {
            let arn = self.arn(kind, node, service)?;
            if kind.name == "sqs" && is_fifo(&arn) {
                let message = "a FIFO queue needs a message group".to_owned();
                let help = Some("write `sqs: {arn: ARN, messageGroupId: ID}`".to_owned());
                self.error("NOTIFICATION_TARGET", message, node.span, help);
            }
            return Some((arn, None));
        };
        self.unknown_keys(node, &["arn", extra], &format!("a target {}", kind.name));
        let needed: &[&str] = if kind.name == "sqs" { &["arn", extra] } else { &["arn"] };
        for key in needed.iter().filter(|key| node.get(key).is_none()) {
            let help = Some(format!("write `{}: {{arn: ARN, {extra}: …}}`", kind.name));
            let message = format!("a target {} with a mapping needs `{key}`", kind.name);
            self.error("NOTIFICATION_TARGET", message, node.span, help);
        }
        let arn = node.get("arn").and_then(|arn| self.arn(kind, arn, service));
        let value = node.get(extra).and_then(|value| Some((value, self.text(value, extra)?)));
        if let Some((value, path)) =
            value.as_ref().filter(|(_, path)| extra == "partitionKeyPath" && !path.starts_with('$'))
        {
            let help = Some("write where in the event the key is, as in `$.detail.name`".to_owned());
            self.error("NOTIFICATION_TARGET", format!("`{path}` is no path"), value.span, help);
        }
        Some((arn?, value.map(|(_, value)| value)))
    }

    fn arn(&mut self, kind: &Kind, node: &Node, service: &Service) -> Option<String> {
        let arn = self.text(node, &format!("a target {}", kind.name))?;
        let mut parts = arn.split(':');
        if parts.next() == Some("arn") && parts.nth(1) == Some(kind.product) {
            return Some(arn);
        }
        let function = service.functions.iter().find(|one| one.name == arn || one.logical_id == arn);
        let help = match function.filter(|_| kind.name == "lambda") {
            Some(function) => format!("write `!GetAtt {}.Arn`", function_id(&function.logical_id)),
            None => format!("write `arn:aws:{}:…`", kind.product),
        };
        let message = format!("`{arn}` is not the ARN of a target {}", kind.name);
        self.error("NOTIFICATION_TARGET", message, node.span, Some(help));
        None
    }
}

/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fifo-queues.html>
fn is_fifo(arn: &str) -> bool {
    arn.rsplit_once('.').is_some_and(|(_, ending)| ending == "fifo")
}
