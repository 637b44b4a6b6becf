//! The way of lines to CloudWatch Logs, or to our own groups: one queue for each stream, one request of a stream at a time,
//! all of it bounded.
//!
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html>

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::runtime::Handle;
use tokio::task::JoinSet;

use crate::local::execution_logs::destination::{LogGroup, Stream};
use crate::local::execution_logs::line::Line;
use crate::local::execution_logs::own::OwnGroups;
use crate::local::tell::Tell;
use crate::tasks::{Outside, OutsideError, Post, Service};

const LOGS: Service = Service { signing_name: "logs", variable: "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS" };

/// How long the service may take for its answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(3);
/// An answer is read so far.
const ANSWER_BYTES_MAX: usize = 64 << 10;
/// Characters of a refusal that a person is told.
const REFUSAL_CHARACTERS_MAX: usize = 300;
/// Before the second and the third try.
const PAUSES: [Duration; 2] = [Duration::from_millis(200), Duration::from_secs(1)];

/// The service's bounds of one request, and what each event counts besides its text.
const BATCH_EVENTS_MAX: usize = 10_000;
const BATCH_BYTES_MAX: usize = 1_048_576;
const EVENT_OVERHEAD_BYTES: usize = 26;
/// The service's bound of one event.
const EVENT_BYTES_MAX: usize = 262_144;
/// So many bytes wait, of all streams together; what comes then is lost.
const WAITING_BYTES_MAX: usize = 32 << 20;

/// What the service made of a request.
#[derive(Debug, PartialEq, Eq)]
enum Answered {
    Done,
    /// The group or the stream is not there.
    NotFound,
    /// Another try may get through.
    ForNow(String),
    Refused(String),
}

#[derive(Debug)]
pub(super) struct Delivery {
    runtime: Handle,
    outside: Outside,
    /// Where lines go while no endpoint is named.
    pub(super) own: OwnGroups,
    tell: Tell,
    /// Whether a person was told that something was lost: once is enough.
    told: AtomicBool,
    queues: Mutex<Queues>,
    /// `None` once nothing is sent any more.
    senders: Mutex<Option<JoinSet<()>>>,
}

/// What waits. A stream is here while somebody sends its lines.
#[derive(Debug, Default)]
struct Queues {
    streams: BTreeMap<Stream, VecDeque<Line>>,
    bytes: usize,
    /// Streams that were made, or found, by this process.
    made: BTreeSet<Stream>,
}

impl Delivery {
    pub(super) fn new(environment: &BTreeMap<String, String>, own: OwnGroups, tell: Tell) -> Self {
        Self {
            runtime: Handle::current(),
            outside: Outside::new(environment),
            own,
            tell,
            told: AtomicBool::new(false),
            queues: Mutex::default(),
            senders: Mutex::new(Some(JoinSet::new())),
        }
    }

    fn has_endpoint(&self) -> bool {
        self.outside.endpoint(LOGS).is_ok()
    }

    /// Makes a group of our own, where lines go there.
    pub(super) fn prepare(&self, group: &LogGroup) {
        if !self.has_endpoint()
            && let Err(error) = self.own.create(&group.name)
        {
            self.lost(&error.to_string());
        }
    }

    /// Says once what became of lines.
    pub(super) fn lost(&self, what: &str) {
        if !self.told.swap(true, Ordering::Relaxed) {
            self.tell.say(&format!("logs of executions are lost: {what}"));
        }
    }

    /// Queues lines of a stream, and has them sent.
    pub(super) fn queue(self: &Arc<Self>, stream: Stream, lines: Vec<Line>) {
        let mut queues = self.queues();
        let mut is_full = false;
        let is_new = !queues.streams.contains_key(&stream);
        for line in lines {
            let bytes = weight(&line);
            if bytes > EVENT_BYTES_MAX || queues.bytes + bytes > WAITING_BYTES_MAX {
                is_full = true;
                continue;
            }
            queues.bytes += bytes;
            queues.streams.entry(stream.clone()).or_default().push_back(line);
        }
        let begins = is_new && queues.streams.contains_key(&stream);
        drop(queues);
        if is_full {
            self.lost("more is logged than the service takes");
        }
        if let Some(senders) = self.senders().as_mut().filter(|_| begins) {
            while senders.try_join_next().is_some() {}
            senders.spawn_on(Arc::clone(self).send_all(stream), &self.runtime);
        }
    }

    /// Sends what waits, so long at most.
    pub(super) async fn end(&self, timeout: Duration) {
        let senders = self.senders().take();
        let Some(mut senders) = senders else { return };
        let all = async { while senders.join_next().await.is_some() {} };
        if tokio::time::timeout(timeout, all).await.is_err() {
            self.lost("the service did not take them in time");
            senders.shutdown().await;
        }
    }

