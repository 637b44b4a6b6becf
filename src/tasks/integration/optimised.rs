//! What the optimised integrations have in common: the words of the older SDK for Java, with which Step Functions makes them.
//!
//! Owns: which service stands behind each, how its answers and errors are recorded. Must not know: what one integration does
//! with its parameters.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html>

use hyper::header::{CONNECTION, HeaderName, HeaderValue};
use serde_json::{Map, Value, json};

use crate::asl::Fault;
use crate::tasks::answer::bounded_fault;
use crate::tasks::integration::sdk::{Answered, CallError, Caller, Naming, Refusal};

/// A service behind an optimised integration.
#[derive(Debug, Clone, Copy)]
pub(super) struct Service {
    /// In the table of services.
    pub(super) name: &'static str,
    /// In front of its errors' names.
    pub(super) errors: &'static str,
    /// In causes.
    pub(super) product: &'static str,
    /// The error of a refusal that its model does not have.
    pub(super) exception: &'static str,
}

pub(super) const ATHENA: Service = service("athena", "Athena", "AmazonAthena", "AmazonAthenaException");
pub(super) const BATCH: Service = service("batch", "Batch", "AWSBatch", "AWSBatchException");
pub(super) const CODEBUILD: Service = service("codebuild", "CodeBuild", "AWSCodeBuild", "AWSCodeBuildException");
pub(super) const DYNAMODB: Service = service("dynamodb", "DynamoDB", "AmazonDynamoDBv2", "AmazonDynamoDBException");
pub(super) const ECS: Service = service("ecs", "ECS", "AmazonECS", "AmazonECSException");
pub(super) const EVENTS: Service =
    service("eventbridge", "EventBridge", "AmazonEventBridge", "AmazonEventBridgeException");
pub(super) const GLUE: Service = service("glue", "Glue", "AWSGlue", "AWSGlueException");
/// It has no optimised integration; the secrets of connections are read there.
pub(super) const SECRETS_MANAGER: Service =
    service("secretsmanager", "SecretsManager", "AWSSecretsManager", "AWSSecretsManagerException");
pub(super) const SNS: Service = service("sns", "SNS", "AmazonSNS", "AmazonSNSException");
pub(super) const SQS: Service = service("sqs", "SQS", "AmazonSQS", "AmazonSQSException");
pub(super) const STATES: Service = service("sfn", "StepFunctions", "AWSStepFunctions", "AWSStepFunctionsException");

const fn service(name: &'static str, errors: &'static str, product: &'static str, exception: &'static str) -> Service {
    Service { name, errors, product, exception }
}

impl Service {
    /// Calls an action; the result has the metadata of its HTTP answer.
    ///
    /// # Errors
    /// The fault that Step Functions records.
    pub(super) async fn call(&self, caller: &Caller<'_>, action: &str, parameters: &Value) -> Result<Value, Fault> {
        let answered = caller.call(self.name, action, parameters, Naming::Optimised).await;
        answered.map(with_metadata).map_err(|error| self.fault(error))
    }

    /// Calls an action whose answer is read here: the members alone.
    ///
    /// # Errors
    /// The fault that Step Functions records.
    pub(super) async fn read(&self, caller: &Caller<'_>, action: &str, parameters: &Value) -> Result<Value, Fault> {
        let answered = caller.call(self.name, action, parameters, Naming::Optimised).await;
        answered.map(|answered| answered.members.into()).map_err(|error| self.fault(error))
    }

    /// Nobody answered.
    pub(super) fn unreachable(&self, why: &str) -> Fault {
        let cause = format!("Unable to execute HTTP request: {why}");
        bounded_fault(format!("{}.SdkClientException", self.errors), cause)
    }

    fn fault(&self, error: CallError) -> Fault {
        match error {
            CallError::NotMade(fault) => fault,
            CallError::Unreachable(why) => self.unreachable(&why),
            CallError::Refused(refusal) => {
                let Refusal { code, exception, message, status, request_id, .. } = refusal;
                let exception = exception.unwrap_or_else(|| self.exception.to_owned());
                let product = self.product;
                let cause = format!(
                    "{message} (Service: {product}; Status Code: {status}; Error Code: {code}; Request ID: {request_id}; \
                     Proxy: null)"
                );
                bounded_fault(format!("{}.{exception}", self.errors), cause)
            }
        }
    }
}

