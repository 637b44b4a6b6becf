//! What AWS's refusals probably mean, and the next command: pure, from the words that AWS and the SDK use.

use crate::aws::{Detail, Sourced, is_address};
use crate::cli::settings::Settings;

/// The end of a hint to whoever is not the one who may.
const WHOSE: &str = "whose credentials are these? iw102 whoami";

/// Why there are no credentials. `profile` is ` --profile NAME` or nothing, `flags` what a command was typed with.
pub(super) fn of_credentials(message: &str, profile: &str, flags: &str) -> String {
    // The SDK has no type for it: these are its words for a login that is missing or over, and the portal's own.
    if ["SSO token", "UnauthorizedException"].iter().any(|words| message.contains(words)) {
        return format!("log in again: aws sso login{profile}");
    }
    if message.contains("login") && message.contains("feature") {
        return format!(
            "iw102 does not read the sessions of aws login; hand them over: \
             eval \"$(aws configure export-credentials{profile} --format env)\""
        );
    }
    if message.contains("AccessDenied") {
        return format!(
            "may these credentials assume the role, and does it ask for MFA? iw102 asks for no code; the AWS CLI does: \
             eval \"$(aws configure export-credentials{profile} --format env)\""
        );
    }
    if message.contains("process") {
        return format!(
            "the profile's credential_process gave none; try it by hand: aws sts get-caller-identity{profile}"
        );
    }
    if message.contains("ExpiredToken") {
        return "the token that they are had with is over: have a new one".to_owned();
    }
    format!(
        "log in (aws sso login{profile}), name a profile (--profile NAME) or set AWS_ACCESS_KEY_ID and \
         AWS_SECRET_ACCESS_KEY; what is found: iw102 whoami{flags}. Without AWS: --local"
    )
}

/// Why nothing came from the network.
pub(super) fn of_network(endpoint: &str, cause: &str, settings: &Settings) -> String {
    let is_about = |words: &[&str]| words.iter().any(|word| cause.contains(word));
    if is_about(&["UnknownIssuer", "unknown issuer", "self-signed", "BadSignature", "CaUsedAsEndEntity"]) {
        let gives = "its certificate is by a CA that is not trusted here";
        return format!(
            "{gives}: where that is a proxy's or your own server's, --cacert FILE (or AWS_CA_BUNDLE) names it"
        );
    }
    if is_about(&["not valid for name", "NotValidForName"]) {
        return "its certificate is for another name: is the URL right, or does somebody stand in between?".to_owned();
    }
    if is_about(&["certificate expired", "Expired", "not valid yet", "NotValidYet"]) {
        return "is this machine's clock right? date -u".to_owned();
    }
    if is_about(&["page of HTML"]) {
        return "a proxy, or a network that wants a login first, answers instead; NO_PROXY names hosts that need no proxy"
            .to_owned();
    }
    if is_about(&["InvalidContentType"]) {
        return "that port does not speak TLS: is it http:// that is meant?".to_owned();
    }
    if is_about(&["407", "proxy authorization"]) {
        return "HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT names them".to_owned();
    }
    if is_address(endpoint) {
        return "is the server there? --endpoint-url, AWS_ENDPOINT_URL or the profile named it".to_owned();
    }
    let of_scheme =
        if endpoint.starts_with("https") { ["HTTPS_PROXY", "https_proxy"] } else { ["HTTP_PROXY", "http_proxy"] };
    let is_set = |name: &&str| settings.variables().get(*name).is_some_and(|value| !value.is_empty());
    let proxy = of_scheme.into_iter().chain(["ALL_PROXY", "all_proxy"]).find(is_set);
    match proxy {
        Some(name) => format!("{name} is set: is that proxy there? NO_PROXY names hosts that need none"),
        None if is_about(&["dns", "lookup", "resolve"]) => {
            "is the network there, and the region right? a proxy is named by HTTPS_PROXY".to_owned()
        }
        None => "is the server there, and the region right? a proxy is named by HTTPS_PROXY".to_owned(),
    }
}

/// What a service refused. `profile` and `flags` as in [`of_credentials`]; `emulator` is where it is no service of AWS's own.
pub(super) fn of_service(detail: &Detail, profile: &str, flags: &str, emulator: Option<&Sourced>) -> Option<String> {
    of_denial(detail, profile, flags).or_else(|| of_call(&detail.code, flags, emulator))
}

