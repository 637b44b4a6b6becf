//! What a distributed `Map` has beyond an inline one: `ItemReader`, `ItemBatcher`, `ResultWriter`, `Label`.

use std::sync::Arc;

use serde_json::{Map as Object, Value};

use super::fields::{Field, Fields};
use super::report::NOT_SUPPORTED;
use super::survey::opening;
use super::{Compiler, map, parameters};
use crate::asl::Payload;
use crate::asl::distributed::{Distributed, ItemBatcher, ItemReader, ResultWriter};
use crate::asl::program::{Count, QueryLanguage};
use crate::asl::syntax::Node;

/// Characters of a `Label`.
const LABEL_MAX: usize = 40;

/// What S3 can be asked for the items of a `Map`.
const READERS: [&str; 2] = ["arn:aws:states:::s3:getObject", "arn:aws:states:::s3:listObjectsV2"];

/// What S3 can be asked with the results.
const WRITER: &str = "arn:aws:states:::s3:putObject";

const INPUT_TYPES: [&str; 5] = ["CSV", "JSON", "JSONL", "MANIFEST", "PARQUET"];

/// The fields of a distributed `Map`; `None` for an inline one, which has none of them.
pub(super) fn read(fields: &Fields, c: &mut Compiler) -> Option<Box<Distributed>> {
    let config = ["ItemProcessor", "Iterator"].iter().find_map(|name| fields.get(name)?.node.get("ProcessorConfig"));
    let says = |name: &str| config.and_then(|config| config.get(name)).and_then(Node::as_str);
    if says("Mode") != Some("DISTRIBUTED") {
        refuse_inline(fields, c);
        return None;
    }
    Some(Box::new(Distributed {
        express: says("ExecutionType") == Some("EXPRESS"),
        label: label(fields, c),
        reader: within(fields, "ItemReader", c).and_then(|fields| reader(&fields, c)),
        batcher: within(fields, "ItemBatcher", c).map(|fields| batcher(&fields, c)),
        writer: within(fields, "ResultWriter", c).map(|fields| writer(&fields, c)),
    }))
}

fn refuse_inline(fields: &Fields, c: &mut Compiler) {
    for name in ["ItemReader", "ItemBatcher", "ResultWriter", "Label"] {
        if let Some(field) = fields.get(name) {
            let message = format!("'{name}' is a field of distributed Map states");
            c.error(super::report::SCHEMA, field.key.span, &field.pointer, message)
                .help("give the ItemProcessor a 'ProcessorConfig' with \"Mode\": \"DISTRIBUTED\"");
        }
    }
}

fn within<'n>(fields: &Fields<'n>, name: &str, c: &mut Compiler) -> Option<Fields<'n>> {
    let field = fields.get(name)?;
    Fields::of(field.node, &field.pointer, opening(field.node), &format!("'{name}'"), c)
}

fn label(fields: &Fields, c: &mut Compiler) -> Option<Arc<str>> {
    let field = fields.get("Label")?;
    let label = field.string(c)?;
    let refused = |c: char| c.is_whitespace() || c.is_control() || "?*<>{}[]:;,\\|^~$#%&`\"/".contains(c);
    if label.is_empty() || label.chars().count() > LABEL_MAX || label.chars().any(refused) {
        let message =
            format!("'Label' must have 1 to {LABEL_MAX} characters, without spaces and ?*<>{{}}[]:;,\\|^~$#%&`\"");
        field.wrong(message, c);
    }
    Some(label.into())
}

fn reader(fields: &Fields, c: &mut Compiler) -> Option<ItemReader> {
    fields.only(&["Resource", parameters::name(c), "ReaderConfig"], c);
    fields.require(&["Resource"], c);
    let parameters = fields.filling(parameters::name(c), c);
    let config = within(fields, "ReaderConfig", c);
    let max_items = config.as_ref().and_then(|config| reader_config(config, c));
    let resource = fields.get("Resource")?;
    let action = resource.string(c).and_then(|arn| READERS.contains(&arn).then(|| arn.rsplit(':').next()).flatten());
    if action.is_none() {
        unknown_resource(&resource, &READERS, c);
    }
    let config = config.map(|config| literal(&config, &["MaxItems", "MaxItemsPath"])).unwrap_or_default();
    Some(ItemReader { action: action?.into(), parameters, config: Value::Object(config).into(), max_items })
}

