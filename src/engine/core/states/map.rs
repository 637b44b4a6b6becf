//! `Map` (inline): the same states for each item of an array; their outputs, in order, are its result.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html>

use crate::asl::program::{Map, StateKind};
use crate::asl::{Payload, flow};
use crate::engine::clock::Timestamp;
use crate::engine::core::Execution;
use crate::engine::core::context::Sight;
use crate::engine::core::failure::Failure;
use crate::engine::core::journal::Record;
use crate::engine::core::limits::MAP_CONCURRENCY_MAX;
use crate::engine::core::thread::{Phase, ThreadId};

impl Execution {
    pub(in crate::engine::core) fn start_map(&mut self, id: ThreadId, now: Timestamp) -> Result<(), Failure> {
        let program = self.program.clone();
        let StateKind::Map(map) = &program.state(self.thread(id).state).kind else { return Ok(()) };
        let input = self.effective_input(id)?;
        let (concurrency, items) = self.evaluate(id, Sight::State, &input, |data| {
            let concurrency = flow::count(&map.max_concurrency, data, "MaxConcurrencyPath")?;
            Ok((concurrency, flow::items(&map.items, data)?))
        })?;
        // `select` refuses items that are no array.
        let length = u32::try_from(items.value().as_array().map_or(0, Vec::len)).unwrap_or(u32::MAX);
        let concurrency = if concurrency == 0 { MAP_CONCURRENCY_MAX } else { concurrency.min(MAP_CONCURRENCY_MAX) };
        let concurrency = u32::try_from(concurrency).expect("40 at most");
        let items = self.document(id, items);
        self.emit(Record::MapStarted { thread: id, items, length, concurrency }, now);
        // Inside its execution nothing is tolerated; what is said of it must be sound all the same.
        self.tolerated(id, map, &input).map(|_| ())
    }

    /// Every iteration has its output, or another one may start.
    pub(in crate::engine::core) fn go_on_with_map(&mut self, id: ThreadId, now: Timestamp) -> Result<(), Failure> {
        let program = self.program.clone();
        let StateKind::Map(map) = &program.state(self.thread(id).state).kind else { return Ok(()) };
        let Phase::Forked(forked) = &self.thread(id).phase else { return Ok(()) };
        if forked.is_complete() {
            let result = self.joined_results(id)?;
            self.emit(Record::MapSucceeded { thread: id }, now);
            return self.finish_with(id, &result, map.result_selector.as_ref(), &map.result_path, now);
        }
        let index = forked.next;
        match self.item(id, map, index) {
            Ok(input) => {
                let input = self.document(id, input);
                self.emit(Record::IterationStarted { thread: id, index, input }, now);
                Ok(())
            }
            Err(failure) => {
                self.abort_children(id, now);
                Err(failure)
            }
        }
    }

    /// The input of an iteration, or of a map run's child: the item, or what `ItemSelector` makes of it.
    pub(in crate::engine::core) fn item(&mut self, id: ThreadId, map: &Map, index: u32) -> Result<Payload, Failure> {
        let items = match &self.thread(id).phase {
            Phase::Forked(forked) => forked.items.as_ref(),
            Phase::MapRun(run) => run.items.as_ref(),
            _ => None,
        };
        let items = items.map(|items| items.payload().clone());
        let item = items.as_ref().and_then(|items| items.value().get(index as usize)).cloned().unwrap_or_default();
        let Some(selector) = &map.item_selector else { return Ok(Payload::from(item)) };
        let input = self.effective_input(id)?;
        let sight = Sight::Item(index, &item);
        let filled = self.evaluate(id, sight, &input, |data| flow::fill(selector, data, "ItemSelector"))?;
        self.check_size(id, &filled)?;
        Ok(filled)
    }
}
