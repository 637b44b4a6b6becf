//! A Lambda function in Rust, as AWS's own runtime crate has it: answers with its event, or does what the event says.
//!
//! Build it with `cargo build --example rust-function`, and name the binary in serverless.yml as any `provided.al2023` function
//! is named: `handler: target/debug/examples/rust-function`.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Error> {
    lambda_runtime::run(service_fn(handle)).await
}

/// `{"fail": TEXT}` is an error with that text; `{"panic": TEXT}` ends the handler at once; anything else comes back.
async fn handle(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let (event, context) = event.into_parts();
    if let Some(text) = event.get("fail").and_then(Value::as_str) {
        return Err(text.into());
    }
    if let Some(text) = event.get("panic").and_then(Value::as_str) {
        panic!("{text}");
    }
    Ok(json!({"event": event, "requestId": context.request_id, "processId": std::process::id()}))
}
