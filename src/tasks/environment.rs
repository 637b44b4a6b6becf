//! What a function finds in its environment.
//!
//! Owns: the variables that Lambda gives every function, and the closed list of what else is passed on. Must not know: how
//! processes are started.
//!
//! A function gets nothing of the caller's environment but [`PASSED`] (where programs and interpreters find themselves) and
//! `AWS_ENDPOINT_URL*` (where the services of a local machine are). The caller's credentials, profile and tokens stay
//! outside: a function signs with an access key that is the local account's number, which local servers take for the account
//! and AWS refuses. The function's own `environment` comes last, so whoever wants real credentials in it writes them there.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::Path;

use crate::tasks::function::FunctionSpec;

/// Variables of the caller that a function gets too.
const PASSED: [&str; 26] = [
    "AWS_CA_BUNDLE",
    "CARGO_HOME",
    "GEM_PATH",
    "GOCACHE",
    "GOPATH",
    "GOROOT",
    "HOME",
    "JAVA_HOME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "LD_LIBRARY_PATH",
    "LOGNAME",
    "NODE_EXTRA_CA_CERTS",
    "NODE_PATH",
    "PATH",
    "PYENV_ROOT",
    "PYENV_VERSION",
    "PYTHONPATH",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "SHELL",
    "SSL_CERT_FILE",
    "TMPDIR",
    "USER",
    "VIRTUAL_ENV",
];

/// What holds for every function of one [`Tasks`](crate::tasks::Tasks).
#[derive(Clone)]
pub(super) struct Surroundings {
    pub(super) region: String,
    pub(super) account: String,
    /// Of the caller's variables, all: which of them are passed is decided here.
    pub(super) caller: BTreeMap<String, String>,
    /// What the server tells every function, such as `AWS_ENDPOINT_URL_SFN`.
    pub(super) told: BTreeMap<String, String>,
}

impl fmt::Debug for Surroundings {
    /// Without the variables' values, where secrets are.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { region, account, caller, told } = self;
        let mut shown = formatter.debug_struct("Surroundings");
        shown.field("region", region).field("account", account);
        shown.field("caller", &caller.keys()).field("told", &told.keys()).finish()
    }
}

/// One process of a function.
pub(super) struct Place<'a> {
    pub(super) spec: &'a FunctionSpec,
    /// `_HANDLER`
    pub(super) handler: &'a str,
    /// `AWS_EXECUTION_ENV` without its prefix; empty where there is none.
    pub(super) runtime: &'a str,
    /// The folder of the runtime client.
    pub(super) runtime_folder: &'a Path,
    pub(super) log_stream: &'a str,
}

/// The whole environment of a process.
pub(super) fn environment(surroundings: &Surroundings, place: &Place<'_>) -> BTreeMap<OsString, OsString> {
    let passed = surroundings.caller.iter().filter(|(name, _)| is_passed(name));
    let mut all: BTreeMap<OsString, OsString> = passed.map(|(name, value)| (name.into(), value.into())).collect();
    let mut set = |name: &str, value: &str| {
        all.insert(name.into(), value.into());
    };
    let (spec, region) = (place.spec, surroundings.region.as_str());
    let memory = spec.memory_mb.to_string();
    let group = format!("/aws/lambda/{}", spec.name);
    for (name, value) in [
        ("AWS_ACCESS_KEY_ID", surroundings.account.as_str()),
        ("AWS_SECRET_ACCESS_KEY", "iw102"),
        ("AWS_REGION", region),
        ("AWS_DEFAULT_REGION", region),
        ("AWS_LAMBDA_FUNCTION_NAME", &spec.name),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &memory),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", &group),
        ("AWS_LAMBDA_LOG_STREAM_NAME", place.log_stream),
        ("LAMBDA_TASK_ROOT", &spec.folder.to_string_lossy()),
        ("LAMBDA_RUNTIME_DIR", &place.runtime_folder.to_string_lossy()),
        ("_HANDLER", place.handler),
        ("TZ", ":UTC"),
    ] {
        set(name, value);
    }
    if !place.runtime.is_empty() {
        set("AWS_EXECUTION_ENV", &format!("AWS_Lambda_{}", place.runtime));
    }
    for (name, value) in surroundings.told.iter().chain(&spec.environment) {
        set(name, value);
    }
    all
}

fn is_passed(name: &str) -> bool {
    PASSED.contains(&name) || name.starts_with("AWS_ENDPOINT_URL")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::function::Program;

    #[test]
    fn only_what_is_listed_is_passed() {
        for (name, passed) in [
            ("PATH", true),
            ("AWS_ENDPOINT_URL_SFN", true),
            ("AWS_SECRET_ACCESS_KEY", false),
            ("AWS_SESSION_TOKEN", false),
            ("AWS_PROFILE", false),
            ("IW102_API_KEY", false),
        ] {
            assert_eq!(is_passed(name), passed, "{name}");
        }
    }

    #[test]
    fn the_functions_own_environment_comes_last() {
        let spec = FunctionSpec {
            name: "s-dev-hello".into(),
            logical_id: None,
            folder: "/srv".into(),
            program: Program::Command("true".into()),
            timeout_seconds: 3,
            memory_mb: 128,
            environment: BTreeMap::from([("AWS_ACCESS_KEY_ID".into(), "mine".into())]),
        };
        let told = BTreeMap::from([("AWS_ENDPOINT_URL_SFN".to_owned(), "http://127.0.0.1:1".to_owned())]);
        let surroundings =
            Surroundings { region: "eu-west-1".into(), account: "000000000000".into(), caller: BTreeMap::new(), told };
        let folder = Path::new("/srv");
        let place = Place { spec: &spec, handler: "h", runtime: "", runtime_folder: folder, log_stream: "s" };
        let all = environment(&surroundings, &place);
        for (name, value) in [
            ("AWS_ACCESS_KEY_ID", "mine"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/s-dev-hello"),
            ("AWS_ENDPOINT_URL_SFN", "http://127.0.0.1:1"),
            ("TZ", ":UTC"),
        ] {
            assert_eq!(all.get(&OsString::from(name)), Some(&OsString::from(value)), "{name}");
        }
        assert!(!all.contains_key(&OsString::from("AWS_EXECUTION_ENV")));
    }

    #[test]
    fn no_value_of_an_environment_is_shown() {
        let environment = BTreeMap::from([("TOKEN".to_owned(), "s3cr3t".to_owned())]);
        let config = crate::tasks::TasksConfig {
            logs: "/logs".into(),
            processes_max: 1,
            region: "eu-west-1".into(),
            account: "000000000000".into(),
            environment: environment.clone(),
        };
        let spec = FunctionSpec {
            name: "s-dev-hello".into(),
            logical_id: None,
            folder: "/srv".into(),
            program: Program::Command("true".into()),
            timeout_seconds: 3,
            memory_mb: 128,
            environment: environment.clone(),
        };
        let (region, account) = ("eu-west-1".to_owned(), "000000000000".to_owned());
        let surroundings = Surroundings { region, account, caller: environment.clone(), told: environment };
        for shown in [format!("{config:?}"), format!("{spec:?}"), format!("{surroundings:?}")] {
            assert!(shown.contains("TOKEN") && !shown.contains("s3cr3t"), "{shown}");
        }
    }
}
