//! What a service's refusal means to a command.

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sfn::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sfn::operation::RequestId;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use crate::aws::connection::Sourced;
use crate::aws::skew;
use crate::engine::clock::Timestamp;

/// What is said where there is no region.
const NO_REGION: &str = "no region is set";

/// What the service said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// The exception's name, `ExecutionDoesNotExist`.
    pub code: String,
    /// Its message; the code where there is none.
    pub message: String,
    /// `x-amzn-RequestId`, if the answer had one.
    pub request_id: Option<String>,
}

/// Why a call failed, by what a command can do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The machine or execution does not exist.
    #[error("{}", .0.message)]
    NotFound(Detail),
    /// The name is taken.
    #[error("{}", .0.message)]
    AlreadyExists(Detail),
    /// What is there does not allow it: an execution that cannot be redriven, a key that is disabled.
    #[error("{}", .0.message)]
    Conflict(Detail),
    /// The service does not take what was sent.
    #[error("{}", .0.message)]
    InvalidInput(Detail),
    /// The token's task has ended: answered, timed out, or its execution is closed.
    #[error("{}", .0.message)]
    TokenGone(Detail),
    /// The token is damaged, or was never given out here.
    #[error("{}", .0.message)]
    TokenInvalid(Detail),
    /// Too many calls, or too many open executions.
    #[error("{}", .0.message)]
    Throttled(Detail),
    /// The credentials are missing, expired or do not allow the call.
    #[error("{}", .0.message)]
    AccessDenied(Detail),
    /// This machine's clock is not that of AWS, so its signatures are old or from a time to come.
    #[error("{}", .0.message)]
    ClockSkew(Detail),
    /// The endpoint was not reached, or the answer did not arrive.
    #[error("cannot reach {endpoint}: {cause}")]
    Network {
        /// Where the call went.
        endpoint: String,
        /// Why, the innermost cause last.
        cause: String,
        /// Whether the request was surely not received: no connection was made, so calling again is safe.
        unsent: bool,
    },
    /// There are no credentials, or what gives them failed. Nothing was sent.
    #[error("{message}")]
    Credentials {
        /// What was wrong, in words.
        message: String,
    },
    /// AWS's configuration does not say enough, or says what cannot be. Nothing was sent.
    #[error("{message}")]
    Configuration {
        /// What is missing or wrong, in words.
        message: String,
    },
    /// Anything else that the service said.
    #[error("{}", .0.message)]
    Other(Detail),
}

impl Error {
    /// What the service said, if it said anything.
    #[must_use]
    pub fn detail(&self) -> Option<&Detail> {
        match self {
            Self::NotFound(detail)
            | Self::AlreadyExists(detail)
            | Self::Conflict(detail)
            | Self::InvalidInput(detail)
            | Self::TokenGone(detail)
            | Self::TokenInvalid(detail)
            | Self::Throttled(detail)
            | Self::AccessDenied(detail)
            | Self::ClockSkew(detail)
            | Self::Other(detail) => Some(detail),
            Self::Network { .. } | Self::Credentials { .. } | Self::Configuration { .. } => None,
        }
    }

    /// That nobody named a region, and this machine has none.
    pub(super) fn no_region() -> Self {
        Self::Configuration { message: NO_REGION.to_owned() }
    }

    /// That no region can be called so.
    pub(super) fn no_such_region(region: &Sourced) -> Self {
        let message =
            format!("{} is not the name of a region: `{}`; write one as in eu-west-1", region.source, region.value);
        Self::Configuration { message }
    }

    /// Whether nobody named a region.
    #[must_use]
    pub fn is_want_of_region(&self) -> bool {
        matches!(self, Self::Configuration { message } if message == NO_REGION)
    }

    /// Whether whoever asks is known, and has no permission for the call.
    #[must_use]
    pub fn is_not_authorized(&self) -> bool {
        matches!(self, Self::AccessDenied(detail) if is_want_of_permission(&detail.code))
    }

    /// The kind of an exception, by its name.
    #[must_use]
    pub fn of(detail: Detail) -> Self {
        match detail.code.as_str() {
            "ActivityDoesNotExist"
            | "ExecutionDoesNotExist"
            | "StateMachineDoesNotExist"
            | "StateMachineDeleting"
            | "NotFoundException"
            | "ResourceNotFound"
            | "ResourceNotFoundException" => Self::NotFound(detail),
            "ExecutionAlreadyExists" | "StateMachineAlreadyExists" => Self::AlreadyExists(detail),
            "ConflictException" | "ExecutionNotRedrivable" | "KmsInvalidStateException" => Self::Conflict(detail),
            "TaskTimedOut" | "TaskDoesNotExist" => Self::TokenGone(detail),
            "InvalidToken" => Self::TokenInvalid(detail),
            code if is_throttling(code) => Self::Throttled(detail),
            code if is_denial(code) => Self::AccessDenied(detail),
            code if is_invalid_input(code) => Self::InvalidInput(detail),
            _ => Self::Other(detail),
        }
    }

