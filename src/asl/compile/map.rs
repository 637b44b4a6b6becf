//! `Map`, inside its execution.

use super::Compiler;
use super::fields::Fields;
use super::state::Type;
use crate::asl::flow::SECONDS_MAX;
use crate::asl::program::{Count, Map, Selector, StateKind};

pub(super) const TYPE: Type = Type {
    name: "Map",
    fields: &[
        "ItemProcessor",
        "Iterator",
        "ItemsPath",
        "ItemSelector",
        "Parameters",
        "MaxConcurrency",
        "MaxConcurrencyPath",
        "ResultSelector",
        "ResultPath",
    ],
    next: true,
    paths: true,
    retry: true,
    not_supported: &[
        "Assign",
        "ItemReader",
        "ItemBatcher",
        "ResultWriter",
        "Label",
        "ToleratedFailureCount",
        "ToleratedFailureCountPath",
        "ToleratedFailurePercentage",
        "ToleratedFailurePercentagePath",
    ],
    jsonata: &["Items", "Output"],
    read,
};

fn read(fields: &Fields, c: &mut Compiler) -> Option<StateKind> {
    fields.exclusive("ItemProcessor", "Iterator", c);
    fields.exclusive("ItemSelector", "Parameters", c);
    fields.exclusive("MaxConcurrency", "MaxConcurrencyPath", c);
    if !fields.has("Iterator") {
        fields.require(&["ItemProcessor"], c);
    }
    let item_selector = fields.template("ItemSelector", c);
    let parameters = fields.template("Parameters", c);
    let result_selector = fields.template("ResultSelector", c);
    let result_path = fields.result_path(c);
    Some(StateKind::Map(Box::new(Map {
        items_path: items_path(fields, c),
        max_concurrency: max_concurrency(fields, c),
        processor: c.survey.state(c.current).inner.first().copied()?,
        item_selector: item_selector.or(parameters),
        result_selector,
        result_path,
    })))
}

fn items_path(fields: &Fields, c: &mut Compiler) -> Selector {
    match fields.get("ItemsPath") {
        Some(field) => field.select(c),
        None => Selector::Whole,
    }
}

fn max_concurrency(fields: &Fields, c: &mut Compiler) -> Count {
    let fixed = fields.whole("MaxConcurrency", 0..=SECONDS_MAX, c).map(Count::Fixed);
    let path = fields.reference("MaxConcurrencyPath", c).map(Count::Path);
    fixed.or(path).unwrap_or(Count::Fixed(0))
}
