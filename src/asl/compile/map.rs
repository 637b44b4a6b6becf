//! `Map`, inside its execution or distributed over executions of its own.

use super::fields::Fields;
use super::state::Type;
use super::{Compiler, distributed};
use crate::asl::distributed::Percentage;
use crate::asl::flow::SECONDS_MAX;
use crate::asl::program::{Count, Items, Map, QueryLanguage, Selector, StateKind};
use crate::asl::syntax::NodeKind;

pub(super) const TYPE: Type = Type {
    name: "Map",
    fields: &[
        "ItemProcessor",
        "Iterator",
        "ItemSelector",
        "MaxConcurrency",
        "ItemReader",
        "ItemBatcher",
        "ResultWriter",
        "Label",
        "ToleratedFailureCount",
        "ToleratedFailurePercentage",
    ],
    jsonpath: &[
        "ItemsPath",
        "Parameters",
        "MaxConcurrencyPath",
        "ResultSelector",
        "ResultPath",
        "ToleratedFailureCountPath",
        "ToleratedFailurePercentagePath",
    ],
    jsonata: &["Items"],
    next: true,
    paths: true,
    assign: true,
    retry: true,
    read,
};

fn read(fields: &Fields, c: &mut Compiler) -> Option<StateKind> {
    fields.exclusive("ItemProcessor", "Iterator", c);
    fields.exclusive("ItemSelector", "Parameters", c);
    if !fields.has("Iterator") {
        fields.require(&["ItemProcessor"], c);
    }
    let item_selector = fields.filling("ItemSelector", c);
    let parameters = fields.filling("Parameters", c);
    let result_selector = fields.filling("ResultSelector", c);
    let result_path = fields.result_path(c);
    Some(StateKind::Map(Box::new(Map {
        items: items(fields, c),
        max_concurrency: count("MaxConcurrency", "MaxConcurrencyPath", 0, fields, c).unwrap_or(Count::Fixed(0)),
        tolerated_count: count("ToleratedFailureCount", "ToleratedFailureCountPath", 0, fields, c),
        tolerated_percentage: tolerated_percentage(fields, c),
        distributed: distributed::read(fields, c),
        processor: c.survey.state(c.current).inner.first().copied()?,
        item_selector: item_selector.or(parameters),
        result_selector,
        result_path,
    })))
}

fn items(fields: &Fields, c: &mut Compiler) -> Items {
    if c.language == QueryLanguage::Jsonata {
        return Items::Jsonata(fields.jsonata("Items", c));
    }
    Items::Path(fields.get("ItemsPath").map_or(Selector::Whole, |field| field.select(c)))
}

/// A count that is given, or whose path is.
pub(super) fn count(fixed: &str, path: &str, least: u64, fields: &Fields, c: &mut Compiler) -> Option<Count> {
    fields.exclusive(fixed, path, c);
    if let Some(computed) = fields.computed(fixed, c) {
        return Some(Count::Jsonata(computed));
    }
    let fixed = fields.whole(fixed, least..=COUNT_MAX, c).map(Count::Fixed);
    let path = fields.reference(path, c).map(Count::Path);
    fixed.or(path)
}

/// The most that a definition counts: the items of a dataset.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html>
const COUNT_MAX: u64 = SECONDS_MAX + 1;

fn tolerated_percentage(fields: &Fields, c: &mut Compiler) -> Option<Percentage> {
    const FIXED: &str = "ToleratedFailurePercentage";
    fields.exclusive(FIXED, "ToleratedFailurePercentagePath", c);
    if let Some(computed) = fields.computed(FIXED, c) {
        return Some(Percentage::Jsonata(computed));
    }
    if let Some(path) = fields.reference("ToleratedFailurePercentagePath", c) {
        return Some(Percentage::Path(path));
    }
    let field = fields.get(FIXED)?;
    let NodeKind::Number(number) = &field.node.kind else {
        field.must_be("a number", c);
        return None;
    };
    let percentage = number.as_f64().filter(|percentage| (0.0..=100.0).contains(percentage));
    if percentage.is_none() {
        field.wrong(format!("'{FIXED}' must be a number from 0 to 100, not {number}"), c);
    }
    percentage.map(Percentage::Fixed)
}