    /// As [`Error::of`]; a refusal because of our clock says how far that is from the answer's `Date`.
    pub(super) fn of_answer(detail: Detail, date: Option<&str>) -> Self {
        if skew::is_told_by(&detail) {
            return Self::ClockSkew(skew::told(detail, date, Timestamp::now()));
        }
        Self::of(detail)
    }

    /// What became of an SDK's call to `server`, which `is_local` if it is this machine's own engine.
    pub(super) fn from_sdk<E>(error: &SdkError<E>, server: Server) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let Server { endpoint, is_local, is_beside_aws } = server;
        let is_page = |response: &HttpResponse| !is_beside_aws && is_page(response);
        if let Some(error) = chain(error).find_map(|error| error.downcast_ref::<CredentialsError>()) {
            return Self::Credentials { message: of_credentials(error) };
        }
        let network = |cause, unsent| Self::Network { endpoint: endpoint.clone(), cause, unsent };
        match error {
            SdkError::ResponseError(response) if is_page(response.raw()) => network(strange(response.raw()), false),
            SdkError::TimeoutError(_) => network("no answer came in time".to_owned(), false),
            SdkError::ResponseError(_) => network(innermost(error), false),
            SdkError::DispatchFailure(_) => network(innermost(error), was_never_sent(error)),
            // A server that is leaving did nothing; whoever takes its place will.
            SdkError::ServiceError(service) if is_local && service.raw().status().as_u16() == 503 => {
                network(innermost(error), true)
            }
            SdkError::ServiceError(service) => match service.err().code() {
                Some(code) => {
                    let message = service.err().message().filter(|message| !message.is_empty()).unwrap_or(code);
                    let request_id = error.request_id().map(ToOwned::to_owned);
                    let detail = Detail { code: code.to_owned(), message: message.to_owned(), request_id };
                    Self::of_answer(detail, service.raw().headers().get("date"))
                }
                None if is_page(service.raw()) => network(strange(service.raw()), false),
                None => Self::of_status(service.raw(), endpoint, error.request_id()),
            },
            _ => Self::InvalidInput(Detail {
                code: "InvalidRequest".into(),
                message: innermost(error),
                request_id: None,
            }),
        }
    }

    /// An answer without an exception's name: an emulator's, or that of somebody in between.
    fn of_status(response: &HttpResponse, endpoint: String, request_id: Option<&str>) -> Self {
        let status = response.status().as_u16();
        if status == 407 {
            return Self::Network { endpoint, cause: strange(response), unsent: false };
        }
        let detail = unexplained(status, &endpoint, request_id.map(ToOwned::to_owned));
        match status {
            413 => Self::InvalidInput(detail),
            429 => Self::Throttled(detail),
            _ => Self::of(detail),
        }
    }
}

/// Whom a call went to.
pub(super) struct Server {
    /// `https://HOST`
    pub(super) endpoint: String,
    /// Whether it is this machine's own engine.
    pub(super) is_local: bool,
    /// Whether it is no host of AWS: an emulator's errors are pages, too.
    pub(super) is_beside_aws: bool,
}

/// Whether an answer is a page for a browser: a proxy's, or that of a network which wants a login.
fn is_page(response: &HttpResponse) -> bool {
    response.headers().get("content-type").is_some_and(|kind| kind.starts_with("text/html"))
}

/// What somebody who is not AWS answered.
fn strange(response: &HttpResponse) -> String {
    let status = response.status().as_u16();
    match status {
        407 => "the proxy wants a user and a password (HTTP 407)".to_owned(),
        _ => format!("the answer is a page of HTML (HTTP {status}), not AWS's"),
    }
}

/// Too many calls, or too much of something.
fn is_throttling(code: &str) -> bool {
    matches!(
        code,
        "ActivityLimitExceeded"
            | "ActivityWorkerLimitExceeded"
            | "BandwidthLimitExceeded"
            | "ExecutionLimitExceeded"
            | "KmsThrottlingException"
            | "LimitExceededException"
            | "PriorRequestNotComplete"
            | "ProvisionedThroughputExceededException"
            | "RequestLimitExceeded"
            | "RequestThrottled"
            | "RequestThrottledException"
            | "ServiceQuotaExceededException"
            | "SlowDown"
            | "StateMachineLimitExceeded"
            | "ThrottledException"
            | "Throttling"
            | "ThrottlingException"
            | "TooManyRequestsException"
    )
}

/// Whoever asks is known, and may not.
fn is_want_of_permission(code: &str) -> bool {
    matches!(code, "AccessDenied" | "AccessDeniedException" | "NotAuthorized" | "UnauthorizedOperation")
}