    /// Whether the service says that there is no such log group. Makes the stream where there is one, as AWS does.
    pub(super) async fn is_group_missing(&self, stream: &Stream) -> bool {
        self.has_endpoint() && self.create(stream).await == Answered::NotFound
    }

    async fn send_all(self: Arc<Self>, stream: Stream) {
        while let Some(batch) = self.next_batch(&stream) {
            if let Err(why) = self.send(&stream, &batch).await {
                self.lost(&format!("{}: {why}", stream.group.name));
            }
        }
    }

    /// The lines of the next request; without any, the stream is let go.
    fn next_batch(&self, stream: &Stream) -> Option<Vec<Line>> {
        let mut queues = self.queues();
        let waiting = queues.streams.get_mut(stream)?;
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while let Some(line) = waiting.front() {
            if batch.len() == BATCH_EVENTS_MAX || bytes + weight(line) > BATCH_BYTES_MAX {
                break;
            }
            bytes += weight(line);
            batch.extend(waiting.pop_front());
        }
        queues.bytes -= bytes;
        if batch.is_empty() {
            queues.streams.remove(stream);
            return None;
        }
        // The service wants the order of time; those of one execution stay in theirs.
        batch.sort_by_key(|line| line.timestamp_ms);
        Some(batch)
    }

    async fn send(&self, stream: &Stream, batch: &[Line]) -> Result<(), String> {
        if !self.has_endpoint() {
            return self.own.write(stream, batch).map_err(|error| error.to_string());
        }
        let mut pauses = PAUSES.into_iter();
        loop {
            let why = match self.put(stream, batch).await {
                Answered::Done => return Ok(()),
                Answered::NotFound => return Err("there is no such log group".to_owned()),
                Answered::Refused(why) => return Err(why),
                Answered::ForNow(why) => why,
            };
            let Some(pause) = pauses.next() else { return Err(why) };
            tokio::time::sleep(pause).await;
        }
    }

    async fn put(&self, stream: &Stream, batch: &[Line]) -> Answered {
        let is_made = self.queues().made.contains(stream);
        if is_made {
            let answered = self.put_events(stream, batch).await;
            if answered != Answered::NotFound {
                return answered;
            }
            // Somebody deleted it since.
            self.queues().made.remove(stream);
        }
        match self.create(stream).await {
            Answered::Done => {
                self.queues().made.insert(stream.clone());
                self.put_events(stream, batch).await
            }
            otherwise => otherwise,
        }
    }

    async fn put_events(&self, stream: &Stream, batch: &[Line]) -> Answered {
        let encode = |line: &Line| json!({ "timestamp": line.timestamp_ms, "message": line.message });
        let events: Vec<Value> = batch.iter().map(encode).collect();
        let body = json!({
            "logGroupName": stream.group.name,
            "logStreamName": stream.name,
            "logEvents": events,
        });
        self.call(stream, "PutLogEvents", &body).await
    }

    async fn create(&self, stream: &Stream) -> Answered {
        let body = json!({ "logGroupName": stream.group.name, "logStreamName": stream.name });
        match self.call(stream, "CreateLogStream", &body).await {
            Answered::Refused(why) if why.contains("ResourceAlreadyExistsException") => Answered::Done,
            answered => answered,
        }
    }

    async fn call(&self, stream: &Stream, operation: &str, body: &Value) -> Answered {
        let headers = [
            ("content-type", "application/x-amz-json-1.1".to_owned()),
            ("x-amz-target", format!("Logs_20140328.{operation}")),
        ];
        let post = Post {
            service: LOGS,
            region: &stream.group.region,
            account: &stream.group.account,
            path: "/",
            headers: &headers,
            body: &body.to_string(),
            timeout: ANSWER_TIMEOUT,
            answer_bytes_max: ANSWER_BYTES_MAX,
        };
        let answer = match self.outside.post(&post).await {
            Ok(answer) => answer,
            Err(OutsideError::Unreachable(why)) => return Answered::ForNow(why),
            Err(error) => return Answered::Refused(error.to_string()),
        };
        let text = String::from_utf8_lossy(&answer.body);
        let said: String = text.chars().take(REFUSAL_CHARACTERS_MAX).collect();
        match answer.status {
            200..=299 => Answered::Done,
            429 | 500..=599 => Answered::ForNow(said),
            _ if text.contains("ResourceNotFoundException") => Answered::NotFound,
            _ if text.contains("Throttling") => Answered::ForNow(said),
            _ => Answered::Refused(said),
        }
    }

    fn queues(&self) -> MutexGuard<'_, Queues> {
        // What a panic elsewhere left counts its bytes still: at worst some room is lost.
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn senders(&self) -> MutexGuard<'_, Option<JoinSet<()>>> {
        self.senders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a line counts for the service.
fn weight(line: &Line) -> usize {
    line.message.len() + EVENT_OVERHEAD_BYTES
}
