//! AWS's services that targets belong to, and what they say of an event.
//!
//! Owns: which service, what an answer means for another try. Must not know: events, how a request travels (that is
//! [`tasks::Outside`]).

use std::collections::BTreeMap;
use std::time::Duration;

use crate::local::notifications::courier::Undelivered;
use crate::tasks::{self, OutsideError, Post};

/// How long a service may take for its answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// A service's answer is read so far.
const ANSWER_BYTES_MAX: usize = 64 << 10;
/// Characters of a refusal that a person is told.
const REFUSAL_CHARACTERS_MAX: usize = 300;
/// Refusals with status 400 that another try may get past.
const THROTTLED: [&str; 4] = ["Throttl", "LimitExceeded", "ProvisionedThroughputExceeded", "ServiceUnavailable"];

/// A service that targets belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    Lambda,
    StepFunctions,
    Sns,
    Sqs,
    Kinesis,
    Firehose,
    EventBridge,
}

impl Service {
    fn named(self) -> tasks::Service {
        let (signing_name, variable) = match self {
            Self::Lambda => return tasks::Service::LAMBDA,
            Self::StepFunctions => ("states", "AWS_ENDPOINT_URL_SFN"),
            Self::Sns => ("sns", "AWS_ENDPOINT_URL_SNS"),
            Self::Sqs => ("sqs", "AWS_ENDPOINT_URL_SQS"),
            Self::Kinesis => ("kinesis", "AWS_ENDPOINT_URL_KINESIS"),
            Self::EventBridge => ("events", "AWS_ENDPOINT_URL_EVENTBRIDGE"),
            Self::Firehose => ("firehose", "AWS_ENDPOINT_URL_FIREHOSE"),
        };
        tasks::Service { signing_name, variable }
    }
}

/// The parts of `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arn<'a> {
    pub(super) region: &'a str,
    pub(super) account: &'a str,
    pub(super) resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Reads an ARN of a region and an account.
    pub(super) fn parse(arn: &'a str) -> Result<Self, Undelivered> {
        match arn.splitn(6, ':').collect::<Vec<_>>().as_slice() {
            ["arn", _, _, region, account, resource] if !region.is_empty() && !resource.is_empty() => {
                Ok(Self { region, account, resource })
            }
            _ => Err(Undelivered::ForGood(format!("{arn:?} is not the ARN of a target"))),
        }
    }
}

/// One request of a service.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) service: Service,
    /// Whom it is for: says the region, and the account of who has no credentials.
    pub(super) arn: Arn<'a>,
    /// Below the endpoint, percent-encoded.
    pub(super) path: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

impl<'a> Call<'a> {
    /// A request of one of AWS's JSON protocols: `1.0` or `1.1`.
    pub(super) fn json(service: Service, arn: Arn<'a>, version: &str, target: &str, body: &serde_json::Value) -> Self {
        let headers =
            vec![("content-type", format!("application/x-amz-json-{version}")), ("x-amz-target", target.to_owned())];
        Self { service, arn, path: "/".to_owned(), headers, body: body.to_string() }
    }
}

/// The way to the services.
#[derive(Debug)]
pub(super) struct Outside(tasks::Outside);

impl Outside {
    pub(super) fn new(environment: &BTreeMap<String, String>) -> Self {
        Self(tasks::Outside::new(environment))
    }

    /// Where a service is, without a slash at its end.
    ///
    /// # Errors
    /// `Nowhere`, with the variables that say it.
    pub(super) fn endpoint(&self, service: Service) -> Result<&str, Undelivered> {
        Ok(self.0.endpoint(service.named())?)
    }

    /// Makes a request, signed.
    ///
    /// # Errors
    /// When it did not arrive or was refused.
    pub(super) async fn call(&self, call: &Call<'_>) -> Result<(), Undelivered> {
        self.ask(call).await.map(drop)
    }

    /// As [`Outside::call`], for the sake of what is answered.
    ///
    /// # Errors
    /// As [`Outside::call`].
    pub(super) async fn ask(&self, call: &Call<'_>) -> Result<Vec<u8>, Undelivered> {
        let post = Post {
            service: call.service.named(),
            region: call.arn.region,
            account: call.arn.account,
            path: &call.path,
            headers: &call.headers,
            body: &call.body,
            timeout: ANSWER_TIMEOUT,
            answer_bytes_max: ANSWER_BYTES_MAX,
        };
        let answer = self.0.post(&post).await?;
        judge(self.endpoint(call.service)?, answer.status, &answer.body)?;
        Ok(answer.body)
    }
}

impl From<OutsideError> for Undelivered {
    fn from(error: OutsideError) -> Self {
        let why = error.to_string();
        match error {
            OutsideError::Nowhere(_) => Self::Nowhere(why),
            OutsideError::Unusable(_) => Self::ForGood(why),
            OutsideError::Unreachable(_) => Self::ForNow(why),
        }
    }
}

fn judge(endpoint: &str, status: u16, body: &[u8]) -> Result<(), Undelivered> {
    let text = String::from_utf8_lossy(body);
    let said: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let said: String = said.chars().take(REFUSAL_CHARACTERS_MAX).collect();
    let refused = format!("{endpoint} refused it with {status}: {said}");
    match status {
        200..=299 => Ok(()),
        429 | 500..=599 => Err(Undelivered::ForNow(refused)),
        _ if THROTTLED.iter().any(|word| text.contains(word)) => Err(Undelivered::ForNow(refused)),
        _ => Err(Undelivered::ForGood(refused)),
    }
}
