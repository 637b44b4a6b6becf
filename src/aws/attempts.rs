//! What became of a call's attempts before the last one, which the SDK does not tell: whether one that failed may have been
//! done all the same. An answer of 4xx says that it was not; a lost answer and a 5xx say nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};

use crate::aws::error::was_never_sent;

/// The attempts of a call, and of those that repeat it. Cheap to clone: the clones share what they know.
#[derive(Debug, Clone, Default)]
pub struct Attempts(Arc<AtomicBool>);

/// What is done where an attempt may have been done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    /// It is sent again, for it does the same thing.
    Again,
    /// It is not sent again, for it would do another thing. What was surely not done is.
    Once,
}

impl Attempts {
    /// Whether one has failed and may have been done.
    #[must_use]
    pub fn one_is_lost(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// What the SDK is given so that a call's attempts are these.
    pub(super) fn watch(&self, sending: Sending) -> Watch {
        Watch { attempts: self.clone(), sending }
    }
}

/// Sees each attempt when it is over.
#[derive(Debug)]
pub(super) struct Watch {
    attempts: Attempts,
    sending: Sending,
}

impl ClassifyRetry for Watch {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        if !is_lost(context) {
            return RetryAction::NoActionIndicated;
        }
        self.attempts.0.store(true, Ordering::Relaxed);
        match self.sending {
            Sending::Again => RetryAction::NoActionIndicated,
            Sending::Once => RetryAction::RetryForbidden,
        }
    }

    fn name(&self) -> &'static str {
        "attempts"
    }
}

/// Whether an attempt has failed and may have been done.
fn is_lost(context: &InterceptorContext) -> bool {
    let Some(Err(error)) = context.output_or_error() else { return false };
    match context.response() {
        Some(response) => !(400..500).contains(&response.status().as_u16()),
        None => match error.as_connector_error() {
            Some(error) => !was_never_sent(error),
            None => error.is_timeout_error(),
        },
    }
}