/// Whoever asks is unknown, or may not.
fn is_denial(code: &str) -> bool {
    is_want_of_permission(code)
        || matches!(
            code,
            "AuthFailure"
                | "ExpiredToken"
                | "ExpiredTokenException"
                | "IncompleteSignature"
                | "IncompleteSignatureException"
                | "InvalidAccessKeyId"
                | "InvalidClientTokenId"
                | "InvalidSignatureException"
                | "KmsAccessDeniedException"
                | "MissingAuthenticationToken"
                | "MissingAuthenticationTokenException"
                | "OptInRequired"
                | "RequestExpired"
                | "SignatureDoesNotMatch"
                | "SubscriptionRequiredException"
                | "UnauthorizedException"
                | "UnrecognizedClientException"
        )
}

/// What is known of an answer that is not as AWS refuses: an emulator's, or a proxy's.
pub(super) fn unexplained(status: u16, endpoint: &str, request_id: Option<String>) -> Detail {
    let message = match status {
        200..300 => format!("the answer of {endpoint} (HTTP {status}) is not what the API promises"),
        404 | 501 => format!("{endpoint} answered HTTP {status} without saying why; it may not have this operation"),
        _ => format!("{endpoint} answered HTTP {status} without saying why"),
    };
    Detail { code: format!("HTTP {status}"), message, request_id }
}

/// `InvalidArn`, `InvalidName`, `InvalidExecutionInput`, …: the API has one exception for each thing that can be wrong.
fn is_invalid_input(code: &str) -> bool {
    code.starts_with("Invalid")
        || matches!(
            code,
            "ValidationException"
                | "BadRequestException"
                | "SerializationException"
                | "MissingRequiredParameter"
                | "StateMachineTypeNotSupported"
        )
}

/// What the SDK says at each layer of a failure and helps nobody.
const LAYERS: [&str; 5] = [
    "an error occurred while loading credentials",
    "an error occurred while loading an access token",
    "the provider encountered an error",
    "service error",
    "unhandled error",
];

/// Why there are no credentials: the parts of the chain, each once, for one layer often repeats what another said.
pub(super) fn of_credentials(error: &CredentialsError) -> String {
    match error {
        CredentialsError::CredentialsNotLoaded(_) => return "there are no AWS credentials".to_owned(),
        CredentialsError::ProviderTimedOut(_) => {
            return "whoever gives this machine's AWS credentials does not answer".to_owned();
        }
        _ => {}
    }
    let mut said = String::from("AWS credentials could not be had");
    for part in chain(error).map(ToString::to_string) {
        if !said.contains(&part) && !LAYERS.iter().any(|layer| part.starts_with(layer)) {
            said += ": ";
            said += &part;
        }
    }
    said
}

type Source<'a> = &'a (dyn std::error::Error + 'static);

fn chain(error: Source<'_>) -> impl Iterator<Item = Source<'_>> {
    std::iter::successors(Some(error), |error| error.source())
}

pub(super) fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    chain(error).last().map(ToString::to_string).unwrap_or_default()
}

/// Whether no connection was made, hence nothing was sent.
pub(super) fn was_never_sent(error: &(dyn std::error::Error + 'static)) -> bool {
    chain(error)
        .filter_map(|error| error.downcast_ref::<hyper_util::client::legacy::Error>())
        .any(hyper_util::client::legacy::Error::is_connect)
}

#[cfg(test)]
mod tests {
    use super::{Detail, Error};

    #[test]
    fn every_exception_has_the_kind_that_a_command_acts_on() {
        let kind = |code: &str| match Error::of(Detail { code: code.into(), message: String::new(), request_id: None })
        {
            Error::NotFound(_) => "not found",
            Error::AlreadyExists(_) => "exists",
            Error::Conflict(_) => "conflict",
            Error::InvalidInput(_) => "invalid",
            Error::TokenGone(_) => "gone",
            Error::TokenInvalid(_) => "token",
            Error::Throttled(_) => "throttled",
            Error::AccessDenied(_) => "denied",
            Error::ClockSkew(_) => "clock",
            Error::Network { .. } => "network",
            Error::Credentials { .. } | Error::Configuration { .. } => "own",
            Error::Other(_) => "other",
        };
        for (code, expected) in [
            ("ExecutionDoesNotExist", "not found"),
            ("StateMachineDoesNotExist", "not found"),
            ("ExecutionAlreadyExists", "exists"),
            ("ExecutionNotRedrivable", "conflict"),
            ("StateMachineDeleting", "not found"),
            ("KmsAccessDeniedException", "denied"),
            ("OptInRequired", "denied"),
            ("InvalidExecutionInput", "invalid"),
            ("InvalidOutput", "invalid"),
            ("ValidationException", "invalid"),
            ("InvalidToken", "token"),
            ("InvalidSignatureException", "denied"),
            ("TaskTimedOut", "gone"),
            ("TaskDoesNotExist", "gone"),
            ("NotFoundException", "not found"),
            ("BadRequestException", "invalid"),
            ("ThrottlingException", "throttled"),
            ("ExecutionLimitExceeded", "throttled"),
            ("ExpiredTokenException", "denied"),
            ("SomethingNew", "other"),
        ] {
            assert_eq!(kind(code), expected, "{code}");
        }
    }
}
