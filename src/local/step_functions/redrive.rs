//! What the API shows of redrives.

use serde_json::{Value, json};

use crate::engine::redrive::Judged;
use crate::engine::{RedriveStatus, Redriven, Timestamp};
use crate::local::step_functions::time;

/// Adds how often something was redriven, and when it last was.
pub(super) fn add_redrives(answer: &mut Value, redriven: Redriven) {
    answer["redriveCount"] = json!(redriven.count);
    if let Some(at) = redriven.at {
        answer["redriveDate"] = time(at);
    }
}

/// Adds whether an execution can be redriven at `now`, and why not.
pub(in crate::local) fn add_redrive_status(answer: &mut Value, judged: &Judged, now: Timestamp) {
    let status = judged.redrive_status(now);
    answer["redriveStatus"] = json!(status.as_str());
    if let RedriveStatus::NotRedrivable(reason) = status {
        answer["redriveStatusReason"] = json!(reason);
    }
}
