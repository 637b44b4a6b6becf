//! `Map` under test: what its iterations would be given, and what a mock of their results or their error means.

use serde_json::{Value, json};

use crate::asl::flow;
use crate::asl::program::Map;
use crate::asl::{Fault, Payload};
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
        self.item_inputs(map, &input, &items)?;
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
        if reader.is_some() {
            let data = self.configuration.map_item_reader_data.as_deref().unwrap_or("[]");
            return Ok(Payload::parse(data).unwrap_or_else(|_| Payload::from(json!([]))));
        }
        let items = flow::items(&map.items, self.data(input)).map_err(blame)?;
        let items = if items.is(input) { items } else { as_written(input, items) };
        self.show("afterItemsPath", &items);
        Ok(items)
    }

    /// What `ItemSelector` makes of each item.
    fn item_inputs(&mut self, map: &Map, input: &Payload, items: &Payload) -> Result<(), Thrown> {
        let Some(selector) = &map.item_selector else { return Ok(()) };
        let mut inputs = Vec::new();
        for (index, item) in items.value().as_array().into_iter().flatten().enumerate() {
            self.context["Map"] = json!({ "Item": { "Index": index, "Value": item } });
            let filled = flow::fill(selector, self.data(input), "ItemSelector").map_err(blame);
            inputs.push(filled?.value().clone());
        }
        if let Value::Object(context) = &mut self.context {
            context.shift_remove("Map");
        }
        self.inspection.document("afterItemSelector", &Payload::from(Value::Array(inputs)));
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
