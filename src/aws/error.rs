//! What a service's refusal means to a command.

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sfn::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sfn::operation::RequestId;

use crate::aws::skew;
use crate::engine::clock::Timestamp;

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

    /// The kind of an exception, by its name.
    #[must_use]
    pub fn of(detail: Detail) -> Self {
        match detail.code.as_str() {
            "ExecutionDoesNotExist"
            | "StateMachineDoesNotExist"
            | "NotFoundException"
            | "ResourceNotFound"
            | "ResourceNotFoundException" => Self::NotFound(detail),
            "ExecutionAlreadyExists" | "StateMachineAlreadyExists" | "ConflictException" => Self::AlreadyExists(detail),
            "TaskTimedOut" | "TaskDoesNotExist" => Self::TokenGone(detail),
            "InvalidToken" => Self::TokenInvalid(detail),
            "ExecutionLimitExceeded"
            | "LimitExceededException"
            | "RequestLimitExceeded"
            | "StateMachineLimitExceeded"
            | "Throttling"
            | "ThrottlingException"
            | "TooManyRequestsException" => Self::Throttled(detail),
            "AccessDenied"
            | "AccessDeniedException"
            | "ExpiredToken"
            | "ExpiredTokenException"
            | "IncompleteSignature"
            | "InvalidClientTokenId"
            | "InvalidSignatureException"
            | "MissingAuthenticationToken"
            | "MissingAuthenticationTokenException"
            | "UnauthorizedException"
            | "UnrecognizedClientException" => Self::AccessDenied(detail),
            code if is_invalid_input(code) => Self::InvalidInput(detail),
            _ => Self::Other(detail),
        }
    }

    /// What became of an SDK's call to `endpoint`.
    pub(super) fn from_sdk<E>(error: &SdkError<E>, endpoint: &str) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let network = |unsent| Self::Network { endpoint: endpoint.to_owned(), cause: innermost(error), unsent };
        if let Some(error) = chain(error).find_map(|error| error.downcast_ref::<CredentialsError>()) {
            return Self::Credentials { message: of_credentials(error) };
        }
        match error {
            SdkError::TimeoutError(_) | SdkError::ResponseError(_) => network(false),
            SdkError::DispatchFailure(failure) => network(failure.is_io() && refused(error)),
            // A server that is leaving did nothing; whoever takes its place will.
            SdkError::ServiceError(service) if service.raw().status().as_u16() == 503 => network(true),
            SdkError::ServiceError(service) => {
                let meta = service.err();
                let request_id = error.request_id().map(ToOwned::to_owned);
                let Some(code) = meta.code().map(ToOwned::to_owned) else {
                    return Self::of(unexplained(service.raw().status().as_u16(), endpoint, request_id));
                };
                let message = meta.message().map_or_else(|| code.clone(), ToOwned::to_owned);
                let detail = Detail { code, message, request_id };
                if skew::is_told_by(&detail) {
                    return Self::ClockSkew(skew::told(detail, service.raw().headers().get("date"), Timestamp::now()));
                }
                Self::of(detail)
            }
            _ => Self::InvalidInput(Detail {
                code: "InvalidRequest".into(),
                message: innermost(error),
                request_id: None,
            }),
        }
    }
}

/// What is known of an answer that is not as AWS refuses: an emulator's, or a proxy's.
pub(super) fn unexplained(status: u16, endpoint: &str, request_id: Option<String>) -> Detail {
    let probably = if matches!(status, 404 | 501) { "; it may not have this operation" } else { "" };
    let message = format!("{endpoint} answered HTTP {status} without saying why{probably}");
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

/// Why there are no credentials: the parts of the chain, each once, for one layer often repeats what another said.
pub(super) fn of_credentials(error: &CredentialsError) -> String {
    if let CredentialsError::CredentialsNotLoaded(_) = error {
        return "there are no AWS credentials".to_owned();
    }
    let mut said = String::from("AWS credentials could not be had");
    for part in chain(error).map(ToString::to_string) {
        if !said.contains(&part) {
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

/// Whether the connection was refused or never made, hence nothing was sent.
pub(super) fn refused(error: &(dyn std::error::Error + 'static)) -> bool {
    chain(error)
        .filter_map(|error| error.downcast_ref::<std::io::Error>())
        .any(|error| error.kind() == std::io::ErrorKind::ConnectionRefused)
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
