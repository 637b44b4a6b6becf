//! `Map` (distributed): an execution of its own for each item, or for each batch of items.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html>

use std::sync::Arc;

use serde_json::json;

use crate::asl::distributed::{Distributed, ItemBatcher, ItemReader};
use crate::asl::flow::MaxItems;
use crate::asl::flow::batches::Batches;
use crate::asl::program::{Map, Pattern, Resource, StateKind};
use crate::asl::{Payload, flow};
use crate::engine::clock::Timestamp;
use crate::engine::core::context::Sight;
use crate::engine::core::failure::Failure;
use crate::engine::core::journal::Record;
use crate::engine::core::limits::PAYLOAD_BYTES_MAX;
use crate::engine::core::thread::{Phase, ThreadId};
use crate::engine::core::{ChildRequest, Effect, Ended, Execution};
use crate::engine::map_run::{MapRunStatus, Tolerance};
use crate::engine::task::{TaskId, TaskReport, TaskRequest};

/// What AWS calls items that cannot be read.
const READER_FAILED: &str = "States.ItemReaderFailed";

/// What is in the name of a run whose state has no label.
const LABEL_ROUND: u64 = u64::MAX;

impl Execution {
    pub(in crate::engine::core) fn start_map_run(&mut self, id: ThreadId, now: Timestamp) -> Result<(), Failure> {
        let program = self.program.clone();
        let StateKind::Map(map) = &program.state(self.thread(id).state).kind else { return Ok(()) };
        let Some(distributed) = &map.distributed else { return Ok(()) };
        let input = self.effective_input(id)?;
        let (concurrency, items) = self.evaluate(id, Sight::State, &input, |data| {
            let concurrency = flow::count(&map.max_concurrency, data, "MaxConcurrencyPath")?;
            let items = if distributed.reader.is_none() { Some(flow::items(&map.items, data)?) } else { None };
            Ok((concurrency, items))
        })?;
        let length = items.as_ref().map_or(0, length);
        self.emit(Record::DistributedMapStarted { thread: id, length }, now);
        // As recorded: only what follows is looked at after the state has started.
        let (failures, percentage) = self.tolerated(id, map, &input)?;
        let max_concurrency = u32::try_from(concurrency).unwrap_or(u32::MAX);
        let tolerance = Tolerance { max_concurrency, failures, percentage };
        let bound = self.bound(id, distributed, &input)?;
        let event = self.next_event;
        let label = distributed.label.clone().unwrap_or_else(|| self.unique(event, LABEL_ROUND).into());
        let id_of_run = self.unique(event, 0).into();
        self.emit(Record::MapRunStarted { thread: id, label, id: id_of_run, tolerance }, now);
        let begun = match (&distributed.reader, items) {
            (Some(reader), _) => self.ask_for_items(id, reader, &bound, &input, now),
            (None, Some(items)) => {
                let items = self.document(id, items);
                self.emit(Record::ItemsRead { thread: id, items, length }, now);
                Ok(())
            }
            (None, None) => Ok(()),
        };
        begun.map_err(|failure| self.fail_map_run(id, failure, now))
    }

    /// How many items are read at most; 0 for all.
    fn bound(&mut self, id: ThreadId, distributed: &Distributed, input: &Payload) -> Result<MaxItems, Failure> {
        let bound = match distributed.reader.as_ref().and_then(|reader| reader.max_items.as_ref()) {
            Some(bound) => self.evaluate(id, Sight::State, input, |data| flow::max_items(bound, data))?,
            None => MaxItems::Bound(0),
        };
        if let MaxItems::NoInteger(cause) = &bound {
            return Err(Failure::new(Some(READER_FAILED), Some(cause)));
        }
        Ok(bound)
    }

    /// The run goes on that was there when the execution ended.
    /// <https://docs.aws.amazon.com/step-functions/latest/dg/redrive-map-run.html>
    pub(in crate::engine::core) fn resume_map_run(&mut self, id: ThreadId, now: Timestamp) -> Result<(), Failure> {
        let program = self.program.clone();
        let StateKind::Map(map) = &program.state(self.thread(id).state).kind else { return Ok(()) };
        let Some(distributed) = &map.distributed else { return Ok(()) };
        self.emit(Record::MapRunRedriven { thread: id }, now);
        let unread = self.map_run(id).is_some_and(|run| run.items.is_none());
        let Some(reader) = distributed.reader.as_ref().filter(|_| unread && self.ended.is_none()) else {
            return Ok(());
        };
        let begun = self.effective_input(id).and_then(|input| {
            let bound = self.bound(id, distributed, &input)?;
            self.ask_for_items(id, reader, &bound, &input, now)
        });
        begun.map_err(|failure| self.fail_map_run(id, failure, now))
    }

    /// Whether a thread's Map has its items from a reader.
    pub(in crate::engine::core) fn reads_items(&self, id: ThreadId) -> bool {
        let StateKind::Map(map) = &self.state_of(id).kind else { return false };
        map.distributed.as_ref().is_some_and(|distributed| distributed.reader.is_some())
    }

