//! `Map` under test: what its iterations would be given, and what a mock of their results or their error means.

use std::convert::Infallible;

use serde_json::{Value, json};

use crate::asl::flow;
use crate::asl::flow::batches::Batches;
use crate::asl::program::Map;
use crate::asl::{Fault, Payload};
use crate::local::step_functions::PAYLOAD_BYTES_MAX;
use crate::local::step_functions::test_state::bench::{Bench, Succeeded, Thrown, blame};
use crate::local::step_functions::test_state::inspection::as_written;
use crate::local::step_functions::test_state::mock::Gives;

/// More iterations failed than are tolerated.
const THRESHOLD: (&str, &str) =
    ("States.ExceedToleratedFailureThreshold", "The specified tolerated failure threshold was exceeded");

impl Bench<'_> {
    pub(super) fn map(&mut self, map: &Map, gives: Gives) -> Result<Succeeded, Thrown> {
        let input = self.effective_input(true)?;
        let concurrency = flow::count(&map.max_concurrency, self.data(&input), "MaxConcurrencyPath").map_err(blame)?;
        self.inspection.value("maxConcurrency", concurrency.into());
        let tolerance = self.tolerance(map, &input)?;
        let items = self.items(map, &input)?;
        let inputs = self.item_inputs(map, &input, &items)?;
        self.batches(map, &input, &inputs)?;
        let result = gives.into_result()?;
        let length = items.value().as_array().map_or(0, Vec::len);
        if tolerance.is_exceeded(self.configuration.map_iteration_failure_count, length) {
            return Err(Fault::new(THRESHOLD.0, THRESHOLD.1).into());
        }
        self.finish(&result, map.result_selector.as_ref(), &map.result_path)
    }

    fn tolerance(&mut self, map: &Map, input: &Payload) -> Result<Tolerance, Thrown> {
        let mut tolerance = Tolerance::default();
        if let Some(count) = &map.tolerated_count {
            let count = flow::count(count, self.data(input), "ToleratedFailureCountPath").map_err(blame)?;
            self.inspection.value("toleratedFailureCount", count.into());
            tolerance.count = Some(count);
        }
        if let Some(percentage) = &map.tolerated_percentage {
            let percentage = flow::percentage(percentage, self.data(input)).map_err(blame)?;
            self.inspection.value("toleratedFailurePercentage", percentage.into());
            tolerance.percentage = Some(percentage);
        }
        Ok(tolerance)
    }

    /// What is iterated over.
    fn items(&mut self, map: &Map, input: &Payload) -> Result<Payload, Thrown> {
        let reader = map.distributed.as_ref().and_then(|distributed| distributed.reader.as_ref());
        if let Some(reader) = reader {
            let data = self.configuration.map_item_reader_data.as_deref().unwrap_or("[]");
            let read = Payload::parse(data).unwrap_or_else(|_| Payload::from(json!([])));
            let pointer = reader.config.value()["ItemsPointer"].as_str();
            let Some(found) = pointer.and_then(|pointer| read.value().pointer(pointer)) else { return Ok(read) };
            let items = as_written(&read, Payload::from(found.clone()));
            self.inspection.document("afterItemsPointer", &items);
            return Ok(items);
        }
        let items = flow::items(&map.items, self.data(input)).map_err(blame)?;
        let items = if items.is(input) { items } else { as_written(input, items) };
        self.show("afterItemsPath", &items);
        Ok(items)
    }

    /// What `ItemSelector` makes of each item.
    fn item_inputs(&mut self, map: &Map, input: &Payload, items: &Payload) -> Result<Vec<Value>, Thrown> {
        let given = items.value().as_array().cloned().unwrap_or_default();
        let Some(selector) = &map.item_selector else { return Ok(given) };
        let mut inputs = Vec::new();
        for (index, item) in given.iter().enumerate() {
            self.context["Map"] = json!({ "Item": { "Index": index, "Value": item } });
            let filled = flow::fill(selector, self.data(input), "ItemSelector").map_err(blame);
            inputs.push(filled?.value().clone());
        }
        if let Value::Object(context) = &mut self.context {
            context.shift_remove("Map");
        }
        self.inspection.document("afterItemSelector", &Payload::from(Value::Array(inputs.clone())));
        Ok(inputs)
    }

    /// What `ItemBatcher` makes of the iterations' inputs.
    fn batches(&mut self, map: &Map, input: &Payload, inputs: &[Value]) -> Result<(), Thrown> {
        let batcher = map.distributed.as_ref().and_then(|distributed| distributed.batcher.as_ref());
        let Some(batcher) = batcher else { return Ok(()) };
        let sizes = Batches::of(batcher, self.data(input), PAYLOAD_BYTES_MAX).map_err(blame)?;
        let (mut made, mut left) = (Vec::new(), inputs);
        while !left.is_empty() {
            let items = left.iter().map(|item| Ok::<_, Infallible>(Payload::from(item.clone())));
            let (taken, batch) = sizes.next(items).unwrap_or_else(|never| match never {});
            made.push(batch.value().clone());
            left = &left[taken as usize..];
        }
        self.inspection.document("afterItemBatcher", &Payload::from(Value::Array(made)));
        Ok(())
    }
}

/// How many iterations may fail.
#[derive(Debug, Default)]
struct Tolerance {
    count: Option<u64>,
    percentage: Option<f64>,
}

impl Tolerance {
    #[expect(clippy::cast_precision_loss, reason = "2^53 items do not fit into a payload")]
    fn is_exceeded(&self, failed: u64, items: usize) -> bool {
        let share = failed as f64 * 100.0 / (items.max(1) as f64);
        let (by_count, by_share) =
            (self.count.map(|count| failed > count), self.percentage.map(|percentage| share > percentage));
        match (by_count, by_share) {
            (None, None) => failed > 0,
            (by_count, by_share) => by_count == Some(true) || by_share == Some(true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Tolerance;

    #[test]
    fn no_failure_is_tolerated_unless_a_threshold_says_so() {
        let exceeded = |count, percentage, failed| Tolerance { count, percentage }.is_exceeded(failed, 4);
        assert_eq!([0, 1].map(|failed| exceeded(None, None, failed)), [false, true]);
        assert_eq!([1, 2].map(|failed| exceeded(Some(1), None, failed)), [false, true]);
        assert_eq!([1, 2].map(|failed| exceeded(None, Some(25.0), failed)), [false, true]);
        assert_eq!([1, 2].map(|failed| exceeded(Some(3), Some(25.0), failed)), [false, true]);
    }
}
