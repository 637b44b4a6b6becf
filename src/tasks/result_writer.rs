//! `ResultWriter`: the results of a distributed Map as objects of S3, and a manifest that names them.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html>

use serde_json::{Value, json};

use crate::asl::{Fault, Payload};
use crate::tasks::integration::sdk::{self, Caller};

/// How AWS calls results that cannot be written.
const FAILED: &str = "States.ResultWriterFailed";

/// Writes what `request` has; gives the manifest's bucket and key.
///
/// # Errors
/// `States.ResultWriterFailed`
pub(super) async fn write(caller: &Caller<'_>, request: &Payload) -> Result<Payload, Fault> {
    let request = request.value();
    let bucket = &request["Parameters"]["Bucket"];
    let folder = folder(request);
    let lines = request["OutputType"] == "JSONL";
    let mut files = json!({ "FAILED": [], "PENDING": [], "SUCCEEDED": [] });
    for status in ["FAILED", "SUCCEEDED"] {
        let results = request[status].as_array().map(Vec::as_slice).unwrap_or_default();
        if results.is_empty() {
            continue;
        }
        let (key, body) =
            (format!("{folder}/{status}_0.{}", if lines { "jsonl" } else { "json" }), text(results, lines));
        let size = body.len();
        put(caller, bucket, &key, body).await?;
        files[status] = json!([{ "Key": key, "Size": size }]);
    }
    let manifest = json!({ "DestinationBucket": bucket, "MapRunArn": request["MapRunArn"], "ResultFiles": files });
    let key = format!("{folder}/manifest.json");
    put(caller, bucket, &key, manifest.to_string()).await?;
    Ok(Payload::from(json!({ "Bucket": bucket, "Key": key })))
}

/// `PREFIX/ID`
fn folder(request: &Value) -> String {
    let id = request["Id"].as_str().unwrap_or_default();
    match request["Parameters"]["Prefix"].as_str().map(|prefix| prefix.trim_end_matches('/')) {
        None | Some("") => id.to_owned(),
        Some(prefix) => format!("{prefix}/{id}"),
    }
}

fn text(results: &[Value], lines: bool) -> String {
    let results: Vec<String> = results.iter().map(Value::to_string).collect();
    if lines { results.join("\n") } else { format!("[{}]", results.join(",")) }
}

async fn put(caller: &Caller<'_>, bucket: &Value, key: &str, body: String) -> Result<(), Fault> {
    let parameters = json!({ "Bucket": bucket, "Key": key, "Body": body });
    let written = sdk::perform(caller, "s3", "putObject", &parameters).await;
    written.map(drop).map_err(|fault| Fault::new(FAILED, fault.cause))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{folder, text};

    #[test]
    fn objects_stand_below_the_prefix_and_the_run() {
        let of = |prefix: serde_json::Value| folder(&json!({ "Id": "i", "Parameters": { "Prefix": prefix } }));
        assert_eq!([of(json!("p/q")), of(json!("p/")), of(json!(null))], ["p/q/i", "p/i", "i"]);
    }

    #[test]
    fn results_are_an_array_or_lines() {
        let results = [json!({ "a": 1 }), json!(2)];
        assert_eq!((text(&results, false), text(&results, true)), ("[{\"a\":1},2]".into(), "{\"a\":1}\n2".into()));
    }
}