    /// `ToleratedFailureCount` and `ToleratedFailurePercentage`.
    pub(in crate::engine::core) fn tolerated(
        &mut self,
        id: ThreadId,
        map: &Map,
        input: &Payload,
    ) -> Result<(Option<u64>, Option<f64>), Failure> {
        self.evaluate(id, Sight::State, input, |data| {
            let count = map.tolerated_count.as_ref();
            let count = count.map(|count| flow::count(count, data, "ToleratedFailureCountPath")).transpose()?;
            let percentage = map.tolerated_percentage.as_ref();
            Ok((count, percentage.map(|percentage| flow::percentage(percentage, data)).transpose()?))
        })
    }

    fn ask_for_items(
        &mut self,
        id: ThreadId,
        reader: &ItemReader,
        bound: &MaxItems,
        input: &Payload,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let MaxItems::Bound(max_items) = bound else {
            return Err(Failure::new(Some(READER_FAILED), Some("field MaxItems must be positive")));
        };
        let parameters = reader.parameters.as_ref();
        let parameters = self.evaluate(id, Sight::State, input, |data| {
            parameters.map(|parameters| flow::fill(parameters, data, parameters.field())).transpose()
        })?;
        let parameters = parameters.map_or_else(|| json!({}), |parameters| parameters.value().clone());
        let request = json!({
            "Parameters": parameters, "ReaderConfig": reader.config.value(), "MaxItems": max_items,
        });
        self.ask(id, Payload::from(request), now);
        Ok(())
    }

    fn ask(&mut self, id: ThreadId, request: Payload, now: Timestamp) {
        let request = self.document(id, request);
        self.emit(Record::MapRunAsked { thread: id, request }, now);
        self.ask_again(id);
    }

    /// Asks the outside for the items, or to keep the results.
    pub(in crate::engine::core) fn ask_again(&mut self, id: ThreadId) {
        if self.ended.is_some() {
            return;
        }
        let state = self.program.state(self.thread(id).state);
        let (Phase::MapRun(run), StateKind::Map(map)) = (&self.thread(id).phase, &state.kind) else { return };
        let (Some(asked), Some(distributed)) = (&run.asked, &map.distributed) else { return };
        let action = match (&run.items, &distributed.reader) {
            (None, Some(reader)) => Arc::clone(&reader.action),
            _ => Arc::from("putObject"),
        };
        let request = TaskRequest {
            id: TaskId { execution: self.subject.key, event: run.attempt },
            execution_arn: self.subject.arn.clone(),
            state_name: state.name.clone(),
            resource: Resource::Integration { service: "s3".into(), action, pattern: Pattern::RequestResponse },
            input: asked.payload().clone(),
            token: None,
            credentials: None,
        };
        self.effects.push(Effect::StartTask(Box::new(request)));
    }

    /// What became of what was asked.
    pub(in crate::engine::core) fn hear_of_map_run(
        &mut self,
        id: ThreadId,
        report: TaskReport,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let reading = self.map_run(id).is_some_and(|run| run.items.is_none());
        match report {
            TaskReport::Submitted(_) => Ok(()),
            TaskReport::Succeeded(items) if reading => {
                let length = length(&items);
                let items = self.document(id, items);
                self.emit(Record::ItemsRead { thread: id, items, length }, now);
                Ok(())
            }
            TaskReport::Succeeded(output) => {
                let output = self.document(id, output);
                self.emit(Record::ResultsWritten { thread: id, output }, now);
                Ok(())
            }
            TaskReport::Failed(fault) | TaskReport::NotStarted(fault) => {
                Err(self.fail_map_run(id, Failure::from(fault), now))
            }
        }
    }

    /// Another child, or the end.
    pub(in crate::engine::core) fn go_on_with_map_run(&mut self, id: ThreadId, now: Timestamp) -> Result<(), Failure> {
        let program = self.program.clone();
        let StateKind::Map(map) = &program.state(self.thread(id).state).kind else { return Ok(()) };
        let (Some(distributed), Some(run)) = (&map.distributed, self.map_run(id)) else { return Ok(()) };
        if run.is_exceeded() {
            let cause = "The specified tolerated failure threshold was exceeded";
            let failure = Failure::new(Some("States.ExceedToleratedFailureThreshold"), Some(cause));
            return Err(self.fail_map_run(id, failure, now));
        }
        if let Some(index) = run.pending.first().copied().filter(|_| run.has_room()) {
            self.emit(Record::ChildRedriven { thread: id, index }, now);
            self.ask_for_children(id, &[index], Effect::RedriveChild);
            return Ok(());
        }
        if run.has_room() {
            let started = self.start_child(id, map, distributed, now);
            return started.map_err(|failure| self.fail_map_run(id, failure, now));
        }
        let writes = distributed.writer.as_ref().and_then(|writer| writer.parameters.as_ref());
        if let (Some(parameters), true) = (writes, run.written.is_none()) {
            let input = self.effective_input(id)?;
            let parameters =
                self.evaluate(id, Sight::State, &input, |data| flow::fill(parameters, data, parameters.field()));
            let parameters = parameters.map_err(|failure| self.fail_map_run(id, failure, now))?;
            let request = self.results_to_write(id, &parameters);
            self.ask(id, request, now);
            return Ok(());
        }
        let result = self.map_run_result(id, distributed).map_err(|failure| self.fail_map_run(id, failure, now))?;
        self.emit(Record::MapRunSucceeded { thread: id }, now);
        self.emit(Record::MapSucceeded { thread: id }, now);
        self.finish_with(id, &result, map.result_selector.as_ref(), &map.result_path, now)
    }

