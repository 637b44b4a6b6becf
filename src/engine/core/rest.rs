//! What an execution waits for when nothing of it goes on by itself, and nobody works for it here: what is to be known of one
//! that is not held in memory, and what the store keeps so that a restart need not read its journal.

use std::sync::Arc;

use super::Execution;
use super::thread::{Phase, ThreadId};
use crate::asl::program::{Pattern, Resource, StateKind};
use crate::engine::clock::Timestamp;

/// The first byte of what is kept. Another one is not understood: the journal is read instead.
const VERSION: u8 = 1;

/// An execution at rest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rest {
    /// The earliest instant at which [`Input::Tick`](super::Input::Tick) has something to do.
    pub deadline: Option<Timestamp>,
    /// The tasks that are answered from outside.
    pub tasks: Vec<RestingTask>,
}

/// A task that somebody outside answers: a token's holder, an activity's worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestingTask {
    /// The event that scheduled it.
    pub event: u64,
    /// The activity's ARN, where no worker has taken the task yet.
    pub activity: Option<Arc<str>>,
}

impl Execution {
    /// What it waits for, if it is at rest: read from its journal at any time, it goes on as if it had stayed, without
    /// [`Execution::restart`].
    pub fn rest(&self) -> Option<Rest> {
        // The queue may name threads that have ended, or gone on.
        let runs =
            |id: &ThreadId| matches!(self.threads.get(id.0 as usize), Some(Some(thread)) if thread.phase.is_runnable());
        let idle = self.ended.is_none() && self.effects.is_empty() && !self.runnable.iter().any(runs);
        let map_run = || self.threads.iter().flatten().any(|thread| matches!(thread.phase, Phase::MapRun(_)));
        if !idle || map_run() {
            return None;
        }
        let tasks = self.tasks.iter().map(|(event, id)| {
            let thread = self.thread(*id);
            let (Phase::Task(phase), StateKind::Task(task)) = (&thread.phase, &self.state_of(*id).kind) else {
                return None;
            };
            let activity = match &task.resource {
                Resource::Activity { arn } if !phase.started && !phase.submitted => Some(Arc::clone(arn)),
                Resource::Activity { .. } | Resource::Integration { pattern: Pattern::WaitForTaskToken, .. }
                    if phase.submitted =>
                {
                    None
                }
                // Somebody works for it here, or is about to be given it.
                _ => return None,
            };
            Some(RestingTask { event: *event, activity })
        });
        Some(Rest { tasks: tasks.collect::<Option<_>>()?, deadline: self.next_deadline() })
    }
}

impl Rest {
    /// Whether it waits for somebody outside.
    #[must_use]
    pub fn is_outside(&self) -> bool {
        !self.tasks.is_empty()
    }

    /// What the store keeps: the version, the deadline plus one or 0, then each task: its event, the bytes of its activity's
    /// ARN. Integers are LEB128.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        put(&mut bytes, self.deadline.map_or(0, |at| u64::try_from(at.0).map_or(1, |at| at.saturating_add(1))));
        for RestingTask { event, activity } in &self.tasks {
            let arn = activity.as_deref().unwrap_or_default();
            put(&mut bytes, *event);
            put(&mut bytes, arn.len() as u64);
            bytes.extend_from_slice(arn.as_bytes());
        }
        bytes
    }

    /// What was kept; `None` when it cannot be understood.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (&VERSION, mut rest) = bytes.split_first()? else { return None };
        let deadline = take(&mut rest)?.checked_sub(1).and_then(|at| i64::try_from(at).ok()).map(Timestamp);
        let mut tasks = Vec::new();
        while !rest.is_empty() {
            let event = take(&mut rest)?;
            let length = usize::try_from(take(&mut rest)?).ok()?;
            let (arn, behind) = rest.split_at_checked(length)?;
            rest = behind;
            let arn = std::str::from_utf8(arn).ok()?;
            tasks.push(RestingTask { event, activity: (!arn.is_empty()).then(|| Arc::from(arn)) });
        }
        Some(Self { deadline, tasks })
    }
}

fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(u8::try_from(number & 0x7f).expect("seven bits fit a byte") | 0x80);
        number >>= 7;
    }
    bytes.push(u8::try_from(number).expect("seven bits fit a byte"));
}

fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, behind) = bytes.split_first()?;
        *bytes = behind;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again_and_anything_else_is_not_understood() {
        let activity = Some(Arc::from("arn:aws:states:eu-west-1:000000000000:activity:one"));
        let rest = Rest {
            deadline: Some(Timestamp(1_700_000_000_000)),
            tasks: vec![RestingTask { event: 5, activity }, RestingTask { event: 300, activity: None }],
        };
        for rest in [rest, Rest::default(), Rest { deadline: Some(Timestamp(0)), tasks: Vec::new() }] {
            let bytes = rest.to_bytes();
            assert_eq!(Rest::from_bytes(&bytes), Some(rest.clone()));
            for cut in 0..bytes.len() {
                assert_ne!(Rest::from_bytes(&bytes[..cut]), Some(rest.clone()));
            }
        }
        assert_eq!(Rest::from_bytes(&[VERSION + 1, 0]), None);
        assert_eq!(Rest::from_bytes(&[VERSION, 0xff]), None);
    }
}
