//! Who is told of what, as a load brings it and the store keeps it.

use serde::{Deserialize, Serialize};

use crate::project::{Notification, NotificationTarget};

/// One status of a machine's executions, and who is told when an execution gets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::local) struct Subscription {
    pub(super) status: String,
    pub(super) target: Target,
}

/// A target, its references resolved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(super) enum Target {
    Lambda { arn: String },
    StepFunctions { arn: String },
    Sns { arn: String },
    Sqs { arn: String, message_group_id: Option<String> },
    Kinesis { arn: String, partition_key_path: Option<String> },
    Firehose { arn: String },
}

impl Target {
    /// The ARN of whom it is.
    pub(super) fn arn(&self) -> &str {
        match self {
            Self::Lambda { arn }
            | Self::StepFunctions { arn }
            | Self::Sns { arn }
            | Self::Sqs { arn, .. }
            | Self::Kinesis { arn, .. }
            | Self::Firehose { arn } => arn,
        }
    }
}

impl From<&Notification> for Subscription {
    fn from(notification: &Notification) -> Self {
        let target = match notification.target.clone() {
            NotificationTarget::Lambda { arn } => Target::Lambda { arn },
            NotificationTarget::StepFunctions { arn } => Target::StepFunctions { arn },
            NotificationTarget::Sns { arn } => Target::Sns { arn },
            NotificationTarget::Sqs { arn, message_group_id } => Target::Sqs { arn, message_group_id },
            NotificationTarget::Kinesis { arn, partition_key_path } => Target::Kinesis { arn, partition_key_path },
            NotificationTarget::Firehose { arn } => Target::Firehose { arn },
        };
        Self { status: notification.status.to_owned(), target }
    }
}
