//! Functions that the project lacks: invoked where `AWS_ENDPOINT_URL_LAMBDA`, else `AWS_ENDPOINT_URL`, says that Lambda is.
//!
//! Owns: Invoke's HTTP request and what its answer means for a task. Must not know: which functions there are, executions.
//! Only tasks go this way. The Invoke API that is served here does not pass calls on: two servers that name each other, or one
//! that names itself, would call each other for ever.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>

use std::sync::Arc;
use std::time::Duration;

use hyper::header::HeaderMap;
use serde_json::Value;

use crate::asl::Fault;
use crate::tasks::answer::{Answer, RESPONSE_BYTES_MAX, beginning, bounded_fault};
use crate::tasks::lambda::{InvocationType, InvokeAnswer, InvokeRequest};
use crate::tasks::outside::{Outside, OutsideError, Post, Response, Service};
use crate::tasks::signature::encode;

/// No function of Lambda runs longer than 15 minutes; the rest is for its start.
const ANSWER_TIMEOUT: Duration = Duration::from_mins(16);
/// Characters of an answer that is no error of Lambda's, in a cause.
const SAID_CHARACTERS_MAX: usize = 300;

/// Region and account of a function whose ARN does not say them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) region: &'a str,
    pub(super) account: &'a str,
}

/// Invokes a function where Lambda is; `None` where nobody says where that would be. `request_id` stands for the one that an
/// answer lacks.
pub(super) async fn invoke(
    outside: &Outside,
    request: &InvokeRequest,
    request_id: &Arc<str>,
    place: Place<'_>,
) -> Option<Result<InvokeAnswer, Fault>> {
    // In the name the qualifier needs no query: `NAME:QUALIFIER`.
    let name = request.qualifier.as_deref().map(|qualifier| format!("{}:{qualifier}", request.function_name));
    let path =
        format!("/2015-03-31/functions/{}/invocations", encode(name.as_deref().unwrap_or(&request.function_name)));
    let invocation_type = request.invocation_type.as_str();
    let mut headers =
        vec![("content-type", "application/json".to_owned()), ("x-amz-invocation-type", invocation_type.to_owned())];
    if request.log_tail {
        headers.push(("x-amz-log-type", "Tail".to_owned()));
    }
    let post = Post {
        service: Service::LAMBDA,
        region: place.region,
        account: place.account,
        path: &path,
        headers: &headers,
        body: request.payload.text(),
        timeout: ANSWER_TIMEOUT,
        answer_bytes_max: RESPONSE_BYTES_MAX,
    };
    match outside.post(&post).await {
        Ok(response) => Some(read(response, request.invocation_type, request_id)),
        Err(OutsideError::Nowhere(_)) => None,
        // No Retry helps against a setting.
        Err(OutsideError::Unusable(why)) => Some(Err(Fault::runtime(why))),
        Err(OutsideError::Unreachable(why)) => Some(Err(bounded_fault(
            "Lambda.SdkClientException".to_owned(),
            format!("Unable to execute HTTP request: {why}"),
        ))),
    }
}

fn read(response: Response, invocation_type: InvocationType, request_id: &str) -> Result<InvokeAnswer, Fault> {
    let Response { status, headers, body } = response;
    let request_id = Arc::from(header(&headers, "x-amzn-requestid").unwrap_or(request_id));
    if !(200..300).contains(&status) {
        return Err(refused(status, &headers, &body, &request_id));
    }
    let answer = match invocation_type {
        InvocationType::RequestResponse => Some(answered(&headers, body)),
        InvocationType::Event | InvocationType::DryRun => None,
    };
    let log_result = header(&headers, "x-amz-log-result").map(str::to_owned);
    Ok(InvokeAnswer { request_id, answer, log_result, status })
}

fn answered(headers: &HeaderMap, body: Vec<u8>) -> Answer {
    if body.len() > RESPONSE_BYTES_MAX {
        return Answer::too_large();
    }
    if headers.contains_key("x-amz-function-error") {
        return Answer::Errored(String::from_utf8_lossy(&body).into_owned());
    }
    Answer::from_result(body)
}

/// What Lambda said instead of running the function, in the words in which Step Functions records it.
fn refused(status: u16, headers: &HeaderMap, body: &[u8], request_id: &str) -> Fault {
    let said = String::from_utf8_lossy(body);
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |names: [&str; 2]| names.into_iter().find_map(|name| body[name].as_str());
    // `ResourceNotFoundException:http://…` in a header, `com.amazonaws.lambda#ResourceNotFoundException` in a body.
    let code = header(headers, "x-amzn-errortype").or_else(|| text(["__type", "code"])).unwrap_or_default();
    let code = code.split(':').next().and_then(|code| code.rsplit('#').next()).filter(|code| !code.is_empty());
    let code = code.unwrap_or("AWSLambdaException");
    let message = text(["Message", "message"]).unwrap_or_else(|| beginning(&said, SAID_CHARACTERS_MAX));
    let cause = format!(
        "{message} (Service: AWSLambda; Status Code: {status}; Error Code: {code}; Request ID: {request_id}; Proxy: null)"
    );
    bounded_fault(format!("Lambda.{code}"), cause)
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests;
