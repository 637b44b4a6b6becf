//! Activities: those that exist, their tasks that no worker has taken, and the workers that wait for one.
//!
//! A task and a worker meet in [`Driver::hand_out`], which alone hands tasks out, so that everybody has his turn: the task
//! that waits longest goes to the worker that waits longest. What a worker does not get, because it went away, is handed
//! to the next one. Start reading there.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::mpsc::Sender;

use serde_json::{Value, json};

use crate::asl::Payload;
use crate::asl::program::Resource;
use crate::engine::api::{Activity, EngineError, NewActivity};
use crate::engine::clock::Timestamp;
use crate::engine::core::{Activities as Existing, Input};
use crate::engine::driver::Engine;
use crate::engine::driver::live::Executions;
use crate::engine::driver::message::{Answer, Message};
use crate::engine::driver::thread::Driver;
use crate::engine::store::{Store, StoreError, Write};
use crate::engine::task::{TaskId, TaskRequest, TaskToken};

/// The kind under which the store keeps activities, by their ARNs.
const KIND: &str = "activity";

/// AWS's bounds: <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>
const ACTIVITIES_MAX: usize = 10_000;
const POLLERS_MAX: usize = 1_000;

/// A queue is not looked through for tasks that are over before it is so long.
const SWEEP_MIN: usize = 64;

/// What the driver is told of activities.
pub(super) enum ActivityMessage {
    Create {
        activity: NewActivity,
        answer: Answer<Activity>,
    },
    Delete {
        arn: Arc<str>,
        answer: Answer<()>,
    },
    Poll {
        arn: Arc<str>,
        worker_name: Option<Arc<str>>,
        answer: Answer<Option<ActivityTask>>,
    },
    HandBack(Box<TaskRequest>),
    /// A worker was given its task.
    Delivered(TaskId),
}

/// A task that was handed out. Dropped before [`ActivityTask::deliver`], it goes back to where it came from.
#[derive(Debug)]
pub struct ActivityTask {
    task: Option<Box<TaskRequest>>,
    way_back: Sender<Message>,
}

impl ActivityTask {
    /// The token and the input, for a worker that is there to take them; `None` never, but for a task without a token,
    /// which no activity has.
    #[must_use]
    pub fn deliver(mut self) -> Option<(TaskToken, Payload)> {
        let task = self.task.take()?;
        // An engine that has ended hands it out again, for it cannot know.
        drop(self.way_back.send(Message::Activity(ActivityMessage::Delivered(task.id))));
        Some((task.token?, task.input))
    }
}

impl Drop for ActivityTask {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            // An engine that has ended hands it out at its next opening.
            drop(self.way_back.send(Message::Activity(ActivityMessage::HandBack(task))));
        }
    }
}

/// A worker that waits.
struct Poller {
    worker_name: Option<Arc<str>>,
    answer: Answer<Option<ActivityTask>>,
}

/// Tasks that wait for a worker, the oldest first. Some may be over.
#[derive(Default)]
struct Queue {
    tasks: VecDeque<TaskId>,
    sweep_at: usize,
}

type Known = Arc<BTreeMap<Arc<str>, Activity>>;

/// Everything about activities that is in memory.
#[derive(Default)]
pub(super) struct Activities {
    known: Known,
    /// What was known before the batch that is not durable yet, where it changes that.
    before: Option<Known>,
    queues: BTreeMap<Arc<str>, Queue>,
    pollers: BTreeMap<Arc<str>, VecDeque<Poller>>,
}

impl Activities {
    /// Those that the store has.
    pub(super) fn read(store: &Store) -> Result<Self, StoreError> {
        let known = store.registrations(KIND)?.into_iter().map(|(arn, kept)| {
            let activity = unpack(&arn, &kept)?;
            Ok((Arc::clone(&activity.spec.arn), activity))
        });
        Ok(Self { known: Arc::new(known.collect::<Result<_, StoreError>>()?), ..Self::default() })
    }

    /// Their ARNs, as executions are told them.
    pub(super) fn existing(&self) -> Existing {
        Arc::new(self.known.keys().cloned().collect())
    }

    fn change(&mut self) -> &mut BTreeMap<Arc<str>, Activity> {
        self.before.get_or_insert_with(|| Arc::clone(&self.known));
        Arc::make_mut(&mut self.known)
    }

    /// The changes are durable.
    pub(super) fn keep(&mut self) {
        self.before = None;
    }

    /// The changes were not made; whether there were any.
    fn undo(&mut self) -> bool {
        self.before.take().map(|before| self.known = before).is_some()
    }

    /// Keeps a task for a worker.
    pub(super) fn offer(&mut self, task: TaskId, resource: &Resource, executions: &Executions) {
        let Resource::Activity { arn } = resource else { return };
        let queue = self.queues.entry(Arc::clone(arn)).or_default();
        if queue.tasks.len() >= queue.sweep_at.max(SWEEP_MIN) {
            queue.tasks.retain(|task| executions.may_await(task.execution, task.event));
            queue.sweep_at = 2 * queue.tasks.len();
        }
        queue.tasks.push_back(task);
    }

