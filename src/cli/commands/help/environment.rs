//! `iw102 help environment`: every variable that iw102 reads.

use std::fmt::Write as _;

/// A variable, and what it does.
type Variable = (&'static str, &'static str);

/// What is said before the variables.
const BEGIN: &str = "\
A flag comes before a variable, a variable before the project's file, that before a default. A variable that is empty is not
set.
";

/// The variables, in the order of what they are about.
const GROUPS: [(&str, &[Variable]); 6] = [
    (
        "iw102",
        &[
            (
                "IW102_HOME",
                "the folder of all state: local stores, the local CA, what is remembered of AWS;\nelse $XDG_STATE_HOME/iw102, else ~/.local/state/iw102",
            ),
            ("IW102_STAGE", "the stage (--stage)"),
            ("IW102_OUTPUT", "how to print: text, json, jsonl or name (-o)"),
            ("IW102_API", "the URL of the API gateway, its stage included (--api); not with --local"),
            ("IW102_API_KEY", "the API key of a bare --api-key; not with --local"),
            ("IW102_API_KEY_FILE", "a file that holds it, where IW102_API_KEY is not set"),
            ("IW102_TOKEN", "the task token of succeed, fail and heartbeat (--token)"),
            ("IW102_TOKEN_FILE", "a file that holds it, where IW102_TOKEN is not set"),
        ],
    ),
    (
        "AWS: who calls, as the AWS SDK reads it",
        &[
            ("AWS_PROFILE", "the profile (--profile, which comes before all of these)"),
            (
                "AWS_ACCESS_KEY_ID",
                "credentials, with AWS_SECRET_ACCESS_KEY and, if they are temporary,\nAWS_SESSION_TOKEN; they come before AWS_PROFILE",
            ),
            ("AWS_WEB_IDENTITY_TOKEN_FILE", "a token to assume AWS_ROLE_ARN with, as AWS_ROLE_SESSION_NAME"),
            (
                "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                "where a container gets credentials; or\nAWS_CONTAINER_CREDENTIALS_FULL_URI",
            ),
            (
                "AWS_EC2_METADATA_DISABLED",
                "true: do not ask this machine's metadata service for credentials or a region",
            ),
            ("AWS_CONFIG_FILE", "the file of profiles; else ~/.aws/config"),
            ("AWS_SHARED_CREDENTIALS_FILE", "the file of credentials; else ~/.aws/credentials"),
        ],
    ),
    (
        "AWS: where and how",
        &[
            ("AWS_REGION", "the region (--region); AWS_DEFAULT_REGION where it is not set"),
            ("AWS_ENDPOINT_URL", "the server that is called instead of AWS's own (--endpoint-url)"),
            (
                "AWS_ENDPOINT_URL_SFN",
                "the same for one service, before AWS_ENDPOINT_URL: _SFN, _API_GATEWAY, _STS,\n_CLOUDFORMATION, _CLOUDWATCH_LOGS; with --local, neither counts for Step Functions",
            ),
            ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true: read none of these, nor those of the profile"),
            ("AWS_USE_FIPS_ENDPOINT", "true: call the FIPS endpoints"),
            ("AWS_USE_DUALSTACK_ENDPOINT", "true: call the endpoints that have IPv6 too"),
            ("AWS_RETRY_MODE", "standard or adaptive; AWS_MAX_ATTEMPTS: how often a call is tried in all"),
            ("AWS_CA_BUNDLE", "a PEM file of CAs to trust instead of the system's (--cacert)"),
        ],
    ),
    (
        "The way out",
        &[
            (
                "HTTPS_PROXY",
                "the proxy of https calls; HTTP_PROXY that of http calls, ALL_PROXY that of both;\nalso in lower case",
            ),
            ("NO_PROXY", "hosts that are called without it"),
        ],
    ),
    (
        "The engine of --local",
        &[
            (
                "AWS_ACCOUNT_ID",
                "the account of what is made here, 12 digits; else an AWS_ACCESS_KEY_ID that is one,\nelse 000000000000",
            ),
            ("AWS_ENDPOINT_URL_LAMBDA", "where functions are invoked that the project lacks"),
            (
                "AWS_ENDPOINT_URL_SQS",
                "where the service of a task or a notification is, signed with AWS_ACCESS_KEY_ID and\nAWS_SECRET_ACCESS_KEY; likewise AWS_ENDPOINT_URL_SNS and those of the other\nservices; else AWS_ENDPOINT_URL. Status changes go to _EVENTBRIDGE, logs of machines\nto _CLOUDWATCH_LOGS, where there is one",
            ),
            ("SFN_MOCK_CONFIG", "a file of answers in the format of Step Functions Local, for MACHINE#TESTCASE"),
        ],
    ),
    (
        "The terminal and this machine",
        &[
            ("NO_COLOR", "no colours, where --color does not say so"),
            ("CLICOLOR_FORCE", "colours although the stream is no terminal; 0 does not count"),
            ("TERM", "dumb: no colours, and nothing that moves"),
            ("CI", "nothing that moves"),
            ("XDG_STATE_HOME", "where IW102_HOME is, where that is not set"),
            ("HOME", "where that is, and AWS's files, where nothing else says so"),
            ("TMPDIR", "where short-lived files go"),
            ("SSL_CERT_FILE", "CAs that `dev -- CMD` hands on to CMD beside its own"),
        ],
    ),
];

