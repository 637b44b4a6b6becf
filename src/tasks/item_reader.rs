//! `ItemReader`: the items of a distributed Map, from objects of S3 or a list of them.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html>

mod csv;

use serde_json::{Map, Value, json};

use crate::asl::{Fault, Payload};
use crate::tasks::integration::sdk::{self, Caller};

/// How AWS calls items that cannot be read.
const FAILED: &str = "States.ItemReaderFailed";

/// Items of one dataset, as AWS bounds them.
const ITEMS_MAX: usize = 100_000_000;

/// Reads the items: an array. `request` has `Parameters`, `ReaderConfig` and `MaxItems`.
///
/// # Errors
/// `States.ItemReaderFailed`
pub(super) async fn read(caller: &Caller<'_>, action: &str, request: &Payload) -> Result<Payload, Fault> {
    let request = request.value();
    let (parameters, config) = (&request["Parameters"], &request["ReaderConfig"]);
    let most = request["MaxItems"].as_u64().and_then(|most| usize::try_from(most).ok()).filter(|most| *most > 0);
    let most = most.unwrap_or(ITEMS_MAX).min(ITEMS_MAX);
    let mut items = if action == "listObjectsV2" {
        list(caller, parameters, most).await?
    } else {
        let body = body(caller, parameters).await?;
        if config["InputType"] == "MANIFEST" {
            manifest(caller, parameters, &body, config, most).await?
        } else {
            items(&body, config, most)?
        }
    };
    items.truncate(most);
    Ok(Payload::from(Value::Array(items)))
}

fn failed(cause: impl Into<String>) -> Fault {
    Fault::new(FAILED, cause)
}

/// An S3 action, whose own error becomes the reader's.
async fn ask(caller: &Caller<'_>, action: &str, parameters: &Value) -> Result<Value, Fault> {
    sdk::perform(caller, "s3", action, parameters).await.map_err(|fault| failed(fault.cause))
}