    /// Queues a task of an activity that a former process left.
    pub(super) fn queue(&mut self, arn: Arc<str>, task: TaskId) {
        self.queues.entry(arn).or_default().tasks.push_back(task);
    }

    fn hand_back(&mut self, task: &TaskRequest) {
        if let Resource::Activity { arn } = &task.resource {
            self.queues.entry(Arc::clone(arn)).or_default().tasks.push_front(task.id);
        }
    }

    fn wait(&mut self, arn: Arc<str>, poller: Poller) {
        let waiting = self.pollers.entry(arn).or_default();
        if waiting.len() >= POLLERS_MAX {
            waiting.retain(|poller| !poller.answer.is_closed());
        }
        if waiting.len() >= POLLERS_MAX {
            let limit = format!("at most {POLLERS_MAX} workers wait for the tasks of one activity");
            return drop(poller.answer.send(Err(EngineError::ActivityWorkerLimitExceeded(limit))));
        }
        waiting.push_back(poller);
    }

    /// The tasks that are next, of the activities that workers wait for.
    fn next_tasks(&self) -> Vec<TaskId> {
        let queues = self.pollers.keys().filter_map(|arn| self.queues.get(arn));
        queues.filter_map(|queue| queue.tasks.front().copied()).collect()
    }

    /// A worker that is still there, and a task for it.
    fn next_pair(&mut self, executions: &Executions) -> Option<(Poller, TaskId)> {
        let arns: Vec<Arc<str>> = self.pollers.keys().filter(|arn| self.queues.contains_key(*arn)).cloned().collect();
        arns.into_iter().find_map(|arn| self.pair_of(&arn, executions))
    }

    fn pair_of(&mut self, arn: &Arc<str>, executions: &Executions) -> Option<(Poller, TaskId)> {
        let (tasks, pollers) = (&mut self.queues.get_mut(arn)?.tasks, self.pollers.get_mut(arn)?);
        while tasks.front().is_some_and(|task| !executions.may_await(task.execution, task.event)) {
            tasks.pop_front();
        }
        while pollers.front().is_some_and(|poller| poller.answer.is_closed()) {
            pollers.pop_front();
        }
        // An execution that must be read again cannot take its worker's name; it is read soon.
        let ready = tasks.front().is_some_and(|task| executions.awaits(task.execution, task.event));
        let pair = if ready && !pollers.is_empty() { pollers.pop_front().zip(tasks.pop_front()) } else { None };
        if tasks.is_empty() {
            self.queues.remove(arn);
        }
        if self.pollers.get(arn).is_some_and(VecDeque::is_empty) {
            self.pollers.remove(arn);
        }
        pair
    }
}

impl Driver {
    pub(super) fn take_activity(&mut self, message: ActivityMessage) {
        match message {
            ActivityMessage::Create { activity, answer } => {
                let result = self.create_activity(activity);
                self.batch.hold(answer, result);
            }
            ActivityMessage::Delete { arn, answer } => {
                self.delete_activity(&arn);
                self.batch.hold(answer, Ok(()));
            }
            ActivityMessage::Poll { arn, answer, .. } if !self.activities.known.contains_key(&arn) => {
                self.batch.hold(answer, Err(EngineError::ActivityDoesNotExist(arn.to_string())));
            }
            ActivityMessage::Poll { arn, worker_name, answer } => {
                self.activities.wait(arn, Poller { worker_name, answer });
            }
            ActivityMessage::Delivered(id) => {
                if self.assigned.has(id) {
                    self.feed(id.execution, Input::Delivered { event: id.event });
                }
            }
            ActivityMessage::HandBack(task) => {
                if self.assigned.has(task.id) {
                    self.activities.hand_back(&task);
                }
            }
        }
    }

    /// Gives tasks to workers as long as there are both; whether it gave any, which is to be made durable.
    pub(super) fn hand_out(&mut self) -> bool {
        let Some(shared) = self.engine.upgrade() else { return false };
        let mut any = false;
        while let Some((poller, id)) = self.next_pair() {
            let Some(task) = self.executions.task_request(id.execution, id.event) else { continue };
            let Poller { worker_name, answer } = poller;
            let handed = ActivityTask { task: Some(Box::new(task)), way_back: shared.commands.clone() };
            self.feed(id.execution, Input::Take { event: id.event, worker_name });
            self.batch.hold(answer, Ok(Some(handed)));
            any = true;
        }
        any
    }

    /// A worker and a task whose execution is in memory.
    fn next_pair(&mut self) -> Option<(Poller, TaskId)> {
        loop {
            if let Some(pair) = self.activities.next_pair(&self.executions) {
                return Some(pair);
            }
            let next =
                self.activities.next_tasks().into_iter().find(|task| self.executions.is_resting(task.execution))?;
            // Awake, or lost: in either case it does not rest, so this ends.
            self.is_here(next.execution);
        }
    }