/// Whoever asks is unknown, or may not.
fn of_denial(Detail { code, message, .. }: &Detail, profile: &str, flags: &str) -> Option<String> {
    let whose = || format!("{WHOSE}{flags}");
    let login = || format!("have new ones (aws sso login{profile}), and try again");
    Some(match code.as_str() {
        "KmsAccessDeniedException" => {
            format!(
                "the machine's data is encrypted with a KMS key: allow kms:Decrypt and kms:GenerateDataKey on it; {}",
                whose()
            )
        }
        "KmsInvalidStateException" => {
            "the KMS key of the machine is disabled or about to be deleted: aws kms describe-key --key-id KEY"
                .to_owned()
        }
        "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" | "NotAuthorized" => match action(message) {
            Some(action) if message.contains("explicit deny") => {
                format!("a policy denies {action} expressly; {}", whose())
            }
            Some(action) => format!("allow {action} in their policy; {}", whose()),
            None => whose(),
        },
        "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" => format!("the credentials are over: {}", login()),
        "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "IncompleteSignature"
        | "IncompleteSignatureException" => {
            format!("the secret access key is probably not the one of this access key; {}", whose())
        }
        "AuthFailure" | "InvalidAccessKeyId" | "InvalidClientTokenId" | "UnrecognizedClientException" => format!(
            "AWS does not know the access key: deleted, of another partition, or AWS_SESSION_TOKEN is missing or over; {}",
            whose()
        ),
        "OptInRequired" | "SubscriptionRequiredException" => format!(
            "the account has not signed up for this, or its region is not enabled: aws account list-regions{profile}"
        ),
        code if code.starts_with("MissingAuthenticationToken") || code == "UnauthorizedException" => whose(),
        _ => return None,
    })
}

/// The call was understood, and is not done.
fn of_call(code: &str, flags: &str, emulator: Option<&Sourced>) -> Option<String> {
    Some(match code {
        "ExecutionLimitExceeded" => {
            format!("too many executions are open: iw102 list --status RUNNING{flags}; AWS raises the quota on request")
        }
        "ServiceQuotaExceededException" | "LimitExceededException" | "StateMachineLimitExceeded" => {
            "a quota of the account is used up: https://console.aws.amazon.com/servicequotas".to_owned()
        }
        code if code.contains("Throttl") || code == "HTTP 429" || code.contains("TooManyRequests") => {
            "too many calls at once, each tried a few times; AWS_MAX_ATTEMPTS=10 is more patient".to_owned()
        }
        "StateMachineDoesNotExist" => {
            format!("which there are: iw102 list{flags}; is the region right, and the account?")
        }
        "StateMachineDeleting" => "it is being deleted; deploy it again when it is gone".to_owned(),
        "ExecutionDoesNotExist" => format!(
            "is the region right, and the account? AWS forgets an execution 90 days after its end, and keeps none of an Express \
             machine: iw102 list{flags}"
        ),
        "ExecutionNotRedrivable" => {
            "only what failed, timed out or was aborted in the last 14 days can be redriven, and no Express execution"
                .to_owned()
        }
        "StateMachineTypeNotSupported" => {
            "an Express machine has no such call: iw102 invoke runs one, its executions are in CloudWatch Logs"
                .to_owned()
        }
        "InvalidArn" => {
            "ARNs have this form: arn:aws:states:REGION:ACCOUNT:execution:MACHINE:NAME (or stateMachine:MACHINE)"
                .to_owned()
        }
        "HTTP 413" => {
            "input and output have at most 262,144 bytes; larger data goes to S3, its address into the input".to_owned()
        }
        code if is_servers_fault(code) => match emulator {
            Some(Sourced { value, source }) => {
                format!(
                    "that is the fault of the endpoint URL's server and not AWS's: {value} ({source}); its log may say why"
                )
            }
            None => {
                "that is AWS's own fault; try again in a moment. Its state: https://health.aws.amazon.com".to_owned()
            }
        },
        _ => return None,
    })
}

/// `states:StartExecution`, of `User: … is not authorized to perform: states:StartExecution on resource: …`
fn action(message: &str) -> Option<&str> {
    let behind = message.split_once("authorized to perform")?.1.trim_start_matches([':', ' ']);
    let action = behind.split([' ', ',']).next().map(|word| word.trim_end_matches('.'))?;
    action.split_once(':').is_some_and(|(service, name)| !service.is_empty() && !name.is_empty()).then_some(action)
}

fn is_servers_fault(code: &str) -> bool {
    matches!(code, "InternalError" | "InternalFailure" | "InternalServerError" | "InternalServerException")
        || code.starts_with("ServiceUnavailable")
        || code.starts_with("ServiceException")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_missing_action_is_found_in_the_words_of_aws() {
        for (message, expected) in [
            (
                "User: arn:aws:iam::1:user/u is not authorized to perform: states:StartExecution on resource: arn:x because \
                 no identity-based policy allows the states:StartExecution action",
                Some("states:StartExecution"),
            ),
            ("User: u is not authorized to perform logs:FilterLogEvents.", Some("logs:FilterLogEvents")),
            ("is not authorized to perform: ", None),
            ("no", None),
        ] {
            assert_eq!(action(message), expected, "{message}");
        }
    }
}
