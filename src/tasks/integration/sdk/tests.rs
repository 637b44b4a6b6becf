//! What a task records of a refusal.

use super::*;

fn refusal(exception: Option<&str>, extended_request_id: Option<&str>) -> CallError {
    CallError::Refused(Refusal {
        code: "X".to_owned(),
        exception: exception.map(str::to_owned),
        message: "Requested resource not found".to_owned(),
        status: 400,
        request_id: "r".to_owned(),
        extended_request_id: extended_request_id.map(str::to_owned),
    })
}

#[test]
fn refusals_are_worded_as_recorded() {
    let told = |service, error| {
        let fault = fault(service, error);
        (fault.error.into_owned(), fault.cause)
    };
    let (error, cause) = told("dynamodb", refusal(Some("ResourceNotFoundException"), None));
    assert_eq!(error, "DynamoDb.ResourceNotFoundException");
    assert_eq!(cause, "Requested resource not found (Service: DynamoDb, Status Code: 400, Request ID: r)");
    let (error, cause) = told("s3", refusal(None, Some("e=")));
    assert_eq!(error, "S3.S3Exception");
    assert!(cause.ends_with("(Service: S3, Status Code: 400, Request ID: r, Extended Request ID: e=)"), "{cause}");
    let (error, cause) = told("sfn", CallError::Unreachable("http://x: refused".to_owned()));
    assert_eq!(
        (error.as_str(), cause.as_str()),
        ("Sfn.SdkClientException", "Unable to execute HTTP request: http://x: refused")
    );
}