    /// The same activity twice is one activity. Tags are not compared, nor taken from the second, as on AWS:
    /// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateActivity.html>
    fn create_activity(&mut self, spec: NewActivity) -> Result<Activity, EngineError> {
        if let Some(known) = self.activities.known.get(&spec.arn) {
            let same = known.spec.encryption == spec.encryption;
            let exists = || EngineError::ActivityAlreadyExists(spec.arn.to_string());
            return same.then(|| known.clone()).ok_or_else(exists);
        }
        if self.activities.known.len() >= ACTIVITIES_MAX {
            return Err(EngineError::ActivityLimitExceeded(format!("there are at most {ACTIVITIES_MAX} activities")));
        }
        let activity = Activity { spec, created: self.clock.now() };
        self.put_activity(activity.clone());
        Ok(activity)
    }

    /// Makes an activity, or replaces it.
    pub(super) fn put_activity(&mut self, activity: Activity) {
        let name = activity.spec.arn.to_string();
        self.batch.writes.push(Write::Register { kind: KIND, name, value: pack(&activity) });
        self.activities.change().insert(Arc::clone(&activity.spec.arn), activity);
        self.executions.tell_activities(self.activities.existing());
    }

    /// Tasks of it that were scheduled wait on, for an activity of the same name; its workers have nothing to wait for.
    fn delete_activity(&mut self, arn: &Arc<str>) {
        if !self.activities.known.contains_key(arn) {
            return;
        }
        self.batch.writes.push(Write::Unregister { kind: KIND, name: arn.to_string() });
        self.activities.change().remove(arn);
        self.executions.tell_activities(self.activities.existing());
        for poller in self.activities.pollers.remove(arn).into_iter().flatten() {
            self.batch.hold(poller.answer, Ok(None));
        }
    }

    /// An activity as it is after everything that was asked before.
    pub(super) fn activity(&self, arn: &str) -> Option<&Activity> {
        self.activities.known.get(arn)
    }

    /// The commit failed.
    pub(super) fn undo_activities(&mut self) {
        if self.activities.undo() {
            self.executions.tell_activities(self.activities.existing());
        }
    }
}

impl Engine {
    async fn activity<T>(&self, message: impl FnOnce(Answer<T>) -> ActivityMessage) -> Result<T, EngineError> {
        self.command(|answer| Message::Activity(message(answer))).await
    }

    /// Makes an activity. One that is there is answered as the first time.
    ///
    /// # Errors
    /// `ActivityAlreadyExists` with another encryption, `ActivityLimitExceeded`, `Store`.
    pub async fn create_activity(&self, activity: NewActivity) -> Result<Activity, EngineError> {
        self.activity(|answer| ActivityMessage::Create { activity, answer }).await
    }

    /// Deletes an activity. One that does not exist is no error, as on AWS.
    ///
    /// # Errors
    /// `Store`.
    pub async fn delete_activity(&self, arn: &str) -> Result<(), EngineError> {
        let arn = Arc::from(arn);
        self.activity(|answer| ActivityMessage::Delete { arn, answer }).await
    }

    /// Waits for a task of an activity, as long as it takes; who gives up drops the future and leaves the task to others.
    /// `None` when the activity is deleted meanwhile.
    ///
    /// # Errors
    /// `ActivityDoesNotExist`, `ActivityWorkerLimitExceeded`, `Store`.
    pub async fn activity_task(
        &self,
        arn: &str,
        worker_name: Option<String>,
    ) -> Result<Option<ActivityTask>, EngineError> {
        let (arn, worker_name) = (Arc::from(arn), worker_name.map(Arc::from));
        self.activity(|answer| ActivityMessage::Poll { arn, worker_name, answer }).await
    }

    /// An activity by its ARN.
    ///
    /// # Errors
    /// `ActivityDoesNotExist`, `Store`.
    pub async fn describe_activity(&self, arn: &str) -> Result<Activity, EngineError> {
        let found = self.list_activities().await?.into_iter().find(|activity| &*activity.spec.arn == arn);
        found.ok_or_else(|| EngineError::ActivityDoesNotExist(arn.to_owned()))
    }

    /// All activities, by ARN.
    ///
    /// # Errors
    /// `Store`.
    pub async fn list_activities(&self) -> Result<Vec<Activity>, EngineError> {
        let kept = self.registrations(KIND).await?;
        Ok(kept.iter().map(|(arn, kept)| unpack(arn, kept)).collect::<Result<_, _>>()?)
    }
}

fn pack(activity: &Activity) -> Value {
    json!({ "created": activity.created.0, "encryption": activity.spec.encryption, "tags": activity.spec.tags })
}

fn unpack(arn: &str, kept: &Value) -> Result<Activity, StoreError> {
    let damaged = || StoreError::Damaged(format!("the activity {arn}"));
    let tags = kept["tags"].as_object().ok_or_else(damaged)?.iter();
    let tags = tags.map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect::<Option<_>>();
    let spec =
        NewActivity { arn: Arc::from(arn), encryption: kept["encryption"].clone(), tags: tags.ok_or_else(damaged)? };
    Ok(Activity { spec, created: Timestamp(kept["created"].as_i64().ok_or_else(damaged)?) })
}
