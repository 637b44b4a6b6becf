//! What TestState shows at its level TRACE: the request of an HTTP task and the answer to it.
//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_InspectionData.html>

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use crate::tasks::integration::exchange::{Exchange, status_text};
use crate::tasks::outside::Response;

/// Takes down the requests of one task.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    /// Whether what a connection added is shown too.
    pub(crate) reveals_secrets: bool,
    told: Mutex<Told>,
}

#[derive(Debug, Default)]
struct Told {
    request: Option<Value>,
    response: Option<Value>,
}

impl Trace {
    /// One that shows secrets, or does not.
    pub(crate) fn new(reveals_secrets: bool) -> Self {
        Self { reveals_secrets, ..Self::default() }
    }

    /// `request` and `response`, each if there was one.
    pub(crate) fn into_parts(self) -> (Option<Value>, Option<Value>) {
        let Told { request, response } = self.told.into_inner().unwrap_or_else(PoisonError::into_inner);
        (request, response)
    }

    fn lock(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request, as it may be shown.
    pub(super) fn request(&self, exchange: &Exchange) {
        let headers = exchange.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let mut shown = json!({
            "protocol": protocol(&exchange.url),
            "method": exchange.method,
            "url": exchange.full_url(),
            "headers": listed(headers),
        });
        if !exchange.body.is_empty() {
            shown["body"] = String::from_utf8_lossy(&exchange.body).into();
        }
        self.lock().request = Some(shown);
    }

    /// The answer to the request.
    pub(super) fn response(&self, url: &str, response: &Response) {
        let headers = response.headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        self.lock().response = Some(json!({
            "protocol": protocol(url),
            "statusCode": response.status.to_string(),
            "statusMessage": status_text(response.status),
            "headers": listed(headers),
            "body": String::from_utf8_lossy(&response.body),
        }));
    }
}

fn protocol(url: &str) -> &str {
    url.split_once("://").map_or("https", |(protocol, _)| protocol)
}

/// `[name: value, name: value]`
fn listed<'h>(headers: impl Iterator<Item = (&'h str, &'h str)>) -> String {
    format!("[{}]", headers.map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join(", "))
}