/// What an object holds.
async fn body(caller: &Caller<'_>, parameters: &Value) -> Result<String, Fault> {
    let answer = ask(caller, "getObject", parameters).await?;
    let body = match &answer["Body"] {
        Value::String(body) => body.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    match answer["ContentLength"].as_u64() {
        Some(length) if length > body.len() as u64 => Err(failed(format!(
            "The object has {length} bytes; iw102 reads objects of {} bytes and less.",
            crate::tasks::RESPONSE_BYTES_MAX
        ))),
        _ => Ok(body),
    }
}

/// The objects of a bucket, page by page.
async fn list(caller: &Caller<'_>, parameters: &Value, most: usize) -> Result<Vec<Value>, Fault> {
    let mut parameters = parameters.clone();
    let mut items = Vec::new();
    loop {
        let page = ask(caller, "listObjectsV2", &parameters).await?;
        let objects = page["Contents"].as_array().map(Vec::as_slice).unwrap_or_default();
        items.extend(objects.iter().map(listed));
        let next = &page["NextContinuationToken"];
        if next.is_null() || items.len() >= most || objects.is_empty() {
            return Ok(items);
        }
        parameters["ContinuationToken"] = next.clone();
    }
}

/// An object of a list, with the members that AWS hands on, as it names them.
fn listed(object: &Value) -> Value {
    let mut item = Map::new();
    for (name, names) in [
        ("Etag", ["ETag", "Etag"].as_slice()),
        ("LastModified", &["LastModified"]),
        ("Key", &["Key"]),
        ("Size", &["Size"]),
        ("StorageClass", &["StorageClass"]),
    ] {
        if let Some(value) = names.iter().find_map(|name| object.get(name)) {
            item.insert(name.to_owned(), value.clone());
        }
    }
    Value::Object(item)
}

/// The items of a text.
fn items(body: &str, config: &Value, most: usize) -> Result<Vec<Value>, Fault> {
    match config["InputType"].as_str() {
        Some("CSV") => csv::items(body, config, most).map_err(failed),
        Some("JSONL") => {
            let lines = body.lines().filter(|line| !line.trim().is_empty()).take(most);
            lines.map(parse).collect()
        }
        _ => {
            let document = parse(body)?;
            let pointed = match config["ItemsPointer"].as_str().filter(|pointer| !pointer.is_empty()) {
                Some(pointer) => document.pointer(pointer).cloned().unwrap_or_default(),
                None => document,
            };
            match pointed {
                Value::Array(items) => Ok(items),
                Value::Object(fields) if config["ItemsPointer"].is_string() => {
                    Ok(fields.into_iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect())
                }
                _ => Err(failed("Attempting to map over non-iterable node.")),
            }
        }
    }
}

fn parse(text: &str) -> Result<Value, Fault> {
    Payload::parse(text).map(|payload| payload.value().clone()).map_err(|error| failed(error.to_string()))
}

/// The items of every file that a manifest names: an inventory of S3, whose files have rows without headers, or a list of
/// data files, one address a line.
async fn manifest(
    caller: &Caller<'_>,
    parameters: &Value,
    body: &str,
    config: &Value,
    most: usize,
) -> Result<Vec<Value>, Fault> {
    let mut found = Vec::new();
    let (files, config) = if config["ManifestType"] == "ATHENA_DATA" {
        let config = json!({ "InputType": "JSONL" });
        (body.lines().filter_map(address).collect::<Vec<_>>(), config)
    } else {
        inventory(body, parameters)?
    };
    for file in files {
        let body = self::body(caller, &file).await?;
        found.extend(items(&body, &config, most - found.len())?);
        if found.len() >= most {
            break;
        }
    }
    Ok(found)
}

/// Where the files of an inventory are, and how they are read.
fn inventory(body: &str, parameters: &Value) -> Result<(Vec<Value>, Value), Fault> {
    let manifest = parse(body)?;
    if manifest["fileFormat"].as_str().is_some_and(|format| format != "CSV") {
        return Err(failed("iw102 reads inventories of CSV files only."));
    }
    let schema = manifest["fileSchema"].as_str().unwrap_or_default();
    let headers: Vec<&str> = schema.split(',').map(str::trim).collect();
    let bucket = manifest["destinationBucket"].as_str().and_then(|arn| arn.rsplit(':').next());
    let bucket = bucket.map_or_else(|| parameters["Bucket"].clone(), Value::from);
    let files = manifest["files"].as_array().map(Vec::as_slice).unwrap_or_default();
    if files
        .iter()
        .any(|file| file["key"].as_str().and_then(|key| key.rsplit_once('.')).is_some_and(|(_, form)| form == "gz"))
    {
        return Err(failed("iw102 reads inventories whose files are not compressed."));
    }
    let files = files.iter().map(|file| json!({ "Bucket": bucket, "Key": file["key"] })).collect();
    Ok((files, json!({ "InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": headers })))
}

/// Bucket and key of `s3://BUCKET/KEY`.
fn address(line: &str) -> Option<Value> {
    let (bucket, key) = line.trim().strip_prefix("s3://")?.split_once('/')?;
    Some(json!({ "Bucket": bucket, "Key": key }))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{address, inventory, items, listed};

    #[test]
    fn json_must_be_an_array_or_point_at_one() {
        let read = |body: &str, config: Value| items(body, &config, 9).map_err(|fault| (fault.error, fault.cause));
        assert_eq!(read("[1, [2]]", json!({ "InputType": "JSON" })).unwrap(), [json!(1), json!([2])]);
        assert_eq!(read(r#"{"a":{"b":[3]}}"#, json!({ "ItemsPointer": "/a/b" })).unwrap(), [json!(3)]);
        assert_eq!(
            read(r#"{"a":{"k":1}}"#, json!({ "ItemsPointer": "/a" })).unwrap(),
            [json!({ "Key": "k", "Value": 1 })]
        );
        let cause = "Attempting to map over non-iterable node.";
        assert_eq!(read(r#"{"a":1}"#, json!({})).unwrap_err(), ("States.ItemReaderFailed".into(), cause.to_owned()));
        assert_eq!(read("[", json!({})).unwrap_err().0, "States.ItemReaderFailed");
    }

    #[test]
    fn json_lines_are_items() {
        assert_eq!(
            items("{\"a\":1}\n\n2\n3\n", &json!({ "InputType": "JSONL" }), 2).unwrap(),
            [json!({"a": 1}), json!(2)]
        );
    }

    #[test]
    fn a_listed_object_has_five_members() {
        let object = json!({ "ETag": "\"e\"", "Key": "k", "Size": 3, "Owner": {}, "StorageClass": "STANDARD" });
        assert_eq!(listed(&object).to_string(), r#"{"Etag":"\"e\"","Key":"k","Size":3,"StorageClass":"STANDARD"}"#);
    }

    #[test]
    fn manifests_name_files() {
        assert_eq!(address("s3://b/k/l.json\r"), Some(json!({ "Bucket": "b", "Key": "k/l.json" })));
        let body = r#"{"destinationBucket":"arn:aws:s3:::d","fileFormat":"CSV","fileSchema":"Bucket, Key","files":[{"key":"f.csv"}]}"#;
        let (files, config) = inventory(body, &json!({})).unwrap();
        assert_eq!(files, [json!({ "Bucket": "d", "Key": "f.csv" })]);
        assert_eq!(config["CSVHeaders"], json!(["Bucket", "Key"]));
        assert!(inventory(r#"{"files":[{"key":"f.csv.gz"}]}"#, &json!({})).is_err());
    }
}