/// What is said behind them.
const END: &str = "\
The project's file reads more: ${env:NAME} is the variable NAME. A function that runs here gets none of your credentials.

`iw102 dev -- CMD` sets, for CMD: AWS_ENDPOINT_URL_SFN, IW102_API, IW102_API_KEY_FILE, AWS_CA_BUNDLE, and where they are
needed IW102_HOME and IW102_STAGE. What is not set already gets AWS_ENDPOINT_URL_LAMBDA, AWS_ENDPOINT_URL_CLOUDWATCH_LOGS,
AWS_ENDPOINT_URL_API_GATEWAY, AWS_REGION and AWS_DEFAULT_REGION; who has no credentials gets some that only this server
takes, and AWS_ENDPOINT_URL_STS.
";

/// The width of the names' column; a longer name has a line of its own.
const COLUMN: usize = 28;

/// The text of the topic.
pub(super) fn text() -> String {
    let mut text = format!("Environment\n\n{BEGIN}");
    for (group, variables) in GROUPS {
        let _ = writeln!(text, "\n{group}");
        for (name, meaning) in variables {
            let mut lines = meaning.lines();
            if name.len() < COLUMN {
                let _ = writeln!(text, "  {name:COLUMN$}{}", lines.next().unwrap_or_default());
            } else {
                let _ = writeln!(text, "  {name}");
            }
            lines.for_each(|line| {
                let _ = writeln!(text, "  {:COLUMN$}{line}", "");
            });
        }
    }
    text + "\n" + END
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use regex_lite::Regex;

    use super::text;

    /// Names in the code that iw102 gives to others, or that only look like a variable.
    const NOT_READ: [&str; 5] =
        ["AWS_DISABLE_HOST_PREFIX_INJECTION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_", "AWS_ONLY", "AWS_OWNED_KEY"];

    fn names(folder: &Path, found: &mut Vec<String>) {
        let name =
            Regex::new(r#""((?:IW102|AWS|SFN|XDG|SSL)_[A-Z0-9_]+|NO_COLOR|CLICOLOR_[A-Z]+|CI|TERM|HOME)""#).unwrap();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                names(&path, found);
            } else {
                let code = fs::read_to_string(&path).unwrap();
                found.extend(name.captures_iter(&code).map(|captures| captures[1].to_owned()));
            }
        }
    }

    #[test]
    fn every_variable_that_the_code_names_is_told() {
        let mut found = Vec::new();
        names(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
        assert!(found.iter().any(|name| name == "IW102_HOME"), "the search finds what is there");
        let text = text();
        found.retain(|name| !NOT_READ.iter().any(|other| name.starts_with(other)));
        // Told for all services at once; the next test looks at those that commands call.
        found.retain(|name| !name.starts_with("AWS_ENDPOINT_URL_"));
        for name in found {
            assert!(Regex::new(&format!(r"\b{name}\b")).unwrap().is_match(&text), "{name} is not in help environment");
        }
    }

    #[test]
    fn every_service_that_is_called_has_its_endpoint_told() {
        let text = text();
        for service in
            ["SFN", "API_GATEWAY", "STS", "CLOUDFORMATION", "CLOUDWATCH_LOGS", "LAMBDA", "EVENTBRIDGE", "SQS", "SNS"]
        {
            assert!(text.contains(&format!("_{service}")), "{service}");
        }
    }

    #[test]
    fn lines_fit_a_terminal_of_120_columns() {
        for line in text().lines() {
            assert!(line.chars().count() <= 125, "{line}");
        }
    }
}