/// The members, and `SdkHttpMetadata` and `SdkResponseMetadata` beside them.
fn with_metadata(answered: Answered) -> Value {
    let Answered { mut members, status, mut headers, request_id } = answered;
    // HTTP/1.1 keeps a connection of which nothing is said; AWS's endpoints say it.
    headers.entry(CONNECTION).or_insert(HeaderValue::from_static("keep-alive"));
    let mut names: Vec<&HeaderName> = headers.keys().collect();
    names.sort_unstable_by_key(|name| name.as_str());
    let of = |name: &HeaderName| -> Vec<String> {
        headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).map(str::to_owned).collect()
    };
    let single: Map<_, _> =
        names.iter().map(|name| (spelled(name.as_str()).to_owned(), json!(of(name).last()))).collect();
    names.sort_by_key(|name| place(name.as_str()));
    let all: Map<_, _> = names.iter().map(|name| (spelled(name.as_str()).to_owned(), json!(of(name)))).collect();
    members.insert(
        "SdkHttpMetadata".to_owned(),
        json!({ "AllHttpHeaders": all, "HttpHeaders": single, "HttpStatusCode": status }),
    );
    members.insert("SdkResponseMetadata".to_owned(), json!({ "RequestId": request_id }));
    members.into()
}

/// The headers that AWS sends in the order in which AWS shows them all, as AWS spells them.
const HEADERS: [&str; 7] =
    ["Server", "x-amzn-RequestId", "connection", "x-amz-crc32", "Content-Length", "Date", "Content-Type"];

/// Where AWS shows a header among all: those that it does not send come behind.
fn place(name: &str) -> usize {
    HEADERS.iter().position(|known| known.eq_ignore_ascii_case(name)).unwrap_or(HEADERS.len())
}

/// A header as AWS spells it.
fn spelled(name: &str) -> &str {
    HEADERS.into_iter().find(|known| known.eq_ignore_ascii_case(name)).unwrap_or(name)
}

/// The error of a job that ended badly, and what its service says of it.
pub(super) fn job_failed(job: &Value) -> Fault {
    bounded_fault("States.TaskFailed".to_owned(), job.to_string())
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderMap;

    use super::*;

    #[test]
    fn results_carry_their_metadata() {
        let mut headers = HeaderMap::new();
        headers.insert("x-amzn-requestid", HeaderValue::from_static("r"));
        headers.insert("content-length", HeaderValue::from_static("2"));
        headers.insert("content-type", HeaderValue::from_static("t"));
        let members = Map::from_iter([("MessageId".to_owned(), json!("m"))]);
        let result = with_metadata(Answered { members, status: 200, headers, request_id: "r".to_owned() });
        let single =
            json!({"connection": "keep-alive", "Content-Length": "2", "Content-Type": "t", "x-amzn-RequestId": "r"});
        let all = json!({
            "x-amzn-RequestId": ["r"], "connection": ["keep-alive"], "Content-Length": ["2"], "Content-Type": ["t"],
        });
        let expected = json!({
            "MessageId": "m",
            "SdkHttpMetadata": {"AllHttpHeaders": all, "HttpHeaders": single, "HttpStatusCode": 200},
            "SdkResponseMetadata": {"RequestId": "r"},
        });
        // The order counts.
        assert_eq!(result.to_string(), expected.to_string());
    }

    #[test]
    fn a_connection_is_kept_unless_its_service_says_otherwise() {
        let mut headers = HeaderMap::new();
        headers.insert("connection", HeaderValue::from_static("close"));
        let result = with_metadata(Answered { members: Map::new(), status: 200, headers, request_id: "r".to_owned() });
        assert_eq!(result["SdkHttpMetadata"]["AllHttpHeaders"], json!({ "connection": ["close"] }));
    }

    #[test]
    fn refusals_are_worded_as_recorded() {
        let refused = |exception: Option<&str>, code: &str| {
            CallError::Refused(Refusal {
                code: code.to_owned(),
                exception: exception.map(str::to_owned),
                message: "no".to_owned(),
                status: 404,
                request_id: "r".to_owned(),
                extended_request_id: None,
            })
        };
        let fault = SNS.fault(refused(Some("NotFoundException"), "NotFound"));
        assert_eq!(fault.error, "SNS.NotFoundException");
        assert_eq!(
            fault.cause,
            "no (Service: AmazonSNS; Status Code: 404; Error Code: NotFound; Request ID: r; Proxy: null)"
        );
        assert_eq!(DYNAMODB.fault(refused(None, "ValidationException")).error, "DynamoDB.AmazonDynamoDBException");
        assert_eq!(SQS.fault(CallError::Unreachable("x".to_owned())).error, "SQS.SdkClientException");
    }
}
