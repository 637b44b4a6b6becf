//! Notifications: when an execution gets a status, the targets of its machine's `notifications` are told, and EventBridge.
//!
//! Owns: who listens to which machine, EventBridge's event, one file per kind of target, how often delivery is tried. Must not
//! know: how changes are kept (the engine tells each at least once), terminals. Start reading at [`Notifications`], which
//! the engine knows as its [`StatusListener`]; a change's way is `event` → `courier` → the target's own file → `outside`.

mod courier;
mod event;
mod event_bridge;
mod firehose;
mod kinesis;
mod lambda;
mod outside;
mod sns;
mod sqs;
mod step_functions;
mod target;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use tokio::runtime::Handle;
use tokio::task::JoinSet;

use crate::engine::{ExecutionStatus, Receipt, StatusChange, StatusListener};
use crate::local::notifications::courier::Courier;
use crate::local::notifications::event::Event;
use crate::local::notifications::event_bridge::EventBridge;
pub(super) use crate::local::notifications::target::Subscription;
use crate::local::notifications::target::Target;
use crate::local::tell::Tell;
use crate::tasks::Tasks;

/// Who listens to the machines of a store. Must be made within a tokio runtime, on which it delivers.
#[derive(Debug)]
pub(super) struct Notifications {
    runtime: Handle,
    courier: Arc<Courier>,
    /// Gets every status, where there is one.
    event_bridge: Option<Arc<EventBridge>>,
    /// By the machine's ARN.
    subscriptions: RwLock<BTreeMap<String, Vec<Subscription>>>,
    /// `None` once nothing is delivered any more.
    deliveries: Mutex<Option<JoinSet<()>>>,
}

impl Notifications {
    /// `environment` is the caller's, which says where AWS's services are.
    pub(super) fn new(tasks: Arc<Tasks>, environment: &BTreeMap<String, String>, tell: Tell) -> Self {
        let courier = Arc::new(Courier::new(tasks, environment, tell.clone()));
        Self {
            runtime: Handle::current(),
            event_bridge: EventBridge::of(&courier.outside, tell).map(Arc::new),
            courier,
            subscriptions: RwLock::default(),
            deliveries: Mutex::new(Some(JoinSet::new())),
        }
    }

    /// Has these listen to a machine, and nobody else.
    pub(super) fn subscribe(&self, state_machine_arn: &str, subscriptions: Vec<Subscription>) {
        // One entry changes, so what a panic elsewhere left is whole.
        let mut all = self.subscriptions.write().unwrap_or_else(PoisonError::into_inner);
        all.insert(state_machine_arn.to_owned(), subscriptions);
    }

    /// Whether these listen to a machine, and nobody else.
    pub(super) fn are_subscribed(&self, state_machine_arn: &str, subscriptions: &[Subscription]) -> bool {
        let all = self.subscriptions.read().unwrap_or_else(PoisonError::into_inner);
        all.get(state_machine_arn).map_or(&[][..], Vec::as_slice) == subscriptions
    }

    /// Ends what is being delivered; the next owner delivers it again.
    pub(super) async fn end(&self) {
        let deliveries = self.deliveries().take();
        if let Some(mut deliveries) = deliveries {
            deliveries.shutdown().await;
        }
    }

    fn targets(&self, state_machine_arn: &str, status: ExecutionStatus) -> Vec<Target> {
        let all = self.subscriptions.read().unwrap_or_else(PoisonError::into_inner);
        let subscriptions = all.get(state_machine_arn).into_iter().flatten();
        let wanted = subscriptions.filter(|subscription| subscription.status == status.as_str());
        wanted.map(|subscription| subscription.target.clone()).collect()
    }

    fn deliveries(&self) -> MutexGuard<'_, Option<JoinSet<()>>> {
        self.deliveries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StatusListener for Notifications {
    fn wants(&self, state_machine_arn: &str, status: ExecutionStatus) -> bool {
        if self.event_bridge.is_some() {
            return true;
        }
        let all = self.subscriptions.read().unwrap_or_else(PoisonError::into_inner);
        let mut subscriptions = all.get(state_machine_arn).into_iter().flatten();
        subscriptions.any(|subscription| subscription.status == status.as_str())
    }

    fn changed(&self, change: StatusChange, receipt: Receipt) {
        // The targets of today: the file may have been loaded again since the change.
        let targets = self.targets(&change.execution.state_machine_arn, change.execution.status);
        let event_bridge = self.event_bridge.clone().filter(|_| EventBridge::takes(&change.execution));
        if let Some(deliveries) = &mut *self.deliveries() {
            while deliveries.try_join_next().is_some() {}
            deliveries
                .spawn_on(deliver(Arc::clone(&self.courier), event_bridge, change, targets, receipt), &self.runtime);
        }
    }
}

/// Delivers to all targets at once: one that does not answer holds up no other.
async fn deliver(
    courier: Arc<Courier>,
    event_bridge: Option<Arc<EventBridge>>,
    change: StatusChange,
    targets: Vec<Target>,
    receipt: Receipt,
) {
    // Written here and not where the change is told: that is the engine's thread, and an event can be large.
    let event = Event::of(&change);
    let mut all = JoinSet::new();
    for target in targets {
        let (courier, event, engine) = (Arc::clone(&courier), event.clone(), receipt.engine().clone());
        all.spawn(async move { courier.deliver(&target, &event, &engine).await });
    }
    if let Some(event_bridge) = event_bridge {
        event_bridge.put(&courier.outside, &change.execution.arn, &event).await;
    }
    let mut is_done = true;
    while let Some(delivered) = all.join_next().await {
        is_done &= delivered.unwrap_or(false);
    }
    // Dropped, it leaves the change to the next engine.
    if is_done {
        receipt.done();
    }
}