    /// Records that the run failed; what goes on for it is stopped.
    fn fail_map_run(&mut self, id: ThreadId, failure: Failure, now: Timestamp) -> Failure {
        self.emit(Record::MapRunFailed { thread: id, failure: failure.clone() }, now);
        failure
    }

    fn start_child(
        &mut self,
        id: ThreadId,
        map: &Map,
        distributed: &Distributed,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let Some(next) = self.map_run(id).map(|run| run.next) else { return Ok(()) };
        let (items, input) = match &distributed.batcher {
            None => (1, self.item(id, map, next)?),
            Some(batcher) => self.batch(id, map, batcher, next)?,
        };
        let input = self.document(id, input);
        self.emit(Record::ChildStarted { thread: id, items, input }, now);
        if self.ended.is_none() {
            let newest = self.map_run(id).map_or(0, |run| run.children.len().saturating_sub(1));
            self.start_children(id, &[u32::try_from(newest).unwrap_or(u32::MAX)]);
        }
        Ok(())
    }

    /// Asks for children: new ones, or, after a crash, those that go on.
    pub(in crate::engine::core) fn start_children(&mut self, id: ThreadId, children: &[u32]) {
        self.ask_for_children(id, children, Effect::StartChild);
    }

    fn ask_for_children(&mut self, id: ThreadId, children: &[u32], effect: fn(Box<ChildRequest>) -> Effect) {
        if self.ended.is_some() {
            return;
        }
        let program = self.program.clone();
        let StateKind::Map(map) = &program.state(self.thread(id).state).kind else { return };
        let Some(run) = self.map_run(id) else { return };
        let express = map.distributed.as_ref().is_some_and(|distributed| distributed.express);
        let requests = children.iter().filter_map(|index| self.child_request(run, map.processor.0, express, *index));
        let effects: Vec<Effect> = requests.map(|request| effect(Box::new(request))).collect();
        self.effects.extend(effects);
    }

    /// As many items as one child may be given, at least one.
    fn batch(&mut self, id: ThreadId, map: &Map, batcher: &ItemBatcher, from: u32) -> Result<(u32, Payload), Failure> {
        let input = self.effective_input(id)?;
        let of = |data: flow::Data<'_>| Batches::of(batcher, data, PAYLOAD_BYTES_MAX);
        let sizes = self.evaluate(id, Sight::State, &input, of)?;
        let length = self.map_run(id).map_or(0, |run| run.length);
        let (taken, batch) = sizes.next((from..length).map(|index| self.item(id, map, index)))?;
        self.check_size(id, &batch)?;
        Ok((taken, batch))
    }

    /// A child ended; one that comes late is swallowed.
    pub(in crate::engine::core) fn child_ended(&mut self, event: u64, index: u32, ended: Ended, now: Timestamp) {
        let going_on = |id: &ThreadId| {
            self.map_run(*id).is_some_and(|run| {
                run.event == event && run.status == MapRunStatus::Running && run.running.contains(&index)
            })
        };
        let Some(id) = self.ids().find(going_on) else { return };
        let failure = Failure::new(ended.error.as_deref(), ended.cause.as_deref());
        let output = ended.output.map(|output| self.document(id, output));
        self.emit(Record::ChildEnded { thread: id, index, status: ended.status, output, failure }, now);
    }

    /// A child cannot be redriven.
    pub(in crate::engine::core) fn child_kept(&mut self, event: u64, index: u32, now: Timestamp) {
        let found = self.ids().find(|id| {
            self.map_run(*id).is_some_and(|run| {
                run.event == event && run.status == MapRunStatus::Running && run.running.contains(&index)
            })
        });
        if let Some(id) = found {
            self.emit(Record::ChildKept { thread: id, index }, now);
        }
    }

    /// UpdateMapRun; a run that is over stays as it is.
    pub(in crate::engine::core) fn update_map_run(&mut self, event: u64, tolerance: Tolerance, now: Timestamp) {
        let going_on = |id: &ThreadId| {
            self.map_run(*id).is_some_and(|run| run.event == event && run.status == MapRunStatus::Running)
        };
        let found = self.ids().find(going_on);
        if let Some(id) = found {
            self.emit(Record::MapRunUpdated { thread: id, tolerance }, now);
        }
    }
}

fn length(items: &Payload) -> u32 {
    u32::try_from(items.value().as_array().map_or(0, Vec::len)).unwrap_or(u32::MAX)
}
