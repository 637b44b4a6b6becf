//! What the owner's own program asks of it, beside AWS's operations: `/_iw102/{health,load,quiesce,clock,gateway}`.
//!
//! Only who can read `owner.json` knows the secret that these paths want.

use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::{Method, Request};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::engine::driver::ClockView;
use crate::engine::{ClockMode, Timestamp};
use crate::local::api_error::ApiError;
use crate::local::listen::Listen;
use crate::local::owner::LocalError;
use crate::local::register::{self, Load};
use crate::local::served::{Served, empty};
use crate::local::{server, wire};
use crate::tasks::with_source;

/// Where control paths begin.
pub(super) const PATH: &str = "/_iw102/";

/// The header that carries the secret.
pub(super) const SECRET: &str = "x-iw102-secret";

/// A load carries all definitions and environments of a project.
const LOAD_BYTES_MAX: usize = 64 << 20;

/// What is asked of the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum ClockCall {
    /// Where it stands.
    Show,
    /// Go to the next deadline.
    Next,
    /// Go so many milliseconds on.
    Advance(u64),
}

/// Answers a control path.
pub(super) async fn answer(name: &str, request: Request<Incoming>, served: &Arc<Served>) -> Result<Value, ApiError> {
    let given = request.headers().get(SECRET).map_or(&b""[..], |secret| secret.as_bytes());
    if request.method() != Method::POST || !served.secret.is(given) {
        return Err(ApiError::new("AccessDeniedException", "this path is for the store's own program").with_status(403));
    }
    let body = wire::read(request.into_body(), LOAD_BYTES_MAX).await?;
    match name {
        "health" => Ok(json!({ "pid": std::process::id(), "version": env!("CARGO_PKG_VERSION") })),
        "load" => {
            register::apply(&parse::<Load>(&body)?, served).await?;
            Ok(empty())
        }
        "quiesce" => quiesce(served).await,
        "clock" => Ok(encode_clock(&clock(served, parse(&body)?).await?)),
        "gateway" => open_gateway(parse(&body)?, served).await,
        _ => Err(ApiError::new("UnknownOperationException", "no such control path").with_status(404)),
    }
}

fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, ApiError> {
    serde_json::from_slice(body).map_err(|error| {
        // What serde says may repeat a value, and a load brings keys and environments.
        let place = format!("unreadable at line {}, column {}", error.line(), error.column());
        ApiError::new("SerializationException", place)
    })
}

/// Opens the listener of the project's API, and says where it is.
async fn open_gateway(listen: Listen, served: &Arc<Served>) -> Result<Value, ApiError> {
    let address = served.gateway_listener.open(listen, served).await.map_err(|error| {
        let name = if matches!(error, LocalError::Listen { .. }) { "AddressInUse" } else { "InternalFailure" };
        ApiError::new(name, with_source(&error)).with_status(500)
    })?;
    serde_json::to_value(address).map_err(|error| ApiError::internal(error.to_string()))
}

/// Waits as long as it takes, unless the owner leaves: its client then asks the next one, or becomes it.
async fn quiesce(served: &Served) -> Result<Value, ApiError> {
    let mut leaving = served.leaving.clone();
    tokio::select! {
        quiet = served.engine.quiesce() => quiet.map(|()| empty()).map_err(ApiError::from),
        () = server::leave(&mut leaving) => {
            Err(ApiError::new("ServiceUnavailable", "the owner is leaving").with_status(503))
        }
    }
}

/// Reads or moves the clock.
pub(super) async fn clock(served: &Served, call: ClockCall) -> Result<ClockView, ApiError> {
    let view = match call {
        ClockCall::Show => served.engine.clock().await,
        ClockCall::Next => served.engine.advance_clock(None).await,
        ClockCall::Advance(milliseconds) => {
            served.engine.advance_clock(Some(Duration::from_millis(milliseconds))).await
        }
    };
    view.map_err(ApiError::from)
}

fn encode_clock(view: &ClockView) -> Value {
    let mode = match view.mode {
        ClockMode::Real => json!("real"),
        ClockMode::Virtual { expire } => json!({ "virtual": { "expire": expire } }),
        ClockMode::Scaled(factor) => json!({ "scaled": factor }),
    };
    json!({ "mode": mode, "now": view.now.0, "nextDeadline": view.next_deadline.map(|at| at.0) })
}

/// What [`encode_clock`] wrote; `None` when it did not.
pub(super) fn decode_clock(value: &Value) -> Option<ClockView> {
    let mode = &value["mode"];
    let mode = match (mode.as_str(), mode["virtual"]["expire"].as_bool(), mode["scaled"].as_f64()) {
        (Some("real"), _, _) => ClockMode::Real,
        (_, Some(expire), _) => ClockMode::Virtual { expire },
        (_, _, Some(factor)) => ClockMode::Scaled(factor),
        _ => return None,
    };
    let next_deadline = value["nextDeadline"].as_i64().map(Timestamp);
    Some(ClockView { mode, now: Timestamp(value["now"].as_i64()?), next_deadline })
}

#[cfg(test)]
mod tests {
    use super::{ClockMode, ClockView, Load, Timestamp, decode_clock, encode_clock, parse};

    #[test]
    fn a_load_that_cannot_be_read_is_not_repeated() {
        let error = parse::<Load>(br#"{"environments": {"f": "s3cr3t"}}"#).err().unwrap();
        assert_eq!(error.message, "unreadable at line 1, column 31");
    }

    #[test]
    fn a_clock_survives_the_wire() {
        for mode in [ClockMode::Real, ClockMode::Virtual { expire: true }, ClockMode::Scaled(2.5)] {
            for next_deadline in [None, Some(Timestamp(9))] {
                let view = ClockView { mode, now: Timestamp(7), next_deadline };
                assert_eq!(decode_clock(&encode_clock(&view)), Some(view));
            }
        }
    }
}
