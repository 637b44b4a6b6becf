//! `Map`, inside its execution.

use super::Compiler;
use super::fields::Fields;
use super::state::Type;
use crate::asl::flow::SECONDS_MAX;
use crate::asl::program::{Count, Items, Map, QueryLanguage, Selector, StateKind};

pub(super) const TYPE: Type = Type {
    name: "Map",
    fields: &["ItemProcessor", "Iterator", "ItemSelector", "MaxConcurrency"],
    jsonpath: &["ItemsPath", "Parameters", "MaxConcurrencyPath", "ResultSelector", "ResultPath"],
    jsonata: &["Items"],
    next: true,
    paths: true,
    assign: true,
    retry: true,
    not_supported: &[
        "ItemReader",
        "ItemBatcher",
        "ResultWriter",
        "Label",
        "ToleratedFailureCount",
        "ToleratedFailureCountPath",
        "ToleratedFailurePercentage",
        "ToleratedFailurePercentagePath",
    ],
    read,
};

fn read(fields: &Fields, c: &mut Compiler) -> Option<StateKind> {
    fields.exclusive("ItemProcessor", "Iterator", c);
    fields.exclusive("ItemSelector", "Parameters", c);
    fields.exclusive("MaxConcurrency", "MaxConcurrencyPath", c);
    if !fields.has("Iterator") {
        fields.require(&["ItemProcessor"], c);
    }
    let item_selector = fields.filling("ItemSelector", c);
    let parameters = fields.filling("Parameters", c);
    let result_selector = fields.filling("ResultSelector", c);
    let result_path = fields.result_path(c);
    Some(StateKind::Map(Box::new(Map {
        items: items(fields, c),
        max_concurrency: max_concurrency(fields, c),
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

fn max_concurrency(fields: &Fields, c: &mut Compiler) -> Count {
    if let Some(computed) = fields.computed("MaxConcurrency", c) {
        return Count::Jsonata(computed);
    }
    let fixed = fields.whole("MaxConcurrency", 0..=SECONDS_MAX, c).map(Count::Fixed);
    let path = fields.reference("MaxConcurrencyPath", c).map(Count::Path);
    fixed.or(path).unwrap_or(Count::Fixed(0))
}