fn unknown_resource(resource: &Field, known: &[&str], c: &mut Compiler) {
    if resource.node.as_str().is_some() {
        resource.wrong(format!("'Resource' must be one of {}", known.join(", ")), c);
    }
}

fn reader_config(fields: &Fields, c: &mut Compiler) -> Option<Count> {
    fields.only(
        &[
            "InputType",
            "ManifestType",
            "Transformation",
            "CSVHeaderLocation",
            "CSVHeaders",
            "CSVDelimiter",
            "ItemsPointer",
            "MaxItems",
            "MaxItemsPath",
        ],
        c,
    );
    let input_type = one_of(fields, "InputType", &INPUT_TYPES, c);
    if input_type == Some("PARQUET")
        && let Some(field) = fields.get("InputType")
    {
        c.error(NOT_SUPPORTED, field.node.span, &field.pointer, "Parquet files are not read by this version")
            .help("use CSV, JSON or JSONL");
    }
    one_of(fields, "ManifestType", &["ATHENA_DATA", "S3_INVENTORY"], c);
    one_of(fields, "Transformation", &["NONE", "LOAD_AND_FLATTEN"], c);
    one_of(fields, "CSVDelimiter", &["COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"], c);
    let location = one_of(fields, "CSVHeaderLocation", &["FIRST_ROW", "GIVEN"], c);
    if location == Some("GIVEN") {
        fields.require(&["CSVHeaders"], c);
    }
    if let Some(headers) = fields.get("CSVHeaders")
        && headers.items(c).is_some_and(|items| items.iter().any(|item| item.as_str().is_none()))
    {
        headers.wrong("'CSVHeaders' must hold strings", c);
    }
    fields.string("ItemsPointer", c);
    if c.language == QueryLanguage::Jsonata
        && let Some(path) = fields.get("MaxItemsPath")
    {
        super::state::foreign_field(fields, path.key, c);
    }
    map::count("MaxItems", "MaxItemsPath", 0, fields, c)
}

fn one_of<'n>(fields: &Fields<'n>, name: &str, known: &[&str], c: &mut Compiler) -> Option<&'n str> {
    let field = fields.get(name)?;
    let text = field.string(c)?;
    if !known.contains(&text) {
        let message = format!("The field '{name}' should have one of these values: [{}]", known.join(", "));
        c.error(super::report::SCHEMA, field.node.span, &field.pointer, message)
            .did_you_mean(text, known.iter().copied());
    }
    Some(text)
}

/// An object as it was written, without some of its fields.
fn literal(fields: &Fields, without: &[&str]) -> Object<String, Value> {
    let entries = fields.entries.iter().filter(|(key, _)| !without.contains(&key.name.as_str()));
    entries.map(|(key, value)| (key.name.clone(), value.to_value())).collect()
}

fn batcher(fields: &Fields, c: &mut Compiler) -> ItemBatcher {
    let paths: &[&str] = match c.language {
        QueryLanguage::JsonPath => &["MaxItemsPerBatchPath", "MaxInputBytesPerBatchPath"],
        QueryLanguage::Jsonata => &[],
    };
    let known = ["MaxItemsPerBatch", "MaxInputBytesPerBatch", "BatchInput"];
    fields.only(&[&known[..], paths].concat(), c);
    ItemBatcher {
        max_items: map::count("MaxItemsPerBatch", "MaxItemsPerBatchPath", 1, fields, c),
        max_bytes: map::count("MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath", 1, fields, c),
        input: fields.filling("BatchInput", c),
    }
}

fn writer(fields: &Fields, c: &mut Compiler) -> ResultWriter {
    fields.only(&["Resource", parameters::name(c), "WriterConfig"], c);
    let config = within(fields, "WriterConfig", c);
    if let Some(config) = &config {
        config.only(&["Transformation", "OutputType"], c);
        one_of(config, "Transformation", &["NONE", "COMPACT", "FLATTEN"], c);
        one_of(config, "OutputType", &["JSON", "JSONL"], c);
    }
    let given = fields.filling(parameters::name(c), c);
    if given.is_some() || config.is_none() {
        fields.require(&["Resource", parameters::name(c)], c);
    }
    if let Some(resource) = fields.get("Resource")
        && resource.string(c).is_some_and(|arn| arn != WRITER)
    {
        unknown_resource(&resource, &[WRITER], c);
    }
    let config = config.map(|config| literal(&config, &[])).unwrap_or_default();
    ResultWriter { parameters: given, config: Payload::from(Value::Object(config)) }
}
